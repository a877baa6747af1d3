"""Figures of pictures: what is drawn is what was given, and bad input is named."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import plots

PHOTO = np.zeros((4, 6, 3), "uint8")
MAP = np.zeros((4, 6))


def drawn(figure):
    """The images in a figure, in order."""
    return [np.asarray(image.get_array()) for ax in figure.axes for image in ax.images]


def titles(figure):
    return [ax.get_title() for ax in figure.axes]


@settings(max_examples=25)
@given(st.integers(1, 12), st.integers(1, 8))
def test_photos_stand_in_rows(count, columns):
    images = [np.full((2 + number, 3, 3), number, "uint8") for number in range(count)]
    figure = plots.photos(images, [str(k) for k in range(count)], "some photos", columns)
    assert [image.max() for image in drawn(figure)] == list(range(count))
    assert [title for title in titles(figure) if title] == [str(k) for k in range(count)]
    assert len(figure.axes) == -(-count // columns) * min(columns, count)
    assert figure.alt_text == "some photos"


def test_photos_take_floats_of_a_network():
    (image,) = drawn(plots.photos([PHOTO + 254.7], ["a"], "a photo"))
    assert image.dtype == np.uint8 and image.max() == 254


@pytest.mark.parametrize(
    ("photo", "named"),
    [
        (
            PHOTO[None],
            "shape (1, 4, 6, 3); expected numbers from 0 to 255 of shape (height, width, 3)",
        ),
        (MAP, "shape (4, 6)"),
        (PHOTO[:0], "shape (0, 6, 3)"),
        (PHOTO + 256.0, "values from 256 to 256"),
        (PHOTO - 1.0, "values from -1"),
        (PHOTO * np.nan, "NaN or infinity"),
    ],
)
def test_what_is_no_photo_is_named(photo, named):
    with pytest.raises(ValueError, match="photograph 2 has") as caught:
        plots.photos([PHOTO, photo], ["a", "b"], "two photos")
    assert named in str(caught.value)


@given(st.integers(-5, 5), st.booleans())
def test_maps_keep_zero_in_the_middle_if_signed(value, signed):
    values = np.zeros((10, 10))
    values[:5] = value
    figure = plots.maps([values], ["a map"], "one map", signed=signed)
    (image,) = drawn(figure)
    first, second = image[0, 0, :3], image[9, 0, :3]
    if signed:
        assert np.allclose(second, plt.get_cmap("RdBu_r")(0.5)[:3], atol=1 / 255)
        assert np.sign((first - second)[0] - (first - second)[2]) == np.sign(value)  # red, or blue
    elif value:
        ends = sorted([tuple(first), tuple(second)], key=sum)
        assert np.allclose(ends, plt.get_cmap("cividis")([0.0, 1.0])[:, :3])
        assert (first.sum() > second.sum()) == (value > 0)


@pytest.mark.parametrize("signed", [True, False])
def test_maps_of_a_figure_share_a_scale(signed):
    weak, strong = (np.outer([0.0, height], np.ones(2)) for height in (1.0, 4.0))
    one, other = drawn(plots.maps([weak, strong], ["a", "b"], "two maps", signed=signed))
    assert np.array_equal(one[0], other[0])  # 0 is the same colour in both
    assert not np.allclose(one[-1], other[-1], atol=0.1)


@pytest.mark.parametrize("bad", [MAP[None], MAP[:0], MAP + np.inf])
def test_what_is_no_map_is_named(bad):
    with pytest.raises(ValueError, match=r"map 2 has .* One channel of a feature map is"):
        plots.maps([MAP, bad], ["a", "b"], "two maps")


@pytest.mark.parametrize("draw", [plots.photos, plots.maps])
def test_each_picture_needs_a_title(draw):
    picture = PHOTO if draw is plots.photos else MAP
    for pictures, names in (([picture], []), ([], []), ([picture], ["a", "b"])):
        with pytest.raises(ValueError, match="expected the same number of each"):
            draw(pictures, names, "pictures")
    with pytest.raises(ValueError, match="columns is 0"):
        draw([picture], ["a"], "pictures", columns=0)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=4),
    st.integers(-9, 9),
)
def test_number_grids_write_every_number(shapes, value):
    grids = [np.full(shape, value) for shape in shapes]
    figure = plots.number_grids(grids, ["grid"] * len(grids), "grids of numbers")
    for ax, grid in zip(figure.axes, grids, strict=True):
        assert [text.get_text() for text in ax.texts] == [f"{value}"] * grid.size


def test_number_grids_outline_the_window():
    figure = plots.number_grids(
        [np.eye(5), np.eye(2)], ["a", "b"], "two grids", windows=[(1, 2, 3, 2), None]
    )
    (window,) = figure.axes[0].patches
    assert (window.get_x(), window.get_y()) == (2, 1)
    assert (window.get_width(), window.get_height()) == (2, 3)
    assert not figure.axes[1].patches


@pytest.mark.parametrize(
    ("grids", "names", "windows", "named"),
    [
        ([], [], [], "0 grids"),
        ([np.eye(2)], ["a", "b"], [], "2 titles"),
        ([np.eye(2)], ["a"], [None, None], "2 windows"),
        ([np.eye(13)], ["a"], [], "shape (13, 13)"),
        ([np.arange(3)], ["a"], [], "shape (3,)"),
        ([np.eye(2) * np.nan], ["a"], [], "NaN"),
    ],
)
def test_what_is_no_grid_is_named(grids, names, windows, named):
    with pytest.raises(ValueError, match="expected") as caught:
        plots.number_grids(grids, names, "grids", windows=windows)
    assert named in str(caught.value)
