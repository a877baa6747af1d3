"""What every test runs under: the offline data, strict bands, and no cell left uncompared."""

import os
from tempfile import TemporaryDirectory

import hypothesis
import pytest

SEARCHES = TemporaryDirectory(
    prefix="course-search-"
)  # a search begins anew, whatever was found before
os.environ |= {
    "COURSE_DATA": "offline",
    "COURSE_STRICT": "1",
    "COURSE_SEARCH": f"{SEARCHES.name}/search.journal",
}
for name in ("COURSE_SEED", "COURSE_RECORD"):
    os.environ.pop(name, None)

# No time limits in tests; and in CI the same examples in every run.
hypothesis.settings.register_profile("course", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("course")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail a notebook's cell that was skipped.

    After a cell that timed out, nbval marks the rest as expected failures, which would let
    a notebook pass that nobody compared.
    """
    report = yield
    if item.path.suffix == ".ipynb" and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.name} was not compared: an earlier cell timed out or died"
        report.__dict__.pop("wasxfail", None)
    return report
