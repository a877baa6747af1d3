"""What a class is served with: the hub's configuration, its installation, links, documents."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from toy_reviews import on_posix
from traitlets.config import Config

from classroom import access, install, links, sizing
from course import content
from course.__main__ import COMMANDS

CONFIG = content.ROOT / "classroom" / "jupyterhub_config.py"


# --- the hub


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """Return a function that loads the hub's configuration, as JupyterHub does."""
    (tmp_path / "imdb-offline.npz").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "class"))
    monkeypatch.setattr(access, "check", lambda closed, needed: None)

    def load():
        config = Config()
        runpy.run_path(str(CONFIG), {"get_config": lambda: config})
        return config

    return load


def write_results(path, *peaks):
    pages = {f"0{number}_lesson": {"peak_gb": peak} for number, peak in enumerate(peaks)}
    edition = {"machine": {"cores": 2}, "measured": pages}
    path.write_text(json.dumps({"lessons": {"offline": edition}}), "utf-8")
    return path


def test_limit_comes_from_the_measured_peaks(configured, tmp_path):
    assert configured().Spawner.mem_limit == sizing.limit_bytes()
    _, peak = sizing.largest_peak()
    measured = json.loads(sizing.RESULTS.read_text("utf-8"))["lessons"].values()
    assert peak == max(cost["peak_gb"] for each in measured for cost in each["measured"].values())
    assert sizing.limit_bytes() >= (sizing.KERNELS * peak + sizing.SERVER_GB) * sizing.GB
    larger = write_results(tmp_path / "results.json", 1.0, peak + 1, 2.0)
    added = sizing.limit_bytes(larger) - sizing.limit_bytes()
    assert added == pytest.approx(sizing.KERNELS * sizing.GB, abs=sizing.GB / 10)


def test_config_has_no_number_of_its_own_for_memory(configured, monkeypatch):
    monkeypatch.setattr(sizing, "limit_bytes", lambda: 123)
    assert configured().Spawner.mem_limit == 123


def test_class_needs_one_large_lesson_for_each_student(tmp_path):
    results = write_results(tmp_path / "results.json", 1.0, 1.7)
    assert sizing.largest_peak(results) == ("01_lesson", 1.7)
    assert sizing.class_gb(30, results) == 30 * 2 + sizing.HUB_GB
    with pytest.raises(ValueError, match="students is 0; expected a whole number from 1"):
        sizing.class_gb(0, results)


def test_sizing_without_a_measurement_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="no measured lesson; make bench"):
        sizing.limit_bytes(write_results(tmp_path / "results.json"))


def test_students_share_one_cache_and_cannot_write_it(configured, tmp_path):
    config = configured()
    assert config.Spawner.environment["COURSE_CACHE"] == str(tmp_path)
    assert config.Spawner.environment["COURSE_DATA"] == "offline"
    assert config.SystemdSpawner.readonly_paths == [str(tmp_path / "class"), str(tmp_path)]


def test_a_class_is_served_with_real_accounts_and_enforced_limits(configured):
    config = configured()
    assert config.JupyterHub.authenticator_class == "pam"
    assert config.JupyterHub.spawner_class == "systemd"
    assert config.JupyterHub.bind_url.startswith("http://127.0.0.1")  # HTTPS stands before it


def test_no_two_students_servers_have_the_same_address(configured):
    config = configured()
    spawners = [SimpleNamespace(user=SimpleNamespace(id=number)) for number in range(1, 1000)]
    for spawner in spawners:
        config.Spawner.pre_spawn_hook(spawner)
    addresses = {ip_address(spawner.ip) for spawner in spawners}
    assert len(addresses) == len(spawners)
    assert all(each.is_loopback for each in addresses)  # only the server itself can reach them


def test_hub_without_data_says_how_to_fetch_it(configured, tmp_path):
    (tmp_path / "imdb-offline.npz").unlink()
    with pytest.raises(
        SystemExit, match=r"no data is ready\. Fetch it once.*kernel/bin/python -m helpers\.data"
    ):
        configured()


def test_the_courses_folder_is_closed_to_students(configured, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(access, "check", lambda closed, needed: asked.append((closed, needed)))
    config = configured()
    assert config.SystemdSpawner.unit_extra_properties["InaccessiblePaths"] == str(content.ROOT)
    assert asked == [(content.ROOT, (tmp_path / "class", tmp_path, Path(sys.base_prefix)))]
    for path in (*config.Spawner.environment["PATH"].split(":"), *config.Spawner.cmd):
        assert not Path(path).is_relative_to(content.ROOT / "classroom")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A course's folder, and one of the class, as on a server where others can enter both."""
    for name in ("course", "class"):
        (tmp_path / name).mkdir(mode=0o755)
    monkeypatch.setattr(access, "way", lambda folder: [folder])  # pytest's own folders are closed
    return tmp_path / "course", tmp_path / "class"


@on_posix
def test_a_course_that_students_can_enter_starts_no_hub(server):
    course, shared = server
    with pytest.raises(access.AccessError, match=r"where the solutions are.*chmod o-rwx"):
        access.check(course, [shared])
    course.chmod(0o751)  # its files could be guessed
    with pytest.raises(access.AccessError, match=r"look into .* \(mode 751\)"):
        access.check(course, [shared])
    course.chmod(0o750)
    access.check(course, [shared])


@on_posix
def test_a_hub_that_students_cannot_enter_does_not_start(server):
    course, shared = server
    course.chmod(0o750)
    shared.chmod(0o750)
    with pytest.raises(access.AccessError, match=f"cannot enter {shared}.*chmod o\\+rx"):
        access.check(course, [shared])
    (course / ".venv-hub").mkdir()
    with pytest.raises(access.AccessError, match=r"where it lies.*make hub HUB="):
        access.check(course, [course / ".venv-hub"])


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Install with programs that only note what they were told; return folder and notes."""
    ran = []
    monkeypatch.setattr(install.subprocess, "run", lambda command, **_: ran.append(command))
    monkeypatch.setattr(install.venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    folder = tmp_path / "class"
    assert install.install(folder)
    return folder, ran


def test_what_students_can_read_has_no_source_or_solution_in_it(installed):
    folder, ran = installed
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert copied == {
        ".installed",
        "package.json",
        "package-lock.json",
        "etc/jupyter/nbgrader_config.py",
        "etc/jupyter/nbgrader_marking.py",
        "etc/jupyter/labconfig/default_setting_overrides.json",
    }
    pip = [" ".join(map(str, command[4:])) for command in ran if "pip" in command]
    hub, libraries, helpers = [line.partition("check ")[2] for line in pip]
    assert hub == f"-r {content.ROOT / 'classroom' / 'requirements.txt'}"
    assert libraries == f"-r {content.ROOT / 'requirements.txt'}"
    assert "-e" not in helpers.split() and str(content.ROOT) not in helpers
    assert [path.name for path in install.HELPERS] == ["helpers", "pyproject.toml"]


def test_it_is_installed_once_and_again_after_a_change(installed, monkeypatch):
    folder, ran = installed
    before = len(ran)
    assert not install.install(folder)
    assert len(ran) == before
    (folder / ".installed").write_text("another version of the course")
    (folder / "pyvenv.cfg").touch()
    assert install.install(folder)
    assert len(ran) == 2 * before


def test_an_installation_leaves_a_folder_of_others_alone(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(FileExistsError, match="holds something else"):
        install.install(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


# --- links


def test_link_pulls_the_repository_and_opens_the_lesson():
    address = links.link(
        "https://hub.example.org/",
        "https://git.example.org/class/course.git",
        "notebooks/a b.ipynb",
    )
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://hub.example.org/hub/user-redirect/git-pull"
    )
    assert parse_qs(parts.query) == {
        "repo": ["https://git.example.org/class/course.git"],
        "branch": ["main"],
        "targetpath": ["course"],
        "urlpath": ["lab/tree/course/notebooks/a%20b.ipynb"],
    }


def test_every_lesson_and_exercise_has_a_link():
    lines = list(links.links("https://hub.example.org", "https://git.example.org/course"))
    names = [re.match(r"- \[(.+?)\]\(https://", line)[1] for line in lines]
    assert names == [page.name for page in content.pages()]


@pytest.mark.parametrize(
    ("hub", "repository", "what"),
    [
        ("hub.example.org", "https://git.example.org/c", "the hub's address is 'hub.example.org'"),
        ("https://hub.example.org", "class/course", "the repository's address is 'class/course'"),
    ],
)
def test_a_link_from_no_address_is_refused(hub, repository, what):
    with pytest.raises(ValueError, match=what):
        links.link(hub, repository, "notebooks/00_start_here.ipynb")


# --- the documents
GUIDES = ("classroom", "container", "kubernetes")
DOCUMENTS = {name: content.ROOT / "docs" / f"{name}.md" for name in GUIDES}
DOCUMENTS["instructors"] = (
    content.ROOT / "docs" / "instructors.md"
)  # its commands: tests/instructors


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_targets_and_files_that_exist(name):
    text = DOCUMENTS[name].read_text("utf-8")
    assert set(re.findall(r"(?:^|`|sudo )make (?:-C \S+ )?([a-z-]+)", text, re.M)) <= set(COMMANDS)
    for address in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (DOCUMENTS[name].parent / address).exists(), address
    text = text.replace("/srv/course/", "")
    for path in re.findall(r"\b((?:classroom|course|lessons_src|benchmarks)/[\w/]+\.\w+)", text):
        assert (content.ROOT / path).exists(), path


def test_commands_of_the_class_document_run():
    text = DOCUMENTS["classroom"].read_text("utf-8")
    blocks = re.findall(r"^```sh\n(python3 .*?)^```$", text, re.M | re.S)
    assert len(blocks) == 2  # the others need a server
    for block in blocks:
        command = [sys.executable, *shlex.split(block)[1:]]
        done = subprocess.run(command, cwd=content.ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) >= 3
