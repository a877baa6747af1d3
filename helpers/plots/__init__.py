"""Figures: one style, colours that a colour-blind reader tells apart, and alt text.

Every function returns a closed ``Figure``: write the call as the last line of a cell and Jupyter
shows it once, with its alt text. For a figure of your own, end the cell with
``plots.described(fig, "alt text")``. The same everywhere: ``titles``, one a picture; ``alt``, what
the figure shows, for who cannot see it; ``columns``, how many stand in a row. What is empty, holds
NaN or has another form than a docstring says is a ``ValueError`` that names the way out.
"""

from importlib import import_module
from typing import Any

# Where each name lives. A room is loaded when one of its names is used for the first time.
ROOMS = {
    "style": ("BLUE", "GREEN", "VERMILION", "PURPLE", "GREY", "use_style", "described"),
    "charts": ("history", "best_epoch", "decision_regions", "class_counts", "confusion_matrix"),
    "grids": (
        "photos",
        "pictures",
        "maps",
        "channels",
        "photo_table",
        "overlays",
        "number_grids",
        "bags",
    ),
    "texts": ("weighted_words",),
}
_ROOM_OF = {name: room for room, names in ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
