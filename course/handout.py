"""Write what a class gets: lessons and exercises, no solutions; ``make handout``.

    python -m course handout dist/students --solutions 02_imdb_binary_classification

The folder may be the work tree of a repository that students pull from: its notebooks are
replaced, all else in it stays.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from course import build, content, exercises, translation

LICENCES = ("LICENSE", "LICENSE-TEXT.md")


def hand_out(folder: Path, solutions: Sequence[str] = ()) -> list[Path]:
    """Write the lessons, the exercises and only the named solutions; return the notebooks.

    Raises:
        ValueError: there is no such solution, or the folder is the course; nothing is written.
        StaleError: a notebook must be built first; nothing is written.
    """
    pages = [*content.pages(), *translation.others()]
    known = [page.source.stem for page in pages if page.starter]
    if unknown := set(solutions) - set(known):
        raise ValueError(
            f"there is no solution called {', '.join(sorted(unknown))}; there are: "
            + ", ".join(known)
        )
    target = folder / "notebooks"
    if target.resolve() == content.NOTEBOOKS:
        raise ValueError(
            f"{folder} is the course itself; name another folder, such as dist/students"
        )
    build.require_fresh(*pages)
    chosen = {page.starter or page.notebook: page for page in pages}
    chosen |= {page.notebook: page for page in pages if page.source.stem in solutions}
    for old in target.rglob("[0-9][0-9]_*.ipynb"):
        old.unlink()
    written = []
    for path, page in chosen.items():
        written.append(target / path.relative_to(content.NOTEBOOKS))
        build.write(exercises.read_notebook(page, path), written[-1])
    for name in LICENCES:
        shutil.copy(content.ROOT / name, folder)
    return written


def main() -> None:
    """Write the folder, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--solutions", nargs="*", default=[], help="such as 02_imdb…; default: none"
    )
    options = parser.parse_args()
    try:
        written = hand_out(options.folder, options.solutions)
    except (ValueError, build.StaleError) as error:
        sys.exit(str(error))
    print(f"{len(written)} notebooks in {options.folder}, {len(options.solutions)} solutions")


if __name__ == "__main__":
    content.run(main)
