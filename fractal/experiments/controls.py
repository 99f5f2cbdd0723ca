"""A control that keeps more than a shuffle does: each tensor with its rows, and its columns, in another order.

The order of hidden neurons means nothing.  Where they are drawn alike and treated alike, as by SGD from an independent
initialisation, the law of the trained weights stays the same when hidden neurons change places.  So the dimension of a hidden
layer with its rows and columns in a random order has the same law as the dimension itself.  What sets it apart from chance is
then which rows and columns are heavy, and which of them together; never where they lie, and nothing about scales.  Only axes with
an order of their own can hold more: pixels and colours, classes, places in a kernel and behind a flattening.

A tensor W of shape (out, in, ...) becomes W[p][:, q] for random permutations p, q; kernels stay whole, vectors become W[p].

What is compared is the excess of boxes.  With N_k boxes of size r_k, and for chance at the same shape and number of points the
mean E_k, variance V_kk and correlations ρ_jk,

    e = Σ_k u_k / √(Σ_jk ρ_jk),    u_k = (N_k − E_k) / √V_kk,    over the sizes with V_kk ≥ 0.3 :

about standard normal for chance, negative where points crowd.  Unlike a slope, it falls with every count that is too low.
`order_test` draws S orders and asks where e lies among the S + 1.  If the order carries nothing, all places are equally likely,
and with m the mean of all S + 1

    p = (1 + #{i: |e_i − m| ≥ |e − m|}) / (S + 1)

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

STILL = 0.3


@dataclass(frozen=True)
class OrderTest:
    """The excess of boxes of a matrix beside its mean and standard deviation over reorderings of rows and columns, and p."""

    excess: float
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
    from fractal.thresholds import occupied

    values = as_values(W) if str(getattr(W, "dtype", "")) not in ("bool", "torch.bool") else W
    if values.ndim < 2:
        raise InvalidArray(f"W must have rows and columns; found the shape {tuple(values.shape)}")
    count, rng = as_integer(shuffles, "shuffles", 2), np.random.default_rng(as_integer(seed, "seed"))
    mask = to_numpy(occupied(values).mask)
    if math.isnan(first := _excess(mask, base)):
        return OrderTest(math.nan, math.nan, math.nan, math.nan, count)
    found = np.array([first, *(_excess(_reordered(mask, rng), base) for _ in range(count))])
    far = abs(found - found.mean())
    p = float((far >= far[0] * (1 - 1e-12)).mean())  # equal values must count, whatever rounding did to their mean
    return OrderTest(first, float(found[1:].mean()), float(found[1:].std(ddof=1)), p, count)


def _excess(mask: np.ndarray, base: int) -> float:
    """e of a mask, read as a matrix."""
    from fractal.chance import chance_counts
    from fractal.counting import box_count

    matrix = mask.reshape(mask.shape[0], math.prod(mask.shape[1:]))
    points = int(np.count_nonzero(matrix))
    if not 0 < points < matrix.size:
        return math.nan
    chance = chance_counts(matrix.shape, points, base)
    N, E, V = np.array(box_count(matrix, base).counts), np.array(chance.expected), np.array(chance.covariance)
    used = V.diagonal() >= STILL
    sd = np.sqrt(V.diagonal()[used])
    correlation = V[np.ix_(used, used)] / np.outer(sd, sd)
    return float(((N - E)[used] / sd).sum() / math.sqrt(correlation.sum())) if used.any() else math.nan


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
