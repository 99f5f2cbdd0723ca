"""How far two sides of a law are from each other, and how far they may be.

A law says that two arrays are equal, or that they differ by at most a bound.  Its gap is their sup distance, exact for
`Fraction`s and whole numbers.  In floats both sides round: each entry is reached through at most 3 log2(N) + 2 additions and
divisions of numbers whose absolute values add up to the `scale`, so a gap may show up to 8 (log2(N) + 2) ε scale without any law
being broken; N counts the points, ε is that of the dtype.  That is much for float16 and bfloat16, ε = 2^−10 and 2^−7: there laws
of sums and means hold within a tenth of the scale or more, and a gap says little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fractal.arrays import Array, as_array, as_choice, is_tensor, shown, to_numpy
from fractal.continuity import modulus_of_continuity
from fractal.displays import panel, plain_value
from fractal.errors import InvalidArray, InvalidOption
from fractal.grids import REDUCTIONS, coarse_grain
from fractal.reductions import cast, entries, operand

__all__ = [
    "Gap",
    "between",
    "between_entries",
    "distance",
    "finite",
    "oscillation",
    "read",
    "rounding",
    "rounding_of",
    "scale_of",
]

Number = Fraction | int | float


@dataclass(frozen=True, repr=False)
class Gap:
    """The distance of two sides of a law, beside what the law allows.

    law : its label in docs/theory.md
    size : the sup distance of the two sides: a `Fraction` or int where they are exact
    bound : what the law allows, 0 where it says that the sides are equal
    holds : whether size <= bound + rounding
    why : one sentence: why the sides are equal, or what keeps them apart
    where : the first index of the largest difference, None where there is none
    rounding : what float arithmetic may add, 0 for exact entries
    """

    law: str
    size: Number
    bound: Number
    holds: bool
    why: str
    where: tuple[int, ...] | None = None
    rounding: Number = 0

    def __repr__(self) -> str:
        verdict = "holds" if self.holds else "fails"
        place = f" at {self.where}" if self.where else ""
        rounding = f" + {float(self.rounding):.2g} for rounding" if self.rounding else ""
        return f"Gap({self.law} {verdict}: {_shown(self.size)}{place}, allowed {_shown(self.bound)}{rounding}; {self.why})"

    def _repr_html_(self) -> str:
        rows = [(name, _shown(getattr(self, name))) for name in ("size", "bound", "rounding")]
        return panel(f"{self.law} {'holds' if self.holds else 'fails'}: {self.why}", [*rows, ("where", self.where or "nowhere")])

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold: fractions are texts, None stands for what is undefined."""
        return plain_value(vars(self))


def _shown(x: Number) -> str:
    """A float with four digits, an exact number as it is, unless it is long."""
    return f"{x:.4g}" if isinstance(x, float) else str(x) if len(str(x)) < 25 else f"about {float(x):.4g}"


def between(law: str, left: Array, right: Array, why: str, bound: Number = 0, rounding: Number = 0) -> Gap:
    """The gap between two arrays of one shape; raises `InvalidArray` where sums or differences overflow their type.

    >>> between("T1", np.array([1, 2]), np.array([1, 4]), "an example").size
    2
    """
    size, where = distance(left, right)
    if not all(isinstance(x, (int, Fraction)) or math.isfinite(x) for x in (size, bound, rounding)):
        raise InvalidArray(
            f"W must be so small that both sides of {law} stay finite in {left.dtype}: scale it, or use a wider type"
        )
    return Gap(law, size, bound, size <= (bound + rounding if rounding else bound), why, where, rounding)


def distance(left: Array, right: Array) -> tuple[Number, tuple[int, ...] | None]:
    """The sup distance and the first index where it is attained, None where the arrays are equal.

    >>> distance(np.array([[1, 2]]), np.array([[1, 5]]))
    (3, (0, 1))
    """
    L, R = to_numpy(left), to_numpy(right)
    assert L.shape == R.shape, (L.shape, R.shape)
    places = np.flatnonzero(L != R)
    if len(places) == 0:
        return (Fraction(0) if object in (L.dtype, R.dtype) else 0.0 if "f" in (L.dtype.kind, R.dtype.kind) else 0), None
    # Whole numbers are subtracted as Python's: there is no overflow.
    kind = np.float64 if "f" in (L.dtype.kind, R.dtype.kind) else object
    apart = abs(_numbers(L, places, kind) - _numbers(R, places, kind))
    first = int(np.argmax(apart))
    size = apart[first]
    return (float(size) if kind is np.float64 else size), tuple(int(i) for i in np.unravel_index(places[first], L.shape))


def _numbers(A: np.ndarray, places: np.ndarray, kind: type) -> np.ndarray:
    chosen = A.ravel()[places]
    return (chosen.astype(np.int64) if chosen.dtype == bool else chosen).astype(kind)


def finite(W: Any, name: str = "W") -> Array:
    """W as an array all of whose entries are finite, without its gradient; raises `InvalidArray`."""
    A = as_array(W, name)
    A = A.detach() if is_tensor(A) else A
    if entries(A) == "float" and not bool((abs(A) < float("inf")).all()):
        raise InvalidArray(
            f"{name} must be finite, for the law measures differences; found NaN or infinity: leave these entries out"
        )
    return A


def rounding_of(side: Array, scale: float, points: int) -> Number:
    """What rounding may add to a gap of sides like this one; 0 where they are exact (see above)."""
    if entries(side) != "float":
        return 0
    if is_tensor(side):
        import torch

        eps, least = torch.finfo(side.dtype).eps, torch.finfo(side.dtype).tiny
    else:
        eps, least = float(np.finfo(side.dtype).eps), float(np.finfo(side.dtype).tiny)
    return 8 * (points.bit_length() + 2) * eps * (scale + least)


def between_entries(reduce: str) -> str:
    """The reduction, if its values lie between the entries of a cell; raises `InvalidOption`."""
    if not isinstance(reduce, str) or reduce not in {"mean", "max", "min", "any"}:
        raise InvalidOption(f"reduce must be mean, max, min or any, whose values lie between the entries; found {shown(reduce)}")
    return reduce


def read(W: Any, reduce: str) -> Array:
    """W as the reduction reads it: a mask for any; finite."""
    A = finite(W)
    return operand(A, "any") if as_choice(reduce, "reduce", REDUCTIONS[:-1]) == "any" else A


def oscillation(A: Array, b: int, k: int) -> Number:
    """ω_A(r_k − 1)."""
    return modulus_of_continuity(A, min(b ** min(k, 62), max(A.shape, default=1)) - 1 if 0 not in A.shape else 0)


def rounding(A: Array, side: Array, level: int, b: int, reduce: str, copies: int = 0) -> Number:
    """What rounding may add to a gap of sums or means of A, or of b^copies copies of it per axis; `side` has their dtype."""
    if reduce not in {"mean", "sum"} or entries(side) != "float":
        return 0
    points = math.prod(A.shape) * b ** (copies * A.ndim)
    return rounding_of(side, scale_of(A, level, b, reduce), points)


def scale_of(A: Array, level: int, b: int, reduce: str) -> float:
    """The largest mean or sum of |A| over a cell: what the errors of sums are measured by."""
    size = coarse_grain(abs(cast(A, "float64") if entries(A) in {"whole", "bool"} else A), level, b, reduce)
    return float(size.max()) if 0 not in A.shape else 0.0
