"""Beyond block permutations nothing is equivariant: a W that shows it (T11).

Let P tear a cell.  Then some *whole* cell C has a preimage P^{-1}(C) = {i : P[i] in C} that is no cell: were they all cells, they
would be the whole ones, and the preimage of the short cell would be what remains, the short cell.  Put

    W(i, j) = 1 for i in C, 0 elsewhere:     (P W Q)(i, j) = 1 for i in P^{-1}(C).

T_k(W) has nonzero entries in one row of cells.  P^{-1}(C) has r points and is no cell, so it meets two cells at least, and
T_k(P W Q) has nonzero entries in two rows of cells or more, for sum, mean, max and any.  Permutations of the coarse rows and
columns, and any rearrangement of the coarse entries, keep the number of nonzero ones; so none makes the two sides equal.  For
min take 1 − W, and count the zeros.  When Q tears a cell instead, W(i, j) = 1 for j in such a cell D does the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fractal.arrays import Array, as_choice, as_shape
from fractal.displays import panel, plain_value, shape_text
from fractal.errors import InvalidOption
from fractal.grids import coarse_grain
from fractal.symmetry.permutations import Permutation, as_permutation, as_side, is_block_permutation, permuted

__all__ = ["Counterexample", "counterexample", "is_counterexample"]


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample:
    """A 0/1 array `W` for which no P̄, Q̄ make T_k(P W Q) = P̄ T_k(W) Q̄.

    `before` and `after` are T_k(W) and T_k(P W Q); `axis` says whether P (0) or Q (1) tears a cell, `cell` whose indicator W is.
    """

    W: Array
    before: Array
    after: Array
    axis: int
    cell: int
    why: str

    @property
    def _torn(self) -> str:
        return f"{'PQ'[self.axis]} tears cell {self.cell} of {'rows' if self.axis == 0 else 'columns'}"

    def __repr__(self) -> str:
        return f"Counterexample(W {shape_text(self.W.shape)} with {int((self.W != 0).sum())} ones; {self._torn}; {self.why})"

    def _repr_html_(self) -> str:
        shapes = [(name, shape_text(getattr(self, name).shape)) for name in ("W", "before", "after")]
        return panel(f"Counterexample: {self._torn}", [("why", self.why), *shapes])

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold; the arrays are lists."""
        return plain_value(vars(self))


def counterexample(
    P: Any, Q: Any, shape: Sequence[int], base: int = 2, level: int = 1, reduce: str = "mean"
) -> Counterexample | None:
    """A W of this shape that no P̄, Q̄ serve, when P or Q tears a cell of side base^level; None when both map cells to cells.

    None, too, when W has no entries, where there is nothing to distinguish.  Proof at the head of the module; the result is
    checked before it is returned, exactly.  W is uint8; one and the same serves mean, sum, max and any, its complement min.
    Raises `InvalidArray`, `InvalidOption`, `InvalidBase`, `InvalidLevel`.  Cost: four coarse-grainings.

    >>> found = counterexample([0, 2, 1, 3], [0, 1], (4, 2))
    >>> found.W.tolist(), found.before.tolist(), found.after.tolist()
    ([[1, 1], [1, 1], [0, 0], [0, 0]], [[1.0], [0.0]], [[0.5], [0.5]])
    >>> counterexample([2, 3, 1, 0], [1, 0], (4, 2)) is None
    True
    """
    sides, r = as_shape(shape), as_side(base, level)
    reduce = as_choice(reduce, "reduce", ("mean", "sum", "max", "min", "any"))
    if len(sides) < 2:
        raise InvalidOption(f"shape must have two sides at least; found {sides}")
    orders = (as_permutation(P, "P", sides[0]), as_permutation(Q, "Q", sides[1]))
    torn = [axis for axis in (0, 1) if not is_block_permutation(orders[axis], base, level)]
    if not torn or 0 in sides:
        return None
    axis = torn[0]
    cell = _torn_preimage(orders[axis], r)
    W = np.zeros(sides, dtype=np.uint8)
    W[(slice(None),) * axis + (slice(cell * r, (cell + 1) * r),)] = 1
    W = 1 - W if reduce == "min" else W
    before, after = (coarse_grain(X, level, base, reduce) for X in (W, permuted(W, *orders)))
    assert is_counterexample(W, *orders, base, level, reduce)
    letter = "zero" if reduce == "min" else "nonzero"
    counts = [int((X == 0).sum() if reduce == "min" else (X != 0).sum()) for X in (before, after)]
    why = f"T_k(W) has {counts[0]} {letter} entries and T_k(P W Q) has {counts[1]}: no rearrangement makes them equal"
    return Counterexample(W, before, after, axis, cell, why)


def _torn_preimage(order: Permutation, r: int) -> int:
    """The first whole cell whose preimage is no cell."""
    place = np.argsort(order)  # where each row goes
    whole = (place[: order.size // r * r] // r).reshape(-1, r)
    return int(np.flatnonzero((whole != whole[:, :1]).any(axis=1))[0])


def is_counterexample(W: Any, P: Any, Q: Any, base: int = 2, level: int = 1, reduce: str = "mean") -> bool:
    """Whether the numbers of entries 0 of T_k(P W Q) and T_k(W) differ, so that no permutations make one into the other.

    This is enough and exact on 0/1 arrays (the mean of a cell is 0 only when all of it is); an answer False says nothing.

    >>> is_counterexample([[1], [1], [0], [0]], [0, 2, 1, 3], [0])
    True
    """
    before, after = (coarse_grain(X, level, base, reduce) for X in (W, permuted(W, P, Q)))
    return int((before == 0).sum()) != int((after == 0).sum())
