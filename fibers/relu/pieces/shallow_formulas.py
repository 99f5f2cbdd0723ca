"""The formulas of a piece of a fiber of one hidden layer: parameters, weights, equations, inequalities in sympy.

What they mean, and their names, stand in `fibers.relu.pieces.shallow_charts`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fibers.relu.dependence import row_basis

if TYPE_CHECKING:
    from fractions import Fraction

    import sympy

    from fibers.relu.pieces.shallow_charts import Group, ShallowChart

__all__ = ["Formulas", "formulas"]

Expressions = list[Any]


class Formulas(NamedTuple):
    """A chart in sympy."""

    parameters: tuple[sympy.Symbol, ...]
    weights: tuple[tuple[sympy.Matrix, sympy.Matrix], ...]
    equations: tuple[sympy.Expr, ...]
    inequalities: tuple[sympy.Expr, ...]


def formulas(chart: ShallowChart) -> Formulas:
    """The formulas of a chart.  Cost: as many symbols as there are weights, and a product for each pair of hyperplanes."""
    return _Writer(chart).written()


class _Writer:
    """Writes the formulas of a chart down, one neuron after the other."""

    def __init__(self, chart: ShallowChart):
        import sympy

        self.sympy, self.chart = sympy, chart
        self.n, _, self.m = chart.base.widths
        self.parameters: list[sympy.Symbol] = []
        self.inequalities: list[sympy.Expr] = []
        self.rows: dict[int, Expressions] = {}
        self.columns: dict[int, Expressions] = {}
        self.constant = [self.number(x) for x in chart.base.form.constant]

    def number(self, x: Fraction | int) -> Any:
        """A rational number for sympy."""
        return self.sympy.Rational(x.numerator, x.denominator)

    def symbol(self, name: str, *, positive: bool = False) -> Any:
        """A new parameter."""
        made = self.sympy.Symbol(name, real=True)
        self.parameters.append(made)
        if positive:
            self.inequalities.append(made)
        return made

    def vector(self, name: str, size: int) -> Expressions:
        """New parameters name_0, name_1, ..."""
        return [self.symbol(f"{name}_{j}") for j in range(size)]

    def written(self) -> Formulas:
        """Everything."""
        chart, sympy = self.chart, self.sympy
        hyperplanes: list[Expressions] = []
        slopes: list[tuple[Expressions, Expressions]] = []  # P and w, where P is a parameter
        for group in chart.groups:
            form, bend = self._hyperplane(group)
            if group.plus and group.minus:
                P = self.vector(f"{'p' if group.is_kink else 'q'}_{group.number}", self.m)
                slopes.append((P, form[:-1]))
            else:
                P = bend if group.plus else [sympy.Integer(0)] * self.m
            self._neurons(group, form, P, bend)
            self.constant = [c - (p - a / 2) * form[-1] for c, p, a in zip(self.constant, P, bend, strict=True)]
            hyperplanes.append(form)
        self._zero_rows()
        self._apart(hyperplanes)
        order = range(len(self.rows))
        first = [self.rows[i] for i in order]
        second = sympy.Matrix(self.m, len(first), lambda j, i: self.columns[i][j])
        W, b = sympy.Matrix([row[:-1] for row in first]), sympy.Matrix([row[-1:] for row in first])
        weights = ((W, b), (second, sympy.Matrix([sympy.expand(c) for c in self.constant])))
        return Formulas(tuple(self.parameters), weights, self._equations(slopes), tuple(self.inequalities))

    def _hyperplane(self, group: Group) -> tuple[Expressions, Expressions]:
        """(w, b) and a of a group."""
        if group.is_kink:
            H, a = self.chart.base.form.kinks[group.number]
            return [self.number(x) for x in H], [self.number(x) for x in a]
        form = [*self.vector(f"w_{group.number}", self.n), self.symbol(f"t_{group.number}")]
        return form, [self.sympy.Integer(0)] * self.m

    def _neurons(self, group: Group, form: Expressions, P: Expressions, bend: Expressions) -> None:
        scales = {
            i: self.symbol(f"l_{i}", positive=True) if group.is_kink or t else self.sympy.Integer(1)
            for t, i in enumerate((*group.plus, *group.minus))
        }
        for s, part, total in ((1, group.plus, P), (-1, group.minus, [a - p for a, p in zip(bend, P, strict=True)])):
            left = list(total)
            for t, i in enumerate(part):
                u = self.vector(f"u_{i}", self.m) if t < len(part) - 1 else left
                left = [x - y for x, y in zip(left, u, strict=True)]
                self.rows[i] = [s * scales[i] * x for x in form]
                self.columns[i] = [x / scales[i] for x in u]

    def _zero_rows(self) -> None:
        for t, i in enumerate(self.chart.zero_rows):
            is_constant = t < self.chart.kind.constant
            b = self.symbol(f"{'b' if is_constant else 'd'}_{i}", positive=True)
            self.rows[i] = [*[self.sympy.Integer(0)] * self.n, b if is_constant else -b]
            self.columns[i] = self.vector(f"v_{i}", self.m)
            if is_constant:
                self.constant = [c - b * v for c, v in zip(self.constant, self.columns[i], strict=True)]

    def _apart(self, hyperplanes: Sequence[Expressions]) -> None:
        """|w_g|² > 0, and |g|² |h|² − (g·h)² > 0 for each carrier g and every hyperplane before it."""
        for g, form in enumerate(hyperplanes):
            if self.chart.groups[g].is_kink:
                continue
            self.inequalities.append(_dot(form[:-1], form[:-1]))
            for other in hyperplanes[:g]:
                self.inequalities.append(_dot(form, form) * _dot(other, other) - _dot(form, other) ** 2)

    def _equations(self, slopes: Sequence[tuple[Expressions, Expressions]]) -> tuple[Any, ...]:
        """Σ P w^T − rest, without those that say nothing; if all w are numbers, for independent columns of them only."""
        base, kind = self.chart.base, self.chart.kind
        rest = base.rest(kind)
        columns = list(range(self.n))
        if not kind.lifting:
            columns = row_basis(base.slopes.take_rows(kind.both).transpose())[0] if kind.both else []
        made = [
            self.sympy.Add(*(P[j] * w[k] for P, w in slopes)) - self.number(rest[j, k])
            for j, k in itertools.product(range(self.m), columns)
        ]
        return tuple([equation for equation in made if equation != 0])


def _dot(a: Expressions, b: Expressions) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True)), 0)
