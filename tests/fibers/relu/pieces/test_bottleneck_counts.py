"""Counting pieces without making them, against each S and a in turn."""

import itertools
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import TooManyPieces
from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.pieces import bottleneck_counts
from fibers.relu.pieces.bottleneck_base import base_of, refusal
from fibers.relu.pieces.bottleneck_counts import active_numbers, count, count_of_one_sign, count_positive
from fibers.relu.pieces.subsets import Sums
from proofs import strategies
from tests import oracles


def every(terms):
    return itertools.chain.from_iterable(itertools.combinations(range(terms), size) for size in range(terms + 1))


def is_positive(R):
    return oracles.inside([(*R.column(j), 0) for j in range(R.columns)], R.rows) is not None


def by_the_rule(base):
    """B5, word by word."""
    total = 0
    for S in every(base.mixed):
        R = base.sums.at(S)
        r = R.rank()
        for a in range(base.spare + 1):
            total += a > r or (a == r >= 1 and is_positive(R)) or (a == 0 and r == 0)
    return total << len(base.ratios)


def bottlenecks():
    return st.one_of(strategies.generic_bottlenecks(most=4), strategies.bottleneck_networks(), strategies.facet_networks())


@settings(max_examples=60)
@given(bottlenecks())
@example(ReLUNetwork([([[1, 0], [0, 1]], None), ([[-1, -1]], [-1]), ([[1]], [0])]))
@example(ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -2]], [-1]), ([[1]], [0])]))
@example(ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -2], [3, 1]], [1, 1]), ([[1, 1]], [0])]))
def test_the_count_is_that_of_the_rule(f):
    if not refusal(f):
        assert count(base_of(f)) == by_the_rule(base_of(f))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 4), st.integers(0, 7))
def test_positive_sums_are_those_that_the_oracle_finds(seed, n_3, n_1, m):
    rng = random.Random(seed)
    vectors = [[[rng.randint(-2, 3) for _ in range(n)] for _ in range(k)] for n, k in ((n_1, n_3), (n_3, m), (n_1, m))]
    sums = Sums(matrix(vectors[0]), tuple(map(tuple, vectors[1])), tuple(map(tuple, vectors[2])))
    for r in range(1, min(n_3, n_1) + 1):
        assert count_positive(sums, r) == sum(sums.rank(S) == r and is_positive(sums.at(S)) for S in every(m))


def test_sums_of_lower_rank_are_not_among_the_positive_ones_of_full_rank():
    """The second row is 0, r, −r or r − r."""
    sums = Sums(matrix([[1, 1, 1], [0, 0, 0]]), ((0, 1), (0, 1)), ((1, 2, 3), (-1, -2, -3)))
    assert [count_positive(sums, r) for r in (1, 2)] == [2, 2]


def test_one_sign_is_counted_where_bounds_settle_it_however_many_terms():
    ones = Sums(matrix([[100, 100]]), ((1,),) * 80, ((1, -1),) * 80)
    assert count_of_one_sign(ones) == 2**80
    assert count_of_one_sign(Sums(matrix([[1, -1]]), ((1,),) * 80, ((1, 1),) * 80)) == 2**80 - 1 - 80


def test_active_numbers_begin_at_zero_only_for_zero():
    assert active_numbers(matrix([[0, 0]]), 2) == [0, 1, 2]
    assert active_numbers(matrix([[1, 1]]), 2) == [1, 2]
    assert active_numbers(matrix([[1, -1]]), 2) == [2]
    assert active_numbers(matrix([[1, -1]]), 1) == []


def test_a_count_out_of_reach_says_how_many_there_are_at_least():
    rng = random.Random(0)
    rows = [[rng.randint(-(10**6), 10**6) for _ in range(3)] for _ in range(66)]
    rows[64:] = [[abs(x) for x in row] for row in rows[64:]]
    V = [[rng.randint(-(10**6), 10**6) for _ in range(66)] for _ in range(2)]
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([row[:2] for row in rows], [row[2] for row in rows]), (V, [0, 0])])
    with pytest.raises(TooManyPieces, match="at least"):
        count(base_of(f))


def test_a_count_that_has_not_begun_says_so(monkeypatch):
    def refuse(*_):
        raise TooManyPieces("too many steps")

    monkeypatch.setattr(Sums, "count", refuse)
    base = base_of(ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -2], [3, 1]], [1, 1]), ([[1, 1]], [0])]))
    with pytest.raises(TooManyPieces, match=r"^pieces can be listed; counting them takes too long: too many steps$"):
        count(base)


def test_programs_are_limited(monkeypatch):
    monkeypatch.setattr(bottleneck_counts, "PROGRAMS", 6)
    sums = Sums(matrix([[1, -1, 0], [0, 1, -1]]), ((1, 0), (0, 1), (1, 1)), ((0, 1, -1), (-1, 0, 1), (2, -1, -1)))
    with pytest.raises(TooManyPieces, match="linear programs"):
        count_positive(sums, 2)
    monkeypatch.setattr(bottleneck_counts, "SUBSETS", 4)
    with pytest.raises(TooManyPieces, match="one by one"):
        count_positive(sums, 2)


def test_without_spare_neurons_only_zero_sums_count():
    """Three mixed neurons with V_i w_i of sum −R: S = all of them, and S = ∅ only if R = 0."""
    rows, V = [[1, -1], [-2, 1], [1, 1]], [[1, 1, 1]]
    f = ReLUNetwork([([[1, 0], [0, 1]], None), (rows, [2, 3, -1]), (V, [0])])
    base = base_of(f)
    zero = [S for S in every(3) if not any(base.sums.at(S).numerators)]
    assert count(base) == len(zero) == 1
