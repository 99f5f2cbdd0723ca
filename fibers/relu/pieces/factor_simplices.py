"""Paths among bases of positive rows: shrink to a small simplex, deform it, expand.

Let W, W' be k × n, their entries > 0 and their rows independent, and φ a linear form that is > 0 on positive vectors, with
row W ∩ ker φ = row W' ∩ ker φ =: F.  Scale the rows to φ = 1.  With p their mean, W = 1p + C B: the rows of B are the first k − 1
rows of W − 1p, a basis of F, and C is the identity over a row of −1.

*Shrinking*, W ↦ 1p + εCB, multiplies W from the left by M = (εI + ((1 − ε)/k) 11^T) D, D diagonal and positive.  For 0 ≤ t ≤ 1
(1 − t) I + t M is a positive diagonal matrix plus a matrix ≥ 0 of rank one, so its determinant is positive: on the straight line
from W to 1p + εCB the rows are positive and independent, and row W is kept.

*Deforming.*  Let B' = S B belong to W'.  If det S > 0, then S is a product of triangular factors T_i with positive diagonals
(`fibers.linear.triangular`), and

    W(t) = 1(p + t (p' − p)) + ε C S(t) B,        S(t) = Π_i ((1 − t) I + t T_i),

joins the small simplices.  Its rows are independent, as φ = 1 at p(t), and S(t) is invertible.  They are positive if

    ε · (k − 1) · Π_i max(1, ‖T_i‖_∞) · max |B|  <  min(p, p').

*Orientation.*  If det S < 0 there is no path with the same F: B(t) would be a basis of F throughout, and det S(t) never 0.

Exact; polynomial in t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from fibers.exact import Matrix, matrix
from fibers.linear.triangular import interpolated, triangular_factors
from fibers.networks import identity
from fibers.relu.dependence import express

__all__ = ["Rows", "simplex", "simplex_path", "small_size", "stacked"]

Rows = Callable[[Fraction], Matrix]
"""A path of rows, t ↦ W for 0 ≤ t ≤ 1."""


def simplex_path(W0: Matrix, W1: Matrix, form: Matrix) -> tuple[Rows, ...] | None:
    """Consecutive paths of independent positive rows from W0 to W1 with one F, or None if det S < 0; `form` is φ, a column."""
    (p0, B0), (p1, B1) = _normalised(W0, form), _normalised(W1, form)
    k = W0.rows
    if k == 1:
        return (_Straight(W0, W1),)
    S = express(stacked(B0, B1), list(range(k - 1, 2 * k - 2)), list(range(k - 1)))
    assert S is not None, "both have the same F"
    if S.integers.det() < 0:
        return None
    factors = triangular_factors(S)
    grown = Fraction(k - 1)
    for T in factors:
        grown *= max(Fraction(1), max(sum(map(abs, row), Fraction(0)) for row in T.fractions()))
    size = min(small_size(p0, B0, grown), small_size(p1, B0, grown), small_size(p1, B1, grown))
    path = _Deformed(p0, p1, B0, size, factors)
    return _Straight(W0, path(Fraction(0))), path, _Straight(path(Fraction(1)), W1)


def _normalised(W: Matrix, form: Matrix) -> tuple[Matrix, Matrix]:
    """For W with its rows scaled to φ = 1, their mean p, and the first rows B of W − 1p."""
    k = W.rows
    scales = [1 / x for x in (W @ form).vector()]
    scaled = matrix([[s * x for x in row] for s, row in zip(scales, W.fractions(), strict=True)])
    p = Matrix(1, k, [1] * k, k) @ scaled
    return p, scaled.take_rows(range(k - 1)) - stacked(*[p] * (k - 1)) if k > 1 else Matrix(0, W.columns, [])


def simplex(p: Matrix, B: Matrix, size: Fraction) -> Matrix:
    """1p + ε C B, one row more than B has."""
    n, k = B.columns, B.rows
    last = Matrix(1, k, [-1] * k) @ B if k else Matrix(1, n, [0] * n)
    return stacked(*[p] * (k + 1)) + _times(stacked(B, last), size)


def small_size(p: Matrix, B: Matrix, grown: Fraction) -> Fraction:
    """A power ε ≤ 1/2 of 2 with ε · grown · max |B| < min p."""
    largest = max(map(abs, B.vector()), default=Fraction(0))
    ratio = min(p.vector()) / (grown * largest) if largest else Fraction(1)
    size = Fraction(1, 2)
    while size >= ratio:
        size /= 2
    return size


@dataclass(frozen=True)
class _Straight:
    """The straight line between two matrices of rows."""

    start: Matrix
    end: Matrix

    def __call__(self, t: Fraction) -> Matrix:
        return interpolated(self.start, self.end, t)


@dataclass(frozen=True)
class _Deformed:
    """W(t) = 1(p + t (p' − p)) + ε C S(t) B."""

    start: Matrix
    end: Matrix
    basis: Matrix
    size: Fraction
    factors: tuple[Matrix, ...]

    def __call__(self, t: Fraction) -> Matrix:
        one = identity(self.basis.rows)
        S = one
        for T in self.factors:
            S = S @ interpolated(one, T, t)
        return simplex(interpolated(self.start, self.end, t), S @ self.basis, self.size)


def stacked(*parts: Matrix) -> Matrix:
    """The rows of all parts, one below the other."""
    rows = [row for part in parts for row in part.fractions()]
    return matrix(rows) if rows else parts[0]


def _times(M: Matrix, x: Fraction) -> Matrix:
    return Matrix(*M.shape, [x.numerator * y for y in M.numerators], M.denominator * x.denominator)
