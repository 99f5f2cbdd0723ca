"""Subsets with a given sum, against all subsets one by one, and planted where these are too many."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.errors import TooManyPieces
from fibers.relu.pieces.subset_lattices import subsets_of_sum_zero

VECTORS = st.integers(0, 3).flatmap(
    lambda size: st.lists(st.lists(st.sampled_from([-100, -3, -1, 0, 1, 2, 7, 50]), min_size=size, max_size=size), max_size=7)
)


@given(VECTORS, st.randoms(use_true_random=False), st.booleans())
def test_all_subsets_are_found(terms, rng, off):
    size = len(terms[0]) if terms else 0
    planted = [i for i in range(len(terms)) if rng.random() < 0.5]
    R = [off - sum(terms[i][k] for i in planted) for k in range(size)]
    every = itertools.chain.from_iterable(itertools.combinations(range(len(terms)), r) for r in range(len(terms) + 1))
    wanted = [S for S in every if not any(R[k] + sum(terms[i][k] for i in S) for k in range(size))]
    assert subsets_of_sum_zero(R, terms) == wanted


@pytest.mark.parametrize(("size", "bits"), [(2, 150), (15, 13), (1, 400)])
def test_one_subset_among_2_to_the_64_is_found(size, bits):
    rng = random.Random(0)
    terms = [[rng.getrandbits(bits) - 2 ** (bits - 1) for _ in range(size)] for _ in range(64)]
    planted = tuple([i for i in range(64) if rng.random() < 0.5])
    assert subsets_of_sum_zero([-sum(terms[i][k] for i in planted) for k in range(size)], terms) == [planted]


def test_a_second_solution_is_found_beside_the_planted_one():
    """Terms 0 and 1 add up to term 2, all else is generic."""
    rng = random.Random(1)
    terms = [[rng.getrandbits(40) for _ in range(3)] for _ in range(30)]
    terms[2] = [a + b for a, b in zip(terms[0], terms[1], strict=True)]
    R = [-a - b for a, b in zip(terms[2], terms[5], strict=True)]
    assert subsets_of_sum_zero(R, terms) == [(2, 5), (0, 1, 5)]


def test_too_many_subsets_are_refused():
    with pytest.raises(TooManyPieces, match="given up"):
        subsets_of_sum_zero([-25], [[1]] * 50)


def test_very_many_terms_are_refused_at_once():
    with pytest.raises(TooManyPieces, match="1,000 terms"):
        subsets_of_sum_zero([1], [[2]] * 1000)
