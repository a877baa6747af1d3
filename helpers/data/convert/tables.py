"""Fetched tables to two arrays, ``x`` and ``y``, in the order of their source.

The California table is kept as whole numbers: the census counted rooms, people and households, and
published prices in dollars. Its averages are quotients of them, so that both editions come out the
same to the last bit.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from helpers.data.packages import read_member

Arrays = dict[str, np.ndarray]

# What one unit of each stored column is: hundredths of a degree, ten-thousandths of the income.
CALIFORNIA_UNITS = {
    **{"longitude": 100, "latitude": 100, "age": 1, "rooms": 1, "bedrooms": 1},
    **{"population": 1, "households": 1, "income": 10_000},
}


def boston_housing_original(files: Sequence[Path]) -> Arrays:
    """Keras's boston_housing.npz: 506 rows, 13 features."""
    with np.load(files[0], allow_pickle=False) as bundle:
        return {"x": bundle["x"].astype("f8"), "y": bundle["y"].astype("f8")}


def boston_housing_offline(files: Sequence[Path]) -> Arrays:
    """The table of ``mlxtend``: the same rows in the same order, the price last."""
    raw = read_member(files[0], "mlxtend/data/data/boston_housing.csv")
    table = np.loadtxt(BytesIO(raw), delimiter=",", ndmin=2)
    return {"x": table[:, :-1].copy(), "y": table[:, -1].copy()}


def california_housing_original(files: Sequence[Path]) -> Arrays:
    """Keras's california_housing.npz: counts and dollars as float32, which hold them exactly."""
    with np.load(files[0], allow_pickle=False) as bundle:
        x = bundle["x"].astype("f8") * list(CALIFORNIA_UNITS.values())
        return _california(np.rint(x).T, np.rint(bundle["y"]))


def california_housing_offline(files: Sequence[Path]) -> Arrays:
    """The shipped table: the same columns as whole numbers."""
    with np.load(files[0], allow_pickle=False) as bundle:
        return _california([bundle[name] for name in CALIFORNIA_UNITS], bundle["dollars"])


def _california(columns: Sequence[np.ndarray] | np.ndarray, dollars: np.ndarray) -> Arrays:
    """Return scikit-learn's eight columns, and its target in 100,000 dollars."""
    stored = zip(CALIFORNIA_UNITS.values(), columns, strict=True)
    longitude, latitude, age, rooms, bedrooms, people, households, income = (
        np.asarray(column, "f8") / unit for unit, column in stored
    )
    averages = [rooms / households, bedrooms / households, people, people / households]
    features = [income, age, *averages, latitude, longitude]
    return {"x": np.stack(features, axis=1), "y": np.asarray(dollars, "f8") / 100_000}
