"""The sources of every data set, as sources.toml lists them."""

import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch

EDITIONS = ("original", "offline")
PROGRAM = {"npm": "npm", "apt": "apt-get"}  # pip is run by this Python


class DataError(RuntimeError):
    """Data could not be had. The message is one paragraph that names the way out."""


@contextmanager
def reading(origin: str) -> Iterator[None]:
    """Tell trouble with a source from trouble with the cache: it is a ``DataError`` here."""
    try:
        yield
    except Exception as error:  # one wrong bit can make a reader raise nearly anything
        raise DataError(f"{origin} cannot be read ({type(error).__name__})") from error


@dataclass(frozen=True)
class Download:
    """A classic file: its address, and the publisher's hash (SHA-256, or as in ``md5:…``)."""

    url: str
    hash: str

    @property
    def file(self) -> str:
        """The file's usual name."""
        return self.url.rpartition("/")[2]

    def matches(self, path: Path) -> bool:
        """Whether the file at ``path`` is the genuine one."""
        kind, _, digest = self.hash.rpartition(":")
        return pooch.file_hash(str(path), kind or "sha256") == digest


@dataclass(frozen=True)
class Package:
    """An archive that a package registry has."""

    client: str  # pip, npm or apt
    spec: str  # the name and version as the client writes them: name==1.0, name@1.0
    file: str  # the name under which it is kept
    sha256: str

    def __str__(self) -> str:
        return f"{self.spec} through {self.client}"

    def matches(self, path: Path) -> bool:
        """Whether the file at ``path`` is the archive."""
        return pooch.file_hash(str(path)) == self.sha256

    @property
    def program(self) -> str:
        """The client's file, "" if it is not installed. On Windows, npm is npm.cmd."""
        return shutil.which(PROGRAM.get(self.client, sys.executable)) or ""

    @property
    def missing_client(self) -> str:
        """The name of the client if it is not installed here, else ""."""
        return "" if self.program else PROGRAM.get(self.client, self.client)


@dataclass(frozen=True)
class Shipped:
    """A small file that comes with ``helpers``, proven by the arrays that are made of it."""

    shipped: str
    missing_client = ""

    def __str__(self) -> str:
        return f"the course's own {self.shipped}"


@dataclass(frozen=True)
class Source:
    """One data set: where its two editions come from, and what proves them; see sources.toml."""

    name: str
    original: tuple[Download, ...]
    offline: Package | Shipped
    content: dict[str, str]
    citation: str
    names: tuple[str, ...] = ()
    mirror: str = ""
    made_from: str = ""

    @property
    def same_in_both(self) -> bool:
        """Whether the two editions hold the same data."""
        return self.content["original"] == self.content.get("offline")

    @property
    def files(self) -> str:
        """The names of the original's files, for a message."""
        return " and ".join(item.file for item in self.original)

    def ways_out(self, setting: str) -> str:
        """What to do when the data cannot be had under a setting of ``COURSE_DATA``."""
        holds = f"{self.files} or {self.mirror}" if self.mirror else self.files
        mirror = f"set COURSE_MIRROR to a folder that holds {holds}"
        if setting != "offline" and not self.same_in_both:
            offline = f"set COURSE_DATA=offline, which takes {self.offline}"
            return f"connect to the internet and run this again; {mirror}; or {offline}"
        first, folder = "connect to the internet or to a package index", "COURSE_CACHE"
        if isinstance(self.offline, Shipped):
            first = f"put back helpers/data/{self.offline.shipped} from a fresh copy of the course"
        else:
            folder += " or COURSE_MIRROR"
        bundle = f"set {folder} to an unpacked course-data.tar (make data-bundle)"
        original = f"set COURSE_DATA=original, which downloads {self.files}"
        last = mirror if self.same_in_both else original
        return f"{first} and run this again; {bundle}; or {last}"


def _source(name: str, entry: dict[str, Any]) -> Source:
    offline = Shipped if "shipped" in entry["offline"] else Package
    entry["original"] = tuple(Download(**file) for file in entry["original"])
    entry["offline"] = offline(**entry["offline"])
    entry["names"] = tuple(entry.get("names", ()))
    return Source(name, **entry)


TABLES = tomllib.loads(Path(__file__).with_name("sources.toml").read_text("utf-8"))
SOURCES = {name: _source(name, entry) for name, entry in TABLES.items()}
