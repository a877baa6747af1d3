"""House prices in Boston (1970) and California (1990), in either edition."""

import numpy as np

from helpers.data.arrays import ArrayFile
from helpers.data.convert import tables as convert

Split = tuple[np.ndarray, np.ndarray]

BOSTON_FEATURES = (
    *("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE"),
    *("DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"),
)
CALIFORNIA_FEATURES = (
    *("MedInc", "HouseAge", "AveRooms", "AveBedrms"),
    *("Population", "AveOccup", "Latitude", "Longitude"),
)
DATA_SETS = {name: ArrayFile(name, convert) for name in ("boston_housing", "california_housing")}


def boston_housing(test_split: float = 0.2, seed: int = 113) -> tuple[Split, Split, str]:
    """Load the Boston table: ``keras.datasets.boston_housing.load_data``, plus the edition.

    Feature B encodes race, and scikit-learn removed the set for it: show it only with that
    said, and use ``california_housing`` for anything new. One value differs between the
    editions: a crime rate that the offline table corrects from 0.6718 to 10.6718.

    Args:
        test_split: share of the 506 rows in the test half.
        seed: shuffles the rows.

    Returns:
        ``(x_train, y_train), (x_test, y_test), edition``. Each ``x`` is float64 of shape
        (rows, 13), its columns named by ``BOSTON_FEATURES``; each ``y`` has shape (rows,),
        the median price of a tract's homes in 1,000 dollars. By default 404 + 102 rows.

    Raises:
        DataError: the data cannot be had; the message names the ways out.
        ValueError: ``test_split`` leaves a half empty.
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
