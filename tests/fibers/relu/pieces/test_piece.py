"""What a piece offers, whatever theorem it comes from."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy

from fibers.errors import InvalidDomain, InvalidNetwork, NotInPiece
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.descriptions import fiber
from fibers.relu.pieces.piece import Path, Separation
from tests.fibers.relu.pieces.test_shallow_charts import HAT, pieces

PIECE = pieces(HAT, 1)[0]
OTHER = ReLUNetwork([([[1], [1], [1]], [0, -1, -3]), ([[1, -2, 1]], [0])])


def test_samples_repeat_by_seed_and_are_in_the_piece():
    assert PIECE.sample(3) == PIECE.sample(3) == PIECE.sample(random.Random(3))
    assert PIECE.sample(3) != PIECE.sample(4)
    assert PIECE.contains(PIECE.sample())


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(InvalidNetwork, match="seed"):
        PIECE.sample("a")


def test_other_widths_and_other_functions_are_not_contained():
    assert not PIECE.contains(ReLUNetwork([([[1]], [0])]))
    assert not PIECE.contains(OTHER)
    assert PIECE.coordinates(OTHER) is None


def test_torch_modules_are_taken_for_networks():
    assert PIECE.contains(HAT.to_torch())


def test_values_are_given_by_name_or_in_order():
    values = PIECE.coordinates(HAT)
    assert PIECE.at(values) == HAT == PIECE.at([values[str(p)] for p in PIECE.parameters])
    assert PIECE.at({**values, "l_0": "1/3"}).layers[0][0][0] == (Fraction(1, 3),)


def test_missing_and_unknown_names_are_refused():
    with pytest.raises(InvalidNetwork, match="name each parameter once"):
        PIECE.at({"l_0": 1})
    with pytest.raises(InvalidNetwork, match="name each parameter once"):
        PIECE.at({"l_0": 1, "l_1": 1, "l_2": 1, "l_3": 1})


def test_a_path_needs_both_ends_in_the_piece():
    with pytest.raises(NotInPiece, match="start"):
        PIECE.path(OTHER, HAT)
    with pytest.raises(NotInPiece, match="end"):
        PIECE.path(HAT, OTHER)


def test_a_path_is_a_function_of_the_unit_interval():
    path = PIECE.path(HAT, PIECE.sample(0))
    assert isinstance(path, Path)
    assert path(0) == HAT
    assert path("1/2") == path(0.5)
    assert path(1) == PIECE.sample(0)
    for t in (-1, "5/4"):
        with pytest.raises(InvalidDomain, match="0 ≤ t ≤ 1"):
            path(t)
    assert "segment" in repr(path)


def test_segments_share_the_time_equally():
    networks = [ReLUNetwork([([[k]], [0])]) for k in range(3)]
    path = Path(networks[0], networks[2], (lambda t: ReLUNetwork([([[t]], [0])]), lambda t: ReLUNetwork([([[1 + t]], [0])])))
    assert [path(Fraction(k, 4)).layers[0][0][0][0] for k in range(5)] == [0, Fraction(1, 2), 1, Fraction(3, 2), 2]


def test_a_separation_is_false_and_says_why():
    apart = Separation("a sign differs", proved=True)
    assert not apart
    assert str(apart) == "a sign differs"


def test_a_piece_tells_its_dimension_and_itself():
    assert "dimension 3" in repr(PIECE)
    assert PIECE._repr_latex_().startswith("$$")
    wide = ReLUNetwork([([[1]] * 40, range(40)), ([[1] * 40], [0])])
    assert pieces(wide, 1)[0]._repr_latex_() is None
    assert PIECE.conditions == ()
    assert all(isinstance(p, sympy.Symbol) for p in PIECE.parameters)


SOFT = [
    ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])], final="softmax"),
    ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 2]], [1, 1]), ([[1, 1]], [0])], final="softmax"),
    ReLUNetwork([([[1, 0], [0, 1], [-1, -1]], [0, 0, 4]), ([[-1, -2, -1]], [9]), ([[1]], [0])], final="softmax"),
]


@pytest.mark.parametrize("f", SOFT, ids=lambda f: "-".join(map(str, f.widths)))
def test_a_final_softmax_is_kept_in_samples_and_left_aside_in_questions(f):
    F, logits = fiber(f), ReLUNetwork(f.maps)
    piece = F.piece(f)
    g = piece.sample(1)
    assert g.final == "softmax"
    assert F.contains(g) and F.contains(logits) and piece.contains(logits)
    assert piece.at(piece.coordinates(f)).final == "softmax"
    path = piece.path(f, g)
    assert (path(0), path(1), path("1/2").final) == (f, g, "softmax")
    assert piece.path(logits, g)("1/2").final is None


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([1], "must be 3 numbers, for .*; found 1"),
        ({"l_0": 1, "l_1": 2}, "must name each parameter once"),
        ({"l_0": 1, "l_1": -2, "l_2": 3}, "l_1 must be > 0; found -2"),
        ({"l_0": 0, "l_1": 1, "l_2": 1}, "l_0 must be > 0; found 0"),
    ],
)
def test_values_that_make_no_member_are_refused(values, complaint):
    with pytest.raises(InvalidNetwork, match=complaint):
        PIECE.at(values)


def test_values_that_break_an_equation_are_refused():
    piece = next(fiber(ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 2]], [1, 1]), ([[1, 1]], [0])])).pieces())
    values = {str(p): 1 for p in piece.parameters}
    with pytest.raises(InvalidNetwork, match="must be 0; found -1"):
        piece.at(values)
