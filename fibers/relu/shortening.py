"""A point of difference with few digits.

From an exact x with f(x) ≠ g(x), try simpler points: coordinates rounded to multiples of a power of two or to small
denominators, and fewer nonzero coordinates.  A candidate is taken when f and g differ there, exactly, and by at least a quarter
as much in proportion, |f − g| / (1 + |x|): a plain difference is not traded for one at rounding level.  The number of candidates
is bounded.

Exact: every decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.networks import ReLUNetwork
from fibers.relu.points import Point, gaps

__all__ = ["shorten"]

BITS = 64
DENOMINATORS = (1, 2, 3, 5, 10, 20, 100, 1000, 10**4, 10**6, 10**9)
BATCH = 8
BLOCKS = 32


def shorten(
    x: Sequence[Fraction],
    f: ReLUNetwork,
    g: ReLUNetwork,
    *,
    deadline: float | None = None,
    allowed: Callable[[Point], bool] | None = None,
) -> Point:
    """A point at least as short as x where f and g still differ, exactly; x itself if nothing shorter is found.

    x: a point with f(x) ≠ g(x). `deadline` is a value of `time.monotonic()`; of other points, only those `allowed` are taken.
    Cost: at most about 200 exact evaluations of f and g.

    >>> f, g = (ReLUNetwork([([[1]], [b]), ([[1]], [0])]) for b in (-2, -3))
    >>> shorten([Fraction(314159, 100000)], f, g)
    (Fraction(3, 1),)
    """
    point = tuple(x)
    test = _Test(f, g, deadline, _quality(f, g, [point])[0] / 4, allowed or (lambda candidate: True))
    point = test.first(_roundings(point)) or point
    point = test.first(_largest_only(point)) or point
    point = _with_zeros(test, point)
    return test.first(_roundings(point)) or point


@dataclass(frozen=True)
class _Test:
    """Which candidates are good enough."""

    f: ReLUNetwork
    g: ReLUNetwork
    deadline: float | None
    least: Fraction
    allowed: Callable[[Point], bool]

    def first(self, candidates: Sequence[Point]) -> Point | None:
        """The first candidate that is good enough; candidates after the deadline are not looked at."""
        candidates = [candidate for candidate in candidates if self.allowed(candidate)]
        for start in range(0, len(candidates), BATCH):
            if self.deadline is not None and time.monotonic() >= self.deadline:
                return None
            batch = candidates[start : start + BATCH]
            for candidate, quality in zip(batch, _quality(self.f, self.g, batch), strict=True):
                if quality and quality >= self.least:
                    return candidate
        return None


def _quality(f: ReLUNetwork, g: ReLUNetwork, points: Sequence[Point]) -> list[Fraction]:
    return [gap / (1 + max(map(abs, x))) for gap, x in zip(gaps(f, g, points), points, strict=True)]


def _digits(x: Point) -> int:
    return sum(v.numerator.bit_length() + v.denominator.bit_length() for v in x)


def _roundings(x: Point) -> list[Point]:
    """x, and x divided by a power of two to size 1, rounded in several ways, shortest first; only what is shorter than x."""
    size = max(map(abs, x))
    top = size.numerator.bit_length() - size.denominator.bit_length() if size else 0
    candidates = {tuple([v.limit_denominator(d) for v in x]) for d in DENOMINATORS}
    for k in range(BITS):
        integers = [round(v / Fraction(2) ** (top - k)) for v in x]
        candidates |= {tuple([v * Fraction(2) ** (e - k) for v in integers]) for e in {top, min(top, 1)}}
    return sorted((c for c in candidates if _digits(c) < _digits(x)), key=lambda c: (_digits(c), c))


def _largest_only(x: Point) -> list[Point]:
    """x with all but its 0, 1, 2, 4, ... largest coordinates replaced by 0."""
    order = sorted(range(len(x)), key=lambda i: -abs(x[i]))
    kept = [set(order[:k]) for k in (0, *(2**e for e in range(len(x).bit_length())))]
    return [c for c in (tuple([v if i in keep else Fraction(0) for i, v in enumerate(x)]) for keep in kept) if c != x]


def _with_zeros(test: _Test, x: Point) -> Point:
    """x with 0 in every block of coordinates, BLOCKS of them, where that is good enough, one after the other."""
    for block in _blocks(len(x)):
        candidate = tuple([Fraction(0) if i in block else v for i, v in enumerate(x)])
        if candidate != x:
            x = test.first([candidate]) or x
    return x


def _blocks(n: int) -> Iterator[range]:
    size = -(-n // BLOCKS)
    yield from (range(start, min(start + size, n)) for start in range(0, n, size))
