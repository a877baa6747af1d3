"""Words to numbers and back."""

import math
from collections.abc import Mapping, Sequence

import keras
import numpy as np


def multi_hot(sequences: Sequence[np.ndarray], num_words: int, dtype: str = "uint8") -> np.ndarray:
    """Encode texts as rows of zeros with a one at each word that occurs.

    Args:
        sequences: integer arrays, one a text, with values from 0 to ``num_words - 1``.
        num_words: the length of a row.
        dtype: of the result; uint8 takes an eighth of NumPy's default float64.

    Returns:
        An array of shape (texts, num_words).

    Raises:
        ValueError: a word index is out of range; the message names it.
    """
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    rows = np.zeros((len(sequences), num_words), dtype)
    if lengths.sum() == 0:
        return rows
    words = np.concatenate([words for words in sequences if len(words)])  # an empty list is float
    if words.min() < 0 or words.max() >= num_words:
        raise ValueError(
            f"word indices run from {words.min()} to {words.max()}, but num_words is {num_words}; "
            f"load the data with num_words={num_words}"
        )
    rows[np.repeat(np.arange(len(lengths)), lengths), words] = 1
    return rows


class MultiHotBatches(keras.utils.PyDataset):
    """Feed ``fit``, ``evaluate`` and ``predict`` with multi-hot batches, made when needed.

    The texts stay lists of word indices; only one batch at a time becomes a matrix. That
    is what keeps a whole data set in tens of megabytes instead of gigabytes.

    Args:
        sequences: integer arrays, one a text.
        labels: one label a text, shape (texts,), or one row a text, shape (texts, classes).
        num_words: the length of a multi-hot row.
        batch_size: texts in a batch; the last may be smaller.
        shuffle_seed: an integer gives every epoch a new order; None keeps the order.

    Raises:
        ValueError: there are no texts, or not as many labels as texts.
    """

    def __init__(
        self,
        sequences: Sequence[np.ndarray],
        labels: np.ndarray,
        num_words: int,
        batch_size: int = 512,
        shuffle_seed: int | None = None,
    ) -> None:
        super().__init__()
        if len(sequences) != len(labels) or len(labels) == 0:
            raise ValueError(f"there are {len(sequences)} texts and {len(labels)} labels")
        self.sequences = sequences
        self.labels = np.asarray(labels)
        self.num_words = num_words
        self.batch_size = batch_size
        self._order = np.arange(len(labels))
        self._rng = None if shuffle_seed is None else np.random.default_rng(shuffle_seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self.batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[batch * self.batch_size : (batch + 1) * self.batch_size]
        return multi_hot([self.sequences[row] for row in rows], self.num_words), self.labels[rows]

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order; Keras calls this after each epoch."""
        if self._rng is not None:
            self._rng.shuffle(self._order)


def decode(sequence: np.ndarray, word_index: Mapping[str, int], index_from: int = 3) -> str:
    """Turn word indices back into words.

    Args:
        sequence: word indices of one text, as the loaders return them.
        word_index: ``{word: rank}``, from ``imdb_word_index`` or ``reuters_word_index``.
        index_from: the loader's offset; indices below it are marks: padding (left out),
            start (left out) and unknown, shown as "…".

    Returns:
        The words, joined by spaces.
    """
    words = {rank + index_from: word for word, rank in word_index.items()}
    left_out = range(min(2, index_from))
    return " ".join(words.get(int(i), "…") for i in sequence if int(i) not in left_out)
