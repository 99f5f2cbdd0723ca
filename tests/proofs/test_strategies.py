"""The strategies draw what they promise, the degenerate included."""

import itertools
from fractions import Fraction

import oracles
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from proofs import strategies
from proofs.strategies import FAMILIES, KINDS
from proofs.strategies.numbers import POOLS
from proofs.strategies.pairs import kinds_of

FEW = settings(max_examples=40)


def found(strategy, condition):
    """Whether the strategy draws a value with this property within 3000; the first one will do."""
    try:
        find(strategy, condition, settings=settings(max_examples=3000, database=None, phases=[Phase.generate]))
    except NoSuchExample:
        return False
    return True


@given(strategies.networks(widths=(2, 3, 1)))
@FEW
def test_widths_can_be_fixed(f):
    assert f.widths == (2, 3, 1)


@given(strategies.networks())
@FEW
def test_networks_are_small(f):
    assert 1 <= f.inputs <= 3
    assert 0 <= f.hidden <= 3
    assert max(f.widths) <= 4


@pytest.mark.parametrize(("strategy", "hidden"), [(strategies.shallow_networks(), {1}), (strategies.deep_networks(), {3, 4})])
def test_depths_are_as_named(strategy, hidden):
    @given(strategy)
    @FEW
    def check(f):
        assert f.hidden in hidden

    check()


FEATURES = {
    "no hidden layer": lambda f: f.hidden == 0,
    "width 1": lambda f: f.hidden > 1 and set(f.widths[1:-1]) == {1},
    "one input": lambda f: f.inputs == 1,
    "a zero row": lambda f: any(not any(row) for W, _ in f.layers for row in W),
    "a zero network": lambda f: f.hidden == 2 and not any(any(map(any, W)) or any(b) for W, b in f.layers),
    "an unused neuron": lambda f: any(not any(p.column) for k in range(1, f.hidden + 1) for p in moves.neurons(f, k)[0]),
    "a dead neuron": lambda f: f.hidden > 1 and any(p.dead and any(p.row) for p in moves.neurons(f, 2)[0]),
    "parallel neurons": lambda f: f.hidden > 0 and any(parallel(p, q, 1) for p, q in pairs(f)),
    "opposite neurons": lambda f: f.hidden > 0 and any(parallel(p, q, -1) for p, q in pairs(f)),
    "a weight that is no float": lambda f: any(
        x.denominator & (x.denominator - 1) for W, _ in f.layers for row in W for x in row
    ),
    "float weights": lambda f: any(x.denominator == 2**21 for W, _ in f.layers for row in W for x in row),
}


def pairs(f):
    return itertools.combinations(moves.neurons(f, 1)[0], 2)


def parallel(p, q, sign):
    """Whether the forms of two neurons are multiples of each other, by a factor of this sign."""
    a, b = (*p.row, p.bias), (*q.row, q.bias)
    i = next((i for i, x in enumerate(a) if x), None)
    return i is not None and b[i] * sign / a[i] > 0 and all(x * b[i] == y * a[i] for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("feature", FEATURES)
def test_degenerate_networks_are_drawn(feature):
    assert found(strategies.networks(), FEATURES[feature])


@given(strategies.bottleneck_networks())
@FEW
def test_bottlenecks_have_full_row_rank(f):
    assert f.hidden == 2
    assert matrix(f.layers[0][0]).rank() == f.widths[1]


@pytest.mark.parametrize("counts", [(0, 0, 1), (2, 0, 0), (0, 2, 0), (1, 1, 1)])
def test_second_layer_neurons_come_in_the_numbers_asked_for(counts):
    mixed, active, dead = counts

    @given(strategies.bottleneck_networks(mixed=mixed, active=active, dead=dead))
    @FEW
    def check(f):
        layer, _ = moves.neurons(f, 2)
        assert sum(p.dead for p in layer) == dead
        assert sum(p.active and not p.dead for p in layer) == active
        assert len(layer) == sum(counts)

    check()


@given(strategies.facet_networks())
@FEW
def test_facet_networks_hide_a_facet_by_its_signs(f):
    layer, _ = moves.neurons(f, 2)
    live = [p for p in layer if not p.dead]
    (j,) = {u for p in live for u, w in enumerate(p.row) if w > 0}
    assert all(p.bias <= 0 for p in live)
    assert set(moves.hides(f, 1, j)) == {i for i, p in enumerate(layer) if not p.dead and any(p.column)}


@given(strategies.line_networks())
@FEW
def test_line_networks_depend_on_one_form(f):
    assert f.widths[1] == 1
    assert any(f.layers[0][0][0])


@pytest.mark.parametrize("pool", POOLS)
def test_pools_hold_opposites_and_zero_first(pool):
    assert POOLS[pool][0] == 0
    assert set(POOLS[pool]) == {-x for x in POOLS[pool]}
    assert len(set(POOLS[pool])) == len(POOLS[pool])


@given(strategies.positive_rationals(), strategies.powers_of_two())
@FEW
def test_scales_are_positive(s, t):
    assert s > 0
    assert Fraction(t).numerator & (t.numerator - 1) == 0 == t.denominator & (t.denominator - 1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", [*KINDS, "several"])
def test_most_pairs_of_a_kind_have_been_moved(kind, family):
    """Equal weights on both sides prove nothing about a decision."""
    if kind not in kinds_of(family):
        assert family == "shallow" or (family, kind) == ("line", "facet flips")
        return
    assert found(strategies.equal_pairs(kind, family), lambda pair: pair[0] != pair[1])


@given(strategies.nudged(strategies.equal_pairs("permutations", "deep").map(lambda pair: (pair[0], pair[0]))))
@FEW
def test_a_nudge_changes_one_number_by_a_share_of_it(pair):
    numbers = [[x for W, b in f.layers for row in (*W, b) for x in row] for f in pair]
    ((before, after),) = ((x, y) for x, y in zip(*numbers, strict=True) if x != y)
    share = abs(after - before) / (abs(before) or 1)
    assert share in {Fraction(1, 10**e) for e in range(1, 13)}


@given(strategies.nudged(strategies.equal_pairs("permutations", "deep").map(lambda pair: (pair[0], pair[0])), layers="inner"))
@FEW
def test_an_inner_nudge_leaves_the_first_and_last_map_alone(pair):
    f, g = pair
    assert (f.maps[0], f.maps[-1]) == (g.maps[0], g.maps[-1])
    assert f != g


@given(st.data())
@settings(max_examples=10)
def test_kinds_report_only_places_where_their_move_applies(data):
    f = data.draw(FAMILIES["deep"])
    for kind in KINDS.values():
        for place in kind.places(f):
            assert kind.move(data.draw, f, place).inputs == f.inputs


def test_near_duplicates_have_the_widths_asked_for_and_some_are_equal():
    outcomes = set()

    @given(strategies.near_duplicates(inputs=(1, 2), width=2))
    @settings(max_examples=150)
    def check(pair):
        f, g = pair
        assert f.widths == g.widths
        assert f.inputs <= 2
        assert max(f.widths[1:-1]) <= 2
        outcomes.add(oracles.same_function(f, g))

    check()
    assert outcomes == {True, False}


@given(strategies.rounded(strategies.equal_pairs("rational scales"), bits=3))
@FEW
def test_rounded_weights_are_multiples_and_no_further_than_half_a_step(pair):
    _, g = pair
    assert all((8 * w).denominator == 1 for W, b in g.layers for row in (*W, b) for w in row)


def test_rounding_goes_to_the_nearest():
    f = ReLUNetwork([([["3/10"]], ["-1/3"])])
    _, g = find(strategies.rounded(st.just((f, f)), bits=2), lambda pair: True)
    assert g == ReLUNetwork([([["1/4"]], ["-1/4"])])
