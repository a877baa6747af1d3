"""A database whose server is away for a while: nothing is lost, nothing is done twice."""

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import exc

from helpers import database
from helpers.search import Search, SearchError


def parabola(trial):
    guess = trial.suggest_float("guess", -10, 10)
    trial.report(guess, 0)
    return (guess - 2) ** 2


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / '{search}.db'}"


@pytest.fixture
def lose(monkeypatch):
    """Let a connection be lost in an operation, a number of times, before or after it is done."""

    def lose(operation, times=1, done=False, error=exc.OperationalError):
        real, left = getattr(RDBStorage, operation), [times]

        def loses(self, *args, **options):
            if not left[0]:
                return real(self, *args, **options)
            left[0] -= 1
            if done:
                real(self, *args, **options)
            raise StorageInternalError("commit") from error("COMMIT", None, Exception("cut off"))

        monkeypatch.setattr(RDBStorage, operation, loses)
        return left

    monkeypatch.setattr(database, "PAUSE_S", 0)
    return lose


def ended(search):
    return [(trial.state.name, trial.value) for trial in search.study.trials]


@pytest.mark.parametrize(
    ("error", "times"), [(exc.OperationalError, 1), *((error, 3) for error in database.LOST)]
)
def test_lost_connection_costs_no_trial(url, lose, error, times, capfd):
    search = Search("light", seed=1, storage=url)
    for operation in ("get_trial", "_get_trials", "_set_trial_param", "set_trial_user_attr"):
        if hasattr(RDBStorage, operation):  # Optuna's own names may change
            left = lose(operation, times, error=error)
            search.run(parabola, search.finished + 1)
            assert left == [0], operation
    assert {trial.state for trial in search.study.trials} == {TrialState.COMPLETE}
    out, err = capfd.readouterr()
    assert ("does not answer" in out) == (times > 1)
    assert err == ""


def test_value_whose_receipt_was_lost_counts_once(url, lose):
    search = Search("light", seed=1, storage=url)
    left = lose("set_trial_state_values", done=True)
    search.run(parabola, trials=2)
    assert left == [0]
    assert [state for state, _ in ended(search)] == ["COMPLETE", "COMPLETE"]


def test_pruned_trial_whose_receipt_was_lost_counts_once(url, lose):
    def pruned(trial):
        trial.report(1.0, 0)
        raise optuna.TrialPruned

    search = Search("light", seed=1, storage=url)
    left = lose("set_trial_state_values", done=True)
    search.run(pruned, trials=2)
    assert left == [0]
    assert [state for state, _ in ended(search)] == ["PRUNED", "PRUNED"]


def test_trial_that_two_processes_find_dead_is_failed_by_one(url):
    search = Search("light", seed=1, storage=url)
    trial = search.study.ask()
    search._database.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        search._database.set_trial_state_values(trial._trial_id, TrialState.FAIL)


def test_nobody_is_dead_who_could_give_no_sign_of_life(url, lose, monkeypatch):
    monkeypatch.setattr(RDBStorage, "_get_stale_trial_ids", lambda self, study_id: [7])
    storage = Search("light", seed=1, storage=url)._database
    assert storage._get_stale_trial_ids(1) == [7]
    lose("record_heartbeat")
    storage.record_heartbeat(1)
    assert storage._get_stale_trial_ids(1) == []
    monkeypatch.setattr(database, "GRACE_S", -1)  # it is over
    assert storage._get_stale_trial_ids(1) == [7]


def test_each_outage_is_waited_for_anew(url, lose, monkeypatch):
    search = Search("light", seed=1, storage=url)
    monkeypatch.setattr(database, "WAIT_S", 60)
    now = [1.0]
    monkeypatch.setattr(database.time, "monotonic", lambda: now[0])

    def twice_away(trial):
        for _ in range(2):
            lose("record_heartbeat")
            search._database.record_heartbeat(trial._trial_id)
            search._database.record_heartbeat(trial._trial_id)  # and back again
            now[0] += 1_000
            lose("set_trial_user_attr", times=3)
            trial.set_user_attr("at", now[0])
        return 1.0

    search.run(twice_away, trials=1)
    assert ended(search) == [("COMPLETE", 1.0)]


@pytest.mark.parametrize("operation", ["get_trial", "_get_trials", "set_trial_user_attr"])
def test_server_that_stays_away_ends_the_search_with_one_line(url, lose, monkeypatch, operation):
    search = Search("light", seed=1, storage=url)
    search.run(parabola, trials=2)
    monkeypatch.setattr(database, "WAIT_S", 0)
    left = lose(operation, times=1_000_000)
    with pytest.raises(SearchError, match=r"cut off. This has waited .* trials are kept") as caught:
        search.run(parabola, trials=3)
    assert "\n" not in str(caught.value)
    left[0] = 0  # it is back
    with pytest.raises(ZeroDivisionError):
        search.run(lambda trial: 1 / 0, trials=3)
    search.run(parabola, trials=3)
    assert search.finished == 3


def test_other_errors_are_not_waited_for(url, lose):
    search = Search("light", seed=1, storage=url)
    left = lose("_get_trials", times=1_000_000, error=exc.DataError)
    with pytest.raises(StorageInternalError):
        search.run(parabola, trials=1)
    assert left[0] > 1_000_000 - 10


def test_error_of_the_objective_stays_what_it_is(url):
    def fails(trial):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        Search("light", seed=1, storage=url).run(fails, trials=1)


@pytest.mark.parametrize("name", ["C:/search.journal", "C:\\search.journal", "a/b:c", "my.journal"])
def test_file_is_no_url(name):
    assert not database.is_url(name)
