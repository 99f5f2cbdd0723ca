"""Chance by shuffling: the same entries in an order drawn uniformly at random, and what a value means beside such draws.

A shuffle keeps the multiset of the entries and the shape of the grid, and destroys everything else.  With S shuffles of mean m
and standard deviation s (divisor S − 1) the value v of the array in question has

    t = (v − m) / (s √(1 + 1/S)),

which is Student's t with S − 1 degrees of freedom if value and draws are independent and normal of one law.  A few shuffles
estimate s poorly, which is why t has heavy tails; `score` gives the z of the normal law that lies as far out (Wallace 1959),

    z = sign(t) (8ν + 1)/(8ν + 3) √(ν log(1 + t²/ν)),      ν = S − 1,

right to about 0.02 up to |t| = 6 from ν = 9 on.  Far out it is cautious: 30 shuffles never show z = 50.  Without normality, the
share of draws as far out as the value is a p-value, (1 + #{draw >= value}) / (1 + S), exact for any law (Phipson & Smyth 2010).

Permutations come from numpy's generator on the CPU, so that a seed means the same for numpy, torch, CPU and GPU.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fractal.arrays import Array, as_integer, as_seed, is_tensor, to_numpy

__all__ = ["floats", "p_value", "scaled", "score", "shuffled", "spread"]


def shuffled(A: Array, shuffles: int, seed: int = 0) -> Iterator[Array]:
    """The array with its entries in random order, `shuffles` times: same kind, shape, dtype and device.

    Every order is equally likely; draw i depends on the seed and i only.  O(size) each.

    >>> draws = list(shuffled(np.arange(6).reshape(2, 3), 4, seed=1))
    >>> len(draws), all(sorted(d.ravel()) == [0, 1, 2, 3, 4, 5] for d in draws)
    (4, True)
    """
    for i in range(as_integer(shuffles, "shuffles", 0, 10**6)):
        generator = np.random.default_rng([as_seed(seed), i])
        yield _one(A, generator)


def _one(A: Array, generator: np.random.Generator) -> Array:
    if not is_tensor(A):
        return generator.permutation(np.asarray(A).ravel()).reshape(np.shape(A))
    import torch

    order = torch.from_numpy(generator.permutation(A.numel())).to(A.device)
    return A.detach().reshape(-1)[order].reshape(A.shape)


def spread(draws: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the draws; nan where there are none, or one for the deviation.

    >>> spread([1.0, 2.0, 3.0])
    (2.0, 1.0)
    """
    finite = np.asarray(draws, dtype=float)
    mean = float(finite.mean()) if finite.size else math.nan
    return mean, float(finite.std(ddof=1)) if finite.size > 1 else math.nan


def score(value: float, draws: Sequence[float] | np.ndarray) -> float:
    """How far out the value is among the draws, as a z-score that allows for their number; nan where the draws do not vary.

    >>> round(score(5.0, [-1.0, 0.0, 1.0]), 2)               # t = 4.33 with 2 degrees of freedom is no z = 4.33
    1.94
    """
    mean, sd = spread(draws)
    scale = abs(mean) + abs(value)
    if not math.isfinite(value) or not sd > 1e-12 * scale:
        return math.nan
    nu = len(draws) - 1
    t = (value - mean) / (sd * math.sqrt(1 + 1 / len(draws)))
    return math.copysign((8 * nu + 1) / (8 * nu + 3) * math.sqrt(nu * math.log1p(t * t / nu)), t)


def p_value(value: float, draws: Sequence[float] | np.ndarray) -> float:
    """The chance of a value as large under the law of the draws: (1 + #{draw >= value}) / (1 + S); nan for a value of nan.

    >>> p_value(3.0, [1.0, 2.0, 5.0])
    0.5
    """
    if math.isnan(value):
        return math.nan
    return float((1 + np.count_nonzero(np.asarray(draws, dtype=float) >= value)) / (1 + len(draws)))


def floats(A: Any) -> np.ndarray:
    """The entries as float64 on the CPU, divided by a power of two: the one just above the largest finite size.

    So no square overflows, and none underflows that matters.  Multiplying A by a power of two therefore changes nothing, not even
    rounding (as long as A itself stays normal).
    """
    return scaled(A)[0]


def scaled(A: Any) -> tuple[np.ndarray, int]:
    """The same, and the exponent e: A is the array times 2^e.

    >>> scaled([3.0, -1.0])
    (array([ 0.75, -0.25]), 2)
    """
    W = to_numpy(A).astype(np.float64)
    finite = W if np.isfinite(W).all() else W[np.isfinite(W)]
    largest = max(float(finite.max(initial=0.0)), -float(finite.min(initial=0.0)))
    exponent = math.frexp(largest)[1]
    return (np.ldexp(W, -exponent) if exponent else W), exponent
