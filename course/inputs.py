"""What the website is made from, as files and as one hash: unchanged, it need not be made again."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from course import content

FOLDERS = ("classroom", "course", "docs", "helpers", "lessons_src", "notebooks")
FILES = ("pyproject.toml", "requirements.txt")


def common() -> Iterator[Path]:
    """Yield every file that the site in any language, or whether it may be made, depends on.

    Texts in Markdown are left out, for each is of one language.
    """
    yield from (content.ROOT / name for name in FILES)
    for folder in FOLDERS:
        for path in files(content.ROOT / folder):
            if path.suffix not in (".md", ".pyc"):
                yield path


def files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and its folders; none if there is no folder."""
    return (path for path in folder.rglob("*") if path.is_file())


def digest(paths: Iterable[Path]) -> str:
    """Return a hash of the names and bytes of files, and of this Python's version."""
    found = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        body = path.read_bytes()
        found.update(f"\0{path}\0{len(body)}\0".encode() + body)
    return found.hexdigest()
