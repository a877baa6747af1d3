"""Photographs in folders, ready for ``keras.utils.image_dataset_from_directory``."""

import hashlib
import os
import re
import shutil
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from helpers.data import garments, image_folder, images
from helpers.data.cache import DataSet, cache_dir, mirror
from helpers.data.download import download
from helpers.data.image_folder import Manifest, Pictures
from helpers.data.sources import DataError, reading
from helpers.image_files import listing

CLASSES = {"original": ("cat", "dog"), "offline": tuple(garments.LABEL)}
ORIGINAL_A_CLASS = 12_500  # numbered from 0
KNOWN_IN_MIRROR = 1_000  # of each class, the first files; sources.toml has their fingerprint
# Of the folders in the cache. Those named "offline" hold the pictures of older courses.
FOLDERS = {"original": "original", "offline": "garments"}


def cats_vs_dogs(
    train: int = 500, validation: int = 250, test: int = 250
) -> tuple[Path, tuple[str, str], str]:
    """Prepare a folder of photographs of two classes, split in three.

    The original edition has photographs of cats and dogs, of all sizes. The offline edition has
    two classes of Fashion-MNIST that are as easily confused, shirts and T-shirts, of many sizes and
    tints, each at a random place on a piece of a photograph: 64x64 pixels in RGB, see garments.py.
    The numbers are photographs a class. The first usable files of each class go to the training
    part, the next to the validation part, the next to the test part, so no file is in two of them.
    Files that are no whole, upright RGB image are passed over, and named.

    Each choice of numbers has a folder of its own in the cache. Of the original's archive
    (0.8 GB) only the chosen photographs are kept: other numbers mean another download, unless
    the archive lies in the ``COURSE_MIRROR`` folder, or that folder holds the photographs as
    cats_vs_dogs/cats/cat.0.jpg and cats_vs_dogs/dogs/dog.0.jpg, and so on.

    Returns ``folder, class_names, edition``: ``folder / "train"``, ``"validation"`` and ``"test"``
    hold a folder of JPEG files for each class; the names are in the order of the labels 0 and 1.
    ``ValueError``: a number is no integer above 0, or there are not so many photographs.
    """
    counts = {"train": train, "validation": validation, "test": test}
    for name, count in counts.items():
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{name} is {count!r}; expected how many photographs a class, from 1")
    if (total := sum(counts.values())) > ORIGINAL_A_CLASS:
        asked = f"train + validation + test is {total:,} photographs a class"
        raise ValueError(f"{asked}, and there are {ORIGINAL_A_CLASS:,}; ask for fewer")
    photos = PhotoFolder("cats_vs_dogs", counts)
    manifest, edition = photos.announce()
    if manifest["unusable"]:
        print(textwrap.fill(f"Passed over {listing(manifest['unusable'])}.", 100))
    return photos.place(edition), CLASSES[edition], edition  # type: ignore[return-value]


@dataclass(frozen=True)
class PhotoFolder(DataSet[Manifest]):
    """Two classes of photographs in a folder of the cache, for one choice of numbers."""

    counts: Mapping[str, int]

    def place(self, edition: str) -> Path:
        """The folder of an edition."""
        return cache_dir() / "-".join(
            [self.name, FOLDERS[edition], *map(str, self.counts.values())]
        )

    def _read(self, edition: str) -> Manifest | None:
        return image_folder.read(self.place(edition))

    def _build(self, edition: str, workshop: Path) -> tuple[Manifest, str]:
        if edition == "original":
            origin, classes = self._original()
        else:
            origin, (arrays, _) = "Fashion-MNIST", images.DATA_SETS["fashion_mnist"].get("offline")
            classes = {
                name: garments.pictures(arrays, name, self.counts) for name in garments.LABEL
            }
        manifest = image_folder.write(workshop / "new", self.counts, classes)
        if self.place(edition).exists():  # damaged
            os.replace(self.place(edition), workshop / "old")
        os.replace(workshop / "new", self.place(edition))
        if edition == "original":
            remove_archive()
        return manifest, origin

    def _original(self) -> tuple[str, dict[str, Pictures]]:
        """The photographs of the mirror's folder, else of its archive, else of the download."""
        (archive,) = self.source.original
        names, passed_over = CLASSES["original"], ""
        if there := mirror():
            origin = f"the mirror's {self.name}"
            files = {name: _numbered(there / self.name / f"{name}s") for name in names}
            fewest = min(map(len, files.values()))
            needed = max(sum(self.counts.values()), KNOWN_IN_MIRROR)
            if fewest >= needed:
                first, photos = ({c: _files(origin, files[c]) for c in names} for _ in range(2))
                if mirror_fingerprint(first) != self.source.content["original"]:
                    raise DataError(f"{origin} holds other data than the course expects")
                return origin, photos
            if fewest:
                passed_over = f"{origin} has {fewest:,} files a class, {needed:,} are needed; "
            if (path := there / archive.file).is_file():
                origin = f"the mirror's {archive.file}"
                with reading(origin):
                    genuine = archive.matches(path)
                if not genuine:
                    raise DataError(f"{origin} is damaged or was changed")
                return origin, {name: _unzipped(origin, path, name) for name in names}
        origin = "the download"
        downloads = cache_dir() / "downloads"  # until the photographs are taken out
        downloads.mkdir(exist_ok=True)
        try:
            path = download(archive, downloads)
            return origin, {name: _unzipped(origin, path, name) for name in names}
        except DataError as error:
            kept = ""
            part = downloads / f"{archive.file}.part"
            if part.is_file() and (size := part.stat().st_size / 1e6):
                kept = f"; the {size:,.1f} MB that arrived are kept, and the next try goes on there"
            else:
                remove_archive()
            raise DataError(f"{passed_over}{error}{kept}") from error


COUNTS = {"train": 500, "validation": 250, "test": 250}  # by default, as in cats_vs_dogs
DATA_SETS = {"cats_vs_dogs": PhotoFolder("cats_vs_dogs", COUNTS)}


def remove_archive() -> None:
    """Remove the download, all or the part that has arrived."""
    shutil.rmtree(cache_dir() / "downloads", ignore_errors=True)


def mirror_fingerprint(classes: Mapping[str, Pictures]) -> str:
    """SHA-256 over the names, lengths and bytes of the first files of each class."""
    digest = hashlib.sha256()
    for name, content in chain(*(islice(files, KNOWN_IN_MIRROR) for files in classes.values())):
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _numbered(folder: Path) -> list[Path]:
    """The files cat.0.jpg, cat.1.jpg and so on, by number."""
    named = (path for path in folder.glob("*.jpg") if re.fullmatch(r"\w+\.\d+\.jpg", path.name))
    return sorted(named, key=lambda path: int(path.name.split(".")[1]))


def _files(origin: str, paths: Sequence[Path]) -> Pictures:
    with reading(origin):
        for path in paths:
            yield path.name, path.read_bytes()


def _unzipped(origin: str, archive: Path, name: str) -> Pictures:
    member = re.compile(rf"PetImages/{name.title()}/(\d+)\.jpg")
    with reading(origin), zipfile.ZipFile(archive) as bundle:
        numbers = [int(m[1]) for m in map(member.fullmatch, bundle.namelist()) if m]
        for number in sorted(numbers):
            content = bundle.read(f"PetImages/{name.title()}/{number}.jpg")
            yield f"{name}.{number}.jpg", content
