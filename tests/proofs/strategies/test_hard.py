"""The table of hard pairs: one function each, by the oracle; different ones once tampered with."""

import itertools
import random
from fractions import Fraction

import oracles
import pytest

from proofs.strategies import HARD, tampered_pair
from proofs.strategies.formulas import network, variables
from proofs.strategies.hard import MERGE, bubble, insertion, iterated, odd_even, tent

SLOW = [name for name in HARD if "sort 4" in name or "of 4" in name or "rewritten, 2" in name]
"""Those that take the oracle more than a second; `benchmarks/sweep.py` takes that time."""


@pytest.mark.parametrize("name", [name for name in HARD if name not in SLOW])
def test_a_hard_pair_is_one_function(name):
    assert oracles.same_function(*HARD[name]())


@pytest.mark.parametrize("name", HARD)
def test_a_hard_pair_agrees_at_random_points_and_so_does_the_tampered_one(name):
    f, g = HARD[name]()
    _, h, point = tampered_pair(name)
    rng = random.Random(0)
    points = [[Fraction(rng.randint(-200, 200), rng.choice([1, 7, 60])) for _ in range(f.inputs)] for _ in range(100)]
    assert f != g
    assert f.evaluate(points) == g.evaluate(points) == h.evaluate(points)
    assert f(point) == g(point) != h(point)


@pytest.mark.parametrize("name", [name for name in HARD if name.endswith("x = x") or "tent 2" in name or "|y|" in name])
def test_the_oracle_finds_the_bump(name):
    f, g, middle = tampered_pair(name)
    point = oracles.difference(f, g)
    assert f(point) != g(point)
    assert max(abs(p - q) for p, q in zip(point, middle, strict=True)) < Fraction(1, 10**5)


MEANINGS = {"max of": max, "min of": min, "median of": lambda x: sorted(x)[1], "span of": lambda x: max(x) - min(x)}


@pytest.mark.parametrize("name", [name for name in HARD if name.startswith((*MEANINGS, "sort"))])
def test_circuits_compute_what_they_are_named_for(name):
    f, g = HARD[name]()
    points = list(itertools.product([-2, 0, Fraction(1, 3), 5], repeat=f.inputs))
    for meaning, value in MEANINGS.items():
        if name.startswith(meaning):
            assert f.evaluate(points) == [(value(x),) for x in points]
    if name.startswith("sort"):
        assert g.evaluate(points) == [tuple(sorted(x)) for x in points]


@pytest.mark.parametrize("comparators", [bubble(4), insertion(4), odd_even(4), MERGE])
def test_comparators_sort_every_permutation(comparators):
    for wires in map(list, itertools.permutations(range(4))):
        for i, j in comparators:
            wires[i], wires[j] = sorted([wires[i], wires[j]])
        assert wires == [0, 1, 2, 3]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_tents_composed_have_twice_as_many_teeth_each_time(times):
    (x,) = variables(1)
    f = network([iterated(tent, times, x)], 1)
    grid = [[Fraction(i, 2**times)] for i in range(-2, 2**times + 3)]
    inside = [(i % 2 if 0 <= i <= 2**times else 0,) for i in range(-2, 2**times + 3)]
    assert f.evaluate(grid) == inside
