"""All data sets alike, by their loaders' names."""

from importlib import import_module
from typing import Any

from helpers.data import ROOM_OF
from helpers.data.cache import DataSet


def data_set(name: str) -> DataSet[Any]:
    """Return a data set of sources.toml, to see whether it is ready, or to load it.

    Only the module of its loader is imported.
    """
    return import_module(f"helpers.data.{ROOM_OF[name]}").DATA_SETS[name]
