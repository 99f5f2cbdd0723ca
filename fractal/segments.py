"""Segmentation: an array cut into its cells, and put together again.

S_k W = (W restricted to cell q) for q in the grid of cells Ω_k; cell q holds the points x with ⌊x / r⌋ = q, r = b^k, so those at
the far edges may be short.  The cells are disjoint and cover the grid, hence S_k is a bijection onto the families of arrays of
these shapes, and linear: (aV + cW) restricted is a times V restricted plus c times W restricted (T2 of docs/theory.md).  Cells
are views: nothing is copied before `join`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from fractal.arrays import Array, as_array, as_base, as_integer, as_items, as_level, as_shape
from fractal.errors import InvalidArray, InvalidLevel, InvalidOption
from fractal.reductions import copied, join_along

__all__ = ["Segments", "join", "segment"]


@dataclass(frozen=True, eq=False)
class Segments:
    """The cells of an array, in the order of their indices, the last one fastest.

    `shape` is the grid of cells, `segments[q]` the cell q as a view (an integer, or a tuple with one per axis; negative ones
    count from the end), iteration gives the cells, `len` their number, and `join` the array again.
    """

    whole: Array
    size: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid of cells."""
        return tuple(-(-n // self.size) for n in self.whole.shape)

    def __len__(self) -> int:
        return math.prod(self.shape)

    def __getitem__(self, q: int | tuple[int, ...]) -> Array:
        index = q if isinstance(q, tuple) else (q,)
        if len(index) != len(self.shape):
            raise InvalidOption(f"a cell of this grid has {len(self.shape)} indices; found {index}")
        index = tuple(as_integer(i, "each index of a cell", -(2**62)) for i in index)
        if not all(-n <= i < n for i, n in zip(index, self.shape, strict=True)):
            raise IndexError(f"the grid of cells is {self.shape}; found {index}")
        starts = (i % n * self.size for i, n in zip(index, self.shape, strict=True))
        return self.whole[tuple(slice(start, start + self.size) for start in starts)]

    def __iter__(self) -> Iterator[Array]:
        return (self[q] for q in product(*map(range, self.shape)))

    def join(self) -> Array:
        """The array, put together from its cells: a copy."""
        return join(list(self), self.shape) if len(self) and self.shape else copied(self.whole)

    def __repr__(self) -> str:
        return f"Segments(cells={self.shape}, size={self.size}, of={tuple(self.whole.shape)})"


def segment(W: Any, level: int, base: int = 2) -> Segments:
    """S_k W: the cells of side b^k of W, k = `level` >= 0, as views (T2).

    Raises `InvalidLevel` for negative levels: `join` is the inverse.  Cost: none before a cell is asked for.

    >>> cells = segment([[1, 2, 3], [4, 5, 6]], level=1)
    >>> cells.shape, cells[0, 1].tolist(), cells.join().tolist()
    ((1, 2), [[3], [6]], [[1, 2, 3], [4, 5, 6]])
    """
    array, b, k = as_array(W, "W"), as_base(base), as_level(level)
    if k < 0:
        raise InvalidLevel(f"level of a segmentation must be at least 0; found {k}: join() is its inverse")
    size, longest = 1, max(array.shape, default=1)
    for _ in range(k):
        if size >= longest:
            break
        size *= b
    return Segments(array, size)


def join(cells: Sequence[Array], shape: Sequence[int]) -> Array:
    """The array with these cells on a grid of that shape, the last index fastest: the inverse of `segment`.

    Raises `InvalidArray` where their number is not that of the grid or is 0, or their shapes do not fit together.

    >>> join([as_array([1, 2]), as_array([3])], (2,)).tolist()
    [1, 2, 3]
    """
    parts, grid = [as_array(cell, "each cell") for cell in as_items(cells, "cells", "arrays")], as_shape(shape)
    if not parts or len(parts) != math.prod(grid):
        raise InvalidArray(f"cells must be as many as the grid {grid} has, and at least one; found {len(parts)}")
    try:
        for axis in reversed(range(len(grid))):
            n = grid[axis]
            parts = [join_along(parts[i : i + n], axis) for i in range(0, len(parts), n)]
    except (ValueError, RuntimeError, IndexError) as error:
        raise InvalidArray(f"cells must have shapes that fit together on the grid {grid}: {error}") from None
    return parts[0]
