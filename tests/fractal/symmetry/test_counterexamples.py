"""T11, the other half: whatever tears a cell has a W that no P̄ and Q̄ serve."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from fractal.errors import InvalidOption
from fractal.grids import coarse_grain
from fractal.symmetry import block_permutation, counterexample, is_block_permutation, is_counterexample, permuted

REDUCTIONS = ("mean", "sum", "max", "min", "any")


def served(W, P, Q, base, level, reduce):
    """Whether some pair of permutations makes the sides equal, by trying all."""
    left, right = coarse_grain(permuted(W, P, Q), level, base, reduce), coarse_grain(W, level, base, reduce)
    rows, columns = (list(permutations(range(n))) for n in right.shape)
    return any(np.array_equal(left, right[list(p)][:, list(q)]) for p in rows for q in columns)


@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize(("n", "base", "level"), [(3, 2, 1), (4, 2, 1), (5, 2, 1), (4, 3, 1), (5, 2, 2)])
def test_every_permutation_that_tears_a_cell_has_one_and_no_other_does(n, base, level, reduce):
    for P in permutations(range(n)):
        found = counterexample(P, [1, 0, 2], (n, 3), base, level, reduce)
        torn_columns = not is_block_permutation([1, 0, 2], base, level)
        assert (found is None) == (is_block_permutation(P, base, level) and not torn_columns)
        if found is not None:
            assert found.W.shape == (n, 3) and set(np.unique(found.W)) == {0, 1}
            assert not served(found.W, P, [1, 0, 2], base, level, reduce)


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_columns_are_torn_as_rows_are(reduce):
    for Q in permutations(range(5)):
        found = counterexample([2, 0, 1], Q, (3, 5), 5, 1, reduce)
        assert found is None  # one cell of five columns, one of three rows
        found = counterexample([1, 0, 2], Q, (3, 5), 2, 1, reduce)
        assert (found is None) == is_block_permutation(Q, 2, 1)
        if found is not None:
            assert found.axis == 1 and not served(found.W, [1, 0, 2], Q, 2, 1, reduce)


def test_the_complement_is_needed_for_min():
    """n = 3, r = 2, P^{-1}(C) = {0, 2} fills the short cell: the minima of W are only rearranged, those of 1 − W are not."""
    P = [0, 2, 1]
    W = np.array([[1], [1], [0]], dtype=np.uint8)
    assert served(W, P, [0], 2, 1, "min") and not served(1 - W, P, [0], 2, 1, "min")
    assert is_counterexample(W, P, [0]) and not is_counterexample(W, P, [0], reduce="min")
    assert counterexample(P, [0], (3, 1), reduce="min").W.tolist() == [[0], [0], [1]]


def test_one_transposition_in_a_large_matrix_is_enough():
    P = np.arange(1000)
    P[[511, 512]] = [512, 511]
    found = counterexample(P, np.arange(300), (1000, 300), 2, 4)
    assert found.axis == 0 and is_counterexample(found.W, P, np.arange(300), 2, 4)
    assert counterexample(P, np.arange(300), (1000, 300), 2, 10) is None


def test_more_axes_are_carried_along():
    found = counterexample([0, 2, 1, 3], [0, 1], (4, 2, 3))
    assert found.W.shape == (4, 2, 3) and is_counterexample(found.W, [0, 2, 1, 3], [0, 1])


def test_empty_arrays_and_block_permutations_have_none():
    assert counterexample([0, 2, 1], [], (3, 0)) is None and counterexample([], [], (0, 0)) is None
    P = block_permutation(37, 3, 2, 5)
    assert counterexample(P, [0], (37, 1), 3, 2) is None
    with pytest.raises(InvalidOption, match="shape must have two sides"):
        counterexample([0], [0], (1,))
