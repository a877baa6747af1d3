"""Links that put a lesson into a student's own folder on the class's JupyterHub, and open it.

    python classroom/links.py https://hub.example.org https://git.example.org/class/course.git

Whoever clicks one logs in, gets the course's newest version beside their own work
(nbgitpuller merges, and never overwrites what a student wrote), and the lesson opens.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def link(hub: str, repository: str, notebook: str, branch: str = "main") -> str:
    """Return the address that pulls ``repository`` and opens one of its notebooks.

    Args:
        hub: the hub's address, such as ``https://hub.example.org``.
        repository: as ``git clone`` takes it.
        notebook: its path in the repository, such as ``notebooks/00_start_here.ipynb``.
        branch: the branch to pull.

    Raises:
        ValueError: the hub's address or the repository's is none.
    """
    _check("hub", hub, ("http", "https"), "https://hub.example.org")
    _check(
        "repository",
        repository,
        ("http", "https", "ssh", "file"),
        "https://git.example.org/class/course.git",
    )
    folder = repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    asked = {
        "repo": repository,
        "branch": branch,
        "targetpath": folder,
        "urlpath": f"lab/tree/{quote(f'{folder}/{notebook}')}",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


def _check(what: str, address: str, schemes: tuple[str, ...], example: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "file"):
        raise ValueError(f"the {what}'s address is {address!r}; expected one such as {example}")


def links(hub: str, repository: str, branch: str = "main") -> Iterable[str]:
    """Return a line of Markdown for each lesson and each exercise."""
    for folder in (NOTEBOOKS, NOTEBOOKS / "exercises"):
        for path in sorted(folder.glob("[0-9]*.ipynb")):
            notebook = path.relative_to(NOTEBOOKS.parent).as_posix()
            name = path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
            yield f"- [{name}]({link(hub, repository, notebook, branch)})"


def main() -> None:
    """Print the links."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hub")
    parser.add_argument("repository")
    parser.add_argument("--branch", default="main")
    options = parser.parse_args()
    try:
        print("\n".join(links(options.hub, options.repository, options.branch)))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
