"""A data set that is the same in both editions: either source serves either edition."""

import errno
import os
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from archives import deb, npz
from toy_reviews import (
    ARRAYS,
    COPY,
    FILES,
    KEPT,
    MEMBER,
    failing,
    leftovers,
    toy,
    toy_source,
)

from helpers.data import DataError, cache, sources, texts
from helpers.data import __main__ as command
from helpers.data.arrays import fingerprint
from helpers.data.cache import data_set

# ---- a data set that is the same in both editions


@pytest.fixture
def same(server, monkeypatch, client):
    """Make both editions of the toy alike; return a function that installs the package's client."""
    archive = deb(MEMBER["apt"], npz(**ARRAYS["original"]))
    source = toy_source(server.url, "apt")
    source = replace(
        source,
        offline=replace(source.offline, sha256=sha256(archive).hexdigest()),
        content=dict.fromkeys(ARRAYS, fingerprint(ARRAYS["original"])),
    )
    monkeypatch.setitem(sources.SOURCES, "imdb", source)
    return lambda script: client(script, "apt", archive)


def same_arrays(setting, edition):
    cache._chosen.clear()  # as in a new process
    os.environ["COURSE_DATA"] = setting
    arrays, got, _ = data_set("imdb").load()
    assert got == edition
    assert fingerprint(arrays) == fingerprint(ARRAYS["original"])


def test_genuine_original_that_is_not_the_same_stays_apart(server, folder, same, monkeypatch):
    """It is the original edition, and the offline edition is never made of it."""
    same("exit 1")
    source = sources.SOURCES["imdb"]
    other = replace(source, content=dict.fromkeys(ARRAYS, "0" * 64))
    monkeypatch.setitem(sources.SOURCES, "imdb", other)
    monkeypatch.setenv("COURSE_DATA", "original")
    same_arrays("original", "original")
    assert leftovers(folder) == {"imdb-original.npz"}
    assert data_set("imdb").ready() == ["original"]
    server.hits.clear()
    same_arrays("original", "original")
    assert server.hits == []
    message = same_refusal(monkeypatch, "offline")
    assert "the download holds other data than the course expects" in message
    assert leftovers(folder) == {"imdb-original.npz"}


def same_refusal(monkeypatch, setting):
    monkeypatch.setenv("COURSE_DATA", setting)
    with pytest.raises(DataError) as caught:
        data_set("imdb").load()
    return str(caught.value)


def test_without_the_client_the_original_download_serves(server, folder, same, monkeypatch, capsys):
    """On Windows there is no apt-get: one line says what it takes, and nothing fails."""
    monkeypatch.setenv("COURSE_DATA", "offline")  # the command sets it; this puts it back
    monkeypatch.setattr(command, "SOURCES", {"imdb": sources.SOURCES["imdb"]})
    command.main()
    printed = capsys.readouterr().out.splitlines()
    assert (
        "Fetching imdb: the original download, because apt-get is not installed here …" in printed
    )
    assert printed[-1].startswith("fetched imdb in ")
    assert any(line.split()[:3] == ["imdb", "original,", "offline"] for line in printed)


SETTINGS = {"original": "original", "offline": "offline", "auto": "original"}


@pytest.mark.parametrize("there", ["the download", "the package"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_either_source_serves_either_edition(server, folder, same, monkeypatch, there, setting):
    monkeypatch.setenv("COURSE_DATA", setting)  # and put back whatever it was
    same(COPY["apt"] if there == "the package" else "exit 1")
    server.how = "right" if there == "the download" else "404"
    same_arrays(setting, SETTINGS[setting])
    packages = {"packages", KEPT["apt"]} if there == "the package" else set()
    assert leftovers(folder) == {"imdb-both.npz"} | packages
    assert data_set("imdb").ready() == ["original", "offline"]

    same("exit 1")  # from here on, the one file in the cache must do for all
    server.how = "404"
    for setting, edition in SETTINGS.items():
        same_arrays(setting, edition)


@pytest.mark.parametrize("setting", SETTINGS)
def test_an_edition_tries_its_own_source_first(server, same, monkeypatch, setting):
    monkeypatch.setenv("COURSE_DATA", setting)
    same(COPY["apt"])
    same_arrays(setting, SETTINGS[setting])
    assert server.hits == ([] if setting == "offline" else list(FILES))


@pytest.mark.parametrize("setting", SETTINGS)
def test_neither_source(server, folder, same, monkeypatch, setting):
    monkeypatch.setenv("COURSE_DATA", setting)
    same("echo 'E: Unable to locate package'; exit 100")
    server.how = "404"
    with pytest.raises(DataError) as caught:
        data_set("imdb").load()
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(f"{server.url}/toy.npz gave no complete answer") == 1
    assert message.count("apt-get could not fetch the package (E: Unable to locate") == 1
    assert "Three ways out: connect to the internet or to a package index and" in message
    assert "COURSE_MIRROR to a folder that holds toy.npz and toy_word_index.json" in message
    assert "COURSE_CACHE or COURSE_MIRROR to an unpacked course-data.tar" in message
    assert leftovers(folder) == set()


def test_a_full_disk_is_not_tried_twice(server, folder, same, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "original")
    same(COPY["apt"])
    monkeypatch.setattr(np, "savez", failing(errno.ENOSPC))
    with pytest.raises(DataError, match="the disk is full"):
        data_set("imdb").load()
    assert leftovers(folder) == set()


def test_only_the_same_data_serves(server, folder, same, monkeypatch):
    """A source that holds other data gives nothing, and the other one is asked."""
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.setitem(texts.DATA_SETS, "imdb", toy(offline=lambda files: ARRAYS["offline"]))
    same(COPY["apt"])
    same_arrays("offline", "offline")
    assert server.hits == list(FILES)
