"""A hyper-parameter search that several processes share, and that a kill cannot undo.

Every trial is in a storage as soon as it is finished. A storage is a journal, which is a file
that the processes of one machine or of one shared disk append to, or a database for machines
that share no disk. Whoever opens the same study in the same storage takes part in its search.
"""

import json
import math
import os
import socket
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import filelock
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState
from tqdm import tqdm

from helpers.database import SearchError, is_url, open_database
from helpers.session import checked_seed

DEFAULT_STORAGE = "search.journal"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
MAX_RETRIES = 2  # settings that end their process, for want of memory perhaps, are then given up
LOCK_LIMIT_S = 30  # an entry in the journal takes milliseconds
ENTRY = b'{"op_code":'  # how each line of a journal begins

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class Search:
    """A search for the settings with the smallest value.

    The sampler is Optuna's tree-structured Parzen estimator. It draws from the seed *and* the
    trial's number, so that no two processes try the same settings, and a search that goes on
    after a kill does not repeat its first draws. The attribute ``study`` is the ``optuna.Study``,
    with all trials of all processes.

    The seed is an integer from 0 to 2**32 - 1. A pruner ends trials early; None never does. The
    storage is a file, for a journal, or the URL of a database, such as
    "postgresql://user:password@host/name"; None takes ``COURSE_SEARCH`` from the environment, or
    else the file "search.journal" in the current folder. ``ValueError``: the name is empty, or the
    seed not in its range. ``SearchError``: the journal is damaged, locked or unwritable, or the URL
    leads nowhere.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        pruner: optuna.pruners.BasePruner | None = None,
        storage: str | os.PathLike | None = None,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"the name is {name!r}; give the search a name, such as 'imdb'")
        place = os.fspath(storage or os.environ.get("COURSE_SEARCH") or DEFAULT_STORAGE)
        self._journal = None if is_url(place) else Path(place)
        self._database = None if self._journal else open_database(place, _queue_again)
        self.study = optuna.create_study(
            sampler=_SeededByTrial(seed),
            storage=_open_journal(self._journal) if self._journal else self._database,
            study_name=name,
            pruner=pruner or optuna.pruners.NopPruner(),
            load_if_exists=True,
        )

    @property
    def finished(self) -> int:
        """How many trials came to their end, pruned ones included."""
        return len(self.study.get_trials(deepcopy=False, states=FINISHED))

    def run(self, objective: Callable[[Trial], float], trials: int) -> None:
        """Run trials until the study has so many finished ones, whoever ran them.

        Call it in several processes, and they share the work; those that finish at the same
        time may add a trial too many. End it in any way, and all finished trials are kept;
        call it again, and it goes on. Settings whose process died are tried again. A bar
        counts the finished trials, pruned ones included; one line remains.

        The objective gets a trial, and returns a finite number or raises ``optuna.TrialPruned``.
        Anything else, or a number of trials that is not whole and over 0, is a ``ValueError``.
        ``SearchError``: the server of the database has stayed away, even after a long wait.
        """
        if isinstance(trials, bool) or not hasattr(trials, "__index__") or trials < 1:
            raise ValueError(f"trials is {trials!r}; expected a whole number, 1 or more")
        before = done = self.finished
        bar = tqdm(total=trials, unit="trial", file=sys.stdout, leave=False, ncols=80)
        with self._sign_of_life() as worker, bar:
            while done < trials:
                bar.update(done - bar.n)
                self._close_dead_trials()
                self.study.optimize(lambda trial: _signed(objective, worker, trial), n_trials=1)
                done = self.finished
        print(f"{self.study.study_name}: {done} trials finished, {before} of them before this run")

    # Who is alive? Beside a journal, each process holds a lock of its own while it searches. The
    # operating system frees it when the process ends, in whatever way: a trial under a free lock
    # is dead. That is sure on one machine, so each machine looks after its own processes only.
    # For a database, Optuna does the same with signs of life that are stored there. When its
    # server is gone, Optuna stumbles over that in several ways; here all of them become one.

    @contextmanager
    def _sign_of_life(self) -> Iterator[str]:
        worker = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        with ExitStack() as at_the_end:
            if self._journal:
                lock = self._lock_of(worker)
                at_the_end.callback(_remove, lock)
                at_the_end.enter_context(lock)
            if self._database:
                self._database.gone = ""
            try:
                yield worker
            except Exception as error:
                if self._database and self._database.gone:
                    raise SearchError(self._database.gone) from error
                raise

    def _close_dead_trials(self) -> None:
        """Close the trials of dead processes, and queue their settings again."""
        for trial in self._running():
            worker = trial.user_attrs.get("worker", "")
            if self._journal and worker.startswith(f"{socket.gethostname()}-"):
                lock = self._lock_of(worker)
                with suppress(filelock.Timeout), lock.acquire(timeout=0):
                    if trial.number in [t.number for t in self._running()]:  # nobody closed it
                        self.study.tell(trial.number, state=TrialState.FAIL)
                        _queue_again(self.study, trial)
                    _remove(lock)

    def _lock_of(self, worker: str) -> filelock.BaseFileLock:
        return filelock.FileLock(f"{self._journal}.{worker}.alive")

    def _running(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


def _signed(objective: Callable[[Trial], float], worker: str, trial: Trial) -> float:
    """Sign a trial, run it, and let no NaN pass: Optuna would drop such a trial in silence."""
    trial.set_user_attr("worker", worker)
    returned = objective(trial)
    with suppress(TypeError, ValueError):
        if math.isfinite(value := float(returned)):
            return value
    raise ValueError(
        f"the objective returned {returned!r} with {trial.params}; expected one finite number. "
        "If a training diverges, let it raise optuna.TrialPruned(), or narrow the ranges"
    )


def _queue_again(study: optuna.Study, trial: FrozenTrial) -> None:
    retries = trial.user_attrs.get("retries", 0) + 1
    if retries <= MAX_RETRIES:
        study.enqueue_trial(trial.params, {"retries": retries, "retry_of": trial.number})


def _remove(lock: filelock.BaseFileLock) -> None:
    with suppress(OSError):  # Windows removes no open file; an empty file does no harm
        os.unlink(lock.lock_file)


class _SeededByTrial(optuna.samplers.TPESampler):
    """Optuna's standard sampler, seeded anew for each trial, also from the trial's number."""

    def __init__(self, seed: int) -> None:
        self._of_search = checked_seed(seed)
        super().__init__(seed=self._of_search)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Start the random numbers of this trial."""
        super().__init__(seed=(self._of_search + 1_000_003 * trial.number) % 2**32)


class _JournalLock(JournalFileOpenLock):
    """The lock of Optuna's journal, but one that dies with its process.

    A process that was killed, or a disk that was full, in the middle of an entry leaves half a
    line. The next entry would be glued to it, and the journal lost. So the holder cuts it off.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._lock = filelock.FileLock(f"{journal}.lock", timeout=LOCK_LIMIT_S)

    def acquire(self) -> bool:
        self._lock.acquire()
        entries = self._journal.read_bytes()
        if not entries.endswith(b"\n"):
            os.truncate(self._journal, entries.rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        self._lock.release()


def _open_journal(path: Path) -> JournalStorage:
    try:
        path.touch()
        _check_journal(path)
        lock = _JournalLock(path)
        lock.acquire()
        lock.release()
        return JournalStorage(JournalFileBackend(str(path), lock))
    except OSError as error:
        held = f"another process has held it for {LOCK_LIMIT_S} seconds, and may be ended"
        refused = f"the journal {path} cannot be written: {error.strerror or held}"
        way_out = "Or name a file in a folder that you can write to in COURSE_SEARCH"
        raise SearchError(f"{refused}. {way_out}") from error
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
        # Optuna replays the entries, and checks them by stumbling.
        refused = f"{path} holds entries that this version of Optuna cannot replay"
        reason = f"{type(error).__name__}: {error}"
        raise SearchError(f"{refused} ({reason}). Move it away to begin a new search") from error


def _check_journal(path: Path) -> None:
    """Read every line: damage is named before anything is written or cut off."""
    lines = path.read_bytes().split(b"\n")
    if lines[-1].startswith(ENTRY) or ENTRY.startswith(lines[-1]):
        del lines[-1]  # half an entry, which the lock cuts off, or nothing
    for number, line in enumerate(lines):
        try:
            json.loads(line if line.startswith(ENTRY) else "")
        except ValueError as error:
            raise SearchError(
                f"{path} is no journal, or it is damaged: line {number + 1} of {len(lines)} cannot "
                f"be read. The {number} lines before it are whole: keep only those to go on from "
                "there, or move the file away to begin a new search"
            ) from error
