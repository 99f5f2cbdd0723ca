"""Differences: the search for a point where two networks differ, cheap before thorough, and the answer it makes.

On all of R^n: random points, then the complete rules for one hidden layer (S1) and for bottleneck networks with two (B3, B4),
then points aimed at the kinks of neurons without a partner.  On a domain: points of it, and segments between them.

Nothing here is trusted: floats steer, `proofs.check` concludes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fibers.answers import Alignment, Inequivalent
from fibers.domains import Box, Domain, Polyhedron
from fibers.exact import Matrix, column
from fibers.limits import Limits
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.lines import difference_on_line, line_work
from fibers.relu.points import Point, first_difference, gaps
from fibers.relu.problems import Problem
from fibers.relu.sampling import Sample
from proofs.certificates import Certificate, encode, integer
from proofs.checker import check

__all__ = ["aimed_point", "inequivalent", "quick_point", "shortened"]

INSIDE, GRID = 256, 1 << 12
"""Points of a box at which networks are compared in floats, and the steps that its sides are divided into."""
CHORDS = 16
"""Segments of a domain on which they are compared exactly, unless one costs more than `LONG`."""
LONG = 2_000_000

EVALUATIONS = 40
"""Exact evaluations that shortening a point takes at least; it gets half of the time that is left."""
WORTH = 100_000_000
"""Weights times layers times points, for telling how large a difference is beside the outputs."""

Progress = Callable[[str], None]


def quick_point(problem: Problem, seed: int, limits: Limits, say: Progress) -> Point | None:
    """A point of difference by what is cheap or complete, or None, which proves nothing."""
    from fibers.relu import evidence
    from fibers.relu.simplification import simplify

    f, g = logits(problem.f), logits(problem.g)
    if problem.domain is not None:
        say("trying points of the domain")
        return _point_inside(f, g, problem.domain, seed, limits)
    say("trying random points")
    point = evidence.random_difference(f, g, seed=seed, deadline=limits.deadline)
    limits.check()
    if point is None:
        say("simplifying")
        point = _in_special_cases(simplify(f), simplify(g), seed, limits, say)
    return point


def aimed_point(problem: Problem, alignment: Alignment, seed: int, limits: Limits, say: Progress) -> Point | None:
    """A point of difference by aiming: at the kinks of neurons without a partner, or on a domain at the largest difference."""
    from fibers.relu import evidence, worst

    f, g = logits(problem.f), logits(problem.g)
    if problem.domain is not None:
        if not problem.inputs:
            return None
        say("looking for a large difference")
        gap, point = worst.worst_point(f, g, problem.domain, seed=seed, check=limits.check)
        return point if gap else None
    say("aiming at kinks")
    suspects = [(0, *at) for at in alignment.unmatched_f] + [(1, *at) for at in alignment.unmatched_g]
    return evidence.find_difference(f, g, seed=seed, deadline=limits.deadline, suspects=suspects, progress=say)


def _in_special_cases(f: ReLUNetwork, g: ReLUNetwork, seed: int, limits: Limits, say: Progress) -> tuple[Fraction, ...] | None:
    """A point of difference by the rules for one hidden layer and for bottleneck networks with two, where they apply."""
    from fibers.relu import bottleneck, shallow

    if max(f.hidden, g.hidden) <= 1:
        say("comparing normal forms")
        return shallow.difference_point(f, g)
    if bottleneck.is_bottleneck(f) and bottleneck.is_bottleneck(g):
        say("looking at the kinks of bottleneck networks")
        return bottleneck.difference_point(f, g, seed=seed, deadline=limits.deadline)
    return None


def _point_inside(f: ReLUNetwork, g: ReLUNetwork, domain: Domain, seed: int, limits: Limits) -> Point | None:
    """A point of the domain where f and g differ: float suspects of a sample, a few more of it, then segments between these."""
    floats, exact = _box_sample(domain, seed) if isinstance(domain, Box) else _sample(domain, seed)
    ours, theirs = (Sample(network, floats).layers[-1] for network in (f, g))
    with np.errstate(all="ignore"):
        suspects = np.nan_to_num(np.abs(ours - theirs).max(axis=1), nan=0.0)
    for k in dict.fromkeys([*np.argsort(-suspects)[:8].tolist(), *range(16)]):
        limits.check()
        found = first_difference(f, g, [exact(k)])
        if found is not None:
            return found
    if line_work(f, g) > LONG:
        return None
    for x, y in pairwise(exact(k) for k in range(CHORDS + 1)):
        limits.check()
        v = tuple([b - a for a, b in zip(x, y, strict=True)])
        found = difference_on_line(f, g, x, v, (Fraction(0), Fraction(1))) if any(v) else None
        if found is not None:
            return found
    return None


Drawn = tuple[np.ndarray, Callable[[int], Point]]
"""Points of a domain in floats, one a row, and each of them exactly."""


def _box_sample(box: Box, seed: int) -> Drawn:
    """Points a share k/2^12 of the way from one end to the other in each coordinate: the middle, two corners, random ones."""
    rng = np.random.default_rng(seed)
    shares = rng.integers(0, GRID + 1, (INSIDE, len(box.lower)))
    shares[:3] = np.array([[GRID // 2], [0], [GRID]])
    low, high = (column(end).floats[:, 0] for end in (box.lower, box.upper))

    def exact(k: int) -> Point:
        ends = zip(box.lower, box.upper, shares[k].tolist(), strict=True)
        return tuple([a + (b - a) * Fraction(share, GRID) if a < b else a for a, b, share in ends])

    with np.errstate(all="ignore"):
        return low + (high - low) * shares / GRID, exact


def _sample(domain: Polyhedron, seed: int) -> Drawn:
    """Random points of a polyhedron."""
    points = domain.sample(random.Random(seed), INSIDE // 4)
    return np.array([column(x).floats[:, 0] for x in points]), points.__getitem__


def shortened(point: Point, problem: Problem, limits: Limits) -> Point:
    """A point of difference with few digits, in the domain; where time is limited, the point as it is if that would take long."""
    from fibers.relu.shortening import shorten

    f, g, domain = logits(problem.f), logits(problem.g), problem.domain
    allowed = None if domain is None else domain.contains
    if limits.left is None:
        return shorten(point, f, g, allowed=allowed)
    began = time.monotonic()
    gaps(f, g, [point])
    if EVALUATIONS * (time.monotonic() - began) > limits.left / 2:
        return point
    return shorten(point, f, g, deadline=time.monotonic() + limits.left / 2, allowed=allowed)


def logits(network: ReLUNetwork) -> ReLUNetwork:
    """The network without its final activation; a Softmax sees logits up to a common shift, so the last is subtracted."""
    if network.final is None:
        return network
    *hidden, last = network.maps
    W, b = last.weights, last.bias
    return ReLUNetwork([*hidden, Affine(_minus_last_row(W), _minus_last_row(b))])


def _minus_last_row(W: Matrix) -> Matrix:
    return W - W.take_rows([W.rows - 1] * W.rows)


def inequivalent(problem: Problem, point: Point, alignment: Alignment, seed: int, limits: Limits) -> Inequivalent:
    """The answer that the networks differ at a point of the domain, with a certificate that has been checked."""
    f, g = problem.f, problem.g
    ours, theirs = logits(f), logits(g)
    gap = tuple(a - b for a, b in zip(ours(point), theirs(point), strict=True))
    x, d = column(point, "point"), column(gap, "gap")
    step = {
        "step": "point",
        "point": encode(x.numerators),
        "denominator": integer(x.denominator),
        "gap": encode(d.numerators),
        "gap_denominator": integer(d.denominator),
    }
    certificate = Certificate("inequivalent", (f.lines, g.lines), (step,), problem.stated)
    check(certificate, f, g, pulse=limits.check)
    with np.errstate(all="ignore"):
        at = x.to_numpy()[:, 0]
        float_gap = tuple((ours(at) - theirs(at)).tolist())
    return Inequivalent(point, gap, certificate, alignment, _relative(ours, theirs, point, seed), float_gap, problem.domain)


def _relative(f: ReLUNetwork, g: ReLUNetwork, point: tuple[Fraction, ...], seed: int) -> float:
    """The largest |f − g| as a share of the outputs' size, at `point` and at random points near the unit sphere's scale.

    16 points, fewer for networks whose exact evaluation is long: numbers grow from layer to layer.
    """
    count = max(1, min(16, WORTH // ((f.parameters + g.parameters) * max(f.hidden, g.hidden, 1))))
    draws = np.random.default_rng(seed).standard_normal((count, f.inputs)).astype(np.float16)
    sample = [[Fraction(v) for v in row] for row in draws.tolist()]
    values, others = f.evaluate(sample), g.evaluate(sample)
    size = max(max(map(abs, y)) for y in values)
    largest = max(abs(a - b) for y, z in zip(values, others, strict=True) for a, b in zip(y, z, strict=True))
    ours, theirs = f(point), g(point)
    here = max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / max(size, *map(abs, ours), *map(abs, theirs))
    return float(column([max(here, largest / size if size else Fraction(0))]).floats[0, 0])
