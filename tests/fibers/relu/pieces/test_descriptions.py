"""The fiber of a network: what is described, by which theorem, and what is decided where none is."""

from __future__ import annotations

import itertools

import pytest

from fibers.errors import InvalidNetwork, OutsideTheory
from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.pieces.descriptions import Fiber, fiber
from tests.fibers.relu.pieces.test_shallow_charts import ABS, HAT

DEEP = ReLUNetwork([([[1]], [0]), ([[1]], [1]), ([[1]], [1]), ([[1]], [0])])


def test_one_hidden_layer_is_described_by_s1():
    F = fiber(ABS)
    assert (F.theorem, F.complete, F.dimension, F.count, F.outside) == ("S3", True, 2, 1, None)
    assert "dimension 2, by S3" in repr(F)


def test_three_hidden_layers_are_outside_and_contains_decides():
    F = fiber(DEEP)
    assert (F.theorem, F.complete, F.dimension) == (None, False, None)
    assert "3 hidden layers" in F.outside
    assert F.notes == (F.outside,)
    with pytest.raises(OutsideTheory, match="contains"):
        list(F.pieces())
    with pytest.raises(OutsideTheory):
        F.count  # noqa: B018
    assert F.contains(moves.rescale(DEEP, 2, [3]))
    assert not F.contains(ReLUNetwork([([[1]], [0]), ([[1]], [1]), ([[1]], [1]), ([[1]], [1])]))


def test_a_fiber_that_may_be_larger_than_its_piece_says_so():
    """The two live neurons cancel where t_1 < 0, which hypotheses of B5 exclude."""
    f = ReLUNetwork([([[2, 4], [-2, -3]], [-3, -2]), ([[4, -3], [4, -2]], [-1, -1]), ([[3, -3]], [3])])
    F = fiber(f)
    assert (F.dimension, F.piece_dimension, F.piece().dimension) == (None, 5, 5)
    assert repr(F) == "<Fiber in 2-2-2-1, 15 parameters: f in a piece of dimension 5, by B5; the fiber may be larger>"


def test_a_network_in_no_piece_has_no_dimension():
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 0]], [1, 1]), ([[1, 1]], [0])])
    assert (fiber(f).dimension, fiber(f).piece_dimension) == (None, None)
    assert "f in no piece, by B5" in repr(fiber(f))


def test_where_the_dimension_is_known_the_piece_of_f_has_no_larger_one():
    one = ReLUNetwork([([[1, 0], [0, 1], [-1, -1]], [0, 0, 4]), ([[-1, -2, -1]], [9]), ([[1]], [0])])
    for f, dimension in ((ABS, 2), (HAT, 3), (one, 4), (ReLUNetwork([([[1]], [0])]), 0)):
        assert fiber(f).dimension == fiber(f).piece_dimension == dimension
    assert fiber(DEEP).piece_dimension is None


def test_other_widths_are_not_in_the_fiber():
    F = fiber(ABS)
    wider = moves.add_dead(ABS, 1, [0], -1, [0])
    assert not F.contains(wider)
    assert F.contains(moves.permute(ABS, 1, [1, 0]))


def test_a_final_softmax_is_left_aside():
    f = ReLUNetwork(HAT.layers, final="softmax")
    assert fiber(f).piece().contains(HAT)


def test_the_piece_of_a_network_is_the_one_that_contains_it():
    F = fiber(HAT)
    first, second = F.pieces()
    assert F.piece() == first
    g = second.sample(0)
    assert F.piece(g) == second
    assert F.contains(g)
    assert F.piece(ABS) is None


def test_there_is_no_looking_for_the_piece_of_a_network_that_has_none():
    """Of 40 neurons three kinks take three or more; the last has neither weights nor bias, so the types are not gone through."""
    signs, offsets = [[(-1) ** k] for k in range(39)], [k % 3 for k in range(39)]
    F = fiber(ReLUNetwork([([*signs, [0]], [*offsets, 0]), ([[1] * 40], [0])]))
    assert F.piece() is None
    assert F.contains(F.sample(0))
    assert F.piece_dimension is None


def test_samples_of_the_fiber_are_in_its_first_piece():
    F = fiber(HAT)
    assert next(F.pieces()).contains(F.sample(1))
    assert F.sample(1) == F.sample(1)


def test_pieces_are_lazy():
    """σ(x) + ... of 60 kinks in one variable with a neuron to spare: more than 2^59 pieces, of which three are made."""
    f = ReLUNetwork([([[1]] * 60 + [[0]], [*range(60), -1]), ([[1] * 61], [0])])
    assert len(list(itertools.islice(fiber(f).pieces(), 3))) == 3


def test_sympy_gives_all_pieces():
    assert [found["dimension"] for found in fiber(HAT).to_sympy()] == [3, 3]


def test_no_network_is_refused():
    with pytest.raises(InvalidNetwork, match="network"):
        fiber(3)


def test_fibers_compare_by_value():
    assert fiber(HAT) == fiber(HAT) != fiber(ABS)
    assert isinstance(fiber(HAT), Fiber)
