"""The variogram of an array: half the mean squared difference of entries at a distance h along an axis (Matheron 1963).

    γ_i(h) = ½ mean_x |W(x + h e_i) − W(x)|²,        γ(h) = the mean over all such pairs of all axes i in question.

Entries in random order have, on average over all orders, γ(h) = their variance (divisor n − 1) at every h, exactly.  If γ(h) ~
h^{2H} for small h, the graph of a Gaussian W on d axes has dimension d + 1 − H (Adler 1981, chapter 8): H is the Hurst
exponent, 0 for white noise, 1 for a smooth W; `fractal.roughness` fits it.  Pairs of different axes are pooled, so a W that is
rough along one axis and smooth along another shows a mixture; `by_axis` has them apart.

An axis is **long** if it has more than one entry and at least a quarter of the longest: along the others (the kernel axes of a
convolution) there are too few distances to compare.  Sums are in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fractal.arrays import as_integers, as_values, to_numpy
from fractal.displays import panel, plain_value, shape_text
from fractal.errors import InvalidOption

__all__ = ["Variogram", "long_axes", "pair_squares", "variogram"]

_CHUNK = 1 << 15  # entries at a time, so that their differences stay in cache


@dataclass(frozen=True, repr=False)
class Variogram:
    """γ at each lag: `values` over all axes in question, `by_axis` for each of them, `pairs` the number of pairs averaged.

    `null`: what the entries in random order have on average, the same at every lag.  nan where there are no pairs, or an entry
    is not finite.
    """

    lags: tuple[int, ...]
    values: tuple[float, ...]
    by_axis: tuple[tuple[float, ...], ...]
    axes: tuple[int, ...]
    pairs: tuple[int, ...]
    shape: tuple[int, ...]
    null: float

    def __repr__(self) -> str:
        found = ", ".join(f"{h}: {value:.4g}" for h, value in zip(self.lags, self.values, strict=True))
        return f"Variogram({shape_text(self.shape)}{f'; {found}' if found else ''}; chance {self.null:.4g})"

    def _repr_html_(self) -> str:
        rows = zip(self.lags, self.values, [self.null] * len(self.lags), *self.by_axis, self.pairs, strict=True)
        return panel("Variogram", rows, ("lag", "γ", "γ of chance", *(f"γ of axis {axis}" for axis in self.axes), "pairs"))

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        return plain_value(vars(self))


def long_axes(shape: Sequence[int]) -> tuple[int, ...]:
    """The axes with more than one entry and at least a quarter of the longest.

    >>> long_axes((512, 256, 3, 3)), long_axes((1, 7)), long_axes(())
    ((0, 1), (1,), ())
    """
    longest = max(shape, default=0)
    return tuple(axis for axis, n in enumerate(shape) if n > 1 and 4 * n >= longest)


def variogram(W: Any, lags: Iterable[int] | None = None) -> Variogram:
    """The variogram of W over its long axes, at the given lags; by default 1, 2, 4, ... up to a quarter of the shortest of them.

    W: numbers in an array of any dimension; lags: increasing integers from 1 on.  Definition at the head of
    `fractal.variograms`.  Raises `InvalidArray`, `InvalidOption`.  A pass over W for each lag and axis.

    >>> variogram([0, 1, 2, 3, 4, 5, 6, 7]).values                       # of a ramp: h² / 2
    (0.5, 2.0)
    """
    values = to_numpy(as_values(W)).astype(np.float64)
    axes = long_axes(values.shape)
    chosen = _default(values.shape, axes) if lags is None else _checked(lags)
    sums = [[pair_squares(values, axis, h) for axis in axes] for h in chosen]
    by_axis = tuple(tuple(_half(*row[i]) for row in sums) for i in range(len(axes)))
    totals = [(sum(s for s, _ in row), sum(n for _, n in row)) for row in sums]
    pairs = tuple(n for _, n in totals)
    return Variogram(chosen, tuple(_half(*t) for t in totals), by_axis, axes, pairs, values.shape, _variance(values))


def _variance(W: np.ndarray) -> float:
    """With divisor n − 1: the mean of γ over all orders of the entries, since any two places get any two entries as often."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = float(W.var(ddof=1)) if W.size > 1 else math.nan
    return found if math.isfinite(found) else math.nan


def _default(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    quarter = min((shape[axis] for axis in axes), default=0) // 4
    return tuple(1 << k for k in range(quarter.bit_length()))


def _checked(lags: Iterable[int]) -> tuple[int, ...]:
    chosen = as_integers(lags, "lags", 1, "each lag")
    if any(h >= k for h, k in pairwise(chosen)):
        raise InvalidOption(f"lags must increase; found {chosen}")
    return chosen


def pair_squares(W: np.ndarray, axis: int, h: int) -> tuple[float, int]:
    """The sum of the squared differences at a lag along an axis, and how many there are."""
    if h >= W.shape[axis] or not W.size:
        return 0.0, 0
    later, sooner = (W[(slice(None),) * axis + (part,)] for part in (slice(h, None), slice(None, -h)))
    with np.errstate(invalid="ignore", over="ignore"):
        return sum(_chunks(later, sooner)), later.size


def _chunks(later: np.ndarray, sooner: np.ndarray) -> Iterator[float]:
    """The sums of squared differences of parts small enough to stay in cache."""
    row = later.size // len(later)
    if row > _CHUNK:
        for pair in zip(later, sooner, strict=True):
            yield from _chunks(*pair)
        return
    step = max(1, _CHUNK // row)
    for i in range(0, len(later), step):
        difference = (later[i : i + step] - sooner[i : i + step]).ravel()
        yield float(np.einsum("i,i->", difference, difference))  # BLAS would wake its threads for each chunk


def _half(total: float, pairs: int) -> float:
    return total / pairs / 2 if pairs else math.nan
