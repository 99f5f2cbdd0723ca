"""The modulus of continuity of an array: how much it changes over a distance.

In the sup metric on the grid, d(x, y) = max_i |x_i − y_i|,

    ω_W(t) = max {|W(x) − W(y)| : d(x, y) ≤ t},        t = 0, 1, 2, ...

Two points at distance at most t lie in a common cube of t + 1 points per side, cut to the grid where that is narrower, and any
two points of such a cube are that close.  So ω_W(t) is the largest (max − min) over these windows.  Maxima over windows of s
and of s' ≤ s points, one after the other, are maxima over windows of s + s' points: doubling s reaches any width in
⌈log2(t + 1)⌉ steps per axis.

Exact on `Fraction`s and whole numbers; floats round once, in the difference.  ω_W bounds what coarse-graining loses: T5 and T7
of docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_integer, is_tensor, to_numpy
from fractal.reductions import cast, entries, maximum, minimum, operand

__all__ = ["modulus_of_continuity", "sliding"]

Number = Fraction | int | float


def modulus_of_continuity(W: Any, t: int) -> Number:
    """ω_W(t), the largest difference of two entries at sup-distance at most t >= 0; 0 for an empty array.

    W: any dimension, device and kind.  Returns a `Fraction` for exact entries, an int for whole numbers and booleans, else a
    float, NaN where an entry is not finite.  Raises `InvalidOption` for a t that is no integer >= 0.  Cost: 2 d log2(t + 1)
    passes over W.

    >>> [modulus_of_continuity([0, 1, 4, 9, 16], t) for t in (0, 1, 2, 4, 99)]
    [0, 7, 12, 16, 16]
    """
    width = as_integer(t, "t") + 1
    A = as_array(W, "W")
    kind, empty = entries(A), 0 in A.shape
    if kind == "exact":
        return Fraction(0) if empty else Fraction(_oscillation(A, width))
    if kind == "float":
        return 0.0 if empty else _of_floats(A.detach() if is_tensor(A) else A, width)
    return 0 if empty else int(_oscillation(operand(A, "max"), width, _roomy(A)))


def _of_floats(A: Array, width: int) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        # torch compares no halves on some devices; differences are of float64, as those of `fractal.gaps` are
        A = cast(A, "float32") if A.dtype.itemsize < 4 else A
        size = float(_oscillation(A, width, lambda values: cast(values, "float64")))
    # A difference of finite entries may overflow; any window with an entry that is not finite ends here, too.
    return size if math.isfinite(size) or bool((abs(A) < math.inf).all()) else math.nan


def _roomy(A: Array) -> Callable[[Array], Array]:
    """What makes room for differences of whole numbers: int64, or Python's integers where some are larger than 2^62."""
    if A.dtype.itemsize < 8 or (int(A.min()) >= -(2**62) and int(A.max()) < 2**62):
        return lambda values: cast(values, "int64")
    return lambda values: to_numpy(values).astype(object)


def _oscillation(A: Array, width: int, roomy: Callable[[Array], Array] | None = None) -> Any:
    """The largest maximum less minimum of a window, as a scalar of the library of A."""
    top, bottom = sliding(A, width, maximum), sliding(A, width, minimum)
    ranges = roomy(top) - roomy(bottom) if roomy else top - bottom
    return ranges.max() if A.ndim else ranges


def sliding(A: Array, width: int, op: Callable[[Array, Array], Array]) -> Array:
    """The fold of every window of so many entries per side, cut to the sides of A; op is idempotent, as maximum and minimum are.

    >>> sliding(np.array([3, 1, 4, 1, 5, 9]), 3, maximum).tolist()
    [4, 4, 5, 9]
    """
    for axis in range(A.ndim):
        done, full = 1, min(width, A.shape[axis])
        # A holds the folds over `done` entries along this axis, one for each place where so many begin.
        while done < full:
            step = min(done, full - done)
            lead = (slice(None),) * axis
            A = op(A[(*lead, slice(None, -step))], A[(*lead, slice(step, None))])
            done += step
    return A
