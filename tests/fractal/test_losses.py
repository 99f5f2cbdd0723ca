"""T5 and T6: what coarse-graining loses, against definitions over all points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import slow_grids as slow
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fractal.errors import InvalidArray, InvalidOption
from fractal.losses import (
    coarse_distance,
    holder_gap,
    invertibility_gap,
    monotone_gap,
    preimage_gap,
    quotient,
    residuals,
    section,
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
WHOLE = hnp.arrays(np.int64, SHAPES, elements=st.integers(-9, 9))
INNER = st.sampled_from(["mean", "max", "min", "any"])


@given(WHOLE, st.integers(2, 3), st.integers(0, 3), INNER)
@example(np.zeros((0, 3), np.int64), 2, 1, "mean")
@example(np.array(4), 2, 1, "max")
def test_what_is_lost_is_at_most_the_modulus_of_continuity(W: np.ndarray, b: int, k: int, reduce: str) -> None:
    gap, r = invertibility_gap(slow.exact(W), k, b, reduce), b**k
    read = (W != 0).astype(int) if reduce == "any" else W
    back = slow.repeated(slow.coarse(slow.exact(W), r, reduce), r, W.shape)
    assert gap.holds and gap.bound == slow.modulus(read, r - 1)
    assert gap.size == max((abs(read[x] - back[x]) for x in slow.points(W.shape)), default=0)


@pytest.mark.parametrize("reduce", ["max", "min", "any"])
def test_the_bound_is_attained(reduce: str) -> None:
    gap = invertibility_gap([0, 1], 1, reduce=reduce)
    assert gap.size == gap.bound == 1 and gap.holds


def test_reductions_that_leave_the_range_of_a_cell_have_no_such_law() -> None:
    for reduce in ("sum", "segment", "median"):
        with pytest.raises(InvalidOption, match="mean, max, min or any"):
            invertibility_gap([1, 2], 1, reduce=reduce)


@given(
    hnp.arrays(np.float32, SHAPES, elements=st.floats(-(2.0**90), 2.0**90, width=32)), st.integers(2, 3), st.integers(0, 3), INNER
)
def test_floats_keep_the_bound_up_to_rounding(W: np.ndarray, b: int, k: int, reduce: str) -> None:
    assert invertibility_gap(W, k, b, reduce).holds
    assert invertibility_gap(torch.from_numpy(W), k, b, reduce).holds
    assert monotone_gap(W.astype(np.float64), b).holds


@given(WHOLE, st.integers(2, 4))
def test_the_residual_of_means_never_decreases(W: np.ndarray, b: int) -> None:
    exact = slow.exact(W)
    squares = residuals(exact, b)
    assert list(squares) == sorted(squares) and monotone_gap(exact, b).holds and monotone_gap(exact, b).size == 0
    assert squares[0] == 0 and all(isinstance(x, Fraction) for x in squares)
    if W.size:
        assert squares[-1] == sum((x - Fraction(int(W.sum()), W.size)) ** 2 for x in W.ravel().tolist())


def test_samples_of_a_holder_function_come_back_as_the_grid_is_refined() -> None:
    """f(u) = √|u − 1/2| has exponent 1/2 and constant 1."""
    sizes = []
    for n in (16, 64, 256):
        W = np.sqrt(abs(np.arange(n) / n - 0.5))
        gap = holder_gap(W, 2, constant=1, exponent=0.5)
        assert gap.holds and gap.bound == pytest.approx((3 / n) ** 0.5)
        sizes.append(gap.size)
    assert sizes[0] > sizes[1] > sizes[2]


def test_what_is_no_sample_of_such_a_function_is_found_out() -> None:
    assert not holder_gap([0.0, 5.0, 0.0, 5.0], 1, constant=1, exponent=1).holds
    assert holder_gap(np.zeros((0, 3)), 1, constant=1, exponent=1).holds


@given(SHAPES, st.integers(2, 4), st.integers(0, 3))
def test_going_to_a_cell_and_back_moves_no_point_far_and_no_cell_is_large(shape: tuple[int, ...], b: int, k: int) -> None:
    there = {x: section(quotient(x, k, b), k, b) for x in slow.points(shape)}
    moves = {x: max((abs(i - j) for i, j in zip(x, y, strict=True)), default=0) for x, y in there.items()}
    gap, full = coarse_distance(shape, k, b), preimage_gap(shape, k, b)
    assert gap.holds and gap.bound == b**k - 1 and gap.size == max(moves.values(), default=0)
    assert gap.where is None if gap.size == 0 else moves[gap.where] == gap.size
    sizes = {q: len(cell) for q, cell in slow.members(shape, b**k).items()}
    assert full.holds and full.bound == b ** (k * len(shape)) and full.size == max(sizes.values(), default=0)
    assert full.where is None if not sizes else sizes[full.where] == full.size


@given(st.lists(st.integers(-50, 50), max_size=3), st.integers(0, 3))
def test_the_section_is_a_section(q: list[int], k: int) -> None:
    assert quotient(section(q, k), k) == tuple(q)


def test_huge_levels_cost_nothing() -> None:
    assert coarse_distance((5, 9), 10**5).size == 8 and preimage_gap((5, 9), 10**5).size == 45
    assert invertibility_gap([1, 4], 10**5).bound == 3


def test_what_is_not_finite_is_refused() -> None:
    for law in (lambda W: invertibility_gap(W, 1), residuals, monotone_gap, lambda W: holder_gap(W, 1, 1, 1)):
        with pytest.raises(InvalidArray, match="must be finite"):
            law([1.0, float("nan")])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_bounds_are_measured_as_gaps_are(dtype: type) -> None:
    """2^24 − (−1) is no float32: the bound must not be rounded where the gap is not."""
    far = 2.0 ** (np.finfo(dtype).nmant + 1) if dtype is not np.float16 else 2.0**11
    for reduce in ("max", "min", "mean"):
        gap = invertibility_gap(np.array([-1.0, far], dtype=dtype), 1, reduce=reduce)
        assert gap.holds and (dtype is np.float64 or reduce == "mean" or gap.size == gap.bound == far + 1)
