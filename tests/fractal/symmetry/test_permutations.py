"""T11: which permutations a coarse-graining respects, against all permutations of small grids."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.errors import InvalidArray, InvalidBase, InvalidLevel
from fractal.grids import coarse_grain
from fractal.symmetry import block_permutation, equivariance_gap, induced, is_block_permutation, permuted

REDUCTIONS = ("mean", "sum", "max", "min", "any")


def maps_cells_to_cells(P, r):
    """From the definition, with sets."""
    n = len(P)
    cells = [frozenset(range(a, min(a + r, n))) for a in range(0, n, r)]
    return all(frozenset(P[i] for i in cell) in cells for cell in cells)


@pytest.mark.parametrize("n", range(7))
@pytest.mark.parametrize(("base", "level"), [(2, 0), (2, 1), (2, 2), (3, 1), (5, 1), (7, 3)])
def test_block_permutations_map_cells_to_cells_and_number_as_the_wreath_product(n, base, level):
    r, found = base**level, 0
    for P in permutations(range(n)):
        found += is_block_permutation(list(P), base, level)
        assert is_block_permutation(list(P), base, level) == maps_cells_to_cells(P, r)
    m, s = divmod(n, r)
    assert found == math.factorial(r if m else 1) ** m * math.factorial(m) * math.factorial(s)


@given(st.integers(0, 40), st.integers(2, 5), st.integers(0, 3), st.integers(0, 10**6))
def test_random_block_permutations_are_block_permutations(n, base, level, seed):
    P = block_permutation(n, base, level, seed)
    r = base**level
    assert sorted(P.tolist()) == list(range(n)) and maps_cells_to_cells(P.tolist(), r)
    assert induced(P, base, level).tolist() == [P[a] // r for a in range(0, n, r)]


def test_random_block_permutations_reach_the_whole_group():
    seen = {tuple(block_permutation(5, 2, 1, np.random.default_rng(seed)).tolist()) for seed in range(200)}
    assert len(seen) == 8 and all(maps_cells_to_cells(P, 2) for P in seen)


@st.composite
def cases(draw):
    base, level = draw(st.sampled_from([(2, 0), (2, 1), (2, 2), (3, 1)]))
    shape = (draw(st.integers(0, 9)), draw(st.integers(1, 7)), *draw(st.sampled_from([(), (), (1,), (3,)])))
    values = draw(st.lists(st.fractions(-3, 3, max_denominator=4), min_size=math.prod(shape), max_size=math.prod(shape)))
    W = np.empty(len(values), dtype=object)
    W[:] = values
    return W.reshape(shape), base, level, draw(st.integers(0, 999))


@given(cases())
def test_block_permutations_commute_with_every_reduction_exactly(case):
    W, base, level, seed = case
    P, Q = (block_permutation(n, base, level, seed + axis) for axis, n in enumerate(W.shape[:2]))
    for reduce in REDUCTIONS:
        gap = equivariance_gap(W, P, Q, base, level, reduce)
        assert gap.size == 0 and gap.holds
        left = coarse_grain(permuted(W, P, Q), level, base, reduce)
        right = coarse_grain(W, level, base, reduce)[gap.rows][:, gap.columns]
        assert left.shape == right.shape and bool(np.all(left == right))


@given(cases(), st.randoms(use_true_random=False))
def test_beyond_them_the_size_is_below_every_rearrangement(case, random):
    W, base, level, _ = case
    P, Q = ([*range(n)] for n in W.shape[:2])
    random.shuffle(P)
    gap = equivariance_gap(W, P, Q, base, level)
    if gap.rows is None:
        left, right = coarse_grain(permuted(W, P, Q), level, base), coarse_grain(W, level, base)
        rows, columns = [*range(right.shape[0])], [*range(right.shape[1])]
        random.shuffle(rows)
        random.shuffle(columns)
        assert not gap.holds and gap.size <= max(abs(left - right[rows][:, columns]).ravel(), default=Fraction(0))
    else:
        assert gap.size == 0


def test_floats_of_any_kind_stay_what_and_where_they_are():
    W = torch.arange(24, dtype=torch.bfloat16).reshape(4, 6)
    assert permuted(W, [3, 2, 1, 0], range(6)).dtype == torch.bfloat16
    assert equivariance_gap(W, [3, 2, 1, 0], [2, 3, 0, 1, 4, 5], reduce="max").holds
    numbers = np.random.default_rng(0).standard_normal((64, 64))
    P, Q = block_permutation(64, 2, 3, 1), block_permutation(64, 2, 3, 2)
    assert equivariance_gap(numbers, P, Q, level=3).size < 1e-15
    assert equivariance_gap(numbers > 1, P, Q, level=3, reduce="any").holds


def test_the_number_of_occupied_cells_can_change():
    W = np.array([[1], [1], [0], [0]])
    counts = [int(coarse_grain(X, 1, 2, "any").sum()) for X in (W, permuted(W, [0, 2, 1, 3], [0]))]
    assert counts == [1, 2]
    assert equivariance_gap(W, [0, 2, 1, 3], [0]).size == Fraction(1, 2)


def test_what_is_no_permutation_is_refused_by_name():
    for P in ([0, 0], [1, 2], [0.0, 1.0], [[0, 1]], [True, False], [-1, 0]):
        with pytest.raises(InvalidArray, match="P must list"):
            is_block_permutation(P, 2, 1)
    with pytest.raises(InvalidArray, match="Q must permute the 3 places"):
        permuted(np.zeros((2, 3)), [0, 1], [0, 1])
    with pytest.raises(InvalidArray, match="rows and columns"):
        permuted([1, 2], [0, 1], [0])
    with pytest.raises(InvalidArray, match="cell 1 it tears"):
        induced([0, 1, 3, 4, 2], 2, 1)
    with pytest.raises(InvalidLevel, match="at least 0"):
        block_permutation(4, 2, -1)
    with pytest.raises(InvalidBase, match="base"):
        block_permutation(4, 1, 1)


def test_a_level_beyond_the_grid_has_one_cell():
    assert is_block_permutation([2, 0, 1], 2, 10**9) and induced([2, 0, 1], 2, 10**9).tolist() == [0]
    assert equivariance_gap([[1, 2], [3, 4]], [1, 0], [1, 0], level=10**6).holds
