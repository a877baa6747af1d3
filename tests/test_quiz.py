"""What a quiz shows without a script, the same each time, and what it tells an author."""

import html
import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course import colab_parts, content, quizzes
from helpers import quiz

FOLDER = Path(__file__).with_name("quizzes")
NAME = "02_all_kinds"
VOID = ("br", "path", "polyline")


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(quiz, "QUIZZES", FOLDER)


def read(name=NAME):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def plain(shown):
    """Return what is shown without its script."""
    return re.sub(r"<script.*?</script>", "", shown.data, flags=re.S)


class Balanced(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("part", ["ready", "after"])
def test_every_question_option_and_explanation_is_there_and_escaped(here, part):
    shown = Balanced(plain(getattr(quiz, part)(NAME)))
    assert shown.open == []
    text = " ".join(shown.texts)
    for question in read()[part]:
        told = [
            question[key] for key in ("question", "why", "otherwise", "section") if key in question
        ]
        for option in [*question.get("options", ()), *question.get("wrong", ())]:
            told += [option["why"], option.get("text", "")]
        assert all(each in text for each in [*told, *question.get("items", ())])


def test_it_is_the_same_each_time(here):
    assert quiz.after(NAME).data == quiz.after(NAME).data
    assert quiz.after(NAME).data != quiz.ready(NAME).data
    assert repr(quiz.after(NAME)) == repr(quiz.ready(NAME)), "no address of this machine"


def test_the_right_option_is_not_always_where_its_author_put_it(here):
    first = re.findall(r"<ul><li>(.*?)</li>", plain(quiz.after(NAME)))
    authors = [
        q["options"][0]["text"] for q in read()["after"] if q["kind"] in ("single", "several")
    ]
    assert any(html.escape(text) not in first for text in authors)
    for seed in "abcdefgh":
        items = ["first", "second", "third"]
        assert quiz._shuffled(items, seed) != items
        assert sorted(quiz._shuffled(items, seed)) == sorted(items)


def test_no_text_ends_the_script(here, monkeypatch):
    monkeypatch.setitem(quiz.TEXTS, "check", "</script><b>")
    shown = quiz.after(NAME).data
    assert shown.count("</script>") == 1 and shown.endswith("</script>")


def test_links_lead_to_the_section_but_in_colab_where_there_is_no_neighbour(here, monkeypatch):
    link = '<a href="02_all_kinds.ipynb#The-loss%3A-how-wrong-is-a-probability%3F">'
    assert link in quiz.after(NAME).data
    assert '<a href="01_neural_net_basics.ipynb#Set-up">' in quiz.ready(NAME).data
    monkeypatch.setitem(__import__("sys").modules, "google.colab", object())
    assert "<a href" not in plain(quiz.after(NAME)) and "Set up" in plain(quiz.ready(NAME))


def test_a_curve_is_drawn_to_scale_and_told_in_words(here):
    shown = plain(quiz.after(NAME))
    points = [re.findall(r"[\d.]+,[\d.]+", line) for line in re.findall(r'points="(.*?)"', shown)]
    assert [len(line) for line in points] == [4, 4, 4]
    heights = [float(point.split(",")[1]) for point in points[1]]
    assert heights[1] > heights[0] > heights[3], "lower on the page is a smaller loss"
    assert "<title>loss against epoch: 0.6 at 1, 0.35 at 5, 0.45 at 10, 0.8 at 20</title>" in shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("[[after", "Expected"),
        ("after = 1", "not iterable"),
        ("after = [1]", "no attribute"),
        ("ready = []", "'after' is missing"),
        ('[[after]]\nkind = "single"\nid = "a"', "no attribute 'options'"),
        (b"\xff", "can't decode"),
    ],
)
def test_a_damaged_file_is_a_line_for_students_and_an_error_for_authors(
    tmp_path, monkeypatch, text, reason
):
    monkeypatch.setattr(quiz, "QUIZZES", tmp_path)
    if text is not None:
        (tmp_path / "02_x.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(quiz.QuizError, match=rf"02_x\.toml cannot be shown: .*{reason}"):
        quiz.after("02_x")
    monkeypatch.setenv("COURSE_STRICT", "0")
    shown = quiz.after("02_x").data
    assert shown.startswith("<p>The quiz 02_x.toml cannot be shown") and "<script" not in shown


def test_a_prediction_is_asked_and_answered():
    asked = plain(quiz.predict("02.x", "How <many>?", unit="updates"))
    assert "How &lt;many&gt;? (updates)" in asked and 'data-name="02.x"' in asked
    choices = plain(quiz.predict("02.y", "Which?", choices=["a & b", "c"]))
    assert "<li>a &amp; b</li><li>c</li>" in choices
    answer = plain(quiz.predicted("02.x", 160305, unit="parameters"))
    assert 'data-value="160305"' in answer and "<strong>160,305 parameters</strong>" in answer
    assert 'data-value="a"' in plain(quiz.predicted("02.y", "a"))


def test_each_prediction_of_a_lesson_is_answered_once_and_named_after_it():
    for page in content.pages():
        code = "\n".join(c.source for c in content.read_source(page).cells if c.cell_type == "code")
        asked = re.findall(r'quiz\.predict\(\s*"([\w.]+)"', code)
        assert asked == re.findall(r'quiz\.predicted\(\s*"([\w.]+)"', code)
        assert len(asked) == len(set(asked)) <= 2
        assert all(name.startswith(f"{page.source.stem[:2]}.") for name in asked)


def test_each_lesson_asks_before_and_after():
    for page in content.pages():
        text = page.source.read_text("utf-8")
        asked = page.starter is None and not page.name.startswith("00")
        for part in ("ready", "after"):
            assert text.count(f'quiz.{part}("{page.name}")') == asked
        assert text.count("quiz.") == 0 or page.starter is None


def test_the_table_lists_all_quizzes_by_their_titles(here, tmp_path, monkeypatch):
    told = "2 All kinds: A &amp; B</a>"
    assert f'<a href="02_all_kinds.ipynb">{told}' in plain(quiz.progress())
    assert f'<a href="notebooks/02_all_kinds.html">{told}' in plain(
        quiz.progress("notebooks/{}.html")
    )
    (tmp_path / "03_damaged.toml").write_text("title =")
    monkeypatch.setattr(quiz, "QUIZZES", tmp_path)
    assert '<a href="03_damaged.ipynb">03_damaged</a>' in plain(quiz.progress())


def test_a_bundle_carries_the_questions_and_the_script():
    page = next(page for page in content.pages() if page.name.startswith("02"))
    packed = colab_parts.archive(page)
    for name in ("quiz.css", "quiz.html", "quiz.js", "quiz.toml", "journal.py"):
        assert f"helpers/{name}".encode() in packed
    for path in quiz.QUIZZES.glob("*.toml"):
        assert f"helpers/quizzes/{path.name}".encode() in packed


# ---- the form of the files


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_of_the_form(path):
    assert set(quizzes.read(path)) == {"title", "ready", "after"}


FAULTS = [
    ("after[0].question", None, r"\[\[after\]\] 1 \(test_set\): question is None"),
    ("after[0].question", "", "question is ''"),
    ("after[0].question", 5, "question is 5"),
    ("after[0].kind", "many", "kind is 'many', none of single"),
    ("after[0].id", "sets", "the id is used twice"),
    ("after[0].id", "Test set", "not snake_case"),
    ("after[0].unit", "m", "no field 'unit'"),
    ("after[2].check", None, "check is None"),
    ("after[0].colour", "red", "no field 'colour'"),
    ("after[0].lesson", "01_x", "no field 'lesson'"),
    ("ready[0].lesson", None, "lesson is None"),
    ("after[0].options", [], "0 options; expected 3 to 5"),
    ("after[0].options[0].right", False, "right is False"),
    ("after[0].options[0].right", None, "0 options are right"),
    ("after[0].options[1].right", True, "2 options are right; expected 1 to 1"),
    ("after[0].options[1].why", None, "why is None"),
    ("after[1].options[2].right", True, None),
    ("after[1].options[1].right", None, "1 options are right; expected 2 to 3"),
    ("after[2].wrong[0].value", 10004, "10004 and 10004 differ by no more than the tolerance"),
    ("after[2].tolerance", None, "tolerance is None"),
    ("after[2].otherwise", None, "otherwise is None"),
    ("after[3].items[0]", "find the slopes", "an item stands there twice"),
    ("after[4].options[0].points", [[1, 2]], "1 points; expected 3 to 12"),
    ("after[4].options[0].points[0]", [1, "x"], "is no point"),
    ("after[4].x_label", None, "x_label is None"),
    ("ready[2]", None, r"2 ready; expected 3 to 3"),
    ("after", None, "after is None"),
    ("title", None, "title is None"),
    ("others", [], "no field 'others'"),
]


@pytest.mark.parametrize(("place", "value", "reason"), FAULTS)
def test_a_fault_of_form_names_file_question_and_field(tmp_path, monkeypatch, place, value, reason):
    found = read()
    *steps, last = re.findall(r"\w+", place)
    target = found
    for step in steps:
        target = target[int(step) if step.isdigit() else step]
    key = int(last) if last.isdigit() else last
    if value is None:
        del target[key]
    else:
        target[key] = value
    path = tmp_path / "02_x.toml"
    path.write_text("")
    monkeypatch.setattr(tomllib, "loads", lambda text: json.loads(json.dumps(found)))
    if reason is None:
        assert quizzes.read(path) == found
        return
    with pytest.raises(quiz.QuizError, match=rf"^02_x\.toml: .*{reason}"):
        quizzes.read(path)
