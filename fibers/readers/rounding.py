"""The few places where a reader or writer has to round, each entry once, to nearest with ties to even.

Reading rounds nothing but batch norm's factors γ/√(v + ε), which are irrational in general, and the casts that a model makes of
its own constants; writing rounds weights that no float holds.  Both say so with a `RoundingNotice`.

Exact: the decisions.  A value is compared with the midpoint of two neighbouring floats as a rational, so there is no double
rounding on the way through float64.
"""

from __future__ import annotations

import math
import sys
import warnings
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.errors import NotExact
from fibers.exact import Matrix, rational

__all__ = ["RoundingNotice", "inverse_deviations", "nearest", "notice", "round_matrix"]


class RoundingNotice(UserWarning):
    """A number of the model was rounded, once; the message says which and to what."""


def notice(text: str) -> None:
    """A `RoundingNotice` at the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("fibers."):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(text, RoundingNotice, stacklevel=level)


def nearest(value: Fraction, dtype: Any) -> np.floating[Any]:
    """`value` rounded once to float16, float32 or float64; ±inf beyond the range.

    >>> float(nearest(Fraction(1, 3), np.float32)) == float(np.float32(1 / 3))
    True
    """
    info = np.finfo(dtype)
    if value == 0:
        return info.dtype.type(0)
    quantum = max(_exponent(abs(value)) - info.nmant, int(info.minexp) - info.nmant)
    steps = round(value / Fraction(2) ** quantum)  # ties to even
    try:
        with np.errstate(over="ignore"):
            return info.dtype.type(math.ldexp(steps, quantum))
    except OverflowError:
        return info.dtype.type(math.copysign(math.inf, steps))


def _exponent(value: Fraction) -> int:
    """⌊log2 value⌋ for value > 0."""
    e = value.numerator.bit_length() - value.denominator.bit_length()
    return e if value >= Fraction(2) ** e else e - 1


def round_matrix(values: Matrix, dtype: Any, name: str = "matrix") -> np.ndarray:
    """Each entry rounded once to `dtype` (float16, float32 or float64).

    Raises `NotExact` for an entry beyond the range.  Only entries that float64 puts on a midpoint need the exact value again.
    """
    wide = values.floats
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = np.array(wide, dtype=dtype)
        gap = wide - narrow
        neighbour = np.nextafter(narrow, np.copysign(np.inf, gap).astype(dtype))
        doubtful = np.isinf(narrow) | ((gap != 0) & (wide - neighbour == -gap))
    for i, j in np.argwhere(doubtful).tolist():
        narrow[i, j] = nearest(values[i, j], dtype)
    if np.isinf(narrow).any():
        i, j = np.argwhere(np.isinf(narrow))[0].tolist()
        raise NotExact(f"{name}[{i}][{j}] is too large for {narrow.dtype}; save as .json, which is exact")
    return narrow


def inverse_deviations(gamma: Matrix, variance: Matrix, epsilon: Fraction, dtype: Any, name: str) -> tuple[np.ndarray, bool]:
    """The factors γ/√(v + ε) of batch norm, entry by entry, rounded once to `dtype`, and whether any rounding took place.

    `gamma` and `variance` are columns.  Raises `NotExact` where v + ε is not positive.
    """
    factors = np.empty(gamma.rows, dtype=dtype)
    rounded = False
    for k, (scale, spread) in enumerate(zip(gamma.vector(), variance.vector(), strict=True)):
        if spread + epsilon <= 0:
            raise NotExact(f"{name}: variance + epsilon must be positive; channel {k} has {float(spread + epsilon)}")
        square = scale * scale / (spread + epsilon)
        root, exact = _root(square)
        factors[k] = math.copysign(1, scale) * nearest(root, dtype)
        rounded |= not exact or rational(abs(float(factors[k])), f"{name}: the factor of channel {k}") != root
    return factors, rounded


def _root(square: Fraction) -> tuple[Fraction, bool]:
    """(√square, True) where that is rational, else (a value that rounds to the same float of at most 53 bits, False).

    s = ⌊√square · 2^k⌋ with at least 100 bits; the root lies strictly between s and s + 1, which no float or midpoint does.
    """
    p, q = square.numerator, square.denominator
    n, d = math.isqrt(p), math.isqrt(q)
    if n * n == p and d * d == q:
        return Fraction(n, d), True
    k = max(0, 120 - (p.bit_length() - q.bit_length()) // 2)
    s = math.isqrt((p << 2 * k) // q)
    return Fraction(2 * s + 1, 1 << (k + 1)), False
