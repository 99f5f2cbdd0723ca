"""Strata and their order as they are defined: every multiset of intervals is tried, and every two are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

Bars = dict[tuple[int, int], int]
Ranks = dict[tuple[int, int], int]


def every_barcode(widths: Sequence[int], rank: int) -> list[Bars]:
    """Every multiset of intervals that has d_k of them at node k, and `rank` of them from end to end."""
    L = len(widths) - 1
    return [bars for bars in _fillings(0, list(widths)) if bars.get((0, L), 0) == rank]


def _fillings(first: int, room: list[int]) -> Iterator[Bars]:
    """Multisets of intervals that fill `room`, which is 0 before node `first`."""
    if first == len(room):
        yield {}
        return
    ends = range(first, len(room))
    for counts in product(range(room[first] + 1), repeat=len(ends)):
        left = [d - sum(count for j, count in zip(ends, counts, strict=True) if first <= k <= j) for k, d in enumerate(room)]
        if min(left) >= 0 and left[first] == 0:
            chosen = {(first, j): count for j, count in zip(ends, counts, strict=True) if count}
            for others in _fillings(first + 1, left):
                yield chosen | others


def ranks(bars: Bars, L: int) -> Ranks:
    """r_{ji}: how many bars are alive at both i and j."""
    return {
        (j, i): sum(count for (a, b), count in bars.items() if a <= i and j <= b) for i in range(L + 1) for j in range(i, L + 1)
    }


def below(s: Ranks, t: Ranks) -> bool:
    """L7: no rank of s is greater than that of t."""
    return all(s[index] <= t[index] for index in s)


def covering(strata: Sequence[Bars], L: int) -> set[tuple[int, int]]:
    """The pairs (s, t) of places with s below t and nothing between."""
    tables = [ranks(bars, L) for bars in strata]
    above = {s: {t for t, table in enumerate(tables) if t != s and below(tables[s], table)} for s in range(len(tables))}
    return {(s, t) for s in above for t in above[s] if not any(t in above[u] for u in above[s])}
