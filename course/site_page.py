"""An executed notebook as a page of the website: questions in boxes, answers folded, links."""

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from nbformat import NotebookNode

from classroom import links
from course import alternates, catalogues, colab, fingerprints, translation
from course.catalogues import on_site as say
from helpers.words import language

HEADING = re.compile(r"^(#{2,3}) (.+)$", re.M)
SECTION = re.compile(r'(<a href="\w+)\.ipynb(?:#([^"]*))?"')  # a link of a quiz
TITLE = re.compile(r"^# (.+)$", re.M)
READING = 200  # words a minute


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
    if not catalogues.HANGUL.search(heading[2]):
        return heading[0]
    return f'<span id="{_anchor(heading[2])}"></span>\n\n{heading[0]}'


def _target(link: re.Match) -> str:
    """Return the link to a section as Sphinx names it."""
    name = _anchor(unquote(link[2] or "").replace("-", " "))
    return f'{link[1]}.html{"#" if name else ""}{name}"'


def _anchor(heading: str) -> str:
    if catalogues.HANGUL.search(heading):
        return f"section-{hashlib.sha256(heading.replace('-', ' ').encode()).hexdigest()[:8]}"
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).lstrip("-0123456789").rstrip("-")


def elsewhere(page: str) -> Iterator[str]:
    """Yield the links from a page, named without its ending, to its other languages."""
    for other, place in alternates.places(page, language()).items():
        if other != language():
            yield f'<a href="{place}">{catalogues.name_of(other)}</a>'


def _links(name: str) -> Iterator[str]:
    yield from elsewhere(f"notebooks/{name.removesuffix('.ipynb')}")
    path = catalogues.folder_of(language()) + name  # below notebooks
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
