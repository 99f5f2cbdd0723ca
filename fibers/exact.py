"""Exact rationals, and the door through which every number enters.

A finite float is a dyadic rational `m·2^e`, so a float network *is* an exact network and nothing is rounded
on the way in.  A matrix is kept as integers over one common denominator in lowest terms,

    W = N / q,    N integer, q ≥ 1,  gcd(N, q) = 1,

which makes equal matrices equal values, and keeps products in integers (python-flint multiplies N's at
memory speed; its objects are mutable and do not pickle, so they stay inside).

Exact: everything but `Matrix.to_numpy`, which rounds each entry once, to the nearest float64.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np

from fibers.errors import InvalidNetwork, NotExact

__all__ = ["Matrix", "column", "matrix", "numpy_of_tensor", "primitive", "rational"]


def rational(value: Any, name: str = "value") -> Fraction:
    """`value` as an exact `Fraction`: an integer, float, Fraction, text such as "1/3", numpy or sympy number.

    Raises `NotExact`, naming `name`, for NaN, infinities, complex numbers and anything symbolic.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (int, np.integer, np.bool_)):
        return Fraction(int(value))
    try:
        if isinstance(value, (float, np.floating)):
            return Fraction(*value.as_integer_ratio())
        if isinstance(value, (str, numbers.Rational)):
            return Fraction(value)
        if isinstance(value, (flint.fmpz, flint.fmpq)):
            return Fraction(int(value.numerator), int(value.denominator))
        if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a 0-d numpy array or torch tensor
            return rational(value.item(), name)
        if getattr(value, "is_Rational", False):  # sympy
            return Fraction(int(value.p), int(value.q))
        if getattr(value, "is_Float", False):  # sympy: a dyadic rational of any precision
            from sympy import Rational

            exact = Rational(value)
            return Fraction(int(exact.p), int(exact.q))
    except (ValueError, OverflowError, ZeroDivisionError, AttributeError):
        pass
    raise NotExact(f"{name} must be a finite rational number (integer, float, Fraction, text); found {value!r:.60}")


def primitive(row: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """The oriented projective class of an integer row: (coprime integers, positive factor), row = factor · integers.

    Two rows are positive multiples of each other iff their first components agree.  The zero row has factor 0.

    >>> primitive([4, -6])
    ((2, -3), 2)
    """
    factor = math.gcd(*row)
    return (tuple(row), factor) if factor in (0, 1) else (tuple([x // factor for x in row]), factor)


SHOWN = 12
"""Notebooks show the entries of matrices up to this size."""


class Matrix:
    """A frozen rational matrix: `numerators` (row-major integers) over one `denominator`, in lowest terms."""

    __slots__ = ("__dict__", "columns", "denominator", "numerators", "rows")
    numerators: tuple[int, ...]
    denominator: int
    rows: int
    columns: int

    def __init__(self, rows: int, columns: int, numerators: Iterable[int], denominator: int = 1):
        integers = tuple(numerators)
        if len(integers) != rows * columns or denominator < 1:
            raise InvalidNetwork(f"{rows}×{columns} entries over a positive denominator do not fit {len(integers)} integers")
        if denominator > 1:
            common = denominator
            for x in integers:
                common = math.gcd(common, x)
                if common == 1:
                    break
            else:
                integers, denominator = tuple([x // common for x in integers]), denominator // common
        for slot, value in (("rows", rows), ("columns", columns), ("numerators", integers), ("denominator", denominator)):
            object.__setattr__(self, slot, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Matrix is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Matrix is frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        return Matrix, (self.rows, self.columns, self.numerators, self.denominator)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @cached_property
    def integers(self) -> Any:
        """The numerators as a python-flint `fmpz_mat`; do not mutate."""
        return flint.fmpz_mat(self.rows, self.columns, list(self.numerators))

    @cached_property
    def floats(self) -> np.ndarray:
        """Each entry rounded once to the nearest float64 (±inf beyond its range), as a read-only array."""
        q = self.denominator
        try:
            values = [x / q for x in self.numerators]
        except OverflowError:
            values = [_to_float(x, q) for x in self.numerators]
        array = np.array(values, dtype=np.float64).reshape(self.shape)
        array.flags.writeable = False
        return array

    @cached_property
    def signs(self) -> np.ndarray:
        """The exact sign of each entry: an int8 array of −1, 0, 1."""
        signs = np.fromiter(((x > 0) - (x < 0) for x in self.numerators), np.int8, len(self.numerators))
        return signs.reshape(self.shape)

    def to_numpy(self) -> np.ndarray:
        """A fresh float64 array; each entry is rounded once, to nearest."""
        return self.floats.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """What numpy makes of it: float64, each entry rounded once, or with dtype=object the exact fractions."""
        if dtype is not None and np.dtype(dtype).kind == "O":
            return np.array(self.vector(), dtype=object).reshape(self.shape)
        return self.floats.astype(dtype or np.float64)

    def row(self, i: int) -> tuple[int, ...]:
        """The numerators of row `i`."""
        return self.numerators[i * self.columns : (i + 1) * self.columns]

    def column(self, j: int) -> tuple[int, ...]:
        """The numerators of column `j`."""
        return self.numerators[j :: self.columns]

    def fractions(self) -> tuple[tuple[Fraction, ...], ...]:
        """The rows as tuples of `Fraction`."""
        q = self.denominator
        return tuple(tuple([Fraction(x, q) for x in self.row(i)]) for i in range(self.rows))

    def vector(self) -> tuple[Fraction, ...]:
        """All entries, row by row, as one tuple of `Fraction`."""
        return tuple([Fraction(x, self.denominator) for x in self.numerators])

    def __getitem__(self, index: tuple[int, int]) -> Fraction:
        i, j = index
        if not (-self.rows <= i < self.rows and -self.columns <= j < self.columns):
            raise IndexError(f"entry {index} of a {self.rows}×{self.columns} matrix")
        return Fraction(self.numerators[(i % self.rows) * self.columns + j % self.columns], self.denominator)

    def __matmul__(self, other: Matrix) -> Matrix:
        if not isinstance(other, Matrix):
            return NotImplemented
        if self.columns != other.rows:
            raise InvalidNetwork(f"cannot multiply {self.rows}×{self.columns} by {other.rows}×{other.columns}")
        return _from_flint(self.integers * other.integers, self.denominator * other.denominator)

    def __add__(self, other: Matrix) -> Matrix:
        return self._combine(other, 1)

    def __sub__(self, other: Matrix) -> Matrix:
        return self._combine(other, -1)

    def _combine(self, other: Matrix, sign: int) -> Matrix:
        if not isinstance(other, Matrix):
            return NotImplemented
        if self.shape != other.shape:
            raise InvalidNetwork(f"cannot add {self.rows}×{self.columns} and {other.rows}×{other.columns}")
        q = math.lcm(self.denominator, other.denominator)
        a, b = q // self.denominator, sign * (q // other.denominator)
        return Matrix(*self.shape, [a * x + b * y for x, y in zip(self.numerators, other.numerators, strict=True)], q)

    def __neg__(self) -> Matrix:
        return Matrix(*self.shape, [-x for x in self.numerators], self.denominator)

    def transpose(self) -> Matrix:
        """The transposed matrix."""
        return Matrix(self.columns, self.rows, [x for j in range(self.columns) for x in self.column(j)], self.denominator)

    def take_rows(self, indices: Sequence[int]) -> Matrix:
        """The rows `indices`, in that order."""
        return Matrix(len(indices), self.columns, [x for i in indices for x in self.row(i)], self.denominator)

    def take_columns(self, indices: Sequence[int]) -> Matrix:
        """The columns `indices`, in that order."""
        rows = (self.row(i) for i in range(self.rows))
        return Matrix(self.rows, len(indices), [row[j] for row in rows for j in indices], self.denominator)

    def rank(self) -> int:
        """The exact rank; a rank modulo a prime that is already full settles it quickly."""
        full = min(self.shape)
        if full == 0 or _modular(self.integers).rank() == full:
            return full
        return int(self.integers.rank())

    def inverse(self) -> Matrix:
        """The exact inverse of a square matrix; `ZeroDivisionError` if it has none."""
        numerators, denominator = self.integers.inv().numer_denom()
        return Matrix(*self.shape, [self.denominator * int(x) for x in numerators.entries()], int(denominator))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Matrix):
            return NotImplemented
        return (self.shape, self.denominator, self.numerators) == (other.shape, other.denominator, other.numerators)

    def __hash__(self) -> int:
        return hash((self.rows, self.columns, self.denominator, self.numerators))

    def __repr__(self) -> str:
        return f"Matrix({self.rows}×{self.columns} over {self.denominator})"

    def _repr_latex_(self) -> str | None:
        if max(self.shape) > SHOWN:
            return None
        rows = (" & ".join(map(_latex, row)) for row in self.fractions())
        return r"$\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}$"


def matrix(data: Any, name: str = "matrix") -> Matrix:
    """A `Matrix` from nested sequences, a numpy or sympy array, a torch tensor or a `Matrix`; nothing is rounded.

    `name` is what error messages call it.  Raises `NotExact` for entries that are not rational (with their index),
    `InvalidNetwork` for anything that is not two-dimensional.
    """
    if isinstance(data, Matrix):
        return data
    if hasattr(data, "detach"):  # a torch tensor, without importing torch
        data = numpy_of_tensor(data, name)
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiu":
        data = np.asarray(data)  # np.matrix would keep two axes where we want one
        if data.ndim != 2:
            raise InvalidNetwork(f"{name} must have two axes (out × in); found shape {data.shape}")
        return _from_array(data, name)
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, (str, bytes)):
        raise InvalidNetwork(f"{name} must be a sequence of rows; found {type(data).__name__}")
    try:
        rows = [_entries(row) for row in data]
    except TypeError:
        raise InvalidNetwork(f"{name} must be a sequence of rows of numbers; found {type(data).__name__}") from None
    columns = len(rows[0]) if rows else 0
    for i, row in enumerate(rows):
        if len(row) != columns:
            raise InvalidNetwork(f"{name} must have rows of one length; row 0 has {columns} entries, row {i} has {len(row)}")
    values = [rational(x, f"{name}[{i}][{j}]") for i, row in enumerate(rows) for j, x in enumerate(row)]
    return _from_fractions(len(rows), columns, values)


def column(data: Any, name: str = "vector") -> Matrix:
    """A column `Matrix` from a flat sequence of numbers; otherwise as `matrix`."""
    if isinstance(data, Matrix):
        if data.columns != 1:
            raise InvalidNetwork(f"{name} must be a vector; found a {data.rows}×{data.columns} matrix")
        return data
    if hasattr(data, "detach"):
        data = numpy_of_tensor(data, name)
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiu":
        if data.ndim != 1:
            raise InvalidNetwork(f"{name} must have one axis; found shape {data.shape}")
        return _from_array(data[:, None], name)
    try:
        values = [rational(x, f"{name}[{i}]") for i, x in enumerate(_entries(data))]
    except TypeError:
        raise InvalidNetwork(f"{name} must be a sequence of numbers; found {type(data).__name__}") from None
    return _from_fractions(len(values), 1, values)


def _entries(row: Any) -> list[Any]:
    """The entries of one row; text is a number, not a row of digits."""
    if isinstance(row, (str, bytes)):
        raise TypeError("text is no row")
    return list(row)


def _from_fractions(rows: int, columns: int, values: Sequence[Fraction]) -> Matrix:
    q = math.lcm(*{x.denominator for x in values})
    return Matrix(rows, columns, [x.numerator * (q // x.denominator) for x in values], q)


def _from_flint(integers: Any, denominator: int) -> Matrix:
    return Matrix(integers.nrows(), integers.ncols(), map(int, integers.entries()), denominator)


def _from_array(array: np.ndarray, name: str) -> Matrix:
    """Floats and integers, vectorised: x = m·2^e with m odd or zero, all brought to the smallest exponent."""
    rows, columns = array.shape
    if array.dtype.kind in "iu":
        return Matrix(rows, columns, array.ravel().tolist())
    if array.dtype.itemsize > 8:
        return _from_fractions(rows, columns, [rational(x, f"{name}{_at(k, columns)}") for k, x in enumerate(array.ravel())])
    flat = array.ravel().astype(np.float64)
    bad = ~np.isfinite(flat)
    if bad.any():
        k = int(np.argmax(bad))
        raise NotExact(f"{name}{_at(k, columns)} must be finite; found {flat[k]} ({int(bad.sum())} such entries of {flat.size})")
    fraction, exponent = np.frexp(flat)
    mantissa = np.ldexp(fraction, 53).astype(np.int64)
    exponent = exponent.astype(np.int64) - 53
    nonzero = mantissa != 0
    if not nonzero.any():
        return Matrix(rows, columns, [0] * flat.size)
    trailing = np.frexp((mantissa & -mantissa).astype(np.float64))[1].astype(np.int64) - 1  # of the lowest set bit
    trailing[~nonzero] = 0
    mantissa >>= trailing
    exponent += trailing
    lowest = min(0, int(exponent[nonzero].min()))
    shift = np.where(nonzero, exponent - lowest, 0)
    bits = np.frexp(np.abs(mantissa).astype(np.float64))[1] + shift
    if int(bits.max()) <= 62:
        integers = (mantissa << shift).tolist()
    else:
        integers = [m << s for m, s in zip(mantissa.tolist(), shift.tolist(), strict=True)]
    return Matrix(rows, columns, integers, 1 << -lowest)


def _at(k: int, columns: int) -> str:
    return f"[{k // columns}][{k % columns}]" if columns > 1 else f"[{k}]"


def numpy_of_tensor(tensor: Any, name: str = "tensor") -> np.ndarray:
    """The values of a torch tensor, unrounded; a tensor that holds none (sparse, meta) raises `InvalidNetwork`."""
    if str(tensor.layout) != "torch.strided" or tensor.is_meta:
        raise InvalidNetwork(f"{name} must be a dense tensor with values; found layout {tensor.layout} on device {tensor.device}")
    tensor = tensor.detach().cpu()
    if not tensor.is_complex() and tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()  # bfloat16 and the float8 family, which numpy lacks; widening is exact
    return tensor.numpy()


def _latex(x: Fraction) -> str:
    if x.denominator == 1:
        return str(x.numerator)
    return rf"{'-' * (x < 0)}\tfrac{{{abs(x.numerator)}}}{{{x.denominator}}}"


def _modular(integers: Any) -> Any:
    return flint.nmod_mat(integers, (1 << 61) - 1)


def _to_float(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf
