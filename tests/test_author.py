"""A save in author's mode writes the source, or nothing; elsewhere a save touches no source."""

import asyncio

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from course import author, build, content, execution

TEXT = "# %% [markdown]\n# # A lesson\n\n# %%\nx = 6\n\n# %%\nprint(7 * x)\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    page = content.Page(tmp_path / "lesson.py", tmp_path / "notebooks" / "lesson.ipynb")
    page.source.write_text(TEXT)
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(content, "pages", lambda: [page])
    (tmp_path / "requirements.txt").touch()
    build.write(execution.unexecuted(page, "offline"), page.notebook)
    return page


def opened(page):
    """What the browser holds of a notebook."""
    return nbformat.read(page.notebook, as_version=4)


def save(notebook, path="notebooks/lesson.ipynb", hook=author.before_saving):
    """Save as JupyterLab's server does."""
    manager = AsyncLargeFileManager(root_dir=str(content.ROOT))
    if hook:
        manager.register_pre_save_hook(hook)
    model = {"type": "notebook", "format": "json", "content": notebook}
    asyncio.run(manager.save(model, path))


def test_a_save_writes_source_and_notebook(page):
    browser = opened(page)
    for number in (8, 9):  # the browser is not told what the first save noted
        browser.cells[2].source = f"print({number} * x)"
        save(browser)
        assert page.source.read_text() == TEXT.replace("7", str(number))
        assert opened(page).cells[2].source == f"print({number} * x)"


@pytest.mark.parametrize(
    ("cell", "words"),
    [('def mine():\n    """My idea', "cell 2 .*open quote"), ("x\n# %%\ny", "cell 2 .*# %%")],
)
def test_a_save_that_would_tear_cells_apart_is_refused(page, cell, words):
    before = page.source.read_bytes(), page.notebook.read_bytes()
    browser = opened(page)
    browser.cells[1].source = cell
    with pytest.raises(HTTPError, match=words):
        save(browser)
    assert (page.source.read_bytes(), page.notebook.read_bytes()) == before


def test_a_source_that_an_editor_has_changed_is_not_overwritten(page):
    browser = opened(page)
    page.source.write_text(newer := TEXT.replace("x = 6", "x = 60"))
    browser.cells[2].source = "print(8 * x)"
    with pytest.raises(HTTPError, match=r"lesson.py has changed since .* would lose that change"):
        save(browser)
    assert page.source.read_text() == newer
    assert opened(page).cells[2].source == "print(7 * x)"


def test_copies_and_new_notebooks_are_no_lessons(page):
    browser = opened(page)
    browser.cells[2].source = "print(8 * x)"
    save(browser, "notebooks/lesson-Copy1.ipynb")
    save(browser, "notebooks/Untitled.ipynb")
    assert page.source.read_text() == TEXT
    assert sorted(path.name for path in content.ROOT.glob("*.py")) == ["lesson.py"]


def test_a_student_saves_any_cell_and_finds_it_again(page):
    browser = opened(page)
    browser.cells[2].source = 'def mine():\n    """My idea\n# %%'
    save(browser, hook=None)
    assert opened(page).cells == browser.cells
    assert page.source.read_text() == TEXT
