"""The check of the claim about tails of counts can fail: it is shown something false."""

import pytest

from fractal.verdicts import bennett
from proofs import ledger
from proofs.catalogue import tails


def is_refuted(instance):
    try:
        return ledger.find("T17").check(instance) is False
    except AssertionError:
        return True


def test_the_law_of_two_points_in_two_boxes_of_two():
    assert tails.law(2, 2, 2) == [0, 2, 4]


def test_what_is_shown_to_the_check_is_true_at_first():
    assert not is_refuted((6, 4, 9))


def test_a_bound_that_is_too_small_is_refuted(monkeypatch):
    monkeypatch.setattr(tails, "bennett", lambda t, v: 0.1 * bennett(t, v))
    assert is_refuted((6, 4, 9))


@pytest.mark.parametrize("wrong", [[1, 0, 0, 0, 0, 0, 134595], [1307503, 1, 1, 1, 1, 0, 0]])
def test_another_law_is_refuted(wrong, monkeypatch):
    monkeypatch.setattr(tails, "law", lambda *_: wrong)
    assert is_refuted((6, 4, 9))
