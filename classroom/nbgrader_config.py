"""nbgrader for this course; docs/instructors.md says how to use it.

nbgrader finds it through JUPYTER_CONFIG_PATH, which names this folder. The hub sets it for all.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "keras"
# Sources, submissions and marks: yours alone, outside the course's folder.
c.CourseDirectory.root = os.environ.get("COURSE_GRADING") or str(Path.home() / "grading")
# Where students fetch and hand in; every account of the server must be able to write there.
c.Exchange.root = os.environ.get("COURSE_EXCHANGE") or "/srv/nbgrader/exchange"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\npass"}  # a function needs a statement
c.Execute.timeout = 600  # seconds a cell
