"""Farkas multipliers are checked exactly, and rounded where bounds allow it."""

from fractions import Fraction

import pytest

from fibers.relu.farkas import by_bounds, surplus, tightest, with_bounds
from fibers.relu.simplex import System

# 0 ≤ x, y ≤ 1, 2x ≤ 1 and x + y ≥ 1
SQUARE = System(2, [(1, 0, 0), (-1, 0, 1), (0, 1, 0), (0, -1, 1), (-2, 0, 1), (1, 1, -1), (0, 0, 0)])
BOUNDS = tightest(SQUARE, SQUARE.single)


def test_the_tightest_bounds_are_kept():
    """2x ≤ 1 beats x ≤ 1."""
    assert BOUNDS == ({0: 0, 1: 2}, {0: 4, 1: 3})


def test_a_surplus_is_the_constant_that_is_left():
    """3 − 2x − y = 2(1 − x) + (1 − y), with nothing to spare; 4 − 2x − y has 1."""
    terms = [(1, Fraction(2)), (3, Fraction(1))]
    assert surplus(SQUARE, (-2, -1, 3), terms) == 0
    assert surplus(SQUARE, (-2, -1, 4), terms) == 1


@pytest.mark.parametrize(
    ("row", "terms"),
    [
        ((-2, -1, 2), [(1, Fraction(2)), (3, Fraction(1))]),
        ((-2, -1, 3), [(1, Fraction(2)), (3, Fraction(2))]),
        ((-2, -1, 3), [(1, Fraction(2))]),
        ((-1, 0, 1), [(0, Fraction(-1))]),
        ((1, 0, 0), [(0, Fraction(1)), (6, Fraction(0))]),
    ],
    ids=["constant below 0", "wrong multiplier", "missing multiplier", "negative multiplier", "zero multiplier"],
)
def test_false_proofs_are_refused(row, terms):
    """Each breaks the identity or a sign."""
    with pytest.raises(ArithmeticError):
        surplus(SQUARE, row, terms)


def test_bounds_prove_what_holds_on_the_box():
    """And nothing more; a missing bound is no proof."""
    assert by_bounds(SQUARE, BOUNDS, (-2, 1, 1)) == [(2, Fraction(1)), (4, Fraction(1))]
    assert by_bounds(SQUARE, BOUNDS, (2, 2, -1)) is None
    assert by_bounds(SQUARE, ({}, {}), (1, 0, 5)) is None


def test_rounded_multipliers_prove_what_has_room():
    """x + y ≥ 1 gives 3x + 3y ≥ 2, from a poor guess of its multiplier; 3x + 3y ≥ 3 has no room for one."""
    terms = with_bounds(SQUARE, BOUNDS, (3, 3, -2), {5: 2.9})
    assert terms is not None and surplus(SQUARE, (3, 3, -2), terms) >= 0
    assert max(m.denominator for _, m in terms) <= 2**8
    assert with_bounds(SQUARE, BOUNDS, (3, 3, -3), {5: 2.9}) is None
    assert with_bounds(SQUARE, BOUNDS, (3, 3, -3), {5: 3.0}) == [(5, Fraction(3))]
    assert with_bounds(SQUARE, BOUNDS, (3, 3, -2), {5: float("nan")}) is None
