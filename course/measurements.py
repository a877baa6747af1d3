"""The kept measurements: one file a page, one line a run, below ``measurements``.

A line is a JSON object: edition, seed, arithmetic, the code's fingerprint (see
``fingerprints.values``) and the value of each result. Lines are only ever added. Measurements of
older code stay in the file and do not count. A line may hold, in place of a seed and values, how
many ``runs`` there were and their ``moments``: of runs whose single values were not kept.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from course import content, fingerprints
from course.bands import MeasurementError, Moments
from course.content import Page

FOLDER = content.ROOT / "measurements"
ALARMS = FOLDER / "alarms"  # runs with seeds that no band has seen: they only judge
KEYS = ({"edition", "seed", "arithmetic", "code", "values"}, {"edition", "code", "runs", "moments"})


def path_of(page: Page, folder: Path = FOLDER) -> Path:
    """Return the file of a page's measurements."""
    return folder / f"{page.name}.jsonl"


def read(page: Page, edition: str, folder: Path = FOLDER, code: str | None = None) -> list[dict]:
    """Return the runs of a page that count: of this edition and of the code as it is.

    With the fingerprint of other ``code``, those that were measured with that.

    Raises:
        MeasurementError: a line is no measurement; the message names the file and the line.
    """
    runs = [run for run in _lines(path_of(page, folder)) if run["edition"] == edition]
    if not runs:  # most pages have no alarms, and a fingerprint takes a while
        return []
    code = code or fingerprints.values(page, edition)
    return [run for run in runs if run["code"] == code]


def add(page: Page, measure: Callable[[], dict], folder: Path = FOLDER) -> dict:
    """Measure, append the run to the page's file, and return it.

    The file is opened first: minutes of a run are not spent where it cannot be written. A half
    line that a killed run left there is cut off.
    """
    path = path_of(page, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        run = measure()
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(run, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return run


def recorded(path: Path) -> list[dict]:
    """Return what ``expect`` has noted in the file ``COURSE_RECORD``: name, edition and value."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def moments(runs: list[dict]) -> dict[str, Moments]:
    """Return the moments of each result over all runs."""
    values: dict[str, list[float]] = {}
    found: dict[str, Moments] = {}
    for run in runs:
        for name, value in run.get("values", {}).items():
            values.setdefault(name, []).append(value)
        for name, (mean, sd, low, high) in run.get("moments", {}).items():
            found[name] = Moments(run["runs"], mean, sd, low, high)
    for name, of_one in values.items():
        measured = Moments.of(of_one)
        found[name] = found[name].with_more(measured) if name in found else measured
    return found


def _lines(path: Path) -> Iterator[dict]:
    if not path.exists():
        return
    *lines, rest = path.read_text("utf-8", errors="replace").split("\n")
    del rest  # empty, or half a line: its run will be measured again
    for number, line in enumerate(lines, start=1):
        try:
            run = json.loads(line)
        except ValueError:
            run = None
        if not isinstance(run, dict) or set(run) not in KEYS:
            raise MeasurementError(
                f"{os.path.relpath(path, content.ROOT)}, line {number}, is no measurement: "
                f"{line[:60]!r}. Remove that line, or bring the file back with git checkout"
            )
        yield run
