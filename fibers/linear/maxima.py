"""Maximal strata: the irreducible components of a fiber, found one by one and counted without finding them.

A stratum is maximal iff no two of its bars A = [a, x], B = [c, y] with a < c ≤ x+1, x < y could exchange ends (L8), other than
a = 0 with y = L, which would change the rank of the product.  Read along the layers, k = 1, ..., L, that says

- if a bar born at a node a ≥ 1 ends before layer k, then every younger bar ends there as well, and none is born at k;
- if a bar born at node 0 ends before layer k, then every bar of node k that was not born at 0 lives on to L.

So s = r_{k0}, the number of bars that layer k keeps of those from the input, settles the rest: of the others it keeps the oldest,
as many as d_k − s has room for.  A maximal stratum is a sequence d_0 ≥ r_{10} ≥ ··· ≥ r_{L0} = r.  The sequences that occur are
those where, with C bars bound to live on to L, each layer has r_{k0} + C ≤ d_k, and binds all others, C = d_k − r_{k0}, if
r_{k0} < r_{k−1,0}.  One that has begun can be completed iff C + r ≤ d_k for all later k, so the search meets no dead end.

Cost: the search, linear in what it finds; the count, one addition for each (k, r_{k0}, C).  Exact.  Reference: Shewchuk and
Bhattacharya 2024, L7 and L8 of docs/theory.md; the criterion is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from fibers.errors import TooManyStrata
from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Barcode, bars

__all__ = ["count_maximal", "maximal_barcodes"]

STATES = 1_000_000
"""Where counting gives up: after a second or two."""


def count_maximal(widths: Sequence[int], rank: int = 0) -> int:
    """The number of irreducible components of the fiber of a matrix of that rank: of its maximal strata.

    Raises `TooManyStrata` where there are more than a million pairs (r_{k0}, C), as for three widths of 10^7.

    >>> count_maximal((2, 2, 2)), count_maximal((100, 100, 100, 100, 100))
    (3, 176851)
    """
    d, r = architecture(widths, rank)
    ways, seen = {(d[0], 0): 1}, 0
    for k in range(1, len(d)):
        after: Counter[tuple[int, int]] = Counter()
        changes: Counter[int] = Counter()  # in s, of the number of ways to keep s with C = d_k − s
        for (g, bound), number in ways.items():
            lower, stays = _choices(d, r, k, g, bound)
            if lower:
                changes[lower.start] += number
                changes[lower.stop] -= number
            if stays:
                after[g, bound] += number
        places = range(min(changes, default=0), max(changes, default=0))
        seen += len(after) + len(places)
        if seen > STATES:
            raise TooManyStrata(
                f"the irreducible components for widths {d}, rank {r}, are too many to count: given up after {STATES:,} steps"
            )
        number = 0
        for s in places:
            number += changes[s]
            if number:
                after[s, d[k] - s] += number
        ways = dict(after)
    return sum(ways.values())


def maximal_barcodes(widths: Sequence[int], rank: int = 0) -> Iterator[Barcode]:
    """The barcodes of the maximal strata, by r_{10}, r_{20}, ..., descending; one at a time, in little memory.

    >>> [str(barcode) for barcode in maximal_barcodes((1, 1, 1))]
    ['[0,1]  [2,2]', '[0,0]  [1,2]']
    """
    d, r = architecture(widths, rank)
    # The choices that are left at each layer: (r_{k0}, C), descending; `kept` is the path to the last of them.
    open_at: list[Iterator[tuple[int, int]]] = [iter([(d[0], 0)])]
    kept: list[int] = []
    while open_at:
        k = len(open_at) - 1
        chosen = next(open_at[-1], None)
        if chosen is None:
            open_at.pop()
            continue
        kept[k:] = chosen[:1]
        if k == len(d) - 1:
            yield _barcode(d, kept)
        else:
            open_at.append(_descending(d, r, k + 1, *chosen))


def _descending(d: Sequence[int], r: int, k: int, g: int, bound: int) -> Iterator[tuple[int, int]]:
    lower, stays = _choices(d, r, k, g, bound)
    return chain([(g, bound)] * stays, ((s, d[k] - s) for s in reversed(lower)))


def _choices(d: Sequence[int], r: int, k: int, g: int, bound: int) -> tuple[range, bool]:
    """After r_{k−1,0} = g and C = bound: the r_{k0} < g, which make C = d_k − r_{k0}, and whether g and C may stay."""
    last = k == len(d) - 1
    least = r + max(0, d[k] - min(d[k:]))
    most = min(g - 1, d[k] - bound, r if last else g)
    return range(least, most + 1), g + bound <= d[k] and (g == r or not last)


def _barcode(d: Sequence[int], kept: Sequence[int]) -> Barcode:
    """Keep `kept[k]` of the bars from node 0 at node k, and the oldest others that there is room for."""
    nodes = [[d[0]]]
    for k in range(1, len(d)):
        groups = [kept[k]]
        for g in nodes[-1][1:]:
            groups.append(min(g, d[k] - sum(groups)))
        nodes.append([*groups, d[k] - sum(groups)])
    nodes.append([0] * (len(d) + 1))
    return Barcode.from_counts([nodes[j][i] - nodes[j + 1][i] for i, j in bars(len(d) - 1)], tuple(d))
