"""Slopes, their means and deviations."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractal.fits import expected_slope, rare_deviation, slope, slope_deviation, slope_weights


@given(st.integers(2, 7), st.integers(2, 12), st.integers(1, 5), st.integers(1, 10**6))
def test_a_power_law_has_its_exponent_as_slope(base: int, levels: int, children: int, last: int) -> None:
    sizes = [base**k for k in range(levels)]
    counts = [last * children ** (levels - k) for k in range(levels)]
    assert slope(sizes, counts) == pytest.approx(math.log(children) / math.log(base), abs=1e-13)


def test_slopes_are_those_of_least_squares() -> None:
    sizes, counts = [1, 2, 4, 7, 19], [500, 333, 120, 60, 3]
    assert slope(sizes, counts) == pytest.approx(-np.polyfit(np.log(sizes), np.log(counts), 1)[0], rel=1e-12)
    assert math.fsum(slope_weights(sizes)) == pytest.approx(0, abs=1e-15)


def test_means_and_deviations_are_those_of_sampled_counts() -> None:
    sizes, E = (1, 2, 4, 8), np.array([400.0, 200.0, 90.0, 40.0])
    V = np.array([[0, 0, 0, 0], [0, 60, 20, 5], [0, 20, 40, 8], [0, 5, 8, 20.0]])
    draws = np.random.default_rng(0).multivariate_normal(E, V, 200000)
    slopes = np.log(draws) @ np.array(slope_weights(sizes))
    sd = slope_deviation(sizes, E, V)
    assert slopes.std() == pytest.approx(sd, rel=0.02)
    assert abs(slopes.mean() - expected_slope(sizes, E, V)) < 4 * sd / math.sqrt(200000)
    assert abs(slopes.mean() - slope(sizes, E)) > 12 * sd / math.sqrt(200000)  # the second order is needed


def test_a_rare_box_moves_the_slope_by_as_many_deviations_as_its_probability_allows() -> None:
    sizes, E = (1, 2, 4), (100.0, 60.0, 16.0)
    V = [0.0, 10.0, 0.01]
    moved = slope(sizes, (100.0, 60.0, 15.0)) - slope(sizes, E)
    in_deviations = moved / rare_deviation(sizes, E, V)
    assert 2 * (1 - NormalDist().cdf(in_deviations)) == pytest.approx(0.01, rel=0.3)
    assert rare_deviation(sizes, E, [0.0, 10.0, 1.0]) == 0.0
