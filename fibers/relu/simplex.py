"""Exact linear programs: maximise w·x subject to a_i·x + b_i ≥ 0, by pivots between active sets.

An *active set* S is n linearly independent rows; it has a vertex x with a_i·x = −b_i on S, and w = −Σ_S y_i a_i for unique y.
With s_i = a_i·x + b_i:  s ≥ 0 and y ≥ 0 prove x optimal, since w·x' + Σ y_i (a_i·x' + b_i) is constant.  Otherwise pivot at the
first index that is wrong (the criss-cross method with Bland's least index: Terlaky 1985, Wang 1987):

    s_k < 0, k ∉ S    write a_k = Σ_S t_j a_j; the first j with t_j > 0 leaves for k.  None: row_k + Σ (−t_j) row_j = s_k < 0,
                      so no point satisfies the rows (Farkas)
    y_k < 0, k ∈ S    along d with a_k·d = 1, a_j·d = 0 on the rest of S, w increases; the first i with a_i·d < 0 enters for k.
                      None: d is a direction in which all rows stay ≥ 0 and w grows without end

This ends from every start, feasible or not, degenerate or not, but wanders.  So the first pivots go straighter: if y ≥ 0, the row
with the least s_k enters, and y stays ≥ 0 (dual simplex method); if s ≥ 0, it stays so (primal simplex method); if neither, the
objective is first replaced by one with y ≥ 0.  Where these have not come to an end after `GREEDY` pivots, the rule above does.

Where the rows have rank below n, S is filled up by equations x_j = constant, written as the index ~j: these carry no sign and
leave as soon as they matter; once out, they stay out.
Rows that mention one coordinate fix it, so what is solved has the size k of the other rows in S.  Everything is exact.
Cost of a pivot: three k×k systems in integers (k = 100 of 30 bits: 10 ms each, k = 300: 0.25 s) and one product with all rows.
The number of pivots is small from a start near the optimum, and exponential in the worst case.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul
from typing import Any

import flint

from fibers.limits import NO_LIMITS, Limits

__all__ = ["Bound", "Infeasible", "Optimum", "Point", "Ray", "Row", "System", "Terms", "Vertex", "maximise"]

Row = tuple[int, ...]
Point = tuple[Fraction, ...]
Terms = list[tuple[int, Fraction]]
"""Multipliers with the indices of their rows, in order of the indices, without zeros."""
PRIME = (1 << 61) - 1
GREEDY = 1000
"""Pivots that go straight; then Bland's rule makes sure of an end."""
NEAR = 1 << 30
"""The precision of an objective that replaces another one."""


@dataclass(frozen=True)
class Bound:
    """w·x ≤ value wherever the rows are ≥ 0:  w·x + Σ multiplier·row = value identically, multipliers > 0."""

    value: Fraction
    multipliers: Terms


@dataclass(frozen=True)
class Vertex:
    """A point at which all rows are ≥ 0, and w·x = value."""

    value: Fraction
    point: Point


@dataclass(frozen=True)
class Optimum(Bound, Vertex):
    """The maximum of w·x: a bound that is attained at the point."""


@dataclass(frozen=True)
class Ray:
    """An integer `direction`, w·direction > 0, along which no row decreases: w is unbounded if any point satisfies the rows."""

    direction: Row


@dataclass(frozen=True)
class Infeasible:
    """Σ multiplier·row is a constant < 0, multipliers > 0: no point satisfies the rows."""

    multipliers: Terms


class System:
    """Rows (a, b) of integers on R^`inputs`, meaning a·x + b ≥ 0, told apart by how many coordinates they mention."""

    def __init__(self, inputs: int, rows: Sequence[Row]):
        self.inputs = inputs
        self.rows = rows
        self.single: dict[int, int] = {}  # row -> its one coordinate
        self.general: list[int] = []
        self.constant: list[int] = []
        for i, row in enumerate(rows):
            mentioned = inputs - row[:-1].count(0) if inputs else 0
            if mentioned > 1:
                self.general.append(i)
            elif mentioned:
                self.single[i] = next(j for j, a in enumerate(row) if a)
            else:
                self.constant.append(i)

    def height(self, i: int, value: int) -> int:
        """About log2 of a value of row i, compared with its coefficients."""
        return value.bit_length() - max(a.bit_length() for a in self.rows[i][:-1])

    @cached_property
    def _matrix(self) -> Any:
        return flint.fmpz_mat(len(self.general), self.inputs + 1, [a for i in self.general for a in self.rows[i]])

    def at(self, x: Sequence[int], bottom: int) -> dict[int, int]:
        """a·x + b·bottom for each row that is not constant: its sign at x/bottom; or along the direction x, if bottom = 0."""
        found = {i: self.rows[i][j] * x[j] + self.rows[i][-1] * bottom for i, j in self.single.items()}
        column = (*x, bottom)
        if self.inputs < 20:  # converting costs more than it saves
            found.update((i, sum(map(mul, self.rows[i], column))) for i in self.general)
        elif self.general:
            product = self._matrix * flint.fmpz_mat(self.inputs + 1, 1, column)
            found.update(zip(self.general, map(int, product.entries()), strict=True))
        return found


class _ActiveSet:
    """Exact linear algebra on n independent rows of a system; ZeroDivisionError where they are dependent."""

    def __init__(self, system: System, members: Iterable[int], anchor: Sequence[Fraction] | None = None):
        self.system, self.members, self.anchor = system, sorted(members), anchor
        self.fixed: dict[int, int] = {}  # coordinate -> the member that fixes it
        self.general: list[int] = []
        for i in self.members:
            j = ~i if i < 0 else system.single.get(i)
            if j is None:
                self.general.append(i)
            elif j in self.fixed:
                raise ZeroDivisionError
            else:
                self.fixed[j] = i
        self.free = [j for j in range(system.inputs) if j not in self.fixed]
        if len(self.free) != len(self.general):
            raise ZeroDivisionError
        k = len(self.free)
        self.matrix = flint.fmpz_mat(k, k, [system.rows[i][j] for i in self.general for j in self.free])

    def _solve(self, matrix: Any, right: list[int]) -> tuple[list[int], int]:
        """Integers X and D > 0 with matrix·X = D·right."""
        if not right:
            return [], 1
        top, bottom = matrix.solve(flint.fmpz_mat(len(right), 1, right)).numer_denom()
        return list(map(int, top.entries())), int(bottom)

    def point(self) -> tuple[list[int], int]:
        """The vertex, as integers over one denominator > 0."""
        rows = self.system.rows
        held = self.anchor or (Fraction(0),) * self.system.inputs
        places = {j: Fraction(-rows[i][-1], rows[i][j]) if i >= 0 else held[j] for j, i in self.fixed.items()}
        common = _common(places.values())
        whole = {j: x.numerator * (common // x.denominator) for j, x in places.items()}
        there = [(j, x) for j, x in whole.items() if x]
        right = [-rows[i][-1] * common - sum(rows[i][j] * x for j, x in there) for i in self.general]
        top, bottom = self._solve(self.matrix, right)
        return self._placed(top, {j: x * bottom for j, x in whole.items()}), bottom * common

    def direction(self, member: int) -> list[int]:
        """Integers d with a·d > 0 for this member and = 0 for all others."""
        j = ~member if member < 0 else self.system.single.get(member)
        if j is None:
            top, _ = self._solve(self.matrix, [int(i == member) for i in self.general])
            return self._placed(top, {})
        forward = 1 if member < 0 or self.system.rows[member][j] > 0 else -1
        top, bottom = self._solve(self.matrix, [-forward * self.system.rows[i][j] for i in self.general])
        return self._placed(top, {j: forward * bottom})

    def _placed(self, free: list[int], fixed: dict[int, int]) -> list[int]:
        x = [0] * self.system.inputs
        for j, v in zip(self.free, free, strict=True):
            x[j] = v
        for j, v in fixed.items():
            x[j] = v
        return x

    def coefficients(self, w: Sequence[int]) -> dict[int, Fraction]:
        """t with  w = Σ t_i a_i  over the members; zeros left out."""
        rows = self.system.rows
        top, bottom = self._solve(self.matrix.transpose(), [w[j] for j in self.free])
        found = {i: Fraction(t, bottom) for i, t in zip(self.general, top, strict=True) if t}
        coordinates = list(self.fixed)
        rest = [bottom * w[j] for j in coordinates]
        if self.general and coordinates:
            block = flint.fmpz_mat(len(top), len(rest), [rows[i][j] for i in self.general for j in coordinates])
            taken = (flint.fmpz_mat(1, len(top), top) * block).entries()
            rest = [r - int(t) for r, t in zip(rest, taken, strict=True)]
        for j, r in zip(coordinates, rest, strict=True):
            if r:
                i = self.fixed[j]
                found[i] = Fraction(r, bottom * (rows[i][j] if i >= 0 else 1))
        return found

    def swapped(self, leaves: int, enters: int) -> _ActiveSet:
        return _ActiveSet(self.system, [i for i in self.members if i != leaves] + [enters], self.anchor)


def maximise(
    system: System,
    w: Sequence[int],
    start: Iterable[int] = (),
    *,
    anchor: Sequence[Fraction] | None = None,
    enough: Fraction | None = None,
    limits: Limits = NO_LIMITS,
) -> Bound | Vertex | Ray | Infeasible:
    """The maximum of w·x (the first n entries of w) over the system, or why there is none; exact.

    An `Optimum`, unless `enough` is given: then also a `Bound` that is ≤ enough or a `Vertex` whose value is > enough, whichever
    comes first.  `start` are indices of rows thought to be active at the maximum, and ~j for coordinates that stay at the
    `anchor` (0, if None): they save pivots and decide nothing.  A `Ray` is found without looking for a point, see there.
    Raises `OutOfBudget` where `limits` say so.
    """
    for i in system.constant:
        if system.rows[i][-1] < 0:
            return Infeasible([(i, Fraction(1))])
    S = _start(system, start, anchor)
    count = 0
    while True:
        limits.check()
        step = _pivot(S, w[: system.inputs], enough, greedy=count < GREEDY)
        if isinstance(step, tuple):
            S = S.swapped(*step)
        elif step is None:
            S, empty = _feasible(S, w[: system.inputs], limits)
            if empty is not None:
                return empty
        else:
            return step
        count += 1


def _feasible(S: _ActiveSet, w: Sequence[int], limits: Limits) -> tuple[_ActiveSet, Infeasible | None]:
    """An active set with s ≥ 0, by the dual simplex method for an objective near w of which y ≥ 0; or why there is none."""
    y = {i: -t for i, t in S.coefficients(w).items() if t < 0}
    most = max(y.values(), default=Fraction(1))
    rounded = [(round((m / most) * NEAR), S.system.rows[i]) for i, m in y.items()]
    near = [-sum(m * row[j] for m, row in rounded) for j in range(S.system.inputs)]
    count = 0
    while True:
        limits.check()
        step = _pivot(S, near, None, greedy=count < GREEDY)
        if not isinstance(step, tuple):
            return S, step if isinstance(step, Infeasible) else None
        S = S.swapped(*step)
        count += 1


def _pivot(
    S: _ActiveSet, w: Sequence[int], enough: Fraction | None, *, greedy: bool
) -> tuple[int, int] | Bound | Vertex | Ray | Infeasible | None:
    """Which member leaves and which row enters, or how it ends; None if neither y ≥ 0 nor s ≥ 0, and that is not wanted."""
    system = S.system
    y = {i: -t for i, t in S.coefficients(w).items()}
    down = min((i for i, m in y.items() if m < 0 or i < 0), default=None)
    if down is not None and down < 0:
        return _released(S, down, y[down])
    if down is None and enough is not None:
        value = sum((m * system.rows[i][-1] for i, m in y.items()), Fraction(0))
        if value <= enough:
            return Bound(value, _terms(y))
    x, bottom = S.point()
    slack = system.at(x, bottom)
    wrong = min((i for i, s in slack.items() if s < 0), default=None)
    if wrong is None:
        value = Fraction(sum(map(mul, w, x)), bottom)
        if down is None:
            return Optimum(value, _over(x, bottom), _terms(y))
        if enough is not None and value > enough:
            return Vertex(value, _over(x, bottom))
    if greedy and wrong is not None and down is not None:
        return None
    if wrong is not None and (down is None or wrong < down):
        if greedy:
            wrong = min((i for i in slack if slack[i] < 0), key=lambda i: (-system.height(i, slack[i]), i))
        t = S.coefficients(system.rows[wrong][:-1])
        up = [j for j, m in t.items() if m > 0 or j < 0]
        if not up:
            return Infeasible(_terms({wrong: Fraction(1)} | {j: -m for j, m in t.items()}))
        if greedy:  # keep y ≥ 0
            return min(up, key=lambda j: (j >= 0, y.get(j, Fraction(0)) / t[j] if j >= 0 else 0, j)), wrong
        return min(up), wrong
    assert down is not None
    d = S.direction(down)
    along = system.at(d, 0)
    blocking = [i for i, v in along.items() if v < 0]
    if not blocking:
        return Ray(tuple(d))
    if greedy:  # keep s ≥ 0
        return down, min(blocking, key=lambda i: (Fraction(slack[i], -along[i]), i))
    return down, min(blocking)


def _released(S: _ActiveSet, member: int, y: Fraction) -> tuple[int, int] | Ray:
    """For an equation x_j = 0 that holds w back: the first row that changes along the line where it is given up enters."""
    d = S.direction(member)
    enters = min((i for i, v in S.system.at(d, 0).items() if v), default=None)
    return (member, enters) if enters is not None else Ray(tuple(d if y < 0 else [-v for v in d]))


def _start(system: System, wanted: Iterable[int], anchor: Sequence[Fraction] | None) -> _ActiveSet:
    """An active set with as many of the wanted rows as are independent, filled up by equations x_j = anchor_j.

    Rows of full rank modulo a prime are independent.  Were the rank modulo the prime too low, S would start with a row too few.
    """
    single: dict[int, int] = {}  # coordinate -> row
    general = []
    held = set()
    for i in dict.fromkeys(wanted):
        if i < 0:
            held.add(~i)
        elif i in system.single:
            single.setdefault(system.single[i], i)
        elif any(system.rows[i][:-1]):
            general.append(i)
    free = sorted((j for j in range(system.inputs) if j not in single), key=held.__contains__)  # those held come last
    matrix = flint.nmod_mat(len(general), len(free), [system.rows[i][j] for i in general for j in free], PRIME)
    kept = [general[i] for i in _pivots(matrix.transpose())]
    solved = {free[j] for j in _pivots(matrix)}
    return _ActiveSet(system, [*single.values(), *kept, *(~j for j in free if j not in solved)], anchor)


def _pivots(matrix: Any) -> list[int]:
    """The columns of a matrix over a field in which the steps of its echelon form lie."""
    if not matrix.nrows() or not matrix.ncols():
        return []
    form, rank = matrix.rref()
    width = form.ncols()
    entries = form.entries()
    found: list[int] = []
    for r in range(rank):
        start = found[-1] + 1 if found else 0
        found.append(next(j for j in range(start, width) if entries[r * width + j] != 0))
    return found


def _over(x: Sequence[int], bottom: int) -> Point:
    return tuple([Fraction(v, bottom) for v in x])


def _terms(multipliers: dict[int, Fraction]) -> Terms:
    return sorted((i, m) for i, m in multipliers.items() if m)


def _common(numbers: Iterable[Fraction]) -> int:
    return math.lcm(*{x.denominator for x in numbers})
