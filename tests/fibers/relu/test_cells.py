"""Both routes to cells are chosen and refuse alike."""

from __future__ import annotations

import time

import pytest

from fibers.domains import Box, Polyhedron
from fibers.errors import InvalidDomain
from fibers.limits import Limits, OutOfBudget
from fibers.relu.cells import Empty, cell, root
from fibers.relu.cones import Cone


def test_few_inputs_are_cut_by_rays():
    assert isinstance(root(3), Cone)


def test_a_domain_becomes_a_cell():
    square = cell(2, Box(0, 1))
    assert square.constraints == Box(0, 1).on(2).rows
    assert square.maximum((1, 2, 0)) == 3
    assert cell(2, Polyhedron([[1, 1]], [1])).maximum((1, 1, 0)) == 1


def test_rows_without_interior_are_empty():
    with pytest.raises(Empty):
        root(1, [(1, 0), (-1, 0)])


@pytest.mark.parametrize("domain", [Box([0, 1], [1, 1]), Polyhedron([[1, 0], [-1, 0]], [0, 0])])
def test_a_flat_domain_is_refused_with_the_way_out(domain):
    with pytest.raises(InvalidDomain, match=r"no interior.*frame"):
        cell(2, domain)


def test_an_empty_domain_is_called_empty():
    with pytest.raises(InvalidDomain, match="empty"):
        cell(1, Polyhedron([[1], [-1]], [0, -1]))


def test_a_domain_of_another_dimension_is_refused():
    with pytest.raises(InvalidDomain, match="3"):
        cell(3, Box([0, 0], [1, 1]))


def test_a_cell_of_many_inputs_keeps_limits_in_all_that_is_asked_of_it():
    simplex = Polyhedron([[1] * 7, *([-(i == j) for j in range(7)] for i in range(7))], [1] + [0] * 7)
    limits = Limits(time.monotonic() + 60)
    inside = cell(7, simplex, limits)
    assert inside.maximum((1, 2, 3, 4, 5, 6, 7, 0)) == 7
    limits.deadline = time.monotonic()
    for ask in (inside.maximum, inside.signs):
        with pytest.raises(OutOfBudget):
            ask((7, 2, 3, 4, 5, 6, 1, -1))
