"""The one entry: every command on every system, and what it says when something is missing."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course import __main__ as entry
from course import content, environment, hub
from course.environment import SetupError

MAKEFILE = (content.ROOT / "Makefile").read_text("utf-8")
BEFORE_SETUP = ("__init__", "__main__", "environment", "hub")


def targets():
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.M)
    return {*phony.replace("\\\n", " ").split()}


def test_make_and_the_entry_have_the_same_commands():
    assert targets() == {*entry.COMMANDS, "help"}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here")
@pytest.mark.parametrize("command", entry.COMMANDS)
def test_make_only_calls_the_entry(command):
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", command, "PYTHON=py", "LESSON=02_x"],
        cwd=content.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(f"py -m course {command}"), done.stderr
    assert done.stdout.count("\n") == 1


def test_help_lists_every_command(capsys):
    assert entry.main([]) == entry.main(["help"]) == 0
    text = capsys.readouterr().out
    assert all(re.search(rf"^  {name} +\w", text, re.M) for name in entry.COMMANDS)
    assert max(map(len, text.splitlines())) <= 90


def test_unknown_command_is_named(capsys):
    assert entry.main(["tset"]) == 2
    assert "there is no command 'tset'; there are:" in capsys.readouterr().err


@pytest.mark.parametrize("name", BEFORE_SETUP)
def test_what_runs_before_setup_needs_only_pythons_own_library(name):
    """And no syntax that an older Python would stumble over before it can say what is missing."""
    tree = ast.parse((content.ROOT / "course" / f"{name}.py").read_text(), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            root = (node.module or "").partition(".")[0]
            names = [alias.name for alias in node.names] if root == "course" else []
            assert root == "course" or root in sys.stdlib_module_names, root
            assert all(n in BEFORE_SETUP or n[0].isupper() or n == "run" for n in names), names
        elif isinstance(node, ast.Import):
            assert {a.name.partition(".")[0] for a in node.names} <= sys.stdlib_module_names


@pytest.fixture
def course_folder(tmp_path, monkeypatch):
    """A course without an environment, and a list of what would be run."""
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    shutil.copytree(content.ROOT / "course" / "jupyter", tmp_path / "course" / "jupyter")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "READY", venv / ".installed")
    commands = []

    def run(*command):
        commands.append(command)
        if "venv" in command:
            (venv / "bin").mkdir(parents=True, exist_ok=True)
            (venv / "bin" / "python").touch()

    monkeypatch.setattr(environment, "_run", run)
    monkeypatch.setattr("shutil.which", lambda name: None)
    return commands


def test_setup_installs_the_locked_packages_once(course_folder):
    environment.ensure()
    venv, install, own = course_folder
    assert venv[1:3] == ("-m", "venv") and "--clear" not in venv
    assert "--require-hashes" in install and "--no-deps" in own
    environment.ensure()
    assert len(course_folder) == 3


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_new_lock_is_installed(course_folder, name):
    environment.ensure()
    (environment.ROOT / name).write_text("new")
    environment.ensure()
    assert len(course_folder) == 6


def test_a_moved_folder_gets_a_new_environment(course_folder, monkeypatch):
    """The programs of an environment have its old place written into them."""
    environment.ensure()
    moved = environment.ROOT.with_name("moved")
    environment.ROOT.rename(moved)
    for name in ("VENV", "PYTHON", "READY"):
        old = getattr(environment, name)
        monkeypatch.setattr(environment, name, moved / old.relative_to(environment.ROOT))
    monkeypatch.setattr(environment, "ROOT", moved)
    environment.ensure()
    assert "--clear" in course_folder[3]


def test_a_setup_that_was_broken_off_is_done_again(course_folder, monkeypatch):
    environment.ensure()
    run = environment._run

    def fails(*command):
        run(*command)
        raise SetupError("the line is down")

    (environment.ROOT / "requirements.txt").write_text("new")
    monkeypatch.setattr(environment, "_run", fails)
    with pytest.raises(SetupError):
        environment.ensure()
    (environment.ROOT / "requirements.txt").write_text("requirements.txt")  # as it was
    monkeypatch.setattr(environment, "_run", run)
    environment.ensure()
    assert len(course_folder) == 7


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_a_python_out_of_range_is_named_or_replaced(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", (*version, 1))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SetupError, match=r"Python 3\.1\d is not supported: .* 3\.11, 3\.12, 3\.13"):
        environment.suitable_python()
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if "3.12" in name else None)
    assert environment.suitable_python() == "/bin/python3.12"


def test_a_folder_that_cannot_be_written_is_named(course_folder, monkeypatch, capsys):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    assert entry.main(["setup"]) == 1
    words = capsys.readouterr().err
    assert f"{environment.ROOT} cannot be written (Permission denied)" in words
    assert words.count("\n") == 1
    assert course_folder == []


def test_an_installation_that_fails_is_one_line(capfd):
    with pytest.raises(SetupError, match=r"ended with status 3; its last lines say why"):
        environment._run(sys.executable, "-c", "import sys; sys.exit(3)")
    with pytest.raises(SetupError, match="no-such-program cannot be started"):
        environment._run("no-such-program")


def test_the_hub_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(hub, "run", lambda *command: 1)
    with pytest.raises(SetupError, match="the hub is not installed"):
        hub.ensure("folder")
    monkeypatch.setattr(os, "name", "nt")
    with pytest.raises(SetupError, match="JupyterHub does not run on Windows"):
        hub.ensure("folder")


def test_the_users_settings_stay_outside(monkeypatch, tmp_path):
    """Modules, start-up files and pip's settings of the user's do not reach a child."""
    (tmp_path / "helpers.py").write_text("raise SystemExit('the wrong helpers')")
    (tmp_path / "start.py").write_text("raise SystemExit('a start-up file')")
    for name, value in {
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": str(tmp_path / "start.py"),
        "PYTHONOPTIMIZE": "1",
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "PIP_USER": "1",
        "PIP_TARGET": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    code = (
        "import os, sys, helpers; assert sys.flags.utf8_mode; print('…'); "
        "assert os.environ['PIP_USER'] == '0' and 'PIP_TARGET' not in os.environ; "
        "sys.exit(__debug__ + 4)"
    )
    assert environment.run(sys.executable, "-c", code) == 5


def test_a_kernel_of_the_users_is_not_taken_for_ours(tmp_path, monkeypatch):
    """One of the same name, in the folder where Jupyter looks first if root owns ours."""
    theirs = tmp_path / "kernels" / "python3"
    theirs.mkdir(parents=True)
    (theirs / "kernel.json").write_text(
        '{"argv": ["false"], "display_name": "mine", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    code = (
        "import sys; from jupyter_client.kernelspec import get_kernel_spec; "
        "sys.exit(get_kernel_spec('python3').display_name == 'mine')"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 1
    assert environment.run(sys.executable, "-c", code) == 0


READ_ONLY = {
    "readme": ["course.readme"],
    "data bundle": ["course.data_bundle"],
    "carry back": ["course.carry_back", "00_start_here"],
    "measurements": ["course.alarms", "00_start_here", "--runs", "99"],
}


@pytest.fixture(scope="module")
def read_only(tmp_path_factory):
    """A copy of the course that cannot be written, and what to put before a command there."""
    copy = tmp_path_factory.mktemp("read-only") / "course"
    left_out = shutil.ignore_patterns(".*", "build", "dist", "tests", "__pycache__")
    shutil.copytree(content.ROOT, copy, ignore=left_out)
    notebook = copy / "notebooks" / "00_start_here.ipynb"
    notebook.write_text(notebook.read_text("utf-8").replace("Run", "Walk", 1), "utf-8")
    readme = copy / "README.md"
    text = readme.read_text("utf-8")  # out of date, or there is nothing to write
    readme.write_text(text.replace("<!-- end -->", "old\n<!-- end -->", 1), "utf-8")
    folders = [copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for path in (copy / "measurements").rglob("*.jsonl"):  # else a run could be added to one
        path.chmod(0o444)
    for folder in folders:
        folder.chmod(0o555)
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # root may do what the modes forbid
    yield copy, ["setpriv", "--bounding-set=-dac_override"] if root else []
    for folder in folders:
        folder.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of folders")
@pytest.mark.parametrize("command", READ_ONLY.values(), ids=READ_ONLY)
def test_a_course_that_cannot_be_written_is_a_sentence(read_only, command):
    copy, before = read_only
    if before and not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed here")
    line = [*before, sys.executable, "-m", *command]
    done = subprocess.run(line, cwd=copy, capture_output=True, text=True)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"{copy}/" in done.stderr and "Permission denied" in done.stderr


def test_it_says_where_to_run_it(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(content.ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "course", "help"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == f"run this in the course's folder: cd {content.ROOT}"
    assert Path(tmp_path).exists()
