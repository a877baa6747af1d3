"""What an instructor does with data: fetch it, see what is ready, and carry it elsewhere."""

import os
import subprocess
import sys
import tarfile
from importlib import import_module
from types import SimpleNamespace

import pytest

import helpers.data
from course import data_bundle
from helpers.data import DataError, cats_vs_dogs, imdb, mnist, packages
from helpers.data import __main__ as command
from helpers.data.cache import data_set
from helpers.data.sources import SOURCES, Shipped

# Python 3.11.2, which Debian 12 has, knows no filters yet.
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def test_second_fetch_does_nothing_and_says_so(capsys, monkeypatch):
    monkeypatch.setattr(packages, "fetch", None)  # a fetch now would raise
    command.main()
    printed = capsys.readouterr().out
    assert "nothing to do, all data is ready" in printed
    for name in SOURCES:
        assert any(line.split()[0] == name and "offline" in line for line in printed.splitlines())


def test_failed_fetch_ends_with_the_ways_out(tmp_path):
    """Each data set has its turn, and its reason."""
    nothing = {"PATH": "", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    nothing |= {"https_proxy": "http://127.0.0.1:9", "COURSE_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "helpers.data"], env=nothing, capture_output=True, text=True
    )
    assert done.returncode == 1
    fetched = [name for name, source in SOURCES.items() if not isinstance(source.offline, Shipped)]
    assert done.stderr.count("Three ways out") == len(fetched)
    assert "Traceback" not in done.stderr
    for name in fetched:
        assert f"The data set {name!r} could not be had" in done.stderr
        assert f"{name} cannot be had; see below." in done.stdout


def stand_in(monkeypatch, load, ready):
    """Put other functions of a data set's name in the place of its methods."""

    def data_set(name):
        return SimpleNamespace(load=lambda: load(name), ready=lambda: ready(name))

    monkeypatch.setattr(command, "data_set", data_set)


def test_failed_fetch_does_not_hold_up_the_others(capsys, monkeypatch):
    """A Mac without a network has no apt-get; what pip has must still arrive."""
    first, *others = SOURCES
    fetched = []

    def load(name):
        if name == first:
            raise DataError("no apt-get here")
        fetched.append(name)

    monkeypatch.setenv("COURSE_DATA", "offline")
    stand_in(monkeypatch, load, lambda name: ["offline"] if name in fetched else [])
    with pytest.raises(SystemExit) as stop:
        command.main()
    assert stop.value.code.strip() == "no apt-get here"  # text: printed to stderr, status 1
    lines = capsys.readouterr().out.splitlines()
    assert fetched == others
    assert any(line.split()[:2] == [first, "none"] for line in lines)
    assert all(any(line.split()[:2] == [name, "offline"] for line in lines) for name in others)
    assert f"fetched {', '.join(others)} in " in lines[-1]


def test_failed_fetch_goes_on_where_the_original_is_ready(capsys, monkeypatch):
    def fails(name):
        raise DataError("no")

    monkeypatch.setenv("COURSE_DATA", "offline")  # the command sets it; this puts it back
    stand_in(monkeypatch, fails, lambda name: ["original"])
    command.main()
    printed = capsys.readouterr().out
    assert "The offline edition of imdb cannot be had; its original is ready." in printed
    assert "fetched nothing" in printed


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """The bundle of this cache, unpacked elsewhere, on a machine that can fetch nothing."""
    monkeypatch.setattr(data_bundle, "ROOT", tmp_path)
    data_bundle.main()
    with tarfile.open(tmp_path / "dist" / "course-data.tar") as packed:
        packed.extractall(tmp_path / "stick", **SAFELY)
    monkeypatch.setattr(packages, "fetch", None)
    return tmp_path / "stick"


def test_bundle_serves_as_a_cache(unpacked, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(unpacked))
    assert all("offline" in data_set(name).ready() for name in SOURCES)
    assert imdb(num_words=100)[-1] == "offline"
    assert cats_vs_dogs()[0].is_relative_to(unpacked)


def test_bundle_serves_as_a_mirror(unpacked, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("COURSE_MIRROR", str(unpacked))
    assert imdb(num_words=100)[-1] == "offline"
    assert cats_vs_dogs(train=20, validation=10, test=10)[-1] == "offline"
    assert mnist()[-1] == "offline"
    assert data_set("imdb").ready() == ["offline"]
    assert data_set("mnist").ready() == ["original", "offline"]


# ---- the front door


def test_a_name_imports_only_its_own_module():
    code = "import sys; from helpers.data import imdb; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {
        name.removeprefix("helpers.data.")
        for name in done.stdout.split()
        if "helpers.data." in name
    }
    assert {"texts", "arrays", "cache", "sources"} <= ours
    assert not ours & {"tables", "images", "weights", "photo_folders", "image_folder"}


def test_all_names_can_be_had():
    for room, names in helpers.data.ROOMS.items():
        module = import_module(f"helpers.data.{room}")
        for name in names:
            assert getattr(helpers.data, name) is getattr(module, name)
            assert name in dir(helpers.data)
    with pytest.raises(AttributeError, match="no attribute 'imbd'"):
        helpers.data.imbd  # noqa: B018


def test_every_data_set_has_a_loader_of_its_name():
    for name in SOURCES:
        assert data_set(name).name == name
        assert callable(getattr(helpers.data, name))
