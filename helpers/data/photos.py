"""A photograph that ships with the course."""

from pathlib import Path

import numpy as np
from PIL import Image

CHELSEA = Path(__file__).with_name("chelsea.png")


def cat_photo() -> np.ndarray:
    """Load the photograph of the cat Chelsea, by Stéfan van der Walt (CC0), from scikit-image.

    It is the same in both editions, and needs no network.

    Returns:
        RGB values from 0 to 255, uint8 of shape (300, 451, 3): height, width, channels.
    """
    with Image.open(CHELSEA) as image:
        return np.asarray(image.convert("RGB")).copy()
