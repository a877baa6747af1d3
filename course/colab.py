"""Pack each notebook into one file that runs on its own; ``make colab``.

A bundled notebook carries the ``helpers`` package in its first cell, so a student uploads one
file to Colab and runs all. What that cell does is in colab_cell.py. The outputs stay, so that
a figure can be seen before anything has run; but no cell counts as run.
"""

import base64
import hashlib
import posixpath
import pprint
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import build, catalogues, colab_parts, content, exercises, messages, translation

OUTPUT = content.ROOT / "dist" / "colab"
CELL = Path(__file__).with_name("colab_cell.py")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
LINK = re.compile(r"\[([^\]]+)\]\(([^()\s]+\.ipynb)\)")
IN_OUTPUT = re.compile(r'<a href="(\w+\.ipynb)[^"]*">(.*?)</a>')  # of a quiz
# What a notebook in this repository says, and what its bundle says instead.
WORDS = {
    "*Kernel* and then *Restart Kernel and Run All Cells*": (
        "*Runtime* and then *Restart session and run all*"
    ),
    "*Restart Kernel and Run All Cells*": "*Restart session and run all*",
    "`git checkout -- :/notebooks :/lessons_src` in a terminal brings back our version.": (
        "a fresh copy of this notebook brings back our version."
    ),
    "fetched when the course was set up": "fetched from package indexes when it is needed",
    "set the environment variable `COURSE_DATA` to `original` or `offline` before you start "
    "JupyterLab.": (
        "run `%env COURSE_DATA=original` or `%env COURSE_DATA=offline` in a new cell above all "
        "others."
    ),
    "`make bench` measures it against the usual loop, and `docs/speed.md` has the table.": (
        "Measured beside the usual loop, it is many times faster."
    ),
    "(Use terminals of the JupyterLab that `make lab` opens: there `python` is the right one.)": (
        "(In Colab, write `!python search_demo.py 100` in a cell instead: there `python` is the "
        "right one.)"
    ),
    "`make bench` trains the textbook's program and ours to the end, on the same bags, and ours a "
    "second time, without the trick with the cores. Its table, with the accuracy beside it, is "
    "in `docs/speed.md`.": "Only both programs, trained to the end on the same bags, can tell.",
}
EXAMPLE = {
    "colab": "https://colab.research.google.com/github/NAME/COURSE/blob/BRANCH",
    "binder": "https://mybinder.org/v2/gh/NAME/COURSE/HEAD",
    "hub": "https://hub.example.org",
    "hub_repository": "https://git.example.org/class/lessons.git",
}
REPOSITORY = re.compile(
    r"`make |python -m course|\bgit\b|README|docs/|lessons_src|JupyterLab|\.\./"
)


class ColabError(ValueError):
    """A notebook cannot be bundled, or the hosting address is none; the message says why."""


def address(place: str = "colab") -> str:
    """Return where notebooks can be opened, from pyproject.toml; "" if no address is set.

    Raises:
        ColabError: it is set to something else than an address.
    """
    found = tomllib.loads(colab_parts.SETTINGS.read_text("utf-8"))["tool"]["course"][place]
    if found and not re.fullmatch(r"https?://[^\s()<>|]+", found):
        raise ColabError(
            f"{place} in pyproject.toml is {found!r}; expected an address such as "
            f"{EXAMPLE[place]}, or nothing"
        )
    return found.rstrip("/")


def badge(address: str, name: str, language: str = "") -> str:
    """Return a picture that opens a bundle in Colab, in Markdown."""
    say = catalogues.speaker(catalogues.SITE, language)
    text = say("Open {name} in Colab").format(name=posixpath.basename(name))
    return f"[![{text}]({BADGE})]({address}/{name}.ipynb)"


def notebooks(folder: Path = content.NOTEBOOKS) -> dict[str, tuple[content.Page, Path]]:
    """Return for the name of each bundle its page and its notebook."""
    found = {}
    for page in [*content.pages(folder), *translation.others(folder)]:
        for path in filter(None, (page.notebook, page.starter)):
            found[path.relative_to(folder).with_suffix("").as_posix()] = page, path
    return found


def bundle(name: str, address: str = "") -> NotebookNode:
    """Return a notebook that needs no other file.

    Args:
        name: of the notebook, such as ``exercises/02_imdb…``.
        address: where the other bundles can be opened. Without it the text names their files.

    Raises:
        ColabError: the text refers to the repository, or to a notebook that does not exist.
    """
    there = notebooks()
    page, path = there[name]
    found = exercises.read_notebook(page, path)
    for cell in found.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = None
                if shown := output.get("data", {}).get("text/html"):
                    folder = catalogues.folder_of(page.language)
                    link = rf'<a href="{address}/{folder}\1">\2</a>' if address else r"\2"
                    output.data["text/html"] = IN_OUTPUT.sub(link, shown)
        else:
            text = translation.SWITCH.sub("", cell.source)
            cell.source = _reworded(text, page.language, name, there, address)
    lines = "\n".join(cell.source for cell in found.cells).splitlines()
    if left := [line for line in lines if REPOSITORY.search(line)]:
        raise ColabError(
            f"{name} refers to the repository: write in WORDS in {Path(__file__).name} what a "
            "bundle says instead of\n    " + "\n    ".join(left)
        )
    result = nbformat.v4.new_notebook(
        cells=[_welcome(name, address, page.language), _set_up(page), *found.cells],
        metadata={
            "kernelspec": content.KERNEL,
            "language_info": {"name": "python"},
            "colab": {"provenance": [], "toc_visible": True},
        },
    )
    content.set_ids(result)
    return result


def _reworded(text: str, language: str, name: str, there: dict, address: str) -> str:
    def link(found: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2]))
        if target.removesuffix(".ipynb") not in there:
            raise ColabError(f"{name} links to {found[2]}, which does not exist")
        # Of an uploaded notebook Colab knows no neighbours: there a link would lead nowhere.
        return f"[{found[1]}]({address}/{target})" if address else f"{found[1]} (`{target}`)"

    for ours, theirs in (translation.in_colab(language) if language else WORDS).items():
        text = _anywhere(ours).sub(theirs, text)
    return LINK.sub(link, text)


def _anywhere(words: str) -> re.Pattern:
    """Match these words wherever the lines break between them."""
    return re.compile(r"\s+".join(map(re.escape, words.split())))


def _welcome(name: str, address: str, language: str) -> NotebookNode:
    say = catalogues.speaker(catalogues.SITE, language)
    text = say(
        "*This notebook brings along all it needs. Choose **Runtime**, **Run all**, or run the "
        "next cell first, and then one after the other.*"
    )
    found = f"{badge(address, name, language)}\n\n{text}" if address else text
    return nbformat.v4.new_markdown_cell(found)


def _set_up(page: content.Page) -> NotebookNode:
    """Return the cell that makes ``import helpers`` work wherever the notebook runs."""
    packed = colab_parts.archive(page)
    say = catalogues.speaker(catalogues.SITE, page.language)
    spoken = messages.in_code(CELL.read_text("utf-8"), say, messages.listed(CELL.stem))
    code = textwrap.indent(spoken, "    ")
    listed = textwrap.indent(pprint.pformat(colab_parts.packages(page), width=90), "    ").strip()
    call = (
        f"set_up(\n    archive,\n    sha256={hashlib.sha256(packed).hexdigest()!r},\n"
        f"    packages={listed},\n    data={colab_parts.data_sets(page)},\n"
        f"    python={colab_parts.lowest_python()!r},\n)"
    )
    if page.language:  # there, no folder tells the helpers what to speak
        call = f'__import__("os").environ["COURSE_LANG"] = {page.language!r}\n{call}'
    # In a function, so that the lesson begins without the names that are used here.
    source = f"""# @title {say("Set up the course")}
def _set_up_course(archive):
{code}
{textwrap.indent(call, "    ")}


_archive = '''
{base64.encodebytes(packed).decode()}'''
_set_up_course(_archive)
del _archive, _set_up_course"""
    return nbformat.v4.new_code_cell(
        re.sub(r"[ \t]+$", "", source, flags=re.M),
        metadata={"cellView": "form", "jupyter": {"source_hidden": True}},
    )


def main() -> None:
    """Write every bundle into dist/colab, in place of those that are there."""
    try:
        build.require_fresh(*content.pages(), *translation.others())
        hosted = address()
        bundles = {name: bundle(name, hosted) for name in notebooks()}
    except (build.StaleError, ColabError) as error:
        sys.exit(str(error))
    with content.replaced_folder(OUTPUT) as new:
        for name, notebook in bundles.items():
            build.write(notebook, new / f"{name}.ipynb")
    size = sum(path.stat().st_size for path in OUTPUT.rglob("*.ipynb"))
    print(f"{OUTPUT.relative_to(content.ROOT)}: {len(bundles)} notebooks, {size / 1e6:.1f} MB")
    print(f"to be opened at {hosted}" if hosted else "no address is set: they link to none")


if __name__ == "__main__":
    content.run(main)
