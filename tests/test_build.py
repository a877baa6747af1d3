"""The instructor's tools: build, carry back, calibrate."""

import os
import tomllib

import jupytext
import nbformat
import pytest

from course import build, calibrate, carry_back, content, lab

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


def test_failing_lesson_leaves_the_old_notebook_and_names_the_line(page):
    before = built(page)
    page.source.write_text(TEXT.replace("print(7 * x)", "y = 1\nprint(7 / 0)"))
    with pytest.raises(build.LessonError) as error:
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
    monkeypatch.setattr(build, "CELL_LIMIT_S", limit_s)
    page.source.write_text(f"# %%\nx = 1  # no output\n\n# %%\n{cell}\n\n# %%\nx\n")
    with pytest.raises(build.LessonError) as error:
        build.execute(page, "offline")
    assert f"cell 2 ({os.path.relpath(page.source, content.ROOT)}:5): {cell}" in str(error.value)
    assert kind in str(error.value)


def test_the_same_line_in_an_earlier_cell_does_not_mislead(page):
    cells = ["# %%\nif 0:\n    1 / 0\nx = 0", "# %% [markdown]\n# 1 / 0", "# %%\n1 / 0"]
    page.source.write_text("\n\n".join(cells) + "\n")
    with pytest.raises(build.LessonError, match=r"cell 3 .*lesson.py:10\): 1 / 0"):
        build.execute(page, "offline")


def test_an_exercise_without_its_starter_or_with_another_is_stale(page):
    page = content.Page(page.source, page.notebook, page.notebook.with_name("starter.ipynb"))
    built(page)
    assert build.is_fresh(page, "offline")
    edit(page.starter, "7 * x", "8 * x")
    assert not build.is_fresh(page, "offline")
    page.starter.unlink()
    assert not build.is_fresh(page, "offline")


def test_every_execution_begins_a_search_anew(page, tmp_path, monkeypatch):
    kept = tmp_path / "search.journal"
    monkeypatch.setenv("COURSE_SEARCH", str(kept))
    cell = "import os; open(os.environ['COURSE_SEARCH'], 'x').close()"  # fails if it is there
    page.source.write_text(f"# %%\n{cell}\n")
    for _ in range(2):
        build.execute(page, "offline")
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
    starter = content.starter_from(build.execute(page, "offline"))
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


def test_carry_back_never_overwrites_a_newer_source(page):
    built(page)
    edit(page.notebook, "7 * x", "8 * x")
    newer = TEXT.replace("x = 6", "x = 60")
    page.source.write_text(newer)
    with pytest.raises(carry_back.ConflictError, match="would lose that change"):
        carry_back.carry_back(page)
    assert page.source.read_text() == newer


def test_sources_and_pairs_follow_jupytext_toml():
    config = tomllib.loads((content.ROOT / "jupytext.toml").read_text())
    assert {key: config[key] for key in content.WRITING} == content.WRITING
    assert config["formats"] == {"notebooks/": "ipynb", "lessons_src/": content.FORMAT}


def test_generated_exercises_are_not_paired_with_their_source():
    """Saving a starter in JupyterLab must not write over the source and its solution."""
    from jupytext.config import load_jupytext_configuration_file, notebook_formats

    for page in content.pages():
        for path in filter(None, (page.starter, page.notebook if page.starter else None)):
            config = load_jupytext_configuration_file(
                jupytext.config.find_jupytext_configuration_file(str(path))
            )
            formats = notebook_formats(nbformat.v4.new_notebook(), config, str(path))
            assert [f["extension"] for f in formats] == [".ipynb"]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([4, 4, 5], 3, 6),  # counts: a whole step
        ([0.88, 0.88, 0.88], 0.869, 0.891),  # no spread: the margin for other machines
        ([0.80, 0.85, 0.90], 0.7, 1.0),  # three standard deviations
        ([0.99, 1.0, 0.995], 0.98, 1.0),  # a share ends at 1
        ([1.0, 1.0, 1.0], 0.988, 1.0),  # a share, though it looks like a count
    ],
)
def test_band_is_mean_and_spread(values, low, high):
    band = calibrate.band(values)
    assert (band["low"], band["high"]) == (low, high)
    assert band["from"].startswith("3 seeds: mean")


def test_band_of_a_loss_may_pass_one():
    assert calibrate.band([0.97, 0.98, 0.99], broken=2.3)["high"] == 1.01


def test_a_difference_may_be_negative_by_luck():
    values = [0.001, 0.02, 0.03]
    assert calibrate.band(values)["low"] == 0
    assert calibrate.band(values, difference=True)["low"] < 0
    band = calibrate.band([0.03, 0.03, 0.03], difference=True)
    assert (band["low"], band["high"]) == (0.018, 0.042)  # a margin, though it is near 0


def test_exact_results_have_no_spread():
    band = calibrate.band([46, 46, 46], exact=True)
    assert band == {"low": 46, "high": 46, "from": "3 seeds, all the same"}
    with pytest.raises(ValueError, match=r"values are \[46, 46, 45\]; an exact result"):
        calibrate.band([46, 46, 45], exact=True)


def test_calibration_keeps_what_is_written_by_hand(tmp_path, monkeypatch):
    bands = tmp_path / "bands.toml"
    bands.write_text('# why\n["a.b"]\nwhat = "a result"\nbroken = 0\n')
    monkeypatch.setattr(calibrate, "BANDS_FILE", bands)
    calibrate.write({"a.b": [0.5, 0.6, 0.7]}, "offline")
    calibrate.write({"a.b": [0.5, 0.6, 0.7]}, "offline")
    text = bands.read_text()
    assert text.startswith('# why\n["a.b"]\nwhat = "a result"\nbroken = 0\n')
    assert tomllib.loads(text)["a.b"]["offline"]["low"] == 0.3
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("uid", "display", "wanted", "unwanted"),
    [
        (0, "", {"--allow-root", "--no-browser"}, set()),
        (1000, ":0", set(), {"--allow-root", "--no-browser"}),
    ],
)
def test_lab_works_as_root_and_without_a_display(monkeypatch, uid, display, wanted, unwanted):
    monkeypatch.setattr("os.geteuid", lambda: uid, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    line = lab.command("notebooks/x.ipynb", ["--port=9"])
    assert wanted <= set(line)
    assert not unwanted & set(line)
    assert line[-1] == "--port=9"


def test_only_its_own_bands_make_a_lesson_stale(page, tmp_path, monkeypatch):
    bands = tmp_path / "bands.toml"
    monkeypatch.setattr(content, "BANDS_FILE", bands)
    page.source.write_text('# %%\nexpect("mine.accuracy", 0.9, edition)\n')
    prints = []
    for text in ("", '["other.x"]\nlow = 1\n', '["mine.accuracy"]\nlow = 1\n'):
        bands.write_text(text)
        prints.append(content.fingerprint(page, "offline"))
    assert prints[0] == prints[1] != prints[2]


def test_only_helpers_that_it_imports_make_a_lesson_stale(page, tmp_path, monkeypatch):
    monkeypatch.setattr(content, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").touch()
    files = {
        "__init__.py": "",
        "plots.py": "from helpers.data.store import kept",
        "other.py": "",
        "data/__init__.py": "def late():\n    import helpers.data.weights",
        "data/store.py": "",
        "data/weights.py": "",
        "data/photos.py": "",
    }
    for name, text in files.items():
        (tmp_path / "helpers" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "helpers" / name).write_text(text)
    page.source.write_text("# %%\nimport numpy as np\n\nfrom helpers import plots\n")
    before = content.fingerprint(page, "offline")
    counts = set()
    for name, text in files.items():
        (tmp_path / "helpers" / name).write_text(text + "\n# changed")
        if content.fingerprint(page, "offline") != before:
            counts.add(name)
        (tmp_path / "helpers" / name).write_text(text)
    assert counts == {
        "__init__.py", "plots.py", "data/__init__.py", "data/store.py", "data/weights.py"
    }  # fmt: skip
