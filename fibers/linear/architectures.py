"""Architectures: the widths d_0, ..., d_L ≥ 1 of a linear network, and the rank 0 ≤ r ≤ min d_k of its product.

Every question that depends on (widths, rank) alone comes in through this door.
"""

from __future__ import annotations

import operator
from typing import Any

from fibers.errors import InvalidArchitecture

__all__ = ["architecture"]


def architecture(widths: Any, rank: Any = 0) -> tuple[tuple[int, ...], int]:
    """`widths` as a tuple of at least two integers ≥ 1, and `rank` as an integer from 0 to the least of them.

    Raises `InvalidArchitecture`, saying what was found, for anything else.

    >>> architecture([2, 3, 2], 1)
    ((2, 3, 2), 1)
    """
    try:
        d = tuple([operator.index(width) for width in widths])
    except TypeError:
        raise InvalidArchitecture(f"widths must be integers d_0, ..., d_L, such as (2, 3, 2); found {widths!r:.60}") from None
    if len(d) < 2:
        raise InvalidArchitecture(f"widths must be at least two, those of the input and of the output; found {d}")
    for k, width in enumerate(d):
        if width < 1:
            raise InvalidArchitecture(f"every width must be at least 1; found d_{k} = {width}")
    try:
        r = operator.index(rank)
    except TypeError:
        raise InvalidArchitecture(f"rank must be an integer; found {rank!r:.60}") from None
    if not 0 <= r <= min(d):
        raise InvalidArchitecture(f"rank must be from 0 to {min(d)}, the least width; found {r}")
    return d, r
