"""Site percolation: every point of a grid kept independently with probability p.

This is noise, and NO fractal: for p > 0 its dimension is d, the number of axes, and only coarse enough boxes show it.
At finer ones it looks like a fractal of lower dimension (T13): E N(r) = Σ_cells (1 − (1−p)^{|cell|}).  What is fractal, in the
plane, is the infinite *cluster* at p = p_c = 0.592746..., of dimension 91/48: D. Stauffer and A. Aharony, *Introduction to
Percolation Theory*, 1994.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from fractal.arrays import as_real, as_seed, as_shape, shown
from fractal.errors import InvalidOption

__all__ = ["percolation"]

_LARGEST = 2**32
"""Points of the largest grid that is made: 32 GiB of random numbers."""


def percolation(shape: Iterable[int], p: float, seed: int = 0) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A mask of this shape whose points are kept independently with probability p in [0, 1], the same for the same seed.

    Dimension: that of the grid, for every p > 0; what box counts show of it at finite size is T13.  Raises `InvalidOption`.

    >>> int(percolation((4, 5), 1.0).sum()), int(percolation((100, 100), 0.3, seed=1).sum())
    (20, 2990)
    """
    sides, seed = as_shape(shape), as_seed(seed)
    if math.prod(sides) > _LARGEST or len(sides) > 32:
        raise InvalidOption(f"shape must have at most 2^32 points and 32 axes; found {shown(sides)}: take a smaller one")
    if not 0 <= as_real(p, "p", "a probability, from 0 to 1") <= 1:
        raise InvalidOption(f"p must be a probability, from 0 to 1; found {p!r}")
    return np.asarray(np.random.default_rng(seed).random(sides) < p)
