"""The check of the claim about degrees of self-similarity can fail: it is shown something false."""

from dataclasses import replace
from fractions import Fraction

import pytest

from fractal.similarity import self_similarity
from proofs import ledger
from proofs.catalogue import likeness
from proofs.strategies.grids import Grid

LINE = Grid((16,), tuple(map(Fraction, (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3))), 2, 0, 1)


def is_refuted(instance):
    try:
        return ledger.find("T16").check(instance) is False
    except AssertionError:
        return True


def test_what_is_shown_to_the_check_is_true_at_first():
    assert not is_refuted(LINE)


@pytest.mark.parametrize("change", [{"value": 0.5}, {"null": 0.01}, {"null_sd": 1.0}, {"blocks": 1}])
def test_another_degree_chance_or_number_of_blocks_is_refuted(change, monkeypatch):
    monkeypatch.setattr(likeness, "self_similarity", lambda *A, **options: replace(self_similarity(*A, **options), **change))
    assert is_refuted(LINE)


def test_the_moments_hold_for_centred_numbers_only():
    centred, other = [Fraction(x) for x in (-1, 0, 1)], [Fraction(x) for x in (1, 2, 4)]
    likeness._has_the_moments_of_chance(centred, centred)
    with pytest.raises(AssertionError):
        likeness._has_the_moments_of_chance(other, other)
