"""The form of quiz files, ``helpers/quizzes/NN_topic.toml``: one file a lesson, see CONTRIBUTING.

``helpers/quiz.py`` shows them; the tests read each with this first, so that a student's copy is of
this form.
"""

import tomllib
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
    "number": {**WRITTEN, "answer": NUMBER, "tolerance": NUMBER, "wrong": list},
    "order": {**WRITTEN, "items": list},
}
MAY = {"unit": str, "check": str}


def read(path: Path) -> dict[str, Any]:
    """Return a quiz file, ``{"title": "…", "ready": […], "after": […]}``.

    Raises:
        QuizError: it cannot be read, or is not of the form; the message names file and question.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        _form(found, {"title": str, "ready": list, "after": list}, {}, "")
        names = [str(each.get("id")) for part in PARTS for each in found[part]]
        for part in PARTS:
            for number, each in enumerate(found[part], start=1):
                where = f"[[{part}]] {number} ({each.get('id', 'it has no id')}): "
                if each.get("kind") not in KINDS:
                    raise QuizError(
                        f"{where}kind is {each.get('kind')!r}, none of {', '.join(KINDS)}"
                    )
                lesson = {"lesson": str} if part == "ready" else {}
                _form(each, {**COMMON, **lesson, **KINDS[each["kind"]]}, MAY, where)
                _answers(each, where)
                if names.count(each["id"]) > 1:
                    raise QuizError(f"{where}the id is used twice")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise QuizError(f"{path.name}: {reason}") from error
    return found


def _form(entry: dict, must: dict, may: dict, where: str) -> None:
    """Demand that these fields are there, and no other, each of its type and length."""
    for name in [*must, *entry]:
        kind = must.get(name, may.get(name))
        value = entry.get(name)
        if kind is None:
            raise QuizError(f"{where}there is no field {name!r}; there are {', '.join(must | may)}")
        if value in ("", None) or not isinstance(value, kind):
            raise QuizError(f"{where}{name} is {value!r}, or it is missing")
        if isinstance(value, list):
            few, many = LENGTHS[name]
            if not few <= len(value) <= many:
                raise QuizError(f"{where}{len(value)} {name}; expected {few} to {many}")


def _answers(each: dict, where: str) -> None:
    """Demand that the options or wrong numbers are of their form, and that there is an answer."""
    own = {"name": str, "points": list} if each["kind"] == "curve" else {"text": str}
    for option in each.get("options", ()):
        _form(option, {**own, "why": str}, {"right": bool}, where)
        for point in option.get("points", ()):
            if len(point) != 2 or not all(isinstance(number, NUMBER) for number in point):
                raise QuizError(f"{where}{point} is no point; expected [x, y]")
    if options := each.get("options"):
        right = sum(option.get("right", False) for option in options)
        most = len(options) - 1 if each["kind"] == "several" else 1
        if not 1 <= right <= most:
            raise QuizError(f"{where}{right} options are right; expected 1 to {most}")
    for wrong in each.get("wrong", ()):
        _form(wrong, {"value": NUMBER, "why": str}, {}, where)
        if abs(wrong["value"] - each["answer"]) <= each["tolerance"]:
            raise QuizError(f"{where}{wrong['value']} is wrong, and within the tolerance")
    if len(set(each.get("items", ()))) < len(each.get("items", ())):
        raise QuizError(f"{where}an item stands there twice")
