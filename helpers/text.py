"""Words to numbers and back."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf


def multi_hot(sequences: Sequence[np.ndarray], num_words: int, dtype: str = "uint8") -> np.ndarray:
    """Encode texts as rows of zeros with a one at each word that occurs.

    ``sequences`` are integer arrays, one a text, with values from 0 to ``num_words - 1``; another
    word index is a ``ValueError`` that names it. The result has shape (texts, num_words); uint8
    takes an eighth of NumPy's default float64.
    """
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    rows = np.zeros((len(sequences), num_words), dtype)
    if lengths.sum() == 0:
        return rows
    words = np.concatenate([words for words in sequences if len(words)])  # an empty list is float
    low, high = words.min(), words.max()
    if low < 0 or high >= num_words:
        found = f"word indices run from {low} to {high}, but num_words is {num_words}"
        raise ValueError(f"{found}; load the data with num_words={num_words}")
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

    ``sequences`` are integer arrays, one a text; ``labels`` have shape (texts,) or (texts,
    classes). No texts, or not as many labels, are a ``ValueError``. A batch is (uint8 rows of shape
    (batch_size, num_words), labels); the last may be smaller. With an integer ``shuffle_seed``
    every epoch has a new order; None keeps the order.
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

    texts = tf.TensorSpec((None, num_words), tf.uint8)
    answers = tf.TensorSpec((None, *labels.shape[1:]), labels.dtype)
    batches = tf.data.Dataset.from_generator(one_epoch, output_signature=(texts, answers))
    count = math.ceil(len(labels) / batch_size)
    options = tf.data.Options()  # a pipeline this short gains nothing from being tuned every epoch
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    batches = batches.apply(tf.data.experimental.assert_cardinality(count)).prefetch(1)
    return batches.with_options(options)


def decode(sequence: np.ndarray, word_index: Mapping[str, int], index_from: int = 3) -> str:
    """Turn the word indices of one text, as the loaders return them, back into words.

    ``word_index`` is ``{word: rank}``, from ``imdb_word_index`` or ``reuters_word_index``, and
    ``index_from`` the loader's offset. Indices below it are marks: padding and start are left out,
    unknown is shown as "…". The words are joined by spaces.
    """
    words = {rank + index_from: word for word, rank in word_index.items()}
    left_out = range(min(2, index_from))
    return " ".join(words.get(int(i), "…") for i in sequence if int(i) not in left_out)
