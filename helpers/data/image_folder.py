"""Folders of images, ``split/class/file``, each with a manifest that proves it is whole."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path

from helpers.image_files import SUFFIXES, fault

MANIFEST = "manifest.json"
Manifest = dict[str, dict[str, str]]
Pictures = Generator[tuple[str, bytes], None, None]  # the names and bytes of the files, in order


def write(folder: Path, counts: Mapping[str, int], classes: Mapping[str, Pictures]) -> Manifest:
    """Write the first usable pictures of each class into the splits, in order, and the manifest.

    The folder is new. Each split gets ``counts`` pictures of each class, which are read only as far
    as they are needed; if too few are usable, that is a ``ValueError``. In the manifest, ``files``
    has the SHA-256 of each file, ``unusable`` why each file passed over was.
    """
    files: dict[str, str] = {}
    unusable: dict[str, str] = {}
    places = [split for split, count in counts.items() for _ in range(count)]
    for title, pictures in classes.items():
        taken = passed_over = 0
        for split in counts:
            (folder / split / title).mkdir(parents=True)
        with closing(pictures):  # an archive that is still open could not be removed
            while taken < len(places) and (picture := next(pictures, None)):
                name, content = picture
                if reason := fault(content):
                    unusable[f"{title}/{name}"] = reason
                    passed_over += 1
                else:
                    path = f"{places[taken]}/{title}/{name}"
                    (folder / path).write_bytes(content)
                    files[path] = _sha256(content)
                    taken += 1
        if taken < len(places):
            asked = f"{' + '.join(map(str, counts.values()))} = {len(places):,} pictures a class"
            found = f"of {title!r} {taken:,} files are usable and {passed_over:,} are not"
            raise ValueError(f"{asked} are asked for, but {found}; ask for fewer")
    manifest = {"files": files, "unusable": unusable}
    body = json.dumps(manifest, indent=0).encode()
    (folder / MANIFEST).write_bytes(_sha256(body).encode() + b"\n" + body)
    return manifest


def read(folder: Path) -> Manifest | None:
    """Return the manifest if the folder holds exactly its images, byte for byte, else None."""
    try:
        digest, _, body = (folder / MANIFEST).read_bytes().partition(b"\n")
        if _sha256(body).encode() != digest:
            return None
        manifest: Manifest = json.loads(body)
        files = manifest["files"]
        classes = {path.rpartition("/")[0] for path in files}
        whole = _seen_by_keras(folder) == classes | files.keys() and all(
            _sha256((folder / path).read_bytes()) == sha for path, sha in files.items()
        )
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
