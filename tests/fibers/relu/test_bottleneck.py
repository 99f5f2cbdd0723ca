"""B3 and B4: bottleneck networks that differ are shown to, and equal ones never are."""

from __future__ import annotations

import itertools
import random
import time
from fractions import Fraction

import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, NotComparable
from fibers.networks import ReLUNetwork
from fibers.relu import bottleneck, moves, shallow
from fibers.relu.alignment import align
from fibers.relu.bottleneck import case, difference_point, is_bottleneck
from fibers.relu.problems import Problem
from fibers.relu.simplification import simplify
from proofs import strategies
from proofs.examples import EXAMPLES, cancelled_facet, moved_first_layer, reflected_ramp, spare_neuron

SIZES = [Fraction(1), Fraction(1, 10**3), Fraction(1, 10**10), Fraction(1, 10**40)]


def random_number(rng):
    return rng.choice((-1, 1)) * Fraction(rng.randint(1, 12), rng.choice((1, 2, 3, 5, 8)))


def random_network(rng, widths):
    return ReLUNetwork(
        [
            ([[random_number(rng) for _ in range(a)] for _ in range(b)], [random_number(rng) for _ in range(b)])
            for a, b in itertools.pairwise(widths)
        ]
    )


def random_bottleneck(rng, most=5):
    inner = rng.randint(1, most)
    while True:
        f = random_network(rng, (rng.randint(inner, most + 1), inner, rng.randint(1, most), rng.randint(1, 2)))
        if is_bottleneck(f):
            return f


def nudge(rng, f, layer=None, size=None):
    """f with one weight or bias changed by a share of it."""
    k = rng.randrange(3) if layer is None else layer
    rows, biases = [list(row) for row in f.layers[k][0]], list(f.layers[k][1])
    row = rng.choice([*rows, biases])
    row[rng.randrange(len(row))] *= 1 + (rng.choice(SIZES) if size is None else size)
    return ReLUNetwork([*f.maps[:k], (rows, biases), *f.maps[k + 1 :]])


def is_decided(f, g):
    """Whether None from `difference_point` proves equality, by its docstring, or alignment does."""
    if f.widths[1] == g.widths[1] == 1 or align(Problem(f, g))[1] is not None:
        return True
    rows = [{shallow.primitive(shallow.joined(n.maps[0]).row(i))[0] for i in range(n.widths[1])} for n in (f, g)]
    return rows[0] == rows[1]


@pytest.mark.parametrize("seed", range(0, 400, 40))
def test_a_nudged_copy_is_always_told_apart(seed):
    """Any nudge, from 1 to 10^−40 of a weight: a point is found, or the networks are provably one function."""
    for s in range(seed, seed + 40):
        rng = random.Random(s)
        f = random_bottleneck(rng)
        g = nudge(rng, moves.scramble(f, rng))
        if is_bottleneck(g):
            found = difference_point(f, g, seed=s)
            assert f(found) != g(found) if found is not None else is_decided(simplify(f), simplify(g))


@given(strategies.nudged(strategies.equal_pairs(family="bottleneck")))
@settings(max_examples=150)
def test_every_kind_of_pair_is_told_apart_once_nudged(pair):
    f, g = map(simplify, pair)
    if is_bottleneck(f) and is_bottleneck(g):
        found = difference_point(f, g)
        assert f(found) != g(found) if found is not None else is_decided(f, g)


@given(strategies.equal_pairs(family="bottleneck"))
@settings(max_examples=60)
def test_equal_networks_have_no_point_of_difference(pair):
    f, g = pair
    if is_bottleneck(f) and is_bottleneck(g):
        assert difference_point(f, g) is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_theory_are_never_called_different(name):
    f, g = EXAMPLES[name]()
    for p, q in ((f, g), (g, f)):
        assert difference_point(p, q) is None
        rng = random.Random(0)
        moved = moves.scramble(p, rng)
        assert difference_point(moved, q, seed=3) is None


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("size", SIZES)
def test_the_examples_of_the_theory_differ_once_an_output_is_nudged(name, size):
    f, g = EXAMPLES[name]()
    V, c = g.layers[2]
    g = ReLUNetwork([*g.maps[:2], ([[V[0][0] * (1 + size), *V[0][1:]]], c)])
    found = difference_point(f, g)
    assert f(found) != g(found)


@given(strategies.equal_pairs(family="line"), st.booleans(), st.integers(0, 10**6))
@example(reflected_ramp(), False, 0)
def test_one_variable_is_decided(pair, nudged, seed):
    f, g = pair
    if not (is_bottleneck(f) and is_bottleneck(g) and f.widths[1] == g.widths[1] == 1):
        return
    g = nudge(random.Random(seed), g, layer=1) if nudged else g
    assert case(f, g) == "one variable"
    found = difference_point(f, g)
    if found is None:
        assert not nudged or f.inputs > 2 or oracles.same_function(f, g)
    else:
        assert nudged
        assert f(found) != g(found)


def test_functions_of_two_independent_variables_are_equal_only_if_constant():
    def along(direction, height):
        return ReLUNetwork([([direction], [0]), ([[height]], [0]), ([[1]], [7])])

    assert difference_point(along([1, 0], 0), along([0, 1], 0)) is None
    for heights in ((1, 0), (0, 1), (1, 1)):
        f, g = along([1, 0], heights[0]), along([0, 1], heights[1])
        found = difference_point(f, g)
        assert f(found) != g(found)


def sliver(threshold, column):
    """A second-layer neuron that is on only where 10^6 y_1 < y_2 − threshold, beside two plain ones."""
    second = [[-(10**6), 1, 0], [1, -1, 2], [1, 1, -1]], [-threshold, 1, -1]
    return ReLUNetwork([([[1, 2, 0], [0, 1, 1], [1, 0, 1]], [1, 2, 3]), second, ([[column, 1, -1]], [0])])


@pytest.mark.parametrize("threshold", [0, 10**6, 10**30])
def test_a_neuron_on_a_sliver_or_far_away_is_found(threshold):
    f, g = sliver(threshold, 1), sliver(threshold, 1 + Fraction(1, 10**10))
    found = difference_point(f, g)
    assert f(found) != g(found)
    rng = random.Random(1)
    nudged = nudge(rng, sliver(threshold, 1), layer=0, size=Fraction(1, 10**10))
    found = difference_point(f, nudged)
    assert f(found) != nudged(found)


@given(strategies.facet_networks(), st.integers(0, 10**6))
def test_hidden_facets_are_compared_at_their_limits(f, seed):
    """B4: shifts and flips behind a hidden facet are undone, so the first layers match, and None is a proof."""
    f = simplify(f)
    if not is_bottleneck(f):
        return
    rng, g = random.Random(seed), f
    for j in range(f.widths[1]):
        try:
            g = moves.shift_facet(g, 1, j, -(random_number(rng) ** 2))
            g = moves.flip_facet(g, 1, j, rng.randrange(f.widths[1]))
        except moves.NotApplicable:
            continue
    p, q = bottleneck._at_limit(f), bottleneck._at_limit(moves.scramble(g, rng))
    assert bottleneck._matching(p, q) is not None
    assert difference_point(f, g) is None


def test_the_point_is_pulled_back_exactly_when_floats_do_not_show_it():
    """h = σ(width − |y_1 − 1|), with coordinates y_1 = 3 x_1 + x_2 in which no float x hits the strip."""
    width = Fraction(1, 10**30)

    def strip(column):
        second = [[1, 0], [1, 0], [1, 0]], [width - 1, -1, -1 - width]
        return ReLUNetwork([([[3, 1], [1, 7]], [Fraction(1, 3), 0]), second, ([[column, -2 * column, column]], [0])])

    f, g = strip(1), strip(2)
    found = difference_point(f, g)
    assert f(found) != g(found)


def test_hidden_facets_that_moved_need_no_lines(monkeypatch):
    """B4: with the facet back at its limit the first layers match, and S1 finds the nudge."""
    f = ReLUNetwork([([[1, 2], [3, 4]], [5, 6]), ([[1, -1], [2, -3]], [-1, -4]), ([[1, 1]], [1])])
    g = nudge(random.Random(0), moves.shift_facet(f, 1, 0, -3), layer=2, size=Fraction(1, 10**10))
    monkeypatch.setattr(bottleneck, "kink_lines", lambda f, g, rng: iter(()))
    found = difference_point(f, g)
    assert f(found) != g(found)


def test_places_of_lines_are_exact(monkeypatch):
    """h is 0 but where y_1, y_2 > 0 and y_1 + y_2 < 10^−60, and their first layers do not match.

    On y_2 = 0 the first two and the last two neurons cancel, on y_1 = 0 the outer and the inner two.
    """
    width = Fraction(1, 10**60)

    def spot(column, third):
        second = [[-1, -1, 0], [-1, -2, 0], [-3, -2, 0], [-3, -1, 0]], [width] * 4
        columns = [column, -column, column, -column]
        return ReLUNetwork([([[3, 1, 0], [1, 7, 0], third], [Fraction(1, 3), 2, 0]), second, ([columns], [0])])

    monkeypatch.setattr(bottleneck, "LINES", 8)
    f, g = spot(1, [0, 0, 1]), spot(2, [0, 1, 1])
    assert bottleneck._matching(f, g) is None
    found = difference_point(f, g)
    assert f(found) != g(found)


def test_cases_are_named_honestly():
    generic = ReLUNetwork([([[1, 0], [0, 1]], [1, 2]), ([[1, -1], [2, 1]], [1, -1]), ([[1, 1]], [0])])
    hiding = ReLUNetwork([([[1, 0], [0, 1]], [1, 2]), ([[1, -1], [2, -1]], [-1, -1]), ([[1, 1]], [0])])
    assert case(generic, generic) == "B3"
    assert case(hiding, hiding) == "B4"
    assert case(generic, hiding) == case(hiding, generic) == "outside"
    assert case(*cancelled_facet()) == case(*reflected_ramp()) == "one variable"
    assert case(*moved_first_layer()) == case(*spare_neuron()) == "outside"


def test_bottlenecks_have_two_hidden_layers_and_independent_first_rows():
    def first(W):
        return ReLUNetwork([(W, None), ([[1] * len(W)], None), ([[1]], None)])

    assert is_bottleneck(first([[1, 0, 0], [1, 1, 0]]))
    assert not is_bottleneck(first([[1, 2], [2, 4]]))
    assert not is_bottleneck(first([[1], [2]]))
    assert not is_bottleneck(first([[0, 0]]))
    assert not is_bottleneck(ReLUNetwork([([[1]], None), ([[1]], None)]))
    assert not is_bottleneck(ReLUNetwork([([[1]], None)] * 4))


def test_other_networks_are_refused():
    f = moved_first_layer()[0]
    shallow_network = ReLUNetwork([([[1, 1]], None), ([[1]], None)])
    with pytest.raises(InvalidNetwork, match="g must have two hidden layers and rank W_1 = n_1"):
        difference_point(f, shallow_network)
    with pytest.raises(NotComparable, match="same inputs and outputs"):
        difference_point(f, reflected_ramp()[0])


def test_the_search_is_deterministic_and_ends_at_the_deadline():
    rng = random.Random(2)
    f = random_network(rng, (4, 3, 3, 1))
    g = nudge(rng, f, layer=0, size=Fraction(1, 10**10))
    found = difference_point(f, g, seed=5)
    assert found is not None
    assert found == difference_point(f, g, seed=5, deadline=time.monotonic() + 3600)
    assert difference_point(f, g, seed=5, deadline=time.monotonic()) is None


def test_wide_first_layers_are_pulled_back_in_floats():
    """n_1 = 80: an exact preimage would have thousands of digits."""
    rng = random.Random(0)
    f = random_network(rng, (90, 80, 3, 1))
    assert is_bottleneck(f)
    for layer in (0, 1):
        g = nudge(rng, moves.scramble(f, rng), layer=layer, size=Fraction(1, 10**10))
        found = difference_point(f, g)
        assert f(found) != g(found)
        assert all(x.denominator.bit_count() == 1 for x in found)
