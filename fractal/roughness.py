"""Roughness: the dimension of the graph of an array W, between d for a smooth one and d + 1 for white noise (T14).

d is the number of long axes of W (`fractal.variograms.long_axes`); along the short ones W is read as separate slices.  Two
methods:

- **variogram** (default): γ(h) ~ h^{2H} on the ladder of lags 1, b, b², ... up to an eighth of the shortest long axis (up to a
  quarter, where three need that); D = d + 1 − H.  Assumes differences of finite variance.  Brownian surfaces of 512² and
  H = 0.1, 0.3, 0.5, 0.7, 0.9 are read with errors of 0.002, 0.008, 0.015, 0.03, 0.06 (64²: 0.01, 0.03, 0.04, 0.05, 0.06).
- **boxes**: N(r) ~ r^{−D} by differential box counting (`fractal.surfaces`) on sizes from 8 to a quarter of the shortest long
  axis, smaller ones where three need them.  The boxes are 64 times flatter than those of Sarkar and Chaudhuri, for the one box
  that each cell has at least would otherwise draw D to d.  Even so D is read too low, since entries are samples, and a small
  cell misses more of its range than a large one: D = 2.1, 2.3, 2.5, 2.7, 2.9 are read as 2.08, 2.24, 2.41, 2.57, 2.72 on 512²,
  as 1.94, 2.10, 2.26, 2.42, 2.58 on 64², white noise as 2.8 and 2.7.  It only compares; the variogram measures.

**Interval** [low, high]: the envelope of the fit, the fits without one scale at either end and those to the three finest and
the three coarsest; for variograms also of each axis by itself, for boxes of grids that begin R/3 later (R the largest size).
It is widened by t s/2, where s is the standard deviation of the fits of four parts of W and t = 3.18 Student's 97.5% point with
3 degrees of freedom.  For boxes `high` is raised by d + 1 less the null, what the method misses on white noise (to d + 1
without a null).  Measured on Brownian lines and surfaces, it has the true value in more than 90% of the cases by the variogram
(83% at H = 0.9) and in more than 80% by boxes (70% at 64² and H = 0.9).

**Chance**: the mean and standard deviation over shuffles of the entries: white noise of the same marginal.  z allows for their
number.  A small D beside its null means that neighbouring entries are alike; nothing more is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_choice, as_integer, as_seed, as_values
from fractal.displays import beside, panel, plain_value, span
from fractal.errors import InvalidOption
from fractal.fits import slope
from fractal.scales import decades
from fractal.shuffles import scaled, score, shuffled, spread
from fractal.surfaces import differential_box_count
from fractal.variograms import long_axes, pair_squares

__all__ = ["SurfaceDimension", "surface_dimension"]

_STUDENT = 3.182  # 97.5%, 3 degrees of freedom
_FLATTER = 64
_FINEST = 8


@dataclass(frozen=True, repr=False)
class SurfaceDimension:
    """The dimension of the graph of an array, beside that of its entries in random order.

    `value` in [d, d + 1] up to the error of the fit, `low` and `high` its interval; `null` and `null_sd` mean and standard
    deviation for shuffled entries; `z`; `scales` the box sizes or lags of the fit, over `decades`; `height` of the box of side
    1 in units of W (boxes; nan for variograms); `axes` the d long ones.  `status`: "measured", "too few scales", "constant" (D
    = d), "no power law" (no difference at all at some lag: W is periodic), "empty", "not finite".
    """

    value: float
    low: float
    high: float
    null: float
    null_sd: float
    z: float
    scales: tuple[int, ...]
    decades: float
    method: str
    height: float
    axes: tuple[int, ...]
    shuffles: int
    status: str

    @property
    def hurst(self) -> float:
        """H = d + 1 − D."""
        return len(self.axes) + 1 - self.value

    @property
    def difference(self) -> float:
        """The value less that of chance."""
        return self.value - self.null

    def __repr__(self) -> str:
        if math.isnan(self.value):
            return f"SurfaceDimension({self.status}; {self.method})"
        between = f"D = {self.value:.4g} in [{self.low:.4g}, {self.high:.4g}]"
        chance = beside(self.value, self.null, self.null_sd, self.z).partition(",")[2]
        scales = f", scales {span(self.scales)}" if self.scales else ""
        return f"SurfaceDimension({between}{chance and ','}{chance}; {self.method}{scales}; {self.status})"

    def _repr_html_(self) -> str:
        names = ("value", "low", "high", "null", "null_sd", "difference", "z", "hurst", "decades", "height")
        rows = [*((name, getattr(self, name)) for name in names), ("scales", span(self.scales))]
        return panel(f"Dimension of the graph by {self.method}: {self.status}", rows)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        return plain_value({**vars(self), "hurst": self.hurst, "difference": self.difference})


_Table = list[list[tuple[float, int]]]  # a row for each scale, (sum, number) for each axis; the value is a mean
_Measure = Callable[[np.ndarray, tuple[int, ...]], _Table]


def surface_dimension(W: Any, method: str = "variogram", base: int = 2, shuffles: int = 30, seed: int = 0) -> SurfaceDimension:
    """The dimension of the graph of W, in [d, d + 1] for d long axes, by the variogram or by boxes, beside white noise.

    W: numbers in an array.  Methods, interval and null at the head of `fractal.roughness`.  `shuffles`: 0 (no null), or at least
    3.  Multiplying W by a power of two changes nothing but `height`.  Cost: a few passes over W for each shuffle.  Raises
    `InvalidArray`, `InvalidBase`, `InvalidOption`.

    >>> ramp = surface_dimension(np.arange(64.0), shuffles=0)
    >>> ramp.value, ramp.hurst, ramp.scales
    (1.0, 1.0, (1, 2, 4, 8))
    """
    method, seed = as_choice(method, "method", ("boxes", "variogram")), as_seed(seed)
    (values, exponent), base = scaled(as_values(W)), as_base(base)
    if 0 < as_integer(shuffles, "shuffles") < 3:
        raise InvalidOption(f"shuffles must be 0 (no null) or at least 3; found {shuffles}")
    axes = long_axes(values.shape)
    scales = _scales(min((values.shape[axis] for axis in axes), default=0), base, method)
    status = _status(values, scales)
    if status != "measured":
        return _without_fit(status, method, axes, shuffles)
    V = np.moveaxis(values, axes, range(-len(axes), 0))
    V = V.reshape(-1, *V.shape[V.ndim - len(axes) :])
    height = float(np.ptp(V)) / (_FLATTER * max(V.shape[1:]))
    measure: _Measure = partial(_counts, base=base, height=height) if method == "boxes" else _squares
    table = measure(V, scales)
    value = _read(method, scales, table, V.ndim)
    if math.isnan(value):
        return _without_fit("no power law", method, axes, shuffles)
    draws = [_read(method, scales, measure(M, scales), V.ndim) for M in shuffled(V, shuffles, seed)]
    low, high = _interval(V, scales, measure, method, table)
    null, null_sd = spread(draws)
    if method == "boxes":
        high, height = high + max(V.ndim - null, 0.0) if shuffles else float(V.ndim), math.ldexp(height, exponent)
    else:
        height = math.nan
    z = score(value, draws)
    return SurfaceDimension(
        value, low, high, null, null_sd, z, scales, decades(scales), method, height, axes, shuffles, "measured"
    )


def _without_fit(status: str, method: str, axes: tuple[int, ...], shuffles: int) -> SurfaceDimension:
    value = float(len(axes)) if status == "constant" else math.nan
    return SurfaceDimension(value, value, value, value, math.nan, math.nan, (), 0.0, method, math.nan, axes, shuffles, status)


def _scales(side: int, base: int, method: str) -> tuple[int, ...]:
    """The scales of the fit for long axes of this side at least; fewer than three say nothing."""
    ladder = [base**k for k in range(side.bit_length()) if 4 * base**k <= side]
    if method == "variogram":
        fine = [h for h in ladder if 8 * h <= side]
        return tuple(fine if len(fine) >= 3 else ladder[:3])
    boxes = ladder[1:]
    coarse = [r for r in boxes if r >= _FINEST]
    return tuple(coarse if len(coarse) >= 3 else boxes[-3:])


def _status(W: np.ndarray, scales: tuple[int, ...]) -> str:
    if W.size == 0:
        return "empty"
    if not np.isfinite(W).all():
        return "not finite"
    if W.min() == W.max():
        return "constant"
    return "measured" if len(scales) >= 3 else "too few scales"


def _read(method: str, scales: tuple[int, ...], table: _Table, most: int) -> float:
    """The dimension of means at these scales: the slope, or `most` less H, where slope() is −2H; nan where a mean is 0."""
    means = [sum(s for s, _ in row) / sum(n for _, n in row) for row in table]
    if not min(means) > 0:
        return math.nan
    return slope(scales, means) if method == "boxes" else most + slope(scales, means) / 2


def _squares(V: np.ndarray, lags: tuple[int, ...]) -> _Table:
    """The squared increments of slices V of d axes."""
    return [[pair_squares(V, axis, h) for axis in range(1, V.ndim)] for h in lags]


def _counts(V: np.ndarray, sizes: tuple[int, ...], base: int, height: float) -> _Table:
    """The box counts of slices V, one grid over all: slices filled up with edge values to whole boxes."""
    if len(V) == 1:
        W = V[0]
    else:
        R = sizes[-1]
        V = np.pad(V, [(0, 0), *((0, -n % R) for n in V.shape[1:])], mode="edge")
        W = V.reshape(-1, *V.shape[2:])
    found = differential_box_count(W, base, height)
    counts = dict(zip(found.sizes, found.counts, strict=True))
    return [[(counts[r], 1)] for r in sizes]


def _interval(V: np.ndarray, scales: tuple[int, ...], measure: _Measure, method: str, table: _Table) -> tuple[float, float]:
    """The envelope of the fits, widened by what four parts of W differ; see the head of the file."""
    ends = ((0, None), (1, None), (None, -1), (None, 3), (-3, None))
    some = [slice(*pair) for pair in (ends if len(scales) > 3 else ends[:1])]
    found = [_read(method, scales[part], table[part], V.ndim) for part in some]
    if method == "boxes":
        found += [_read(method, scales, measure(part, scales), V.ndim) for part in _later(V, scales[-1] // 3)]
    elif V.ndim > 2:
        found += [_read(method, scales, [[row[i]] for row in table], V.ndim) for i in range(V.ndim - 1)]
    parts = [_read(method, scales, measure(part, scales), V.ndim) for part in _quarters(V)]
    parts = [x for x in parts if math.isfinite(x)]
    sd = float(np.std(parts, ddof=1)) / math.sqrt(len(parts)) if len(parts) > 1 else 0.0
    found = [x for x in found if math.isfinite(x)]
    return (min(found) - _STUDENT * sd, max(found) + _STUDENT * sd) if found else (math.nan, math.nan)


def _later(V: np.ndarray, start: int) -> list[np.ndarray]:
    """V without its first entries along every long axis, and without its last ones, so that the grid begins elsewhere."""
    if not start:
        return []
    return [V[(slice(None), *(slice(start, None),) * (V.ndim - 1))], V[(slice(None), *(slice(0, -start),) * (V.ndim - 1))]]


def _quarters(V: np.ndarray) -> list[np.ndarray]:
    """Four parts: halves along two long axes, or quarters along one."""
    if V.ndim == 2:
        return np.array_split(V, 4, axis=1)
    return [part for half in np.array_split(V, 2, axis=1) for part in np.array_split(half, 2, axis=2)]
