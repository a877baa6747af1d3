"""Small archives in the formats that the data layer reads, built byte for byte alike."""

import gzip
import io
import tarfile
import zipfile

import numpy as np


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def lists(*texts):
    """An object array of lists, as in Keras's files; NumPy would make equal lengths a matrix."""
    rows = np.empty(len(texts), object)
    rows[:] = [list(text) for text in texts]
    return rows


def wheel(**members):
    """Bytes of a wheel that the real pip accepts; ``members`` maps paths to contents."""
    stream = io.BytesIO()
    info = "toy_data-1.0.dist-info"
    about = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(stream, "w") as bundle:
        for path, content in (members | about).items():
            bundle.writestr(zipfile.ZipInfo(path), content)  # ZipInfo: no time of today
    return stream.getvalue()


def tgz(path, content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as bundle:
        info = tarfile.TarInfo(path)
        info.size = len(content)
        bundle.addfile(info, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def deb(path, content):
    """A Debian package is a Unix "ar" archive of three parts, each padded to an even length."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": b"odd",
        "data.tar.gz": tgz(f".{path}", content),
    }
    packed = b"!<arch>\n"
    for part, data in parts.items():
        head = f"{part:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n"
        packed += head.encode() + data + b"\n" * (len(data) % 2)
    return packed
