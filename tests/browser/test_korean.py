"""Search in Korean, on a small site from the file system: with particles, and inside words."""

import subprocess
import sys

import pytest
from selenium.webdriver.support.wait import WebDriverWait
from site_page import LIMIT_S

from course import content

DOCS = content.ROOT / "docs"
PAGES = {
    "index": "# 처음\n\n```{toctree}\na\nb\n```\n",
    "a": "# 모형\n\n과대적합을 막는다. 작은 학습률은 `Keras_3`의 기본값보다 낫다.\n",
    "b": "# 정리\n\n기본학습률로 시작한다. 결과의 정확도를 본다.\n",
}


@pytest.fixture
def korean(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import korean_search

    return korean_search.Korean({})


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("학습률은", "학습률"),
        ("과대적합을", "과대적합"),
        ("모형에서는", "모형"),
        ("문제입니다", "문제"),
        ("결과", "결과"),
        ("결과가", "결과"),
        ("층", "층"),
        ("keras", "keras"),
    ],
)
def test_a_word_loses_its_particles(korean, word, stem):
    assert korean.stem(word) == korean.stem(stem) == stem


def test_a_word_is_found_by_its_parts(korean):
    assert korean.split("Keras_3의 학습률") == [
        *("Keras_3", "의"),
        *("학", "학습", "학습률", "습", "습률", "률"),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the pages with the settings of the website, in Korean."""
    source, output = tmp_path_factory.mktemp("korean"), tmp_path_factory.mktemp("site")
    for name, text in PAGES.items():
        (source / f"{name}.md").write_text(text, "utf-8")
    sphinx = (sys.executable, "-m", "sphinx", "-q", "-W", "-c", str(DOCS), "-D", "language=ko")
    subprocess.run([*sphinx, str(source), str(output)], check=True)
    return output


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("과대적합", "a"),
        ("적합", "a"),
        ("학습", "ab"),
        ("률", "ab"),
        ("학습률이", "ab"),
        ("정확도는", "b"),
        ("keras_3", "a"),
        ("학습 결과", "b"),
        ("강화", ""),
    ],
)
def test_a_query_finds_the_pages(browser, site, query, pages):
    browser.get(f"{site.as_uri()}/search.html?q={query}")
    done = "return Search.title?.innerText === _('Search Results')"
    WebDriverWait(browser, LIMIT_S).until(lambda _: browser.execute_script(done), done)
    found = browser.execute_script(
        "return [...document.querySelectorAll('ul.search a')].map(link => link.pathname)"
    )
    assert sorted(path[-6:-5] for path in found) == [*pages]
