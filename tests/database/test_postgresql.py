"""Lesson 5's search on a real PostgreSQL: a kill, two restarts, and what is said of a bad URL."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from optuna.trial import TrialState
from server import USER, Server

from course import content
from helpers.search import Search, SearchError

NO_ANSWER = "does not answer"
LIMIT_S = 600  # a machine that is busy with other things is slow
HAS_GIVEN_A_SIGN = """SELECT count(*) FROM trials JOIN trial_heartbeats USING (trial_id)
    WHERE state = 'RUNNING' AND number = """
MAKE_IT_LONG_AGO = """UPDATE trial_heartbeats SET heartbeat = heartbeat - INTERVAL '1 hour'
    FROM trials WHERE trials.trial_id = trial_heartbeats.trial_id AND number = """


@pytest.fixture(scope="module")
def server():
    """A running server, in a folder that its account can reach; nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="course-database-"))
    server = Server(folder)
    try:
        server.start()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder)


class Worker:
    """A process of a search, with what it has written down and said."""

    def __init__(self, folder, url, *options, **env):
        self.folder = folder
        with (folder / "said").open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-u", Path(__file__).with_name("worker.py"), folder, *options],
                env={**os.environ, **env, "COURSE_SEARCH": url},
                cwd=content.ROOT,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    @property
    def finished(self):
        """The trials that it finished, as pairs of number and value."""
        file = self.folder / "finished"
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [tuple(json.loads(line)) for line in lines if line.endswith("\n")]

    @property
    def said(self):
        return (self.folder / "said").read_text()

    def stop(self):
        (self.folder / "stop").touch()
        assert self.process.wait(LIMIT_S) == 0, self.said
        assert self.said.endswith("stopped\n"), self.said
        assert "Traceback" not in self.said, self.said


@pytest.fixture
def start(tmp_path):
    """Start workers; none outlives the test."""
    workers = []

    def start(url, *options, **env):
        folder = tmp_path / str(len(workers))
        folder.mkdir()
        workers.append(Worker(folder, url, *options, **env))
        return workers[-1]

    yield start
    for worker in workers:
        worker.process.kill()
        worker.process.wait()


def wait_for(condition, workers):
    """Return when a condition is met; until then each of the workers must be alive."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, [worker.said for worker in workers]
        for worker in workers:
            assert worker.process.poll() is None, worker.said
        time.sleep(0.05)


def all_go_on(workers):
    """Return when each worker has finished one more trial."""
    before = [len(worker.finished) for worker in workers]
    for worker, count in zip(workers, before, strict=True):
        wait_for(lambda w=worker, n=count: len(w.finished) > n, workers)


def complete(study):
    return {t.number: t.value for t in study.trials if t.state == TrialState.COMPLETE}


def test_four_processes_a_kill_and_two_restarts_lose_no_finished_trial(server, start):
    url = server.new_database("shared")
    doomed = start(url, "3")  # the four make the tables together, too
    others = [start(url) for _ in range(3)]
    wait_for(lambda: "hangs in trial" in doomed.said, [doomed, *others])
    cut_off = int(re.search(r"hangs in trial (\d+)", doomed.said)[1])
    signs = f"{HAS_GIVEN_A_SIGN} {cut_off}"
    wait_for(lambda: server.ask("shared", signs) == [(1,)], [doomed, *others])
    doomed.process.kill()
    doomed.process.wait()
    all_go_on(others)

    for number, how in enumerate(("fast", "immediate"), 1):
        with server.away(how):  # all three notice it, and none of them ends
            wait_for(lambda n=number: all(w.said.count(NO_ANSWER) == n for w in others), others)
        all_go_on(others)
    for worker in others:
        worker.stop()

    # Dead is who has given no sign of life for a minute: then its settings are tried again.
    search, mine = Search("demo", seed=1, storage=url), []
    assert search.study.trials[cut_off].state == TrialState.RUNNING
    server.ask("shared", f"{MAKE_IT_LONG_AGO} {cut_off}")

    def objective(trial):
        mine.append((trial.number, trial.suggest_float("guess", -10, 10)))
        return mine[-1][1]

    wanted = search.finished + 2
    search.run(objective, wanted)
    trials = search.study.trials
    [retry] = [trial for trial in trials if trial.user_attrs.get("retry_of") == cut_off]
    assert (retry.state, retry.params) == (TrialState.COMPLETE, trials[cut_off].params)
    failed = [trial.number for trial in trials if trial.state == TrialState.FAIL]
    assert cut_off in failed
    assert len(failed) == 1 + len(others), "nothing but the kill and the stops may cost a trial"

    finished = [pair for worker in (doomed, *others) for pair in worker.finished] + mine
    assert set(Counter(number for number, _ in finished).values()) == {1}, "one counts twice"
    assert complete(search.study) == dict(finished)
    assert search.finished == wanted == len(finished)


def test_server_that_stays_away_ends_the_search_with_one_line(server, start):
    url = server.new_database("away")
    worker = start(url, WAIT_S="2")
    all_go_on([worker])
    with server.away():
        assert worker.process.wait(LIMIT_S) == 1
    last = worker.said.splitlines()[-1]
    assert re.search(rf"SearchError: .*{NO_ANSWER}.*All finished trials are kept", last), last
    assert server.password not in worker.said
    study = Search("demo", seed=1, storage=url).study
    # It may have been about to hand over the last one.
    assert complete(study).items() <= dict(worker.finished).items()
    assert len(complete(study)) >= len(worker.finished) - 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "mistaken"}, "password authentication failed"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"port": 1}, "Connection refused"),
    ],
)
def test_wrong_address_is_explained_in_one_line_without_the_password(server, wrong, reason):
    with pytest.raises(SearchError, match=reason) as caught:
        Search("demo", seed=1, storage=server.url(**{"database": "postgres", **wrong}))
    line = str(caught.value)
    assert line.startswith(f"postgresql://{USER}:***@127.0.0.1:"), line
    assert "Check address, name and password" in line
    assert "\n" not in line
    assert server.password not in line
    assert "mistaken" not in line


def test_missing_driver_is_explained_with_the_command(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed
    with pytest.raises(SearchError, match=re.escape('pip install "psycopg[binary]"')):
        Search("demo", seed=1, storage=server.url("postgres"))
