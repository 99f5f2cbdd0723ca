"""Neurons are sorted by how they bend."""

from __future__ import annotations

from fractions import Fraction

from fibers import ReLUNetwork
from fibers.relu.rank.groups import Group, by_bounds, grouped, on_domain

F = ReLUNetwork([([[1, 1], [-2, -2], [0, 0], [1, -1]], [1, -2, 3, 0]), ([[1, 2, 3, 4]], [0])])


def test_parallel_and_opposite_neurons_are_one_group() -> None:
    layer = on_domain(F)
    one, two = Fraction(1), Fraction(2)
    assert layer.groups == (Group((1, 1, 1), ((0, one),), ((1, two),)), Group((1, -1, 0), ((3, one),), ()))
    assert (layer.active, layer.dead) == ((2,), ())
    assert layer.groups[0].two_sided and not layer.groups[1].two_sided
    assert (layer.inputs, layer.outputs, layer.columns[1]) == (2, 1, (2,))


def test_on_the_orthant_rows_of_one_sign_do_not_bend() -> None:
    layer = on_domain(F, "orthant")
    assert (layer.active, layer.dead, len(layer.groups)) == ((0, 2), (1,), 1)


def test_kinds_that_are_given_are_kept() -> None:
    assert grouped(F, 1, [1, -1, 1, None]).active == (0, 2)


def test_bounds_see_through_constants() -> None:
    f = ReLUNetwork([([[0], [1]], [2, 0]), ([[1, 1], [-1, 0], [1, -1]], [-1, 1, 0]), ([[1, 1, 1]], [0])])
    assert by_bounds(f) == [[1, None], [1, -1, None]]
