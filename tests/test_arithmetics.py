"""Pages that ask the processor how to compute run on both ways, whatever this processor is.

The notebooks' own test takes this processor's way. Here is the other. A lesson has less to compute:
nothing may fail, nothing may be said on the error channel, and every result must be there. That the
results are in their bands on either way is measured by ``make calibrate``.
"""

import re

import nbformat
import pytest

from course import content, execution
from helpers import hardware

# By name, so that no other page's change runs these; tests/test_course.py holds the list.
ASKING = ("07_transfer_learning", "08_visualizing_convnets", "exercises/07_transfer_learning")
LESS = {
    "PHOTOS": 60,
    "PICTURES": {"train": 80, "validation": 40, "test": 60},
    "RUNS": 2,
    "CONVNET_EPOCHS": 2,
    "HEAD_EPOCHS": 3,
    "FINE_TUNING_EPOCHS": 1,
    "FILTERS": 2,
    "STEPS": 10,
}
RESULT = re.compile(r"^([a-z_]+\.\w+) = ", re.MULTILINE)


@pytest.mark.parametrize("name", ASKING)
def test_a_page_runs_on_the_other_way(name, tmp_path):
    page = next(page for page in content.pages() if page.name == name)
    other = "plain" if hardware.has_bfloat16() else "bfloat16"
    source = page.source.read_text("utf-8")
    for setting, value in () if page.starter else LESS.items():  # an exercise is short, and strict
        source = re.sub(rf"^{setting} = .*", f"{setting} = {value}", source, flags=re.MULTILINE)
    small = tmp_path / page.source.name
    small.write_text(source, "utf-8")
    env = {"COURSE_ARITHMETIC": other, "COURSE_STRICT": str(int(page.starter is not None))}
    notebook = execution.execute(
        content.Page(small, page.notebook, page.starter), "offline", env=env
    )
    assert said(notebook, "stderr") == ""
    stored = nbformat.read(page.notebook, as_version=4)
    assert RESULT.findall(said(notebook, "stdout")) == RESULT.findall(said(stored, "stdout"))


def said(notebook, channel):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.get("name") == channel)
