"""Paths in pieces of B7, and what is said where none is known."""

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.equivalence import equivalent
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.single_charts import SingleSource

F = ReLUNetwork([([[1], [-1], [-1]], [0, -5, -4]), ([[1, 1, -3]], [-1]), ([[1]], [0])])
"""σ(x) + σ(−x − 5) − 3 σ(−x − 4) > 1 for x > 1; neurons 1 and 2 are inactive there, and 2 keeps 1 from showing elsewhere."""


def home(f):
    return Piece(next(SingleSource.of(f).charts()))


def read(f, *weights):
    """f with other weights of the second layer."""
    return ReLUNetwork([f.maps[0], ([weights], f.layers[1][1]), f.maps[2]])


def test_samples_do_not_show_elsewhere():
    piece = home(F)
    found = [piece.sample(seed) for seed in range(40)]
    assert len(set(found)) == 40
    assert all(equivalent(F, g) for g in found)


def test_hidden_neurons_that_are_read_positively_move_along_straight_lines():
    piece = home(F)
    g = ReLUNetwork([([[1], [-1], [-1]], [0, -7, -4]), ([[1, 2, -3]], [-1]), ([[1]], [0])])
    path = piece.path(F, g)
    assert path
    assert all(piece.contains(path(t)) for t in ("1/5", "2/5", "3/5", "4/5"))


def test_no_path_is_claimed_where_negative_ones_move():
    piece = home(F)
    found = piece.path(F, read(F, 1, 1, -4))
    assert not found
    assert not found.proved


def test_a_path_keeps_the_order_of_its_ends():
    piece, order = home(F), [2, 0, 1]
    g, h = (moves.permute(f, 1, order) for f in (F, read(F, 1, "1/2", -3)))
    path = piece.path(g, h)
    assert (path(0), path(1)) == (g, h)
    assert piece.contains(path("1/3"))


def test_signs_of_what_is_read_keep_networks_apart():
    """Neuron 1 inactive and read with the other sign: it would have to be unread in between, which is off the piece."""
    piece = home(F)
    found = piece.path(F, read(F, 1, -1, -3))
    assert found.proved
    assert "differs in sign" in found.reason
