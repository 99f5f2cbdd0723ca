"""The random twin of a model: the same weights, each tensor's in random order.

Every tensor keeps its shape and the multiset of its entries, so its norm, sparsity and every quantile, and loses all else.  What
a measure still finds in the twin is not structure.  Floats and bool are shuffled; integers, which index or count, stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zlib import crc32

from fractal.arrays import Array, as_seed
from fractal.checkpoints import Checkpoint, Entry, read
from fractal.errors import InvalidArray
from fractal.shuffles import shuffled

__all__ = ["random_twin", "twin_checkpoint"]


def random_twin(source: Any, seed: int = 0) -> dict[str, Array]:
    """The tensors of a module, a state dict or a file by name, each with its entries in an order drawn uniformly at random.

    The order in a tensor depends on the seed, its name and its size only.  Tied tensors stay tied: one array under both names.
    Kinds, dtypes and devices stay; the source is not changed.  A module takes it by `load_state_dict`.  Raises `UnreadableFile`,
    `InvalidArray`, `InvalidOption`.  O(size), in memory all at once.

    >>> import numpy as np
    >>> W = np.arange(6.0).reshape(2, 3)
    >>> twin = random_twin({"w": W})["w"]
    >>> twin.shape, bool((np.sort(twin, axis=None) == W.ravel()).all())
    ((2, 3), True)
    """
    found: dict[str, Array] = {}
    for entry in twin_checkpoint(source, seed):
        try:
            found[entry.name] = found[entry.shared] if entry.shared else entry.load()
        except InvalidArray:
            continue  # no array: nothing to shuffle or to keep
    return found


def twin_checkpoint(source: Any, seed: int = 0) -> Checkpoint:
    """The same, tensor by tensor as they are asked for."""
    seed = as_seed(seed)
    checkpoint = read(source)
    entries = tuple(entry if entry.reason else replace(entry, load=_shuffling(entry, seed)) for entry in checkpoint)
    return Checkpoint(f"random twin of {checkpoint.source}", entries)


def _shuffling(entry: Entry, seed: int) -> Callable[[], Array]:
    mixed = (seed << 32) + crc32((entry.shared or entry.name).encode())
    return lambda: next(shuffled(entry.load(), 1, mixed))
