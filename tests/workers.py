"""Worker processes for the tests of what several processes do at once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def workers(module: str, url: str) -> Iterator[Callable[..., subprocess.Popen]]:
    """Give a function that starts a process running ``work(url)`` of a test module.

    Code given to it runs before. No process outlives the ``with``.
    """
    started = []

    def start(before=""):
        code = f"import os, signal, {module} as t; {before} t.work({url!r})"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.wait()
