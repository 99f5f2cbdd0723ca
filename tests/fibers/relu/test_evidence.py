"""Points of difference: exact, found on slivers and far away, and never where networks are equal."""

from __future__ import annotations

import itertools
import random
import time
from fractions import Fraction
from unittest import mock

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import NotComparable
from fibers.networks import ReLUNetwork
from fibers.relu import aims, evidence, moves
from fibers.relu.evidence import find_difference, random_difference
from fibers.relu.sampling import Sample, sample_points
from fibers.relu.simplification import simplify
from proofs import strategies

TENTH_DIGIT = Fraction(1, 10**10)


def scaled_output(f, i, share=TENTH_DIGIT):
    """f with the output weights of neuron i of the last hidden layer changed by a share of them."""
    V, c = f.layers[-1]
    rows = [[v * (1 + share * (j == i)) for j, v in enumerate(row)] for row in V]
    return ReLUNetwork([*f.maps[:-1], (rows, c)])


def random_layers(widths, seed):
    """Weights with few digits, of the size that networks are initialised with."""
    rng = np.random.default_rng(seed)
    return [
        (np.round(rng.normal(size=(b, a)) * (2 / a) ** 0.5 * 64) / 64, np.round(rng.normal(size=b) * 16) / 64)
        for a, b in itertools.pairwise(widths)
    ]


def diamond(centre, width, beside=2):
    """Three hidden layers; the last holds a neuron that is on only where Σ |x_i − a_i| < width, among plain ones."""
    n = len(centre)
    eye = np.eye(n).astype(int).tolist()
    first = eye + [[-v for v in row] for row in eye], [-a for a in centre] + list(centre)
    second = [[-1] * (2 * n), *([1] * n + [0] * n for _ in range(beside))], [width, *[0] * beside]
    third = np.eye(beside + 1).astype(int).tolist(), [0] * (beside + 1)
    return ReLUNetwork([first, second, third, ([[1] * (beside + 1)], [0])])


@given(strategies.equal_pairs())
@settings(max_examples=25)
def test_equal_networks_have_no_point_of_difference(pair):
    f, g = pair
    assert random_difference(f, g) is None
    suspects = [(0, 1, 0), (1, 1, 0)] if f.hidden and g.hidden else []
    with mock.patch.object(aims, "BUDGET", 1_000_000):
        assert find_difference(f, g, suspects=suspects) is None


@given(strategies.nudged(strategies.equal_pairs()), st.integers(0, 100))
@settings(max_examples=60)
def test_nudged_networks_are_told_apart(pair, seed):
    """On pairs small enough for the oracle: a point is found iff there is one."""
    f, g = map(simplify, pair)
    if f.inputs > 2 or sum(f.widths[1:-1]) + sum(g.widths[1:-1]) > 8:
        return
    found = find_difference(f, g, seed=seed)
    assert f(found) != g(found) if found is not None else oracles.same_function(f, g)


@pytest.mark.parametrize("share", [Fraction(1, 10**3), TENTH_DIGIT, Fraction(1, 10**40)])
@pytest.mark.parametrize("seed", range(8))
def test_a_nudge_at_an_inner_layer_is_found(seed, share):
    """Three to five hidden layers of width 3 to 10; the nudged neuron is one that is live somewhere in a sample."""
    rng = random.Random(seed)
    f = ReLUNetwork(random_layers([rng.randint(2, 5), *(rng.randint(3, 10) for _ in range(rng.randint(3, 5))), 2], seed))
    k = rng.randrange(1, f.hidden)
    g = moves.scramble(f, rng)
    (rows, biases), i = g.layers[k], rng.randrange(g.widths[k + 1])
    rows = [[w * (1 + share * (u == i)) for w in row] for u, row in enumerate(rows)]
    h = ReLUNetwork([*g.maps[:k], (rows, biases), *g.maps[k + 1 :]])
    found = find_difference(f, h, suspects=[(1, k + 1, i)], seed=seed)
    if found is None:
        assert is_never_live(g, k + 1, i, seed)
    else:
        assert f(found) != h(found)


def is_never_live(f, k, i, seed):
    """Off, or without influence, at 20,000 points: what a nudge of its weights would have to show at."""
    points = sample_points(f.inputs, 20_000, np.random.default_rng(seed + 1000))
    return not Sample(f, points).live[k - 1][:, i].any()


@pytest.mark.parametrize("width", [Fraction(1, 10), Fraction(1, 10**6)])
@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_a_neuron_that_is_on_in_a_tiny_diamond_is_found(n, width):
    """The share of a sphere around it is width^n: no sample meets it, and lines hardly do."""
    f = diamond([Fraction(22, 7) * (i + 1) for i in range(n)], width)
    found = find_difference(f, scaled_output(f, 0))
    assert f(found) != scaled_output(f, 0)(found)


def test_suspects_are_looked_at_first():
    """Two diamonds, one of them nudged: told which, the search reaches it at once."""
    said = []
    f = diamond([Fraction(31, 7), Fraction(-5, 3), Fraction(2)], Fraction(1, 10**5))
    found = find_difference(f, scaled_output(f, 0), suspects=[(1, 3, 0)], progress=said.append)
    assert f(found) != scaled_output(f, 0)(found)
    assert said[0] == "trying points at many scales"
    assert said[-1] == "trying points that exercise every weight"


def behind_a_threshold(threshold, share):
    """A neuron of the last hidden layer that is on only where σ(x_1) > threshold, in the tenth digit."""
    second = [[1, 0], [0, 1]], [-threshold, 0]
    return ReLUNetwork([([[1, 2], [3, -1]], [0, 1]), second, ([[1, 0], [0, 1]], [0, 0]), ([[1 + share, 1]], [0])])


@pytest.mark.parametrize("threshold", [10**7, 10**20, 10**200])
def test_kinks_at_far_away_places_are_found(threshold):
    f, g = (behind_a_threshold(threshold, share) for share in (0, TENTH_DIGIT))
    found = find_difference(f, g)
    assert f(found) != g(found)


CENTRE = Fraction(22, 7)
KINKS = [[1, 0], [-1, 0], [0, 1]], [-CENTRE, CENTRE, -7]
"""σ(x − a), σ(a − x), σ(y − 7)."""


def test_a_neuron_that_only_shows_downstream_of_another_sliver_is_found():
    """The weight from σ(y − 7) to a neuron that is on only near x = a, and shows only where that neuron exceeds 10."""

    def network(weight):
        second = [[-(10**6), -(10**6), weight]], [Fraction(1, 1000)]
        return ReLUNetwork([KINKS, second, ([[1]], [-10]), ([[1]], [0])])

    f, g = network(Fraction(1, 100)), network(Fraction(1, 100) * (1 + TENTH_DIGIT))
    found = find_difference(f, g)
    assert f(found) != g(found)


def test_both_a_weight_and_its_sliver_are_reached():
    """The last neuron is on in a sliver around x = a, where y > 7 has to hold too for its nudged weight to show."""

    def network(weight):
        second = [[-1, -1, 0], [0, 0, 1]], [Fraction(1, 10**6), 0]
        return ReLUNetwork([KINKS, second, ([[1, -weight]], [0]), ([[1]], [0])])

    f, g = network(Fraction(1, 10**9)), network(Fraction(1, 10**9) * (1 + TENTH_DIGIT))
    found = find_difference(f, g, suspects=[(1, 3, 0)])
    assert f(found) != g(found)


def test_a_weight_between_two_slivers_is_reached():
    """The last neuron is on in a diamond of R^4, the neuron that it reads with the nudged weight in a sliver of a fifth input."""
    n, width = 5, Fraction(1, 10**5)
    eye = np.eye(n).astype(int).tolist()
    first = eye + [[-v for v in row] for row in eye], [-CENTRE] * n + [CENTRE] * n
    second = [[-1, -1, -1, -1, 0] * 2, [0, 0, 0, 0, -1] * 2], [width, width]

    def network(weight):
        return ReLUNetwork([first, second, ([[1, -weight]], [-width / 2]), ([[1]], [0])])

    f, g = network(Fraction(1, 8)), network(Fraction(1, 8) * (1 + TENTH_DIGIT))
    found = find_difference(f, g, suspects=[(1, 3, 0)])
    assert f(found) != g(found)


def test_random_points_go_beyond_simple_ones():
    """σ(x − 100), in the tenth digit: no unit vector shows it."""
    f, g = (ReLUNetwork([([[1, 2]], [-100]), ([[1 + share]], [0])]) for share in (0, TENTH_DIGIT))
    found = random_difference(f, g)
    assert f(found) != g(found)


def test_points_where_suspects_are_live_come_first():
    f = behind_a_threshold(1000, 0)
    search = evidence._Search(f, f, 0, None)
    first = search._exercising([(0, 2, 0)])[:2]
    assert Sample(f, search.pool[first]).live[1][:, 0].all()


def test_lines_of_suspects_start_where_they_are_live():
    f = diamond([Fraction(1), Fraction(2)], Fraction(1))
    search = evidence._Search(f, f, 0, None)
    lines = list(search._lines_at([(0, 1, 0), (1, 3, 1)]))
    assert len(lines) == 4
    assert all(Sample(f, np.array([x], dtype=float)).live[0][0, 0] for x, _ in lines[:2])
    assert all(Sample(f, np.array([x], dtype=float)).live[2][0, 1] for x, _ in lines[2:])


def test_suspects_are_tested_where_they_are_live(monkeypatch):
    """Points first, then lines: each shows the difference alone."""
    f = diamond([Fraction(1), Fraction(2)], Fraction(1))
    g = scaled_output(f, 1)
    search = evidence._Search(f, g, 0, None)
    monkeypatch.setattr(evidence._Search, "_reach_all", lambda *args: None)
    assert search.at_neurons([(1, 3, 1)]) is not None
    monkeypatch.setattr(evidence._Search, "among", lambda *args: None)
    assert search.at_neurons([]) is None
    assert search.at_neurons([(1, 3, 1)]) is not None


@pytest.mark.parametrize("b", [Fraction(1, 10**10), Fraction(1, 10**50), Fraction(10**50)])
def test_constants_and_affine_maps_are_told_apart(b):
    zero, constant = (ReLUNetwork([([[0, 0]], [c])]) for c in (0, b))
    affine = ReLUNetwork([([[0, b]], [0])])
    for f, g in itertools.permutations([zero, constant, affine], 2):
        found = random_difference(f, g)
        assert f(found) != g(found)
    assert find_difference(affine, affine) is None


def test_dead_networks_are_the_constants_that_they_are():
    dead = ReLUNetwork([([[0], [0]], [-1, 0]), ([[1, 1]], [-1]), ([[5]], [3])])
    three, four = (ReLUNetwork([([[0]], [c])]) for c in (3, 4))
    assert find_difference(dead, three) is None
    assert find_difference(dead, four) is not None


def test_dimension_one_is_searched_as_a_whole():
    """A hat of width 10^−30 somewhere: lines are all there is in one dimension."""
    centre, width = Fraction(1, 7), Fraction(1, 10**30)
    hat = ReLUNetwork([([[1], [-1]], [-centre, centre]), ([[-1, -1]], [width]), ([[1]], [0])])
    zero = ReLUNetwork([([[0]], [0])])
    (found,) = find_difference(hat, zero)
    assert abs(found - centre) < width


def test_weights_beyond_floats_are_compared_exactly():
    f, g = (
        ReLUNetwork([([[10**400, 1]], [0]), ([[1]], [0]), ([[Fraction(1, 10**400)]], [b])]) for b in (0, Fraction(1, 10**500))
    )
    assert find_difference(f, f) is None
    found = find_difference(f, g)
    assert f(found) != g(found)


def test_the_search_depends_on_the_seed_alone():
    f = diamond([Fraction(3), Fraction(1, 3)], Fraction(1, 10**5))
    g = scaled_output(f, 0)
    assert find_difference(f, g, seed=1) == find_difference(f, g, seed=1, deadline=time.monotonic() + 3600)


def test_nothing_is_tried_after_the_deadline():
    f, g = (ReLUNetwork([([[1]], [b])]) for b in (0, 1))
    assert random_difference(f, g, deadline=time.monotonic()) is None
    said = []
    assert find_difference(f, g, deadline=time.monotonic(), progress=said.append) is None
    assert len(said) == 1


def test_a_large_network_is_told_from_its_nudged_copy():
    layers = random_layers([200, 64, 32, 5], 0)
    f = ReLUNetwork(layers)
    layers[1][0][3, 5] += 2.0**-40
    g = ReLUNetwork(layers)
    found = random_difference(f, g)
    assert f(found) != g(found)


def test_networks_of_other_sizes_are_refused():
    with pytest.raises(NotComparable, match="same inputs and outputs; found 1 → 1 and 2 → 1"):
        random_difference(ReLUNetwork([([[1]], [0])]), ReLUNetwork([([[1, 1]], [0])]))
