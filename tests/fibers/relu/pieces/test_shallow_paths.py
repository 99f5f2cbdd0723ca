"""Networks of one type are joined by exact paths inside it, or what is constant along paths differs (S3)."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.errors import NotInPiece
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.shallow_charts import ShallowSource
from tests.fibers.relu.pieces.test_shallow_charts import network, pieces

SEEDS = st.integers(0, 2**32).map(random.Random)


def check(piece, path, start, end, steps=16):
    assert path(0) == start
    assert path(1) == end
    assert all(piece.contains(path(Fraction(k, steps))) for k in range(steps + 1))


@given(SEEDS)
@settings(max_examples=40)
def test_paths_stay_in_their_piece(rng):
    for piece in rng.sample(found := pieces(network(rng, 5)), min(3, len(found))):
        start, end = piece.sample(rng), piece.sample(rng)
        path = piece.path(start, end)
        if path:
            check(piece, path, start, end)
        else:
            assert path.reason


@given(SEEDS)
@settings(max_examples=40)
def test_pieces_without_carriers_of_both_signs_are_connected_above_one_variable(rng):
    """For networks whose neurons are listed in one order, as samples are."""
    f = network(rng, 4)
    for piece in pieces(f, 15):
        kind = piece.chart.kind
        if (
            f.inputs > 1
            and not kind.lifting
            and all(p != q for p, q in kind.carriers)
            and len(set(kind.carriers)) == len(kind.carriers)
        ):
            assert piece.path(piece.sample(rng), piece.sample(rng))


def test_neurons_do_not_change_kinks_on_the_way():
    """2σ(x) + σ(x − 1): the two neurons cannot change places, as each stays on its kink."""
    f = ReLUNetwork([([[1], [1]], [0, -1]), ([[2, 1]], [0])])
    piece = pieces(f, 1)[0]
    apart = piece.path(f, moves.permute(f, 1, [1, 0]))
    assert not apart
    assert apart.proved
    assert "reorder the hidden neurons of end as 1, 0" in apart.reason
    assert piece.path(f, moves.permute(moves.permute(f, 1, [1, 0]), 1, [1, 0]))


def test_a_spare_neuron_cannot_pass_a_kink_on_the_line_but_in_the_plane():
    line = [ReLUNetwork([([[1], [1]], [0, b]), ([[1, 0]], [0])]) for b in (-1, 1)]
    apart = pieces(line[0], 1)[0].path(*line)
    assert not apart
    assert apart.proved
    assert "order" in apart.reason
    plane = [ReLUNetwork([([[1, 0], [1, 0]], [0, b]), ([[1, 0]], [0])]) for b in (-1, 1)]
    piece = pieces(plane[0], 1)[0]
    path = piece.path(*plane)
    assert len(path.segments) == 2
    check(piece, path, *plane)


def test_a_spare_neuron_on_the_line_cannot_turn_around():
    ends = [ReLUNetwork([([[1], [w]], [0, w]), ([[1, 0]], [0])]) for w in (1, -1)]
    apart = pieces(ends[0], 1)[0].path(*ends)
    assert apart.proved
    assert "another way" in apart.reason


def test_a_pair_that_carries_a_slope_cannot_turn_around():
    """x + σ(y) in the plane: one pair carries the slope, q = r = 1, so its direction is that of the slope, up to a sign."""
    ends = [ReLUNetwork([([[0, 1], [s, 0], [-s, 0]], [0, 5, -5]), ([[1, s, -s]], [c])]) for s, c in ((1, -5), (-1, 5))]
    piece = pieces(ends[0], 1)[0]
    assert piece.chart.kind.lifting
    apart = piece.path(*ends)
    assert not apart
    assert apart.proved
    assert "orientation" in apart.reason


def test_scales_and_splittings_vary_along_one_segment():
    f = ReLUNetwork([([[1, 2], [2, 4], [0, 1]], [1, 2, 0]), ([[1, "1/2", 3]], [0])])
    piece = pieces(f, 1)[0]
    g = moves.rescale(f, 1, [2, 3, 4])
    path = piece.path(f, g)
    assert len(path.segments) == 1
    check(piece, path, f, g)


def test_a_network_outside_is_refused():
    f, g = (ReLUNetwork([([[1]], [0]), ([[v]], [0])]) for v in (1, 2))
    with pytest.raises(NotInPiece, match="end must lie in this piece"):
        Piece(next(ShallowSource.of(f).charts())).path(f, g)


def test_the_pieces_of_the_hat_do_not_meet():
    """F5: a member of one piece is in no other."""
    hat = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    first, second = pieces(hat)
    assert not any(second.contains(moves.permute(first.sample(0), 1, order)) for order in itertools.permutations(range(3)))
