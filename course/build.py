"""Regenerate and execute every notebook whose inputs changed; ``make notebooks``.

A notebook is made anew from its source, executed beside its place, and renamed into it
only when every cell has run. A lesson that fails leaves the old notebook as it was.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course import content

CELL_LIMIT_S = 600


class LessonError(RuntimeError):
    """A lesson stopped. The message has the cell, its source line and the error."""


class StaleError(RuntimeError):
    """A notebook is not what its source gives now. The message says what to run."""


def is_fresh(page: content.Page, edition: str) -> bool:
    """Whether a page's notebook was made from exactly what there is now."""
    try:
        found = nbformat.read(page.notebook, as_version=4)
    except (OSError, ValueError):
        return False
    ran = all(cell.execution_count for cell in found.cells if cell.cell_type == "code")
    built = found.metadata.get("course", {}).get("built_from")
    return (
        ran
        and built == content.fingerprint(page, edition)
        and not content.differences(page, found)
        and (page.starter is None or _starter_is_fresh(page.starter, found))
    )


def require_fresh(*pages: content.Page) -> None:
    """Do nothing for pages that may be handed out as they are.

    Raises:
        StaleError: a notebook, or a starter, is not what its source gives now.
    """
    if stale := [page.name for page in pages if not is_fresh(page, "offline")]:
        only = f" LESSON={stale[0]}" if len(stale) == 1 else ""
        raise StaleError(
            f"changed since the notebook was built: {', '.join(stale)}; first run "
            f"make notebooks{only}"
        )


def _starter_is_fresh(starter: Path, solution: NotebookNode) -> bool:
    try:
        return nbformat.read(starter, as_version=4) == content.starter_from(solution)
    except (OSError, ValueError):
        return False


def execute(page: content.Page, edition: str, on_cell=lambda **_: None) -> NotebookNode:
    """Return a page's notebook, executed from top to bottom in a fresh kernel.

    Raises:
        LessonError: a cell failed, took too long, or the kernel died.
    """
    notebook = content.read_source(page)
    notebook.metadata.course = {
        "edition": edition,
        "source": content.source_hash(page),
        "built_from": content.fingerprint(page, edition),
    }
    running = [0]  # the cells so far, by index; the last one is the one that failed
    client = NotebookClient(
        notebook,
        timeout=CELL_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(page.notebook.parent)}},
        record_timing=False,  # a time stamp would change the file in every run
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its warnings are not about lessons
        on_cell_execute=lambda cell, cell_index: running.append(cell_index),
        on_cell_executed=on_cell,
    )
    page.notebook.parent.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "COURSE_DATA": edition, "COURSE_STRICT": "1"}
    with TemporaryDirectory() as folder:
        env["COURSE_SEARCH"] = str(Path(folder, "search.journal"))  # never a student's own search
        try:
            client.execute(env=env)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise LessonError(_report(page, notebook, running[-1], error)) from error
    notebook.metadata.language_info = {"name": "python"}  # without the version of this Python
    return notebook


def build(page: content.Page, edition: str, on_cell=lambda **_: None) -> None:
    """Execute a page and put its notebook, and an exercise's starter, into place."""
    notebook = execute(page, edition, on_cell)
    write(notebook, page.notebook)
    if page.starter:
        write(content.starter_from(notebook), page.starter)


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


def _report(page: content.Page, notebook: NotebookNode, index: int, error: Exception) -> str:
    """Say which cell of which source line failed, and how."""
    text = page.source.read_text("utf-8")
    start = end = 0
    for cell in notebook.cells[: index + 1]:
        if cell.cell_type == "code":  # begins a line; markdown is commented in the source
            start = max(text.find(f"\n{cell.source}", end) + 1, end)
            end = start + len(cell.source)
    line = text[:start].count("\n") + 1
    plain = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # the traceback without its colours
    if found := re.findall(r"Cell In\[\d+\], line (\d+)", plain):
        line += int(found[0]) - 1
    reason = getattr(error, "evalue", "") or plain.strip().splitlines()[-1]
    kind = getattr(error, "ename", type(error).__name__)
    source = os.path.relpath(page.source, content.ROOT)
    shown = text.splitlines()[line - 1].strip()
    return f"{page.name}, cell {index + 1} ({source}:{line}): {shown}\n    {kind}: {reason}"


def chosen(names: Sequence[str], folder: Path = content.NOTEBOOKS) -> list[content.Page]:
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--edition", choices=("offline", "original"), default="offline")
    parser.add_argument("--output", type=Path, default=content.NOTEBOOKS, help="another folder")
    parser.add_argument("--force", action="store_true", help="build fresh notebooks, too")
    parser.add_argument("--exact", action="store_true", help="a lesson without its exercises")
    options = parser.parse_args()
    for name in ("COURSE_SEED", "COURSE_RECORD"):  # of calibrate.py; not for what students get
        os.environ.pop(name, None)
    stale = [
        page
        for page in chosen(options.lessons, options.output.resolve())
        if options.force or not is_fresh(page, options.edition)
        if not options.exact or page.name in options.lessons
    ]
    if not stale:
        print("Every notebook is fresh: nothing to build.")
        return
    cells = sum(c.cell_type == "code" for page in stale for c in content.read_source(page).cells)
    failures = []
    with (
        tqdm(total=cells, unit="cell", desc=f"{len(stale)} notebooks", disable=None) as bar,
        # A training uses every core, so two cores run one notebook at a time.
        ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool,
    ):
        jobs = [
            pool.submit(build, page, options.edition, lambda **_: bar.update()) for page in stale
        ]
        for page, job in zip(stale, jobs, strict=True):
            try:
                job.result()
                tqdm.write(f"built   {page.name}")
            except LessonError as error:
                failures.append(error)
                tqdm.write(f"FAILED  {error}")
    if failures:
        sys.exit(f"{len(failures)} of {len(stale)} failed; their old notebooks are unchanged.")


if __name__ == "__main__":
    main()
