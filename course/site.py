"""Make the website out of the executed notebooks and the pages in docs; ``make site``.

No lesson is written twice. Sphinx gets a folder with the notebooks, in which each question is a box
and the output that answers it is folded, and with the pages of docs. A new site takes the place of
the old one when it is whole.
"""

import importlib.util
import os
import posixpath
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from classroom import links
from course import build, colab, content, fingerprints, glossary
from helpers import quiz

DOCS = content.ROOT / "docs"
WORK = content.ROOT / "build" / "site"
OUTPUT = content.ROOT / "dist" / "site"
QUESTION = re.compile(r"\s*\*\*Predict before you run\.\*\* (.*?)(?=\n\n|\Z)", re.S)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")  # a link to a file that is no page
SECTION = re.compile(r'(<a href="\w+)\.ipynb(?:#([^"]*))?"')  # a link of a quiz
OPENING = re.compile(r".*?(?=^## Lessons)", re.M | re.S)  # of the README: it is the home page, too
TITLE = re.compile(r"^# (.+)$", re.M)
READING = 200  # words a minute
SPHINX = ("-m", "sphinx", "-W", "--keep-going", "-q", "-j", "auto")
# The pages of docs, in order, below the lessons and exercises.
GUIDES = (
    *("glossary", "results", "speed", "data"),
    *("instructors", "classroom", "colab", "container", "contributing"),
)


def as_page(found: NotebookNode, name: str, searched: bool) -> NotebookNode:
    """Return a notebook as a page of the site.

    Args:
        found: an executed notebook, which is changed.
        name: of its file below ``notebooks``.
        searched: whether searches shall find it.
    """
    asked = False
    for cell in found.cells:
        if cell.cell_type == "markdown":
            asked = bool(QUESTION.search(cell.source))
            cell.source = QUESTION.sub(_box, cell.source).strip()
        elif fingerprints.only_asks(cell.source):  # what it shows is no answer, and needs no code
            cell.metadata.tags = [*cell.metadata.get("tags", []), "remove-input"]
        elif cell.cell_type == "code" and asked and cell.outputs:
            cell.metadata.tags = [*cell.metadata.get("tags", []), "hide-output"]
            asked = False
        for output in cell.get("outputs", []):
            if shown := output.get("data", {}).get("text/html"):
                output.data["text/html"] = SECTION.sub(_target, shown)
    opening = found.cells[0]
    words = sum(len(cell.source.split()) for cell in found.cells if cell.cell_type == "markdown")
    links = " · ".join(_links(name))
    minutes = f"{max(1, round(words / READING))} minutes to read"
    line = f":::{{container}} reading\n{minutes} · {links}\n:::"  # not printed
    opening.source = TITLE.sub(rf"\g<0>\n\n{line}", opening.source, count=1)
    if not searched:
        found.metadata.myst = {"html_meta": {"robots": "noindex"}}
        found.metadata.nosearch = found.metadata.orphan = True  # and in no contents
    return found


def _box(question: re.Match) -> str:
    return f"\n\n:::{{admonition}} Predict before you run\n:class: predict\n{question[1]}\n:::"


def _target(link: re.Match) -> str:
    """Return the link to a section as Sphinx names it."""
    plain = unicodedata.normalize("NFKD", unquote(link[2] or "")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).lstrip("-0123456789").rstrip("-")
    return f'{link[1]}.html{"#" if name else ""}{name}"'


def _links(name: str) -> Iterator[str]:
    if address := colab.address():
        yield f"[Open in Colab]({address}/{name})"
    if binder := colab.address("binder"):
        yield f"[Open in Binder]({binder}?urlpath=lab/tree/notebooks/{name})"
    hub, repository = colab.address("hub"), colab.address("hub_repository")
    if hub and repository and not name.startswith("solutions/"):  # students get none
        yield f"[Open on the class hub]({links.link(hub, repository, f'notebooks/{name}')})"
    if name.startswith("exercises/"):
        yield f"[Worked solutions](../solutions/{posixpath.basename(name)})"
    yield f"{{download}}`Download the notebook <{posixpath.basename(name)}>`"


def formulas() -> bytes:
    """Return the script that draws formulas, from its package."""
    found = importlib.util.find_spec("sphinx-mathjax-offline")
    if found is None or not found.submodule_search_locations:
        sys.exit("Sphinx and its extensions are not installed here: run make site")
    return Path(found.submodule_search_locations[0], "static", "mathjax", "tex-svg.js").read_bytes()


def pages(script: bytes | None = None) -> dict[str, str | bytes]:
    """Return every file that Sphinx gets, by its name; ``script`` draws the formulas."""
    files: dict[str, str | bytes] = {}
    for path in [*DOCS.glob("*.py"), *DOCS.glob("images/*"), *DOCS.glob("_static/*")]:
        files[path.relative_to(DOCS).as_posix()] = path.read_bytes()
    for path in DOCS.glob("*.md"):
        text = path.read_text("utf-8").replace("](../CONTRIBUTING.md)", "](contributing.md)")
        files[path.name] = OUTSIDE.sub(r"\1 (`\2`)", text)
    for name, file in (("index.md", "README.md"), ("contributing.md", "CONTRIBUTING.md")):
        files[name] = (content.ROOT / file).read_text("utf-8").replace("](docs/", "](")
    listed: dict[str, list[str]] = {"lessons": [], "exercises": [], "solutions": []}
    for page in content.pages():
        for path in filter(None, (page.notebook, page.starter)):
            kind = path.parent.name if page.starter else "lessons"
            name = path.relative_to(content.NOTEBOOKS).as_posix()
            made = as_page(content.read_notebook(page, path), name, searched=kind != "solutions")
            if kind == "lessons":
                texts = [cell for cell in made.cells if cell.cell_type == "markdown"]
                sources = glossary.linked([cell.source for cell in texts], int(name[:2]))
                for cell, source in zip(texts, sources, strict=True):
                    cell.source = source
            files[f"notebooks/{name}"] = nbformat.writes(made)
            title = TITLE.search(made.cells[0].source)
            if title and kind == "lessons":  # the texts call a lesson by its number
                listed[kind].append(f"{int(name[:2])} {title[1]} <notebooks/{name}>")
            else:
                listed[kind].append(f"notebooks/{name}")
    opening = OPENING.match(str(files["index.md"]))
    lists = (
        _contents("Lessons", listed["lessons"]),
        _contents("Exercises", listed["exercises"]),
        _contents("Guides", [f"{name}.md" for name in GUIDES]),
    )
    start = opening[0].rstrip() if opening else ""
    files["index.md"] = "\n\n".join([start, _progress(), *lists])
    files["glossary.md"] = glossary.as_page([p.name for p in content.pages() if not p.starter])
    files["_static/tex-svg.js"] = formulas() if script is None else script
    return files


def _progress() -> str:
    """Return the table of how far a reader is, which the browser fills."""
    shown = quiz.progress("notebooks/{}.html").data
    return f"## {quiz.TEXTS['progress']}\n\n```{{raw}} html\n{shown}\n```"


def _contents(caption: str, names: list[str]) -> str:
    return f"```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```"


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Bring a folder to hold just these files. Sphinx makes anew what has a new time."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        body = text.encode() if isinstance(text, str) else text
        if not path.exists() or path.read_bytes() != body:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)


def run_sphinx(work: Path, files: Mapping[str, str | bytes], *options: str) -> Path:
    """Bring a work folder up to date, run Sphinx there, and return the folder of its pages.

    Where Sphinx fails or warns, the program ends with a line that says so.
    """
    source, html = work / "source", work / "html"
    write(source, files)
    command = [sys.executable, *SPHINX, *options, "-d", str(work / "doctrees")]
    if status := subprocess.call([*command, str(source), str(html)]):
        sys.exit(f"nothing was made: Sphinx ended with status {status}, its lines say why")
    return html


def main() -> None:
    """Write what has changed into the work folder, run Sphinx there, and put the site in place."""
    try:
        build.require_fresh(*content.pages())
        files = pages()
    except (build.StaleError, OSError, colab.ColabError) as error:
        sys.exit(str(error))
    html = run_sphinx(WORK, files)
    with content.replaced_folder(OUTPUT) as new:
        shutil.copytree(html, new)
    print(f"{os.path.relpath(OUTPUT, content.ROOT)}/index.html")


if __name__ == "__main__":
    content.run(main)
