"""What students and graders get: assignments, marks, and a release without solutions."""

import runpy
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from course import assignments, build, content, exercises, handout, marking, translation

MAKEFILE = (content.ROOT / "Makefile").read_text("utf-8")
CONFIG = content.ROOT / "classroom" / "jupyterhub_config.py"
EXERCISES = {page.source.stem: page for page in content.pages() if page.starter}


# --- what students and graders get


@pytest.fixture(params=EXERCISES, scope="module")
def page(request):
    return EXERCISES[request.param]


def solution_lines(page):
    """Return the lines of an exercise's solutions that stand nowhere else in it."""
    source = page.source.read_text("utf-8")
    solutions = "".join(match[0] for match in exercises.SOLUTION.finditer(source))
    return stripped(solutions) - stripped(exercises.SOLUTION.sub("", source))


def stripped(text):
    return {line.strip() for line in text.splitlines() if "### " not in line}


def test_assignment_has_a_point_for_each_exercise(page):
    notebook = assignments.assignment(page)
    nbformat.validate(notebook)
    marks = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [mark.grade_id for mark in marks]
    assert len(names) == len(set(names))
    count = len(exercises.blanks(page))
    marked = [name for name in names if not name.startswith("given")]
    assert marked == [f"{kind}-{n}" for n in range(1, count + 1) for kind in ("answer", "check")]
    assert sum(mark.get("points", 0) for mark in marks) == count * assignments.POINTS
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        assert mark.get("solution", False) == bool(exercises.SOLUTION.search(cell.source))
        assert mark.get("grade", False) == cell.source.startswith("### BEGIN HIDDEN TESTS\n")
        assert bool(mark) == (cell.cell_type == "code"), "code without a mark is not restored"
        assert mark.get("locked", False) == (bool(mark) and not mark.solution)
        assert "](../" not in cell.source, "a link out of the assignment's folder"


def test_a_check_brings_the_given_names_that_it_needs_anew():
    """In practice and in marking, for both get it from the starter."""
    given = (
        "import numpy as np, json\nfrom toys import check, expect\ndef size(x): return np.size(x)"
    )
    solution = "### BEGIN SOLUTION\nimport shutil\n### END SOLUTION"
    cells = [nbformat.v4.new_code_cell(code) for code in (given, solution, CHECK)]
    cells[-1].metadata.tags = ["check"]
    notebook = exercises.starter_from(nbformat.v4.new_notebook(cells=cells))
    assert notebook.cells[-1].source == (
        f"{exercises.ANEW}import numpy as np; from toys import check\n\n{CHECK}"
    )


def test_a_stale_exercise_becomes_no_assignment(page, tmp_path, monkeypatch):
    changed = tmp_path / page.source.name
    changed.write_text(page.source.read_text("utf-8") + "\n# %%\n6 * 7\n", "utf-8")
    stale = content.Page(changed, page.notebook, page.starter)
    with pytest.raises(build.StaleError, match=f"make notebooks LESSON={page.name}"):
        assignments.write(stale, tmp_path / "grading")
    assert not (tmp_path / "grading").exists()


def test_make_and_nbgrader_agree_on_the_grading_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_GRADING", str(tmp_path))
    config = Config()
    runpy.run_path(str(CONFIG.with_name("nbgrader_config.py")), {"get_config": lambda: config})
    assert config.CourseDirectory.root == str(tmp_path)
    assert "\nCOURSE_GRADING ?= $(HOME)/grading\n" in MAKEFILE
    assert "nbgrader $(COURSE_GRADING) $(LESSON) $(ARGS)\n" in MAKEFILE
    monkeypatch.delenv("COURSE_GRADING")
    runpy.run_path(str(CONFIG.with_name("nbgrader_config.py")), {"get_config": lambda: config})
    assert config.CourseDirectory.root == str(Path.home() / "grading")


def test_marks_are_a_table():
    rows = [["ada", "5.0", "5.0", ""], ["grace", "12.0", "15.0", "it was handed in as mine.ipynb"]]
    assert marking.table(rows).splitlines() == [
        "student  points    of  noted",
        "ada         5.0   5.0",
        "grace      12.0  15.0  it was handed in as mine.ipynb",
    ]


def test_marking_says_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(marking.shutil, "which", lambda name: "/bin/true")
    with pytest.raises(FileNotFoundError, match="submitted has nothing for toy: collect it"):
        marking.mark(marking.Grading(tmp_path), "toy", [])
    monkeypatch.setattr(marking.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="nbgrader is missing: make hub"):
        marking.Grading(tmp_path)


def test_marking_and_nbgrader_name_the_notes_alike():
    code = (content.ROOT / "classroom" / "nbgrader_marking.py").read_text("utf-8")
    assert f'NOTES = "{marking.NOTES}\\n"' in code


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    return folder, handout.hand_out(folder)


def test_release_has_every_lesson_and_exercise_and_no_solution(released, page):
    folder, written = released
    assert set(written) == set(folder.rglob("*.ipynb"))
    assert len(written) == len(content.pages()) + len(translation.others())
    starter = folder / "notebooks" / "exercises" / page.notebook.name
    cells = nbformat.read(starter, as_version=4).cells
    shown = stripped("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    assert solution_lines(page), "nothing to look for"
    assert not solution_lines(page) & shown
    assert not any("SOLUTION" in path.read_text("utf-8") for path in written)


def test_release_replaces_notebooks_and_leaves_the_rest(tmp_path, monkeypatch):
    name, page = next(iter(EXERCISES.items()))
    monkeypatch.setattr(content, "pages", lambda: [page])
    monkeypatch.setattr(translation, "others", list)
    (tmp_path / "README.md").write_text("ours")
    handout.hand_out(tmp_path, [name])
    solution = tmp_path / "notebooks" / "solutions" / f"{name}.ipynb"
    assert solution.is_file()
    handout.hand_out(tmp_path)
    assert not solution.exists()
    assert (tmp_path / "README.md").read_text() == "ours"


def test_release_refuses_what_is_not_there_and_the_course_itself(tmp_path):
    with pytest.raises(ValueError, match="no solution called 02_imbd; there are: 01_"):
        handout.hand_out(tmp_path, ["02_imbd"])
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="is the course itself"):
        handout.hand_out(content.ROOT)
    assert all(page.notebook.exists() for page in content.pages())


def test_release_refuses_an_exercise_with_its_solution_left_in(page, tmp_path, monkeypatch):
    left_in = tmp_path / page.starter.name
    left_in.write_bytes(page.notebook.read_bytes())
    monkeypatch.setattr(content, "pages", lambda: [replace(page, starter=left_in)])
    monkeypatch.setattr(translation, "others", list)
    with pytest.raises(build.StaleError, match=f"make notebooks LESSON={page.name}"):
        handout.hand_out(tmp_path / "students")
    assert not (tmp_path / "students").exists()


# --- the documents
CHECK = "with check('1. Size'):\n    assert size([1]) == 1"
