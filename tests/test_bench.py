"""What a benchmark writes keeps what it did not measure, unless another machine measured it.

And what is committed belongs to the tasks and to the promises of the pages as they are.
"""

import json
import re

import pytest

from benchmarks import run
from course import content


def measured(path):
    return json.loads(path.read_text("utf-8"))


def test_one_page_measured_again_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    run.save("lessons", "offline", {"01": {"seconds": 40}, "02": {"seconds": 20}})
    run.save("lessons", "original", {"01": {"seconds": 50}})
    run.save("lessons", "offline", {"02": {"seconds": 10}})
    found = measured(run.RESULTS)["lessons"]
    assert found["offline"]["measured"] == {"01": {"seconds": 40}, "02": {"seconds": 10}}
    assert found["original"]["measured"] == {"01": {"seconds": 50}}


def test_what_another_machine_measured_is_not_mixed_in(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    run.save("lessons", "offline", {"01": {"seconds": 40}})
    monkeypatch.setattr(run, "machine", lambda: {"cpu": "another"})
    run.save("lessons", "offline", {"02": {"seconds": 10}})
    assert measured(run.RESULTS)["lessons"]["offline"] == {
        "machine": {"cpu": "another"},
        "measured": {"02": {"seconds": 10}},
    }


@pytest.mark.parametrize("part", run.COMPARISONS)
def test_the_committed_results_are_those_of_the_tasks_as_they_are_now(part):
    noted = measured(run.RESULTS)[part]
    for edition, results in noted.items():
        for name, task in run.COMPARISONS[part].tasks.items():
            found = results["measured"][name]
            assert found | task == found, f"{name} ({edition}) was measured with another task"


@pytest.mark.parametrize("page", content.pages()[1:], ids=lambda page: page.name)  # 00 needs little
def test_a_page_promises_no_less_memory_than_was_measured(page):
    header = re.search(r"\| under ([\d.]+) GB \|", page.source.read_text("utf-8"))
    assert header, "the header says no memory, such as: under 2 GB"
    for edition, results in measured(run.RESULTS)["lessons"].items():
        peak = results["measured"].get(page.name, {}).get("peak_gb", 0)
        assert peak <= float(header[1]), f"it took {peak} GB ({edition})"
