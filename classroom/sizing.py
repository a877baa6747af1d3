"""How much memory a class needs, from what the lessons were measured to need.

    python classroom/sizing.py 30

The JupyterHub configuration takes its limit from here, and so from benchmarks/results.json:
when `make bench` measures a lesson anew, the limit follows. It imports nothing of the course,
because the hub runs in an environment of its own.
"""

import argparse
import json
import math
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results.json"
GB = 10**9  # as in results.json
# A student's JupyterLab beside the kernels; `make test-hub` fails if it grows beyond this.
SERVER_GB = 0.3
# A lesson may start a second process (lesson 5 does), and a student may leave a lesson open.
KERNELS = 2
HUB_GB = 2  # the hub, its proxy and the operating system


def largest_peak(results: Path = RESULTS) -> tuple[str, float]:
    """Return the page that needed most memory, and its peak in GB (10**9 bytes).

    Raises:
        ValueError: the file has no measured page.
    """
    editions = json.loads(results.read_text("utf-8")).get("lessons", {})
    peaks = [
        (cost["peak_gb"], name)
        for edition in editions.values()
        for name, cost in edition["measured"].items()
    ]
    if not peaks:
        raise ValueError(f"{results} has no measured lesson; make bench measures them")
    peak, name = max(peaks)
    return name, peak


def measured_cores(results: Path = RESULTS) -> int:
    """Return how many cores the lessons' times and peaks were measured on."""
    editions = json.loads(results.read_text("utf-8"))["lessons"]
    return max(edition["machine"]["cores"] for edition in editions.values())


def limit_bytes(results: Path = RESULTS) -> int:
    """Return the most memory one student's processes may use together: whole tenths of a GB."""
    _, peak = largest_peak(results)
    return math.ceil((KERNELS * peak + SERVER_GB) * 10) * GB // 10


def guaranteed_bytes(results: Path = RESULTS) -> int:
    """Return what one student needs while the largest lesson runs: whole tenths of a GB."""
    _, peak = largest_peak(results)
    return math.ceil((peak + SERVER_GB) * 10) * GB // 10


def as_values(results: Path = RESULTS) -> str:
    """Return what a student's pod gets, as classroom/kubernetes/values.yaml has it.

    A quarter of the cores is guaranteed: so the scheduler puts no more students on a node than
    four for each kernel that the node could run at its full speed.
    """
    cores, needed, limit = measured_cores(results), guaranteed_bytes(results), limit_bytes(results)
    memory = f"  memory:\n    guarantee: {needed}\n    limit: {limit}\n"
    return f"{memory}  cpu:\n    guarantee: {cores / 4}\n    limit: {cores}"


def class_gb(students: int, results: Path = RESULTS) -> int:
    """Return the memory in GB of a server on which all students train the largest lesson at once.

    Raises:
        ValueError: there is no student.
    """
    if students < 1:
        raise ValueError(f"students is {students}; expected a whole number from 1")
    _, peak = largest_peak(results)
    return math.ceil(students * (peak + SERVER_GB) + HUB_GB)


def main() -> None:
    """Print what a class of this size needs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=int, help="such as 30")
    students = parser.parse_args().students
    try:
        (name, peak), needed = largest_peak(), class_gb(students)
    except ValueError as error:
        parser.error(str(error))
    print(f"largest measured lesson: {name}, {peak:.1f} GB")
    print(f"limit for each student:  {limit_bytes() / GB:.1f} GB")
    print(f"server for {students} students:  {needed} GB of memory")


if __name__ == "__main__":
    main()
