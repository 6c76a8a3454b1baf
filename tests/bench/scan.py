#!/usr/bin/env python3
"""What old messages cost: the time of a scan over those that are known already, and dime's peak memory meanwhile.

scan.py PROGRAM MODEL [COUNT...]

The messages are tiny files of unique bytes, a thousand in a folder, as in mailboxes. dime takes them in; then they
are set down as filed, so that nobody waits for a hundred thousand of them to be heard. A scan is the processor time of
`dime watch --once` over them, less that over an empty folder, the best of five. The memory is that of a service which
takes them in, and of one which has scanned them again and again (VmHWM). Ends with an error when ten times the
messages cost more than twenty times the time, or when the memory grows with them by more than FIXED.
"""
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

# MiB that any number of messages may cost over none: SQLite's cache, and one listing of names and stamps.
FIXED = 32
MAILBOX = 1_000

program, model = sys.argv[1:3]
counts = [int(count) for count in sys.argv[3:]] or [1_000, 10_000, 100_000]


class Home:
    """A dime of its own, with `count` messages in its spool."""

    def __init__(self, folder, count):
        self.folder, self.count = pathlib.Path(folder), count
        self.database = self.folder / "state/dime.db"
        self.environment = {"HOME": folder, "DIME_CONFIG": f"{folder}/dime.toml",
                            "STATE_DIRECTORY": f"{folder}/state", "PATH": os.environ["PATH"]}
        (self.folder / "spool").mkdir()
        for number in range(count):
            mailbox = self.folder / f"spool/{number // MAILBOX:04}"
            if number % MAILBOX == 0:
                mailbox.mkdir()
            (mailbox / f"msg{number % MAILBOX:04}.wav").write_text(f"no sound {number}\n")
        (self.folder / "dime.toml").write_text(
            '[[watch]]\npath = "spool"\n[intake]\nsettle_seconds = 0.1\nrescan_seconds = 0.1\n'
            f'[hearing]\nmodel = "{model}"\n')

    def service(self):
        with open(self.folder / "watch.log", "a") as log:
            return subprocess.Popen([program, "watch"], env=self.environment, stderr=log)

    def stop(self, service):
        service.send_signal(signal.SIGTERM)
        if service.wait(60) != 0:
            sys.exit("dime did not end well:\n" + (self.folder / "watch.log").read_text()[-2_000:])

    def take_in(self):
        """The seconds until all are in the database, and the peak memory; it is then made to say that all are filed."""
        start, found = time.monotonic(), 0
        service = self.service()
        while found < self.count:
            time.sleep(0.05)
            if service.poll() is not None:
                sys.exit("dime ended:\n" + (self.folder / "watch.log").read_text()[-2_000:])
            try:
                with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as database:
                    (found,) = database.execute("SELECT count(*) FROM call").fetchone()
            except sqlite3.OperationalError:
                pass  # not yet made
        took, peak = time.monotonic() - start, peak_of(service)
        self.stop(service)
        with sqlite3.connect(self.database) as database:
            database.execute("UPDATE call SET state = 'filed', next_try_ms = NULL, problem = ''")
        database.close()
        return took, peak

    def scan(self):
        """The seconds of processor time that `dime watch --once` takes, the best of five."""
        def once():
            start = processor_time()
            done = subprocess.run([program, "watch", "--once"], env=self.environment, capture_output=True, text=True)
            took = processor_time() - start
            if done.stdout.strip() != "0 lead, 0 review, 0 spam, 0 empty":
                sys.exit(f"something was left to do: {done.stdout}{done.stderr}")
            return took
        return min(once() for _ in range(5))

    def peak(self, seconds):
        """MiB at the highest of a service that scans for `seconds` without a pause."""
        service = self.service()
        time.sleep(seconds)
        peak = peak_of(service)
        self.stop(service)
        return peak


def processor_time():
    """Seconds that the processes which have ended took: other work on this machine does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_of(process):
    """The most memory the process has had, in MiB."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(count):
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder, count)
        took_in = home.take_in() if count else (0.0, 0.0)
        scan = home.scan()
        return *took_in, scan, home.peak(3 + scan * 5)


*_, nothing, bare = measure(0)
print(f"no messages: {nothing * 1000:.0f} ms to start and end, peak memory {bare:.1f} MiB")
print("known messages  first take-in  peak memory        scan  a message  peak memory")
rows = []
for count in counts:
    took_in, new, scan, known = measure(count)
    scan = max(scan - nothing, 0.0)
    rows.append((count, scan, max(new, known)))
    print(f"{count:>14,}  {took_in:>11.1f} s  {new:>7.1f} MiB  {scan * 1000:>7.0f} ms  {scan / count * 1e6:>6.1f} µs  "
          f"{known:>7.1f} MiB", flush=True)

troubles = []
for (few, quick, _), (many, slow, _) in zip(rows, rows[1:]):
    # Below some milliseconds it is the start that is measured.
    if slow > 2 * max(quick, 0.02) * many / few:
        troubles.append(f"a scan of {many:,} takes {slow / quick:.0f} times that of {few:,}")
grown = max(peak for *_, peak in rows) - bare
if grown > FIXED:
    troubles.append(f"memory grows by {grown:.0f} MiB, more than {FIXED}")
sys.exit("\n".join(troubles) or 0)
