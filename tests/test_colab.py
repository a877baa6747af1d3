"""The bundles for Colab: what they carry, and where they can be opened."""

import copy
import io
import re
import zipfile

import nbformat
import pytest

from course import (
    build,
    catalogues,
    colab,
    colab_parts,
    content,
    exercises,
    readme,
    translation,
)

NAMES = list(colab.notebooks())
ADDRESS = "https://colab.example/github/me/course/blob/main"
SMALL = "00_start_here"
KOREAN = f"ko/{SMALL}"
EXERCISE = "exercises/02_imdb_binary_classification"


@pytest.fixture(scope="module")
def bundled():
    """Return each bundle by its name and the hosting address; it is made once."""
    made = {}

    def get(name, address=""):
        if (name, address) not in made:
            made[name, address] = colab.bundle(name, address)
        return copy.deepcopy(made[name, address])

    return get


# What a bundle is made of


@pytest.mark.parametrize("name", NAMES)
def test_bundle_is_the_notebook_with_a_cell_that_sets_it_up(bundled, name):
    notebook = bundled(name)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    welcome, set_up, *rest = notebook.cells
    assert welcome.cell_type == "markdown" and "Run all" in welcome.source
    assert set_up.source.startswith("# @title ")
    assert set_up.metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}
    compile(set_up.source, name, "exec")
    _, path = colab.notebooks()[name]
    original = nbformat.read(path, as_version=4).cells
    assert [cell.cell_type for cell in rest] == [cell.cell_type for cell in original]
    for ours, theirs in zip(rest, original, strict=True):
        if ours.cell_type == "code":
            assert ours.source == theirs.source
            assert ours.execution_count is None
            assert len(ours.outputs) == len(theirs.outputs)
        assert ours.get("attachments") == theirs.get("attachments")


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        (SMALL, "", "lesson 2"),
        (SMALL, ADDRESS, f'<a href="{ADDRESS}/02_x.ipynb">lesson 2</a>'),
        (KOREAN, ADDRESS, f'<a href="{ADDRESS}/ko/02_x.ipynb">lesson 2</a>'),
    ],
)
def test_a_link_of_a_quiz_leads_to_a_bundle_or_is_words(monkeypatch, name, address, expected):
    link = {"text/html": '<p><a href="02_x.ipynb#Set-up">lesson 2</a></p>'}
    asked = nbformat.v4.new_output("execute_result", link, execution_count=1)
    cell = nbformat.v4.new_code_cell("quiz.after('02_x')", outputs=[asked])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    monkeypatch.setattr(exercises, "read_notebook", lambda page, path: notebook)
    shown = colab.bundle(name, address).cells[-1].outputs[0].data["text/html"]
    assert shown == f"<p>{expected}</p>"


@pytest.mark.parametrize("address", ["", ADDRESS])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_bundle_needs_the_repository(bundled, name, address):
    cells = bundled(name, address).cells
    text = "\n".join(cell.source for cell in cells)
    assert str(content.ROOT) not in text
    for word in ("lessons_src", "`make ", "git checkout", "README", "../", "python -m course"):
        assert word not in text, word
    targets = re.findall(r"\]\(([^)]*\.ipynb)\)", text)
    named = re.findall(r"`([\w/]+)\.ipynb`", text)
    if address:
        assert targets[0] == f"{address}/{name}.ipynb"  # its own badge
        named += [link.removeprefix(f"{address}/").removesuffix(".ipynb") for link in targets]
    else:
        assert targets == []
        assert "colab.research" not in cells[0].source
    assert set(named) <= set(NAMES)
    if name[0].isdigit() and name != SMALL:
        assert f"exercises/{name}" in named


def test_every_lesson_and_every_exercise_is_bundled():
    lessons = {page.source.stem for page in content.pages() if not page.starter}
    exercises = {f"exercises/{page.source.stem}" for page in content.pages() if page.starter}
    solutions = {name.replace("exercises", "solutions") for name in exercises}
    english = lessons | exercises | solutions
    others = {
        f"{language}/{name}"
        for language in catalogues.languages()
        for name in english
        if name.replace("solutions", "exercises") in catalogues.names(language)
    }
    assert set(NAMES) == english | others


def test_every_replaced_sentence_is_still_there():
    text = "\n".join(page.source.read_text("utf-8") for page in content.pages())
    text = text.replace("\n# ", "\n")
    assert [old for old in colab.WORDS if not colab._anywhere(old).search(text)] == []


@pytest.mark.parametrize("language", catalogues.languages())
def test_every_replaced_sentence_of_another_language_is_still_there(language):
    pages = translation.pages_in(language)
    text = "\n".join(c.source for page in pages for c in content.read_source(page).cells)
    words = translation.in_colab(language)
    assert [old for old in words if not colab._anywhere(old).search(text)] == []


def test_a_korean_bundle_speaks_korean(bundled):
    welcome, set_up, *rest = bundled(KOREAN, ADDRESS).cells
    assert f"[![Colab에서 {SMALL} 열기]" in welcome.source and "**Run all**" in welcome.source
    assert set_up.source.startswith("# @title 강좌 준비하기\n")
    text = "\n".join(cell.source for cell in rest)
    targets = re.findall(rf"\]\({ADDRESS}/([^)]*)\.ipynb\)", text)
    assert targets and all(target.startswith("ko/") for target in targets)
    assert "*Restart session and run all*을" in text and "Kernel" not in text


@pytest.fixture
def invented(tmp_path, monkeypatch):
    """A course of one lesson, of which a test writes the only text."""

    def write(text):
        page = content.Page(tmp_path / "01_new.py", tmp_path / "notebooks" / "01_new.ipynb")
        page.source.write_text("# %%\nimport keras\n", "utf-8")
        cell = nbformat.v4.new_markdown_cell(text)
        page.notebook.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), page.notebook)
        monkeypatch.setattr(colab, "notebooks", lambda: {"01_new": (page, page.notebook)})
        return page

    return write


@pytest.mark.parametrize(
    "text", ["Run `make bench`.", "see\nthe README", "`git checkout .`", "in JupyterLab"]
)
def test_a_sentence_about_the_repository_is_found(invented, text):
    invented(text)
    with pytest.raises(colab.ColabError, match="01_new refers to the repository: write in WORDS"):
        colab.bundle("01_new")


def test_a_link_to_a_notebook_that_does_not_exist_is_found(invented):
    invented("[the next one](02_next.ipynb)")
    with pytest.raises(colab.ColabError, match=r"01_new links to 02_next.ipynb, which does not"):
        colab.bundle("01_new")
    invented("[itself](01_new.ipynb), [elsewhere](https://a.b/c)")
    assert colab.bundle("01_new").cells[2].source == (
        "itself (`01_new.ipynb`), [elsewhere](https://a.b/c)"
    )


def test_the_same_helpers_give_the_same_archive():
    page, _ = colab.notebooks()[SMALL]
    first = colab_parts.archive(page)
    assert colab_parts.archive(page) == first
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        names = set(packed.namelist())
        bands = packed.read("helpers/bands.toml")
    helpers = content.ROOT / "helpers"
    assert bands == (helpers / "bands.toml").read_bytes()
    code = {
        p.relative_to(content.ROOT).as_posix()
        for p in helpers.rglob("*")
        if p.suffix in colab_parts.TEXTS
    }
    assert names == code and "helpers/interactive/base.js" in names


def test_what_is_large_goes_only_where_it_is_used():
    carried = {}
    for page, _ in colab.notebooks().values():
        with zipfile.ZipFile(io.BytesIO(colab_parts.archive(page))) as packed:
            packages = [package for _, package, _ in colab_parts.packages(page)]
            carried[page] = {*packed.namelist(), *packages}
    for item, loader in colab_parts.ONLY_FOR.items():
        carrying = {page for page, items in carried.items() if item in items}
        using = {page for page in carried if loader in page.source.read_text("utf-8")}
        assert carrying == using
        assert 0 < len(using) < len(carried)


def test_packages_are_those_that_a_page_imports(tmp_path):
    source = tmp_path / "01_new.py"
    source.write_text(
        "# %%\nimport keras, os\nfrom sklearn.svm import SVC\nfrom helpers.feedback import check\n"
    )
    assert colab_parts.packages(content.Page(source, source)) == [
        ("filelock", "filelock", ""),  # through feedback, which notes what is solved
        ("keras", "keras", colab_parts.lowest_versions()["keras"]),
        ("sklearn", "scikit-learn", ""),
    ]


def test_data_sets_are_those_whose_loaders_a_page_imports(tmp_path):
    source = tmp_path / "01_new.py"
    source.write_text("from helpers.data import reuters, BOSTON_FEATURES, imdb\nimport mnist\n")
    assert colab_parts.data_sets(content.Page(source, source)) == ["imdb", "reuters"]


def test_main_writes_all_bundles_in_place_of_the_old(tmp_path, monkeypatch, capsys, bundled):
    made = {name: bundled(name) for name in (SMALL, EXERCISE)}
    monkeypatch.setattr(colab, "OUTPUT", tmp_path / "dist" / "colab")
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(colab, "notebooks", lambda: made)
    monkeypatch.setattr(colab, "bundle", lambda name, address: made[name])
    monkeypatch.setattr(build, "is_fresh", lambda page, edition: True)
    colab.main()
    left = colab.OUTPUT / "99_old.ipynb"
    left.touch()
    colab.main()
    found = sorted(p.relative_to(colab.OUTPUT).as_posix() for p in colab.OUTPUT.rglob("*.ipynb"))
    assert found == [f"{SMALL}.ipynb", f"{EXERCISE}.ipynb"]
    assert [path.name for path in colab.OUTPUT.parent.iterdir()] == ["colab"]
    assert "dist/colab: 2 notebooks" in capsys.readouterr().out


def test_a_stale_notebook_is_not_bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(colab, "OUTPUT", tmp_path / "colab")
    monkeypatch.setattr(build, "is_fresh", lambda page, _: page.language or page.name != SMALL)
    with pytest.raises(SystemExit, match=f"{SMALL}; first run make notebooks LESSON={SMALL}"):
        colab.main()
    assert list(tmp_path.iterdir()) == []


# The hosting address


@pytest.fixture
def configured(tmp_path, monkeypatch):
    def write(address):
        settings = tmp_path / "pyproject.toml"
        text = colab_parts.SETTINGS.read_text("utf-8")
        settings.write_text(re.sub(r'^colab = ".*"$', f'colab = "{address}"', text, flags=re.M))
        monkeypatch.setattr(colab_parts, "SETTINGS", settings)

    return write


def test_without_an_address_there_are_no_badges(configured):
    configured("")
    assert colab.address() == ""
    assert "in Colab]" not in readme.tables()["lessons"]


def test_with_an_address_every_lesson_has_a_badge(configured):
    configured(f"{ADDRESS}/")
    table = readme.tables()["lessons"]
    assert re.findall(r"\[!\[Open (\w+) in Colab\]", table) == [
        page.name for page in content.pages() if not page.starter
    ]
    assert f"]({ADDRESS}/{SMALL}.ipynb)" in table


@pytest.mark.parametrize("address", ["colab.example/x", "https://a b", "https://a)b", "here"])
def test_what_is_no_address_is_refused(configured, address):
    configured(address)
    with pytest.raises(colab.ColabError, match=re.escape(repr(address))):
        colab.address()


def test_the_guide_names_the_supported_versions():
    guide = (content.ROOT / "docs" / "colab.md").read_text("utf-8")
    newest = (content.ROOT / "requirements.in").read_text("utf-8")
    for name, label in (("keras", "Keras"), ("tensorflow", "TensorFlow")):
        assert f"{label} {colab_parts.lowest_versions()[name]} " in guide
        assert f"{label} {re.search(rf'^{name}==(.+?)[.][*]$', newest, re.M)[1]}" in guide
