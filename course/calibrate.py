"""Measure every expected result over several seeds and write its band.

    python course/calibrate.py 02_imdb_binary_classification --seeds 5 --edition offline

A lesson is executed once a seed with ``COURSE_RECORD`` set, so that ``expect`` notes its
values instead of judging them. The band is the mean plus and minus three standard
deviations over the seeds, but at least ``MARGIN`` of the mean (a whole step for counts),
because other processors add in another order. An entry that says ``exact = true`` must give
the same value with every seed, and that is its band. One that says ``difference = true`` is a
difference of two measurements: its margin is ``MARGIN`` itself, because its mean may be near 0,
and its band may reach below 0. What the result is, what the textbook says and what a broken model
would give stay as they are written in the file.
"""

import argparse
import json
import math
import os
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tomlkit
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course import build, content
from helpers.feedback import BANDS_FILE, EDITIONS

MARGIN = 0.012
SPREADS = 3


def measure(page, edition: str, seeds: int) -> dict[str, list[float]]:
    """Return the values of every result of a page, one a seed; the first is the page's own."""
    values = defaultdict(list)
    for seed in tqdm(range(seeds), desc=f"{page.name}, {edition}", unit="seed"):
        with TemporaryDirectory() as folder:
            record = Path(folder) / "values.jsonl"
            os.environ |= {"COURSE_SEED": str(seed) if seed else "", "COURSE_RECORD": str(record)}
            build.execute(page, edition)
            if record.exists():
                for line in record.read_text("utf-8").splitlines():
                    entry = json.loads(line)
                    if entry["edition"] != edition:
                        raise ValueError(f"{entry['name']} came from {entry['edition']} data")
                    values[entry["name"]].append(entry["value"])
    return values


def band(
    values: list[float], broken: float = 0, exact: bool = False, difference: bool = False
) -> dict:
    """Return the band around measured values, rounded outwards, and where it comes from.

    >>> band([4, 4, 5])["low"], band([4, 4, 5])["high"]
    (3, 6)
    """
    if exact:
        if len(set(values)) > 1:
            raise ValueError(f"values are {values}; an exact result is the same with every seed")
        return {"low": values[0], "high": values[0], "from": f"{len(values)} seeds, all the same"}
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    note = (
        f"{len(values)} seeds: mean {mean:.4f}, sd {spread:.4f}, {min(values):g} to {max(values):g}"
    )
    if all(isinstance(value, int) for value in values):  # a count, such as an epoch
        return {"low": min(values) - 1, "high": max(values) + 1, "from": note}
    half = max(SPREADS * spread, MARGIN * (1 if difference else abs(mean)))
    low, high = math.floor((mean - half) * 1000) / 1000, math.ceil((mean + half) * 1000) / 1000
    if min(values) >= 0 and not difference:  # a share, a loss or a size: never negative
        low = max(low, 0.0)
    if broken < min(values) and max(values) <= 1:  # more is better: a share, which ends at 1
        high = min(high, 1.0)
    return {"low": low, "high": high, "from": note}


def write(measured: dict[str, list[float]], edition: str) -> None:
    """Put the bands of one edition into the bands file; all else in it stays."""
    document = tomlkit.parse(BANDS_FILE.read_text("utf-8"))
    for name, values in measured.items():
        entry = document.setdefault(name, tomlkit.table())
        entry.setdefault(edition, tomlkit.inline_table())
        about = {key: entry[key] for key in ("broken", "exact", "difference") if key in entry}
        entry[edition].update(band(values, **about))
    content.replace_text(BANDS_FILE, tomlkit.dumps(document))


def main() -> None:
    """Calibrate the chosen pages and editions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--edition", choices=EDITIONS, action="append")
    options = parser.parse_args()
    if options.seeds < 3:
        parser.error(f"--seeds is {options.seeds}; a spread needs at least 3")
    for edition in options.edition or EDITIONS:
        for page in build.chosen(options.lessons):
            if measured := measure(page, edition, options.seeds):
                write(measured, edition)


if __name__ == "__main__":
    main()
