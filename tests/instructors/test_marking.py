"""Marks depend on answers: real nbgrader, a toy exercise, and a class with odd submissions."""

import contextlib
import json
import re

import nbformat
import pytest
from submissions import FILES, GOOD, NAME, ODD, RIGHT, SOURCE, answered

from course import assignments, build, content, marking


@pytest.fixture(scope="module")
def grading(tmp_path_factory):
    """A grading folder in which nbgrader has released the toy exercise."""
    root = tmp_path_factory.mktemp("grading")
    source = root / f"{NAME}.py"
    source.write_text(SOURCE, "utf-8")
    page = content.Page(source, root / "solution.ipynb", root / "starter.ipynb")
    nbformat.write(content.read_source(page), page.notebook)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "require_fresh", lambda page: None)
        assignments.write(page, root)
    grading = marking.Grading(root)
    grading.run("generate_assignment", NAME)
    return grading


@pytest.fixture(scope="module")
def released(grading):
    return nbformat.read(grading.folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def marked(grading, released):
    """Hand in for the whole class, mark it, and return each student's row."""

    def hand_in(student, file=f"{NAME}.ipynb"):
        folder = grading.folder / "submitted" / student / NAME
        folder.mkdir(parents=True)
        return folder / file

    for student in GOOD:
        nbformat.write(answered(released, RIGHT), hand_in(student))
    for student, (answers, change, _, _) in ODD.items():
        given = {number: code for number, code in (RIGHT | answers).items() if code}
        notebook = answered(released, given)
        change(notebook)
        hand_in(student).write_text(json.dumps(notebook), "utf-8")
    nbformat.write(answered(released, RIGHT), hand_in("renamed", "toy (1).ipynb"))
    hand_in("no_json").write_text("{", "utf-8")
    hand_in("no_notebook", "toy.txt").write_text("sorry", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONOPTIMIZE", "1")  # which must change nothing
        rows, printed = marking.mark(grading, NAME, ["--Execute.timeout=4"])
    (grading.folder / "log").write_text(printed, "utf-8")
    return {row[0]: row[1:] for row in rows}


def test_everybody_is_in_the_table(marked):
    assert set(marked) == {*GOOD, *ODD, *FILES}
    assert {of for _, of, noted in marked.values() if not noted.startswith("not marked")} == {"3.0"}


def test_right_answers_get_all_points_and_no_note(marked):
    assert {tuple(marked[name]) for name in GOOD} == {("3.0", "3.0", "")}


@pytest.mark.parametrize("student", ODD)
def test_an_odd_submission_loses_only_what_is_wrong(student, marked):
    _, _, points, noted = ODD[student]
    score, _, said = marked[student]
    assert (float(score), noted in said) == (points, True), said


DANGEROUS = {"loop", "endless", "endless_in_check", "deaf", "killed", "killed_in_check", "left"}


@pytest.mark.parametrize("student", [name for name in ODD if name not in DANGEROUS])
def test_a_check_mark_in_practice_is_a_point(student, marked, grading, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STRICT", "0")
    monkeypatch.setenv("COURSE_RECORD", "")
    handed_in = grading.folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    space, once = {"__name__": "__main__"}, set()
    for cell in nbformat.read(handed_in, as_version=4).cells:
        if cell.cell_type == "code":
            with contextlib.suppress(BaseException):  # Jupyter says it, and goes on
                exec(cell.source, space)
            once |= set(re.findall("✔.*", capsys.readouterr().out))
    assert len(once) <= float(marked[student][0])


def test_files_that_are_not_what_they_should_be(marked):
    assert marked["renamed"] == ["3.0", "3.0", "it was handed in as toy (1).ipynb"]
    assert "toy.ipynb is no notebook" in marked["no_json"][2]
    assert "there is no notebook" in marked["no_notebook"][2]
