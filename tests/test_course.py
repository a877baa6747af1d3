"""The course's structure: pairs, freshness, outputs, prose, bands, exercises."""

import os
import subprocess

import nbformat
import pytest
from rules import structure
from test_arithmetics import ASKING

from course import content, exercises, translation
from helpers.feedback import EDITIONS

PAGES = {page.name: page for page in content.pages()}


def read(page):
    return nbformat.read(page.notebook, as_version=4)


@pytest.fixture(params=PAGES, scope="module")
def page(request):
    return PAGES[request.param]


@pytest.fixture(scope="module")
def notebook(page):
    return read(page)


def test_pair_is_in_sync(page, notebook):
    assert structure.sync(page, notebook) == []


def test_output_is_fresh(page, notebook):
    assert structure.freshness(page, notebook) == []


def test_outputs_are_clean(notebook):
    assert structure.outputs(notebook) == []


def test_prose_has_its_parts(notebook):
    assert structure.prose(notebook) == []


def test_starter_is_what_the_solution_gives(page, notebook):
    if page.starter:
        made = exercises.starter_from(notebook)
        assert "SOLUTION" not in nbformat.writes(made)
        starter = nbformat.read(page.starter, as_version=4)
        if content.is_edited(starter) and "CI" not in os.environ:
            pytest.skip(f"{page.starter.name} has been answered, which is what it is for")
        assert starter == made


def test_bands_are_used_and_tell_good_from_broken():
    assert structure.bands(read(page) for page in PAGES.values()) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_bands_are_what_was_measured(page, edition):
    assert structure.measured_bands(page, edition) == []


def test_every_notebook_has_a_source():
    command = ["git", "ls-files", "-z", "*.ipynb"]  # a student's own notebooks are no lessons
    done = subprocess.run(command, cwd=content.NOTEBOOKS, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git repository")
    there = {content.NOTEBOOKS / name for name in done.stdout.split("\0") if name}
    made = {page.notebook for page in PAGES.values()}
    made |= {page.starter for page in PAGES.values() if page.starter}
    for page in translation.others():
        made |= {page.notebook, *filter(None, [page.starter])}
    assert there == made


def test_every_lesson_but_the_first_has_exercises():
    lessons = {page.source.stem for page in PAGES.values() if not page.starter}
    exercises = {page.source.stem for page in PAGES.values() if page.starter}
    assert lessons - {"00_start_here"} == exercises


def test_each_page_that_asks_the_processor_is_run_on_both_ways():
    sources = {page.name: page.source.read_text("utf-8") for page in content.pages()}
    asking = {name for name, text in sources.items() if "hardware.fast_policy()" in text}
    assert asking == {*ASKING}
