"""Make the website out of the executed notebooks and the pages in docs; ``make site``.

No lesson is written twice. Sphinx gets a folder with the notebooks, in which each question is a box
and the output that answers it is folded, and with the pages of docs. A new site takes the place of
the old one when it is whole. Languages are made side by side, and one that nothing has changed for
is taken as it is.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from course import (
    build,
    catalogues,
    colab,
    content,
    exercises,
    glossary,
    inputs,
    teach,
    translation,
)
from course.catalogues import on_site as say
from course.site_page import TITLE, as_page, elsewhere
from helpers import quiz
from helpers.words import language

DOCS = content.ROOT / "docs"
WORK = content.ROOT / "build" / "site"
OUTPUT = content.ROOT / "dist" / "site"
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")  # a link to a file that is no page
GUIDE = re.compile(r"\[([^\]]+)\]\(([\w/]+)\.md(#[\w-]+)?\)")
SPHINX = ("-m", "sphinx", "-W", "--keep-going", "-q", "-j", "auto")
# The pages of docs, in order, below the lessons and exercises.
GUIDES = (
    *("glossary", "results", "speed", "data"),
    *("instructors", "classroom", "kubernetes", "colab", "container"),
    *("translation", "contributing"),
)


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
            text = translation.SWITCH.sub(" · ".join(elsewhere("index")) + "\n\n", text, 1)
        else:
            text = OUTSIDE.sub(r"\1 (`\2`)", text)
        text = text.replace("](docs/", "](") if path.parent == content.ROOT else text
        # The guides are in English, in the site above this one.
        files[name] = GUIDE.sub(r'<a href="../\2.html\3">\1</a>', text) if language() else text
    listed: dict[str, list[str]] = {"lessons": [], "exercises": [], "solutions": []}
    for page in translation.pages_in(language()):
        for path in filter(None, (page.notebook, page.starter)):
            kind = path.parent.name if page.starter else "lessons"
            name = path.relative_to(content.NOTEBOOKS / language()).as_posix()
            made = as_page(exercises.read_notebook(page, path), name, searched=kind != "solutions")
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
    define = catalogues.speaker(catalogues.GLOSSARY, language())
    terms = glossary.as_page(lessons, say, define)
    if links := " · ".join(elsewhere("glossary")):
        line = f":::{{container}} reading\n{links}\n:::"  # not printed
        terms = terms.replace("\n\n", f"\n\n{line}\n\n", 1)
    files["glossary.md"] = terms
    files["_static/tex-svg.js"] = formulas() if script is None else script
    return files


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
        build.require_fresh(*translation.pages_in(language()))
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
        others = pool.map(_made_in, catalogues.languages())
        html = made()
    if failed := next(filter(None, others), ""):
        sys.exit(failed)
    with content.replaced_folder(OUTPUT) as new:
        shutil.copytree(html, new)
        for other in catalogues.languages():
            shutil.copytree(WORK / other / "html", new / other)
    print(f"{os.path.relpath(OUTPUT, content.ROOT)}/index.html")


if __name__ == "__main__":
    content.run(main)
