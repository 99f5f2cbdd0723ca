"""Linear maps as lists of entries: what the operators of a model build, before anything dense is needed.

An entry (i, j, v) adds v · x[j] to y[i]; places may repeat, and then add up; values None stand for ones.  Convolutions and
poolings have few entries for their size, so maps are composed entry by entry as long as that is less work than a dense product.

Exact: everything.  Stored floats stay as they are until two of them have to be multiplied or added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fibers.exact import Matrix
from fibers.readers.constants import LIMIT, Constant, bounded

__all__ = ["Sparse", "product"]


@dataclass(frozen=True, eq=False)
class Sparse:
    """A linear map of `shape` (out, in) with entries at rows `i` and columns `j`; `values` None are ones."""

    shape: tuple[int, int]
    i: np.ndarray
    j: np.ndarray
    values: Constant | None

    def __post_init__(self) -> None:
        bounded(len(self.i), "a linear map")

    @classmethod
    def of(cls, dense: Matrix) -> Sparse:
        """All entries of a matrix."""
        i, j = np.divmod(np.arange(dense.rows * dense.columns), dense.columns)
        integers = np.empty(len(i), dtype=object)
        integers[:] = dense.numerators
        return cls(dense.shape, i, j, Constant(integers, dense.denominator, "a product"))

    def matrix(self) -> Matrix:
        """The dense matrix; floats at places that do not repeat are taken over without arithmetic."""
        size = bounded(self.shape[0] * self.shape[1], f"a matrix of {self.shape[0]}×{self.shape[1]}")
        values = Constant(np.ones(len(self.i))) if self.values is None else self.values
        flat = self.i * self.shape[1] + self.j
        seen = np.zeros(size, dtype=bool)
        seen[flat] = True
        if values.array.dtype.kind == "f" and np.count_nonzero(seen) == len(flat):
            floats = np.zeros(size, dtype=values.array.dtype)
            floats[flat] = values.array
            return Constant(floats, 1, values.name).matrix(*self.shape)
        exact = values.exact()
        integers = np.zeros(size, dtype=object)
        np.add.at(integers, flat, exact.array)
        return Matrix(*self.shape, integers.tolist(), exact.denominator)

    def compose(self, inner: Sparse) -> Sparse:
        """x ↦ self(inner(x)).  Cost: the number of pairs of entries that meet, or one dense product if that is less."""
        order = np.argsort(inner.i, kind="stable")
        starts = np.searchsorted(inner.i[order], np.arange(inner.shape[0] + 1))
        meets = np.diff(starts)[self.j]
        pairs = int(meets.sum())
        shape = (self.shape[0], inner.shape[1])
        if pairs > min(LIMIT, 4 * shape[0] * shape[1]):
            return Sparse.of(self.matrix() @ inner.matrix())
        mine = np.repeat(np.arange(len(self.i)), meets)
        theirs = order[np.arange(pairs) - np.repeat(np.cumsum(meets) - meets, meets) + starts[self.j][mine]]
        values = product(_take(self.values, mine), _take(inner.values, theirs))
        return Sparse(shape, self.i[mine], inner.j[theirs], values)


def product(a: Constant | None, b: Constant | None) -> Constant | None:
    """a · b, where None stands for ones."""
    if a is None or b is None:
        return b if a is None else a
    return a * b


def _take(values: Constant | None, places: np.ndarray) -> Constant | None:
    return None if values is None else values.move(lambda a: a[places])
