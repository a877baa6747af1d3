"""A plugin of pytest that notes which files were green, and what each of them has read.

``make check`` goes by these notes. It is loaded by conftest.py, so that every run counts.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from course import check, content

T = TypeVar("T")

_reads: dict[str, set[str]] = defaultdict(set)  # by test file, of this process
_of_workers: dict[str, set[str]] = defaultdict(set)
_outcomes: dict[str, bool] = {}  # whether all of a file's tests have passed so far
_current = ""


def _heard(event: str, arguments: tuple) -> None:
    """Note a file that is read, or a folder that is listed, for the file that is tested now."""
    if not _current or event not in ("open", "os.listdir", "os.scandir"):
        return
    if sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
        return  # Python looks for a module; what is imported counts as a syntax tree
    place, mode = arguments[0], arguments[1] if event == "open" else "r"
    if not isinstance(place, str | os.PathLike) or (mode and set(mode) & set("wax")):
        return
    path = Path(os.path.abspath(place))
    if check.counts(path):
        _reads[_current].add(check.name_of(path))


sys.addaudithook(_heard)


@contextmanager
def _testing(path: Path) -> Iterator[None]:
    """What is read now, a test file reads."""
    global _current
    inside = path.is_relative_to(content.ROOT) and path.suffix == ".py"
    _current = check.name_of(path) if inside else ""
    try:
        yield
    finally:
        _current = ""


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, T, T]:
    """A test file is imported."""
    if not isinstance(collector, pytest.Module):
        return (yield)
    with _testing(collector.path):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, T, T]:
    """A test of a file runs."""
    with _testing(item.path):
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test has ended; a skipped one has shown nothing, and breaks nothing."""
    name = report.nodeid.partition("::")[0]
    _outcomes[name] = _outcomes.get(name, True) and not report.failed


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported is red."""
    if report.failed:
        _outcomes[report.nodeid.partition("::")[0]] = False


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what a worker process has read."""
    for name, paths in getattr(node, "workeroutput", {}).get("reads", {}).items():
        _of_workers[name] |= set(paths)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Hand what was read to the main process, or note it all there."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["reads"] = {name: sorted(p) for name, p in _reads.items()}
        return
    for name, paths in _of_workers.items():
        _reads[name] |= paths
    if session.config.rootpath != content.ROOT:  # the tests run pytest on small courses, too
        return
    option = session.config.option
    parts_only = option.keyword or option.markexpr or any("::" in a for a in session.config.args)
    forced = os.environ.get("COURSE_ARITHMETIC")  # as a test does in a process of its own
    whole = exitstatus in (0, 1) and not (parts_only or option.collectonly or forced)
    green = [name for name, passed in _outcomes.items() if passed and whole]
    red = [name for name, passed in _outcomes.items() if not passed]
    if green or red:
        ran = {name: paths for name, paths in _reads.items() if name in green}
        check.note(green, red, ran)
