"""JupyterLab for who writes lessons: to save a notebook is to write its source; ``make author``.

Each save of one of the course's pages goes through carry_back.py first, with all its guards: it is
refused, with the reason in a box, where the source has changed meanwhile, or where reading the text
back would not give the same cells. Nothing goes by file times. Other notebooks, copies and new ones
too, are saved as anywhere. ``make lab`` starts without this: there a notebook stands alone.
"""

from pathlib import Path

import nbformat
from jupyter_server.services.contents.manager import ContentsManager
from tornado.web import HTTPError

from course import carry_back, content


def page_of(path: str) -> content.Page | None:
    """Return the page that is written from this notebook, by its path from the root on."""
    place = content.ROOT / path.strip("/")
    return next((page for page in content.pages() if page.notebook == place), None)


def before_saving(model: dict, path: str, contents_manager: ContentsManager, **_: object) -> None:
    """Write a page's source before its notebook is saved; a hook of Jupyter's.

    Raises:
        HTTPError: the source cannot be written; JupyterLab shows the message, and saves nothing.
    """
    page = page_of(path)
    if model.get("type") != "notebook" or page is None:
        return
    edited = nbformat.from_dict(model["content"])
    try:
        # The browser still has the note of when it opened the notebook; the file's is newer.
        edited.metadata.course = nbformat.read(page.notebook, as_version=4).metadata.course
    except (OSError, ValueError, AttributeError) as error:
        raise HTTPError(409, f"{Path(path).name} is not as it was built ({error})") from error
    try:
        carry_back.carry(page, edited)
    except (carry_back.ConflictError, carry_back.UncarriableError, OSError) as error:
        raise HTTPError(409, f"not saved: {error}") from error
    model["content"]["metadata"]["course"] = dict(edited.metadata.course)
