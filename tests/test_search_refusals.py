"""What a search refuses, and says why: damaged journals, wrong addresses, bad input."""

import json
import math
from pathlib import Path

import filelock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import search as module
from helpers.search import Search, SearchError


def parabola(trial):
    return (trial.suggest_float("x", -1, 1) - 0.3) ** 2


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "search.journal"


# --- damaged, locked, unwritable ---


def test_half_an_entry_is_cut_off(journal):
    Search("light", seed=1, storage=journal).run(parabola, trials=3)
    with journal.open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"x","study')  # killed, or a full disk
    search = Search("light", seed=1, storage=journal)
    search.run(parabola, trials=5)
    assert [trial.state.name for trial in search.study.trials] == ["COMPLETE"] * 5
    assert Search("light", seed=1, storage=journal).finished == 5


@given(cut=st.integers(min_value=0, max_value=5000))
def test_journal_cut_anywhere_goes_on(tmp_path_factory, cut):
    journal = tmp_path_factory.mktemp("cut") / "j"
    Search("light", seed=1, storage=journal).run(parabola, trials=3)
    text = journal.read_bytes()
    whole = text[: cut % len(text)]
    journal.write_bytes(whole)
    done = sum(b'"state":1' in line for line in whole.split(b"\n")[:-1])
    search = Search("light", seed=1, storage=journal)
    assert search.finished == done
    search.run(parabola, trials=4)
    assert search.finished == 4


@pytest.mark.parametrize("damage", [b"\x00\xff\x00", b'{"op_code":', b"[1, 2]", b"3", b"a poem"])
def test_damaged_line_is_named_and_nothing_is_written(journal, damage):
    Search("light", seed=1, storage=journal).run(parabola, trials=2)
    lines = journal.read_bytes().split(b"\n")
    lines[3] = damage
    journal.write_bytes(b"\n".join(lines))
    before = journal.read_bytes()
    with pytest.raises(SearchError, match=r"line 4 of \d+ .* The 3 lines before it are whole"):
        Search("light", seed=1, storage=journal)
    assert journal.read_bytes() == before


@pytest.mark.parametrize("entry", ['{"op_code":99}', '{"op_code":4,"worker_id":"x"}'])
def test_entry_of_another_program_is_an_error(journal, entry):
    journal.write_text(entry + "\n")
    with pytest.raises(SearchError, match=r"cannot replay .* Move it away"):
        Search("light", seed=1, storage=journal)


def test_file_that_is_no_journal_is_not_touched(tmp_path):
    other = tmp_path / "essay.txt"
    other.write_text("Dear diary,\ntoday I wrote a line without an end")
    with pytest.raises(SearchError, match="is no journal"):
        Search("light", seed=1, storage=other)
    assert other.read_text().endswith("without an end")


def test_file_of_one_unfinished_line_is_not_touched(tmp_path):
    other = tmp_path / "note.txt"
    other.write_text("no line end at all")
    with pytest.raises(SearchError, match="is no journal"):
        Search("light", seed=1, storage=other)
    assert other.read_text() == "no line end at all"


def test_journal_held_by_another_process_is_an_error(journal, monkeypatch):
    Search("light", seed=1, storage=journal)
    monkeypatch.setattr(module, "LOCK_LIMIT_S", 0.1)
    with (
        filelock.FileLock(f"{journal}.lock"),
        pytest.raises(
            SearchError, match=r"journal .* cannot be written: another process has held it"
        ),
    ):
        Search("light", seed=1, storage=journal)


def test_folder_that_is_none_is_an_error(tmp_path):
    for place in (tmp_path, tmp_path / "no" / "folder", Path(__file__) / "journal"):
        with pytest.raises(SearchError, match=r"cannot be written: .*COURSE_SEARCH"):
            Search("light", seed=1, storage=place)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////no/such/folder/x.db", "unable to open database file"),
        ("nonsense://host/name", "nonsense"),
        ("://", "cannot be read as a database's URL"),
        ("postgresql://me:secret@localhost:1/name", "driver|cannot be used"),
        ("postgresql://me:secret@localhost:port/name", r"me:\*\*\*@localhost:port.* expected"),
        ("postgresql://me:my@secret@localhost/name", r"me:\*\*\*@localhost.* write @ as %40"),
        ("postgresql:me:secret@localhost/name", "cannot be read as a database's URL"),
        ("postgresql://localhost:1/name?password=secret", "driver|cannot be used"),
    ],
)
def test_bad_url_is_explained_without_the_password(url, reason):
    with pytest.raises(SearchError, match=reason) as caught:
        Search("light", seed=1, storage=url)
    assert "secret" not in str(caught.value)


def test_file_that_is_no_database_is_an_error(tmp_path):
    (tmp_path / "x.db").write_text("a poem " * 1000)
    with pytest.raises(SearchError, match="not a database"):
        Search("light", seed=1, storage=f"sqlite:///{tmp_path / 'x.db'}")


# --- bad input ---


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_search_without_a_name_is_refused(journal, name):
    with pytest.raises(ValueError, match="give the search a name"):
        Search(name, seed=1, storage=journal)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, None, "x"])
def test_bad_seed_is_refused(journal, seed):
    with pytest.raises(ValueError, match="expected an integer from 0"):
        Search("light", seed=seed, storage=journal)


@pytest.mark.parametrize("trials", [0, -3, 2.5, True, None, "10"])
def test_bad_number_of_trials_is_refused(journal, trials):
    with pytest.raises(ValueError, match="whole number, 1 or more"):
        Search("light", seed=1, storage=journal).run(parabola, trials=trials)


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "low", [1.0, 2.0]])
def test_objective_without_a_finite_number_is_refused(journal, value):
    search = Search("light", seed=1, storage=journal)
    with pytest.raises(ValueError, match="the objective returned"):
        search.run(lambda trial: value, trials=3)
    assert search.finished == 0


@given(seed=st.integers(0, 2**32 - 1))
def test_every_seed_gives_settings_in_their_range(tmp_path_factory, seed):
    search = Search("light", seed=seed, storage=tmp_path_factory.mktemp("seed") / "j")
    search.run(parabola, trials=2)
    assert all(-1 <= trial.params["x"] <= 1 for trial in search.study.trials)


def test_journal_holds_one_json_object_a_line(journal):
    Search("light", seed=1, storage=journal).run(parabola, trials=2)
    assert all("op_code" in json.loads(line) for line in journal.read_text().splitlines())
