"""Measure time, memory and accuracy into benchmarks/results.json; ``make bench``.

``text``, ``kfold``, ``vision`` and ``mil`` run the textbook's code against the lessons' code, each
arm in a process of its own, in turns, over several seeds. ``lessons`` executes every page once, or
those that are named, and with ``--plain`` as a processor without bfloat16 computes. A run of one
part, edition or page keeps what the file has of the others.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import arms, kfold_arms, mil_arms, vision_arms
from benchmarks.arms import ARMS
from course import build, calibrate, content
from helpers import hardware
from helpers.data.cache import data_set

RESULTS = Path(__file__).with_name("results.json")
EDITIONS = ("offline", "original")
# On the original data: the largest peak in gigabytes, and share of the textbook's seconds.
TEXT_TARGETS = {"imdb": (1.5, 1 / 2), "reuters": (1.0, 2 / 3)}
KFOLD_TARGETS = {"boston_16": 1 / 3, "boston_1": 1 / 10}  # share of the textbook's seconds
MIL_TARGETS = {"mnist_bags": 1 / 6, "one_core": 1}  # share of the textbook's seconds
VISION_TARGETS = {"augmented": 1 / 5, "fine_tuning": 1 / 3}  # share of the textbook's seconds
PHOTOS_A_SECOND = 30 if hardware.has_bfloat16() else 15  # through VGG16 at 128x128 pixels


@dataclass(frozen=True)
class Comparison:
    """A part that compares two arms: the module that runs one, what it is told, what to reach."""

    module: str
    loaders: tuple[str, ...]
    tasks: Mapping[str, dict]  # what is noted beside each task's result
    score: str  # the name of the arms' score
    targets: Callable[[str, str, dict], list[tuple[str, float, float]]]  # of edition, task, result


def text_targets(edition: str, name: str, result: dict) -> list[tuple[str, float, float]]:
    """Return what, its value and its limit; the original data is what targets are set for."""
    if edition != "original":
        return []
    peak, share = TEXT_TARGETS[name]
    return [
        ("peak GB", result["lesson"]["peak_gb"], peak),
        ("share of the textbook's seconds", result["seconds_ratio"], share),
    ]


def kfold_targets(edition: str, name: str, result: dict) -> list[tuple[str, float, float]]:
    """Return what, its value and its limit: faster, and the same scores but for the folds."""
    book, ours = result["textbook"], result["lesson"]
    return [
        ("share of the textbook's seconds", result["seconds_ratio"], KFOLD_TARGETS[name]),
        ("difference in MAE", abs(ours["mae"] - book["mae"]), book["fold_spread"]),
    ]


def vision_targets(edition: str, name: str, result: dict) -> list[tuple[str, float, float]]:
    """Return what, its value and its limit: photographs a second, or faster and no worse."""
    book, ours = result["textbook"], result["lesson"]
    lost = ("loss of test accuracy", book["test_accuracy"] - ours["test_accuracy"], 0.02)
    if name == "features":
        milliseconds = 1000 * ours["seconds"] / vision_arms.TASKS[name].photos
        return [("milliseconds a photograph", milliseconds, 1000 / PHOTOS_A_SECOND), lost]
    faster = ("share of the textbook's seconds", result["seconds_ratio"], VISION_TARGETS[name])
    if name == "fine_tuning":  # the accuracy alone would be as good without any training
        apart = abs(ours["moved"] / book["moved"] - 1)
        return [faster, lost, ("difference in how far block 5 moved", apart, 0.25)]
    return [faster, lost]


def mil_targets(edition: str, name: str, result: dict) -> list[tuple[str, float, float]]:
    """Return what, its value and its limit: faster, and no less accurate."""
    book, ours = result["textbook"], result["lesson"]
    return [
        ("share of the textbook's seconds", result["seconds_ratio"], MIL_TARGETS[name]),
        ("loss of accuracy", book["test_accuracy"] - ours["test_accuracy"], 0.0),
    ]


COMPARISONS = {
    "text": Comparison(
        module="benchmarks.arms",
        loaders=tuple(arms.TASKS),
        tasks={
            name: {"epochs": arms.EPOCHS, "retrain_epochs": task.retrain_epochs}
            for name, task in arms.TASKS.items()
        },
        score="test_accuracy",
        targets=text_targets,
    ),
    "kfold": Comparison(
        module="benchmarks.kfold_arms",
        loaders=("boston_housing",),
        tasks={name: vars(task) for name, task in kfold_arms.TASKS.items()},
        score="mae",
        targets=kfold_targets,
    ),
    "vision": Comparison(
        module="benchmarks.vision_arms",
        loaders=("cats_vs_dogs", "vgg16_conv_base"),
        tasks={name: vars(task) for name, task in vision_arms.TASKS.items()},
        score="test_accuracy",
        targets=vision_targets,
    ),
    "mil": Comparison(
        module="benchmarks.mil_arms",
        loaders=("mnist",),
        tasks={name: vars(task) for name, task in mil_arms.TASKS.items()},
        score="test_accuracy",
        targets=mil_targets,
    ),
}
PARTS = (*COMPARISONS, "lessons")
PLAIN = calibrate.ARITHMETICS["AVX2"]  # what most laptops have


def watched(command: list[str], edition: str) -> tuple[str, float, float]:
    """Run a Python program; return what it printed, its wall seconds and peak gigabytes.

    The peak is that of the largest process among the program and those it waited for, such
    as a notebook's kernel. Linux counts the parent's size at the start, too: so this process
    must stay smaller than what it measures, and imports no Keras.

    Raises:
        RuntimeError: the program failed; the message has what it wrote.
    """
    env = {**os.environ, "COURSE_DATA": edition}
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            program = subprocess.Popen(
                [sys.executable, *command], stdout=stdout, stderr=stderr, env=env, cwd=content.ROOT
            )
            _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        printed = out.read_text("utf-8")
        if program.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{printed}{err.read_text('utf-8')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return printed, seconds, usage.ru_maxrss * unit / 1e9


def measure(comparison: Comparison, edition: str, repeats: int) -> dict:
    """Run both arms of every task, once a seed, and return medians, means and ratios."""
    found = {}
    for name, noted in comparison.tasks.items():
        runs: dict[str, list[dict]] = {arm: [] for arm in ARMS}
        for seed in range(repeats):
            for arm in ARMS if seed % 2 == 0 else reversed(ARMS):  # neither always goes first
                command = ["-m", comparison.module, name, arm, "--seed", str(seed)]
                printed, _, peak = watched(command, edition)
                runs[arm].append(json.loads(printed.splitlines()[-1]) | {"peak_gb": peak})
                print(f"{name}, {edition}, seed {seed}, {arm}: {runs[arm][-1]}", flush=True)
        summaries = {arm: summary(values) for arm, values in runs.items()}
        found[name] = {
            "repeats": repeats,
            **noted,
            **summaries,
            **{
                f"{part}_ratio": round(summaries["lesson"][part] / summaries["textbook"][part], 3)
                for part in ("seconds", "peak_gb")
            },
        }
    return found


def summary(runs: list[dict]) -> dict[str, float]:
    """Return the median of the seconds, the highest peak, and the mean of each score."""
    scores = {name for run in runs for name in run} - {"seconds", "peak_gb"}
    return {
        "seconds": round(statistics.median(run["seconds"] for run in runs), 2),
        "peak_gb": round(max(run["peak_gb"] for run in runs), 3),
        **{name: round(statistics.mean(run[name] for run in runs), 4) for name in sorted(scores)},
    }


def measure_lessons(pages: Iterable[content.Page], edition: str) -> tuple[dict, list[str]]:
    """Execute each page once: its seconds, from a cold start, and peak; and which failed."""
    found, failed = {}, []
    for page in pages:
        with TemporaryDirectory() as folder:
            options = ["--force", "--exact", "--edition", edition, "--output", folder, page.name]
            try:
                _, seconds, peak = watched(["course/build.py", *options], edition)
            except RuntimeError as error:  # the other pages are worth their minutes all the same
                print(error, file=sys.stderr)
                failed.append(page.name)
                continue
        found[page.name] = {"seconds": round(seconds, 1), "peak_gb": round(peak, 3)}
        print(f"{page.name}, {edition}: {found[page.name]}", flush=True)
    return found, failed


def machine() -> dict[str, str | int | float]:
    """Describe the machine and the software, without what would identify its owner."""
    model = platform.machine()
    if (cpuinfo := Path("/proc/cpuinfo")).exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": model,
        "cores": os.cpu_count() or 1,
        "ram_gb": round(memory / 1e9, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in ("keras", "tensorflow")},
    }


def save(part: str, edition: str, measured: dict) -> None:
    """Put one part of one edition into the results file, in one step; the rest stays."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    now, before = machine(), results.setdefault(part, {}).get(edition, {})
    kept = before["measured"] if before.get("machine") == now else {}  # not of another machine
    results[part][edition] = {"machine": now, "measured": kept | measured}
    content.replace_text(RESULTS, json.dumps(results, indent=2, sort_keys=True) + "\n")


def report(comparison: Comparison, edition: str, measured: dict) -> str:
    """Return the table of ratios, and whether the targets are reached."""
    score = comparison.score.replace("_", " ")
    lines = [f"{edition:9}  {'code':8} {'seconds':>8} {'peak GB':>8} {score:>14}"]
    for name, result in measured.items():
        for arm in ARMS:
            row = result[arm]
            lines.append(
                f"{name:9}  {arm:8} {row['seconds']:8.1f} {row['peak_gb']:8.2f} "
                f"{row[comparison.score]:14.4f}"
            )
        lines.append(
            f"{'':9}  {'ratio':8} {result['seconds_ratio']:8.2f} {result['peak_gb_ratio']:8.2f}"
        )
        for text, value, limit in comparison.targets(edition, name, result):
            verdict = "reached" if value <= limit else "NOT reached"
            lines.append(f"{'':11}target {verdict}: {text} {value:.2f}, at most {limit:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure the chosen parts and editions; by default, all that can be had."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="seeds an arm (default: 3)")
    parser.add_argument("--edition", nargs="+", choices=EDITIONS, help="default: all at hand")
    parser.add_argument("--only", choices=PARTS, help="default: every part")
    parser.add_argument("--pages", nargs="+", default=[], help="with lessons; default: all")
    parser.add_argument("--plain", action="store_true", help="with --only lessons: no bfloat16")
    options = parser.parse_args()
    if options.plain and options.only != "lessons":
        parser.error("--plain is for the lessons: say --only lessons, too")
    if options.repeats < 1:
        parser.error(f"--repeats is {options.repeats}; expected 1 or more")
    for name in ("COURSE_SEED", "COURSE_RECORD"):  # a run is measured as a student's would be
        os.environ.pop(name, None)
    if options.plain:
        os.environ.update(PLAIN)
    failures = []
    loaders = [loader for comparison in COMPARISONS.values() for loader in comparison.loaders]
    originals = os.environ.get("COURSE_MIRROR") or all(
        "original" in data_set(name).ready() for name in loaders
    )
    for edition in options.edition or (EDITIONS if originals else EDITIONS[:1]):
        for part, comparison in COMPARISONS.items():
            if options.only in (None, part):
                measured = measure(comparison, edition, options.repeats)
                save(part, edition, measured)
                print(report(comparison, edition, measured))
        if options.only in (None, "lessons"):
            measured, failed = measure_lessons(build.chosen(options.pages), edition)
            save("plain" if options.plain else "lessons", edition, measured)
            failures += [f"{name} ({edition})" for name in failed]
    if failures:
        sys.exit(f"failed, and not measured: {', '.join(failures)}")


if __name__ == "__main__":
    main()
