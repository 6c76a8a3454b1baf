"""Speaks and encodes the sample voicemails that voicemails.toml describes.

    python make.py --say FOLDER [SLUG...]

FOLDER holds the Kokoro synthesiser: kokoro-int8.onnx and voices-en.bin. The Python that runs this
needs the packages kokoro-onnx and soundfile; sox (with its GSM and FLAC formats) and ffmpeg must be
on the path. With SLUGs, only recordings whose file name contains one of them are made.
"""
import argparse
import pathlib
import shlex
import subprocess
import tempfile
import tomllib

import numpy as np
import soundfile

HERE = pathlib.Path(__file__).resolve().parent
LINE_HZ = 8000
TELEPHONE_BAND = ["sinc", "300-3400"]
PEAK = 0.6
LEAD_IN_S = 0.5  # quiet between the tone and the first word
TAIL_S = 0.7  # quiet between the last word and the hang-up


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def quiet(seconds, rate):
    return np.zeros(round(seconds * rate), dtype=np.float32)


def speak(voicemail, synthesiser, room):
    """The words as a voicemail line would carry them: 8 kHz, mono, 300 to 3400 Hz, 16 bit."""
    samples, rate = synthesiser.create(
        voicemail["text"],
        voice=voicemail["voice"],
        speed=voicemail.get("speed", 1.05),
        lang="en-gb" if voicemail["voice"].startswith("b") else "en-us",
    )
    samples = samples / max(1e-6, float(np.abs(samples).max())) * PEAK
    wide, line = room / "wide.wav", room / "line.wav"
    soundfile.write(wide, np.concatenate([quiet(LEAD_IN_S, rate), samples, quiet(TAIL_S, rate)]), rate)
    run("sox", "-D", wide, "-r", LINE_HZ, "-c", 1, "-b", 16, line, *TELEPHONE_BAND)
    return line


def synthesise(voicemail, room):
    """Sounds without words: each entry of `sound` is a chain of sox effects, one after another."""
    parts = []
    for number, chain in enumerate(voicemail["sound"]):
        part = room / f"part{number}.wav"
        run("sox", "-D", "-R", "-n", "-r", LINE_HZ, "-b", 16, part, *shlex.split(chain))
        parts.append(part)
    line = room / "line.wav"
    run("sox", "-D", *parts, line)
    return line


def add_noise(line, kind, snr_db, room):
    """Lays noise of the telephone band under the speech, `snr_db` below it (both as RMS)."""
    speech, rate = soundfile.read(line, dtype="float32")
    path = room / "noise.wav"
    seconds = len(speech) / rate
    run("sox", "-D", "-R", "-n", "-r", rate, "-c", 1, "-b", 16, path,
        "synth", seconds + 0.5, kind, "gain", -6, *TELEPHONE_BAND)
    noise = soundfile.read(path, dtype="float32")[0][: len(speech)]
    level = np.sqrt(np.mean(speech**2)) / np.sqrt(np.mean(noise**2)) * 10 ** (-snr_db / 20)
    soundfile.write(line, np.clip(speech + noise * level, -1, 1), rate, subtype="PCM_16")


def encode(line, made, target):
    """Runs `made` (an encoder and its options) from the 16 bit line sound to the recording."""
    encoder, *options = shlex.split(made)
    if encoder == "sox":
        run("sox", "-D", line, *options, target)
    elif encoder == "ffmpeg":
        run("ffmpeg", "-v", "error", "-y", "-i", line, "-map_metadata", "-1",
            "-fflags", "+bitexact", "-flags:a", "+bitexact", *options, target)
    else:
        raise SystemExit(f"{target.name}: unknown encoder {encoder!r} in `made`")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--say", type=pathlib.Path, required=True, metavar="FOLDER",
                           help="folder of the Kokoro synthesiser")
    arguments.add_argument("slugs", nargs="*", metavar="SLUG", help="make only these")
    wanted = arguments.parse_args()

    from kokoro_onnx import Kokoro
    synthesiser = Kokoro(str(wanted.say / "kokoro-int8.onnx"), str(wanted.say / "voices-en.bin"))

    for voicemail in tomllib.loads((HERE / "voicemails.toml").read_text())["voicemail"]:
        name = voicemail["file"]
        if wanted.slugs and not any(slug in name for slug in wanted.slugs):
            continue
        with tempfile.TemporaryDirectory() as folder:
            room = pathlib.Path(folder)
            if voicemail["text"]:
                line = speak(voicemail, synthesiser, room)
            else:
                line = synthesise(voicemail, room)
            if "noise" in voicemail:
                add_noise(line, voicemail["noise"], voicemail["snr_db"], room)
            encode(line, voicemail["made"], HERE / name)
        print(f"{(HERE / name).stat().st_size:7d} bytes  {name}", flush=True)


if __name__ == "__main__":
    main()
