"""Random intertwiners are intertwiners, exactly; matrices that are none do not verify."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from fractal.errors import InvalidActivation, InvalidArray
from fractal.symmetry import ACTIVATIONS, intertwining_points, is_intertwiner, phi, sample, verify

NAMES = [*ACTIVATIONS, "x^5"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_random_members_are_members_and_pass_through(name, n):
    for seed in range(4):
        A = sample(name, n, seed)
        assert A.shape == (n, n) and A.dtype == object and is_intertwiner(A, name)
        gap = verify(A, name)
        assert gap == 0 if name in {"relu", "leaky_relu", "abs", "identity", "x^2", "x^3", "x^5"} else gap < 1e-12
        assert isinstance(gap, Fraction) or not ACTIVATIONS[name].algebraic


@pytest.mark.parametrize("name", ["relu", "abs", "tanh", "gelu", "x^2"])
def test_a_wrong_image_is_seen(name):
    A = sample(name, 3, 7)
    wrong = phi(A, name).copy()
    wrong[0, 0] += 1
    assert verify(A, name, image=wrong) > 0.01


def test_signs_and_scales_are_reached_where_the_group_has_them():
    signs = {float(x) for seed in range(20) for x in sample("tanh", 3, seed).ravel()}
    assert signs == {-1.0, 0.0, 1.0}
    assert {float(x) for seed in range(20) for x in sample("sigmoid", 3, seed).ravel()} == {0.0, 1.0}
    scales = {x for seed in range(40) for x in sample("relu", 3, seed).ravel()} - {0}
    assert min(scales) > 0 and len(scales) > 30 and min(sample("abs", 9, 1).ravel()) < 0


def test_float_members_are_members_and_exact_as_the_rationals_they_are():
    A = sample("relu", 4, 3, exact=False)
    assert A.dtype == np.float64 and is_intertwiner(A, "relu") and verify(A, "relu") == 0
    assert verify(torch.diag(torch.tensor([0.1, 0.7])), "leaky_relu") == 0


def test_points_cover_signs_and_pairs():
    points = intertwining_points(3, 5)
    assert points.shape == (3, 1 + 6 + 4 + 5) and points.dtype == object
    assert verify([[1, 0], [0, 1]], "relu", points=np.zeros((2, 0))) == 0
    assert verify([[2, 0], [0, 3]], "relu", points=np.array([[0.1], [-0.3]])) == 0


def test_non_members_and_misfits_are_refused():
    with pytest.raises(InvalidActivation, match="entry \\(0, 0\\) is -1"):
        verify([[-1]], "relu")
    with pytest.raises(InvalidArray, match="columns of 2 coordinates"):
        verify(np.eye(2), "relu", points=np.zeros((3, 1)))
    with pytest.raises(InvalidArray, match="image must be 2 × 2"):
        verify(np.eye(2), "relu", image=np.eye(3))
    with pytest.raises(InvalidArray, match="points must be finite"):
        verify(np.eye(1), "relu", points=[[float("inf")]])
