"""Activations: against torch, at the facts that T12 uses, and their exact values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.errors import InvalidActivation, InvalidOption
from fractal.symmetry import ACTIVATIONS, as_activation, leaky_relu, power

NAMES = list(ACTIVATIONS)
F = torch.nn.functional
TORCH = {
    "relu": F.relu, "leaky_relu": F.leaky_relu, "abs": torch.abs, "gelu": F.gelu, "sigmoid": torch.sigmoid,
    "softplus": F.softplus, "tanh": torch.tanh, "sin": torch.sin,
    "identity": lambda x: x, "x^2": torch.square, "x^3": lambda x: x**3,
}  # fmt: skip
GRID = np.linspace(-6, 6, 241)


def test_every_activation_of_t12_has_a_name():
    assert set(NAMES) == set(TORCH)


@pytest.mark.parametrize("name", NAMES)
def test_floats_are_those_of_torch(name):
    expected = TORCH[name](torch.from_numpy(GRID)).numpy()
    assert np.abs(ACTIVATIONS[name](GRID) - expected).max() < 1e-8  # torch's softplus is linear beyond 20 only
    half = ACTIVATIONS[name](torch.from_numpy(GRID).to(torch.float16))
    assert half.dtype == torch.float16 and torch.allclose(half.double(), torch.from_numpy(expected), atol=2e-3, rtol=5e-3)


@pytest.mark.parametrize("name", NAMES)
def test_exact_values_are_the_limits_of_the_floats(name):
    sigma = ACTIVATIONS[name]
    for x in (Fraction(0), Fraction(-7, 3), Fraction(5, 8), Fraction(-1, 1000)):
        assert abs(float(sigma.value(x)) - float(sigma([float(x)])[0])) < 1e-14
        assert isinstance(sigma.value(x), Fraction) == sigma.algebraic


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_monotone_or_convex_is_so_on_a_grid_and_what_is_not_is_not(name):
    sigma = ACTIVATIONS[name]
    y = sigma(GRID)
    assert bool((np.diff(y) >= 0).all()) == sigma.nondecreasing
    assert bool((np.diff(y, 2) >= -1e-12).all()) == sigma.convex
    left, right = (np.abs(np.diff(y[half], 2)).max() < 1e-9 for half in (GRID <= 0, GRID >= 0))
    assert (left and right and name != "identity") == sigma.kinked


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_bounds_difference_quotients_and_is_not_idle(name):
    sigma = ACTIVATIONS[name]
    quotients = np.abs(np.diff(sigma(GRID)) / np.diff(GRID))
    assert 0.95 < float(sigma.slope(6.0)) / quotients.max() < 1.05 and quotients.max() <= float(sigma.slope(6.0)) + 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_the_bent_pair_shows_that_it_is_not_affine(name):
    sigma = ACTIVATIONS[name]
    if sigma.bent is None:
        assert name == "identity"
    else:
        u, v = sigma.bent
        assert abs(float(sigma.value(u + v) - sigma.value(u) - sigma.value(v) + sigma.value(Fraction(0)))) > 0.05


@pytest.mark.parametrize("name", [*NAMES, "x^4", "x^5"])
@given(a=st.fractions(-3, 3, max_denominator=6).filter(bool))
def test_scales_are_those_that_a_multiple_undoes(name, a):
    """From the definition: is (σ(at))_t a multiple of (σ(t))_t, on many t?"""
    sigma = as_activation(name)
    t = np.linspace(-4, 4, 33)
    values, scaled = sigma(t), sigma(float(a) * t)
    best = values @ scaled / (values @ values)
    assert (np.abs(scaled - best * values).max() < 1e-9 * np.abs(scaled).max()) == sigma.scales(a)
    if sigma.scales(a):
        assert abs(best - float(sigma.factor(a))) < 1e-9 * max(1.0, abs(best))


def test_fractions_stay_fractions_where_they_can():
    x = [Fraction(-1, 3), Fraction(1, 3)]
    assert ACTIVATIONS["x^3"](x).tolist() == [Fraction(-1, 27), Fraction(1, 27)]
    assert leaky_relu(Fraction(1, 2))(x).tolist() == [Fraction(-1, 6), Fraction(1, 3)]
    with pytest.raises(InvalidActivation, match="sigmoid is not rational"):
        ACTIVATIONS["sigmoid"](x)


def test_odd_and_empty_shapes_and_integers_are_taken():
    for name in NAMES:
        assert ACTIVATIONS[name](np.zeros((2, 0))).shape == (2, 0) and ACTIVATIONS[name](np.float64(1)).shape == ()
        assert ACTIVATIONS[name]([[1, -2]]).dtype == np.float64


def test_large_arguments_do_not_overflow():
    for name in ("gelu", "sigmoid", "softplus", "tanh"):
        assert np.isfinite(ACTIVATIONS[name]([-1e4, 1e4])).all()


def test_unknown_names_and_slopes_are_refused_with_those_that_are_known():
    for bad in ("swish", "x^1", "x^", "x^-2", 3):
        with pytest.raises(InvalidActivation, match=r"one of relu, leaky_relu.*x\^p"):
            as_activation(bad)
    for slope in (1, -1.0, float("nan"), float("inf"), "steep"):
        with pytest.raises(InvalidActivation, match="slope must"):
            leaky_relu(slope)
    with pytest.raises(InvalidOption, match="p must"):
        power(1)
    assert leaky_relu(0).name == "relu" and as_activation(" ReLU ") is ACTIVATIONS["relu"]
