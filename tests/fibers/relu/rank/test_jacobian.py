"""The Jacobian by the weights is the derivative, as torch takes it; smooth points are where it exists near by."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers import NotSmooth, ReLUNetwork
from fibers.exact import matrix
from fibers.relu import regions
from fibers.relu.rank.jacobian import Residues, is_smooth, jacobian, rows_on
from fibers.relu.rank.modular import rank
from fibers.relu.weights import from_vector, vector
from proofs import strategies

ABS = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])


def by_torch(f: ReLUNetwork, x: list[float]) -> np.ndarray:
    module, rows = f.to_torch(), []
    for output in module(torch.tensor(x, dtype=torch.float64)):
        gradients = torch.autograd.grad(output, list(module.parameters()), retain_graph=True, materialize_grads=True)
        rows.append(torch.cat([g.flatten() for g in gradients]))
    return torch.stack(rows).numpy()


@settings(max_examples=40, deadline=None)
@given(strategies.networks(), st.integers(0, 10**6))
def test_the_jacobian_is_what_torch_computes(f: ReLUNetwork, seed: int) -> None:
    rng = random.Random(seed)
    x = [Fraction(rng.randint(-999, 999), 64) for _ in range(f.inputs)]
    if is_smooth(f, x):
        ours = np.array(jacobian(f, x), dtype=float)
        theirs = by_torch(f, [float(v) for v in x])
        assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(theirs).max())))


@settings(max_examples=40, deadline=None)
@given(strategies.networks(), st.integers(0, 10**6))
def test_near_a_smooth_point_the_jacobian_is_the_exact_difference(f: ReLUNetwork, seed: int) -> None:
    """On one pattern f is a polynomial in one weight of degree 1, so a difference quotient has no error."""
    rng = random.Random(seed)
    x = [Fraction(rng.randint(-999, 999), 64) for _ in range(f.inputs)]
    if not is_smooth(f, x):
        return
    place, step = rng.randrange(f.parameters), Fraction(1, 2**120)
    moved = list(vector(f))
    moved[place] += step
    after = from_vector(f.widths, moved)(x)
    assert [(b - a) / step for a, b in zip(f(x), after, strict=True)] == [row[place] for row in jacobian(f, x)]


def test_a_kink_is_named() -> None:
    with pytest.raises(NotSmooth, match="neuron 0 of hidden layer 1 is 0 at x"):
        jacobian(ABS, [0])


def test_kinks_before_a_layer_that_is_off_do_not_count() -> None:
    f = ReLUNetwork([([[1], [1]], [0, 1]), ([[1, 1]], [-5]), ([[2]], [3])])
    assert jacobian(f, [0]) == ((0,) * 7 + (0, 1),)
    assert is_smooth(f, [5]) and not is_smooth(f, [2])  # there 2 + 3 − 5 = 0


def test_kinks_count_beside_a_neuron_that_is_on() -> None:
    f = ReLUNetwork([([[1], [1]], [0, 1]), ([[1, 1], [0, 0]], [-5, 1]), ([[2, 0]], [3])])
    assert not is_smooth(f, [0])


@settings(max_examples=25, deadline=None)
@given(strategies.networks())
def test_rows_modulo_a_prime_span_what_exact_rows_do(f: ReLUNetwork) -> None:
    if f.hidden == 0 or f.parameters > 60:
        return
    region = regions(f)[0]
    exact = matrix(rows_on(f.maps, region.pattern)).rank()
    R = Residues(f)
    copies = 3 * f.outputs * (f.inputs + 1)
    patterns = [np.array([layer] * copies) for layer in region.pattern]
    assert rank(R.rows(patterns, np.random.default_rng(0)), R.prime) == exact


@settings(max_examples=25, deadline=None)
@given(strategies.networks())
def test_rows_on_a_region_contain_those_at_its_points(f: ReLUNetwork) -> None:
    if f.hidden == 0 or f.parameters > 60:
        return
    region = regions(f)[0]
    if is_smooth(f, region.point):
        rows = rows_on(f.maps, region.pattern)
        assert matrix([*rows, *jacobian(f, region.point)]).rank() == matrix(rows).rank()
