"""Fractional Brownian surfaces: the covariance from the formula, and the law over seeds."""

from __future__ import annotations

import numpy as np
import pytest

from fractal.errors import InvalidOption
from fractal.sets import brownian, brownian_surface
from fractal.sets.brownian import _covariance

HURSTS = [0.02, 0.25, 0.5, 0.74, 0.75, 0.76, 0.9, 0.99]


@pytest.mark.parametrize("hurst", HURSTS)
def test_the_stationary_part_and_the_plane_add_up_to_the_power_law(hurst):
    R, c_2, C = _covariance(2 * hurst)
    r = np.linspace(0, 1, 1001)
    assert np.abs(2 * (C(np.zeros(1)) - C(r)) + 2 * c_2 * r**2 - 2 * r ** (2 * hurst)).max() < 1e-12
    assert c_2 >= 0 and abs(C(np.array([float(R)]))[0]) < 1e-12  # continuous at the end of its support
    left, right = C(np.array([1.0])), C(np.array([1.0 + 1e-9]))
    assert abs(left - right)[0] < 1e-7


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("hurst", HURSTS)
def test_the_embedding_is_positive_so_that_the_law_is_exact(d, hurst):
    for n in (1, 2, 3, 17, 40):
        W = brownian_surface(n, hurst, d)
        assert W.shape == (n,) * d and np.isfinite(W).all() and W.flat[0] == 0


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("hurst", [0.3, 0.8])
def test_all_points_are_at_distances_where_the_power_law_holds(d, hurst, monkeypatch):
    """Distances up to 1, and a torus twice as long as the support; an error here changes the law by a few per cent only."""
    seen, stationary = [], brownian._stationary
    monkeypatch.setattr(
        brownian, "_stationary", lambda C, M, step, d, rng: seen.append((M, step)) or stationary(C, M, step, d, rng)
    )
    for n in (2, 7, 40):
        brownian_surface(n, hurst, d)
        M, step = seen[-1]
        assert step * (n - 1) * np.sqrt(d) <= 1 + 1e-12 and M * step == (1 if hurst <= 0.75 else 2)


@pytest.mark.parametrize(("hurst", "d"), [(0.2, 1), (0.8, 1), (0.3, 2), (0.9, 2)])
def test_increments_have_variance_distance_to_the_2h(hurst, d):
    """1500 seeds: each ratio has standard deviation √(2/1500) = 0.037 at the most; six of them."""
    fields = np.array([brownian_surface(7, hurst, d, seed=seed) for seed in range(1500)])
    here, corners = (slice(None), *[0] * d), [(1,) * d, (6,) * d, (3,) + (0,) * (d - 1), (0,) * (d - 1) + (6,)]
    for corner in corners:
        squares = (fields[(slice(None), *corner)] - fields[here]) ** 2
        assert abs(squares.mean() / np.hypot.reduce(corner) ** (2 * hurst) - 1) < 0.2
    middle = (fields[(slice(None), *[6] * d)] - fields[(slice(None), *[3] * d)]) ** 2
    assert abs(middle.mean() / np.sqrt(9 * d) ** (2 * hurst) - 1) < 0.2


def test_a_seed_gives_one_surface_and_another_seed_another():
    assert np.array_equal(brownian_surface(9, 0.4, seed=5), brownian_surface(9, 0.4, seed=5))
    assert not np.array_equal(brownian_surface(9, 0.4, seed=5), brownian_surface(9, 0.4, seed=6))


@pytest.mark.parametrize("arguments", [(0, 0.5), (8, 0), (8, 1), (8, float("nan")), (8, "0.5"), (8, 0.5, 0), (8, 0.5, 3)])
def test_exponents_and_dimensions_without_an_exact_embedding_are_refused(arguments):
    with pytest.raises(InvalidOption):
        brownian_surface(*arguments)
