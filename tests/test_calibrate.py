"""Measurements kept in files, bands computed from them, and unseen seeds."""

import json
import tomllib
from functools import partial

import pytest

from course import alarms, bands, build, calibrate, content, measurements
from course.bands import MeasurementError, Moments

BANDS = """# why
["toy.loss"]
what = "a loss"
kind = "size"
broken = 9

["toy.parts"]
what = "parts"
kind = "exact"
broken = 0
"""
LESSON = """# %%
import os

from helpers.feedback import expect

seed = int(os.environ.get("COURSE_SEED") or 0)
edition = os.environ["COURSE_DATA"]
expect("toy.loss", 2 + (seed % 7) / 100, edition)
expect("toy.parts", 12, edition)
"""


# ---- files


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page whose values depend on the seed, in a course of its own."""
    page = content.Page(tmp_path / "toy.py", tmp_path / "notebooks" / "toy.ipynb")
    page.source.write_text(LESSON)
    path = tmp_path / "bands.toml"
    path.write_text(BANDS)
    for module in (calibrate, alarms):
        monkeypatch.setattr(module, "BANDS_FILE", path)
    return page


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "measurements"


def line(page, seed, loss=2.0):
    code = measurements.fingerprints.values(page, "offline")
    values = {"toy.loss": loss, "toy.parts": 12}
    return {
        "edition": "offline",
        "seed": seed,
        "arithmetic": "as it comes",
        "code": code,
        "values": values,
    }


def test_runs_are_kept_and_read_back(page, folder):
    for seed in range(3):
        measurements.add(page, partial(line, page, seed), folder)
    assert [run["seed"] for run in measurements.read(page, "offline", folder)] == [0, 1, 2]
    assert measurements.read(page, "original", folder) == []


def test_measurements_of_older_code_do_not_count_and_stay(page, folder):
    measurements.add(page, partial(line, page, 0), folder)
    page.source.write_text(LESSON.replace("2 +", "3 +"))
    assert measurements.read(page, "offline", folder) == []
    measurements.add(page, partial(line, page, 0), folder)
    assert len(measurements.read(page, "offline", folder)) == 1
    assert len(measurements.path_of(page, folder).read_text().splitlines()) == 2


def test_text_and_bands_leave_measurements_valid(page, folder):
    measurements.add(page, partial(line, page, 0), folder)
    page.source.write_text("# %% [markdown]\n# New text\n\n" + LESSON)
    assert len(measurements.read(page, "offline", folder)) == 1


def test_half_a_line_of_a_killed_run_is_no_harm(page, folder):
    measurements.add(page, partial(line, page, 0), folder)
    path = measurements.path_of(page, folder)
    with path.open("ab") as file:
        file.write(b'{"edition": "offl')
    assert len(measurements.read(page, "offline", folder)) == 1
    measurements.add(page, partial(line, page, 1), folder)
    assert [run["seed"] for run in measurements.read(page, "offline", folder)] == [0, 1]


@pytest.mark.parametrize("text", ["no json\n", "[]\n", '{"edition": "offline"}\n'])
def test_a_damaged_line_is_named_and_nothing_is_lost(page, folder, text):
    measurements.add(page, partial(line, page, 0), folder)
    path = measurements.path_of(page, folder)
    path.write_text(path.read_text() + text)
    with pytest.raises(MeasurementError, match=r"toy.jsonl, line 2, is no measurement"):
        measurements.read(page, "offline", folder)


def test_moments_that_were_kept_without_values_count_too(page, folder):
    code = measurements.fingerprints.values(page, "offline")
    kept = {"toy.loss": [2.0, 0.1, 1.8, 2.2]}
    old = {"edition": "offline", "code": code, "runs": 5, "moments": kept}
    measurements.add(page, lambda: old, folder)
    measurements.add(page, partial(line, page, 7), folder)
    found = measurements.moments(measurements.read(page, "offline", folder))
    assert (found["toy.loss"].runs, found["toy.parts"].runs) == (6, 1)


# ---- measuring


def test_a_run_notes_seed_arithmetic_and_values(page):
    run = calibrate.measure(page, "offline", 3)
    assert set(run) == measurements.KEYS[0]
    assert run["values"] == {"toy.loss": 2.03, "toy.parts": 12}
    assert (run["seed"], run["arithmetic"]) == (3, "as it comes")
    assert calibrate.measure(page, "offline", 4)["arithmetic"] == "AVX2"


def test_arithmetics_take_turns_and_reach_the_page(page):
    names = ("ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "COURSE_ARITHMETIC")
    found = f"int(''.join('01'[bool(os.environ.get(n))] for n in {names}))"
    page.source.write_text(LESSON.replace("2 + (seed % 7) / 100", found))
    values = [calibrate.measure(page, "offline", seed)["values"]["toy.loss"] for seed in range(3)]
    assert values == [10, 111, 11]


def test_a_result_measured_twice_is_an_error(page):
    page.source.write_text(LESSON + 'expect("toy.loss", 1, edition)\n')
    with pytest.raises(MeasurementError, match="twice"):
        calibrate.measure(page, "offline", 0)


def test_calibration_keeps_what_is_written_by_hand(page):
    measured = {"toy.loss": Moments.of([0.5, 0.6, 0.7, 0.6, 0.5]), "toy.parts": Moments.of([12])}
    assert calibrate.write(measured, "offline") == []
    assert calibrate.write(measured, "offline") == []
    text = calibrate.BANDS_FILE.read_text()
    assert text.startswith('# why\n["toy.loss"]\nwhat = "a loss"\nkind = "size"\nbroken = 9\n')
    entries = tomllib.loads(text)
    assert 0 < entries["toy.loss"]["offline"]["low"] < 0.5
    assert entries["toy.parts"]["offline"] == {"low": 12, "high": 12, "from": "1 runs, all 12"}
    assert not list(calibrate.BANDS_FILE.parent.glob("*.part"))


def test_a_band_ends_where_there_can_be_nothing_more():
    measured, entry = Moments.of([4, 9, 5, 7, 8]), {"kind": "count"}
    assert bands.band_of(measured, entry)["high"] > 20
    assert bands.band_of(measured, entry | {"least": 1, "most": 20}) == {"low": 1, "high": 20}


def test_a_result_without_a_band_does_not_hold_up_the_others(page):
    measured = {"toy.loss": Moments.of([0.5, 0.6]), "toy.parts": Moments.of([12, 12])}
    (fault,) = calibrate.write(measured, "offline")
    assert fault == "toy.loss (offline): 2 runs are too few; a band needs 5"
    assert "low = 12" in calibrate.BANDS_FILE.read_text()


@pytest.fixture
def small_course(page, folder, monkeypatch):
    """Calibration and alarms of this page alone, with files of its own."""
    monkeypatch.setattr(build, "chosen", lambda names: [page])
    monkeypatch.setattr(content, "pages", lambda: [page])
    real = measurements.read, measurements.add

    def read(page, edition, where=measurements.FOLDER):
        return real[0](page, edition, folder / where.name)

    def add(page, run, where=measurements.FOLDER):
        return real[1](page, run, folder / where.name)

    monkeypatch.setattr(measurements, "read", read)
    monkeypatch.setattr(measurements, "add", add)
    monkeypatch.setattr(measurements, "ALARMS", folder / "alarms")
    return page


def run(module, monkeypatch, *options):
    monkeypatch.setattr("sys.argv", [module.__name__, *options])
    module.main()


def test_calibration_goes_on_where_it_was_killed(small_course, monkeypatch):
    seeds = []
    measure = calibrate.measure

    def counted(page, edition, seed):
        if len(seeds) == 2:
            raise KeyboardInterrupt
        seeds.append(seed)
        return measure(page, edition, seed)

    monkeypatch.setattr(calibrate, "measure", counted)
    with pytest.raises(KeyboardInterrupt):
        run(calibrate, monkeypatch, "--edition", "offline", "--runs", "5")
    monkeypatch.setattr(calibrate, "measure", lambda *a: seeds.append(a[2]) or measure(*a))
    run(calibrate, monkeypatch, "--edition", "offline", "--runs", "5")
    assert seeds == [0, 1, 2, 3, 4]
    entry = tomllib.loads(calibrate.BANDS_FILE.read_text())["toy.loss"]["offline"]
    assert entry["low"] < 2 < entry["high"]
    assert entry["from"].startswith("5 runs: mean 2.0200")


def test_where_both_editions_hold_the_same_data_a_run_counts_for_both(small_course, monkeypatch):
    monkeypatch.setattr(calibrate, "same_data", lambda page: True)
    run(calibrate, monkeypatch, "--edition", "offline", "--runs", "5")
    ours, theirs = (measurements.read(small_course, edition) for edition in calibrate.EDITIONS)
    assert [one["values"] for one in ours] == [one["values"] for one in theirs]
    assert len(ours) == 5


def test_a_seed_that_both_editions_have_is_not_counted_twice(small_course, monkeypatch):
    run(calibrate, monkeypatch, "--edition", "original", "--runs", "5")
    monkeypatch.setattr(calibrate, "same_data", lambda page: True)
    run(calibrate, monkeypatch, "--runs", "6")
    for edition in calibrate.EDITIONS:
        seeds = [one["seed"] for one in measurements.read(small_course, edition)]
        assert sorted(seeds) == [0, 1, 2, 3, 4, 5]


def test_which_pages_load_the_same_data_in_both_editions():
    same = {page.name for page in content.pages() if calibrate.same_data(page)}
    assert {"01_neural_net_basics", "09_mil_attention"} <= same
    assert not {"00_start_here", "02_imdb_binary_classification", "07_transfer_learning"} & same


@pytest.mark.parametrize(("options", "words"), [(["--runs", "3"], "3; a band needs at least 5")])
def test_too_few_runs_are_refused(small_course, monkeypatch, capsys, options, words):
    with pytest.raises(SystemExit):
        run(calibrate, monkeypatch, *options)
    assert words in capsys.readouterr().err


def test_alarms_count_what_falls_outside(small_course, monkeypatch, capsys):
    text = BANDS.replace(
        "broken = 9", 'broken = 9\noffline = {low = 1.9, high = 2.045, from = "5 runs"}'
    )
    alarms.BANDS_FILE.write_text(text)
    run(alarms, monkeypatch, "--runs", "3")  # seeds 1000 to 1002: 1000 % 7 is 6
    words = capsys.readouterr().out
    assert "toy.loss = 2.06, outside 1.9 to 2.045 (offline, seed 1000, AVX2)" in words
    assert "3 unseen runs of pages, 3 results: 1 outside their bands, 0.0 expected" in words
    assert alarms.tally("offline").expected == pytest.approx(3 * bands.RISK)
    alarms.BANDS_FILE.write_text(text.replace("high = 2.045", "high = 2.045, risk = 0.002"))
    assert alarms.tally("offline").expected == pytest.approx(3 * 0.002)


def test_the_seeds_of_alarms_are_unseen():
    for path in measurements.ALARMS.rglob("*.jsonl"):
        twin = measurements.FOLDER / path.relative_to(measurements.ALARMS)
        kept, unseen = (
            {
                (run["edition"], run["code"], run["seed"])
                for run in map(json.loads, file.read_text("utf-8").splitlines())
                if "seed" in run
            }
            for file in (twin, path)
        )
        assert not kept & unseen, path.name
        assert all(seed >= alarms.FIRST_SEED for _, _, seed in unseen)
