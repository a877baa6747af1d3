"""Measure results over several seeds, keep every value, and compute the bands; ``make calibrate``.

    python -m course calibrate 02_imdb_binary_classification --runs 8 --edition offline

A page is executed once a seed with ``COURSE_RECORD`` set, so that ``expect`` notes its values
instead of judging them. Every run is kept as soon as it is finished (see measurements.py): what
was killed goes on where it stopped, and more runs can be added on another day or machine. Seeds
take turns in the ways of computing of ``ARITHMETICS``, because another processor adds in another
order. Where both editions hold the same data, one run counts for both. What a result is, its kind,
and what a broken model would give stay as they are written in helpers/bands.toml.
``--measure-nothing`` only computes the bands again.
"""

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit
from tqdm import tqdm

from course import bands, build, content, execution, fingerprints, measurements
from course.bands import MeasurementError, Moments
from course.content import Page
from helpers.data.sources import SOURCES
from helpers.feedback import BANDS_FILE, EDITIONS

RUNS = 8
# Environment variables of the kernel, an empty one is not set: this processor's own instructions,
# those of an older one, and TensorFlow's own kernels in place of oneDNN's.
ARITHMETICS = {
    "as it comes": {
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "ONEDNN_MAX_CPU_ISA": "",
        "COURSE_ARITHMETIC": "",
    },
    "AVX2": {
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "COURSE_ARITHMETIC": "plain",
    },
    "without oneDNN": {
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "ONEDNN_MAX_CPU_ISA": "",
        "COURSE_ARITHMETIC": "plain",
    },
}


def arithmetic_of(seed: int) -> str:
    """Return in which way of computing a seed is run."""
    return list(ARITHMETICS)[seed % len(ARITHMETICS)]


def measure(page: Page, edition: str, seed: int) -> dict:
    """Execute a page once and return the run, as it is kept; seed 0 is the page's own.

    Raises:
        LessonError: a cell failed.
        MeasurementError: a value came from the other edition's data, or twice.
    """
    arithmetic = arithmetic_of(seed)
    code = fingerprints.values(page, edition)  # before: a source may be edited while it runs
    values: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        record = Path(folder) / "values.jsonl"
        own = {"COURSE_SEED": str(seed) if seed else "", "COURSE_RECORD": str(record)}
        execution.execute(page, edition, env=own | ARITHMETICS[arithmetic])
        for entry in measurements.recorded(record):
            if entry["edition"] != edition or entry["name"] in values:
                raise MeasurementError(f"{page.name} measured {entry}, twice or of other data")
            values[entry["name"]] = entry["value"]
    return {
        "edition": edition,
        "seed": seed,
        "arithmetic": arithmetic,
        "code": code,
        "values": values,
    }


def same_data(page: Page) -> bool:
    """Whether a page loads only data sets that are the same in both editions."""
    named = fingerprints.data_sets(page, SOURCES)
    return bool(named) and all(SOURCES[name].same_in_both for name in named)


def write(measured: Mapping[str, Moments], edition: str) -> list[str]:
    """Put the bands of one edition into the bands file; return why some could not be computed."""
    document = tomlkit.parse(BANDS_FILE.read_text("utf-8"))
    faults = []
    for name, moments in measured.items():
        entry = document.setdefault(name, tomlkit.table())
        try:
            ends = bands.band_of(moments, entry.unwrap())  # plain numbers
        except MeasurementError as error:
            faults.append(f"{name} ({edition}): {error}")
            continue
        entry.setdefault(edition, tomlkit.inline_table())
        entry[edition].pop("risk", None)
        entry[edition].update({**ends, "from": note(moments)})
        entry.pop("weak", None)
        if weak := weak_editions(entry):
            entry["weak"] = weak
    content.replace_text(BANDS_FILE, tomlkit.dumps(document))
    return faults


def weak_editions(entry: Mapping) -> list[str]:
    """Return the editions whose band holds what a broken model would give: more runs are due."""
    bands_of = {name: entry[name] for name in EDITIONS if name in entry}
    return [
        name
        for name, band in bands_of.items()
        if "broken" in entry and band["low"] <= entry["broken"] <= band["high"]
    ]


def note(measured: Moments) -> str:
    """Say in words where a band comes from."""
    if measured.min == measured.max:
        return f"{measured.runs} runs, all {measured.min:g}"
    return (
        f"{measured.runs} runs: mean {measured.mean:.4f}, sd {measured.sd:.4f}, "
        f"{measured.min:g} to {measured.max:g}"
    )


def main() -> None:
    """Measure what is missing of the chosen pages and editions, and compute their bands."""
    parser = argparse.ArgumentParser(prog="calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="names such as 02_imdb…; default: all")
    parser.add_argument("--runs", type=int, default=RUNS, help="seeds 0, 1, … up to so many")
    parser.add_argument("--edition", choices=EDITIONS, action="append", help="default: both")
    parser.add_argument("--measure-nothing", action="store_true", help="compute the bands only")
    options = parser.parse_args()
    if options.runs < bands.FEWEST and not options.measure_nothing:
        parser.error(f"--runs is {options.runs}; a band needs at least {bands.FEWEST}")
    try:
        faults = _calibrate(options)
    except (MeasurementError, execution.LessonError) as error:
        sys.exit(str(error))
    if faults:
        sys.exit("No band could be computed for:\n  " + "\n  ".join(faults))


def _calibrate(options: argparse.Namespace) -> list[str]:
    faults = []
    for edition in options.edition or EDITIONS:
        for page in build.chosen(options.lessons):
            runs = measurements.read(page, edition)
            done = {run.get("seed") for run in runs}
            seeds = [] if options.measure_nothing else [*range(options.runs)]
            others = set(EDITIONS) - {edition} if same_data(page) else ()
            missing = [seed for seed in seeds if seed not in done]
            for seed in tqdm(missing, desc=f"{page.name}, {edition}", unit="run", disable=None):
                run = measurements.add(page, partial(measure, page, edition, seed))
                runs.append(run)
                for other in others:
                    if all(seed != kept.get("seed") for kept in measurements.read(page, other)):
                        code = fingerprints.values(page, other)
                        measurements.add(page, partial(dict, run, edition=other, code=code))
            faults += write(measurements.moments(runs), edition)
    return faults


if __name__ == "__main__":
    content.run(main)
