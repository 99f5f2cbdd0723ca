"""Generalised dimensions D_q: how the mass of |A|, not only its support, spreads over the boxes.

μ = |A| / Σ|A|, a probability on the grid (a mask: its points, evenly), p the masses of the boxes of side r, and

    Z_q(r) = Σ_{p > 0} p^q,        D_q = slope of log Z_q(r) against log r, divided by q − 1;
    D_1 = slope of Σ p log p against log r  (the limit, the information dimension);

D_0 is the box-counting dimension of the support, D_2 the correlation dimension (Rényi 1970; Hentschel & Procaccia 1983).  For
one r, log Z_q / (q − 1), the logarithm of a mean of powers of p, does not decrease in q (Jensen), and is 0 for the single box
of all; so D_q does not increase in q where the power laws hold exactly.  They do for multiplicative cascades, whose masses
multiply: weights w_i of the children in base b give D_q = log(Σ w_i^q) / ((1 − q) log b), exactly at every level; on a set of T9
with even mass all D_q are its dimension.

Only q >= 0.  For q < 0 the sum belongs to the boxes that barely touch the support, and diverges with how the grid happens to
cut it (Riedi 1995): an estimate on one grid says nothing.

**Scales.**  The ladder 1, b, b², ... without the single box at its end, where Z_q = 1 for any measure.  For q = 0 the sizes
that say something about the support (`fractal.scales.usable`), if these are three.  Fewer than three sizes: "too few scales".

**Chance.**  The same on shuffles of the entries: same masses, no order.  z allows for their number (`fractal.shuffles`).  D_q −
null is what the order adds; D_q alone also measures the marginal, since heavy tails lower it without any order at all.  The
finest boxes are the entries themselves, in any order; so mass that clusters lies *above* chance: it fills fewer coarse boxes,
and the line is steeper.

Sums in floating point: relative errors about 1e-14.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_integer, as_items, as_seed, as_values, shown
from fractal.counting import cells_of, ladder
from fractal.displays import beside, panel, plain_value, shape_text, span
from fractal.errors import InvalidOption
from fractal.fits import slope_weights
from fractal.scales import usable
from fractal.shuffles import floats, score, shuffled, spread

__all__ = ["Spectrum", "generalised_dimensions"]

_NUMBER = (int, float, Fraction, np.integer, np.floating)
_LARGEST = 10**9  # of q: beyond, q log p loses its last digits


@dataclass(frozen=True, repr=False)
class Spectrum:
    """D_q for each q, beside the same for shuffled entries; all tuples go by q.

    `values` D_q; `nulls` and `null_sds` mean and standard deviation over the shuffles; `z` how far out the value is; `scales` the
    box sizes of the fit.  `status`: "measured", "too few scales", "single point" (D_q = 0), "empty", "not finite".
    """

    q: tuple[float, ...]
    values: tuple[float, ...]
    nulls: tuple[float, ...]
    null_sds: tuple[float, ...]
    z: tuple[float, ...]
    scales: tuple[tuple[int, ...], ...]
    base: int
    shape: tuple[int, ...]
    shuffles: int
    status: str

    @property
    def differences(self) -> tuple[float, ...]:
        """D_q less that of chance."""
        return tuple(value - null for value, null in zip(self.values, self.nulls, strict=True))

    def __repr__(self) -> str:
        rows = zip(self.q, self.values, self.nulls, self.null_sds, self.z, strict=True)
        found = "; ".join(f"D_{q:g} = {beside(*row)}" for q, *row in rows if not math.isnan(row[0]))
        return f"Spectrum({f'{found}; ' if found else ''}{self.status}; {shape_text(self.shape)}, base {self.base})"

    def _repr_html_(self) -> str:
        rows = zip(self.q, self.values, self.nulls, self.null_sds, self.z, map(span, self.scales), strict=True)
        headers = ("q", "D_q", "D_q of chance", "± of chance", "z", "box sizes")
        return panel(f"Generalised dimensions: {self.status}", rows, headers)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        return plain_value({**vars(self), "differences": self.differences})


def generalised_dimensions(A: Any, q: Iterable[float] = (0, 1, 2), base: int = 2, shuffles: int = 30, seed: int = 0) -> Spectrum:
    """The generalised dimensions D_q of the measure |A|, q >= 0, each beside that of the entries in random order.

    A: numbers or a mask, any dimension; its absolute values are the masses.  Definitions, scales and null at the head of
    `fractal.spectra`.  `shuffles`: 0 (no null), or at least 3.  Cost: a pass over the ladder for A and for each shuffle.
    Raises `InvalidArray`, `InvalidBase`, `InvalidOption`.

    >>> cascade = np.ones(1)
    >>> for _ in range(8):
    ...     cascade = np.kron(cascade, [0.75, 0.25])
    >>> found = generalised_dimensions(cascade, q=(0, 2), shuffles=0)
    >>> found.values[0] == 1, abs(found.values[1] + math.log2(0.75**2 + 0.25**2)) < 1e-12
    (True, True)
    """
    mass, base, orders, seed = np.abs(floats(as_values(A, "A"))), as_base(base), _orders(q), as_seed(seed)
    if 0 < as_integer(shuffles, "shuffles") < 3:
        raise InvalidOption(f"shuffles must be 0 (no null) or at least 3; found {shuffles}")
    sizes = tuple(r for r in ladder(mass.shape, base) if cells_of(mass.shape, r) > 1)
    status = _status(mass, sizes)
    if status not in ("measured", "single point"):
        nothing = (math.nan,) * len(orders)
        return Spectrum(orders, nothing, nothing, nothing, nothing, ((),) * len(orders), base, mass.shape, shuffles, status)
    levels = _levels(mass, base, len(sizes))
    fits = [_fitted(order, sizes, levels, mass.shape) for order in orders]
    values = _dimensions(levels, orders, sizes, fits)
    draws = [_dimensions(_levels(M, base, len(sizes)), orders, sizes, fits) for M in shuffled(mass, shuffles, seed)]
    columns = list(zip(*draws, strict=True)) or [()] * len(orders)
    means, deviations = zip(*(spread(column) for column in columns), strict=True)
    z = tuple(score(value, column) for value, column in zip(values, columns, strict=True))
    scales = tuple(sizes[first:last] for first, last in fits)
    return Spectrum(orders, values, means, deviations, z, scales, base, mass.shape, shuffles, status)


def _orders(q: Iterable[float]) -> tuple[float, ...]:
    orders = (q,) if isinstance(q, _NUMBER) else as_items(q, "q", "numbers from 0 on, as in (0, 1, 2)")
    for order in orders:
        if not isinstance(order, _NUMBER) or isinstance(order, bool) or not 0 <= order <= _LARGEST:
            raise InvalidOption(
                f"each q must be a number from 0 to {_LARGEST:,}; found {shown(order)}:"
                " below 0 the sums belong to boxes that barely touch the set"
            )
    if not orders:
        raise InvalidOption("q must name one order at least, as in q=(0, 1, 2); found none")
    return tuple(order if isinstance(order, int) else float(order) for order in orders)


def _status(mass: np.ndarray, sizes: tuple[int, ...]) -> str:
    if not np.isfinite(mass).all():
        return "not finite"
    points = np.count_nonzero(mass)
    if points == 0:
        return "empty"
    if len(sizes) < 3:
        return "too few scales"
    return "single point" if points == 1 else "measured"


def _levels(mass: np.ndarray, base: int, number: int) -> list[np.ndarray]:
    """The masses of the occupied boxes at each size of the ladder, as shares of the whole."""
    total, found = mass.sum(), []
    for level in range(number):
        if level:
            mass = _coarser(mass, base)
        found.append(mass[mass > 0] / total)
    return found


def _coarser(mass: np.ndarray, base: int) -> np.ndarray:
    """The sums over cells of side b, the grid filled up with zeros."""
    mass = np.pad(mass, [(0, -n % base) for n in mass.shape])
    for axis, n in enumerate(mass.shape):
        mass = mass.reshape(*mass.shape[:axis], n // base, base, *mass.shape[axis + 1 :]).sum(axis=axis + 1)
    return mass


def _fitted(q: float, sizes: tuple[int, ...], levels: list[np.ndarray], shape: tuple[int, ...]) -> tuple[int, int]:
    """The range of sizes that is fitted, by index."""
    if q == 0:
        first, last = usable([len(p) for p in levels], [cells_of(shape, r) for r in sizes])
        if last - first >= 3:
            return first, last
    return 0, len(sizes)


def _dimensions(
    levels: list[np.ndarray], orders: tuple[float, ...], sizes: tuple[int, ...], fits: list[tuple[int, int]]
) -> tuple[float, ...]:
    logs = [np.log(p) for p in levels]
    return tuple(
        -math.fsum(w * _exponent(p, log, q) for w, p, log in zip(slope_weights(sizes[i:j]), levels[i:j], logs[i:j], strict=True))
        for q, (i, j) in zip(orders, fits, strict=True)
    )


def _exponent(p: np.ndarray, log: np.ndarray, q: float) -> float:
    """log Z_q / (q − 1), or Σ p log p for q = 1: what is linear in log r; the largest term is taken out, against underflow."""
    if q == 1:
        return float((p * log).sum())
    largest = float(log.max())
    return (q * largest + math.log(float(np.exp(q * (log - largest)).sum()))) / (q - 1)
