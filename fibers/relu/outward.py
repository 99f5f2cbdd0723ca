"""Bounds rounded outward: vectors of dyadic numbers, and products of exact matrices with them.

Numbers that only bound something need few digits: `up` and `down` keep 64 bits, so that bounds through many layers stay short.

    |M| v           `moved`: how far M moves vectors of sizes ≤ v
    M [lo, hi]      `image`: M c ± |M| r,    c = (lo + hi)/2,  r = (hi − lo)/2

Small matrices are multiplied exactly, in integers, whatever the scale of the numbers.  Large ones (`LARGE`) in floats, rounded
outward, as long as nothing overflows: a sum of n products, in any order, is off by at most n u / (1 − n u) times the sum of their
sizes, u = 2^−53, apart from underflow; and a chain of fewer than 2^20 operations on numbers ≥ 0 by less than a factor 1 + 2^−30,
and 2^−1000 where there is underflow, which `above` adds.

Exact or outward: everything, except `as_floats`, which rounds to nearest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from fibers.exact import Matrix

__all__ = [
    "BITS",
    "TINY",
    "UNIT",
    "Vector",
    "above",
    "absolute",
    "as_floats",
    "down",
    "image",
    "moved",
    "product",
    "scaled_columns",
    "scaled_rows",
    "up",
]

Vector = list[Fraction]
BITS = 64
UNIT = 2.0**-52
"""Twice the largest relative error of one operation."""
TINY = 2.0**-1000
LARGE = 20_000
"""Entries from which matrices are multiplied in floats."""
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


def moved(M: Matrix, v: Sequence[Fraction]) -> Vector:
    """Upper bounds of |M| v, entry by entry, for v ≥ 0; exact for small matrices."""
    if M.rows * M.columns >= LARGE:
        with np.errstate(all="ignore"):
            found = above(above(np.abs(M.floats)) @ above(as_floats(v)))
        if np.isfinite(found).all():
            return [Fraction(x) for x in found.tolist()]
    return product(absolute(M), v)


def image(M: Matrix, low: Sequence[Fraction], high: Sequence[Fraction]) -> tuple[Vector, Vector]:
    """Enclosures of the range of each row of M over the box [low, high]; the exact ranges for small matrices."""
    centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    reach = moved(M, [(b - a) / 2 for a, b in zip(low, high, strict=True)])
    middle, slack = _about(M, centre)
    ends = list(zip(middle, slack, reach, strict=True))
    return [c - s - r for c, s, r in ends], [c + s + r for c, s, r in ends]


def _about(M: Matrix, c: Sequence[Fraction]) -> tuple[Vector, Vector]:
    """M c, and how far it can be off."""
    if M.rows * M.columns >= LARGE:
        with np.errstate(all="ignore"):
            v = as_floats(c)
            value = M.floats @ v
            slack = above((M.columns + 8) * UNIT * (above(np.abs(M.floats)) @ above(np.abs(v))))
        if np.isfinite(value).all() and np.isfinite(slack).all():
            return [Fraction(x) for x in value.tolist()], [Fraction(x) for x in slack.tolist()]
    return product(M, c), [ZERO] * M.rows


def above(x: Any) -> Any:
    """Not less than what fewer than 2^20 rounded operations on numbers ≥ 0 should have given, in floats."""
    return x * (1 + 2.0**-30) + TINY


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
