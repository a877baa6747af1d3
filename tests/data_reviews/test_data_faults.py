"""Whatever goes wrong while data is fetched: one clear error, a clean cache, and a way back.

A toy data set stands in for the reviews. Its original is served by a web server in this
process, which can be told to misbehave; its package comes from stand-ins for the clients.
"""

import errno
import os
import signal
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
from toy_reviews import (
    ANSWERS,
    FILES,
    assert_loads,
    failing,
    leftovers,
    on_posix,
    refusal,
    toy_source,
)
from workers import workers

from helpers.data import cache, download, sources

# ---- the classic download


@pytest.mark.parametrize("bad_file", FILES)
@pytest.mark.parametrize("how", [how for how in ANSWERS if not how.startswith("right")])
def test_bad_server(server, folder, monkeypatch, how, bad_file):
    monkeypatch.setenv("COURSE_DATA", "original")
    server.how, server.bad_files = how, {bad_file}
    assert f"{server.url}/{bad_file}" in refusal()
    assert leftovers(folder) == set()
    server.how = "right"
    assert_loads()
    assert leftovers(folder) == {"imdb-original.npz"}


def test_right_bytes_count_whatever_the_header_says(server, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "original")
    server.how = "right, of a nonsense length"
    assert_loads()


@pytest.mark.parametrize("how", ["refuses", "accepts and is silent", "has no address"])
def test_no_server(folder, monkeypatch, how):
    monkeypatch.setenv("COURSE_DATA", "original")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if how == "refuses":
            listener.close()
        elif how == "has no address":

            def unknown(*args, **kwargs):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

            monkeypatch.setattr(socket, "getaddrinfo", unknown)
        monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(url))
        assert url in refusal()
    assert leftovers(folder) == set()


def test_a_silent_host_is_tried_once_a_family(monkeypatch):
    """A large host has many addresses; behind a firewall each would cost its seconds."""
    tried = []

    def silent(address, timeout):
        tried.append(address)
        raise TimeoutError("timed out")

    families = (socket.AF_INET, socket.AF_INET6)
    found = [(kind, 1, 6, "", (f"{kind.name} {n}", 443)) for n in range(9) for kind in families]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    monkeypatch.setattr(socket, "create_connection", silent)
    with pytest.raises(TimeoutError):
        download.knock("https://example.org/imdb.npz")
    assert sorted(tried) == [("AF_INET 0", 443), ("AF_INET6 0", 443)]


def test_a_proxy_knocks_itself(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: pytest.fail("looked up"))
    download.knock("https://example.org/imdb.npz")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_missing_certificates_are_named(server, monkeypatch, variable):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, "/no/such.pem")
    https = server.url.replace("http:", "https:")
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(https))
    monkeypatch.setenv("COURSE_DATA", "original")
    message = refusal()
    assert f"{variable} is '/no/such.pem', which does not exist: correct or unset it" in message
    assert "cannot take the data" not in message  # the cache is not to blame


# ---- genuine files: those with the publisher's own hash, whatever we thought is in them


# ---- processes


@pytest.fixture
def worker(server):
    with workers("toy_reviews", server.url) as start:
        yield start


def test_of_many_processes_one_fetches(server, worker, folder):
    workers = [worker() for _ in range(server.start.parties)]
    assert [process.wait() for process in workers] == [0] * len(workers)
    assert sorted(server.hits) == sorted(FILES)
    assert leftovers(folder) == {"imdb-original.npz"}


@on_posix
@pytest.mark.parametrize("when", ["downloading", "before the last step"])
def test_killed_while_building(server, worker, folder, when):
    server.start = threading.Barrier(1)
    if when == "downloading":
        server.how = "stalls half-way"
        process = worker()
        server.first.wait()
        process.kill()
    else:
        process = worker("os.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL);")
    assert process.wait() == -signal.SIGKILL
    assert any(name.startswith(".imdb-") for name in leftovers(folder))
    assert not (folder / "imdb-original.npz").exists()
    server.how = "right"
    assert_loads()
    assert leftovers(folder) == {"imdb-original.npz"}


# ---- the disk


@pytest.mark.parametrize(
    "owner, step, number, reason",
    [
        (np, "savez", errno.ENOSPC, "the disk is full"),
        (np, "savez", errno.EDQUOT, "quota"),
        (os, "replace", errno.ENOSPC, "the disk is full"),
        (os, "replace", errno.EROFS, "read-only"),
        (cache.filelock, "FileLock", errno.EACCES, "not yours to write"),
        (Path, "mkdir", errno.EPERM, "not yours to write"),
    ],
)
def test_disk_that_takes_nothing(folder, monkeypatch, owner, step, number, reason):
    monkeypatch.setenv("COURSE_DATA", "original")
    with monkeypatch.context() as broken:
        broken.setattr(owner, step, failing(number))
        message = refusal()
    assert reason in message
    assert f"{folder} cannot take the data" in message
    assert "COURSE_CACHE" in message
    assert leftovers(folder) == set()
    assert_loads()


@pytest.mark.parametrize(
    "number, name, reason",
    [
        (errno.EACCES, ".imdb.lock", "it is not yours to write"),
        (errno.EISDIR, "imdb-original.npz", "Is a directory"),
    ],
)
def test_a_file_that_is_to_blame_is_named(folder, monkeypatch, number, name, reason):
    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number), str(folder / name))

    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setattr(os, "replace", fail)
    assert f"{reason} ({folder / name})" in refusal()


def test_disk_without_locks(monkeypatch):
    def fail(*args, **kwargs):
        raise NotImplementedError("no flock")

    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setattr(cache.filelock, "FileLock", fail)
    assert "its disk knows no file locks" in refusal()


@on_posix
@pytest.mark.parametrize("name", ["", ".imdb.lock"])
def test_symbolic_link_that_leads_nowhere(folder, monkeypatch, name):
    monkeypatch.setenv("COURSE_DATA", "original")
    if name:
        folder.mkdir()
    (folder / name).symlink_to(folder.parent / "nowhere" / "file")
    message = refusal()
    assert f"{folder / name} is a symbolic link that leads nowhere" in message


def test_relative_cache_is_one_folder_from_everywhere(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "ROOT", tmp_path / "course")
    monkeypatch.setenv("COURSE_CACHE", "build/data")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert cache.cache_dir() == tmp_path / "course" / "build" / "data"
        assert_loads()
    assert (tmp_path / "course" / "build" / "data" / "imdb-original.npz").is_file()
    monkeypatch.undo()
    assert (cache.ROOT / "helpers").is_dir()


def test_cache_below_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    message = refusal()
    assert f"{tmp_path / 'file' / 'cache'} cannot take the data" in message
    assert "COURSE_CACHE" in message


def test_read_only_cache_with_the_data_works(server, monkeypatch):
    assert_loads()
    server.hits.clear()
    for owner, step in ((np, "savez"), (os, "replace"), (Path, "mkdir")):
        monkeypatch.setattr(owner, step, failing(errno.EROFS))
    monkeypatch.setattr(cache.filelock, "FileLock", failing(errno.EROFS))
    assert assert_loads() == "from the download"  # why this process chose it, the first time
    assert server.hits == []
