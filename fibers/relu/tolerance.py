"""How far apart two networks can be on a bounded domain: a proven bound, and the worst point that was found (E5).

    bound   |f − g| ≤ bound in the max norm over the outputs, everywhere on the domain
    seen    |f − g| = seen at `point`, exactly: the largest difference met

The bound is the best of several, each rigorous:
1. of g written over f's neurons, where rounding has moved it (`rounding_alignment`): the plain recursion of E5, exactly, rounded
   outward (`paired_forms`), and the same with Euclidean norms (`norms`), far lower for wide layers;
2. where these are above the tolerance asked for, of the ranges of both networks on the box around the domain, by intervals;
3. where these are above the tolerance asked for, of a branch and bound over exact cells (`branching`), which ends for small
   networks.

The box around a domain is the domain itself for a `Box`; for a `Polyhedron` its exact extent in each coordinate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fibers.domains import Box, Domain, Frame, Point, Polyhedron, frame
from fibers.errors import FiberError, InvalidDomain, InvalidTolerance, NotComparable
from fibers.exact import rational
from fibers.limits import NO_LIMITS, Limits, OutOfBudget
from fibers.networks import ReLUNetwork
from fibers.relu.branching import branch_and_bound
from fibers.relu.cells import Cell, cell
from fibers.relu.norms import error_bound
from fibers.relu.outward import ZERO, up
from fibers.relu.paired_forms import Atoms, Forms, Step, input_atoms, ranges
from fibers.relu.points import gaps
from fibers.relu.rounding_alignment import align
from fibers.relu.simplification import simplify
from fibers.relu.worst import worst_point

__all__ = ["Bound", "bounding_box", "check_tolerance", "within"]

MOST_FOLDED = 100_000
"""Weights of both networks up to which affine parts are folded where the first alignment does not suffice: exact products."""


@dataclass(frozen=True)
class Bound:
    """|f − g| ≤ bound on the domain, in the max norm over the outputs, and |f − g| = seen at `point`, which lies in it."""

    bound: Fraction
    seen: Fraction
    point: Point


def check_tolerance(tolerance: Any, domain: Domain | None) -> Fraction:
    """The tolerance as a `Fraction`; raises `InvalidTolerance` unless it is positive and finite and there is a domain.

    >>> check_tolerance("1e-6", Box(0, 1))
    Fraction(1, 1000000)
    """
    try:
        value = rational(tolerance, "tolerance")
    except FiberError:
        value = Fraction(0)
    if isinstance(tolerance, bool) or value <= 0:
        raise InvalidTolerance(f"tolerance must be a positive finite number; found {tolerance!r:.60}")
    if domain is None:
        raise InvalidTolerance(
            "the difference of two unequal networks is unbounded on R^n in general, so a tolerance needs a domain: "
            "pass domain=fibers.Box(lo, hi)"
        )
    return value


def within(
    f: ReLUNetwork,
    g: ReLUNetwork,
    domain: Domain,
    tolerance: Any,
    *,
    seed: int = 0,
    limits: Limits = NO_LIMITS,
    say: Callable[[str], None] = lambda text: None,
) -> Bound:
    """How far apart f and g can be on the domain: `Bound(bound, seen, point)`.

    It works until the bound is at most the tolerance, or exact, or a difference above the tolerance has been seen; where the
    limits are reached first, the bound is the best so far, and may exceed the tolerance. Without limits that can take time
    exponential in the neurons where the bounds by alignment do not suffice.

    Parameters
    ----------
    f, g : ReLUNetwork
        With the same inputs and outputs, of any depths; `final` is not looked at.
    domain : Box or bounded Polyhedron
        In R^n, or a `Box` of two plain numbers.
    tolerance : number
        Positive.
    seed : int
        Of the search for the worst point; equal seeds give equal points.
    limits : Limits
        Looked at between layers and cells; `OutOfBudget` is raised only where there is no bound yet.
    say : callable
        Called with a short text now and then.

    Raises `InvalidTolerance`, `InvalidDomain` for an empty or unbounded domain or one of another dimension, `NotComparable` for
    other inputs or outputs. Cost without branching: a few passes over the weights, and products of matrices in floats.

    >>> f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])                      # |x|
    >>> g = ReLUNetwork([([[3], [-1]], [0, 0]), ([[Fraction(1, 4), 1]], [0])])         # |x|, but 3x/4 for x ≥ 0
    >>> found = within(f, g, Box(-1, 1), Fraction(1, 3))
    >>> found.seen, found.point, Fraction(1, 4) <= found.bound <= Fraction(1, 3)
    (Fraction(1, 4), (Fraction(1, 1),), True)
    """
    goal = check_tolerance(tolerance, domain)
    if (f.inputs, f.outputs) != (g.inputs, g.outputs):
        raise NotComparable(f"both need the same inputs and outputs; found {f.inputs} → {f.outputs} and {g.inputs} → {g.outputs}")
    hull = frame(domain.on(f.inputs), limits)
    if hull.domain is None:
        gap = gaps(f, g, [hull.point])[0]
        return Bound(gap, gap, hull.point)
    if f.maps == g.maps:
        return Bound(Fraction(0), Fraction(0), hull.point)
    return _Question(f, g, domain.on(f.inputs), hull, goal, seed, limits, say).answer()


def bounding_box(domain: Domain, hull: Frame, limits: Limits = NO_LIMITS) -> Box:
    """The least box around a domain that has this frame; raises `InvalidDomain`, naming the coordinate, if there is none."""
    if isinstance(domain, Box):
        return domain
    assert hull.domain is not None, "a single point needs no box"
    solid = cell(len(hull.free), hull.domain, limits)
    ends = [_extent(solid, i, w, c) for i, (w, c) in enumerate(zip(hull.matrix.fractions(), hull.offset.vector(), strict=True))]
    return Box([low for low, _ in ends], [high for _, high in ends])


def _extent(solid: Cell, i: int, w: Sequence[Fraction], c: Fraction) -> tuple[Fraction, Fraction]:
    """The range of coordinate i, which is w·t + c over the solid domain."""
    q = math.lcm(*(v.denominator for v in w))
    row = [v.numerator * (q // v.denominator) for v in w]
    ends = []
    for sign in (-1, 1):
        most = solid.maximum((*[sign * v for v in row], 0)) if any(row) else Fraction(0)
        if most is None:
            side = "below" if sign < 0 else "above"
            raise InvalidDomain(f"a tolerance needs a bounded domain; coordinate {i} (counted from 0) is not bounded {side}")
        ends.append(c + sign * most / q)
    return ends[0], ends[1]


@dataclass
class _Question:
    """One question; every stage improves the bound, or the worst point."""

    f: ReLUNetwork
    g: ReLUNetwork
    domain: Box | Polyhedron
    hull: Frame
    goal: Fraction
    seed: int
    limits: Limits
    say: Callable[[str], None]
    bound: Fraction | None = None
    seen: Fraction = Fraction(-1)
    point: Point = ()

    def answer(self) -> Bound:
        """The stages in turn."""
        try:
            self.by_alignment()
        except OutOfBudget:
            if self.bound is None:
                raise
        if self.seen < 0:
            self.seen, self.point = gaps(self.f, self.g, [self.hull.point])[0], self.hull.point
        assert self.bound is not None
        if self.seen <= self.goal < self.bound:
            self.by_cells()
        assert self.domain.contains(self.point) and self.seen <= self.bound, "points are tested and bounds are proven exactly"
        return Bound(self.bound, self.seen, self.point)

    def lower(self, bound: Fraction | None) -> None:
        """Take a bound if it is better."""
        if bound is not None and (self.bound is None or bound < self.bound):
            self.bound = bound

    def by_alignment(self) -> None:
        """Ranges, the approximate alignment and its bounds, the scan."""
        self.limits.check()
        box = bounding_box(self.domain, self.hull, self.limits)
        steps = self._aligned(box)
        if self.bound is None or self.bound > self.goal:
            self.lower(_by_ranges(self.f, self.g, box))
        self.say("looking for the worst point")
        self.seen, self.point = worst_point(self.f, self.g, self.domain, steps, seed=self.seed, check=self.limits.check)

    def _aligned(self, box: Box) -> list[Step] | None:
        """The steps of an alignment, after simplification if the depths differ; None where they still do."""
        f, g = self.f, self.g
        if f.hidden != g.hidden:
            f, g = simplify(f), simplify(g)
            if f.hidden != g.hidden:
                return None
        self.say("aligning up to rounding")
        steps, found = self._bounded(f, g, box, fold=False)
        if found > self.goal and f.parameters + g.parameters <= MOST_FOLDED:
            folded, bound = self._bounded(f, g, box, fold=True)
            steps = folded if bound < found else steps
        return steps

    def _bounded(self, f: ReLUNetwork, g: ReLUNetwork, box: Box, fold: bool) -> tuple[list[Step], Fraction]:
        """An alignment and the best bound that it gives."""
        steps = align(f, g, box.lower, box.upper, fold=fold, check=self.limits.check)
        best = max(steps[-1].error)
        self.lower(best)
        self.limits.check()
        by_norms = error_bound(steps, box.lower, box.upper, self.limits.check)
        if by_norms is not None:
            best = min(best, up(by_norms, 53))
            self.lower(best)
        return steps, best

    def by_cells(self) -> None:
        """Branch and bound."""
        self.say("cutting the domain into cells")
        solid = self.hull.domain
        assert solid is not None and self.bound is not None
        f, g = self.hull.restrict(self.f), self.hull.restrict(self.g)
        start = tuple([self.point[i] for i in self.hull.free])
        found = branch_and_bound(f, g, solid, self.goal, self.seen, start, limits=self.limits, say=self.say)
        if found is not None:
            self.lower(found.bound)
            self.seen, self.point = found.seen, self.hull.lift(found.point)


def _by_ranges(f: ReLUNetwork, g: ReLUNetwork, box: Box) -> Fraction:
    """The largest distance of a value of f from one of g, by intervals."""
    ends = []
    for network in (f, g):
        layer = input_atoms(box.lower, box.upper)
        for a in network.maps:
            zeros = [ZERO] * a.weights.rows
            low, high = ranges(Forms({0: a.weights}, a.bias, zeros), [layer], 0)
            layer = Atoms([max(v, ZERO) for v in low], [max(v, ZERO) for v in high], zeros)
        ends.append(list(zip(low, high, strict=True)))
    return max(max(y - u, v - x) for (x, y), (u, v) in zip(*ends, strict=True))
