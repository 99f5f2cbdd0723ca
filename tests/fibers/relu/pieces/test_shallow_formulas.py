"""Formulas of pieces of one hidden layer: as one writes them by hand (S3)."""

from __future__ import annotations

import sympy

from fibers.networks import ReLUNetwork
from tests.fibers.relu.pieces.test_shallow_charts import ABS, HAT, pieces


def symbol(name):
    return sympy.Symbol(name, real=True)


def test_the_hat_has_three_scales_and_nothing_else():
    piece = pieces(HAT, 1)[0]
    l_0, l_1, l_2 = map(symbol, ("l_0", "l_1", "l_2"))
    assert set(piece.parameters) == {l_0, l_1, l_2} == set(piece.inequalities)
    assert piece.equations == ()
    (W, b), (V, c) = piece.weights
    assert sympy.Matrix([[l_0], [l_1], [l_2]]) == W
    assert b == sympy.Matrix([[0], [-l_1], [-2 * l_2]])
    assert sympy.Matrix([[1 / l_0, -2 / l_1, 1 / l_2]]) == V
    assert c == sympy.zeros(1, 1)


def test_a_kink_of_both_signs_has_a_positive_part_with_an_equation():
    """|x| = l σ(l x)/l + ...: P + (2 − P) = 2, and the slope says P = 1."""
    piece = pieces(ABS, 1)[0]
    p, l_0, l_1 = map(symbol, ("p_0_0", "l_0", "l_1"))
    assert piece.equations == (p - 1,)
    (_, _), (V, _) = piece.weights
    assert sympy.Matrix([[p / l_0, (2 - p) / l_1]]) == V


def test_only_independent_equations_are_kept():
    """Two kinks with one slope, both of both signs, in the plane: one equation for two outputs each."""
    rows = [[1, 2], [-1, -2], [1, 2], [-1, -2]]
    piece = pieces(ReLUNetwork([(rows, [0, 0, 1, -1]), ([[1, 2, 3, 4], [1, 0, 1, 1]], [0, 0])]), 1)[0]
    assert piece.chart.kind.both == (0, 1)
    assert len(piece.equations) == 2
    assert piece.dimension == len(piece.parameters) - 2


def test_carriers_are_kept_apart_by_inequalities():
    """A spare neuron beside σ(x): it has a direction, and another line than x = 0, wherever the inequalities hold."""
    piece = pieces(ReLUNetwork([([[1, 0], [1, 1]], [0, 0]), ([[1, 0]], [0])]), 1)[0]
    w, z, t = map(symbol, ("w_0_0", "w_0_1", "t_0"))
    l_0, direction, apart = piece.inequalities
    assert l_0 == symbol("l_0")
    assert sympy.expand(direction - w**2 - z**2) == 0
    assert sympy.expand(apart - z**2 - t**2) == 0


def test_zero_rows_have_biases_of_their_sign():
    piece = pieces(ReLUNetwork([([[0], [0], [1]], [2, -3, 0]), ([[5, 7, 1]], [0])]), 1)[0]
    b, d = symbol("b_0"), symbol("d_1")
    assert {b, d} < set(piece.inequalities)
    (_, biases), (_, c) = piece.weights
    assert list(biases) == [b, -d, 0]
    assert sympy.expand(c[0] - (10 - b * symbol("v_0_0"))) == 0
