"""Tables of houses, as Keras returns them, in either edition."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from helpers.data.arrays import ArrayFile, Arrays, Split
from helpers.data.packages import read_member
from helpers.data.sources import SOURCES

BOSTON_FEATURES = SOURCES["boston_housing"].names
CALIFORNIA_FEATURES = SOURCES["california_housing"].names
# The census counted rooms, people and households; the stored columns are whole numbers of these
# units, and the averages are quotients of them, so both editions are the same to the last bit.
COUNTED = dict.fromkeys(("age", "rooms", "bedrooms", "population", "households"), 1)
CALIFORNIA_UNITS = {"longitude": 100, "latitude": 100, **COUNTED, "income": 10_000}


def boston_housing(test_split: float = 0.2, seed: int = 113) -> tuple[Split, Split, str]:
    """Load the Boston table: ``keras.datasets.boston_housing.load_data``, plus the edition.

    Feature B encodes race, and scikit-learn removed the set for it: show it only with that
    said, and use ``california_housing`` for anything new. One value differs between the
    editions: a crime rate that the offline table corrects from 0.6718 to 10.6718. ``seed`` shuffles
    the 506 rows, and ``test_split`` is the share of them in the test half.

    Returns ``(x_train, y_train), (x_test, y_test), edition``. Each ``x`` is float64 of shape
    (rows, 13), its columns named by ``BOSTON_FEATURES``; each ``y`` has shape (rows,), the median
    price of a tract's homes in 1,000 dollars. By default 404 + 102 rows. ``ValueError``:
    ``test_split`` leaves a half empty.
    """
    return _split("boston_housing", test_split, seed)


def california_housing(test_split: float = 0.2, seed: int = 113) -> tuple[Split, Split, str]:
    """Load the California table of the 1990 census with scikit-learn's columns and target.

    Both editions hold the same values in the same order. Arguments, shapes and errors are those
    of ``boston_housing``, but there are 20,640 rows, by default 16,512 + 4,128, of 8 columns,
    named by ``CALIFORNIA_FEATURES``; each ``y`` is the median house value of a block group in
    100,000 dollars.
    """
    return _split("california_housing", test_split, seed)


def _split(name: str, test_split: float, seed: int) -> tuple[Split, Split, str]:
    """Shuffle and cut as Keras does: its generator, for its order."""
    if not 0 < test_split < 1:
        raise ValueError(f"test_split is {test_split!r}; expected a share between 0 and 1")
    arrays, edition = DATA_SETS[name].announce()
    x, y = arrays["x"], arrays["y"]
    row = int(len(x) * (1 - test_split))
    if not 0 < row < len(x):
        raise ValueError(f"test_split is {test_split!r}: of {len(x)} rows, one half is empty")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    return (x[:row], y[:row]), (x[row:], y[row:]), edition


def _boston_original(files: Sequence[Path]) -> Arrays:
    with np.load(files[0], allow_pickle=False) as bundle:
        return {"x": bundle["x"].astype("f8"), "y": bundle["y"].astype("f8")}


def _boston_offline(files: Sequence[Path]) -> Arrays:
    raw = read_member(files[0], "mlxtend/data/data/boston_housing.csv")  # the price comes last
    table = np.loadtxt(BytesIO(raw), delimiter=",", ndmin=2)
    return {"x": table[:, :-1].copy(), "y": table[:, -1].copy()}


def _california_original(files: Sequence[Path]) -> Arrays:
    with np.load(files[0], allow_pickle=False) as bundle:  # float32, which holds these exactly
        x = bundle["x"].astype("f8") * list(CALIFORNIA_UNITS.values())
        return _california(np.rint(x).T, np.rint(bundle["y"]))


def _california_offline(files: Sequence[Path]) -> Arrays:
    with np.load(files[0], allow_pickle=False) as bundle:
        return _california([bundle[name] for name in CALIFORNIA_UNITS], bundle["dollars"])


def _california(columns: Iterable[np.ndarray], dollars: np.ndarray) -> Arrays:
    stored = zip(columns, CALIFORNIA_UNITS.values(), strict=True)
    longitude, latitude, age, rooms, bedrooms, people, households, income = (
        np.asarray(column, "f8") / unit for column, unit in stored
    )
    averages = [rooms / households, bedrooms / households, people, people / households]
    features = [income, age, *averages, latitude, longitude]
    return {"x": np.stack(features, axis=1), "y": np.asarray(dollars, "f8") / 100_000}


BOSTON = ArrayFile("boston_housing", _boston_original, _boston_offline)
CALIFORNIA = ArrayFile("california_housing", _california_original, _california_offline)
DATA_SETS = {data.name: data for data in (BOSTON, CALIFORNIA)}
