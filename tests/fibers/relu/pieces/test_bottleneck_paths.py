"""Paths inside the pieces of a bottleneck's fiber: every point computes f, ends fit, and what is apart is apart for a reason."""

import ast
import random
import re
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fibers.errors import NotInPiece
from fibers.networks import ReLUNetwork
from fibers.relu.moves import permute, scramble
from fibers.relu.pieces.bottleneck_charts import BottleneckSource
from fibers.relu.pieces.piece import Piece
from fibers.relu.weights import vector
from proofs import strategies

UNIT = ([[1, 0], [0, 1]], None)


def random_piece(f, rng):
    assume(BottleneckSource.refusal(f) is None)
    charts = [c for _, c in zip(range(40), BottleneckSource.of(f).charts(), strict=False)]
    assume(charts)
    return Piece(rng.choice(charts))


def bottlenecks():
    return st.one_of(
        strategies.generic_bottlenecks(most=2), strategies.generic_bottlenecks(facet=True), strategies.bottleneck_networks()
    )


def reordered(separation, end):
    """`end` in the order that the reason asks for."""
    for order, k in re.findall(r"neurons (\[[^]]*\]) of hidden layer (\d)", separation.reason):
        end = permute(end, int(k), ast.literal_eval(order))
    return end


def exchanged(piece, g):
    """g with two active neurons exchanged."""
    i, j = piece.chart.place(g).active[:2]
    order = list(range(g.widths[2]))
    order[i], order[j] = j, i
    return permute(g, 2, order)


@settings(max_examples=40)
@given(bottlenecks(), st.integers(0, 99))
def test_paths_join_samples_up_to_one_exchange_of_active_neurons(f, seed):
    rng = random.Random(seed)
    piece = random_piece(f, rng)
    start, end = piece.sample(rng), piece.sample(rng)
    path = piece.path(start, end)
    if not path:
        assert path.proved
        end = exchanged(piece, end)
        path = piece.path(start, end)
    assert path(0) == start
    assert path(1) == end
    times = [Fraction(rng.randint(0, 1000), 1000) for _ in range(6)] + [Fraction(k, len(path.segments)) for k in range(3)]
    x = [[Fraction(rng.randint(-50, 50), rng.randint(1, 7)) for _ in range(f.inputs)] for _ in range(6)]
    for t in (t for t in times if t <= 1):
        g = path(t)
        assert piece.contains(g)
        assert g.evaluate(x) == f.evaluate(x)


@settings(max_examples=20)
@given(bottlenecks(), st.integers(0, 99))
def test_paths_are_continuous_where_segments_meet(f, seed):
    rng = random.Random(seed)
    piece = random_piece(f, rng)
    path = piece.path(piece.sample(rng), piece.sample(rng))
    assume(path)
    count = len(path.segments)
    for k in range(1, count):
        here = vector(path(Fraction(k, count)))
        gaps = []
        for step in (Fraction(1, 10**30), Fraction(1, 10**45)):
            gaps += [
                max(abs(x - y) for x, y in zip(vector(path(Fraction(k, count) + s)), here, strict=True)) for s in (step, -step)
            ]
        assert max(gaps[2:]) <= max(gaps[:2]) / 10**12


@settings(max_examples=40)
@given(bottlenecks(), st.integers(0, 99))
def test_other_orders_are_apart_and_the_reason_tells_the_order_that_helps(f, seed):
    rng = random.Random(seed)
    piece = random_piece(f, rng)
    start, end = piece.sample(rng), scramble(piece.sample(rng), rng)
    path = piece.path(start, end)
    if path:
        return
    assert path.proved
    better = reordered(path, end)
    if better == end:
        assert "orientation" in path.reason
    else:
        again = piece.path(start, better)
        assert again or "orientation" in again.reason


def test_a_path_starts_at_the_network_itself():
    f = ReLUNetwork([UNIT, ([[2, 1], [1, -2], [-1, -1]], [1, 1, -1]), ([[1, 2, 3]], [0])])
    piece = Piece(next(BottleneckSource.of(f).charts()))
    path = piece.path(f, piece.sample(0))
    assert path(0) == f
    assert path(Fraction(1, 2)) != f
    assert piece.path(f, f)(Fraction(1, 2)) == f


def test_two_active_neurons_of_rank_two_cannot_be_exchanged():
    """a = rank R = 2: the determinant of the active rows keeps its sign."""
    f = ReLUNetwork([UNIT, ([[2, 1], [1, 2]], [1, 1]), ([[1, 0], [0, 1]], [0, 0])])
    piece = Piece(next(BottleneckSource.of(f).charts()))
    apart = piece.path(f, permute(f, 2, [1, 0]))
    assert not apart
    assert apart.proved
    assert piece.path(f, f)


def test_ends_outside_are_refused():
    f = ReLUNetwork([UNIT, ([[1, -2]], [1]), ([[1]], [0])])
    piece = Piece(next(BottleneckSource.of(f).charts()))
    with pytest.raises(NotInPiece, match="end"):
        piece.path(f, ReLUNetwork([UNIT, ([[1, -2]], [2]), ([[1]], [0])]))
