"""Generalised dimensions: exact on cascades and self-similar sets, z of a standard normal for chance, nothing for q < 0."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fractal import sets
from fractal.errors import InvalidOption
from fractal.spectra import generalised_dimensions

ORDERS = (0, 0.5, 1, 2, 3.5, 20)


def cascade(weights, levels):
    W = np.ones((1,) * np.ndim(weights))
    for _ in range(levels):
        W = np.kron(W, weights)
    return W


def known(weights, base, q):
    w = np.ravel(weights)[np.ravel(weights) > 0] / np.sum(weights)
    return -(w * np.log(w)).sum() / math.log(base) if q == 1 else math.log((w**q).sum()) / (1 - q) / math.log(base)


@pytest.mark.parametrize(
    ("weights", "base", "levels"),
    [
        ([0.7, 0.3], 2, 10),
        ([[0.5, 0.2], [0.2, 0.1]], 2, 6),
        ([0.2, 0.0, 0.8], 3, 6),
        ([[1, 2, 3], [4, 0, 6], [7, 8, 9]], 3, 4),
        (np.arange(8).reshape(2, 2, 2), 2, 4),
    ],
)
def test_cascades_have_the_dimensions_of_the_formula(weights, base, levels):
    found = generalised_dimensions(cascade(weights, levels), ORDERS, base, shuffles=0)
    assert found.values == pytest.approx([known(weights, base, q) for q in ORDERS], abs=1e-12)
    assert list(found.values) == sorted(found.values, reverse=True)


@pytest.mark.parametrize(
    ("mask", "base", "dimension"),
    [
        (sets.carpet(5), 3, math.log(8, 3)),
        (sets.triangle(8), 2, math.log2(3)),
        (sets.vicsek(5), 3, math.log(5, 3)),
        (sets.menger(3), 3, math.log(20, 3)),
        (sets.cantor(7), 3, math.log(2, 3)),
    ],
)
def test_even_mass_on_a_self_similar_set_has_one_dimension_for_all_orders(mask, base, dimension):
    found = generalised_dimensions(mask, ORDERS, base, shuffles=0)
    assert found.values == pytest.approx([dimension] * len(ORDERS), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_dimensions_do_not_increase_with_the_order(weights):
    values = generalised_dimensions(cascade(np.reshape(weights, (2, 2)), 4), (0, 0.3, 1, 1.7, 4, 9), shuffles=0).values
    assert all(a >= b - 1e-9 for a, b in pairwise(values))


@pytest.mark.parametrize("shape", [(64, 64), (1000,), (37, 50)])
@pytest.mark.parametrize("kind", ["normal", "heavy", "sparse"])
def test_chance_has_a_standard_normal_z(shape, kind):
    rng = np.random.default_rng(11)
    draws = {"normal": rng.normal, "heavy": lambda size: rng.standard_t(3, size), "sparse": lambda size: rng.random(size) < 0.05}
    z = np.array([generalised_dimensions(draws[kind](size=shape), shuffles=12, seed=i).z for i in range(80)])
    for column in z.T:
        finite = column[np.isfinite(column)]
        if len(finite) == 80:
            assert abs(finite.mean()) < 0.5 and 0.7 < finite.std() < 1.35
    assert np.isfinite(z[:, 1:]).all()


def test_mass_that_clusters_lies_far_above_chance():
    W = np.random.default_rng(0).normal(size=(128, 128)) * np.exp(np.add.outer(np.arange(128), np.arange(128)) / 40)
    found = generalised_dimensions(W)
    assert found.differences[2] > 0.05 and found.z[2] > 8


@pytest.mark.parametrize("factor", [2.0**-700, 3.0, 1e200])
def test_the_unit_changes_nothing(factor):
    W = np.random.default_rng(2).normal(size=(32, 32))
    assert generalised_dimensions(factor * W, shuffles=0).values == pytest.approx(
        generalised_dimensions(W, shuffles=0).values, abs=1e-12
    )


def test_transposition_and_flips_change_nothing_on_powers_of_the_base():
    W = np.random.default_rng(2).normal(size=(32, 32))
    expected = generalised_dimensions(W, shuffles=0).values
    for V in (W.T, W[::-1], W[:, ::-1]):
        assert generalised_dimensions(V, shuffles=0).values == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("A", "status"),
    [
        (np.zeros((0, 4)), "empty"),
        (np.zeros((16, 16)), "empty"),
        (3.0, "too few scales"),
        (np.ones((4, 4)), "too few scales"),
        ([[math.nan] * 8] * 8, "not finite"),
        (torch.full((8, 8), -math.inf), "not finite"),
    ],
)
def test_degenerate_measures_have_a_status_and_no_number(A, status):
    found = generalised_dimensions(A)
    assert found.status == status and all(map(math.isnan, found.values + found.z))


def test_a_single_point_has_dimension_nought():
    A = np.zeros((16, 16))
    A[3, 5] = -7
    found = generalised_dimensions(A)
    assert found.status == "single point" and found.values == (0, 0, 0) and all(map(math.isnan, found.z))


@pytest.mark.parametrize("shape", [(32, 32), (32, 1, 32), (64,)])
def test_a_constant_measure_has_the_dimension_of_its_grid_and_no_z(shape):
    found = generalised_dimensions(np.full(shape, -0.1), shuffles=5)
    assert found.values == pytest.approx([sum(n > 1 for n in shape)] * 3, abs=1e-12)
    assert all(map(math.isnan, found.z))


def test_tensors_masks_and_integers_are_measures_alike():
    mask = sets.carpet(3)
    expected = generalised_dimensions(mask, base=3, shuffles=3)
    assert generalised_dimensions(torch.from_numpy(mask), base=3, shuffles=3) == expected
    assert generalised_dimensions(-mask.astype(int), base=3, shuffles=3) == expected


def test_orders_below_nought_are_refused_with_the_reason():
    with pytest.raises(InvalidOption, match="barely touch"):
        generalised_dimensions(np.ones((8, 8)), q=(-1,))
    with pytest.raises(InvalidOption, match="one order at least"):
        generalised_dimensions(np.ones((8, 8)), q=())
    with pytest.raises(InvalidOption, match="at least 3"):
        generalised_dimensions(np.ones((8, 8)), shuffles=2)


def test_a_dimension_is_shown_beside_chance():
    found = generalised_dimensions(cascade([[0.6, 0.2], [0.1, 0.1]], 5), q=(0, 2), shuffles=5)
    assert repr(found).startswith(f"Spectrum(D_0 = 2, chance 2; D_2 = {found.values[1]:.4g}, chance {found.nulls[1]:.4g} ± ")
    assert repr(found).endswith(f", z = {found.z[1]:.3g}; measured; 32 × 32, base 2)")
    assert repr(generalised_dimensions(np.zeros((4, 4)))) == "Spectrum(empty; 4 × 4, base 2)"
    assert f"{found.values[1]:.4g}" in found._repr_html_() and f"{found.nulls[1]:.4g}" in found._repr_html_()
    given = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert given["differences"][1] == found.differences[1] and given["scales"] == [[1, 2, 4, 8, 16]] * 2 and given["z"][0] is None


@pytest.mark.parametrize("q", [None, "012", (True,), (None,), (np.ones(2),), (math.nan,), 10**400, (1e300,), np.array(1j)])
def test_what_is_no_order_is_refused(q):
    with pytest.raises(InvalidOption, match="q must"):
        generalised_dimensions(np.ones((8, 8)), q=q)


def test_orders_may_be_of_any_kind_of_number():
    A = np.arange(64.0)
    expected = generalised_dimensions(A, (2.0,), shuffles=0).values
    for q in (2, [Fraction(2)], np.array([2]), np.float32(2), torch.tensor([2]).tolist(), range(2, 3)):
        assert generalised_dimensions(A, q, shuffles=0).values == expected


@pytest.mark.parametrize("seed", [-1, "x", 1.5, None])
def test_seeds_are_checked_though_unused(seed):
    with pytest.raises(InvalidOption, match="seed"):
        generalised_dimensions(np.ones((8, 8)), shuffles=0, seed=seed)
