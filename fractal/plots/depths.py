"""Many tensors, the first layer on top: `depth` draws how far from chance each is, `comparison` the same for two models.

To the right: D − D_null, which is about 0 for noise of any shape and density, unlike D, that mostly follows these two (T13 of
docs/theory.md).  The bar is the interval of D: how much D depends on where boxes begin, which sizes are fitted, and which part of
the tensor is looked at.  Whether there is structure is another question, that of z and of the counts themselves: where these
are clear of chance (`fractal.verdicts`), the dot is a filled triangle, down for fewer boxes than by chance, up for more, else an
open circle.  So a bar may cross 0, and the difference be about 0, where counts are far from those of chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fiberscope.tables import plural
from fractal.errors import InvalidOption
from fractal.plots.style import BLUE, GREY, VERMILION, choose_axes, ink, legend, number, title
from fractal.verdicts import clear_of_chance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.comparisons import Comparison
    from fractal.layers import Analysis
    from fractal.rows import Row

__all__ = ["comparison", "depth"]

MOST = 80
"""Tensors whose names and z are written out; of more, every so many."""
KINDS = {
    "fewer": (VERMILION, "v", "clear of chance, fewer boxes"),
    "more": (BLUE, "^", "clear of chance, more boxes"),
    "chance": (GREY, "o", "as chance"),
}


def kind(row: Row, clear: frozenset[str]) -> str:
    """Which of `KINDS`, given the names that are clear of chance: whether the count furthest from chance is less or more.

    >>> from fractal.rows import Row
    >>> kind(Row("w", (8,), "matrix", (8,), departure=-53.0), frozenset({"w"}))
    'fewer'
    """
    if row.name not in clear:
        return "chance"
    return "more" if row.departure > 0 else "fewer"


def depth(analysis: Analysis, ax: Axes | None = None) -> Axes:
    """Draw D − D_null of each tensor of an `Analysis`, with the interval of D, z and the furthest count; returns the axes.

    Tensors without a dimension, or not tested against chance, are left out, and counted in the title.
    Raises `InvalidOption` for anything but an `Analysis`.
    """
    from fractal.layers import Analysis

    if not isinstance(analysis, Analysis):
        raise InvalidOption(f"analysis must be an Analysis, which fractal.analyse returns; found {type(analysis).__name__}")
    rows = [row for row in analysis.rows if _is_tested(row)]
    clear = clear_of_chance(analysis.rows)
    ax = choose_axes(ax, (7.0, _height(len(rows))))
    for name, (colour, marker, told) in KINDS.items():
        chosen = [(y, row) for y, row in enumerate(rows) if kind(row, clear) == name]
        if not chosen:
            continue
        x = [row.D - row.D_null for _, row in chosen]
        bars = [[_or(row.D - row.D_low, 0) for _, row in chosen], [_or(row.D_high - row.D, 0) for _, row in chosen]]
        ax.errorbar(x, [y for y, _ in chosen], xerr=bars, fmt="none", ecolor=colour, elinewidth=1.0, alpha=0.6)
        _marks(ax, x, [y for y, _ in chosen], colour, marker, name != "chance", told)
    _frame(ax, [row.name for row in rows], [f"z {number(row.z, 1)}, count {number(row.departure, 1)}" for row in rows])
    left_out = _left_out([row.status for row in analysis.rows if not _is_tested(row)])
    title(ax, f"{plural(len(rows), 'tensor')} beside chance{left_out}")
    return ax


def comparison(c: Comparison, ax: Axes | None = None) -> Axes:
    """Draw D − D_null of each tensor in both parts of a `Comparison`, a (open) joined to b (filled); returns the axes.

    Raises `InvalidOption` for anything but a `Comparison`.
    """
    from fractal.comparisons import Comparison

    if not isinstance(c, Comparison):
        raise InvalidOption(f"c must be a Comparison, which fractal.compare returns; found {type(c).__name__}")
    pairs = [(a, b) for a, b in c.pairs if _is_tested(a) and _is_tested(b)]
    ax = choose_axes(ax, (7.0, _height(len(pairs))))
    for y, (a, b) in enumerate(pairs):
        ax.plot([a.D - a.D_null, b.D - b.D_null], [y, y], color=GREY, linewidth=1.2, zorder=1)
    ys = list(range(len(pairs)))
    _marks(ax, [a.D - a.D_null for a, _ in pairs], ys, VERMILION, "o", False, f"a: {_end(c.a.source)}")
    _marks(ax, [b.D - b.D_null for _, b in pairs], ys, BLUE, "o", True, f"b: {_end(c.b.source)}")
    _frame(ax, [a.name for a, _ in pairs], [f"z {number(a.z, 1)} → {number(b.z, 1)}" for a, b in pairs])
    title(ax, f"{plural(len(pairs), 'tensor')} beside chance")
    return ax


def _is_tested(row: Any) -> bool:
    return math.isfinite(row.D - row.D_null) and math.isfinite(row.p)


def _end(text: str, most: int = 36) -> str:
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _height(count: int) -> float:
    return min(max(2.6, 1.5 + 0.19 * count), 18.0)


def _or(x: float, default: float) -> float:
    return max(x, 0.0) if math.isfinite(x) else default


def _marks(ax: Axes, x: Sequence[float], y: Sequence[float], colour: str, marker: str, filled: bool, told: str) -> None:
    face = colour if filled else ax.get_facecolor()
    ax.plot(x, y, marker, color=colour, markerfacecolor=face, markersize=5, linestyle="none", label=told, zorder=3)


def _frame(ax: Axes, names: Sequence[str], remarks: Sequence[str]) -> None:
    """The line of chance, names at the left, remarks at the right, the first tensor on top."""
    ax.axvline(0, color=GREY, linewidth=1.0, zorder=0)
    step = max(1, math.ceil(len(names) / MOST))
    shown = range(0, len(names), step)
    ax.set_yticks(list(shown), [names[i] for i in shown], fontsize=8)
    right: Any = ax.get_yaxis_transform()
    for i in shown:
        ax.text(1.01, i, remarks[i], transform=right, fontsize=8, color=ink(), va="center")
    ax.set_ylim(max(len(names), 1) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("D − D of chance", color=ink())
    if ax.get_legend_handles_labels()[0]:
        legend(ax, loc="upper center", bbox_to_anchor=(0.5, -0.6 / _height(len(names))), ncols=3)


def _left_out(statuses: Sequence[str]) -> str:
    """ "; left out: 2 too few scales, 1 constant"."""
    counted = Counter(status.partition(":")[0] for status in statuses)
    return "; left out: " + ", ".join(f"{n:,} {status}" for status, n in counted.items()) if counted else ""
