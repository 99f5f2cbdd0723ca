"""Pairs that no alignment sees are decided: equal with a proof that is accepted, and different where nothing samples."""

from fractions import Fraction

import pytest

import proofs
from fibers import Equivalent, Inequivalent, equivalent
from proofs.strategies import HARD, tampered_pair
from proofs.strategies.tampering import radius


@pytest.mark.parametrize("name", HARD)
def test_a_hard_pair_is_equivalent(name):
    f, g = HARD[name]()
    answer = equivalent(f, g)
    assert isinstance(answer, Equivalent), repr(answer)
    assert proofs.check(answer.certificate, f, g).kind == "equivalent"


@pytest.mark.parametrize("name", HARD)
def test_a_change_in_a_region_of_volume_1e_12_is_found(name):
    f, g, middle = tampered_pair(name)
    answer = equivalent(f, g)
    assert isinstance(answer, Inequivalent), repr(answer)
    assert proofs.check(answer.certificate, f, g).kind == "inequivalent"
    assert f(answer.point) != g(answer.point)
    size = radius(f.inputs, Fraction(1, 10**12))
    assert max(abs(p - q) for p, q in zip(answer.point, middle, strict=True)) < size
