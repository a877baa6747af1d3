"""Folders of images, ``split/class/file``, each with a manifest that proves it is whole."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path

from helpers.image_files import SUFFIXES, fault

MANIFEST = "manifest.json"
Manifest = dict[str, dict[str, str]]
Pictures = Generator[tuple[str, bytes], None, None]  # the names and bytes of the files, in order


def write(folder: Path, counts: Mapping[str, int], classes: Mapping[str, Pictures]) -> Manifest:
    """Write the first usable pictures of each class into the splits, in order, and the manifest.

    Args:
        folder: new; a folder of this name is made.
        counts: how many pictures of each class each split gets.
        classes: the pictures of each class. They are read only as far as they are needed.

    Returns:
        ``files``: the SHA-256 of each file; ``unusable``: why each file passed over was. There is
        a ``ValueError`` if a class has too few usable pictures.
    """
    files: dict[str, str] = {}
    unusable: dict[str, str] = {}
    total = sum(counts.values())
    for title, pictures in classes.items():
        before = len(files), len(unusable)
        with closing(pictures):  # an archive that is still open could not be removed
            usable = _usable(title, pictures, unusable)
            for split, count in counts.items():
                (folder / split / title).mkdir(parents=True)
                for name, content in islice(usable, count):
                    path = f"{split}/{title}/{name}"
                    (folder / path).write_bytes(content)
                    files[path] = _sha256(content)
        taken, passed_over = len(files) - before[0], len(unusable) - before[1]
        if taken < total:
            raise ValueError(
                f"{' + '.join(map(str, counts.values()))} = {total:,} pictures a class are asked "
                f"for, but of {title!r} {taken:,} files are usable and {passed_over:,} are not"
            )
    manifest = {"files": files, "unusable": unusable}
    body = json.dumps(manifest, indent=0).encode()
    (folder / MANIFEST).write_bytes(_sha256(body).encode() + b"\n" + body)
    return manifest


def _usable(title: str, pictures: Pictures, unusable: dict[str, str]) -> Pictures:
    for name, content in pictures:
        if reason := fault(content):
            unusable[f"{title}/{name}"] = reason
        else:
            yield name, content


def read(folder: Path) -> Manifest | None:
    """Return the manifest if the folder holds exactly its images, byte for byte, else None."""
    try:
        digest, _, body = (folder / MANIFEST).read_bytes().partition(b"\n")
        if _sha256(body).encode() != digest:
            return None
        manifest: Manifest = json.loads(body)
        files = manifest["files"]
        classes = {path.rpartition("/")[0] for path in files}
        if _seen_by_keras(folder) != classes | files.keys():
            return None
        whole = all(_sha256((folder / path).read_bytes()) == sha for path, sha in files.items())
    except (OSError, ValueError):
        return None
    return manifest if whole else None


def _seen_by_keras(folder: Path) -> set[str]:
    """The images below ``folder``, and the folders that are classes, even without an image."""
    images = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    classes = (path for path in folder.glob("*/[!.]*") if path.is_dir())
    return {path.relative_to(folder).as_posix() for path in (*images, *classes)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
