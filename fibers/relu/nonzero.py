"""A point where a normal form is not zero: S1 in docs/theory.md, made constructive.

Let d(x) = Σ_H (a_H/2) |ℓ_H(x)| + A x + e, all a_H ≠ 0, be not identically 0 on U.  If it has a kink H, take x in H ∩ U off
the other kinks, and a step δ across H so small that the segment from x − δ to x + δ stays in U and meets no other kink.  Then

    d(x − δ) + d(x + δ) − 2 d(x) = a_H |ℓ_H(x + δ)| ≠ 0,

so d is not 0 at one of the three points.  If d has no kink, it is affine, and not 0 at one of n + 1 affinely independent points.

That proves that the search ends; what it tries first are simple points: small integers, then the three points rounded to
0, 1, 2, 4, ... binary digits.  Exact throughout; random numbers, from a fixed seed, only choose x.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fibers.relu.shallow import NormalForm

__all__ = ["nonzero_point"]

Point = tuple[Fraction, ...]
HEIGHTS = (1, 1, 2, 4, 8, 64)
"""Sizes of the random integer points that are tried first."""


def nonzero_point(d: NormalForm) -> Point | None:
    """A rational point of d's domain where d is not 0, or None iff d is 0 on all of it; deterministic.

    Cost: most often one evaluation of d; otherwise one pass over its kinks and about log(digits needed) evaluations.
    """
    return None if d.is_zero else next(x for x in _candidates(d) if any(d(x)))


def _candidates(d: NormalForm) -> Iterator[Point]:
    """Points of the domain; a nonzero d is not 0 at one of them."""
    base = (Fraction(d.domain == "orthant"),) * d.inputs
    rng = random.Random(0)
    yield base
    for height in HEIGHTS:
        yield tuple([Fraction(rng.randint(-height if d.domain == "space" else 1, height)) for _ in base])
    if not d.kinks:  # d(base) = 0, so A has a nonzero column j, and d(base + e_j) is that column
        j = next(j for row in d.linear for j, x in enumerate(row) if x)
        yield tuple(x + (i == j) for i, x in enumerate(base))
        return
    around = _around_a_kink(d)
    # The roundings tend to the three points, d is continuous and not 0 at one of them: some number of digits succeeds.
    digits = 0
    while True:
        for x in around:
            short = tuple([Fraction(round(v * 2**digits), 2**digits) for v in x])
            if d.domain == "space" or min(short) > 0:
                yield short
        digits += 1 + digits // 2


def _around_a_kink(d: NormalForm) -> tuple[Point, Point, Point]:
    """x − δ, x, x + δ: x on one kink H of d, and no other kink of d meets the segment; all in the domain."""
    H, _ = min(d.kinks, key=lambda kink: max(map(abs, kink[0])))
    p = max(range(d.inputs), key=lambda j: abs(H[j]))
    rng = random.Random(0)
    # Each other kink is 0 at a random x of height h with probability at most 2/h (Schwartz, Zippel), so the loop ends.
    for k in itertools.count():
        x = (_on if d.domain == "space" else _on_in_orthant)(H, p, 2**k - 1, rng)
        values = d.at_kinks(x)
        if values.count(0) == 1:
            break
    room = [abs(value / form[p]) for value, (form, _) in zip(values, d.kinks, strict=True) if value and form[p]]
    room += [x[p]] if d.domain == "orthant" else []
    step = _power_below(min(room, default=Fraction(2)))
    before, after = ((*x[:p], x[p] + s, *x[p + 1 :]) for s in (-step, step))
    return before, x, after


def _on(H: tuple[int, ...], p: int, height: int, rng: random.Random) -> Point:
    """A point of H: random integers up to `height` in size, but coordinate p solves the equation; H[p] ≠ 0."""
    x = [rng.randint(-height, height) for _ in H[:-1]]
    x[p] = 0
    rest = sum((w * v for w, v in zip(H, x, strict=False)), H[-1])
    return tuple([Fraction(-rest, H[p]) if j == p else Fraction(v) for j, v in enumerate(x)])


def _on_in_orthant(H: tuple[int, ...], p: int, height: int, rng: random.Random) -> Point:
    """A point x > 0 of H, which has entries of both signs: random integers z > 0, made to balance.

    With z homogeneous, P = Σ of w z over w > 0 and N = −Σ over w < 0, multiply the z of w > 0 by N and all others by P: both
    sums become P N. Every positive point of H arises (it has P = N), so no other hyperplane contains all of them.
    """
    z = [rng.randint(1, height + 1) for _ in H]
    P = sum(w * v for w, v in zip(H, z, strict=True) if w > 0)
    N = -sum(w * v for w, v in zip(H, z, strict=True) if w < 0)
    balanced = [v * (N if w > 0 else P) for w, v in zip(H, z, strict=True)]
    return tuple([Fraction(v, balanced[-1]) for v in balanced[:-1]])


def _power_below(room: Fraction) -> Fraction:
    """A power of two between room/4 and room, both excluded."""
    step = Fraction(2) ** (room.numerator.bit_length() - room.denominator.bit_length())
    return step if step < room else step / 2
