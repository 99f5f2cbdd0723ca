"""Where the bars of a linear network go in a picture: barcode rows, and the ribbons of the flow.

A **barcode** has one row for each bar, oldest first, longer before shorter; where that would be too many rows, equal bars share
one, whose thickness grows with their number.

The **flow** has one column for each node k, d_k units high, one unit for each bar alive there, and a ribbon along each bar.  All
columns list their bars in one order, by birth and then from longest to shortest, so that *ribbons never cross*: of two bars alive
at both k−1 and k the same one is on top in both columns.  Each column is full, since Σ ω_{ij} = d_k over the bars alive there.
A ribbon that ends reaches into the layer that annihilates it, and the others stay level so far: so those do not meet it either.

Coordinates are (x, y): x = k at node k, y in units, downwards.  Outlines are paths of moves ("M"), lines ("L"), cubic curves
("C") and closings ("Z"), as SVG and matplotlib both have them.  Labels: L1 and L2 of docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fibers.errors import InvalidBarcode
from fibers.linear.barcodes import Bar, Barcode

__all__ = ["COLOURS", "MEANINGS", "Ribbon", "Row", "Step", "bar_text", "barcode_of", "kind", "ribbons", "rows"]

Point = tuple[float, float]
Step = tuple[str, tuple[Point, ...]]
"""One step of a path: its letter, and the points it takes."""

MEANINGS = {
    "through": "from input to output",
    "annihilated": "from input, annihilated",
    "unused": "born inside, to output",
    "idle": "born inside, annihilated",
}
COLOURS = {"through": "#3b7ddd", "annihilated": "#e0862b", "unused": "#27a083", "idle": "#a586c9"}
"""By kind of bar; chosen to be told apart on white, on black, and by the colour-blind."""

ROWS = 16
"""As many bars get rows of their own in a barcode."""
UNITS = 12
"""Up to this width each bar gets a ribbon of its own in the flow."""
REACH = 0.24
"""How far into a layer the bars reach that it annihilates."""


def kind(bar: Bar, L: int) -> str:
    """Which of `MEANINGS` a bar has: does it come from the input, and does it reach the output?

    >>> [kind(bar, 2) for bar in ((0, 2), (0, 1), (1, 2), (1, 1))]
    ['through', 'annihilated', 'unused', 'idle']
    """
    i, j = bar
    return (("through", "annihilated"), ("unused", "idle"))[i > 0][j < L]


def barcode_of(value: Any) -> Barcode:
    """The barcode that a barcode, rank list, stratum, flow or linear network has."""
    found = value if isinstance(value, Barcode) else getattr(value, "barcode", None)
    if not isinstance(found, Barcode):
        raise InvalidBarcode(
            f"a Barcode is needed, or what has one: a RankList, Stratum, Flow or LinearNetwork; found {type(value).__name__}"
        )
    return found


def bar_text(bar: Bar, L: int) -> str:
    """The life of a bar in words.

    >>> bar_text((0, 1), 3)
    '[0,1]: from the input, through layer 1, annihilated by layer 2'
    """
    i, j = bar
    birth = "from the input" if i == 0 else f"born at node {i}"
    life = "" if i == j else f", through layer {j}" if j == i + 1 else f", through layers {i + 1} to {j}"
    return f"[{i},{j}]: {birth}{life}, " + ("to the output" if j == L else f"annihilated by layer {j + 1}")


@dataclass(frozen=True)
class Row:
    """A row of a barcode: `count` equal bars; thickness in (0, 1]."""

    bar: Bar
    count: int
    thickness: float


def rows(barcode: Barcode, most: int = ROWS) -> list[Row]:
    """The rows of a barcode from the top: one for each bar, or one for each kind of bar if there are more than `most`."""
    order = sorted(barcode.items(), key=lambda item: _elder_first(item[0]))
    if sum(barcode.values()) <= most:
        return [Row(bar, 1, 1.0) for bar, count in order for _ in range(count)]
    largest = max(barcode.values())
    return [Row(bar, count, max(0.3, (count / largest) ** 0.5)) for bar, count in order]


@dataclass(frozen=True)
class Ribbon:
    """A ribbon of the flow: `count` equal bars, whose units begin at y = tops[k − i] at each node k = i, ..., j of their life."""

    bar: Bar
    count: int
    tops: tuple[float, ...]

    def middle(self, k: int) -> float:
        """The y half-way down the ribbon at node k."""
        return self.tops[k - self.bar[0]] + self.count / 2

    def label(self, L: int) -> Point:
        """What its number may be written to the right of: its first node, or its end if it passes no layer."""
        i, j = self.bar
        return i + (REACH if i == j < L else 0.0), self.middle(i)

    def outline(self, margin: float, L: int, late: float = 0.0) -> list[Step]:
        """Its border, `margin` units inside its room; it reaches into the layer that annihilates it, if any does.

        `late`: how far behind its first node it starts if that is not the input.
        """
        i, j = self.bar
        steps = _edge([top + margin for top in self.tops], i, late if i else 0.0, j, L)
        height = self.count - 2 * margin
        below = [(letter, tuple([(x, y + height) for x, y in points])) for letter, points in steps]
        return [*steps, *_backwards(below), ("Z", ())]


def ribbons(barcode: Barcode, most: int = UNITS, level: bool = False) -> list[Ribbon]:
    """The ribbons of the flow, top to bottom: one for each bar, or one for each kind of bar where a width is beyond `most`.

    Columns are level with each other at their middles, or at their tops if `level`.
    """
    widths, largest = barcode.widths, max(barcode.widths)
    begins = [0.0 if level else (largest - d) / 2 for d in widths]
    filled = list(begins)
    drawn = []
    for bar, count in sorted(barcode.items(), key=lambda item: _elder_first(item[0])):
        life = range(bar[0], bar[1] + 1)
        for share in [1] * count if largest <= most else [count]:
            drawn.append(Ribbon(bar, share, tuple(filled[k] for k in life)))
            for k in life:
                filled[k] += share
    assert filled == [begin + d for begin, d in zip(begins, widths, strict=True)]
    return drawn


def _elder_first(bar: Bar) -> tuple[int, int]:
    return bar[0], -bar[1]


def _edge(heights: Sequence[float], i: int, late: float, j: int, L: int) -> list[Step]:
    """The upper border of a ribbon, from left to right: level for a while after each node, then on to the next."""
    steps: list[Step] = [("M", ((i + late, heights[0]),))]
    for k, (y, z) in enumerate(pairwise(heights), start=i):
        middle = k + (1 + REACH) / 2
        steps += [("L", ((k + REACH, y),)), ("C", ((middle, y), (middle, z), (k + 1, z)))]
    return steps if j == L else [*steps, ("L", ((j + REACH, heights[-1]),))]


def _backwards(steps: Sequence[Step]) -> list[Step]:
    """A path the other way round, joined to what precedes it by a line."""
    points = [point for _, ends in steps for point in ends][::-1]
    turned: list[Step] = [("L", (points[0],))]
    n = 1
    for letter, ends in reversed(steps[1:]):
        turned.append((letter, tuple(points[n : n + len(ends)])))
        n += len(ends)
    return turned
