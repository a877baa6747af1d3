"""The instructor's tools: build, carry back, calibrate."""

import os

import nbformat
import pytest

from course import build, carry_back, content, execution, exercises

TEXT = "# %% [markdown]\n# # A lesson\n\n# %%\nx = 6\n\n# %%\nprint(7 * x)\n"


@pytest.fixture
def page(tmp_path):
    page = content.Page(tmp_path / "lesson.py", tmp_path / "notebooks" / "lesson.ipynb")
    page.source.write_text(TEXT)
    return page


def built(page):
    build.build(page, "offline")
    return page.notebook.read_bytes()


def test_second_build_gives_the_same_bytes(page):
    first = built(page)
    assert build.is_fresh(page, "offline")
    assert built(page) == first


def test_build_is_stale_after_a_change_of_source_or_edition(page):
    built(page)
    assert not build.is_fresh(page, "original")
    page.source.write_text(TEXT.replace("7", "8"))
    assert not build.is_fresh(page, "offline")


def test_a_missing_or_damaged_notebook_is_stale(page):
    assert not build.is_fresh(page, "offline")
    built(page)
    page.notebook.write_text(page.notebook.read_text()[:100])
    assert not build.is_fresh(page, "offline")


def count_of_runs(page):
    """The page, with a cell that counts in a file how often it was executed."""
    runs = page.source.with_name("runs.txt")
    cell = f"open({str(runs)!r}, 'a').write('x') and None"
    page.source.write_text(f"{TEXT}\n# %%\n{cell}\n")
    return lambda: len(runs.read_text()) if runs.exists() else 0


def test_new_text_is_put_around_the_stored_outputs(page):
    runs = count_of_runs(page)
    built(page)
    text = page.source.read_text()
    changed = text.replace("# # A lesson", "# # A better lesson\n#\n# With *words*.")
    page.source.write_text(changed.replace("# %%\nx = 6", '# %% tags=["parameters"]\nx = 6'))
    assert build.state(page, "offline") == "text"
    built(page)
    assert (build.state(page, "offline"), runs()) == ("nothing", 1)
    found = nbformat.read(page.notebook, as_version=4)
    assert found.cells[0].source.startswith("# A better lesson")
    assert found.cells[1].metadata.tags == ["parameters"]
    assert found.cells[2].outputs[0].text == "42\n"
    assert [c.execution_count for c in found.cells if c.cell_type == "code"] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("7 * x", "8 * x"),
        lambda text: text.replace("print(7 * x)", "print(7 * x)  # a comment"),
        lambda text: text.replace("# %%\nprint", "x = 5\n\n# %%\nprint"),
        lambda text: text + "\n# %%\nx\n",
    ],
)
def test_changed_code_is_executed(page, change):
    runs = count_of_runs(page)
    built(page)
    page.source.write_text(change(page.source.read_text()))
    assert build.state(page, "offline") == "execution"
    built(page)
    assert (build.state(page, "offline"), runs()) == ("nothing", 2)


def test_outputs_of_other_code_are_never_taken_over(page):
    """Notebook and source changed in the same way by hand: the note of what was run decides."""
    built(page)
    edit(page.notebook, "7 * x", "8 * x")
    page.source.write_text(TEXT.replace("7 * x", "8 * x"))
    assert build.state(page, "offline") == "execution"


def test_an_edited_notebook_is_not_overwritten(page):
    built(page)
    edit(page.notebook, "7 * x", "7 * x + 1")
    page.source.write_text(TEXT.replace("x = 6", "x = 60"))
    before = page.notebook.read_bytes()
    with pytest.raises(build.EditedError, match=r"lesson.ipynb was edited since it was built.*"):
        built(page)
    assert page.notebook.read_bytes() == before
    build.build(page, "offline", discard=True)
    assert page.notebook.read_bytes() != before


def test_answers_in_an_exercise_are_not_overwritten(page):
    page = content.Page(page.source, page.notebook, page.notebook.with_name("starter.ipynb"))
    built(page)
    edit(page.starter, "7 * x", "my answer")
    page.source.write_text(TEXT.replace("x = 6", "x = 60"))
    with pytest.raises(build.EditedError, match=r"starter.ipynb was edited.*keep a copy"):
        built(page)
    assert "my answer" in page.starter.read_text()


def test_a_notebook_that_was_only_run_is_no_edit(page):
    built(page)
    found = nbformat.read(page.notebook, as_version=4)
    found.cells[2].outputs, found.cells[2].execution_count = [], 17
    nbformat.write(found, page.notebook)
    page.source.write_text(TEXT.replace("x = 6", "x = 60"))
    built(page)


def test_a_carried_back_edit_can_be_built(page):
    built(page)
    edit(page.notebook, "7 * x", "8 * x")
    assert carry_back.carry_back(page)
    built(page)
    assert build.is_fresh(page, "offline")


def test_a_damaged_notebook_is_not_overwritten(page):
    built(page)
    page.notebook.write_text(page.notebook.read_text()[:100])
    with pytest.raises(build.EditedError, match="cannot be read as a notebook"):
        built(page)


def test_failing_lesson_leaves_the_old_notebook_and_names_the_line(page):
    before = built(page)
    page.source.write_text(TEXT.replace("print(7 * x)", "y = 1\nprint(7 / 0)"))
    with pytest.raises(execution.LessonError) as error:
        built(page)
    assert "cell 3" in str(error.value)
    assert "lesson.py:9): print(7 / 0)" in str(error.value)
    assert "ZeroDivisionError: division by zero" in str(error.value)
    assert page.notebook.read_bytes() == before
    assert [path.name for path in page.notebook.parent.iterdir()] == ["lesson.ipynb"]


@pytest.mark.parametrize(
    ("cell", "limit_s", "kind"),
    [("import os; os._exit(1)", 600, "DeadKernelError"), ("while 1: pass", 1, "CellTimeoutError")],
)
def test_cell_that_never_came_back_is_named(page, monkeypatch, cell, limit_s, kind):
    monkeypatch.setattr(execution, "CELL_LIMIT_S", limit_s)
    page.source.write_text(f"# %%\nx = 1  # no output\n\n# %%\n{cell}\n\n# %%\nx\n")
    with pytest.raises(execution.LessonError) as error:
        execution.execute(page, "offline")
    assert f"cell 2 ({os.path.relpath(page.source, content.ROOT)}:5): {cell}" in str(error.value)
    assert kind in str(error.value)


def test_the_same_line_in_an_earlier_cell_does_not_mislead(page):
    cells = ["# %%\nif 0:\n    1 / 0\nx = 0", "# %% [markdown]\n# 1 / 0", "# %%\n1 / 0"]
    page.source.write_text("\n\n".join(cells) + "\n")
    with pytest.raises(execution.LessonError, match=r"cell 3 .*lesson.py:10\): 1 / 0"):
        execution.execute(page, "offline")


def test_an_exercise_without_its_starter_or_with_an_old_one_is_stale(page):
    page = content.Page(page.source, page.notebook, page.notebook.with_name("starter.ipynb"))
    built(page)
    assert build.is_fresh(page, "offline")
    edit(page.starter, "7 * x", "8 * x")
    assert build.is_fresh(page, "offline"), "somebody has answered it, which is what it is for"
    old = nbformat.read(page.starter, as_version=4)
    old.metadata.course.cells = content.cells_hash(old)
    nbformat.write(old, page.starter)
    assert not build.is_fresh(page, "offline")
    page.starter.unlink()
    assert not build.is_fresh(page, "offline")


def test_every_execution_begins_a_search_anew(page, tmp_path, monkeypatch):
    kept = tmp_path / "search.journal"
    monkeypatch.setenv("COURSE_SEARCH", str(kept))
    cell = "import os; open(os.environ['COURSE_SEARCH'], 'x').close()"  # fails if it is there
    page.source.write_text(f"# %%\n{cell}\n")
    for _ in range(2):
        execution.execute(page, "offline")
    assert not kept.exists()


def test_unknown_lesson_is_named():
    with pytest.raises(SystemExit, match="no lesson is called 99_nothing; there are: 00_start"):
        build.chosen(["99_nothing"])


def test_starter_hides_the_solution_and_shows_what_it_gives(tmp_path):
    page = content.Page(tmp_path / "e.py", tmp_path / "s" / "e.ipynb", tmp_path / "x" / "e.ipynb")
    page.source.write_text(
        "# %%\ndef double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n\n\n"
        '# %% tags=["check"]\nprint(double(4))\n'
    )
    starter = exercises.starter_from(execution.execute(page, "offline"))
    blank, check, example = starter.cells
    assert blank.source == "def double(x):\n    # YOUR CODE HERE\n    ..."
    assert check.outputs == [] and check.execution_count is None
    assert "```text\n8\n```" in example.source
    nbformat.validate(starter)


def edit(path, old, new):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def test_edit_in_jupyterlab_is_carried_back(page):
    built(page)
    assert carry_back.carry_back(page) is False
    edit(page.notebook, "7 * x", "8 * x")
    assert carry_back.carry_back(page) is True
    assert page.source.read_text() == TEXT.replace("7 * x", "8 * x")
    assert not build.is_fresh(page, "offline")


def test_one_edit_after_the_other_is_carried_back(page):
    built(page)
    for old, new in (("7 * x", "8 * x"), ("8 * x", "9 * x")):
        edit(page.notebook, old, new)
        assert carry_back.carry_back(page) is True
    assert page.source.read_text() == TEXT.replace("7 * x", "9 * x")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x = 6", 'def mine():\n    """My idea', r"cell 2 \('def mine\(\):'\) would not read back"),
        ("x = 6", "x = 6\n# %%\ny = 7", "cell 2 .* would not read back"),
    ],
)
def test_a_cell_that_would_be_torn_apart_is_refused(page, old, new, words):
    built(page)
    edit(page.notebook, old, new)
    before = page.source.read_bytes(), page.notebook.read_bytes()
    with pytest.raises(carry_back.UncarriableError, match=words):
        carry_back.carry_back(page)
    assert (page.source.read_bytes(), page.notebook.read_bytes()) == before


def test_cell_marks_in_markdown_are_only_words(page):
    built(page)
    edit(page.notebook, "# A lesson", "# A lesson\n\n# %% [markdown]\n\nmore")
    assert carry_back.carry_back(page)
    assert "# %% [markdown]\n\nmore" in content.read_source(page).cells[0].source


def test_a_pasted_picture_is_refused(page):
    built(page)
    notebook = nbformat.read(page.notebook, as_version=4)
    notebook.cells[0].attachments = {"image.png": {"image/png": "aGVsbG8="}}
    notebook.cells[0].source += "\n\n![image.png](attachment:image.png)"
    nbformat.write(notebook, page.notebook)
    with pytest.raises(carry_back.UncarriableError, match="cell 1 has a picture pasted into it"):
        carry_back.carry_back(page)
    assert page.source.read_text() == TEXT


def test_a_notebook_without_our_note_is_refused(page):
    built(page)
    edit(page.notebook, "7 * x", "8 * x")
    notebook = nbformat.read(page.notebook, as_version=4)
    del notebook.metadata["course"]
    nbformat.write(notebook, page.notebook)
    with pytest.raises(
        carry_back.ConflictError, match="does not say which source it was made from"
    ):
        carry_back.carry_back(page)


def test_carry_back_never_overwrites_a_newer_source(page):
    built(page)
    edit(page.notebook, "7 * x", "8 * x")
    newer = TEXT.replace("x = 6", "x = 60")
    page.source.write_text(newer)
    with pytest.raises(carry_back.ConflictError, match="would lose that change"):
        carry_back.carry_back(page)
    assert page.source.read_text() == newer
