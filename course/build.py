"""Bring every notebook up to date with its source; ``make notebooks``.

A page is executed only where something changed that can move an output. Where only text changed,
the new text is put around the stored outputs. A notebook is made beside its place and renamed into
it when it is whole: a lesson that fails leaves the old notebook as it was. A notebook that somebody
has edited is never overwritten.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from course import content, exercises, fingerprints
from course.content import Page
from course.execution import LessonError, execute, unexecuted
from helpers.feedback import EDITIONS


class StaleError(RuntimeError):
    """A notebook is not what its source gives now. The message says what to run."""


class EditedError(RuntimeError):
    """A notebook holds an edit that would be lost. The message names it, and the ways on."""


def state(page: Page, edition: str) -> str:
    """Return what a page's notebook needs: "nothing", "text" or "execution"."""
    try:
        found = nbformat.read(page.notebook, as_version=4)
    except (OSError, ValueError):
        return "execution"
    built = found.metadata.get("course", {})
    code, now = _code_cells(found), _code_cells(content.read_source(page))
    if (
        built.get("edition") != edition
        or built.get("code") != fingerprints.code(page, edition)
        or [cell.source for cell in code] != [cell.source for cell in now]
        or not all(cell.execution_count for cell in code)
    ):
        return "execution"
    if (
        built.get("source") == content.source_hash(page)
        and not content.differences(page, found)
        and (page.starter is None or _starter_is_fresh(page.starter, found))
    ):
        return "nothing"
    return "text"


def is_fresh(page: Page, edition: str) -> bool:
    """Whether a page's notebook was made from exactly what there is now."""
    return state(page, edition) == "nothing"


def require_fresh(*pages: Page) -> None:
    """Do nothing for pages that may be handed out as they are.

    Raises:
        StaleError: a notebook, or a starter, is not what its source gives now.
    """
    if stale := [page for page in pages if not is_fresh(page, "offline")]:
        names = [f"{page.language}/{page.name}".lstrip("/") for page in stale]
        only = f" LESSON={stale[0].name}" if len(stale) == 1 else ""
        command = "translation" if all(page.language for page in stale) else "notebooks"
        raise StaleError(
            f"changed since the notebook was built: {', '.join(names)}; first run "
            f"make {command}{only}"
        )


def _starter_is_fresh(starter: Path, solution: NotebookNode) -> bool:
    """Whether a starter is what its solution gives, or somebody has answered that one."""
    try:
        found = nbformat.read(starter, as_version=4)
    except (OSError, ValueError):
        return False
    made = exercises.starter_from(solution)
    built_from_this = found.metadata.get("course") == made.metadata.course
    return found == made or (built_from_this and content.is_edited(found))


def with_stored_outputs(page: Page, edition: str) -> NotebookNode:
    """Return a page's notebook with the text of now around the outputs that it has."""
    notebook = unexecuted(page, edition)
    stored = nbformat.read(page.notebook, as_version=4)
    pairs = zip(_code_cells(notebook), _code_cells(stored), strict=True)
    for cell, old in pairs:
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    notebook.metadata.language_info = stored.metadata.language_info
    return notebook


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def build(
    page: Page,
    edition: str,
    on_cell: Callable[..., object] = lambda **_: None,
    discard: bool = False,
    force: bool = False,
) -> None:
    """Put a page's notebook, and an exercise's starter, into place.

    Raises:
        EditedError: one of them was edited since it was built, and ``discard`` is False.
        LessonError: a cell failed.
    """
    if not discard:
        for path in filter(None, (page.notebook, page.starter)):
            require_unedited(path, content.read_source(page))
    if force or state(page, edition) == "execution":
        notebook = execute(page, edition, on_cell)
    else:
        notebook = with_stored_outputs(page, edition)
    write(notebook, page.notebook)
    if page.starter:
        write(exercises.starter_from(notebook), page.starter)


def require_unedited(path: Path, source: NotebookNode | None = None) -> None:
    """Do nothing for a notebook whose cells are those it was built with, or those of the source.

    Raises:
        EditedError: somebody has edited it, or it cannot be read.
    """
    if not path.exists():
        return
    shown = os.path.relpath(path, content.ROOT)
    try:
        found = nbformat.read(path, as_version=4)
        now = content.cells_hash(found)
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise EditedError(
            f"{shown} cannot be read as a notebook ({type(error).__name__}), and building it would "
            "lose what is in it. Keep a copy of it and remove it, or bring ours back with "
            f"git checkout {shown}"
        ) from error
    if not content.is_edited(found) or (source is not None and now == content.cells_hash(source)):
        return
    carry = (
        ""
        if "exercises" in path.parts
        else (f"carry the edit back into the source (make carry-back LESSON={path.stem}); ")
    )
    raise EditedError(
        f"{shown} was edited since it was built, and building it would lose the edit. The ways on: "
        f"{carry}keep a copy of it elsewhere; then drop the edit with git checkout {shown}, or "
        "build with --discard"
    )


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step: the whole new file, or still the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, suffix=".part", delete=False
    ) as part:
        try:
            nbformat.write(notebook, part)
            part.close()
            os.chmod(part.name, 0o644)
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise


def chosen(names: Sequence[str], folder: Path = content.NOTEBOOKS) -> list[Page]:
    """Return the pages that the names mean; ``02_imdb…`` means the lesson and its exercise."""
    every = content.pages(folder)
    found = [page for page in every if not names or {page.name, page.source.stem} & {*names}]
    known = {name for page in found for name in (page.name, page.source.stem)}
    if unknown := set(names) - known:
        there = ", ".join(page.name for page in every)
        sys.exit(f"no lesson is called {', '.join(unknown)}; there are: {there}")
    return found


def main() -> None:
    """Build what is stale, say what is fresh, and exit with 1 if a lesson failed."""
    parser = argparse.ArgumentParser(prog="notebooks", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--edition", choices=EDITIONS, default="offline")
    parser.add_argument("--output", type=Path, default=content.NOTEBOOKS, help="another folder")
    parser.add_argument("--force", action="store_true", help="execute fresh notebooks, too")
    parser.add_argument("--exact", action="store_true", help="a lesson without its exercises")
    parser.add_argument("--discard", action="store_true", help="overwrite edited notebooks")
    options = parser.parse_args()
    for name in ("COURSE_SEED", "COURSE_RECORD"):  # of calibrate.py; not for what students get
        os.environ.pop(name, None)
    pages = [
        page
        for page in chosen(options.lessons, options.output.resolve())
        if not options.exact or page.name in options.lessons
    ]
    needs = {page: "execution" if options.force else state(page, options.edition) for page in pages}
    stale = [page for page in pages if needs[page] != "nothing"]
    if not stale:
        print("Every notebook is fresh: nothing to build.")
        return
    executed = [page for page in stale if needs[page] == "execution"]
    cells = sum(len(_code_cells(content.read_source(page))) for page in executed)
    failures = []

    def job(page: Page) -> None:
        build(page, options.edition, lambda **_: bar.update(), options.discard, options.force)

    with (
        tqdm(total=cells, unit="cell", desc=f"{len(stale)} notebooks", disable=None) as bar,
        # A training uses every core, so two cores run one notebook at a time.
        ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool,
    ):
        jobs = [pool.submit(job, page) for page in stale]
        for page, done in zip(stale, jobs, strict=True):
            try:
                done.result()
                what = "built  " if needs[page] == "execution" else "new text"
                tqdm.write(f"{what} {page.name}")
            except (LessonError, EditedError, OSError) as error:
                failures.append(error)
                tqdm.write(f"FAILED  {error}")
    if failures:
        sys.exit(f"{len(failures)} of {len(stale)} failed; their old notebooks are unchanged.")


if __name__ == "__main__":
    content.run(main)
