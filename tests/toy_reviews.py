"""A toy data set in place of the reviews: its files, its packages, a server that can misbehave."""

import io
import json
import os
import pickle
import urllib.request
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import web_server
from archives import deb, lists, npz, tgz, wheel
from web_server import answer

from helpers.data import DataError, packages, sources, texts
from helpers.data.arrays import ArrayFile, fingerprint
from helpers.data.cache import data_set

on_posix = pytest.mark.skipif(os.name == "nt", reason="needs signals, links, modes or scripts")


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


def answer_and_stall(request, body, length):
    answer(request, body, Content_Length=length)
    request.server.over.wait()


ANSWERS = {
    "right": answer,
    "right, of a nonsense length": lambda r, b: answer(r, b, Content_Length="many"),
    "never answers": lambda r, b: r.server.over.wait(),
    "stalls after the headers": lambda r, b: answer_and_stall(r, b"", len(b)),
    "stalls half-way": lambda r, b: answer_and_stall(r, b[: len(b) // 2], len(b)),
    "cuts the file short": lambda r, b: answer(r, b[: len(b) // 2], Content_Length=len(b)),
    "cuts the file short, unsaid": lambda r, b: answer(r, b[: len(b) // 2]),
    "claims a byte more": lambda r, b: answer(r, b, Content_Length=len(b) + 1),
    "claims a byte less": lambda r, b: answer(r, b, Content_Length=len(b) - 1),
    "flips a bit": lambda r, b: answer(r, b[:-1] + bytes([b[-1] ^ 1])),
    "adds a byte": lambda r, b: answer(r, b + b"\0"),
    "shows a log-in page": lambda r, b: answer(r, b"<html>Welcome to the hotel</html>"),
    "does not speak HTTP": lambda r, b: r.wfile.write(b"220 ready\r\n"),
    "404": lambda r, b: answer(r, b"not here", status=404),
    "500": lambda r, b: answer(r, b"oops", status=500),
}


def respond(request):
    server, name = request.server, request.path.lstrip("/")
    server.hits.append(name)
    server.first.set()
    how = server.how if name in server.bad_files else "right"
    ANSWERS[how](request, FILES[name])


def served():
    """A web server of the toy's files; only ``bad_files`` go by what ``how`` says."""
    return web_server.served(respond, bad_files=set(FILES), hits=[])


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
