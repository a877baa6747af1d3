"""Lessons broken on purpose: the faults fit the lessons, and each was caught."""

import ast
import json
import sys
import tomllib
from itertools import chain

import pytest

from course import content, mutants
from course.bands import MeasurementError
from course.content import Page
from course.mutants import Fault
from helpers.feedback import BANDS_FILE

LESSONS = [page for page in content.pages() if mutants.faults(page)]
EACH = [(page, fault) for page in LESSONS for fault in mutants.faults(page)]
TOY = """\
# %%
from helpers.feedback import expect

# %%
shares = [0.25, 0.5]
expect("basics.xor_one_unit", sum(shares), "offline")

# %%
assert len(shares) == 2
"""


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.name)
def test_a_lesson_has_faults_enough_and_each_was_caught(page):
    faults = mutants.faults(page)
    assert len({fault.name for fault in faults}) == len(faults) >= 4
    assert sum(fault.subtle for fault in faults) >= 2
    assert not list(mutants.uncaught([page]))
    caught = mutants.kept()[page.name]
    assert set(caught) == {fault.name for fault in faults}, "tried with other faults: make mutants"
    bands = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    for name in chain(*caught.values()):
        assert name in bands or name.startswith(mutants.NOTICED)


@pytest.mark.parametrize(("page", "fault"), EACH, ids=lambda value: value.name)
def test_a_fault_is_a_change_of_the_lesson_as_it_is(page, fault):
    broken = fault.into(page)
    assert broken != page.source.read_text("utf-8")
    for cell in content.from_source(broken).cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A lesson with one result and one assertion, and files of its own."""
    page = Page(tmp_path / "01_toy.py", tmp_path / "01_toy.ipynb")
    page.source.write_text(TOY)
    monkeypatch.setattr(mutants, "FAULTS", tmp_path)
    monkeypatch.setattr(mutants, "KEPT", tmp_path / "mutants.json")
    monkeypatch.setattr(mutants.build, "chosen", lambda names: [page])
    return page


@pytest.mark.parametrize(
    ("old", "new", "caught"),
    [
        ("0.5]", "0.50]", []),
        ("0.5]", "0.75]", ["basics.xor_one_unit"]),
        ("0.5]", "0.25, 0.25]", ["AssertionError"]),
        ("0.5]", "float('nan')]", ["BandError: basics.xor_one_unit is nan; expected a finite"]),
    ],
)
def test_a_fault_is_caught_by_a_result_or_an_assertion(toy, old, new, caught):
    found = mutants.caught_by(toy, Fault("a fault", old, new))
    assert [name[: len(wanted)] for name, wanted in zip(found, caught, strict=True)] == caught


def test_a_fault_that_cannot_run_proves_nothing(toy):
    with pytest.raises(MeasurementError, match="NameError"):
        mutants.caught_by(toy, Fault("a fault", "0.5]", "unknown]"))
    with pytest.raises(MeasurementError, match="holds 'shares' 3 times"):
        Fault("a fault", "shares", "parts").into(toy)


def test_what_nothing_catches_is_a_failure(toy, monkeypatch, capsys):
    (toy.source.parent / "01_toy.toml").write_text(
        '[[fault]]\nname = "harmless"\nold = "0.5]"\nnew = "0.50]"\n'
    )
    monkeypatch.setattr(sys, "argv", ["mutants"])
    with pytest.raises(SystemExit, match="caught by nothing:\n  01_toy: harmless"):
        mutants.main()
    assert "caught by NOTHING" in capsys.readouterr().out
    assert json.loads(mutants.KEPT.read_text()) == {"01_toy": {"harmless": []}}
    mutants.KEPT.write_text(
        '{"01_toy": {"harmless": ["basics.xor_one_unit"], "gone": ["basics.xor_one_unit"]}}'
    )
    monkeypatch.setattr(sys, "argv", ["mutants", "--missed"])
    mutants.main()
    assert capsys.readouterr().out == "", "it was caught before, and is not tried again"
    assert json.loads(mutants.KEPT.read_text()) == {"01_toy": {"harmless": ["basics.xor_one_unit"]}}
