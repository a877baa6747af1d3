"""Find the files that a model cannot learn from, in folders of images."""

import warnings
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")  # what Keras takes up
FORMATS = ("JPEG", "PNG")
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
NAMED = 40  # how many files ``listing`` names
MODES = {"L": "grey", "LA": "grey", "1": "black and white", "P": "with a palette"}
MODES |= {mode: "grey, 16 or 32 bits" for mode in ("I", "I;16", "I;16B", "F")}
MODES |= {"RGBA": "RGB with transparency"}
SIDE, UPSIDE = "stored lying on its side", "stored upside down"
TURNED = {3: UPSIDE, 4: UPSIDE, 5: SIDE, 6: SIDE, 7: SIDE, 8: SIDE}  # by EXIF orientation


def check_images(folder: str | Path) -> dict[str, str]:
    """Look into a folder with a folder for each class, and find the files of no use.

    Call it before ``keras.utils.image_dataset_from_directory(folder)``: one unreadable file stops
    the training in its middle. Each file is really decoded. Images in grey or CMYK are found, too:
    a model should learn from what is in a picture, not from how it was stored. So are photographs
    that only a mark in the file (EXIF) turns upright, because Keras does not read it: open them
    with Pillow, turn them with ``ImageOps.exif_transpose``, and save them.

    Returns ``{file: reason}`` of the files that are no whole and upright RGB image (JPEG or PNG),
    in order, each named from ``folder`` on, such as "cat/0.jpg". ``ValueError``: there is no such
    folder or no class folder in it, or a class folder holds no usable image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is no folder; expected one that holds a folder a class")
    # As Keras: each folder is a class, but not those with a dot before the name.
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not classes:
        expected = "expected one folder a class, such as cat and dog, with the images inside"
        raise ValueError(f"{str(folder)!r} has no class folders; {expected}")
    unusable: dict[str, str] = {}
    empty = []
    for place in classes:
        files = sorted(path for path in place.rglob("*") if not path.is_dir())
        reasons = ((path, _fault_of_file(path)) for path in files)
        faults = {path.relative_to(folder).as_posix(): why for path, why in reasons if why}
        unusable |= faults
        if len(faults) == len(files):
            empty.append(f"{place.name!r} ({listing(faults) if faults else 'no file at all'})")
    if empty:
        way_out = "Put images there, or remove the folder, because every folder counts as a class"
        found = f"has class folders without a usable image: {', '.join(empty)}"
        raise ValueError(f"{str(folder)!r} {found}. {way_out}")
    return unusable


def listing(unusable: Mapping[str, str]) -> str:
    """Return the unusable files in words: how many, and for each its name and the reason."""
    names = [f"{name} ({fault})" for name, fault in list(unusable.items())[:NAMED]]
    files = "file" if len(unusable) == 1 else "files"
    text = f"{len(unusable):,} unusable {files}: {', '.join(names)}"
    more = len(unusable) - len(names)
    return f"{text}, and {more:,} more" if more else text


def fault(content: bytes) -> str:
    """Return why a file's bytes are no whole, upright RGB image; "" if TensorFlow can read them."""
    if not content:
        return "empty"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on odd metadata
        try:
            image = Image.open(BytesIO(content), formats=FORMATS)
            image.load()
            Image.open(BytesIO(content), formats=FORMATS).verify()  # PNG: the sums of all chunks
        except UnidentifiedImageError:
            return "no JPEG or PNG"
        except Image.DecompressionBombError:  # it may well be whole, but it takes half a gigabyte
            return f"over {2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6} million pixels"
        except Exception:  # damaged bytes can make Pillow raise nearly anything
            return "damaged"
        turned = 1
        with suppress(Exception):  # damaged marks are no damage to the picture
            turned = image.getexif().get(ExifTags.Base.Orientation, 1)
    # Pillow forgives a missing end, and TensorFlow does not. In a JPEG it follows the last scan.
    whole = PNG_END in content
    if content.startswith(b"\xff\xd8"):
        whole = content.rfind(b"\xff\xd9") >= content.rfind(b"\xff\xda")
    if not whole:
        return "damaged"
    return MODES.get(image.mode, image.mode) if image.mode != "RGB" else TURNED.get(turned, "")


def _fault_of_file(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        return "not named as an image"
    try:
        return fault(path.read_bytes())
    except OSError:
        return "cannot be opened"
