"""Each test here has the bands of a toy, and a student's settings."""

import pytest

from helpers import feedback

BANDS = """
["toy.accuracy"]
what = "test accuracy"
textbook = 0.9
offline = {low = 0.87, high = 0.9, from = "set by hand"}
original = {low = 0.88, high = 0.925, from = "8 runs: mean 0.9012, sd 0.0041, 0.8961 to 0.90772"}

["toy.epochs"]
what = "epochs"
offline = {low = 3, high = 7, from = "set by hand"}
original = {low = -2.5, high = 1, from = "set by hand"}

["toy.weights"]
what = "weights"
exact = true
offline = {low = 14714688, high = 14714688, from = "set by hand"}
original = {low = 14714688, high = 14714688, from = "set by hand"}

["toy.error"]
what = "an error"
unit = "thousand dollars"
offline = {low = 2.3, high = 2.81, from = "set by hand"}
original = {low = 2.3, high = 2.81, from = "set by hand"}

["new.loss"]
what = "not measured yet"
"""


@pytest.fixture(autouse=True)
def bands(tmp_path, monkeypatch):
    path = tmp_path / "toy.toml"
    path.write_text(BANDS, "utf-8")
    monkeypatch.setattr(feedback, "BANDS_FILE", path)
    monkeypatch.setenv("COURSE_STRICT", "0")
    monkeypatch.delenv("COURSE_RECORD", raising=False)


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
