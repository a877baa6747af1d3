"""A database as the storage of a search that several machines share.

A search may last for days, and in that time its server may start anew: what a lost connection has
interrupted is done again as soon as the server answers.
"""

import itertools
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy
from optuna import Study
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import exc
from tqdm import tqdm

HEARTBEAT_S, GRACE_S = 10, 60  # signs of life in the database; without one it counts as dead
WAIT_S, PAUSE_S = 600, 1  # for a server that is away; between two attempts
DRIVER = "psycopg[binary]"  # what pip calls the driver for PostgreSQL
EXPECTED = (
    "expected postgresql://user:password@host/name, sqlite:///file.db, or a file name for a "
    "journal. In the user and the password write @ as %40, : as %3A, / as %2F and % as %25"
)
JOURNAL = "or name the file of a journal instead"
LOST = (exc.OperationalError, exc.InterfaceError, exc.PendingRollbackError)

WhenDead = Callable[[Study, FrozenTrial], None]


class SearchError(RuntimeError):
    """The storage cannot be used; the message says why, and the way out."""


class Database(RDBStorage):
    """Optuna's storage, but a search outlives a restart of the server.

    Each operation is one transaction: one that was cut off can be done again. The attribute
    ``gone`` says that the server has stayed away for ``WAIT_S`` seconds; a new run clears it.
    """

    def __init__(self, url: str, shown: str, when_dead: WhenDead) -> None:
        self.gone = ""
        self._shown = shown
        self._away_since: float | None = None
        self._last_lost = -float("inf")
        signs: dict[str, Any] = {"heartbeat_interval": HEARTBEAT_S, "grace_period": GRACE_S}
        super().__init__(url, **signs, heartbeat_stale_trial_callback=when_dead)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Set the state. Perhaps it is set, and only the server's answer was lost."""
        try:
            return self._insist("set_trial_state_values", trial_id, state, values)
        except UpdateFinishedTrialError:
            stored = self.get_trial(trial_id)
            # That a trial has failed others say, too; its value only its own process.
            if state == TrialState.FAIL or (stored.state, stored.values) != (state, values):
                raise
            return True

    def record_heartbeat(self, trial_id: int) -> None:
        """Give a sign of life. If it is lost, the next one comes soon."""
        try:
            super().record_heartbeat(trial_id)
        except (StorageInternalError, exc.SQLAlchemyError) as error:
            self._must_be_lost(error)
        else:
            self._away_since = None

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        """Return the dead. After an outage nobody is, until all could give a sign of life."""
        stale = self._insist("_get_stale_trial_ids", study_id)
        return stale if time.monotonic() - self._last_lost > GRACE_S else []

    def _insist(self, operation: str, *args: Any, **options: Any) -> Any:
        for attempt in itertools.count():
            try:
                done = getattr(super(), operation)(*args, **options)
            except (StorageInternalError, exc.SQLAlchemyError) as error:
                self._must_be_lost(error)
                if attempt:  # the first one may just have noticed that a connection is old
                    self._wait(_reason(error), first=attempt == 1)
            else:
                self._away_since = None
                return done

    def _must_be_lost(self, error: Exception) -> None:
        if not isinstance(error.__cause__ or error, LOST):
            raise error
        self._last_lost = time.monotonic()
        self._away_since = self._away_since or self._last_lost

    def _wait(self, reason: str, first: bool) -> None:
        away = f"{self._shown} does not answer: {reason}"
        now = time.monotonic()
        if now - (self._away_since or now) > WAIT_S:
            kept = "All finished trials are kept: when it answers, start this search again"
            self.gone = f"{away}. This has waited {WAIT_S / 60:g} minutes for it. {kept}"
            raise SearchError(self.gone)
        if first:
            tqdm.write(f"{away}. This waits for it, {WAIT_S / 60:g} minutes at most")
        time.sleep(PAUSE_S)


def _insisting(operation: str) -> Callable:
    return lambda self, *args, **options: self._insist(operation, *args, **options)


# What is asked of a storage, and what Optuna's cache asks of this one in its place.
_ASKED = {"_create_new_trial", "_set_trial_param", "_get_trials", "_get_best_trial_id"}
for _name in (BaseStorage.__abstractmethods__ | _ASKED) - vars(Database).keys():
    setattr(Database, _name, _insisting(_name))


def is_url(storage: str) -> bool:
    """Tell whether a storage is named by a URL, perhaps a wrong one. A drive, as C:, is none."""
    return re.match(r"(\w[\w+]+)?:", storage) is not None


def open_database(url: str, when_dead: WhenDead, tries: int = 5) -> Database:
    """Return the storage in a database, which gets its tables if it has none.

    Args:
        url: the address, as SQLAlchemy reads it.
        when_dead: is called with each trial whose process gives no sign of life any more.
        tries: how often to begin anew while other processes make the same tables.

    Raises:
        SearchError: the URL cannot be read, its driver is missing, or the server does not let us
            in. The message shows no password.
    """
    shown = re.sub(r"^([\w+]*:/*[^:@/]*):.*@", r"\1:***@", url).partition("?")[0]
    try:
        parsed = sqlalchemy.make_url(url)
        kind = parsed.get_dialect().name
        if "@" in (parsed.host or ""):
            raise ValueError("an @ in the password")
    except (exc.ArgumentError, ValueError) as error:
        raise SearchError(f"{shown} cannot be read as a database's URL; {EXPECTED}") from error
    if parsed.drivername == "postgresql":  # SQLAlchemy 2.0 would take psycopg2, 2.1 psycopg
        parsed = parsed.set(drivername="postgresql+psycopg")
    whole = parsed.render_as_string(hide_password=False)
    try:
        # Optuna takes the URL for a template.
        return Database(whole.replace("{", "{{").replace("}", "}}"), shown, when_dead)
    except ImportError as error:
        known = f': python -m pip install "{DRIVER}"' if kind == "postgresql" else ""
        way_out = f"Install the driver for {kind}{known}; {JOURNAL}"
        raise SearchError(f"{shown} needs a driver: {_reason(error)}. {way_out}") from error
    except (exc.SQLAlchemyError, RuntimeError) as error:
        # Another process is creating the same tables at this very moment.
        beaten = isinstance(error, exc.IntegrityError) or "already exists" in str(error)
        if beaten and tries > 1:
            time.sleep(0.2)
            return open_database(url, when_dead, tries - 1)
        way_out = "Check address, name and password, and that the server is running"
        raise SearchError(
            f"{shown} cannot be used as a storage: {_reason(error)}. {way_out}; {JOURNAL}"
        ) from error


def _reason(error: BaseException) -> str:
    """Return the first line of what the driver says; its others repeat it for each address."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    cause = getattr(cause, "orig", None) or (cause and cause.__cause__) or cause
    return str(cause).strip().splitlines()[0]
