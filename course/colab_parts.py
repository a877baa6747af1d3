"""What a bundle for Colab brings along: the helpers, and the packages and data a page needs."""

import importlib.metadata
import io
import re
import tomllib
import zipfile
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course import content, fingerprints
from helpers.data.sources import SOURCES

SETTINGS = content.ROOT / "pyproject.toml"
TEXTS = (".py", ".toml", ".js", ".css", ".html")
PACKED = (*TEXTS, ".npz", ".png", ".jpg", ".mo", ".ttf")
# Goes only where a source names this loader, because it is large. All else goes into every bundle.
ONLY_FOR = {
    "helpers/data/backgrounds.jpg": "cats_vs_dogs",
    "helpers/data/california_housing.npz": "california_housing",
    "helpers/data/chelsea.png": "cat_photo",
    "onnx": "vgg16_conv_base",
}


def archive(page: content.Page) -> bytes:
    """Return the zipped ``helpers`` package, for what this page imports.

    The same files give the same bytes, so that a change of nothing is no other version.
    """
    source = page.source.read_text("utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for path in sorted((content.ROOT / "helpers").rglob("*")):
            name = path.relative_to(content.ROOT).as_posix()
            spoken = path.parent.name != "locale" or path.stem == page.language
            if path.suffix in PACKED and "/." not in name and spoken and _needed(name, source):
                entry = zipfile.ZipInfo(name)  # dated 1980
                entry.external_attr = 0o644 << 16
                target.writestr(entry, _packed(path), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _packed(path: Path) -> bytes:
    """Return a file's content; a text has LF in every bundle, whatever this checkout has."""
    found = path.read_bytes()
    return found.replace(b"\r\n", b"\n") if path.suffix in TEXTS else found


def packages(page: content.Page) -> list[tuple[str, str, str]]:
    """Return what this page and its helpers import: (module, package, its lowest version).

    Of all that is imported, the packages of the lock count; the versions are pyproject.toml's.
    """
    locked = re.findall(
        r"^([\w-]+)==", (content.ROOT / "requirements.txt").read_text("utf-8"), re.M
    )
    lowest = dict.fromkeys(locked, "") | lowest_versions()
    source = page.source.read_text("utf-8")
    texts = [source, *(path.read_text("utf-8") for path in fingerprints.reached(source))]
    modules = {name.partition(".")[0] for text in texts for name in fingerprints.imports(text)}
    return sorted(
        (module, package, lowest[package])
        for module in modules
        for package in _suppliers().get(module, ())
        if package in lowest and _needed(package, source)
    )


def data_sets(page: content.Page) -> list[str]:
    """Return the data sets whose loaders this page imports; they have the loaders' names."""
    imported = fingerprints.imports(page.source.read_text("utf-8"))
    return [name for name in sorted(SOURCES) if f"helpers.data.{name}" in imported]


def lowest_versions() -> dict[str, str]:
    """Return the packages that pyproject.toml names, each with its lowest version or ""."""
    lines = map(Requirement, _project()["dependencies"])
    return {line.name: _lowest(line.specifier) for line in lines}


def lowest_python() -> str:
    """Return the lowest version of Python that pyproject.toml names."""
    return _lowest(SpecifierSet(_project()["requires-python"]))


def _project() -> dict:
    return tomllib.loads(SETTINGS.read_text("utf-8"))["project"]


def _lowest(versions: SpecifierSet) -> str:
    return next((one.version for one in versions if one.operator == ">="), "")


@cache
def _suppliers() -> dict[str, set[str]]:
    """Return for each module that can be imported here the packages that install it."""
    found = importlib.metadata.packages_distributions()
    return {module: set(map(str.lower, packages)) for module, packages in found.items()}


def _needed(item: str, source: str) -> bool:
    return item not in ONLY_FOR or re.search(rf"\b{ONLY_FOR[item]}\b", source) is not None
