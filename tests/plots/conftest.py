"""No figure that is drawn here stays open."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    """Jupyter would show an open figure after the cell, even under an error."""
    plt.switch_backend("agg")
    with plt.rc_context():
        yield
    left = plt.get_fignums()
    plt.close("all")
    assert left == []
