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

    Args:
        folder: new; a folder of this name is made.
        counts: how many pictures of each class each split gets.
        classes: the pictures of each class. They are read only as far as they are needed.

    Returns:
        The manifest; see ``read``.

    Raises:
        ValueError: a class has too few usable pictures; the message says how many.
    """
    files: dict[str, str] = {}
    unusable: dict[str, str] = {}
    splits = [split for split, count in counts.items() for _ in range(count)]
    for title, pictures in classes.items():
        for split in counts:
            (folder / split / title).mkdir(parents=True)
        taken, before = 0, len(unusable)
        with closing(pictures):
            for name, content in pictures:
                if reason := fault(content):
                    unusable[f"{title}/{name}"] = reason
                    continue
                path = f"{splits[taken]}/{title}/{name}"
                (folder / path).write_bytes(content)
                files[path] = _sha256(content)
                taken += 1
                if taken == len(splits):
                    break
            else:
                asked = " + ".join(str(count) for count in counts.values())
                raise ValueError(
                    f"{asked} = {len(splits):,} pictures a class are asked for, but of {title!r} "
                    f"{taken:,} files are usable and {len(unusable) - before:,} are not"
                )
    manifest = {"files": files, "unusable": unusable}
    body = json.dumps(manifest, indent=0).encode()
    (folder / MANIFEST).write_bytes(_sha256(body).encode() + b"\n" + body)
    return manifest


def read(folder: Path) -> Manifest | None:
    """Return the manifest if the folder holds exactly its images, byte for byte, else None.

    Returns:
        ``files``: the SHA-256 of each file; ``unusable``: why each file passed over was.
    """
    try:
        digest, _, body = (folder / MANIFEST).read_bytes().partition(b"\n")
        if _sha256(body).encode() != digest:
            return None
        manifest: Manifest = json.loads(body)
        class_folders = {path.rpartition("/")[0] for path in manifest["files"]}
        if _seen_by_keras(folder) != class_folders.union(manifest["files"]):
            return None
        for path, expected in manifest["files"].items():
            if _sha256((folder / path).read_bytes()) != expected:
                return None
    except (OSError, ValueError):
        return None
    return manifest


def _seen_by_keras(folder: Path) -> set[str]:
    """The images below ``folder``, and the folders that are classes, even without an image."""
    images = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    classes = (path for path in folder.glob("*/[!.]*") if path.is_dir())
    return {path.relative_to(folder).as_posix() for path in (*images, *classes)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
