"""Losses for gradient flow: the mean over a data set, and its gradient in the outputs.

    squared          ½ |f(x) − y|²
    cross entropy    −Σ_c y_c log softmax(f(x))_c; labels 0..m−1 stand for unit vectors

Floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork

__all__ = ["Loss", "loss_of", "targets_of"]

Array = np.ndarray
Loss = Callable[[Array, Array], tuple[float, Array]]
"""(outputs, targets), both N × m, to (value, gradient in the outputs)."""


def loss_of(loss: str | Loss) -> Loss:
    """The loss of a name, or the function itself; `InvalidNetwork` for another name."""
    if callable(loss):
        return loss
    known = {"squared": squared, "cross entropy": cross_entropy}
    if loss not in known:
        raise InvalidNetwork(
            f"loss must be {' or '.join(map(repr, known))}, or a function of outputs and targets; found {loss!r}"
        )
    return known[loss]


def squared(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Half the mean of |f(x) − y|²."""
    difference = outputs - targets
    return 0.5 * float((difference**2).sum()) / len(outputs), difference / len(outputs)


def cross_entropy(outputs: Array, targets: Array) -> tuple[float, Array]:
    """The mean of −Σ y log softmax(f(x))."""
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    mass = targets.sum(axis=1, keepdims=True)
    return -float((targets * logs).sum()) / len(outputs), (np.exp(logs) * mass - targets) / len(outputs)


def targets_of(Y: Any, N: int, m: int) -> Array:
    """Targets as an N × m array of floats; N whole numbers below m, for m > 1, are labels."""
    given = np.asarray(Y)
    if given.ndim == 1 and m == 1:
        given = given[:, None]
    if given.ndim == 1 and given.shape == (N,) and given.dtype.kind in "iu" and N and given.min() >= 0 and given.max() < m:
        return np.eye(m)[given]
    if given.shape != (N, m):
        raise InvalidNetwork(f"Y must hold a target of {m} outputs for each of {N} inputs, or labels; found shape {given.shape}")
    if not np.isfinite(given.astype(float)).all():
        raise InvalidNetwork("Y must be finite; found NaN or infinity")
    return given.astype(float)
