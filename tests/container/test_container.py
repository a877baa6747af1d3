"""Build the image from its Dockerfile, then work in it without a network.

Docker or podman build it where they run. Elsewhere buildah does, which needs no service, on a
base that debootstrap makes from Debian's packages; both are in Debian, and need root.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course import content

DOCKERFILE = content.ROOT / "Dockerfile"
TAG = "localhost/keras-course:test"
COMMAND = json.loads(re.search(r"^CMD (.+)$", DOCKERFILE.read_text("utf-8"), re.M)[1])
INSIDE = ["python", "tests/container/inside.py", *COMMAND]
CERTIFICATES = Path("/usr/local/share/ca-certificates")  # those this machine's owner has added


def run(*command, **options):
    """Run a command, show what it prints, and fail with it."""
    return subprocess.run(command, check=True, text=True, **options)


def served(engine):
    """Whether an engine is installed and answers."""
    if not shutil.which(engine):
        return False
    return subprocess.run([engine, "info"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def in_the_image(tmp_path_factory):
    """Build the image; return a function that runs a command in it without a network."""
    if engine := next(filter(served, ("docker", "podman")), None):
        run(engine, "build", "--tag", TAG, content.ROOT)
        yield lambda *command: run(engine, "run", "--rm", "--network=none", TAG, *command)
        run(engine, "rmi", TAG)
        return
    tools = [name for name in ("buildah", "debootstrap", "unshare", "ip") if not shutil.which(name)]
    if tools or os.geteuid() != 0:
        pytest.fail(
            "no engine: start docker or podman; or, as root on Debian, "
            "apt install buildah debootstrap iproute2"
        )
    folder = tmp_path_factory.mktemp("container")
    buildah = ["buildah", "--root", folder / "store", "--runroot", folder / "run"]
    try:
        _make_base(buildah, folder / "base")
        chroot = ("--isolation=chroot",)  # the other kinds need a service or more rights
        run(
            *buildah, "build", *chroot, "--network=host", "--pull-never", "--tag", TAG, content.ROOT
        )
        name = run(*buildah, "from", "--pull-never", TAG, stdout=subprocess.PIPE).stdout.strip()
        closed = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        yield lambda *command: run(*closed, *buildah, "run", *chroot, name, "--", *command)
    finally:
        for command in (["rm", "--all"], ["rmi", "--all", "--force"]):
            subprocess.run([*buildah, *command], stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)


def _make_base(buildah, folder):
    """Make the Dockerfile's base from Debian's packages, under the name it asks for."""
    name, suite = re.search(
        r"^FROM (debian:(\w+)-slim) ", DOCKERFILE.read_text("utf-8"), re.M
    ).groups()
    run("debootstrap", "--variant=minbase", suite, folder)
    if CERTIFICATES.is_dir():
        shutil.copytree(CERTIFICATES, folder / CERTIFICATES.relative_to("/"), dirs_exist_ok=True)
    archive = folder.with_suffix(".tar")
    run("tar", "--create", "--file", archive, "--directory", folder, "--exclude=./dev/*", ".")
    shutil.rmtree(folder)
    scratch = run(*buildah, "from", "scratch", stdout=subprocess.PIPE).stdout.strip()
    run(*buildah, "add", "--quiet", scratch, archive, "/")
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    run(*buildah, "config", "--env", f"PATH={path}", scratch)
    run(*buildah, "commit", "--quiet", "--rm", scratch, f"localhost/{name}")
    archive.unlink()


@pytest.fixture(scope="module")
def checkers(tmp_path_factory):
    """Install what looks at a Dockerfile into an environment of its own; return its programs."""
    folder = tmp_path_factory.mktemp("checkers")
    run(sys.executable, "-m", "venv", folder)
    listed = Path(__file__).with_name("requirements.txt")
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", listed)
    yield folder / "bin"
    shutil.rmtree(folder)


def test_hadolint_finds_nothing(checkers):
    run(checkers / "hadolint", DOCKERFILE)


def test_binder_takes_this_dockerfile(checkers):
    command = [checkers / "jupyter-repo2docker", "--no-build", "--debug", content.ROOT]
    shown = run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    assert DOCKERFILE.read_text("utf-8") in shown


def test_jupyterlab_and_a_lesson_run_offline_and_not_as_root(in_the_image):
    in_the_image(*INSIDE)
