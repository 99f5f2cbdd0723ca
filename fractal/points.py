"""Box counts of points given by their coordinates: the box of side u r that holds x is ⌊x / (u r)⌋, per coordinate.

Only the occupied boxes of the unit grid are kept, as integers, and ⌊⌊x / u⌋ / r⌋ = ⌊x / (u r)⌋ gives all others.  The first floor
is that of the exact quotient, of floats (IEEE remainders are exact) and of integers, so 1.0 in boxes of side 0.1 lies in box 9:
ten times the float 0.1 is more than 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import as_array, as_real, shown, to_numpy
from fractal.errors import InvalidArray, InvalidOption

__all__ = ["extent", "place_counts", "place_sizes", "places"]

_LARGEST = 2**52  # unit boxes from 0: beyond, floats skip boxes


def places(points: Any, unit: float = 1.0) -> np.ndarray:
    """The boxes of the unit grid that the points lie in, each once: integers, shape (N', d).

    >>> places([[0.3, -0.1], [0.25, -0.05]], 0.1).tolist()
    [[2, -1]]
    """
    X = to_numpy(as_array(points, "points"))
    if X.ndim != 2 and X.size:
        raise InvalidArray(f"points must have shape (N, d), a row for each point; found {X.shape}")
    if X.dtype.kind not in "biuf":
        raise InvalidArray("points must be integers or floats; found exact fractions: multiply them out, or convert them")
    side = as_real(unit, "unit", wanted := "a positive number, the side of the smallest boxes")
    if not 0 < side < 1e300 or not float(side):
        raise InvalidOption(f"unit must be {wanted}; found {shown(unit)}")
    X = X if X.ndim == 2 else X.reshape(0, 0)
    if X.dtype.kind != "f":
        return _distinct(_of_integers(X, Fraction(side)))
    if not np.isfinite(X).all():
        raise InvalidArray(
            f"points must be finite; found {int((~np.isfinite(X)).any(axis=1).sum())} that are not: leave them out"
        )
    boxes = np.floor_divide(X.astype(np.float64), float(side))
    if X.size and np.abs(boxes).max() > _LARGEST:
        raise InvalidOption(
            f"points lie up to {np.abs(boxes).max():.0f} boxes from 0, more than floats can tell apart: take a larger unit"
        )
    return _distinct(boxes.astype(np.int64))


def _of_integers(X: np.ndarray, side: Fraction) -> np.ndarray:
    """⌊x / side⌋, of machine words while they hold what comes up, else of Python's integers."""
    most = max(int(X.max()), -int(X.min())) if X.size else 0
    if most * side.denominator // side.numerator > 2**62:
        raise InvalidArray(
            f"points must lie within 2^62 boxes of 0; found coordinates from {X.min()} to {X.max()} in boxes of side"
            f" {float(side):.6g}: move them, or take a larger unit"
        )
    if max(most * side.denominator, side.numerator) > 2**62:
        X = X.astype(object)
    else:
        X = X.astype(np.int64)
    return (X * side.denominator // side.numerator).astype(np.int64) if side != 1 else X.astype(np.int64)


def _distinct(X: np.ndarray) -> np.ndarray:
    """Each row once, by one number for a row where such numbers are machine words."""
    if not X.size:
        return X[:1]
    low, high = X.min(axis=0), X.max(axis=0)
    sides = [int(b) - int(a) + 1 for a, b in zip(low, high, strict=True)]
    if math.prod(sides) >= 2**62:
        return np.unique(X, axis=0)
    keys = np.zeros(len(X), dtype=np.int64)
    for column, least, side in zip(X.T, low, sides, strict=True):
        keys = keys * side + (column - least)
    keys.sort()  # np.unique of numpy 2.4 hashes, which takes a hundred times as long on such keys
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    columns = []
    for least, side in zip(low[::-1], sides[::-1], strict=True):
        keys, rest = np.divmod(keys, side)
        columns.append(rest + least)
    return np.stack(columns[::-1], axis=1)


def place_sizes(X: np.ndarray, base: int) -> tuple[int, ...]:
    """1, b, b², ... up to the first at which all points lie in one box, or in boxes that touch 0."""
    sizes = [1]
    while len(X) > 1 and X.size and (X.min() < -1 or X.max() > 0):
        X = _distinct(X // base)
        sizes.append(sizes[-1] * base)
    return tuple(sizes)


def extent(X: np.ndarray, size: int) -> tuple[int, ...]:
    """The sides, in boxes of this size, of the smallest part of the grid that holds all points."""
    if not len(X):
        return (0,) * X.shape[1]
    ends = zip(X.min(axis=0).tolist(), X.max(axis=0).tolist(), strict=True)  # Python's integers do not overflow
    return tuple(high // size - low // size + 1 for low, high in ends)


def place_counts(X: np.ndarray, sizes: Sequence[int], offset: Sequence[int]) -> list[int]:
    """N(r, offset) for sizes each dividing the next."""
    found, last = [], 1
    X = X + np.asarray(offset, dtype=np.int64)
    for r in sizes:
        X = _distinct(X // (r // last))
        last = r
        found.append(len(X))
    return found
