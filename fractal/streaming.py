"""Box counts of masks that are larger than memory, or that are made as they are read: one slab after the other.

Boxes of side R = b^j do not cross from one multiple of R, along the first axis, to the next.  So the rows are regrouped into
blocks of whole boxes of that side, each is counted at the sizes 1, b, ..., R and left as its grid of boxes, and the grid of
all blocks, R^d times smaller than the mask, gives the other sizes.  What is kept: less than R rows of the mask, the slab at hand,
a block in bits, and that grid; R is 64, or the power of b below, and less where R rows are more than 2^30 points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_shape, is_tensor, shown, to_numpy
from fractal.counting import BoxCounts, cells_of, ladder, occupied
from fractal.errors import InvalidArray, InvalidOption
from fractal.packed import blocks, chain_counts, count_pass, passes

__all__ = ["stream_box_count"]


def stream_box_count(slabs: Iterable[Any], shape: Iterable[int], base: int = 2) -> BoxCounts:
    """The exact box counts of the mask that the slabs, laid one after the other along the first axis, make up.

    `slabs`: masks of shape (any height, n_2, ..., n_d), heights adding up to n_1: bool or integers, arrays or tensors; each is
    read before the next is asked for.  `shape`: (n_1, ..., n_d).  The counts are those of `box_count` for the whole.  Memory: see
    the head of this module.  Raises `InvalidArray` where the slabs do not make up the shape, `InvalidOption`, `InvalidBase`.

    >>> slabs = (np.eye(6, dtype=bool)[i : i + 2] for i in (0, 2, 4))
    >>> stream_box_count(slabs, (6, 6))
    BoxCounts(6 × 6; 1: 6, 2: 3, 4: 2, 8: 1)
    """
    sides, base = as_shape(shape), as_base(base)
    if not sides:
        raise InvalidOption("shape must have an axis to lay the slabs along; found (): pass the array to box_count")
    try:
        each = iter(slabs)
    except TypeError:
        raise InvalidArray(f"slabs must be masks, as of a list or a generator; found {shown(slabs)}") from None
    sizes = ladder(sides, base)
    cells = tuple(cells_of(sides, r) for r in sizes)
    rows = _checked(each, sides)
    if 0 in sides:
        for _ in rows:
            pass
        return BoxCounts(sizes, (0,), cells, base, sides)
    factors = passes(sizes, math.prod(sides[1:]))[0]
    reach = math.prod(factors)
    still = [0] * len(sides)
    counts, coarse = count_pass(((block, still) for block in _regrouped(rows, reach)), factors)
    rest = [r // reach for r in sizes[len(factors) :]]
    return BoxCounts(sizes, (*counts, *chain_counts(coarse, rest, still)), cells, base, sides)


def _checked(slabs: Iterable[Any], shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """The slabs as numpy masks; at the end they must have added up."""
    seen = 0
    for i, slab in enumerate(slabs):
        mask = occupied(slab)
        mask = to_numpy(mask) if is_tensor(mask) else mask
        if mask.ndim != len(shape) or mask.shape[1:] != shape[1:]:
            raise InvalidArray(f"slab {i} must have shape (height, {', '.join(map(str, shape[1:]))}); found {mask.shape}")
        seen += len(mask)
        if seen > shape[0]:
            raise InvalidArray(f"the slabs must have {shape[0]} rows together; found {seen} after slab {i}")
        yield mask
    if seen < shape[0]:
        raise InvalidArray(f"the slabs must have {shape[0]} rows together; found {seen}")


def _regrouped(slabs: Iterable[np.ndarray], height: int) -> Iterator[np.ndarray]:
    """The same rows in blocks of multiples of `height`, but the last."""
    kept: list[np.ndarray] = []  # fewer than `height` rows, copied: whoever makes the slabs may use their memory again
    for slab in slabs:
        missing = height - sum(map(len, kept))
        if len(slab) < missing:
            kept.append(slab.copy())
            continue
        if kept:
            yield np.concatenate([*kept, slab[:missing]])
            slab, kept = slab[missing:], []
        whole = len(slab) // height * height
        yield from (block for block, _ in blocks(slab[:whole], height, 0))
        if whole < len(slab):
            kept = [slab[whole:].copy()]
    if any(map(len, kept)):
        yield np.concatenate(kept)
