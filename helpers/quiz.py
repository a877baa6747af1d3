"""Questions before and after a lesson, predictions, and a table of how far a student is.

All reads well without a script: questions, options, folded answers. ``quiz.js`` makes it something
to fill in, which looks as ``quiz.css`` says. What is typed stays in the browser. All words but the
questions are in ``quiz.toml``.
"""

import hashlib
import html
import json
import os
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from IPython.display import HTML

from helpers import journal
from helpers.words import say

HERE = Path(__file__).parent
QUIZZES = HERE / "quizzes"
DAMAGED = (OSError, ValueError, LookupError, TypeError, AttributeError)  # what such a file raises
TEXTS = {
    name: say(text) for name, text in tomllib.loads((HERE / "quiz.toml").read_text("utf-8")).items()
}
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
    asked = html.escape(f"{question} ({unit})" if unit else question)
    body = f"<p>{asked}</p>{_list(map(html.escape, choices))}"
    return _live("predict", body, name=name)


def predicted(name: str, value: float | str, tolerance: float = 0, unit: str = "") -> HTML:
    """Show the answer, a number or the words of a choice, beside what was entered before.

    A number is right within ``tolerance``.
    """
    shown = f"{value if isinstance(value, str) else format(value, ',')} {unit}".strip()
    body = f"<p>{TEXTS['answer']}: <strong>{html.escape(shown)}</strong></p>"
    return _live("predicted", body, name=name, value=value, tolerance=tolerance)


def progress(link: str = "{}.ipynb") -> HTML:
    """Show a table of how far one is: what the browser, and the file beside lesson 0, have noted.

    ``link`` leads to a lesson, with {} for its name.
    """
    pages = sorted(path.stem for path in QUIZZES.glob("*.toml"))
    solved = {page: journal.solved(page) for page in pages}
    # By the browser; so the names of its notes begin.
    kept = {"read": "read/{}", "quiz": "quiz/{}/", "predictions": "predict/{:.2}."}
    columns = ["lesson", *kept, *(["exercises"] if any(solved.values()) else [])]
    rows = ["".join(f"<th>{TEXTS[column]}</th>" for column in columns)]
    for page in pages:
        cells = [f"<td{_data(notes=start.format(page))}>–</td>" for start in kept.values()]
        cells += [f"<td>{solved[page] or '–'}</td>"] if "exercises" in columns else []
        rows.append(f"<th>{_link(link.format(page), _title(page))}</th>{''.join(cells)}")
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return _live("progress", f"<table>{table}</table><p>{TEXTS['off']}</p>")


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
        questions = _read(page)[part]
        asked = "".join(_question(page, number, each) for number, each in enumerate(questions, 1))
    except DAMAGED as error:
        missing = f"{error} is missing" if isinstance(error, KeyError) else error
        reason = getattr(error, "strerror", None) or missing
        message = f"The quiz {page}.toml cannot be shown: {reason}"
        if os.environ.get("COURSE_STRICT") == "1":
            raise QuizError(message) from error
        return HTML(f"<p>{html.escape(message)}</p>")
    return _live("quiz", asked, page=page, part=part)


def _said(found: Any, field: str = "") -> Any:
    """Return what a file holds, its words in the reader's language."""
    if isinstance(found, dict):
        return {name: _said(value, name) for name, value in found.items()}
    if isinstance(found, list):
        return [_said(value, field) for value in found]
    return say(found) if field in WORDS and isinstance(found, str) else found


def _question(page: str, number: int, each: dict) -> str:
    """Return a question and its options, then, folded, the answer with every explanation."""
    kind, unit = each["kind"], each.get("unit", "")
    shown, reasons, known = [], [], {}
    if kind == "number":
        known = {"tolerance": each["tolerance"], "unit": unit}
        for given in ({**each, "value": each["answer"]}, *each["wrong"]):
            text = html.escape(f"{given['value']:,} {unit}".strip())
            reasons.append(_reason("answer" in given, text, given["why"], value=given["value"]))
    elif kind == "order":
        items = [html.escape(item) for item in each["items"]]
        shown = _shuffled(items, each["id"])
        known = {"places": [items.index(item) for item in shown], "hint": TEXTS["sort"]}
        reasons.append(_reason(True, "; ".join(items), each["why"]))
    else:
        known = {"hint": TEXTS["several"]} if kind == "several" else {}
        options = each["options"] if kind == "curve" else _shuffled(each["options"], each["id"])
        for option in options:
            words = option["text"] if kind != "curve" else TEXTS["curve"].format(option["name"])
            shown.append(html.escape(words) + (_curve(option, each) if kind == "curve" else ""))
            reasons.append(_reason(option.get("right", False), html.escape(words), option["why"]))
    if "otherwise" in each:
        reasons.append(_reason(False, TEXTS["otherwise"], each["otherwise"]))
    lesson = each.get("lesson", page)
    words = TEXTS["section"].format(int(lesson[:2]), each["section"])
    target = f"{lesson}.ipynb#{quote(each['section'].replace(' ', '-'))}"
    asked = f"<p><strong>{number}. {html.escape(each['question'])}</strong></p>{_list(shown)}"
    folded = f"<summary>{TEXTS['show']}</summary>{_list(reasons)}<p>{_link(target, words)}</p>"
    return f"<div{_data(kind=kind, **known)}>{asked}<details>{folded}</details></div>"


def _reason(right: bool, text: str, why: str, **value: float) -> str:
    verdict, marks = TEXTS["right" if right else "wrong"], _data(right=int(right), **value)
    return f"<div{marks}><strong>{verdict}: {text}</strong><br>{html.escape(why)}</div>"


def _curve(option: dict, question: dict) -> str:
    """Return a small drawing of one option's points, on the scale of all options."""
    xs, ys = zip(*(point for each in question["options"] for point in each["points"]), strict=True)
    (left, low), wide, high = (min(xs), min(ys)), max(xs) - min(xs) or 1, max(ys) - min(ys) or 1
    places = [
        (20 + 190 * (x - left) / wide, 104 - 94 * (y - low) / high) for x, y in option["points"]
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x_label, y_label = (html.escape(question[name]) for name in ("x_label", "y_label"))
    path = ", ".join(f"{y:g} at {x:g}" for x, y in option["points"])
    return (
        '<br><svg role="img" viewBox="0 0 220 128" width="220" height="128" fill="none" '
        f'stroke="currentColor"><title>{y_label} against {x_label}: {path}</title>'
        f'<path d="M20 4V108H214"/><polyline stroke-width="3" points="{line}"/>'
        '<g fill="currentColor" stroke="none" font-size="13" text-anchor="middle">'
        f'<text x="115" y="123">{x_label}</text>'
        f'<text transform="translate(13 56) rotate(-90)">{y_label}</text></g></svg>'
    )


def _shuffled(items: list, seed: str) -> list:
    """Return the items in an order that looks random, is always the same, and is another one."""
    mixed = sorted(items, key=lambda item: hashlib.sha256(f"{seed}{item}".encode()).digest())
    return mixed if mixed != items else mixed[1:] + mixed[:1]


def _link(target: str, words: str) -> str:
    if "google.colab" in sys.modules:  # there, a notebook knows no neighbours
        return html.escape(words)
    return f'<a href="{target}">{html.escape(words)}</a>'


def _list(parts: Iterable[str]) -> str:
    items = "".join(f"<li>{part}</li>" for part in parts)
    return f"<ul>{items}</ul>" if items else ""


def _data(**values: object) -> str:
    return "".join(f' data-{key}="{html.escape(str(value))}"' for key, value in values.items())


def _live(kind: str, body: str, **values: object) -> HTML:
    """Return HTML with its style, and the script that makes it live."""
    style, script = ((HERE / f"quiz.{end}").read_text("utf-8") for end in ("css", "js"))
    texts = json.dumps(TEXTS).replace("<", "\\u003c")  # no text ends the script
    start = f'<script type="module">\n{script}\nstart(document, {texts});\n</script>'
    shown = f'<div class="course-{kind}"{_data(**values)}>{body}</div>'
    return HTML(f"<style>{style}</style>{shown}{start}")
