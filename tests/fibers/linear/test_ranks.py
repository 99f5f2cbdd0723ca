"""Rank lists are read off weights exactly."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise

import flint
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers import LinearNetwork
from fibers.linear import RankList, ranks
from fibers.linear.ranks import rank_list
from proofs.strategies.linear import linear_networks


def slow_rank(rows):
    """The order of the largest minor that is not 0."""

    def determinant(M):
        if not M:
            return 1
        return sum((-1) ** j * x * determinant([row[:j] + row[j + 1 :] for row in M[1:]]) for j, x in enumerate(M[0]) if x)

    return max(
        size
        for size in range(min(len(rows), len(rows[0])) + 1)
        for chosen in combinations(rows, size)
        for columns in combinations(range(len(rows[0])), size)
        if determinant([[row[j] for j in columns] for row in chosen]) != 0
    )


def slow_product(V, W):
    return [[sum(v * w for v, w in zip(row, column, strict=True)) for column in zip(*W, strict=True)] for row in V]


def slow_ranks(layers):
    """Every product multiplied out, its rank by minors."""
    widths = [len(layers[0][0]), *(len(W) for W in layers)]
    found = {(k, k): d for k, d in enumerate(widths)}
    for i in range(len(layers)):
        W = layers[i]
        for j in range(i + 1, len(layers) + 1):
            found[j, i] = slow_rank(W)
            W = slow_product(layers[j], W) if j < len(layers) else W
    return found


def some_networks(layers=3, width=3):
    """Small matrices, many of them singular, with zero, integer and fractional entries."""
    entries = st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(2)])
    widths = st.lists(st.integers(1, width), min_size=2, max_size=layers + 1)
    return widths.flatmap(
        lambda d: st.tuples(
            *(st.lists(st.lists(entries, min_size=a, max_size=a), min_size=b, max_size=b) for a, b in pairwise(d))
        )
    )


@settings(max_examples=150)
@given(some_networks())
@example((((Fraction(0),),),))
@example((((Fraction(1), Fraction(2)),), ((Fraction(2),), (Fraction(1),))))
def test_ranks_of_weights_are_those_of_the_products(layers):
    L = LinearNetwork(layers)
    assert L.ranks == slow_ranks([[list(row) for row in W] for W in layers])
    assert L.barcode.ranks == L.ranks and L.barcode.widths == L.widths


@given(linear_networks())
def test_weights_give_ranks_that_obey_the_laws(L):
    ranks = rank_list(L.matrices)
    assert RankList(dict(ranks)) == ranks == L.ranks
    assert ranks.rank == L.product.rank()


def test_ranks_that_vanish_modulo_the_prime_are_found_exactly(monkeypatch):
    """1 and p are both of rank 1, though p is 0 modulo p; rows that agree modulo p are told apart."""
    p = (1 << 61) - 1
    assert LinearNetwork([[[p]]]).ranks[1, 0] == 1
    assert LinearNetwork([[[1, 1], [1, 1 + p]]]).ranks[1, 0] == 2
    assert LinearNetwork([[[1], [p]], [[p, 0]]]).ranks[2, 0] == 1
    monkeypatch.setattr("fibers.linear.ranks.PRIME", 2)
    assert LinearNetwork([[[2, 1], [0, 2]], [[4, 0], [6, 2]]]).ranks == {
        (0, 0): 2,
        (1, 0): 2,
        (2, 0): 2,
        (1, 1): 2,
        (2, 1): 2,
        (2, 2): 2,
    }


def test_tiny_singular_values_count():
    """Every float is exact: 1e-300 is not 0, and 0.1 + 0.2 is not 0.3."""
    assert LinearNetwork([[[1.0, 0.0], [0.0, 1e-300]]]).ranks[1, 0] == 2
    assert LinearNetwork([[[0.3, 0.1 + 0.2], [1.0, 1.0]]]).ranks[1, 0] == 2


def test_each_product_begins_with_the_one_before(monkeypatch):
    """Where no bound explains a drop: L (L − 1) / 2 multiplications modulo the prime, and as many exact ones."""
    made = Counter()

    class Counted:
        def __init__(self, matrix):
            self.matrix = matrix

        def __mul__(self, other):
            made[type(self.matrix)] += 1
            return Counted(self.matrix * other.matrix)

        def rank(self):
            return self.matrix.rank()

    L, products = 8, ranks._Products
    monkeypatch.setattr(ranks, "_Products", lambda factors: products([Counted(W) for W in factors]))
    shift = [[int(b == a + 1) for b in range(12)] for a in range(12)]  # each product loses one more rank
    found = rank_list(LinearNetwork([shift] * L).matrices)
    assert all(found[j, i] == 12 - (j - i) for j, i in found)
    assert made == {flint.nmod_mat: L * (L - 1) // 2, flint.fmpz_mat: L * (L - 1) // 2}
