"""Alignment finds planted neurons, at their scales, and writes what the checker accepts."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.alignment import align
from fibers.relu.problems import Problem
from proofs import check
from proofs.strategies import networks


def random_network(widths, seed):
    """Small random dyadic weights, every neuron on a hyperplane of its own."""
    rng = random.Random(seed)
    layers = []
    for n, m in itertools.pairwise(widths):
        layers.append(
            (
                [[Fraction(rng.randint(-99, 99), 8) for _ in range(n)] for _ in range(m)],
                [Fraction(rng.randint(-99, 99), 4) for _ in range(m)],
            )
        )
    return ReLUNetwork(layers)


def proved(f, g):
    """Whether there is a certificate, which is then checked."""
    alignment, certificate = align(Problem(f, g))
    assert alignment.complete == (certificate is not None)
    return certificate is not None and check(certificate, f, g).kind == "equivalent"


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([(3, 5, 2), (4, 6, 5, 3), (2, 4, 4, 4, 1)]))
def test_a_planted_permutation_and_its_scales_are_recovered(seed, widths):
    """Row i of layer k of g is scale_i times row order_i of f, and so it says."""
    rng = random.Random(seed)
    f = g = random_network(widths, seed)
    planted = set()
    for k in range(1, f.hidden + 1):
        order = rng.sample(range(widths[k]), widths[k])
        scales = [Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in order]
        g = moves.rescale(moves.permute(g, k, order), k, scales)
        planted |= {((k, i), (k, j), s) for j, (i, s) in enumerate(zip(order, scales, strict=True))}
    alignment, certificate = align(Problem(f, g))
    assert check(certificate, f, g).kind == "equivalent"
    assert {(m.of_f, m.of_g, m.scale) for m in alignment.matches if not m.flipped} == planted
    assert not alignment.unmatched_f and not alignment.unmatched_g


def test_a_flipped_neuron_is_matched_as_flipped():
    f = random_network((2, 3, 3, 1), 5)
    g = moves.flip(f, 2, 1)
    alignment, certificate = align(Problem(f, g))
    assert check(certificate, f, g)
    (match,) = [m for m in alignment.matches if m.flipped]
    assert (match.of_f, match.of_g, match.scale) == ((2, 1), (2, 1), 1)


def test_neurons_without_a_partner_are_named():
    f = random_network((2, 3, 2, 1), 1)
    rows, bias = [list(row) for row in f.layers[0][0]], f.layers[0][1]
    rows[1][0] += Fraction(1, 10**10)
    alignment, certificate = align(Problem(f, ReLUNetwork([(rows, bias), *f.layers[1:]])))
    assert certificate is None and not alignment.complete
    assert (1, 1) in alignment.unmatched_f and (1, 1) in alignment.unmatched_g
    assert alignment.stopped.startswith("hidden layer 1: 1 of 3 neurons of f and 1 of 3 of g")


def test_a_changed_output_layer_is_said_to_be_the_difference():
    f = random_network((2, 3, 1), 1)
    rows, bias = f.layers[1]
    alignment, certificate = align(Problem(f, ReLUNetwork([f.layers[0], (rows, [bias[0] + 1])])))
    assert certificate is None
    assert alignment.stopped == "every hidden neuron has a partner, the output layers differ"


@given(networks())
def test_every_network_is_itself(f):
    assert proved(f, f)


@pytest.mark.parametrize("seed", range(40))
def test_flips_in_neighbouring_layers_are_seen(seed):
    """E4 leaves these to the complete procedure; common forms see through them."""
    f = random_network((2, 3, 4, 4, 2), seed)
    rng = random.Random(seed)
    g = moves.flip(moves.flip(f, 2, rng.randrange(4)), 3, rng.randrange(4))
    assert proved(f, g) and proved(g, f)


@pytest.mark.parametrize("seed", range(40))
def test_chains_of_hidden_facets_are_seen(seed):
    """A facet hidden by a neuron that is hidden in turn: both shifted, then copied and permuted."""
    rng = random.Random(seed)
    t = [Fraction(rng.randint(1, 9), 4) for _ in range(9)]
    inner = [([[1, t[0]], [t[1], -1]], [t[2], -t[3]]), ([[t[4], -1], [t[0], -2]], [-t[5], -3])]
    f = ReLUNetwork([*inner, ([[t[6], -1]], [-t[7]]), ([[t[8]]], [1])])
    g = moves.shift_facet(moves.shift_facet(f, 1, 0, -t[0]), 2, 0, t[7] / t[6] / 2)
    g = moves.scramble(moves.split(g, 2, 0, [2, t[1]], [[t[2]]]), rng)
    assert proved(f, g) and proved(g, f)


def test_one_function_with_two_first_layers_is_one_function():
    """B3's example: σ(σ(s) − cσ(t)) = σ(σ(s − ct) − cσ(−t))."""
    c = Fraction(7, 3)
    f, g = (ReLUNetwork([(W, None), ([[1, -c]], None), ([[1]], None)]) for W in ([[1, 0], [0, 1]], [[1, -c], [0, -1]]))
    assert proved(f, g) and proved(g, f)


def test_what_hides_on_neither_side_is_not_called_equal():
    """σ(σ(t) + 1) is no σ(t + 1): the rest is positive."""
    f = ReLUNetwork([([[1]], [0]), ([[1]], [1]), ([[1]], [0])])
    g = ReLUNetwork([([[1]], [1]), ([[1]], [0]), ([[1]], [0])])
    assert not proved(f, g) and f([-1]) != g([-1])


def test_signs_that_only_forms_show_are_seen_where_rows_are_mixed():
    """σ(x) + y − (x + y) = σ(−x) in five neurons, each of either sign in the row: −σ(−x) − 1 is never positive."""
    f = ReLUNetwork([([[1, 0], [0, 1], [0, -1], [-1, -1], [1, 1]], None), ([[-1, -1, 1, -1, 1]], [-1]), ([[1]], [0])])
    zero = ReLUNetwork([([[0, 0]], [0])])
    assert proved(f, zero) and proved(zero, f)


def test_softmax_is_compared_up_to_a_shift_of_all_logits():
    f = ReLUNetwork([([[1]], [0]), ([[1], [2]], [0, 1])], final="softmax")
    g = ReLUNetwork([([[2]], [0]), ([[Fraction(5, 2)], [3]], [7, 8])], final="softmax")
    assert proved(f, g)
    assert not proved(ReLUNetwork(f.maps), ReLUNetwork(g.maps))


def test_one_active_neuron_does_not_make_a_wide_copy_expensive():
    """The search for names has a limited effort; counted, not timed: a copy needs none of it."""
    f = random_network((8, 24, 24, 24, 2), 3)
    rows, bias = f.layers[1]
    g = ReLUNetwork([f.layers[0], ([[abs(x) for x in rows[0]], *rows[1:]], [abs(bias[0]), *bias[1:]]), *f.layers[2:]])
    alignment, certificate = align(Problem(g, moves.scramble(g, random.Random(0))))
    assert certificate is not None and len(alignment.matches) == 72
    assert not any(isinstance(neuron, dict) for step in certificate.evidence[:-1] for neuron in step["neurons"])
