"""How many strata there are, and which one has a given number: without listing them.

Let K(d) be the number of multisets of intervals of the nodes 0, ..., L that have d_k members over node k: the partition function
of type A_{L+1} (Kostant).  Those with [0, L] at least t times are as many as K(d − t·1), so there are

    K(d − r·1) − K(d − (r+1)·1)        (the second term 0 if an entry is negative)

barcodes of widths d and rank r.

How: by the sweep of `fibers.linear.enumeration`, one group at a time.  When layer k has decided the groups of sizes D and not
yet those of sizes P, the number of ways to go on, T_k(D; P), depends on the multisets D and P alone.  Either it keeps the whole
of a group p of P, or it decides a group that is smaller by one:

    T_k(D; P ∪ {p}) = T_k(D ∪ {p}; P) + T_k(D; P ∪ {p−1}),  T_k(D; P ∪ {0}) = T_k(D; P),  T_k(D; ∅) = T_{k+1}(∅; D ∪ {d_k − ΣD}),

T_L(D; ∅) = 1, and T_k = 0 when ΣD > d_k.  A group larger than d_k − ΣD counts as one of that size.  At the last layer D matters
through its sum only; and if all would fit, the number is Π_{p ∈ P} (p+1).  T_k(D; P ∪ {t}) also counts the ways in which a group
keeps t or fewer, which gives each barcode its number.

Cost: one addition for each pair of multisets that occurs, kept for the next question: 60 ms at widths of 100 and L = 3, a second
at L = 4.  Exact.  Reference: Shewchuk and Bhattacharya 2024, L4 of docs/theory.md.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from fibers.errors import TooManyStrata
from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Barcode, bars

__all__ = ["barcode_at", "barcode_index", "count_strata"]

Sizes = tuple[int, ...]
STATES = 3_000_000
"""Where counting gives up: after less than a minute, with less than a gigabyte."""
State = tuple[int, Sizes, Sizes]
"""(k, D, P), the sizes ascending and without zeros; at the last layer D is its sum."""


def count_strata(widths: Sequence[int], rank: int = 0) -> int:
    """The number of strata of the fiber of any matrix of that rank, among the linear networks of those widths (L4).

    `widths` is (d_0, ..., d_L), all at least 1, and 0 ≤ `rank` ≤ min d_k; raises `InvalidArchitecture` otherwise,
    and `TooManyStrata` where counting takes more than three million additions, as for three widths of 10^7.

    >>> count_strata((2, 3, 2, 2)), count_strata((1,) * 5) + count_strata((1,) * 5, rank=1) == 2**4
    (36, True)
    """
    d, r = architecture(widths, rank)
    return _futures(d, r).ways(1, (), (d[0],))


def barcode_at(index: int, widths: Sequence[int], rank: int = 0) -> Barcode:
    """The barcode number `index`, 0 ≤ index < count, in the order of `fibers.linear.enumeration`.

    >>> print(barcode_at(4, (2, 2, 2)))
    [0,0]  [0,1]  [1,2]  [2,2]
    """
    d, r = architecture(widths, rank)
    L, futures = len(d) - 1, _futures(d, r)
    nodes: list[Sizes] = [(d[0],)]
    for k in range(1, L + 1):
        kept: Sizes = ()
        for i, g in enumerate(nodes[-1]):
            # Invariant: `index` is the barcode's number among those that begin with `nodes` and `kept`.
            below = [0, *(futures.ways(k, kept, (s, *nodes[-1][i + 1 :])) for s in range(g + 1))]
            s = bisect_right(below, index) - 1
            index -= below[s]
            kept = (*kept, s)
        nodes.append((*kept, d[k] - sum(kept)))
    nodes.append((0,) * (L + 1))
    return Barcode.from_counts([nodes[j][i] - nodes[j + 1][i] for i, j in bars(L)], d)


def barcode_index(barcode: Barcode) -> int:
    """The number of a barcode among those of its widths and rank: the inverse of `barcode_at`.

    >>> barcode_index(barcode_at(20, (2, 3, 2, 2)))
    20
    """
    d, futures = barcode.widths, _futures(barcode.widths, barcode.rank)
    nodes = [tuple([barcode.ranks.at(k, i) - barcode.ranks.at(k, i - 1) for i in range(k + 1)]) for k in range(len(d))]
    return sum(
        futures.ways(k, nodes[k][:i], (nodes[k][i] - 1, *nodes[k - 1][i + 1 :]))
        for k in range(1, len(d))
        for i in range(k)
        if nodes[k][i]
    )


@lru_cache(maxsize=4)
def _futures(widths: Sizes, rank: int) -> _Futures:
    return _Futures(widths, rank)


class _Futures:
    """In how many ways a sweep that has begun can go on to a barcode of these widths and rank."""

    def __init__(self, widths: Sizes, rank: int):
        self.rank = rank
        self.levels = [_Sweep(tuple([d - t for d in widths])) for t in (rank, rank + 1) if t <= min(widths)]

    def ways(self, k: int, decided: Sizes, pending: Sizes) -> int:
        """How many there are when layer k has decided the groups `decided` and not the groups `pending`, oldest first."""
        (first, *decided_rest), (head, *pending_rest) = (decided or (0,)), (pending or (0,))
        counts = []
        for t, sweep in enumerate(self.levels, start=self.rank):
            if decided:
                counts.append(sweep.ways(k, [first - t, *decided_rest], list(pending)))
            else:
                counts.append(sweep.ways(k, [], [head - t, *pending_rest]))
        return counts[0] - sum(counts[1:])


class _Sweep:
    """T_k(D; P) for widths that may be 0: Kostant's partition function, from any point of the sweep on."""

    def __init__(self, widths: Sizes):
        self.widths = widths
        self.last = len(widths) - 1
        self.known: dict[State, int] = {}

    def ways(self, k: int, decided: Sequence[int], pending: Sequence[int]) -> int:
        """T_k(D; P); 0 where a size is negative or ΣD > d_k."""
        if any(g < 0 for g in (*decided, *pending)) or sum(decided) > self.widths[k]:
            return 0
        root = self._state(k, decided, pending)
        stack, known = [root], self.known
        while stack:
            state = stack[-1]
            parts = self._parts(state)
            missing = [part for part in parts if part not in known]
            if missing:
                stack += missing
                if len(known) > STATES:
                    raise TooManyStrata(
                        f"strata of widths {self.widths} are so many that counting them was given up after {STATES:,} steps"
                    )
            else:
                known[state] = sum(known[part] for part in parts) if parts else self._closed(state)
                stack.pop()
        return known[root]

    def _state(self, k: int, decided: Sequence[int], pending: Sequence[int]) -> State:
        here = [sum(decided)] if k == self.last else sorted(decided)
        free = self.widths[k] - sum(decided)
        return k, tuple([g for g in here if g]), tuple([min(g, free) for g in sorted(pending) if g] if free else [])

    def _parts(self, state: State) -> list[State]:
        """The states of which T is the sum; none where T is known in closed form."""
        k, decided, pending = state
        d = self.widths[k]
        if k == self.last and sum(decided) + sum(pending) <= d:
            return []
        if not pending:
            return [self._state(k + 1, (), (*decided, d - sum(decided)))]
        p, rest = pending[0], pending[1:]
        parts = [self._state(k, decided, (p - 1, *rest))]
        if sum(decided) + p <= d:
            parts.append(self._state(k, (*decided, p), rest))
        return parts

    @staticmethod
    def _closed(state: State) -> int:
        return math.prod(p + 1 for p in state[2])
