"""The claim about the law of a box count by chance: T17 of section 7 of `docs/theory.md`.

The law is made by inclusion and exclusion, in integers; that its polynomial has real roots alone is decided by sympy's count
of real roots, exactly.
"""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from fractal.chance import chance_counts
from fractal.verdicts import bennett
from proofs.ledger import Claim

__all__ = ["CLAIMS", "law"]

Instance = tuple[int, int, int]  # boxes, points of each, points chosen


def law(C: int, s: int, m: int) -> list[int]:
    """How many of the sets of m of C s points meet k of the C boxes of s points, for k = 0, ..., C."""
    return [
        math.comb(C, k) * sum((-1) ** (k - j) * math.comb(k, j) * math.comb(j * s, m) for j in range(k + 1)) for k in range(C + 1)
    ]


def _is_a_sum_of_independent_ones(instance: Instance) -> None:
    import sympy

    C, s, m = instance
    ways = law(C, s, m)
    assert sum(ways) == math.comb(C * s, m), "the law does not add up"
    x = sympy.Symbol("x")
    polynomial = sympy.Poly(list(reversed(ways)), x).sqf_part()
    assert polynomial.count_roots(None, 0) == polynomial.degree(), "the polynomial has other roots than real ones up to 0"
    total = math.comb(C * s, m)
    mean = Fraction(sum(k * w for k, w in enumerate(ways)), total)
    variance = Fraction(sum(k * k * w for k, w in enumerate(ways)), total) - mean**2
    for t in {abs(k - mean) for k in range(C + 1)}:
        tail = Fraction(sum(w for k, w in enumerate(ways) if abs(k - mean) >= t), total)
        assert float(tail) <= bennett(float(t), float(variance)) + 1e-12, f"a tail of {float(tail)} at {float(t)}"
    if s > 1:
        found = chance_counts((C * s,), m, base=s)
        assert math.isclose(found.expected[1], mean) and math.isclose(found.covariance[1][1], variance, abs_tol=1e-12)


@st.composite
def _boxes(draw: st.DrawFn) -> Instance:
    C, s = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    return C, s, draw(st.integers(1, C * s))


CLAIMS = (
    Claim(
        "T17",
        "The number of boxes of equal size that m random points meet is a sum of independent 0's and 1's, so that Bennett's "
        "bound holds for its tails.",
        "docs/theory.md, T17; Bennett, Probability inequalities for the sum of independent random variables, 1962",
        _boxes(),
        _is_a_sum_of_independent_ones,
        "proved",
    ),
)
