"""Which tensors are clear of chance: a bound on how seldom chance has counts like theirs, and one rule for many tensors.

*One count.*  Let m of n points be chosen at random, and C boxes have s points each.  Then N, the number of occupied boxes, is a
sum of independent variables in {0, 1}.  For P(N = k) is, but for a factor, binom(C, k) k! c(m, k) with
c(m, k) = [t^m] ((1 + t)^s − 1)^k / k!, so P_m(x) = m! Σ c(m, k) x^k satisfies P_{m+1} = s x (P_m' + P_m) − m P_m, that is
(x^{−m/s} e^x P_m)' = x^{−m/s−1} e^x P_{m+1} / s.  By Rolle all roots of P_{m+1} are real and at most 0 if those of P_m are;
Schur's composition with (1 + x)^C keeps this for Σ P(N = k) x^k, and such a polynomial is a product of linear ones (1 − p + p x).
So Bennett's inequality (1962) holds: with v the variance of N and h(u) = (1 + u) log(1 + u) − u,

    P(|N − E N| ≥ t) ≤ 2 exp(−v h(t / v)).

For large v this is the tail of a normal variable, for small v that of Poisson's, which is much heavier: where a box is missed now
and then, 5 standard deviations are nothing.  Where boxes at the edge are smaller than the others the bound is used all the same.

*All counts together.*  z is the sum of the departures (N_k − E N_k) / √v_k of K sizes, scaled; the counts depend on one another.
What Hölder's inequality proves of a sum is no more than what is proved of its terms: with ψ_k the bound above of the logarithm of
E exp(θ (N_k − E N_k) / √v_k), the rate of the mean departure x is sup_θ (θ x − Σ ψ_k(θ) / K) ≤ Σ_k sup_θ (θ x_k − ψ_k(θ)) / K,
the mean of the rates of the single counts, so at most the largest.  So z has no bound of its own: if it is far enough off for a
proof, so is a count.  z says on which side and how far off the counts are, p says how sure that is.

*One tensor, many tensors.*  Bonferroni: p of a tensor is the least of its bounds times their number, that of the sizes where
chance varies.  Rare counts within ±5 have no departure to show (`fractal.scores`), so they decide nothing, but they are counted.
Of T tested tensors those with p ≤ 0.01 / T are clear of chance: in a network of noise, with a probability of 1 % at most, is any.
As tensors of noise measured have p ≤ 0.01 once in 10,000 cases, it is much less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractal.estimate import Dimension
    from fractal.rows import Row

__all__ = ["LEVEL", "bennett", "clear_of_chance", "furthest", "least_departure", "limit", "p_value"]

LEVEL = 0.01
"""The probability, at most, that in a network of noise any tensor is called clear of chance; proved for boxes of one size."""


def bennett(t: float, v: float) -> float:
    """2 exp(−v h(t / v)), at most 1: a bound on P(|N − E N| ≥ t) for a sum N of independent 0's and 1's of variance v.

    >>> bennett(0, 2.0), bennett(1, 0.0)
    (1.0, 0.0)
    >>> bennett(4, 0.5) > 2 * math.exp(-(4**2 / 0.5) / 2)
    True
    """
    if t <= 0:
        return 1.0
    if v <= 0:
        return 0.0
    return min(1.0, 2 * math.exp(t - (v + t) * (math.log(v + t) - math.log(v))))


def p_value(d: Dimension) -> float:
    """A bound on the probability that chance has a count as improbable as that which is `furthest`.

    It is nan where there is nothing to test, and 1 where no count has a departure.  The test is two-sided, and is meant for
    `chance` in closed form.

    >>> import numpy as np
    >>> from fractal import dimension
    >>> p_value(dimension(np.arange(4096).reshape(64, 64) < 400)) < 1e-6
    True
    """
    tests = _tests(d)
    return min(1.0, len(tests) * min((bound for bound, z, _ in tests if not math.isnan(z)), default=1.0)) if tests else math.nan


def _tests(d: Dimension) -> list[tuple[float, float, int]]:
    """The bound, departure and size of each count that can vary, or has against all odds."""
    if d.chance is None:
        return []
    variances = [row[k] for k, row in enumerate(d.chance.covariance)]
    counts = zip(d.counts.counts, d.chance.expected, variances, d.departures, d.counts.sizes, strict=True)
    return [(bennett(abs(N - E), v), z, r) for N, E, v, z, r in counts if v > 0 or abs(N - E) > 0.5]


def furthest(d: Dimension) -> tuple[float, int]:
    """The departure, with its sign, of the count with the least bound, and its box size; nan and 0 if no count has one.

    >>> from fractal import dimension
    >>> furthest(dimension([[True, True], [True, True]]))
    (nan, 0)
    """
    told = [(bound, -abs(z), z, r) for bound, z, r in _tests(d) if not math.isnan(z)]
    return min(told)[2:] if told else (math.nan, 0)


def limit(count: int) -> float:
    """The largest p of a tensor clear of chance, of so many that are tested."""
    return LEVEL / max(count, 1)


def least_departure(count: int) -> float:
    """√(2 log(2 / limit)): no count within so many standard deviations makes one of so many tensors clear of chance.

    The bound is never below 2 exp(−u² / 2), that of a normal variable, at u standard deviations.

    >>> u = least_departure(60)
    >>> all(bennett(u * math.sqrt(v), v) >= limit(60) * (1 - 1e-9) for v in (0.3, 10.0, 1e6))
    True
    """
    return math.sqrt(2 * math.log(2 / limit(count)))


def clear_of_chance(rows: Iterable[Row]) -> frozenset[str]:
    """The names of the rows clear of chance: p ≤ 0.01 / number of rows that have a p.

    >>> clear_of_chance(())
    frozenset()
    """
    tested = [row for row in rows if not math.isnan(row.p)]
    return frozenset(row.name for row in tested if row.p <= limit(len(tested)))
