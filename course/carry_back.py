"""Carry a notebook edited in JupyterLab back into its source; ``make carry-back``.

The notebook remembers the source it was made from. If the source has changed since, the
two edits would be in conflict, and nothing is written: file times decide nothing here.
"""

import os
import sys

import nbformat

from course import build, content


class ConflictError(RuntimeError):
    """The source is newer than the notebook, or one cannot tell."""


def carry_back(page: content.Page) -> bool:
    """Write a notebook's cells into its source; return whether there was a difference.

    Raises:
        ConflictError: the source has changed since the notebook was made from it.
    """
    edited = nbformat.read(page.notebook, as_version=4)
    content.set_ids(edited)
    if not content.differences(page, edited):
        return False
    source = os.path.relpath(page.source, content.ROOT)
    if edited.metadata.get("course", {}).get("source") != content.source_hash(page):
        raise ConflictError(
            f"{source} has changed since {page.notebook.name} was made from it, so carrying the "
            f"notebook back would lose that change. Move your edit into {source} by hand and run "
            f"make notebooks LESSON={page.name}; or, to drop the source's change, restore it first "
            f"with git checkout {source}"
        )
    content.replace_text(page.source, content.as_source(edited))
    return True


def main() -> None:
    """Carry back the named lessons, or all."""
    for page in build.chosen(sys.argv[1:]):
        try:
            changed = carry_back(page)
        except ConflictError as error:
            sys.exit(str(error))
        print(f"{page.name}: " + ("carried back" if changed else "source and notebook agree"))
        if changed:
            print(f"    now run: make notebooks LESSON={page.name}")


if __name__ == "__main__":
    main()
