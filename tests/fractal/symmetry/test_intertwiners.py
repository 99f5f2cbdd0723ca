"""T12: who is in G_σ, against the definition by linear algebra, on all small matrices."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
import torch

from fractal.errors import InvalidActivation, InvalidArray
from fractal.symmetry import ACTIVATIONS, as_activation, is_intertwiner, leaky_relu, phi, sample

NAMES = [*ACTIVATIONS, "x^4", "x^5"]
ENTRIES = [Fraction(x) for x in ("-2", "-1", "-1/2", "0", "1/2", "1", "2")]


def some_map_serves(matrices, sigma, rng):
    """For each matrix A, whether some B has B σ(x) = σ(A x) on many points x: one least-squares problem, from the definition."""
    n = matrices.shape[1]
    X = rng.uniform(-2, 2, (n, 60))
    S = sigma(X)
    images = sigma(matrices @ X)
    left = images - images @ np.linalg.pinv(S) @ S
    return np.abs(left).max(axis=(1, 2)) < 1e-8


@pytest.mark.parametrize("name", NAMES)
def test_all_matrices_of_two_rows_and_small_entries_are_told_apart(name):
    """Nothing else is in the group: 2401 matrices, against the definition."""
    sigma = as_activation(name)
    matrices = np.array(list(product(ENTRIES, repeat=4)), dtype=object).reshape(-1, 2, 2)
    floats = matrices.astype(float)
    expected = some_map_serves(floats, sigma, np.random.default_rng(1)) & (np.abs(np.linalg.det(floats)) > 1e-9)
    chosen = range(len(matrices)) if sigma.algebraic else np.flatnonzero(expected | (np.arange(len(matrices)) % 23 == 0))
    assert 2 <= expected.sum() < len(matrices)
    for i in chosen:
        assert is_intertwiner(matrices[i], sigma).member == expected[i], matrices[i]


@pytest.mark.parametrize("name", NAMES)
def test_signed_patterns_of_three_rows_are_told_apart(name):
    sigma, rng = as_activation(name), np.random.default_rng(2)
    matrices = rng.choice([-1, 0, 0, 1, 2], (3000, 3, 3))
    members = np.array([sample(name, 3, seed, exact=False) for seed in range(20)])
    floats = np.concatenate([matrices[:60].astype(float), members])
    expected = some_map_serves(floats, sigma, rng) & (np.abs(np.linalg.det(floats)) > 1e-9)
    assert expected[60:].all()
    assert [is_intertwiner(A, sigma).member for A in floats] == expected.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_witnesses_refute_every_map_from_the_definition(name):
    sigma, refuted = as_activation(name), 0
    for A in product([Fraction(-3, 2), Fraction(0), Fraction(1), Fraction(2)], repeat=4):
        M = np.array(A, dtype=object).reshape(2, 2)
        found = is_intertwiner(M, sigma)
        if found:
            assert found.witness is None and found.phi is not None
            continue
        points = np.array(found.witness.points, dtype=object).T
        if found.witness.row is None:
            assert (M @ points == 0).all() and (points != 0).any()
            continue
        c = np.array([float(x) for x in found.witness.coefficients])
        assert np.abs(sigma(points.astype(float)) @ c).max() < 1e-12
        refuting = (sigma((M @ points).astype(float)) @ c)[found.witness.row]
        assert abs(refuting - float(found.witness.size)) < 1e-9 and found.witness.size != 0
        refuted += 1
    assert refuted or name == "identity"


@pytest.mark.parametrize("name", NAMES)
def test_phi_is_a_homomorphism(name):
    for seed in range(5):
        A, B = sample(name, 4, seed), sample(name, 4, seed + 100)
        assert (phi(A @ B, name) == phi(A, name) @ phi(B, name)).all()
        assert is_intertwiner(A @ B, name).member
    assert (phi(np.eye(3, dtype=int), name) == np.eye(3, dtype=int)).all()


@pytest.mark.parametrize("name", NAMES)
def test_all_permutations_are_intertwiners_of_everything(name):
    for order in permutations(range(3)):
        assert (phi(np.eye(3, dtype=int)[list(order)], name) == np.eye(3, dtype=int)[list(order)]).all()


def test_groups_are_nested_as_described():
    scaled, negative, flipped = np.diag([2, 3]), np.diag([-2, 3]), np.diag([-1, 1])
    members = {name: [is_intertwiner(A, name).member for A in (scaled, negative, flipped)] for name in NAMES}
    assert members["relu"] == members["leaky_relu"] == [True, False, False]
    assert members["abs"] == members["x^2"] == members["x^3"] == members["identity"] == [True, True, True]
    assert members["gelu"] == members["sigmoid"] == members["softplus"] == [False, False, False]
    assert members["tanh"] == members["sin"] == [False, False, True]


def test_one_unit_in_the_last_place_is_seen():
    for name in ("gelu", "sigmoid", "softplus", "tanh", "sin"):
        found = is_intertwiner(np.diag([np.nextafter(1.0, 2.0), 1.0]), name)
        assert not found.member and 0 < abs(found.witness.size) < 1e-14
        assert is_intertwiner(np.diag([1.0, 1.0]), name).member


def test_entries_of_any_magnitude_are_decided():
    for name, a in product(NAMES, (1e-300, 5e-324, 1e300, -1e300)):
        found = is_intertwiner(np.diag([a, 1.0]), name)
        assert found.member == as_activation(name).scales(Fraction(a))
    with np.errstate(over="ignore"):
        assert phi(np.diag([-1e300, 1.0]), "x^3").tolist() == [[-np.inf, 0], [0, 1]] and phi([[10**400]], "x^2")[0, 0] == 10**800


def test_singular_matrices_have_a_vector_in_their_kernel():
    for name in NAMES:
        found = is_intertwiner([[1, 0], [0, 0]], name)
        assert not found and "not invertible" in found.reason and found.witness.row is None
        assert found.witness.points[0][0] == 0 != found.witness.points[0][1]
    kernel = is_intertwiner([[1.5, 3.0], [0.25, 0.5]], "identity").witness.points[0]
    assert kernel[0] == -2 * kernel[1] != 0


def test_matrices_of_no_and_of_one_row_are_decided():
    assert all(is_intertwiner(np.zeros((0, 0)), name) for name in NAMES)
    assert is_intertwiner([[-1]], "tanh") and not is_intertwiner([[-1]], "sigmoid") and not is_intertwiner([[0]], "relu")


def test_phi_comes_in_the_kind_of_a():
    A = torch.tensor([[0.0, 0.5], [2.0, 0.0]], dtype=torch.float32)
    assert phi(A, "x^2").dtype == torch.float32 and phi(A, "x^2").tolist() == [[0.0, 0.25], [4.0, 0.0]]
    assert phi([[0, -2], [1, 0]], "abs").tolist() == [[0, 2], [1, 0]]


def test_a_slope_may_be_chosen():
    steep = leaky_relu(3)
    assert is_intertwiner(np.diag([2, 5]), steep) and not is_intertwiner(np.diag([-2, 5]), steep)


def test_what_is_no_finite_square_matrix_is_refused():
    for bad in ([1, 2], [[1, 2]], np.zeros((2, 2, 2))):
        with pytest.raises(InvalidArray, match="square matrix"):
            is_intertwiner(bad, "relu")
    with pytest.raises(InvalidArray, match="finite"):
        is_intertwiner([[float("nan")]], "relu")
    with pytest.raises(InvalidActivation, match="row 0 has entries at 0 and 1"):
        phi([[1, 1], [0, 1]], "relu")
