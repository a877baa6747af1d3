"""Words to numbers and back: against a plain loop, over drawn texts, and inside Keras."""

import warnings
from itertools import chain

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import helpers.text
from helpers.text import decode, multi_hot, multi_hot_batches

NUM_WORDS = 12
PROPERTY = settings(deadline=None, max_examples=100)
text = st.lists(st.integers(0, NUM_WORDS - 1), max_size=8)
texts = st.lists(text, max_size=10)
some_texts = st.lists(text, min_size=1, max_size=10)
batch_sizes = st.integers(1, 12)


def as_loaded(lists):
    """Return the texts as the loaders do: an object array of integer arrays."""
    loaded = np.empty(len(lists), object)
    loaded[:] = [np.array(words, np.int32) for words in lists]
    return loaded


def batches(lists, batch_size=4, shuffle_seed=None):
    """Return batches whose labels are the texts' positions, so that pairs can be followed."""
    return multi_hot_batches(
        as_loaded(lists), np.arange(len(lists)), NUM_WORDS, batch_size, shuffle_seed
    )


def epochs(data, number=3):
    """Return the order of the texts in each of several epochs."""
    orders = []
    for _ in range(number):
        orders.append(np.concatenate([labels for _, labels in data]).tolist())
    return orders


# ---- multi_hot


@PROPERTY
@given(texts, st.sampled_from(["uint8", "float32", "float64", "bool"]))
@example([], "uint8")
@example([[], []], "uint8")
@example([[5, 5, 5]], "uint8")
def test_multi_hot_does_as_the_loop(lists, dtype):
    expected = np.zeros((len(lists), NUM_WORDS), dtype)
    for row, words in enumerate(lists):
        for word in words:
            expected[row, word] = 1
    result = multi_hot(as_loaded(lists), NUM_WORDS, dtype)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(multi_hot(lists, NUM_WORDS, dtype), expected)  # plain lists


def test_multi_hot_takes_a_byte_a_number():
    assert multi_hot([[1]], NUM_WORDS).nbytes == NUM_WORDS


@PROPERTY
@given(texts, st.integers(-3, -1) | st.integers(NUM_WORDS, NUM_WORDS + 3), st.data())
def test_index_out_of_range_is_named(lists, bad, data):
    where = data.draw(st.integers(0, len(lists)))
    lists = [*lists[:where], [3, bad], *lists[where:]]
    words = list(chain(*lists))
    message = rf"from {min(words)} to {max(words)}, but num_words is {NUM_WORDS}"
    with pytest.raises(ValueError, match=message):
        multi_hot(as_loaded(lists), NUM_WORDS)


# ---- multi_hot_batches


@PROPERTY
@given(some_texts, batch_sizes)
def test_all_batches_are_the_whole_matrix(lists, batch_size):
    data = batches(lists, batch_size)
    rows, labels = zip(*data.as_numpy_iterator(), strict=True)
    full, rest = divmod(len(lists), batch_size)
    assert [len(part) for part in rows] == [batch_size] * full + ([rest] if rest else [])
    assert len(data) == len(rows)
    np.testing.assert_array_equal(np.concatenate(rows), multi_hot(lists, NUM_WORDS))
    np.testing.assert_array_equal(np.concatenate(labels), np.arange(len(lists)))


@PROPERTY
@given(some_texts, batch_sizes, st.integers(0, 2**32 - 1))
def test_every_epoch_is_a_permutation_and_pairs_stay(lists, batch_size, seed):
    data = batches(lists, batch_size, seed)
    for _ in range(3):
        order = []
        for rows, labels in data.as_numpy_iterator():
            np.testing.assert_array_equal(rows, multi_hot([lists[i] for i in labels], NUM_WORDS))
            order += labels.tolist()
        assert sorted(order) == list(range(len(lists)))


def test_order_follows_the_seed():
    lists = [[i % NUM_WORDS] for i in range(50)]
    first = epochs(batches(lists, shuffle_seed=1))
    assert first == epochs(batches(lists, shuffle_seed=1))
    assert first != epochs(batches(lists, shuffle_seed=2))
    assert len({tuple(order) for order in first}) == 3, "each epoch has its own order"
    assert list(range(50)) not in first, "the first epoch is shuffled, too"
    assert epochs(batches(lists)) == [list(range(50))] * 3


@pytest.mark.parametrize("n_texts, n_labels", [(2, 3), (3, 2), (0, 0), (0, 1)])
def test_texts_and_labels_must_pair(n_texts, n_labels):
    with pytest.raises(ValueError, match=f"{n_texts} texts and {n_labels} labels"):
        multi_hot_batches([np.array([1])] * n_texts, np.zeros(n_labels), NUM_WORDS)


def test_rows_of_classes_are_labels_too():
    labels = np.eye(3)
    data = multi_hot_batches([[1], [2], [3]], labels, NUM_WORDS, 2, shuffle_seed=None)
    _, (_, batch) = data.as_numpy_iterator()
    np.testing.assert_array_equal(batch, labels[2:])


def test_batches_train_and_predict_in_keras(monkeypatch):
    rng = np.random.default_rng(0)
    lists = [rng.integers(0, NUM_WORDS, rng.integers(0, 6)) for _ in range(50)]
    labels = np.array([NUM_WORDS // 2 in words for words in lists])
    model = keras.Sequential([keras.Input((NUM_WORDS,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    made = []
    monkeypatch.setattr(
        helpers.text, "multi_hot", lambda *args: made.append(args) or multi_hot(*args)
    )
    shuffled = multi_hot_batches(lists, labels, NUM_WORDS, 8, shuffle_seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(shuffled, epochs=2, verbose=0)
    assert len(made) == 2 * 7, "every batch is made once an epoch, and only then"

    plain = multi_hot_batches(lists, labels, NUM_WORDS, batch_size=8)
    whole = multi_hot(lists, NUM_WORDS)
    predicted = model.predict(plain, verbose=0)
    np.testing.assert_allclose(predicted, model.predict(whole, verbose=0), rtol=1e-5)
    assert len(np.unique(predicted)) > 10, "predictions differ, so their order is seen"
    loss = model.evaluate(whole, labels, verbose=0)
    assert model.evaluate(plain, verbose=0) == pytest.approx(loss, rel=1e-5)


# ---- decode


@PROPERTY
@given(st.integers(0, 5), st.data())
@example(0, None)
def test_decode_reads_back_what_was_encoded(index_from, data):
    ranks = {f"word{rank}": rank for rank in range(1, 8)}
    words = list(ranks) if data is None else data.draw(st.lists(st.sampled_from(list(ranks))))
    sequence = np.array([ranks[word] + index_from for word in words], int)
    assert decode(sequence, ranks, index_from) == " ".join(words)


@pytest.mark.parametrize(
    "sequence, expected",
    [
        ([1, 4, 5], "the and"),
        ([0, 0, 1, 5], "and"),
        ([1, 4, 2, 5], "the … and"),
        ([1, 99, 4], "… the"),
        ([1], ""),
        ([], ""),
    ],
    ids=["start", "padding", "unknown", "not in the index", "start only", "nothing"],
)
def test_decode_shows_marks(sequence, expected):
    assert decode(np.array(sequence, int), {"the": 1, "and": 2}) == expected
