"""Pack the verified data cache into one file; ``make data-bundle``.

On a machine without internet: unpack it into that user's cache folder (``COURSE_CACHE``),
or anywhere, and name the folder in ``COURSE_MIRROR``. What is inside is verified there again.
"""

import tarfile

from helpers.data.registry import SOURCES
from helpers.data.stock import place, ready
from helpers.data.store import cache_dir

from course.content import ROOT


def main() -> None:
    """Write dist/course-data.tar with every whole data set and package of the cache."""
    target = ROOT / "dist" / "course-data.tar"
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    with tarfile.open(part, "w") as bundle:
        for name in SOURCES:
            for path in sorted({place(name, edition) for edition in ready(name)}):
                bundle.add(path, path.name)
        for archive in sorted((cache_dir() / "packages").glob("*")):
            bundle.add(archive, f"packages/{archive.name}")
        names = bundle.getnames()
    part.replace(target)
    print("\n".join(name for name in names if name.count("/") == name.startswith("packages/")))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
