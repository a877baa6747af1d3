"""Open JupyterLab on a notebook; ``make lab``. Further options go to JupyterLab.

Works on a laptop, and in a container: as root JupyterLab must be told that this is meant,
and without a display no browser is started; the address is printed instead. The defaults in
``course/jupyter`` count where a student has chosen nothing: no question about JupyterLab's
news lies over the page.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS = ROOT / "course" / "jupyter"


def command(notebook: str, options: list[str]) -> list[str]:
    """Return the command line that serves this notebook on this machine."""
    # The root is the project, so that jupytext.toml counts and links between folders work.
    line = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    line.append(f"--LabApp.default_url=/lab/tree/{notebook}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")
    linux_without_display = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or shutil.which("wslview")
    )
    if linux_without_display:
        line.append("--no-browser")
    return line + options


def environment() -> dict[str, str]:
    """Return this environment, with the course's defaults for JupyterLab added."""
    paths = [os.environ.get("JUPYTER_CONFIG_PATH"), str(DEFAULTS)]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


if __name__ == "__main__":
    line = command(sys.argv[1], sys.argv[2:])
    if os.name == "nt":  # there execve returns to the prompt while JupyterLab goes on
        sys.exit(subprocess.call(line, env=environment()))
    os.execve(line[0], line, environment())
