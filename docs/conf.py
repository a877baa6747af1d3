"""How Sphinx makes the website; course/site.py puts its pages together and calls it."""

import sys
from pathlib import Path

from course.catalogues import on_site as say

sys.path.append(str(Path(__file__).parent))  # where korean_search is

project = html_title = say("Deep learning with Keras")
copyright = "the course's authors, CC BY 4.0"
language = "en"

extensions = ["myst_nb", "sphinx_copybutton", "korean_search", "course.alternates"]
html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,  # each lesson has its own links, see course/site.py
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "navbar_persistent": [],  # the search stands in the sidebar
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None

nb_execution_mode = "off"  # the notebooks are executed and checked before
nb_ipywidgets_js = {}  # there are no widgets, and the default fetches a script
nb_code_prompt_show = say("Show the answer")
nb_code_prompt_hide = say("Hide the answer")
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

# One file with all that is needed, from a package and not from another host.
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

if tags.has("book"):  # noqa: F821, Sphinx defines it; one page to print, see course/book.py
    html_theme, html_theme_options = "basic", {}
    html_css_files, html_js_files = ["book.css"], []
    html_assets_policy = "always"  # formulas are drawn on a page that is no document of its own
    pygments_style = "a11y-high-contrast-light"
    nb_code_prompt_show = say("The answer")
