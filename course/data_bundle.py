"""Pack the verified data cache into one file; ``make data-bundle``.

On a machine without internet: unpack it into that user's cache folder (``COURSE_CACHE``),
or anywhere, and name the folder in ``COURSE_MIRROR``. What is inside is verified there again.
"""

import tarfile
from pathlib import Path

from course import content
from course.content import ROOT
from helpers.data.cache import cache_dir, data_set
from helpers.data.sources import SOURCES


def main() -> None:
    """Write dist/course-data.tar with every whole data set and package of the cache."""
    target = ROOT / "dist" / "course-data.tar"
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    packed: dict[str, Path] = {}
    for data in map(data_set, SOURCES):
        packed |= {data.place(edition).name: data.place(edition) for edition in data.ready()}
    archives = sorted((cache_dir() / "packages").glob("*"))
    packed |= {f"packages/{archive.name}": archive for archive in archives}
    with tarfile.open(part, "w") as bundle:
        for name, path in packed.items():
            bundle.add(path, name, filter=_readable_for_all)
    part.replace(target)
    print("\n".join(packed))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.0f} MB")


def _readable_for_all(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Let a class read what an instructor unpacks, whatever was private here."""
    member.mode = 0o755 if member.isdir() else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    content.run(main)
