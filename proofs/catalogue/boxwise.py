"""Cells and box counts by their definition: what the checks of claims about the fractal transformation rest on.

The cell of x at level k is ⌊x / b^k⌋, coordinate by coordinate; everything is a loop over points.  No code is shared with
`fractal`.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["CELLWISE", "coarse", "count", "distance", "expected", "members", "moments", "points", "subsets", "sup", "variation"]

Cell = tuple[int, ...]

CELLWISE: dict[str, Callable[[Sequence[Any]], Any]] = {
    "mean": lambda values: sum(values, Fraction(0)) / len(values),
    "sum": lambda values: sum(values, Fraction(0)),
    "max": max,
    "min": min,
    "any": any,
}
"""The reductions, on the list of a cell's entries."""


def points(shape: Sequence[int]) -> Iterator[Cell]:
    """All points of a grid."""
    return itertools.product(*(range(n) for n in shape))


def members(shape: Sequence[int], r: int) -> dict[Cell, list[Cell]]:
    """The points of each cell of side r."""
    cells: dict[Cell, list[Cell]] = defaultdict(list)
    for x in points(shape):
        cells[tuple(c // r for c in x)].append(x)
    return cells


def coarse(W: Any, reduce: str, r: int) -> Any:
    """T_k W, r = b^k."""
    V = np.empty([-(-n // r) for n in W.shape], dtype=object)
    for q, inside in members(W.shape, r).items():
        V[q] = CELLWISE[reduce]([W[x] for x in inside])
    return V


def count(mask: Any, r: int) -> int:
    """The boxes of side r that a set meets."""
    return len({tuple(c // r for c in x) for x in points(mask.shape) if mask[x]})


def distance(x: Cell, y: Cell) -> int:
    """The sup distance of two points."""
    return max((abs(a - b) for a, b in zip(x, y, strict=True)), default=0)


def variation(W: Any, t: int) -> Any:
    """ω_W(t): the largest difference of entries at sup distance at most t."""
    pairs = itertools.combinations(points(W.shape), 2)
    return max((abs(W[x] - W[y]) for x, y in pairs if distance(x, y) <= t), default=Fraction(0))


def sup(V: Any, W: Any) -> Any:
    """The sup distance of two arrays of one shape."""
    assert V.shape == W.shape, f"shapes {V.shape} and {W.shape}"
    return max((abs(V[x] - W[x]) for x in points(V.shape)), default=Fraction(0))


def expected(shape: Sequence[int], p: Fraction, r: int) -> Fraction:
    """E N(r) of independent points, by all masks and their probabilities."""
    total = Fraction(0)
    for mask in _masks(shape):
        m = int(mask.sum())
        total += p**m * (1 - p) ** (mask.size - m) * count(mask, r)
    return total


def moments(shape: Sequence[int], m: int, sizes: Sequence[int]) -> tuple[list[Fraction], list[list[Fraction]]]:
    """The means and covariances of N(r) over all sets of m points."""
    rows = [[count(mask, r) for r in sizes] for mask in subsets(shape, m)]
    n = len(rows)
    means = [Fraction(sum(column), n) for column in zip(*rows, strict=True)]
    spread = range(len(sizes))
    products = [[Fraction(sum(row[i] * row[j] for row in rows), n) for j in spread] for i in spread]
    return means, [[products[i][j] - means[i] * means[j] for j in spread] for i in spread]


def subsets(shape: Sequence[int], m: int) -> Iterator[Any]:
    """All sets of m points of a grid, as masks."""
    return (mask for mask in _masks(shape) if mask.sum() == m)


def _masks(shape: Sequence[int]) -> Iterator[Any]:
    n = math.prod(shape)
    for bits in itertools.product([False, True], repeat=n):
        yield np.array(bits, dtype=bool).reshape(shape)
