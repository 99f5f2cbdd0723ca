"""Networks of one variable and their graphs are one function."""

from fractions import Fraction

import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs import strategies
from proofs.strategies import graph

LINES = st.lists(st.integers(1, 3), max_size=3).flatmap(lambda inner: strategies.networks((1, *inner, 2)))


@given(LINES)
@example(ReLUNetwork([([[3]], [1])]))
@example(ReLUNetwork([([[0]], [0]), ([[0]], [2])]))
@example(ReLUNetwork([([[1], [1]], [0, 0]), ([[1, -1]], [0]), ([[1]], [0])]))
@settings(max_examples=60)
def test_a_graph_has_at_most_one_hidden_layer_and_is_the_same_function(f):
    g = graph(f)
    assert g.hidden <= 1
    assert oracles.same_on_the_line(f, g)


def test_breakpoints_are_exact():
    tent = ReLUNetwork([([[1], [1], [1]], [0, "-1/3", -1]), ([[1, -2, 1]], ["-1/7"]), ([[1]], [0])])
    (rows, biases), _ = graph(tent).layers
    kinks = {-b / row[0] for row, b in zip(rows, biases, strict=True)}
    assert kinks == {Fraction(1, 7), Fraction(1, 3), Fraction(11, 21)}


def test_only_one_variable_has_a_graph():
    with pytest.raises(ValueError, match="f must have one input; found 2"):
        graph(ReLUNetwork([([[1, 1]], [0])]))
