"""A map over a plane holds the bounds of the networks on it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fibers import InvalidNetwork, ReLUNetwork
from fibers.relu.rank.dimension import functional_dimension
from fibers.relu.rank.slices import dimension_map

F = ReLUNetwork([([[1], [1]], [0, 1]), ([[1, 1]], [0])])


def test_the_dimension_drops_where_two_kinks_meet_and_where_one_goes():
    """Along b_2 the second kink moves to the first; along v_2 it goes away."""
    found = dimension_map(F, [0, 0, 0, -1, 0, 0, 0], [0, 0, 0, 0, 0, -1, 0], [0, 1], ["0", Fraction(1)])
    assert found.exact and found.lower.tolist() == [[5, 4], [3, 3]]
    shifted = ReLUNetwork([([[1], [1]], [0, 0]), ([[1, 1]], [0])])
    assert found.upper[1, 0] == functional_dimension(shifted).value


def test_directions_may_be_networks():
    zero, unit = [0] * 7, ReLUNetwork([([[0], [0]], [0, -1]), ([[0, 0]], [0])])
    assert dimension_map(F, unit, zero, [0, 1], [0]).lower.tolist() == [[5], [3]]
    assert repr(dimension_map(F, zero, zero, [0], [0])) == "<DimensionMap 1 × 1, 5 to 5, all exact>"


@pytest.mark.parametrize("bad", [[0] * 6, ReLUNetwork([([[1]], [0])])])
def test_directions_of_another_length_are_refused(bad):
    with pytest.raises(InvalidNetwork, match="first must have"):
        dimension_map(F, bad, [0] * 7)
