"""The distance of two sides, and what a law with a distance says."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import slow_grids as slow
import torch

from fractal.errors import InvalidArray
from fractal.gaps import Gap, between, distance, finite, rounding_of


@pytest.mark.parametrize(
    ("left", "right", "size", "where"),
    [
        (np.array([[1, 5], [2, 9]]), np.array([[1, 7], [4, 9]]), 2, (0, 1)),
        (np.array(3.5), np.array(3.0), 0.5, ()),
        (np.zeros((0, 2)), np.zeros((0, 2)), 0.0, None),
        (np.array([True]), np.array([False]), 1, (0,)),
        (np.array([0, 255], np.uint8), np.array([1, 0], np.uint8), 255, (1,)),
        (np.array([-(2**63)]), np.array([2**63 - 1]), 2**64 - 1, (0,)),
        (slow.exact([Fraction(1, 3)]), np.array([1]), Fraction(2, 3), (0,)),
        (torch.tensor([1.0]).bfloat16(), torch.tensor([1.5]).bfloat16(), 0.5, (0,)),
        (np.array([60000], np.float16), np.array([-60000], np.float16), 120000.0, (0,)),
    ],
)
def test_the_distance_is_the_largest_difference_and_its_first_place(
    left: np.ndarray, right: np.ndarray, size: float, where: tuple | None
) -> None:
    assert distance(left, right) == (size, where) == distance(right, left)


def test_a_gap_holds_up_to_its_bound_and_its_rounding() -> None:
    left, right = np.array([0.0]), np.array([1.0])
    assert not between("T0", left, right, "why").holds
    assert between("T0", left, right, "why", bound=1).holds
    assert between("T0", left, right, "why", bound=0.5, rounding=0.5).holds
    assert between("T0", left, left, "why") == Gap("T0", 0.0, 0, True, "why")


def test_exact_bounds_are_compared_exactly() -> None:
    """10^−30 above the bound is above it, though not in floats."""
    above = slow.exact([Fraction(1, 3) + Fraction(1, 10**30)])
    assert not between("T0", above, slow.exact([0]), "why", bound=Fraction(1, 3)).holds


def test_what_is_not_finite_is_refused_by_name() -> None:
    for bad in (math.nan, math.inf, -math.inf):
        for W in (np.array([1, bad]), torch.tensor([1, bad])):
            with pytest.raises(InvalidArray, match="V must be finite"):
                finite(W, "V")
    assert not finite(torch.ones(2, requires_grad=True)).requires_grad


def test_rounding_is_allowed_for_floats_only_and_by_their_precision() -> None:
    assert rounding_of(np.ones(3, np.int64), 1.0, 9) == 0 == rounding_of(slow.exact([1]), 1.0, 9)
    half, single = rounding_of(torch.ones(1).half(), 1.0, 9), rounding_of(np.ones(1, np.float32), 1.0, 9)
    assert half == pytest.approx(8 * 6 * 2**-10, rel=1e-3) and single == pytest.approx(half * 2**-13, rel=1e-3)
