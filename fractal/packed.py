"""Box counts of masks on the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["chain_counts"]


def chain_counts(mask: np.ndarray, sizes: Sequence[int], offset: Sequence[int]) -> list[int]:
    """N(r, offset) for sizes each dividing the next."""
    occupied, left, last, found = mask != 0, list(offset), 1, []
    for r in sizes:
        f = r // last
        for axis in range(mask.ndim):
            before = left[axis] % f
            left[axis] //= f
            padding = [(0, 0)] * mask.ndim
            padding[axis] = (before, -(before + occupied.shape[axis]) % f)
            padded = np.pad(occupied, padding)
            shape = padded.shape
            occupied = padded.reshape(*shape[:axis], shape[axis] // f, f, *shape[axis + 1 :]).any(axis=axis + 1)
        last = r
        found.append(int(np.count_nonzero(occupied)))
    return found
