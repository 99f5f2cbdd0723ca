"""`history` draws how far the dimensions of a network's tensors are from those of chance, along its training.

One line a tensor, from violet for the first layer to green for the last.  A filled dot is clear of chance among the tensors of
its checkpoint (`fractal.verdicts`), an open one is not.  Of small tensors, which have too few scales for a dimension, z can still
be drawn, of="z", or the count furthest from chance, of="departure", which also sees what leaves the slope as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fractal.errors import InvalidOption
from fractal.plots.style import GREY, choose_axes, ink, legend, title
from fractal.verdicts import clear_of_chance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.histories import History

__all__ = ["history"]

NAMED = 16
"""Tensors up to which each has a name in the legend; of more only the colour tells the depth."""
MARKERS = "osD^vP"
OF = {"difference": "D − D of chance", "z": "z", "departure": "furthest count in standard deviations of chance"}


def history(h: History, ax: Axes | None = None, of: str = "difference") -> Axes:
    """Draw D − D_null of each tensor of a `History` against the step, or z (of="z"), or the furthest count (of="departure").

    Returns the axes.  Steps that are numbers are drawn to scale, others evenly.  Tensors that never have the number, or are
    never tested against chance, are left out.
    Raises `InvalidOption` for anything but a `History`, and for another `of`.
    """
    from fractal.histories import History

    if not isinstance(h, History):
        raise InvalidOption(f"h must be a History, which fractal.history returns; found {type(h).__name__}")
    if of not in OF:
        raise InvalidOption(f"of must be one of {', '.join(OF)}; found {of!r}")
    ax = choose_axes(ax, (7.4, 4.4))
    places, clear = _places(h.steps), [clear_of_chance(analysis) for _, analysis in h]
    lines = [(name, points) for name in h.names if (points := _points(h, name, of))]
    for number, (colour, (name, points)) in enumerate(zip(_colours(len(lines)), lines, strict=True)):
        marker = MARKERS[number % len(MARKERS)]
        x, y, filled = [places[i] for i, _ in points], [value for _, value in points], [name in clear[i] for i, _ in points]
        ax.plot(x, y, color=colour, linewidth=1.3)
        ax.plot([], [], marker=marker, color=colour, linewidth=1.3, markersize=5, label=name)
        for chosen, face in ((True, colour), (False, ax.get_facecolor())):
            at = [t for t, is_clear in enumerate(filled) if is_clear == chosen]
            ax.plot([x[t] for t in at], [y[t] for t in at], marker, color=colour, markerfacecolor=face, markersize=5)
    ax.axhline(0, color=GREY, linewidth=1.0, zorder=0)
    ax.set_xticks(places, [f"{step}" for step in h.steps])
    ax.set_xlabel("step", color=ink())
    ax.set_ylabel(OF[of], color=ink())
    title(ax, f"{len(lines)} of {len(h.names)} tensors along training; filled: clear of chance")
    if 0 < len(lines) <= NAMED:
        legend(ax, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def _places(steps: Sequence[Any]) -> list[float]:
    """Where steps are drawn: at their values if these are increasing numbers, else 0, 1, 2, ..."""
    numbers = [float(s) for s in steps if isinstance(s, (int, float)) and not isinstance(s, bool)]
    if len(numbers) == len(steps) and all(a < b for a, b in pairwise(numbers)):
        return numbers
    return [float(i) for i in range(len(steps))]


def _points(h: History, name: str, of: str) -> list[tuple[int, float]]:
    """Number of the step and value, where there is a value."""
    rows = [(i, row) for i, (_, analysis) in enumerate(h) for row in analysis if row.name == name]
    points = [(i, getattr(row, of), row.p) for i, row in rows]
    return [(i, value) for i, value, p in points if math.isfinite(value) and math.isfinite(p)]


def _colours(count: int) -> list[Any]:
    """Even steps of viridis, less its ends, which are too dark for dark pages and too light for light ones."""
    import matplotlib as mpl

    return [mpl.colormaps["viridis"](0.18 + 0.62 * i / max(count - 1, 1)) for i in range(count)]
