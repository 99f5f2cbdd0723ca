"""Which inequalities of a system hold with equality everywhere, exactly: a simplex method in integers.

The system is P = {x ∈ R^n : row(x) ≥ 0 for all rows}, where the row (w, b) means w·x + b.  Consider

    y ≥ 0,  μ ≥ 0,     Σ y_i (w_i, b_i) + μ (0, 1) = 0,     Σ y_i + μ ≤ 1.

A solution with μ > 0 proves P empty (Farkas), and otherwise one with y_i > 0 proves row i = 0 on P.  Both are found by maximising
the sum of the multipliers that were 0 so far, until the maximum is 0.  Then the dual solution is a point of P where all the other
rows are > 0.  So three outcomes, each with its proof, and every proof is tried before it is returned.

Exact: everything; the tableau holds integers over one denominator (Edmonds' pivoting), and Bland's rule ends every run.
Meant for tens of rows, where it takes milliseconds: what `fibers.relu.interiors` is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.polyhedra import Row, value

__all__ = ["Equalities", "equalities"]


@dataclass(frozen=True)
class Equalities:
    """`empty`: multipliers of rows with a constant sum < 0, if there are some; else the rows that are 0 everywhere, with
    `multipliers` > 0 and sum 0, and a `point` at which all others are > 0 (but for rows of zeros, which are in neither)."""

    empty: tuple[tuple[int, Fraction], ...]
    multipliers: tuple[tuple[int, Fraction], ...]
    point: tuple[Fraction, ...]


def equalities(rows: Sequence[Row], n: int) -> Equalities:
    """The implicit equalities of {x ∈ R^n : rows ≥ 0}.

    >>> equalities([(1, 0), (-1, 0)], 1)                            # x ≥ 0 and −x ≥ 0: both are equalities
    Equalities(empty=(), multipliers=((0, Fraction(1, 2)), (1, Fraction(1, 2))), point=(Fraction(0, 1),))
    """
    columns = [list(row) for row in rows] + [[0] * n + [1]]
    found: dict[int, Fraction] = {}
    tableau = _Tableau(columns, n + 1)
    while True:
        rest = [j for j, column in enumerate(columns) if any(column) and j not in found]  # 0 ≥ 0 says nothing
        solution, dual = tableau.maximise(rest)
        if len(rows) in solution:
            return Equalities(_verified_empty(rows, solution), (), ())
        if not any(j in solution for j in rest):
            break
        for j, y in solution.items():
            found[j] = found.get(j, Fraction(0)) + y
    point = tuple([Fraction(v) / dual[n] for v in dual[:n]])
    _verify(rows, found, point)
    return Equalities((), tuple(sorted(found.items())), point)


def _verified_empty(rows: Sequence[Row], solution: dict[int, Fraction]) -> tuple[tuple[int, Fraction], ...]:
    y = tuple(sorted((j, v) for j, v in solution.items() if j < len(rows)))
    total = _sum(rows, y)
    assert all(v > 0 for _, v in y) and not any(total[:-1]) and total[-1] < 0
    return y


def _verify(rows: Sequence[Row], found: dict[int, Fraction], point: Sequence[Fraction]) -> None:
    assert all(v > 0 for v in found.values()) and not any(_sum(rows, found.items()))
    assert all((value(row, point) == 0) if i in found else (value(row, point) > 0) for i, row in enumerate(rows) if any(row))


def _sum(rows: Sequence[Row], multipliers: Iterable[tuple[int, Fraction]]) -> list[Fraction]:
    total: list[Fraction] = [Fraction(0)] * len(rows[0]) if rows else []
    for i, y in multipliers:
        total = [t + y * v for t, v in zip(total, rows[i], strict=True)]
    return total


class _Tableau:
    """The simplex tableau of {z ≥ 0 : M z = 0, Σ z ≤ 1} for the matrix M with the given columns.

    `lines` are integer equations over the columns z, then duals' bookkeeping (one column for each equation of M), then the slack
    of Σ z ≤ 1, then the right-hand side; all over `unit`.  `basis[k]` is the column that line k is solved for.
    """

    def __init__(self, columns: Sequence[Sequence[int]], height: int):
        self.width, self.height = len(columns), height
        self.lines = [[c[i] for c in columns] + [int(i == k) for k in range(height)] + [0, 0] for i in range(height)]
        self.unit = 1
        self.basis: list[int] = [-1] * height
        self.slack = self.width + height
        for i in range(height):
            nonzero = [j for j in range(self.width) if self.lines[i][j]]
            if nonzero:  # else the equation is 0 = 0: it stays out of the basis
                self._pivot(i, nonzero[0])
        self.lines.append([self.unit] * self.width + [0] * height + [self.unit, self.unit])
        self.basis.append(self.slack)
        for i, j in enumerate(self.basis[:-1]):
            if j >= 0:
                self._clear(len(self.lines) - 1, i, j)

    def maximise(self, wanted: Sequence[int]) -> tuple[dict[int, Fraction], list[Fraction]]:
        """The positive coordinates of a solution with Σ z_j over `wanted` largest, and the dual solution."""
        goal = [0] * len(self.lines[0])
        for j in wanted:
            goal[j] = self.unit
        self.lines.append(goal)
        for i, column in enumerate(self.basis):
            if column >= 0:
                self._clear(len(self.lines) - 1, i, column)
        # invariant: the last line is the objective in terms of the columns outside the basis, which are 0
        while (entering := self._entering()) is not None:
            self._pivot(self._leaving(entering), entering)
        goal = self.lines.pop()
        solution = {j: Fraction(self.lines[i][-1], self.unit) for i, j in enumerate(self.basis) if 0 <= j < self.width}
        dual = [Fraction(-v, self.unit) for v in goal[self.width : self.slack]]
        return {j: z for j, z in solution.items() if z}, dual

    def _entering(self) -> int | None:
        """Bland: the first column that raises the objective."""
        goal = self.lines[-1]
        candidates = (*range(self.width), self.slack)
        return next((j for j in candidates if goal[j] > 0), None)

    def _leaving(self, j: int) -> int:
        """Bland: of the lines that stop column j first, the one whose basic column comes first; Σ z ≤ 1 bounds every column."""
        stops = [
            (Fraction(line[-1], line[j]), self.basis[i], i)
            for i, line in enumerate(self.lines[:-1])
            if self.basis[i] >= 0 and line[j] > 0
        ]
        return min(stops)[2]

    def _pivot(self, i: int, j: int) -> None:
        """Solve line i for column j."""
        if self.lines[i][j] < 0:
            self.lines[i] = [-v for v in self.lines[i]]
        pivot, row, unit = self.lines[i][j], self.lines[i], self.unit
        for k, line in enumerate(self.lines):
            if k != i:
                factor = line[j]
                self.lines[k] = [(pivot * v - factor * w) // unit for v, w in zip(line, row, strict=True)]  # exact division
        self.unit = pivot
        self.basis[i] = j

    def _clear(self, k: int, i: int, j: int) -> None:
        """Take column j, basic in line i, out of line k."""
        factor = self.lines[k][j]
        if factor:
            row = self.lines[i]
            self.lines[k] = [v - factor * w // self.unit for v, w in zip(self.lines[k], row, strict=True)]
