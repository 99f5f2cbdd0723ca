"""Formulas become networks of the stated shape that compute them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs import strategies
from proofs.strategies.formulas import Formula, absolute, formulas, maximum, minimum, network, relu, variables

GRID = [(Fraction(i, 2), Fraction(j, 3)) for i in range(-5, 6) for j in range(-5, 6)]
x, y = variables(2)

MEANINGS = {
    "a constant": (Formula((), Fraction(7)), lambda a, b: 7),
    "nothing": (Formula(()), lambda a, b: 0),
    "an affine form": (2 * x - y / 3 + 1, lambda a, b: 2 * a - b / 3 + 1),
    "a number less a form": (5 - x, lambda a, b: 5 - a),
    "what cancels": (x + relu(y) - x - relu(y), lambda a, b: 0),
    "relu": (relu(x - y), lambda a, b: max(a - b, 0)),
    "the relu of a constant": (relu(Formula((), Fraction(-2))) + relu(Formula((), Fraction(3))), lambda a, b: 3),
    "max": (maximum(x, y), max),
    "min": (minimum(x, y), min),
    "size": (absolute(x + y), lambda a, b: abs(a + b)),
    "an input read three layers on": (relu(relu(relu(x) - 1) - 1) + y, lambda a, b: max(a - 2, 0) + b),
    "an atom read at three layers": (relu(relu(relu(x) - 1) - relu(x) + 1) + relu(x), lambda a, b: max(a, 1)),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_network_computes_its_formula(name):
    formula, meaning = MEANINGS[name]
    f = network([formula], 2)
    assert f.evaluate(GRID) == [(meaning(*point),) for point in GRID]
    assert f.hidden == formula.level


def test_hidden_layers_can_be_added_and_none_taken_away():
    assert network([maximum(x, y)], 2, hidden=3).evaluate(GRID) == [(max(p),) for p in GRID]
    assert network([x + y], 2, hidden=2).widths == (2, 4, 4, 1)
    assert network([Formula((), Fraction(1))], 2, hidden=1).widths == (2, 1, 1)
    with pytest.raises(ValueError, match="need 1 hidden layers; found hidden=0"):
        network([relu(x)], 2, hidden=0)


def test_equal_atoms_share_a_neuron_and_different_formulas_do_not():
    assert network([relu(x - y) + relu(x - y), relu(x - y)], 2).widths == (2, 1, 2)
    assert network([relu(x - y) + relu(2 * x - 2 * y)], 2).widths == (2, 2, 1)
    assert network([maximum(x, y), minimum(x, y)], 2).widths == (2, 5, 2)


def test_several_outputs_stand_in_their_order():
    assert network([y, maximum(x, y), x], 2)([1, 2]) == (2, 2, 1)


@given(strategies.networks())
@settings(max_examples=50)
def test_the_formulas_of_a_network_give_it_back(f):
    g = network(formulas(f), f.inputs)
    grid = [[Fraction(7 * i + 5 * j - 12, 3) for j in range(f.inputs)] for i in range(8)]
    assert g.evaluate(grid) == f.evaluate(grid)


def test_formulas_can_be_put_into_a_network():
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    assert network(formulas(f, [x - y]), 2).evaluate(GRID) == [(abs(a - b),) for a, b in GRID]


@given(st.integers(-3, 3), st.integers(1, 3))
def test_formulas_form_a_vector_space(c, d):
    e = relu(x) + y - 2
    assert c * e + d * e == (c + d) * e
    assert (d * e) / d == e
    assert e - e == Formula(())
