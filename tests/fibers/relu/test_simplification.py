"""E3: simplification keeps the function, removes what was planted, and is done after one go."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork
from fibers.networks import ReLUNetwork
from fibers.relu import moves, simplification
from fibers.relu.shallow import normal_form
from fibers.relu.simplification import simplify, simplify_report
from proofs import strategies

ANY = strategies.networks(hidden=(0, 4))
FEW = settings(max_examples=50)

IDENTITY = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 0], [0, 1]], [0, 0]), ([[1, -1]], [0])])
DEAD_END = ReLUNetwork([([[1]], [0]), ([[-1]], [0]), ([[1]], [2]), ([[3]], [1])])


def activations(f, x):
    """[inputs, hidden layer 1, ...] at x, by plain Fractions."""
    layers = [[Fraction(v) for v in x]]
    for rows, biases in f.layers[:-1]:
        values = [sum((w * v for w, v in zip(row, layers[-1], strict=True)), b) for row, b in zip(rows, biases, strict=True)]
        layers.append([max(t, Fraction(0)) for t in values])
    return layers


def points(f, seed=0):
    """Small and far points, and points on the kinks of the first layer."""
    rng = random.Random(seed)
    chosen = [[rng.randint(-5, 5) * scale for _ in range(f.inputs)] for scale in (0, 1, 1, 1, Fraction(1, 3), 10**6)]
    for row, b in zip(*f.layers[0], strict=True):
        p = max(range(f.inputs), key=lambda j: abs(row[j]))
        if row[p]:
            x = [Fraction(rng.randint(-3, 3)) for _ in row]
            x[p] = -(b + sum(w * v for j, (w, v) in enumerate(zip(row, x, strict=True)) if j != p)) / row[p]
            chosen.append(x)
    return chosen


def generic(widths, rng):
    """A network with nothing to remove: integer weights without zeros, rows of both signs after the first layer."""
    layers = []
    for k, (n, m) in enumerate(itertools.pairwise(widths)):
        rows = [[rng.choice([-1, 1]) * rng.randint(1, 999) for _ in range(n)] for _ in range(m)]
        for row in rows if 0 < k < len(widths) - 2 else []:
            row[0], row[1] = abs(row[0]), -abs(row[1])
            row[2] = abs(row[2])  # two positive weights show each kink
        layers.append((rows, [rng.randint(-99, 99) for _ in range(m)]))
    return ReLUNetwork(layers)


# The function stays, and one go is enough.


@given(ANY)
@example(IDENTITY)
@example(DEAD_END)
def test_values_stay_exactly_the_same(f):
    xs = points(f)
    assert simplify(f).evaluate(xs) == f.evaluate(xs)


@FEW
@given(strategies.networks(hidden=(2, 3)))
def test_the_oracle_finds_no_difference(f):
    assert oracles.same_function(f, simplify(f))


@given(strategies.equal_pairs("facet shifts"))
def test_networks_with_hidden_facets_keep_their_values(pair):
    for f in pair:
        assert simplify(f).evaluate(points(f)) == f.evaluate(points(f))


@given(strategies.shallow_networks())
def test_one_hidden_layer_keeps_its_normal_form(f):
    assert normal_form(simplify(f)) == normal_form(f)


@given(st.one_of(ANY, strategies.equal_pairs().map(lambda pair: pair[0])))
@example(IDENTITY)
@example(DEAD_END)
def test_simplifying_twice_changes_nothing(f):
    g = simplify(f)
    report = simplify_report(g)
    assert report.network is g
    assert (report.removed, report.shifted) == ((), ())


@given(ANY)
def test_widths_do_not_grow(f):
    report = simplify_report(f)
    g = report.network
    assert g.hidden <= f.hidden
    assert sum(g.widths[1:-1]) + len(report.removed) == sum(f.widths[1:-1])
    assert (g.inputs, g.outputs) == (f.inputs, f.outputs)


# What is planted goes.


def plant(f, rng):
    """f with one redundancy more, of a random kind."""
    k = rng.randint(1, f.hidden)
    n, m, i = f.widths[k - 1], f.widths[k + 1], rng.randrange(f.widths[k])

    def numbers(size):
        return [Fraction(rng.randint(-9, 9), rng.randint(1, 9)) for _ in range(size)]

    kind = rng.choice(["split", "unused", "dead", "constant", "identity", "permute", "rescale"])
    if kind == "split":
        return moves.split(f, k, i, [Fraction(rng.randint(1, 9), 7), rng.randint(1, 9)], [numbers(m)])
    if kind == "unused":
        return moves.add_unused(f, k, numbers(n), 1)
    if kind == "dead":
        row = [0] * n if k == 1 else [-abs(x) for x in numbers(n)]
        return moves.add_dead(f, k, row, -abs(numbers(1)[0]), numbers(m))
    if kind == "constant":
        return moves.add_constant(f, k, numbers(1)[0], numbers(m))
    if kind == "identity":  # σ(y) = y for y ≥ 0: one more layer, all of it active
        width = f.widths[k]
        return ReLUNetwork([*f.maps[:k], (np.eye(width, dtype=int), [0] * width), *f.maps[k:]])
    if kind == "permute":
        return moves.permute(f, k, rng.sample(range(f.widths[k]), f.widths[k]))
    return moves.rescale(f, k, [Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(f.widths[k])])


@pytest.mark.parametrize("widths", [(2, 4, 1), (3, 5, 4, 2), (2, 4, 3, 3, 1)])
@pytest.mark.parametrize("seed", range(12))
def test_planted_redundancies_all_go(widths, seed):
    rng = random.Random(seed)
    g = f = generic(widths, rng)
    assert simplify(f) is f
    for _ in range(6):
        g = plant(g, rng)
    small = simplify(g)
    assert small.widths == f.widths
    assert small.evaluate(points(f)) == f.evaluate(points(f))


@FEW
@given(strategies.equal_pairs("facet shifts", "bottleneck"))
def test_shifts_of_a_hidden_facet_come_out_equal(pair):
    f, g = pair
    assert simplify(f) == simplify(g)


@FEW
@given(st.integers(1, 4), st.integers(1, 3), st.randoms(use_true_random=False))
def test_active_neurons_are_cut_down_to_their_rank(copies, rank, rng):
    """A mixed neuron keeps the layer from being affine; rank active rows, and combinations of them, beside it."""
    basis = [[rng.randint(1, 9) if i == j else rng.randint(0, 1) * (i > j) for j in range(3)] for i in range(rank)]
    factors = [[rng.randint(0, 5) for _ in range(rank)] for _ in range(copies)]
    rows = [[sum(c * row[j] for c, row in zip(cs, basis, strict=True)) for j in range(3)] for cs in factors]
    active = [[*basis, *rows][i] for i in rng.sample(range(rank + copies), rank + copies)]
    layer = [*active, [5, -1, 3]]
    f = ReLUNetwork(
        [
            ([[2, 1, 7], [1, -3, 1], [-1, 1, 4]], [1, 2, 3]),
            (layer, [rng.randint(0, 5) for _ in active] + [-1]),
            ([[rng.randint(1, 50) for _ in layer] for _ in range(5)], [0] * 5),
        ]
    )
    g = simplify(f)
    assert g.widths[2] <= rank + 1
    assert g.evaluate(points(f)) == f.evaluate(points(f))


def test_active_neurons_stay_when_their_combinations_would_be_huge(monkeypatch):
    f = ReLUNetwork([([[1, 2], [3, 1]], [0, 0]), ([[1, 2], [2, 3], [1, 1], [1, -1]], [0, 1, 2, 0]), ([[1, 2, 3, 4]], [0])])
    assert simplify(f).widths == (2, 2, 3, 1)
    monkeypatch.setattr(simplification, "MOST_BITS", 0)
    assert simplify(f) is f


# What the report says.


def test_the_report_names_each_reason():
    f = ReLUNetwork(
        [
            ([[1, 0], [2, 0], [0, 0], [0, 1], [1, 1]], [1, 2, 3, 0, 0]),
            ([[1, 0, 1, -1, 0], [-1, -1, 0, 0, 0], [1, 1, 1, 2, 0], [0, 1, 0, 1, 0], [1, 2, 0, 3, 0]], [-5, 0, 1, 0, 0]),
            ([[1, 1, 1, 1, 1], [2, 1, 0, 1, 1]], [0, 0]),
            ([[1, 0], [0, 1]], [0, 0]),
        ],
        final="softmax",
    )
    report = simplify_report(f)
    assert report.removed == (
        (1, 1, "parallel to neuron 0"),
        (1, 2, "constant"),
        (1, 4, "unused"),
        (2, 1, "dead"),
        (2, 4, "active, a combination of others"),
        (3, 0, "layer is affine"),
        (3, 1, "layer is affine"),
    )
    assert report.kept == (((1, 0), (1, 3)), ((2, 0), (2, 2), (2, 3)))
    assert report.network.final == "softmax"
    assert repr(report) == "<Simplification to 2-2-3-2, 7 neurons removed>"


def test_what_feeds_a_dead_layer_is_unused_and_what_follows_is_constant():
    report = simplify_report(DEAD_END)
    assert report.network == ReLUNetwork([([[0]], [7])])
    assert report.removed == ((1, 0, "unused"), (2, 0, "dead"), (3, 0, "constant"))
    assert report.kept == ()


def test_a_shift_is_reported_with_its_size():
    f = ReLUNetwork([([[1, 0], [0, 1]], [5, 0]), ([[2, -1], [1, -3]], [-4, -1]), ([[1, 1]], [0])])
    report = simplify_report(f)
    assert report.shifted == ((1, 0, 1),)  # min(4/2, 1/1)
    assert report.network == ReLUNetwork([([[1, 0], [0, 1]], [4, 0]), ([[2, -1], [1, -3]], [-2, 0]), ([[1, 1]], [0])])
    assert report.removed == ()


@pytest.mark.parametrize(
    ("row", "bias"), [([2, 1], -4), ([-2, 1], -4), ([2, -1], 1)], ids=["seen by another", "read negatively", "bias positive"]
)
def test_a_facet_that_shows_is_not_shifted(row, bias):
    """One reader that shows the kink of neuron 0 is enough."""
    f = ReLUNetwork([([[1, 0], [0, 1]], [5, 0]), ([[1, -1], row], [-3, bias]), ([[1, 1]], [0])])
    shifted = {j for _, j, _ in simplify_report(f).shifted}
    assert 0 not in shifted


def test_an_active_neuron_is_shifted_only_as_far_as_it_stays_active():
    """2 y + 3 ≥ 3, and σ(y − 9) would allow a shift by 9; the mixed neuron beside it keeps the layer from being affine."""
    f = ReLUNetwork(
        [([[1], [-1]], [0, 0]), ([[2, 0], [1, -1]], [3, 0]), ([[1, 0], [0, 1], [0, -1]], [-9, 1, 1]), ([[1, 1, 1]], [0])]
    )
    report = simplify_report(f)
    assert (2, 0, 3) in report.shifted
    assert report.network.evaluate(points(f)) == f.evaluate(points(f))


def test_a_bounded_neuron_does_not_show_what_its_bound_hides():
    """y_1 ≤ 1, so σ(2 y_0 + y_1 − 4) starts at y_0 ≥ 3/2 only."""
    f = ReLUNetwork(
        [([[1], [-1]], [0, 0]), ([[1, -1], [-1, -2]], [0, 1]), ([[2, 1], [0, 1]], [-4, 0]), ([[1, 1]], [0])],
    )
    report = simplify_report(f)
    assert (2, 0, Fraction(3, 2)) in report.shifted
    assert report.network.evaluate([[Fraction(x, 4)] for x in range(-9, 30)]) == f.evaluate(
        [[Fraction(x, 4)] for x in range(-9, 30)]
    )


@FEW
@given(st.one_of(ANY, strategies.equal_pairs(family="deep").map(lambda pair: pair[0])))
def test_neurons_that_are_kept_compute_what_they_computed(f):
    report = simplify_report(f)
    moved = {(layer, index): s for layer, index, s in report.shifted}
    assert len(report.kept) == report.network.hidden
    for x in points(f):
        before, after = activations(f, x), activations(report.network, x)
        for names, values in zip(report.kept, after[1:], strict=True):
            for (layer, index), value in zip(names, values, strict=True):
                shift = moved.get((layer, index), 0)
                assert value == max(before[layer][index] - shift, 0)


@given(ANY)
def test_every_neuron_is_either_kept_or_removed_once(f):
    report = simplify_report(f)
    named = [(layer, index) for layer, index, _ in report.removed] + [name for layer in report.kept for name in layer]
    assert sorted(named) == [(k, i) for k, n in enumerate(f.widths[1:-1], 1) for i in range(n)]
    assert tuple(map(len, report.kept)) == report.network.widths[1:-1]


# Degenerate networks.


def test_affine_networks_are_returned_as_they_are():
    f = ReLUNetwork([([[0, 0]], [3])], final="logsoftmax")
    assert simplify(f) is f


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_network_of_zeros_becomes_its_constant(depth):
    layers = [([[0] * 2] * 2, [1, -1]) for _ in range(depth)]
    assert simplify(ReLUNetwork([*layers, ([[3, 4]], [5])], final="softmax")) == ReLUNetwork([([[0, 0]], [8])], final="softmax")


def test_an_affine_layer_goes_as_one_whatever_its_rank():
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 2], [2, 4], [1, 1]], [0, 1, 2]), ([[1, 1, -5]], [0])])
    report = simplify_report(f)
    assert report.removed == tuple((2, i, "layer is affine") for i in range(3))
    assert report.network.widths == (1, 2, 1)


def test_an_identity_between_rectified_layers_goes():
    assert simplify(IDENTITY) == ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, -1]], [0])])


def test_only_networks_are_simplified():
    with pytest.raises(InvalidNetwork, match=r"needs a ReLUNetwork .*found str"):
        simplify("a.onnx")


def test_wide_float_networks_lose_exactly_what_was_planted():
    rng = np.random.default_rng(0)
    shapes = [(40, 60), (60, 50), (50, 3)]
    (W1, b1), (W2, b2), (W3, b3) = (
        (rng.standard_normal((m, n)).astype(np.float32), rng.standard_normal(m).astype(np.float32)) for n, m in shapes
    )
    W1[5], b1[5] = 2 * W1[7], 2 * b1[7]
    W1[9] = 0
    W2[:, 11] = 0
    W2[3], b2[3] = -abs(W2[3]), -1
    W3[:, 8] = 0
    W2[20:23], b2[20:23] = abs(W2[20:23]), abs(b2[20:23])
    W2[23] = 4 * W2[20]
    b2[23] = 7
    f = ReLUNetwork([(W1, b1), (W2, b2), (W3, b3)])
    report = simplify_report(f)
    assert [(layer, index) for layer, index, _ in report.removed] == [(1, 7), (1, 9), (1, 11), (2, 3), (2, 8), (2, 23)]
    xs = rng.integers(-9, 9, (5, 40)).tolist()
    assert report.network.evaluate(xs) == f.evaluate(xs)
