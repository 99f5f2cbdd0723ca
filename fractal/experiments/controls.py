"""A control that keeps more than a shuffle does: each tensor with its rows, and its columns, in another order.

The order of hidden neurons means nothing.  Where they are drawn alike and treated alike, as by SGD from an independent
initialisation, the law of the trained weights stays the same when hidden neurons change places.  So the dimension of a hidden
layer with its rows and columns in a random order has the same law as the dimension itself.  What sets it apart from chance is
then which rows and columns are heavy, and which of them together; never where they lie, and nothing about scales.  Only axes with
an order of their own can hold more: pixels and colours, classes, places in a kernel and behind a flattening.

A tensor W of shape (out, in, ...) becomes W[p][:, q] for random permutations p, q; kernels stay whole, vectors become W[p].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fractal.arrays import as_integer, is_tensor
from fractal.checkpoints import read

__all__ = ["reordered"]


def reordered(source: Any, seed: int = 0) -> dict[str, Any]:
    """The tensors of `source` (all that `fractal.analyse` takes) by name, rows and columns of each in random order; floats only.

    >>> W = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> sorted(map(sorted, reordered({"w": W}, seed=2)["w"].tolist())) == sorted(W.tolist())
    True
    """
    rng = np.random.default_rng(as_integer(seed, "seed"))
    return {entry.name: _reordered(entry.load(), rng) for entry in read(source) if not entry.reason}


def _reordered(W: Any, rng: np.random.Generator) -> Any:
    for axis in range(min(W.ndim, 2)):
        order = rng.permutation(W.shape[axis])
        if is_tensor(W):
            import torch

            W = W.index_select(axis, torch.from_numpy(order).to(W.device))
        else:
            W = np.take(W, order, axis)
    return W
