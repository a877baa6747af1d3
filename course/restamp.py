"""Keep a page's measurements over a change that moves no number; ``make restamp``.

    python -m course restamp 05_model_tuning --since HEAD

A new figure or another sentence in a ``print`` changes the code, and with it all measurements of
the page stop to count. So the page is executed with one seed as it is, and its results are compared
with the kept ones of that seed. Where they differ, another machine may have measured those: then
the page as it was in a commit of git is executed here as well. Only if every result comes out the
same to the last bit, the measurements of the code as it was are written down once more, for the
code as it is.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from course import build, calibrate, content, environment, execution, fingerprints, measurements
from course.bands import MeasurementError
from course.content import Page
from helpers.feedback import EDITIONS

KEPT = (measurements.FOLDER, measurements.ALARMS)
# Run in the folder of the commit, with that commit's own code: one run, or its fingerprint alone.
RUN = """
import json, sys
from course import build, calibrate, fingerprints
page, edition, seed = build.chosen([sys.argv[1]])[0], sys.argv[2], sys.argv[3]
if seed:
    run = calibrate.measure(page, edition, int(seed))
else:
    run = {"code": fingerprints.values(page, edition)}
print("\\n" + json.dumps(run))
"""


@contextmanager
def folder_of(commit: str) -> Iterator[Path]:
    """A folder with the course as it was in a commit.

    Raises:
        MeasurementError: git knows no such commit, or is not installed.
    """
    with TemporaryDirectory() as outer:
        folder = Path(outer, "course")
        git = ["git", "-C", str(content.ROOT), "worktree"]
        try:
            subprocess.run(
                [*git, "add", "--quiet", "--detach", str(folder), commit],
                check=True,
                capture_output=True,
                text=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            raise MeasurementError(f"{commit!r} cannot be checked out: {said.strip()}") from error
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=False)


def as_it_was(folder: Path, page: Page, edition: str, seed: int | None) -> dict:
    """Return a run of a page in another folder of the course; without a seed, its code alone.

    Raises:
        MeasurementError: it does not run there.
    """
    name = [page.name, edition, "" if seed is None else str(seed)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *name],
        cwd=folder,
        env=environment.variables() | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise MeasurementError(f"{page.name} did not run as it was: {lines[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def require_same(before: dict, now: dict) -> None:
    """Do nothing if the results that there are now had the same values before.

    Raises:
        MeasurementError: a result moved, or is new; the message names it.
    """
    for name, value in now["values"].items():
        if name not in before["values"]:
            raise MeasurementError(f"{name} is new: make calibrate measures it")
        if value != before["values"][name]:
            moved = f"{name} was {before['values'][name]!r} and is {value!r}"
            raise MeasurementError(f"{moved}: the change moves it, so make calibrate is due")


def unmoved(page: Page, was: str, folder: Path) -> dict:
    """Return a run of a page as it is, once it is proven that no result moved.

    Args:
        page: which page.
        was: the fingerprint of its code as it was, in the offline edition.
        folder: with the course as it was.

    Raises:
        MeasurementError: a result moved; the message names it.
    """
    now = calibrate.measure(page, "offline", 0)
    kept = measurements.read(page, "offline", code=was)
    before = next((run for run in kept if run.get("seed") == 0), None)
    try:
        require_same(before or {"values": {}}, now)
    except MeasurementError:
        require_same(as_it_was(folder, page, "offline", 0), now)
    return now


def restamp(page: Page, edition: str, was: str, results: Collection[str], folder: Path) -> int:
    """Write the measurements of a page's code as it was down for its code as it is.

    Args:
        page: which page.
        edition: of the measurements.
        was: the fingerprint of the code as it was.
        results: those that have been proven the same; others are left out.
        folder: of the measurements, or of the unseen runs.

    Returns:
        How many runs were written; those that are there already are not written again.
    """
    code = fingerprints.values(page, edition)
    done = {run.get("seed") for run in measurements.read(page, edition, folder)}
    old = measurements.read(page, edition, folder, code=was)
    missing = [run for run in old if run.get("seed") not in done]
    for run in missing:
        part = "values" if "values" in run else "moments"
        proven = {name: value for name, value in run[part].items() if name in results}
        measurements.add(page, partial(dict, run, code=code, **{part: proven}), folder)
    return len(missing)


def main() -> None:
    """Prove for each page that nothing moved, and write its measurements for the new code."""
    parser = argparse.ArgumentParser(prog="restamp", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="+", help="names such as 02_imdb…")
    parser.add_argument("--since", default="HEAD", help="the commit before the change")
    options = parser.parse_args()
    try:
        with folder_of(options.since) as folder:
            for page in build.chosen(options.lessons):
                was = {e: as_it_was(folder, page, e, None)["code"] for e in EDITIONS}
                if all(code == fingerprints.values(page, e) for e, code in was.items()):
                    print(f"{page.name}: its code is as it was")
                    continue
                now = unmoved(page, was["offline"], folder)
                for edition, code in was.items():
                    written = [restamp(page, edition, code, now["values"], at) for at in KEPT]
                    print(f"{page.name}, {edition}: nothing moved, {sum(written)} runs count again")
    except (MeasurementError, execution.LessonError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    content.run(main)
