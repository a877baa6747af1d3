"""A class at once: all log in, pull the lessons, and run lesson 0 in the same moment.

Three students by default. For thirty: sudo make test-hub ARGS="-k class_at_once --students=30"
"""

import os
import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Barrier, BrokenBarrierError, Event, Thread
from urllib.parse import parse_qsl, urlsplit

import nbformat
import pytest
from serving import processes_in
from student import Student

from classroom import links, sizing
from course import content

LESSON = "notebooks/00_start_here.ipynb"
REPORT = content.ROOT / "build" / "load.md"


@pytest.fixture(scope="module")
def names(request):
    """The accounts of this module's class."""
    return [f"course-{number:03}" for number in range(request.config.getoption("--students"))]


class Memory(Thread):
    """Watches what all processes in a folder need together, until it is stopped.

    Args:
        folder: where they work, or below it.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder, self.stopped, self.peak_gb, self.kernels = folder, Event(), 0.0, 0

    def run(self):
        over = False
        while not over:
            over = self.stopped.wait(5)  # to look costs time that the students wait for
            found = [_memory(pid) for pid in processes_in(self.folder)]
            self.peak_gb = max(self.peak_gb, sum(gb for gb, _ in found))
            self.kernels = max(self.kernels, sum(kernel for _, kernel in found))


def _memory(pid):
    """Return a process's share of the memory in GB, and whether it is a kernel."""
    entry = Path("/proc", str(pid))
    try:
        # PSS: a page that several processes share counts once, in parts.
        share = re.search(r"^Pss:\s+(\d+) kB", (entry / "smaps_rollup").read_text(), re.M)
        return int(share[1]) * 1024 / sizing.GB, b"ipykernel" in (entry / "cmdline").read_bytes()
    except OSError:  # it is over
        return 0.0, False


@pytest.fixture(scope="module")
def load(hub, accounts, names, publish, state):
    """Let the class work; return each student's outputs and seconds, who failed, and the memory."""
    link = links.link(hub, publish(), LESSON)
    asked = dict(parse_qsl(urlsplit(link).query))
    notebook = asked["urlpath"].removeprefix("lab/tree/")
    together = Barrier(len(names))
    failed = []  # the first one first

    def work(name):
        try:
            together.wait()
            begin = time.monotonic()
            student = Student(hub, name, accounts)
            student.start_server()
            ready = time.monotonic()
            student.page(link)
            assert student.pull(**asked)[-1]["phase"] == "finished"
            student.page(f"{student.server}/lab/tree/{notebook}")
            opened = time.monotonic()
            together.wait()
            run = time.monotonic()
            printed = student.run(notebook, close=False)
        except BrokenBarrierError:
            raise  # another one failed
        except BaseException as error:
            failed.append(f"{name}\n{''.join(traceback.format_exception(error))}")
            together.abort()  # nobody waits for one who is out
            raise
        return printed, (ready - begin, opened - ready, time.monotonic() - run)

    memory = Memory(state)
    memory.start()
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            done = [pool.submit(work, name) for name in names]
    finally:
        memory.stopped.set()
        memory.join()
    return done, failed, memory


def expected():
    """Return what each cell of the lesson prints, or None where that is no matter."""
    for cell in nbformat.read(content.ROOT / LESSON, as_version=4).cells:
        if cell.cell_type == "code":
            ignored = "nbval-ignore-output" in cell.metadata.get("tags", [])
            yield None if ignored else "".join(map(_text, cell.outputs))


def _text(output):
    return output.text if output.output_type == "stream" else output.data["text/plain"]


def test_a_class_at_once_runs_the_first_lesson(load, names, capsys):
    done, failed, memory = load
    if failed:
        failed.append(f"The log of the hub and of all servers: build/{__name__}.log")
        pytest.fail("\n".join(failed), pytrace=False)
    wanted = list(expected())
    for name, one in zip(names, done, strict=True):
        printed, _ = one.result()
        seen = [text for text, want in zip(printed, wanted, strict=True) if want is not None]
        assert seen == [want for want in wanted if want is not None], name
    assert memory.kernels == len(names), "not all kernels were there at once"
    lines = [f"{len(names)} students, {os.cpu_count()} cores", ""]
    lines += ["| | median | slowest |", "| --- | --- | --- |"]
    steps = ("log in, JupyterLab is ready", "pull the lessons, open one", "run lesson 0")
    for number, step in enumerate(steps):
        seconds = [one.result()[1][number] for one in done]
        lines.append(f"| {step} | {median(seconds):.0f} s | {max(seconds):.0f} s |")
    gb = f"{memory.peak_gb:.1f} GB, {memory.peak_gb / len(names):.2f} GB a student"
    lines += ["", f"Memory of the hub and of all servers and kernels, at its peak: {gb}"]
    REPORT.write_text("\n".join([*lines, ""]), "utf-8")
    with capsys.disabled():
        print("", *lines, sep="\n")
