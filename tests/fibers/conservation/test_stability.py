"""Kinds of neurons that no small change of the weights alters."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.conservation.patterns import patterns_near
from fibers.conservation.stability import layer_kinds
from fibers.networks import ReLUNetwork
from fibers.relu.activations import pattern_at
from fibers.relu.weights import from_vector, vector
from proofs.strategies import networks


@given(networks(hidden=(1, 3)), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_dead_neurons_stay_off_and_groups_stay_on_together_nearby(f, rng):
    """At weights moved by up to 2^−40, and points of many sizes."""
    near = from_vector(f.widths, [x + Fraction(rng.randint(-8, 8), 2**43) for x in vector(f)])
    for _ in range(20):
        x = tuple(Fraction(rng.randint(-9, 9)) * 2 ** rng.randint(-5, 20) for _ in range(f.inputs))
        for on, kinds in zip(pattern_at(near, x), layer_kinds(f), strict=True):
            assert not any(on[i] for i in kinds.dead)
            assert all(on[i] for group in kinds.together for i in group)


def test_bounded_neurons_count():
    """y ≤ 1 reads −σ(x) + 1; 2 − y is on everywhere, y − 2 off."""
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[-1, -1]], [1]), ([[-1], [1], [1]], [2, -2, 0]), ([[1, 1, 1]], [0])])
    kinds = layer_kinds(f)[2]
    assert (kinds.together, kinds.dead, kinds.others) == (((0,),), (1,), (2,))


def test_weights_that_read_dead_neurons_do_not_matter():
    f = ReLUNetwork([([[1]], [0]), ([[-1], [1]], [-1, 0]), ([[-5, 1]], [1]), ([[1]], [0])])
    assert layer_kinds(f)[2].together == ((0,),)


def test_zero_weights_are_no_sign():
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[0, 1], [0, -1]], [1, -1]), ([[1, 1]], [0])])
    assert layer_kinds(f)[1].others == (0, 1)


def test_bias_zero_will_do_if_it_is_held():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 2], [-1, -1]], None), ([[1, 1]], None)])
    assert layer_kinds(f, biases=True)[1].others == (0, 1)
    held = layer_kinds(f, biases=False)[1]
    assert (held.together, held.dead) == (((0,),), (1,))


def test_one_input_without_biases_has_two_sides():
    f = ReLUNetwork([([[1], [2], [-3]], None), ([[1, -3, 1], [-1, -1, -1]], None), ([[1, 1]], None)])
    first, second = layer_kinds(f, biases=False)
    assert first.together == ((0, 1), (2,))
    assert (second.together, second.dead) == (((0,),), (1,))


def test_patterns_near_occur():
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    assert set(patterns_near(f)) == {((a, b),) for a in (True, False) for b in (True, False)}


def test_a_neuron_that_is_zero_on_a_side_may_go_on():
    """2σ(x) − σ(2x) = 0: at other weights close by it is on for x > 0."""
    f = ReLUNetwork([([[1], [2]], None), ([[2, -1]], None), ([[1]], None)])
    assert [kinds.others for kinds in layer_kinds(f, biases=False)] == [(0, 1), (0,)]
