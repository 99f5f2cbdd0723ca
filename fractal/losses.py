"""What coarse-graining loses: T5 and T6 of docs/theory.md, as functions that say how much, and how much it may be.

Notation of grids.py: cells of side r_k = b^k, P_k = T_{−k} T_k, ω_W the modulus of continuity.

T5  ‖W − P_k W‖_∞ ≤ ω_W(r_k − 1) for mean, max, min: the value of a cell lies between two of its entries, and these are at
    sup-distance r_k − 1 at most.  For the mean, ‖W − P_k W‖² does not decrease with k: P_k projects orthogonally on the functions
    constant on cells, and those constant on the larger cells are constant on the smaller ones inside.

T6  q_k(x) = ⌊x / r_k⌋ and s_k(q) = r_k q are coarse inverses: q_k s_k = id, s_k q_k moves no point by more than r_k − 1 in the
    sup metric, and no cell holds more than r_k^d points.

Exact on `Fraction`s and whole numbers, up to a stated rounding on floats.  Reference: docs/theory.md [FRAC].
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_integers, as_real, as_shape, to_numpy
from fractal.gaps import Gap, Number, between, between_entries, finite, oscillation, read, rounding, rounding_of
from fractal.grids import cell_sizes, cells, depth, project, side
from fractal.reductions import entries, minimum

__all__ = [
    "coarse_distance",
    "holder_gap",
    "invertibility_gap",
    "monotone_gap",
    "preimage_gap",
    "quotient",
    "residuals",
    "section",
]


def invertibility_gap(W: Any, level: int, base: int = 2, reduce: str = "mean") -> Gap:
    """T5: the sup distance of W and P_k W beside its bound ω_W(r_k − 1), for mean, max, min and any (W a mask).

    >>> gap = invertibility_gap([0, 1, 2, 3, 4, 5], 1)
    >>> gap.size, gap.bound, gap.holds
    (0.5, 1, True)
    """
    A = read(W, between_entries(reduce))
    right = project(A, level, base, reduce)
    why = f"the {reduce} of a cell lies between two of its entries, at most r_k − 1 apart"
    return between("T5", A, right, why, oscillation(A, base, depth(level)), rounding(A, right, level, base, reduce))


def holder_gap(W: Any, level: int, constant: float, exponent: float, base: int = 2, reduce: str = "mean") -> Gap:
    """T5 for samples W(x) = f(x_1 / n_1, ..., x_d / n_d), |f(u) − f(v)| <= C |u − v|^α in the sup norm: the bound C ((r_k − 1)
    / n)^α.

    n is the shortest side: the bound goes to 0 as n grows, k fixed.  `holds` is False where W is no sample of such an f.

    >>> holder_gap([x / 8 for x in range(8)], 1, constant=1, exponent=1).holds
    True
    """
    gap, shape = invertibility_gap(W, level, base, reduce), finite(W).shape
    constant, exponent = as_real(constant, "constant"), as_real(exponent, "exponent")
    reach = max((Fraction(min(as_base(base) ** min(depth(level), 62), n) - 1, n) for n in shape if n), default=Fraction(0))
    bound = constant * float(reach) ** exponent if reach else 0
    holds = gap.size <= bound + gap.rounding
    return Gap("T5", gap.size, bound, holds, "points of a cell are at most (r_k − 1) / n apart", gap.where, gap.rounding)


def residuals(W: Any, base: int = 2) -> tuple[Number, ...]:
    """‖W − P_k W‖², P_k the projection by means, for k = 0, 1, ... up to the first level with a single cell (T5).

    Exact for `Fraction`s and whole numbers below 2^53, else float64.

    >>> [str(x) for x in residuals([Fraction(1), 2, 6])]
    ['0', '1/2', '14']
    """
    A = to_numpy(finite(W))
    A = A if entries(A) == "exact" else A.astype(np.float64)
    levels = [0]
    while any(n > 1 for n in cells(A.shape, base, levels[-1])):
        levels.append(levels[-1] + 1)
    squares = (np.sum(np.asarray((A - project(A, k, base)) ** 2)) for k in levels)
    return tuple(Fraction(x) if entries(A) == "exact" else float(x) for x in squares)


def monotone_gap(W: Any, base: int = 2) -> Gap:
    """T5: the largest decrease of ‖W − P_k W‖² from one level to the next, 0 for means; `where` is (k,), the level before it.

    >>> monotone_gap([3, 1, 4, 1, 5]).holds
    True
    """
    A = finite(W)
    squares = residuals(A, base)
    least = np.array([*squares[1:]], dtype=object if entries(A) == "exact" else np.float64)
    before = np.array([*squares[:-1]], dtype=least.dtype)
    allowed = rounding_of(before, 4 * float((to_numpy(A).astype(np.float64) ** 2).sum()), math.prod(A.shape))
    why = "an array constant on large cells is constant on the small ones in them"
    return between("T5", minimum(before, least), before, why, 0, allowed)


def quotient(x: Iterable[int], level: int, base: int = 2) -> tuple[int, ...]:
    """q_k(x), the cell of the point x (T6)."""
    r = side(base, level)
    return tuple(i // r for i in as_integers(x, "x", least=-(2**62)))


def section(q: Iterable[int], level: int, base: int = 2) -> tuple[int, ...]:
    """s_k(q), the first point of the cell q; q_k(s_k(q)) = q (T6).

    >>> quotient(section((3, 5), 2), 2)
    (3, 5)
    """
    r = side(base, level)
    return tuple(i * r for i in as_integers(q, "q", least=-(2**62)))


def coarse_distance(shape: Iterable[int], level: int, base: int = 2) -> Gap:
    """T6: how far s_k q_k moves a point of the grid at most, beside r_k − 1, in the sup metric.

    >>> gap = coarse_distance((10, 3), 2)
    >>> gap.size, gap.bound, gap.where
    (3, 3, (3, 0))
    """
    sides, r = as_shape(shape), side(base, level)
    axes = [0 if 0 in sides else min(n, r) - 1 for n in sides]  # the first cell has the farthest point
    far = max(axes, default=0)
    where = tuple(move if i == axes.index(far) else 0 for i, move in enumerate(axes)) if far else None
    return Gap("T6", far, r - 1, far <= r - 1, "a point is less than one side from the first point of its cell", where)


def preimage_gap(shape: Iterable[int], level: int, base: int = 2) -> Gap:
    """T6: the most points that a cell holds, beside r_k^d; `where` is the first such cell.

    >>> preimage_gap((5, 3), 1).size, preimage_gap((5, 3), 1).bound
    (4, 4)
    """
    sizes = cell_sizes(shape, base, level)
    most, bound = int(sizes.max(initial=0)), side(base, level) ** sizes.ndim
    where = tuple(int(i) for i in np.unravel_index(int(sizes.argmax()), sizes.shape)) if most else None
    return Gap("T6", most, bound, most <= bound, "a cell is cut from a cube of side r_k", where)
