"""Lacunarity equals its definition, box by box, and the closed form of chance is the mean over all arrangements."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.lib.stride_tricks import sliding_window_view

from fractal.errors import InvalidArray, InvalidOption
from fractal.lacunarity import gliding_lacunarity

shapes = arrays.array_shapes(min_dims=1, max_dims=3, max_side=9)
weights = arrays.arrays(np.int64, shapes, elements=st.integers(0, 300))


def masses(A: np.ndarray, size: int) -> np.ndarray:
    sides = [min(size, n) for n in A.shape]
    return sliding_window_view(A, sides).sum(axis=tuple(range(A.ndim, 2 * A.ndim)))


def by_definition(A: np.ndarray, size: int) -> Fraction:
    M = [Fraction(int(x)) for x in masses(A, size).ravel()]
    return len(M) * sum(x * x for x in M) / sum(M) ** 2


@pytest.mark.parametrize("A", [np.zeros((4, 4), dtype=bool), np.zeros((0, 3)), np.array(False), torch.zeros(5)])
def test_without_mass_lacunarity_is_undefined(A: Any) -> None:
    found = gliding_lacunarity(A)
    assert all(map(math.isnan, (*found.values, *found.null)))
    assert None in json.loads(json.dumps(found.to_dict()))["values"]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (9,), (1, 8), (6, 7)])
def test_a_full_mask_has_lacunarity_one_and_so_has_chance(shape: tuple[int, ...]) -> None:
    found = gliding_lacunarity(np.ones(shape, dtype=bool))
    assert set(found.values) == set(found.null) == {1.0} and found.density == 1


@pytest.mark.parametrize(
    ("shape", "sizes"), [((), (1,)), ((1, 1), (1,)), ((3, 50), (1,)), ((16, 40), (1, 2, 4, 8)), ((1, 9), (1, 2, 4))]
)
def test_default_sizes_end_at_half_the_shortest_axis(shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    assert gliding_lacunarity(np.ones(shape, dtype=bool)).sizes == sizes


@given(weights, st.lists(st.integers(1, 12), min_size=1, max_size=5, unique=True).map(sorted))
def test_integers_are_one_rounding_from_the_definition(A: np.ndarray, sizes: list[int]) -> None:
    assume(all(masses(A, r).any() for r in sizes))
    found = gliding_lacunarity(A, sizes)
    assert found.values == tuple(float(by_definition(A, r)) for r in sizes)


@pytest.mark.parametrize("top", [2**20, 2**31, 2**40])
def test_large_integers_are_squared_without_rounding(top: int) -> None:
    for seed in range(30):
        A = np.random.default_rng(seed).integers(0, top, size=60)
        assert gliding_lacunarity(A, (1, 3)).values == tuple(float(by_definition(A, r)) for r in (1, 3))


@given(weights)
def test_floats_and_fractions_agree_with_integers(A: np.ndarray) -> None:
    assume(A.any())
    found = gliding_lacunarity(A)
    for other in (A / 7, A * 1e200, A * 1e-200, torch.from_numpy(A).float()):
        assert gliding_lacunarity(other).values == pytest.approx(found.values, rel=1e-6, nan_ok=True)
    exact = gliding_lacunarity(np.vectorize(lambda x: Fraction(int(x), 3), otypes=[object])(A))
    assert exact.values == pytest.approx(found.values, rel=1e-15, nan_ok=True)
    assert exact.null == found.null


def test_integers_larger_than_machine_words_are_summed_exactly() -> None:
    A = np.array([2**63, 1, 2**63, 2**64 - 1], dtype=np.uint64)
    assert gliding_lacunarity(A, (1, 2, 3)).values == tuple(float(by_definition(A.astype(object), r)) for r in (1, 2, 3))


@pytest.mark.parametrize(("shape", "m"), [((6,), 2), ((2, 4), 3), ((3, 3), 4), ((5,), 1), ((4,), 4)])
def test_chance_is_the_mean_over_all_sets_of_as_many_points(shape: tuple[int, ...], m: int) -> None:
    n = math.prod(shape)
    every = np.zeros((math.comb(n, m), n), dtype=int)
    for row, points in zip(every, combinations(range(n), m), strict=True):
        row[list(points)] = 1
    found = gliding_lacunarity(every[0].reshape(shape).astype(bool), (1, 2, 3))
    for r, null in zip(found.sizes, found.null, strict=True):
        M = np.concatenate([masses(row.reshape(shape), r).ravel() for row in every])
        assert null == pytest.approx((M**2).mean() / M.mean() ** 2, rel=1e-12)


def test_noise_is_as_lacunar_as_chance_and_a_block_more() -> None:
    noise = gliding_lacunarity(np.random.default_rng(0).random((256, 256)) < 0.1)
    assert noise.values == pytest.approx(noise.null, rel=0.03)
    block = np.zeros((64, 64), dtype=bool)
    block[:20, :20] = True
    found = gliding_lacunarity(block, (8,))
    assert found.values[0] > 5 * found.null[0]


@pytest.mark.parametrize("A", [[-1, 2], [-0.5, 1.0], torch.tensor([-1.0])])
def test_masses_are_not_negative(A: Any) -> None:
    with pytest.raises(InvalidArray, match="abs"):
        gliding_lacunarity(A)


def test_masses_are_finite_and_sizes_increase() -> None:
    with pytest.raises(InvalidArray, match="found 1 values"):
        gliding_lacunarity([1.0, math.nan])
    with pytest.raises(InvalidOption, match="increasing"):
        gliding_lacunarity([1, 1], (2, 1))


def test_lacunarity_is_shown_beside_chance() -> None:
    found = gliding_lacunarity([True, False])
    assert repr(found) == "Lacunarity(1: 2 (chance 2))"
    assert "of chance" in found._repr_html_()
