"""The class hub's environment, from its own installer; ``make hub``.

Python's standard library only, as environment.py.
"""

from __future__ import annotations

from course import environment
from course.environment import SetupError, run

IN_THE_COURSE = ".venv-hub"  # for marking on one's own machine
FOR_A_CLASS = "/srv/class"  # where students reach nothing of the course


def ensure(folder: str) -> None:
    """Install the hub into a folder, unless that is done.

    Raises:
        SetupError: the system is Windows, or the installation failed.
    """
    environment.require_unix("JupyterHub")
    if run(environment.suitable_python(), "classroom/install.py", folder):
        raise SetupError("the hub is not installed; the last lines say why")
