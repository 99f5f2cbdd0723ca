"""Slopes: the straight line through log N against log(1/r), its mean and its standard deviation when the counts vary.

With x the logarithms of the sizes, centred, and w = −x / (x·x), the least-squares slope is D = w · log N.  If the counts have
mean E and covariance V, then to second and first order (delta method)

    E D = w · (log E − diag(V) / (2 E²)),        Var D = (w/E)ᵀ V (w/E).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist

import numpy as np

__all__ = ["RARE", "exceeded", "expected_slope", "local_slopes", "rare_deviation", "slope", "slope_deviation", "slope_weights"]

RARE = 0.3
"""Below this variance a count differs from its mean by single boxes, now and then."""
_NEVER = 1e-300


def slope_weights(sizes: Sequence[float]) -> tuple[float, ...]:
    """w with w · log N the least-squares slope of log N against −log r; two sizes at least."""
    logs = [math.log(r) for r in sizes]
    middle = math.fsum(logs) / len(logs)
    x = [value - middle for value in logs]
    square = math.fsum(value * value for value in x)
    return tuple(-value / square for value in x)


def slope(sizes: Sequence[float], counts: Sequence[float]) -> float:
    """The least-squares slope of log N against −log r: the dimension that these counts read.

    >>> round(slope((1, 2, 4), (64, 16, 4)), 14)
    2.0
    """
    return math.fsum(w * math.log(N) for w, N in zip(slope_weights(sizes), counts, strict=True))


def local_slopes(sizes: Sequence[float], counts: Sequence[float]) -> tuple[float, ...]:
    """−Δ log N / Δ log r between neighbouring sizes; nan where a count is 0.

    >>> local_slopes((1, 2, 4), (8, 4, 0))
    (1.0, nan)
    """
    steps = zip(pairwise(sizes), pairwise(counts), strict=True)
    return tuple(math.log(N / M) / math.log(R / r) if N > 0 and M > 0 else math.nan for (r, R), (N, M) in steps)


def expected_slope(sizes: Sequence[int], expected: Sequence[float], covariance: np.ndarray) -> float:
    """The mean slope of counts of given means and covariance, to second order."""
    variances = np.diag(covariance)
    bent = [math.log(E) - v / (2 * E * E) for E, v in zip(expected, variances.tolist(), strict=True)]
    return math.fsum(w * y for w, y in zip(slope_weights(sizes), bent, strict=True))


def slope_deviation(sizes: Sequence[int], expected: Sequence[float], covariance: np.ndarray) -> float:
    """The standard deviation of the slope of counts of given means and covariance, to first order."""
    g = np.array(slope_weights(sizes)) / np.array(expected, dtype=float)
    return math.sqrt(max(float(g @ covariance @ g), 0.0))


def rare_deviation(sizes: Sequence[int], expected: Sequence[float], variances: Sequence[float]) -> float:
    """The least standard deviation of the slope with which no rare box counts for more than its probability.

    At a size where the variance v of N is small, N differs from its mean by single boxes, with probability about v.  Such a box
    moves the slope by |w| / E; that is to be no more than c(v) standard deviations, c(v) being what a normal variable
    exceeds in absolute value with probability v.  Each size is taken alone: a point that is missing may leave boxes of several
    sizes empty, one in the other, and move the slope by a sum of such steps, of either sign.
    """
    terms = zip(slope_weights(sizes), expected, variances, strict=True)
    return max((abs(w) / E / exceeded(v) for w, E, v in terms if _NEVER < v < RARE), default=0.0)


def exceeded(v: float) -> float:
    """c(v): what a standard normal variable exceeds in absolute value with probability v; 37 from 1e-300 down.

    >>> round(exceeded(0.05), 2)
    1.96
    """
    return -NormalDist().inv_cdf(max(v, _NEVER) / 2)
