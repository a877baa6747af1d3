"""Run pages with seeds that no band has seen, and count the false alarms; ``make alarms``.

    python -m course alarms --runs 3 --edition offline

The runs are kept below ``measurements/alarms``, apart from those that the bands come from. What
they amount to stands in the README: how many results fell outside, and how many were expected to.
Where bands prove too narrow, all unseen runs of the page may join those that they come from; then
other seeds judge.
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

from tqdm import tqdm

from course import bands, build, calibrate, content, execution, measurements
from course.bands import MeasurementError
from helpers.feedback import BANDS_FILE, EDITIONS

FIRST_SEED = 1_000  # calibration counts from 0


@dataclass(frozen=True)
class Tally:
    """Of unseen runs of pages: how many, how many results they had, and which were outside."""

    runs: int
    results: int
    outside: list[str]
    expected: float  # how many results fall outside by chance, at the bands' risks


def tally(edition: str) -> Tally:
    """Judge the kept unseen runs of the code as it is by the bands as they are.

    Exact results are left out: they have no chance to fall outside.
    """
    entries = tomllib.loads(BANDS_FILE.read_text("utf-8"))
    runs, results, outside, expected = 0, 0, [], 0.0
    for page in content.pages():
        for run in measurements.read(page, edition, measurements.ALARMS):
            runs += 1
            for name, value in run["values"].items():
                band = entries.get(name, {}).get(edition)
                if band is None or band["low"] == band["high"]:
                    continue
                results += 1
                expected += band.get("risk", bands.RISK)
                if not band["low"] <= value <= band["high"]:
                    outside.append(
                        f"{name} = {value:g}, outside {band['low']:g} to {band['high']:g} "
                        f"({edition}, seed {run['seed']}, {run['arithmetic']})"
                    )
    return Tally(runs, results, outside, expected)


def main() -> None:
    """Run what is missing of the chosen pages, and print the tally of all kept runs."""
    parser = argparse.ArgumentParser(prog="alarms", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--runs", type=int, default=1, help="unseen seeds a page")
    parser.add_argument("--edition", choices=EDITIONS, default="offline")
    options = parser.parse_args()
    if options.runs < 0:
        parser.error(f"--runs is {options.runs}; expected how many unseen seeds a page, from 0")
    try:
        for page in build.chosen(options.lessons):
            calibrated, judging = (
                {run.get("seed") for run in measurements.read(page, options.edition, folder)}
                for folder in (measurements.FOLDER, measurements.ALARMS)
            )
            unseen = (seed for seed in count(FIRST_SEED) if seed not in calibrated)
            missing = [seed for seed in islice(unseen, options.runs) if seed not in judging]
            for seed in tqdm(missing, desc=page.name, unit="run", disable=None):
                measure = partial(calibrate.measure, page, options.edition, seed)
                measurements.add(page, measure, measurements.ALARMS)
        found = tally(options.edition)
    except (MeasurementError, execution.LessonError) as error:
        sys.exit(str(error))
    print("\n".join(found.outside))
    print(
        f"{found.runs} unseen runs of pages, {found.results} results: {len(found.outside)} outside "
        f"their bands, {found.expected:.1f} expected. make readme writes that into the README"
    )


if __name__ == "__main__":
    content.run(main)
