"""The form of quiz files, ``helpers/quizzes/NN_topic.toml``: one file a lesson, see CONTRIBUTING.

``helpers/quiz.py`` shows them; the tests read each with this first, so that a student's copy is of
this form.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from helpers.quiz import QuizError

PARTS = ("ready", "after")
LENGTHS = {
    **{"ready": (3, 3), "after": (5, 8), "options": (3, 5), "items": (3, 7)},
    **{"points": (3, 12), "wrong": (1, 8)},
}
NUMBER = (int, float)
COMMON = {"id": str, "kind": str, "question": str, "section": str}
WRITTEN = {"why": str, "otherwise": str}
KINDS: dict[str, dict[str, Any]] = {
    "single": {"options": list},
    "several": {"options": list},
    "curve": {"options": list, "x_label": str, "y_label": str},
    "number": {**WRITTEN, "answer": NUMBER, "tolerance": NUMBER, "check": str, "wrong": list},
    "order": {**WRITTEN, "items": list},
}


def read(path: Path) -> dict[str, Any]:
    """Return a quiz file, ``{"title": "…", "ready": […], "after": […]}``.

    Raises:
        QuizError: it cannot be read, or is not of the form; the message names file and question.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        demand_form(found)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise QuizError(f"{path.name}: {getattr(error, 'strerror', None) or error}") from error
    return found


def texts(found: object, fields: tuple[str, ...] = (), field: str = "") -> Iterator[str]:
    """Yield the texts in a file: all, or those of some fields; an empty one is none."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from texts(value, fields, name)
    elif isinstance(found, list):
        for value in found:
            yield from texts(value, fields, field)
    elif isinstance(found, str) and found and (not fields or field in fields):
        yield found


def demand_form(quiz: dict[str, Any]) -> None:
    """Raise a QuizError that names the question, unless all of a quiz is of the form."""
    _fields(quiz, {"title": str, "ready": list, "after": list}, {}, "")
    ids = [str(each.get("id")) for part in PARTS for each in quiz[part]]
    for part in PARTS:
        for number, each in enumerate(quiz[part], start=1):
            kind, name = each.get("kind"), each.get("id", "it has no id")
            where = f"[[{part}]] {number} ({name}): "
            if kind not in KINDS:
                raise QuizError(f"{where}kind is {kind!r}, none of {', '.join(KINDS)}")
            must = {**COMMON, **({"lesson": str} if part == "ready" else {}), **KINDS[kind]}
            may = {"check": str, **({"unit": str} if kind == "number" else {})}
            _fields(each, must, may, where)
            _answers(each, where)
            if not re.fullmatch("[a-z][a-z0-9_]*", name) or ids.count(name) > 1:
                raise QuizError(f"{where}the id is used twice, or is not snake_case")


def _fields(entry: dict, must: dict, may: dict, where: str) -> None:
    """Demand that these fields are there, and no other, each of its type and length."""
    for name in [*must, *entry]:
        kind = must.get(name, may.get(name))
        value = entry.get(name)
        if kind is None:
            raise QuizError(f"{where}there is no field {name!r}; there are {', '.join(must | may)}")
        if value in ("", None) or value is False or not isinstance(value, kind):
            raise QuizError(f"{where}{name} is {value!r}, or it is missing")
        if isinstance(value, list):
            few, many = LENGTHS[name]
            if not few <= len(value) <= many:
                raise QuizError(f"{where}{len(value)} {name}; expected {few} to {many}")


def _answers(each: dict, where: str) -> None:
    """Demand that the options or wrong numbers are of their form, and that there is an answer."""
    own = {"name": str, "points": list} if each["kind"] == "curve" else {"text": str}
    options, items = each.get("options", []), each.get("items", [])
    for option in options:
        _fields(option, {**own, "why": str}, {"right": bool}, where)
        for point in option.get("points", ()):
            if len(point) != 2 or not all(isinstance(number, NUMBER) for number in point):
                raise QuizError(f"{where}{point} is no point; expected [x, y]")
    right = sum("right" in option for option in options)
    few, many = (2, len(options) - 1) if each["kind"] == "several" else (1, 1)
    if options and not few <= right <= many:
        raise QuizError(f"{where}{right} options are right; expected {few} to {many}")
    for wrong in each.get("wrong", ()):
        _fields(wrong, {"value": NUMBER, "why": str}, {}, where)
    numbers = [each.get("answer"), *(wrong["value"] for wrong in each.get("wrong", ()))]
    for one, other in combinations(numbers, 2):
        if abs(one - other) <= each["tolerance"]:
            raise QuizError(f"{where}{one} and {other} differ by no more than the tolerance")
    if len(set(items)) < len(items):
        raise QuizError(f"{where}an item stands there twice")
