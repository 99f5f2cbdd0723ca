"""Constant functions: two pieces, each connected, and which weights are in which."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.single_constants import constant_charts, is_constant, is_quiet

F = ReLUNetwork([([[1, 2], [-1, 3]], [1, -1]), ([[-1, -2]], [-1]), ([[2], [3]], [7, 8])])


@pytest.mark.parametrize(
    ("second", "quiet"),
    [(([[1, 1]], [-5]), False), (([[-1, -1]], [0]), True), (([[-1, -1]], [1]), False), (([[0, 0]], [-1]), True)],
)
def test_a_second_layer_neuron_is_quiet_iff_it_is_never_positive(second, quiet):
    assert is_quiet(ReLUNetwork([([[1], [-1]], [0, 0]), second, ([[1]], [0])])) is quiet


def test_a_bump_below_zero_is_quiet():
    """σ(x) − 2σ(x − 1) + σ(x − 2) is at most 1."""
    for bias, quiet in ((-1, True), ("-99/100", False)):
        assert is_quiet(ReLUNetwork([([[1]] * 3, [0, -1, -2]), ([[1, -2, 1]], [bias]), ([[1]], [0])])) is quiet


def test_a_constant_that_is_read_is_not_in_the_pieces():
    f = ReLUNetwork([([[0]], [1]), ([[1]], [1]), ([[1]], [0])])
    assert not is_constant(f)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_samples_are_the_constant_and_lie_in_their_piece_alone(seed):
    pieces = [Piece(chart) for chart in constant_charts(F)]
    for piece in pieces:
        g = piece.sample(seed)
        assert equivalent(F, g)
        assert [p.contains(g) for p in pieces] == [p is piece for p in pieces]
        assert piece.at(piece.coordinates(g)) == g


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_any_two_networks_of_a_piece_are_joined(seed):
    for piece in map(Piece, constant_charts(F)):
        g, h = piece.sample(seed), piece.sample(seed + 1)
        path = piece.path(g, h)
        assert (path(0), path(1)) == (g, h)
        assert all(piece.contains(path(t)) for t in ("1/6", "1/3", "1/2", "2/3", "5/6"))


def test_a_change_of_the_constant_leaves_both():
    g = ReLUNetwork([*F.maps[:2], ([[2], [3]], [7, 9])])
    assert not any(Piece(chart).contains(g) for chart in constant_charts(F))


def test_from_the_edge_of_the_piece_paths_lead_inside():
    """g = |x| · (−1) touches 0."""
    f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[-1, -1]], [0]), ([[1]], [0])])
    piece = Piece(constant_charts(f)[0])
    path = piece.path(f, piece.sample(random.Random(1)))
    assert all(piece.contains(path(t)) for t in ("1/9", "4/9", "8/9"))
