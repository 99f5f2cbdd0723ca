"""Tensors are drawn from the first at the top, each where D − D_null is, marked by whether it is clear of chance."""

from __future__ import annotations

import math

import matplotlib as mpl
import numpy as np
import pytest

from fractal.analysis import Analysis
from fractal.comparisons import Comparison
from fractal.errors import InvalidOption
from fractal.plots import comparison, depth
from fractal.plots.depths import MOST
from fractal.plots.style import BLUE, GREY, VERMILION
from fractal.rows import Row
from fractal.verdicts import least_departure

mpl.use("agg")


def row(name: str, D: float, z: float, **changes) -> Row:
    values = {
        "D": D,
        "D_low": D - 0.2,
        "D_high": D + 0.1,
        "D_null": 1.5,
        "z": z,
        "departure": z,
        "p": 1.0,
        "status": "straight",
    } | changes
    return Row(name, (8, 8), "matrix", (8, 8), **values)


ROWS = (
    row("first", 1.4, -2.0, departure=-12.0, p=1e-9),
    row("bias", math.nan, 1.0, status="too few scales", D_low=math.nan, D_high=math.nan),
    row("second", 1.7, 4.0, departure=5.5, p=0.002),
    row("third", 1.51, 0.4),
    row("steps", math.nan, math.nan, p=math.nan, status="skipped: integers"),
)


@pytest.fixture(autouse=True)
def closed():
    """Figures do not pile up."""
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


def marks(ax) -> dict[tuple[float, float], tuple[str, str]]:
    lines = [line for line in ax.lines if line.get_marker() in ("v", "^", "o")]
    return {
        (round(float(x), 9), float(y)): (line.get_marker(), line.get_color())
        for line in lines
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


def strokes(ax) -> dict[float, float]:
    lines = [line for line in ax.lines if line.get_marker() == "|"]
    return {float(y): float(x) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}


def labels(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_the_first_tensor_is_on_top_and_the_furthest_count_decides_the_mark():
    """Evidence on the left, also of what has no dimension; the difference on the right."""
    evidence, difference = depth(Analysis("a", ROWS))
    assert marks(evidence) == {(-12.0, 0): ("v", VERMILION), (1.0, 1): ("o", GREY), (5.5, 2): ("^", BLUE), (0.4, 3): ("o", GREY)}
    assert strokes(evidence) == {0: -2.0, 1: 1.0, 2: 4.0, 3: 0.4}
    assert marks(difference) == {(-0.1, 0): ("v", VERMILION), (0.2, 2): ("^", BLUE), (0.01, 3): ("o", GREY)}
    assert labels(evidence) == ["first", "bias", "second", "third"] and labels(difference) == []
    for ax in (evidence, difference):
        low, high = ax.get_ylim()
        assert low > high


def test_what_is_clear_among_few_tensors_is_not_among_many():
    """p = 0.002 is clear of chance among 4 tensors, and not among 6."""
    evidence, _ = depth(Analysis("a", (*ROWS, row("fourth", 1.5, 0.0), row("fifth", 1.5, 0.0))))
    assert marks(evidence)[5.5, 2] == ("o", GREY)


def test_in_the_band_no_count_is_clear_of_chance():
    evidence, _ = depth(Analysis("a", ROWS))
    (band,) = evidence.patches
    assert band.get_x() + band.get_width() == pytest.approx(least_departure(4)) == -band.get_x()


def test_the_bars_are_the_intervals_of_d():
    _, difference = depth(Analysis("a", ROWS[:1]))
    (segment,) = difference.collections[0].get_segments()
    assert segment[:, 0].tolist() == pytest.approx([-0.3, 0.0])


def test_small_differences_and_long_bars_are_both_seen():
    """A hundredth beside a bar thirty times as long takes a fifth of the width at least; so do 10 deviations beside 1,000."""
    evidence, difference = depth(Analysis("a", (row("a", 1.51, 1.0), row("b", 1.5, -1000.0), row("c", 1.5, 5.0))))
    for ax, small, large in ((difference, 0.01, 0.3), (evidence, 10.0, 1000.0)):
        place = ax.transScale.transform([(x, 0) for x in (0, small, large)])[:, 0]
        assert 0.2 < (place[1] - place[0]) / (place[2] - place[0]) < 1


def test_counts_not_far_from_chance_have_a_plain_axis():
    assert depth(Analysis("a", ROWS))[0].get_xscale() == "linear"


def test_what_is_left_out_is_counted():
    told = depth(Analysis("a", ROWS))[0].get_title(loc="left")
    assert told == "4 tensors beside chance, 2 clear of it\nleft out: 1 skipped"


def test_what_z_is_of_is_told():
    """Not of D."""
    evidence, difference = depth(Analysis("a", ROWS))
    assert "z of all counts" in evidence.get_xlabel() and "z" not in difference.get_xlabel()


@pytest.mark.parametrize(
    ("rows", "why"), [((), "the analysis has no tensors"), (ROWS[4:], "no tensor was tested against chance")]
)
def test_an_analysis_of_nothing_says_why(rows, why):
    axes = depth(Analysis("a", rows))
    axes[0].figure.draw_without_rendering()
    assert axes[0].get_title(loc="left").startswith("0 tensors")
    assert [text.get_text() for text in axes[0].texts] == [why]


def test_of_many_tensors_not_every_name_is_written_but_that_of_the_clear_ones():
    rows = [row(f"layer{i}", 1.5 + i / 1e4, 0.0, departure=i / 1e4, p=1e-9 if i in (77, 331) else 1.0) for i in range(500)]
    evidence, difference = depth(Analysis("a", tuple(rows)))
    assert {"layer77", "layer331"} <= set(labels(evidence)) and 40 < len(labels(evidence)) <= MOST
    assert len(marks(evidence)) == len(marks(difference)) == 500
    assert evidence.figure.get_size_inches()[1] <= 18


def test_a_comparison_joins_both_in_the_order_of_a():
    a = Analysis("x", ROWS)
    b = Analysis("y", (row("third", 1.5, 0.1), row("second", 1.5, 0.0), row("new", 1.0, 9.0)))
    evidence, difference = comparison(Comparison(a, b))
    assert labels(evidence) == ["second", "third"]
    assert set(marks(difference)) == {(0.2, 0), (0.0, 0), (0.01, 1), (0.0, 1)}
    assert set(marks(evidence)) == {(5.5, 0), (0.0, 0), (0.4, 1), (0.1, 1)}
    assert [text.get_text() for text in evidence.get_legend().get_texts()][:2] == ["a: x", "b: y"]
    assert evidence.get_title(loc="left") == "2 tensors beside chance, clear of it 1 in a and 0 in b"


@pytest.mark.parametrize(
    ("b", "why"), [((), "a and b have no common tensor"), (ROWS[4:], "no common tensor was tested against chance in both")]
)
def test_a_comparison_of_nothing_says_why(b, why):
    axes = comparison(Comparison(Analysis("x", ROWS), Analysis("y", b)))
    axes[0].figure.draw_without_rendering()
    assert axes[0].get_title(loc="left") == "0 tensors beside chance"
    assert [text.get_text() for text in axes[0].texts] == [why]


def test_given_axes_are_used():
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(1, 2)
    assert list(Analysis("a", ROWS).plot(axes)) == list(axes)
    assert list(Comparison(Analysis("x", ROWS), Analysis("y", ROWS)).plot(axes)) == list(axes)
    with pytest.raises(InvalidOption, match="axes must be two matplotlib axes"):
        depth(Analysis("a", ROWS), axes[0])


@pytest.mark.parametrize("found", [None, ROWS, np.ones(3)])
def test_only_analyses_and_comparisons_are_drawn(found):
    with pytest.raises(InvalidOption, match="analysis must be an Analysis"):
        depth(found)
    with pytest.raises(InvalidOption, match="c must be a Comparison"):
        comparison(found)
