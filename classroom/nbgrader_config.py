"""nbgrader for this course; docs/instructors.md says how to use it.

nbgrader finds it through JUPYTER_CONFIG_PATH, which names this folder. The hub sets it for all.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for nbgrader_marking

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "keras"
# Sources, submissions and marks: yours alone, outside the course's folder.
c.CourseDirectory.root = os.environ.get("COURSE_GRADING") or str(Path.home() / "grading")
# Where students fetch and hand in; every account of the server must be able to write there.
c.Exchange.root = os.environ.get("COURSE_EXCHANGE") or "/srv/nbgrader/exchange"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\npass"}  # a function needs a statement
# Marking: nbgrader's own steps, with ours where it would stop, or give no point for a right answer.
c.Autograde.pre_convert_hook = "nbgrader_marking.find_notebook"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader_marking.Repair",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "nbgrader_marking.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Execute.timeout = 600  # seconds a cell; then it is interrupted
