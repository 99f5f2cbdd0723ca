"""A control that keeps more than a shuffle does: each tensor with its rows, and its columns, in another order.

The order of hidden neurons means nothing.  Where they are drawn alike and treated alike, as by SGD from an independent
initialisation, the law of the trained weights stays the same when hidden neurons change places.  So the dimension of a hidden
layer with its rows and columns in a random order has the same law as the dimension itself.  What sets it apart from chance is
then which rows and columns are heavy, and which of them together; never where they lie, and nothing about scales.  Only axes with
an order of their own can hold more: pixels and colours, classes, places in a kernel and behind a flattening.

A tensor W of shape (out, in, ...) becomes W[p][:, q] for random permutations p, q; kernels stay whole, vectors become W[p].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np

from fractal.arrays import Array, as_integer, is_tensor
from fractal.checkpoints import Checkpoint, Entry, read

__all__ = ["reordered", "reordered_checkpoint"]


def reordered(source: Any, seed: int = 0) -> dict[str, Array]:
    """The tensors of `source` (all that `fractal.analyse` takes) by name, rows and columns of each in a random order.

    The order depends on the seed and the tensor's name.  What is not measured, such as integers, is left out.

    >>> W = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> sorted(map(sorted, reordered({"w": W}, seed=2)["w"].tolist())) == sorted(W.tolist())
    True
    """
    return {entry.name: entry.load() for entry in reordered_checkpoint(source, seed) if not entry.reason}


def reordered_checkpoint(source: Any, seed: int = 0) -> Checkpoint:
    """The same, tensor by tensor as they are asked for; what is not measured keeps its entry."""
    as_integer(seed, "seed")
    checkpoint = read(source)
    entries = tuple(entry if entry.reason else replace(entry, load=_reordering(entry, seed)) for entry in checkpoint)
    return Checkpoint(f"reordered {checkpoint.source}", entries)


def _reordering(entry: Entry, seed: int) -> Callable[[], Array]:
    mixed = (seed << 32) + crc32((entry.shared or entry.name).encode())
    return lambda: _reordered(entry.load(), np.random.default_rng(mixed))


def _reordered(W: Array, rng: np.random.Generator) -> Array:
    for axis in range(min(W.ndim, 2)):
        order = rng.permutation(W.shape[axis])
        if is_tensor(W):
            import torch

            W = W.index_select(axis, torch.from_numpy(order).to(W.device))
        else:
            W = np.take(W, order, axis)
    return W
