"""The linear system of one kind of piece (B7), solved exactly.

A *kind* says which visible neurons S are flipped, on which components of P each hidden neuron j is active, and the sign σ_j of
u_j. With y_j = u_j ℓ_j and t = β' (both for μ = 1) its points are those of

    Σ_{j active on C} y_j + (0, t) = F_C    for each component C;        ± σ_j y_j·ρ > 0    for the rays ρ of C

with + where j is active: an open polyhedron in an affine space.  A neuron that is active alone on some C' is steady, its
direction is that of F_{C'}; so it is 0 at a ray ρ = (d, 0) with F_{C'}·ρ = 0, which says nothing and is left out (see
`single_supports`).

If P is everything there are no hidden neurons, and the constant terms, which c absorbs, are left out.

Exact: rational elimination, and interior points by linear programs that are verified.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul

import flint

from fibers.exact import matrix, rational
from fibers.relu.cones import Empty
from fibers.relu.pieces.single_base import Base
from fibers.relu.pieces.single_supports import Row

__all__ = ["Kind", "Solution", "System", "walls_of"]

Vector = tuple[Fraction, ...]
Pattern = tuple[int, ...]
Affine = tuple[Vector, tuple[Vector, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Kind:
    """Flipped visible neurons, and for each hidden neuron, in order, the components on which it is active: 0s and 1s."""

    flipped: tuple[int, ...]
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Solution:
    """The y_j of the hidden neurons, in order, and t."""

    shares: tuple[Vector, ...]
    bias: Fraction


def walls_of(base: Base, kind: Kind) -> tuple[tuple[tuple[Row, int], ...], ...]:
    """For each hidden neuron the rays ρ at which its form must not be 0, each with the sign that it has there."""
    forms, found = base.forms_on(kind.flipped), []
    for s, pattern in enumerate(kind.patterns):
        alone = [C for C in range(len(forms)) if [i for i, p in enumerate(kind.patterns) if p[C]] == [s]]
        rays: dict[Row, int] = {}
        for C, on in enumerate(pattern):
            for ray in base.support.components[C]:
                if ray[-1] or all(_dot(forms[D], ray) for D in alone):
                    rays[ray] = 1 if on else -1
        found.append(tuple(rays.items()))
    return tuple(found)


@dataclass(frozen=True)
class System:
    """The polyhedron of a kind, with signs σ; unknowns are the entries of y_1, ..., y_h and t, in this order."""

    base: Base
    kind: Kind
    signs: tuple[int, ...]

    @cached_property
    def _affine(self) -> Affine | None:
        """All solutions of the equations; None if there is none."""
        n, h = self.base.rank + 1, len(self.kind.patterns)
        rows, right = [], []
        for C, form in enumerate(self.base.forms_on(self.kind.flipped)):
            for i in range(n - self.base.support.everywhere):
                rows.append([Fraction(int(k % n == i and self.kind.patterns[k // n][C])) for k in range(h * n)])
                rows[-1].append(Fraction(int(i == n - 1)))
                right.append(form[i])
        return _solved(rows, right)

    @cached_property
    def walls(self) -> list[Vector]:
        """The inequalities, as rows over the unknowns."""
        n, h = self.base.rank + 1, len(self.kind.patterns)
        found = []
        for s, rays in enumerate(walls_of(self.base, self.kind)):
            for ray, side in rays:
                row = [Fraction(0)] * (h * n + 1)
                row[s * n : (s + 1) * n] = [Fraction(side * self.signs[s] * x) for x in ray]
                found.append(tuple(row))
        return found

    @cached_property
    def _rows(self) -> list[Row] | None:
        """The inequalities over coordinates of the affine space, as integer rows; None if the equations have no solution."""
        if self._affine is None:
            return None
        origin, basis, _ = self._affine
        rows = [(*[_dot(wall, v) for v in basis], _dot(wall, origin)) for wall in self.walls]
        return [tuple(matrix([row]).row(0)) for row in rows]

    def centre(self) -> Vector | None:
        """Coordinates of a point of the polyhedron; None if it is empty."""
        from fibers.relu.interiors import interior_point

        if self._affine is None or self._rows is None or any(not any(row) for row in self._rows):
            return None
        if any(not any(row[:-1]) and row[-1] < 0 for row in self._rows):
            return None
        if not self._affine[1]:
            return ()
        try:
            return interior_point(len(self._affine[1]), self._rows)
        except Empty:
            return None

    def moved(self, at: Vector, rng: random.Random, reach: Fraction = Fraction(1)) -> Vector:
        """Another point: a random way along a random line, `reach` times what fits at most."""
        assert self._rows is not None, "there is a point"
        if not at:
            return at
        direction = [Fraction(rng.randint(-8, 8)) for _ in at]
        ahead = [(_dot(row, direction), _dot(row[:-1], at) + row[-1]) for row in self._rows]
        room = min((height / -slope for slope, height in ahead if slope < 0), default=None)
        length = Fraction(2) ** rng.randint(-3, 3) if room is None else room
        step = reach * length * Fraction(rng.randint(1, 15), 16)
        digits = 8 + max(0, math.ceil(-math.log2(step))) if step else 8
        short = Fraction(math.floor(step * 2**digits), 2**digits)
        return tuple([x + short * d for x, d in zip(at, direction, strict=True)])

    def solution(self, at: Vector) -> Solution:
        """The solution with these coordinates."""
        assert self._affine is not None, "there is a point"
        origin, basis, _ = self._affine
        n = self.base.rank + 1
        *values, t = [x + sum((s * v[i] for s, v in zip(at, basis, strict=True)), Fraction(0)) for i, x in enumerate(origin)]
        return Solution(tuple([tuple(values[k : k + n]) for k in range(0, len(values), n)]), t)

    def coordinates(self, solution: Solution) -> Vector:
        """The coordinates of a solution: its entries that the others follow from."""
        assert self._affine is not None, "there is a point"
        values = [*[x for share in solution.shares for x in share], solution.bias]
        return tuple([values[i] for i in self._affine[2]])

    def walk(self, rng: random.Random, steps: int) -> Iterator[Solution]:
        """Solutions, from the centre on; none if there is none."""
        at = self.centre()
        if at is None:
            return
        yield self.solution(at)
        for _ in range(steps):
            at = self.moved(at, rng)
            yield self.solution(at)


def _solved(rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> Affine | None:
    """The solutions of rows·x = right: one, a basis of the kernel, and the unknowns that are its coordinates."""
    n = len(rows[0])
    entries = [flint.fmpq(x.numerator, x.denominator) for row, b in zip(rows, right, strict=True) for x in (*row, b)]
    reduced, rank = flint.fmpq_mat(len(rows), n + 1, entries).rref()
    pivots = [next(j for j in range(n + 1) if reduced[i, j] != 0) for i in range(rank)]
    if n in pivots:
        return None
    origin = [Fraction(0)] * n
    for i, p in enumerate(pivots):
        origin[p] = rational(reduced[i, n])
    basis, free = [], tuple(sorted(set(range(n)) - set(pivots)))
    for k in free:
        v = [Fraction(int(j == k)) for j in range(n)]
        for i, p in enumerate(pivots):
            v[p] = -rational(reduced[i, k])
        basis.append(tuple(v))
    return tuple(origin), tuple(basis), free


def _dot(a: Sequence[Fraction | int], b: Sequence[Fraction | int]) -> Fraction:
    return sum(map(mul, a, b), Fraction(0))
