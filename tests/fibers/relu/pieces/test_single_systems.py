"""The linear systems behind the pieces of B7: solutions solve them, walks stay inside, emptiness is right."""

import itertools
import random
from fractions import Fraction

import pytest

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.single_base import base_of
from fibers.relu.pieces.single_search import home_kind, kinds, number_of_kinds, witness
from fibers.relu.pieces.single_systems import Kind, System, walls_of

F = ReLUNetwork([([[1], [1], [-1]], [1, -3, -9]), ([[1, -2, 5]], [-1]), ([[1]], [0])])
"""σ(x + 1) − 2 σ(x − 3) + 5 σ(−x − 9) > 1 on two intervals: neurons 0 and 2 are hidden, neuron 1 is visible."""


def test_the_components_and_neurons_of_the_example():
    P = base_of(F).support
    assert (P.visible, P.hidden, len(P.components)) == ((1,), (0, 2), 2)
    assert sorted(map(sorted, P.active)) == [[0], [2]]


@pytest.mark.parametrize("seed", range(5))
def test_walks_solve_the_system(seed):
    base, rng = base_of(F), random.Random(seed)
    kind = home_kind(base)
    system = System(base, kind, (1, 1))
    forms = base.forms_on(())
    solutions = list(system.walk(rng, 5))
    assert len(solutions) == 6
    assert len({solution.bias for solution in solutions}) > 1
    for solution in solutions:
        assert system.solution(system.coordinates(solution)) == solution
        for C, form in enumerate(forms):
            total = [Fraction(0), solution.bias]
            for share, pattern in zip(solution.shares, kind.patterns, strict=True):
                total = [a + pattern[C] * b for a, b in zip(total, share, strict=True)]
            assert tuple(total) == form
        for share, rays in zip(solution.shares, walls_of(base, kind), strict=True):
            assert rays
            assert all(side * (share[0] * ray[0] + share[1] * ray[1]) > 0 for ray, side in rays)


def test_the_wrong_signs_have_no_solution():
    """Both hidden neurons are active, alone on their components: u_j < 0 would turn them off there."""
    base = base_of(F)
    for signs in ((1, -1), (-1, 1), (-1, -1)):
        assert System(base, home_kind(base), signs).centre() is None


def test_the_shape_of_the_support_rules_patterns_out():
    """With no neuron active on one of the components g would be constant there."""
    base = base_of(F)
    assert witness(base, Kind((), ((0, 0), (0, 0)))) is False


def test_kinds_are_listed_once_and_without_that_of_f():
    base = base_of(F)
    found = list(kinds(base))
    assert len(set(found)) == len(found) == number_of_kinds(base) - 1 == 2 * 10 - 1
    assert home_kind(base) not in found
    assert [len(kind.flipped) for kind in found] == sorted(len(kind.flipped) for kind in found)


@pytest.mark.parametrize("slope", [2, -2])
def test_a_flip_has_a_witness_iff_some_small_integer_weights_do_it(slope):
    """σ(x + 1) + slope σ(x − 3) − 1, seen on x > 0: with σ(3 − x) in it, all weights of the other neuron and biases are tried."""
    f = ReLUNetwork([([[1], [1]], [1, -3]), ([[1, slope]], [-1]), ([[1]], [0])])
    base = base_of(f)
    found = [kind for kind in kinds(base) if kind.flipped == (1,) and not isinstance(witness(base, kind), bool)]
    xs = [0, 2, 9, *range(-20, 21)]
    values = [max(max(x + 1, 0) + slope * max(x - 3, 0) - 1, 0) for x in xs]
    hits = 0
    for w, b, u, t in itertools.product(range(-4, 5), range(-9, 10), (-2, -1, 1, 2), range(-9, 10)):
        heights = (max(u * max(w * x + b, 0) + slope * max(3 - x, 0) + t, 0) for x in xs)
        hits += all(height == v for height, v in zip(heights, values, strict=True))
    assert bool(hits) == bool(found) == (slope < 0)
