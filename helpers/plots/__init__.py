"""Figures: one style, colours that a colour-blind reader tells apart, and alt text."""

from importlib import import_module

# Where each name lives. A room is loaded when one of its names is used for the first time.
ROOMS = {
    "charts": (
        *("BLUE", "ORANGE", "GREEN", "VERMILION", "SKY", "PURPLE", "GREY", "use_style"),
        *("described", "history", "best_epoch", "class_counts", "confusion_matrix"),
        *("confident_mistakes", "pictures", "decision_regions", "_as_html"),
    ),
    "grids": ("photos", "maps", "number_grids"),
    "heatmaps": ("channels", "photo_table", "overlays"),
    "bag_grids": ("bags",),
}
_ROOM_OF = {name: room for room, names in ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
