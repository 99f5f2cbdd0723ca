"""Vectors of dyadic numbers, rounded outward, and products of exact matrices with them.

Numbers that only bound something need few digits: `up` and `down` keep 64 bits, so that bounds through many layers stay short.
A product with a matrix is exact, in integers (python-flint), whatever the scale of the numbers; only its results are rounded.

    |M|             the entries' absolute values
    M [lo, hi]      = M c ± |M| r,    c = (lo + hi)/2,  r = (hi − lo)/2

Exact or outward: everything, except `as_floats`, which rounds to nearest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np

from fibers.exact import Matrix

__all__ = [
    "BITS",
    "Vector",
    "absolute",
    "as_floats",
    "down",
    "image",
    "product",
    "scaled_columns",
    "scaled_rows",
    "up",
]

Vector = list[Fraction]
BITS = 64
ZERO = Fraction(0)


def up(x: Fraction, bits: int = BITS) -> Fraction:
    """A dyadic number of about `bits` bits with x ≤ up(x) ≤ x + 2^(1 − bits) |x|.

    >>> up(Fraction(1, 3), bits=2), up(Fraction(-1, 3), bits=2)
    (Fraction(3, 8), Fraction(-1, 4))
    """
    shift = x.numerator.bit_length() - x.denominator.bit_length() - bits
    p, q = (x.numerator, x.denominator << shift) if shift >= 0 else (x.numerator << -shift, x.denominator)
    m = -(-p // q)
    return Fraction(m << shift) if shift >= 0 else Fraction(m, 1 << -shift)


def down(x: Fraction, bits: int = BITS) -> Fraction:
    """A dyadic number of about `bits` bits with x − 2^(1 − bits) |x| ≤ down(x) ≤ x."""
    return -up(-x, bits)


def absolute(M: Matrix) -> Matrix:
    """|M|, entry by entry."""
    return Matrix(M.rows, M.columns, map(abs, M.numerators), M.denominator)


def product(M: Matrix, v: Sequence[Fraction]) -> Vector:
    """M v, exactly."""
    q = math.lcm(*(x.denominator for x in v))
    entries = flint.fmpz_mat(len(v), 1, [x.numerator * (q // x.denominator) for x in v])
    q *= M.denominator
    return [Fraction(int(t), q) for t in (M.integers * entries).entries()]


def image(M: Matrix, low: Sequence[Fraction], high: Sequence[Fraction]) -> tuple[Vector, Vector]:
    """The exact range of each row of M over the box [low, high]."""
    centre = product(M, [(a + b) / 2 for a, b in zip(low, high, strict=True)])
    radius = product(absolute(M), [(b - a) / 2 for a, b in zip(low, high, strict=True)])
    return [c - r for c, r in zip(centre, radius, strict=True)], [c + r for c, r in zip(centre, radius, strict=True)]


def as_floats(v: Sequence[Fraction]) -> np.ndarray:
    """Each number rounded to nearest; ±inf beyond the range of floats."""
    return Matrix(len(v), 1, *_over_one(v)).floats[:, 0] if len(v) else np.zeros(0)


def _over_one(v: Sequence[Fraction]) -> tuple[list[int], int]:
    q = math.lcm(*(x.denominator for x in v))
    return [x.numerator * (q // x.denominator) for x in v], q


def scaled_rows(M: Matrix, order: Sequence[int], factors: Sequence[Fraction]) -> Matrix:
    """The rows `order`, each times its factor."""
    if all(s == 1 for s in factors):
        return M if list(order) == list(range(M.rows)) else M.take_rows(order)
    integers, q = _over_one(factors)
    entries = [n * x for i, n in zip(order, integers, strict=True) for x in M.row(i)]
    return Matrix(len(order), M.columns, entries, M.denominator * q)


def scaled_columns(M: Matrix, order: Sequence[int | None], factors: Sequence[Fraction]) -> Matrix:
    """The columns `order`, each times its factor; None stands for a column of zeros."""
    if all(s == 1 for s in factors) and list(order) == list(range(M.columns)):
        return M
    integers, q = _over_one(factors)
    pairs = [(0, 0) if j is None else (j, n) for j, n in zip(order, integers, strict=True)]
    rows = (M.row(i) for i in range(M.rows))
    return Matrix(M.rows, len(pairs), [n * row[j] for row in rows for j, n in pairs], M.denominator * q)
