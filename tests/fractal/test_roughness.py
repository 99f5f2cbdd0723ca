"""Dimensions of graphs: Brownian surfaces are recovered, noise is d + 1, smooth arrays d, and chance has the right z."""

import json
import math

import numpy as np
import pytest
import torch

from fractal import sets
from fractal.errors import InvalidOption
from fractal.roughness import surface_dimension


@pytest.mark.parametrize("hurst", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("d", [1, 2])
def test_the_variogram_recovers_the_roughness_of_brownian_graphs(hurst, d):
    n = 128 if d == 2 else 2048
    found = [surface_dimension(sets.brownian_surface(n, hurst, d, seed=i), shuffles=0) for i in range(12)]
    true = d + 1 - hurst
    assert np.mean([f.value for f in found]) == pytest.approx(true, abs=0.05)
    assert sum(f.low <= true <= f.high for f in found) >= 9
    assert np.mean([f.high - f.low for f in found]) < 0.5


@pytest.mark.parametrize("hurst", [0.1, 0.5, 0.9])
def test_boxes_read_brownian_graphs_low_but_within_the_interval(hurst):
    found = [surface_dimension(sets.brownian_surface(128, hurst, seed=i), "boxes", shuffles=3) for i in range(12)]
    assert -0.3 < np.mean([f.value for f in found]) - (3 - hurst) < 0.02
    assert sum(f.low <= 3 - hurst <= f.high for f in found) >= 8


@pytest.mark.parametrize("method", ["boxes", "variogram"])
def test_rougher_surfaces_have_higher_dimension(method):
    values = [surface_dimension(sets.brownian_surface(128, H, seed=4), method, shuffles=0).value for H in (0.8, 0.6, 0.4, 0.2)]
    assert values == sorted(values) and values[-1] - values[0] > 0.4


def test_a_wave_has_the_dimension_of_the_grid():
    i = np.arange(128.0)
    found = surface_dimension(np.add.outer(np.sin(i / 40), np.cos(i / 50)))
    assert found.value == pytest.approx(2, abs=0.02) and found.z < -5


@pytest.mark.parametrize("method", ["boxes", "variogram"])
@pytest.mark.parametrize("shape", [(64, 64), (500,), (128, 40, 3)])
@pytest.mark.parametrize("kind", ["normal", "heavy"])
def test_noise_has_a_standard_normal_z(method, shape, kind):
    rng = np.random.default_rng(9)
    draw = rng.normal if kind == "normal" else lambda size: rng.standard_t(2, size)
    z = np.array([surface_dimension(draw(size=shape), method, shuffles=12, seed=i).z for i in range(40)])
    assert abs(z.mean()) < 0.65 and 0.6 < z.std() < 1.45


def test_noise_has_hurst_exponent_nought():
    found = surface_dimension(np.random.default_rng(1).normal(size=(256, 256)))
    assert found.hurst == pytest.approx(0, abs=0.01) and found.low <= 3 <= found.high and found.null == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("method", ["boxes", "variogram"])
@pytest.mark.parametrize("factor", [0.25, 2.0**60])
def test_a_power_of_two_changes_nothing_but_the_height(method, factor):
    W = np.random.default_rng(2).normal(size=(64, 48))
    one, other = surface_dimension(W, method, shuffles=3), surface_dimension(factor * W, method, shuffles=3)
    assert (one.value, one.low, one.high, one.null, one.z) == (other.value, other.low, other.high, other.null, other.z)
    assert other.height == one.height * factor or method == "variogram"


def test_kernel_axes_are_slices():
    W = np.stack([sets.brownian_surface(64, 0.3, seed=i) for i in range(6)], axis=-1).reshape(64, 64, 3, 2)
    for method in ("boxes", "variogram"):
        found = surface_dimension(W, method, shuffles=5)
        assert found.axes == (0, 1) and found.low <= 2.7 <= found.high and found.z < -3


@pytest.mark.parametrize("method", ["boxes", "variogram"])
@pytest.mark.parametrize(
    ("W", "status", "value"),
    [
        (np.zeros((0, 4)), "empty", math.nan),
        (2.0, "constant", 0.0),
        ([[1.0]], "constant", 0.0),
        (np.full((32, 32), 0.1), "constant", 2.0),
        (np.arange(9.0), "too few scales", math.nan),
        (np.full((32, 32), math.nan), "not finite", math.nan),
        (torch.full((32,), math.inf), "not finite", math.nan),
    ],
)
def test_degenerate_arrays_have_a_status(method, W, status, value):
    found = surface_dimension(W, method)
    assert found.status == status and found.value == pytest.approx(value, nan_ok=True) and math.isnan(found.z)


def test_an_array_that_repeats_itself_at_a_lag_follows_no_power_law():
    found = surface_dimension(np.tile([0.0, 1.0], 32))
    assert found.status == "no power law" and math.isnan(found.value)
    assert surface_dimension(np.tile([0.0, 1.0], 32), "boxes").status == "measured"


@pytest.mark.parametrize("method", ["boxes", "variogram"])
def test_what_slices_differ_by_does_not_matter(method):
    W = np.stack([sets.brownian_surface(100, 0.5, d=1, seed=i) for i in range(3)], axis=1)
    apart = W + 10 * np.ptp(W) * np.arange(1.0, 4.0)
    assert surface_dimension(apart, method, shuffles=0).value == pytest.approx(
        surface_dimension(W, method, shuffles=0).value, abs=0.1
    )


def test_short_axes_use_lags_up_to_a_quarter_and_small_boxes():
    W = np.random.default_rng(0).normal(size=24)
    assert surface_dimension(W).scales == (1, 2, 4)
    assert surface_dimension(np.tile(W, 2), "boxes").scales == (2, 4, 8)


def test_tensors_and_arrays_agree():
    W = np.random.default_rng(2).normal(size=(64, 64)).astype(np.float32)
    assert surface_dimension(torch.from_numpy(W), shuffles=3) == surface_dimension(W, shuffles=3)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InvalidOption, match="boxes"):
        surface_dimension(np.ones((8, 8)), "lines")
    with pytest.raises(InvalidOption, match="at least 3"):
        surface_dimension(np.ones((8, 8)), shuffles=1)


def test_the_dimension_is_shown_beside_chance():
    found = surface_dimension(np.random.default_rng(0).normal(size=(64, 64)).cumsum(0), shuffles=5)
    between = f"D = {found.value:.4g} in [{found.low:.4g}, {found.high:.4g}]"
    chance = f"chance {found.null:.4g} ± {found.null_sd:.2g}, z = {found.z:.3g}"
    assert repr(found) == f"SurfaceDimension({between}, {chance}; variogram, scales 1 to 8; measured)"
    assert f"{found.null:.4g}" in found._repr_html_()
    given = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert given["difference"] == found.difference and given["hurst"] == found.hurst and given["height"] is None
    assert repr(surface_dimension([1.0, math.inf], "boxes")) == "SurfaceDimension(not finite; boxes)"
    assert repr(surface_dimension(np.ones((4, 4)))) == "SurfaceDimension(D = 2 in [2, 2], chance 2; variogram; constant)"


@pytest.mark.parametrize("method", [np.array(["boxes"] * 2), ["boxes"], None, "box", 3])
def test_what_is_no_method_is_refused(method):
    with pytest.raises(InvalidOption, match="method must be one of boxes, variogram"):
        surface_dimension(np.ones((8, 8)), method)


@pytest.mark.parametrize("seed", [-1, "x", 1.5])
def test_seeds_are_checked_though_unused(seed):
    with pytest.raises(InvalidOption, match="seed"):
        surface_dimension(np.ones((8, 8)), shuffles=0, seed=seed)
