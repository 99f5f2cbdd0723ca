"""Exact cells of R^n in low dimension, by double description: E2 in docs/theory.md, without linear programs.

A cell {x : a_i·x + b_i ≥ 0 for all i} is the slice t = 1 of the cone

    C = {(x, t) : a_i·x + b_i t ≥ 0 for all i,  t ≥ 0} = L + cone(r_1, ..., r_k),

with L its lineality space and r_j its extreme rays modulo L; t > 0 gives a vertex x/t, t = 0 a direction in which the cell
is unbounded.  If the cell has an interior, C is the closed cone over it, so a form takes a positive value inside the cell iff
it does so at some ±v, v in L, or at some r_j.  All numbers are Python integers, rays are primitive, and a bit mask for each ray
says which constraints vanish on it (bit 0 is t, bit i + 1 constraint i).

Cutting by a form a (double description: Motzkin, Raiffa, Thompson and Thrall 1953; Fukuda and Prodon 1996):
    a(v) ≠ 0 for some v in L    every other generator is moved along v into {a = 0}, and ±v becomes a ray
    else                        rays with a > 0, = 0, < 0; new rays where {a = 0} meets the 2-faces spanned by r⁺ and r⁻.
Two rays span a 2-face iff no third ray lies on every constraint on which both lie.  This needs no general position.

Nothing is cached from a cell to its children: in dimension ≤ 5 the sign of a form costs less than a look-up of its big integers.

Cost: a cut is a scalar product for each ray and a mask test for each pair r⁺, r⁻.  The rays of a bounded cell in dimension n
with m facets number up to m^⌊n/2⌋, so this is for n up to about 5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import mul

__all__ = ["Cone", "Empty"]

Row = tuple[int, ...]
Signs = tuple[bool, bool]
Rays = list[tuple[Row, int]]  # with masks


class Empty(Exception):
    """Constraints without a common interior point."""


class Cone:
    """A full-dimensional cell of R^n, exact and immutable; its children share what they can.

    `constraints` are integer rows (w_1, ..., w_n, b), each w·x + b ≥ 0 on the cell: those given, then one for each split.

    >>> cell = Cone.of(1, [(1, 0)])                      # x ≥ 0
    >>> left, right = cell.split((-1, 2))                # x ≤ 2, x ≥ 2
    >>> left.maximum((1, 0)), right.maximum((1, 0)), right.signs((1, 0)), right.combination((1, 0))
    (Fraction(2, 1), None, (True, False), [(1, Fraction(1, 1))])
    """

    __slots__ = ("_last", "constraints", "cuts", "inputs", "lineality", "masks", "rays")
    inputs: int
    constraints: tuple[Row, ...]
    lineality: list[Row]
    rays: list[Row]
    masks: list[int]
    cuts: int  # the constraints that ever cut something, as a mask; the others are implied by these
    _last: tuple[Row, list[int]]  # the values at the rays of the form that was looked at last

    @staticmethod
    def of(inputs: int, rows: Iterable[Sequence[int]] = ()) -> Cone:
        """The cell of R^inputs where all `rows` are ≥ 0; raises `Empty` if it has no interior."""
        unit = [tuple([int(i == j) for j in range(inputs + 1)]) for i in range(inputs + 1)]
        cell = _cone(inputs, (), unit[:-1], unit[-1:], [0], 1)
        for row in map(tuple, rows):
            if len(row) != inputs + 1:
                raise ValueError(f"a form on R^{inputs} has {inputs + 1} entries; found {len(row)}")
            positive, negative = cell.signs(row)
            if positive and negative:
                cell = cell.child(row, 1)
            elif negative:
                raise Empty(f"constraint {len(cell.constraints)} leaves no interior")
            else:
                cell = _cone(inputs, (*cell.constraints, row), cell.lineality, cell.rays, cell.masks, cell.cuts)
        return cell

    @property
    def bounded(self) -> bool:
        """Whether the cell is bounded."""
        return not self.lineality and all(ray[-1] for ray in self.rays)

    def signs(self, row: Row) -> Signs:
        """Whether the form takes positive, and whether it takes negative values inside the cell; exact."""
        for v in self.lineality:
            if _dot(row, v):
                return True, True
        values = self._values(row)
        return max(values) > 0, min(values) < 0

    def split(self, row: Row) -> tuple[Cone, Cone]:
        """The parts where the form is ≥ 0 and where it is ≤ 0; `ValueError` unless both have an interior."""
        lineality, above, below, shared = self._cut(row)
        return self._part(row, lineality, above, shared), self._part(_opposite(row), lineality, below, shared)

    def child(self, row: Row, sign: int) -> Cone:
        """The part where the form is ≥ 0 (sign > 0) or where it is ≤ 0; `ValueError` unless both have an interior."""
        lineality, above, below, shared = self._cut(row)
        side, own = (row, above) if sign > 0 else (_opposite(row), below)
        return self._part(side, lineality, own, shared)

    def point(self) -> tuple[Fraction, ...]:
        """A rational point inside: all nonzero constraints are > 0 there.  Few binary digits, as many as are needed."""
        middle = self._middle()
        bottom = middle[-1]
        near = 0
        for mask in self.masks:
            near |= mask
        walls = self._rows_of(near & ~1)  # all facets, and what else touches the cell
        digits = 1
        while True:
            x = [((a << digits) + bottom // 2) // bottom for a in middle[:-1]]
            here = [(*x, 1 << digits)]
            for row in walls:
                if _dots(row, here)[0] <= 0:
                    break
            else:
                return tuple([Fraction(a, 1 << digits) for a in x])
            digits += 2 + digits // 2  # the middle is inside, so some rounding of it is

    def maximum(self, row: Row) -> Fraction | None:
        """The supremum of the form on the cell; None for +∞."""
        if any(_dot(row, v) for v in self.lineality):
            return None
        values = self._values(row)
        if any(v > 0 and not ray[-1] for v, ray in zip(values, self.rays, strict=True)):
            return None
        return max(Fraction(v, ray[-1]) for v, ray in zip(values, self.rays, strict=True) if ray[-1])

    def combination(self, row: Row) -> list[tuple[int, Fraction]]:
        """Positive multipliers with  row = Σ multiplier·constraints[index] + c,  c ≥ 0 (Farkas), for a form ≥ 0 on the cell.

        T = row vanishes on a face of the cone, a constraint that contains this face is subtracted as often as T stays ≥ 0, and T
        vanishes on a larger face: at most n + 1 times.  `ValueError` if the form is negative somewhere.
        """
        if any(_dot(row, v) for v in self.lineality) or min(T := self._values(row)) < 0:
            raise ValueError("the form takes negative values on the cell")
        found: list[tuple[int, Fraction]] = []
        factor = Fraction(1)  # row − Σ of what is found = factor·T at the rays, and on the lineality all are 0
        while any(T):
            face = self.cuts
            for value, mask in zip(T, self.masks, strict=True):
                if not value:
                    face &= mask
            through = (0,) if face & 1 else _bits(face)  # a constant first: then T vanishes at a vertex
            i, (p, q), a = max((self._step(T, i) for i in through), key=lambda step: step[3])[:3]
            found.append((i - 1, factor * Fraction(p, q)))
            T = [q * v - p * u for v, u in zip(T, a, strict=True)]
            common = math.gcd(*T) or 1
            T = [v // common for v in T]
            factor *= Fraction(common, q)
        self._verify(row, found)
        return sorted(term for term in found if term[0] >= 0)

    def _step(self, T: list[int], i: int) -> tuple[int, tuple[int, int], list[int], int]:
        """Bit i, the largest p/q with T − (p/q)·constraint ≥ 0, the constraint at the rays, and how many rays attain it."""
        values = [ray[-1] for ray in self.rays] if i == 0 else self._values(self.constraints[i - 1])
        p, q = 1, 0
        attained = 0
        for v, a in zip(T, values, strict=True):
            if a:
                difference = v * q - p * a
                if difference < 0:
                    p, q, attained = v, a, 1
                elif not difference:
                    attained += 1
        return i, (p, q), values, attained + sum(1 for v, a in zip(T, values, strict=True) if not v and not a)

    def _verify(self, row: Row, found: Sequence[tuple[int, Fraction]]) -> None:
        """The identity that `combination` promises; index −1 is the constant 1."""
        bottom = math.lcm(*(m.denominator for _, m in found))
        total = [bottom * w for w in row]
        for i, m in found:
            k = m.numerator * (bottom // m.denominator)
            assert k > 0
            for j, w in enumerate(self.constraints[i] if i >= 0 else (*(0,) * self.inputs, 1)):
                total[j] -= k * w
        assert not any(total)

    def _values(self, row: Row) -> list[int]:
        """The form at the rays; the last answer is kept, since a look is often followed by a cut."""
        last, values = self._last
        if last is not row:
            values = _dots(row, self.rays)
            self._last = row, values
        return values

    def _rows_of(self, mask: int) -> list[Row]:
        return [self.constraints[i - 1] for i in _bits(mask)]

    def _middle(self) -> Row:
        """A point (x, t) inside the cone: a positive sum of the rays, all vertices of about one weight."""
        top = max(ray[-1].bit_length() for ray in self.rays)
        vertices = sum(1 for ray in self.rays if ray[-1])
        weights = [
            1 << (top - ray[-1].bit_length()) if ray[-1] else -(-(vertices << top) // max(map(abs, ray))) for ray in self.rays
        ]
        return tuple([sum(map(mul, weights, column)) for column in zip(*self.rays, strict=True)])

    def _cut(self, row: Row) -> tuple[list[Row], Rays, Rays, Rays]:
        """The lineality of both children, and their rays: only above, only below, and on {row = 0}, the new bit not set yet."""
        for v in self.lineality:
            if value := _dot(row, v):
                return self._cut_lineality(row, v, value)
        values = self._values(row)
        above: list[tuple[int, Row, int]] = []
        below: list[tuple[int, Row, int]] = []
        shared: Rays = []
        for value, ray, mask in zip(values, self.rays, self.masks, strict=True):
            if value > 0:
                above.append((value, ray, mask))
            elif value < 0:
                below.append((value, ray, mask))
            else:
                shared.append((ray, mask))
        if not above or not below:
            raise ValueError("the form does not take both signs inside the cell")
        dimension = self.inputs + 1 - len(self.lineality)
        for up, r, a in above:
            for down, s, b in below:
                if (a & b) if dimension == 3 else (dimension < 3 or self._span_a_face(a, b, dimension)):
                    shared.append((_primitive([up * y - down * x for x, y in zip(r, s, strict=True)]), a & b))
        return self.lineality, [ray[1:] for ray in above], [ray[1:] for ray in below], shared

    def _cut_lineality(self, row: Row, axis: Row, value: int) -> tuple[list[Row], Rays, Rays, Rays]:
        """A form that is not 0 along the axis: its two halves become rays, all else is moved along it to where the form is 0."""
        if value < 0:
            axis, value = _opposite(axis), -value

        def moved(v: Row) -> Row:
            height = _dot(row, v)
            return _primitive([value * x - height * y for x, y in zip(v, axis, strict=True)]) if height else v

        lineality = [v for v in map(moved, self.lineality) if any(v)]
        shared = [(moved(ray), mask) for ray, mask in zip(self.rays, self.masks, strict=True)]
        return lineality, [(axis, self.cuts)], [(_opposite(axis), self.cuts)], shared

    def _span_a_face(self, a: int, b: int, dimension: int) -> bool:
        """Whether the rays with masks a, b span a 2-face of the cone, whose dimension modulo the lineality is given.

        In dimension 3 they do iff a & b ≠ 0: a constraint that vanishes on two rays of a pyramid vanishes on a face of it.
        """
        both = a & b
        count = both.bit_count()
        if count < dimension - 2:
            return False
        if count == dimension - 2 and (a.bit_count() == dimension - 1 or b.bit_count() == dimension - 1):
            return True  # a ray on dimension − 1 constraints only: these are independent, so any dimension − 2 cut out a 2-face
        on = 0
        for mask in self.masks:
            if mask & both == both:
                on += 1
                if on > 2:
                    return False
        return True

    def _part(self, row: Row, lineality: list[Row], own: Rays, shared: Rays) -> Cone:
        bit = 1 << (len(self.constraints) + 1)
        rays = [ray for ray, _ in own] + [ray for ray, _ in shared]
        masks = [mask for _, mask in own] + [mask | bit for _, mask in shared]
        return _cone(self.inputs, (*self.constraints, row), lineality, rays, masks, self.cuts | bit)


def _cone(inputs: int, constraints: tuple[Row, ...], lineality: list[Row], rays: list[Row], masks: list[int], cuts: int) -> Cone:
    cell = Cone.__new__(Cone)
    cell.inputs, cell.constraints, cell.lineality = inputs, constraints, lineality
    cell.rays, cell.masks, cell.cuts, cell._last = rays, masks, cuts, ((), [])
    return cell


def _opposite(row: Row) -> Row:
    return tuple([-w for w in row])


def _dot(row: Row, ray: Row) -> int:
    return sum(map(mul, row, ray))


def _dots(row: Row, rays: Sequence[Row]) -> list[int]:
    """The scalar products; written out in the dimensions that matter, where this is twice as fast."""
    if len(row) == 3:
        a, b, c = row
        return [a * x + b * y + c * t for x, y, t in rays]
    if len(row) == 4:
        a, b, c, d = row
        return [a * x + b * y + c * z + d * t for x, y, z, t in rays]
    return [sum(map(mul, row, ray)) for ray in rays]


def _primitive(row: Sequence[int]) -> Row:
    common = math.gcd(*row)
    return tuple([x // common for x in row]) if common > 1 else tuple(row)


def _bits(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]
