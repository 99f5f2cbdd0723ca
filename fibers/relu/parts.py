"""Parts of the space: on each, two networks are read over one basis, and it is told what is still in the way of a verdict.

On a part, an exact cell P of the free coordinates, neurons whose forms involve the inputs alone are *pure*: P settles their sign,
with multipliers for the checker, or they bend inside P and become atoms.  Let D = f − g be the difference of the output forms.

    D = 0                              the networks agree on P;
    D involves pure atoms alone        they differ on P: distinct kinks that meet the interior of P are independent (S1);
    else                               some atom in D is made of others, down to a pure one: P is split by that one's kink.

This is E2 in docs/theory.md made lazy: a neuron is split only where the difference depends on what it does to later layers.  Each
split settles one neuron, so the parts come to an end, and then E2 is all that is left.

Exact throughout. Cost of a part: one pass over the weights, and the signs of the pure neurons on its cell.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from fibers.exact import primitive
from fibers.polyhedra import Point, value
from fibers.relu.cells import Cell
from fibers.relu.passes import Pass, evidence, read
from fibers.relu.problems import Problem, Row, row_of
from proofs.certificates import integer, line
from proofs.forms import Form

__all__ = ["Agree", "Differ", "Memory", "Split", "examine"]

Sign = tuple[str, list[list[Any]]]
Memory = dict[tuple[int, ...], Sign]


class Agree:
    """The networks agree on the part; `lines` are the steps that prove it."""

    def __init__(self, lines: bytes):
        self.lines = lines


class Differ:
    """The networks differ at `point`, in the free coordinates."""

    def __init__(self, point: Point):
        self.point = point


class Split:
    """The form `row` takes both signs inside the part, and has to be settled."""

    def __init__(self, row: Row):
        self.row = row


class Part(Pass):
    """A pass over a problem on one cell; `memory` holds signs settled on cells around it, and takes those settled here."""

    def __init__(self, problem: Problem, cell: Cell | None, memory: Memory, pulse: Callable[[], object]):
        super().__init__(problem.inputs, 0, problem.limits, pulse=pulse)
        self.cell, self.dimension, self.memory = cell, problem.inputs, memory
        self.boxed = len(problem.walls) - len(problem.assumptions)  # walls of the cell that are limits, no assumptions
        self.scales = [form.denominator for form in problem.assumptions]

    def settled(self, form: Form) -> Sign | None:
        """Whether the form is of one sign on the cell, its atoms at their limits, and the multipliers that show it."""
        if self.cell is None or form.start >= self.dimension:
            return None
        if not self.is_pure(form):
            return self._sign(form, self.cell)
        key = (form.start, form.constant, form.denominator, *form.coefficients)
        found = self.memory.get(key)
        if found is None:
            found = self._sign(form, self.cell)
            if found is not None:
                self.memory[key] = found
        return found

    def _sign(self, form: Form, cell: Cell) -> Sign | None:
        for kind, signed in (("off", form.times(-1)), ("on", form)):
            least = self._least(signed)
            if least is None:
                continue
            row = row_of(least, self.dimension)
            if not cell.signs(row)[1]:
                found = cell.combination(row)
                return kind, [self._term(i, share / least.denominator) for i, share in found if i >= self.boxed]
        return None

    def _least(self, form: Form) -> Form | None:
        """The form with every atom at the limit that makes it least, a form of the inputs; None if there is none."""
        pure = self.dimension - form.start
        constant = Fraction(form.constant)
        for at, c in enumerate(form.coefficients[pure:], self.dimension):
            limit = self.limits[at][c < 0] if c else Fraction(0)
            if limit is None:
                return None
            constant += c * limit
        q = constant.denominator
        return Form(constant.numerator, form.start, [q * c for c in form.coefficients[:pure]], q * form.denominator)

    def _term(self, i: int, share: Fraction) -> list[Any]:
        """[assumption, p, q] for a multiple of wall i, whose row is the assumption times its denominator."""
        i -= self.boxed
        share *= self.scales[i] if i < len(self.scales) else 1
        return [i, integer(share.numerator), integer(share.denominator)]

    def is_pure(self, form: Form) -> bool:
        """Whether a form involves the inputs alone."""
        return form.start + len(form.coefficients) <= self.dimension

    def form_of(self, atom: int) -> Form:
        """ℓ of the atom σ(ℓ)."""
        return self.entries[self.atoms[atom][0]].form


def examine(problem: Problem, cell: Cell | None, memory: Memory, pulse: Callable[[], object] = bool) -> Agree | Split | Differ:
    """What can be said of the networks on the cell; None for a domain that is one point.

    `memory` is shared by the cells on one way down: what is settled on a cell is settled on all cells inside it. `pulse` is
    called for each neuron, and may raise to stop.
    """
    part = Part(problem, cell, memory, pulse)
    final = problem.f.final
    sides = read(part, problem.layers[0], final), read(part, problem.layers[1], final)
    differences = [a.plus(b, -1) for a, b in zip(sides[0].outputs, sides[1].outputs, strict=True)]
    differences = [form for form in differences if not form.is_zero()]
    if not differences:
        return Agree(b"".join(line(step) for step in evidence(sides, 0)))
    kink = _next_kink(part, differences)
    if kink is not None:
        return Split(primitive_row(kink, part.dimension))
    return Differ(() if cell is None else _point(part, cell, differences[0]))


def primitive_row(form: Form, inputs: int) -> Row:
    """The row of a pure form, in lowest terms."""
    return primitive(row_of(form, inputs))[0]


def _atoms(part: Part, form: Form) -> list[int]:
    return [at for at, c in enumerate(form.coefficients, form.start) if c and at >= part.dimension]


def _next_kink(part: Part, differences: list[Form]) -> Form | None:
    """The pure form to split by: of those that atoms of the differences are made of, the one that most are made of."""
    todo = list({at for form in differences for at in _atoms(part, form)})
    seen, uses = set(todo), Counter[int]()
    while todo:
        for inner in _atoms(part, part.form_of(todo.pop())):
            uses[inner] += 1
            if inner not in seen:
                seen.add(inner)
                todo.append(inner)
    pure = [at for at in sorted(uses) if part.is_pure(part.form_of(at))]
    return part.form_of(max(pure, key=lambda at: uses[at])) if pure else None


# ---------------------------------------------------------------------------------------------- a point of difference


def _point(part: Part, cell: Cell, difference: Form) -> Point:
    """A point of the cell where a form of inputs and pure atoms, which is not zero on it, is not zero."""
    n = part.dimension
    kinks = [(at, row_of(part.form_of(at), n)) for at in _atoms(part, difference)]
    start = _crossing(cell, kinks[0][1]) if kinks else cell.point()
    rng = random.Random(0)
    step, tries = Fraction(1), 0
    while True:  # near `start` every other direction shows the bend or the slope, and all near points lie in the cell
        direction = [Fraction(rng.randint(-8, 8)) for _ in range(n)]
        for sign in (0, 1, -1):
            x = tuple([a + sign * step * d for a, d in zip(start, direction, strict=True)])
            if all(value(row, x) >= 0 for row in cell.constraints) and _evaluate(part, difference, x):
                return x
        tries += 1
        step = step / 2 if tries % 4 == 0 else step


def _crossing(cell: Cell, row: Row) -> Point:
    """A point inside the cell where the form, which takes both signs there, is 0."""
    above, below = (part.point() for part in cell.split(row))
    high, low = value(row, above), value(row, below)
    share = high / (high - low)
    return tuple([a + share * (b - a) for a, b in zip(above, below, strict=True)])


def _evaluate(part: Part, form: Form, x: Point) -> Fraction:
    """The value at x of a form of inputs and pure atoms."""
    total = Fraction(form.constant)
    for at, c in enumerate(form.coefficients, form.start):
        if c:
            inner = None if at < part.dimension else part.form_of(at)
            y = x[at] if inner is None else max(value(row_of(inner, len(x)), x), Fraction(0)) / inner.denominator
            total += c * y
    return total / form.denominator
