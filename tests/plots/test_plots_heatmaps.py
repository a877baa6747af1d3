"""Figures of photographs, of channels and of heat maps: what they draw, and what they refuse."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import plots
from helpers.data import cat_photo
from helpers.plots import style

ALT = "What this figure shows, in a sentence."
PHOTO = np.random.default_rng(0).integers(0, 256, (32, 48, 3), "uint8")
HEAT = np.arange(6.0).reshape(2, 3)


def pixels(figure, number=0):
    """The picture that a panel shows."""
    return np.asarray(figure.axes[number].images[0].get_array())


# ---- channels


def test_channels_lie_in_reading_order_and_each_has_its_own_scale():
    maps = np.zeros((4, 4, 3))
    maps[0, 0, 0], maps[0, 0, 2] = 1, 1000
    sheet = pixels(plots.channels(maps, ALT, columns=2))
    assert sheet.shape == (9, 9, 3)  # 2 x 2 tiles of 4 pixels, and a gap of one
    brightest = plt.get_cmap("cividis")(1.0)[:3]
    for corner in ((0, 0), (5, 0)):
        assert np.allclose(sheet[corner], brightest)
    assert np.allclose(sheet[4], 1), "the gap is white"
    assert np.allclose(sheet[5:, 5:], 1), "no fourth channel"


def test_an_empty_channel_is_a_plain_light_tile_unlike_a_dark_one():
    maps = np.zeros((4, 4, 2))
    maps[3, 3, 1] = 5
    sheet = pixels(plots.channels(maps, ALT))
    assert np.ptp(sheet[:, :4]) == 0 and sheet[0, 0].min() > 0.8
    assert sheet[0, 5].max() < 0.4


@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    count=st.integers(1, 12),
    columns=st.integers(1, 20),
)
def test_channels_of_any_shape_have_room_for_each(height, width, count, columns):
    maps = np.ones((height, width, count))
    sheet = pixels(plots.channels(maps, ALT, columns))
    shown = np.all(np.abs(sheet - plt.get_cmap("cividis")(1.0)[:3]) < 1e-6, axis=-1)
    assert shown.sum() == maps.size
    assert plt.get_fignums() == []


# ---- photo_table


def test_a_table_of_photos_names_its_rows_and_keeps_the_pixels():
    figure = plots.photo_table({"upper": [PHOTO, PHOTO], "lower": [PHOTO * 0.5, PHOTO]}, ALT)
    assert [ax.get_ylabel() for ax in figure.axes] == ["upper", "", "lower", ""]
    assert np.array_equal(pixels(figure, 1), PHOTO)
    assert np.array_equal(pixels(figure, 2), PHOTO // 2)
    assert figure.stored_as == "webp"


# ---- overlays


def test_a_cold_place_keeps_the_photo_and_a_hot_one_gets_colour():
    heat = np.zeros((2, 3))
    heat[1, 2] = 7.0
    figure = plots.overlays([PHOTO], [heat], ["a"], ALT)
    drawn = pixels(figure)
    assert np.allclose(drawn[:32], PHOTO / 255), "above, without heat"
    assert np.allclose(drawn[32:-32], 1), "the gap is white"
    below = drawn[-32:]
    assert np.allclose(below[:8, :16], PHOTO[:8, :16] / 255)
    assert np.abs(below[-8:, -8:] - PHOTO[-8:, -8:] / 255).mean() > 0.2
    (line,) = figure.axes[0].collections
    assert line.get_datalim(figure.axes[0].transData).y0 > 32, "at half of the largest"


def test_no_heat_at_all_is_the_photo_itself():
    figure = plots.overlays([PHOTO], [HEAT * 0], ["a"], ALT, beside=False)
    assert np.allclose(pixels(figure), PHOTO / 255)
    assert not figure.axes[0].collections


def test_only_proportions_of_the_heat_count():
    once = pixels(plots.overlays([PHOTO], [HEAT], ["a"], ALT, beside=False))
    often = pixels(plots.overlays([PHOTO], [1e6 * HEAT], ["a"], ALT, beside=False))
    assert np.allclose(once, often, atol=1e-6)


@given(
    rows=st.integers(2, 12),
    columns=st.integers(2, 12),
    cell=st.integers(2, 7),
    rest=st.integers(0, 1),
    beside=st.booleans(),
)
def test_a_layers_map_fits_its_photo_also_when_a_rest_was_cut_off(
    rows, columns, cell, rest, beside
):
    photo = np.zeros((rows * cell + rest, columns * cell + rest, 3))
    figure = plots.overlays([photo], [np.ones((rows, columns))], ["a"], ALT, beside=beside)
    drawn = pixels(figure)
    assert (len(drawn) > 2 * len(photo)) == beside
    assert drawn.min() >= 0 and drawn.max() <= 1


@pytest.mark.parametrize("count, columns, lines", [(1, 6, 1), (5, 2, 3), (6, 3, 2), (7, 6, 2)])
def test_all_panels_lie_inside_the_figure_and_apart(count, columns, lines):
    figure = plots.overlays([PHOTO] * count, [HEAT] * count, ["two\nlines"] * count, ALT, columns)
    assert len(figure.axes) == lines * min(columns, count)
    boxes = [ax.get_position() for ax in figure.axes]
    assert all(-1e-9 <= box.x0 < box.x1 <= 1 and -1e-9 <= box.y0 < box.y1 <= 1 for box in boxes)
    for number, box in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = box.x1 <= other.x0 or other.x1 <= box.x0
            assert apart or box.y1 <= other.y0 or other.y1 <= box.y0


# ---- bad input

TWO = {"photos": [PHOTO, PHOTO], "heats": [HEAT, HEAT], "titles": ["a", "b"]}
NAN = np.full((2, 3), np.nan)
BAD = {
    "maps of a batch": (lambda: plots.channels(np.ones((1, 4, 4, 3)), ALT), r"maps\[0\]"),
    "no channels": (lambda: plots.channels(np.ones((4, 4, 0)), ALT), r"maps has shape \(4, 4, 0\)"),
    "NaN in a map": (lambda: plots.channels(np.full((2, 2, 1), np.nan), ALT), "NaN"),
    "before the ReLU": (lambda: plots.channels(-np.ones((2, 2, 1)), ALT), "after the ReLU"),
    "no column": (lambda: plots.channels(np.ones((2, 2, 1)), ALT, 0), "columns is 0"),
    "a table of nothing": (lambda: plots.photo_table({}, ALT), "there are 0 rows"),
    "an empty row": (lambda: plots.photo_table({"a": []}, ALT), "0 pictures in 'a'"),
    "rows of unequal length": (
        lambda: plots.photo_table({"a": [PHOTO], "b": [PHOTO] * 2}, ALT),
        "1 pictures in 'a', 2 pictures in 'b'",
    ),
    "a grey picture": (lambda: plots.photo_table({"a": [HEAT]}, ALT), r"\(height, width, 3"),
    "a prepared picture": (
        lambda: plots.photo_table({"a": [PHOTO - 120.0]}, ALT),
        "before preprocess_input",
    ),
    "no photograph": (lambda: plots.overlays([], [], [], ALT), "0 photographs"),
    "a heat map too few": (
        lambda: plots.overlays(**{**TWO, "heats": [HEAT]}, alt=ALT),
        "1 heats",
    ),
    "a title too few": (
        lambda: plots.overlays(**{**TWO, "titles": ["a"]}, alt=ALT),
        "1 titles",
    ),
    "heat of a batch": (
        lambda: plots.overlays([PHOTO], [HEAT[None]], ["a"], ALT),
        r"heats\[0\]",
    ),
    "heat with NaN": (
        lambda: plots.overlays(**{**TWO, "heats": [HEAT, NAN]}, alt=ALT),
        "heat map 2 has NaN",
    ),
    "empty heat": (lambda: plots.overlays([PHOTO], [HEAT[:0]], ["a"], ALT), r"shape \(0, 3\)"),
    "heat below 0": (
        lambda: plots.overlays([PHOTO], [HEAT - 1], ["a"], ALT),
        r"from -1 to 4; .*np\.maximum",
    ),
    "heat of another picture": (
        lambda: plots.overlays([PHOTO], [np.ones((8, 8))], ["a"], ALT),
        "Is it of another picture",
    ),
    "heat lying on its side": (
        lambda: plots.overlays([PHOTO], [np.ones((12, 8))], ["a"], ALT),
        "proportions",
    ),
    "a batch of photographs in one": (
        lambda: plots.overlays([PHOTO[None]], [HEAT], ["a"], ALT),
        r"pictures\[0\]",
    ),
    "no columns": (lambda: plots.overlays(**TWO, alt=ALT, columns=0), "columns is 0"),
}


@pytest.mark.parametrize("draw, message", BAD.values(), ids=BAD)
def test_bad_data_is_refused_and_leaves_no_figure(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
    assert plt.get_fignums() == []


# ---- how a photograph is stored


def test_a_photograph_is_stored_smaller_than_as_png_and_shown_as_wide():
    figure = plots.photo_table({"a cat": [cat_photo()]}, ALT)
    small = style.as_html(figure)
    figure.stored_as = "png"
    large = style.as_html(figure)
    assert 'src="data:image/webp;base64,' in small and 'src="data:image/png;base64,' in large
    assert len(small) < len(large) / 3
    assert small.split(" src=")[0] == large.split(" src=")[0], "the same alt text and width"
