"""Random points of polyhedra, by hit-and-run: from a point inside, a random direction, and a random step that stays inside.

The walk runs in the coordinates of the affine hull, where the polyhedron is solid, so that its points can be rounded to short
dyadic numbers without leaving it.  Where a line does not end, the step is at most `REACH` times the size of the point, or `FAR`.

Exact: the points lie in the polyhedron.  How they are distributed is nobody's promise.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import mul

from fibers.domains import frame
from fibers.polyhedra import Point, Polyhedron, Row, value

__all__ = ["hit_and_run"]

REACH = 64
FAR = 1 << 20


def hit_and_run(domain: Polyhedron, rng: random.Random, count: int, check: Callable[[], None] = lambda: None) -> list[Point]:
    """`count` points of the polyhedron; one point, repeated, where there is only one.  Raises `InvalidDomain` if it is empty.

    `check` is called between points.
    """
    hull = frame(domain)
    if hull.domain is None:
        return [hull.point] * count
    rows = [row for row in hull.domain.rows if any(row)]
    t = _short(rows, tuple([hull.point[i] for i in hull.free]))
    points = []
    for _ in range(count):
        # invariant: all rows are > 0 at t
        check()
        t = _step(rows, t, rng)
        points.append(hull.lift(t))
    return points


def _step(rows: Sequence[Row], t: Point, rng: random.Random) -> Point:
    direction = [rng.randint(-8, 8) for _ in t] if rng.random() < 0.5 else _axis(len(t), rng)
    size: Fraction = max([Fraction(1), *[abs(v) for v in t]])
    high = min(REACH * size, Fraction(FAR))
    low = -high
    for row in rows:
        slope = sum(map(mul, row, direction))
        if slope:
            end = -value(row, t) / slope
            low, high = (max(low, end), high) if slope > 0 else (low, min(high, end))
    step = low + (high - low) * Fraction(rng.randint(1, 255), 256)
    return _short(rows, tuple([v + step * d for v, d in zip(t, direction, strict=True)]))


def _axis(n: int, rng: random.Random) -> list[int]:
    k = rng.randrange(n)
    return [int(i == k) for i in range(n)]


def _short(rows: Sequence[Row], t: Point) -> Point:
    """A point near t with as few binary digits as keep all rows > 0, as they are at t."""
    for bits in (12, 24, 48, 96):
        near = tuple([Fraction(round(v * (1 << bits)), 1 << bits) for v in t])
        if all(value(row, near) > 0 for row in rows):
            return near
    return t
