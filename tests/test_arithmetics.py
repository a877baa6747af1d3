"""Pages that ask the processor how to compute pass on both ways, whatever this processor is."""

import os
import subprocess
import sys

import pytest

from course import content
from helpers import hardware

ASKING = [
    page for page in content.pages() if "hardware.fast_policy()" in page.source.read_text("utf-8")
]


def test_lessons_7_and_8_ask():
    assert {"07_transfer_learning", "08_visualizing_convnets"} <= {page.name for page in ASKING}


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.name)
def test_a_page_passes_on_the_other_way(page):
    """Strict nbval, as for every notebook; what it prints must not depend on the way."""
    other = "plain" if hardware.has_bfloat16() else "bfloat16"
    command = [sys.executable, "-m", "pytest", "--numprocesses=0", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(page.notebook)],
        cwd=content.ROOT,
        env={**os.environ, "COURSE_ARITHMETIC": other},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
