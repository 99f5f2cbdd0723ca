"""Every move leaves the function alone; the slow oracle is the judge. What a network does not allow is refused."""

import random
from fractions import Fraction

import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from proofs import strategies
from proofs.strategies import FAMILIES, KINDS

SMALL = 9


def is_small(f, g):
    return f.inputs <= 2 and sum(f.widths[1:-1]) + sum(g.widths[1:-1]) <= SMALL


def sample(n, seed=0):
    rng = random.Random(seed)
    return [[Fraction(rng.randint(-64, 64), rng.choice([1, 7, 16])) for _ in range(n)] for _ in range(24)]


@pytest.mark.parametrize("kind", [*KINDS, "several"])
@given(data=st.data())
@settings(max_examples=25)
def test_every_kind_of_move_keeps_the_function(kind, data):
    """At exact points always, and on all of R^n by the oracle where the networks are small."""
    f, g = data.draw(strategies.equal_pairs(kind))
    assert f.evaluate(sample(f.inputs)) == g.evaluate(sample(f.inputs))
    if is_small(f, g):
        assert oracles.same_function(f, g)


@pytest.mark.parametrize("kind", ["splits", "duplicates", "zero neurons", "dead neurons", "cancelling neurons", "reflections"])
def test_moves_that_add_neurons_do(kind):
    @given(strategies.equal_pairs(kind))
    @settings(max_examples=10)
    def check(pair):
        assert pair[0].widths != pair[1].widths

    check()


@given(FAMILIES["deep"], st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_a_scrambled_network_is_the_same_function(f, rng):
    g = moves.scramble(f, rng)
    assert g.widths == f.widths
    assert f.evaluate(sample(f.inputs)) == g.evaluate(sample(f.inputs))


@given(FAMILIES["deep"], st.data())
@settings(max_examples=25)
def test_with_neurons_undoes_neurons(f, data):
    k = data.draw(st.integers(1, f.hidden))
    assert moves.with_neurons(f, k, *moves.neurons(f, k)) == f


def test_moves_keep_the_final_activation():
    f = ReLUNetwork([([[1], [2]], None), ([[1, 1], [0, 1]], None)], final="softmax")
    for g in (moves.permute(f, 1, [1, 0]), moves.rescale(f, 1, [2, 3]), moves.add_unused(f, 1, [1], 1)):
        assert g.final == "softmax"


RAMP = ReLUNetwork([([[1]], [0]), ([[-1]], [1]), ([[1]], [0])])  # σ(1 − σ(x))
FACET = ReLUNetwork([([[1, 0], [0, 1]], None), ([[2, -1]], [-1]), ([[1]], None)])  # σ(2 σ(s) − σ(t) − 1)
MIXED = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], [1, 1]], None), ([[1, 1]], None)])

REFUSED = {
    "layer 0": lambda: moves.permute(MIXED, 0, [0, 1]),
    "the output layer": lambda: moves.add_unused(MIXED, 3, [1, 1], 0),
    "an order that repeats": lambda: moves.permute(MIXED, 1, [0, 0]),
    "an order too short": lambda: moves.permute(MIXED, 1, [0]),
    "a negative scale": lambda: moves.rescale(MIXED, 1, [1, -1]),
    "a zero scale": lambda: moves.split(MIXED, 1, 0, [1, 0], [[1, 1]]),
    "columns that do not fit the scales": lambda: moves.split(MIXED, 1, 0, [1, 1], []),
    "a dead neuron with a positive weight": lambda: moves.add_dead(MIXED, 2, [1, -1], 0, [1]),
    "a dead neuron in the first layer that reads the input": lambda: moves.add_dead(MIXED, 1, [-1, -1], -1, [1, 1]),
    "a flip in the first layer": lambda: moves.flip(MIXED, 1, 0),
    "a flip by too little": lambda: moves.flip(MIXED, 2, 0, [0, 0, 0]),
    "a neuron counted from the end": lambda: moves.split(MIXED, 1, -1, [1, 1], [[0, 0]]),
    "a neuron that is not there": lambda: moves.rewrite(MIXED, 1, 2, []),
    "a neuron flipped behind itself": lambda: moves.flip_facet(FACET, 1, 0, -2),
    "a block with a neuron twice": lambda: moves.refactor(MIXED, 2, [1, 1], [[1, 1]]),
    "a block with a mixed neuron": lambda: moves.refactor(MIXED, 2, [0], [[1, 1]]),
    "rows that do not span the block": lambda: moves.refactor(MIXED, 2, [1], [[1, 0]]),
    "new rows with a negative weight": lambda: moves.refactor(MIXED, 2, [1], [[1, 1], [-1, 0]]),
    "a facet that shows": lambda: moves.shift_facet(MIXED, 1, 0, -1),
    "a shift too far": lambda: moves.shift_facet(FACET, 1, 0, 1),
    "a flip of the facet itself": lambda: moves.flip_facet(FACET, 1, 0, 0),
    "a flip behind a facet that shows": lambda: moves.flip_facet(FACET, 1, 1, 0),
    "a reflection of what is no ramp": lambda: moves.reflect(FACET, 1, 0),
    "a reflection from within the ramp": lambda: moves.reflect(RAMP, 1, 0, Fraction(1, 2)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_move_that_does_not_apply_is_refused(name):
    with pytest.raises(moves.NotApplicable):
        REFUSED[name]()


def test_an_empty_layer_is_refused():
    f = ReLUNetwork([([[1]], None), ([[0]], [1]), ([[1]], None)])
    with pytest.raises(moves.NotApplicable, match="at least one row"):
        moves.refactor(f, 2, [0], [])


def test_two_live_neurons_of_different_ratios_refuse_a_flip():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], [1, -2]], [-1, -1]), ([[1, 1]], None)])
    with pytest.raises(moves.NotApplicable, match="one ratio"):
        moves.flip_facet(f, 1, 0, 1)


def test_the_limit_of_a_shift_is_allowed():
    g = moves.shift_facet(FACET, 1, 0, Fraction(1, 2))
    assert g.layers[1][1] == (0,)
    assert oracles.same_function(FACET, g)


def test_a_reflected_ramp_is_written_out():
    """σ(1 − σ(x)) = σ(y) − σ(y − 1), y = σ(1 − x)."""
    g = moves.reflect(RAMP, 1, 0)
    assert g == ReLUNetwork([([[-1]], [1]), ([[1], [1]], [0, -1]), ([[1, -1]], [0])])
