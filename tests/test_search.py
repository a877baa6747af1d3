"""The shared search: kills, resumption, several processes, damaged storages, bad input."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from toy_reviews import on_posix

from helpers import database
from helpers import search as module
from helpers.search import Search

COMPLETE, FAIL, PRUNED = (
    optuna.trial.TrialState.COMPLETE,
    optuna.trial.TrialState.FAIL,
    optuna.trial.TrialState.PRUNED,
)


# A worker as in the lesson, with a light objective; it waits for ever inside the trial `hang`.
WORKER = """
import sys, time
from helpers import database, search
database.HEARTBEAT_S, database.GRACE_S = 1, 2
storage, trials, hang = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    trial.report(x, 0)
    while trial.number == hang:
        time.sleep(0.01)
    time.sleep(0.005)
    return (x - 0.3) ** 2

search.Search("light", seed=1, storage=storage).run(objective, trials)
"""


@pytest.fixture
def start_worker():
    """Start workers; those that still run when the test ends, in whatever way, are ended."""
    workers = []

    def start(storage, trials, hang=-1):
        workers.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, str(storage), str(trials), str(hang)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[1])},
            )
        )
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()
        worker.stdout.close()
        worker.stderr.close()


def parabola(trial):
    return (trial.suggest_float("x", -1, 1) - 0.3) ** 2


def ended(worker):
    out, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err
    assert err == "", "a search writes nothing to stderr"
    return out


def wait_for(condition, worker):
    while not condition():
        assert worker.poll() is None, worker.communicate()[1]
        time.sleep(0.01)


def states(study):
    return [trial.state for trial in study.trials]


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "search.journal"


# --- one process ---


def test_search_runs_until_there_are_enough_finished_trials(journal, capfd):
    search = Search("light", seed=1, storage=journal)
    search.run(parabola, trials=12)
    out, err = capfd.readouterr()
    assert states(search.study) == [COMPLETE] * 12
    assert out.splitlines()[-1].endswith("light: 12 trials finished, 0 of them before this run")
    assert err == ""


def test_finished_search_does_nothing_more(journal):
    Search("light", seed=1, storage=journal).run(parabola, trials=3)
    again = Search("light", seed=1, storage=journal)
    again.run(None, trials=3)  # the objective is not even called
    assert again.finished == 3


def test_interrupted_and_whole_search_try_the_same_settings(tmp_path):
    whole = Search("light", seed=5, storage=tmp_path / "whole")
    whole.run(parabola, trials=14)
    for trials in (4, 11, 14):
        parts = Search("light", seed=5, storage=tmp_path / "parts")
        parts.run(parabola, trials=trials)
    assert [t.params for t in parts.study.trials] == [t.params for t in whole.study.trials]


def test_another_seed_tries_other_settings(tmp_path):
    tried = []
    for seed in (1, 2):
        search = Search("light", seed=seed, storage=tmp_path / str(seed))
        search.run(parabola, trials=2)
        tried.append([t.params for t in search.study.trials])
    assert tried[0] != tried[1]


def test_two_studies_share_a_storage_without_mixing(journal):
    for name, trials in (("first", 2), ("second", 3)):
        Search(name, seed=1, storage=journal).run(parabola, trials=trials)
    assert Search("first", seed=1, storage=journal).finished == 2


def test_pruned_trials_count_as_finished(journal):
    def prunes(trial):
        trial.suggest_float("x", 0, 1)
        if trial.number % 2:
            raise optuna.TrialPruned()
        return 1.0

    search = Search("light", seed=1, storage=journal)
    search.run(prunes, trials=4)
    assert states(search.study) == [COMPLETE, PRUNED] * 2


def test_objective_that_fails_keeps_what_was_finished(journal):
    def fails(trial):
        if trial.number == 2:
            raise RuntimeError("no more memory")
        return parabola(trial)

    with pytest.raises(RuntimeError, match="no more memory"):
        Search("light", seed=1, storage=journal).run(fails, trials=5)
    search = Search("light", seed=1, storage=journal)
    search.run(parabola, trials=5)
    assert states(search.study) == [COMPLETE, COMPLETE, FAIL, COMPLETE, COMPLETE, COMPLETE]


def test_environment_names_the_storage(journal, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SEARCH", str(journal))
    Search("light", seed=1).run(parabola, trials=1)
    assert journal.exists()
    monkeypatch.delenv("COURSE_SEARCH")
    monkeypatch.chdir(tmp_path)
    Search("light", seed=1).run(parabola, trials=1)
    assert (tmp_path / module.DEFAULT_STORAGE).exists()


def test_nothing_is_left_beside_the_journal_but_its_lock(journal):
    Search("light", seed=1, storage=journal).run(parabola, trials=2)
    left = {path.name for path in journal.parent.iterdir()}
    assert left <= {"search.journal", "search.journal.lock"}


# --- several processes ---


@on_posix
def test_killed_process_loses_no_finished_trial(journal, start_worker):
    """Two processes, one killed in the middle of a trial; the search then ends in full."""
    doomed = start_worker(journal, 30, hang=5)
    search = Search("light", seed=1, storage=journal)
    wait_for(lambda: len(search.study.trials) > 5 and search.study.trials[5].params, doomed)
    other = start_worker(journal, 12)  # works on while the first one hangs in trial 5
    wait_for(lambda: search.finished >= 8, other)
    doomed.send_signal(signal.SIGKILL)
    doomed.communicate()
    before = {t.number: t.value for t in search.study.trials if t.state == COMPLETE}
    ended(other)
    search.run(parabola, trials=20)

    trials = search.study.trials
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert {number: trials[number].value for number in before} == before
    assert trials[5].state == FAIL
    (retry,) = (t for t in trials if t.user_attrs.get("retry_of") == 5)
    assert (retry.state, retry.params) == (COMPLETE, trials[5].params)
    assert search.finished == 20
    assert len(trials) == 21
    assert not list(journal.parent.glob("*.alive"))


def test_living_process_is_left_alone(journal, start_worker):
    waiting = start_worker(journal, 30, hang=2)
    search = Search("light", seed=1, storage=journal)
    wait_for(lambda: len(search.study.trials) > 2 and search.study.trials[2].params, waiting)
    search.run(parabola, trials=6)
    assert search.study.trials[2].state == optuna.trial.TrialState.RUNNING
    assert search.finished == 6


def test_processes_share_the_work_and_no_settings(journal, start_worker):
    workers = [start_worker(journal, 24) for _ in range(2)]
    for worker in workers:
        ended(worker)
    study = Search("light", seed=1, storage=journal).study
    assert 24 <= len(study.trials) <= 25  # two may begin the last trial at the same time
    assert [t.number for t in study.trials] == list(range(len(study.trials)))
    assert set(states(study)) == {COMPLETE}
    values = [t.params["x"] for t in study.trials]
    assert len(set(values)) == len(values)


def test_settings_that_kill_every_process_are_given_up(journal, start_worker):
    for number in range(module.MAX_RETRIES + 1):
        doomed = start_worker(journal, 1, hang=number)
        study = Search("light", seed=1, storage=journal).study
        wait_for(lambda n=number, s=study: len(s.trials) > n and s.trials[n].params, doomed)
        doomed.kill()
        doomed.communicate()
    search = Search("light", seed=1, storage=journal)
    search.run(parabola, trials=1)
    assert states(search.study) == [FAIL] * (module.MAX_RETRIES + 1) + [COMPLETE]
    assert search.study.trials[-1].params != search.study.trials[0].params


def test_trial_of_another_machine_is_left_to_it(journal):
    search = Search("light", seed=1, storage=journal)
    elsewhere = search.study.ask()
    elsewhere.set_user_attr("worker", "another-host-0123456789ab")
    search.run(parabola, trials=2)
    assert search.study.trials[0].state == optuna.trial.TrialState.RUNNING
    assert search.finished == 2


def _has_given_a_sign(database, trial):
    """Tell whether a trial is in its objective, and its heartbeat, a thread, in the database.

    Optuna takes a trial without any heartbeat for one that is about to begin, for ever.
    """
    begun = """SELECT count(*) FROM trials JOIN trial_params USING (trial_id)
        JOIN trial_heartbeats USING (trial_id) WHERE number = ?"""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as opened:
        return opened.execute(begun, (trial,)).fetchone() == (1,)


def test_database_is_shared_and_survives_a_kill(tmp_path, monkeypatch, start_worker):
    monkeypatch.setattr(database, "HEARTBEAT_S", 1)
    monkeypatch.setattr(database, "GRACE_S", 2)
    url = f"sqlite:///{tmp_path / 'search.db'}"
    doomed = start_worker(url, 10, hang=3)
    search = Search("light", seed=1, storage=url)
    wait_for(lambda: _has_given_a_sign(tmp_path / "search.db", trial=3), doomed)
    doomed.kill()
    doomed.communicate()
    finished_before = search.finished
    search.run(parabola, trials=6)
    while search.study.trials[3].state != FAIL:  # seen as dead after its grace
        time.sleep(0.2)
        search.run(parabola, trials=search.finished + 1)
    assert finished_before == 3
    search.run(parabola, trials=search.finished + 1)
    (retry,) = (t for t in search.study.trials if t.user_attrs.get("retry_of") == 3)
    assert (retry.state, retry.params) == (COMPLETE, search.study.trials[3].params)


def test_processes_that_create_a_database_together_all_get_it(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'search.db'}"
    Search("light", seed=1, storage=url)
    real, calls = database.Database, []

    def beaten_to_it(*args, **options):
        calls.append(args)
        if len(calls) < 3:
            reason = Exception("table alembic_version already exists")
            raise sqlalchemy.exc.OperationalError("CREATE TABLE", None, reason)
        return real(*args, **options)

    monkeypatch.setattr(database, "Database", beaten_to_it)
    Search("light", seed=1, storage=url).run(parabola, trials=1)
    assert len(calls) == 3
