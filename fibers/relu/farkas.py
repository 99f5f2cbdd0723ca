"""Farkas multipliers: a form is ≥ 0 on a cell, because it is a positive combination of the cell's rows plus a constant ≥ 0.

    row = Σ multiplier_i · row_i + c,      multiplier_i > 0,   c ≥ 0

Such a proof is checked by `surplus`, exactly.  Where every coordinate is bounded, approximate multipliers do: rounded to few
binary digits, with what is missing in each coordinate made up by its bounds (Neumaier and Shcherbina 2004).  This costs some of
c, and gives numbers of tens of digits where those at a vertex of a program with k active rows have thousands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import flint

from fibers.relu.simplex import Row, System, Terms

__all__ = ["Bounds", "by_bounds", "surplus", "tightest", "with_bounds"]

Bounds = tuple[dict[int, int], dict[int, int]]
"""For a coordinate the row that bounds it best from below, and from above."""
DIGITS = (8, 20, 52)
"""Binary digits of multipliers that are tried."""


def surplus(system: System, row: Row, terms: Terms) -> Fraction:
    """The constant c of  row = Σ multiplier·row_i + c, exactly; `ArithmeticError` if that does not prove row ≥ 0."""
    rest, bottom = _rest(system, row, dict(terms))
    if any(rest[:-1]) or rest[-1] < 0 or any(m <= 0 for _, m in terms):
        raise ArithmeticError("these multipliers do not prove the form to be ≥ 0")
    return Fraction(rest[-1], bottom)


def by_bounds(system: System, bounds: Bounds, row: Row) -> Terms | None:
    """A proof of row ≥ 0 by bounds on the coordinates alone; None if that is not enough."""
    return _completed(system, bounds, row, {})


def with_bounds(system: System, bounds: Bounds, row: Row, guess: Mapping[int, float]) -> Terms | None:
    """A proof with multipliers near a guess for rows that are no bounds; None if none is found. As few digits as will do."""
    usual = {i: m for i, m in guess.items() if m > 0 and math.isfinite(m)}
    for digits in DIGITS:
        found = _completed(system, bounds, row, {i: _short(m, digits) for i, m in usual.items()})
        if found is not None:
            return found
    return None


def _completed(system: System, bounds: Bounds, row: Row, multipliers: dict[int, Fraction]) -> Terms | None:
    """The multipliers, and those of bounds that are missing for row = Σ + c; None if a bound is missing or c < 0."""
    rest, bottom = _rest(system, row, multipliers)
    low, high = bounds
    constant = rest[-1]
    found = []
    for j, r in enumerate(rest[:-1]):
        if r:
            i = (low if r > 0 else high).get(j)
            if i is None:
                return None
            found.append((i, r, system.rows[i][j]))
            constant -= Fraction(r * system.rows[i][-1], system.rows[i][j])
    if constant < 0:
        return None
    return sorted([*multipliers.items(), *((i, Fraction(r, a * bottom)) for i, r, a in found)])


def _rest(system: System, row: Row, multipliers: Mapping[int, Fraction]) -> tuple[list[Any], int]:
    """row − Σ multiplier·row_i as integers over one denominator."""
    bottom = math.lcm(*{m.denominator for m in multipliers.values()})
    whole = {i: m.numerator * (bottom // m.denominator) for i, m in multipliers.items()}
    rest = [bottom * a for a in row]
    for i in whole.keys() & system.single.keys():
        j = system.single[i]
        rest[j] -= whole[i] * system.rows[i][j]
        rest[-1] -= whole[i] * system.rows[i][-1]
    general = [i for i in whole if i not in system.single]
    if general:
        block = flint.fmpz_mat(len(general), len(row), [a for i in general for a in system.rows[i]])
        taken = flint.fmpz_mat(1, len(general), [whole[i] for i in general]) * block
        rest = [r - int(t) for r, t in zip(rest, taken.entries(), strict=True)]
    return rest, bottom


def _short(m: float, digits: int) -> Fraction:
    """m with so many binary digits."""
    fraction, exponent = math.frexp(m)
    return Fraction(round(math.ldexp(fraction, digits))) * Fraction(2) ** (exponent - digits)


def tightest(system: System, rows: Iterable[int]) -> Bounds:
    """The best bounds among rows that mention one coordinate."""
    low: dict[int, int] = {}
    high: dict[int, int] = {}
    for i in rows:
        j = system.single[i]
        a, b = system.rows[i][j], system.rows[i][-1]
        side = low if a > 0 else high
        if j not in side or b * abs(system.rows[side[j]][j]) < system.rows[side[j]][-1] * abs(a):
            side[j] = i
    return low, high
