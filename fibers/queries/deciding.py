"""A problem decided: sat with an assignment, unsat, unknown, or timed-out.

"Some output differs" is `fibers.equivalent` on the box, and "some output differs by more than t" is that with the tolerance t.
Outputs that the query leaves out are taken off both networks, and outputs with other tolerances are scaled to have one.  An end
that the box excludes makes no difference to `unsat`: networks that differ on the closed box differ inside.

Exact: `unsat` rests on a checked certificate or a rigorous bound, `sat` on an assignment that satisfies the query as printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.answers import Equivalent, Inequivalent, Undecided, WithinTolerance
from fibers.domains import Box, Domain, Polyhedron
from fibers.exact import Matrix, column
from fibers.limits import time_ran_out
from fibers.networks import Affine, ReLUNetwork
from fibers.queries.assignments import Assignment, assignment
from fibers.queries.problems import Interval, Limit, Problem
from fibers.relu.equivalence import equivalent
from fibers.relu.sampling import sample_size

__all__ = ["Verdict", "decide"]

Decided = Equivalent | Inequivalent | WithinTolerance
CLEAR = 1e-6
"""Of the outputs' size: a difference above it is none of rounding."""


@dataclass(frozen=True)
class Verdict:
    """The standard's word, the assignment if it is "sat", and what it rests on, in words."""

    word: str
    reason: str
    assignment: Assignment | None = None


def decide(
    problem: Problem,
    f: ReLUNetwork,
    g: ReLUNetwork,
    *,
    seed: int = 0,
    budget: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Verdict:
    """The verdict on a problem whose networks f and g have the declared sizes; see `fibers.equivalent` for the rest."""
    if any(interval.empty for interval in problem.box):
        i = next(i for i, interval in enumerate(problem.box) if interval.empty)
        return Verdict("unsat", f"the bounds on {problem.f.inputs[0].place(i)} leave it no value")
    if any(limit.certain for limit in problem.limits):
        return _sat(problem, f, g, _middle(problem.box), "every point of the box satisfies the assertion on outputs")
    domain = _domain(problem.box)
    guess = _guess(problem, f, g, seed) if isinstance(domain, Box) else None
    if guess is not None:
        return guess
    reasons = []
    end = None if budget is None else time.monotonic() + budget
    for limits in _groups(problem.limits):
        left = None if end is None else max(end - time.monotonic(), 1e-3)
        small, large, most = _restricted(f, limits), _restricted(g, limits), limits[0].most
        tolerance = None if not most else most if _alike(limits) else Fraction(1)
        answer = equivalent(small, large, seed=seed, budget=left, domain=domain, tolerance=tolerance, progress=progress)
        if isinstance(answer, Undecided):
            late = answer.reason.startswith("the budget")  # of time; else memory ran out, or bounds are too wide
            told = answer.reason.replace(time_ran_out(left), time_ran_out(budget))
            return Verdict("timed-out" if late else "unknown", told)
        verdict = _verdict(problem, f, g, limits, answer, tolerance)
        if verdict.word != "unsat":
            return verdict
        reasons.append(verdict.reason)
    return Verdict("unsat", "; ".join(reasons))


def _verdict(
    problem: Problem, f: ReLUNetwork, g: ReLUNetwork, limits: Sequence[Limit], answer: Decided, tolerance: Any
) -> Verdict:
    if isinstance(answer, Equivalent):
        return Verdict("unsat", "the networks are equal there, proved (certificate checked)")
    if isinstance(answer, Inequivalent):
        return _sat(problem, f, g, answer.point, "the networks differ at this point, exactly")
    if answer.bound < tolerance or (answer.bound == tolerance and all(limit.strict for limit in limits)):
        return Verdict("unsat", "no difference beyond the tolerance, by a rigorous bound")
    return _sat(problem, f, g, answer.point, "the difference reaches the tolerance at this point, exactly")


def _sat(problem: Problem, f: ReLUNetwork, g: ReLUNetwork, x: Sequence[Fraction], reason: str) -> Verdict:
    found = assignment(problem, f, g, x)
    if found is None:
        return Verdict("unknown", "no decimal point was found that satisfies the query, though it may be satisfiable")
    return Verdict("sat", reason, found)


def _guess(problem: Problem, f: ReLUNetwork, g: ReLUNetwork, seed: int) -> Verdict | None:
    """Sat, if one of some random points of the box tells, clearly enough for floats; most satisfiable queries end here."""
    with np.errstate(all="ignore"):
        low, high = (np.array([float(end) for end in ends]) for ends in zip(*((b.low, b.high) for b in problem.box), strict=True))
        share = np.random.default_rng(seed).random((sample_size(f, g), len(low)))
        x = low + (high - low) * share
        y, z = f(x), g(x)
        gap = np.stack([np.abs(y - z)[:, limit.output] - float(limit.most) for limit in problem.limits])
    worst = int(np.argmax(np.nan_to_num(gap.max(axis=0), nan=-np.inf)))
    if not gap[:, worst].max() > CLEAR * np.abs(y[worst]).max():
        return None
    verdict = _sat(problem, f, g, [Fraction(v) for v in x[worst].tolist()], "the networks differ at this point, exactly")
    return verdict if verdict.word == "sat" else None


def _groups(limits: Sequence[Limit]) -> list[list[Limit]]:
    """The outputs that must be equal, and those with a tolerance."""
    groups = [[limit for limit in limits if not limit.most], [limit for limit in limits if limit.most]]
    return [group for group in groups if group]


def _alike(limits: Sequence[Limit]) -> bool:
    return len({limit.most for limit in limits}) == 1


def _restricted(network: ReLUNetwork, limits: Sequence[Limit]) -> ReLUNetwork:
    """The network with the limited outputs alone, divided by their tolerances where these are not the same."""
    outputs = [limit.output for limit in limits]
    if outputs == list(range(network.outputs)) and _alike(limits):
        return network
    *maps, last = network.maps
    W, b = last.weights.take_rows(outputs), last.bias.take_rows(outputs)
    if not _alike(limits):
        k = len(limits)
        scale = column([1 / limit.most for limit in limits])
        D = Matrix(k, k, [v if i == j else 0 for i, v in enumerate(scale.numerators) for j in range(k)], scale.denominator)
        W, b = D @ W, D @ b
    return ReLUNetwork([*maps, Affine(W, b)])


def _domain(box: Sequence[Interval]) -> Domain | None:
    """The closed box, without the ends that there are none of."""
    if all(None not in (interval.low, interval.high) for interval in box):
        return Box([interval.low for interval in box], [interval.high for interval in box])
    ends = [(i, sign, end) for i, b in enumerate(box) for sign, end in ((-1, b.low), (1, b.high)) if end is not None]
    if not ends:
        return None
    rows = [[sign if j == i else 0 for j in range(len(box))] for i, sign, _ in ends]
    return Polyhedron(rows, [sign * end for _, sign, end in ends])


def _middle(box: Sequence[Interval]) -> list[Fraction]:
    return [_inside(interval) for interval in box]


def _inside(interval: Interval) -> Fraction:
    low, high = interval.low, interval.high
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2
