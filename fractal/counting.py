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
from fractal.arrays import Array, as_array, as_base, as_integer, as_integers, as_items, as_mask, as_real, is_tensor
from fractal.errors import InvalidOption
from fractal.fits import local_slopes
from fractal.packed import chain_counts
from fractal.points import extent, place_counts, place_sizes, places

if TYPE_CHECKING:
    import torch

    from fractal.surfaces import SurfaceCounts

__all__ = [
    "BoxCounts",
    "as_sizes",
    "box_count",
    "cells_of",
    "counts_dict",
    "counts_html",
    "device_counts",
    "ladder",
    "occupied",
    "spread",
]

Offset = tuple[int, ...]
_SIZE, _OFFSET = 2**62, 2**60  # at most: machine words have what is computed with them
_OFFSETS = 10_000  # passes over the mask
_PADDED = 1 << 26  # empty places, besides sixteen times the mask


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
        return local_slopes(self.sizes, self.counts)

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold; the local slopes are left out, since the counts give them."""
        return {
            **counts_dict(self),
            "offsets": [list(offset) for offset in self.offsets],
            "by_offset": [list(counts) for counts in self.by_offset],
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{r}: {N}" for r, N in zip(self.sizes, self.counts, strict=True))
        moved = f", least of {len(self.offsets)} offsets" if self.offsets else ""
        return f"BoxCounts({' × '.join(map(str, self.shape)) or 'point'}{moved}; {counts})"

    def _repr_html_(self) -> str:
        return counts_html(self, "occupied", "boxes")


def counts_dict(counts: BoxCounts | SurfaceCounts) -> dict[str, Any]:
    """Sizes and counts as JSON can hold them."""
    return {
        "sizes": list(counts.sizes),
        "counts": list(counts.counts),
        "cells": list(counts.cells),
        "base": counts.base,
        "shape": list(counts.shape),
    }


def counts_html(counts: BoxCounts | SurfaceCounts, counted: str, of: str) -> str:
    """Sizes, counts and local slopes as a table of HTML; `counted` and `of` head the counts and the cells."""
    slopes = [*(f"{s:.3f}" for s in counts.slopes), ""]
    rows = zip(counts.sizes, counts.counts, counts.cells, slopes, strict=True)
    return table_html([(r, f"{N:,}", f"{C:,}", s) for r, N, C, s in rows], ("size", counted, of, "slope to the next"))


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
    increasing, which need not divide one another.  `offsets`: so many (10,000 at most), spread evenly over the largest box along
    the diagonal, the first of them 0 (see `spread`), or a list of d-tuples of integers from 0 on.

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
        return _count_points(places(points, unit), base, chosen, offsets)
    if as_real(unit, "unit") != 1:
        raise InvalidOption(f"unit is for points=, and the boxes of a mask are of its own grid; found {unit!r}")
    return _count_mask(occupied(mask), base, chosen, offsets)


def _count_points(X: np.ndarray, base: int, chosen: tuple[int, ...] | None, offsets: Any) -> BoxCounts:
    sizes = chosen or place_sizes(X, base)
    cells = tuple(math.prod(extent(X, r)) for r in sizes)
    moved = _as_offsets(offsets, sizes, X.shape[1])
    return _assemble(partial(place_counts, X), extent(X, 1), sizes, cells, None if chosen else base, moved)


def _count_mask(array: Array, base: int, chosen: tuple[int, ...] | None, offsets: Any) -> BoxCounts:
    shape = tuple(array.shape)
    sizes = chosen or ladder(shape, base)
    count, cells = partial(device_counts if is_tensor(array) else chain_counts, array), tuple(cells_of(shape, r) for r in sizes)
    moved = _as_offsets(offsets, sizes, len(shape))
    for offset in moved:
        padded = math.prod(side + o % sizes[-1] for side, o in zip(shape, offset, strict=True))
        if padded > 16 * math.prod(shape) + _PADDED:
            raise InvalidOption(
                f"offsets must not put far more empty places before a mask of {shape} than it has; found {offset}:"
                " take smaller ones, or smaller sizes"
            )
    return _assemble(count, shape, sizes, cells, None if chosen else base, moved)


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
    moved: tuple[Offset, ...],
) -> BoxCounts:
    """The counts of every chain at every offset, put together."""
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
    """Increasing sizes from 1 to 2^62; raises `InvalidOption`."""
    chosen = as_integers(sizes, "sizes", 1, "each size", _SIZE)
    if not chosen or any(r >= R for r, R in pairwise(chosen)):
        raise InvalidOption(f"sizes must be increasing integers, at least one of them; found {chosen}")
    return chosen


def _as_offsets(offsets: Any, sizes: tuple[int, ...], dimension: int) -> tuple[Offset, ...]:
    if offsets is None:
        return ()
    if hasattr(offsets, "__index__") and not getattr(offsets, "ndim", 0):
        return spread(as_integer(offsets, "offsets", 1, _OFFSETS), sizes, dimension)
    found = []
    for offset in as_items(offsets, "offsets", "a number of them or a list of some"):
        moved = as_integers(offset, "each offset", 0, "each part of an offset", _OFFSET)
        if len(moved) != dimension:
            raise InvalidOption(f"each offset must be {dimension} integers, one for each axis; found {moved}")
        found.append(moved)
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
