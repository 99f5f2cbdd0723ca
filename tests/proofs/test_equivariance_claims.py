"""The checks of claims about symmetries and scales can fail: each is shown something false."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fractal import symmetry
from fractal.grids import coarse_grain
from proofs import ledger
from proofs.catalogue import equivariance as claims
from proofs.catalogue.equivariance import Intertwining, Permuted
from proofs.strategies.grids import Grid

COLUMN = Grid((4, 1), tuple(map(Fraction, (1, 2, 4, 8))), 2, 0, 1)
OF_CELLS = Permuted(COLUMN, (3, 2, 0, 1), (0,))
TEARING = Permuted(COLUMN, (0, 2, 1, 3), (0,))
MEMBER = Intertwining("relu", ((Fraction(0), Fraction(2)), (Fraction(3), Fraction(0))), (Fraction(1), Fraction(-1)), COLUMN)
OUTSIDE = replace(MEMBER, A=((Fraction(1), Fraction(1)), (Fraction(0), Fraction(1))))
MIXED = replace(MEMBER, grid=replace(COLUMN, entries=tuple(map(Fraction, (1, -2, 0, 8)))))


def is_refuted(label, instance):
    try:
        return ledger.find(label).check(instance) is False
    except AssertionError:
        return True


@pytest.mark.parametrize(
    ("label", "instance"),
    [("T11", OF_CELLS), ("T11", TEARING), ("T12", MEMBER), ("T12", OUTSIDE), ("T12", MIXED)],
)
def test_what_is_shown_to_the_checks_is_true_at_first(label, instance):
    assert not is_refuted(label, instance)


def test_another_induced_permutation_is_refuted(monkeypatch):
    induced = symmetry.induced
    monkeypatch.setattr(claims.symmetry, "induced", lambda P, base, level: induced(P, base, level)[::-1])
    assert is_refuted("T11", OF_CELLS)


def test_a_missing_counterexample_is_refuted(monkeypatch):
    monkeypatch.setattr(claims.symmetry, "counterexample", lambda *_: None)
    assert is_refuted("T11", TEARING)


def test_a_counterexample_that_some_pair_serves_is_refuted(monkeypatch):
    found = symmetry.counterexample(TEARING.rows, TEARING.columns, COLUMN.shape, 2, 1)
    monkeypatch.setattr(claims.symmetry, "counterexample", lambda *_: replace(found, W=np.ones((4, 1), dtype=np.uint8)))
    assert is_refuted("T11", TEARING)


def test_another_image_is_refuted(monkeypatch):
    found = symmetry.is_intertwiner(MEMBER.A, "relu")
    monkeypatch.setattr(claims.symmetry, "is_intertwiner", lambda *_: replace(found, phi=2 * found.phi))
    assert is_refuted("T12", MEMBER)


def test_a_matrix_wrongly_called_a_member_or_none_is_refuted(monkeypatch):
    inside, outside = (symmetry.is_intertwiner(x.A, "relu") for x in (MEMBER, OUTSIDE))
    monkeypatch.setattr(claims.symmetry, "is_intertwiner", lambda *_: replace(inside, phi=np.array(OUTSIDE.A)))
    assert is_refuted("T12", replace(OUTSIDE, x=(Fraction(2), Fraction(-1))))
    monkeypatch.setattr(claims.symmetry, "is_intertwiner", lambda *_: outside)
    assert is_refuted("T12", MEMBER)
    monkeypatch.setattr(claims.symmetry, "is_intertwiner", lambda *_: replace(outside, witness=None))
    assert is_refuted("T12", OUTSIDE)


def test_a_scaling_gap_that_is_never_there_is_refuted(monkeypatch):
    none = symmetry.scaling_gap([1, 2], 2)
    monkeypatch.setattr(claims.symmetry, "scaling_gap", lambda *_, **__: none)
    assert is_refuted("T12", MEMBER)


def test_an_activation_that_does_not_commute_with_max_is_refuted(monkeypatch):
    monkeypatch.setitem(claims.ALGEBRAIC, "relu", lambda x: -x)
    assert is_refuted("T12", MIXED)


def test_t11_the_counterexample_of_the_note():
    W = np.array([[1.0], [1.0], [0.0], [0.0]])
    assert coarse_grain(W, 1).tolist() == [[1.0], [0.0]]
    assert coarse_grain(W[[0, 2, 1, 3]], 1).tolist() == [[0.5], [0.5]]
