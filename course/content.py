"""The course as files: which pages there are, and what each is made from."""

import hashlib
import json
import linecache
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "lessons_src"
NOTEBOOKS = ROOT / "notebooks"
DECKS = SOURCES / "slides"
FORMAT = "py:percent"
WRITING = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "tags,-all"}  # jupytext.toml
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
FIGURE = re.compile(r'<img alt="([^"]*)"[^>]*base64,([^"]+)">')
EXAMPLE = "**What a right answer shows:**"  # begins a starter's cell that its solution lacks


@dataclass(frozen=True)
class Page:
    """A source and the executed notebook made from it: a lesson, or an exercise's solution."""

    source: Path
    notebook: Path
    starter: Path | None = None  # the exercise as students get it, made from the solution
    language: str = ""  # of a translation, such as "ko"; its source is made, see translation.py
    example: str = EXAMPLE

    @property
    def name(self) -> str:
        """The page's name on a command line, such as ``exercises/02_imdb…``."""
        return f"exercises/{self.source.stem}" if self.starter else self.source.stem


def pages(folder: Path = NOTEBOOKS) -> list[Page]:
    """Return every page with its notebooks in ``folder``: the lessons, then the exercises."""
    lessons = [Page(path, folder / f"{path.stem}.ipynb") for path in SOURCES.glob("[0-9]*.py")]
    exercises = [
        Page(
            path,
            folder / "solutions" / f"{path.stem}.ipynb",
            folder / "exercises" / f"{path.stem}.ipynb",
        )
        for path in SOURCES.glob("exercises/[0-9]*.py")
    ]
    return sorted(lessons, key=lambda p: p.name) + sorted(exercises, key=lambda p: p.name)


def deck_of(name: str) -> Path:
    """Return where the slides of a lesson are written; not every page has some."""
    return DECKS / f"{name}.md"


def decks() -> list[str]:
    """Return the names of the decks, such as ``slides/02_imdb…``."""
    return sorted(f"slides/{path.stem}" for path in DECKS.glob("[0-9]*.md"))


def read_source(page: Page) -> NotebookNode:
    """Return a source as a notebook without outputs, with cell ids made from the cells."""
    return from_source(page.source.read_text("utf-8"))


def run_tagged(page: Page, tag: str, given: dict) -> dict:
    """Run a page's code cells with this tag, and return the names they define.

    So a test or a benchmark runs the lesson's own code, not a copy that drifts away from it.

    Args:
        page: the lesson.
        tag: the cells' tag.
        given: names the cells use without defining them, such as ``np``.
    """
    cells = read_source(page).cells
    code = "\n\n".join(c.source for c in cells if tag in c.metadata.get("tags", []))
    if not code:
        raise ValueError(f"{page.name} has no cell tagged {tag!r}")
    file = f"<{page.name}, cells tagged {tag}>"
    # TensorFlow reads a function's source to compile its loops, and finds it here.
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    names = dict(given)
    exec(compile(code, file, "exec"), names)
    return names


def bare(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with what its source knows: cells and tags, no outputs, no metadata."""
    cells = [nbformat.from_dict(dict(cell)) for cell in notebook.cells]
    for cell in cells:
        kept = {
            key: cell.metadata[key]
            for key in ("tags", "lines_to_next_cell")
            if key in cell.metadata
        }
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    result = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    set_ids(result)
    return result


def set_ids(notebook: NotebookNode) -> None:
    """Give each cell an id made from its content: the same in every clone, kept when moved."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"


def from_source(text: str) -> NotebookNode:
    """Return what a source's text means as a notebook; see ``read_source``."""
    return bare(_parsed(text))


@cache
def _parsed(text: str) -> NotebookNode:
    """Parse a source once; nobody changes what is kept here, of which ``bare`` makes copies."""
    return jupytext.reads(text, fmt=FORMAT)


def as_source(notebook: NotebookNode) -> str:
    """Return the percent text of a notebook, as jupytext.toml has it written."""
    bare_notebook = bare(notebook)
    bare_notebook.metadata.jupytext = WRITING
    return jupytext.writes(bare_notebook, fmt=FORMAT)


def replace_text(path: Path, text: str | bytes) -> None:
    """Write a file in one step: the whole new text, or still the old one."""
    part = path.with_suffix(f".{os.getpid()}.part")  # another process may write it, too
    part.write_bytes(text.encode() if isinstance(text, str) else text)
    os.replace(part, path)


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Yield the path of a new folder to make, which then takes the place of ``folder``, whole.

    If making it fails, the old one stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        yield new
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)


def cells_hash(notebook: NotebookNode) -> str:
    """Return a hash of what somebody may edit in a notebook: its cells, not their outputs."""
    cells = [
        [cell.cell_type, cell.source, cell.metadata.get("tags", []), cell.get("attachments", {})]
        for cell in notebook.cells
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def is_edited(notebook: NotebookNode) -> bool:
    """Whether a notebook's cells are others than those it was built, or last carried back, with."""
    return notebook.metadata.get("course", {}).get("cells") != cells_hash(notebook)


def source_hash(page: Page) -> str:
    """Return the SHA-256 of a source's text."""
    return hashlib.sha256(page.source.read_text("utf-8").encode()).hexdigest()


def differences(page: Page, notebook: NotebookNode) -> list[str]:
    """Say in which cells a notebook and its source differ; an empty list if they agree."""
    found = []
    wanted = read_source(page).cells
    if len(wanted) != len(notebook.cells):
        found.append(f"the source has {len(wanted)} cells, the notebook {len(notebook.cells)}")
    for number, (ours, theirs) in enumerate(zip(wanted, notebook.cells, strict=False), start=1):
        for part in ("cell_type", "source", "id"):
            if ours[part] != theirs[part]:
                found.append(f"cell {number}: another {part}")
        if ours.metadata.get("tags", []) != theirs.metadata.get("tags", []):
            found.append(f"cell {number}: other tags")
    return found


def run(main: Callable[[], None]) -> None:
    """Run a command; where the system refuses something, end with a sentence that names it."""
    try:
        main()
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{what}{error.strerror or error}. Nothing else was changed")
    except nbformat.reader.NotJSONError as error:
        sys.exit(f"a notebook cannot be read ({error}); git checkout notebooks brings ours back")
