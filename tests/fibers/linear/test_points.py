"""A random point of a stratum has its barcode and the product that was asked for, exactly, and in integers where it can."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers import LinearNetwork
from fibers.errors import InvalidBarcode, InvalidNetwork, NotComparable
from fibers.exact import Matrix
from fibers.linear import Barcode, Stratum, random_point, strata, stratum
from fibers.linear.points import _unimodular
from proofs.catalogue import linearly
from proofs.strategies.linear import barcodes, linear_networks

CORNERS = [
    Barcode({(0, 1): 1}),
    Barcode({(0, 0): 1, (1, 1): 1}),
    Barcode({(0, 2): 2}),
    Barcode({(0, 2): 2, (1, 1): 1}),
    Barcode({(0, 0): 2, (1, 1): 2, (2, 2): 2}),
    Barcode({(0, 3): 1, (0, 1): 2, (2, 3): 1, (3, 3): 2}),
]


@settings(max_examples=150)
@given(barcodes(), st.integers(0, 10**6))
@example(CORNERS[0], 0)
@example(CORNERS[1], 0)
@example(CORNERS[2], 0)
@example(CORNERS[3], 0)
@example(CORNERS[4], 0)
@example(CORNERS[5], 0)
def test_a_random_point_has_the_barcode(barcode, seed):
    point = random_point(Stratum(barcode), seed=seed)
    assert linearly.ranks_of_network(point.matrices) == linearly.ranks_of_barcode(dict(barcode), barcode.layers)
    assert all(W.denominator == 1 for W in point.matrices)


@settings(max_examples=150)
@given(linear_networks(), st.integers(0, 10**6))
@example(LinearNetwork([[[Fraction(1, 3)]]]), 0)
@example(LinearNetwork([[[1, 2], [2, 4], [0, 0]]]), 0)
@example(LinearNetwork([[[(1 << 61) - 1, 0], [0, 0]]]), 0)  # 0 modulo the prime
@example(LinearNetwork([[[1, Fraction(1, 2)], [1, Fraction(1, 2)]]]), 0)
@example(LinearNetwork([[[1, 0]], [[Fraction(1, 2)], [3]]]), 0)
@example(LinearNetwork([[[0, 0]], [[0], [0]]]), 0)
@example(LinearNetwork([[[1, 2], [3, 4]], [[0, 1], [1, 0]], [[Fraction(5, 7), 1], [1, 1]]]), 0)
def test_a_random_point_lies_in_the_fiber_asked_for(L, seed):
    """Of any rational matrix of the rank: here the product of any network."""
    s = stratum(L)
    point = s.random_point(L.product, seed)
    assert point.product == L.product and linearly.ranks_of_network(point.matrices) == s.ranks
    if L.product.denominator == 1:
        assert all(W.denominator == 1 for W in point.matrices)


@given(linear_networks(2, 3), st.randoms())
def test_every_stratum_of_a_fiber_has_points(L, rng):
    S = strata(L.widths, L.product.rank())
    point = random_point(S.sample(rng), L.product, rng)
    assert point.product == L.product and stratum(point) in S


def test_points_vary_with_the_seed_and_not_otherwise():
    s = Stratum(Barcode({(0, 2): 1, (0, 1): 1, (1, 2): 1, (0, 0): 1, (2, 2): 1}))
    W = [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert len({random_point(s, W, seed) for seed in range(10)}) == 10
    assert random_point(s, W, 3) == random_point(s, W, random.Random(3)) == random_point(s, np.array(W), 3)
    assert len({random_point(s, seed=seed).product for seed in range(10)}) > 5


def test_points_spread_over_their_stratum():
    """Random points of the variety of pairs with W_2 W_1 = 0 lie in no hyperplane of weight space."""
    s = Stratum(Barcode({(0, 0): 1, (0, 1): 1, (1, 2): 1, (2, 2): 1}))
    rows = [linearly.flat(random_point(s, seed=seed).matrices) for seed in range(40)]
    assert linearly.rank(rows) == 8


@pytest.mark.parametrize("rank", [0, 30, 60])
def test_wide_points_have_small_entries(rank):
    point = random_point(strata((60, 60, 60), rank).sample(1), seed=1)
    assert max(abs(x) for W in point.matrices for x in W.numerators) < 1000


@given(st.integers(0, 9), st.integers(0, 100))
@example(0, 0)
@example(1, 0)
def test_unimodular_matrices_come_with_their_inverses(n, seed):
    J, inverse = _unimodular(n, random.Random(seed))
    assert J @ inverse == inverse @ J == Matrix(n, n, [int(i == j) for i in range(n) for j in range(n)])
    assert J.denominator == inverse.denominator == 1


def test_a_product_of_another_kind_is_refused():
    s = Stratum(Barcode({(0, 1): 1, (1, 1): 1, (0, 0): 2}))
    with pytest.raises(InvalidNetwork, match=r"W must be d_L × d_0 = 2×3.*found 3×2"):
        random_point(s, [[1, 0], [0, 0], [0, 0]])
    with pytest.raises(NotComparable, match=r"W must have the rank of the stratum, 1; found rank 2"):
        random_point(s, [[1, 0, 0], [0, 1, 0]])
    with pytest.raises(NotComparable, match="found rank 0"):
        s.random_point([[0, 0, 0], [0, 0, 0]])
    assert s.random_point([[0, 0, 0], [0, 0, 5]]).product[1, 2] == 5


@given(barcodes(3, 5), st.integers(0, 100))
def test_a_barcode_serves_in_place_of_its_stratum(barcode, seed):
    assert random_point(barcode, seed=seed) == random_point(Stratum(barcode), seed=seed)


@pytest.mark.parametrize("value", [None, "x", (2, 2, 2), [(0, 0), (1, 1)], LinearNetwork([[[1]]]), strata((2, 2))])
def test_only_strata_have_points(value):
    with pytest.raises(InvalidBarcode, match="a Stratum is needed, or its Barcode; found"):
        random_point(value)
    with pytest.raises(InvalidBarcode, match="on two nodes or more"):
        random_point(Barcode([(0, 0)]))
