"""Garments on photographs: two look-alike classes of Fashion-MNIST that need a convnet.

In Fashion-MNIST all garments lie in the middle of black paper, where a network that knows nothing
of neighbours does as well as a convnet. So each garment gets a size, a tint, a place and a piece
of a photograph as background, all drawn at random and independent of its class.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.arrays import Arrays
from helpers.data.image_folder import Pictures

LABEL = {"shirt": 6, "t-shirt": 0}  # in Fashion-MNIST
SIDE = 64  # of a picture, in pixels
SIZES = (32, 56)  # of a garment
TINTS = (0.4, 1.0)  # what is left of its red, green and blue
SOLID = 64  # from this grey on nothing of the background shines through
# Seven photographs, one below the other, see docs/data.md; each is cut into five strips, and
# every part of the data has strips of its own.
BACKGROUNDS = Path(__file__).with_name("backgrounds.jpg")
HEIGHT, STRIP = 400, 80
STRIPS = {"train": (0, 2, 4), "validation": (1,), "test": (3,)}


def pictures(arrays: Arrays, name: str, counts: Mapping[str, int]) -> Pictures:
    """Yield a class's pictures as JPEG files, as many for each split as ``counts`` says.

    ``arrays`` are those of Fashion-MNIST. Each picture depends on its class and its number alone.
    No garment and no piece of a photograph is in two splits.
    """
    x, y = (np.concatenate([arrays[f"{a}_train"], arrays[f"{a}_test"]]) for a in "xy")
    garments = x[y == LABEL[name]]
    with Image.open(BACKGROUNDS) as image:
        photographs = np.asarray(image.convert("RGB"))
    photographs = photographs.reshape(-1, HEIGHT, photographs.shape[1], 3)
    splits = [split for split, count in counts.items() for _ in range(count)]
    for number, (garment, split) in enumerate(zip(garments, splits, strict=False)):
        rng = np.random.default_rng([LABEL[name], number])
        picture = compose(garment, background(photographs, split, rng), rng)
        stream = BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=95, subsampling=0)
        yield f"{name}.{number}.jpg", stream.getvalue()


def background(photographs: np.ndarray, split: str, rng: np.random.Generator) -> np.ndarray:
    """Cut a piece of SIDE x SIDE pixels out of a split's strips, mirrored or not."""
    photograph = photographs[rng.integers(len(photographs))]
    top = rng.choice(STRIPS[split]) * STRIP + rng.integers(STRIP - SIDE + 1)
    left = rng.integers(photograph.shape[1] - SIDE + 1)
    piece = photograph[top : top + SIDE, left : left + SIDE]
    return piece[:, ::-1] if rng.integers(2) else piece


def compose(garment: np.ndarray, piece: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay a grey garment, (28, 28), on a piece of a photograph; dark grey lets it shine through."""
    size = int(rng.integers(SIZES[0], SIZES[1] + 1))
    grey = np.asarray(Image.fromarray(garment).resize((size, size), Image.Resampling.BICUBIC))
    row, column = rng.integers(SIDE - size + 1, size=2)
    opaque = np.minimum(grey[:, :, None] / SOLID, 1)
    picture = piece.astype("float64")
    place = picture[row : row + size, column : column + size]
    place += opaque * (grey[:, :, None] * rng.uniform(*TINTS, size=3) - place)
    return picture.round().astype("uint8")
