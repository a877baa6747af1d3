"""The guards themselves: a course broken on purpose must make the suite fail."""

import copy
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest
from rules import structure

from course import build, content
from helpers import feedback

LESSON = next(page for page in content.pages() if page.name.startswith("02"))

# A lesson in small: a compared number, a checked claim, a picture, and a slow cell.
CELLS = {
    "number": "print(6 * 7)",
    "claim": "from pathlib import Path\nfrom helpers import feedback\n"
    "feedback.BANDS_FILE = Path('../bands.toml')\n"
    "feedback.expect('guard.accuracy', 0.88, 'offline')",
    "exact": "feedback.expect('guard.parts', 12, 'offline')",
    "table": "feedback.show_bands('guard.', 'offline')",
    "picture": "from helpers import plots\nplots.use_style()\n"
    "plots.class_counts({'cat': 2, 'dog': 1}, 'animals')",
    "slow": "import time\ntime.sleep(0.1)",
}
BAND = '["guard.accuracy"]\noffline = {low = 0.87, high = 0.9, from = "set by hand"}\n'
BAND += '["guard.parts"]\noffline = {low = 12, high = 12, from = "set by hand"}\n'


def source(cells, **changed):
    return "\n\n".join(f"# %%\n{code}" for code in {**cells, **changed}.values()) + "\n"


@pytest.fixture(scope="module")
def small_course(tmp_path_factory):
    """A folder with the project's own test settings, and the small lesson built in it."""
    root = tmp_path_factory.mktemp("course")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(content.ROOT / name, root)
    (root / "tests").mkdir()
    shutil.copy(content.ROOT / "tests" / "nbval_sanitize.cfg", root / "tests")
    (root / "bands.toml").write_text(BAND)
    page = content.Page(root / "lesson.py", root / "notebooks" / "lesson.ipynb")
    page.source.write_text(source(CELLS))
    build.build(page, "offline")
    return page


def replaced(notebook, old, new, where):
    """Return a copy of a notebook with one text replaced in its sources or its outputs."""
    broken = copy.deepcopy(notebook)
    for cell in broken.cells:
        if where == "source":
            cell.source = cell.source.replace(old, new)
            continue
        for output in cell.outputs:
            for holder in (output, output.get("data", {})):
                for key, text in holder.items():
                    if isinstance(text, str):
                        holder[key] = text.replace(old, new)
    assert broken != notebook
    return broken


BROKEN = {  # name: (old, new, where), and whether the suite must fail
    "intact": (None, False),
    "changed_output": (("42", "43", "output"), True),
    "changed_code": (("6 * 7", "6 * 8", "source"), True),
    # A measured value may differ; its name, its band and the verdict may not. An exact one neither.
    "another_value_in_band": (("0.88,", "0.8912,", "source"), False),
    "another_value_shown": (
        ("guard.accuracy = 0.8800", "guard.accuracy = 0.8714", "output"),
        False,
    ),
    "another_value_in_table": (("      0.8800  ", "      0.8891  ", "output"), False),
    "another_name_shown": (("guard.accuracy = ", "guard.acuracy = ", "output"), True),
    "another_band_shown": (("0.870 to 0.900 (", "0.860 to 0.900 (", "output"), True),
    "another_band_in_table": (("0.870 to 0.900  ", "0.860 to 0.900  ", "output"), True),
    "another_verdict_shown": ((", expected 0.870", ", outside 0.870", "output"), True),
    "another_exact_value_shown": (("guard.parts = 12,", "guard.parts = 13,", "output"), True),
    "out_of_band_accuracy": (("0.88,", "0.71,", "source"), True),
    "nan_loss": (("0.88,", "float('nan'),", "source"), True),
    "unknown_result": (("guard.accuracy', 0", "guard.acuracy', 0", "source"), True),
    "another_alt_text": (("Dots for", "Bars for", "output"), True),
    "other_pixels_only": (("base64,iVBOR", "base64,iVBORA", "output"), False),
    "cell_that_hangs": (("sleep(0.1)", "sleep(60)", "source"), True),
}


@pytest.fixture(scope="module")
def suite(small_course):
    """Run the suite's own command once over all variants; return the failures of each."""
    folder = small_course.notebook.parent
    intact = nbformat.read(small_course.notebook, as_version=4)
    small_course.notebook.unlink()
    for name, (change, _) in BROKEN.items():
        build.write(replaced(intact, *change) if change else intact, folder / f"{name}.ipynb")
    root = folder.parent
    command = [
        "-m",
        "pytest",
        "-q",
        "--nbval-cell-timeout=15",
        "--junitxml=report.xml",
        "notebooks",
    ]
    env = {**os.environ, "PYTHONPATH": str(content.ROOT)}  # for conftest.py, which needs `course`
    done = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, env=env
    )
    failed = {name: [] for name in BROKEN}
    cases = list(ElementTree.parse(root / "report.xml").iter("testcase"))
    assert len(cases) == len(BROKEN) * len(CELLS), done.stdout[-2000:]
    for case in cases:
        if case.find("failure") is not None:
            name = case.get("classname").removesuffix(".ipynb").rsplit(".", 1)[-1]
            failed[name].append(case.find("failure").text)
        assert case.find("skipped") is None, "nothing may be skipped or expected to fail"
    return done.returncode, failed


@pytest.mark.parametrize("name", BROKEN)
def test_suite_fails_where_it_should(suite, name):
    code, failed = suite
    assert code == 1
    assert bool(failed[name]) is BROKEN[name][1], failed[name]


def test_failure_says_what_was_expected(suite):
    _, failed = suite
    assert "guard.accuracy = 0.7100, outside 0.870 to 0.900 (offline)" in str(failed)


@pytest.fixture
def notebook():
    return nbformat.read(LESSON.notebook, as_version=4)


def outputs_of(notebook, kind):
    return next(
        output
        for cell in structure.code_cells(notebook)
        for output in cell.outputs
        if output.output_type == kind
    )


def test_stale_output_is_found(notebook, tmp_path):
    moved = content.Page(tmp_path / LESSON.source.name, LESSON.notebook)
    moved.source.write_text(LESSON.source.read_text("utf-8"), "utf-8")
    assert structure.freshness(moved, notebook) == []
    moved.source.write_text(LESSON.source.read_text("utf-8") + "# a new thought\n", "utf-8")
    assert "make notebooks" in structure.freshness(moved, notebook)[0]


def test_drifted_pair_is_found(notebook):
    structure.code_cells(notebook)[2].source += "\nEPOCHS = 1"
    assert any("another source" in problem for problem in structure.sync(LESSON, notebook))


def test_retagged_cell_is_found(notebook):
    structure.code_cells(notebook)[3].metadata["tags"] = [structure.IGNORED]
    assert any("other tags" in problem for problem in structure.sync(LESSON, notebook))


def test_removed_cell_is_found(notebook):
    del notebook.cells[3]
    assert structure.sync(LESSON, notebook)


def test_unrun_cell_is_found(notebook):
    structure.code_cells(notebook)[4].execution_count = None
    assert "not run from top to bottom" in structure.freshness(LESSON, notebook)[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda nb: outputs_of(nb, "stream").update(name="stderr"), "stderr"),
        (lambda nb: outputs_of(nb, "stream").update(text="see /home/kim/x"), "path"),
        (lambda nb: structure.code_cells(nb)[0].metadata.update(execution={}), "time stamps"),
        (
            lambda nb: structure.code_cells(nb)[0].outputs.append(
                nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
            ),
            "ends in an error",
        ),
        (
            lambda nb: [c.metadata.update(tags=[structure.IGNORED]) for c in nb.cells],
            "are compared",
        ),
        (
            lambda nb: [
                c.metadata.update(tags=[structure.IGNORED])
                for c in structure.code_cells(nb)
                if "expect(" in c.source
            ],
            "without need",
        ),
        (lambda nb: outputs_of(nb, "stream").update(text="x" * structure.MAX_BYTES), "MB"),
    ],
)
def test_unclean_outputs_are_found(notebook, change, words):
    assert not any(words in problem for problem in structure.outputs(notebook))
    change(notebook)
    assert any(words in problem for problem in structure.outputs(notebook))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# IMDB", "IMDB", "a title"),
        ("| Time |", "| When |", "a table"),
        ("**After this lesson", "**Before this lesson", "objectives"),
        ("## What you learned", "## The end", "no recap"),
        ("\n5. ", "\n- ", "objectives, the recap"),
        ("keras.Input(shape", "keras.Input(input_shape", "outdated: input_shape="),
    ],
)
def test_missing_parts_are_found(notebook, old, new, words):
    for cell in notebook.cells:
        if old in cell.source:
            cell.source = cell.source.replace(old, new)
            break
    assert any(words in problem for problem in structure.prose(notebook))


GOOD = {
    "what": "test accuracy",
    "kind": "share",
    "broken": 0.5,
    "textbook": 0.885,
    "original": {"low": 0.87, "high": 0.9, "from": "5 seeds"},
    "offline": {"low": 0.86, "high": 0.9, "from": "5 seeds"},
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, None),
        ({"what": ""}, "does not say"),
        ({"broken": 0.88}, "a broken model would pass in ['original', 'offline']"),
        ({"broken": 0.865}, "a broken model would pass in ['offline']"),
        ({"broken": 0.865, "weak": ["offline"]}, None),
        ({"weak": ["offline"]}, "a broken model would pass in []"),
        ({"textbook": 0.71}, "the textbook's 0.71"),
        ({"offline": {"low": 0.86, "high": 0.9}}, "not calibrated"),
        ({"offline": {"low": 0.9, "high": 0.86, "from": ""}}, "is empty"),
        ({"offline": {"low": 0.9, "high": 0.9, "from": ""}}, "one value and is not exact"),
        ({"kind": "exact"}, "one value and is not exact"),
        ({"kind": "ratio"}, "of no known kind"),
    ],
)
def test_useless_bands_are_found(change, words):
    found = structure.band_problems("x.accuracy", {**GOOD, **change})
    assert found == [] if words is None else words in found[0]


def test_a_band_that_was_typed_in_is_found(tmp_path, monkeypatch):
    bands = tmp_path / "bands.toml"
    text = feedback.BANDS_FILE.read_text("utf-8")
    start = text.index('["imdb.test_accuracy"]')
    (found,) = re.findall(r"offline = \{low = ([\d.]+)", text[start:])[:1]
    bands.write_text(
        text[:start] + text[start:].replace(f"low = {found}", "low = 0.801", 1), "utf-8"
    )
    monkeypatch.setattr(structure, "BANDS_FILE", bands)
    (problem,) = structure.measured_bands(LESSON, "offline")
    assert problem.startswith("imdb.test_accuracy (offline): its measurements give")


def test_a_band_of_code_that_was_never_measured_is_found(monkeypatch):
    monkeypatch.setattr(structure.measurements, "read", lambda page, edition: [])
    problems = structure.measured_bands(LESSON, "offline")
    assert any(p.startswith("imdb.test_accuracy (offline): no kept run") for p in problems)


def test_unused_and_doubled_bands_are_found(notebook):
    assert any("used by no notebook" in problem for problem in structure.bands([]))
    assert any("expected 2 times" in problem for problem in structure.bands([notebook] * 2))


def test_every_band_of_the_file_is_read(tmp_path, monkeypatch):
    empty = tmp_path / "bands.toml"
    empty.write_text("")
    monkeypatch.setattr(feedback, "BANDS_FILE", empty)
    with pytest.raises(feedback.BandError, match="has no band"):
        feedback.expect("imdb.test_accuracy", 0.88, "offline")
