"""z: how far a slope of box counts is from that of chance, in standard deviations of chance.

With D the slope over the fitted sizes, and E, V the means and covariances of the counts by chance, z = (D − E D) / sd, where E D
and sd are those of `fractal.fits`.  For noise z is about standard normal, and to be so takes care in two places.

- *Rare boxes.*  At a size where nearly every random mask meets every box, one that is missed may move the slope by many standard
  deviations, though it is missed in one mask of a hundred.  So sd is at least `rare_deviation`: no box counts for more than its
  probability.  Where that would be twice the delta method's deviation, or no count has a variance of 0.3, the slope hardly varies
  by chance, and is no test of it, unless it is beyond ±5 all the same.
- *Another test.*  Then, and where scales are too few for a slope, z is that of the slope over the *lively* sizes, at which the
  counts have a variance of 0.3 or more, and the next finer one.  They depend on chance alone: sizes chosen by the counts that
  are tested would bias the test where there are few points.  Whole blocks without a point do not show on them, so 4 sizes at
  least, coarser ones first, are tried too, and that z is taken where it is beyond ±5.  Where no size is lively, z is nan.

A slope is one number, and blind to much.  A carpet of side 243 in base 3 has z = 2, for log N at sizes 1, 3, ..., 81 and that of
chance with as many points, 2 (5 − k) from k = 1 on, have exactly the same slope.  So `departures` tells of each count alone.

Over many shapes, densities and seeds of noise, z has mean 0 and deviation 1 within a few hundredths where counts vary by tens,
and is smaller where they are small integers; beyond 3 are half a percent, beyond 4 under a thousandth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fractal.fits import RARE, exceeded, expected_slope, rare_deviation, slope, slope_deviation
from fractal.scales import FitRange, usable

if TYPE_CHECKING:
    from fractal.chance import ChanceCounts
    from fractal.counting import BoxCounts

__all__ = ["Score", "departures", "score"]

_BEYOND, _TEST = 5.0, 4


@dataclass(frozen=True)
class Score:
    """The mean of the slope by chance, its standard deviation, and z."""

    mean: float = math.nan
    sd: float = math.nan
    z: float = math.nan


def score(counts: BoxCounts, chance: ChanceCounts, fitted: FitRange) -> Score:
    """The slope of the fitted sizes against chance; with too few of them, z alone, by another test.

    >>> from fractal.chance import chance_counts
    >>> from fractal.counting import box_count
    >>> stripes = np.repeat([[True, False]], 64, axis=0).repeat(32, axis=1)
    >>> score(box_count(stripes), chance_counts((64, 64), 2048), FitRange(0, 4, "straight")).z > 20
    True
    """
    few = fitted.status == "too few scales"
    fit = Score() if few else _score(counts, chance, fitted.first, fitted.last)
    return fit if not math.isnan(fit.z) else Score(fit.mean, fit.sd, _lively(counts, chance))


def _lively(counts: BoxCounts, chance: ChanceCounts) -> float:
    """z on the sizes where chance varies, or on 4 sizes at least, if that is beyond ±5."""
    lively = [k for k, row in enumerate(chance.covariance) if row[k] >= RARE]
    z = _score(counts, chance, max(lively[0] - 1, 0), lively[-1] + 1).z if lively else math.nan
    first, last = usable(chance.expected, chance.cells)
    last = min(max(last, first + _TEST), len(chance.sizes))
    wide = _score(counts, chance, max(min(first, last - _TEST), 0), last).z
    return wide if abs(wide) > max(_BEYOND, 0.0 if math.isnan(z) else abs(z)) else z


def _score(counts: BoxCounts, chance: ChanceCounts, first: int, last: int) -> Score:
    """On the sizes of the indices [first, last).  From S shuffles, an estimate, the deviation is √(1 + 1/S) times as large."""
    sizes, N, E = counts.sizes[first:last], counts.counts[first:last], chance.expected[first:last]
    V = np.array(chance.covariance)[first:last, first:last]
    if len(sizes) < 2:
        return Score()
    mean, delta = expected_slope(sizes, E, V), slope_deviation(sizes, E, V)
    rare = rare_deviation(sizes, E, _variances(chance)[first:last])
    sd = max(delta, rare) * (math.sqrt(1 + 1 / chance.shuffles) if chance.shuffles else 1.0)
    z = (slope(sizes, N) - mean) / sd if sd else math.nan
    still = float(V.diagonal().max()) < RARE or 2 * delta < rare
    return Score(mean, sd, math.nan if still and not abs(z) > _BEYOND else z)


def _variances(chance: ChanceCounts) -> list[float]:
    """The variances of the counts; what S shuffles have not shown may have probability 1/S, except at one point or one box."""
    found = [row[k] for k, row in enumerate(chance.covariance)]
    if not chance.shuffles:
        return found
    free = [k > 0 and C > 1 for k, C in enumerate(chance.cells)]
    return [max(v, 1 / chance.shuffles) if varies else v for v, varies in zip(found, free, strict=True)]


def departures(counts: BoxCounts, chance: ChanceCounts) -> tuple[float, ...]:
    """(N − E N) / sd for each size: how far each count is from chance; for noise each is about standard normal.

    With variances below 0.3 the deviation is such that a box counts for no more than its probability, and the result is nan
    unless beyond ±5.

    >>> from fractal.chance import chance_counts
    >>> from fractal.counting import box_count
    >>> half = np.arange(64) < 32
    >>> departures(box_count(half), chance_counts((64,), 32))[1] < -5
    True
    """
    found = []
    for N, E, v in zip(counts.counts, chance.expected, _variances(chance), strict=True):
        rare = v < RARE
        z = (N - E) / (1 / exceeded(v) if rare else math.sqrt(v))
        found.append(math.nan if rare and not abs(z) > _BEYOND else z)
    return tuple(found)
