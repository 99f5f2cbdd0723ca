"""Barcodes by brute force: every multiset of intervals with given widths, ranks by counting, dimensions by the formula in ranks.

A barcode is a plain dict {(i, j): multiplicity}.  Slow, and no code is shared with `fibers`.  Meant for some thousand barcodes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

Bars = dict[tuple[int, int], int]
Ranks = dict[tuple[int, int], int]


def barcodes(widths: Sequence[int]) -> Iterator[Bars]:
    """Every barcode of these widths, whatever its rank, node by node: which of the bars alive go on, by their births."""
    yield from _grown(widths, 0, (widths[0],), {})


def by_rank(widths: Sequence[int]) -> dict[int, list[Bars]]:
    """Every barcode of these widths, under the rank of its product."""
    found: dict[int, list[Bars]] = {}
    for bars in barcodes(widths):
        found.setdefault(bars.get((0, len(widths) - 1), 0), []).append(bars)
    return found


def ranks(bars: Bars, layers: int) -> Ranks:
    """r_{ji}: the number of bars alive at both i and j."""
    return {
        (j, i): sum(n for (a, b), n in bars.items() if a <= i and j <= b) for i in range(layers + 1) for j in range(i, layers + 1)
    }


def codimension(bars: Bars, widths: Sequence[int]) -> int:
    """The number of weights less the dimension of the stratum, by the formula of L3 in the ranks."""
    L = len(widths) - 1
    r = ranks(bars, L)
    pairs = itertools.combinations(range(L + 1), 2)
    return r[L, 0] * (widths[0] + widths[-1] - r[L, 0]) + sum((r[j - 1, i] - r[j, i]) * (r[j, i + 1] - r[j, i]) for i, j in pairs)


def is_below(s: Ranks, t: Ranks) -> bool:
    """The order of L7."""
    return all(s[index] <= t[index] for index in s)


def _grown(widths: Sequence[int], k: int, alive: tuple[int, ...], ended: Bars) -> Iterator[Bars]:
    """The barcodes with `alive[i]` bars from node i to node k, and those that ended before."""
    if k == len(widths) - 1:
        yield ended | {(i, k): n for i, n in enumerate(alive) if n}
        return
    for stay in itertools.product(*(range(n + 1) for n in alive)):
        if sum(stay) <= widths[k + 1]:
            ends = {(i, k): n - m for i, (n, m) in enumerate(zip(alive, stay, strict=True)) if n > m}
            yield from _grown(widths, k + 1, (*stay, widths[k + 1] - sum(stay)), ended | ends)
