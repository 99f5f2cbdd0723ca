"""Box counts: how many boxes of side r a set of grid points meets, exactly.

Grid Ω = [n_1] × ··· × [n_d], S ⊆ Ω occupied, and for an offset o in N^d and a size r

    N(r, o) = #{ ⌊(x + o) / r⌋ : x in S }        the boxes of side r that S meets, the first of which begins o before the array.

Boxes stick out where r does not divide a side: there the grid is padded with empty space, nothing is cropped.  On a ladder of
sizes, each dividing the next, a box of the next one is occupied iff one of its parts is, since
⌊⌊(x + o) / r⌋ / f⌋ = ⌊(x + o) / (r f)⌋; so each level comes from the one before, ⌊o / r⌋ mod f empty places put before it, and
all levels cost a constant times the first (T8 in docs/theory.md).  Counts are integers and exact: bits on the CPU
(`fractal.packed`), torch's operations elsewhere.

With offsets, the count is the least over them: the covering by the best of those grids, which is what the dimension is about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fiberscope.tables import table_html
from fractal.arrays import Array, as_array, as_base, as_integer, as_mask, is_tensor
from fractal.errors import InvalidOption
from fractal.packed import chain_counts
from fractal.points import extent, place_counts, place_sizes, places

if TYPE_CHECKING:
    import torch

__all__ = ["BoxCounts", "as_sizes", "box_count", "cells_of", "device_counts", "ladder", "occupied", "spread"]

Offset = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class BoxCounts:
    """How many boxes of each size are occupied, beside how many there are.

    With offsets, `counts` is the least over them, and `by_offset` has them all.
    """

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    cells: tuple[int, ...]
    base: int | None
    shape: tuple[int, ...]
    offsets: tuple[Offset, ...] = ()
    by_offset: tuple[tuple[int, ...], ...] = ()

    @property
    def slopes(self) -> tuple[float, ...]:
        """The local slopes −Δ log N / Δ log r between neighbouring sizes; nan where nothing is occupied."""
        steps = zip(pairwise(self.sizes), pairwise(self.counts), strict=True)
        return tuple(math.log(N / M) / math.log(R / r) if M else math.nan for (r, R), (N, M) in steps)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold; the local slopes are left out, since the counts give them."""
        return {
            "sizes": list(self.sizes),
            "counts": list(self.counts),
            "cells": list(self.cells),
            "base": self.base,
            "shape": list(self.shape),
            "offsets": [list(offset) for offset in self.offsets],
            "by_offset": [list(counts) for counts in self.by_offset],
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{r}: {N}" for r, N in zip(self.sizes, self.counts, strict=True))
        moved = f", least of {len(self.offsets)} offsets" if self.offsets else ""
        return f"BoxCounts({' × '.join(map(str, self.shape)) or 'point'}{moved}; {counts})"

    def _repr_html_(self) -> str:
        slopes = [*(f"{s:.3f}" for s in self.slopes), ""]
        rows = [(r, f"{N:,}", f"{C:,}", s) for r, N, C, s in zip(self.sizes, self.counts, self.cells, slopes, strict=True)]
        return table_html(rows, ("size", "occupied", "boxes", "slope to the next"))


def box_count(
    mask: Any = None,
    base: int = 2,
    *,
    points: Any = None,
    sizes: Iterable[int] | None = None,
    offsets: int | Iterable[Sequence[int]] | None = None,
    unit: float = 1.0,
) -> BoxCounts:
    """The exact number of boxes of each size that a mask, or a set of points, meets.

    `mask`: bool or integers (other than 0: occupied), of any dimension: a torch tensor on any device, a numpy array, a memory
    map, lists.  Floats are refused: compare them first.  Sizes: 1, b, b², ... up to the first that no side exceeds; or `sizes`,
    increasing, which need not divide one another.  `offsets`: so many, spread evenly over the largest box along the diagonal, the
    first of them 0 (see `spread`), or a list of d-tuples of integers from 0 on.

    `points`: (N, d) coordinates; integers as they are, floats in boxes of side unit · r, box ⌊x / (unit · r)⌋; sizes until all
    lie in one box (points on both sides of 0 never do: until no box but those that touch 0 is left).

    Raises `InvalidArray`, `InvalidBase`, `InvalidOption`.  Costs a pass over the mask for each offset and each chain of sizes
    that divide one another; memory besides the mask: some megabytes, and 1/64^d of it (see `fractal.packed`).

    >>> import numpy as np
    >>> diagonal = box_count(np.eye(8, dtype=bool))
    >>> diagonal
    BoxCounts(8 × 8; 1: 8, 2: 4, 4: 2, 8: 1)
    >>> diagonal.slopes
    (1.0, 1.0, 1.0)
    >>> box_count(points=[[0, 0], [5, 1]], sizes=(1, 2, 3)).counts
    (2, 2, 2)
    """
    if (mask is None) == (points is None):
        raise InvalidOption("box_count takes a mask or points=, one of the two")
    base = as_base(base)
    chosen = None if sizes is None else as_sizes(sizes)
    if points is not None:
        X = places(points, unit)
        shape = extent(X, 1)
        used = chosen or place_sizes(X, base)
        cells = tuple(math.prod(extent(X, r)) for r in used)
        return _assemble(partial(place_counts, X), shape, used, cells, None if chosen else base, offsets)
    if unit != 1.0:
        raise InvalidOption(f"unit is for points=, and the boxes of a mask are of its own grid; found {unit!r}")
    array = occupied(mask)
    shape = tuple(array.shape)
    used = chosen or ladder(shape, base)
    count = partial(device_counts if is_tensor(array) else chain_counts, array)
    return _assemble(count, shape, used, tuple(cells_of(shape, r) for r in used), None if chosen else base, offsets)


def ladder(shape: Sequence[int], base: int) -> tuple[int, ...]:
    """1, b, b², ... up to the first that no side exceeds: there one box has everything.

    >>> ladder((5, 9), 2), ladder((), 2), ladder((0, 7), 3)
    ((1, 2, 4, 8, 16), (1,), (1,))
    """
    sizes = [1]
    while 0 not in shape and sizes[-1] < max(shape, default=1):
        sizes.append(sizes[-1] * base)
    return tuple(sizes)


def cells_of(shape: Sequence[int], size: int) -> int:
    """How many boxes of this size cover the grid."""
    return math.prod(-(-side // size) for side in shape)


def spread(number: int, sizes: Sequence[int], dimension: int) -> tuple[Offset, ...]:
    """So many offsets along the diagonal, ⌊i R / s⌋ for i = 0, 1, ...: R the largest size, s >= number the least coprime to all.

    Coprime, because for r dividing R the remainders of i R / s modulo r are then the i-th parts of r in another order: the
    offsets are spread at every size of a ladder, where R / 4, say, would be 0 at all but the two coarsest of base 2.

    >>> spread(4, (1, 2, 4, 8, 16, 32, 64), 1)
    ((0,), (12,), (25,), (38,))
    """
    s = number
    while any(math.gcd(s, r) > 1 for r in sizes):
        s += 1
    return tuple((i * sizes[-1] // s,) * dimension for i in range(number))


def _assemble(
    count: Callable[[Sequence[int], Offset], list[int]],
    shape: tuple[int, ...],
    sizes: tuple[int, ...],
    cells: tuple[int, ...],
    base: int | None,
    offsets: int | Iterable[Sequence[int]] | None,
) -> BoxCounts:
    """The counts of every chain at every offset, put together."""
    moved = () if offsets is None else _as_offsets(offsets, sizes, len(shape))
    rows = []
    for offset in moved or ((0,) * len(shape),):
        found: dict[int, int] = {}
        for chain in _chains(sizes):
            found.update(zip(chain, count(chain, offset), strict=True))
        rows.append(tuple(found[r] for r in sizes))
    least = tuple(map(min, zip(*rows, strict=True)))
    return BoxCounts(sizes, least, cells, base, shape, moved, tuple(rows) if moved else ())


def _chains(sizes: Sequence[int]) -> list[list[int]]:
    """The sizes in chains, each size of which divides the next: a chain takes one pass."""
    chains: list[list[int]] = []
    for r in sizes:
        for chain in sorted(chains, key=lambda chain: -chain[-1]):
            if r % chain[-1] == 0:
                chain.append(r)
                break
        else:
            chains.append([r])
    return chains


def as_sizes(sizes: Iterable[int]) -> tuple[int, ...]:
    """Increasing sizes from 1 on; raises `InvalidOption`."""
    chosen = tuple(as_integer(r, "each size", 1) for r in sizes)
    if not chosen or any(r >= R for r, R in pairwise(chosen)):
        raise InvalidOption(f"sizes must be increasing integers, at least one of them; found {chosen}")
    return chosen


def _as_offsets(offsets: int | Iterable[Sequence[int]], sizes: tuple[int, ...], dimension: int) -> tuple[Offset, ...]:
    if not isinstance(offsets, Iterable):
        return spread(as_integer(offsets, "offsets", 1), sizes, dimension)
    found = []
    for offset in offsets:
        if not isinstance(offset, Iterable) or len(offset) != dimension:
            raise InvalidOption(f"each offset must be {dimension} integers, one for each axis; found {offset!r}")
        found.append(tuple(as_integer(o, "each part of an offset") for o in offset))
    if not found:
        raise InvalidOption("offsets must be a number of them or a list of some; found an empty one")
    return tuple(found)


def occupied(mask: Any) -> Array:
    """The mask with the bytes it has: numpy on the CPU, torch elsewhere; a corner of it is asked whether it is one."""
    array = as_array(mask, "mask")
    as_mask(array[(slice(0, 1),) * array.ndim], "mask")
    if is_tensor(array):
        return array if array.device.type != "cpu" else array.numpy()
    return np.asarray(array)


def device_counts(mask: torch.Tensor, sizes: Sequence[int], offset: Offset) -> list[int]:
    """N(r, offset) for sizes each dividing the next, by torch's operations wherever the mask is; one wait for the device."""
    import torch

    found, last, left = [], 1, list(offset)
    occupied = mask != 0
    for r in sizes:
        for axis in range(mask.ndim):
            occupied = _coarser(occupied, axis, r // last, left[axis] % (r // last))
            left[axis] //= r // last
        last = r
        found.append(torch.count_nonzero(occupied))
    return torch.stack(found).tolist()


def _coarser(occupied: torch.Tensor, axis: int, factor: int, before: int) -> torch.Tensor:
    """Whether any of `factor` neighbours along the axis is occupied, `before` empty ones put first."""
    import torch

    if factor == 1:
        return occupied
    side = occupied.shape[axis]
    after = -(side + before) % factor
    if before or after:
        padding = [0, 0] * (occupied.ndim - 1 - axis) + [before, after]
        occupied = torch.nn.functional.pad(occupied, padding)
    return occupied.unflatten(axis, (-1, factor)).any(axis + 1)
