"""A control that keeps more than a shuffle does: each tensor with its rows, and its columns, in another order.

The order of hidden neurons means nothing.  Where they are drawn alike and treated alike, as by SGD from an independent
initialisation, the law of the trained weights stays the same when hidden neurons change places.  So the dimension of a hidden
layer with its rows and columns in a random order has the same law as the dimension itself.  What sets it apart from chance is
then which rows and columns are heavy, and which of them together; never where they lie, and nothing about scales.  Only axes with
an order of their own can hold more: pixels and colours, classes, places in a kernel and behind a flattening.

A tensor W of shape (out, in, ...) becomes W[p][:, q] for random permutations p, q; kernels stay whole, vectors become W[p].

What is compared is z, the number of occupied boxes over all sizes less that of chance, in standard deviations of chance
(`fractal.scores`): negative where points crowd.  `order_test` draws S orders, with z_1, ..., z_S, and asks where z lies among the
S + 1.  If the order carries nothing, all places are equally likely, and with m the mean of all S + 1

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
from fractal.fits import RARE

__all__ = ["OrderTest", "order_test", "reordered"]


@dataclass(frozen=True)
class OrderTest:
    """z of a matrix beside its mean and standard deviation over reorderings of rows and columns, and p."""

    z: float
    mean: float
    sd: float
    p: float
    shuffles: int


def order_test(W: Any, shuffles: int = 39, seed: int = 0, base: int = 2) -> OrderTest:
    """Whether the order of rows and columns of W (out, in, ...) carries anything that its box counts show.

    W is cut at the 0.9 quantile of |W|, a mask of bool is taken as it is, and read as a matrix out × (in · ...).  All numbers
    are NaN where chance does not vary at any size.  Raises `InvalidArray` for fewer than two axes.  Cost: S + 1 box counts.

    >>> test = order_test(np.random.default_rng(0).normal(size=(64, 64)), shuffles=19)
    >>> abs(test.mean) < 1, 1 / 20 <= test.p <= 1
    (True, True)
    """
    from fractal.chance import chance_counts
    from fractal.counting import box_count
    from fractal.scores import score
    from fractal.thresholds import occupied

    values = as_values(W) if str(getattr(W, "dtype", "")) not in ("bool", "torch.bool") else W
    if values.ndim < 2:
        raise InvalidArray(f"W must have rows and columns; found the shape {tuple(values.shape)}")
    count, rng = as_integer(shuffles, "shuffles", 2), np.random.default_rng(as_integer(seed, "seed"))
    mask = to_numpy(occupied(values).mask)
    grid, points = (mask.shape[0], math.prod(mask.shape[1:])), int(np.count_nonzero(mask))
    chance = chance_counts(grid, points, base) if 0 < points < mask.size else None
    if chance is None or all(row[k] < RARE for k, row in enumerate(chance.covariance)):
        return OrderTest(math.nan, math.nan, math.nan, math.nan, count)
    orders = (_reordered(mask, rng) if i else mask for i in range(count + 1))
    found = np.array([score(box_count(order.reshape(grid), base), chance) for order in orders])
    far = abs(found - found.mean())
    p = float((far >= far[0] * (1 - 1e-12)).mean())  # equal values must count, whatever rounding did to their mean
    return OrderTest(float(found[0]), float(found[1:].mean()), float(found[1:].std(ddof=1)), p, count)


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
