"""The explicit networks are equal, and show what they are there to show."""

from fractions import Fraction

import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs.examples import EXAMPLES, cancelled_facet, clause_network, edge_facet, moved_first_layer, spare_neuron


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_networks_are_one_function(name):
    assert oracles.same_function(*EXAMPLES[name]())


@given(st.fractions(min_value=Fraction(1, 100), max_value=100, max_denominator=100))
def test_the_moved_first_layer_is_equal_for_every_positive_ratio(c):
    f, g = moved_first_layer(c)
    points = [(s, t) for s in (-3, 0, 1, Fraction(5, 7), 40) for t in (-2, 0, Fraction(1, 9), 3)]
    assert f.evaluate(points) == g.evaluate(points)


def test_the_edge_facet_bends_on_the_edge_alone():
    f, _ = edge_facet()

    def bend(x_2):
        (before,), (at,), (after,) = f.evaluate([(Fraction(-1, 100), x_2), (0, x_2), (Fraction(1, 100), x_2)])
        return before + after - 2 * at

    assert bend(1) == 0
    assert bend(-1) == Fraction(1, 100)


def test_the_cancelled_facet_does_not_bend():
    _, g = cancelled_facet()
    assert g.evaluate([[-1], [0], [Fraction(1, 2)]]) == [(0,), (0,), (0,)]


@pytest.mark.parametrize("pair", [moved_first_layer, spare_neuron])
def test_the_first_layers_have_no_match(pair):
    f, g = pair()

    def directions(network):
        rows, biases = network.layers[0]
        return {(*row, b) for row, b in zip(rows, biases, strict=True)}

    assert not directions(f) & directions(g)


@pytest.mark.parametrize(
    ("n", "clauses", "satisfiable"),
    [
        (1, [], True),
        (1, [[1]], True),
        (1, [[1], [-1]], False),
        (2, [[1, 2], [-1, 2], [1, -2]], True),
        (2, [[1, 2], [-1, 2], [1, -2], [-1, -2]], False),
    ],
)
def test_clauses_are_satisfiable_iff_their_network_is_not_zero(n, clauses, satisfiable):
    f = clause_network(n, clauses)
    assert f.hidden == 2
    assert oracles.same_function(f, ReLUNetwork([([[0] * n], [0])])) is not satisfiable
