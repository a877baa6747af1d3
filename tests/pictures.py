"""Small images as bytes, whole and broken in every way that occurs."""

import io

import numpy as np
from PIL import ExifTags, Image


def encoded(mode="RGB", kind="JPEG", colour=0, side=8, **options):
    """The bytes of a picture whose pixels depend on ``colour`` alone."""
    stream = io.BytesIO()
    pixels = np.random.default_rng(colour).integers(0, 256, (side, side, 3), "uint8")
    Image.fromarray(pixels).convert(mode).save(stream, kind, **options)
    return stream.getvalue()


def turned(orientation):
    """EXIF marks that say how a viewer should turn a picture."""
    marks = Image.Exif()
    marks[ExifTags.Base.Orientation] = orientation
    return marks


WHOLE = {
    "JPEG": encoded(),
    "progressive JPEG": encoded(progressive=True, side=32),
    "JPEG with junk behind": encoded() + b"junk",
    "PNG": encoded(kind="PNG"),
    "JPEG with marks, upright": encoded(exif=turned(1)),
    "JPEG with broken marks": encoded(exif=b"Exif\0\0no marks"),
}
BROKEN = {  # the reason, and the bytes
    "empty": b"",
    "no JPEG or PNG": b"<html>Welcome to the hotel</html>",
    "damaged": encoded()[:-40],
    "grey": encoded("L"),
    "CMYK": encoded("CMYK"),
}
MORE_BROKEN = {
    "only the end is missing": ("damaged", encoded()[:-2]),
    "a PNG without its last chunk": ("damaged", encoded(kind="PNG")[:-12]),
    "a PNG without its last byte": ("damaged", encoded(kind="PNG")[:-1]),
    "a header only": ("damaged", encoded()[:200]),
    "grey PNG": ("grey", encoded("L", "PNG")),
    "grey with transparency": ("grey", encoded("LA", "PNG")),
    "16 bits": ("grey, 16 or 32 bits", encoded("I;16", "PNG")),
    "black and white": ("black and white", encoded("1", "PNG")),
    "palette": ("with a palette", encoded("P", "PNG")),
    "GIF": ("no JPEG or PNG", encoded("P", "GIF")),
    "transparency": ("RGB with transparency", encoded("RGBA", "PNG")),
    "BMP": ("no JPEG or PNG", encoded(kind="BMP")),
    "TIFF": ("no JPEG or PNG", encoded(kind="TIFF")),
    "text": ("no JPEG or PNG", "höchst ungewöhnlich".encode()),
    "on its side": ("stored lying on its side", encoded(exif=turned(6))),
    "on its side, a PNG": ("stored lying on its side", encoded(kind="PNG", exif=turned(8))),
    "upside down": ("stored upside down", encoded(exif=turned(3))),
}
