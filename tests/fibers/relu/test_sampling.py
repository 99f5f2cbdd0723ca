"""Sampled points are short and exact; live neurons are those that the outputs depend on."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.sampling import POOL, Sample, sample_points, sample_size, to_point
from proofs import strategies


@given(st.integers(1, 40), st.integers(0, 100))
def test_points_are_short_dyadic_numbers_and_depend_on_the_seed_alone(n, seed):
    points = sample_points(n, 50, np.random.default_rng(seed))
    assert (points == sample_points(n, 50, np.random.default_rng(seed))).all()
    for x in map(to_point, points):
        assert all(v.denominator.bit_count() == 1 and abs(v.numerator) < 2**24 for v in x)


def test_points_come_at_all_scales_and_some_are_sparse():
    points = np.abs(sample_points(20, 1000, np.random.default_rng(0)))
    sizes = points.max(axis=1)
    assert (sizes < 1e-4).any()
    assert (sizes > 1e5).any()
    assert np.median((sizes > 0.1) & (sizes < 100)) == 1
    assert ((points > 0).sum(axis=1) <= 3).any()


@given(strategies.networks(hidden=(0, 3)))
def test_a_sample_has_the_pre_activations_of_the_network(f):
    points = sample_points(f.inputs, 6, np.random.default_rng(0))
    layers = Sample(f, points).layers
    assert [t.shape for t in layers] == [(6, w) for w in f.widths[1:]]
    np.testing.assert_allclose(layers[-1], f(points))
    assert (layers[0][0] > 0).tolist() == [t > 0 for t in ReLUNetwork(f.maps[:1])(to_point(points[0]))]


def test_live_neurons_are_on_and_reach_the_outputs():
    """Of σ(x), σ(−x), σ(x) unused: at 1 the first is live; behind a neuron that is off nothing is."""
    first = ([[1], [-1], [1]], [0, 0, 0])
    f = ReLUNetwork([first, ([[1, 1, 0], [1, 0, 0]], [-2, 0]), ([[1, 0]], [0])])
    at_one, at_five = np.array([[1.0]]), np.array([[5.0]])
    assert [mask.tolist() for mask in Sample(f, at_one).live] == [[[False] * 3], [[False, False]]]
    assert [mask.tolist() for mask in Sample(f, at_five).live] == [[[True, False, False]], [[True, False]]]


def test_an_affine_map_has_no_live_neurons():
    assert Sample(ReLUNetwork([([[2]], [1])]), np.zeros((1, 1))).live == []


def test_weights_beyond_floats_do_no_harm():
    f = ReLUNetwork([([[10**400, -(10**400)]], [0]), ([[1]], [0])])
    sample = Sample(f, np.ones((1, 2)))
    assert sample.layers[-1].shape == (1, 1)
    assert sample.live[0].shape == (1, 1)


def test_large_networks_get_fewer_points():
    small = ReLUNetwork([([[1]], [0])])
    assert sample_size(small) == POOL
    assert sample_size(ReLUNetwork([(np.ones((1000, 1000)), None)])) < POOL
    assert to_point(np.array([0.5, -3.0])) == (Fraction(1, 2), Fraction(-3))
