"""How a tensor is laid out as a grid before boxes are counted (T14: say which).

    "matrix"   out × (in · k · k): the axes after the first in one; vectors stay 1-D
    "taps"     one matrix out × in for each place in the kernel: W[:, :, i, j], named conv.weight[i,j]
    "full"     the tensor as it is; short kernel axes saturate at once

With up to two axes all three agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from fractal.arrays import Array
from fractal.errors import InvalidOption

__all__ = ["VIEWS", "as_view", "views"]

VIEWS = ("matrix", "taps", "full")


def as_view(view: Any) -> str:
    """One of `VIEWS`; raises `InvalidOption`."""
    if view not in VIEWS:
        raise InvalidOption(f"view must be one of {', '.join(VIEWS)}; found {view!r}")
    return str(view)


def views(name: str, W: Array, view: str = "matrix") -> Iterator[tuple[str, Array]]:
    """The grids of a tensor with their names, without a copy where strides allow.

    >>> import numpy as np
    >>> [(name, V.shape) for name, V in views("conv", np.zeros((8, 3, 1, 2)), "taps")]
    [('conv[0,0]', (8, 3)), ('conv[0,1]', (8, 3))]
    >>> [(name, V.shape) for name, V in views("conv", np.zeros((8, 3, 1, 2)))]
    [('conv', (8, 6))]
    """
    as_view(view)
    if view == "full" or W.ndim <= 2:
        yield name, W
    elif view == "matrix":
        yield name, W.reshape(W.shape[0], -1)
    else:
        for place in product(*map(range, W.shape[2:])):
            yield f"{name}[{','.join(map(str, place))}]", W[(slice(None), slice(None), *place)]
