"""The course in another language, from catalogues of its messages; ``make translation``.

What the messages of each catalogue are, and what is made of their translations: sources, to be
built like any other, the README, and the helpers' words. A page whose catalogue is there must be
whole; its notebook lies in ``notebooks/LANGUAGE``. What a catalogue is, catalogues.py says.
"""

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import localedata
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from course import build, catalogues, content, glossary, messages, quizzes
from course.catalogues import GLOSSARY, README, SITE, WORDS, speaker
from course.content import Page
from helpers import quiz, words

HELPERS = content.ROOT / "helpers"
IN_COURSE = ("site", "site_page", "glossary", "book", "colab")
OF_SITE = [content.ROOT / "course" / f"{name}.py" for name in IN_COURSE]
OF_SITE.append(content.ROOT / "docs" / "conf.py")
BUNDLED = content.ROOT / "course" / "colab_cell.py"  # the code itself is translated, as a page's is
TABLE = re.compile(r"(<!-- table: .*?<!-- end -->)", re.S)  # of the README, made from measurements
CELL = re.compile(r"(?<=\| )[^|\n]+(?= \|)")
BADGE = re.compile(r"\[!\[Open \w+ in Colab\]\(\S+?\)\]\(\S+/(?=\w+\.ipynb\))")


# ---- what is translated


def wanted(name: str) -> list[tuple[str, str]]:
    """Return the messages of a catalogue, each with the heading or the file where it stands."""
    if name == WORDS:
        return [
            *_said_by(sorted(HELPERS.rglob("*.py"))),
            *_in_tables(),
            (content.EXAMPLE, "exercises"),
        ]
    if name == SITE:
        cell = messages.of_code(BUNDLED.read_text("utf-8"), messages.listed(BUNDLED.stem))
        return [*_said_by(OF_SITE), *((text, BUNDLED.name) for text in cell)]
    if name == GLOSSARY:
        return [(term.text, term.name) for term in glossary.terms()]
    if name == README:
        found: list[tuple[str, str]] = []

        def collect(text: str) -> str:
            found.append((text, ""))
            return text

        in_readme(collect)
        return found
    if name in content.decks():
        return list(messages.of_markdown((content.SOURCES / f"{name}.md").read_text("utf-8")))
    (page,) = (page for page in content.pages() if page.name == name)
    return [*messages.of(page), *_asked(name)]


def _said_by(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in files:
        calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
        said = (call.args[0] for call in calls if ast.unparse(call.func) == "say")
        for text in said:
            if isinstance(text, ast.Constant):
                yield str(text.value), path.name


def _in_tables() -> Iterator[tuple[str, str]]:
    """Yield the words of what draws quizzes and interactive figures."""
    for path in (HELPERS / "quiz.toml", HELPERS / "interactive" / "texts.toml"):
        yield from (
            (text, path.name) for text in quizzes.texts(tomllib.loads(path.read_text("utf-8")))
        )


def _asked(name: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a lesson's quiz."""
    if (path := quiz.QUIZZES / f"{name}.toml").exists():
        found = tomllib.loads(path.read_text("utf-8"))
        yield from ((text, "Quiz") for text in quizzes.texts(found, quiz.WORDS))


def in_readme(say: Callable[[str], str]) -> str:
    """Return the README in the language that ``say`` speaks; of its tables the words are said."""

    def cell(found: re.Match) -> str:
        text, mark, badge = found[0].partition(" [![")  # which opens a lesson in Colab
        words = re.sub(r"\]\([^)]*\)|`[^`]*`", "", text)
        spoken = messages.WORD.search(words) and not re.search(r"\d", words)  # a number moves
        return (say(text) if spoken else text) + mark + badge

    parts = TABLE.split((content.ROOT / "README.md").read_text("utf-8"))
    texts = [messages.in_markdown(part, say) for part in parts[::2]]
    tables = [CELL.sub(cell, part) for part in parts[1::2]]
    return "".join(a + b for a, b in zip(texts, [*tables, ""], strict=True))


# ---- what is made of it


SWITCH = re.compile(rf"^{messages.SWITCH}\n\n?", re.M)


def switch(name: str, language: str) -> str:
    """Return the line of a page, or of the README, that leads to its other languages."""
    deep = catalogues.way_up(name, language)
    links: list[str] = []
    for other in ["", *catalogues.languages()]:
        title = catalogues.name_of(other)
        place = f"{deep}{catalogues.folder_of(other)}{name}.ipynb"
        if name == README:
            place = f"README.{other}.md" if other else "README.md"
        links.append(title if other == language else f"[{title}]({place})")
    return " · ".join(links)


@cache
def page_in(page: Page, language: str, folder: Path = content.NOTEBOOKS) -> Page:
    """Return a page in another language, its source written anew, to be built like any other."""
    source = content.ROOT / "build" / "locale" / language / f"{page.name}.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    text = messages.replaced(page, speaker(page.name, language))
    text = text.replace(switch(page.name, ""), switch(page.name, language))
    if not source.exists() or source.read_text("utf-8") != text:
        content.replace_text(source, text)
    example = speaker(WORDS, language)(content.EXAMPLE)
    there = content.pages(folder / language)
    (moved,) = (other for other in there if other.name == page.name)
    return replace(moved, source=source, language=language, example=example)


def readme_in(language: str) -> str:
    """Return the README in another language."""
    text = in_readme(speaker(README, language))
    text = text.replace("](notebooks/", f"](notebooks/{language}/")
    text = BADGE.sub(rf"\g<0>{language}/", text)
    return text.replace(switch(README, ""), switch(README, language))


def pages(language: str) -> list[Page]:
    """Return the pages of the course that a language has a catalogue of."""
    return [page for page in content.pages() if catalogues.path_of(page.name, language).exists()]


def pages_in(language: str, folder: Path = content.NOTEBOOKS) -> list[Page]:
    """Return these pages in the language, with their notebooks in ``folder``; "" is English."""
    if not language:
        return content.pages(folder)
    return [page_in(page, language, folder) for page in pages(language)]


def others(folder: Path = content.NOTEBOOKS) -> list[Page]:
    """Return the pages in all other languages, with their notebooks in ``folder``."""
    return [page for language in catalogues.languages() for page in pages_in(language, folder)]


def in_colab(language: str) -> dict[str, str]:
    """Return what a translated page says of the repository, and what its Colab bundle says."""
    return tomllib.loads((catalogues.LOCALE / language / "colab.toml").read_text("utf-8"))


def compiled(language: str) -> bytes:
    """Return what helpers/locale holds for a language: what the helpers say, and the quizzes."""
    long_ago = datetime(1980, 1, 1)  # so that the same words make the same file
    result = Catalog(language, fuzzy=False, creation_date=long_ago, revision_date=long_ago)
    for name in catalogues.names(language):
        say = speaker(name, language)
        said = wanted(WORDS) if name == WORDS else _asked(name)
        for text in dict.fromkeys(text for text, _ in said):
            if say(text) != text:
                result.add(text, say(text))
    buffer = BytesIO()
    write_mo(buffer, result)
    return buffer.getvalue()


def main() -> None:
    """Bring catalogues and notebooks up to date, and say how much of each page is translated."""
    parser = argparse.ArgumentParser(prog="translation", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--begin", metavar="LANGUAGE", help="make catalogues where there are none")
    parser.add_argument("--no-build", action="store_true", help="bring the catalogues up to date")
    options = parser.parse_args()
    chosen = build.chosen(options.lessons)
    if options.begin and options.begin not in localedata.locale_identifiers():
        parser.error(f"no language is called {options.begin!r}; expected a code such as ko or de")
    failures = 0
    for language in [options.begin] if options.begin else catalogues.languages():
        there = catalogues.names(language)
        decks = (f"slides/{page.name}" for page in chosen if content.deck_of(page.name).exists())
        names = [*(page.name for page in chosen), *decks, *catalogues.BESIDE]
        whole = []
        for name in names if options.begin else [name for name in names if name in there]:
            texts = wanted(name)
            found = [*catalogues.faults(catalogues.update(name, language, texts), texts)]
            print(f"{language}  {name:48} {len(dict(texts)):4} messages, {len(found)} to look at")
            if found:
                failures += 1
            else:
                whole.append(name)
        content.replace_text(words.FOLDER / f"{language}.mo", compiled(language))
        if README in whole:
            content.replace_text(content.ROOT / f"README.{language}.md", readme_in(language))
        for page in chosen if not options.no_build else []:
            if page.name in whole:
                build.build(page_in(page, language), "offline")
                print(f"{language}  {page.name:48} is built")
    if failures:
        sys.exit(f"{failures} catalogues are not whole; the tests name what is wrong in each")


if __name__ == "__main__":
    content.run(main)
