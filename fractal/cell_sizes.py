"""How many boxes of the grid have how many points: the edge of a ragged grid cuts its last boxes short.

Grid n_1 × ··· × n_d, boxes of side r from the origin.  Along one axis there are ⌊n_i/r⌋ whole boxes and one of n_i mod r, if that
is not 0; the boxes of the grid are the products.  So at most 2^d sizes occur, and they are counted without a list of boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["cell_sizes", "nested_pairs"]


def cell_sizes(shape: Sequence[int], r: int) -> dict[int, int]:
    """Points of a box -> how many boxes of side r have so many; each axis multiplies.

    >>> cell_sizes((5, 3), 2)
    {4: 2, 2: 3, 1: 1}
    """
    sizes = Counter({1: 1})
    for n in shape:
        grown: Counter[int] = Counter()
        for points, boxes in sizes.items():
            for length, times in _pieces(n, r):
                grown[points * length] += boxes * times
        sizes = grown
    return dict(sizes)


def nested_pairs(shape: Sequence[int], r: int, R: int) -> dict[tuple[int, int], int]:
    """(points of the inner box, points of the outer) -> how many pairs: boxes of side r inside boxes of side R, r dividing R.

    >>> nested_pairs((5,), 2, 4) == {(2, 4): 2, (1, 1): 1}
    True
    """
    pairs = Counter({(1, 1): 1})
    for n in shape:
        grown: Counter[tuple[int, int]] = Counter()
        for outer, outer_times in _pieces(n, R):
            for inner, inner_times in _pieces(outer, r):
                for (s, t), boxes in pairs.items():
                    grown[s * inner, t * outer] += boxes * outer_times * inner_times
        pairs = grown
    return dict(pairs)


def _pieces(n: int, r: int) -> list[tuple[int, int]]:
    """(length, how many) of the pieces of an axis of n points cut every r."""
    whole, rest = divmod(n, r)
    return [(r, whole)] * (whole > 0) + [(rest, 1)] * (rest > 0)
