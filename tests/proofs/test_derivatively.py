"""Jacobians by the product rule are those of torch, and points lie in every region."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.activations import pattern_at, regions
from proofs import strategies
from proofs.catalogue import derivatively

ABS = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])


@given(strategies.generic_networks(), st.integers(0, 100))
def test_gradients_are_those_of_autograd(f, seed):
    module = f.to_torch()
    for x in derivatively.smooth_points(f, 3, seed):
        y = module(torch.tensor([float(v) for v in x], dtype=torch.float64))
        for o, row in enumerate(derivatively.gradients(f, x)):
            by_torch = torch.autograd.grad(y[o], list(module.parameters()), retain_graph=True)
            flat = torch.cat([g.flatten() for g in by_torch]).numpy()
            assert np.allclose(np.array([float(v) for v in row]), flat, rtol=1e-9, atol=1e-6 * (1 + abs(flat).max()))


def test_a_kink_is_not_smooth():
    assert derivatively.gradients(ABS, [Fraction(0)]) is None
    assert derivatively.gradients(ABS, [Fraction(1)]) == [[1, 0, 1, 0, 1, 0, 1]]


@given(strategies.generic_networks(hidden=(1, 2), inputs=2))
def test_points_are_drawn_in_every_region_and_span_it(f):
    found = {}
    for x in derivatively.everywhere(f):
        found.setdefault(pattern_at(f, x), []).append(x)
    assert set(found) == {region.pattern for region in regions(f)}
    for points in found.values():
        spread = np.array([[float(a - b) for a, b in zip(p, points[0], strict=True)] for p in points[1:]])
        assert np.linalg.matrix_rank(spread / abs(spread).max()) == f.inputs


@pytest.mark.parametrize(("widths", "rank"), [((2, 5, 1), 16), ((1, 2, 1), 5)])
def test_scalings_alone_are_lost_in_general_position(widths, rank):
    weights = iter(Fraction(p) for p in (7, -3, 5, 11, -2, 9, 4, -13, 6, 17, -8, 3, 19, -5, 23, 12, 29, -31, 37, 41, 43))
    layers = [
        ([[next(weights) for _ in range(before)] for _ in range(after)], [next(weights) for _ in range(after)])
        for before, after in itertools.pairwise(widths)
    ]
    assert derivatively.rank_everywhere(ReLUNetwork(layers)) == rank


def test_opposite_neurons_lose_more():
    assert derivatively.rank_everywhere(ABS) == 4
