"""Polynomials in weights: values, gradients and expressions agree."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy

from fibers.conservation.places import Places
from fibers.conservation.quantities import Quantity, collected
from fibers.networks import LinearNetwork, ReLUNetwork

F = ReLUNetwork([([[1, 2], [3, 4]], [5, 6]), ([[7, 8]], [9])])
PLACES = Places.of(F)
Q = Quantity(PLACES, collected([(Fraction(2), (0, 0)), (Fraction(1, 3), (5, 1)), (Fraction(-1), (8,)), (Fraction(1), (1, 5))]))


def test_value_gradient_and_expression_agree():
    at = {s: sympy.Rational(str(x)) for s, x in zip(PLACES.symbols, PLACES.vector(F), strict=True)}
    assert str(Q.expression.subs(at)) == str(Q.value(F))
    slopes = {p: Fraction(str(sympy.diff(Q.expression, s).subs(at))) for p, s in enumerate(PLACES.symbols)}
    assert Q.gradient(PLACES.vector(F)) == {p: x for p, x in slopes.items() if x}
    assert np.isclose(Q.along(np.array([[float(x) for x in PLACES.vector(F)]]))[0], float(Q.value(F)))


def test_equal_monomials_are_added_up():
    assert len(Q.terms) == 3
    assert collected([(Fraction(1), (1, 2)), (Fraction(-1), (2, 1))]) == ()


def test_vectors_and_networks_go_back_and_forth():
    L = LinearNetwork([[[1, 2], [3, 4], [5, 6]], [[7, 8, 9]]])
    places = Places.of(L)
    assert places.network(places.vector(L)) == L
    assert PLACES.network(PLACES.vector(F)) == F
    assert [places.names[places.weight(2, 0, j)] for j in range(3)] == ["W2_0_0", "W2_0_1", "W2_0_2"]
    assert [PLACES.names[p] for p in Places.of(F, biases=False).moving] == [n for n in PLACES.names if n[0] == "W"]
    arrays = places.arrays(np.arange(9.0))
    assert arrays[1][0].tolist() == [[6, 7, 8]] and arrays[1][1] is None
