"""Pairs as JupyterLab knows them, how it is opened, and how a command ends."""

import tomllib

import jupytext
import nbformat
import pytest

from course import content, lab


def test_sources_and_pairs_follow_jupytext_toml():
    config = tomllib.loads((content.ROOT / "jupytext.toml").read_text())
    assert {key: config[key] for key in content.WRITING} == content.WRITING
    assert config["formats"] == {"notebooks/": "ipynb", "lessons_src/": content.FORMAT}


def test_generated_exercises_are_not_paired_with_their_source():
    """Saving a starter in JupyterLab must not write over the source and its solution."""
    from jupytext.config import load_jupytext_configuration_file, notebook_formats

    for page in content.pages():
        for path in filter(None, (page.starter, page.notebook if page.starter else None)):
            config = load_jupytext_configuration_file(
                jupytext.config.find_jupytext_configuration_file(str(path))
            )
            formats = notebook_formats(nbformat.v4.new_notebook(), config, str(path))
            assert [f["extension"] for f in formats] == [".ipynb"]


@pytest.mark.parametrize(
    ("uid", "display", "wanted", "unwanted"),
    [
        (0, "", {"--allow-root", "--no-browser"}, set()),
        (1000, ":0", set(), {"--allow-root", "--no-browser"}),
    ],
)
def test_lab_works_as_root_and_without_a_display(monkeypatch, uid, display, wanted, unwanted):
    monkeypatch.setattr("os.geteuid", lambda: uid, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    line = lab.command("notebooks/x.ipynb", ["--port=9"])
    assert wanted <= set(line)
    assert not unwanted & set(line)
    assert line[-1] == "--port=9"


def test_a_command_ends_with_a_sentence(tmp_path):
    def refused():
        raise PermissionError(13, "Permission denied", "notebooks/x.ipynb")

    with pytest.raises(SystemExit, match=r"^notebooks/x.ipynb: Permission denied"):
        content.run(refused)
    damaged = tmp_path / "x.ipynb"
    damaged.write_text("{")
    with pytest.raises(SystemExit, match=r"a notebook cannot be read .*git checkout"):
        content.run(lambda: nbformat.read(damaged, as_version=4))
