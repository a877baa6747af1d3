"""IMDB reviews and Reuters newswires, as Keras returns them, in either edition."""

from dataclasses import dataclass

import numpy as np

from helpers.data.store import announce, load

Split = tuple[np.ndarray, np.ndarray]


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

    Args:
        num_words: keep word indices below this; rarer words become ``oov_char``.
        skip_top: word indices below this become ``oov_char``, too.
        maxlen: drop reviews of this many indices or more.
        seed: shuffles each half.
        start_char: the index put before each review; None for none.
        oov_char: the index of a dropped word; None removes it instead.
        index_from: added to each frequency rank (1 is the most frequent word).

    Returns:
        ``(x_train, y_train), (x_test, y_test), edition``. Each ``x`` has shape
        (reviews,) and holds one int32 array of word indices per review; each ``y`` has
        shape (reviews,), 1 for a positive review; ``edition`` is "original"
        (25,000 + 25,000 reviews) or "offline" (12,430 + 12,430).

    Raises:
        DataError: the data cannot be had; the message names the ways out.
        ValueError: an argument leaves no review or no word index.
    """
    _check(num_words, skip_top, maxlen)
    arrays, edition = announce("imdb")
    rng = np.random.RandomState(seed)  # Keras's generator, for Keras's order
    texts = [_Texts.of(arrays, split).shuffled(rng) for split in ("train", "test")]
    texts = [text.marked(start_char, index_from).shorter_than(maxlen) for text in texts]
    return (*_cut(texts, num_words, skip_top, oov_char), edition)


def imdb_word_index() -> dict[str, int]:
    """Return ``{word: frequency rank}`` of the edition that ``imdb()`` uses; ranks from 1."""
    return {word: rank for rank, word in enumerate(_strings("imdb", "words"), start=1)}


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

    The original edition is one list of 11,228 newswires that is shuffled and cut at
    ``test_split``. The offline edition (R52) has a published split, by date; it is kept,
    because a test on later news is the honest one, so ``test_split`` must stay 0.2 there.

    Args:
        num_words: keep word indices below this; rarer words become ``oov_char``.
        skip_top: word indices below this become ``oov_char``, too.
        maxlen: drop newswires of this many indices or more.
        test_split: share of the newswires in the test half (original edition).
        seed: shuffles the newswires.
        start_char: the index put before each newswire; None for none.
        oov_char: the index of a dropped word; None removes it instead.
        index_from: added to each frequency rank (1 is the most frequent word).

    Returns:
        ``(x_train, y_train), (x_test, y_test), edition``; see ``imdb``. The labels are
        topic numbers, named by ``reuters_label_names()``: 46 original, 52 offline.

    Raises:
        DataError: the data cannot be had; the message names the ways out.
        ValueError: an argument leaves no newswire or no word index, or cannot be met.
    """
    _check(num_words, skip_top, maxlen)
    if not 0 < test_split < 1:
        raise ValueError(f"test_split is {test_split!r}; expected a share between 0 and 1")
    arrays, edition = announce("reuters")
    if edition == "offline" and test_split != 0.2:
        raise ValueError(
            f"test_split is {test_split!r}, but the offline edition has a published split; "
            "leave test_split out, or set COURSE_DATA=original"
        )
    splits = ("all",) if edition == "original" else ("train", "test")
    rng = np.random.RandomState(seed)
    texts = [_Texts.of(arrays, split).shuffled(rng) for split in splits]
    texts = [text.marked(start_char, index_from).shorter_than(maxlen) for text in texts]
    if edition == "original":
        rows = len(texts[0].lengths)
        row = int(rows * (1 - test_split))
        if not 0 < row < rows:
            raise ValueError(
                f"test_split is {test_split!r}: of {rows} newswires, one half is empty"
            )
        texts = texts[0].halves(row)
    return (*_cut(texts, num_words, skip_top, oov_char), edition)


def reuters_word_index() -> dict[str, int]:
    """Return ``{word: frequency rank}`` of the edition that ``reuters()`` uses."""
    return {word: rank for rank, word in enumerate(_strings("reuters", "words"), start=1)}


def reuters_label_names() -> tuple[str, ...]:
    """Return the topic names, in the order of the labels that ``reuters()`` returns."""
    return tuple(_strings("reuters", "labels"))


@dataclass
class _Texts:
    """Labelled texts as flat arrays: all word indices in a row, and each text's length."""

    values: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray], split: str) -> "_Texts":
        return cls(*(arrays[f"{split}_{part}"] for part in ("values", "lengths", "labels")))

    def shuffled(self, rng: np.random.RandomState) -> "_Texts":
        order = np.arange(len(self.lengths))
        rng.shuffle(order)
        return self._rows(order)

    def marked(self, start_char: int | None, index_from: int) -> "_Texts":
        values = self.values + np.int32(index_from or 0)
        if start_char is None:
            return _Texts(values, self.lengths, self.labels)
        starts = np.cumsum(self.lengths) - self.lengths
        values = np.insert(values, starts, start_char)
        return _Texts(values, self.lengths + 1, self.labels)

    def shorter_than(self, maxlen: int | None) -> "_Texts":
        if maxlen is None:
            return self
        rows = np.flatnonzero(self.lengths < maxlen)
        if not len(rows):
            raise ValueError(f"no text has fewer than maxlen={maxlen} indices; increase maxlen")
        return self._rows(rows)

    def halves(self, row: int) -> "list[_Texts]":
        word = int(self.lengths[:row].sum())
        return [
            _Texts(self.values[:word], self.lengths[:row], self.labels[:row]),
            _Texts(self.values[word:], self.lengths[row:], self.labels[row:]),
        ]

    def kept(self, keep: np.ndarray) -> "_Texts":
        """Drop the word indices where ``keep``, of the shape of ``values``, is False."""
        row_of = np.repeat(np.arange(len(self.lengths)), self.lengths)
        lengths = np.bincount(row_of[keep], minlength=len(self.lengths))
        return _Texts(self.values[keep], lengths, self.labels)

    def split(self) -> Split:
        """One view of ``values`` per text: 25,000 reviews cost 20 MB, not 400 MB of lists."""
        rows = np.empty(len(self.lengths), object)
        ends = np.cumsum(self.lengths)
        for row, (end, length) in enumerate(zip(ends, self.lengths, strict=True)):
            rows[row] = self.values[end - length : end]
        return rows, self.labels

    def _rows(self, order: np.ndarray) -> "_Texts":
        lengths = self.lengths[order]
        old_starts = (np.cumsum(self.lengths) - self.lengths)[order]
        new_starts = np.cumsum(lengths) - lengths
        picks = np.arange(lengths.sum()) + np.repeat(old_starts - new_starts, lengths)
        return _Texts(self.values[picks], lengths, self.labels[order])


def _check(num_words: int | None, skip_top: int, maxlen: int | None) -> None:
    for name, value in (("num_words", num_words), ("maxlen", maxlen)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value!r}; expected a positive number, or None for all")
    if num_words is not None and skip_top >= num_words:
        raise ValueError(f"skip_top is {skip_top} and num_words is {num_words}: no word is left")


def _cut(
    texts: list[_Texts], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[Split]:
    """Apply the vocabulary limits, as Keras does: without ``num_words``, the largest index."""
    num_words = num_words or max(int(text.values.max()) for text in texts)
    splits = []
    for text in texts:
        keep = (text.values >= skip_top) & (text.values < num_words)
        if oov_char is None:
            text = text.kept(keep)
        else:
            text = _Texts(
                np.where(keep, text.values, np.int32(oov_char)), text.lengths, text.labels
            )
        splits.append(text.split())
    return splits


def _strings(name: str, part: str) -> list[str]:
    return load(name)[0][part].tobytes().decode("utf-8").split("\n")
