"""Moves: two bars exchange their ends, and a stratum becomes one above it.

From a barcode take bars A = [a, x] and B = [c, y] with

    a < c ≤ x + 1,   x < y,        and put [a, y] and [c, x] in their place.

If c = x + 1, then [c, x] is empty and A and B are *connected*; otherwise the longer bar [a, y] and the shorter [c, x] *swap* ends
with them.  By r_{ji} = Σ_{e ≤ i, j ≤ f} ω_{ef}, the rank list grows by 1 on a rectangle and stays as it is elsewhere:

    r_{ji} + 1   for a ≤ i < c and x < j ≤ y.

So a move leads up in the order of L7.  It stays in the fiber iff [a, y] is not [0, L], and then, as bars with other ends stay,
ω_{0L} and the product's rank are the same.

A move is a *cover*, an edge of the Hasse diagram, iff no bar [e, f] of the barcode other than A, B, [a, y] and [c, x] has
a ≤ e ≤ c and x ≤ f ≤ y: such a bar would take part in moves whose smaller rectangles make up this one.  Every edge is a move.

Exact.  Reference: Shewchuk and Bhattacharya 2026, L7 and L8 of docs/theory.md.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, overload

from fibers.errors import InvalidBarcode
from fibers.linear.barcodes import Bar, Barcode, bars
from fibers.linear.stratification import Stratum

__all__ = ["Move", "covered", "covers", "moves"]


@dataclass(frozen=True, order=True)
class Move:
    """The move that replaces the bars `lower` = A = [a, x] and `upper` = B = [c, y] by [a, y] and [c, x].

    `lower` is the one that begins and ends first.  Raises `InvalidBarcode` unless both are pairs of integers with
    a < c ≤ x + 1 and x < y.

    >>> print(Move((0, 0), (1, 2)), Move((0, 1), (1, 2)), sep=",  ")
    connect [0,0] + [1,2] → [0,2],  swap [0,1] + [1,2] → [0,2] + [1,1]
    """

    lower: Bar
    upper: Bar

    def __post_init__(self) -> None:
        (a, x), (c, y) = ends = _pair(self.lower), _pair(self.upper)
        object.__setattr__(self, "lower", ends[0])
        object.__setattr__(self, "upper", ends[1])
        if not (0 <= a < c <= x + 1 and x < y):
            raise InvalidBarcode(
                f"a move needs bars [a, x] and [c, y] with a < c ≤ x + 1 and x < y (L8); found [{a}, {x}] and [{c}, {y}]"
            )

    @property
    def kind(self) -> str:
        """ "connect" if A ends right before B begins, else "swap"."""
        return "connect" if self.upper[0] == self.lower[1] + 1 else "swap"

    @property
    def layer(self) -> int:
        """x + 1, the layer that annihilates A: the only one whose weights need to change (`fibers.linear.ascent`)."""
        return self.lower[1] + 1

    @property
    def result(self) -> tuple[Bar, ...]:
        """[a, y], and [c, x] unless it is empty."""
        (a, x), (c, y) = self.lower, self.upper
        return ((a, y),) if self.kind == "connect" else ((a, y), (c, x))

    @property
    def rises(self) -> tuple[tuple[int, int], ...]:
        """The entries (j, i) of the rank list that grow by 1."""
        (a, x), (c, y) = self.lower, self.upper
        return tuple((j, i) for i in range(a, c) for j in range(x + 1, y + 1))

    @cached_property
    def obstacles(self) -> frozenset[Bar]:
        """The bars whose presence makes this move no cover."""
        (a, x), (c, y) = self.lower, self.upper
        inside = {(e, f) for e in range(a, c + 1) for f in range(x, y + 1) if e <= f}
        return frozenset(inside - {self.lower, self.upper, *self.result})

    @overload
    def up(self, start: Barcode, times: int = 1) -> Barcode: ...
    @overload
    def up(self, start: Stratum, times: int = 1) -> Stratum: ...
    def up(self, start: Barcode | Stratum, times: int = 1) -> Barcode | Stratum:
        """The barcode or stratum after the move, or after so many of the same, at least one.

        Raises `InvalidBarcode` if it has fewer bars A or B, or its rank would change.
        """
        return self._exchange(start, (self.lower, self.upper), self.result, times)

    @overload
    def down(self, start: Barcode, times: int = 1) -> Barcode: ...
    @overload
    def down(self, start: Stratum, times: int = 1) -> Stratum: ...
    def down(self, start: Barcode | Stratum, times: int = 1) -> Barcode | Stratum:
        """The barcode or stratum from which the move leads to this one: the inverse of `up`."""
        return self._exchange(start, self.result, (self.lower, self.upper), times)

    def _exchange(self, start: Any, old: tuple[Bar, ...], new: tuple[Bar, ...], times: Any) -> Barcode | Stratum:
        barcode = start.barcode if isinstance(start, Stratum) else start
        if not isinstance(barcode, Barcode):
            raise InvalidBarcode(f"a move starts at a Barcode or a Stratum; found {type(start).__name__}")
        n = _positive(times)
        missing = [bar for bar in old if barcode.counts.get(bar, 0) < n]
        if missing:
            raise InvalidBarcode(f"the move {self} needs {_bar(missing[0])}×{n}; the barcode is {barcode}")
        if self.result[0] == (0, barcode.layers):
            raise InvalidBarcode(f"the move {self} changes the rank of the product, so it leaves the fiber (L8)")
        counts = dict(barcode.counts)
        for bar in old:
            counts[bar] -= n
        for bar in new:
            counts[bar] = counts.get(bar, 0) + n
        moved = Barcode.from_counts([counts.get(bar, 0) for bar in bars(barcode.layers)], barcode.widths)
        return Stratum(moved) if isinstance(start, Stratum) else moved

    def __str__(self) -> str:
        return f"{self.kind} {_sum((self.lower, self.upper))} → {_sum(self.result)}"

    def _repr_latex_(self) -> str:
        return f"${_sum((self.lower, self.upper))} \\to {_sum(self.result)}$"


def moves(stratum: Stratum) -> list[tuple[Move, Stratum]]:
    """All moves from a stratum that stay in its fiber, each with the stratum it leads to; by A and then B.

    >>> [(str(move), str(above.barcode)) for move, above in moves(Stratum(Barcode([(0, 0), (1, 1), (2, 2)])))]
    [('connect [0,0] + [1,1] → [0,1]', '[0,1]  [2,2]'), ('connect [1,1] + [2,2] → [1,2]', '[0,0]  [1,2]')]
    """
    barcode = barcode_of(stratum)
    return [(move, Stratum(move.up(barcode))) for move in upward(barcode)]


def covers(stratum: Stratum) -> list[tuple[Move, Stratum]]:
    """The strata that cover a stratum: those above it with none between, each with the move that leads there (L8)."""
    barcode = barcode_of(stratum)
    return [(move, Stratum(move.up(barcode))) for move in upward(barcode) if move.obstacles.isdisjoint(barcode.counts)]


def covered(stratum: Stratum) -> list[tuple[Move, Stratum]]:
    """The strata that a stratum covers: those below it with none between, each with the move that leads from there to it.

    >>> s = Stratum(Barcode([(0, 1), (1, 2)]))
    >>> all((move, s) in covers(below) for move, below in covered(s)), len(covered(s))
    (True, 2)
    """
    barcode = barcode_of(stratum)
    return [(move, Stratum(move.down(barcode))) for move in _downward(barcode) if move.obstacles.isdisjoint(barcode.counts)]


@lru_cache
def moves_between(L: int) -> tuple[Move, ...]:
    """Every move of the nodes 0, ..., L that does not make a bar [0, L], by A and then B; there are O(L⁴)."""
    ordered = bars(L)
    return tuple(Move(A, B) for p, A in enumerate(ordered) for B in ordered[p + 1 :] if _is_move(A, B, L))


def barcode_of(stratum: Any) -> Barcode:
    """The barcode of a stratum; `InvalidBarcode` for anything else."""
    if not isinstance(stratum, Stratum):
        raise InvalidBarcode(f"a Stratum is needed, such as fibers.linear.stratum(L); found {type(stratum).__name__}")
    return stratum.barcode


def upward(barcode: Barcode) -> Iterator[Move]:
    """The moves from a barcode that keep ω_{0L}, by A and then B."""
    present, L = list(barcode.counts), barcode.layers  # bars by first node: B comes after A
    for p, A in enumerate(present):
        for B in present[p + 1 :]:
            if _is_move(A, B, L):
                yield _move(A, B)


def _downward(barcode: Barcode) -> Iterator[Move]:
    """The moves to a barcode: a bar [a, y] is cut in two, or swaps ends with a bar [c, x] inside it, a < c and x < y."""
    for a, y in barcode.counts:
        if (a, y) == (0, barcode.layers):
            continue
        yield from (_move((a, x), (x + 1, y)) for x in range(a, y))
        yield from (_move((a, x), (c, y)) for c, x in barcode.counts if a < c and x < y)


def _is_move(A: Bar, B: Bar, L: int) -> bool:
    return A[0] < B[0] <= A[1] + 1 and A[1] < B[1] and (A[0], B[1]) != (0, L)


_move = lru_cache(maxsize=1 << 16)(Move)


def _pair(bar: Any) -> Bar:
    try:
        i, j = map(operator.index, bar)
    except (TypeError, ValueError):
        raise InvalidBarcode(f"a bar is a pair of nodes (i, j); found {bar!r:.60}") from None
    return i, j


def _positive(times: Any) -> int:
    try:
        number = operator.index(times)
    except TypeError:
        number = 0
    if number < 1:
        raise InvalidBarcode(f"a move is made once or more, a whole number of times; found times = {times!r:.60}")
    return number


def _bar(bar: Bar) -> str:
    return f"[{bar[0]},{bar[1]}]"


def _sum(terms: tuple[Bar, ...]) -> str:
    return " + ".join(map(_bar, terms))
