"""Differential box counting: boxes of the graph of a real-valued array, which rise above the grid as well (T14 in
docs/theory.md).

W on the grid, m = min W, L the longest side, h > 0 the height of a box of side 1; a box of side r is h r high.  A cell q needs
the boxes from its least to its largest value,

    n_r(q) = ⌊(max_q W − m) / (h r)⌋ − ⌊(min_q W − m) / (h r)⌋ + 1,        N(r) = Σ_q n_r(q),

and for h = (max W − m) / L, the default, the graph spans as many boxes upwards as sideways.  Then N(r) ~ r^−D
with D near d for a smooth W and near d + 1 for white noise, d the number of long axes; r = 1 is no part of that: a cell of one
entry has one box, so N(1) = n whatever W is, and N(b) may be larger.  Cells are those of the nested ladder 1, b, b², ...; at
ragged edges they are smaller.

With c = ⌊(W − m) / h⌋ all of it is in integers, since ⌊y / r⌋ = ⌊⌊y⌋ / r⌋ and floors keep maxima; the first floor is that of
(W − m) / (max W − m) · L in float64, exact for rationals.

N. Sarkar and B. B. Chaudhuri, An efficient differential box-counting approach to compute fractal dimension of image, IEEE
Trans. Syst. Man Cybern. 24 (1994) 115–120.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_real, as_values, to_numpy
from fractal.counting import cells_of, counts_dict, counts_html, ladder
from fractal.errors import InvalidArray, InvalidOption
from fractal.fits import local_slopes
from fractal.packed import reduce_groups

__all__ = ["SurfaceCounts", "differential_box_count"]


@dataclass(frozen=True, repr=False)
class SurfaceCounts:
    """How many boxes of each size, `height` times as high as they are wide, the graph of an array meets."""

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    cells: tuple[int, ...]
    base: int
    shape: tuple[int, ...]
    height: float

    @property
    def slopes(self) -> tuple[float, ...]:
        """The local slopes −Δ log N / Δ log r between neighbouring sizes; nan for an empty array."""
        return local_slopes(self.sizes, self.counts)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold."""
        return {**counts_dict(self), "height": None if math.isnan(self.height) else self.height}

    def __repr__(self) -> str:
        counts = ", ".join(f"{r}: {N}" for r, N in zip(self.sizes, self.counts, strict=True))
        return f"SurfaceCounts({' × '.join(map(str, self.shape)) or 'point'}, height {self.height:.4g}; {counts})"

    def _repr_html_(self) -> str:
        return counts_html(self, "boxes", "cells")


def differential_box_count(W: Any, base: int = 2, height: float | Fraction | None = None) -> SurfaceCounts:
    """The number of boxes of each size that the graph of W meets, cell by cell.

    Exact for rationals; of floats what is counted exactly are the boxes of ⌊(W − m) / h⌋, whose quotient is rounded to float64,
    so that a value within rounding of the edge of a box may be put in the next one.

    `W`: real numbers, of any dimension, finite; a tensor is brought to the CPU.  `height`: of a box of side 1, in the units of W;
    by default (max W − min W) / longest side.  A constant W has one box in each cell.  Raises `InvalidArray` where a value is
    not finite, `InvalidBase`, `InvalidOption`.  Costs a few passes over W.

    >>> ramp = differential_box_count(np.arange(8.0))
    >>> ramp, differential_box_count([[5.0, 5.0]]).counts
    (SurfaceCounts(8, height 0.875; 1: 8, 2: 5, 4: 3, 8: 2), (2, 1))
    """
    values, base = to_numpy(as_values(W, "W")), as_base(base)
    if height is not None:
        height = as_real(height, "height", wanted := "a positive number, that of the smallest box")
        if height <= 0:
            raise InvalidOption(f"height must be {wanted}; found {height!r}")
    shape = values.shape
    sizes = ladder(shape, base)
    cells = tuple(cells_of(shape, r) for r in sizes)
    if values.size == 0:
        return SurfaceCounts(sizes, (0,), cells, base, shape, math.nan)
    floors, used = _floors(values, height, max(shape, default=1))
    return SurfaceCounts(sizes, _counts(floors, sizes), cells, base, shape, used)


def _floors(W: np.ndarray, height: float | Fraction | None, side: int) -> tuple[np.ndarray, float]:
    """c = ⌊(W − m) / h⌋ in integers, and h."""
    W = _comparable(W)
    least, most = W.min(), W.max()
    if least == most:
        return np.zeros(W.shape, dtype=np.int64), float(height or 0)
    if W.dtype == object:
        h = (most - least) / side if height is None else Fraction(height)
        return np.vectorize(math.floor, otypes=[np.int64])((W - least) / h), float(h)
    factor = 1.0 if float(most) - float(least) < math.inf else 0.5  # differences must not overflow
    rise = W * factor - least * factor
    up = rise / rise.max() * side if height is None else rise / (float(height) * factor)
    if not up.max() < 2.0**53:
        raise InvalidOption(f"height must not be so small that W is 2^53 boxes high; found {height!r}")
    kind = np.int32 if up.max() < 2**31 else np.int64
    return np.floor(up, out=up).astype(kind), float(rise.max() / side / factor if height is None else height)


def _comparable(W: np.ndarray) -> np.ndarray:
    """Finite float64, or rationals where they are given or where integers need them."""
    if W.dtype == object:
        return W
    if W.dtype.kind in "iu" and max(abs(int(W.max())), abs(int(W.min()))) > 2**53:
        return np.vectorize(lambda x: Fraction(int(x)), otypes=[object])(W)
    if not np.isfinite(W).all():
        raise InvalidArray(f"W must be finite; found {int((~np.isfinite(W)).sum()):,} values that are not: leave them out")
    return W.astype(np.float64)


def _counts(floors: np.ndarray, sizes: Sequence[int]) -> tuple[int, ...]:
    """N at each size: cells by their largest and least floors, each level from the one before."""
    top = low = floors
    counts, last = [], 1
    for r in sizes:
        for axis in range(floors.ndim):
            top = reduce_groups(top, axis, r // last, by=np.maximum)
            low = reduce_groups(low, axis, r // last, by=np.minimum)
        last = r
        counts.append(top.size + (0 if top is low else int((top // r - low // r).sum(dtype=np.int64))))
    return tuple(counts)
