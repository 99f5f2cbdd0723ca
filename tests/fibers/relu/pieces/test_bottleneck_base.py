"""The base of a bottleneck network computes its function, whatever the weights, and shows a hidden facet by signs."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.bottleneck_base import base_of, refusal
from fibers.relu.shallow import normal_form
from proofs import strategies

UNIT = ([[1, 0], [0, 1]], None)


def bottlenecks():
    return st.one_of(strategies.generic_bottlenecks(), strategies.bottleneck_networks(), strategies.facet_networks())


def value(base, S, x):
    """f(x) from the base with the kinks S flipped."""
    y = [max(sum((w * v for w, v in zip(row[:-1], x, strict=True)), row[-1]), Fraction(0)) for row in base.first]
    total = [sum((r * v for r, v in zip(row[:-1], y, strict=True)), row[-1]) for row in base.affine_at(S)]
    for i, form in enumerate(base.forms):
        z = sum((w * v for w, v in zip(form[:-1], y, strict=True)), form[-1])
        total = [t + v * max(-z if i in S else z, Fraction(0)) for t, v in zip(total, base.columns[i], strict=True)]
    return tuple(total)


@given(bottlenecks(), st.randoms(use_true_random=False))
@example(ReLUNetwork([UNIT, ([[1, -1], [-2, 2], [2, -2]], [1, -2, 2]), ([[1, 1, 3]], [0])]), random.Random(0))
@example(ReLUNetwork([UNIT, ([[1, -1], [-1, 1]], [1, -1]), ([[1, -1]], [0])]), random.Random(0))
def test_the_base_computes_the_function_with_any_kinks_flipped(f, rng):
    if refusal(f):
        return
    base = base_of(f)
    S = [i for i in range(base.mixed) if rng.random() < 0.5]
    for _ in range(5):
        x = [Fraction(rng.randint(-40, 40), rng.randint(1, 5)) for _ in range(f.inputs)]
        assert value(base, S, x) == f(x)


@given(bottlenecks())
def test_kinks_are_those_of_the_normal_form_on_the_orthant(f):
    if refusal(f):
        return
    assert base_of(f).mixed == len(normal_form(ReLUNetwork(f.maps[1:]), "orthant").kinks)


@given(strategies.generic_bottlenecks(facet=True), st.randoms(use_true_random=False))
def test_a_hidden_facet_is_seen_through_flips(f, rng):
    """The base of a flipped copy is turned back, so that both have the same facet, forms and R = 0."""
    base = base_of(f)
    assert base.facet == 0
    assert not any(base.linear.numerators)
    g = f
    for i in [i for i in base.neurons if rng.random() < 0.6]:
        g = moves.flip(g, 2, i)
    turned = base_of(g)
    assert (turned.facet, turned.forms, turned.columns, turned.linear) == (base.facet, base.forms, base.columns, base.linear)
    assert turned.ratios == base.ratios
    assert turned.affine_at(()) == base.affine_at(())


@given(strategies.generic_bottlenecks(facet=True), st.randoms(use_true_random=False))
def test_flips_behind_the_facet_are_the_moves(f, rng):
    base = base_of(f)
    flippable = [k for k, _ in base.ratios]
    assert len(flippable) == (f.widths[1] - 1 if base.mixed == 1 else 0)
    chosen = [k for k in flippable if rng.random() < 0.5]
    g = f
    for k in chosen:
        g = moves.flip_facet(g, 1, 0, k)
    assert base.first_at(chosen) == tuple((*row, b) for row, b in zip(*g.layers[0], strict=True))


def test_nothing_flips_behind_a_facet_if_active_neurons_read_it():
    """σ(y_0 − y_1 − 1) + y_1: facet 0 is hidden, and y_1 has another reader; σ(y_0 − y_1 − 1) alone lets it flip."""
    rows = [[1, -1], [1, 2], [1, 1]]
    f = ReLUNetwork([UNIT, (rows, [-1, 1, 1]), ([[1, 1, -1]], [0])])
    assert (base_of(f).facet, base_of(f).ratios) == (0, ())
    assert base_of(ReLUNetwork([UNIT, (rows, [-1, 1, 1]), ([[1, 0, 0]], [0])])).ratios == ((1, -1),)


def test_the_reach_of_a_shift_is_the_least_ratio():
    f = ReLUNetwork([UNIT, ([[2, -1], [3, -1]], [-1, -1]), ([[1, 1]], [0])])
    assert base_of(f).reach == Fraction(1, 3)


def test_a_neuron_without_effect_is_free():
    f = ReLUNetwork([UNIT, ([[1, 0], [1, 0]], [-1, 1]), ([[1, 1]], [0])])
    assert base_of(f).free == (1,)
    constant = ReLUNetwork([UNIT, ([[-1, -1], [1, 1]], [-1, 1]), ([[1, 0]], [0])])
    assert base_of(constant).free == (0, 1)
    assert base_of(ReLUNetwork([UNIT, ([[1, 1]], [1]), ([[1]], [0])])).free == ()


@pytest.mark.parametrize(
    ("widths", "said"),
    [
        ((1, 1, 1, 1), "n_1 = 1"),
        ((2, 1, 2, 1), "n_1 = 1"),
        ((2, 2, 1), "two hidden"),
        ((2, 2, 2, 2, 1), "two hidden"),
        ((2, 3, 2, 1), "rank"),
    ],
)
def test_hypotheses_that_fail_are_named(widths, said):
    layers = [([[int(i == j) for j in range(a)] for i in range(b)], None) for a, b in itertools.pairwise(widths)]
    assert said in refusal(ReLUNetwork(layers))


def test_dependent_rows_are_refused_by_their_rank():
    f = ReLUNetwork([([[1, 2], [2, 4]], None), ([[1, 1]], None), ([[1]], None)])
    assert "rank W_1 = 1" in refusal(f)
    assert refusal(ReLUNetwork([UNIT, *f.maps[1:]])) is None
