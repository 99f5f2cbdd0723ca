"""Many tensors, the first layer on top: `depth` draws how far from chance each is, `comparison` the same for two models.

On the left the evidence: the count of boxes furthest from chance, and z, of all counts (`fractal.scores`), in standard deviations
of chance.  Where the counts are clear of chance (`fractal.verdicts`), the mark is a filled triangle, down for fewer boxes than by
chance, up for more, else an open circle.  In the grey band no count clears a tensor; a little outside it seldom does, which
depends on how many boxes are counted.

On the right D − D_null, which is about 0 for noise of any shape and density, unlike D, that mostly follows these two (T13 of
docs/theory.md).  The bar is the interval of D: how much D depends on where boxes begin, which sizes are fitted, and which part of
the tensor is looked at.  It says nothing about chance: bars cross 0 where the counts on the left are far from it.  As bars are
much longer than differences, this axis is linear up to 0.01 and logarithmic beyond; the one on the left too, from 10 on, where
counts are far off.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fiberscope.tables import plural
from fractal.errors import InvalidOption
from fractal.plots.style import BLUE, GREY, VERMILION, ink, legend_below, panels, signed_log, small, title
from fractal.verdicts import clear_of_chance, least_departure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fractal.comparisons import Comparison
    from fractal.layers import Analysis
    from fractal.rows import Row

__all__ = ["comparison", "depth"]

MOST = 80
"""Tensors whose names are written out; of more, those clear of chance and every so many."""
FAR = 40.0
"""Standard deviations from which on their axis is logarithmic."""
KINDS = {
    "fewer": (VERMILION, "v", "clear, fewer boxes"),
    "more": (BLUE, "^", "clear, more boxes"),
    "chance": (GREY, "o", "not clear of chance"),
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


def depth(analysis: Analysis, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw of each tensor of an `Analysis` the furthest count and z, and D − D_null with the interval of D; returns two axes.

    Tensors that are not tested against chance are left out, and counted in the title; those without a dimension are on the left
    only.  Raises `InvalidOption` for anything but an `Analysis`, and for other than two axes.
    """
    from fractal.layers import Analysis

    if not isinstance(analysis, Analysis):
        raise InvalidOption(f"analysis must be an Analysis, which fractal.analyse returns; found {type(analysis).__name__}")
    rows = [row for row in analysis.rows if _is_tested(row)]
    clear = clear_of_chance(rows)
    axes = panels(axes, (9.0, _height(len(rows))), (1.25, 1))
    for name, (colour, marker, told) in KINDS.items():
        chosen = [(y, row) for y, row in enumerate(rows) if kind(row, clear) == name]
        _evidence(axes[0], chosen, colour, marker, name != "chance", told)
        _difference(axes[1], [(y, row) for y, row in chosen if _has_dimension(row)], colour, marker, name != "chance")
    _finish(axes, [row.name for row in rows], [row.name in clear for row in rows])
    left_out = _counted([row.status for row in analysis.rows if not _is_tested(row)])
    title(
        axes[0],
        f"{plural(len(rows), 'tensor')} beside chance, {len(clear)} clear of it{left_out and f'{chr(10)}left out: '}{left_out}",
    )
    if not rows:
        small(axes[0], "no tensor was tested against chance" if len(analysis) else "the analysis has no tensors")
    return axes


def comparison(c: Comparison, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw the furthest counts and D − D_null of each tensor of a `Comparison`, a (open) joined to b (filled); returns two axes.

    Raises `InvalidOption` for anything but a `Comparison`, and for other than two axes.
    """
    from fractal.comparisons import Comparison

    if not isinstance(c, Comparison):
        raise InvalidOption(f"c must be a Comparison, which fractal.compare returns; found {type(c).__name__}")
    pairs = [(a, b) for a, b in c.pairs if _is_tested(a) and _is_tested(b)]
    axes = panels(axes, (9.0, _height(len(pairs))), (1.25, 1))
    told = f"a: {_end(c.a.source)}", f"b: {_end(c.b.source)}"
    _joined(axes[0], pairs, lambda row: row.departure, told)
    _joined(axes[1], pairs, lambda row: row.difference, told)
    sides = [clear_of_chance(side) for side in zip(*pairs, strict=True)]
    _finish(axes, [a.name for a, _ in pairs], [any(a.name in side for side in sides) for a, _ in pairs], "")
    clear = f", clear of it {len(sides[0])} in a and {len(sides[1])} in b" if pairs else ""
    title(axes[0], f"{plural(len(pairs), 'tensor')} beside chance{clear}")
    if not pairs:
        small(axes[0], "no common tensor was tested against chance in both" if c.pairs else "a and b have no common tensor")
    return axes


def _is_tested(row: Row) -> bool:
    return math.isfinite(row.p)


def _has_dimension(row: Row) -> bool:
    return math.isfinite(row.difference)


def _end(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _height(count: int) -> float:
    return min(max(2.6, 1.9 + 0.19 * count), 18.0)


def _or(x: float, default: float) -> float:
    return max(x, 0.0) if math.isfinite(x) else default


# Marks


def _evidence(ax: Axes, chosen: Sequence[tuple[int, Row]], colour: str, marker: str, filled: bool, told: str) -> None:
    """The furthest count as a mark, z as a stroke."""
    if chosen:
        ys = [y for y, _ in chosen]
        _marks(ax, [row.departure for _, row in chosen], ys, colour, marker, filled, told)
        ax.plot([row.z for _, row in chosen], ys, "|", color=colour, markersize=8, markeredgewidth=1.6, zorder=2)


def _difference(ax: Axes, chosen: Sequence[tuple[int, Row]], colour: str, marker: str, filled: bool) -> None:
    """D − D_null as a mark on the interval of D."""
    if chosen:
        x, ys = [row.difference for _, row in chosen], [y for y, _ in chosen]
        bars = [[_or(row.D - row.D_low, 0) for _, row in chosen], [_or(row.D_high - row.D, 0) for _, row in chosen]]
        ax.errorbar(x, ys, xerr=bars, fmt="none", ecolor=colour, elinewidth=1.0, alpha=0.6)
        _marks(ax, x, ys, colour, marker, filled, "")


def _joined(ax: Axes, pairs: Sequence[tuple[Row, Row]], of: Callable[[Row], float], told: tuple[str, str]) -> None:
    for y, (a, b) in enumerate(pairs):
        ax.plot([of(a), of(b)], [y, y], color=GREY, linewidth=1.2, zorder=1)
    ys = list(range(len(pairs)))
    if pairs:
        _marks(ax, [of(a) for a, _ in pairs], ys, VERMILION, "o", False, told[0])
        _marks(ax, [of(b) for _, b in pairs], ys, BLUE, "o", True, told[1])


def _marks(ax: Axes, x: Sequence[float], y: Sequence[float], colour: str, marker: str, filled: bool, told: str) -> None:
    face = colour if filled else ax.get_facecolor()
    ax.plot(x, y, marker, color=colour, markerfacecolor=face, markersize=5, linestyle="none", label=told or None, zorder=3)


# Axes


def _finish(axes: Sequence[Axes], names: Sequence[str], clear: Sequence[bool], also: str = ", z of all counts (strokes)") -> None:
    """The line of chance and the band, names at the left, the first tensor on top, a legend below."""
    evidence, difference = axes
    far = max((abs(float(x)) for line in evidence.lines for x in np.atleast_1d(line.get_xdata()) if math.isfinite(x)), default=0)
    for ax in axes:
        ax.axvline(0, color=GREY, linewidth=1.0, zorder=0)
        ax.set_xticks([]) if not names else None
        ax.set_ylim(max(len(names), 1) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks([])
    shown = named(clear)
    evidence.set_yticks(shown, [names[i] for i in shown], fontsize=8)
    if names:
        band = least_departure(len(names))
        evidence.axvspan(-band, band, color=GREY, alpha=0.18, linewidth=0, zorder=0, label="too near, whatever the count")
        legend_below(evidence)
        signed_log(evidence, 10.0, far) if far > FAR else evidence.margins(x=0.08)
        signed_log(difference, 0.01, 1.0)
    evidence.set_xlabel(f"furthest count{also}: sd of chance", color=ink())
    difference.set_xlabel("D − D of chance", color=ink())


def named(clear: Sequence[bool], most: int = MOST) -> list[int]:
    """The places whose names are written: all, or some not too near one another, those of the clear ones first.

    >>> named([False] * 3), named([False, False, True, False, False], 2)
    ([0, 1, 2], [2])
    """
    gap = math.ceil(len(clear) / most)
    shown: list[int] = []
    for i in sorted(range(len(clear)), key=lambda i: not clear[i]):
        if all(abs(i - j) >= gap for j in shown):
            shown.append(i)
    return sorted(shown)


def _counted(statuses: Iterable[str]) -> str:
    """ "2 single point, 1 constant"."""
    counted = Counter(status.partition(":")[0] for status in statuses)
    return ", ".join(f"{n:,} {status}" for status, n in counted.items())
