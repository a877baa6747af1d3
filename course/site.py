"""Make the website out of the executed notebooks and the pages in docs; ``make site``.

No lesson is written twice. Sphinx gets a folder with the notebooks, in which each question is a box
and the output that answers it is folded, and with the pages of docs. A new site takes the place of
the old one when it is whole. Languages are made side by side, and one that nothing has changed for
is taken as it is.
"""

import hashlib
import importlib.util
import os
import posixpath
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from classroom import links
from course import (
    alternates,
    build,
    colab,
    content,
    fingerprints,
    glossary,
    inputs,
    teach,
    translation,
)
from course.translation import on_site as say
from helpers import quiz
from helpers.words import language

DOCS = content.ROOT / "docs"
WORK = content.ROOT / "build" / "site"
OUTPUT = content.ROOT / "dist" / "site"
HEADING = re.compile(r"^(#{2,3}) (.+)$", re.M)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")  # a link to a file that is no page
SECTION = re.compile(r'(<a href="\w+)\.ipynb(?:#([^"]*))?"')  # a link of a quiz
GUIDE = re.compile(r"\[([^\]]+)\]\(([\w/]+)\.md(#[\w-]+)?\)")
TITLE = re.compile(r"^# (.+)$", re.M)
READING = 200  # words a minute
SPHINX = ("-m", "sphinx", "-W", "--keep-going", "-q", "-j", "auto")
# The pages of docs, in order, below the lessons and exercises.
GUIDES = (
    *("glossary", "results", "speed", "data"),
    *("instructors", "classroom", "kubernetes", "colab", "container"),
    *("translation", "contributing"),
)


def as_page(found: NotebookNode, name: str, searched: bool) -> NotebookNode:
    """Return a notebook as a page of the site.

    Args:
        found: an executed notebook, which is changed.
        name: of its file below ``notebooks``, or below the folder of its language there.
        searched: whether searches shall find it.
    """
    asked = False
    predict = say("Predict before you run.")
    question = re.compile(rf"\s*\*\*{re.escape(predict)}\*\* (.*?)(?=\n\n|\Z)", re.S)
    box = rf"\n\n:::{{admonition}} {predict.rstrip('.')}\n:class: predict\n\1\n:::"
    for cell in found.cells:
        if cell.cell_type == "markdown":
            asked = bool(question.search(cell.source))
            cell.source = question.sub(box, translation.SWITCH.sub("", cell.source)).strip()
            cell.source = HEADING.sub(_named, cell.source)
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
    minutes = say("{minutes} minutes to read", minutes=max(1, round(words / READING)))
    line = f":::{{container}} reading\n{minutes} · {links}\n:::"  # not printed
    opening.source = TITLE.sub(rf"\g<0>\n\n{line}", opening.source, count=1)
    if not searched:
        found.metadata.myst = {"html_meta": {"robots": "noindex"}}
        found.metadata.nosearch = found.metadata.orphan = True  # and in no contents
    return found


def _named(heading: re.Match) -> str:
    """Give a heading that Sphinx cannot name, as in Korean, a name before it."""
    if not translation.HANGUL.search(heading[2]):
        return heading[0]
    return f'<span id="{_anchor(heading[2])}"></span>\n\n{heading[0]}'


def _target(link: re.Match) -> str:
    """Return the link to a section as Sphinx names it."""
    name = _anchor(unquote(link[2] or "").replace("-", " "))
    return f'{link[1]}.html{"#" if name else ""}{name}"'


def _anchor(heading: str) -> str:
    if translation.HANGUL.search(heading):
        return f"section-{hashlib.sha256(heading.replace('-', ' ').encode()).hexdigest()[:8]}"
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).lstrip("-0123456789").rstrip("-")


def _elsewhere(page: str) -> Iterator[str]:
    """Yield the links from a page, named without its ending, to its other languages."""
    for other, place in alternates.places(page, language()).items():
        if other != language():
            yield f'<a href="{place}">{translation.name_of(other)}</a>'


def _links(name: str) -> Iterator[str]:
    yield from _elsewhere(f"notebooks/{name.removesuffix('.ipynb')}")
    path = translation.folder_of(language()) + name  # below notebooks
    if address := colab.address():
        yield f"[{say('Open in Colab')}]({address}/{path})"
    if binder := colab.address("binder"):
        yield f"[{say('Open in Binder')}]({binder}?urlpath=lab/tree/notebooks/{path})"
    hub, repository = colab.address("hub"), colab.address("hub_repository")
    if hub and repository and not name.startswith("solutions/"):  # students get none
        address = links.link(hub, repository, f"notebooks/{path}")
        yield f"[{say('Open on the class hub')}]({address})"
    if name.startswith("exercises/"):
        yield f"[{say('Worked solutions')}](../solutions/{posixpath.basename(name)})"
    yield f"{{download}}`{say('Download the notebook')} <{posixpath.basename(name)}>`"


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
    for name, path in _texts():
        text = path.read_text("utf-8").replace("](../CONTRIBUTING.md)", "](contributing.md)")
        if path.parent == teach.FOLDER:
            text = teach.as_page(path.stem, text)
        if name == "index.md":
            text = translation.SWITCH.sub(" · ".join(_elsewhere("index")) + "\n\n", text, 1)
        else:
            text = OUTSIDE.sub(r"\1 (`\2`)", text)
        text = text.replace("](docs/", "](") if path.parent == content.ROOT else text
        # The guides are in English, in the site above this one.
        files[name] = GUIDE.sub(r'<a href="../\2.html\3">\1</a>', text) if language() else text
    listed: dict[str, list[str]] = {"lessons": [], "exercises": [], "solutions": []}
    for page in _pages():
        for path in filter(None, (page.notebook, page.starter)):
            kind = path.parent.name if page.starter else "lessons"
            name = path.relative_to(content.NOTEBOOKS / language()).as_posix()
            made = as_page(content.read_notebook(page, path), name, searched=kind != "solutions")
            if kind == "lessons" and not language():
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
    # The README is the home page, up to its list of lessons.
    opening = re.match(rf".*?(?=^## {say('Lessons')}$)", str(files["index.md"]), re.M | re.S)
    kit = [name for name in files if name.startswith("teach/")]
    guides = [f"{name}.md" for name in GUIDES if f"{name}.md" in files or name == "glossary"]
    lists = (
        _contents(say("Lessons"), listed["lessons"]),
        _contents(say("Exercises"), listed["exercises"]),
        _contents(say("Guides"), guides),
        *([_contents("Teaching", kit)] if kit else []),
    )
    start = opening[0].rstrip() if opening else ""
    files["index.md"] = "\n\n".join([start, _progress(), *lists])
    lessons = [page.name for page in content.pages() if not page.starter]
    define = translation.speaker(translation.GLOSSARY, language()) if language() else str
    files["glossary.md"] = glossary.as_page(lessons, say, define)
    if elsewhere := " · ".join(_elsewhere("glossary")):
        line = f":::{{container}} reading\n{elsewhere}\n:::"  # not printed
        files["glossary.md"] = files["glossary.md"].replace("\n\n", f"\n\n{line}\n\n", 1)
    files["_static/tex-svg.js"] = formulas() if script is None else script
    return files


def _pages() -> list[content.Page]:
    """Return the pages of the site's language."""
    return translation.pages_in(language()) if language() else content.pages()


def _texts() -> Iterator[tuple[str, Path]]:
    """Yield the pages that are no notebooks, and their files."""
    if spoken := language():
        yield "index.md", content.ROOT / f"README.{spoken}.md"
        return
    yield from ((path.name, path) for path in DOCS.glob("*.md"))
    yield from ((f"teach/{path.name}", path) for path in teach.paths())
    yield "index.md", content.ROOT / "README.md"
    yield "contributing.md", content.ROOT / "CONTRIBUTING.md"


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


def made() -> Path:
    """Return the folder of the pages; Sphinx runs if they, or what they are made from, changed.

    A note has the hashes of both after the last run that succeeded. Sphinx warns only of what it
    reads anew, and keeps a page that is newer than its source: so after a run that failed or was
    stopped, it begins with nothing.
    """
    work = WORK / language()
    html, note = work / "html", work / "made"
    try:
        texts = [path for _, path in _texts()]
        now, there = inputs.digest([*inputs.common(), *texts]), inputs.digest(inputs.files(html))
        noted = note.read_text("utf-8") if note.exists() else ""
        if noted == now + there:
            return html
        build.require_fresh(*_pages())
        files = pages()
    except (build.StaleError, OSError, colab.ColabError, teach.TeachError) as error:
        sys.exit(str(error))
    note.unlink(missing_ok=True)
    for folder in (html, work / "doctrees") if not noted.endswith(there) else ():
        shutil.rmtree(folder, ignore_errors=True)
    run_sphinx(work, files, "-D", f"language={language() or 'en'}")
    note.write_text(now + inputs.digest(inputs.files(html)), "utf-8")
    return html


def _made_in(language: str) -> str:
    """Make the pages of another language, in a process of its own; return why it failed, or ""."""
    done = subprocess.run(
        [sys.executable, "-m", "course.site"],
        env={**os.environ, "COURSE_LANG": language},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if not done.returncode:
        return ""
    return done.stdout.strip() or f"nothing was made in {language!r}: status {done.returncode}"


def main() -> None:
    """Make the site, and beside it that of each other language; put them in place."""
    if language():
        made()
        return
    with ThreadPoolExecutor() as pool:
        others = pool.map(_made_in, translation.languages())
        html = made()
    if failed := next(filter(None, others), ""):
        sys.exit(failed)
    with content.replaced_folder(OUTPUT) as new:
        shutil.copytree(html, new)
        for other in translation.languages():
            shutil.copytree(WORK / other / "html", new / other)
    print(f"{os.path.relpath(OUTPUT, content.ROOT)}/index.html")


if __name__ == "__main__":
    content.run(main)
