"""A control that keeps more than a shuffle does: each tensor with its rows, and its columns, in another order.

The order of hidden neurons means nothing.  Where they are drawn alike and treated alike, as by SGD from an independent
initialisation, the law of the trained weights stays the same when hidden neurons change places.  So the dimension of a hidden
layer with its rows and columns in a random order has the same law as the dimension itself.  What sets it apart from chance is
then which rows and columns are heavy, and which of them together; never where they lie, and nothing about scales.  Only axes with
an order of their own can hold more: pixels and colours, classes, places in a kernel and behind a flattening.

A tensor W of shape (out, in, ...) becomes W[p][:, q] for random permutations p, q; kernels stay whole, vectors become W[p].

`order_test` draws S such orders and asks where z, the distance from chance of `fractal.dimension`, lies among the S + 1.  If the
order carries nothing, all places are equally likely, and with m the mean of all S + 1

    p = (1 + #{i: |z_i − m| ≥ |z − m|}) / (S + 1)

is at most α with probability at most α, whatever else the weights are like.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from fractal.arrays import Array, as_integer, as_values, is_tensor, to_numpy
from fractal.checkpoints import read
from fractal.errors import InvalidArray

__all__ = ["OrderTest", "order_test", "reordered"]


@dataclass(frozen=True)
class OrderTest:
    """The z of a tensor beside mean and standard deviation of z over reorderings of its rows and columns, and p."""

    z: float
    mean: float
    sd: float
    p: float
    shuffles: int


def order_test(W: Any, shuffles: int = 39, seed: int = 0, base: int = 2) -> OrderTest:
    """Whether the order of rows and columns of W (out, in, ...) carries anything that its box counts show.

    W is cut at the 0.9 quantile of |W|, a mask of bool is taken as it is, and read as a matrix out × (in · ...).  All numbers
    are NaN where W has no z; an order that has none, as chance does not vary there, counts as z = 0.  Raises `InvalidArray` for
    fewer than two axes.  Cost: S + 1 dimensions of a mask.

    >>> test = order_test(np.random.default_rng(0).normal(size=(64, 64)), shuffles=19)
    >>> abs(test.mean) < 1, 1 / 20 <= test.p <= 1
    (True, True)
    """
    from fractal.estimate import dimension
    from fractal.thresholds import occupied

    values = as_values(W) if str(getattr(W, "dtype", "")) not in ("bool", "torch.bool") else W
    if values.ndim < 2:
        raise InvalidArray(f"W must have rows and columns; found the shape {tuple(values.shape)}")
    rng = np.random.default_rng(as_integer(seed, "seed"))
    mask = to_numpy(occupied(values).mask)

    def z(M: np.ndarray) -> float:
        return dimension(M.reshape(len(M), math.prod(M.shape[1:])), base).z

    if math.isnan(first := z(mask)):
        return OrderTest(math.nan, math.nan, math.nan, math.nan, shuffles)
    zs = np.nan_to_num([first, *(z(_reordered(mask, rng)) for _ in range(as_integer(shuffles, "shuffles", 2)))])
    far = abs(zs - zs.mean())
    p = float((far >= far[0] * (1 - 1e-12)).mean())  # equal values must count, whatever rounding did to their mean
    return OrderTest(float(zs[0]), float(zs[1:].mean()), float(zs[1:].std(ddof=1)), p, shuffles)


def reordered(source: Any, seed: int = 0) -> dict[str, Array]:
    """The tensors of `source` (all that `fractal.analyse` takes) by name, rows and columns of each in a random order.

    The order depends on the seed and the tensor's name.  What is not measured, such as integers, is left out.

    >>> W = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> sorted(map(sorted, reordered({"w": W}, seed=2)["w"].tolist())) == sorted(W.tolist())
    True
    """
    mixed = as_integer(seed, "seed") << 32
    return {
        entry.name: _reordered(entry.load(), np.random.default_rng(mixed + crc32(entry.name.encode())))
        for entry in read(source)
        if not entry.reason
    }


def _reordered(W: Array, rng: np.random.Generator) -> Array:
    for axis in range(min(W.ndim, 2)):
        order = rng.permutation(W.shape[axis])
        if is_tensor(W):
            import torch

            W = W.index_select(axis, torch.from_numpy(order).to(W.device))
        else:
            W = np.take(W, order, axis)
    return W
