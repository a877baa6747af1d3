"""Make one PDF of all lessons to print: ``dist/book.pdf``; ``make book``.

The sources are those of the website. Sphinx makes a single page of them, and Chromium prints it.
The book of each other language lies beside it, such as ``dist/book.ko.pdf``.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from course import build, catalogues, colab, content, site, site_page, translation
from course.catalogues import on_site as say
from helpers.words import FOLDER, language

WORK = content.ROOT / "build" / "book"
OUTPUT = content.ROOT / "dist" / "book.pdf"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LIMIT_S = 600
EXERCISES = re.compile(r"\[([^\]]+)\]\((?:\.\./)?exercises/[^)]+\)")  # they are not in the book
COVER = """# {title}

{promise}

```{{raw}} html
<nav id="contents"><p>{heading}</p>
```

{contents}

```{{raw}} html
</nav>
```

```{{toctree}}
{names}
```
"""


def pages(files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """Return what Sphinx gets for the book; ``files`` is what it gets for the website.

    Both are in the language of the site.
    """
    kept = {name: text for name, text in files.items() if not name.endswith((".md", ".ipynb"))}
    names, contents = [], []
    for page in translation.pages_in(language()):
        if page.starter:
            continue
        name, number = f"notebooks/{page.name}.ipynb", int(page.name[:2])
        notebook = nbformat.reads(files[name], as_version=4)
        for cell in notebook.cells:
            cell.metadata.pop("tags", None)  # on paper nothing unfolds
            if cell.cell_type == "markdown":
                cell.source = EXERCISES.sub(r"\1", cell.source)
        opening = notebook.cells[0]
        opening.source = site_page.TITLE.sub(rf"# {number} \1", opening.source, count=1)
        kept[name] = nbformat.writes(notebook)
        names.append(name)
        title = site_page.TITLE.search(opening.source)
        contents.append(f"[{title[1] if title else name}]({name})\\")
    kept["glossary.md"] = files["glossary.md"]
    kept["index.md"] = COVER.format(
        title=say("Deep learning with Keras"),
        promise=say(
            "A course that checks itself: every number in this book was measured, and every "
            "program was run."
        ),
        heading=say("Contents"),
        names="\n".join([*names, "glossary.md"]),
        contents="\n".join([*contents, f"[{say('Glossary')}](glossary.md)"]),
    )
    if (font := FOLDER / f"{language()}.ttf").exists():  # for a computer without such letters
        kept["_static/letters.ttf"] = font.read_bytes()
    return kept


def chromium() -> str:
    """Return the path of a Chromium, or end with a line that says how to get one."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        sys.exit(
            "make book needs Chromium: on Debian sudo apt-get install chromium; elsewhere put "
            "chromium or google-chrome on the PATH"
        )
    return found


def printed(program: str, page: Path, pdf: Path) -> None:
    """Print a page of this computer into a PDF with Chromium, or end with a line."""
    pdf.unlink(missing_ok=True)
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={pdf}"]
    options += ["--virtual-time-budget=120000", "--generate-pdf-document-outline"]  # ms, formulas
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # which root cannot have
    try:
        done = subprocess.run(
            [program, *options, page.as_uri()], capture_output=True, text=True, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        sys.exit(f"no book was made: {program} did not end within {LIMIT_S} seconds")
    if done.returncode or not pdf.is_file():
        last = (done.stderr.strip() or "it says nothing").splitlines()[-1]
        sys.exit(f"no book was made: {program} ended with status {done.returncode}: {last}")


def path_of(language: str) -> Path:
    """Return where the book of a language is; "" is English."""
    return OUTPUT.with_suffix(f".{language}.pdf") if language else OUTPUT


def make() -> None:
    """Make the single page in the language of the site, print it, and put the book in place."""
    program, work, output = chromium(), WORK / language(), path_of(language())
    try:
        build.require_fresh(*translation.pages_in(language()))
        files = pages(site.pages())
    except (build.StaleError, OSError, colab.ColabError) as error:
        sys.exit(str(error))
    spoken = ("-D", f"language={language() or 'en'}")
    html = site.run_sphinx(work, files, "-b", "singlehtml", "-t", "book", *spoken)
    pdf = work / "book.pdf"
    printed(program, html / "index.html", pdf)
    output.parent.mkdir(parents=True, exist_ok=True)
    os.replace(pdf, output)
    print(f"{os.path.relpath(output, content.ROOT)}: {output.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Make the book, and then that of each other language, in a process of its own."""
    make()
    for other in catalogues.languages() if not language() else ():
        env = {**os.environ, "COURSE_LANG": other}
        if status := subprocess.call([sys.executable, "-m", "course.book"], env=env):
            sys.exit(status)  # its line says why


if __name__ == "__main__":
    content.run(main)
