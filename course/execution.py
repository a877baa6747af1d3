"""Execute a page from top to bottom in a fresh kernel, as it is built and as it is measured."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course import content, fingerprints
from course.content import Page

CELL_LIMIT_S = 600


class LessonError(RuntimeError):
    """A lesson stopped. The message has the cell, its source line and the error."""


def execute(
    page: Page,
    edition: str,
    on_cell: Callable[..., object] = lambda **_: None,
    env: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Return a page's notebook, executed from top to bottom in a fresh kernel.

    Args:
        page: what to execute.
        edition: of the data.
        on_cell: called after each code cell.
        env: environment variables for the kernel; an empty one is not set there.

    Raises:
        LessonError: a cell failed, took too long, or the kernel died.
    """
    notebook = unexecuted(page, edition)
    running = [0]  # the cells so far, by index; the last one is the one that failed
    client = NotebookClient(
        notebook,
        timeout=CELL_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(page.notebook.parent)}},
        record_timing=False,  # a time stamp would change the file in every run
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its warnings are not about lessons
        on_cell_execute=lambda cell, cell_index: running.append(cell_index),
        on_cell_executed=on_cell,
    )
    page.notebook.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        # Neither a student's own search nor the user's IPython profile takes part.
        own = {"COURSE_SEARCH": str(Path(folder, "search.journal")), "IPYTHONDIR": folder}
        settings = {"COURSE_DATA": edition, "COURSE_STRICT": "1", **(env or {})}
        whole = {**os.environ, **own, **settings}
        whole = {name: value for name, value in whole.items() if value or name not in settings}
        try:
            client.execute(env=whole)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise LessonError(_report(page, notebook, running[-1], error)) from error
    notebook.metadata.language_info = {"name": "python"}  # without the version of this Python
    return notebook


def unexecuted(page: Page, edition: str) -> NotebookNode:
    """Return a page's notebook before it has run, and note in it what it is made from."""
    notebook = content.read_source(page)
    notebook.metadata.course = {
        "edition": edition,
        "source": content.source_hash(page),
        "code": fingerprints.code(page, edition),
        "cells": content.cells_hash(notebook),
    }
    if page.example != content.EXAMPLE:
        notebook.metadata.course["example"] = page.example
    return notebook


def _report(page: Page, notebook: NotebookNode, index: int, error: Exception) -> str:
    """Say which cell of which source line failed, and how."""
    text = page.source.read_text("utf-8")
    start = end = 0
    for cell in notebook.cells[: index + 1]:
        if cell.cell_type == "code":  # begins a line; markdown is commented in the source
            start = max(text.find(f"\n{cell.source}", end) + 1, end)
            end = start + len(cell.source)
    line = text[:start].count("\n") + 1
    plain = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # the traceback without its colours
    if found := re.findall(r"Cell In\[\d+\], line (\d+)", plain):
        line += int(found[0]) - 1
    reason = getattr(error, "evalue", "") or plain.strip().splitlines()[-1]
    kind = getattr(error, "ename", type(error).__name__)
    source = os.path.relpath(page.source, content.ROOT)
    shown = text.splitlines()[line - 1].strip()
    return f"{page.name}, cell {index + 1} ({source}:{line}): {shown}\n    {kind}: {reason}"
