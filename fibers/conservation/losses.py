"""Losses for gradient flow, the mean over a data set and its gradient in the outputs; and the data, checked.

    squared          ½ |f(x) − y|²
    cross entropy    −Σ_c y_c log softmax(f(x))_c; labels 0..m−1 stand for unit vectors

Floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork

__all__ = ["Loss", "inputs_of", "loss_of", "targets_of"]

Array = np.ndarray
Loss = Callable[[Array, Array], tuple[float, Array]]
"""(outputs, targets), both N × m, to (value, gradient in the outputs)."""


def loss_of(loss: str | Loss) -> Loss:
    """The loss of a name, or the function itself; `InvalidNetwork` for another name."""
    if callable(loss):
        return _checked(loss)
    known = {"squared": squared, "cross entropy": cross_entropy}
    if not isinstance(loss, str) or loss not in known:
        raise InvalidNetwork(
            f"loss must be {' or '.join(map(repr, known))}, or a function of outputs and targets; found {loss!r:.60}"
        )
    return known[loss]


def _checked(loss: Loss) -> Loss:
    """The loss, which must return a number and an array like the outputs."""

    def checked(outputs: Array, targets: Array) -> tuple[float, Array]:
        found = loss(outputs, targets)
        try:
            value, slope = found
            value, slope = float(value), np.asarray(slope, dtype=float)
        except (TypeError, ValueError):
            rule = "loss must return two things, its value and its gradient in the outputs"
            raise InvalidNetwork(f"{rule}; found {type(found).__name__} {found!r:.60}") from None
        if slope.shape != outputs.shape:
            raise InvalidNetwork(f"loss must return a gradient of shape {outputs.shape}, as the outputs; found {slope.shape}")
        return value, slope

    return checked


def squared(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Half the mean of |f(x) − y|²."""
    difference = outputs - targets
    return 0.5 * float((difference**2).sum()) / len(outputs), difference / len(outputs)


def cross_entropy(outputs: Array, targets: Array) -> tuple[float, Array]:
    """The mean of −Σ y log softmax(f(x))."""
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total, mass = np.einsum("ij->i", powers)[:, None], np.einsum("ij->i", targets)[:, None]  # not by BLAS, which takes threads
    value = float((mass * np.log(total)).sum()) - float((targets * shifted).sum())
    return value / len(outputs), (powers * (mass / total) - targets) / len(outputs)


def inputs_of(X: Any, n: int) -> Array:
    """Inputs as an N × n array of floats; N numbers will do for n = 1."""
    given = _array(X, "X").astype(float)
    if given.ndim == 1 and n == 1:
        given = given[:, None]
    if given.ndim != 2 or given.shape[1] != n or not len(given):
        raise InvalidNetwork(f"X must hold at least one input of {n} coordinates in each row; found shape {given.shape}")
    if not np.isfinite(given).all():
        raise InvalidNetwork("X must be finite; found NaN or infinity")
    return given


def targets_of(Y: Any, N: int, m: int) -> Array:
    """Targets as an N × m array of floats; N whole numbers below m, for m > 1, are labels."""
    given = _array(Y, "Y")
    if given.ndim == 1 and m == 1:
        given = given[:, None]
    if given.shape == (N,) and given.dtype.kind in "iu":
        if given.min() < 0 or given.max() >= m:
            wrong = given[(given < 0) | (given >= m)][0]
            raise InvalidNetwork(f"Y must hold labels from 0 to {m - 1}, or {m} outputs in each row; found the label {wrong}")
        return np.eye(m)[given]
    if given.shape != (N, m):
        raise InvalidNetwork(f"Y must hold a target of {m} outputs for each of {N} inputs, or labels; found shape {given.shape}")
    if not np.isfinite(given.astype(float)).all():
        raise InvalidNetwork("Y must be finite; found NaN or infinity")
    return given.astype(float)


def _array(value: Any, name: str) -> Array:
    """An array of real numbers."""
    try:
        given = np.asarray(value)
        if given.dtype.kind in "biuf":
            return given
        if given.dtype.kind == "O" and not any(x is None or isinstance(x, str) for x in given.flat):
            return given.astype(float)
        found = f"entries of type {given.dtype}"
    except (TypeError, ValueError, OverflowError, RuntimeError) as e:
        found = f"{type(value).__name__} ({e})"
    raise InvalidNetwork(f"{name} must be an array of numbers with rows of equal length; found {found}")
