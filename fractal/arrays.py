"""The door: what counts as an array, a mask, a base.

Torch tensors stay what and where they are, numpy arrays stay views; nested lists become numpy arrays.  An array of `Fraction`s
(dtype object, or a nested list with a `Fraction` in it) is exact, and stays so.  Masks say which points are occupied: bool, or
integers, of which those other than 0 are.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from fractal.errors import InvalidArray, InvalidBase, InvalidLevel, InvalidOption

if TYPE_CHECKING:
    import torch

__all__ = [
    "Array",
    "as_array",
    "as_base",
    "as_choice",
    "as_generator",
    "as_integer",
    "as_integers",
    "as_items",
    "as_level",
    "as_mask",
    "as_rational",
    "as_real",
    "as_seed",
    "as_shape",
    "as_values",
    "as_yes_no",
    "is_exact",
    "is_tensor",
    "shown",
    "to_numpy",
]

Array = Any
"""A `torch.Tensor` or a `numpy.ndarray`."""


def is_tensor(A: Any) -> TypeGuard[torch.Tensor]:
    """Whether A is a torch tensor; torch is not imported for the question."""
    return type(A).__module__.partition(".")[0] == "torch" or any(c.__module__ == "torch" for c in type(A).__mro__)


def is_exact(A: Array) -> bool:
    """Whether the entries are exact rationals: an array of Python objects."""
    return isinstance(A, np.ndarray) and A.dtype == object


def as_array(A: Any, name: str = "A") -> Array:
    """A as a real torch tensor or numpy array, without a copy where it is one; raises `InvalidArray`.

    >>> as_array([[1, 2], [3, 4]]).shape, is_exact(as_array([Fraction(1, 3), 0]))
    ((2, 2), True)
    """
    if is_tensor(A):
        if A.is_meta:
            raise InvalidArray(f"{name} must have values; found a tensor on the meta device: give its storage values first")
        if A.is_sparse or A.is_quantized or A.layout != _strided():
            raise InvalidArray(f"{name} must be a dense tensor; found {A.layout}: pass {name}.to_dense()")
        if A.is_complex():
            raise InvalidArray(f"{name} must hold real numbers; found {A.dtype}")
        return A.detach() if A.requires_grad and not A.is_floating_point() else A
    if isinstance(A, np.ma.MaskedArray):
        raise InvalidArray(f"{name} must have all of its entries; found a masked array: pass {name}.filled(0), say")
    try:
        array = A if isinstance(A, np.ndarray) else np.asarray(A)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidArray(
            f"{name} must be an array of numbers, its rows of one length; found {type(A).__name__}: {error}"
        ) from None
    if array.dtype == object:
        return _exact(array, name)
    if array.dtype.kind not in "buif":
        raise InvalidArray(f"{name} must hold real numbers; found {array.dtype}")
    return array


def _strided() -> Any:
    import torch

    return torch.strided


def _exact(array: np.ndarray, name: str) -> np.ndarray:
    flat = [_rational(x, name) for x in array.ravel()]
    exact = np.empty(array.size, dtype=object)
    exact[:] = flat
    return exact.reshape(array.shape)


def _rational(x: Any, name: str) -> Fraction:
    if isinstance(x, (Rational, np.integer)):
        return Fraction(int(x)) if isinstance(x, np.integer) else Fraction(x)
    raise InvalidArray(f"{name} must hold numbers of one kind, all exact (int, Fraction) or all floats; found {type(x).__name__}")


def as_mask(A: Any, name: str = "mask") -> Array:
    """A as an array of bool, of the same device; integers other than 0 are occupied. Floats are refused: they need a threshold.

    >>> as_mask([[0, 2]]).tolist()
    [[False, True]]
    """
    array = as_array(A, name)
    if is_tensor(array):
        if array.is_floating_point():
            raise _needs_threshold(array.dtype, name)
        return array if array.dtype == _bool() else array != 0
    if array.size and array.dtype.kind in "fO":
        raise _needs_threshold(array.dtype, name)
    return array if array.dtype == bool else array != 0


def _bool() -> Any:
    import torch

    return torch.bool


def _needs_threshold(dtype: Any, name: str) -> InvalidArray:
    return InvalidArray(
        f"{name} must be bool or integer, occupied where it is not 0; found {dtype}: compare it, as in abs(W) > t"
    )


def as_values(A: Any, name: str = "W") -> Array:
    """A as an array of real numbers that can be compared and averaged: bool becomes integers 0 and 1."""
    array = as_array(A, name)
    if is_tensor(array):
        return array.to(_uint8()) if array.dtype == _bool() else array
    return array.astype(np.uint8) if array.dtype == bool else array


def _uint8() -> Any:
    import torch

    return torch.uint8


def to_numpy(A: Array) -> np.ndarray:
    """A as a numpy array on the CPU, without a copy where it can be; bfloat16 becomes float32, exactly."""
    if not is_tensor(A):
        return np.asarray(A)
    import torch

    tensor = A.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def shown(value: Any) -> str:
    """What a message says was found: the value in Python's words, an array by its kind and shape, nothing longer than a line.

    >>> shown("x"), shown(np.zeros(3)), shown(10**10_000)
    ("'x'", 'an array of shape (3,)', 'an integer of 33220 bits')
    """
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, np.ndarray) or is_tensor(value):
        kind = "a tensor" if is_tensor(value) else "an array"
        return f"{kind} of shape {tuple(value.shape)}" if value.ndim else f"{value!r}"
    try:
        text = repr(value)
    except ValueError:  # integers of more than 4300 digits in it
        return f"a {type(value).__name__} with integers too long to print"
    return text if len(text) <= 80 else f"{text[:77]}..."


def as_integer(value: Any, name: str, least: int = 0, most: int | None = None) -> int:
    """An integer, at least `least` and, if that is given, at most `most`; raises `InvalidOption`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise InvalidOption(f"{name} must be an integer, at least {least}; found {shown(value)}")
    if most is not None and number > most:
        raise InvalidOption(f"{name} must be at most {most:,}; found {shown(number)}")
    return number


def as_seed(seed: Any, name: str = "seed") -> int:
    """A seed: an integer from 0 on; raises `InvalidOption`."""
    return as_integer(seed, name)


def as_generator(rng: Any, name: str = "rng") -> np.random.Generator:
    """A numpy Generator as it is, or one of a seed; raises `InvalidOption`."""
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        return np.random.default_rng(as_seed(rng, name))
    except InvalidOption:
        raise InvalidOption(f"{name} must be a numpy Generator or a seed, an integer from 0 on; found {shown(rng)}") from None


def as_real(value: Any, name: str, wanted: str = "a finite number") -> Any:
    """A finite real number, of Python, numpy or torch, as Python has it: int, float or Fraction; raises `InvalidOption`.

    >>> as_real(np.float32(0.5), "p"), as_real(Fraction(1, 2), "p")
    (0.5, Fraction(1, 2))
    """
    number = value.item() if (is_tensor(value) or isinstance(value, (np.ndarray, np.generic))) and value.ndim == 0 else value
    if isinstance(number, bool) or not isinstance(number, (int, float, Fraction)) or number - number != 0:
        raise InvalidOption(f"{name} must be {wanted}; found {shown(value)}")
    return number


def as_rational(value: Any, name: str) -> Fraction:
    """A finite real number as the rational that it is; raises `InvalidOption`."""
    return Fraction(as_real(value, name))


def as_items(values: Any, name: str, wanted: str) -> tuple[Any, ...]:
    """What an iterable has, text and bytes being none; `wanted` says what would do.  Raises `InvalidOption`.

    >>> as_items(3, "sizes", "integers, as in (1, 2, 4)")
    Traceback (most recent call last):
    fractal.errors.InvalidOption: sizes must be integers, as in (1, 2, 4); found 3
    """
    if not isinstance(values, (str, bytes, bytearray)):
        try:
            return tuple(values)
        except TypeError:
            pass
    raise InvalidOption(f"{name} must be {wanted}; found {shown(values)}")


def as_integers(values: Any, name: str, least: int = 0, each: str = "", most: int | None = None) -> tuple[int, ...]:
    """Integers, each at least `least`, of an iterable; `each` names one of them.  Raises `InvalidOption`.

    >>> as_integers(range(1, 4), "sizes", 1)
    (1, 2, 3)
    """
    found = as_items(values, name, "integers, as in (1, 2, 4)")
    return tuple(as_integer(value, each or f"each of {name}", least, most) for value in found)


def as_choice(value: Any, name: str, choices: Iterable[str]) -> str:
    """One of several words; anything else, arrays and lists too, raises `InvalidOption`.

    >>> as_choice("mean", "reduce", ("mean", "sum"))
    'mean'
    """
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        raise InvalidOption(f"{name} must be one of {', '.join(known)}; found {shown(value)}")
    return str(value)


def as_yes_no(value: Any, name: str) -> bool:
    """True or False, Python's or numpy's and nothing that could stand for them; raises `InvalidOption`."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidOption(f"{name} must be True or False; found {shown(value)}")
    return bool(value)


def as_base(base: Any, name: str = "base") -> int:
    """A base: an integer from 2 to 10^9, so that machine words have the sizes that are made of it; raises `InvalidBase`."""
    try:
        return as_integer(base, name, 2, 10**9)
    except InvalidOption as error:
        raise InvalidBase(str(error)) from None


def as_level(level: Any, name: str = "level") -> int:
    """A level: an integer from minus a million on; raises `InvalidLevel`."""
    try:
        return as_integer(level, name, -(10**6))
    except InvalidOption:
        raise InvalidLevel(f"{name} must be an integer, below 0 to dilate, by a million at most; found {shown(level)}") from None


def as_shape(shape: Any, name: str = "shape") -> tuple[int, ...]:
    """The sides of a grid: integers, at least 0; raises `InvalidOption`."""
    sides = as_items(shape, name, "the sides of a grid, as in (64, 64), or (64,) for one axis")
    return tuple(as_integer(side, f"each side of {name}") for side in sides)
