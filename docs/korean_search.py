"""Search in Korean, for Sphinx, which brings none.

Korean writes particles onto words and compounds as one word: 과대적합은 is 과대적합 (overfitting)
with a particle, and 적합 is a part of it. So a word is found by each of its parts, of one syllable
too, and a query loses its particles. Sphinx's own search matches parts only from three letters on,
and only where no page has the query as a word.
"""

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

PARTICLES = (
    *(
        "은",
        "는",
        "이",
        "가",
        "을",
        "를",
        "의",
        "에",
        "에서",
        "에게",
        "으로",
        "로",
        "와",
        "과",
        "도",
    ),
    *("만", "부터", "까지", "처럼", "보다", "마다", "이나", "나", "이란", "란", "이다", "입니다"),
)
# Two syllables stay: 결과 (result) and 평가 (evaluation) only look as if they ended in one.
ENDING = rf"^([가-힣]{{2,}}?)(?:{'|'.join(PARTICLES)})+$"
WORD = re.compile(r"([가-힣]+)|[^\W가-힣]+")


class Korean(SearchLanguage):
    """Splits and stems as the script does that the pages get; both must agree."""

    lang = "ko"
    language_name = "Korean"
    js_splitter_code = r"""
var splitQuery = (query) =>
  query.match(/[가-힣]+|(?:(?![가-힣])[\p{Letter}\p{Number}_])+/gu) ?? [];
"""
    js_stemmer_code = f"""
var Stemmer = function () {{
  this.stemWord = (word) => word.replace(/{ENDING}/, "$1");
}};
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text, and of a Korean word all parts."""
        found = []
        for match in WORD.finditer(input):
            word = match[0]
            starts = range(len(word)) if match[1] else ()
            found += [word[a:b] for a in starts for b in range(a + 1, len(word) + 1)] or [word]
        return found

    def stem(self, word: str) -> str:
        """Return a word without its particles."""
        return re.sub(ENDING, r"\1", word)


def setup(app: Sphinx) -> dict[str, Any]:
    """Give Sphinx the language; a site in Korean has ``language = "ko"``."""
    app.add_search_language(Korean)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
