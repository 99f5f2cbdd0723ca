"""Linear programs reach neurons that sampling misses, and never claim one that is off."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.reach import climb, program_work, smallest
from fibers.relu.sampling import Sample, sample_points
from proofs import strategies


def bump(centre, width):
    """On exactly where Σ |x_i − a_i| < width: a diamond around `centre`."""
    n = len(centre)
    eye = np.eye(n).astype(int).tolist()
    first = eye + [[-v for v in row] for row in eye], [-a for a in centre] + list(centre)
    return ReLUNetwork([first, ([[-1] * (2 * n)], [width]), ([[1]], [0])])


def reached(f, targets, x, radius=1e6, **options):
    found, programs = climb(f, targets, np.array(x, dtype=float), np.random.default_rng(0), radius=radius, **options)
    assert programs >= 1
    return found


@pytest.mark.parametrize("width", [1, 1e-3, 1e-6])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_a_tiny_diamond_is_reached_from_far_away(n, width):
    f = bump([3.25 * (i + 1) for i in range(n)], width)
    x = reached(f, [(2, 0)], [-50.0] * n)
    assert smallest(Sample(f, x[None, :]), [(2, 0)])[0] > 0
    assert f(x)[0] > 0


def test_several_neurons_are_reached_at_once():
    """σ(x − 1), σ(5 − x) and the last neuron, which needs both above 1."""
    f = ReLUNetwork([([[1], [-1]], [-1, 5]), ([[1, 0], [0, 1], [1, 1]], [-1, -1, -3]), ([[1, 1, 1]], [0])])
    (x,) = reached(f, [(2, 0), (2, 1), (2, 2)], [1.5])
    assert 2 < x < 4


def test_hope_switches_on_what_a_target_reads():
    """σ(σ(x − 1) − 2) from x = −9: nothing below pushes σ(x − 1) on."""
    f = ReLUNetwork([([[1]], [-1]), ([[1]], [-2]), ([[1]], [0])])
    assert reached(f, [(2, 0)], [-9.0]) is None
    assert reached(f, [(2, 0)], [-9.0], hopeful=True)[0] > 3
    assert reached(f, [(1, 0), (2, 0)], [-9.0])[0] > 3


@pytest.mark.parametrize("deeper", [False, True])
def test_neurons_that_are_off_may_stay_off(deeper):
    """σ(x − 10) + σ(−x − 10) > 100 on two arms; on either, one of the two neurons read is far below 0."""
    arms, last = ([[1], [-1]], [-10, -10]), ([[1, 1]], [-100])
    swapped = [([[0, 1], [1, 0]], [0, 0])] if deeper else []
    f = ReLUNetwork([arms, *swapped, last, ([[1]], [0])])
    assert reached(f, [(f.hidden, 0)], [20.0])[0] > 110
    assert reached(f, [(f.hidden, 0)], [-20.0])[0] < -110


def test_a_neuron_beyond_the_radius_is_not_reached():
    f = ReLUNetwork([([[1]], [-1000]), ([[1]], [0])])
    assert reached(f, [(1, 0)], [0.0], radius=10.0) is None
    assert reached(f, [(1, 0)], [0.0], radius=1e4)[0] > 1000


def test_a_neuron_that_is_never_on_is_not_reached():
    """σ(x) + σ(−x) ≥ 0, so −1 − σ(x) − σ(−x) < 0, and σ(x) − σ(x) − 1 = −1."""
    f = ReLUNetwork([([[1], [-1], [1]], [0, 0, 0]), ([[-1, -1, 0], [1, 0, -1]], [-1, -1]), ([[1, 1]], [0])])
    for i in (0, 1):
        assert reached(f, [(2, i)], [2.0]) is None


@given(strategies.networks(hidden=(1, 3)), st.data())
@settings(max_examples=40)
def test_what_is_reached_is_on(f, data):
    k = data.draw(st.integers(1, f.hidden))
    target = (k, data.draw(st.integers(0, f.widths[k] - 1)))
    x = reached(f, [target], sample_points(f.inputs, 1, np.random.default_rng(0))[0])
    if x is not None:
        assert Sample(f, x[None, :]).layers[k - 1][0, target[1]] > 0


def test_weights_beyond_floats_are_given_up():
    f = ReLUNetwork([([[10**400]], [-1]), ([[1]], [0])])
    assert reached(f, [(1, 0)], [-1.0]) is None


def test_the_deadline_is_handed_to_the_solver():
    f = bump([1.0, 2.0], 1e-3)
    assert reached(f, [(2, 0)], [0.0, 0.0], deadline=time.monotonic() + 3600) is not None


def test_higher_layers_cost_more():
    f = ReLUNetwork([(np.ones((50, 5)), None), (np.ones((50, 50)), None), (np.ones((50, 50)), None), (np.ones((1, 50)), None)])
    assert program_work(f, 1) < program_work(f, 2) < program_work(f, 3)
