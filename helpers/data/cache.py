"""The cache: which edition, is it whole, and who may write it.

Data is used only when it is proven. It is built beside its final place and moved there when it
is whole, so no half-written file is ever read, and what is damaged is built again.
"""

import errno
import os
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

import filelock
import pooch

from helpers.data import ROOM_OF
from helpers.data.sources import EDITIONS, SOURCES, DataError, Source
from helpers.words import say

Data = TypeVar("Data")
ROOT = Path(__file__).resolve().parents[2]  # the folder above helpers
LOCK_LIMIT_S = 1800
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EROFS: "the disk is read-only",
    **dict.fromkeys((errno.EACCES, errno.EPERM), "it is not yours to write"),
    **dict.fromkeys((errno.ENOLCK, errno.EOPNOTSUPP), "its disk knows no file locks"),
}

# What this process uses: a word index must come from the same edition as its data.
_chosen: dict[tuple[str, ...], tuple[str, str]] = {}


def cache_dir() -> Path:
    """The folder of verified data: ``COURSE_CACHE``, or the user's cache folder."""
    return folder_in("COURSE_CACHE") or Path(pooch.os_cache("deep-learning-course"))


def mirror() -> Path | None:
    """The folder ``COURSE_MIRROR``; None if it is not set, ``DataError`` if it is no folder."""
    folder = folder_in("COURSE_MIRROR")
    if folder and not folder.is_dir():
        raise DataError(f"COURSE_MIRROR is {str(folder)!r}, which is not a folder")
    return folder


def folder_in(variable: str) -> Path | None:
    """The folder that an environment variable names; wherever a program runs, the same."""
    value = os.environ.get(variable)
    return ROOT / Path(value).expanduser() if value else None


def data_set(name: str) -> "DataSet[Any]":
    """Return a data set of sources.toml; only the module of its loader is imported."""
    return import_module(f"helpers.data.{ROOM_OF[name]}").DATA_SETS[name]


@dataclass(frozen=True)
class DataSet(ABC, Generic[Data]):
    """A data set in the cache. What kind of data it is, a subclass says."""

    name: str

    @property
    def source(self) -> Source:
        """Where it comes from."""
        return SOURCES[self.name]

    @abstractmethod
    def place(self, edition: str) -> Path:
        """The file or folder of an edition in the cache."""

    @abstractmethod
    def _read(self, edition: str) -> Data | None:
        """Return an edition's data if it is in the cache and whole, else None."""

    @abstractmethod
    def _build(self, edition: str, workshop: Path) -> tuple[Data, str]:
        """Put an edition into its place; return its data and origin. Raises DataError, OSError."""

    def ready(self) -> list[str]:
        """Return the editions that are in the cache and whole."""
        if self.source.same_in_both and self._read("offline") is not None:
            return list(EDITIONS)  # in one file, to be read once
        return [edition for edition in EDITIONS if self._read(edition) is not None]

    def announce(self) -> tuple[Data, str]:
        """Load the data, print which edition it is and why, and return both."""
        data, edition, why = self.load()
        print(say("{name}: {edition} edition ({why})", name=self.name, edition=edition, why=why))
        return data, edition

    def load(self) -> tuple[Data, str, str]:
        """Return the verified data, its edition, and why that edition, or raise ``DataError``.

        ``COURSE_DATA`` chooses: ``original``, ``offline``, or ``auto`` (cached original, else
        reachable original, else offline).
        """
        setting = os.environ.get("COURSE_DATA") or "auto"
        if setting not in ("auto", *EDITIONS):
            raise DataError(
                f"COURSE_DATA is {setting!r}, which names no edition. Set it to 'original' (the "
                "classic data), 'offline' (the edition that package registries carry) or 'auto' "
                "(the first that can be had), or leave it unset, which means 'auto'."
            )
        key = (self.name, setting, os.environ.get("COURSE_MIRROR", ""), str(cache_dir()))
        editions = EDITIONS if setting == "auto" else (setting,)
        if key in _chosen:
            editions = _chosen[key][:1]
        elif self.source.same_in_both:
            editions = editions[:1]
        failures: list[str] = []
        for edition in editions:
            try:
                data, why = self.get(edition)
            except DataError as error:
                failures.append(f"{edition}: {error}")
                continue
            if setting != "auto":
                why = f"COURSE_DATA={setting}"
            elif failures:
                why = f"no {failures[0]}"
            return data, *_chosen.setdefault(key, (edition, why))
        failed = f"The data set {self.name!r} could not be had. {'. '.join(failures)}"
        raise DataError(f"{failed}. Three ways out: {self.source.ways_out(setting)}.")

    def get(self, edition: str) -> tuple[Data, str]:
        """Return the data of one edition and where it came from; build it if need be.

        Of many processes one builds, and the others wait and take what it built.
        """
        if (data := self._read(edition)) is not None:
            return data, "in the cache"
        folder, workshop = cache_dir(), cache_dir() / f".{self.name}-workshop"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(folder / f".{self.name}.lock", timeout=LOCK_LIMIT_S):
                if (data := self._read(edition)) is not None:
                    return data, "in the cache"
                shutil.rmtree(workshop, ignore_errors=True)  # of a process that was killed
                workshop.mkdir()
                try:
                    data, origin = self._build(edition, workshop)
                finally:
                    shutil.rmtree(workshop, ignore_errors=True)
                return data, f"from {origin}"
        except filelock.Timeout as error:
            busy = f"has been preparing {self.name} for {LOCK_LIMIT_S // 60} minutes"
            raise DataError(f"another program {busy}; close it and run this again") from error
        except (OSError, NotImplementedError) as error:
            way_out = "Mend that, or set COURSE_CACHE to a folder you can write"
            refused = f"the cache folder {folder} cannot take the data: {_reason(error)}"
            raise DataError(f"{refused}. {way_out}") from error


def _reason(error: OSError | NotImplementedError) -> str:
    """Say what the disk refused, and of which file or link in the folder."""
    if isinstance(error, NotImplementedError):  # filelock's word for it
        return REASONS[errno.ENOLCK]
    reason = REASONS.get(error.errno or 0, error.strerror or str(error))
    folder = cache_dir()
    path = Path(error.filename or folder)
    for place in (path, folder, *folder.parents):
        if os.path.islink(place) and (error.errno == errno.ELOOP or not os.path.exists(place)):
            return f"{place} is a symbolic link that leads nowhere, or that must not be there"
    return reason if path == folder else f"{reason} ({path})"
