"""`barcode` and `flow` draw how the information in a linear network flows: its bars, and the layers that carry them.

Both show the barcode (L1 of docs/theory.md), which is exact.  What is drawn where is decided in `fibers.linear.layouts`; the same
pictures as SVG, for notebooks, are in `fibers.linear.drawings`.  Text and lines have the colour that matplotlib has for text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fibers.linear.barcodes import Bar
from fibers.linear.layouts import COLOURS, MEANINGS, REACH, Ribbon, Step, barcode_of, kind, ribbons, rows
from fibers.plots.legends import ink, put_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["barcode", "flow"]


def barcode(value: Any, ax: Axes | None = None) -> Axes:
    """Draw a barcode: one line for each bar, one dot for each of its vectors; returns the axes.

    Parameters
    ----------
    value : Barcode, or what has one: RankList, Stratum, Flow, LinearNetwork
    ax : matplotlib axes, optional

    Where there are many bars, equal ones share a row, thicker for more of them, and their number stands to the right.
    Raises `InvalidBarcode` for anything else.
    """
    from matplotlib.lines import Line2D

    bars = barcode_of(value)
    L, drawn = bars.layers, rows(bars)
    ax = _axes(ax, L, 0.24 * len(drawn))
    for k in range(L + 1):
        ax.axvline(k, color=ink(), alpha=0.3, linewidth=0.8, zorder=1)
    for y, row in enumerate(drawn):
        i, j = row.bar
        shared = row.count > 1
        width, dot = (9 * row.thickness, None) if shared else (2.2, "o")
        ends = (i - 0.06, j + 0.06) if shared else (i, j)
        places = ends if shared else range(i, j + 1)
        colour = COLOURS[kind(row.bar, L)]
        line = Line2D(places, [y] * len(places), color=colour, linewidth=width, marker=dot, markersize=7, solid_capstyle="round")
        ax.add_line(line)
        if shared:
            ax.text(L + 0.14, y, f"×{row.count}", va="center", color=ink(), fontsize=9)
    firsts = [y for y, row in enumerate(drawn) if y == 0 or row.bar != drawn[y - 1].bar]
    ax.set_yticks(firsts, [f"[{i},{j}]" for i, j in (drawn[y].bar for y in firsts)])
    ax.set(xlim=(-0.15, L + (0.45 if any(row.count > 1 for row in drawn) else 0.15)), ylim=(len(drawn) - 0.4, -0.6))
    _finish(ax, bars.widths, bars)
    return ax


def flow(value: Any, ax: Axes | None = None) -> Axes:
    """Draw the basis flow diagram: at each node a column of vectors, one for each bar, and how layers carry them.

    Parameters
    ----------
    value : Flow or LinearNetwork, or anything else with a barcode
    ax : matplotlib axes, optional

    Returns the axes.  A full dot is an input, or what a layer makes from the vector before; an open dot is a vector that the
    layer before it leaves unused; a stop shows what a layer annihilates.  Networks wider than 12 have bands instead of lines and
    dots, and their numbers.  Raises `InvalidBarcode` for anything without a barcode.
    """
    from matplotlib.patches import PathPatch

    bars = barcode_of(value)
    L, drawn, tallest = bars.layers, ribbons(bars), max(bars.widths)
    single = all(ribbon.count == 1 for ribbon in drawn)
    ax = _axes(ax, L, max(0.3 * tallest, 0.6) if single else 3.2, layer=1.7)
    for ribbon in drawn:
        colour = COLOURS[kind(ribbon.bar, L)]
        margin = 0.41 if single else min(0.12 * ribbon.count, 0.005 * tallest)
        path = _path(ribbon.outline(margin, L))
        ax.add_patch(PathPatch(path, facecolor=colour, alpha=0.7 if single else 0.4, linewidth=0))
        if single:
            _draw_dots(ax, ribbon, colour)
        else:
            _draw_columns(ax, ribbon, colour, ribbon.count / 2 - margin)
        _draw_stop(ax, ribbon, L, colour, 0.3 if single else ribbon.count / 2 - margin)
        if not single and ribbon.count > 0.05 * tallest:
            x, y = ribbon.label(L)
            ax.annotate(f"×{ribbon.count}", (x, y), (6, 0), textcoords="offset points", va="center", color=ink(), fontsize=9)
    spare = max(0.01 * tallest, 1.5 - tallest / 2)
    ax.set(xlim=(-0.1, L + (0.1 if single else 0.3)), ylim=(tallest + spare, -spare), yticks=[])
    _finish(ax, bars.widths, bars)
    return ax


def _draw_stop(ax: Axes, ribbon: Ribbon, L: int, colour: str, half: float) -> None:
    """The mark at the end of a ribbon that a layer annihilates."""
    j = ribbon.bar[1]
    if j < L:
        y = ribbon.middle(j)
        ax.plot([j + REACH] * 2, [y - half, y + half], color=colour, linewidth=2, solid_capstyle="butt")


def _draw_dots(ax: Axes, ribbon: Ribbon, colour: str) -> None:
    """The vectors of one bar: the first one is open, unless it is an input."""
    i, j = ribbon.bar
    for k in range(i, j + 1):
        inside = ax.get_facecolor() if k == i > 0 else colour
        ax.plot(k, ribbon.middle(k), "o", color=colour, markersize=8, markerfacecolor=inside, markeredgewidth=1.8)


def _draw_columns(ax: Axes, ribbon: Ribbon, colour: str, half: float) -> None:
    """The vectors of many bars: a block at each node."""
    i, j = ribbon.bar
    for k in range(i, j + 1):
        y = ribbon.middle(k)
        ax.plot([k, k], [y - half, y + half], color=colour, linewidth=4, solid_capstyle="butt")


def _path(steps: Iterable[Step]) -> Any:
    from matplotlib.path import Path

    codes = {"M": Path.MOVETO, "L": Path.LINETO, "C": Path.CURVE4, "Z": Path.CLOSEPOLY}
    vertices = [point for letter, points in steps for point in (points or [(0.0, 0.0)])]
    return Path(vertices, [codes[letter] for letter, points in steps for _ in (points or [None])])


def _axes(ax: Axes | None, L: int, height: float, layer: float = 1.1) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(max(3.4, 1.2 + layer * L), 1.1 + height), layout="constrained")
    return ax


def _finish(ax: Axes, widths: Sequence[int], present: Iterable[Bar]) -> None:
    """Nodes and layers named above, the kinds of bars below, no frame."""
    L = len(widths) - 1
    ax.xaxis.tick_top()
    ax.set_xticks(range(L + 1), [f"{d}" for d in widths])
    ax.set_xticks([k - 0.5 for k in range(1, L + 1)], [f"$W_{{{k}}}$" for k in range(1, L + 1)], minor=True)
    ax.tick_params(axis="both", which="both", length=0, labelcolor=ink())
    ax.tick_params(axis="x", which="major", labelsize=11)
    ax.tick_params(axis="both", which="minor", labelsize=9)
    ax.tick_params(axis="y", labelsize=9)
    ax.spines[:].set_visible(False)
    _name_kinds(ax, {kind(bar, L) for bar in present})


def _name_kinds(ax: Axes, kinds: Collection[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=COLOURS[name], linewidth=3, label=MEANINGS[name]) for name in MEANINGS if name in kinds]
    put_below(ax, handles, 2)
