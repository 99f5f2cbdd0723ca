from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import fractal
from fractal.experiments import order_test, reordered
from fractal.sets import cantor


def test_rows_and_columns_stay_whole():
    W = np.arange(35.0).reshape(5, 7)
    V = reordered({"w": W}, seed=1)["w"]
    rows, columns = V[:, 0] // 7, V[0] % 7
    assert sorted(rows) == list(range(5)) != list(rows) and sorted(columns) == list(range(7)) != list(columns)
    assert np.array_equal(V, 7 * rows[:, None] + columns) and not np.array_equal(V, W)


def test_kernels_stay_whole_and_vectors_are_shuffled():
    W = torch.arange(4 * 3 * 2 * 2.0).reshape(4, 3, 2, 2)
    found = reordered({"conv": W, "bias": torch.arange(9.0)}, seed=0)
    kernels = {tuple(kernel.ravel().tolist()) for kernel in W.reshape(12, 4)}
    assert {tuple(kernel.ravel().tolist()) for kernel in found["conv"].reshape(12, 4)} == kernels
    assert sorted(found["bias"].tolist()) == list(range(9))


def test_it_is_a_function_of_the_seed_and_leaves_the_source_alone():
    W = np.random.default_rng(0).normal(size=(6, 6))
    before = W.copy()
    a, b, other = (reordered({"w": W}, seed)["w"] for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, other) and np.array_equal(W, before)


def test_what_is_not_measured_is_not_there():
    assert list(reordered({"steps": torch.tensor(3), "w": torch.ones(1, 1)})) == ["w"]
    assert reordered({}) == {}


def test_the_order_of_a_dust_matters():
    """Its rows and columns all lie where they belong: no other order is as far from chance."""
    test = order_test(cantor(4, d=2), shuffles=39, base=3)
    assert test.p == 1 / 40 and test.z < test.mean - 3 * test.sd


def test_the_order_of_a_low_rank_matrix_is_one_of_all_and_still_it_is_far_from_chance():
    """Factors drawn alike: z is large in the order it has, as in all others, and p is like a uniform number."""
    rng = np.random.default_rng(0)
    tests = [order_test(rng.normal(size=(256, 4)) @ rng.normal(size=(4, 256)), shuffles=19, seed=s) for s in range(12)]
    assert all(test.mean < -3 for test in tests) and all(test.z < -3 for test in tests)
    assert 0.25 < np.mean([test.p for test in tests]) < 0.8


def test_kernels_are_read_as_matrices_and_masks_as_they_are():
    W = np.random.default_rng(1).normal(size=(32, 16, 3, 3))
    mask = abs(W) > np.sort(abs(W), axis=None)[math.ceil(0.9 * W.size) - 1]
    assert order_test(W, 5) == order_test(mask, 5) == order_test(torch.from_numpy(W), 5)


@pytest.mark.parametrize("W", [np.zeros((8, 8)), np.ones((1, 1)), np.full((4, 4), np.nan), np.zeros((0, 3))])
def test_where_chance_does_not_vary_nothing_is_told(W):
    test = order_test(W, 3)
    assert all(map(math.isnan, (test.z, test.mean, test.sd, test.p)))


def test_a_vector_has_no_order_of_rows_and_columns():
    with pytest.raises(fractal.InvalidArray, match="rows and columns"):
        order_test(np.arange(5.0))


def test_z_of_noise_is_standard_normal():
    rng = np.random.default_rng(2)
    for density in (0.002, 0.1):
        found = [order_test(rng.random((128, 96)) < density, 2).z for _ in range(150)]
        assert abs(np.mean(found)) < 0.3 and 0.85 < np.std(found) < 1.15
