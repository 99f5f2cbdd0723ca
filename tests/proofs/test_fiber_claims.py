"""The checks of claims about fibers, functional dimension and conservation laws can fail: each is shown something false."""

from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from fibers.conservation import conservation_laws
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.descriptions import fiber
from fibers.relu.pieces.piece import Path, Piece
from proofs import ledger
from proofs.catalogue import conservation, functional, pieces
from proofs.catalogue.conservation import Seeded
from proofs.catalogue.pieces import Drawn
from proofs.catalogue.relu import Instance

HAT = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
TENT = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 2]], [0])])
MIXED_ACTIVE = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 2]], [1, 1]), ([[1, 1]], [0])])
NUDGED = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, -1], [1, 3]], [1, 1]), ([[1, 1]], [0])])
WITH_BLOCK = ReLUNetwork([([[1, 2], [3, 1]], [1, 2]), ([[1, -1], [1, 2], [3, 1]], [1, 1, 2]), ([[1, 1, 2]], [0])])
WITH_DEAD = ReLUNetwork([([[1, 2], [3, 1]], [1, 2]), ([[1, -1], [-1, -2]], [1, -1]), ([[1, 1]], [0])])
ONE = ReLUNetwork([([[1], [-2], [3]], [1, 1, 2]), ([[1, 1, -1]], [1]), ([[2]], [0])])


def is_refuted(label, instance):
    try:
        return ledger.find(label).check(instance) is False
    except AssertionError:
        return True


def is_supported(label, instance):
    return not is_refuted(label, instance)


# Pieces.

INSTANCES = {
    "S3": Drawn(HAT, 1),
    "B5": Drawn(MIXED_ACTIVE, 1),
    "B6": MIXED_ACTIVE,
    "B7": Drawn(ONE, 1),
    "B8": Drawn(WITH_BLOCK, 1),
}


@pytest.mark.parametrize("label", INSTANCES)
def test_what_is_shown_to_the_checks_of_pieces_is_true_at_first(label):
    assert is_supported(label, INSTANCES[label])


@pytest.mark.parametrize(("label", "other"), [("S3", TENT), ("B5", NUDGED), ("B8", NUDGED)])
def test_pieces_of_another_function_are_refuted(label, other, monkeypatch):
    monkeypatch.setattr(pieces, "fiber", lambda f: fiber(other))
    assert is_refuted(label, INSTANCES[label])


@pytest.mark.parametrize("label", ["S3", "B6", "B7"])
@pytest.mark.parametrize("change", [1, -1])
def test_another_dimension_is_refuted(label, change, monkeypatch):
    whole = fiber(getattr(INSTANCES[label], "network", INSTANCES[label]))
    monkeypatch.setitem(whole.__dict__, "dimension", whole.dimension + change)
    monkeypatch.setattr(pieces, "fiber", lambda f: whole)
    assert is_refuted(label, INSTANCES[label])


@pytest.mark.parametrize("label", ["S3", "B5"])
def test_a_piece_that_is_listed_twice_is_refuted(label, monkeypatch):
    whole = fiber(INSTANCES[label].network)
    listed = [*whole.pieces()]
    monkeypatch.setattr(type(whole), "pieces", lambda F: iter([*listed, listed[0]]))
    assert is_refuted(label, INSTANCES[label])


def test_a_piece_that_is_too_large_is_refuted(monkeypatch):
    monkeypatch.setattr(Piece, "dimension", property(lambda piece: piece.chart.dimension + 1))
    assert is_refuted("B5", INSTANCES["B5"])


def test_another_number_of_pieces_is_refuted(monkeypatch):
    whole = fiber(HAT)
    monkeypatch.setitem(whole.__dict__, "count", whole.count + 1)
    monkeypatch.setattr(pieces, "fiber", lambda f: whole)
    assert is_refuted("S3", INSTANCES["S3"])


def test_a_path_that_leaves_the_piece_is_refuted(monkeypatch):
    def detour(piece, start, end):
        return Path(start, end, (lambda t: start if t == 0 else end if t == 1 else NUDGED,))

    monkeypatch.setattr(Piece, "path", detour)
    assert is_refuted("B8", INSTANCES["B8"])


# Functional dimension and canonical forms.


@dataclass(frozen=True)
class Bounds:
    """What `functional_dimension` would say."""

    lower: int
    upper: int

    @property
    def exact(self):
        return self.lower == self.upper

    @property
    def value(self):
        return self.lower


def test_f1_fails_for_another_rank(monkeypatch):
    assert is_supported("F1", HAT)
    monkeypatch.setattr(functional, "batch_rank", lambda f, points: 2)
    assert is_refuted("F1", HAT)


@pytest.mark.parametrize(
    ("label", "bounds"),
    [
        ("F2", Bounds(7, 10)),
        ("F2", Bounds(8, 8)),
        ("F3", Bounds(8, 10)),
        ("F3", Bounds(5, 6)),
        ("F4", Bounds(6, 7)),
        ("F4", Bounds(6, 6)),
        ("F7", Bounds(6, 6)),
    ],
)
def test_other_bounds_are_refuted(label, bounds, monkeypatch):
    assert is_supported(label, HAT)  # 10 parameters, dim_fun 7
    monkeypatch.setattr(functional, "functional_dimension", lambda f: bounds)
    assert is_refuted(label, HAT)


def test_f6_fails_for_one_form_of_all_and_for_forms_of_weights(monkeypatch):
    assert is_supported("F6", Instance(HAT, HAT, equal=True))
    assert is_refuted("F6", Instance(HAT, TENT, equal=True))

    class Same:
        complete = True

        def to_network(self):
            return HAT

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    monkeypatch.setattr(functional, "canonical", lambda f: Same())
    assert is_refuted("F6", Instance(HAT, TENT))


# Conservation laws.

LAWFUL = {
    "C1": Seeded(HAT, 1),
    "C2": Seeded(WITH_BLOCK, 1),
    "C3": Seeded(WITH_DEAD, 1),
    "C4": Seeded(WITH_BLOCK, 1),
    "C5": WITH_BLOCK,
}


@pytest.mark.parametrize("label", LAWFUL)
def test_what_is_shown_to_the_checks_of_laws_is_true_at_first(label):
    assert is_supported(label, LAWFUL[label])


@pytest.mark.parametrize("label", ["C1", "C2", "C3"])
def test_a_quantity_that_moves_is_refuted(label, monkeypatch):
    laws = conservation_laws(LAWFUL[label].network)
    other = next(law for law in laws if law.label == "C1").half
    false = [replace(law, quantity=other) if law.label == label else law for law in laws]
    monkeypatch.setattr(conservation, "conservation_laws", lambda f: Listed(false, laws))
    assert is_refuted(label, LAWFUL[label])


@pytest.mark.parametrize("label", ["C2", "C3"])
def test_missing_laws_are_refuted(label, monkeypatch):
    laws = conservation_laws(LAWFUL[label].network)
    few = [law for law in laws if law.label != label]
    monkeypatch.setattr(conservation, "conservation_laws", lambda f: Listed(few, laws))
    assert is_refuted(label, LAWFUL[label])


@pytest.mark.parametrize("change", [{"defect": Fraction(0)}, {"components": ((0, 1, None),)}])
def test_c4_fails_for_a_gradient_field_and_for_no_symmetry(change, monkeypatch):
    laws = conservation_laws(WITH_BLOCK)
    broken = [replace(symmetry, **change) for symmetry in laws.broken]
    monkeypatch.setattr(conservation, "conservation_laws", lambda f: SimpleNamespace(places=laws.places, broken=broken))
    assert is_refuted("C4", LAWFUL["C4"])


def test_c5_fails_where_a_law_is_left_out_or_counted_twice(monkeypatch):
    laws = conservation_laws(WITH_BLOCK)
    for listed in (list(laws)[1:], [*laws, laws[0]]):
        monkeypatch.setattr(conservation, "conservation_laws", lambda f, listed=listed: Listed(listed, laws))
        assert is_refuted("C5", WITH_BLOCK)


class Listed(list):
    """Laws with another list."""

    def __init__(self, listed, laws):
        super().__init__(listed)
        self.dependent, self.parameters, self.lie_dimension = (), laws.parameters, laws.lie_dimension
        self.complete, self.completeness = laws.complete, laws.completeness
