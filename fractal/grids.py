"""The fractal transformation T_k: an array seen from b^k times as far away.

Grid Ω = [n_1] × ··· × [n_d], base b ≥ 2, r = b^k; the cell of x at level k is ⌊x / r⌋, and Ω_k = [⌈n_1 / r⌉] × ··· is the grid
of cells.  For k ≥ 0 and a reduction ⊕ in {mean, sum, max, min, any}

    (T_k W)(q) = ⊕ {W(x) : x in cell q},        (T_{−k} W)(x) = W(⌊x / r⌋),        P_k = T_{−k} T_k  on the grid of W.

Where r does not divide a side the last cells are short: they are reduced over the entries that exist, and nothing is padded.
`segment` is the reduction that forgets nothing (segments.py).  The laws are T1 to T7 of docs/theory.md, functions in laws.py.

Kinds of entries.  torch in, torch out, on its device; numpy in, numpy out; lists become numpy arrays.  The dtype stays, but
sums of whole numbers and booleans are int64 (uint64 in numpy stays; both wrap when they overflow), their means float64, and
`any` answers in bool.  Float16, bfloat16 and float8 are summed in float32 and rounded once: a sum of float16 beyond 65504 is
infinite.  Means are sums divided by counts: they overflow where the sum does.  `Fraction`s are exact.  NaN makes the mean, sum,
max or min of its cell NaN, and counts as occupied for any.  mean, sum, max and min have gradients; the gradient of a maximum is
shared by the entries that tie.

Reference: T1 to T4 of docs/theory.md [FRAC].
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_base, as_choice, as_level, as_shape, is_tensor, shown
from fractal.errors import InvalidArray, InvalidLevel, InvalidOption
from fractal.reductions import cast, copied, entries, fold_cells, like, operand
from fractal.segments import Segments, segment

__all__ = [
    "REDUCTIONS",
    "Transform",
    "cell_sizes",
    "cells",
    "coarse_grain",
    "depth",
    "dilate",
    "project",
    "side",
    "weighted_mean",
]

REDUCTIONS = ("mean", "sum", "max", "min", "any", "segment")
LARGEST = 2**40
"""More entries than that no dilation has here."""
_TABLE = 2**32
"""More cells are not tabulated."""


def depth(level: Any, name: str = "level") -> int:
    """A level from 0 on; raises `InvalidLevel`."""
    k = as_level(level, name)
    if k < 0:
        raise InvalidLevel(f"{name} must be at least 0 here; found {k}: Transform and action_gap take both signs")
    return k


def side(base: int, level: int) -> int:
    """r_k = b^k for a level from 0 on, where it has at most a million bits; raises `InvalidLevel` for others."""
    b, k = as_base(base), depth(level)
    if k > 10**6 / math.log2(b):
        raise InvalidLevel(
            f"level must leave cells whose side can be written out; found {shown(k)} in base {b}: take a lower one"
        )
    return b**k


def cells(shape: Iterable[int], base: int, level: int) -> tuple[int, ...]:
    """The grid of cells: Ω_k for k = `level` >= 0, the grid of the dilation for k < 0.

    >>> cells((10, 7), 2, 2), cells((3,), 2, -2)
    ((3, 2), (12,))
    """
    grid, b, k = as_shape(shape), as_base(base), as_level(level)
    if k < 0:
        return tuple(n * b**-k for n in grid)
    for _ in range(k):
        if all(n <= 1 for n in grid):
            break
        grid = tuple(-(-n // b) for n in grid)
    return grid


def cell_sizes(shape: Iterable[int], base: int, level: int) -> np.ndarray:
    """How many points each cell holds, k = `level` >= 0: int64 on the grid of cells; it sums to the number of points.

    >>> cell_sizes((5, 3), 2, 1).tolist()
    [[4, 2], [4, 2], [2, 1]]
    """
    k = depth(level)
    if len(grid := cells(shape := as_shape(shape), base, k)) > 32 or math.prod(grid) > _TABLE or max(shape, default=0) > 2**62:
        raise InvalidOption(f"shape must have at most 2^32 cells, of sides up to 2^62; found {shown(shape)} at level {k}")
    return math.prod(np.ix_(*_lengths(shape, as_base(base), k)), start=np.ones((), dtype=np.int64))


def _lengths(shape: tuple[int, ...], b: int, k: int) -> list[np.ndarray]:
    """Per axis, how long its cells are: r, and the last one what remains."""
    grid, lengths = cells(shape, b, k), []
    for n, c in zip(shape, grid, strict=True):
        r = b**k if c > 1 else n
        lengths.append(np.diff(np.minimum(np.arange(c + 1, dtype=np.int64) * r, n)))
    return lengths


def coarse_grain(W: Any, level: int, base: int = 2, reduce: str = "mean") -> Array:
    """T_k W for k = `level` >= 0, shape Ω_k; `reduce` is "mean", "sum", "max", "min" or "any".

    Cost: little more than reading W once, for any k.  Raises as `Transform` does.

    >>> coarse_grain([[1, 2, 3], [4, 5, 6]], 1).tolist()
    [[3.0, 4.5]]
    """
    as_choice(reduce, "reduce", REDUCTIONS[:-1])
    A, b, k = as_array(W, "W"), as_base(base), depth(level)
    if reduce == "mean":
        return _mean(A, b, k)
    folded = fold_cells(operand(A, reduce), b, k, reduce)
    if (reduce != "any" and entries(A) == "float") or reduce in {"max", "min"}:
        folded = like(folded, A)
    return copied(folded) if folded is A else folded


def _mean(A: Array, b: int, k: int) -> Array:
    # int64 could overflow where its mean does not; smaller ones are summed exactly.
    wide = entries(A) == "whole" and A.dtype.itemsize == 8
    total = fold_cells(cast(A, "float64") if wide else operand(A, "sum"), b, k, "sum")
    if entries(A) in {"whole", "bool"}:
        return cast(_over(cast(total, "float64"), A.shape, b, k), "float64")
    return like(_over(total, A.shape, b, k), A)


def _over(total: Array, shape: Sequence[int], b: int, k: int) -> Array:
    """Sums over cells divided by the number of points of each; by one number where the cells are of one size."""
    lengths = _lengths(tuple(shape), b, k)
    if all(len(axis) == 0 or axis[-1] == axis[0] for axis in lengths):
        return total / math.prod(int(axis[0]) for axis in lengths if len(axis))
    return total / _matching(cell_sizes(shape, b, k), total)


def _matching(counts: np.ndarray, A: Array) -> Array:
    """Whole numbers in the kind, dtype and place of A."""
    if is_tensor(A):
        import torch

        return torch.from_numpy(counts).to(device=A.device, dtype=A.dtype)
    return counts.astype(A.dtype)


def weighted_mean(V: Any, weights: Any, level: int, base: int = 2) -> Array:
    """The means of V over cells, each entry with its weight: Σ w V / Σ w over the cell, for which T_j T_k = T_{j+k} always (T3).

    V and the weights have one shape; the weights are whole numbers, at least 1.  `level` >= 0.

    >>> V = coarse_grain([1, 2, 6], 1)
    >>> weighted_mean(V, cell_sizes((3,), 2, 1), 1).tolist() == coarse_grain([1, 2, 6], 2).tolist() == [3.0]
    True
    """
    A, w = as_array(V, "V"), np.asarray(weights)
    if w.shape != tuple(A.shape) or w.dtype.kind not in "ui" or (w.size and w.min() < 1):
        raise InvalidArray(
            f"weights must be integers from 1 on, of the shape {tuple(A.shape)} of V; found {w.shape} of {w.dtype}"
        )
    b, k = as_base(base), depth(level)
    values = operand(A, "sum") if entries(A) in {"exact", "float"} else cast(A, "float64")
    total = fold_cells(like(values * _matching(w, values), values), b, k, "sum")
    mean = total / _matching(fold_cells(w.astype(np.int64), b, k, "sum"), total)
    return like(mean, A if entries(A) == "float" else values)


def dilate(V: Any, level: int, base: int = 2, shape: Iterable[int] | None = None) -> Array:
    """T_{−k} V for k = `level` >= 0: every entry repeated b^k times along every axis.

    `shape` asks for a grid that b^k need not divide; its grid of cells must be that of V.  Without it the sides are b^k times
    those of V.  Raises `InvalidArray` where the shape does not fit, `InvalidLevel` where the result would have more than 2^40
    entries.

    >>> dilate([[1, 2]], 1).tolist(), dilate([1, 2], 2, shape=(5,)).tolist()
    ([[1, 1, 2, 2], [1, 1, 2, 2]], [1, 1, 1, 1, 2])
    """
    A, b, k = as_array(V, "V"), as_base(base), depth(level)
    sides = tuple(A.shape)
    grid = cells(sides, b, -k) if shape is None else as_shape(shape)
    if math.prod(grid) > LARGEST or max(grid, default=0) > LARGEST:
        raise InvalidLevel(f"a dilation by {b}^{k} per axis of {sides} would have more than 2^40 entries; pass a smaller level")
    if cells(grid, b, k) != sides:
        raise InvalidArray(f"shape must have {sides}, the grid of V, as cells of side {b}^{k}; found {grid}, which has others")
    wide = A
    for axis in reversed(range(A.ndim)):
        wide = _repeat(wide, axis, b**k if sides[axis] > 1 else grid[axis])
        if wide.shape[axis] > grid[axis]:
            wide = wide[(slice(None),) * axis + (slice(grid[axis]),)]
    return copied(wide) if wide is A else wide


def _repeat(A: Array, axis: int, times: int) -> Array:
    if times == 1:
        return A
    if not is_tensor(A):
        return np.repeat(A, times, axis)
    # expand and copy: index_select and repeat_interleave do not know all dtypes
    before, n, after = A.shape[:axis], A.shape[axis], A.shape[axis + 1 :]
    return A.unsqueeze(axis + 1).expand(*before, n, times, *after).contiguous().reshape(*before, n * times, *after)


def project(W: Any, level: int, base: int = 2, reduce: str = "mean") -> Array:
    """P_k W = T_{−k} T_k W on the grid of W: every entry replaced by the value of its cell (T4).

    >>> project([1, 2, 6], 1).tolist()
    [1.5, 1.5, 6.0]
    """
    A = as_array(W, "W")
    return dilate(coarse_grain(A, level, base, reduce), level, base, shape=A.shape)


@dataclass(frozen=True)
class Transform:
    """The transformation T_k of a base and a reduction, for all levels k at once.

    Parameters
    ----------
    base : b >= 2, how many entries per axis become one at level 1
    reduce : "mean", "sum", "max", "min", "any", or "segment", which keeps the cells themselves

    `T(W, k)` coarse-grains for k >= 0 and dilates for k < 0, onto `shape` where one is given (see `dilate`); with "any" both
    read W as a mask, nonzero = occupied.  Raises `InvalidBase`, `InvalidOption`, `InvalidArray` or `InvalidLevel`, all before
    any work.

    >>> T = Transform(base=2, reduce="mean")
    >>> T([1.0, 3.0, 5.0], 1).tolist()
    [2.0, 5.0]
    >>> V = np.eye(3)
    >>> bool((T(T(V, -2), 2) == V).all())
    True
    """

    base: int = 2
    reduce: str = "mean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", as_base(self.base))
        as_choice(self.reduce, "reduce", REDUCTIONS)

    def __call__(self, W: Any, level: int, *, shape: Iterable[int] | None = None) -> Array | Segments:
        """T_k W, k = `level`; the segments of W for "segment"."""
        A, k = as_array(W, "W"), as_level(level)
        if shape is not None and k >= 0:
            raise InvalidOption(f"shape says onto which grid to dilate, so level must be negative; found level {k}")
        if self.reduce == "segment":
            return segment(A, k, self.base)
        if k >= 0:
            return coarse_grain(A, k, self.base, self.reduce)
        return dilate(operand(A, "any") if self.reduce == "any" else A, -k, self.base, shape)

    def project(self, W: Any, level: int) -> Array:
        """P_k W, k = `level` >= 0: see `fractal.grids.project`; not for "segment", whose inverse is `join`."""
        if self.reduce == "segment":
            raise InvalidOption("reduce='segment' has no projection: join() gives back the array itself")
        return project(W, level, self.base, self.reduce)
