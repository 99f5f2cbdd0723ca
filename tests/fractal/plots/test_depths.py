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


def test_the_first_tensor_is_on_top_and_the_furthest_count_decides_the_mark():
    ax = depth(Analysis("a", ROWS))
    assert marks(ax) == {(-0.1, 0): ("v", VERMILION), (0.2, 1): ("^", BLUE), (0.01, 2): ("o", GREY)}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second", "third"]
    low, high = ax.get_ylim()
    assert low > high
    assert [text.get_text() for text in ax.texts] == ["z −2.0, count −12.0", "z 4.0, count 5.5", "z 0.4, count 0.4"]


def test_what_is_clear_among_few_tensors_is_not_among_many():
    """p = 0.002 is clear of chance among 4 tensors, and not among 6."""
    found = depth(Analysis("a", (*ROWS, row("fourth", 1.5, 0.0), row("fifth", 1.5, 0.0))))
    assert marks(found)[0.2, 1] == ("o", GREY)


def test_the_bars_are_the_intervals_of_d():
    ax = depth(Analysis("a", ROWS[:1]))
    (segment,) = ax.collections[0].get_segments()
    assert segment[:, 0].tolist() == pytest.approx([-0.3, 0.0])


def test_what_is_left_out_is_counted():
    told = depth(Analysis("a", ROWS)).get_title(loc="left")
    assert told == "3 tensors beside chance; left out: 1 too few scales, 1 skipped"


@pytest.mark.parametrize("rows", [(), ROWS[1:2], ROWS[4:]])
def test_an_analysis_without_dimensions_is_drawn(rows):
    ax = depth(Analysis("a", rows))
    ax.figure.draw_without_rendering()
    assert ax.get_title(loc="left").startswith("0 tensors")


def test_of_many_tensors_not_every_name_is_written():
    ax = depth(Analysis("a", tuple(row(f"layer{i}", 1.5 + i / 1e4, 0.0) for i in range(500))))
    assert len(ax.get_yticklabels()) <= MOST
    assert len(marks(ax)) == 500
    assert ax.figure.get_size_inches()[1] <= 18


def test_a_comparison_joins_both_in_the_order_of_a():
    a = Analysis("x", ROWS)
    b = Analysis("y", (row("third", 1.5, 0.1), row("second", 1.5, 0.0), row("new", 1.0, 9.0)))
    ax = comparison(Comparison(a, b))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["second", "third"]
    assert set(marks(ax)) == {(0.2, 0), (0.0, 0), (0.01, 1), (0.0, 1)}
    assert [text.get_text() for text in ax.texts] == ["z 4.0 → 0.0", "z 0.4 → 0.1"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a: x", "b: y"]


def test_nothing_in_common_is_drawn():
    ax = comparison(Comparison(Analysis("x", ROWS), Analysis("y", ())))
    ax.figure.draw_without_rendering()
    assert ax.get_title(loc="left") == "0 tensors beside chance"


def test_given_axes_are_used():
    from matplotlib import pyplot as plt

    _, ax = plt.subplots()
    assert Analysis("a", ROWS).plot(ax) is ax
    assert Comparison(Analysis("x", ROWS), Analysis("y", ROWS)).plot(ax) is ax


@pytest.mark.parametrize("found", [None, ROWS, np.ones(3)])
def test_only_analyses_and_comparisons_are_drawn(found):
    with pytest.raises(InvalidOption, match="analysis must be an Analysis"):
        depth(found)
    with pytest.raises(InvalidOption, match="c must be a Comparison"):
        comparison(found)
