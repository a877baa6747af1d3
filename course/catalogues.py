"""Catalogues of messages: read, brought up to date, written, and what is wrong with one.

``lessons_src/locale/LANGUAGE`` has a catalogue a page, and some beside those, in the PO form of
gettext, which any translator's tool reads. Two flags of a message are ours: ``same`` stays as it
is, ``free`` uses a word otherwise than the glossary does.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from course import content, glossary, messages
from helpers import words

LOCALE = content.SOURCES / "locale"
WORDS, README, GLOSSARY, SITE = "helpers", "README", "glossary", "site"
BESIDE = (WORDS, README, GLOSSARY, SITE)  # catalogues beside those of the pages
SAME, FREE = "same", "free"
HEADER = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


class TranslationError(ValueError):
    """A catalogue cannot be used; the message names it and the way out."""


def languages() -> list[str]:
    """Return the languages that there are catalogues of."""
    return sorted(path.name for path in LOCALE.glob("*") if path.is_dir())


def name_of(language: str) -> str:
    """Return what a language calls itself; "" is English."""
    return str(Locale.parse(language or "en").get_language_name(language or "en"))


def folder_of(language: str) -> str:
    """Return the folder of a language's notebooks, and website, in that of the English ones."""
    return f"{language}/" if language else ""


def way_up(name: str, language: str) -> str:
    """Return the way from a page, by its name in its language's folder, up to the English one."""
    return "../" * f"{folder_of(language)}{name}".count("/")


def names(language: str) -> list[str]:
    """Return the names of a language's catalogues: of pages, and beside them."""
    names = [*(page.name for page in content.pages()), *content.decks(), *BESIDE]
    return [name for name in names if path_of(name, language).exists()]


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
    """Return the function that translates a page's messages; one without a translation stays.

    So do all if ``language`` is "", which is English.
    """
    known = translated(name, language) if language else {}
    return lambda text: known.get(text, text)


def translated(name: str, language: str) -> dict[str, str]:
    """Return the messages of a catalogue that are translated, with their translations."""
    catalogue = (m for m in read(name, language) if m.string and not m.fuzzy and m.id)
    return {str(m.id): str(m.string) for m in catalogue}


def on_site(text: str, /, **values: object) -> str:
    """Return a text of the website in its language, with its {names} replaced by values, if given.

    The helpers' own words are others: a notebook is executed again when one of those changes.
    """
    said = speaker(SITE, words.language())(text)
    return said.format(**values) if values else said


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
