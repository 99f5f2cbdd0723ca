"""Degrees of self-similarity: planted ones are found, chance gives z as it should, and nothing depends on the unit."""

import json
import math

import numpy as np
import pytest
import torch

from fractal import sets
from fractal.errors import InvalidLevel, InvalidOption
from fractal.similarity import self_similarity

SHAPES = [(64,), (1000,), (8, 8), (16, 16), (64, 64), (100, 37), (12, 5, 3), (16, 8, 3, 3), (333, 1)]


def kronecker(K, power):
    W = np.asarray(K, dtype=float)
    for _ in range(power - 1):
        W = np.kron(W, K)
    return W


def by_definition(W, b, j):
    """The degree read off the head of fractal/similarity.py, position by position."""
    B = b**j
    sides = [-(-n // B) for n in W.shape]
    T = np.empty(sides)
    for y in np.ndindex(*sides):
        T[y] = W[tuple(slice(i * B, i * B + B) for i in y)].mean()
    found = []
    for q in np.ndindex(*[-(-n // s) for n, s in zip(W.shape, sides, strict=True)]):
        pairs = []
        for y in np.ndindex(*sides):
            x = tuple(i * s + k for i, s, k in zip(q, sides, y, strict=True))
            cell = [set(range(k * B, min(k * B + B, n))) for k, n in zip(y, W.shape, strict=True)]
            block = [set(range(i * s, min(i * s + s, n))) for i, s, n in zip(q, sides, W.shape, strict=True)]
            inside = all(i < n for i, n in zip(x, W.shape, strict=True))
            if inside and not all(c & k for c, k in zip(cell, block, strict=True)):
                pairs.append((W[x], T[y]))
        if len(pairs) > 3 and all(np.ptp(side) > 0 for side in zip(*pairs, strict=True)):
            found.append(np.corrcoef(np.transpose(pairs))[0, 1])
    return float(np.mean(found)), len(found)


@pytest.mark.parametrize(
    ("shape", "base", "level"), [((16, 16), 2, 2), ((13, 11), 2, 1), ((30,), 3, 1), ((9, 5, 4), 2, 1), ((7, 40), 3, 2)]
)
def test_the_value_is_the_definition(shape, base, level):
    W = np.random.default_rng(0).normal(size=shape)
    found, (value, blocks) = self_similarity(W, base, level), by_definition(W, base, level)
    assert found.value == pytest.approx(value, abs=1e-12) and found.blocks == blocks > 0


@pytest.mark.parametrize("level", [None, 1, 2, 3])
def test_kronecker_powers_of_a_nonnegative_matrix_have_degree_one(level):
    found = self_similarity(kronecker([[3, 1], [1, 2]], 6), level=level)
    assert found.value == pytest.approx(1, abs=1e-12) and found.z > 20


def test_the_carpet_has_degree_one_in_its_own_base_and_less_in_another():
    carpet = kronecker([[1, 1, 1], [1, 0, 1], [1, 1, 1]], 4) > 0
    assert self_similarity(carpet, base=3).value == pytest.approx(1, abs=1e-12)
    assert self_similarity(carpet, base=2).value < 0.5


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["normal", "cauchy", "sparse"])
def test_noise_gives_a_standard_normal_z(shape, kind):
    rng = np.random.default_rng(7)
    draws = {"normal": rng.normal, "cauchy": lambda size: rng.standard_t(1, size), "sparse": lambda size: rng.random(size) < 0.2}
    draw = draws[kind]
    z = np.array([self_similarity(draw(size=shape)).z for _ in range(200)])
    z = z[np.isfinite(z)]
    assert len(z) > 150
    assert abs(z.mean()) < 4 / math.sqrt(len(z)) and 0.8 < z.std() < 1.2 and (abs(z) > 3).mean() < 0.02


def test_the_closed_form_is_what_shuffles_give():
    W = np.random.default_rng(3).standard_t(3, size=(24, 40))
    closed, drawn = self_similarity(W), self_similarity(W, shuffles=2000)
    assert closed.value == drawn.value
    assert abs(drawn.null) < 4 * closed.null_sd / math.sqrt(2000)
    assert drawn.null_sd == pytest.approx(closed.null_sd, rel=0.08)
    assert drawn.z == pytest.approx(closed.z, abs=0.2)


@pytest.mark.parametrize("factor", [2.0**-40, 0.5, 4.0, 2.0**300])
def test_powers_of_two_as_factors_change_nothing(factor):
    W = np.random.default_rng(5).normal(size=(40, 30))
    assert self_similarity(factor * W) == self_similarity(W)


def test_the_default_level_balances_block_and_number_of_blocks():
    assert self_similarity(np.random.default_rng(0).normal(size=(64, 64))).level == 3
    assert self_similarity(np.random.default_rng(0).normal(size=(64, 64)), base=3).level == 2


@pytest.mark.parametrize(
    ("W", "status"),
    [
        (np.zeros((0, 3)), "empty"),
        (1.5, "too small"),
        ([2.0], "too small"),
        (np.ones((3, 1)), "too small"),
        (np.ones((16, 16)), "constant"),
        (np.full((17, 13), 0.1), "constant"),
        ([[math.nan, 1.0], [2.0, 3.0]], "not finite"),
        (torch.full((8, 8), math.inf), "not finite"),
    ],
)
def test_degenerate_arrays_have_a_status_and_no_number(W, status):
    found = self_similarity(W)
    assert found.status == status and math.isnan(found.value) and math.isnan(found.z) and found.blocks == 0


def test_torch_numpy_and_integers_agree():
    W = np.random.default_rng(2).integers(-9, 9, size=(32, 48))
    expected = self_similarity(W)
    assert self_similarity(torch.from_numpy(W)) == self_similarity(W.astype(float)) == self_similarity(W.tolist()) == expected
    assert self_similarity(torch.from_numpy(W).to(torch.bfloat16)) == expected


def test_levels_that_the_array_does_not_have_are_refused():
    with pytest.raises(InvalidLevel, match="found 5"):
        self_similarity(np.ones((8, 8)), level=5)
    with pytest.raises(InvalidLevel, match="found 0"):
        self_similarity(np.ones((8, 8)), level=0)
    with pytest.raises(InvalidOption, match="at least 3"):
        self_similarity(np.ones((8, 8)), shuffles=2)


def test_the_degree_is_shown_beside_chance():
    found = self_similarity(sets.carpet(4), base=3)
    assert (
        repr(found)
        == f"SelfSimilarity(1, chance 0 ± {found.null_sd:.2g}, z = {found.z:.3g}; {found.blocks} blocks of level {found.level})"
    )
    assert repr(self_similarity([[math.nan]])) == "SelfSimilarity(not finite)"
    assert f"{found.z:.4g}" in found._repr_html_()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["difference"] == 1
    assert self_similarity([]).to_dict()["z"] is None


@pytest.mark.parametrize("level", [10**6, 10**9, 10**4000, -1, "x", 1.5, np.ones(2)])
def test_absurd_levels_are_refused_at_once(level):
    with pytest.raises(InvalidLevel, match="level"):
        self_similarity(np.ones((8, 8)), level=level)


@pytest.mark.parametrize("seed", [-1, "x", 1.5])
def test_seeds_are_checked_though_unused(seed):
    with pytest.raises(InvalidOption, match="seed"):
        self_similarity(np.ones((8, 8)), seed=seed)
