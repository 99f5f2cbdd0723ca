"""B1 and B2: types of second-layer neurons, and hidden facets, without genericity."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import facets, moves
from fibers.relu.facets import Bends, hidden_facets, neuron_types
from proofs import strategies
from proofs.examples import cancelled_facet, edge_facet, moved_first_layer

SMALL = Fraction(1, 10**40)
"""Below the distance of the points in these tests to any kink that they are not on."""


def head(network):
    """The network seen from its first layer: t ↦ h(σ(t))."""
    n = network.widths[1]
    return ReLUNetwork([([[int(i == j) for j in range(n)] for i in range(n)], [0] * n), *network.maps[1:]])


def jump(f, t, j):
    """The second difference of f at t across the facet t_j = 0."""
    steps = [tuple(v + s * SMALL * (k == j) for k, v in enumerate(t)) for s in (-1, 0, 1)]
    before, here, after = f.evaluate(steps)
    return [a + b - 2 * c for a, b, c in zip(before, after, here, strict=True)]


def facet_points(n, j, rng):
    """Points with t_j = 0, on every face, at several scales."""
    for signs in itertools.product((-1, 1), repeat=n):
        for _ in range(6):
            yield tuple(
                Fraction(0) if k == j else s * Fraction(rng.randint(1, 999), 7 ** rng.randint(0, 4)) for k, s in enumerate(signs)
            )


OPPOSED = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, 1], [-2, -1], [1, 0]], [-1, 1, 0]), ([[1, Fraction(-1, 2), -1]], None)])
"""Facet 1: slopes 1[y_2 > 1] + 1[y_2 < 1] − 1 = 0, from rows that are opposite on the facet alone."""
BOTTLENECKS = st.one_of(
    strategies.bottleneck_networks(), strategies.facet_networks(), strategies.equal_pairs(family="bottleneck").map(lambda p: p[0])
)


def test_types_are_read_off_the_signs():
    second = [[0, 0], [-1, 0], [0, -1], [1, 0], [0, 0], [1, 1], [1, -1], [-1, 0], [1, 0]]
    biases = [0, 0, -1, 0, 1, 2, 0, 3, -1]
    f = ReLUNetwork([([[1, 0], [0, 1]], None), (second, biases), ([[1] * 9], None)])
    assert neuron_types(f) == ("dead",) * 3 + ("active",) * 3 + ("mixed",) * 3


@given(BOTTLENECKS, st.integers(0, 10**6))
@example(cancelled_facet()[1], 0)
@example(edge_facet()[0], 0)
@example(OPPOSED, 0)
def test_f_bends_across_a_facet_iff_it_is_not_hidden(f, seed):
    """Hidden: no kink at many points of the facet on all faces. Visible: a kink at one of the points constructed."""
    rng, seen = random.Random(seed), head(f)
    for j, hidden in enumerate(hidden_facets(f)):
        if hidden:
            assert not any(any(jump(seen, t, j)) for t in facet_points(f.widths[1], j, rng))
        else:
            assert any(any(jump(seen, t, j)) for t in Bends(f).near_facet(j, rng))


@given(BOTTLENECKS, st.data())
def test_flipped_and_split_neurons_change_no_bend(f, data):
    """σ(ℓ) = ℓ + σ(−ℓ): the function is the same, so are hidden facets and ridges."""
    i = data.draw(st.integers(0, f.widths[2] - 1))
    A = [*range(f.widths[1])]
    for g in (moves.flip(f, 2, i), moves.split(f, 2, i, [2, 3], [[1] * f.outputs])):
        assert hidden_facets(g) == hidden_facets(f)
        assert set(Bends(g).ridges(A)) == set(Bends(f).ridges(A))


@pytest.mark.parametrize(("columns", "ridges"), [([1, 1], [(1, -1, 1)]), ([1, -1], [])])
def test_opposite_rows_make_a_ridge_unless_their_kinks_cancel(columns, ridges):
    """|ℓ| bends, and σ(ℓ) − σ(−ℓ) = ℓ does not."""
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], [-1, 1]], [1, -1]), ([columns], None)])
    assert Bends(f).ridges([0, 1]) == ridges


def test_an_edge_of_the_facet_can_be_all_that_shows_it():
    """Where y_2 > 0 the slopes cancel; b_2[i] = 0 with W_2[i, j] < 0 is enough for the open facet not to decide."""
    f, _ = edge_facet()
    jumps, constant = Bends(f).step(0, [1])
    assert not jumps
    assert not any(constant)
    assert hidden_facets(f)[0] is False


def test_cancelling_neurons_hide_a_facet():
    assert [hidden_facets(f) for f in cancelled_facet()] == [(True,), (True,)]


def test_rows_opposite_on_the_facet_alone_can_hide_it():
    assert hidden_facets(OPPOSED) == (True, False)


def test_both_facets_of_the_example_of_b3_are_visible():
    assert [hidden_facets(f) for f in moved_first_layer()] == [(False, False)] * 2


@given(strategies.facet_networks(), st.data())
def test_moving_a_hidden_facet_keeps_it_hidden(f, data):
    """The moves of B4 need signs; what is hidden does not depend on the parameters that make the same function."""
    j = data.draw(st.integers(0, f.widths[1] - 1))
    try:
        moves.hides(f, 1, j)
    except moves.NotApplicable:
        return
    shifted = moves.shift_facet(f, 1, j, -1)
    biases_are_negative = all(b < 0 for b in shifted.layers[1][1])
    assert hidden_facets(shifted)[j] or not biases_are_negative


def test_all_facets_are_hidden_when_no_neuron_is_live():
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[-1, -1]], [0]), ([[1]], [5])])
    assert hidden_facets(f) == (True, True)


def test_too_many_faces_leave_the_question_open(monkeypatch):
    """With biases 0 and sparse rows every union of supports is a face to look at."""
    n = 6
    rows = [[1, *(-int(k == i) for k in range(1, n))] for i in range(1, n)]
    columns = [1, -1, 1, -1, 0]
    f = ReLUNetwork([([[int(i == j) for j in range(n)] for i in range(n)], None), (rows, None), ([columns], None)])
    monkeypatch.setattr(facets.Bends, "_bends_at_probe", lambda self, j: False)
    assert hidden_facets(f)[0] is False
    zero = ReLUNetwork([*f.maps[:2], ([[0] * (n - 1)], None)])
    assert hidden_facets(zero)[0] is True
    monkeypatch.setattr(facets, "MOST_FACES", 3)
    assert hidden_facets(zero)[0] is None


@given(BOTTLENECKS, st.integers(0, 10**6))
def test_f_bends_across_every_ridge(f, seed):
    """At a point of the ridge, along a direction across it, the second difference is not 0."""
    bends, rng, seen = Bends(f), random.Random(seed), head(f)
    n = f.widths[1]
    for A in ([*range(n)], [*range(n)][1:], [0]):
        for H in bends.ridges(A) if A else []:
            t = bends.near_ridge(H, A, rng)
            assert sum(w * t[k] for w, k in zip(H, A, strict=False)) + H[-1] == 0
            assert all((t[k] > 0) == (k in A) for k in range(n))
            k = A[next(i for i, w in enumerate(H) if w)]
            assert any(jump(seen, t, k))


@pytest.mark.parametrize("A", [[0, 1], [0], [1]])
def test_parallel_rows_that_cancel_make_no_ridge(A):
    f = ReLUNetwork([([[1, 0], [0, 1]], None), ([[1, -1], [2, -2]], [-1, -2]), ([[2, -1]], None)])
    assert Bends(f).ridges(A) == []
