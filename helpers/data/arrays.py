"""Data sets that are arrays: one verified file in the cache for each edition."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from helpers.data import packages
from helpers.data.cache import DataSet, cache_dir, folder_in, mirror
from helpers.data.download import download
from helpers.data.sources import EDITIONS, DataError, Shipped, reading

Arrays = dict[str, np.ndarray]
Split = tuple[np.ndarray, np.ndarray]  # the examples and the labels of one part
Convert = Callable[[Sequence[Path]], Arrays]  # the files in, in the order of sources.toml
OWN = "fingerprint"  # in the cached file of a genuine original that holds other data than we know


@dataclass(frozen=True)
class ArrayFile(DataSet[Arrays]):
    """A data set whose files are converted to named arrays, by a function for each edition.

    Arrays are proven by the fingerprint in sources.toml. Those of genuine files, which have the
    publisher's own hash, always count; the cache then keeps their fingerprint with them.
    """

    original: Convert
    offline: Convert

    def place(self, edition: str) -> Path:
        """The file of an edition's arrays; one for both where they are the same."""
        own, both = (cache_dir() / f"{self.name}-{part}.npz" for part in (edition, "both"))
        return both if self.source.same_in_both and not own.exists() else own

    def _read(self, edition: str) -> Arrays | None:
        try:
            with np.load(self.place(edition), allow_pickle=False) as bundle:
                arrays = {key: bundle[key] for key in bundle.files}
            proofs = [self.source.content[edition], str(arrays.pop(OWN, ""))]
            known = fingerprint(arrays) in (proofs if edition == "original" else proofs[:1])
        except Exception:  # one wrong bit can make zipfile and NumPy raise nearly anything
            return None
        return arrays if known else None

    def _build(self, edition: str, workshop: Path) -> tuple[Arrays, str]:
        """Build one edition from its own files or, where both are the same, from the other's."""
        others = [other for other in EDITIONS if other != edition and self.source.same_in_both]
        failures = []
        for supplier in [edition, *others]:
            try:
                return self._build_from(supplier, edition, workshop)
            except DataError as error:
                failures.append(str(error))
        raise DataError("; ".join(failures))

    def _build_from(self, supplier: str, edition: str, workshop: Path) -> tuple[Arrays, str]:
        """Fetch and convert the supplier's files, prove the arrays, and keep them."""
        original = supplier == "original"
        files, origin = (self._original_files if original else self._offline_files)(workshop)
        with reading(origin):
            arrays = (self.original if original else self.offline)(files)
            found = fingerprint(arrays)
            genuine = supplier == edition == "original" and all(
                item.matches(path) for item, path in zip(self.source.original, files, strict=True)
            )
        content: dict[str, Any] = dict(arrays)
        own = cache_dir() / f"{self.name}-{edition}.npz"
        if found == self.source.content[edition]:
            own.unlink(missing_ok=True)
        elif genuine:
            content[OWN] = np.array(found)
        else:
            raise DataError(f"{origin} holds other data than the course expects")
        np.savez(workshop / "arrays.npz", **content)
        os.replace(workshop / "arrays.npz", own if OWN in content else self.place(edition))
        return arrays, origin

    def _original_files(self, workshop: Path) -> tuple[list[Path], str]:
        """The classic files: from the mirror where it has them all, else downloaded."""
        if there := mirror():
            files = [there / item.file for item in self.source.original]
            if all(path.is_file() for path in files):
                return files, f"the mirror's {self.source.files}"
        return [download(item, workshop) for item in self.source.original], "the download"

    def _offline_files(self, workshop: Path) -> tuple[list[Path], str]:
        """The shipped file; or the package's archive: kept, else in the mirror, else fetched."""
        package = self.source.offline
        if isinstance(package, Shipped):
            return [Path(__file__).with_name(package.shipped)], str(package)
        kept = cache_dir() / "packages" / package.file
        for folder in filter(None, (cache_dir(), folder_in("COURSE_MIRROR"))):
            path = folder / "packages" / package.file
            with suppress(OSError):  # there is none, or it cannot be read
                if package.matches(path):
                    return [path], path.name
        archive = packages.fetch(package, workshop)
        kept.parent.mkdir(exist_ok=True)
        os.replace(archive, kept)
        return [kept], kept.name


def fingerprint(arrays: Arrays) -> str:
    """SHA-256 over the names, types, shapes and little-endian bytes of all arrays."""
    digest = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{key} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
