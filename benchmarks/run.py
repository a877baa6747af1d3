"""Measure time, memory and accuracy into benchmarks/results.json; ``make bench``.

``text`` runs the textbook's code against the lessons' code, each arm in a process of its
own, in turns, over several seeds. ``lessons`` executes every page once. A run of one part or
one edition keeps what the file has of the others.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.arms import ARMS, EPOCHS, TASKS
from helpers.data import store
from tools import course

RESULTS = Path(__file__).with_name("results.json")
EDITIONS = ("offline", "original")
PARTS = ("text", "lessons")
# On the original data: the largest peak in gigabytes, and share of the textbook's seconds.
TARGETS = {"imdb": (1.5, 1 / 2), "reuters": (1.0, 2 / 3)}


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
                [sys.executable, *command], stdout=stdout, stderr=stderr, env=env, cwd=course.ROOT
            )
            _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        printed = out.read_text("utf-8")
        if program.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{printed}{err.read_text('utf-8')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return printed, seconds, usage.ru_maxrss * unit / 1e9


def measure_text(edition: str, repeats: int) -> dict:
    """Run both arms of every task, once a seed, and return medians, means and ratios."""
    found = {}
    for name, task in TASKS.items():
        runs: dict[str, list[dict]] = {arm: [] for arm in ARMS}
        for seed in range(repeats):
            for arm in ARMS if seed % 2 == 0 else reversed(ARMS):  # neither always goes first
                command = ["-m", "benchmarks.arms", name, arm, "--seed", str(seed)]
                printed, _, peak = watched(command, edition)
                runs[arm].append(json.loads(printed.splitlines()[-1]) | {"peak_gb": peak})
                print(f"{name}, {edition}, seed {seed}, {arm}: {runs[arm][-1]}", flush=True)
        arms = {arm: summary(values) for arm, values in runs.items()}
        found[name] = {
            "repeats": repeats,
            "epochs": EPOCHS,
            "retrain_epochs": task.retrain_epochs,
            **arms,
            **{
                f"{part}_ratio": round(arms["lesson"][part] / arms["textbook"][part], 3)
                for part in ("seconds", "peak_gb")
            },
        }
    return found


def summary(runs: list[dict]) -> dict[str, float]:
    """Return the median of the seconds, the highest peak, and the mean accuracy."""
    return {
        "seconds": round(statistics.median(run["seconds"] for run in runs), 2),
        "peak_gb": round(max(run["peak_gb"] for run in runs), 3),
        "test_accuracy": round(statistics.mean(run["test_accuracy"] for run in runs), 4),
    }


def measure_lessons(edition: str) -> tuple[dict, list[str]]:
    """Execute each page once: its seconds, from a cold start, and peak; and which failed."""
    found, failed = {}, []
    for page in course.pages():
        with TemporaryDirectory() as folder:
            options = ["--force", "--exact", "--edition", edition, "--output", folder, page.name]
            try:
                _, seconds, peak = watched(["tools/build.py", *options], edition)
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
    results.setdefault(part, {})[edition] = {"machine": machine(), "measured": measured}
    course.replace_text(RESULTS, json.dumps(results, indent=2, sort_keys=True) + "\n")


def report(edition: str, measured: dict) -> str:
    """Return the table of ratios, and on the original data whether the targets are reached."""
    lines = [f"{edition:9}  {'code':8} {'seconds':>8} {'peak GB':>8} {'test accuracy':>14}"]
    for name, result in measured.items():
        for arm in ARMS:
            row = result[arm]
            lines.append(
                f"{name:9}  {arm:8} {row['seconds']:8.1f} {row['peak_gb']:8.2f} "
                f"{row['test_accuracy']:14.4f}"
            )
        lines.append(
            f"{'':9}  {'ratio':8} {result['seconds_ratio']:8.2f} {result['peak_gb_ratio']:8.2f}"
        )
        if edition == "original":
            peak, share = TARGETS[name]
            for text, value, limit in (
                ("peak GB", result["lesson"]["peak_gb"], peak),
                ("share of the textbook's seconds", result["seconds_ratio"], share),
            ):
                verdict = "reached" if value <= limit else "NOT reached"
                lines.append(f"{'':11}target {verdict}: {text} {value:.2f}, at most {limit:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure the chosen parts and editions; by default, all that can be had."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="seeds an arm (default: 3)")
    parser.add_argument("--edition", nargs="+", choices=EDITIONS, help="default: all at hand")
    parser.add_argument("--only", choices=PARTS, help="default: both parts")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error(f"--repeats is {options.repeats}; expected 1 or more")
    for name in ("COURSE_SEED", "COURSE_RECORD"):  # a run is measured as a student's would be
        os.environ.pop(name, None)
    failures = []
    originals = os.environ.get("COURSE_MIRROR") or all("original" in store.ready(t) for t in TASKS)
    for edition in options.edition or (EDITIONS if originals else EDITIONS[:1]):
        if options.only != "lessons":
            measured = measure_text(edition, options.repeats)
            save("text", edition, measured)
            print(report(edition, measured))
        if options.only != "text":
            measured, failed = measure_lessons(edition)
            save("lessons", edition, measured)
            failures += [f"{name} ({edition})" for name in failed]
    if failures:
        sys.exit(f"failed, and not measured: {', '.join(failures)}")


if __name__ == "__main__":
    main()
