"""What a page must have for readers who cannot see its figures, or find their way by its structure.

``read`` takes a page apart, a notebook or a Markdown file. Each rule returns sentences that name
what is wrong; an empty list is good. The tests demand empty lists of the course, and full ones of
pages broken on purpose.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token

ALT_LENGTH = (20, 400)  # characters: from a short sentence to what is still read out in one breath
FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|webp)", re.I)
NEEDLESS = re.compile(
    r"(an? |the )?(image|picture|graphic|figure|plot|screenshot) (of|showing) ", re.I
)
URL = re.compile(r"(https?://|www\.)\S+")
VAGUE = {
    "here",
    "click",
    "click here",
    "this",
    "this link",
    "this page",
    "link",
    "more",
    "read more",
}
OWN_COLOUR = re.compile(r"(?<![-\w])color\s*:")

MARKDOWN = MarkdownIt("commonmark").enable("table")


class Link(NamedTuple):
    """A link's words and where it leads."""

    words: str
    target: str


class Heading(NamedTuple):
    """A heading's level, from 1, and its words."""

    level: int
    words: str


@dataclass(frozen=True)
class Document:
    """A page as its parts, in reading order.

    Attributes:
        path: the file, from which relative links start.
        parts: ("markdown", text of a cell or a whole file) or ("html", output of a cell).
    """

    path: Path
    parts: list[tuple[str, str]]

    @cached_property
    def tokens(self) -> list[Token]:
        """The Markdown, parsed; texts, links and images stand in the children of inline ones."""
        texts = (text for kind, text in self.parts if kind == "markdown")
        return [token for text in texts for token in MARKDOWN.parse(text)]

    @property
    def inline(self) -> Iterator[list[Token]]:
        """What stands in each paragraph, heading or table cell."""
        return (token.children for token in self.tokens if token.type == "inline")


def read(path: Path) -> Document:
    """Take a notebook or a Markdown file apart.

    Raises:
        OSError, ValueError: it cannot be read, or is no notebook.
    """
    if path.suffix != ".ipynb":
        return Document(path, [("markdown", path.read_text("utf-8"))])
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(("markdown", cell.source))
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                parts.append(("html", data["text/html"]))
            elif any(kind.startswith("image/") for kind in data):
                parts.append(("html", "<img>"))  # as JupyterLab shows it: without words
    return Document(path, parts)


class _Html(HTMLParser):
    """Collects the elements of a piece of HTML, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.elements.append((tag, dict(attributes)))


def figures(document: Document) -> list[str | None]:
    """Return the alt text of each picture, in reading order; None where there is none."""
    found: list[str | None] = []
    for kind, text in document.parts:
        if kind == "html":
            found += _alts(text)
            continue
        for token in _all(MARKDOWN.parse(text)):
            if token.type == "image":
                found.append(token.content)
            elif token.type.startswith("html_"):
                found += _alts(token.content)
    return found


def _alts(html: str) -> list[str | None]:
    return [attributes.get("alt") for tag, attributes in _Html(html).elements if tag == "img"]


def _all(tokens: list[Token]) -> Iterator[Token]:
    """Yield parsed Markdown with what stands inside of other things, in reading order."""
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def alt_texts(document: Document) -> list[str]:
    """Every picture has words of its own that say what it shows."""
    found = []
    alts = figures(document)
    for number, alt in enumerate(alts, start=1):
        what = f"figure {number}"
        if alt is None or not alt.strip():
            found.append(f"{what} has no alt text")
        elif FILE_NAME.fullmatch(alt.strip()):
            found.append(f"{what} has a file name as its alt text: {alt!r}")
        elif NEEDLESS.match(alt):
            found.append(f"{what}: a reader knows that it is a picture: {alt!r}")
        elif not ALT_LENGTH[0] <= len(alt) <= ALT_LENGTH[1]:
            low, high = ALT_LENGTH
            found.append(f"{what}: {len(alt)} characters, not {low} to {high}: {alt!r}")
    for alt, count in Counter(alts).items():
        if alt and count > 1:
            found.append(f"{count} figures have the same alt text: {alt!r}")
    return found


def _words(tokens: list[Token]) -> str:
    return "".join(
        token.content for token in tokens if token.type in ("text", "code_inline", "image")
    )


def headings(document: Document) -> list[Heading]:
    """Return the headings, in reading order."""
    return [
        Heading(int(opening.tag[1]), _words(content.children))
        for opening, content in pairwise(document.tokens)
        if opening.type == "heading_open"
    ]


def nesting(document: Document) -> list[str]:
    """One heading of level 1 comes first, none is empty, and no level is left out."""
    found, level = [], 0
    for heading in headings(document):
        if heading.level > level + 1 or (heading.level == 1 and level > 0):
            found.append(f"heading {heading.words!r} (level {heading.level}) does not nest")
        if not heading.words.strip():
            found.append(f"a heading of level {heading.level} is empty")
        level = heading.level
    return found or ([] if level else ["there is no heading"])


def links(document: Document) -> list[Link]:
    """Return the links, in reading order."""
    found = []
    for tokens in document.inline:
        opened = []
        for place, token in enumerate(tokens):
            if token.type == "link_open":
                opened.append(place)
            elif token.type == "link_close":
                start = opened.pop()
                found.append(Link(_words(tokens[start:place]), str(tokens[start].attrs["href"])))
    return found


def link_words(document: Document) -> list[str]:
    """The words of a link alone say where it leads."""
    found = []
    leads: dict[str, set[str]] = {}
    for words, target in links(document):
        leads.setdefault(words.strip().lower(), set()).add(target)
        if words.strip(" .").lower() in VAGUE or not words.strip():
            found.append(f"the words {words!r} do not say that the link leads to {target}")
        elif URL.search(words):
            found.append(f"a link shows its address, not what is there: {target}")
    for words, targets in leads.items():
        if len(targets) > 1:
            found.append(f"links with the words {words!r} lead to {', '.join(sorted(targets))}")
    for tokens in document.inline:
        inside = 0
        for token in tokens:
            inside += token.nesting if token.type.startswith("link_") else 0
            if not inside and token.type == "text" and (bare := URL.search(token.content)):
                found.append(f"an address without words: {bare[0]}")
    return found


def link_targets(document: Document) -> list[str]:
    """What a link or a picture within the project leads to is there, down to the heading."""
    found = []
    pictures = (str(token.attrs["src"]) for token in _all(document.tokens) if token.type == "image")
    for target in (*(link.target for link in links(document)), *pictures):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        path = document.path.parent / unquote(parts.path) if parts.path else document.path
        there = document if path == document.path else None
        if not there and not path.exists():
            found.append(f"a link leads to {target}, which is not there")
        elif parts.fragment and unquote(parts.fragment) not in anchors(there or read(path)):
            found.append(f"a link leads to {target}, and there is no such heading")
    return found


def anchors(document: Document) -> set[str]:
    """Return what a link may name after #: the headings as JupyterLab or, for Markdown, GitHub."""
    words = [heading.words for heading in headings(document)]
    if document.path.suffix == ".ipynb":
        return {text.replace(" ", "-") for text in words}
    slugs = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in words]
    repeated = Counter()
    found = set()
    for slug in slugs:
        found.add(f"{slug}-{repeated[slug]}" if repeated[slug] else slug)
        repeated[slug] += 1
    return found


def tables(document: Document) -> list[str]:
    """Every column of a table has a header; only the one of the rows' names may do without."""
    found, row = [], []
    for token, content in pairwise(document.tokens):
        if token.type == "th_open":
            row.append(_words(content.children))
        elif token.type == "thead_close":
            if not all(words.strip() for words in row[1:]) or not any(row):
                found.append(f"a table has a column without a header: {' | '.join(row)}")
            row = []
    for kind, text in document.parts:
        tags = [tag for tag, _ in _Html(text).elements] if kind == "html" else []
        if "table" in tags and "th" not in tags:
            found.append("a table among the outputs has no headers")
    return found


def own_colours(document: Document) -> list[str]:
    """No output brings a colour for its text: no colour is legible on white and on black.

    Contrast 4.5 on white needs a luminance below 0.183; on JupyterLab's dark page, above 0.2.
    """
    styles = (
        attributes.get("style") or ""
        for kind, text in document.parts
        if kind == "html"
        for _, attributes in _Html(text).elements
    )
    coloured = {style for style in styles if OWN_COLOUR.search(style) and "background" not in style}
    return [f"an output has text with a colour of its own: {style}" for style in sorted(coloured)]


RULES = (alt_texts, nesting, link_words, link_targets, tables, own_colours)
