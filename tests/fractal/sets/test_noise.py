"""Percolation masks are independent noise of the density asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fractal.errors import InvalidOption
from fractal.sets import percolation


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (7,), (4, 1, 5)])
def test_probability_zero_is_empty_and_one_is_full(shape):
    assert not percolation(shape, 0).any() and percolation(shape, 1).all()
    assert percolation(shape, 0.5).shape == shape and percolation(shape, 0.5).dtype == bool


@pytest.mark.parametrize("p", [0.01, 0.3, 0.9])
def test_the_density_is_p_within_five_standard_deviations(p):
    for seed in range(5):
        assert abs(percolation((300, 300), p, seed).mean() - p) < 5 * math.sqrt(p * (1 - p) / 90_000)


def test_neighbours_are_uncorrelated():
    mask = percolation((400, 400), 0.5)
    assert abs(np.corrcoef(mask[:, 1:].ravel(), mask[:, :-1].ravel())[0, 1]) < 5 / 400


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), "half"])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(InvalidOption, match="p must"):
        percolation((3, 3), p)
