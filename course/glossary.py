"""The course's words: a page of the site, and links to it where a lesson uses a word first."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from course import content
from helpers.words import language

FILE = content.ROOT / "docs" / "glossary.toml"
# What is no prose: code, formulas, links and pictures, tags, headings, and the marks of boxes.
NO_PROSE = re.compile(
    r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|^#.*?$|^:::.*?$)",
    re.S | re.M,
)


@dataclass(frozen=True)
class Term:
    """A word, what it means, and where it is introduced."""

    name: str
    text: str
    lesson: int
    section: str  # the heading in the lesson
    ko: str  # the word used in Korean
    also: tuple[str, ...] = ()  # synonyms, other spellings

    @cached_property
    def used(self) -> re.Pattern:
        """What finds the word, its plural and its synonyms in prose."""
        words = sorted([self.name, *self.also], key=len, reverse=True)
        any_of = "|".join(
            # An abbreviation is written as it is: GAP is no gap.
            rf"(?-i:{word})" if word.isupper() else r"\s+".join(map(re.escape, word.split()))
            for word in words
        )
        return re.compile(rf"(?<![\w-])(?:{any_of})s?(?![\w-])", re.I)


def terms() -> list[Term]:
    """Return all words, in the order of the file."""
    entries = tomllib.loads(FILE.read_text("utf-8"))["term"]
    return [Term(**{**entry, "also": tuple(entry.get("also", ()))}) for entry in entries]


def as_page(lessons: list[str], say: Callable[..., str], define: Callable[[str], str] = str) -> str:
    """Return the glossary in Markdown, in the language of the site.

    Args:
        lessons: their names, in order.
        say: translates the words of the page.
        define: translates the definitions.
    """
    lines = [f"# {say('Glossary')}", "", "```{glossary}"]
    for term in terms():
        number = f"[{say('lesson {number}', number=term.lesson)}]"
        link = f"{number}(notebooks/{lessons[term.lesson]}.ipynb)"
        name, korean = term.name, f' Korean: <span lang="ko">{term.ko}</span>.'
        if language():
            name, korean = f"{term.ko} ({term.name})", ""
        other = say(" Also: {names}.", names=", ".join(term.also)) if term.also else ""
        text = f"{define(term.text)}{other}{korean} {say('Introduced in {link}.', link=link)}"
        lines += [name, f"  {text}", ""]
    return "\n".join([*lines[:-1], "```", ""])


def linked(cells: list[str], lesson: int) -> list[str]:
    """Return a lesson's Markdown cells with a link at the first use of each word known there."""
    open_terms = [term for term in terms() if term.lesson <= lesson]
    names = {term.name.lower() for term in open_terms}
    result = []
    for cell in cells:
        parts = NO_PROSE.split(cell)  # prose and no prose in turn
        for number in range(0, len(parts), 2):
            spans: list[tuple[int, int, str]] = []
            for term in [*open_terms]:
                found = term.used.search(parts[number])
                if found and found[0].lower() in names - {term.name.lower()}:
                    continue  # the plural of one term is another's name: activations
                if found and all(found.end() <= a or b <= found.start() for a, b, _ in spans):
                    spans.append((*found.span(), f"{{term}}`{found[0]} <{term.name}>`"))
                    open_terms.remove(term)
            for start, end, link in sorted(spans, reverse=True):
                parts[number] = parts[number][:start] + link + parts[number][end:]
        result.append("".join(parts))
    return result
