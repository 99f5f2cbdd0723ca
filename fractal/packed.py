"""Box counts of masks on the CPU, 64 points to a word.

A row of the mask becomes a row of bits, bit x of it the point x.  To go from boxes of size r to size r f:

    rows       OR of f neighbouring rows, along each axis but the last;
    columns    OR of the bits x, x + r, ..., x + (f − 1) r, by shifts that double, kept where r f divides x.

The bits stay where they are, so nothing is moved along the last axis; rows get fewer, so a level costs 1/f of the one before it.
At r = 64, or about there, a word has become a bit, and the grid of boxes, at most 1/r of the mask, starts over as a mask of its
own. N(r) is the number of bits.

Large masks go block by block, of whole boxes along the first axis and about as large as a cache: the mask is read once, and the
memory used besides is that of a block in bits and of the grid of boxes at the end.

Offsets put o mod r empty places before the first box, of each axis; what is left of them, ⌊o / r⌋, is for the next levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np

__all__ = ["blocks", "chain_counts", "count_block", "count_pass", "passes", "popcount", "popcount_by_table", "reduce_groups"]

_BLOCK = 1 << 22  # bytes of the mask in a block: its bits and what is made of them stay in the second cache
_BITS = 1 << 30  # points in a block at most, where the boxes of one pass allow
_REACH = 64  # the largest boxes of a pass, if one level does not make them larger
_SHORT = 16  # a last axis shorter than this is exchanged with the longest


def chain_counts(mask: np.ndarray, sizes: Sequence[int], offset: Sequence[int]) -> list[int]:
    """N(r, offset) for sizes each dividing the next.

    >>> chain_counts(np.eye(100, dtype=bool), (1, 3, 9), (0, 2))
    [100, 67, 23]
    """
    if mask.size == 0:
        return [0] * len(sizes)
    axes = sorted((a for a in range(mask.ndim) if mask.shape[a] > 1), key=lambda a: -abs(mask.strides[a]))
    ones = tuple(a for a in range(mask.ndim) if mask.shape[a] == 1)
    grid = mask.transpose(*axes, *ones).reshape([mask.shape[a] for a in axes] or [1])  # a view: the packed axis is the densest
    return _pass_by_pass(grid, sizes, [offset[a] for a in axes] or [0])


def _pass_by_pass(mask: np.ndarray, sizes: Sequence[int], offset: Sequence[int]) -> list[int]:
    """The same for a mask in the order of its memory."""
    found: list[int] = []
    for factors in passes(sizes, math.prod(mask.shape[1:])):
        reach = math.prod(factors)
        before, rest = offset[0] % reach, [o % reach for o in offset[1:]]
        counts, mask = count_pass(((block, [b, *rest]) for block, b in blocks(mask, reach, before)), factors)
        found += counts
        offset = [o // reach for o in offset]
    return found


def count_pass(parts: Iterable[tuple[np.ndarray, Sequence[int]]], factors: Sequence[int]) -> tuple[list[int], np.ndarray]:
    """N at each level and the grid of boxes of the last, for blocks of whole boxes along the first axis."""
    counts, coarse = [0] * len(factors), []
    for block, before in parts:
        some, boxes = count_block(block, factors, before)
        counts = [N + M for N, M in zip(counts, some, strict=True)]
        coarse.append(boxes)
    return counts, coarse[0] if len(coarse) == 1 else np.concatenate(coarse)


def passes(sizes: Sequence[int], across: int) -> list[list[int]]:
    """The factors from size to size, beginning at 1, in groups of product 64 at most, less for slices of very many points.

    >>> passes((1, 2, 4, 8, 16, 32, 64, 128), 10), passes((1, 100, 200, 400), 10)
    ([[1, 2, 2, 2, 2, 2, 2], [2]], [[1, 100], [2, 2]])
    """
    groups: list[list[int]] = []
    reach, last = 0, 1
    for size in sizes:
        factor, last = size // last, size
        if groups and (reach == 1 or reach * factor <= min(_REACH, _BITS // max(across, 1))):
            groups[-1].append(factor)
            reach *= factor
        else:
            groups.append([factor])
            reach = factor
    return groups


def blocks(mask: np.ndarray, reach: int, before: int) -> Iterator[tuple[np.ndarray, int]]:
    """The mask in blocks of whole boxes along the first axis; the first one with what is empty before it."""
    across = math.prod(mask.shape[1:]) * min(mask.itemsize, 8)
    height = max(_BLOCK // max(across, 1) // reach, 1) * reach
    start, stop = 0, height - before
    while start < len(mask):
        yield mask[start:stop], before
        start, stop, before = stop, stop + height, 0


def count_block(block: np.ndarray, factors: Sequence[int], before: Sequence[int]) -> tuple[list[int], np.ndarray]:
    """N at each level, and which boxes of the last are occupied; `before`: empty places before each axis, less than a box."""
    longest = max(range(block.ndim), key=lambda a: block.shape[a])
    if block.shape[-1] >= min(_SHORT, block.shape[longest]):
        return _count_bits(block, factors, list(before))
    order = [*range(block.ndim)]
    order[longest], order[-1] = order[-1], longest  # a copy, but words of a few bits would take longer
    counts, boxes = _count_bits(np.ascontiguousarray(block.transpose(order)), factors, [before[a] for a in order])
    return counts, boxes.transpose(order)


def _count_bits(block: np.ndarray, factors: Sequence[int], before: list[int]) -> tuple[list[int], np.ndarray]:
    front, places = before[-1], before[-1] + block.shape[-1]
    bits = _pack(block, places)
    counts, r = [], 1
    for f in factors:
        for axis in range(block.ndim - 1):
            bits = reduce_groups(bits, axis, f, before[axis] % f)
            before[axis] //= f
        if front and f > 1:  # not before there are fewer rows
            bits, front = _moved_up(bits, front, places), 0
        bits = _or_columns(bits, r, f)
        r *= f
        counts.append(popcount(bits))
    return counts, _boxes(bits, r)[..., : -(-places // r)]


def _pack(block: np.ndarray, places: int) -> np.ndarray:
    """Bits in words along the last axis; a word of one size for rows that fit in it with what is to come before them."""
    if block.dtype.itemsize > 1:
        block = block != 0
    width = next((W for W in (8, 16, 32) if places <= W), 64)
    packed = np.packbits(block, axis=-1, bitorder="little")
    length = -(-block.shape[-1] // width) * width // 8
    if packed.shape[-1] != length or not packed.flags.c_contiguous:
        room = np.zeros((*packed.shape[:-1], length), dtype=np.uint8)
        room[..., : packed.shape[-1]] = packed
        packed = room
    return packed.view(np.dtype(f"<u{width // 8}"))


def _moved_up(bits: np.ndarray, front: int, places: int) -> np.ndarray:
    """Bit x at x + front, in words for so many places."""
    width, word, given = bits.dtype.itemsize * 8, bits.dtype.type, bits.shape[-1]
    skip, shift = divmod(front, width)
    moved = np.zeros((*bits.shape[:-1], -(-places // width)), dtype=bits.dtype)
    np.left_shift(bits, word(shift), out=moved[..., skip : skip + given])
    over = moved[..., skip + 1 : skip + 1 + given]
    if shift and over.size:
        over |= bits[..., : over.shape[-1]] >> word(width - shift)
    return moved


def reduce_groups(A: np.ndarray, axis: int, f: int, before: int = 0, by: np.ufunc = np.bitwise_or) -> np.ndarray:
    """f neighbours along the axis made one; the first group lacks `before` of them, the last what is not there.

    >>> reduce_groups(np.array([3, 1, 4, 1, 5]), 0, 2, 1, np.maximum)
    array([3, 4, 5])
    """
    n = A.shape[axis]
    if f == 1 or n == 1:
        return A
    at: tuple[slice, ...] = (slice(None),) * axis
    if n + before <= f:
        return by.reduce(A, axis=axis, keepdims=True)
    head = -before % f
    whole, tail = divmod(n - head, f)
    first, last = int(head > 0), int(tail > 0)
    result = np.empty((*A.shape[:axis], first + whole + last, *A.shape[axis + 1 :]), dtype=A.dtype)
    main, middle = A[(*at, slice(head, n - tail))], result[(*at, slice(first, first + whole))]
    by(main[(*at, slice(0, None, f))], main[(*at, slice(1, None, f))], out=middle)
    for i in range(2, f):
        by(middle, main[(*at, slice(i, None, f))], out=middle)
    if head:
        result[(*at, slice(0, 1))] = by.reduce(A[(*at, slice(0, head))], axis=axis, keepdims=True)
    if tail:
        result[(*at, slice(-1, None))] = by.reduce(A[(*at, slice(n - tail, n))], axis=axis, keepdims=True)
    return result


def _or_columns(bits: np.ndarray, r: int, f: int) -> np.ndarray:
    """OR of the bits x, x + r, ..., x + (f − 1) r at each x that r f divides; elsewhere 0."""
    width = bits.dtype.itemsize * 8
    if f == 1 or r >= width * bits.shape[-1]:
        return bits
    reached = 1
    while reached < f:  # each bit has the OR of `reached` bits from it on
        step = min(reached, f - reached)
        moved = _down(bits, r * step, width % (r * f) == 0)
        moved |= bits
        bits, reached = moved, reached + step
    bits &= _marks(r * f, bits.shape[-1], bits.dtype)
    return bits


def _down(bits: np.ndarray, by: int, within: bool) -> np.ndarray:
    """Bit x + by at x; `within`: what comes from the next word is not asked for."""
    width, word = bits.dtype.itemsize * 8, bits.dtype.type
    if within:
        return bits >> word(by)
    skip, shift = divmod(by, width)
    moved = np.zeros_like(bits)
    if skip < bits.shape[-1]:
        moved[..., : moved.shape[-1] - skip] = bits[..., skip:] >> word(shift)
    if shift and skip + 1 < bits.shape[-1]:
        moved[..., : moved.shape[-1] - skip - 1] |= bits[..., skip + 1 :] << word(width - shift)
    return moved


def _marks(r: int, words: int, dtype: np.dtype) -> np.ndarray | np.unsignedinteger:
    """Bits at the multiples of r."""
    width = dtype.itemsize * 8
    if width % r == 0:
        return dtype.type(sum(1 << i for i in range(0, width, r)))
    places = np.zeros(words * width, dtype=bool)
    places[::r] = True
    return np.packbits(places, bitorder="little").view(dtype)


def _boxes(bits: np.ndarray, r: int) -> np.ndarray:
    """The bits at the multiples of r, as a mask."""
    width = bits.dtype.itemsize * 8
    if r == width or (bits.shape[-1] == 1 and r > width):
        return bits != 0
    return np.unpackbits(bits.view(np.uint8), axis=-1, bitorder="little")[..., ::r].view(bool)


def popcount(bits: np.ndarray) -> int:
    """The number of ones."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint64)) if hasattr(np, "bitwise_count") else popcount_by_table(bits)


def popcount_by_table(bits: np.ndarray) -> int:
    """The same where numpy is older than 2."""
    return int(_ones()[np.ascontiguousarray(bits).reshape(-1).view(np.uint8)].sum(dtype=np.uint64))


@cache
def _ones() -> np.ndarray:
    return np.array([i.bit_count() for i in range(256)], dtype=np.uint8)
