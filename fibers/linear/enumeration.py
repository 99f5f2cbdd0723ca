"""All barcodes of given widths and rank, as one table of integers, and one after the other.

Sweep the nodes from the input on.  Alive at node k−1 are g_0, ..., g_{k−1} bars, by the node they were born at.  Layer k keeps
s_i ≤ g_i of each group, at most d_k in all; the others end at k−1, and d_k − Σ s_i are born at k.  Of the group of the input
all layers keep at least r, and the last exactly r.  Each choice at one layer leaves one at the next (keep r bars and no others),
so the sweep meets no dead end and lists every barcode of widths d and rank r once (L1, L3 of docs/theory.md).

**Order.**  By the choices s_{1,0}; s_{2,0}, s_{2,1}; ..., ascending.  As r_{ki} = s_{k,0} + ··· + s_{k,i}, this is the order of
the rank lists by r_{10}; r_{20}, r_{21}; r_{30}, ...: what is lower in the order of L7 comes first, the minimal one as
number 0.

Cost: the table, in numpy; about 10 ns an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fibers.linear.architectures import architecture
from fibers.linear.barcodes import bars

__all__ = ["barcode_table", "barcode_vectors"]


def barcode_table(widths: Sequence[int], rank: int = 0) -> np.ndarray:
    """Every barcode of these widths and rank: one row of multiplicities ω, in the order of `bars(L)`, for each.

    Of type int32 (int64 for widths from 2^30 on, Python integers from 2^62 on), column by column in memory.

    >>> barcode_table((1, 1, 1)).tolist()
    [[1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1]]
    """
    d, r = architecture(widths, rank)
    L = len(d) - 1
    dtype = np.dtype(np.int32 if max(d) < 1 << 30 else np.int64 if max(d) < 1 << 62 else object)
    groups = [np.array([d[0]], dtype)]
    ended: dict[tuple[int, int], np.ndarray] = {}
    for k in range(1, L + 1):
        parent, kept = _kept(groups, d[k], r, k == L)
        ended = {bar: column[parent] for bar, column in ended.items()}
        for i, g in enumerate(groups):
            ended[i, k - 1] = g[parent] - kept[i]
        groups = [*kept, d[k] - np.sum(kept, axis=0, dtype=dtype)]
    ended |= {(i, L): g for i, g in enumerate(groups)}
    table = np.empty((len(groups[0]), len(ended)), dtype, order="F")
    for column, bar in enumerate(bars(L)):
        table[:, column] = ended.pop(bar)
    return table


def _kept(groups: Sequence[np.ndarray], width: int, rank: int, last: bool) -> tuple[np.ndarray, list[np.ndarray]]:
    """All choices of s_i ≤ g_i of one layer, in order, for each row: the row it continues, and one column for each i."""
    dtype = groups[0].dtype
    kind = np.dtype(np.int64) if dtype.kind == "i" else dtype  # of sums
    parent = np.arange(len(groups[0]))
    free = np.full(len(parent), width, kind)
    kept: list[np.ndarray] = []
    for i, group in enumerate(groups):
        low = rank if i == 0 else 0
        high = np.full(len(parent), rank, kind) if i == 0 and last else np.minimum(group[parent], free)
        times = (high - low + 1).astype(np.int64)
        ends = np.cumsum(times)
        row = np.repeat(np.arange(len(parent)), times)
        s = (np.arange(len(row)) - np.repeat(ends - times, times)).astype(kind) + low
        parent, free = parent[row], free[row] - s
        kept = [*(column[row] for column in kept), s.astype(dtype)]
    return parent, kept


def barcode_vectors(widths: Sequence[int], rank: int = 0) -> Iterator[tuple[int, ...]]:
    """The rows of `barcode_table`, one after the other, in little memory.

    >>> list(barcode_vectors((2, 1), rank=1))
    [(1, 1, 0)]
    """
    d, r = architecture(widths, rank)
    L = len(d) - 1
    # s[k][i] is the choice of layer k for group i, s[k][k] the newborn; s[k] are the groups of node k.  Like an odometer.
    s = [[d[0]]] + [[r, *[0] * (k - 1), d[k] - r] for k in range(1, L + 1)]
    while True:
        yield tuple([s[j][i] - (s[j + 1][i] if j < L else 0) for i, j in bars(L)])
        for k in range(L, 0, -1):
            place = _raisable(s[k], s[k - 1], fixed=k == L)
            if place is not None:
                break
        else:
            return
        s[k][place] += 1
        s[k][place + 1 : k] = [0] * (k - 1 - place)
        s[k][k] = d[k] - sum(s[k][:k])
        for later in range(k + 1, L + 1):
            s[later] = [r, *[0] * (later - 1), d[later] - r]


def _raisable(here: Sequence[int], before: Sequence[int], fixed: bool) -> int | None:
    """The last group of which a layer could keep one more: group 0 only if that is not `fixed`."""
    free = here[-1]
    for i in range(len(before) - 1, 0 if fixed else -1, -1):
        free += here[i]
        if here[i] < before[i] and here[i] < free:
            return i
    return None
