"""θ(p): with numbers and with symbols the same formulas."""

from fractions import Fraction

import sympy
from hypothesis import given, settings

from fibers.exact import rational
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.bottleneck_weights import assembled, signed_forms
from fibers.relu.pieces.piece import Piece
from proofs import strategies

UNIT = ([[1, 0], [0, 1]], None)


@settings(max_examples=20)
@given(strategies.generic_bottlenecks(most=2))
def test_symbols_and_numbers_give_one_network(f):
    chart = next(BottleneckSource.of(f).charts())
    g = Piece(chart).sample(0)
    values = chart.coordinates(g)
    assert ReLUNetwork(assembled(chart.base, chart.split, values)) == g
    for (W, b), (rows, biases) in zip(chart.weights, g.layers, strict=True):
        at = {p: sympy.Rational(str(values[str(p)])) for p in chart.parameters}
        assert [rational(e) for e in W.subs(at)] == [x for row in rows for x in row]
        assert [rational(e) for e in b.subs(at)] == list(biases)


def test_the_weights_of_one_neuron_behind_a_hidden_facet_are_those_of_b5():
    """σ(2 σ(t_0) − σ(t_1) − 3), by hand."""
    f = ReLUNetwork([UNIT, ([[2, -1]], [-3]), ([[5]], [7])])
    plain, flipped = BottleneckSource.of(f).charts()
    l_0, l_1, m, s = sympy.symbols("l_0 l_1 m_0 s", real=True)
    (W_1, b_1), (W_2, b_2), (V, c) = plain.weights
    assert (W_1, b_1) == (sympy.Matrix([[l_0, 0], [0, l_1]]), sympy.Matrix([-l_0 * s, 0]))
    assert (W_2 - sympy.Matrix([[2 * m / l_0, -m / l_1]])).expand() == sympy.zeros(1, 2)
    assert (b_2 - sympy.Matrix([m * (2 * s - 3)])).expand() == sympy.zeros(1, 1)
    assert (V, c) == (sympy.Matrix([[5 / m]]), sympy.Matrix([7]))
    assert plain.inequalities == (l_0, l_1, m, sympy.Rational(3, 2) - s)
    assert flipped.weights[0][0].expand() == sympy.Matrix([[l_0, -l_0 / 2], [0, -l_1]])
    assert plain.equations == flipped.equations == ()


def test_flipped_forms_change_all_signs_after_the_shift():
    f = ReLUNetwork([UNIT, ([[2, -1], [1, -4]], [-3, -1]), ([[1, 1]], [0])])
    base = BottleneckSource.of(f).base
    assert signed_forms(base, (1,), Fraction(1, 2)) == [(2, -1, -2), (-1, 4, Fraction(1, 2))]
