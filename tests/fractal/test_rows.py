"""One tensor in numbers: each is what the function of its name gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import fractal
from fractal.rows import Row, measured, middle, skipped
from fractal.verdicts import p_value


def _row(W, **cut) -> Row:
    return measured("w", tuple(W.shape), "matrix", W, 2, cut, True, 0)


@pytest.fixture
def W():
    return np.random.default_rng(0).standard_normal((128, 96)).astype(np.float32)


def test_the_row_holds_the_dimension_and_its_null(W):
    row, d = _row(W), fractal.dimension(W)
    assert (row.D, row.D_low, row.D_high, row.D_null, row.D_null_sd, row.z) == (d.value, d.low, d.high, d.null, d.null_sd, d.z)
    assert (row.threshold, row.density, row.scales, row.decades, row.status) == (
        d.threshold,
        d.density,
        d.scales,
        d.decades,
        d.status,
    )
    assert row.departure == d.departure and d.departures[d.counts.sizes.index(row.departure_size)] == d.departure
    assert row.p == p_value(d)
    assert row.difference == d.difference and not row.is_skipped


def test_lacunarity_is_that_of_the_mask_at_the_middle_size(W):
    row = _row(W, quantile=0.8)
    mask = np.abs(W) > np.sort(np.abs(W), axis=None)[math.ceil(0.8 * W.size) - 1]
    found = fractal.gliding_lacunarity(mask, sizes=(row.lacunarity_size,))
    assert row.lacunarity_size == middle(row.scales, row.grid) > 0
    assert (row.lacunarity, row.lacunarity_null) == (found.values[0], found.null[0])


def test_self_similarity_is_that_of_the_values_not_of_the_mask(W):
    found = fractal.self_similarity(W)
    assert (_row(W).self_similarity, _row(W).self_similarity_z) == (found.value, found.z)


def test_torch_and_numpy_give_the_same_row(W):
    assert _row(torch.from_numpy(W)).to_dict() == _row(W).to_dict()


def test_a_mask_of_bool_has_no_threshold_and_takes_no_cut():
    mask = np.random.default_rng(0).random((256, 256)) < 0.02
    row = _row(mask, quantile=0.5)
    assert math.isnan(row.threshold) and row.density == mask.mean()
    assert fractal.dimension(mask).value == row.D


@pytest.mark.parametrize(
    ("W", "status"),
    [
        (np.zeros((4, 4)), "constant"),
        (np.full(9, -2.0), "constant"),
        (np.array([[1.0, np.nan], [0.0, 2.0]]), "not finite"),
        (np.array([np.inf, 1.0]), "not finite"),
        (np.ones((1, 1)), "constant"),
        (np.zeros((3, 3), dtype=bool), "empty"),
        (np.ones((3, 3), dtype=bool), "full"),
    ],
)
def test_degenerate_tensors_have_a_status_and_no_invented_numbers(W, status):
    row = _row(W)
    assert row.status == status and math.isnan(row.z) and math.isnan(row.departure) and math.isnan(row.p)
    assert row.departure_size == 0


def test_a_skipped_tensor_says_so():
    row = skipped("n", (), "matrix", 2, "integers (int64)")
    assert row.is_skipped and row.status == "skipped: integers (int64)" and math.isnan(row.D)


@pytest.mark.parametrize(
    ("scales", "grid", "size"),
    [
        ((), (8, 8), 0),
        ((1,), (1, 1), 1),
        ((1, 2, 4, 8, 16), (64, 64), 4),
        ((1, 2, 4, 8), (64, 64), 2),
        ((1, 2, 4, 8, 16), (64, 1, 64), 4),
        ((1, 2, 4, 8, 16), (64, 5), 2),
        ((4, 8, 16), (64, 5), 0),
        ((1, 3, 9, 27), (81, 81), 3),
    ],
)
def test_the_middle_size_is_the_geometric_middle_that_fits_twice(scales, grid, size):
    assert middle(scales, grid) == size
