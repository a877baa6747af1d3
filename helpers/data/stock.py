"""All data sets alike, whatever form they have: which are ready, where, and how to get them."""

from functools import partial
from pathlib import Path

from helpers.data import folder_sets, folders, store


def ready(name: str) -> list[str]:
    """Return the editions of a data set that are in the cache and whole."""
    if name != folder_sets.NAME:
        return store.ready(name)
    places = {edition: folder_sets.place(edition) for edition in store.EDITIONS["auto"]}
    return [edition for edition, place in places.items() if folders.whole(place) is not None]


def load(name: str) -> None:
    """Bring a data set into the cache, in the edition that ``COURSE_DATA`` chooses.

    Raises:
        DataError: it cannot be had; the message names the ways out.
    """
    if name != folder_sets.NAME:
        store.load(name)
    else:
        store.load(name, partial(folder_sets.get, folder_sets.DEFAULT))


def place(name: str, edition: str) -> Path:
    """The file or folder in the cache of an edition."""
    if name != folder_sets.NAME:
        return store.prepared(name, edition)
    return folder_sets.place(edition)
