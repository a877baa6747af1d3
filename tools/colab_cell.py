"""The first cell of a bundled notebook: bring the course's helpers along, install what is missing.

It uses Python's own library only. To run it again, in the same session or after a restart, changes
nothing.
"""

import base64
import binascii
import hashlib
import importlib.metadata
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path


class SetupError(RuntimeError):
    """The notebook cannot be set up; the message says why, and the way out."""

    def _render_traceback_(self) -> list:  # Jupyter shows this and not pages of code
        return [f"SetupError: {self}"]


def set_up(archive: str, sha256: str, packages: list, python: str) -> None:
    """Unpack the helpers, install what is missing, make ``import helpers`` find them; say so.

    Args:
        archive: the zipped ``helpers`` package, in base64.
        sha256: of the zip file. It is the name of the folder too: another version of the
            course gets another folder.
        packages: (name to import, name to install, lowest version or "") of each package needed.
        python: the lowest version of Python, such as "3.11".

    Raises:
        SetupError: the archive is damaged, the folder cannot be written, a package cannot be
            had, or another module called ``helpers`` is in the way.
    """
    if _release(sys.version) < _release(python):
        raise SetupError(
            f"This is Python {sys.version.split()[0]}; the course needs {python} or newer."
        )
    content = opened(archive, sha256)
    folder = home() / f"helpers-{sha256[:12]}"
    refuse_another(folder)
    done = unpack(content, folder)
    installed = install(lacking(packages))
    rival = use(folder)
    what = f"installed {', '.join(installed)}" if installed else "no package was missing"
    print(f"Ready. The course's helpers {sha256[:12]}: {done}; {what}.")
    if rival:
        print(
            f"You have a `helpers` of your own, {rival}. This notebook uses the course's; to use "
            "both, give yours another name."
        )


def home() -> Path:
    """Return the folder for what the course keeps; on Linux also that of its data."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "deep-learning-course")


def opened(archive: str, sha256: str) -> bytes:
    """Return the zip file, if it is the right one."""
    try:
        content = base64.b64decode("".join(archive.split()), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise SetupError(
            "This cell is damaged. What it carries has the SHA-256 "
            f"{found[:12]}…, expected {sha256[:12]}…, so nothing was unpacked. "
            "Take a fresh copy of this notebook, and upload that."
        )
    return content


def unpack(content: bytes, folder: Path) -> str:
    """Bring the files of a zip file into a folder, all of them or none; say what was to be done.

    They are unpacked beside the folder, which gets its name when it is whole.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if _whole(archive, folder):
            return "already here"
        done = "repaired" if folder.exists() else "unpacked"
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".helpers-") as beside:
                archive.extractall(Path(beside, "new"))
                if folder.exists():
                    folder.rename(Path(beside, "damaged"))
                Path(beside, "new").rename(folder)
        except OSError as error:
            if not _whole(archive, folder):  # else another notebook has just done it
                raise SetupError(
                    f"The folder {folder.parent} cannot take the course's helpers: "
                    f"{error.strerror or error}. Make room there, or set XDG_CACHE_HOME to a "
                    "folder that you can write, and run this cell again."
                ) from error
    return done


def _whole(archive: zipfile.ZipFile, folder: Path) -> bool:
    try:
        return all((folder / n).read_bytes() == archive.read(n) for n in archive.namelist())
    except OSError:
        return False


def lacking(packages: list) -> list:
    """Return what to tell pip: the packages that are missing here, or too old."""
    found = []
    for module, name, lowest in packages:
        wanted = f"{name}>={lowest}" if lowest else name
        if importlib.util.find_spec(module) is None:
            found.append(wanted)
            continue
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # it came under another name, as tensorflow does from tensorflow-cpu
        if _release(version) < _release(lowest):
            if module in sys.modules:
                raise SetupError(
                    f"{name} {version} is too old for the course, and already loaded. Run `%pip "
                    f'install "{wanted}"`, choose *Runtime*, *Restart session*, and run all cells.'
                )
            found.append(wanted)
    return found


def _release(version: str) -> list:
    """Return the numbers that a version begins with: [3, 10, 0] for "3.10.0rc1"."""
    return [int(n) for n in re.match(r"(\d+(?:\.\d+)*)?", version)[0].split(".") if n]


def install(requirements: list) -> list:
    """Install packages with pip, and return them."""
    if requirements:
        print(f"Installing {', '.join(requirements)} …", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", *requirements]
        pip = subprocess.run(command, capture_output=True, text=True)
        if pip.returncode:
            lines = [line for line in pip.stderr.splitlines() if line.strip()]
            reason = [line for line in lines if line.startswith("ERROR")] or lines or ["no reason"]
            raise SetupError(
                f"pip could not install {', '.join(requirements)}: {reason[-1]}. Connect to the "
                "internet or to a package index, or install them in your own way. Then run this "
                "cell again."
            )
        importlib.invalidate_caches()
    return requirements


def refuse_another(folder: Path) -> None:
    """Stop if this session has loaded a ``helpers`` from anywhere else."""
    loaded = sys.modules.get("helpers")
    if loaded and (place := _place(loaded.__spec__)) != folder / "helpers":
        raise SetupError(
            f"This session has already loaded another `helpers`, {place}. Choose *Runtime*, "
            "*Restart session*, and run all cells. If that does not help, give it another name."
        )


def use(folder: Path) -> "Path | None":
    """Put the folder first where this process and its children look; return a rival's place."""
    older = str(folder.parent / "helpers-")
    others = [place for place in sys.path if not place.startswith(older)]
    sys.path[:] = [str(folder), *others]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    inherited = [place for place in inherited if place and not place.startswith(older)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *inherited])
    importlib.invalidate_caches()
    if (found := _place(importlib.util.find_spec("helpers"))) != folder / "helpers":
        raise SetupError(
            f"Python takes `helpers` from {found} and not from {folder}. Choose *Runtime*, "
            "*Restart session*, and run all cells. If that does not help, uninstall the other one."
        )
    return _place(PathFinder.find_spec("helpers", others))


def _place(spec) -> "Path | None":
    """Return the file of a module, or the folder of a package; None if there is none."""
    if spec is None:
        return None
    return Path(next(iter(spec.submodule_search_locations or [spec.origin])))
