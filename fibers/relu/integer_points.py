"""Points over one denominator, and forms at them: all in integers, for what is asked thousands of times.

A row (w_1, ..., w_n, b) is the form w·x + b.  Exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul

__all__ = ["IntegerPoint", "opposite", "value", "whole"]

Row = tuple[int, ...]
IntegerPoint = tuple[tuple[int, ...], int]
"""The point x / bottom, as (x, bottom) with bottom > 0; or with bottom = 0 the direction x."""


def whole(x: Sequence[Fraction]) -> IntegerPoint:
    """A point over one denominator.

    >>> whole([Fraction(1, 2), Fraction(1, 3)])
    ((3, 2), 6)
    """
    bottom = math.lcm(*{v.denominator for v in x})
    return tuple([v.numerator * (bottom // v.denominator) for v in x]), bottom


def value(row: Sequence[int], point: IntegerPoint) -> int:
    """The form at a point, times its denominator; at a direction, the slope along it."""
    x, bottom = point
    return sum(map(mul, row, x)) + row[-1] * bottom


def opposite(row: Row) -> Row:
    """The form −(w·x + b)."""
    return tuple([-w for w in row])
