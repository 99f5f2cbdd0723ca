"""A map over a plane holds the bounds of the networks on it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fibers import InvalidNetwork, ReLUNetwork
from fibers.errors import InvalidDomain, NotExact
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


ZERO = [0] * 7
BAD = [
    (InvalidNetwork, "f must", (None, ZERO, ZERO), {}),
    (InvalidNetwork, "first must be a network.*or 7 numbers", (F, None, ZERO), {}),
    (InvalidNetwork, "second must be", (F, ZERO, 3), {}),
    (InvalidNetwork, "second must be", (F, ZERO, "0000000"), {}),
    (InvalidNetwork, "second must have.*7 weights; found 8", (F, ZERO, [0] * 8), {}),
    (NotExact, "first must", (F, [float("nan")] * 7, ZERO), {}),
    (InvalidDomain, "s must be a list", (F, ZERO, ZERO), {"s": 5}),
    (InvalidDomain, "s must hold", (F, ZERO, ZERO), {"s": []}),
    (InvalidDomain, "t must be a list", (F, ZERO, ZERO), {"t": "12"}),
    (InvalidDomain, "t must hold", (F, ZERO, ZERO), {"t": ()}),
    (InvalidNetwork, "progress must", (F, ZERO, ZERO), {"progress": 5}),
]


@pytest.mark.parametrize(("error", "text", "given", "named"), BAD)
def test_bad_arguments_are_named(error, text, given, named):
    with pytest.raises(error, match=text):
        dimension_map(*given, **named)


def test_progress_counts_the_points():
    heard = []
    dimension_map(F, ZERO, ZERO, [0, 1], [0, 1, 2], progress=heard.append)
    assert heard == [f"{k} of 6 points" for k in range(1, 7)]


def test_a_wall_between_grid_points_is_not_seen():
    """The kinks meet at s = 1 alone."""
    along = [0, 0, 0, -1, 0, 0, 0]
    assert dimension_map(F, along, ZERO, [0, "1/2", 2], [0]).lower.ravel().tolist() == [5, 5, 5]
    assert dimension_map(F, along, ZERO, [0, 1, 2], [0]).lower.ravel().tolist() == [5, 3, 5]
