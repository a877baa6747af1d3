"""The file of solved exercises: nothing is lost, nothing is an error, builds note nothing."""

import json
import multiprocessing
import os
import subprocess
from pathlib import Path

import filelock
import pytest

from course import content, exercises
from helpers import journal, quiz
from helpers.feedback import check

PAGE = "02_imdb"
TITLE = "1. Count the „weights“"


@pytest.fixture
def student(tmp_path, monkeypatch):
    """A student's folder, with this process in an exercise's notebook; yield the folder."""
    (tmp_path / journal.FIRST).write_text("{}")
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    for name in ("COURSE_STRICT", "COURSE_RECORD", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", f"/some/where/exercises/{PAGE}.ipynb")
    monkeypatch.setattr(journal, "_said", set())
    return tmp_path


def entries(folder):
    lines = (folder / journal.FILE).read_text("utf-8").splitlines()
    return [tuple(json.loads(line)) for line in lines]


def solve(title=TITLE, right=True):
    with check(title):
        if not right:
            raise AssertionError("not yet")


def test_a_right_answer_is_noted_once_and_a_wrong_one_never(student, capsys):
    solve(right=False)
    assert not (student / journal.FILE).exists()
    solve()
    solve()
    solve("2. Next")
    assert entries(student) == [(PAGE, TITLE), (PAGE, "2. Next")]
    assert capsys.readouterr().out == f"✘ {TITLE}: not yet\n✔ {TITLE}\n✔ {TITLE}\n✔ 2. Next\n"


@pytest.mark.parametrize(
    ("name", "value"), [("COURSE_STRICT", "1"), ("COURSE_RECORD", os.devnull), ("CI", "true")]
)
def test_a_build_a_test_and_a_calibration_note_nothing(student, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    solve()
    assert not list(student.glob(".*"))
    assert journal.solved(PAGE) == ""


def test_nothing_is_noted_where_lesson_0_is_not_or_the_notebook_is_unknown(student, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "")
    solve()
    monkeypatch.setenv("JPY_SESSION_NAME", f"{PAGE}.ipynb")
    (student / journal.FIRST).unlink()
    solve()
    assert not list(student.rglob(".*"))


def note_many(numbers):
    for number in numbers:
        journal.note(f"{number}")


def test_two_kernels_at_once_lose_nothing(student):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=note_many, args=(range(n, 60, 2),)) for n in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(int(title) for _, title in entries(student)) == list(range(60))


@pytest.mark.parametrize(
    "damage", [b"no json\n", b"[1]\n", b"5\n", b"\xff\xfe\n", b'["02_imdb", "cut o', b"null\n"]
)
def test_of_a_damaged_file_what_can_be_read_stays_and_the_rest_is_set_aside(
    student, capsys, damage
):
    good = json.dumps([PAGE, "0. Before"]).encode() + b"\n"
    path = student / journal.FILE
    path.write_bytes(good + damage)
    solve()
    assert entries(student) == [(PAGE, "0. Before"), (PAGE, TITLE)]
    assert Path(f"{path}.damaged-1").read_bytes() == good + damage
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"✔ {TITLE}",
        f"({path.name} was damaged: 1 entries are kept; see {path.name}.damaged-1)",
    ]
    path.write_bytes(damage)
    solve()
    assert Path(f"{path}.damaged-1").read_bytes() == good + damage, "the first one stays"
    assert Path(f"{path}.damaged-2").read_bytes() == damage


def refuse(error):
    def opened(*_, **__):
        raise error

    return opened


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (NotImplementedError("no flock here"), "it cannot be locked"),
        (filelock.Timeout("x"), "it cannot be locked"),
    ],
)
@pytest.mark.parametrize("where", ["lock", "file"])
def test_a_file_that_takes_nothing_is_one_line_and_keeps_what_it_has(
    student, monkeypatch, capsys, error, reason, where
):
    journal.note("0. Before")
    if where == "lock":
        monkeypatch.setattr(filelock, "FileLock", refuse(error))
    else:
        monkeypatch.setattr(Path, "open", refuse(error))
    solve()
    solve("2. Next")
    monkeypatch.undo()
    first, told, second = capsys.readouterr().out.splitlines()
    assert (first, second) == (f"✔ {TITLE}", "✔ 2. Next")
    assert (
        told
        == f"({journal.FILE}, beside lesson 0, cannot be written, so this is not noted: {reason})"
    )
    assert entries(student) == [(PAGE, "0. Before")]


def test_a_folder_in_its_place_is_a_line(student, capsys):
    (student / journal.FILE).mkdir()
    solve()
    assert "cannot be written" in capsys.readouterr().out
    assert journal.solved(PAGE) == ""


def test_a_check_within_marking_is_strict_again_afterwards(student, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "0")
    solve()
    assert os.environ["COURSE_STRICT"] == "0" and entries(student)


def test_the_table_counts_what_is_solved_of_what_there_is(student, monkeypatch):
    cells = [f'with check("{title}"):\n    ...' for title in (TITLE, "2. Next", 'a "third"')]
    cells[2] = "with check('4. Another form'):\n    ..."
    notebook = {"cells": [{"source": cell.splitlines(keepends=True)} for cell in cells]}
    (student / "exercises" / f"{PAGE}.ipynb").write_text(json.dumps(notebook))
    solve()
    solve("of an exercise that is gone")
    assert journal.solved(PAGE) == "1 / 2"
    monkeypatch.chdir(student)
    for name in (PAGE, "03_reuters"):
        (student / f"{name}.toml").touch()
    monkeypatch.setattr(quiz, "QUIZZES", student)
    shown = quiz.progress().data
    assert "<td>1 / 2</td>" in shown and "Exercises solved" in shown
    (student / journal.FILE).write_bytes(b"\xff")
    assert journal.solved(PAGE) == "0 / 2"
    journal.delete()
    journal.delete()
    assert not list(student.glob(f"{journal.FILE}*"))


def test_every_exercise_of_the_course_is_counted(tmp_path, monkeypatch):
    for page in content.pages():
        if page.starter:
            text = page.starter.read_text("utf-8")
            assert len(journal.CHECK.findall(text)) == len(exercises.blanks(page)), page.name


def test_git_and_the_image_leave_the_file_out():
    names = [f"notebooks/{journal.FILE}{end}" for end in ("", ".lock", ".damaged-1")]
    done = subprocess.run(["git", "check-ignore", *names], cwd=content.ROOT, capture_output=True)
    assert done.returncode in (0, 128) and (done.returncode or len(done.stdout.splitlines()) == 3)
    assert "**/.course-progress*" in (content.ROOT / ".dockerignore").read_text().split()
