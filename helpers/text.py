"""Words to numbers and back."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf


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


def multi_hot_batches(
    sequences: Sequence[np.ndarray],
    labels: np.ndarray,
    num_words: int,
    batch_size: int = 512,
    shuffle_seed: int | None = None,
) -> tf.data.Dataset:
    """Feed ``fit``, ``evaluate`` and ``predict`` with multi-hot batches, made when needed.

    The texts stay lists of word indices; only a few batches at a time become matrices. That
    is what keeps a whole data set in tens of megabytes instead of gigabytes. The next batch
    is made while the model works on this one.

    Args:
        sequences: integer arrays, one a text.
        labels: one label a text, shape (texts,), or one row a text, shape (texts, classes).
        num_words: the length of a multi-hot row.
        batch_size: texts in a batch; the last may be smaller.
        shuffle_seed: an integer gives every epoch a new order; None keeps the order.

    Returns:
        A data set of (uint8 rows of shape (batch, num_words), labels), one pass an epoch.

    Raises:
        ValueError: there are no texts, or not as many labels as texts.
    """
    labels = np.asarray(labels)
    if len(sequences) != len(labels) or len(labels) == 0:
        raise ValueError(f"there are {len(sequences)} texts and {len(labels)} labels")
    rng = None if shuffle_seed is None else np.random.default_rng(shuffle_seed)

    def batch(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return multi_hot([sequences[row] for row in rows], num_words), labels[rows]

    def one_epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = np.arange(len(labels)) if rng is None else rng.permutation(len(labels))
        parts = np.split(order, range(batch_size, len(order), batch_size))
        with ThreadPoolExecutor(1) as worker:  # tf.data itself never works ahead under determinism
            ahead = worker.submit(batch, parts[0])
            for part in parts[1:]:
                made, ahead = ahead.result(), worker.submit(batch, part)
                yield made
            yield ahead.result()

    shapes = (
        tf.TensorSpec((None, num_words), tf.uint8),
        tf.TensorSpec((None, *labels.shape[1:]), labels.dtype),
    )
    batches = tf.data.Dataset.from_generator(one_epoch, output_signature=shapes)
    count = math.ceil(len(labels) / batch_size)
    options = tf.data.Options()  # a pipeline this short gains nothing from being tuned every epoch
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    batches = batches.apply(tf.data.experimental.assert_cardinality(count)).prefetch(1)
    return batches.with_options(options)


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
