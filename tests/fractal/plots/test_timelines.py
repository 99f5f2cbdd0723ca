"""Histories are drawn to scale where steps are numbers, one line a tensor."""

from __future__ import annotations

import math

import matplotlib as mpl
import pytest

from fractal.analysis import Analysis
from fractal.errors import InvalidOption
from fractal.histories import History
from fractal.plots import history
from fractal.plots.style import GREY
from fractal.plots.timelines import NAMED
from fractal.rows import Row

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    """Figures do not pile up."""
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


def analysis(*numbers: tuple[str, float, float]) -> Analysis:
    rows = (
        Row(name, (8, 8), "matrix", (8, 8), D=D, D_null=1.0, z=z, departure=2 * z, p=10.0 ** -abs(z)) for name, D, z in numbers
    )
    return Analysis("a", tuple(rows))


FIRST = analysis(("w", 1.0, 0.5), ("v", math.nan, -1.0))
LAST = analysis(("w", 1.3, 7.0), ("v", math.nan, -4.0))


def series(ax) -> list[list[tuple[float, float]]]:
    solid = [line for line in ax.lines if line.get_linestyle() == "-" and line.get_marker() == "None"]
    return [
        list(zip(line.get_xdata(), line.get_ydata(), strict=True))
        for line in solid
        if len(line.get_xdata()) and line.get_zorder()
    ]


@pytest.mark.parametrize(
    ("steps", "places"),
    [((0, 60), (0.0, 60.0)), (("start", "end"), (0.0, 1.0)), ((5, 2), (0.0, 1.0)), ((1, "end"), (0.0, 1.0))],
)
def test_steps_that_are_growing_numbers_are_drawn_to_scale(steps, places):
    ax = history(History(steps, (FIRST, LAST)))
    (points,) = series(ax)
    assert points == [(places[0], 0.0), (places[1], pytest.approx(0.3))]
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(step) for step in steps]


def test_z_is_drawn_where_there_is_no_dimension():
    ax = history(History((0, 1), (FIRST, LAST)), of="z")
    assert [[y for _, y in points] for points in series(ax)] == [[0.5, 7.0], [-1.0, -4.0]]
    assert ax.get_title(loc="left").startswith("2 of 2 tensors")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["w", "v"]


def test_the_furthest_count_is_drawn_too():
    ax = history(History((0, 1), (FIRST, LAST)), of="departure")
    assert [[y for _, y in points] for points in series(ax)] == [[1.0, 14.0], [-2.0, -8.0]]
    assert ax.get_ylabel().startswith("furthest count")


def test_a_dot_is_filled_where_the_tensor_is_clear_of_chance():
    ax = history(History((0, 1), (FIRST, LAST)))
    dots = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
    filled = {float(line.get_xdata()[0]): line.get_markerfacecolor() == line.get_color() for line in dots}
    assert filled == {0.0: False, 1.0: True}


def names(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_of_many_tensors_those_ever_clear_of_chance_have_a_name():
    """The others are grey, and counted."""
    first = analysis(*((f"w{i}", 1.0 + i / 100, 9.0 if i == 3 else 0.0) for i in range(NAMED + 5)))
    last = analysis(*((f"w{i}", 1.0 + i / 100, 9.0 if i == 7 else 0.0) for i in range(NAMED + 5)))
    ax = history(History((0, 1), (first, last)))
    assert names(ax) == ["w3", "w7", f"{NAMED + 3} others"]
    assert sum(line.get_color() == GREY and len(line.get_xdata()) == 2 for line in ax.lines) == NAMED + 3 + 1
    all_clear = analysis(*((f"w{i}", 1.0 + i / 100, 9.0) for i in range(NAMED + 5)))
    assert len(names(history(History((0, 1), (all_clear, all_clear))))) == NAMED + 1
    assert names(history(History((0, 1), (FIRST, LAST)))) == ["w"]


@pytest.mark.parametrize(
    ("h", "why"),
    [
        (History((), ()), "the history has no tensors"),
        (History((0,), (Analysis("a", ()),)), "the history has no tensors"),
        (History((0,), (analysis(("v", math.nan, 1.0)),)), "no tensor has D − D of chance and was tested against chance"),
        (History((3,), (FIRST,)), None),
    ],
)
def test_short_histories_are_drawn_and_say_why_there_is_nothing(h, why):
    ax = history(h)
    ax.figure.draw_without_rendering()
    assert [text.get_text() for text in ax.texts] == ([why] if why else [])


def test_other_arguments_are_named():
    with pytest.raises(InvalidOption, match="h must be a History"):
        history(FIRST)
    with pytest.raises(InvalidOption, match="of must be one of difference, z, departure; found 'D'"):
        history(History((0,), (FIRST,)), of="D")
