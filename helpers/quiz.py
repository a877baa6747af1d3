"""Questions before and after a lesson, predictions, and a table of how far a student is.

What ``quiz.html`` makes is read well without a script: questions, options, folded answers.
``quiz.js`` makes it something to fill in, which looks as ``quiz.css`` says. What is typed stays in
the browser. All words but the questions are in ``quiz.toml``.
"""

import hashlib
import html
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from IPython.display import HTML

from helpers import journal
from helpers.words import say

HERE = Path(__file__).parent
QUIZZES = HERE / "quizzes"
# What a damaged file raises.
DAMAGED = (OSError, ValueError, LookupError, TypeError, AttributeError, jinja2.UndefinedError)
TEXTS = {
    name: say(text) for name, text in tomllib.loads((HERE / "quiz.toml").read_text("utf-8")).items()
}
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
)
# The fields of a file that hold words, and so are translated.
WORDS = (
    *("title", "question", "section", "text", "why", "otherwise", "items"),
    *("unit", "x_label", "y_label"),
)


class QuizError(ValueError):
    """A quiz cannot be shown; the message names the file and what is wrong."""


def ready(page: str) -> HTML:
    """Show the questions on what a lesson needs; ``page`` is such as "02_imdb…"."""
    return _quiz(page, "ready")


def after(page: str) -> HTML:
    """Show the questions that follow a lesson; ``page`` is such as "02_imdb…"."""
    return _quiz(page, "after")


def predict(name: str, question: str, unit: str = "", choices: Sequence[str] = ()) -> HTML:
    """Show a field for a number, or ``choices``. What is entered is kept by the browser.

    ``name`` is the lesson and a word, such as "02.parameters"; ``predicted`` answers it.
    """
    return _live("predict", name, question, unit, choices)


def predicted(name: str, value: float | str, tolerance: float = 0, unit: str = "") -> HTML:
    """Show the answer, a number or the words of a choice, beside what was entered before.

    A number is right within ``tolerance``.
    """
    return _live("predicted", name, value, tolerance, unit)


def progress(link: str = "{}.ipynb") -> HTML:
    """Show a table of how far one is: what the browser, and the file beside lesson 0, have noted.

    ``link`` leads to a lesson, with {} for its name.
    """
    pages = sorted(path.stem for path in QUIZZES.glob("*.toml"))
    titles = {page: _title(page) for page in pages}
    return _live("progress", link, titles, {page: journal.solved(page) for page in pages})


def _read(page: str) -> dict:
    return _said(tomllib.loads((QUIZZES / f"{page}.toml").read_text("utf-8")))


def _title(page: str) -> str:
    """Return a lesson's number and title; its name, if the file is damaged: others can be read."""
    try:
        return f"{int(page[:2])} {_read(page)['title']}"
    except DAMAGED:
        return page


def _quiz(page: str, part: str) -> HTML:
    try:
        return _live("quiz", page, part, _read(page)[part])
    except DAMAGED as error:
        missing = f"{error} is missing" if isinstance(error, KeyError) else error
        reason = getattr(error, "strerror", None) or missing
        message = f"The quiz {page}.toml cannot be shown: {reason}"
        if os.environ.get("COURSE_STRICT") == "1":
            raise QuizError(message) from error
        return HTML(f"<p>{html.escape(message)}</p>")


def _said(found: Any, field: str = "") -> Any:
    """Return what a file holds, its words in the reader's language."""
    if isinstance(found, dict):
        return {name: _said(value, name) for name, value in found.items()}
    if isinstance(found, list):
        return [_said(value, field) for value in found]
    return say(found) if field in WORDS and isinstance(found, str) else found


def _shuffled(items: list, seed: str) -> list:
    """Return the items in an order that looks random, is always the same, and is another one."""
    mixed = sorted(items, key=lambda item: hashlib.sha256(f"{seed}{item}".encode()).digest())
    return mixed if mixed != items else mixed[1:] + mixed[:1]


def _live(macro: str, *values: object) -> HTML:
    """Return what a macro of the template makes, with its style, and the script that is for it."""
    known = {"texts": TEXTS, "shuffled": _shuffled, "colab": "google.colab" in sys.modules}
    shown = getattr(TEMPLATES.get_template("quiz.html").make_module(known), macro)(*values)
    style, script = ((HERE / f"quiz.{end}").read_text("utf-8") for end in ("css", "js"))
    texts = json.dumps(TEXTS).replace("<", "\\u003c")  # no text ends the script
    start = f'<script type="module">\n{script}\nstart(document, {texts});\n</script>'
    return HTML(f"<style>{style}</style>{shown}{start}")
