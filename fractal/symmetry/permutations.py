"""Which permutations of rows and columns a coarse-graining respects (T11).

A permutation P of n rows is the array with (P W)(i, ·) = W(P[i], ·), and likewise (W Q)(·, j) = W(·, Q[j]).  With r = b^k the
cells of [n] are {ar, ..., ar + r − 1}, the last one short where r does not divide n.  P is a *block permutation* when it maps
cells to cells; it then induces P̄[a] = ⌊P[ar] / r⌋ on them, and a short cell goes to itself, being the only one of its size.
They form the group (S_r ≀ S_m) × S_s: m whole cells, s points in the short one.

    T_k(P W Q) = P̄ T_k(W) Q̄     for all W, when P and Q are block permutations,      for mean, sum, max, min and any:

cell (a, c) of P W Q holds the entries of cell (P̄[a], Q̄[c]) of W in another order.  For all others it fails, and not only P̄ and
Q̄ but no rearrangement of the coarse entries helps: see `counterexample`.  The number of cells never changes, the number of
occupied ones can.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_base, as_generator, as_integer, is_exact, is_tensor, to_numpy
from fractal.displays import panel, plain_value
from fractal.errors import InvalidArray
from fractal.grids import coarse_grain, depth

__all__ = [
    "Equivariance",
    "as_permutation",
    "as_side",
    "block_permutation",
    "equivariance_gap",
    "induced",
    "is_block_permutation",
    "permuted",
]

Permutation = np.ndarray[Any, np.dtype[np.int64]]

_PLACES = 10**8
"""The longest permutation that is drawn."""


def as_permutation(P: Any, name: str = "P", n: int | None = None) -> Permutation:
    """P as an array of the integers 0, ..., n − 1 in some order; raises `InvalidArray`."""
    order = to_numpy(as_array(P, name))
    if order.size == 0 and order.ndim == 1:
        order = order.astype(np.int64)
    if order.ndim != 1 or order.dtype.kind not in "ui" or not np.array_equal(np.sort(order), np.arange(order.size)):
        raise InvalidArray(f"{name} must list 0, ..., n − 1 in some order; found {order.dtype} of shape {order.shape}")
    if n is not None and order.size != n:
        raise InvalidArray(f"{name} must permute the {n} places of its axis of W; found a permutation of {order.size}")
    return order.astype(np.int64)


def as_side(base: int, level: int) -> int:
    """r = base^level for a level from 0 on; raises `InvalidBase`, `InvalidLevel`."""
    b, k = as_base(base), depth(level)
    return min(b ** min(k, 62), 2**62)  # no axis is longer, and int64 holds it


def block_permutation(n: int, base: int, level: int, rng: np.random.Generator | int = 0) -> Permutation:
    """A uniformly random block permutation of n places for cells of side base^level; `rng` is a numpy Generator or a seed.

    Raises `InvalidOption`, `InvalidBase`, `InvalidLevel`.  Cost: O(n).

    >>> P = block_permutation(10, 2, 2)
    >>> is_block_permutation(P, 2, 2), sorted(P[8:].tolist())
    (True, [8, 9])
    """
    n, r, draw = as_integer(n, "n", 0, _PLACES), as_side(base, level), as_generator(rng)
    starts = [r * int(a) for a in draw.permutation(n // r)] + [n // r * r]
    parts = [start + draw.permutation(min(r, n - start)) for start in starts]
    return np.concatenate(parts).astype(np.int64)


def is_block_permutation(P: Any, base: int, level: int) -> bool:
    """Whether P maps cells of side base^level to cells (T11): whether each cell of places takes its rows from one cell only.

    This suffices: each of the m whole cells then takes all of a whole cell, another one each, which leaves the short cell to
    itself.  Raises `InvalidArray`, `InvalidBase`, `InvalidLevel`.  Cost: O(n).

    >>> is_block_permutation([2, 3, 1, 0], 2, 1), is_block_permutation([0, 2, 1, 3], 2, 1)
    (True, False)
    """
    order, r = as_permutation(P), as_side(base, level)
    sources = order // r
    return bool((sources == sources[_heads(order.size, r)]).all())


def _heads(n: int, r: int) -> Permutation:
    """For each place the first place of its cell."""
    return np.arange(n, dtype=np.int64) // r * r


def induced(P: Any, base: int, level: int) -> Permutation:
    """The permutation P̄ of the cells of side base^level, P̄[a] = ⌊P[ar] / r⌋; raises `InvalidArray` unless P maps cells to cells.

    >>> induced([2, 3, 1, 0, 4], 2, 1).tolist()
    [1, 0, 2]
    """
    order, r = as_permutation(P), as_side(base, level)
    if not is_block_permutation(order, base, level):
        raise InvalidArray(f"P must map cells of {r} to cells, to induce a permutation of them; cell {_torn(order, r)} it tears")
    return order[::r] // r


def _torn(order: Permutation, r: int) -> int:
    """The first cell of places that takes its rows from several cells."""
    sources = order // r
    return int(np.flatnonzero(sources != sources[_heads(order.size, r)])[0] // r)


@dataclass(frozen=True, eq=False, repr=False)
class Equivariance:
    """How far T_k(P W Q) is from P̄ T_k(W) Q̄ for one W.

    `size` is the sup distance, with the induced `rows` P̄ and `columns` Q̄.  Where P or Q is no block permutation, these are None,
    and `size` is what no rearrangement of the coarse entries goes below: the sup distance of both lists of entries, sorted.
    """

    size: Any
    rows: Permutation | None
    columns: Permutation | None
    why: str

    @property
    def holds(self) -> bool:
        """Whether the two sides are equal, for P̄ and Q̄."""
        return self.rows is not None and bool(self.size == 0)

    def __repr__(self) -> str:
        return f"Equivariance({'holds' if self.holds else 'fails'}: sup distance {plain_value(self.size)}; {self.why})"

    def _repr_html_(self) -> str:
        rows = [("sup distance", plain_value(self.size)), ("why", self.why)]
        return panel(f"Equivariance {'holds' if self.holds else 'fails'}", rows)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: a fraction is a text, permutations are lists."""
        return plain_value(vars(self))


def permuted(W: Any, P: Any, Q: Any) -> Array:
    """P W Q: entry (i, j) is W(P[i], Q[j]), for W of two axes or more; numpy in, numpy out, torch in, torch out.

    >>> permuted([[1, 2], [3, 4]], [1, 0], [0, 1]).tolist()
    [[3, 4], [1, 2]]
    """
    A = as_array(W, "W")
    if A.ndim < 2:
        raise InvalidArray(f"W must have rows and columns; found {A.ndim} axes: pass W[None, :] with P = [0] for a row")
    p, q = as_permutation(P, "P", A.shape[0]), as_permutation(Q, "Q", A.shape[1])
    if is_tensor(A):
        import torch

        return A[torch.from_numpy(p).to(A.device)][:, torch.from_numpy(q).to(A.device)]
    return A[p][:, q]


def equivariance_gap(W: Any, P: Any, Q: Any, base: int = 2, level: int = 1, reduce: str = "mean") -> Equivariance:
    """How far T_k(P W Q) is from P̄ T_k(W) Q̄ (T11), k = `level` >= 0: 0 for block permutations.

    That is exact on rationals and integers, and for max, min and any; floats are added up in another order, so that their sums
    and means may differ in the last bits.  W has two axes or more, P permutes the first and Q the second; `reduce` is "mean",
    "sum", "max", "min" or "any".  Raises `InvalidArray`, `InvalidOption`, `InvalidBase`, `InvalidLevel`.  Cost: two
    coarse-grainings.

    >>> equivariance_gap([[1, 2], [3, 4], [5, 6], [7, 8]], [3, 2, 0, 1], [1, 0]).holds
    True
    >>> equivariance_gap([[1], [0], [0], [0]], [0, 2, 1, 3], [0], reduce="any").size
    Fraction(0, 1)
    """
    A, r = as_array(W, "W"), as_side(base, level)
    after, before = (coarse_grain(X, level, base, reduce) for X in (permuted(A, P, Q), A))
    if is_block_permutation(P, base, level) and is_block_permutation(Q, base, level):
        rows, columns = induced(P, base, level), induced(Q, base, level)
        why = f"P and Q map cells of {r} to cells: each cell holds the same entries in another order"
        return Equivariance(_distance(after, permuted(before, rows, columns)), rows, columns, why)
    which = " and ".join(name for name, X in (("P", P), ("Q", Q)) if not is_block_permutation(X, base, level))
    why = f"{which} tears cells of {r}: some W have no P̄, Q̄ (`counterexample`), and for this one none comes closer than the size"
    return Equivariance(_distance(_sorted(after), _sorted(before)), None, None, why)


def _sorted(A: Array) -> Array:
    flat = np.ravel(to_numpy(A))
    return np.array(sorted(flat), dtype=object) if is_exact(flat) else np.sort(flat)


def _distance(A: Array, B: Array) -> Any:
    """The sup distance: a Fraction where both are exact, integers or bool, else a float."""
    x, y = np.ravel(to_numpy(A)), np.ravel(to_numpy(B))
    if x.size == 0:
        return Fraction(0)
    if x.dtype.kind == "f":
        return float(np.abs(x.astype(np.float64) - y.astype(np.float64)).max())
    different = x != y
    pairs = zip(x[different].tolist(), y[different].tolist(), strict=True)
    return max((abs(Fraction(u) - Fraction(v)) for u, v in pairs), default=Fraction(0))
