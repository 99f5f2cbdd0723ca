"""z: how far a slope of box counts is from that of chance, in standard deviations of chance.

With D the slope over *all* sizes of the ladder, and E, V the means and covariances of the counts by chance, z = (D − E D) / sd,
where E D and sd are those of `fractal.fits`.  All sizes, not the fitted ones: a range chosen by the counts that are tested would
bias the test, and the sign of the difference turns when a size enters or leaves the fit (a 512 × 512 matrix of rank 4 has fewer
boxes than chance at every size, but over 1 to 8 a steeper slope, over 1 to 16 and more a flatter one).  Fewer boxes than by
chance make z negative at the finer half of the ladder, positive at the coarser half.  For noise z is about standard normal; to
be so takes care in two places.

- *Rare boxes.*  At a size where nearly every random mask meets every box, one that is missed may move the slope by many standard
  deviations, though it is missed in one mask of a hundred.  So sd is at least `rare_deviation`: no box counts for more than its
  probability.  Where that is more than the delta method's deviation, or no count has a variance of 0.3, the slope hardly varies
  by chance but for rare boxes, and is no test of it, unless it is beyond ±5 all the same.
- *Another test.*  Then z is that of the slope over the *lively* sizes, at which the counts have a variance of 0.3 or more, and
  the next finer one.  They depend on chance alone.  Where no size is lively, z is nan.

The fit that gives the dimension has a null of its own: the mean and the standard deviation of the same fit, over the same sizes.

A slope is one number, and blind to much: over the sizes 1, 3, ..., 81 a carpet of side 243 has exactly the slope of as many
random points, for log N of chance is 2 (5 − k) from k = 1 on.  So `departures` tells of each count alone.

Over many shapes, densities and seeds of noise, z has mean 0 and deviation 1 within a few hundredths; where counts are small
integers beyond 3 are half a percent, beyond 4 a thousandth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fractal.fits import RARE, exceeded, expected_slope, rare_deviation, slope, slope_deviation
from fractal.scales import FitRange

if TYPE_CHECKING:
    from fractal.chance import ChanceCounts
    from fractal.counting import BoxCounts

__all__ = ["Score", "departures", "score"]

_BEYOND = 5.0


@dataclass(frozen=True)
class Score:
    """The mean and the standard deviation by chance of the fitted slope, nan if none was fitted, and z of that over all sizes."""

    mean: float = math.nan
    sd: float = math.nan
    z: float = math.nan


def score(counts: BoxCounts, chance: ChanceCounts, fitted: FitRange) -> Score:
    """The fitted slope by chance, and z.

    >>> from fractal.chance import chance_counts
    >>> from fractal.counting import box_count
    >>> stripes = np.repeat([[True, False]], 64, axis=0).repeat(32, axis=1)
    >>> score(box_count(stripes), chance_counts((64, 64), 2048), FitRange(0, 4, "straight")).z > 5
    True
    """
    fit = Score() if fitted.status == "too few scales" else _score(counts, chance, fitted.first, fitted.last)
    z = _score(counts, chance, 0, len(counts.sizes), 1.0).z
    return Score(fit.mean, fit.sd, _lively(counts, chance) if math.isnan(z) else z)


def _lively(counts: BoxCounts, chance: ChanceCounts) -> float:
    """z on the sizes where chance varies."""
    lively = [k for k, row in enumerate(chance.covariance) if row[k] >= RARE]
    return _score(counts, chance, max(lively[0] - 1, 0), lively[-1] + 1, 0.5).z if lively else math.nan


def _score(counts: BoxCounts, chance: ChanceCounts, first: int, last: int, share: float = 0.5) -> Score:
    """On the sizes of the indices [first, last); no z where the deviation is less than `share` of that for rare boxes.

    From S shuffles, an estimate, the deviation is √(1 + 1/S) times as large.
    """
    sizes, N, E = counts.sizes[first:last], counts.counts[first:last], chance.expected[first:last]
    V = np.array(chance.covariance)[first:last, first:last]
    if len(sizes) < 2:
        return Score()
    mean, delta = expected_slope(sizes, E, V), slope_deviation(sizes, E, V)
    rare = rare_deviation(sizes, E, _variances(chance)[first:last])
    sd = max(delta, rare) * (math.sqrt(1 + 1 / chance.shuffles) if chance.shuffles else 1.0)
    z = (slope(sizes, N) - mean) / sd if sd else math.nan
    still = float(V.diagonal().max()) < RARE or delta < share * rare
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
