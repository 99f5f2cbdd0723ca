"""ω_W against the largest difference over all pairs of points."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import slow_grids as slow
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fractal.continuity import modulus_of_continuity
from fractal.errors import InvalidArray, InvalidOption

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)


@given(hnp.arrays(np.int64, SHAPES, elements=st.integers(-99, 99)), st.integers(0, 6))
@example(np.zeros((0, 2), np.int64), 1)
@example(np.array(7), 3)
@example(np.array([[0, 5, 1]]), 1)
def test_it_is_the_largest_difference_over_all_close_pairs(W: np.ndarray, t: int) -> None:
    expected = slow.modulus(W, t)
    assert modulus_of_continuity(W, t) == expected == modulus_of_continuity(torch.from_numpy(W), t)
    assert modulus_of_continuity(W.astype(np.float32), t) == expected
    third = modulus_of_continuity(slow.exact(W) / 3 if W.ndim else slow.exact(W[()] * Fraction(1, 3)), t)
    assert third == Fraction(int(expected), 3) and isinstance(third, Fraction)


@given(hnp.arrays(np.int8, st.tuples(st.integers(1, 12)), elements=st.integers(-9, 9)), st.integers(0, 12), st.integers(0, 12))
def test_it_grows_with_the_distance_and_is_subadditive(W: np.ndarray, s: int, t: int) -> None:
    """ω(s) ≤ ω(s + t) ≤ ω(s) + ω(t): on a grid of integers there is always a point in between."""
    assert modulus_of_continuity(W, s) <= modulus_of_continuity(W, s + t)
    assert modulus_of_continuity(W, s + t) <= modulus_of_continuity(W, s) + modulus_of_continuity(W, t)


@pytest.mark.parametrize(
    ("W", "expected"),
    [
        (np.array([0, 255], np.uint8), 255),
        (np.array([-128, 127], np.int8), 255),
        (np.array([-(2**63), 2**63 - 1]), 2**64 - 1),
        (np.array([0, 2**64 - 1], np.uint64), 2**64 - 1),
        (torch.tensor([-(2**63), 2**63 - 1]), 2**64 - 1),
        (torch.tensor([False, True]), 1),
        (torch.tensor([0, 65535]).to(torch.uint16), 65535),
    ],
)
def test_differences_of_whole_numbers_do_not_overflow(W: np.ndarray, expected: int) -> None:
    assert modulus_of_continuity(W, 1) == expected
    assert isinstance(modulus_of_continuity(W, 1), int)


def test_differences_of_short_floats_are_taken_in_longer_ones() -> None:
    assert modulus_of_continuity(np.array([-60000, 60000], np.float16), 1) == 120000
    assert modulus_of_continuity(torch.tensor([1.0, 1.0078125], dtype=torch.bfloat16, requires_grad=True), 1) == 0.0078125


def test_entries_that_are_not_finite_make_it_nan_and_overflow_makes_it_infinite() -> None:
    for bad in (math.nan, math.inf, -math.inf):
        for t in (0, 1, 5):
            assert math.isnan(modulus_of_continuity([1.0, bad, 2.0, 3.0], t))
            assert math.isnan(modulus_of_continuity(torch.tensor([[1.0, bad, 2.0, 3.0]]), t))
    assert modulus_of_continuity([-1e308, 1e308], 1) == math.inf


def test_a_distance_is_an_integer_from_0_on() -> None:
    for t in (-1, 0.5, True):
        with pytest.raises(InvalidOption, match="t must be an integer, at least 0"):
            modulus_of_continuity([1, 2], t)
    with pytest.raises(InvalidArray, match="real numbers"):
        modulus_of_continuity([1j], 1)
