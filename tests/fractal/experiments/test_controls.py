from __future__ import annotations

import numpy as np
import torch

from fractal.experiments import reordered


def test_rows_and_columns_stay_whole():
    W = np.arange(35.0).reshape(5, 7)
    V = reordered({"w": W}, seed=1)["w"]
    rows, columns = V[:, 0] // 7, V[0] % 7
    assert sorted(rows) == list(range(5)) and sorted(columns) == list(range(7))
    assert (7 * rows[:, None] + columns == V).all() and not (V == W).all()


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
    assert (a == b).all() and not (a == other).all() and (before == W).all()


def test_what_is_not_measured_is_not_there():
    assert list(reordered({"steps": torch.tensor(3), "w": torch.ones(1, 1)})) == ["w"]


def test_an_empty_source_stays_empty():
    assert reordered({}) == {}
