"""Many exact points at once, as integer columns.

A point x = p / q, q > 0, is the column (p; q), and a direction v is the column (v; 0): a point at infinity, whose images
are the slopes far out along a ray.  An affine map W x + b with W = N / r and b = n / s acts on columns in integers,

    t = (u/r) N p + (u/s) n q,     u = lcm(r, s),     W x + b = t / (u q),

and σ acts entry by entry because u q ≥ 0.  So points with unrelated denominators need no common one, which for the
crossings of a line with a hundred kinks would have thousands of digits.

Exact: everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from fibers.networks import Affine, ReLUNetwork

__all__ = ["Columns", "Point", "columns", "differing", "first_difference", "gaps", "image", "outputs", "rectified"]

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Columns:
    """The columns `rows[·][i] / (unit · scales[i])`; where `scales[i]` is 0 the column is a direction, `rows[·][i] / unit`."""

    rows: list[list[int]]
    scales: list[int]
    unit: int = 1


def columns(points: Iterable[Sequence[Fraction]]) -> Columns:
    """Exact points, at least one, as columns.

    >>> columns([(Fraction(1, 2), Fraction(1, 3))])
    Columns(rows=[[3], [2]], scales=[6], unit=1)
    """
    scales, numerators = [], []
    for x in points:
        q = math.lcm(*[v.denominator for v in x])
        scales.append(q)
        numerators.append([v.numerator * (q // v.denominator) for v in x])
    return Columns([list(row) for row in zip(*numerators, strict=True)], scales)


def image(a: Affine, x: Columns) -> Columns:
    """W x + b for each column x; for a direction v, W v."""
    r, s = a.weights.denominator, a.bias.denominator
    u = math.lcm(r, s)
    width = len(x.scales)
    product = a.weights.integers * flint.fmpz_mat(len(x.rows), width, [v for row in x.rows for v in row])
    offsets = [(u // s) * x.unit * q for q in x.scales]
    factor, entries = u // r, [int(v) for v in product.entries()]
    rows = []
    for j, n in enumerate(a.bias.numerators):
        row = entries[j * width : (j + 1) * width]
        if factor != 1:
            row = [factor * v for v in row]
        rows.append([v + n * o for v, o in zip(row, offsets, strict=True)] if n else row)
    return Columns(rows, x.scales, x.unit * u)


def rectified(x: Columns) -> Columns:
    """σ of every entry."""
    return Columns([[v if v > 0 else 0 for v in row] for row in x.rows], x.scales, x.unit)


def outputs(network: ReLUNetwork, x: Columns) -> Columns:
    """The network's values at every column."""
    for k, a in enumerate(network.maps):
        x = image(a, x if k == 0 else rectified(x))
    return x


def differing(f: ReLUNetwork, g: ReLUNetwork, x: Columns) -> list[int]:
    """The indices of the columns at which f and g differ, exactly."""
    y, z = outputs(f, x), outputs(g, x)
    common = math.gcd(y.unit, z.unit)
    a, b = z.unit // common, y.unit // common
    return [i for i in range(len(x.scales)) if any(a * row[i] != b * other[i] for row, other in zip(y.rows, z.rows, strict=True))]


def first_difference(f: ReLUNetwork, g: ReLUNetwork, points: Sequence[Point]) -> Point | None:
    """The first of the points at which f and g differ, or None; each is tested exactly."""
    if not points:
        return None
    found = differing(f, g, columns(points))
    return tuple(points[found[0]]) if found else None


def gaps(f: ReLUNetwork, g: ReLUNetwork, points: Sequence[Point]) -> list[Fraction]:
    """max |f − g| over the outputs at each of the points, exactly."""
    x = columns(points)
    y, z = outputs(f, x), outputs(g, x)
    return [
        max(abs(Fraction(row[i], y.unit * q) - Fraction(other[i], z.unit * q)) for row, other in zip(y.rows, z.rows, strict=True))
        for i, q in enumerate(x.scales)
    ]
