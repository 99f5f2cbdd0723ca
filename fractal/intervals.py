"""An honest interval for a slope of box counts: what could as well have been read, widened by what chance would change.

The regression error of a log-log fit is no error of the dimension: the counts at neighbouring sizes are of the same points, and
the largest part of the error is none of chance at all, but where the grid lies and which sizes were used.  So the interval is

- (a) *alignment*: the slopes on shifted grids, the array being rolled around the torus: with R the largest size of the fit and
  o = ⌊R/3⌋, by o or R − o along each axis longer than 1, all 2^d combinations;
- (b) *range*: the slopes of the ranges that leave out the finest or the coarsest size, if 3 are left;
- the hull of these with the slope itself; and on either side
- (c) *blocks*: 1.96 standard deviations of the block bootstrap, in closed form.  The array is cut into blocks of side B, the
  largest size of the ladder with at least 16 blocks of which at least 8 are occupied; n_bk are the occupied boxes of size
  r_k <= B in block b.  Blocks drawn with replacement give sums of covariance Cov*(N_j, N_k) = Σ_b (n_bj − n̄_j)(n_bk − n̄_k),
  and the delta method the variance of the slope; counts at sizes above B stay.  Without such B: nan, and (a), (b) alone.

Where the sides are powers of the base, the shifts and blocks of a flipped or transposed array are the same as a set, and the sums
are exact integers: so the interval is the same number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from fractal.counting import box_count
from fractal.fits import slope, slope_deviation

if TYPE_CHECKING:
    from fractal.counting import BoxCounts
    from fractal.scales import FitRange

__all__ = ["Parts", "block_covariance", "block_side", "interval"]

_BLOCKS, _OCCUPIED = 16, 8


@dataclass(frozen=True)
class Parts:
    """What an interval is made of: the slopes (least, largest) on shifted grids and of shorter ranges, the deviation by blocks.

    `block` is the side of a block, 0 where there was none that serves.
    """

    alignment: tuple[float, float] = (math.nan, math.nan)
    range: tuple[float, float] = (math.nan, math.nan)
    blocks: float = math.nan
    block: int = 0


def interval(mask: np.ndarray, counts: BoxCounts, fitted: FitRange, base: int) -> tuple[float, float, Parts]:
    """(low, high, parts) for the slope over the fitted sizes, as defined at the top of the file.

    Costs 2^d box counts of the mask and one pass for the blocks.
    """
    sizes, N = counts.sizes[fitted.slice], counts.counts[fitted.slice]
    value = slope(sizes, N)
    shifted = [slope(sizes, moved) for moved in _shifted_counts(mask, sizes, base, fitted)] or [value]
    shorter = [slope(sizes[cut], N[cut]) for cut in (slice(1, None), slice(None, -1)) if len(sizes) > 3] or [value]
    block = block_side(mask, base)
    sd = slope_deviation(sizes, N, block_covariance(mask, sizes, block, base)) if block else math.nan
    widening = 0.0 if math.isnan(sd) else 1.96 * sd
    every = [value, *shifted, *shorter]
    parts = Parts((min(shifted), max(shifted)), (min(shorter), max(shorter)), sd, block)
    return min(every) - widening, max(every) + widening, parts


def _shifted_counts(mask: np.ndarray, sizes: Sequence[int], base: int, fitted: FitRange) -> Iterator[tuple[int, ...]]:
    axes = [axis for axis, n in enumerate(mask.shape) if n > 1]
    o = sizes[-1] // 3
    for shifts in product((o, sizes[-1] - o), repeat=len(axes)):
        yield box_count(np.roll(mask, shifts, axes), base).counts[fitted.slice]


def coarser(mask: np.ndarray, base: int) -> np.ndarray:
    """The boxes of side b that are occupied: any over the cells, a short one at each ragged end."""
    for axis, n in enumerate(mask.shape):
        if n == 1:
            continue
        places = [slice(None)] * mask.ndim
        places[axis] = slice(0, None, base)
        found = mask[tuple(places)].copy()
        for start in range(1, min(base, n)):
            places[axis] = slice(start, None, base)
            part = mask[tuple(places)]
            places[axis] = slice(0, part.shape[axis])
            found[tuple(places)] |= part
        mask = found
    return mask


def block_side(mask: np.ndarray, base: int) -> int:
    """The largest size of the ladder with at least 16 blocks, at least 8 of them occupied; 0 if there is none."""
    best, side = 0, 1
    while mask.size >= _BLOCKS and int(mask.sum()) >= _OCCUPIED:
        best, side, mask = side, side * base, coarser(mask, base)
    return best if best > 1 else 0


def block_covariance(mask: np.ndarray, sizes: Sequence[int], block: int, base: int) -> np.ndarray:
    """Σ_b (n_bj − n̄_j)(n_bk − n̄_k) over the blocks, for boxes of the given sizes in them; 0 at sizes above the block's.

    Exact integers until the last division.
    """
    rows, r = [], 1
    while r <= block:
        if r in sizes:
            rows.append(_block_sums(mask, block // r))
        mask, r = coarser(mask, base), r * base
    n = np.array(rows)
    total = n.sum(axis=1)
    centred = n.shape[1] * (n @ n.T).astype(object) - np.outer(total.astype(object), total)
    found = np.zeros((len(sizes), len(sizes)))
    found[: len(rows), : len(rows)] = (centred / n.shape[1]).astype(float)
    return found


def _block_sums(mask: np.ndarray, side: int) -> np.ndarray:
    """How many points of each block of this side are occupied, in one row."""
    sums = mask.astype(np.int64)
    for axis, n in enumerate(mask.shape):
        sums = np.add.reduceat(sums, np.arange(0, n, side), axis=axis)
    return sums.reshape(-1)
