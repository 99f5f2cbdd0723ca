"""From weights to a mask: which values of |A| are large.

Three rules, each strict:

- quantile q (0.9 if nothing is said): |A| > the value of rank ⌈q n⌉ among the n values of |A| in increasing order, with no
  interpolation.  Then at most n − ⌈q n⌉ points are occupied, fewer with ties, and multiplying A by a positive number changes
  nothing, up to values that its rounding makes equal (T14);
- threshold t: |A| > t;
- deviations k: |A| > k σ, σ the standard deviation of A about its mean (n in the denominator).  This also measures the shape of
  the marginal.

A NaN or an infinity among the values makes the question void: that is a status, not an error.  Fractions are compared exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_mask, as_real, as_values, as_yes_no, is_exact, is_tensor, to_numpy
from fractal.errors import InvalidArray, InvalidOption
from fractal.reductions import entries
from fractal.shuffles import scaled

__all__ = ["Occupied", "occupied"]

_QUANTILE = Fraction(9, 10)


@dataclass(frozen=True, eq=False)
class Occupied:
    """A mask on the CPU, the threshold that made it (nan for a mask), and a status where it says less than it seems to.

    status: "" | "constant" (all |A| are equal, so none is large) | "not finite" (the mask is empty then).
    """

    mask: np.ndarray
    threshold: float = math.nan
    status: str = ""
    nans: int = 0
    infinities: int = 0


def occupied(
    A: Any,
    *,
    quantile: float | None = None,
    threshold: float | None = None,
    deviations: float | None = None,
    mask: bool | None = None,
) -> Occupied:
    """The occupied points of A: a bool array itself, of floats those that are large in absolute value, by one of three rules.

    Integers can be read in two ways, so one is said: mask=True (occupied where not 0) or mask=False (values).  Bool arrays are
    masks unless mask=False.  Raises `InvalidArray`, and `InvalidOption` for more than one rule, a rule for a mask, or
    quantile outside [0, 1).  Any device; the mask comes back to the CPU.  Costs one selection, linear in the size.

    >>> occupied([[1.0, -4.0], [2.0, 3.0]], quantile=0.5).mask.tolist()
    [[False, True], [False, True]]
    """
    array = as_array(A, "A")
    rules = {"quantile": quantile, "threshold": threshold, "deviations": deviations}
    given = {name: value for name, value in rules.items() if value is not None}
    if len(given) > 1:
        raise InvalidOption(f"give one of quantile, threshold and deviations; found {' and '.join(given)}")
    kind, mask = _kind(array), None if mask is None else as_yes_no(mask, "mask")
    if mask is None and kind == "integer":
        raise InvalidArray(
            f"A holds integers ({array.dtype}): say mask=True to take those other than 0 as occupied, mask=False to take values"
        )
    if mask or (mask is None and kind == "bool"):
        if given:
            raise InvalidOption(f"a mask needs no {next(iter(given))}; for values, pass mask=False")
        return Occupied(to_numpy(as_mask(array, "A")))
    return _by_value(as_values(array, "A"), {name: _checked(name, value) for name, value in given.items()})


def _kind(array: Array) -> str:
    if is_tensor(array):
        import torch

        return "bool" if array.dtype == torch.bool else "float" if array.is_floating_point() else "integer"
    return {"b": "bool", "f": "float", "O": "float"}.get(array.dtype.kind, "integer")


def _checked(name: str, value: Any) -> Any:
    wanted = "a number, at least 0 and below 1" if name == "quantile" else "a number, at least 0"
    number = as_real(value, name, wanted)
    if number < 0 or (name == "quantile" and number >= 1):
        raise InvalidOption(f"{name} must be {wanted}; found {number!r}")
    return Fraction(str(value if isinstance(value, np.floating) else number)) if name == "quantile" else number  # 0.9 is 9/10


def _by_value(values: Array, given: dict[str, Any]) -> Occupied:
    n = math.prod(values.shape)
    if n == 0:
        return Occupied(np.zeros(tuple(values.shape), dtype=bool))
    nans, infinities = _nonfinite(values)
    if nans or infinities:
        return Occupied(np.zeros(tuple(values.shape), dtype=bool), math.nan, "not finite", nans, infinities)
    magnitudes = _magnitudes(values)
    t = _level(values, magnitudes, given)
    mask = to_numpy(_above(magnitudes, t))
    constant = not mask.any() and bool((magnitudes == magnitudes.reshape(-1)[0]).all())
    return Occupied(mask.astype(bool, copy=False), _float(t), "constant" if constant else "")


def _magnitudes(values: Array) -> Array:
    """|values|: integers as uint64, which has all of them, on the CPU; float16 in a type that torch can select from."""
    if is_tensor(values) and values.is_floating_point():
        return (values.float() if values.element_size() < 4 else values).abs()
    numbers = to_numpy(values)
    if numbers.dtype.kind in "iu":
        unsigned = numbers.dtype.kind == "u"
        return (
            numbers.astype(np.uint64) if unsigned else np.abs(numbers.astype(np.int64)).view(np.uint64)
        )  # |−2^63| wraps to 2^63
    return np.asarray(np.abs(numbers))


def _above(magnitudes: Array, t: Any) -> Array:
    """Where |values| > t; integers are compared with integers, exactly."""
    if is_tensor(magnitudes) or magnitudes.dtype.kind != "u" or isinstance(t, np.integer):
        return magnitudes > t
    return magnitudes > np.uint64(math.floor(t)) if t < 2**64 else np.zeros(magnitudes.shape, dtype=bool)


def _nonfinite(values: Array) -> tuple[int, int]:
    if is_exact(values) or (values.dtype.kind in "iu" if not is_tensor(values) else not values.is_floating_point()):
        return 0, 0
    nans = values != values
    infinities = abs(values) == math.inf
    return int(nans.sum()), int(infinities.sum())


def _level(values: Array, magnitudes: Array, given: dict[str, Any]) -> Any:
    """The number that occupied |values| exceed."""
    if "threshold" in given:
        t = given["threshold"]
        return Fraction(t) if entries(values) in {"exact", "whole"} else _float(t)
    if "deviations" in given:
        return _deviations(values, given["deviations"])
    q = given.get("quantile", _QUANTILE)
    flat = magnitudes.reshape(-1)
    rank = max(math.ceil(q * len(flat)), 1)
    if is_exact(flat):
        return sorted(flat)[rank - 1]
    if is_tensor(flat) and flat.device.type != "cpu":
        return flat.kthvalue(rank).values
    numbers = to_numpy(flat)
    return numbers.dtype.type(np.partition(numbers, rank - 1)[rank - 1])


def _float(number: Any) -> float:
    """As a float, infinite where it is larger than all of them."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _deviations(values: Array, k: Any) -> Any:
    """k σ, σ from entries divided by a power of two, so that no square overflows or vanishes."""
    if is_exact(values):  # by the largest entry, which need not be a float
        largest = max(abs(values.reshape(-1)), default=Fraction(0))
        return Fraction(k) * largest * Fraction(float(np.std((values / (largest or 1)).astype(np.float64))))
    numbers, exponent = scaled(values)
    sigma = Fraction(float(np.std(numbers))) * Fraction(2) ** exponent
    return Fraction(k) * sigma if entries(values) == "whole" else _float(Fraction(k) * sigma)
