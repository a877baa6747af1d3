"""A real JupyterHub with a class's configuration, for accounts that are made and removed here."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import requests
from serving import CONFIG, GROUP, HUB, processes_in
from student import LIMIT_S

from course import content, handout
from helpers.data.cache import cache_dir


def pytest_addoption(parser):
    parser.addoption("--students", type=int, default=3, help="how many run lesson 0 at once")


@pytest.fixture(scope="module")
def state():
    """A folder for all that the class has on its server; removed at the end.

    Not in pytest's own folder, which no other account can enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o711)
    (folder / "homes").mkdir()
    (folder / "run").mkdir()
    (folder / "run").chmod(0o1777)  # in /run systemd makes a folder for each
    # Git takes nothing from a folder of another account unless told: here the repository is root's.
    (folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def course(state):
    """The course's folder, closed as docs/classroom.md says; return it."""
    folder = state / "course"
    made = (".venv*", "build", "dist", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(content.ROOT, folder, ignore=shutil.ignore_patterns(*made))
    folder.chmod(0o750)
    return folder


@pytest.fixture(scope="module")
def accounts(state, names):
    """Accounts of this machine, in a group; yield their password; remove them at the end."""
    if os.geteuid():
        pytest.skip("only root can make accounts: sudo make test-hub")
    password = secrets.token_urlsafe(32)
    _remove(names)  # of a test that was killed
    subprocess.run(["groupadd", GROUP], check=True)
    try:
        for name in names:
            home = state / "homes" / name
            options = ["--gid", GROUP, "--shell", "/bin/bash", "--create-home", "--home-dir", home]
            subprocess.run(["useradd", *options, name], check=True)
            home.chmod(0o700)
        lines = "".join(f"{name}:{password}\n" for name in names)
        subprocess.run(["chpasswd"], input=lines, text=True, check=True)
        yield password
    finally:
        _remove(names)


def _remove(names):
    for command in (*(["userdel", name] for name in names), ["groupdel", GROUP]):
        subprocess.run(command, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def data(state):
    """The shared cache, filled once by root, who opens it for all to read."""
    folder = state / "course-data"
    env = {**os.environ, "COURSE_CACHE": str(folder), "COURSE_DATA": "offline"}
    env["COURSE_MIRROR"] = str(cache_dir())  # what is fetched already need not be again
    fetch = "from helpers import data; data.imdb(), data.reuters()"
    subprocess.run([HUB / "kernel/bin/python", "-c", fetch], env=env, check=True, cwd=state)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def publish(state):
    """Return a function that releases to a repository, and returns its address."""
    folder = state / "lessons"
    git = ["git", "-C", folder, "-c", "user.name=Instructor", "-c", "user.email=i@example.org"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)

    def publish(*solutions):
        handout.hand_out(folder, solutions)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message=Lessons"], check=True)
        return folder.as_uri()

    return publish


@pytest.fixture(scope="module")
def hub(state, course, data, accounts, request):
    """Start the hub; yield its address; stop it, and see that nothing is left."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    env = os.environ | {
        "COURSE_CACHE": str(data),
        "COURSE_DATA": "offline",
        "HUB_CONFIG": str(course / CONFIG),
        "HUB_TEST_STATE": str(state),
        "HUB_TEST_PORTS": ",".join(ports),
        "HUB_TEST_GROUP": GROUP,
    }
    config = Path(__file__).with_name("jupyterhub_config.py")
    command = [HUB / "bin" / "jupyterhub", "--config", config]
    log = content.ROOT / "build" / f"{request.module.__name__}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=state, env=env, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{ports[1]}"
    try:
        _wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(LIMIT_S)
        left = list(processes_in(state))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert not left, f"the hub left processes behind; see {log}"


def _wait_for(address, process, log):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(f"{address}/hub/api").raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.2)
    pytest.fail(f"the hub did not start; see {log}")
