"""Small diagrams of barcodes, as many of them stand in one picture: boxes with the flow of the bars.

In a narrow network each vector is a dot, and a line leads from it to its image.  In a wide one each bar that occurs is a line
with its number, thicker for more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fibers.linear.barcodes import Bar, Barcode
from fibers.linear.layouts import COLOURS, kind, ribbons, rows
from fibers.plots.legends import ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_miniature", "size"]

WIDE = 8
"""Up to this width each vector is a dot."""
STEP = 0.2
"""Inches from node to node."""


def size(barcode: Barcode) -> tuple[float, float]:
    """Inches across and up that a small diagram needs."""
    if _is_narrow(barcode):
        return STEP * barcode.layers + 0.24, 0.14 * max(barcode.widths) + 0.14
    return STEP * barcode.layers + 0.64, 0.14 * len(barcode) + 0.14


def draw_miniature(ax: Axes, barcode: Barcode, place: tuple[float, float], inch: tuple[float, float], bold: bool) -> None:
    """Draw a barcode around `place`, an inch of `size` being so long across and up in the coordinates of the axes."""
    from matplotlib.patches import FancyBboxPatch

    (x, y), (wide, high), L = place, size(barcode), barcode.layers
    wide, high = wide * inch[0], high * inch[1]
    frame: dict[str, Any] = (
        {"edgecolor": COLOURS["through"], "linewidth": 1.8} if bold else {"edgecolor": ink(), "linewidth": 0.5}
    )
    ax.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - high / 2),
            wide,
            high,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=ax.get_facecolor(),
            zorder=2,
            **frame,
        )
    )
    scale, left = _scale(ax, inch[0]), x - wide / 2 + 0.12 * inch[0]
    for (i, j), count, thick, heights in _lines(barcode):
        across, up = [left + STEP * k * inch[0] for k in range(i, j + 1)], [y + high * (0.5 - h) for h in heights]
        dots: dict[str, Any] = {"marker": "o", "markersize": 4.2 * scale, "markeredgewidth": 0}
        ax.plot(across, up, color=COLOURS[kind((i, j), L)], linewidth=1.6 * thick * scale, zorder=3, **dots)
        if not _is_narrow(barcode):
            ax.text(left + (STEP * L + 0.12) * inch[0], up[-1], f"×{count}", fontsize=7 * scale, color=ink(), va="center")


def _is_narrow(barcode: Barcode) -> bool:
    return max(barcode.widths) <= WIDE


def _scale(ax: Axes, inch: float) -> float:
    """How much smaller than an inch `inch` is where it is drawn, if it is smaller."""
    left, right = ax.get_xlim()
    return min(float(ax.bbox.width / ax.figure.dpi / (right - left) * inch), 1.0)


def _lines(barcode: Barcode) -> list[tuple[Bar, int, float, list[float]]]:
    """The bars of a small diagram, how many, how thick, and their heights from 0 to 1, downwards, at each node."""
    if _is_narrow(barcode):
        room = max(barcode.widths) + 1
        return [(r.bar, 1, 1.0, [(top + 1) / room for top in r.tops]) for r in ribbons(barcode, level=True)]
    drawn = rows(barcode, most=0)
    heights = [(n + 1) / (len(drawn) + 1) for n in range(len(drawn))]
    return [(r.bar, r.count, 2.2 * r.thickness, [h] * (r.bar[1] - r.bar[0] + 1)) for r, h in zip(drawn, heights, strict=True)]
