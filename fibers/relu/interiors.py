"""Which rows a·x + b ≥ 0 of integers can be > 0 at once: a point where all are, or those that are 0 everywhere, with proof.

With unit sizes σ_i ≥ |a_i|, the linear program

    maximise t   subject to   a_i·x + b_i ≥ σ_i t for all i,   t ≤ 1

has a maximum T.  T > 0: its x lies inside.  T < 0: the multipliers y of its dual have Σ y_i row_i = T < 0, so no point satisfies
the rows.  T = 0: Σ y_i row_i = 0 with some y_i > 0, and those rows are *implicit equalities*, 0 wherever all rows are ≥ 0.
Asking the same without σ_i for these, until T > 0, finds them all, each time at least one; pairs of opposite rows by look-up.

Floating point steers; points are checked and multipliers found by `fibers.relu.simplex`, exactly.
Cost: one linear program, and one more for each further step into lower dimension.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from fractions import Fraction
from operator import mul

import numpy as np

from fibers.limits import NO_LIMITS, Limits
from fibers.relu.cones import Empty
from fibers.relu.simplex import Bound, Infeasible, Row, System, Terms, Vertex, maximise
from fibers.relu.steering import Hint, Steering, unit

__all__ = ["NoPoint", "implicit_equalities", "interior_point"]

USUAL = 100
"""Binary digits that nearly always do for a point inside."""


class NoPoint(Empty):
    """No point satisfies the rows; `multipliers` > 0 with Σ multiplier·row a constant < 0 prove it."""

    def __init__(self, multipliers: Terms):
        super().__init__("no point satisfies all constraints")
        self.multipliers = multipliers


def implicit_equalities(inputs: int, rows: Sequence[Row], limits: Limits = NO_LIMITS) -> Terms:
    """Positive multipliers of exactly those rows, not all zeros, that are 0 wherever all are ≥ 0; the multiples add up to 0.

    [] iff the rows have a common interior point.  Raises `NoPoint` (an `Empty`, with multipliers) if no point satisfies them all.

    >>> implicit_equalities(2, [(1, 0, 0), (-1, 0, 0), (0, 1, 0)])                       # x ≥ 0, −x ≥ 0, y ≥ 0
    [(0, Fraction(1, 1)), (1, Fraction(1, 1))]
    """
    for i, row in enumerate(rows):
        if row[-1] < 0 and not any(row[:-1]):
            raise NoPoint([(i, Fraction(1))])
    if _simple_point(inputs, rows) is not None:
        return []
    found = _opposite(rows)
    while True:
        system = _lifted(inputs, rows, found)
        hint = _hint(system, limits)
        if not found and hint and _near(rows, hint) is not None:
            return []
        best = maximise(system, _last(inputs), hint.active if hint else (), enough=Fraction(0), limits=limits)
        if isinstance(best, Vertex) and best.value > 0:
            return _verified(rows, sorted(found.items()), empty=False)
        assert isinstance(best, Bound | Infeasible)  # not unbounded, since t ≤ 1
        terms = [(i, m) for i, m in best.multipliers if i < len(rows)]
        if sum(m * rows[i][-1] for i, m in terms) < 0:
            raise NoPoint(_verified(rows, terms, empty=True))
        for i, m in terms:
            found[i] = found.get(i, Fraction(0)) + m


def interior_point(inputs: int, rows: Sequence[Row], limits: Limits = NO_LIMITS) -> tuple[Fraction, ...]:
    """A rational point at which all rows are > 0, but for rows of zeros; `Empty` if there is none.  Few binary digits."""
    if any(row[-1] < 0 and not any(row[:-1]) for row in rows):
        raise Empty("a constraint is a negative constant")
    point = _simple_point(inputs, rows)
    if point is not None:
        return point
    system = _lifted(inputs, rows, {})
    hint = _hint(system, limits)
    if hint and (point := _near(rows, hint)) is not None:
        return point
    best = maximise(system, _last(inputs), hint.active if hint else (), enough=Fraction(0), limits=limits)
    if not isinstance(best, Vertex) or best.value <= 0:
        raise Empty("the constraints have no common interior point")
    return rounded(rows, best.point[:-1])


def rounded(rows: Sequence[Row], x: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """A point near x with few binary digits at which all rows are > 0, as they are at x (but for rows of zeros).

    `ValueError` if they are not.  How thin the rows leave it is how many digits it takes.
    """
    digits = 0
    while True:
        whole = [round(v * 2**digits) for v in x]
        if is_inside(rows, whole, 1 << digits):
            return tuple([Fraction(v, 1 << digits) for v in whole])
        if digits < USUAL <= digits + 2 + digits // 2:  # once, and only where it takes so long
            bottom = math.lcm(*{v.denominator for v in x})
            if not is_inside(rows, [v.numerator * (bottom // v.denominator) for v in x], bottom):
                raise ValueError("not all rows are > 0 at the point")
        digits += 2 + digits // 2


def is_inside(rows: Iterable[Row], x: Sequence[int], bottom: int) -> bool:
    """Whether all rows but those of zeros are > 0 at x/bottom."""
    column = (*x, bottom)
    return all(sum(map(mul, row, column)) > 0 or not any(row) for row in rows)


def _last(inputs: int) -> Row:
    return (*(0,) * inputs, 1)


def _lifted(inputs: int, rows: Sequence[Row], equal: Container[int]) -> System:
    """The linear program above in (x, t); the rows `equal` have σ = 0, as do constants."""
    sizes = [0 if i in equal else _size(row) for i, row in enumerate(rows)]
    lifted = [(*row[:-1], -size, row[-1]) for row, size in zip(rows, sizes, strict=True)]
    return System(inputs + 1, [*lifted, (*(0,) * inputs, -1, 1)])


def _size(row: Row) -> int:
    square = sum(map(mul, row[:-1], row[:-1]))
    return math.isqrt(square - 1) + 1 if square else 0


def _hint(system: System, limits: Limits) -> Hint | None:
    """Where the last coordinate is largest."""
    steering = Steering(system.inputs, limits)
    units = {i: unit(system.rows[i]) for i in (*system.general, *system.single)}
    matrix = np.array([units[i][0] for i in system.general]).reshape(-1, system.inputs)
    steering.load(system, matrix, {i: ratio(system.rows[i][-1], 1 << shift) / norm for i, (_, norm, shift) in units.items()})
    return steering.maximise(np.eye(system.inputs)[-1])


def _near(rows: Sequence[Row], hint: Hint) -> tuple[Fraction, ...] | None:
    """The point x of a hint (x, t), rounded, if it is inside."""
    *x, depth = map(float, hint.z)
    if not (depth > 0 and all(map(math.isfinite, (*x, depth)))):
        return None
    needed = max(0, math.ceil(math.log2(len(x) or 1) / 2 - math.log2(depth)))
    for digits in (needed, needed + 4, needed + 30):
        whole = [round(Fraction(v) * 2**digits) for v in x]
        if is_inside(rows, whole, 1 << digits):
            return tuple([Fraction(v, 1 << digits) for v in whole])
    return None


def _simple_point(inputs: int, rows: Sequence[Row]) -> tuple[Fraction, ...] | None:
    """0, or the middle of the rows that bound one coordinate, if that is inside."""
    if is_inside(rows, (0,) * inputs, 1):
        return (Fraction(0),) * inputs
    low: dict[int, Fraction] = {}
    high: dict[int, Fraction] = {}
    for row in rows:
        if inputs - row[:-1].count(0) == 1:
            j = next(j for j, a in enumerate(row) if a)
            bound = Fraction(-row[-1], row[j])
            if row[j] > 0:
                low[j] = max(low.get(j, bound), bound)
            else:
                high[j] = min(high.get(j, bound), bound)
    middle = [_between(low.get(j), high.get(j)) for j in range(inputs)]
    bottom = math.lcm(*{v.denominator for v in middle})
    return tuple(middle) if is_inside(rows, [v.numerator * (bottom // v.denominator) for v in middle], bottom) else None


def _between(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None or high is None:
        return low + 1 if low is not None else high - 1 if high is not None else Fraction(0)
    return (low + high) / 2


def _opposite(rows: Sequence[Row]) -> dict[int, Fraction]:
    """Multipliers of pairs of opposite rows, a·x + b ≥ 0 and −(a·x + b) ≥ 0."""
    first: dict[Row, int] = {}
    found: dict[int, Fraction] = {}
    for i, row in enumerate(rows):
        if any(row):
            common = math.gcd(*row)
            first.setdefault(tuple([a // common for a in row]), i)
    for row, i in first.items():
        k = first.get(tuple([-a for a in row]))
        if k is not None:
            found[i] = Fraction(1, math.gcd(*rows[i]))
    for i, row in enumerate(rows):  # duplicates of these
        if any(row) and i not in found:
            common = math.gcd(*row)
            key = tuple([a // common for a in row])
            if first[key] in found:
                found[i] = Fraction(1, common)
                k = first[tuple([-a for a in key])]
                found[k] += Fraction(1, math.gcd(*rows[k]))
    return found


def _verified(rows: Sequence[Row], terms: Terms, *, empty: bool) -> Terms:
    """The terms, if all are > 0 and their rows add up to 0, or to a constant < 0 if `empty`."""
    total = [sum((m * rows[i][j] for i, m in terms), Fraction(0)) for j in range(len(rows[0]) if rows else 0)]
    assert not any(total[:-1]) and all(m > 0 for _, m in terms)
    assert total[-1] < 0 if empty else not any(total)
    return terms


def ratio(a: int, b: int) -> float:
    """a/b, infinite where floats end."""
    try:
        return a / b
    except OverflowError:
        return math.inf if a > 0 else -math.inf
