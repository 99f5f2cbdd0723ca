"""Folds: sums, maxima, minima and disjunctions over cells, in a few passes whatever the number of cells.

A cell of side r = b^k in d dimensions is folded in k stages, each b to 1 along every axis: the operation ⊕ is associative, and
b-cells of b-cells are the b²-cells.  An axis of n = m b + s entries is seen as m groups of b (a view) and one group of s < b; a
group is folded by halves, x_0 ... x_{h−1} ⊕ x_h ... x_{2h−1}, an odd one out kept for the end.  So

- nothing is padded and no loop runs over cells: about 2 log2(b) array operations per axis and stage;
- the stages shrink by b^d: the whole costs little more than reading the array once;
- a sum of N floats goes through O(log N) roundings, not N;
- folding k levels and then j is the same arithmetic as j + k at once, so T3 holds for sums to the last bit, on any device.

Whole numbers and booleans are summed as int64 (uint64 in numpy stays), floats of fewer than 32 bits as float32.  `Fraction`s
are exact.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce as fold
from typing import TYPE_CHECKING

import numpy as np

from fractal.arrays import Array, is_exact, is_tensor
from fractal.errors import InvalidArray

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["FOLDS", "cast", "copied", "entries", "fold_cells", "join_along", "like", "maximum", "minimum", "operand"]


def fold_cells(A: Array, base: int, level: int, how: str) -> Array:
    """The fold of A over the cells of side b^k, k = `level` >= 0; `how` is a key of `FOLDS`, A as `operand` gives it.

    >>> fold_cells(np.arange(5), 2, 1, "sum").tolist()
    [1, 5, 4]
    >>> fold_cells(np.arange(9), 3, 2, "max").tolist()
    [8]
    """
    for _ in range(level):
        if all(n <= 1 for n in A.shape):
            break
        for axis in range(A.ndim):
            A = _fold_axis(A, axis, base, FOLDS[how])
    return A


def _fold_axis(A: Array, axis: int, b: int, op: Callable[[Array, Array], Array]) -> Array:
    n = A.shape[axis]
    if n <= 1:
        return A
    groups, short = divmod(n, b)
    if groups == 0:
        return _fold_groups(A, axis, 1, op)
    head = _fold_groups(_cut(A, axis, 0, groups * b), axis, groups, op)
    if short == 0:
        return head
    return join_along([head, _fold_groups(_cut(A, axis, groups * b, n), axis, 1, op)], axis)


def _fold_groups(A: Array, axis: int, groups: int, op: Callable[[Array, Array], Array]) -> Array:
    """The axis seen as so many groups of equal size, each folded to one."""
    size = A.shape[axis] // groups
    A = A.reshape(*A.shape[:axis], groups, size, *A.shape[axis + 1 :])
    odd: list[Array] = []
    # The fold of the groups of A and of what is in `odd` is the fold of the groups at the beginning.
    while size > 1:
        size, rest = divmod(size, 2)
        if rest:
            odd.append(_cut(A, axis + 1, 2 * size, 2 * size + 1))
        A = op(_cut(A, axis + 1, 0, size), _cut(A, axis + 1, size, 2 * size))
    A = fold(op, odd, A)
    return A.reshape(*A.shape[: axis + 1], *A.shape[axis + 2 :])


def _cut(A: Array, axis: int, start: int, stop: int) -> Array:
    return A[(slice(None),) * axis + (slice(start, stop),)]


def join_along(parts: list[Array], axis: int) -> Array:
    """Arrays of one kind, one after the other along an axis."""
    return _library(parts[0]).concatenate(parts, axis)


def _library(A: Array) -> ModuleType:
    if is_tensor(A):
        import torch

        return torch
    return np


def maximum(A: Array, B: Array) -> Array:
    """The larger one, entry by entry; NaN beside anything is NaN."""
    return _library(A).maximum(A, B)


def minimum(A: Array, B: Array) -> Array:
    """The smaller one, entry by entry; NaN beside anything is NaN."""
    return _library(A).minimum(A, B)


FOLDS: dict[str, Callable[[Array, Array], Array]] = {
    "sum": operator.add,
    "max": maximum,
    "min": minimum,
    "any": operator.or_,
}
"""The operations, each associative and commutative."""


def entries(A: Array) -> str:
    """What A holds: "bool", "whole" (integers), "float" or "exact" (`Fraction`s)."""
    if is_exact(A):
        return "exact"
    if not is_tensor(A):
        return {"b": "bool", "u": "whole", "i": "whole", "f": "float"}[A.dtype.kind]
    if A.dtype.is_floating_point:
        return "float"
    return "bool" if str(A.dtype) == "torch.bool" else "whole"


def cast(A: Array, dtype: str) -> Array:
    """A in the dtype of that name, itself where it has it."""
    return A.to(getattr(_library(A), dtype)) if is_tensor(A) else np.asarray(A).astype(dtype, copy=False)


def copied(A: Array) -> Array:
    """A copy; of a tensor with its gradient."""
    return A.clone() if is_tensor(A) else A.copy()


def like(A: Array, B: Array) -> Array:
    """A in the dtype of B, and a numpy array even where it has no axes."""
    return A.to(B.dtype) if is_tensor(A) else np.asarray(A, dtype=B.dtype)


def operand(A: Array, how: str) -> Array:
    """A in the dtype in which it is folded; raises `InvalidArray` for uint64 tensors, which torch cannot compare.

    >>> operand(np.array([3, 0], dtype=np.int8), "sum").dtype.name, operand(np.array([np.nan, 0.0]), "any").tolist()
    ('int64', [True, False])
    """
    A = A if is_tensor(A) else np.asarray(A)
    kind, name = entries(A), str(A.dtype).removeprefix("torch.")
    if how == "any":
        return A if kind == "bool" else A != 0 if is_tensor(A) else np.asarray(A != 0, dtype=bool)
    if kind == "exact":
        return A
    if is_tensor(A) and name == "uint64":
        raise InvalidArray("uint64 tensors cannot be summed or compared; pass W.to(torch.int64), or W.double() for means")
    if kind == "float":
        return cast(A, "float32") if A.dtype.itemsize < (4 if how == "sum" else 2) else A
    if how == "sum":
        return A if name == "uint64" else cast(A, "int64")
    return cast(A, "int64") if is_tensor(A) and name in {"uint16", "uint32"} else A
