"""Exact arrays of weights and masks on small grids, with a base and levels, ragged edges and degenerate grids among them.

Shapes have 0 to 3 axes; a side may be 1, a power of the base, or neither.  Self-similar sets keep m of the b^d children of every
cell (`digit_sets`), or m of them drawn anew in every cell (`random_trees`): equal counts, but only the first are self-similar.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from proofs.strategies.numbers import weights

__all__ = ["DigitSet", "Grid", "digit_sets", "grids", "masks", "random_trees", "shapes"]

Cell = tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """Entries on a grid, in row-major order, and the base and two levels to look at it with."""

    shape: tuple[int, ...]
    entries: tuple[Fraction, ...]
    base: int
    j: int
    k: int

    @property
    def array(self) -> Any:
        """The entries as an array of `Fraction`s."""
        array = np.empty(len(self.entries), dtype=object)
        array[:] = self.entries
        return array.reshape(self.shape)

    @property
    def mask(self) -> Any:
        """Where the entries are not 0."""
        return np.array([x != 0 for x in self.entries], dtype=bool).reshape(self.shape)


@dataclass(frozen=True)
class DigitSet:
    """The self-similar set of side b^K that keeps these children, each an index in [b]^d, of every cell (T9)."""

    base: int
    keep: tuple[Cell, ...]
    level: int

    @property
    def mask(self) -> Any:
        """The set as an array of bool: the points all of whose digits, taken together, are kept."""
        d, b = len(self.keep[0]), self.base
        kept = set(self.keep)
        mask = np.zeros((b**self.level,) * d, dtype=bool)
        for x in itertools.product(range(b**self.level), repeat=d):
            mask[x] = all(tuple(c // b**k % b for c in x) in kept for k in range(self.level))
        return mask


@st.composite
def shapes(draw: st.DrawFn, axes: int = 3, points: int = 64) -> tuple[int, ...]:
    """The sides of a grid of up to `axes` axes and up to about `points` points; now and then none at all: a single number."""
    d = draw(st.integers(0, axes))
    most = max(2, round(points ** (1 / max(d, 1))))
    return tuple(draw(st.integers(1, most)) for _ in range(d))


@st.composite
def grids(draw: st.DrawFn, axes: int = 3, points: int = 64, level: int = 2) -> Grid:
    """Rational entries on any grid, base 2 or 3, two levels from 0 to `level`."""
    shape, pool = draw(shapes(axes, points)), draw(weights())
    n = math.prod(shape)
    entries = tuple(draw(st.lists(pool, min_size=n, max_size=n)))
    return Grid(shape, entries, draw(st.sampled_from([2, 3])), draw(st.integers(0, level)), draw(st.integers(0, level)))


@st.composite
def masks(draw: st.DrawFn, axes: int = 3, points: int = 64) -> Grid:
    """Entries 0 and 1: sparse, dense, empty and full ones."""
    shape = draw(shapes(axes, points))
    n = math.prod(shape)
    bits = draw(st.integers(0, 2**n - 1))
    entries = tuple(Fraction(bits >> i & 1) for i in range(n))
    return Grid(shape, entries, draw(st.sampled_from([2, 3])), draw(st.integers(0, 2)), draw(st.integers(0, 2)))


def _sizes(draw: st.DrawFn, points: int) -> tuple[int, int, int]:
    """d, b and K with b^{dK} at most about `points`."""
    d = draw(st.integers(1, 3))
    b = draw(st.integers(2, 4 if d == 1 else 3))
    most = max(1, int(math.log(points) / (d * math.log(b))))
    return d, b, draw(st.integers(0, most))


@st.composite
def digit_sets(draw: st.DrawFn, points: int = 6561) -> DigitSet:
    """A b-adic self-similar set in 1 to 3 dimensions that keeps 1 to b^d children."""
    d, b, K = _sizes(draw, points)
    children = list(itertools.product(range(b), repeat=d))
    keep = draw(st.lists(st.sampled_from(children), min_size=1, max_size=len(children), unique=True))
    return DigitSet(b, tuple(sorted(keep)), K)


@st.composite
def random_trees(draw: st.DrawFn, points: int = 729) -> tuple[int, int, int, Any]:
    """(b, m, K, mask): every occupied cell keeps m of its children, drawn anew each time."""
    d, b, K = _sizes(draw, points)
    m = draw(st.integers(1, b**d))
    rng = draw(st.randoms(use_true_random=False))
    children = list(itertools.product(range(b), repeat=d))
    cells: list[Cell] = [(0,) * d]
    for _ in range(K):
        kept = [(cell, child) for cell in cells for child in rng.sample(children, m)]
        cells = [tuple(b * c + i for c, i in zip(cell, child, strict=True)) for cell, child in kept]
    mask = np.zeros((b**K,) * d, dtype=bool)
    mask[tuple(np.array(cells).T)] = True
    return b, m, K, mask
