"""The first cell of a bundled notebook: helpers, packages and data, all that it lacks where it is.

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
from pathlib import Path


class SetupError(RuntimeError):
    """The notebook cannot be set up; the message says why, and the way out."""

    def _render_traceback_(self) -> list:  # Jupyter shows this and not pages of code
        return [f"SetupError: {self}"]


def set_up(archive: str, sha256: str, packages: list, data: list, python: str) -> None:
    """Unpack the helpers, install what is missing, fetch the data, and say so.

    Args:
        archive: the zipped ``helpers`` package, in base64.
        sha256: of the zip file. It is the name of the folder too: another version of the
            course gets another folder.
        packages: (name to import, name to install, lowest version or "") of each package needed.
        data: the names of the data sets needed.
        python: the lowest version of Python, such as "3.11".

    Raises:
        SetupError: the archive is damaged, the folder cannot be written, a package or a data set
            cannot be had, or another module called ``helpers`` is in the way.
    """
    if _release(sys.version) < _release(python):
        raise SetupError(
            f"This is Python {sys.version.split()[0]}; the course needs {python} or newer."
        )
    content = opened(archive, sha256)
    folder = home() / f"helpers-{sha256[:12]}"
    done = unpack(content, folder)
    installed = install(lacking(packages))
    use(folder)
    fetch(data)
    what = f"installed {', '.join(installed)}" if installed else "no package was missing"
    print(
        f"Ready. The course's helpers {sha256[:12]}: {done}; {what}; "
        f"data: {', '.join(data) or 'none'}."
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
    found = re.match(r"\d+(?:\.\d+)*", version)
    return [int(number) for number in found[0].split(".")] if found else []


def install(requirements: list) -> list:
    """Install packages with pip, and return them."""
    if requirements:
        print(f"Installing {', '.join(requirements)} …", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-color", *requirements]
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


def use(folder: Path) -> None:
    """Make this process and its children take ``helpers`` from the folder."""
    older = str(folder.parent / "helpers-")
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    inherited = [place for place in inherited if place and not place.startswith(older)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *inherited])
    sys.path[:] = [str(folder), *(place for place in sys.path if not place.startswith(older))]
    importlib.invalidate_caches()
    found = importlib.import_module("helpers")
    place = getattr(found, "__file__", None) or next(iter(found.__path__))
    if Path(place).parent != folder / "helpers":
        raise SetupError(
            f"Python has another `helpers` here, {place}. Choose *Runtime*, *Restart session*, "
            "and run all cells. If that does not help, rename or uninstall the other one."
        )


def fetch(names: list) -> None:
    """Bring data sets into the cache, in the edition that ``COURSE_DATA`` chooses."""
    if names:
        from helpers.data import DataError
        from helpers.data.cache import data_set
    for name in names:
        try:
            data_set(name).load()
        except DataError as error:
            raise SetupError(str(error)) from error
