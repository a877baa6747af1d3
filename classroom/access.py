"""Who can reach what on the class's server, by the modes of folders."""

import stat
from collections.abc import Iterable
from pathlib import Path


class AccessError(RuntimeError):
    """Students could reach too much, or too little; the message has the way out."""


def check(closed: Path, needed: Iterable[Path]) -> None:
    """Do nothing if students can enter the folders they need, and not the course's.

    Args:
        closed: the course's folder, with the solutions in it.
        needed: folders that every account must be able to read.

    Raises:
        AccessError: a mode is too wide or too narrow, or a needed folder lies in the closed one.
    """
    mode = stat.S_IMODE(closed.stat().st_mode)
    if mode & stat.S_IRWXO:
        raise AccessError(
            f"Every account can look into {closed} (mode {mode:o}), where the solutions are. "
            f"Close it, and start again: chmod o-rwx {closed}"
        )
    for folder in map(Path.resolve, needed):
        if folder.is_relative_to(closed):
            raise AccessError(
                f"Students need {folder}, and must not reach {closed}, where it lies. Install "
                "the hub elsewhere: make hub HUB=/srv/class"
            )
        for place in way(folder):
            if not place.stat().st_mode & stat.S_IXOTH:
                raise AccessError(
                    f"Students need {folder}, and cannot enter {place}. Open it with "
                    f"chmod o+rx {place}, or use another folder, such as one in /srv; a Python "
                    "that all can use is the system's: make hub PYTHON=/usr/bin/python3"
                )


def way(folder: Path) -> list[Path]:
    """Return the folders that one must enter on the way to a folder, itself first."""
    return [folder, *folder.parents]
