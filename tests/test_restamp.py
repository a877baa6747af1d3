"""Measurements are kept over a change only where it is proven to move no number."""

from functools import partial

import pytest

from course import build, content, measurements, restamp
from course.bands import MeasurementError

SOURCE = "# %%\nvalue = 1\n"
BEFORE = {"values": {"toy.loss": 2.5, "toy.parts": 12}}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that was measured with two seeds, and then changed."""
    page = content.Page(tmp_path / "toy.py", tmp_path / "notebooks" / "toy.ipynb")
    page.source.write_text(SOURCE)
    real = measurements.read, measurements.add

    def read(page, edition, where=tmp_path, code=None):
        return real[0](page, edition, where, code)

    monkeypatch.setattr(measurements, "read", read)
    monkeypatch.setattr(
        measurements, "add", lambda page, run, where=tmp_path: real[1](page, run, where)
    )
    code = measurements.fingerprints.values(page, "offline")
    run = {"edition": "offline", "arithmetic": "as it comes", "code": code, **BEFORE}
    for seed in range(2):
        measurements.add(page, partial(dict, run, seed=seed))
    page.source.write_text(SOURCE.replace("1", "1  # or so\nprint(value)"))
    return page, code


def test_runs_of_the_old_code_count_again_once(page, tmp_path):
    page, was = page
    again = partial(restamp.restamp, page, was=was, results=["toy.loss"], folder=tmp_path)
    assert measurements.read(page, "offline") == []
    assert again("offline") == 2
    assert again("offline") == 0
    found = measurements.read(page, "offline")
    assert [run["seed"] for run in found] == [0, 1]
    assert [run["values"] for run in found] == [{"toy.loss": 2.5}] * 2, "only what was proven"
    assert len(measurements.read(page, "offline", code=was)) == 2, "nothing is lost"
    assert again("original") == 0
    assert again("offline", folder=tmp_path / "alarms") == 0


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"toy.loss": 2.5 + 1e-15}, "toy.loss was 2.5 and is 2.500000000000001: .* calibrate"),
        ({"toy.loss": 2.5, "toy.new": 1}, "toy.new is new: make calibrate measures it"),
    ],
)
def test_a_result_that_moved_or_is_new_is_named(now, words):
    with pytest.raises(MeasurementError, match=words):
        restamp.require_same(BEFORE, {"values": now})


def test_a_result_that_is_gone_is_no_obstacle():
    restamp.require_same(BEFORE, {"values": {"toy.parts": 12}})


def test_a_commit_is_laid_out_and_taken_away_again(monkeypatch):
    page = content.pages()[0]
    with restamp.folder_of("HEAD") as folder:
        code = restamp.as_it_was(folder, page, "offline", None)["code"]
        assert len(code) == 64
        monkeypatch.setattr(restamp, "RUN", "raise ValueError('it was broken')")
        with pytest.raises(MeasurementError, match=r"00_start_here did not .* it was broken"):
            restamp.as_it_was(folder, page, "offline", None)
    assert not folder.exists()


def test_an_unknown_commit_and_an_unknown_page_are_named(monkeypatch):
    with pytest.raises(MeasurementError, match="'no-such' cannot be checked out"):
        restamp.folder_of("no-such").__enter__()
    monkeypatch.setattr("sys.argv", ["restamp", "99_none"])
    with pytest.raises(SystemExit, match="99_none"):
        restamp.main()


def test_nothing_is_written_where_a_number_moved(page, monkeypatch):
    page, _ = page
    monkeypatch.setattr(build, "chosen", lambda names: [page])
    monkeypatch.setattr(restamp.calibrate, "measure", lambda *_: {"values": {"toy.loss": 3}})
    monkeypatch.setattr(restamp, "as_it_was", lambda *_: BEFORE | {"code": "of before"})
    monkeypatch.setattr("sys.argv", ["restamp", "toy"])
    with pytest.raises(SystemExit, match="make calibrate is due"):
        restamp.main()
    assert measurements.read(page, "offline") == []


def test_the_page_as_it_was_is_run_only_where_the_kept_results_differ(page, monkeypatch):
    page, was = page
    ran = []
    monkeypatch.setattr(
        restamp, "as_it_was", lambda *_: ran.append(1) or {"values": {"toy.loss": 3}}
    )
    for loss, runs in ((2.5, 0), (3, 1)):
        now = {"values": {"toy.loss": loss}}
        monkeypatch.setattr(restamp.calibrate, "measure", lambda *_, now=now: now)
        assert restamp.unmoved(page, was, None) == now
        assert len(ran) == runs


def test_a_page_whose_code_is_as_it_was_is_not_run(page, monkeypatch, capsys):
    page, _ = page
    monkeypatch.setattr(build, "chosen", lambda names: [page])
    monkeypatch.setattr(
        restamp,
        "as_it_was",
        lambda folder, page, edition, seed: {
            "code": measurements.fingerprints.values(page, edition)
        },
    )
    monkeypatch.setattr("sys.argv", ["restamp", "toy"])
    restamp.main()
    assert capsys.readouterr().out == "toy: its code is as it was\n"
