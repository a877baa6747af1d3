"""The instructor kit, ``docs/teach``: a page a lesson, as a reader of the website gets it.

Nothing is written twice: a page names a section by its heading, ``[Test once][lesson]``, and a
question of the quiz by its id. The goals come from the lesson, a question's words from the quiz.
"""

import re
import tomllib
from pathlib import Path

from course import content
from helpers import quiz

FOLDER = content.ROOT / "docs" / "teach"
GOALS = "<!-- goals -->"
OBJECTIVES = "**After this lesson you can**"  # begins them in a lesson's first cell
SECTION = re.compile(r"\[([^\]]+)\]\[(lesson|exercises)\]")
DEFINED = re.compile(r"\n\[(?:lesson|exercises)\]: .*")
QUESTION = re.compile(r"^\| `(\w+)` \|", re.M)
PLACE = {"lesson": "", "exercises": "exercises/"}
BEYOND = re.compile(r"\[([^\]]+)\]\(\.\./\.\./(?!notebooks/)([^)]+)\)")  # to a file that is no page


class TeachError(ValueError):
    """A page of the kit cannot be made; the message names the lesson and what is expected."""


def goals(name: str) -> str:
    """Return the numbered goals of a lesson, such as ``02_imdb…``, as its first cell has them.

    Raises:
        TeachError: it has none.
    """
    source = (content.SOURCES / f"{name}.py").read_text("utf-8")
    found = re.search(rf"^# {re.escape(OBJECTIVES)}\n#\n((?:# .+\n)+)", source, re.M)
    if not found:
        raise TeachError(f"{name} has no goals; expected {OBJECTIVES!r} in its first cell")
    return re.sub("^# ", "", found[1], flags=re.M).rstrip()


def questions(name: str) -> dict[str, str]:
    """Return for the id of each question of a lesson's quiz where it is asked, and its words."""
    path = quiz.QUIZZES / f"{name}.toml"
    found = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return {
        question["id"]: f"{place} {number}: {question['question']}"
        for part, place in (("ready", "before"), ("after", "after"))
        for number, question in enumerate(found.get(part, []), 1)
    }


def slug(heading: str) -> str:
    """Return what a link says after # for a heading, as GitHub and MyST do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def as_page(name: str, text: str) -> str:
    """Return a page of the kit as the website shows it.

    Args:
        name: of its lesson, such as ``02_imdb…``; ``index`` is about all of them.
        text: of its file.

    Raises:
        TeachError: the lesson has no goals, or its quiz has no such question.
    """
    if GOALS in text:
        text = text.replace(GOALS, goals(name))
    asked = questions(name)
    if unknown := set(QUESTION.findall(text)) - set(asked):
        raise TeachError(f"{name}: no question is called {min(unknown)}; there are: {[*asked]}")
    text = QUESTION.sub(lambda row: f"| {asked[row[1]]} (`{row[1]}`) |", text)
    text = SECTION.sub(
        lambda link: f"[{link[1]}](/notebooks/{PLACE[link[2]]}{name}.ipynb#{slug(link[1])})",
        DEFINED.sub("", text),
    )
    text = BEYOND.sub(r"\1 (`\2`)", text)
    return text.replace("](../../", "](/").replace("](../", "](/")


def paths() -> list[Path]:
    """Return the files of the kit, the overview first."""
    found = sorted(FOLDER.glob("*.md"))
    overview = [path for path in found if path.stem == "index"]
    return overview + [path for path in found if path not in overview]
