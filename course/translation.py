"""The course in another language, from catalogues of its messages; ``make translation``.

``lessons_src/locale/LANGUAGE`` has a catalogue a page, and one of what the helpers say, in the PO
form of gettext, which any translator's tool reads. Two flags of a message are ours: ``same`` stays
as it is, ``free`` uses a word otherwise than the glossary does. A page whose catalogue is there
must be whole; its notebook lies in ``notebooks/LANGUAGE``.
"""

import argparse
import ast
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, localedata
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from course import build, content, glossary, messages, quizzes
from course.content import Page
from helpers import quiz, words

LOCALE = content.SOURCES / "locale"
HELPERS = content.ROOT / "helpers"
WORDS, README, GLOSSARY, SITE = "helpers", "README", "glossary", "site"
BESIDE = (WORDS, README, GLOSSARY, SITE)  # catalogues beside those of the pages
OF_SITE = [content.ROOT / "course" / f"{name}.py" for name in ("site", "glossary", "book", "colab")]
OF_SITE.append(content.ROOT / "docs" / "conf.py")
BUNDLED = content.ROOT / "course" / "colab_cell.py"  # the code itself is translated, as a page's is
TABLE = re.compile(r"(<!-- table: .*?<!-- end -->)", re.S)  # of the README, made from measurements
CELL = re.compile(r"(?<=\| )[^|\n]+(?= \|)")
BADGE = re.compile(r"\[!\[Open \w+ in Colab\]\(\S+?\)\]\(\S+/(?=\w+\.ipynb\))")
SAME, FREE = "same", "free"
HEADER = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


class TranslationError(ValueError):
    """A catalogue cannot be used; the message names it and the way out."""


# ---- catalogues


def languages() -> list[str]:
    """Return the languages that there are catalogues of."""
    return sorted(path.name for path in LOCALE.glob("*") if path.is_dir())


def name_of(language: str) -> str:
    """Return what a language calls itself; "" is English."""
    return str(Locale.parse(language or "en").get_language_name(language or "en"))


def folder_of(language: str) -> str:
    """Return the folder of a language's notebooks, and website, in that of the English ones."""
    return f"{language}/" if language else ""


def path_of(name: str, language: str) -> Path:
    """Return where the catalogue of a page, or of the helpers' words, is."""
    return LOCALE / language / f"{name}.po"


def read(name: str, language: str) -> Catalog:
    """Return a catalogue, empty if there is none.

    Raises:
        TranslationError: it is no catalogue; the message names the file and the line.
    """
    path = path_of(name, language)
    try:
        found = read_po(BytesIO(path.read_bytes()), language, abort_invalid=True)
    except FileNotFoundError:
        return Catalog(language)
    except (PoFileError, ValueError) as error:
        raise TranslationError(
            f"{os.path.relpath(path, content.ROOT)} is no catalogue: {error}. Mend it, or bring "
            "the file back with git checkout"
        ) from error
    return found


def update(name: str, language: str, now: Iterable[tuple[str, str]]) -> Catalog:
    """Bring a catalogue to hold just these messages, and write it; what is translated stays.

    A message that has changed a little keeps its translation, marked as ``fuzzy``: to be looked at.
    """
    old, new = read(name, language), Catalog(language)
    for text, section in now:
        new.add(text, auto_comments=[section] if section else [])
    flags = {message.id: message.flags for message in old}
    old.update(new, update_header_comment=False)
    for message in old:
        if message.id not in flags and message.string:
            message.flags.add("fuzzy")
    write(old, name, language)
    return old


def write(catalogue: Catalog, name: str, language: str) -> None:
    """Write a catalogue: the whole new one, or still the old one."""
    for message in catalogue:
        message.flags -= {"python-format", "python-brace-format"}  # Babel's guesses
    buffer, path = BytesIO(), path_of(name, language)
    write_po(buffer, catalogue, 100, omit_header=True, ignore_obsolete=True, no_location=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    content.replace_text(path, HEADER.format(language) + buffer.getvalue().decode())


def speaker(name: str, language: str) -> Callable[[str], str]:
    """Return the function that translates a page's messages; one without a translation stays."""
    known = translated(name, language)
    return lambda text: known.get(text, text)


def on_site(text: str, /, **values: object) -> str:
    """Return a text of the website in its language, with its {names} replaced by values, if given.

    The helpers' own words are others: a notebook is executed again when one of those changes.
    """
    language = words.language()
    said = speaker(SITE, language)(text) if language else text
    return said.format(**values) if values else said


def translated(name: str, language: str) -> dict[str, str]:
    """Return the messages of a catalogue that are translated, with their translations."""
    catalogue = (m for m in read(name, language) if m.string and not m.fuzzy and m.id)
    return {str(m.id): str(m.string) for m in catalogue}


# ---- what is wrong with a translation

KEPT = {  # what must be there as often as in the original
    "code": re.compile(r"`[^`]+`"),
    "formula": re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.S),
    "link": re.compile(r"\]\(([^)]*)\)"),
    "tag": re.compile(r"</?\w+[^>]*>"),
    "value": re.compile(r"(?<!\{)\{[^{}]+(?:\{[^{}]*\}[^{}]*)*\}"),
    "number": re.compile(r"\d+(?:[.,]\d+)*"),
    "emphasis": re.compile(r"\*\*"),
    "cell": re.compile(r" \| "),
}
PLURAL = re.compile(r"\{'s' if [^{}]* else ''\}")  # which other languages need not
HANGUL = re.compile(r"[가-힣]")
# A sentence ends formally, in -니다, -니까 or -세요: neither as in books nor as in talk.
INFORMAL = re.compile(r"(?<!니)다[.!?](?=\s|$)|(?<!세)요[.!?](?=\s|$)|[죠네군][.!?](?=\s|$)")


def faults(catalogue: Catalog, wanted: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield what is wrong with a catalogue of these messages, a line a fault."""
    known = {message.id: message for message in catalogue if message.id}
    texts = dict.fromkeys(text for text, _ in wanted)
    for text in texts:
        message = known.get(text)
        for fault in _faults_of(message, text) if message else ["it is not in the catalogue"]:
            yield f"{text[:60]!r}: {fault}"
    yield from (f"{text[:60]!r}: it is no message any more" for text in known if text not in texts)


def _faults_of(message: Message, text: str) -> Iterator[str]:
    said = str(message.string or "")
    if not said:
        yield "it is not translated"
    elif message.fuzzy:
        yield "its translation is fuzzy: look at it, and remove that flag"
    elif SAME in message.flags:
        if said != text:
            yield "it has the flag same, and is another text"
    else:
        if not HANGUL.search(said) and messages.WORD.search(KEPT["value"].sub("", text)):
            yield "it has no Korean word; give it the flag same if it is to stay English"
        for kind, form in KEPT.items():
            texts = (PLURAL.sub("", text), PLURAL.sub("", said))
            bare = [KEPT["value"].sub("", part) for part in texts]
            ours, theirs = (
                sorted(form.findall(part)) for part in (bare if kind == "number" else texts)
            )
            if ours != theirs:
                yield f"another {kind}: {' '.join(theirs)!r} for {' '.join(ours)!r}"
        if informal := INFORMAL.search(said):
            yield f"{said[: informal.end()][-12:]!r} is no formal ending"
        plain, spaceless = glossary.NO_PROSE.sub(" ", text), said.replace(" ", "")
        for term in glossary.terms() if FREE not in message.flags else ():
            words = [*term.ko.replace(" ", "").split("/"), *term.used.findall(plain)[:1]]
            if term.used.search(plain) and not any(word in spaceless for word in words):
                yield f"the glossary calls {term.name!r} {term.ko}"


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
    deep = "../" * (name.count("/") + bool(language))
    links: list[str] = []
    for other in ["", *languages()]:
        title = name_of(other)
        place = f"{deep}{folder_of(other)}{name}.ipynb"
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


def catalogues(language: str) -> list[str]:
    """Return the names of a language's catalogues: of pages, and beside them."""
    names = [*(page.name for page in content.pages()), *content.decks(), *BESIDE]
    return [name for name in names if path_of(name, language).exists()]


def pages(language: str) -> list[Page]:
    """Return the pages of the course that a language has a catalogue of."""
    return [page for page in content.pages() if path_of(page.name, language).exists()]


def pages_in(language: str, folder: Path = content.NOTEBOOKS) -> list[Page]:
    """Return these pages in the language, with their notebooks in ``folder``."""
    return [page_in(page, language, folder) for page in pages(language)]


def others(folder: Path = content.NOTEBOOKS) -> list[Page]:
    """Return the pages in all other languages, with their notebooks in ``folder``."""
    return [page for language in languages() for page in pages_in(language, folder)]


def in_colab(language: str) -> dict[str, str]:
    """Return what a translated page says of the repository, and what its Colab bundle says."""
    return tomllib.loads((LOCALE / language / "colab.toml").read_text("utf-8"))


def compiled(language: str) -> bytes:
    """Return what helpers/locale holds for a language: what the helpers say, and the quizzes."""
    long_ago = datetime(1980, 1, 1)  # so that the same words make the same file
    result = Catalog(language, fuzzy=False, creation_date=long_ago, revision_date=long_ago)
    for name in catalogues(language):
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
    for language in [options.begin] if options.begin else languages():
        there = catalogues(language)
        decks = (f"slides/{page.name}" for page in chosen if content.deck_of(page.name).exists())
        names = [*(page.name for page in chosen), *decks, *BESIDE]
        whole = []
        for name in names if options.begin else [name for name in names if name in there]:
            texts = wanted(name)
            found = [*faults(update(name, language, texts), texts)]
            print(f"{language}  {name:48} {len(dict(texts)):4} messages, {len(found)} to look at")
            failures += bool(found)
            whole += [] if found else [name]
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
