"""What the checks of the catalogue rest on: exact comparisons by evaluation alone, sharing no code with normal forms.

`agree` compares two networks at seeded rational points of many scales.  `vanishes` decides whether a step function
Σ c_i 1[ℓ_i > 0] is 0 almost everywhere on R^n or on the open orthant, by walking along lines that meet every hyperplane there:
on R^n a generic line does; on the orthant, a hyperplane that meets it separates two of the points that are large in one
coordinate, or in none, so the segments between those do.  On a line the function is constant between crossings.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from fractions import Fraction

from fibers.networks import ReLUNetwork

__all__ = ["agree", "dot", "generic_points", "points", "vanishes"]

Vector = tuple[Fraction, ...]
Term = tuple[Vector, Vector]  # c, ℓ = (w, b)
LARGE = Fraction(10**6)


def points(n: int, domain: str = "space", count: int = 40, seed: int = 0) -> list[Vector]:
    """`count` rational points of R^n or of the open orthant, from 10^−3 to 10^4 in size; equal seeds give equal points."""
    rng = random.Random(seed)
    found = []
    for i in range(count):
        scale = Fraction(10) ** (i % 8 - 3)
        x = [scale * Fraction(rng.randint(-16, 16), 16) + Fraction(rng.randint(1, 9), 10**6) for _ in range(n)]
        found.append(tuple([abs(v) for v in x] if domain == "orthant" else x))
    return found


def agree(f: ReLUNetwork, g: ReLUNetwork, domain: str = "space", seed: int = 0) -> bool:
    """Whether f = g at those points, exactly; equal functions always do."""
    sample = points(f.inputs, domain, seed=seed)
    return f.evaluate(sample) == g.evaluate(sample)


def vanishes(terms: Iterable[Term], n: int, domain: str = "space") -> bool:
    """Whether Σ c_i 1[ℓ_i > 0] is 0 almost everywhere on the domain; terms (c, ℓ), ℓ = (w_1, ..., w_n, b)."""
    terms = list(terms)
    for seed in range(2):  # a line through a common point of two hyperplanes could miss one; two of them hardly do
        rng = random.Random(seed)
        ends = generic_points(n, rng)
        lines = list(itertools.combinations(ends, 2)) if domain == "orthant" else [(ends[0], _noise(n, rng, -99))]
        lines = lines if n else [((), ())]
        for a, b in lines:
            for s in _between_crossings(terms, a, b, bounded=domain == "orthant"):
                x = tuple(p + s * (q - p) for p, q in zip(a, b, strict=True))
                values = [c for c, form in terms if dot(form, (*x, Fraction(1))) > 0]
                if values and any(map(sum, zip(*values, strict=True))):
                    return False
    return True


def generic_points(n: int, rng: random.Random) -> list[Vector]:
    """n + 1 points of the open orthant: one with all coordinates tiny, and for each coordinate one where it is large.

    A form with a negative and a positive coefficient, the constant among them, has opposite signs at two of them.
    """
    small = [tuple(x / LARGE for x in _noise(n, rng, 1)) for _ in range(n + 1)]
    return [small[n], *(tuple(x + LARGE * (i == j) for j, x in enumerate(small[i])) for i in range(n))]


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """Σ a_i b_i."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _noise(n: int, rng: random.Random, least: int) -> Vector:
    return tuple(Fraction(rng.randint(least * 10**6, 99 * 10**6), 10**6 + 3) for _ in range(n))


def _between_crossings(terms: Sequence[Term], a: Vector, b: Vector, bounded: bool) -> list[Fraction]:
    """Parameters s of a + s (b − a), one in each interval between crossings; 0 < s < 1 if bounded."""
    crossings = set()
    for _, form in terms:
        at_a, at_b = (dot(form, (*x, Fraction(1))) for x in (a, b))
        if at_a != at_b:
            crossings.add(at_a / (at_a - at_b))
    if bounded:
        cuts = [Fraction(0), *sorted(s for s in crossings if 0 < s < 1), Fraction(1)]
    else:
        cuts = [min(crossings, default=Fraction(0)) - 1, *sorted(crossings), max(crossings, default=Fraction(0)) + 1]
    return [(s + t) / 2 for s, t in itertools.pairwise(cuts)]
