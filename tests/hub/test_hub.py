"""A real JupyterHub: two accounts at once, one cache that only root fills, a closed course.

It needs root, who makes the accounts and the hub's environment; see docs/classroom.md.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import nbformat
import pytest
import requests
from serving import CONFIG, HUB
from student import Student

from classroom import links, sizing
from course import assignments, build

NAMES = ("course-ada", "course-grace")
EXERCISE = "02_imdb_binary_classification"
LESSON = f"notebooks/{EXERCISE}.ipynb"
HIDDEN = (
    f"lessons_src/exercises/{EXERCISE}.py",
    f"notebooks/solutions/{EXERCISE}.ipynb",
    f"tests/answers/{EXERCISE}.py",
    ".git/HEAD",
    "README.md",
)
# What a student's kernel sees of the machine: run in it after the lesson.
PROBE = """
import importlib.util, json, os
from pathlib import Path
from ipykernel.connect import get_connection_info
from helpers.data.cache import cache_dir
from helpers.data.cache import data_set

def error_of(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__

file = data_set("imdb").place("offline")
course = Path(COURSE)
print(json.dumps({
    "inode": file.stat().st_ino, "cache": str(cache_dir()),
    "errors": [error_of((cache_dir() / "mine").touch), error_of(lambda: file.open("r+b"))],
    "listed": error_of(lambda: list(course.iterdir())),
    "hidden": [error_of((course / name).read_bytes) for name in HIDDEN],
    "modules": [name for name in ("course", "tests", "lessons_src", "benchmarks")
                if importlib.util.find_spec(name)],
    "limit": int(os.environ["MEM_LIMIT"]), "python": __import__("sys").prefix,
    "transport": json.loads(get_connection_info())["transport"],
}))
"""

# What JupyterHub and systemd's spawner make of the configuration: run in the hub's environment.
SETTINGS = """
import json, sys
from types import SimpleNamespace
from jupyterhub.app import JupyterHub
hub = JupyterHub()
hub.load_config_file(sys.argv[1])
users = [SimpleNamespace(name=name, id=1) for name in ("ada", "grace")]
spawner, other = [hub.spawner_class(config=hub.config, user=user) for user in users]
def folders(spawner):
    made = spawner._expand_user_vars(spawner.unit_extra_properties["RuntimeDirectory"])
    return "/run/" + made, spawner.environment["JUPYTER_RUNTIME_DIR"](spawner)
login = hub.authenticator_class(config=hub.config)
print(json.dumps({
    "spawner": type(spawner).__name__, "limit": spawner.mem_limit, "cores": spawner.cpu_limit,
    "readonly": spawner.readonly_paths, "groups": sorted(login.allowed_groups),
    "closed": spawner.unit_extra_properties["InaccessiblePaths"],
    "login": type(login).__name__, "admins": sorted(login.admin_groups),
    "folders": [folders(spawner), folders(other)],
}))
"""


@pytest.fixture(scope="module")
def names():
    """The accounts of this module's class."""
    return NAMES


@pytest.fixture(scope="module")
def grading(state):
    """Release an exercise; return a function that runs nbgrader as the instructor."""
    folder, exchange = state / "grading", state / "exchange"
    folder.mkdir(mode=0o700)
    exchange.mkdir()
    exchange.chmod(0o1777)
    env = os.environ | {
        "PATH": f"{HUB / 'bin'}:{os.environ['PATH']}",
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
    return nbgrader


@pytest.fixture(scope="module")
def work(hub, accounts, course, data, publish, grading):
    """Let both students log in, pull and run the lesson, at the same time."""
    before = _snapshot(data)
    link = links.link(hub, publish(), LESSON)
    asked = dict(parse_qsl(urlsplit(link).query))
    with ThreadPoolExecutor(len(NAMES)) as pool:
        students = list(pool.map(lambda name: Student(hub, name, accounts), NAMES))
        list(pool.map(Student.start_server, students))
        pages = list(pool.map(lambda student: student.page(link), students))
        pulls = list(pool.map(lambda student: student.pull(**asked), students))
        notebook = asked["urlpath"].removeprefix("lab/tree/")
        probe = f"COURSE, HIDDEN = {str(course)!r}, {HIDDEN}\n{PROBE}"
        printed = list(pool.map(lambda student: student.run(notebook, probe), students))
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


def test_jupyterhub_takes_the_configuration_as_it_is_meant(course, data):
    command = [HUB / "bin" / "python", "-c", SETTINGS, course / CONFIG]
    env = {**os.environ, "COURSE_CACHE": str(data)}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "not recognized" not in done.stderr, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "spawner": "SystemdSpawner",
        "limit": sizing.limit_bytes(),
        "cores": sizing.measured_cores(),
        "readonly": [str(HUB), str(data)],
        "closed": str(course),
        "login": "PAMAuthenticator",
        "groups": ["instructors", "students"],
        "admins": ["instructors"],
        "folders": [["/run/course-ada"] * 2, ["/run/course-grace"] * 2],
    }


def test_a_wrong_password_and_a_stranger_stay_outside(hub, accounts):
    for name, tried in ((NAMES[0], "wrong" * 10), ("stranger", accounts)):
        with pytest.raises(requests.HTTPError, match="403"):
            Student(hub, name, tried)


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
        assert re.search(r"imdb\.test_accuracy = \S+, expected .* \(offline\)", text), text
        assert "outside" not in text


def test_the_data_was_fetched_once(work, data, state):
    assert _snapshot(data) == work["before"], "someone wrote into the shared cache"
    file = Path("imdb-offline.npz")
    assert {seen["inode"] for seen in work["seen"]} == {work["before"][file][0]}
    copies = [path for path in state.rglob(file.name)]
    assert copies == [data / file], "a student has a copy"


def test_students_cannot_write_the_cache(work):
    for seen in work["seen"]:
        assert seen["errors"] == ["PermissionError"] * 2


def test_a_kernel_reaches_no_solution(work, course):
    for name in HIDDEN:
        assert (course / name).read_bytes(), "there is nothing to hide"
    for seen in work["seen"]:
        assert seen["listed"] == "PermissionError"
        assert seen["hidden"] == ["PermissionError"] * len(HIDDEN)
        assert seen["modules"] == []


def test_a_terminal_reaches_no_solution(work, course):
    for student in work["students"]:
        assert student.name in student.type("id --user --name")
        files = " ".join(str(course / name) for name in HIDDEN)
        shown = student.type(f"cat {files}; ls {course}; cp -r {course} mine")
        assert shown.count("Permission denied") == len(HIDDEN) + 2, shown
        assert "SOLUTION" not in shown
        # The questions of the quizzes are there; they are no exercises.
        looked = f"find {HUB} -name '{EXERCISE[:7]}*' -not -path '*/helpers/quizzes/*'"
        assert EXERCISE not in student.type(looked)


def test_the_kernel_is_the_courses_and_the_limit_the_measured_one(work):
    for seen in work["seen"]:
        assert Path(seen["python"]).resolve() == HUB / "kernel"
        assert seen["limit"] == sizing.limit_bytes()


def test_no_kernel_has_a_port_that_another_could_take(work):
    assert {seen["transport"] for seen in work["seen"]} == {"ipc"}


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
