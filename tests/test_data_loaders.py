"""The loaders: what they promise of the real data, and that they do as Keras does."""

import json
from collections import Counter
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from archives import lists, npz
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import imdb, imdb_word_index, reuters, reuters_label_names, reuters_word_index
from helpers.data import texts as loaders
from helpers.data.sources import SOURCES

pytestmark = pytest.mark.timeout(300)  # the first run fetches the offline edition
DATA = dict(loaders.DATA_SETS)
LOADERS = {"imdb": imdb, "reuters": reuters}
WORD_INDEX = {"imdb": imdb_word_index, "reuters": reuters_word_index}
PROPERTY = settings(deadline=None, max_examples=150)


# ---- the real data, offline edition


@pytest.fixture(scope="module")
def offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", "offline")
        patch.delenv("COURSE_MIRROR", raising=False)
        yield


@pytest.fixture(scope="module", params=LOADERS)
def name(request, offline):
    return request.param


@pytest.fixture(scope="module")
def full(name):
    """Bare frequency ranks of all words, as (x_train, y_train), (x_test, y_test)."""
    bare = {"start_char": None, "oov_char": None, "index_from": 0, "num_words": 10**6}
    return LOADERS[name](**bare)[:2]


def test_sizes_and_types(name):
    (x_train, y_train), (x_test, y_test), edition = LOADERS[name](num_words=10000)
    assert edition == "offline"
    sizes = {"imdb": (12430, 12430), "reuters": (6450, 2547)}[name]
    assert (x_train.shape, x_test.shape) == tuple((n,) for n in sizes)
    assert (y_train.shape, y_test.shape) == (x_train.shape, x_test.shape)
    assert {x.dtype for half in (x_train, x_test) for x in half} == {np.dtype("int32")}
    assert {y_train.dtype, y_test.dtype} == {np.dtype("int64")}


def test_classes(name, full):
    train, test = (Counter(y.tolist()) for _, y in full)
    if name == "imdb":
        assert train == test == {0: 6215, 1: 6215}
    else:
        names = reuters_label_names()
        assert len(names) == len(set(names)) == 52
        assert set(train) == set(range(52)) >= set(test)
        assert [names[k] for k, _ in train.most_common(2)] == ["earn", "acq"]


def test_classes_are_mixed(full):
    for _, y in full:
        changes = np.count_nonzero(np.diff(y))
        assert changes > 0.4 * len(y)  # sorted labels change a few times only


def test_no_text_occurs_twice(name, full):
    train, test = (Counter(x.tobytes() for x in half) for half, _ in full)
    assert max(train.values()) == 1
    assert not train & test
    # Two newswires on the results of companies differ in names that training never saw.
    assert test.total() - len(test) == {"imdb": 0, "reuters": 1}[name]


def test_indices_stay_below_num_words(name):
    for limits in ({"num_words": 500}, {"num_words": 500, "skip_top": 20}):
        for x, _ in LOADERS[name](**limits)[:2]:
            words = np.concatenate([text[1:] for text in x])
            assert {text[0] for text in x} <= ({1, 2} if "skip_top" in limits else {1})
            assert words.max() == 499
            assert words[words != 2].min() == limits.get("skip_top", 4)


def test_rank_1_is_the_most_frequent_training_word(name, full):
    counts = np.bincount(np.concatenate(full[0][0]))
    assert counts[0] == 0
    assert np.all(np.diff(counts[1:]) <= 0)
    words = WORD_INDEX[name]()
    assert list(words.values()) == list(range(1, len(counts)))
    assert next(iter(words)) == "the"


def test_decoded_texts_are_english(name, full):
    word_of = {rank: word for word, rank in WORD_INDEX[name]().items()}
    default = LOADERS[name](num_words=10**6)[0][0]
    for bare, x in zip(full[0][0][:200], default[:200], strict=True):
        assert [word_of[i - 3] for i in x[1:]] == [word_of[i] for i in bare]
    sample = " ".join(word_of[i] for x in full[0][0][:200] for i in x).split()
    everyday = {"imdb": {"the", "and", "movie"}, "reuters": {"said", "mln", "dlrs"}}[name]
    assert everyday <= {word for word, _ in Counter(sample).most_common(40)}


def test_texts_are_no_lists(full):
    texts = full[0][0]  # four bytes a word: 20 MB, not 400 MB of lists
    assert {type(text) for text in texts} == {np.ndarray}
    assert all(text.nbytes == 4 * len(text) for text in texts)


# ---- bad arguments


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_words": 0}, "num_words is 0"),
        ({"num_words": -5}, "num_words is -5"),
        ({"maxlen": 0}, "maxlen is 0"),
        ({"maxlen": 1}, "maxlen=1 "),
        ({"num_words": 20, "skip_top": 20}, "skip_top is 20 and num_words is 20"),
    ],
)
def test_bad_arguments(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        LOADERS[name](**arguments)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan"), 0.3])
def test_bad_test_split(offline, share):
    with pytest.raises(ValueError, match=f"test_split is {share}"):
        reuters(test_split=share)


# ---- Keras's own loaders, on small files in Keras's form
small_texts = st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=6), min_size=1, max_size=8)
arguments = {
    "num_words": st.none() | st.integers(1, 20),
    "skip_top": st.integers(0, 8),
    "maxlen": st.none() | st.integers(1, 8),
    "seed": st.integers(0, 2**32 - 1),
    "start_char": st.none() | st.integers(0, 20),
    "oov_char": st.none() | st.integers(0, 20),
    "index_from": st.integers(0, 5),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return a function that calls our loader and Keras's on the same file."""
    file, words = (
        tmp_path_factory.mktemp("keras") / "data.npz",
        {f"word{k}": k for k in range(1, 13)},
    )
    file.with_name("words.json").write_text(json.dumps(words))

    def call(name, arrays, chosen):
        file.write_bytes(npz(**arrays))
        content = DATA[name].original([file, file.with_name("words.json")])
        ours = SimpleNamespace(announce=lambda: (content, "original"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(getattr(keras.src.datasets, name), "get_file", lambda **_: str(file))
            patch.setitem(loaders.DATA_SETS, name, ours)
            theirs = getattr(keras.datasets, name).load_data
            return outcome(LOADERS[name], chosen), outcome(theirs, chosen)

    return call


def outcome(load, chosen):
    try:
        halves = load(**chosen)[:2]
    except ValueError:
        return "ValueError"
    return [([list(text) for text in x], list(y)) for x, y in halves]


def agree(ours, theirs, chosen):
    num_words = chosen["num_words"]
    if num_words is not None and chosen["skip_top"] >= num_words:
        assert ours == "ValueError"  # Keras returns texts without a word
    elif theirs != "ValueError" and not all(x for x, _ in theirs):
        assert ours == "ValueError"  # Keras returns an empty half
    else:
        assert ours == theirs


@PROPERTY
@given(train=small_texts, test=small_texts, chosen=st.fixed_dictionaries(arguments))
def test_imdb_is_what_keras_returns(both, train, test, chosen):
    arrays = {
        "x_train": lists(*train),
        "y_train": np.arange(len(train)),  # all different, so that no mix-up stays unseen
        "x_test": lists(*test),
        "y_test": np.arange(len(test)) + 100,
    }
    agree(*both("imdb", arrays, chosen), chosen)


@PROPERTY
@given(
    texts=small_texts,
    chosen=st.fixed_dictionaries(arguments | {"test_split": st.floats(0.05, 0.95)}),
)
def test_reuters_is_what_keras_returns(both, texts, chosen):
    arrays = {"x": lists(*texts), "y": np.arange(len(texts))}
    agree(*both("reuters", arrays, chosen), chosen)


def test_topic_names_are_keras_ones():
    assert SOURCES["reuters"].names == keras.datasets.reuters.get_label_names()
