"""How many strata there are, and which one has a given number: without listing them.

Let K(d) be the number of multisets of intervals of the nodes 0, ..., L that have d_k members over node k: the partition function
of type A_{L+1} (Kostant).  Those with [0, L] at least t times are as many as K(d − t·1), so with e = d − r·1 there are

    N(e) = K(e) − K(e − 1)        (the second term 0 if an entry is negative)

barcodes of widths d and rank r.

How: by the sweep of `fibers.linear.sweeping`, which also counts the barcodes that begin in one way; so each has its number.
Reversing the nodes does not change the count: the sweep goes in the direction that has less to do.

**Multiples.**  N(n δ) is a polynomial in n ≥ 0: intervals are the columns of a totally unimodular matrix, so the multisets are
the integer points of a polytope with integer vertices (Ehrhart).  It has the value 1 at 0, and at −n it is ± the number of
those in which every bar that can occur does occur: 0, as long as n δ has no room for one of each.  So a few small counts tell
N(e) where the entries of e have a large common divisor, as those of equal widths.

Cost: that of the sweeps: 20 ms at widths of 100 and L = 3.  Exact.  Reference: Shewchuk and
Bhattacharya 2024, L4 of docs/theory.md; Ehrhart polynomials: Beck and Robins, Computing the Continuous Discretely, chapter 4.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import pairwise

from fibers.errors import TooManyStrata
from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Barcode, bars
from fibers.linear.sweeping import Sweep

__all__ = ["barcode_at", "barcode_index", "count_strata", "quick_count"]

Sizes = tuple[int, ...]
STEPS = 500_000
"""Where counting gives up: after some seconds, with less than a quarter of a gigabyte."""
QUICK = 20_000
"""Where it gives up if nobody asked: after a tenth of a second."""


def count_strata(widths: Sequence[int], rank: int = 0) -> int:
    """The number of strata of the fiber of any matrix of that rank, among the linear networks of those widths (L4).

    `widths` is (d_0, ..., d_L), all at least 1, and 0 ≤ `rank` ≤ min d_k; raises `InvalidArchitecture` otherwise,
    and `TooManyStrata` where counting takes more than half a million additions, as for widths 10001, 10007, 10009, 10037.

    >>> count_strata((2, 3, 2, 2)), count_strata((1,) * 5) + count_strata((1,) * 5, rank=1) == 2**4
    (36, True)
    """
    d, r = architecture(widths, rank)
    found = _count(_less(d, r), STEPS)
    if found is None:
        raise _given_up(d, r, "count")
    return found


def quick_count(widths: Sequence[int], rank: int = 0) -> int | None:
    """`count_strata` where it takes no time worth mentioning; None elsewhere.

    >>> quick_count((2, 3, 2, 2)), quick_count((10001, 10007, 10009, 10037))
    (36, None)
    """
    d, r = architecture(widths, rank)
    return _count(_less(d, r), QUICK)


def barcode_at(index: int, widths: Sequence[int], rank: int = 0) -> Barcode:
    """The barcode number `index`, 0 ≤ index < count, in the order of `fibers.linear.enumeration`.

    Raises `TooManyStrata` where counting those before it takes too long.

    >>> print(barcode_at(4, (2, 2, 2)))
    [0,0]  [0,1]  [1,2]  [2,2]
    """
    d, r = architecture(widths, rank)
    e = _less(d, r)
    nodes: list[Sizes] = [(e[0],)]
    for k in range(1, len(d)):
        kept: Sizes = ()
        for i, g in enumerate(nodes[-1]):
            # Invariant: `index` is the barcode's number among those that begin with `nodes` and `kept`.
            up_to = partial(_ways, d, r, k, kept, nodes[-1][i + 1 :])
            s = _first(min(g, e[k] - sum(kept)), index, up_to)
            index -= up_to(s - 1) if s else 0
            kept = (*kept, s)
        nodes.append((*kept, e[k] - sum(kept)))
    nodes.append((0,) * len(nodes))
    counts = [nodes[j][i] - nodes[j + 1][i] for i, j in bars(len(d) - 1)]
    counts[len(d) - 1] += r  # the bar [0, L]
    return Barcode.from_counts(counts, d)


def barcode_index(barcode: Barcode) -> int:
    """The number of a barcode among those of its widths and rank: the inverse of `barcode_at`.

    Raises `TooManyStrata` where counting those before it takes too long.

    >>> barcode_index(barcode_at(20, (2, 3, 2, 2)))
    20
    """
    d, r, ranks = barcode.widths, barcode.rank, barcode.ranks
    nodes = [(ranks[k, 0] - r, *[ranks[k, i] - ranks[k, i - 1] for i in range(1, k + 1)]) for k in range(len(d))]
    return sum(
        _ways(d, r, k, nodes[k][:i], nodes[k - 1][i + 1 :], nodes[k][i] - 1)
        for k in range(1, len(d))
        for i in range(k)
        if nodes[k][i]
    )


def _first(top: int, index: int, up_to: Callable[[int], int]) -> int:
    """The first s from 0 to `top` with up_to(s) > index, known to be there: bisection, as `bisect` refuses sizes from 2^63 on."""
    low, high = 0, top
    while low < high:
        middle = (low + high) // 2
        if up_to(middle) > index:
            high = middle
        else:
            low = middle + 1
    return low


def _ways(d: Sizes, r: int, k: int, kept: Sizes, later: Sizes, s: int) -> int:
    """How many barcodes begin with the groups that layer k has kept, at most s of the next one, and any of the later ones."""
    found = _futures(_less(d, r)).ways(k, kept, (s, *later), STEPS)
    if found is None:
        raise _given_up(d, r, "number")
    return found


def _less(widths: Sizes, rank: int) -> Sizes:
    return tuple([d - rank for d in widths])


def _given_up(widths: Sizes, rank: int, what: str) -> TooManyStrata:
    return TooManyStrata(f"the strata of widths {widths}, rank {rank}, are too many to {what}: given up after {STEPS:,} steps")


@lru_cache(maxsize=256)
def _count(e: Sizes, steps: int) -> int | None:
    """N(e), or None where some sweep takes more additions than `steps`."""
    n = math.gcd(*e)
    if not n:
        return 1
    delta = tuple([x // n for x in e])
    able = [(i, j) for i, j in bars(len(e) - 1) if all(delta[i : j + 1]) and j - i < len(e) - 1]
    loads = Counter(k for i, j in able for k in range(i, j + 1))
    degree = len(able) - len(loads)
    zeros = min(degree, max(-(-load // delta[k]) for k, load in loads.items()) - 1)
    if degree - zeros >= n:
        return _swept(e, steps)
    # p(n) = N(n·delta) is 0 at −zeros, ..., −1, and 1 at 0; the largest count first, as it is the one that may be given up
    counts = []
    for m in range(degree - zeros, 0, -1):
        found = _swept(tuple([m * x for x in delta]), steps)
        if found is None:
            return None
        counts.append(found)
    return _extrapolated([0] * zeros + [1] + counts[::-1], n + zeros)


def _extrapolated(values: Sequence[int], n: int) -> int:
    """The value at n of the polynomial with these values at 0, 1, ..., by Newton's differences: Σ C(n, i) Δ^i."""
    total, differences = 0, list(values)
    for i in range(len(values)):
        total += math.comb(n, i) * differences[0]
        differences = [b - a for a, b in pairwise(differences)]
    return total


def _swept(e: Sizes, steps: int) -> int | None:
    """N(e) by a sweep from either end, first with few steps; None if both take more than `steps`."""
    for limit in sorted({min(QUICK, steps), steps}):
        for sizes in (e, e[::-1]):
            found = _Futures(sizes).ways(1, (), sizes[:1], limit)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=4)
def _futures(e: Sizes) -> _Futures:
    return _Futures(e)


class _Futures:
    """In how many ways a sweep that has begun can go on to a barcode of widths e and rank 0."""

    def __init__(self, e: Sizes):
        self.any_rank = Sweep(e)
        self.positive = Sweep(tuple([x - 1 for x in e])) if min(e) else None

    def ways(self, k: int, decided: Sizes, pending: Sizes, steps: int) -> int | None:
        """How many there are when layer k has decided the groups `decided` and not the groups `pending`, oldest first."""
        found = self.any_rank.ways(k, decided, pending, steps)
        if found is None or self.positive is None:
            return found
        less = self.positive.ways(k, _head_less(decided), pending if decided else _head_less(pending), steps)
        return None if less is None else found - less


def _head_less(groups: Sizes) -> Sizes:
    """Without one of the bars from the input."""
    return (groups[0] - 1, *groups[1:]) if groups else ()
