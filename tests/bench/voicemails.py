#!/usr/bin/env python3
"""Hears all sample voicemails with the real program and prints the real-time factor and the peak memory.

voicemails.py PROGRAM MODEL
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

program, model = sys.argv[1:3]
samples = sorted((pathlib.Path(__file__).parents[1] / "voicemails").glob("20*"))
with tempfile.TemporaryDirectory() as home:
    config = pathlib.Path(home, "dime.toml")
    config.write_text(f'[hearing]\nmodel = "{model}"\n')
    environment = {"HOME": home, "DIME_CONFIG": str(config), "PATH": os.environ["PATH"]}
    rows = []
    for run in ("warm-up", 1, 2, 3):
        start = time.monotonic()
        screened = subprocess.run([program, "screen", "--json", *samples], env=environment, check=True, stdout=subprocess.PIPE)
        rows.append((time.monotonic() - start, [json.loads(line) for line in screened.stdout.splitlines()]))

heard = rows[-1][1]
sound = sum(message["audio_ms"] for message in heard) / 1000
spoken = sum(message["audio_ms"] for message in heard if message["transcript"]) / 1000
print(f"{len(heard)} messages, {sound:.0f} s of sound, {spoken:.0f} s of it in messages with speech")
for seconds, lines in rows[1:]:
    work = sum(message["took_ms"] for message in lines) / 1000
    print(f"whole process {seconds:6.2f} s, real-time factor {seconds / sound:.3f}; hearing alone {work:6.2f} s, {work / sound:.3f}")
# Of this process's children and theirs: the largest single process, which is the recogniser.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(f"peak memory of the largest process {peak / 1024:.0f} MiB")
