#!/usr/bin/env python3
"""Hears the sample voicemails with the real program: real-time factor, word error rate, peak memory.

voicemails.py PROGRAM MODEL
"""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib

program, model = sys.argv[1:3]
folder = pathlib.Path(__file__).parents[1] / "voicemails"
samples = tomllib.loads((folder / "voicemails.toml").read_text())["voicemail"]


def words(text):
    return re.findall(r"[^\W_]+", text.lower().replace("'", ""))


def errors(spoken, heard):
    """Words to change, drop or add to turn one list into the other."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def screen(home, threads):
    config = pathlib.Path(home, "dime.toml")
    config.write_text(f'[hearing]\nmodel = "{model}"\nthreads = {threads}\n')
    environment = {"HOME": home, "DIME_CONFIG": str(config), "PATH": os.environ["PATH"]}
    command = [program, "screen", "--json", *(folder / sample["file"] for sample in samples)]
    start = time.monotonic()
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return time.monotonic() - start, [json.loads(line) for line in done.stdout.splitlines()]


with tempfile.TemporaryDirectory() as home:
    _, heard = screen(home, 1)  # warm-up
    sound = sum(message["audio_ms"] for message in heard) / 1000
    print(f"{len(heard)} messages, {sound:.0f} s of sound, {os.cpu_count()} processors")
    print("threads  whole process  real-time factor")
    for threads in (1, 2) * 3:
        seconds, _ = screen(home, threads)
        print(f"{threads:>7}  {seconds:>11.2f} s  {seconds / sound:>16.3f}")

pairs = [(words(s.get("written", s["text"])), words(m["transcript"])) for s, m in zip(samples, heard)]
wrong, spoken = sum(errors(*pair) for pair in pairs), sum(len(pair[0]) for pair in pairs)
print(f"word error rate {100 * wrong / spoken:.1f} % ({wrong} of {spoken} words)")
# Of this process's children and theirs: the largest single process, which is the recogniser.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(f"peak memory of the largest process {peak / 1024:.0f} MiB")
