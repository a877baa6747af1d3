"""The questions before and after each lesson: of the agreed form, true today, and no giveaway.

A ``check`` is recomputed from arithmetic, the parameters of the lesson, and the bands of both
editions. For a number it gives the answer, or several values that must all lie within the
tolerance; for any other question it must be true. So a result that moves makes its key fail here.
"""

import ast
import copy
import re
import tomllib
from functools import cache

import numpy as np
import pytest

from course import content
from course.quizzes import demand_form, read
from helpers.quiz import QuizError

FOLDER = content.ROOT / "helpers" / "quizzes"
BANDS = tomllib.loads((content.ROOT / "helpers" / "bands.toml").read_text("utf-8"))
LESSONS = [page.name for page in content.pages() if not page.starter]
ASKED = LESSONS[1:]  # lesson 0 is a map
LEFTOVER = re.compile(r"[`$*_<>“”‘’–—]|\.\.|  |^\s|\s$|\s[.,;:?!]|of the above", re.I)
AMERICAN = re.compile(r"\b\w*(olor|avor|center|behavior|ptimiz|ormaliz(?!ation)|abeled)\w*\b", re.I)
SENTENCE = re.compile(r"[.?!](?=\s|$)")


@cache
def quizzes() -> dict[str, dict]:
    return {path.stem: read(path) for path in FOLDER.glob("*.toml")}


@cache
def source(lesson: str) -> str:
    return (content.SOURCES / f"{lesson}.py").read_text("utf-8")


def parameters(lesson: str) -> dict:
    """Return the numbers that a student may change, as the lesson sets them."""
    cell = re.search(r'tags=\["parameters"\]\n(.*?)\n# %%', source(lesson), re.S)
    assigned = [node for node in ast.parse(cell[1]).body if isinstance(node, ast.Assign)]
    pairs = [pair for node in assigned for pair in named(node.targets[0], node.value)]
    return {name.id: ast.literal_eval(value) for name, value in pairs}


def named(target: ast.expr, value: ast.expr) -> list[tuple]:
    both = isinstance(target, ast.Tuple)  # A, B = 1, 2
    return list(zip(target.elts, value.elts, strict=True)) if both else [(target, value)]


def band(name: str, edition: str) -> tuple[float, float]:
    return BANDS[name][edition]["low"], BANDS[name][edition]["high"]


def faults(quiz: dict, lesson: str) -> list[str]:
    """Return what is wrong with a quiz, a line a fault."""
    try:
        demand_form(quiz)
    except QuizError as error:
        return [str(error)]
    found = []
    if quiz["title"] != re.search("^# # (.+)$", source(lesson), re.M)[1]:
        found.append(f"{quiz['title']!r} is not the lesson's title")
    for question in questions(quiz):
        broken = [*texts(question), *key(question, lesson), *place(question, lesson)]
        found += [f"{question['id']}: {fault}" for fault in broken]
    return found or together(questions(quiz))


def questions(quiz: dict) -> list[dict]:
    return [*quiz["ready"], *quiz["after"]]


def words(question: dict) -> dict[str, list[str]]:
    parts = [*question.get("options", []), *question.get("wrong", []), question]
    reasons = [part[name] for part in parts for name in ("why", "otherwise") if name in part]
    short = [option["text"] for option in question["options"]] if option_texts(question) else []
    short += question.get("items", []) + [question.get(n, "") for n in ("unit", "x_label")]
    return {"question": [question["question"]], "reason": reasons, "short": short}


def option_texts(question: dict) -> bool:
    return question["kind"] in ("single", "several")


def texts(question: dict) -> list[str]:
    of = words(question)
    plain = [text for group in of.values() for text in group]
    found = [f"leftover in {text!r}" for text in plain if LEFTOVER.search(text)]
    found += [f"American: {text!r}" for text in plain if AMERICAN.search(text)]
    found += [f"no end: {t!r}" for t in of["question"] + of["reason"] if t[-1:] not in ".?)"]
    found += [f"not 1 or 2 sentences: {t!r}" for t in of["reason"] if len(SENTENCE.findall(t)) > 2]
    found += [f"ends in a full stop: {text!r}" for text in of["short"] if text.endswith(".")]
    for group in of.values():
        said = [text for text in group if text]
        found += [f"twice: {text!r}" for text in set(said) if said.count(text) > 1]
    return found


def key(question: dict, lesson: str) -> list[str]:
    options, kind = question.get("options", []), question["kind"]
    known = {"np": np, "band": band, **parameters(lesson)}
    known["points"] = {option["name"]: option["points"] for option in options if "name" in option}
    value = eval(question.get("check", "True"), known)
    if kind != "number":
        return [] if np.all(value) else ["the check is not true"]
    answer, tolerance = question["answer"], question["tolerance"]
    near = np.abs(value - np.array(answer)) <= tolerance + 1e-9
    return [] if np.all(near) else [f"is {value}"]


def place(question: dict, lesson: str) -> list[str]:
    linked = question.get("lesson", lesson)
    earlier = LESSONS[1 : max(LESSONS.index(lesson), 2)]  # the first lesson needs no other one
    if "lesson" in question and linked not in earlier:
        return [f"{linked} is no earlier lesson"]
    headings = re.findall(r"^# ###? (.+)$", source(linked), re.M)
    here = headings.count(question["section"]) == 1
    return (
        [] if here else [f"{question['section']!r} is no heading of {linked}, or it is there twice"]
    )


def together(questions: list[dict]) -> list[str]:
    """Return what a whole quiz must not do: repeat itself, or give its answers away."""
    kinds, checks = {q["kind"] for q in questions}, [q.get("check", "") for q in questions]
    found = [] if len(kinds) >= 4 else [f"only {sorted(kinds)}"]
    found += [] if any("band(" in check for check in checks) else ["no question from a band"]
    found += [] if "number" in kinds else ["no number"]
    one_right = [q["options"] for q in questions if q["kind"] in ("single", "curve")]
    places = [
        [option.get("right", False) for option in options].index(True) for options in one_right
    ]
    if max(map(places.count, places)) > len(places) / 2 + 0.5:
        found.append(f"right options are at {places}")
    longest = [
        max(q["options"], key=lambda o: len(o["text"])) for q in questions if option_texts(q)
    ]
    if sum(option.get("right", False) for option in longest) > len(longest) / 2:
        found.append("the longest option is mostly the right one")
    return found


def test_every_lesson_has_a_quiz_and_every_quiz_a_lesson():
    assert sorted(quizzes()) == ASKED


@pytest.mark.parametrize("lesson", ASKED)
def test_a_quiz_has_no_fault(lesson):
    assert faults(quizzes()[lesson], lesson) == []


def test_no_question_is_asked_twice():
    asked = [q["question"] for quiz in quizzes().values() for q in questions(quiz)]
    assert len(set(asked)) == len(asked)


def test_the_right_option_cannot_be_guessed_from_its_length():
    all_asked = [q for quiz in quizzes().values() for q in questions(quiz)]
    single = [q["options"] for q in all_asked if q["kind"] == "single"]
    for choose in (min, max):
        guessed = [choose(options, key=lambda o: len(o["text"])) for options in single]
        assert sum(option.get("right", False) for option in guessed) < 0.4 * len(single)


def of_kind(quiz: dict, kind: str) -> dict:
    return next(q for q in questions(quiz) if q["kind"] == kind)


def all_right_first(quiz: dict) -> None:
    for question in questions(quiz):
        question.get("options", []).sort(key=lambda option: not option.get("right", False))


def right_longest(quiz: dict) -> None:
    for option in [o for q in questions(quiz) for o in q.get("options", [])]:
        if "text" in option and "right" in option:
            option["text"] += ", as you have seen in this lesson" * 3


BREAK = {
    "is not the lesson's title": lambda q: q.update(title="Another one"),
    "2 ready; expected 3": lambda q: q["ready"].pop(),
    "kind is": lambda q: q["after"][0].update(kind="essay"),
    "section is None": lambda q: q["after"][0].pop("section"),
    "no field 'hint'": lambda q: q["after"][0].update(hint="Look again."),
    "why is None, or it is missing": lambda q: of_kind(q, "single")["options"][1].pop("why"),
    "2 options": lambda q: of_kind(q, "single").update(options=of_kind(q, "single")["options"][:2]),
    "1 points; expected": lambda q: of_kind(q, "curve")["options"][0].update(points=[[0, 1]]),
    "(slope_of_a_line): why is None": lambda q: of_kind(q, "number")["wrong"][0].pop("why"),
    "leftover": lambda q: q["after"][0].update(question="What does `fit` return?"),
    "American": lambda q: q["after"][0].update(question="Which color has the curve?"),
    "no end": lambda q: q["after"][0].update(question="What is a bias"),
    "not 1 or 2 sentences": lambda q: of_kind(q, "order").update(why="One. Two. Three."),
    "an item stands there twice": lambda q: of_kind(q, "order").update(items=["A", "B", "A"]),
    "twice:": lambda q: [o.update(text="(2, 2)") for o in of_kind(q, "single")["options"]],
    "not snake_case": lambda q: q["after"][0].update(id="A question"),
    "2 options are right": lambda q: [
        o.update(right=True) for o in of_kind(q, "single")["options"][1:3]
    ],
    "the check is not true": lambda q: of_kind(q, "curve")["options"][2].update(
        points=[[0, 1]] * 7
    ),
    "is 4.0": lambda q: q["ready"][0].update(answer=5),
    "4 and 4 differ by no more": lambda q: q["ready"][0]["wrong"][0].update(value=4),
    "8 and 8 differ by no more": lambda q: q["ready"][0]["wrong"][1].update(value=8),
    "no earlier lesson": lambda q: q["ready"][0].update(lesson="02_imdb_binary_classification"),
    "is no heading": lambda q: q["after"][0].update(section="A unit"),
    "used twice, or is not": lambda q: q["after"][0].update(id=q["after"][1]["id"]),
    "no question from a band": lambda q: q["after"][2].update(check="50"),
    "right options are at": all_right_first,
    "the longest option": right_longest,
}


@pytest.mark.parametrize("fault", BREAK)
def test_a_broken_quiz_is_found(fault):
    quiz = copy.deepcopy(quizzes()["01_neural_net_basics"])
    BREAK[fault](quiz)
    assert any(fault in line for line in faults(quiz, "01_neural_net_basics"))
