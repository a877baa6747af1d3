"""A real JupyterHub: two students at once, one cache that nobody but the instructor fills."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import nbformat
import pytest
import requests
from student import LIMIT_S, Student

from classroom import links, sizing
from course import assignments, build, content, handout
from helpers.data.cache import cache_dir

HUB = content.ROOT / ".venv-hub"
CONFIG = content.ROOT / "classroom" / "jupyterhub_config.py"
LOG = content.ROOT / "build" / "hub.log"
NAMES = ("ada", "grace")
EXERCISE = "02_imdb_binary_classification"
LESSON = f"notebooks/{EXERCISE}.ipynb"
# What a student's kernel sees of the machine: run in it after the lesson.
PROBE = """
import json, os
from helpers.data.cache import cache_dir
from helpers.data.catalogue import data_set
file, errors = data_set("imdb").place("offline"), []
for attempt in (lambda: (cache_dir() / "mine").touch(), lambda: file.open("r+b")):
    try:
        attempt()
        errors.append(None)
    except OSError as error:
        errors.append(type(error).__name__)
print(json.dumps({
    "inode": file.stat().st_ino, "cache": str(cache_dir()), "errors": errors,
    "limit": int(os.environ["MEM_LIMIT"]), "python": __import__("sys").prefix,
}))
"""

# What JupyterHub and systemd's spawner make of the configuration: run in the hub's environment.
SETTINGS = """
import json, sys
from types import SimpleNamespace
from jupyterhub.app import JupyterHub
hub = JupyterHub()
hub.load_config_file(sys.argv[1])
user = SimpleNamespace(name="ada", id=1)
spawner = hub.spawner_class(config=hub.config, user=user)
login = hub.authenticator_class(config=hub.config)
print(json.dumps({
    "spawner": type(spawner).__name__, "limit": spawner.mem_limit, "cores": spawner.cpu_limit,
    "readonly": spawner.readonly_paths, "groups": sorted(login.allowed_groups),
    "login": type(login).__name__, "admins": sorted(login.admin_groups),
}))
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A folder for the hub's state, the homes and the shared data; removed at the end."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "homes").mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def data(state):
    """The shared cache, filled once by the instructor and then closed for writing."""
    folder = state / "course-data"
    env = {**os.environ, "COURSE_CACHE": str(folder), "COURSE_DATA": "offline"}
    env["COURSE_MIRROR"] = str(cache_dir())  # what is fetched already need not be again
    fetch = "from helpers.data.catalogue import data_set; print(data_set('imdb').load()[1])"
    command = [sys.executable, "-c", fetch]
    subprocess.run(command, env=env, check=True, cwd=content.ROOT)
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    yield folder
    for path in everything:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture(scope="module")
def publish(state):
    """Return a function that releases to a repository, and returns its address."""
    folder = state / "lessons"
    git = ["git", "-C", folder, "-c", "user.name=Instructor", "-c", "user.email=i@example.org"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)

    def publish(*solutions):
        handout.release(folder, solutions)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message=Lessons"], check=True)
        return folder.as_uri()

    return publish


@pytest.fixture(scope="module")
def grading(state):
    """Release an exercise; return a function that runs nbgrader as the instructor."""
    folder, exchange = state / "grading", state / "exchange"
    exchange.mkdir()
    env = os.environ | {
        "PATH": f"{HUB / 'bin'}:{os.environ['PATH']}",
        "JUPYTER_CONFIG_PATH": str(CONFIG.parent),
        "COURSE_GRADING": str(folder),
        "COURSE_EXCHANGE": str(exchange),
    }

    def nbgrader(*command):
        subprocess.run(["nbgrader", *command], env=env, check=True, cwd=state)
        return folder

    [page] = build.chosen([f"exercises/{EXERCISE}"])
    assignments.write(page, folder)
    nbgrader("generate_assignment", EXERCISE)
    nbgrader("release_assignment", EXERCISE)
    for name in NAMES:  # plain processes have one account: nbgrader must be told who is who
        home = state / "homes" / name
        home.mkdir()
        text = f"c = get_config()\nc.CourseDirectory.student_id = {name!r}\n"
        (home / "nbgrader_config.py").write_text(text)
    return nbgrader


@pytest.fixture(scope="module")
def hub(state, data, grading):
    """Start the hub; yield its address and password; stop it, and see that nothing is left."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    password = secrets.token_urlsafe(32)
    env = os.environ | {
        "COURSE_CACHE": str(data),
        "COURSE_DATA": "offline",
        "HUB_CONFIG": str(CONFIG),
        "HUB_TEST_STATE": str(state),
        "HUB_TEST_PORTS": ",".join(ports),
        "HUB_TEST_PASSWORD": password,
    }
    config = Path(__file__).with_name("jupyterhub_config.py")
    command = [HUB / "bin" / "jupyterhub", "--config", config]
    if os.geteuid() == 0:  # permissions do not bind root, a read-only mount does
        closed = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", closed, data, *command]
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as file:
        process = subprocess.Popen(command, cwd=state, env=env, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{ports[1]}"
    try:
        _wait_for(address, process)
        yield address, password
    finally:
        process.terminate()
        process.wait(LIMIT_S)
        left = _processes_in(state)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert not left, f"the hub left processes behind; see {LOG}"


def _wait_for(address, process):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(f"{address}/hub/api").raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.2)
    pytest.fail(f"the hub did not start; see {LOG}")


def _processes_in(folder):
    """Return the processes that work in a folder (Linux lists them)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if entry.readlink().is_relative_to(folder):
                found.append(int(entry.parent.name))
        except OSError:  # it is over, or not ours to look at
            continue
    return found


@pytest.fixture(scope="module")
def work(hub, data, publish):
    """Let both students log in, pull and run the lesson, at the same time."""
    address, password = hub
    before = _snapshot(data)
    link = links.link(address, publish(), LESSON)
    asked = dict(parse_qsl(urlsplit(link).query))
    with ThreadPoolExecutor(len(NAMES)) as pool:
        students = list(pool.map(lambda name: Student(address, name, password), NAMES))
        list(pool.map(Student.start_server, students))
        pages = list(pool.map(lambda student: student.page(link), students))
        pulls = list(pool.map(lambda student: student.pull(**asked), students))
        notebook = asked["urlpath"].removeprefix("lab/tree/")
        printed = list(pool.map(lambda student: student.run(notebook, PROBE), students))
    servers = [_resident_gb(student) for student in students]
    return {
        "students": students,
        "pages": pages,
        "asked": asked,
        "pulls": pulls,
        "printed": printed,
        "seen": [json.loads(texts[-1]) for texts in printed],
        "before": before,
        "servers": servers,
    }


def _snapshot(folder):
    return {
        path.relative_to(folder): (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
    }


def _resident_gb(student):
    """Return the peak memory of a student's JupyterLab, from the process that listens."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_text().replace("\0", " ")
            if (
                "jupyterhub-singleuser" in command
                and (entry / "cwd").readlink().name == student.name
            ):
                peak = re.search(r"VmHWM:\s+(\d+) kB", (entry / "status").read_text())
                return int(peak[1]) * 1024 / sizing.GB
        except OSError:
            continue
    raise LookupError(f"{student.name}'s server is not running")


def test_jupyterhub_takes_the_configuration_as_it_is_meant(data):
    command = [HUB / "bin" / "python", "-c", SETTINGS, CONFIG]
    env = {**os.environ, "COURSE_CACHE": str(data)}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "not recognized" not in done.stderr, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "spawner": "SystemdSpawner",
        "limit": sizing.limit_bytes(),
        "cores": sizing.measured_cores(),
        "readonly": [str(content.ROOT), str(data)],
        "login": "PAMAuthenticator",
        "groups": ["instructors", "students"],
        "admins": ["instructors"],
    }


def test_a_wrong_password_and_a_stranger_stay_outside(hub):
    address, password = hub
    for name, tried in ((NAMES[0], "wrong" * 10), ("stranger", password)):
        with pytest.raises(requests.HTTPError, match="403"):
            Student(address, name, tried)


def test_the_link_brings_the_lessons_without_solutions(work, state):
    for student, page, pull in zip(work["students"], work["pages"], work["pulls"], strict=True):
        assert 'data-targetpath="lessons"' in page, "this is not nbgitpuller's page"
        assert pull[-1]["phase"] == "finished", pull
        home = state / "homes" / student.name / "lessons"
        assert (home / LESSON).is_file()
        assert not list(home.rglob("solutions"))


def test_the_lesson_runs_for_both(work):
    for texts in work["printed"]:
        text = "\n".join(texts)
        assert "imdb: offline edition (COURSE_DATA=offline)" in text
        assert re.search(r"imdb\.test_accuracy is within .* \(offline\)", text), text
        assert "outside" not in text


def test_the_data_was_fetched_once(work, data, state):
    assert _snapshot(data) == work["before"], "someone wrote into the shared cache"
    file = Path("imdb-offline.npz")
    assert {seen["inode"] for seen in work["seen"]} == {work["before"][file][0]}
    copies = [path for path in state.rglob(file.name)]
    assert copies == [data / file], "a student has a copy"


def test_students_cannot_write_the_cache(work):
    for seen in work["seen"]:
        assert None not in seen["errors"]


def test_the_kernel_is_the_courses_and_the_limit_the_measured_one(work):
    for seen in work["seen"]:
        assert Path(seen["python"]).resolve() == (content.ROOT / ".venv").resolve()
        assert seen["limit"] == sizing.limit_bytes()


def test_a_students_jupyterlab_is_as_small_as_planned(work):
    print(f"peaks of the servers: {work['servers']} GB")
    assert max(work["servers"]) <= sizing.SERVER_GB


def test_the_link_brings_what_is_new_and_keeps_what_a_student_wrote(work, state, publish):
    student = work["students"][0]
    home = state / "homes" / student.name / "lessons"
    mine = nbformat.read(home / LESSON, as_version=4)
    mine.cells[0].source = "My notes"
    nbformat.write(mine, home / LESSON)
    publish(EXERCISE)
    assert student.pull(**work["asked"])[-1]["phase"] == "finished"
    assert (home / "notebooks" / "solutions" / f"{EXERCISE}.ipynb").is_file()
    assert nbformat.read(home / LESSON, as_version=4).cells[0].source == "My notes"


def test_exercises_are_collected(work, grading):
    with ThreadPoolExecutor(len(NAMES)) as pool:
        for action, status in (("fetch", "fetched"), ("submit", "submitted")):
            lists = pool.map(
                lambda student, act=action: student.assignment(act, EXERCISE), work["students"]
            )
            for shown in lists:
                assert (EXERCISE, status) in {(e["assignment_id"], e["status"]) for e in shown}
    submitted = grading("collect", EXERCISE) / "submitted"
    notebooks = {path.relative_to(submitted).as_posix() for path in submitted.rglob("*.ipynb")}
    assert notebooks == {f"{name}/{EXERCISE}/{EXERCISE}.ipynb" for name in NAMES}


def test_jupyterlab_opens(work):
    for student in work["students"]:
        assert "jupyter-config-data" in student.page(f"{student.server}/lab")
        news = student.get("lab/api/settings/@jupyterlab/apputils-extension:notification").json()
        assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
