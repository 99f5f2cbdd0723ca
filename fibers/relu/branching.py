"""The largest difference of two small networks on a domain, by branch and bound over exact cells.

On a cell both networks are run on affine forms with an interval: every value is A(x) + [p, q], A affine.  A neuron whose range
on the cell is ≥ 0 passes its value on, one ≤ 0 gives 0, and any other, t in [lo, hi], is replaced by

    σ(t) = λ t + [0, max(−λ lo, (1 − λ) hi)],        λ about hi/(hi − lo), 0 ≤ λ ≤ 1

(σ(t) − λ t is convex, 0 at its least and largest at an end).  The difference of the outputs is then an affine form, whose
maximum on the cell is known exactly, and an interval.  Without open neurons there is none, and the maximum is the exact one.

Always the cell with the largest bound is cut, by the open neuron of the first open layer with the largest interval.  The largest
bound left is a bound for the whole domain at any time, and the search ends when it is exact, or small enough.

Exact: everything.  (E2, E5 in docs/theory.md.)
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.domains import Domain, Point
from fibers.exact import matrix
from fibers.limits import Limits, OutOfBudget
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.cells import Cell, cell
from fibers.relu.outward import ZERO
from fibers.relu.points import gaps

__all__ = ["Branching", "branch_and_bound"]

Form = tuple[Fraction, ...]
SHORT = 64
"""λ is a multiple of 1/SHORT."""


@dataclass(frozen=True)
class Branching:
    """|f − g| ≤ bound on the domain; |f − g| = seen at point; the search ended by itself if `finished`."""

    bound: Fraction
    seen: Fraction
    point: Point
    finished: bool


@dataclass(frozen=True)
class _Value:
    """A(x) + [low, high] on a cell."""

    form: Form
    low: Fraction = ZERO
    high: Fraction = ZERO


@dataclass(frozen=True)
class _Node:
    """A cell, a bound of |f − g| on it, the form that attains it and, unless the bound is exact, the neuron to cut by."""

    cell: Cell
    bound: Fraction
    top: Form
    cut: Form | None


def branch_and_bound(
    f: ReLUNetwork,
    g: ReLUNetwork,
    domain: Domain,
    tolerance: Fraction,
    seen: Fraction,
    point: Point,
    *,
    limits: Limits,
    say: Callable[[str], None] = lambda text: None,
) -> Branching | None:
    """The search on a solid domain, from |f − g| = seen at the point; None if the limits are reached before any bound.

    It ends when the bound is at most the tolerance, or exact, or a point with more than the tolerance has been seen.
    Cost: exponential in the neurons at worst; each cell takes two exact maxima a neuron.
    """
    ties = itertools.count()
    try:
        first = _node(f, g, cell(f.inputs, domain, limits), limits)
    except OutOfBudget:
        return None
    heap = [(-first.bound, next(ties), first)]
    done = 0
    try:
        while seen <= tolerance < heap[0][2].bound:
            node = heap[0][2]
            if node.bound <= seen:
                break
            if node.cut is None:
                seen, point = _attained(f, g, node, max(seen, tolerance), seen, point)
                break
            parts = node.cell.split(_integers(node.cut)[0])
            children = [_node(f, g, part, limits, node.bound) for part in parts]
            heapq.heappop(heap)
            for child in children:
                heapq.heappush(heap, (-child.bound, next(ties), child))
            inside = [tuple(part.point()) for part in parts]
            seen, point = max([(seen, point), *zip(gaps(f, g, inside), inside, strict=True)], key=lambda pair: pair[0])
            done += 1
            if done % 64 == 0:
                say(f"{done} cells cut, difference at most {float(heap[0][2].bound):.3g}")
    except OutOfBudget:
        return Branching(max(heap[0][2].bound, seen), seen, point, False)
    return Branching(max(heap[0][2].bound, seen), seen, point, True)


def _attained(
    f: ReLUNetwork, g: ReLUNetwork, node: _Node, least: Fraction, seen: Fraction, point: Point
) -> tuple[Fraction, Point]:
    """A point of the node's cell where the difference is within 2^−20 of the node's exact bound, and above `least`."""
    if node.bound <= least:
        return seen, point
    threshold = max(node.bound * (1 - Fraction(1, 1 << 20)), (least + node.bound) / 2)
    row, _ = _integers((*node.top[:-1], node.top[-1] - threshold))
    inside = tuple(node.cell.child(row, 1).point()) if any(row[:-1]) else tuple(node.cell.point())
    return max((seen, point), (gaps(f, g, [inside])[0], inside), key=lambda pair: pair[0])


def _node(f: ReLUNetwork, g: ReLUNetwork, part: Cell, limits: Limits, most: Fraction | None = None) -> _Node:
    """Bound the difference on a cell; `most` is a bound on a larger one."""
    (y, cut), (z, other) = (_run(network, part, limits) for network in (f, g))
    best: tuple[Fraction, Form] | None = None
    for a, b in zip(y, z, strict=True):
        for p, q in ((a, b), (b, a)):
            form = tuple([u - v for u, v in zip(p.form, q.form, strict=True)])
            top = _maximum(part, form) + p.high - q.low
            best = (top, form) if best is None or top > best[0] else best
    assert best is not None
    chosen = max((c for c in (cut, other) if c is not None), key=lambda pair: pair[0], default=None)
    bound = best[0] if most is None else min(best[0], most)
    return _Node(part, bound, best[1], chosen[1] if chosen else None)


def _run(network: ReLUNetwork, part: Cell, limits: Limits) -> tuple[list[_Value], tuple[Fraction, Form] | None]:
    """The outputs over a cell, and (interval, form) of the open neuron to cut by."""
    n = network.inputs
    values = [_Value(tuple([Fraction(int(i == j)) for j in range(n + 1)])) for i in range(n)]
    cut: tuple[Fraction, Form] | None = None
    for k, a in enumerate(network.maps):
        forms = _applied(a, values, limits)
        if k == network.hidden:
            return forms, cut
        opened: list[tuple[Fraction, Form]] = []
        values = []
        for t in forms:
            limits.check()
            values.append(_rectified(t, part, opened))
        if cut is None and opened:
            cut = max(opened, key=lambda pair: pair[0])
    raise AssertionError("a network ends in an affine map")


def _rectified(t: _Value, part: Cell, opened: list[tuple[Fraction, Form]]) -> _Value:
    """σ(t) over the cell; an open neuron is added to `opened`."""
    high = _maximum(part, t.form) + t.high
    zero = _Value((ZERO,) * len(t.form))
    if high <= 0:
        return zero
    low = t.low - _maximum(part, tuple([-v for v in t.form]))
    if low >= 0:
        return t
    slope = Fraction(round(SHORT * high / (high - low)), SHORT)
    slack = max(-slope * low, (1 - slope) * high)
    opened.append((slack, t.form))
    return _Value(tuple([slope * v for v in t.form]), slope * t.low, slope * t.high + slack)


def _applied(a: Affine, values: Sequence[_Value], limits: Limits) -> list[_Value]:
    """W v + b: the forms in one product of integers, the intervals of those that have one."""
    out = []
    intervals = [(j, v) for j, v in enumerate(values) if v.low or v.high]
    for i, form in enumerate((a.weights @ matrix([v.form for v in values])).fractions()):
        limits.check()
        weights, low, high = a.weights.row(i), ZERO, ZERO
        for j, v in intervals:
            s = Fraction(weights[j], a.weights.denominator)
            ends = (s * v.low, s * v.high)
            low, high = low + min(ends), high + max(ends)
        out.append(_Value((*form[:-1], form[-1] + a.bias[i, 0]), low, high))
    return out


def _maximum(part: Cell, form: Form) -> Fraction:
    row, scale = _integers(form)
    if not any(row[:-1]):
        return form[-1]
    most = part.maximum(row)
    assert most is not None, "the domain is bounded"
    return most * scale


def _integers(form: Form) -> tuple[tuple[int, ...], Fraction]:
    """A coprime integer row and a positive factor with form = factor · row."""
    q = math.lcm(*(v.denominator for v in form))
    row = [v.numerator * (q // v.denominator) for v in form]
    common = math.gcd(*row) or 1
    return tuple([v // common for v in row]), Fraction(common, q)
