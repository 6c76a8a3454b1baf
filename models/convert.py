"""Turns a Whisper model in CTranslate2's format into whisper.cpp's ggml file, weights quantised to q8_0.

Both formats are little endian. CTranslate2: u32 version, string spec, u32 revision, u32 count; then per
variable: string name, u8 rank, u32 dims..., u8 type, u32 byte length, data (a string is a u16 length that
counts the closing NUL, then the bytes). Only f16 files are read.

ggml: magic and hyper-parameters, mel filter bank, vocabulary, tensors. Which of them are f32, f16 or q8_0 is
as whisper.cpp's own converter and `quantize` tool have it: positions, biases and norms f32, convolutions f16,
the other matrices q8_0. The same source always gives the same bytes.

Standard library only: quantising the 70 million weights of "base" took 21 s of processor time in plain Python
(CPython 3.11), too little to make everyone install numpy.
"""

import math
import struct
from array import array
from typing import BinaryIO, Callable, NamedTuple

MAGIC = 0x67676D6C
# ggml's quantisation format 2, times its version factor 1000, plus file type 7 (mostly q8_0).
FILE_TYPE = 2007
F32, F16, Q8_0 = 0, 1, 8
CT2_F16 = 4
AUDIO_ROWS, TEXT_ROWS = 1500, 448
HEAD_WIDTH = 64
SAMPLE_RATE, FFT = 16_000, 400
# Values in a q8_0 block; each block is one f16 scale and as many i8.
BLOCK = 32
# Values quantised at a time: bounds the memory and gives the progress line something to show.
CHUNK = BLOCK * 4096
# GPT-2's vocabulary, the last one being the end of the text in English-only models and empty in the others;
# whisper.cpp names the special tokens after these itself.
PLAIN_TOKENS = 50_257


class BadModel(Exception):
    """The source is not a Whisper model that this converter understands."""


class Variable(NamedTuple):
    """One named array of the source; `data` holds its bytes."""

    shape: tuple[int, ...]
    data: memoryview


class Tensor(NamedTuple):
    """One tensor of the result: `shape` outermost first, `data` still in f16."""

    name: str
    shape: tuple[int, ...]
    kind: int
    data: memoryview


def read_ct2(data: memoryview) -> dict[str, Variable]:
    """Reads every f16 variable of a CTranslate2 file; scalars of other types (settings) are left out."""
    at = 0

    def take(count: int) -> memoryview:
        nonlocal at
        if at + count > len(data):
            raise BadModel(f"the CTranslate2 file ends at byte {len(data)}, in the middle of a variable")
        at += count
        return data[at - count : at]

    def number(form: str) -> int:
        return struct.unpack("<" + form, take(struct.calcsize("<" + form)))[0]

    def text() -> str:
        return bytes(take(number("H"))).rstrip(b"\0").decode()

    number("I")
    spec = text()
    if spec != "WhisperSpec":
        raise BadModel(f"the CTranslate2 file holds {spec!r}, not a Whisper model")
    number("I")
    variables = {}
    for _ in range(number("I")):
        name = text()
        shape = tuple(number("I") for _ in range(number("B")))
        kind, body = number("B"), take(number("I"))
        if kind == CT2_F16:
            if len(body) != 2 * math.prod(shape):
                raise BadModel(f"{name} has {len(body)} bytes, which does not fit its shape {shape}")
            variables[name] = Variable(shape, body)
        elif shape:
            raise BadModel(f"{name} is not in 16-bit floats (type {kind})")
    return variables


def map_tensors(source: dict[str, Variable]) -> list[Tensor]:
    """Gives every weight whisper.cpp's name and splits what CTranslate2 stacks, in whisper.cpp's order."""
    tensors: list[Tensor] = []

    def rows(name: str, part: int = 0, parts: int = 1) -> Variable:
        if name not in source:
            raise BadModel(f"the CTranslate2 file has no {name}")
        (height, *rest), data = source[name]
        share, size = height // parts, len(data) // parts
        return Variable((share, *rest), data[part * size : (part + 1) * size])

    def add(name: str, variable: Variable, kind: int) -> None:
        tensors.append(Tensor(name, variable.shape, kind, variable.data))

    def positions(side: str, count: int) -> None:
        (have, width), data = rows(f"{side}/position_encodings/encodings")
        if have < count:
            raise BadModel(f"the {side} has {have} positions, whisper.cpp needs {count}")
        add(f"{side}.positional_embedding", Variable((count, width), data[: 2 * count * width]), F32)

    def conv(name: str) -> None:
        bias = rows(f"encoder/{name}/bias")
        add(f"encoder.{name}.weight", rows(f"encoder/{name}/weight"), F16)
        add(f"encoder.{name}.bias", Variable((*bias.shape, 1), bias.data), F32)

    def linear(to: str, of: str, part: int = 0, parts: int = 1, bias: bool = True) -> None:
        add(f"{to}.weight", rows(f"{of}/weight", part, parts), Q8_0)
        if bias:
            add(f"{to}.bias", rows(f"{of}/bias", part, parts), F32)

    def norm(to: str, of: str) -> None:
        add(f"{to}.weight", rows(f"{of}/gamma"), F32)
        add(f"{to}.bias", rows(f"{of}/beta"), F32)

    def attention(to: str, of: str, cross: bool) -> None:
        # Whisper's keys have no bias: CTranslate2 fills those rows with zeros, whisper.cpp leaves them out.
        if cross:
            linear(f"{to}.query", f"{of}/linear_0")
            linear(f"{to}.key", f"{of}/linear_1", 0, 2, bias=False)
            linear(f"{to}.value", f"{of}/linear_1", 1, 2)
            linear(f"{to}.out", f"{of}/linear_2")
        else:
            linear(f"{to}.query", f"{of}/linear_0", 0, 3)
            linear(f"{to}.key", f"{of}/linear_0", 1, 3, bias=False)
            linear(f"{to}.value", f"{of}/linear_0", 2, 3)
            linear(f"{to}.out", f"{of}/linear_1")
        norm(f"{to}_ln", f"{of}/layer_norm")

    def block(side: str, layer: int) -> None:
        to, of = f"{side}.blocks.{layer}", f"{side}/layer_{layer}"
        attention(f"{to}.attn", f"{of}/self_attention", cross=False)
        if side == "decoder":
            attention(f"{to}.cross_attn", f"{of}/attention", cross=True)
        linear(f"{to}.mlp.0", f"{of}/ffn/linear_0")
        linear(f"{to}.mlp.2", f"{of}/ffn/linear_1")
        norm(f"{to}.mlp_ln", f"{of}/ffn/layer_norm")

    positions("encoder", AUDIO_ROWS)
    conv("conv1")
    conv("conv2")
    for layer in range(layers(source, "encoder")):
        block("encoder", layer)
    norm("encoder.ln_post", "encoder/layer_norm")
    positions("decoder", TEXT_ROWS)
    add("decoder.token_embedding.weight", rows("decoder/embeddings/weight"), Q8_0)
    for layer in range(layers(source, "decoder")):
        block("decoder", layer)
    norm("decoder.ln", "decoder/layer_norm")
    return tensors


def layers(source: dict[str, Variable], side: str) -> int:
    """How many transformer blocks the encoder or the decoder has."""
    return len({name.split("/")[1] for name in source if name.startswith(f"{side}/layer_") and "/ffn/" in name})


def mel_filters(mels: int) -> bytes:
    """The filter bank of librosa.filters.mel (Slaney's scale and area), f32, `mels` rows of 201 bins.

    Computed in f64 and rounded to f32 once before and once after the area is normalised, as librosa does: for 80
    rows the result is bit for bit the `mel_filters.npz` that OpenAI publishes with Whisper.
    """
    octave = math.log(6.4) / 27
    top = 15 + math.log(SAMPLE_RATE / 2 / 1000) / octave

    def hertz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * octave)

    # The last edge is given, not computed, lest a different libm put it a hair above the last bin.
    edge = [*(hertz(top * i / (mels + 1)) for i in range(mels + 1)), SAMPLE_RATE / 2]
    bank = []
    for low, middle, high in zip(edge, edge[1:], edge[2:]):
        for i in range(FFT // 2 + 1):
            at = i * SAMPLE_RATE / FFT
            rise, fall = -(low - at) / (middle - low), (high - at) / (high - middle)
            # The order matters for one sign: librosa's very first value is minus zero.
            bank.append(to_f32(max(min(rise, fall), 0.0)) * (2 / (high - low)))
    return struct.pack(f"<{len(bank)}f", *bank)


def read_vocabulary(text: str) -> list[bytes]:
    """The bytes of every plain token: byte-level BPE's stand-in characters are turned back into bytes."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    stand_in = {chr(byte): byte for byte in plain}
    stand_in |= {chr(0x100 + i): byte for i, byte in enumerate(b for b in range(256) if b not in plain)}
    tokens = text.split("\n")
    if len(tokens) < PLAIN_TOKENS:
        raise BadModel(f"the vocabulary has {len(tokens)} tokens, Whisper's have {PLAIN_TOKENS} and more")
    try:
        return [bytes(stand_in[c] for c in token) for token in tokens[:PLAIN_TOKENS]]
    except KeyError as error:
        raise BadModel(f"the vocabulary has a character that stands for no byte: {error}") from None


def to_f32(value: float) -> float:
    """The nearest 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def quantise(f16: memoryview) -> bytes:
    """Packs f16 values into q8_0 blocks (one f16 scale, 32 i8) by ggml's `quantize_row_q8_0_ref`, in f32 throughout.

    A product or quotient of two f32, taken in f64 and then rounded to f32, is what f32 arithmetic gives;
    halves are rounded away from zero, as C's `roundf` does.
    """
    count = len(f16) // 2
    values = struct.unpack(f"<{count}e", f16)
    out = []
    for start in range(0, count, BLOCK):
        block = values[start : start + BLOCK]
        scale = to_f32(max(max(block), -min(block)) / 127)
        inverse = to_f32(1 / scale) if scale else 0.0
        scaled = array("f", [value * inverse for value in block])
        out.append(struct.pack("<e", scale))
        out.append(array("b", [int(x + 0.5) if x > 0 else int(x - 0.5) for x in scaled]).tobytes())
    return b"".join(out)


def widen(f16: memoryview) -> bytes:
    """f16 to f32."""
    count = len(f16) // 2
    return struct.pack(f"<{count}f", *struct.unpack(f"<{count}e", f16))


ENCODERS: dict[int, Callable[[memoryview], bytes]] = {F32: widen, F16: bytes, Q8_0: quantise}


def convert(model: memoryview, vocabulary: str, out: BinaryIO, progress: Callable[[int, int], None]) -> None:
    """Writes the ggml file; `progress` hears how many of all source bytes are done."""
    source = read_ct2(model)
    tensors = map_tensors(source)
    for tensor in tensors:
        if tensor.kind == Q8_0 and tensor.shape[-1] % BLOCK:
            raise BadModel(f"the rows of {tensor.name} ({tensor.shape[-1]} wide) do not fill blocks of {BLOCK}")
    tokens = read_vocabulary(vocabulary)
    shape = {tensor.name: tensor.shape for tensor in tensors}
    entries, width = shape["decoder.token_embedding.weight"]
    mels = shape["encoder.conv1.weight"][1]
    heads = width // HEAD_WIDTH
    audio = AUDIO_ROWS, width, heads, layers(source, "encoder")
    text = TEXT_ROWS, width, heads, layers(source, "decoder")
    out.write(struct.pack("<12i", MAGIC, entries, *audio, *text, mels, FILE_TYPE))
    out.write(struct.pack("<2i", mels, FFT // 2 + 1) + mel_filters(mels))
    out.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        out.write(struct.pack("<i", len(token)) + token)
    total, done = sum(len(tensor.data) for tensor in tensors), 0
    for tensor in tensors:
        name = tensor.name.encode()
        out.write(struct.pack("<3i", len(tensor.shape), len(name), tensor.kind))
        out.write(struct.pack(f"<{len(tensor.shape)}i", *reversed(tensor.shape)) + name)
        for start in range(0, len(tensor.data), 2 * CHUNK):
            part = tensor.data[start : start + 2 * CHUNK]
            out.write(ENCODERS[tensor.kind](part))
            done += len(part)
            progress(done, total)
