"""Shortening keeps the difference, makes nothing longer, and does not trade a plain gap for a tiny one."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.shortening import shorten
from proofs import strategies


def digits(x):
    return sum(v.numerator.bit_length() + v.denominator.bit_length() for v in x)


@given(strategies.nudged(strategies.equal_pairs()), st.integers(0, 10**6))
@settings(max_examples=50)
def test_the_networks_still_differ_and_no_digit_is_added(pair, seed):
    f, g = pair
    rng = random.Random(seed)
    x = tuple(Fraction(rng.randint(-(10**9), 10**9), rng.randint(1, 10**9)) for _ in range(f.inputs))
    assume(f(x) != g(x))
    short = shorten(x, f, g)
    assert f(short) != g(short)
    assert digits(short) <= digits(x)
    assert shorten(x, f, g) == short


def absolute(n, factor=1):
    """factor · Σ |x_i|."""
    rows = [[s * (i == j) for i in range(n)] for j in range(n) for s in (1, -1)]
    return ReLUNetwork([(rows, None), ([[factor] * (2 * n)], [0])])


def test_a_point_of_many_inputs_becomes_a_short_one():
    rng = random.Random(0)
    x = tuple(Fraction(rng.getrandbits(200), 3**100) for _ in range(100))
    f, g = absolute(100), absolute(100, 2)
    short = shorten(x, f, g)
    assert digits(short) <= 300
    assert f(short) != g(short)


def test_a_plain_gap_is_not_traded_for_a_tiny_one():
    """f − g is 10^−12 for x ≤ 10 and x − 10 beyond: 0 is shorter than 100/7, but shows next to nothing."""
    f = ReLUNetwork([([[1]], [-10]), ([[1]], [Fraction(1, 10**12)])])
    g = ReLUNetwork([([[0]], [0])])
    (short,) = shorten((Fraction(100, 7),), f, g)
    assert short > 11
    assert short.denominator == 1


@pytest.mark.parametrize("centre", [Fraction(1, 3), Fraction(22, 7), Fraction(10**30, 7)])
def test_a_point_on_a_sliver_keeps_the_digits_that_it_needs(centre):
    hat = ReLUNetwork([([[1], [-1]], [-centre, centre]), ([[-1, -1]], [Fraction(1, 10**9)]), ([[1]], [0])])
    (short,) = shorten((centre + Fraction(1, 10**30),), hat, ReLUNetwork([([[0]], [0])]))
    assert abs(short - centre) < Fraction(1, 10**9)
    assert digits((short,)) < digits((centre + Fraction(1, 10**30),))


def test_far_away_points_come_closer_where_they_can():
    f, g = absolute(3), absolute(3, 2)
    assert max(map(abs, shorten((Fraction(10**40), Fraction(10**39), Fraction(7)), f, g))) <= 2


def test_a_point_that_cannot_be_shorter_stays():
    f, g = (ReLUNetwork([([[0, 0]], [b])]) for b in (0, 1))
    assert shorten((Fraction(0), Fraction(0)), f, g) == (0, 0)
    assert shorten((Fraction(5), Fraction(0)), f, g) == (0, 0)


def test_nothing_is_tried_after_the_deadline():
    f, g = absolute(2), absolute(2, 2)
    x = (Fraction(314159, 100000), Fraction(271828, 100000))
    assert shorten(x, f, g, deadline=time.monotonic()) == x
