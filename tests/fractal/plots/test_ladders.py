"""What the pictures of one dimension show is what was counted, and chance is always there."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
import pytest

from fractal.errors import InvalidOption
from fractal.estimate import dimension
from fractal.plots import counts, departures, overview, slopes
from fractal.plots.style import BLUE, GREY
from fractal.sets import carpet

mpl.use("agg")
CARPET = dimension(carpet(4), 3)
NOISE = dimension(np.random.default_rng(0).random((128, 128)) < 0.1)


@pytest.fixture(autouse=True)
def closed():
    """Figures do not pile up."""
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


def dots(ax) -> dict[float, tuple[float, bool]]:
    """Where dots are, and whether they are filled."""
    found = [line for line in ax.lines if line.get_marker() == "o"]
    return {
        float(x): (float(y), line.get_markerfacecolor() != "none")
        for line in found
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


@pytest.mark.parametrize("d", [CARPET, NOISE])
def test_every_count_is_a_dot_filled_where_it_was_fitted(d):
    ax = counts(d)
    assert dots(ax) == {float(r): (float(N), r in d.scales) for r, N in zip(d.counts.sizes, d.counts.counts, strict=True)}
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_chance_is_the_line_through_the_expected_counts():
    ax = counts(NOISE)
    (line,) = [line for line in ax.lines if line.get_color() == GREY]
    assert np.array_equal(line.get_ydata(), NOISE.chance.expected)
    assert len(ax.collections) == 1


def test_the_fitted_line_has_slope_d():
    ax = counts(CARPET)
    (line,) = [line for line in ax.lines if line.get_color() == BLUE and line.get_marker() == "None"]
    (x0, x1), (y0, y1) = line.get_xdata(), line.get_ydata()
    assert -math.log(y1 / y0) / math.log(x1 / x0) == pytest.approx(math.log(8, 3), abs=1e-12)
    assert (x0, y0) == (1, pytest.approx(4096))  # the carpet's counts lie on it


def test_local_slopes_of_the_carpet_are_its_dimension_at_every_scale():
    found = dots(slopes(CARPET))
    assert list(found) == pytest.approx([3 ** (k + 0.5) for k in range(4)])
    assert [y for y, _ in found.values()] == pytest.approx([math.log(8, 3)] * 4)


def test_the_band_of_slopes_is_two_standard_deviations_of_noise():
    """Over seeds, at each size where chance has spread, with as many points each time."""
    from matplotlib import pyplot as plt

    _, ax = plt.subplots()
    rng, scores = np.random.default_rng(0), []
    for _ in range(60):
        ax.clear()
        d = dimension(rng.permutation(np.arange(64 * 64) < 400).reshape(64, 64))
        slopes(d, ax)
        (line,) = [line for line in ax.lines if line.get_color() == GREY]
        vertices = ax.collections[0].get_paths()[0].vertices
        tops = np.array([max(vertices[np.isclose(vertices[:, 0], x), 1]) for x in line.get_xdata()])
        half = tops - line.get_ydata()
        assert (half > 0.02).sum() == 3
        scores.append(2 * (np.array(d.slopes) - line.get_ydata())[half > 0.02] / half[half > 0.02])
    assert np.std(scores, axis=0) == pytest.approx(1, abs=0.3)
    assert np.mean(scores, axis=0) == pytest.approx(0, abs=0.4)


def test_departures_are_counts_relative_to_chance():
    found = dots(departures(CARPET))
    assert found[3.0][0] == pytest.approx(512 / CARPET.chance.expected[1])
    assert found[1.0][0] == pytest.approx(1)


def test_the_title_has_d_beside_chance_and_z():
    assert counts(CARPET).get_title(loc="left").startswith("D = 1.893 in base 3, chance 1.")
    assert f"; curved\nz of all counts = {NOISE.z:.1f}".replace("-", "−") in counts(NOISE).get_title(loc="left")


@pytest.mark.parametrize("draw", [counts, departures, overview, slopes])
def test_titles_say_of_what_z_is(draw):
    """Of the counts at all sizes, never of D."""
    drawn = draw(CARPET)
    told = (drawn if hasattr(drawn, "figure") else drawn[0]).get_title(loc="left")
    assert "z of all counts = " in told and told.count("z") == 1


@pytest.mark.parametrize(("A", "status"), [(np.eye(1, 9).astype(bool), "single point"), (np.ones((3, 5), bool), "full")])
def test_without_a_fit_nothing_is_in_or_out_of_it(A, status):
    ax = counts(dimension(A))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["counted"]
    assert status in ax.get_title(loc="left")


def test_the_overview_has_three_panels():
    axes = overview(CARPET)
    assert [ax.get_ylabel() for ax in axes] == ["occupied boxes N(r)", "occupied boxes / those of chance", "local slope"]


def test_given_axes_are_used():
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(1, 3)
    assert list(overview(NOISE, axes)) == list(axes)
    assert counts(NOISE, axes[0]) is axes[0]


@pytest.mark.parametrize("draw", [counts, departures, overview, slopes])
@pytest.mark.parametrize(
    "A",
    [
        np.zeros(0),
        np.float64(2),
        np.ones((4, 4)),
        np.zeros((3, 5), bool),
        np.ones((3, 5), bool),
        np.eye(1, 9).astype(bool),
        np.array([1.0, math.inf]),
        np.eye(5).astype(bool),
        np.random.default_rng(0).standard_normal((1, 40, 1)),
    ],
)
def test_degenerate_arrays_are_drawn(draw, A):
    drawn = draw(dimension(A))
    ax = drawn if hasattr(drawn, "figure") else drawn[0]
    ax.figure.draw_without_rendering()
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("draw", [counts, departures, overview, slopes])
@pytest.mark.parametrize("found", [None, 1.5, carpet(1)])
def test_only_dimensions_are_drawn(draw, found):
    with pytest.raises(InvalidOption, match="d must be a Dimension"):
        draw(found)


@pytest.mark.parametrize("axes", [3, [], [None, None]])
def test_an_overview_takes_three_axes(axes):
    with pytest.raises(InvalidOption, match="axes must be three"):
        overview(CARPET, axes)
