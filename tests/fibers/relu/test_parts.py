"""Parts: agreement, a difference, or the next kink; and nothing is split that the difference does not depend on."""

from __future__ import annotations

import pytest

from fibers import ReLUNetwork
from fibers.relu.cells import root
from fibers.relu.parts import Agree, Differ, Split, examine
from fibers.relu.problems import Problem
from fibers.relu.walk import Walk
from proofs.strategies.hard import HARD


def first(problem):
    """What is said of the whole space."""
    return examine(problem, root(problem.inputs), {})


def test_equal_forms_agree_without_a_split():
    f = ReLUNetwork([([[1], [-1]], None), ([[1, 1]], None)])
    assert isinstance(first(Problem(f, ReLUNetwork([([[2], [-1]], None), ([["1/2", 1]], None)]))), Agree)


def test_unequal_forms_of_one_hidden_layer_differ_at_once():
    f, g = (ReLUNetwork([([[1, 1]], [b]), ([[1]], [0])]) for b in (0, 1))
    found = first(Problem(f, g))
    assert isinstance(found, Differ) and f(found.point) != g(found.point)


def test_a_part_is_split_by_a_kink_that_a_later_layer_reads():
    f, g = HARD["max of 3, two trees"]()
    found = first(Problem(f, g))
    assert isinstance(found, Split) and root(3).signs(found.row) == (True, True)


def test_signs_settled_on_a_cell_are_remembered_inside_it():
    f, g = HARD["max of 3, two trees"]()
    problem, memory = Problem(f, g), {}
    cell = root(3)
    found = examine(problem, cell, memory)
    assert isinstance(found, Split) and not memory
    inside = cell.child(found.row, 1)
    examine(problem, inside, memory)
    kept = dict(memory)
    assert kept
    examine(problem, inside, memory)
    assert memory == kept


@pytest.mark.parametrize(
    ("name", "parts"),
    [("max of 3, two trees", 7), ("|x| as max(σ(x), σ(−x)), x = x", 1), ("sort 4, bubble and insertion", 1)],
)
def test_the_walk_is_as_short_as_the_theory_says(name, parts):
    walk = Walk(Problem(*HARD[name]()))
    assert walk.run() is True and walk.parts == parts
