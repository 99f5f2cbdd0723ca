"""Where two networks are compared: all of R^n, a box, or a polyhedron, as a certificate states it.

    {"domain": {"lower": [integers], "upper": [integers], "denominator": q}}             lower/q ≤ x ≤ upper/q
    {"domain": {"rows": [[w_1, ..., w_n, b], ...], "equal": [[i, p, q], ...]}}           w·x + b ≥ 0 for each row

Equations are substituted before anything else: coordinates of a box with equal ends, and the rows of a polyhedron that vanish on
it, which `equal` shows by multipliers p/q > 0 with Σ (p/q) row_i = 0.  Row reduction, first columns first, writes every other
coordinate as an affine function of the *free* ones t, in order; the networks are restricted to t, and the proof speaks of t.

Standard library only: this file is part of what a reader has to trust.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofs.errors import Malformed, Refuted
from proofs.forms import Form
from proofs.parsing import Layer, Network, afford, integer, integers, short
from proofs.rows import LONG, Bounds, outward

__all__ = ["Domain", "Frame", "read_domain"]

MOST_ROWS = 1 << 20
SHOWN = 4  # coordinates of a box whose intervals are spelt out
BOX, POLYHEDRON = {"lower", "upper", "denominator"}, {"rows", "equal"}


@dataclass(frozen=True)
class Frame:
    """The coordinates as affine functions of the free ones: x_j = Σ share/q · t_k + constant/p, for `shares[j]` = {k: share}."""

    free: list[int]
    shares: list[dict[int, int]]
    constants: list[int]
    q: int
    p: int

    def form(self, row: Sequence[int]) -> Form:
        """The form w·x + b of an integer row (w, b), over t."""
        coefficients, constant = self.sums(row)
        common = math.lcm(self.p, self.q)
        a, b = common // self.q, common // self.p
        return Form(b * constant, 0, coefficients if a == 1 else [a * c for c in coefficients], common)

    def sums(self, row: Sequence[int]) -> tuple[list[int], int]:
        """The coefficients, over q, and the constant, over p, of the form of a row."""
        coefficients, constant = [0] * len(self.free), self.p * row[-1]
        for w, shares, shift in zip(row, self.shares, self.constants, strict=False):
            if w:
                constant += w * shift
                for k, share in shares.items():
                    coefficients[k] += w * share
        return coefficients, constant

    def restrict(self, network: Network) -> Network:
        """The network as a function of t."""
        if len(self.free) == network.inputs:
            return network
        first, *others = network.layers
        afford(len(first.rows) * len(self.free), self.q.bit_length(), "the domain")
        sums = [self.sums([*row, 0]) for row in first.rows]
        common = math.lcm(self.p * first.denominator, first.bias_denominator)
        a, b = common // (self.p * first.denominator), common // first.bias_denominator
        bias = [a * constant + b * c for (_, constant), c in zip(sums, first.bias, strict=True)]
        layers = [Layer([row for row, _ in sums], self.q * first.denominator, bias, common), *others]
        return Network(len(self.free), network.outputs, network.final, layers, network.digest)


@dataclass(frozen=True)
class Domain:
    """A box (`lower`, `upper` over `denominator`) or a polyhedron (`rows`, and the multipliers `equal`) in R^n."""

    inputs: int
    lower: list[int]
    upper: list[int]
    denominator: int
    rows: list[list[int]]
    equal: list[tuple[int, Fraction]]

    @property
    def is_box(self) -> bool:
        """Whether it is given by its corners."""
        return bool(self.lower)

    def contains(self, x: Sequence[int], q: int) -> bool:
        """Whether the point x/q, q > 0, lies in it."""
        if self.is_box:
            triples = zip(self.lower, x, self.upper, strict=True)
            return all(a * q <= v * self.denominator <= b * q for a, v, b in triples)
        return all(sum(w * v for w, v in zip(row, x, strict=False)) + row[-1] * q >= 0 for row in self.rows)

    def frame(self, pulse: Callable[[], object] = bool) -> Frame:
        """The free coordinates, and the others in terms of them; raises `Refuted` if the equations are not shown.

        `pulse` is called now and then.
        """
        if self.is_box:
            fixed = [a == b for a, b in zip(self.lower, self.upper, strict=True)]
            ends = [Fraction(a, self.denominator) if equal else Fraction(0) for a, equal in zip(self.lower, fixed, strict=True)]
            return _frame({j: ({}, end) for j, (equal, end) in enumerate(zip(fixed, ends, strict=True)) if equal}, self.inputs)
        common = math.lcm(*(share.denominator for _, share in self.equal))
        afford(len(self.equal), common.bit_length(), "the domain")
        shares = [(i, int(common * share)) for i, share in self.equal]
        for j in range(self.inputs + 1):
            pulse()
            if sum(share * self.rows[i][j] for i, share in shares):
                raise Refuted("the domain: the rows said to vanish do not add up to 0")
        return _frame(_reduced([self.rows[i] for i, _ in self.equal], self.inputs, pulse), self.inputs)

    def limits(self, frame: Frame) -> list[Bounds]:
        """Bounds of the free coordinates: the ends of a box, and the rows that read one of them alone, rounded outward."""
        if self.is_box:
            ends = ((Fraction(v[j], self.denominator) for v in (self.lower, self.upper)) for j in frame.free)
            return [(low, high) for low, high in ends]
        limits: list[Bounds] = [(None, None)] * len(frame.free)
        for form in self.assumptions(frame):
            if len(form.coefficients) == 1:
                (low, high), a = limits[form.start], form.coefficients[0]
                end = Fraction(-form.constant, a)
                if a > 0:
                    limits[form.start] = (end if low is None else max(low, end), high)
                else:
                    limits[form.start] = (low, end if high is None else min(high, end))
        return [outward(low, high) for low, high in limits]

    def assumptions(self, frame: Frame) -> list[Form]:
        """The rows of a polyhedron over the free coordinates; none for a box, whose limits say it all."""
        afford(len(self.rows) * len(frame.free), max(frame.p, frame.q).bit_length(), "the domain")
        return [frame.form(row) for row in self.rows]

    def __str__(self) -> str:
        if not self.is_box:
            return f"a polyhedron of R^{self.inputs} with {len(self.rows)} inequalities"
        ends = [
            (Fraction(a, self.denominator), Fraction(b, self.denominator)) for a, b in zip(self.lower, self.upper, strict=True)
        ]
        if any(v.numerator.bit_length() + v.denominator.bit_length() > LONG for pair in ends for v in pair):
            return f"a box of R^{self.inputs}"
        if len(set(ends)) == 1:
            return f"the box {_interval(*ends[0])}" + (f"^{len(ends)}" if len(ends) > 1 else "")
        if len(ends) > SHOWN:
            return f"a box of R^{self.inputs}"
        return "the box " + " × ".join(_interval(*pair) for pair in ends)


def read_domain(value: Any, inputs: int) -> Domain:
    """The domain that a line of a certificate states."""
    if not isinstance(value, dict):
        raise Malformed(f"domain: an object was expected; found {short(value)}")
    if value.keys() not in (BOX, POLYHEDRON):
        raise Malformed(f"domain: lower, upper and denominator, or rows and equal were expected; found {short([*value])}")
    if "rows" not in value:
        denominator = integer(value.get("denominator"), "domain: denominator", 1)
        afford(inputs, denominator.bit_length(), "domain")
        lower, upper = (integers(value.get(side), inputs, f"domain: {side}") for side in ("lower", "upper"))
        if any(a > b for a, b in zip(lower, upper, strict=True)):
            raise Malformed("domain: a lower end lies above its upper end")
        return Domain(inputs, lower, upper, denominator, [], [])
    rows, equal = value.get("rows"), value.get("equal")
    if not isinstance(rows, list) or not isinstance(equal, list) or max(len(rows), len(equal)) > MOST_ROWS:
        raise Malformed("domain: rows and equal must be lists of a sensible length")
    pairs = []
    for term in equal:
        i, p, q = integers(term, 3, "domain: a multiplier")
        if not 0 <= i < len(rows) or p < 1 or q < 1:
            raise Malformed(f"domain: a multiplier is [row, p, q] with p/q > 0; found {short(term)}")
        pairs.append((i, Fraction(p, q)))
    if len({i for i, _ in pairs}) < len(pairs):
        raise Malformed("domain: each row has one multiplier")
    return Domain(inputs, [], [], 1, [integers(row, inputs + 1, "domain: a row") for row in rows], pairs)


def _frame(fixed: dict[int, tuple[dict[int, Fraction], Fraction]], inputs: int) -> Frame:
    """The frame in which the coordinates `fixed` are given by the others: j → ({free coordinate: share}, constant)."""
    free = [j for j in range(inputs) if j not in fixed]
    place = {j: k for k, j in enumerate(free)}
    q = math.lcm(*(share.denominator for shares, _ in fixed.values() for share in shares.values()))
    p = math.lcm(*(constant.denominator for _, constant in fixed.values()))
    afford(sum(len(shares) for shares, _ in fixed.values()), q.bit_length(), "the domain")
    afford(len(fixed), p.bit_length(), "the domain")
    given = [fixed.get(j, ({j: Fraction(1)}, Fraction(0))) for j in range(inputs)]
    shares = [{place[j]: int(q * share) for j, share in shares.items()} for shares, _ in given]
    return Frame(free, shares, [int(p * constant) for _, constant in given], q, p)


def _reduced(rows: list[list[int]], inputs: int, pulse: Callable[[], object]) -> dict[int, tuple[dict[int, Fraction], Fraction]]:
    """The equations row = 0 solved for the first coordinates they can be solved for; rows are kept in lowest terms."""
    todo = rows
    solved: dict[int, list[int]] = {}
    for j in range(inputs):
        pivot = next((row for row in todo if row[j]), None)
        if pivot is None:
            continue
        todo = [_without(j, row, pivot, pulse) for row in todo if row is not pivot]
        solved = {k: _without(j, row, pivot, pulse) for k, row in solved.items()}
        solved[j] = pivot
    if any(any(row) for row in todo):
        raise Refuted("the domain: the equations contradict each other")
    return {
        j: ({k: Fraction(-v, row[j]) for k, v in enumerate(row[:-1]) if v and k != j}, Fraction(-row[-1], row[j]))
        for j, row in solved.items()
    }


def _without(j: int, row: list[int], pivot: list[int], pulse: Callable[[], object]) -> list[int]:
    """A multiple of the row, not 0 times, plus one of the pivot, with coefficient j zero."""
    pulse()
    if not row[j]:
        return row
    total = [pivot[j] * v - row[j] * p for v, p in zip(row, pivot, strict=True)]
    common = math.gcd(*total)
    return total if common <= 1 else [v // common for v in total]


def _interval(low: Fraction, high: Fraction) -> str:
    return f"[{low}, {high}]"
