"""z: how many boxes are occupied, compared with chance, in standard deviations of chance; and the null of a fitted slope.

Let N_k be the count at size r_k, E_k and V_jk the means and covariances by chance, and call a size *lively* where V_kk >= 0.3.
With w_k = 1 / √V_kk at the lively sizes and 0 elsewhere,

    z = Σ w_k (N_k − E_k) / √(Σ w_j V_jk w_k),

the sum of the departures of all sizes, scaled to deviation 1.  z < 0: fewer boxes than chance, the points crowd; z > 0: more,
they keep apart.  No size is chosen by the counts that are tested, only by shape and number of points, and a sum of many boxes is
nearly normal: over shapes, densities and seeds of noise, z has mean 0 and deviation 1 within a few hundredths, 4% beyond 2, and
0.4% beyond 3 (a normal variable has 0.27%; the rest is where a few points make counts small integers).

Why not the slope?  D less its mean by chance has a deviation, too (`slope_null`), and the quotient is about standard normal.  But
N(1) is the number of points and the coarse end is full, whatever the set: what varies sits in the middle, where a slope hardly
sees it, and the sign turns when a size enters or leaves the fit.  A 512 × 512 matrix of rank 4 has fewer boxes than chance at
every size; the slope is 28 deviations steeper over 1 to 8 and 30 flatter over 1 to 16.  Over 1, 3, ..., 81 a carpet of side 243
has the slope of as many random points within 0.0001, its counts being up to 2,300 deviations lower.

*Rare boxes.*  Where a count hardly varies, one box that is missed may be many standard deviations, though it is missed in one
mask of a hundred.  So where a size is not lively, no box counts for more than its probability, and a departure that is not beyond
±5 then is nan: no test of chance.  Where no size is lively, z is the largest of these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fractal.fits import RARE, exceeded, expected_slope, rare_deviation, slope_deviation

if TYPE_CHECKING:
    from fractal.chance import ChanceCounts
    from fractal.counting import BoxCounts
    from fractal.scales import FitRange

__all__ = ["Null", "departures", "score", "slope_null"]

_BEYOND = 5.0


@dataclass(frozen=True)
class Null:
    """The mean and the standard deviation by chance of the fitted slope; nan if none was fitted."""

    mean: float = math.nan
    sd: float = math.nan


def slope_null(counts: BoxCounts, chance: ChanceCounts, fitted: FitRange) -> Null:
    """What the fitted slope is by chance: nan where scales are too few for a fit.

    The deviation is at least that of rare boxes (`fractal.fits.rare_deviation`); from S shuffles, an estimate, √(1 + 1/S) times
    as large.
    """
    if fitted.status == "too few scales":
        return Null()
    sizes, E, V = (
        counts.sizes[fitted.slice],
        chance.expected[fitted.slice],
        np.array(chance.covariance)[fitted.slice, fitted.slice],
    )
    rare = rare_deviation(sizes, E, _variances(chance)[fitted.slice])
    return Null(expected_slope(sizes, E, V), max(slope_deviation(sizes, E, V), rare) * _widened(chance))


def score(counts: BoxCounts, chance: ChanceCounts) -> float:
    """z: the departures of all sizes at which chance varies, in one number; nan where it does not.

    >>> from fractal.chance import chance_counts
    >>> from fractal.counting import box_count
    >>> stripes = np.repeat([[True, False]], 64, axis=0).repeat(32, axis=1)
    >>> score(box_count(stripes), chance_counts((64, 64), 2048)) < -20
    True
    """
    V = np.array(chance.covariance)
    off = np.array(counts.counts, dtype=float) - np.array(chance.expected)
    lively = V.diagonal() >= RARE
    if not lively.any():
        return max((z for z in departures(counts, chance) if not math.isnan(z)), key=abs, default=math.nan)
    w = np.where(lively, 1 / np.sqrt(np.where(lively, V.diagonal(), 1.0)), 0.0)
    return float(w @ off) / (math.sqrt(float(w @ V @ w)) * _widened(chance))


def _widened(chance: ChanceCounts) -> float:
    return math.sqrt(1 + 1 / chance.shuffles) if chance.shuffles else 1.0


def _rare(off: float, v: float) -> float:
    """Boxes off their mean where the variance v is small: no box counts for more than its probability; nan within ±5."""
    z = off * exceeded(v)
    return z if abs(z) > _BEYOND else math.nan


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
    triples = zip(counts.counts, chance.expected, _variances(chance), strict=True)
    return tuple(_rare(N - E, v) if v < RARE else (N - E) / math.sqrt(v) for N, E, v in triples)
