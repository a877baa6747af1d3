"""Make a deck of slides out of each lesson: HTML, PDF and PPTX in ``dist/slides``; ``make slides``.

``lessons_src/slides`` has a deck a lesson, in Marp's Markdown. What is measured is never typed
there. ``![How its alt text begins](figure)`` shows a figure of the executed notebook, and
``(figure-2)`` the second one that begins so. ``{imdb.test_accuracy}`` is a result of it,
``{imdb.test_accuracy:.0%}`` the same in a form of Python, and ``{# training reviews,}`` the number
that the notebook prints before these words. New slides take the place of the old when all are made.
"""

import argparse
import base64
import html
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import book, build, catalogues, content, messages, translation
from course.content import Page
from helpers import words

WORK = content.ROOT / "build" / "slides"
OUTPUT = content.ROOT / "dist" / "slides"
TOOLS = ("package.json", "package-lock.json")
KINDS = ("html", "pdf", "pptx")
HEAD = "---\nmarp: true\ntheme: course\nmath: mathjax\npaginate: true\nlang: {}\ntitle: {}\n---\n\n"
FONT = '@font-face {{ font-family: "Course"; src: url("data:font/ttf;base64,{}") }}\n'
FIGURE = re.compile(r"!\[([^\]]+)\]\(figure(?:-(\d+))?\)")
RESULT = re.compile(r"\{([a-z]\w*\.\w+)(?::([^{}]+))?\}")
PRINTED = re.compile(r"\{([^{}#\n]*)#([^{}#\n]*)\}")
CODE = re.compile(r"(^```.*?^```)", re.M | re.S)
ALONE = re.compile(r"^(<img .*>)$", re.M)  # which Markdown would make no paragraph of
NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?%?)"
MEASURED = re.compile(r"^([a-z]\w*\.\w+) = (.+?), expected", re.M)


class SlidesError(ValueError):
    """A deck cannot be made; the message names it, the place, and the way out."""


def filled(text: str, notebook: NotebookNode, shown: NotebookNode | None = None) -> str:
    """Return a deck with figures and numbers in their places.

    Args:
        text: the deck.
        notebook: the executed lesson in English, which has the numbers and the alt texts.
        shown: the same lesson in the deck's language, for the figures.

    Raises:
        SlidesError: there is no such figure or number, or there are several.
    """
    said = _outputs(notebook)
    ours, theirs = content.FIGURE.findall(said), content.FIGURE.findall(_outputs(shown or notebook))
    results = measured(notebook)

    def figure(found: re.Match) -> str:
        begins, which = html.escape(found[1]), int(found[2] or 1)
        there = [n for n, (alt, _) in enumerate(ours) if alt.startswith(begins)]
        if not 1 <= which <= len(there) or (len(there) > 1 and not found[2]):
            raise SlidesError(
                f"{found[0]}: {len(there)} figures of the lesson have an alt text that begins so; "
                "write more of it, or (figure-2) for the second one"
            )
        alt, picture = theirs[there[which - 1]]
        kind = "webp" if picture.startswith("UklGR") else "png"  # RIFF, as base64
        return f'<img alt="{alt}" src="data:image/{kind};base64,{picture}">'

    def result(found: re.Match) -> str:
        if found[1] not in results:
            raise SlidesError(f"{found[0]}: the lesson has the results {', '.join(results)}")
        try:
            return format(value(results[found[1]]), found[2]) if found[2] else results[found[1]]
        except ValueError as error:
            raise SlidesError(f"{found[0]}: {error}; expected a form such as .2f or .0%") from error

    def printed(found: re.Match) -> str:
        around = (re.escape(part) for part in found.groups())
        numbers = set(re.findall(NUMBER.join(around), said))
        if len(numbers) != 1:
            raise SlidesError(
                f"{found[0]}: the lesson prints {len(numbers)} different numbers with these words; "
                "expected one. Write more of what stands around it"
            )
        return numbers.pop()

    parts = CODE.split(text)  # braces in code are the code's
    parts[::2] = (
        FIGURE.sub(figure, PRINTED.sub(printed, RESULT.sub(result, p))) for p in parts[::2]
    )
    return ALONE.sub(r"<p>\1</p>", "".join(parts))


def measured(notebook: NotebookNode) -> dict[str, str]:
    """Return the results that a notebook holds against its bands, as it shows them."""
    return dict(MEASURED.findall(_outputs(notebook)))


def value(shown: str) -> float:
    """Return the number of a result as a notebook shows it, without its unit."""
    return float(shown.split()[0].replace(",", ""))


def _outputs(notebook: NotebookNode) -> str:
    found = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return "\n".join(o.get("text") or o.get("data", {}).get("text/html", "") for o in found)


def deck(page: Page, language: str = "") -> str:
    """Return a lesson's deck as Marp takes it.

    Raises:
        SlidesError: a figure or a number is missing; the message names the deck.
        StaleError: a notebook is not what its source gives now.
    """
    path = content.deck_of(page.name)
    text = path.read_text("utf-8")
    shown = page
    if language:
        shown = translation.page_in(page, language)
        text = messages.in_markdown(text, catalogues.speaker(f"slides/{page.name}", language))
    build.require_fresh(*{page, shown})
    notebooks = (nbformat.read(each.notebook, as_version=4) for each in (page, shown))
    try:
        body = filled(text, *notebooks)
    except SlidesError as error:
        raise SlidesError(f"{os.path.relpath(path, content.ROOT)}: {error}") from error
    title = re.search(r"^# (.+)$", text, re.M)
    return HEAD.format(language or "en", json.dumps(title[1] if title else page.name)) + body


def theme(language: str = "") -> str:
    """Return the style sheet; a language whose letters few machines have brings its font."""
    style = (content.DECKS / "theme.css").read_text("utf-8")
    font = words.FOLDER / f"{language}.ttf"
    if not language or not font.exists():
        return style
    return style + FONT.format(base64.b64encode(font.read_bytes()).decode())


def marp() -> list[str]:
    """Return the command that is Marp, which npm installs at the first time, or end with a line."""
    for needed in ("node", "npm"):
        if not shutil.which(needed):
            sys.exit(f"make slides needs {needed}: on Debian sudo apt-get install nodejs npm")
    program = WORK / "node_modules" / "@marp-team" / "marp-cli" / "marp-cli.js"
    ours, there = ((folder / TOOLS[1]) for folder in (content.DECKS, WORK))
    if not (program.exists() and there.exists() and there.read_bytes() == ours.read_bytes()):
        WORK.mkdir(parents=True, exist_ok=True)
        for name in TOOLS:
            shutil.copy(content.DECKS / name, WORK)
        npm = [str(shutil.which("npm")), "ci", "--silent", "--no-audit", "--no-fund"]
        if status := subprocess.call([*npm, "--prefix", str(WORK)]):
            there.unlink()
            sys.exit(f"no slides were made: npm ci ended with status {status}; see its lines")
    return ["node", str(program)]


def convert(program: list[str], folder: Path, output: Path, kind: str) -> None:
    """Convert each deck of a folder with its theme, or end with the line in which Marp says why."""
    options = ["--input-dir", str(folder), "--output", str(output), "--html", "--no-config-file"]
    options += ["--theme-set", str(folder / "theme.css")]
    options += ["--no-parallel"]  # side by side, pages of one Chromium wait for each other for ever
    if kind != "html":
        options += [f"--{kind}", "--browser", "chrome", "--browser-path", book.chromium()]
        options += ["--browser-timeout", "120"]
    done = subprocess.run(
        [*program, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=WORK
    )
    made = [output / f"{path.stem}.{kind}" for path in folder.glob("*.md")]
    if done.returncode or not all(path.is_file() for path in made):
        said = [line for line in done.stderr.splitlines() if "ERROR" in line]
        why = said[-1] if said else "it says nothing"
        sys.exit(f"no slides were made: Marp ended with status {done.returncode}: {why}")


def main() -> None:
    """Make the decks of the chosen lessons, in each language that has them, in each form."""
    parser = argparse.ArgumentParser(prog="slides", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all three")
    options = parser.parse_args()
    program, source, made = marp(), WORK / "source", WORK / "made"
    for folder in (source, made):
        shutil.rmtree(folder, ignore_errors=True)
    pages = [page for page in build.chosen(options.lessons) if content.deck_of(page.name).exists()]
    jobs: list[tuple[Path, Path, str]] = []
    for language in ["", *catalogues.languages()]:
        there = [
            page
            for page in pages
            if not language or catalogues.path_of(f"slides/{page.name}", language).exists()
        ]
        folder = source / (language or "en")
        folder.mkdir(parents=True)
        (folder / "theme.css").write_text(theme(language), "utf-8")
        try:
            for page in there:
                (folder / f"{page.name}.md").write_text(deck(page, language), "utf-8")
        except (SlidesError, build.StaleError, OSError) as error:
            sys.exit(str(error))
        if there:
            jobs += [(folder, made / language, kind) for kind in options.kind or KINDS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each has a Chromium of its own
        list(pool.map(lambda job: convert(program, *job), jobs))
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        place = OUTPUT / path.relative_to(made)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, place)
    print(f"{os.path.relpath(OUTPUT, content.ROOT)}: {len(pages)} decks")


if __name__ == "__main__":
    content.run(main)
