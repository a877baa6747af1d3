"""Run docs/instructors.md as it is written, in a copy of the course, with two students."""

import csv
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course import assignments, build, content, exercises
from helpers.data.cache import cache_dir

GUIDE = content.ROOT / "docs" / "instructors.md"
NAME = "02_imdb_binary_classification"
ANSWERS = runpy.run_path(str(content.ROOT / "tests" / "answers" / f"{NAME}.py"))
RIGHT = {number: codes[0] for number, codes in ANSWERS["RIGHT_ANSWERS"].items()}
# Ada solves everything. Grace solves two, gets one wrong, leaves one out, and edits a check.
STUDENTS = {"ada": RIGHT, "grace": {1: RIGHT[1], 2: RIGHT[2], 3: ANSWERS["WRONG_ANSWERS"][3][0][0]}}
# Whether both environments are those of the copy: run in it.
READY = """
from pathlib import Path
from classroom import install
from course import environment
assert environment.READY.read_text("utf-8") == environment._wanted(), "another .venv"
assert install.is_current(Path(".venv-hub")), "another .venv-hub"
"""
PUBLISHED = "https://git.example.org/class/lessons.git"


class Shell:
    """One terminal after the other: what a block exports, the next one has."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env

    def run(self, block: str) -> str:
        """Run a block of commands and return what they print; fail with it if one fails."""
        kept = self.folder / ".env-after"
        done = subprocess.run(
            ["bash", "-eu", "-c", f"{block}\nenv -0 > '{kept}'"],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-4000:]}"
        self.env = dict(line.split("=", 1) for line in kept.read_text().split("\0") if line)
        kept.unlink()
        return done.stdout


def blocks():
    """Return the guide's code blocks: their language, the word after it, and their text."""
    return re.findall(r"^```(\w+) ?(\w*)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.M | re.S)


def copy_of_the_course(folder):
    """Copy what git knows or would know, with its times; share the two environments."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=content.ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, names.stdout.split("\0")):
        if (content.ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(content.ROOT / name, folder / name)
    for name in (".venv", ".venv-hub"):
        (folder / name).symlink_to(content.ROOT / name)
    done = subprocess.run([sys.executable, "-c", READY], cwd=folder)
    assert done.returncode == 0, "make would install into the original's; run make hub first"


def answer(notebook_file, answers, edit_a_check=False):
    """Write a student's answers below the blanks, as they would type them."""
    notebook = nbformat.read(notebook_file, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        kind, _, number = name.partition("-")
        if kind == "answer" and int(number) in answers:
            blank = re.compile(r"^ *# YOUR CODE HERE\n *pass$", re.M)
            assert blank.search(cell.source), cell.source
            cell.source = blank.sub(lambda _, n=number: answers[int(n)].rstrip(), cell.source)
        elif kind == "check" and edit_a_check:
            cell.source = "print('all is well')"
    nbformat.write(notebook, notebook_file)


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    """Go once around; return the folders, and what each block printed."""
    root = tmp_path_factory.mktemp("round")
    folder, home, exchange, remote = (
        root / n for n in ("course", "home", "exchange", "lessons.git")
    )
    for each in (folder, home, exchange):
        each.mkdir()
    exchange.chmod(0o777)
    copy_of_the_course(folder)
    git = {
        "user.name": "Instructor",
        "user.email": "instructor@example.org",
        f"url.{remote.as_uri()}.insteadOf": PUBLISHED,
        "safe.directory": "*",
    }
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    env = {
        **os.environ,
        "HOME": str(home),
        "COURSE_CACHE": str(cache_dir()),
        "COURSE_EXCHANGE": str(exchange),
        "GIT_CONFIG_COUNT": str(len(git)),
    }
    for number, (key, value) in enumerate(git.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    for name in ("COURSE_STRICT", "COURSE_SEARCH", "COURSE_GRADING", "MAKEFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    shell = Shell(folder, env)
    shell.run("git init --quiet && git add --all && git commit --quiet --message Course")
    printed = []
    for language, word, text in blocks():
        if language == "diff":
            change = folder / ".change"
            change.write_text(text)
            shell.run("git apply .change && rm .change")
        elif word == "student":
            for student, answers in STUDENTS.items():
                desk = root / student
                (desk / ".jupyter").mkdir(parents=True, exist_ok=True)
                # One account plays them all, so nbgrader must be told who is who.
                me = f"c = get_config()\nc.CourseDirectory.student_id = {student!r}\n"
                (desk / ".jupyter" / "nbgrader_config.py").write_text(me)
                printed.append(Shell(desk, {**shell.env, "HOME": str(desk)}).run(text))
                if "fetch_assignment" in text:
                    notebook = desk / NAME / f"{NAME}.ipynb"
                    shutil.copy(notebook, root / "fetched.ipynb")
                    answer(notebook, answers, edit_a_check=student == "grace")
        elif language == "sh":
            printed.append(shell.run(text))
    yield root, "\n".join(printed)
    shutil.rmtree(root)


def test_every_block_of_the_guide_was_understood():
    assert {language for language, _, _ in blocks()} == {"sh", "diff"}
    assert len(blocks()) >= 12


def test_the_change_is_in_the_notebook_and_its_ranges_are_new(around):
    root, printed = around
    bands = "helpers/bands.toml"
    assert f"{bands} |" in printed
    assert (root / "course" / bands).read_text() != (content.ROOT / bands).read_text()
    solution = root / "course" / "notebooks" / "solutions" / f"{NAME}.ipynb"
    assert "EPOCHS = 6" in solution.read_text()
    assert f"built   exercises/{NAME}" in printed


def test_what_is_published_has_no_solution_until_its_time(around):
    root, _ = around
    clone = root / "clone"
    command = ["git", "-c", "safe.directory=*", "clone", "--quiet", "--branch=main"]
    subprocess.run([*command, root / "lessons.git", clone], check=True)
    files = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert clone / "notebooks" / "exercises" / f"{NAME}.ipynb" in files
    assert not any(b"SOLUTION" in path.read_bytes() for path in files)
    later = root / "course" / "dist" / "students" / "notebooks" / "solutions"
    assert [path.stem for path in later.iterdir()] == [NAME]


def test_students_fetch_blanks(around):
    root, _ = around
    [page] = build.chosen([f"exercises/{NAME}"])
    [handed_out] = (root / "exchange").rglob(f"outbound/**/{NAME}.ipynb")
    for notebook in (root / "fetched.ipynb", handed_out):
        assert_blanks(notebook, page)


def assert_blanks(notebook, page):
    """Check that what nbgrader made for students has blanks, and no line of a solution."""
    text, source = notebook.read_text("utf-8"), page.source.read_text("utf-8")
    solutions = [match[0] for match in exercises.SOLUTION.finditer(source)]
    assert text.count("# YOUR CODE HERE") == len(solutions) > 0
    assert not [word for word in ("SOLUTION", "HIDDEN", "COURSE_STRICT") if word in text]
    given = set(exercises.SOLUTION.sub("", source).splitlines())
    cells = nbformat.read(notebook, as_version=4).cells
    shown = {line for cell in cells for line in cell.source.splitlines()}
    assert not shown & set("".join(solutions).splitlines()) - given


def test_nbgrader_takes_every_exercise(tmp_path):
    programs = content.ROOT / ".venv-hub" / "bin"
    env = os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "COURSE_GRADING": str(tmp_path),
    }
    for page in filter(lambda page: page.starter, content.pages()):
        assignments.write(page, tmp_path)
        name = page.source.stem
        command = [programs / "nbgrader", "generate_assignment", name]
        subprocess.run(command, env=env, cwd=tmp_path, check=True)
        assert_blanks(tmp_path / "release" / name / f"{name}.ipynb", page)


def test_marks_are_what_the_answers_deserve(around):
    root, _ = around
    with (root / "home" / "grading" / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(STUDENTS)
    assert {float(row["max_score"]) for row in rows.values()} == {len(RIGHT)}
    assert float(rows["ada"]["score"]) == len(RIGHT)
    assert float(rows["grace"]["score"]) == 2


def test_the_table_says_what_was_odd_in_whom(around):
    _, printed = around
    lines = {line.split()[0]: line for line in printed.splitlines() if f" {len(RIGHT)}.0" in line}
    assert "check-1 was changed; the original was put after it" in lines["grace"]
    assert "check" not in lines["ada"]


def test_feedback_goes_back_to_each_student(around):
    root, _ = around
    given = {path.parent.parent.name for path in (root / "home/grading/feedback").rglob("*.html")}
    assert given == set(STUDENTS)
