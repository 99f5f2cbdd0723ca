"""Constant tensors of a model, exact whatever is done to them.

A stored tensor of floats is exact as it stands, so it stays a numpy array as long as it is only moved about; arithmetic turns
it into integers over one common denominator.  (So a large weight matrix that is transposed and used costs no exact arithmetic.)
Tensors of integers (shapes, axes, indices) stay integers of their type under +, − and ·; a result that the type cannot hold is
refused, where a model would wrap around.

Exact: everything; nothing here rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork, NotExact, UnsupportedModel
from fibers.exact import Matrix, matrix

__all__ = ["LIMIT", "Constant", "bounded"]

LIMIT = 2**26  # entries of one tensor or one lowered matrix; as Python integers that is about 3 GB

_NARROW = ("bfloat16", "float8")  # kinds that numpy lacks (ml_dtypes has them); widening to float32 is exact


def bounded(count: int, what: str) -> int:
    """`count`, if that many numbers are a sane amount; else `InvalidNetwork`."""
    if count > LIMIT:
        raise InvalidNetwork(f"{what} has {count:,} entries; at most {LIMIT:,} are supported")
    return count


@dataclass(frozen=True, eq=False)
class Constant:
    """A constant tensor array / denominator: `array` has floats or integers as stored, or Python integers (dtype object)."""

    array: np.ndarray
    denominator: int = 1
    name: str = "constant"

    @classmethod
    def of(cls, value: Any, name: str = "constant") -> Constant:
        """A stored array or a number; `NotExact` names the place of a NaN or infinity, `UnsupportedModel` an unknown dtype."""
        array = np.asarray(value)
        if array.dtype.name.startswith(_NARROW):
            array = array.astype(np.float32)
        if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
            raise UnsupportedModel(f"{name} holds {array.dtype}; weights must be float16, bfloat16, float32 or float64")
        if array.dtype.kind == "f":
            _check_finite(array, name)
        return cls(array, 1, name)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return self.array.shape

    @property
    def is_float(self) -> bool:
        """Whether these are weights (floats, or exact values computed from them) and not integer shape data."""
        return self.array.dtype.kind in "fO"

    @property
    def stored(self) -> bool:
        """Whether the numbers are still as they were stored."""
        return self.array.dtype.kind != "O"

    def move(self, rearrange: Callable[[np.ndarray], np.ndarray]) -> Constant:
        """The tensor with its entries rearranged."""
        return Constant(rearrange(self.array), self.denominator, self.name)

    def exact(self) -> Constant:
        """The same numbers as integers over a common denominator."""
        if not self.stored:
            return self
        flat = matrix(
            self.array.reshape(1, -1).astype(np.int64) if self.array.dtype.kind == "b" else self.array.reshape(1, -1), self.name
        )
        integers = np.empty(flat.columns, dtype=object)
        integers[:] = flat.numerators
        return Constant(integers.reshape(self.shape), flat.denominator, self.name)

    def matrix(self, rows: int, columns: int) -> Matrix:
        """The entries, row-major, as an exact rows × columns matrix."""
        if self.stored:
            return matrix(self.array.reshape(rows, columns), self.name)
        return Matrix(rows, columns, self.array.ravel().tolist(), self.denominator)

    def integers(self) -> tuple[int, ...]:
        """The entries as Python integers, for shapes, axes and pads; anything else is refused."""
        if self.is_float:
            raise UnsupportedModel(
                f"{self.name} must hold integers; found {self.array.dtype.name if self.stored else 'fractions'}"
            )
        return tuple(map(int, self.array.ravel()))

    def is_zero(self) -> bool:
        """Whether every entry is 0."""
        return not self.array.any()

    def __add__(self, other: Constant) -> Constant:
        if not (self.is_float or other.is_float):
            return self._whole(np.add, other)
        a, b = self.exact(), other.exact()
        q = math.lcm(a.denominator, b.denominator)
        return Constant(np.asarray(a.array * (q // a.denominator) + b.array * (q // b.denominator), dtype=object), q, self.name)

    def __neg__(self) -> Constant:
        if not self.is_float:
            return Constant(np.zeros((), self.array.dtype), 1, self.name) - self
        return Constant(-self.array, self.denominator, self.name)

    def __sub__(self, other: Constant) -> Constant:
        if not (self.is_float or other.is_float):
            return self._whole(np.subtract, other)
        return self + -(other if other.is_float else other.exact())

    def __mul__(self, other: Constant) -> Constant:
        if not (self.is_float or other.is_float):
            return self._whole(np.multiply, other)
        a, b = self.exact(), other.exact()
        return Constant(np.asarray(a.array * b.array, dtype=object), a.denominator * b.denominator, self.name)

    def quotient(self, other: Constant) -> Constant:
        """self / other for integers, rounded toward zero."""
        if not other.array.all():
            raise NotExact(f"division by zero: {other.name} has a zero entry")
        return self._whole(np.frompyfunc(_truncated, 2, 1), other)

    def _whole(self, operation: Callable[[np.ndarray, np.ndarray], np.ndarray], other: Constant) -> Constant:
        """An operation on integers, computed without bound; the result must fit their type."""
        dtype = np.result_type(self.array.dtype, other.array.dtype)
        return self.fitted(operation(self.array.astype(object), other.array.astype(object)), dtype, self.name)

    @classmethod
    def fitted(cls, values: Any, dtype: Any, name: str) -> Constant:
        """Integers as a constant of an integer type; `NotExact` for one beyond its range, where a model would wrap around."""
        dtype, entries = np.dtype(dtype), np.asarray(values, dtype=object)
        if dtype.kind not in "iu":
            raise UnsupportedModel(f"{name}: arithmetic with {dtype} is not supported")
        info = np.iinfo(dtype)
        beyond = [x for x in entries.ravel().tolist() if not info.min <= x <= info.max]
        if beyond:
            raise NotExact(f"{name}: the integer {beyond[0]} is beyond the range of {dtype}")
        return cls(entries.astype(dtype), 1, name)

    def reciprocal(self) -> Constant:
        """1 / self, entry by entry; `NotExact` where that is a division by zero."""
        own = self.exact()
        divisors = [abs(int(x)) for x in own.array.ravel()]
        if 0 in divisors:
            raise NotExact(f"division by zero: {self.name} has a zero entry")
        q = math.lcm(*set(divisors))
        values = np.empty(own.array.size, dtype=object)
        values[:] = [own.denominator * (q // int(x)) for x in own.array.ravel()]
        return Constant(values.reshape(own.shape), q, self.name)


def _truncated(a: int, b: int) -> int:
    return abs(a) // abs(b) if (a < 0) == (b < 0) else -(abs(a) // abs(b))


def _check_finite(array: np.ndarray, name: str) -> None:
    if not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))
        place = "".join(f"[{k}]" for k in at[0])
        raise NotExact(f"{name}{place} must be finite; found {array[tuple(at[0])]} ({len(at)} such entries of {array.size})")
