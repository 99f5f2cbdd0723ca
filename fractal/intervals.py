"""An honest interval for a slope of box counts: what could as well have been read, widened by what chance would change.

The regression error of a log-log fit is no error of the dimension: the counts at neighbouring sizes are of the same points, and
the largest part of the error is none of chance at all, but where the grid lies and which sizes were used.  So the interval is

- (a) *alignment*: the slopes on shifted grids, the array being rolled around the torus: with R the largest size of the fit and
  o = ⌊R/3⌋, by o or R − o along each axis longer than 1, all 2^d combinations;
- (b) *points*: at r = 1 the grid fits the points, at other sizes it does not, unless the base is the set's own.  So the slopes
  also with each point a cube, and the grid half a point off: the array is joined with itself rolled by one along each axis,
  forwards or backwards, all 2^d combinations;
- (c) *edges*: where sides are not divided, boxes stick out, and N(r) is too large for r.  So the slopes of all these also against
  the mean side of a box along the longest axis, n / ⌈n/r⌉, which is r where it divides n;
- (d) *range*: the slopes of the ranges that leave out the finest or the coarsest size, if 3 are left;
- (e) *extent*: where the points do not fill the array, it is no part of the set where the array ends.  So, if the array is larger
  than the points need, the slopes of the part that they span as well, the grid beginning at either end of each axis, 2^d
  combinations, of this part, rolled by ⌊R/3⌋ and joined as in (b), against the sizes and the mean side of a box, here the
  geometric mean over the axes at least as long as the largest of these sizes; of the sizes up to the shortest axis of the
  part, if these are 3, else up to the longest;
- the hull of these with the slope itself; and on either side
- (f) *blocks*: 1.96 standard deviations of the block bootstrap, in closed form.  The array is cut into blocks of side B, the
  largest size of the ladder with at least 16 blocks of which at least 8 are occupied; n_bk are the occupied boxes of size
  r_k <= B in block b.  Blocks drawn with replacement give sums of covariance Cov*(N_j, N_k) = Σ_b (n_bj − n̄_j)(n_bk − n̄_k),
  and the delta method the variance of the slope; counts at sizes above B stay.  Without such B, or if all fitted sizes are above
  it: nan, and the hull alone.

What is below 0 or above the number of axes longer than 1 is left out: no set has such a dimension.

Carpet, triangle, Vicsek, Cantor dusts and Menger sponge, measured in bases that are not theirs, have their dimension in it;
without (b) and (c), small ones have not: log 20 / log 3 = 2.73 of the sponge of side 27 reads 2.35 in base 2.  Of random cascades
in bases 2 and 3, in 1 to 3 dimensions, measured in bases 2, 3 and 5, it has the dimension in 95 to 100 of a hundred cases each
(for (f) alone 0 to 98).  The sets above, anywhere in an array up to twice as long, have it in all of 252 cases, filled
rectangles in 173 of 180 (without (e) 22).  It is no confidence interval: systematic errors are most of it.

What it misses: filled shapes with curved or oblique edges.  Boxes that an edge crosses are counted whole, so that D reads less
than 2, at all sizes and wherever the grid lies: it has 2 for 28 of 30 discs in base 2, 27 in base 3 and 19 in base 5, for 5, 1
and 2 of 23 filled triangles.

Where sides are powers of the base, all this is as a set the same for the flipped and the transposed array, and the sums are
exact integers: so the interval is the same number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fractal.counting import box_count
from fractal.fits import slope, slope_deviation

if TYPE_CHECKING:
    from fractal.counting import BoxCounts
    from fractal.scales import FitRange

__all__ = ["Parts", "block_covariance", "block_side", "interval", "spanned"]

Move = Callable[..., np.ndarray]
Span = tuple[float, float]
_BLOCKS, _OCCUPIED = 16, 8


@dataclass(frozen=True)
class Parts:
    """What an interval is made of: (least, largest) slope over the fitted sizes of each kind, and its deviation by blocks.

    `extent` is nan where the points span the array.  `block` is the side of a block, 0 where there was none that serves.
    """

    alignment: Span = (math.nan, math.nan)
    points: Span = (math.nan, math.nan)
    edges: Span = (math.nan, math.nan)
    extent: Span = (math.nan, math.nan)
    range: Span = (math.nan, math.nan)
    blocks: float = math.nan
    block: int = 0


def interval(mask: np.ndarray, counts: BoxCounts, fitted: FitRange, base: int) -> tuple[float, float, Parts]:
    """(low, high, parts) for the slope over the fitted sizes, as defined at the top of the file.

    Costs 2^(d+1) box counts of the mask, 3 · 2^d of the part that its points span where that is smaller, and one pass for the
    blocks.
    """
    sizes, N = counts.sizes[fitted.slice], counts.counts[fitted.slice]
    value = slope(sizes, N)
    shifted = [box_count(moved, base).counts[fitted.slice] for moved in _moved(mask, _rolls(sizes[-1]))]
    cubes = [box_count(moved, base).counts[fitted.slice] for moved in _moved(mask, _JOINS)]
    sides = _mean_sides(max(mask.shape), sizes)
    block = block_side(mask, base)
    block = block if sizes[0] <= block else 0
    sd = slope_deviation(sizes, N, block_covariance(mask, sizes, block, base)) if block else math.nan
    parts = Parts(
        _span([slope(sizes, M) for M in shifted]),
        _span([slope(sizes, M) for M in cubes]),
        _span([slope(sides, M) for M in (N, *shifted, *cubes)]),
        _of_extent(mask, sizes, base),
        _span([slope(sizes[cut], N[cut]) for cut in (slice(1, None), slice(None, -1)) if len(sizes) > 3] or [value]),
        sd,
        block,
    )
    spans = (parts.alignment, parts.points, parts.edges, parts.extent, parts.range)
    low, high = _span([value, *(x for span in spans for x in span if not math.isnan(x))])
    widening = 0.0 if math.isnan(sd) else 1.96 * sd
    axes = sum(n > 1 for n in mask.shape)
    return min(max(low - widening, 0.0), value), max(min(high + widening, float(axes)), value), parts


def _span(slopes: Sequence[float]) -> Span:
    return min(slopes), max(slopes)


def _of_extent(mask: np.ndarray, sizes: Sequence[int], base: int) -> Span:
    """(e): the slopes of the part that the points span, nan where that is all of the mask or has too few sizes."""
    part = spanned(mask)
    sides = sorted(n for n in part.shape if n > 1)
    ranges = [[r for r in sizes if r <= n] for n in (sides[:1] + sides[-1:])]
    used = next((found for found in ranges if len(found) >= 3), None)
    if part.shape == mask.shape or used is None:
        return math.nan, math.nan
    axes = [n for n in sides if n >= used[-1]]
    means = [math.prod(n / -(-n // r) for n in axes) ** (1 / len(axes)) for r in used]
    ways = (lambda A, axis: A, partial(np.roll, shift=used[-1] // 3), partial(_join, by=1))
    found = []
    for way in ways:
        for moved in _moved(part, (way, partial(_from_the_end, then=way))):
            counts = box_count(moved, base, sizes=used).counts
            found += [slope(used, counts), slope(means, counts)]
    return _span(found)


def spanned(mask: np.ndarray) -> np.ndarray:
    """The smallest part of the grid that has all points, of which there must be some."""
    for axis in range(mask.ndim):
        places = np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis)))
        mask = mask[(slice(None),) * axis + (slice(int(places[0]), int(places[-1]) + 1),)]
    return mask


def _from_the_end(A: np.ndarray, axis: int, then: Move) -> np.ndarray:
    return then(np.flip(A, axis), axis=axis)


def _mean_sides(longest: int, sizes: Sequence[int]) -> tuple[float, ...]:
    """The mean side of a box along an axis of so many points, for each size."""
    return tuple(longest / -(-longest // r) for r in sizes)


def _rolls(R: int) -> tuple[Move, Move]:
    """By a third of R, which is far from 0 modulo every size of a ladder, forwards or backwards."""
    return partial(np.roll, shift=R // 3), partial(np.roll, shift=R - R // 3)


def _join(mask: np.ndarray, by: int, axis: int) -> np.ndarray:
    return mask | np.roll(mask, by, axis)


_JOINS: tuple[Move, Move] = (partial(_join, by=1), partial(_join, by=-1))


def _moved(mask: np.ndarray, moves: Sequence[Move], axis: int = 0) -> Iterator[np.ndarray]:
    """The mask after one of the moves along each axis longer than 1, all combinations; what they share is done once."""
    if axis == mask.ndim:
        yield mask
    elif mask.shape[axis] == 1:
        yield from _moved(mask, moves, axis + 1)
    else:
        for move in moves:
            yield from _moved(move(mask, axis=axis), moves, axis + 1)


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
