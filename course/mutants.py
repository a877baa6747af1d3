"""Break each lesson on purpose, one fault at a time, and see what notices; ``make mutants``.

    python -m course mutants 02_imdb_binary_classification

``lessons_src/faults`` has a file a lesson. Each fault is a change of its code that a reader could
make or a library could bring. The changed lesson is executed with its own seed, until the first
result leaves its band or an assertion fails: it is caught by that. What each fault was caught by is
kept in ``measurements/mutants.json``, and docs/results.md shows it; a fault that nothing catches is
a failure here and in the tests.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nbclient.exceptions import CellExecutionError

from course import build, content, execution
from course.bands import MeasurementError
from course.content import Page

FAULTS = content.SOURCES / "faults"
KEPT = content.ROOT / "measurements" / "mutants.json"
EDITION = "offline"
NOTICED = ("AssertionError", "BandError")  # what a lesson says of itself; the rest is a mistake
OUTSIDE = re.compile(r"([\w.]+) = .*, outside ")


@dataclass(frozen=True)
class Fault:
    """A change of a lesson: of the text ``old``, which it holds once, into ``new``."""

    name: str
    old: str
    new: str
    subtle: bool = False  # it could pass a look at the code

    def into(self, page: Page) -> str:
        """Return the page's source with the fault.

        Raises:
            MeasurementError: the source does not hold the text exactly once.
        """
        source = page.source.read_text("utf-8")
        if (times := source.count(self.old)) != 1:
            raise MeasurementError(
                f"{page.name} holds {self.old!r} {times} times, and the fault {self.name!r} is a "
                f"change of one place: mend {FAULTS.name}/{page.name}.toml"
            )
        return source.replace(self.old, self.new)


def faults(page: Page) -> list[Fault]:
    """Return the faults of a lesson; an exercise has none."""
    path = FAULTS / f"{page.name}.toml"
    if page.starter or not path.exists():
        return []
    return [Fault(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["fault"]]


def caught_by(page: Page, fault: Fault) -> list[str]:
    """Execute a lesson with a fault up to what notices it: a result, or what an assertion says.

    Raises:
        MeasurementError: the fault is no change that runs.
    """
    with TemporaryDirectory() as folder:
        broken = replace(page, source=Path(folder, page.source.name))
        broken.source.write_text(fault.into(page), "utf-8")
        try:
            execution.execute(broken, EDITION, env={"COURSE_SEED": "", "COURSE_RECORD": ""})
        except execution.LessonError as error:
            cause = error.__cause__
            if not isinstance(cause, CellExecutionError) or cause.ename not in NOTICED:
                raise MeasurementError(f"{page.name}, {fault.name}: {error}") from error
            if outside := OUTSIDE.match(cause.evalue):
                return [outside[1]]
            return [f"{cause.ename}: {cause.evalue}".strip(": ")[:80]]
    return []


def kept() -> dict[str, dict[str, list[str]]]:
    """Return what caught each fault, by lesson and the fault's name."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


def uncaught(pages: list[Page]) -> Iterator[str]:
    """Yield the faults that nothing caught, or that were not tried yet."""
    found = kept()
    for page in pages:
        for fault in faults(page):
            if not found.get(page.name, {}).get(fault.name):
                yield f"{page.name}: {fault.name}"


def main() -> None:
    """Try the faults of the chosen lessons, and keep what caught them."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--missed", action="store_true", help="only what nothing has caught yet")
    options = parser.parse_args()
    pages = [page for page in build.chosen(options.lessons) if faults(page)]
    try:
        for page in pages:
            names = [fault.name for fault in faults(page)]
            before = kept().get(page.name, {})
            caught = {name: by for name, by in before.items() if name in names}
            for fault in faults(page):
                if not (options.missed and caught.get(fault.name)):
                    caught[fault.name] = caught_by(page, fault)
                    by = ", ".join(caught[fault.name]) or "NOTHING"
                    print(f"{page.name}, {fault.name}: caught by {by}", flush=True)
                found = kept() | {page.name: caught}  # another lesson may be tried beside this one
                content.replace_text(KEPT, json.dumps(found, indent=1, sort_keys=True) + "\n")
    except MeasurementError as error:
        sys.exit(str(error))
    if missed := list(uncaught(pages)):
        sys.exit("caught by nothing:\n  " + "\n  ".join(missed))


if __name__ == "__main__":
    content.run(main)
