"""Functions of one affine form, from their breakpoints and slopes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.canonical_lines import direction, line_network
from fibers.relu.equivalence import equivalent
from proofs import strategies


@given(strategies.line_networks())
@settings(max_examples=60)
def test_the_line_network_is_the_same_function(f):
    """Bottlenecks with n_1 = 1, any number of inputs."""
    w = direction(f.maps[0].weights)
    if w is not None:
        g = line_network(f, w)
        assert g.hidden <= 1
        assert equivalent(f, g)


def test_a_zigzag_of_three_layers_has_its_eight_kinks():
    """The tent map three times over: breakpoints k/8 and the two ends."""
    tent = ([[2], [2]], [0, -1]), [[1, -2]]
    inner = ([[2, -4], [2, -4]], [0, -1])
    f = ReLUNetwork([tent[0], inner, inner, ([[1, -2]], [0])])
    g = line_network(f, (1,))
    kinks = {-b / row[0] for row, b in zip(*g.layers[0], strict=True)}
    assert kinks >= {Fraction(k, 8) for k in range(9)}
    assert all(f([Fraction(k, 16)]) == g([Fraction(k, 16)]) for k in range(-8, 33))


def test_several_directions_or_none_are_no_line():
    assert direction(matrix([[1, 2], [2, 4], [0, 0]])) is not None
    assert direction(matrix([[1, 2], [2, 3]])) is None
    assert direction(matrix([[0, 0]])) is None


def test_an_affine_function_has_no_hidden_layer():
    f = ReLUNetwork([([[1, 1], [-1, -1]], [0, 0]), ([[3, -3]], [2])])
    assert line_network(f, (1, 1)) == ReLUNetwork([([[3, 3]], [2])])
