"""The cache: which edition, is it whole, and who may write it.

Data is used only when it is proven. It is built beside its final place and moved there when it
is whole, so no half-written file is ever read, and what is damaged is built again.
"""

import errno
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import filelock
import pooch

from helpers.data.errors import DataError
from helpers.data.sources import EDITIONS, SOURCES, Source

Data = TypeVar("Data")
ROOT = Path(__file__).resolve().parents[2]  # the folder above helpers
SETTINGS = {"auto": EDITIONS, "original": EDITIONS[:1], "offline": EDITIONS[1:]}
LOCK_LIMIT_S = 1800
NOT_YOURS = "not yours to write"
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.ENOLCK: "its disk knows no file locks",
    errno.EOPNOTSUPP: "its disk knows no file locks",
    errno.EACCES: f"the folder is {NOT_YOURS}",
    errno.EPERM: f"the folder is {NOT_YOURS}",
}

# What this process uses: a word index must come from the same edition as its data.
_chosen: dict[tuple[str, ...], tuple[str, str]] = {}


def cache_dir() -> Path:
    """The folder of verified data: ``COURSE_CACHE``, or the user's cache folder.

    A relative ``COURSE_CACHE`` begins at the course's folder, the one above ``helpers``, so that
    it is the same folder for every notebook, test and command.
    """
    return folder_in("COURSE_CACHE") or Path(pooch.os_cache("deep-learning-course"))


def mirror() -> Path | None:
    """The folder ``COURSE_MIRROR``; None if it is not set.

    Raises:
        DataError: it is no folder.
    """
    folder = folder_in("COURSE_MIRROR")
    if folder and not folder.is_dir():
        raise DataError(f"COURSE_MIRROR is {str(folder)!r}, which is not a folder")
    return folder


def folder_in(variable: str) -> Path | None:
    """The folder that an environment variable names, if it does; see ``cache_dir``."""
    value = os.environ.get(variable)
    return ROOT / Path(value).expanduser() if value else None


@dataclass(frozen=True)
class DataSet(ABC, Generic[Data]):
    """A data set in the cache. What kind of data it is, a subclass says."""

    name: str  # in sources.toml

    @property
    def source(self) -> Source:
        """Where it comes from."""
        return SOURCES[self.name]

    @abstractmethod
    def place(self, edition: str) -> Path:
        """The file or folder of an edition in the cache."""

    @abstractmethod
    def read(self, edition: str) -> Data | None:
        """Return an edition's data if it is in the cache and whole, else None."""

    @abstractmethod
    def build(self, edition: str) -> tuple[Data, str]:
        """Put an edition into its place; return its data and its origin. The lock is held.

        Raises:
            DataError: it cannot be had.
            OSError: the cache cannot take it.
        """

    def ready(self) -> list[str]:
        """Return the editions that are in the cache and whole."""
        if self.source.same_in_both and self.read("offline") is not None:
            return list(EDITIONS)  # in one file, to be read once
        return [edition for edition in EDITIONS if self.read(edition) is not None]

    def announce(self) -> tuple[Data, str]:
        """Load the data, print which edition it is and why, and return both."""
        data, edition, why = self.load()
        print(f"{self.name}: {edition} edition ({why})")
        return data, edition

    def load(self) -> tuple[Data, str, str]:
        """Return the verified data, its edition, and why that edition.

        ``COURSE_DATA`` chooses: ``original``, ``offline``, or ``auto`` (cached original, else
        reachable original, else offline).

        Raises:
            DataError: a wrong ``COURSE_DATA``, or no edition can be had; the message names
                the ways out.
        """
        setting = os.environ.get("COURSE_DATA") or "auto"
        if setting not in SETTINGS:
            raise DataError(
                f"COURSE_DATA is {setting!r}, which names no edition. Set it to 'original' (the "
                "classic data), 'offline' (the edition that package registries carry) or 'auto' "
                "(the first that can be had), or leave it unset, which means 'auto'."
            )
        key = (self.name, setting, os.environ.get("COURSE_MIRROR", ""), str(cache_dir()))
        editions = SETTINGS[setting][:1] if self.source.same_in_both else SETTINGS[setting]
        failures: list[str] = []
        for edition in [_chosen[key][0]] if key in _chosen else editions:
            try:
                data, why = self.get(edition)
            except DataError as error:
                failures.append(f"{edition}: {str(error).rstrip('.')}.")
                continue
            if setting != "auto":
                why = f"COURSE_DATA={setting}"
            elif failures:
                why = f"no original: {failures[0].partition(': ')[2].rstrip('.')}"
            return data, *_chosen.setdefault(key, (edition, why))
        raise DataError(
            f"The data set {self.name!r} could not be had. {' '.join(failures)} "
            f"Three ways out: {self.source.ways_out(setting)}."
        )

    def get(self, edition: str) -> tuple[Data, str]:
        """Return the data of one edition and where it came from; build it if need be.

        Of many processes one builds, and the others wait and take what it built.

        Raises:
            DataError: it cannot be built, or the cache cannot take it.
        """
        if (data := self.read(edition)) is not None:
            return data, "in the cache"
        try:
            cache_dir().mkdir(parents=True, exist_ok=True)
            with self._lock(edition):
                if (data := self.read(edition)) is not None:
                    return data, "in the cache"
                for left_over in cache_dir().glob(f".{self._slot(edition)}-*"):
                    # Of a process that was killed; we hold the lock, so it is dead.
                    shutil.rmtree(left_over, ignore_errors=True)
                data, origin = self.build(edition)
                return data, f"from {origin}"
        except OSError as error:
            raise DataError(
                f"the cache folder {cache_dir()} cannot take the data: {_reason(error)}. Mend "
                "that, or set COURSE_CACHE to a folder you can write"
            ) from error

    def workshop(self, edition: str) -> TemporaryDirectory:
        """Return a new folder beside the place, to build in. The lock is held."""
        return TemporaryDirectory(dir=cache_dir(), prefix=f".{self._slot(edition)}-")

    def _slot(self, edition: str) -> str:
        return f"{self.name}-{'both' if self.source.same_in_both else edition}"

    @contextmanager
    def _lock(self, edition: str) -> Iterator[None]:
        """Hold the lock of one edition: of many kernels, one fetches and the others wait."""
        path = cache_dir() / f".{self._slot(edition)}.lock"
        lock = filelock.FileLock(path, timeout=LOCK_LIMIT_S)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise DataError(
                f"another program has been preparing {self.name} for {LOCK_LIMIT_S // 60} "
                "minutes; close it and run this again"
            ) from error
        except NotImplementedError as error:  # filelock's word where a disk knows no locks
            raise OSError(errno.ENOLCK, str(error)) from error
        try:
            yield
        finally:
            lock.release()


def _reason(error: OSError) -> str:
    """Say what the disk refused: of the folder, or of a file or a link inside of it."""
    folder = cache_dir()
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder
    for place in (path, folder, *folder.parents):
        if os.path.islink(place) and (error.errno == errno.ELOOP or not os.path.exists(place)):
            return f"{place} is a symbolic link that leads nowhere, or that must not be there"
    if error.errno in (errno.EACCES, errno.EPERM) and path != folder and os.path.exists(path):
        return f"{path} is there and {NOT_YOURS}; remove it or have its owner do so"
    reason = REASONS.get(error.errno or 0) or error.strerror or str(error)
    return reason if path == folder or error.errno in REASONS else f"{reason}: {path}"
