"""What every test runs under: the offline data, strict bands, and no cell left uncompared."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from course import content, environment

pytest_plugins = ["course.green"]
pytest.register_assert_rewrite("toy_photos", "toy_reviews")  # they assert for several files
# Each page in these takes as long as other files; and nothing but the page is shared.
BY_PAGE = ("test_exercises.py", "test_arithmetics.py")

# The user's own settings take no part; see course/environment.py.
for name in environment.LEFT_OUT:
    os.environ.pop(name, None)
os.environ |= environment.variables() | {"COURSE_DATA": "offline", "COURSE_STRICT": "1"}
for name in ("COURSE_SEED", "COURSE_RECORD"):
    os.environ.pop(name, None)

_folder = TemporaryDirectory()  # until the tests end; a student's own search is left alone
os.environ["COURSE_SEARCH"] = str(Path(_folder.name, "search.journal"))
os.environ["IPYTHONDIR"] = _folder.name  # no start-up files of the user's

# No time limits in tests; and in CI the same examples in every run.
hypothesis.settings.register_profile("course", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("course")


def pytest_ignore_collect(collection_path):
    """Leave out what is no page of the course: a student's copies and new notebooks."""
    inside = content.NOTEBOOKS in collection_path.parents
    if inside and collection_path.suffix == ".ipynb":
        return collection_path not in {page.notebook for page in content.pages()} or None
    return None


class ByPage(LoadScopeScheduling):
    """Keep together on one worker what shares a kernel or a fixture: a file, or a page of it."""

    def _split_scope(self, nodeid):
        file, _, test = nodeid.partition("::")
        return file + (test.partition("[")[2] if file.endswith(BY_PAGE) else "")


def pytest_xdist_make_scheduler(config, log):
    """Give work out by ``ByPage``; xdist's own groups do not reach it with pytest 9.2."""
    return ByPage(config, log)


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
