"""Carry a notebook edited in JupyterLab back into its source; ``make carry-back``.

The notebook remembers the source it was made from. If the source has changed since, the
two edits would be in conflict, and nothing is written: file times decide nothing here. Nor is
anything written that would not read back as the same cells.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import build, content


class ConflictError(RuntimeError):
    """The source is newer than the notebook, or one cannot tell."""


class UncarriableError(ValueError):
    """A cell cannot be written as text so that it reads back the same; the message names it."""


def carry_back(page: content.Page) -> bool:
    """Write a notebook's cells into its source; return whether there was a difference.

    Raises:
        ConflictError, UncarriableError: see ``carry``.
        OSError, ValueError: the notebook cannot be read.
    """
    edited = nbformat.read(page.notebook, as_version=4)
    changed = carry(page, edited)
    if changed:
        build.write(edited, page.notebook)
    return changed


def carry(page: content.Page, edited: NotebookNode) -> bool:
    """Write the cells of a page's edited notebook into its source, and note that in the notebook.

    Returns:
        Whether there was a difference.

    Raises:
        ConflictError: the source has changed since the notebook was made from it, or the notebook
            does not say from which source it was made.
        UncarriableError: a cell would be lost or torn apart on its way through the text.
    """
    content.set_ids(edited)
    if not content.differences(page, edited):
        return False
    source = os.path.relpath(page.source, content.ROOT)
    made_from = edited.metadata.get("course", {}).get("source")
    if made_from is None:
        raise ConflictError(
            f"{page.notebook.name} does not say which source it was made from: it is a copy, a "
            f"bundle for Colab, or was written by another program. Move your edit into {source} by "
            f"hand and run make notebooks LESSON={page.name}"
        )
    if made_from != content.source_hash(page):
        raise ConflictError(
            f"{source} has changed since {page.notebook.name} was made from it, so carrying the "
            f"notebook back would lose that change. Move your edit into {source} by hand and run "
            f"make notebooks LESSON={page.name}; or, to drop the source's change, restore it first "
            f"with git checkout {source}"
        )
    text = content.as_source(edited)
    require_same_cells(edited, content.from_source(text))
    content.replace_text(page.source, text)
    # Now it is what the source says, and may be edited and carried back again.
    edited.metadata.course.source = content.source_hash(page)
    edited.metadata.course.cells = content.cells_hash(edited)
    return True


def require_same_cells(edited: NotebookNode, back: NotebookNode) -> None:
    """Do nothing for a notebook that comes back from its text as it was.

    Raises:
        UncarriableError: a cell has an attachment, or does not come back as it was.
    """
    for number, cell in enumerate(edited.cells, start=1):
        if cell.get("attachments"):
            raise UncarriableError(
                f"cell {number} has a picture pasted into it, which a text cannot hold. Save the "
                "picture as a file beside the notebooks and show it with ![what it shows](file)"
            )
    for number, cell in enumerate(edited.cells, start=1):
        same = number <= len(back.cells) and all(
            cell[part] == back.cells[number - 1][part] for part in ("cell_type", "source")
        )
        if not same:
            first = next(iter(cell.source.splitlines()), "")
            raise UncarriableError(
                f"cell {number} ({first[:60]!r}) would not read back from the source as it is: it "
                "has an open quote, or a line that begins a cell (# %%). Close the quote, or write "
                "that line otherwise"
            )
    if len(back.cells) != len(edited.cells):
        raise UncarriableError(f"{len(edited.cells)} cells would come back as {len(back.cells)}")


def main() -> None:
    """Carry back the named lessons, or all."""
    refused = []
    for page in build.chosen(sys.argv[1:]):
        try:
            changed = carry_back(page)
        except (ConflictError, UncarriableError) as error:
            refused.append(f"{page.name}: {error}. Nothing was written")
            continue
        except (OSError, ValueError) as error:
            refused.append(f"{Path(page.notebook).name} cannot be read as a notebook ({error})")
            continue
        print(f"{page.name}: " + ("carried back" if changed else "source and notebook agree"))
        if changed:
            print(f"    now run: make notebooks LESSON={page.name}")
    if refused:
        sys.exit("\n".join(refused))


if __name__ == "__main__":
    content.run(main)
