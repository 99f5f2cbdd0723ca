"""Kinds of neurons that no small change of the weights alters."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.conservation.laws import conservation_laws
from fibers.conservation.patterns import patterns_near
from fibers.conservation.stability import layer_kinds
from fibers.errors import NotSmooth
from fibers.networks import ReLUNetwork
from fibers.relu.activations import pattern_at
from fibers.relu.rank.jacobian import jacobian
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


LINE = ReLUNetwork([([[1]], [0]), ([[1]], [1]), ([[-1]], [1]), ([[1], [-1]], [0, 0]), ([[2, 3]], [0])])
"""1 − y with y ≥ 1: off everywhere, and on somewhere as soon as the weight −1 gets smaller in size."""


def test_a_bound_that_is_zero_by_chance_is_not_kept():
    kinds = layer_kinds(LINE, biases=False)
    assert kinds[2].others == (0,)
    assert (kinds[3].together, kinds[3].dead) == (((0,),), (1,))
    assert conservation_laws(LINE, biases=False).counts == {"C1": 2, "C3": 2}


def test_what_reads_only_dead_neurons_is_dead_while_its_bias_is_held_at_zero():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[-1, -1]], None), ([[3], [-2]], [0, 1]), ([[1, 1]], None)])
    held, free = layer_kinds(f, biases=False)[2], layer_kinds(f)[2]
    assert (held.dead, held.together) == ((0,), ((1,),)) and free.others == (0,)


def rough(rng: random.Random) -> ReLUNetwork:
    """Depth 1 to 4, with zeros, ones, copies of neurons, rows of one sign."""
    widths = [rng.randint(1, 2), *(rng.choice([1, 1, 2, 3]) for _ in range(rng.randint(1, 4))), rng.randint(1, 2)]
    zero = rng.random() < 0.25
    layers = []
    for n, m in itertools.pairwise(widths):
        rows: list[list[int]] = []
        biases: list[int] = []
        for _ in range(m):
            if rows and rng.random() < 0.2:
                rows.append(rows[-1])
                biases.append(biases[-1])
                continue
            sign = rng.choice([1, -1])
            rows.append([sign * rng.choice([1, 1, 2]) if rng.random() < 0.7 else rng.choice([0, 1, -1]) for _ in range(n)])
            biases.append(0 if zero else rng.choice([0, 0, 1, 1, -1]))
        layers.append((rows, biases))
    return ReLUNetwork(layers)


@pytest.mark.parametrize("held", [False, True])
def test_kinds_and_laws_hold_at_all_weights_near_by(held):
    """By brute force: exact pre-activations and gradients at moved weights."""
    rng = random.Random(0)
    dead = together = 0
    for _ in range(250):
        f = rough(rng)
        laws = conservation_laws(f, biases=not held)
        two_sided = held and f.inputs == 1 and not any(x for _, b in f.layers[:-1] for x in b)
        dead += sum(len(kinds.dead) for kinds in laws.structure.kinds)
        together += laws.counts.get("C2", 0)
        for _ in range(5):
            g = moved(f, laws.places.moving, rng)
            gradients = [law.quantity.gradient(vector(g)) for law in laws]
            for _ in range(8):
                x = [Fraction(rng.randint(-9, 9)) * 2 ** rng.randint(-4, 45) for _ in range(f.inputs)]
                check_kinds(preactivations(g, x), laws.structure.kinds, two_sided)
                check_gradients(g, x, gradients)
    assert dead > 20 and together > 20


def moved(f: ReLUNetwork, places: tuple[int, ...], rng: random.Random) -> ReLUNetwork:
    """All of the weights moved, or some, by up to 2^−12 or 2^−40."""
    size, share = Fraction(1, 2 ** rng.choice([12, 40])), rng.choice([0.3, 1])
    weights = list(vector(f))
    for p in places:
        weights[p] += size * Fraction(rng.randint(-4, 4), 4) if rng.random() < share else 0
    return from_vector(f.widths, weights)


def preactivations(f: ReLUNetwork, x: list[Fraction]) -> list[list[Fraction]]:
    found, y = [], x
    for W, b in f.layers[:-1]:
        found.append([sum((w * v for w, v in zip(row, y, strict=True)), c) for row, c in zip(W, b, strict=True)])
        y = [max(t, Fraction(0)) for t in found[-1]]
    return found


def check_kinds(values, kinds, two_sided: bool) -> None:
    for T, kind in zip(values, kinds, strict=True):
        assert all(T[i] <= 0 for i in kind.dead)
        for group in kind.together:
            assert len({T[i] > 0 for i in group}) == 1 if two_sided else all(T[i] >= 0 for i in group)


def check_gradients(f: ReLUNetwork, x: list[Fraction], gradients) -> None:
    try:
        rows = jacobian(f, x)
    except NotSmooth:
        return
    assert not any(sum(c * row[p] for p, c in gradient.items()) for gradient in gradients for row in rows)
