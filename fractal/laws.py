"""The laws of coarse-graining, as functions that say how far a case is from equality, and why.

T1 to T4 and T7 are here, T5 and T6 in losses.py and under this name, too.  Notation of grids.py: T_k over cells of side r_k =
b^k, P_k = T_{−k} T_k, Ω_k the grid of cells, ω_W the modulus of continuity. Each law computes both of its sides and returns a
`Gap`: their sup distance, the bound that the theory allows (0 where it says that they are equal), whether it is kept, and the
reason.  Exact on `Fraction`s and whole numbers, up to a stated rounding on floats.

T1  T_0 W = W.

T2  mean and sum are linear; max is linear over (max, +), min over (min, +), any over the Booleans; segmentation is linear.

T3  T_j T_k = T_{j+k} for sum, max, min, any and for means weighted by cell size.  A plain mean of means gives every fine cell
    one weight; so it is the mean iff all fine cells in a coarse one have one size, which says of every side n: b^k | n, or
    the short cell is alone in its coarse one, 0 < n mod b^{j+k} ≤ b^k (or the grid is empty).  Otherwise both sides are still
    averages over a cell of side r_{j+k}, and apart by at most ω_W(r_{j+k} − 1).

T4  T_k T_{−k} V = V: all entries of a cell are equal, on ragged grids, too.  P_k is idempotent, and for the mean self-adjoint:
    W − P_k W is orthogonal to all functions constant on cells.

T7  T_j T_k = T_{j+k} for levels of one sign as in T3, and for T_j T_{−k}; for T_{−j} T_k, which has forgotten what is inside
    its cells, up to ω_W(r_k − 1).

Where a dilation ends on another grid than it is compared on, it is cut to that grid.  Reference: docs/theory.md [FRAC].
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_base, as_choice, as_level, as_real, as_shape, as_yes_no, shown, to_numpy
from fractal.errors import InvalidArray, InvalidLevel, InvalidOption
from fractal.gaps import Gap, Number, between, between_entries, finite, oscillation, read, rounding, rounding_of, scale_of
from fractal.grids import cell_sizes, cells, coarse_grain, depth, dilate, project, side, weighted_mean
from fractal.losses import (
    coarse_distance,
    holder_gap,
    invertibility_gap,
    monotone_gap,
    preimage_gap,
    quotient,
    residuals,
    section,
)
from fractal.reductions import cast, entries, maximum, minimum, operand
from fractal.segments import join, segment

__all__ = [
    "Gap",
    "action_gap",
    "coarse_distance",
    "composition_counterexample",
    "composition_gap",
    "holder_gap",
    "identity_gap",
    "inverse_gap",
    "invertibility_gap",
    "linearity_gap",
    "means_compose",
    "monotone_gap",
    "orthogonality_gap",
    "preimage_gap",
    "projection_gap",
    "quotient",
    "residuals",
    "section",
]


_LARGEST = 2**24


def identity_gap(W: Any, base: int = 2, reduce: str = "mean") -> Gap:
    """T1: T_0 W = W; for any, W read as a mask.

    >>> identity_gap([[1, 2], [3, 4]]).size
    0.0
    """
    A = read(W, reduce)
    return between("T1", coarse_grain(A, 0, base, reduce), A, "a cell of level 0 is one point")


def linearity_gap(V: Any, W: Any, a: Number = 2, c: Number = -3, level: int = 1, base: int = 2, reduce: str = "mean") -> Gap:
    """T2: T(a V + c W) = a T V + c T W for mean, sum and segment; over (max, +), (min, +) and the Booleans for max, min, any.

    For max the combination is max(a + V, c + W), for min min(a + V, c + W), for any (a and V) or (c and W).  V and W have one
    shape.

    >>> linearity_gap([1, 2, 3], [0, 5, 1], a=7, c=-2, reduce="max").size
    0
    """
    A, C = finite(V, "V"), finite(W, "W")
    if tuple(A.shape) != tuple(C.shape):
        raise InvalidArray(f"V and W must have one shape; found {tuple(A.shape)} and {tuple(C.shape)}")
    reduce = as_choice(reduce, "reduce", _LINEAR)
    (A, a), (C, c) = _term(A, as_real(a, "a"), reduce), _term(C, as_real(c, "c"), reduce)
    both = _combined(A, a, C, c, reduce)
    if reduce == "segment":
        parts = [_combined(p, a, q, c, reduce) for p, q in zip(segment(A, level, base), segment(C, level, base), strict=True)]
        right = join(parts, cells(A.shape, base, level)) if parts else both
        return between("T2", segment(both, level, base).join(), right, _LINEAR[reduce])
    left = coarse_grain(both, level, base, reduce)
    right = _combined(coarse_grain(A, level, base, reduce), a, coarse_grain(C, level, base, reduce), c, reduce)
    if reduce not in {"mean", "sum"}:
        return between("T2", left, right, _LINEAR[reduce])
    scale = sum(abs(float(x)) * scale_of(X, level, base, reduce) for x, X in ((a, A), (c, C)))
    return between("T2", left, right, _LINEAR[reduce], rounding=rounding_of(left, scale, math.prod(A.shape)))


_LINEAR = {
    "mean": "a mean of combinations is the combination of the means",
    "sum": "a sum of combinations is the combination of the sums",
    "max": "maxima commute with maxima, and adding a constant with both",
    "min": "minima commute with minima, and adding a constant with both",
    "any": "disjunctions commute with each other",
    "segment": "restricting to a cell goes entry by entry",
}


def _term(A: Array, a: Number, reduce: str) -> tuple[Array, Any]:
    """An array and its coefficient in a kind in which their combination does not overflow: int64, float or exact."""
    kind = entries(A)
    if reduce == "any":
        return operand(A, "any"), bool(a)
    if kind == "exact":
        return A, Fraction(a)
    if kind == "float":
        return A, float(a)
    return (cast(A, "int64"), int(a)) if a == int(a) else (cast(A, "float64"), float(a))


def _combined(V: Array, a: Any, W: Array, c: Any, reduce: str) -> Array:
    if reduce == "any":
        return (V & a) | (W & c)
    if reduce in {"max", "min"}:
        return (maximum if reduce == "max" else minimum)(V + a, W + c)
    return V * a + W * c


def means_compose(shape: Iterable[int], base: int, j: int, k: int) -> bool:
    """T3: whether T_j T_k = T_{j+k} for plain means on this grid, that is for every W; j, k >= 0.

    >>> means_compose((8, 12), 2, 1, 2), means_compose((10,), 2, 1, 2), means_compose((7,), 2, 1, 2)
    (True, True, False)
    """
    sides, b = as_shape(shape), as_base(base)
    return 0 in sides or not _uneven(sides, b, depth(j, "j"), depth(k, "k"))


def _uneven(sides: Sequence[int], b: int, j: int, k: int) -> list[int]:
    """The axes along which a short fine cell lies in one coarse cell with whole ones."""
    return [i for i, n in enumerate(sides) if n % side(b, k) and n % side(b, j + k) > side(b, k)]


def composition_counterexample(shape: Iterable[int], base: int, j: int, k: int) -> np.ndarray | None:
    """T3: an exact W with T_j T_k W ≠ T_{j+k} W for plain means, None where there is none.

    W is 1 on the short fine cells along one uneven axis, else 0: among c cells, of r points but the last of s < r, the mean of
    means is 1 / c, and the mean s / ((c − 1) r + s) is less.

    >>> W = composition_counterexample((7,), 2, 1, 2)
    >>> [str(x) for x in W], str(composition_gap(W, 1, 2).size)
    (['0', '0', '0', '0', '1', '1', '1'], '1/14')
    """
    sides, b = as_shape(shape), as_base(base)
    if means_compose(sides, b, j, k):
        return None
    if math.prod(sides) > _LARGEST or len(sides) > 32:
        raise InvalidOption(f"shape must have at most 2^24 points, for W has so many Fractions; found {shown(sides)}")
    axis = _uneven(sides, b, j, k)[0]
    W = np.full(sides, Fraction(0), dtype=object)
    r = side(b, k)
    W[(slice(None),) * axis + (slice(sides[axis] // r * r, None),)] = Fraction(1)
    return W


def composition_gap(W: Any, j: int, k: int, base: int = 2, reduce: str = "mean", weighted: bool = False) -> Gap:
    """T3: T_j T_k W = T_{j+k} W for levels of one sign; with `weighted` the means of T_j are weighted by cell size.

    Where plain means do not compose (`means_compose`) the bound is ω_W(r_{j+k} − 1) and `why` names the sides.

    >>> composition_gap([1, 2, 3, 4, 5, 6, 7], 1, 2).why
    'the side 7 leaves a short cell of 3, whose mean gets the weight of a whole one'
    >>> composition_gap([1, 2, 3, 4, 5, 6, 7], 1, 2, weighted=True).size
    0.0
    """
    j, k, b = as_level(j, "j"), as_level(k, "k"), as_base(base)
    if j * k < 0:
        raise InvalidLevel(f"j and k must have one sign; found {j} and {k}: action_gap takes both signs")
    A, weighted = read(W, reduce), as_yes_no(weighted, "weighted")
    if j < 0 or k < 0:
        return between("T3", dilate(dilate(A, -k, b), -j, b), dilate(A, -j - k, b), "both repeat every entry as often")
    fine, right = coarse_grain(A, k, b, reduce), coarse_grain(A, j + k, b, reduce)
    if reduce != "mean":
        left, why = (
            coarse_grain(fine, j, b, reduce),
            f"{reduce} is associative: its order over the points of a cell does not matter",
        )
    elif weighted:
        left, why = weighted_mean(fine, cell_sizes(A.shape, b, k), j, b), "means weighted by cell size are quotients of sums"
    else:
        left, why = coarse_grain(fine, j, b), _why_means(tuple(A.shape), b, j, k)
    even = reduce != "mean" or weighted or means_compose(A.shape, b, j, k)
    return between("T3", left, right, why, 0 if even else oscillation(A, b, j + k), rounding(A, right, j + k, b, reduce))


def _why_means(sides: tuple[int, ...], b: int, j: int, k: int) -> str:
    if means_compose(sides, b, j, k):
        return "all fine cells in a coarse one have one size, so the mean of their means is the mean"
    uneven = [sides[i] for i in _uneven(sides, b, j, k)]
    short = [n % side(b, k) for n in uneven]
    if len(uneven) == 1:
        return f"the side {uneven[0]} leaves a short cell of {short[0]}, whose mean gets the weight of a whole one"
    named, left = " × ".join(map(str, uneven)), " and ".join(map(str, short))
    return f"the sides {named} leave short cells of {left}, whose means get the weight of whole ones"


def inverse_gap(V: Any, level: int, base: int = 2, reduce: str = "mean", shape: Iterable[int] | None = None) -> Gap:
    """T4: T_k T_{−k} V = V for mean, max, min and any (V a mask), on any grid with the cells of V; k = `level` >= 0.

    For sum the two sides differ by the number of copies.

    >>> inverse_gap([1, 2, 3], 2).size, inverse_gap([1, 2, 3], 2, reduce="sum").size
    (0.0, 9)
    """
    A = read(V, reduce)
    left = coarse_grain(dilate(A, level, base, shape), level, base, reduce)
    why = "all entries of a cell are copies of one"
    if reduce == "sum":
        why = "a sum over copies of an entry is the entry times their number"
    return between("T4", left, A, why, 0, rounding(A, left, 0, base, "mean", copies=level) if reduce == "mean" else 0)


def projection_gap(W: Any, level: int, base: int = 2, reduce: str = "mean") -> Gap:
    """T4: P_k P_k W = P_k W for mean, max, min and any; for sum the sides differ by the number of points in a cell.

    >>> projection_gap([1, 2, 6], 1).size, projection_gap([1, 2, 6], 1, reduce="sum").size
    (0.0, 3)
    """
    A = read(W, reduce)
    once = project(A, level, base, reduce)
    why = "P_k W is constant on cells, and P_k leaves such arrays alone"
    if reduce == "sum":
        why = "a sum over a cell of equal entries is the entry times their number"
    return between("T4", project(once, level, base, reduce), once, why, 0, rounding(A, once, level, base, reduce))


def orthogonality_gap(W: Any, V: Any, level: int, base: int = 2) -> Gap:
    """T4: ⟨W − P_k W, P_k V⟩ = 0 for the mean: P_k is the orthogonal projection on the functions constant on cells.

    >>> orthogonality_gap([Fraction(1), 2, 6], [Fraction(3), 1, 4], 1).size
    Fraction(0, 1)
    """
    A, C = finite(W, "W"), finite(V, "V")
    if tuple(A.shape) != tuple(C.shape):
        raise InvalidArray(f"V and W must have one shape; found {tuple(C.shape)} and {tuple(A.shape)}")
    exact = entries(A) == entries(C) == "exact"
    w, v = (to_numpy(X) if exact else to_numpy(X).astype(np.float64) for X in (A, C))
    constant = project(v, level, base)
    product = np.asarray(np.sum(np.asarray((w - project(w, level, base)) * constant)), dtype=w.dtype)
    scale = 0.0 if exact else float((2 * (abs(w) + project(abs(w), level, base)) * project(abs(v), level, base)).sum())
    why = "the entries of a cell add up to as much as its mean does over the cell"
    return between("T4", product, np.zeros_like(product), why, 0, rounding_of(product, scale, w.size))


def action_gap(W: Any, j: int, k: int, base: int = 2, reduce: str = "mean") -> Gap:
    """T7: T_j T_k W beside T_{j+k} W, levels of any sign, for mean, max, min and any (W a mask).

    Levels of one sign: T3.  j > 0 > k: equal, for cells of copies are reduced.  k > 0 > j: at most ω_W(r_k − 1), on the grid of
    T_{j+k} W.

    >>> gap = action_gap([0, 1, 2, 3, 4, 5], -1, 2)
    >>> gap.size, gap.bound, gap.holds
    (1.0, 3, True)
    """
    j, k, b = as_level(j, "j"), as_level(k, "k"), as_base(base)
    A = read(W, between_entries(reduce))
    if j * k >= 0:
        return _renamed(composition_gap(A, j, k, b, reduce), "T7")
    right = _moved(A, j + k, b, reduce)
    if k < 0:
        left, why = coarse_grain(dilate(A, -k, b), j, b, reduce), "reducing copies undoes repeating"
        return between("T7", left, right, why, 0, rounding(A, left, max(0, j + k), b, reduce))
    left = dilate(coarse_grain(A, k, b, reduce), -j, b, shape=right.shape)
    why = f"T_k has replaced what is inside its cells of side {b}^{k} by a value between two of their entries"
    return between("T7", left, right, why, oscillation(A, b, k), rounding(A, left, k, b, reduce))


def _moved(A: Array, level: int, b: int, reduce: str) -> Array:
    return coarse_grain(A, level, b, reduce) if level >= 0 else dilate(A, -level, b)


def _renamed(gap: Gap, law: str) -> Gap:
    return Gap(law, gap.size, gap.bound, gap.holds, gap.why, gap.where, gap.rounding)
