"""Rank lists of weights: r_{ji} = rank W_j ··· W_{i+1}, exactly.

Most ranks are settled without rational arithmetic.  A rank is bounded from both sides by those of shorter products,

    r_{j−1,i} + r_{j,i+1} − r_{j−1,i+1}  ≤  r_{ji}  ≤  min(r_{j−1,i}, r_{j,i+1}),

on the left by ω_{i+1,j−1} ≥ 0 (Frobenius), and the rank modulo a prime is another lower bound.  Only where these leave room is
the rank computed over the rationals.

Exact.  Reference: Shewchuk and Bhattacharya 2024, L1 of docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

from fibers.exact import Matrix
from fibers.linear.barcodes import RankList, bars

__all__ = ["PRIME", "rank_list"]

PRIME = (1 << 61) - 1


def rank_list(matrices: Sequence[Matrix]) -> RankList:
    """The exact rank list of W_1, ..., W_L, shapes d_k × d_{k−1}.

    Cost: at most L²/2 products and eliminations modulo a prime, and as many exact ones, of integers that grow with the number
    of layers, but only where a drop is explained by no bound.

    >>> rank_list([Matrix(1, 2, [1, 2]), Matrix(2, 1, [2, -1])])[2, 0]
    1
    """
    L = len(matrices)
    integers = [W.integers for W in matrices]
    modular, exact = _Products([flint.nmod_mat(W, PRIME) for W in integers]), _Products(integers)
    table = {}
    for i in range(L + 1):
        table[i, i] = matrices[i].columns if i < L else matrices[-1].rows
    for length in range(1, L + 1):
        for i in range(L + 1 - length):
            j = i + length
            left, right = table[j - 1, i], table[j, i + 1]
            bound = min(left, right)
            settled = length > 1 and left + right - table[j - 1, i + 1] == bound
            settled = settled or bound == 0 or modular.rank(j, i) == bound
            table[j, i] = bound if settled else exact.rank(j, i)
    return RankList.unchecked({(j, i): table[j, i] for i, j in bars(L)})


class _Products:
    """The products W_j ··· W_{i+1}, of which for each i only the last that was asked for is kept; j must ascend."""

    def __init__(self, factors: Sequence[Any]):
        self.factors = factors
        self.last: dict[int, tuple[int, Any]] = {}

    def rank(self, j: int, i: int) -> int:
        reached, product = self.last.get(i, (i + 1, self.factors[i]))
        for k in range(reached, j):
            product = self.factors[k] * product
        self.last[i] = j, product
        return int(product.rank())
