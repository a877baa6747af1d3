"""The tables of README and docs say what was measured, and a number changed by hand is found."""

import re
import tomllib

import pytest

from course import bands, content, evidence, readme
from helpers.feedback import BANDS_FILE

TABLES = {
    name: f"| {name} |\n| --- |\n| 0.885 |"
    for name in (
        "picture",
        "lessons",
        "evidence",
        "weak",
        "faults",
        "results",
        "speed",
        "kfold",
        "vision",
        "mil",
        "translations",
        "pods",
    )
}
PLACES = "\n".join(f"# {name}\n<!-- table: {name} -->\nold\n<!-- end -->" for name in TABLES)
MACHINE = {
    "cpu": "A processor",
    "cores": 2,
    "ram_gb": 16.1,
    "python": "3.12.0",
    "keras": "3.0",
    "tensorflow": "2.0",
}


@pytest.fixture
def check(monkeypatch):
    """Run ``course/readme.py --check``; return what it exits with, None for success."""

    def run(*paths):
        monkeypatch.setattr("sys.argv", ["readme.py", "--check", *map(str, paths)])
        try:
            return readme.main()
        except SystemExit as stop:
            return stop.code

    return run


def test_tables_are_up_to_date(check):
    assert check() is None


def test_every_table_is_made():
    assert readme.tables().keys() == TABLES.keys()


@pytest.mark.parametrize("name", TABLES)
def test_check_names_a_table_with_a_changed_number(check, monkeypatch, tmp_path, name):
    monkeypatch.setattr(readme, "tables", lambda: TABLES)  # so it needs no measurement
    copy = tmp_path / "README.md"
    text = readme.render(PLACES, TABLES)
    copy.write_text(text, "utf-8")
    assert check(copy) is None
    start = text.index(f"<!-- table: {name} -->")
    number = re.compile(r"\d").search(text, start)
    changed = text[: number.start()] + str((int(number[0]) + 1) % 10) + text[number.end() :]
    copy.write_text(changed, "utf-8")
    assert check(copy) == f"out of date: {name} in README.md; run make readme"  # so, status 1
    assert copy.read_text("utf-8") == changed


@pytest.mark.parametrize(
    "text", [PLACES.replace("speed", "haste"), PLACES * 2, PLACES.partition("# speed")[0], ""]
)
def test_documents_without_the_right_places_are_refused(text):
    with pytest.raises(
        readme.ReadmeError,
        match="expected one each for picture, lessons, evidence, weak, faults, results, speed, "
        "kfold, vision, mil",
    ):
        readme.require_places(text.split("# kfold"), TABLES)


@pytest.mark.parametrize("name", ["README.md", "README.ko.md", "docs/results.md"])
def test_the_risks_that_a_document_names_are_those_of_the_bands(name):
    text = (content.ROOT / name).read_text("utf-8")
    for risk in (bands.RISK, bands.CROSSING):
        assert re.search(rf"(?<![\d.]){risk}(?!\d)", text), (name, risk)


def test_render_leaves_the_rest_and_changes_nothing_twice():
    tables = {"a": "| 1 |", "b": r"| \1 |"}
    text = "x\n<!-- table: b -->\nold\n<!-- end -->\ny <!-- table: a -->\n<!-- end -->z"
    once = readme.render(text, tables)
    assert once == (
        "x\n<!-- table: b -->\n| \\1 |\n<!-- end -->\ny <!-- table: a -->\n| 1 |\n<!-- end -->z"
    )
    assert readme.render(once, tables) == once
    assert readme.outdated(once, tables | {"a": "| 2 |"}) == ["a"]


def test_lesson_table():
    pages = content.pages()[:2]
    assert "| – | – | – |" in readme.lesson_table(pages, {})
    costs = [{"seconds": 41.7, "peak_gb": 1.04}, {"seconds": 60.0, "peak_gb": 0.9}]
    offline = dict(zip((page.name for page in pages), costs, strict=True))
    original = {pages[0].name: {"seconds": 300, "peak_gb": 2.0}}
    measured = {
        edition: {"machine": MACHINE, "measured": found}
        for edition, found in (("offline", offline), ("original", original))
    }
    lines = readme.lesson_table(pages, {"lessons": measured}).splitlines()
    assert f"](notebooks/{pages[0].name}.ipynb) | " in lines[2]
    assert lines[2].endswith("| 42 s | 5 min | 2.0 GB |")
    assert lines[3].endswith("| 60 s | – | 0.9 GB |")
    assert lines[4].endswith("| 2 min | – | 2.0 GB |")  # no sum where one is missing
    assert "A processor, 2 cores, 16 GB, Python 3.12.0" in lines[6]
    del measured["original"]  # what was never measured has no column
    lines = readme.lesson_table(pages, {"lessons": measured}).splitlines()
    assert "original" not in lines[0] and lines[2].endswith(". | 42 s | 1.0 GB |")
    plain = {"offline": {"measured": {pages[1].name: {"seconds": 77, "peak_gb": 1.2}}}}
    lines = readme.lesson_table(pages, {"lessons": measured, "plain": plain}).splitlines()
    assert lines[0].endswith(" time, older processor | memory |")
    assert lines[2].endswith("| 42 s | – | 1.0 GB |") and lines[3].endswith("| 77 s | 1.2 GB |")


def test_a_picture_of_other_numbers_is_found(check, monkeypatch, tmp_path):
    stale = tmp_path / "evidence.svg"
    stale.write_text(evidence.FILE.read_text("utf-8").replace("textbook 0.885", "textbook 0.9"))
    monkeypatch.setattr(evidence, "FILE", stale)
    monkeypatch.setattr(evidence, "markdown", lambda bands: "the same")
    assert "picture in evidence.svg; run make readme" in check()


def test_the_picture_names_every_result_and_says_in_words_what_it_shows():
    entries = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    assert evidence.reported(entries).keys() == evidence.LABELS.keys()
    band = {"low": 0.8, "high": 1.0, "from": "5 runs: mean 0.9, sd 0.01, 0.89 to 0.91"}
    found = {
        "imdb.test_accuracy": {
            "kind": "share",
            "textbook": 0.85,
            "original": band,
            "offline": band,
        },
        "imdb.test_loss": {"kind": "size", "textbook": 0.7, "original": band},
        "basics.parameters": {"kind": "exact", "textbook": 2, "original": band},
    }
    words = evidence.markdown(found)
    assert "2 results that textbooks report" in words
    assert "original data the textbook's number lies in our range 1 times of 2" in words
    assert "offline data the textbook's number lies in our range 1 times of 1" in words
    drawn = evidence.picture(found)
    assert "Reviews: test accuracy" in drawn and "textbook 0.7" in drawn
    assert "Parameters" not in drawn and drawn == evidence.picture(found)


def test_results_table():
    note = "5 seeds: mean 0.8837, sd 0.0040, 0.87928 to 0.88744"
    bands = {
        "a.b": {"what": "x", "textbook": 0.885, "original": {"low": 0.8, "high": 1, "from": note}},
        "a.c": {"what": "not in the textbook"},
        "a.d": {"what": "y", "headline": True, "offline": {"low": 3, "high": 3, "from": note}},
    }
    lines = readme.results_table(bands).splitlines()
    assert lines[2:] == [
        "| `a.b` | x | 0.885 | 0.884 (0.8 to 1) | – |",
        "| `a.d` | y | – | – | exactly 3 |",
    ]


def test_speed_table():
    arm = {"seconds": 40.0, "peak_gb": 8.6, "test_accuracy": 0.88}
    result = {
        "repeats": 3,
        "textbook": arm,
        "lesson": arm | {"seconds": 10.0, "peak_gb": 1.0},
        "seconds_ratio": 0.25,
        "peak_gb_ratio": 0.116,
    }
    measured = {"offline": {"machine": MACHINE, "measured": {"imdb": result}}}
    table = readme.speed_table(measured, "test_accuracy", "accuracy")
    row = "| imdb, offline | 40.0 s | 10.0 s | 0.25 | 8.60 GB | 1.00 GB | 0.12 | 0.880 | 0.880 |"
    assert row in table.splitlines()
    assert "3 runs an arm: measured on A processor" in table
