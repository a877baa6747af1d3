"""Run a bundled notebook as a stranger does: an empty folder, an empty home, no repository."""

import json
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode

# What would lead to the course, or to what this user keeps.
HIDDEN = (
    "PYTHON",
    "COURSE_",
    "XDG_",
    "JUPYTER",
    "IPYTHON",
    "VIRTUAL_ENV",
    "PYTEST",
    "MPL",
    "KERAS",
)


def bare_python(folder: Path) -> Path:
    """Return a Python that has the packages of the running one, but not the course.

    The course is installed as a link to the repository, which a .pth file makes. Python does not
    follow the .pth files of a folder that another .pth file names.
    """
    venv.create(folder)
    there = Path(sysconfig.get_path("purelib", "venv", {"base": folder, "platbase": folder}))
    places = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    there.joinpath("packages.pth").write_text("\n".join(sorted(places)), "utf-8")
    return python_of(folder)


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return Path(
        sysconfig.get_path("scripts", "venv", {"base": environment, "platbase": environment}),
        "python",
    )


def stranger(home: Path, **settings: str) -> dict[str, str]:
    """Return this environment with another home, and without what leads to the course."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(HIDDEN)}
    home.mkdir(parents=True, exist_ok=True)
    return kept | {"HOME": str(home), "USERPROFILE": str(home)} | settings


def run_code(python: Path, code: str, folder: Path, env: dict) -> subprocess.CompletedProcess:
    """Run Python code in a folder, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [python, "-"], input=code, cwd=folder, env=env, capture_output=True, text=True
    )


def run_notebook(notebook: NotebookNode, python: Path, folder: Path, env: dict) -> None:
    """Run a notebook's cells in a folder, in a kernel of another Python; the outputs are put in.

    Raises:
        CellExecutionError: a cell failed.
    """
    folder.mkdir(parents=True)
    spec = folder.parent / "kernels" / "stranger"
    spec.mkdir(parents=True)
    line = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    text = json.dumps({"argv": line, "display_name": "A stranger's", "language": "python"})
    spec.joinpath("kernel.json").write_text(text, "utf-8")
    manager = AsyncKernelManager(
        kernel_name=spec.name, kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec.parent)])
    )
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=600,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        client.execute(env=env)
    finally:  # a manager of ours is left running
        run_sync(manager.shutdown_kernel)(now=True)
