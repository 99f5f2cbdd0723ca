"""T1 to T4 and T7 on random exact arrays, and on cases that break their hypotheses."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import slow_grids as slow
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fractal import laws
from fractal.errors import InvalidArray, InvalidLevel, InvalidOption

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6)
WHOLE = hnp.arrays(np.int64, SHAPES, elements=st.integers(-9, 9))
FLOATS = hnp.arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32))
BASES, LEVELS = st.integers(2, 3), st.integers(0, 3)
FOLDED = ("mean", "sum", "max", "min", "any")
INNER = ("mean", "max", "min", "any")


@given(WHOLE, BASES, st.sampled_from(FOLDED))
@example(np.zeros((0, 2), np.int64), 2, "any")
def test_level_0_is_the_identity(W: np.ndarray, b: int, reduce: str) -> None:
    assert laws.identity_gap(slow.exact(W), b, reduce).size == 0 == laws.identity_gap(W, b, reduce).size


@given(WHOLE, st.fractions(-3, 3), st.fractions(-3, 3), BASES, LEVELS, st.sampled_from([*FOLDED, "segment"]))
@example(np.array(3), Fraction(1, 2), Fraction(0), 2, 1, "mean")
def test_each_reduction_is_linear_over_its_own_arithmetic(
    W: np.ndarray, a: Fraction, c: Fraction, b: int, k: int, reduce: str
) -> None:
    V = slow.exact(W[::-1] * 2 - 1 if W.ndim else W)
    gap = laws.linearity_gap(V, slow.exact(W), a, c, k, b, reduce)
    assert gap.size == 0 and gap.holds and gap.rounding == 0


def test_maxima_are_not_linear_and_means_are_not_linear_over_max_and_plus() -> None:
    """The laws of T2 could fail: swap the arithmetics and they do."""
    V, W = slow.exact([0, 1]), slow.exact([1, 0])
    both = laws.coarse_grain(V + W, 1, 2, "max")[0]
    assert both != laws.coarse_grain(V, 1, 2, "max")[0] + laws.coarse_grain(W, 1, 2, "max")[0]
    assert laws.coarse_grain(np.maximum(V, W), 1)[0] != max(laws.coarse_grain(V, 1)[0], laws.coarse_grain(W, 1)[0])


@given(FLOATS, BASES, LEVELS, st.sampled_from(FOLDED))
def test_floats_of_every_length_are_linear_up_to_rounding(W: np.ndarray, b: int, k: int, reduce: str) -> None:
    for A in (W, torch.from_numpy(W), torch.from_numpy(W).bfloat16(), (W / 2**20).astype(np.float16)):
        assert laws.linearity_gap(A, A * 0.5, 0.3, -1.7, k, b, reduce).holds
        assert laws.composition_gap(A, 1, k, b, reduce).holds
        assert laws.composition_gap(A, 1, k, b, reduce, weighted=True).holds
        assert laws.inverse_gap(A, k, b, reduce).holds or reduce == "sum"
        assert laws.projection_gap(A, k, b, reduce).holds or reduce == "sum"


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int8, torch.int64])
@pytest.mark.parametrize("reduce", [*FOLDED, "segment"])
def test_short_integers_do_not_overflow_on_the_way(kind: torch.dtype, reduce: str) -> None:
    V = torch.tensor([[0, 1, 127], [100, 0, 3]]).to(kind)
    for W in (V, V.numpy()):
        assert laws.linearity_gap(W, W, 100, -99, 1, 2, reduce).holds
        assert laws.linearity_gap(W, W, 0.5, 0.25, 1, 2, reduce).holds
        assert reduce == "segment" or laws.composition_gap(W, 1, 1, 2, reduce).holds


@given(WHOLE, BASES, LEVELS, LEVELS, st.sampled_from(FOLDED[1:]))
def test_sums_maxima_minima_and_disjunctions_compose(W: np.ndarray, b: int, j: int, k: int, reduce: str) -> None:
    gap = laws.composition_gap(slow.exact(W), j, k, b, reduce)
    assert gap.size == 0 == gap.bound and gap.holds


@given(WHOLE, BASES, LEVELS, LEVELS)
def test_plain_means_compose_where_the_condition_says_and_stay_within_the_modulus_elsewhere(
    W: np.ndarray, b: int, j: int, k: int
) -> None:
    gap = laws.composition_gap(slow.exact(W), j, k, b)
    assert gap.holds and gap.bound == (0 if laws.means_compose(W.shape, b, j, k) else slow.modulus(W, b ** (j + k) - 1))
    assert laws.composition_gap(slow.exact(W), j, k, b, weighted=True).size == 0


def equal_weights(shape: tuple[int, ...], b: int, j: int, k: int) -> bool:
    """T3 by its definition: in T_j T_k as in T_{j+k}, every point of a coarse cell has one weight."""
    fine, coarse = slow.members(shape, b**k), slow.members(shape, b ** (j + k))
    for cell in coarse.values():
        parts = {tuple(i // b**k for i in x) for x in cell}
        if any(Fraction(1, len(parts) * len(fine[q])) != Fraction(1, len(cell)) for q in parts):
            return False
    return True


@pytest.mark.parametrize("b", [2, 3])
@pytest.mark.parametrize(("j", "k"), list(product(range(3), repeat=2)))
def test_the_condition_for_means_is_the_equality_of_all_weights(b: int, j: int, k: int) -> None:
    for shape in [(n,) for n in range(30)] + list(product((0, 1, 2, 3, 4, 5, 7, 10), repeat=2)) + [(), (1, 5, 3), (4, 4, 6)]:
        composes = laws.means_compose(shape, b, j, k)
        assert composes == equal_weights(shape, b, j, k), shape
        W = laws.composition_counterexample(shape, b, j, k)
        assert (W is None) == composes
        if W is not None:
            gap = laws.composition_gap(W, j, k, b)
            assert gap.size > 0 and gap.holds and W.shape == shape


def test_the_reason_names_the_sides_that_do_not_fit() -> None:
    one, two = laws.composition_gap(np.ones((8, 11, 6)), 1, 2).why, laws.composition_gap(np.ones((7, 8, 14)), 1, 2).why
    assert one == "the side 6 leaves a short cell of 2, whose mean gets the weight of a whole one"
    assert two == "the sides 7 × 14 leave short cells of 3 and 2, whose means get the weight of whole ones"
    assert "one size" in laws.composition_gap(np.ones((8, 16)), 1, 2).why


@given(WHOLE, BASES, st.integers(0, 2), st.sampled_from(INNER), st.lists(st.integers(0, 8), min_size=3, max_size=3))
def test_reducing_copies_gives_the_original_on_ragged_grids_too(
    V: np.ndarray, b: int, k: int, reduce: str, ends: list[int]
) -> None:
    shape = [max(0, n * b**k - end % b**k) for n, end in zip(V.shape, ends, strict=False)]
    assert laws.inverse_gap(slow.exact(V), k, b, reduce, shape).size == 0


@given(WHOLE, WHOLE, BASES, LEVELS, st.sampled_from(INNER))
def test_projections_are_idempotent_and_those_of_means_orthogonal(
    W: np.ndarray, V: np.ndarray, b: int, k: int, reduce: str
) -> None:
    assert laws.projection_gap(slow.exact(W), k, b, reduce).size == 0
    V = np.resize(V, W.shape) if V.size else W
    assert laws.orthogonality_gap(slow.exact(W), slow.exact(V), k, b).size == 0
    assert laws.orthogonality_gap(W * 0.1, V * 0.3, k, b).holds and laws.orthogonality_gap(W, V, k, b).holds


def test_sums_have_neither_inverses_nor_projections_and_say_why() -> None:
    for gap in (laws.inverse_gap([1, 2], 1, reduce="sum"), laws.projection_gap([1, 2], 1, reduce="sum")):
        assert not gap.holds and gap.bound == 0 and "number" in gap.why


@given(WHOLE, BASES, st.integers(-2, 3), st.integers(-2, 3), st.sampled_from(INNER))
@example(np.array([0, 1, 2, 3, 4, 5, 6]), 2, -1, 2, "mean")
@example(np.array([0, 1, 2, 3, 4, 5, 6]), 2, -3, 1, "max")
def test_levels_of_both_signs_compose_up_to_the_modulus_of_the_coarsest_cell(
    W: np.ndarray, b: int, j: int, k: int, reduce: str
) -> None:
    gap = laws.action_gap(slow.exact(W), j, k, b, reduce)
    assert gap.holds and gap.law == "T7"
    if k > 0 > j:
        assert gap.bound == slow.modulus((W != 0).astype(int) if reduce == "any" else W, b**k - 1)
    elif min(j, k) < 0:
        assert gap.bound == gap.size == 0


def test_dilating_after_coarse_graining_does_not_give_back_what_was_lost() -> None:
    gap = laws.action_gap([0, 1, 0, 1], -1, 1, reduce="max")
    assert gap.size == gap.bound == 1 and gap.where == (0,)
    assert laws.action_gap([0, 1, 0, 1], 1, -1, reduce="max").size == 0


@pytest.mark.parametrize("reduce", INNER)
def test_points_and_empty_arrays_obey_every_law(reduce: str) -> None:
    for W in (np.array(2.5), np.zeros((0, 3)), np.zeros((3, 0)), torch.tensor(2.5), torch.zeros(0, 3), slow.exact(1)):
        gaps = [laws.identity_gap(W, 2, reduce), laws.linearity_gap(W, W, 2, 3, 1, 2, reduce), laws.inverse_gap(W, 1, 2, reduce)]
        gaps += [laws.composition_gap(W, 1, 1, 2, reduce), laws.projection_gap(W, 1, 2, reduce), laws.orthogonality_gap(W, W, 1)]
        gaps += [laws.action_gap(W, j, k, 2, reduce) for j, k in product((-1, 0, 1), repeat=2)]
        gaps += [laws.invertibility_gap(W, 1, 2, reduce), laws.monotone_gap(W)]
        assert all(gap.size == 0 == gap.bound and gap.holds for gap in gaps)


def test_hypotheses_that_fail_are_named() -> None:
    with pytest.raises(InvalidLevel, match="one sign; found 1 and -1: action_gap"):
        laws.composition_gap([1], 1, -1)
    with pytest.raises(InvalidArray, match=r"one shape; found \(2,\) and \(3,\)"):
        laws.linearity_gap([1, 2], [1, 2, 3])
    with pytest.raises(InvalidArray, match="one shape"):
        laws.orthogonality_gap([1, 2], [1, 2, 3], 1)
    with pytest.raises(InvalidOption, match="mean, max, min or any"):
        laws.action_gap([1], -1, 1, reduce="sum")
    with pytest.raises(InvalidOption, match="reduce must be one of"):
        laws.linearity_gap([1], [1], reduce="median")
    with pytest.raises(InvalidLevel, match="j must be at least 0 here; found -1"):
        laws.means_compose((4,), 2, -1, 1)
    with pytest.raises(InvalidArray, match="V must be finite"):
        laws.linearity_gap([float("inf")], [1.0])


@pytest.mark.parametrize("W", [np.full(8, 6e4, np.float16), np.array([-1e308, 1.7e308])])
def test_sums_and_differences_that_overflow_are_refused_by_name(W: np.ndarray) -> None:
    with pytest.raises(InvalidArray, match=rf"finite in {W.dtype}: scale it"):
        laws.linearity_gap(W, W, level=3, reduce="sum")
