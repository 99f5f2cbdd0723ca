"""`history` draws how far the dimensions of a network's tensors are from those of chance, along its training.

One line a tensor, from violet for the first layer to green for the last.  A filled dot is clear of chance among the tensors of
its checkpoint (`fractal.verdicts`), an open one is not.  Of many tensors only those that are clear of chance at some step have a
colour and a name, the others are thin and grey.  Of small tensors, which have too few scales for a dimension, the evidence can
still be drawn: z, of all counts, of="z", or the count furthest from chance, of="departure".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fractal.arrays import as_choice
from fractal.errors import InvalidOption
from fractal.plots.style import GREY, choose_axes, ink, legend, small, title
from fractal.verdicts import clear_of_chance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.histories import History

__all__ = ["history"]

Points = list[tuple[int, float]]
"""Number of the step, and value."""

NAMED = 16
"""Tensors that have a name in the legend, at most."""
MARKERS = "osD^vP"
OF = {"difference": "D − D of chance", "z": "z of all counts", "departure": "furthest count in standard deviations of chance"}


def history(h: History, ax: Axes | None = None, of: str = "difference") -> Axes:
    """Draw D − D_null of each tensor of a `History` against the step, or z (of="z"), or the furthest count (of="departure").

    Returns the axes.  Steps that are numbers are drawn to scale, others evenly.  Tensors that never have the number, or are
    never tested against chance, are left out.
    Raises `InvalidOption` for anything but a `History`, and for another `of`.
    """
    from fractal.histories import History

    if not isinstance(h, History):
        raise InvalidOption(f"h must be a History, which fractal.history returns; found {type(h).__name__}")
    as_choice(of, "of", OF)
    ax = choose_axes(ax, (7.4, 4.4))
    places, clear = _places(h.steps), [clear_of_chance(analysis) for _, analysis in h]
    lines = [(name, points) for name in h.names if (points := _points(h, name, of))]
    told = _told(lines, clear)
    for name, points in lines:
        if name not in told:
            ax.plot(
                [places[i] for i, _ in points], [value for _, value in points], color=GREY, linewidth=0.6, alpha=0.7, zorder=1
            )
    chosen = [(name, points) for name, points in lines if name in told]
    for number, (colour, (name, points)) in enumerate(zip(_colours(len(chosen)), chosen, strict=True)):
        _line(ax, name, [(places[i], value, name in clear[i]) for i, value in points], colour, MARKERS[number % len(MARKERS)])
    if len(told) < len(lines):
        ax.plot([], [], color=GREY, linewidth=0.6, label=f"{len(lines) - len(told)} others")
    _frame(ax, h, places, of, len(lines))
    if not lines:
        small(ax, f"no tensor has {OF[of]} and was tested against chance" if h.names else "the history has no tensors")
    return ax


def _told(lines: Sequence[tuple[str, Points]], clear: Sequence[frozenset[str]]) -> frozenset[str]:
    """The tensors with a colour and a name: all, or of many those that were clear of chance, most often first."""
    if len(lines) <= NAMED:
        return frozenset(name for name, _ in lines)
    times = {name: sum(name in clear[i] for i, _ in points) for name, points in lines}
    return frozenset(sorted((name for name in times if times[name]), key=lambda name: -times[name])[:NAMED])


def _line(ax: Axes, name: str, points: Sequence[tuple[float, float, bool]], colour: Any, marker: str) -> None:
    ax.plot([x for x, _, _ in points], [y for _, y, _ in points], color=colour, linewidth=1.3)
    ax.plot([], [], marker=marker, color=colour, linewidth=1.3, markersize=5, label=name)
    for filled, face in ((True, colour), (False, ax.get_facecolor())):
        x, y = [x for x, _, is_clear in points if is_clear == filled], [y for _, y, is_clear in points if is_clear == filled]
        ax.plot(x, y, marker, color=colour, markerfacecolor=face, markersize=5)


def _frame(ax: Axes, h: History, places: Sequence[float], of: str, count: int) -> None:
    ax.axhline(0, color=GREY, linewidth=1.0, zorder=0)
    ax.set_xticks(places, [f"{step}" for step in h.steps])
    ax.set_xlabel("step", color=ink())
    ax.set_ylabel(OF[of], color=ink())
    title(ax, f"{count} of {len(h.names)} tensors along training; filled: clear of chance")
    if ax.get_legend_handles_labels()[0]:
        legend(ax, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _places(steps: Sequence[Any]) -> list[float]:
    """Where steps are drawn: at their values if these are increasing numbers, else 0, 1, 2, ..."""
    numbers = [float(s) for s in steps if isinstance(s, (int, float)) and not isinstance(s, bool)]
    if len(numbers) == len(steps) and all(a < b for a, b in pairwise(numbers)):
        return numbers
    return [float(i) for i in range(len(steps))]


def _points(h: History, name: str, of: str) -> Points:
    """Where there is a value, and it was tested."""
    rows = [(i, row) for i, (_, analysis) in enumerate(h) for row in analysis if row.name == name]
    points = [(i, getattr(row, of), row.p) for i, row in rows]
    return [(i, value) for i, value, p in points if math.isfinite(value) and math.isfinite(p)]


def _colours(count: int) -> list[Any]:
    """Even steps of viridis, less its ends, which are too dark for dark pages and too light for light ones."""
    import matplotlib as mpl

    return [mpl.colormaps["viridis"](0.18 + 0.62 * i / max(count - 1, 1)) for i in range(count)]
