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

ASKING = [
    page for page in content.pages() if "hardware.fast_policy()" in page.source.read_text("utf-8")
]
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


def test_lessons_7_and_8_ask():
    assert {"07_transfer_learning", "08_visualizing_convnets"} <= {page.name for page in ASKING}


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.name)
def test_a_page_runs_on_the_other_way(page, tmp_path):
    other = "plain" if hardware.has_bfloat16() else "bfloat16"
    source = page.source.read_text("utf-8")
    for name, value in () if page.starter else LESS.items():  # an exercise is short, and strict
        source = re.sub(rf"^{name} = .*", f"{name} = {value}", source, flags=re.MULTILINE)
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
