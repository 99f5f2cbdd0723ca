"""Gliding-box lacunarity: how unevenly a mass lies on a grid, scale by scale, beside what chance would give.

A box of side r glides over all places where it lies inside the grid, and M is the mass in it (the number of points of a mask):

    Λ(r) = E[M²] / E[M]² = 1 + Var M / (E M)²,        the mean over the places; 1 iff all boxes have one mass.

Along an axis shorter than r the box is as long as the axis.  For masks and integers M comes by exact sums, and Λ is one rounding
from the rational number.

Chance: the entries are put in a random order, which for a mask is a random set of as many points.  A box of s = ∏ min(r, n_i) of
the n entries then holds a sample without replacement, so E M = s μ and Var M = s σ² (n − s) / (n − 1), hypergeometric for masks,
and

    Λ_0(r) = 1 + (σ / μ)² (n − s) / (s (n − 1)),        μ, σ² mean and variance of the entries; for a mask (σ / μ)² = n/m − 1:

the ratio of the expectations of E[M²] and of E[M] squared (what shuffles give on average differs in the small fluctuation of E[M]
between shuffles, which is there because entries near the edge are in fewer boxes).

C. Allain and M. Cloitre, Characterizing the lacunarity of random and deterministic fractal sets, Phys. Rev. A 44 (1991)
3552–3558.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fiberscope.tables import table_html
from fractal.arrays import as_values, to_numpy
from fractal.counting import as_sizes
from fractal.errors import InvalidArray

__all__ = ["Lacunarity", "gliding_lacunarity"]

_CHUNK = 1 << 16


@dataclass(frozen=True, repr=False)
class Lacunarity:
    """Λ(r) for some sizes, beside Λ_0(r) of chance, and the density: the mean entry, for a mask its share of points."""

    sizes: tuple[int, ...]
    values: tuple[float, ...]
    null: tuple[float, ...]
    density: float

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: None for what is undefined."""
        values, null = ([None if math.isnan(x) else x for x in row] for row in (self.values, self.null))
        density = None if math.isnan(self.density) else self.density
        return {"sizes": list(self.sizes), "values": values, "null": null, "density": density}

    def __repr__(self) -> str:
        rows = zip(self.sizes, self.values, self.null, strict=True)
        return f"Lacunarity({', '.join(f'{r}: {x:.4g} (chance {c:.4g})' for r, x, c in rows)})"

    def _repr_html_(self) -> str:
        rows = [(r, f"{x:.4f}", f"{c:.4f}") for r, x, c in zip(self.sizes, self.values, self.null, strict=True)]
        return table_html(rows, ("box size", "lacunarity", "of chance"))


def gliding_lacunarity(A: Any, sizes: Iterable[int] | None = None) -> Lacunarity:
    """Λ(r) of a mask, or of weights from 0 on, with the closed form of chance beside it.

    `A`: bool, integers (masses: for a mask of integers pass A != 0), floats or rationals, none below 0 and all finite, of any
    dimension; a tensor is brought to the CPU.  `sizes`: increasing; by default the powers of 2 up to half the shortest axis
    longer than 1.  Without any mass Λ is nan.  Raises `InvalidArray`, `InvalidOption`.  Cost: linear in the entries for each
    size.

    >>> stripes = np.arange(8) % 2 == 0
    >>> gliding_lacunarity(stripes)
    Lacunarity(1: 2 (chance 2), 2: 1 (chance 1.429), 4: 1 (chance 1.143))
    """
    W = to_numpy(as_values(A, "A"))
    W, exponent = _scaled(W) if W.dtype.kind == "f" else (W, 0)
    if W.size and W.min() < 0:
        raise InvalidArray("A must hold masses, none below 0; found some that are: pass abs(A), or a mask")
    used = _default_sizes(W.shape) if sizes is None else as_sizes(sizes)
    total = _sum(W)
    if not total:
        nans = (math.nan,) * len(used)
        return Lacunarity(used, nans, nans, 0.0 if W.size else math.nan)
    density = math.ldexp(float(total / W.size), exponent)
    return Lacunarity(used, _values(W, used), _chance(W, total, used), density)


def _scaled(W: np.ndarray) -> tuple[np.ndarray, int]:
    """Float64 times a power of two, so that no square overflows or vanishes, and the exponent that undoes it."""
    if not np.isfinite(W).all():
        raise InvalidArray(f"A must be finite; found {int((~np.isfinite(W)).sum()):,} values that are not: leave them out")
    exponent = math.frexp(float(np.abs(W).max(initial=0)))[1]
    return np.ldexp(W.astype(np.float64), -exponent), exponent


def _default_sizes(shape: Sequence[int]) -> tuple[int, ...]:
    shortest = min((side for side in shape if side > 1), default=1)
    return tuple(1 << k for k in range(max((shortest // 2).bit_length(), 1)))


def _values(W: np.ndarray, sizes: Sequence[int]) -> tuple[float, ...]:
    """Λ at each size; the masses of one size are sums of those of the one before, where it divides it."""
    found: list[float] = []
    peak, M, last = _number(W.max()), W, (1,) * W.ndim
    for r in sizes:
        sides = tuple(min(r, side) for side in W.shape)
        if any(s % t for s, t in zip(sides, last, strict=True)):
            M, last = W, (1,) * W.ndim
        largest = peak * math.prod(sides)
        if W.dtype.kind in "iu":
            M = M.astype(np.min_scalar_type(largest), copy=False)  # the shortest integers that hold every box
        for axis, (s, t) in enumerate(zip(sides, last, strict=True)):
            M = _runs(M, axis, s // t, t)
        last = sides
        sum_1, sum_2 = _sum(M), _sum_of_squares(M, largest)
        found.append(float(M.size * sum_2 / sum_1**2) if sum_1 else math.nan)
    return tuple(found)


def _runs(A: np.ndarray, axis: int, count: int, step: int) -> np.ndarray:
    """A[x] + A[x + step] + ... + A[x + (count − 1) step] along the axis, where all are there, by sums of 1, 2, 4, ... of them."""
    A = np.moveaxis(A, axis, 0)
    length = len(A) - (count - 1) * step
    parts, at, reached = [], 0, 1
    while True:  # A has sums of `reached` terms; the parts have the first at / step terms
        if count & reached:
            parts.append(A[at : at + length])
            at += reached * step
        if 2 * reached > count:
            return np.moveaxis(functools.reduce(np.add, parts), 0, axis)
        A = A[: -reached * step] + A[reached * step :]
        reached *= 2


def _chance(W: np.ndarray, total: Any, sizes: Sequence[int]) -> tuple[float, ...]:
    """Λ_0 at each size."""
    n = W.size
    excess = n * _sum_of_squares(W, _number(W.max())) / total**2 - 1  # (σ / μ)²
    boxes = [math.prod(min(r, side) for side in W.shape) for r in sizes]
    return tuple(float(1 + excess * Fraction(n - s, s * (n - 1))) if n > 1 else 1.0 for s in boxes)


def _number(x: Any) -> Any:
    """A numpy integer as Python's, which cannot overflow, others as they are."""
    return int(x) if isinstance(x, np.integer) else x


def _sum(A: np.ndarray) -> Any:
    """The sum, exact as a Fraction for integers and rationals."""
    if A.dtype.kind in "iu":
        small = A.dtype.itemsize < 8 or A.max(initial=0) < 2**47
        return Fraction(sum(int(c.sum(dtype=np.uint64 if small else object)) for c in _chunks(A)))
    return A.sum() if A.size else 0


def _sum_of_squares(A: np.ndarray, largest: Any) -> Any:
    """The sum of squares, exact as a Fraction for integers from 0 up to `largest`, and rationals."""
    if A.dtype.kind not in "iu":
        return np.asarray(A * A).sum()
    exact = np.float64 if largest**2 * _CHUNK < 2**53 else np.uint64 if largest**2 * _CHUNK < 2**64 else object
    return Fraction(sum(int(np.dot(c, c)) for c in (c.astype(exact) for c in _chunks(A))))


def _chunks(A: np.ndarray) -> list[np.ndarray]:
    flat = A.reshape(-1)
    return [flat[i : i + _CHUNK] for i in range(0, flat.size, _CHUNK)]
