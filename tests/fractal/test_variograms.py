"""Variograms: known for ramps and waves, flat for noise, pooled over the long axes."""

import json
import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import torch

from fractal.errors import InvalidArray, InvalidOption
from fractal.variograms import long_axes, pair_squares, variogram


def test_the_variogram_is_half_the_mean_squared_difference():
    W = np.random.default_rng(0).normal(size=(9, 12))
    found = variogram(W, lags=(1, 2, 5))
    for h, value, pairs in zip((1, 2, 5), found.values, found.pairs, strict=True):
        squares = [(W[i + h, j] - W[i, j]) ** 2 for i in range(9 - h) for j in range(12)]
        squares += [(W[i, j + h] - W[i, j]) ** 2 for i in range(9) for j in range(12 - h)]
        assert value == pytest.approx(sum(squares) / len(squares) / 2, rel=1e-12) and pairs == len(squares)


def test_of_a_wave_it_vanishes_at_the_period():
    found = variogram(np.tile([1.0, 3.0, -2.0], 20), lags=(1, 2, 3, 6))
    assert found.values[2:] == (0, 0) and min(found.values[:2]) > 1


def test_of_noise_it_is_the_variance_at_every_lag():
    found = variogram(3 * np.random.default_rng(1).normal(size=(256, 256)))
    assert found.lags == (1, 2, 4, 8, 16, 32, 64)
    assert found.values == pytest.approx([9] * 7, rel=0.03)


def test_the_axes_are_apart_and_short_ones_are_left_out():
    W = np.arange(64.0)[:, None, None] * np.ones((64, 40, 3)) + np.arange(3.0) ** 5
    found = variogram(W, lags=(1, 2))
    assert found.axes == (0, 1) and found.by_axis == ((0.5, 2.0), (0.0, 0.0))


@pytest.mark.parametrize(
    ("shape", "axes"), [((), ()), ((1,), ()), ((0, 3), (1,)), ((5, 1), (0,)), ((16, 4, 3), (0, 1)), ((2, 2), (0, 1))]
)
def test_long_axes_have_a_quarter_of_the_longest(shape, axes):
    assert long_axes(shape) == axes


@pytest.mark.parametrize("W", [1.0, [], [2.0], np.zeros((0, 3)), np.ones((1, 1))])
def test_where_there_are_no_pairs_there_is_no_value(W):
    found = variogram(W, lags=(1,))
    assert all(map(math.isnan, found.values)) and found.pairs == (0,)
    assert variogram(W).lags == ()


def test_nan_and_infinities_make_the_values_undefined():
    assert math.isnan(variogram([1.0, math.nan, 2.0, 3.0], lags=(1,)).values[0])
    assert not math.isfinite(variogram([1.0, math.inf, math.inf, 3.0], lags=(1,)).values[0])


def test_tensors_masks_and_rationals_are_taken():
    expected = variogram([0.0, 1.0, 0.0, 0.0], lags=(1, 2)).values
    assert variogram(torch.tensor([0, 1, 0, 0], dtype=torch.bfloat16), lags=(1, 2)).values == expected
    assert variogram([False, True, False, False], lags=(1, 2)).values == expected
    assert variogram([Fraction(0), Fraction(1), Fraction(0), 0], lags=(1, 2)).values == expected


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InvalidOption, match="increase"):
        variogram([1.0, 2.0], lags=(2, 1))
    with pytest.raises(InvalidOption, match="at least 1"):
        variogram([1.0, 2.0], lags=(0,))
    with pytest.raises(InvalidArray, match="real numbers"):
        variogram([1j])


def test_chance_has_the_variance_at_every_lag_exactly():
    """The mean over all 24 orders of four entries."""
    entries = [0.0, 1.0, 5.0, -2.0]
    orders = [variogram(order, lags=(1, 2, 3)) for order in permutations(entries)]
    assert np.mean([found.values for found in orders], axis=0) == pytest.approx([orders[0].null] * 3, rel=1e-12)
    assert orders[0].null == pytest.approx(np.var(entries, ddof=1), rel=1e-12)


@pytest.mark.parametrize("shape", [(3, 300, 400), (1, 100_000), (100_000, 2), (300, 400), (100_000,)])
@pytest.mark.parametrize("h", [1, 150, 299])
def test_large_arrays_are_summed_in_parts_to_the_same(shape, h):
    W = np.random.default_rng(0).normal(size=(*shape, 2))[..., 0]
    for axis, n in enumerate(shape):
        V = np.moveaxis(W, axis, 0)
        found, pairs = pair_squares(W, axis, h)
        assert pairs == (W.size // n) * max(n - h, 0)
        assert found == pytest.approx(np.square(V[h:] - V[: max(n - h, 0)]).sum(), rel=1e-12)


def test_values_are_shown_beside_chance():
    found = variogram(np.arange(16.0))
    assert repr(found) == "Variogram(16; 1: 0.5, 2: 2, 4: 8; chance 22.67)"
    assert "22.67" in found._repr_html_() and "γ of axis 0" in found._repr_html_()
    assert json.loads(json.dumps(variogram([]).to_dict(), allow_nan=False))["null"] is None
    assert found.to_dict()["pairs"] == [15, 14, 12]


@pytest.mark.parametrize("lags", [3, "12", b"12", [1.5], [None], np.ones((2, 2))])
def test_what_is_no_list_of_lags_is_refused(lags):
    with pytest.raises(InvalidOption, match="lag"):
        variogram(np.arange(8), lags)
