"""Assignments are decimals that satisfy the query as they are printed, whatever the point was."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sexpressions import elements, printed, satisfies

import fibers
from fibers.queries.assignments import _nearby, assignment, decimal
from fibers.queries.problems import Interval, problem
from fibers.queries.syntax import parse

NETWORKS = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [1]) (declare-output Y real [1]))
(declare-network g (declare-input U real [1]) (declare-output Z real [1]))
(assert (== X[0] U[0]))
"""
ZERO = fibers.ReLUNetwork([([[0]], [0])])
IDENTITY = fibers.ReLUNetwork([([[1]], [0])])


def found(text, f, g, x):
    """The assignment as printed, and whether it satisfies the query by the slow reader."""
    result = assignment(problem(parse(text)), f, g, [x])
    if result is None:
        return None
    values = printed("\n".join(["sat", *result.lines()]))
    return values, satisfies(text, elements(values)), result.rounded


@given(st.fractions(), st.none() | st.integers(1, 30))
@example(Fraction(0), None)
@example(Fraction(-1, 1000), 2)
@example(Fraction(1, 2**2000), None)
@example(Fraction(-1, 20), 1)
def test_a_decimal_is_the_number_or_the_nearest_of_so_many_digits(x, digits):
    """Read by Fraction; always with a digit on either side of the point."""
    text = decimal(x, digits)
    q = x.denominator
    while q % 2 == 0:
        q //= 2
    while q % 5 == 0:
        q //= 5
    if digits is None and q != 1:
        assert text is None
        return
    value = Fraction(text)
    assert abs(value - x) <= (0 if digits is None else Fraction(1, 2 * 10**digits))
    whole, fraction = text.removeprefix("-").split(".")
    assert whole and fraction
    assert text.startswith("-") == (value < 0)


def test_a_number_of_too_many_digits_is_no_decimal():
    """Python reads and writes 4300 of an integer."""
    assert decimal(Fraction(10**5000)) is None
    assert decimal(Fraction(10**5000), 3) is None
    assert decimal(Fraction(1, 2**3001)) is None
    assert decimal(Fraction(1, 5**3001)) is None


def test_a_third_becomes_a_short_decimal_where_the_query_allows():
    text = NETWORKS + "(assert (and (>= X[0] 0.0) (<= X[0] 1.0)))(assert (!= Y[0] Z[0]))"
    values, met, rounded = found(text, IDENTITY, ZERO, Fraction(1, 3))
    assert met
    assert values["X"] == values["U"] == ("real", [1], [Fraction(3, 10)])
    assert rounded == ()


@pytest.mark.parametrize("gap", [Fraction(1, 10**12), Fraction(1, 10**100)])
def test_digits_grow_until_the_query_holds(gap):
    """|x − 1/3| < gap."""
    third = Fraction(1, 3)
    bump = fibers.ReLUNetwork([([[1], [1], [1]], [gap - third, -third, -third - gap]), ([[1, -2, 1]], [0])])
    text = NETWORKS + "(assert (and (>= X[0] 0.0) (<= X[0] 1.0)))(assert (!= Y[0] Z[0]))"
    values, met, _ = found(text, bump, ZERO, third)
    assert met
    assert abs(values["X"][2][0] - third) < gap


@pytest.mark.parametrize("end", ["0.0", "1.0"])
def test_points_at_excluded_ends_are_moved_inside(end):
    text = NETWORKS + "(assert (and (> X[0] 0.0) (< X[0] 1.0)))(assert (!= Y[0] Z[0]))"
    shifted = fibers.ReLUNetwork([([[1]], [5])])
    values, met, _ = found(text, shifted, ZERO, Fraction(end))
    assert met
    assert 0 < values["X"][2][0] < 1


def test_no_assignment_is_made_up():
    """x ≥ 1/2 is asked, and 1/2 is excluded from the box."""
    text = NETWORKS + "(assert (and (>= X[0] 0.0) (< X[0] 0.5)))(assert (or (>= Y[0] (+ Z[0] 0.5)) (<= Y[0] (- Z[0] 0.5))))"
    assert found(text, IDENTITY, ZERO, Fraction(1, 2)) is None


def test_outputs_that_are_no_decimals_are_rounded_as_far_as_the_query_still_holds():
    """x/3 > 10^-30 + 1/3 · 10^-30 is only true of 32 digits."""
    third = fibers.ReLUNetwork([([[Fraction(1, 3)]], [Fraction(1, 10**45)])])
    base = fibers.ReLUNetwork([([[Fraction(1, 3)]], [0])])
    text = NETWORKS + "(assert (and (>= X[0] 0.0) (<= X[0] 1.0)))(assert (!= Y[0] Z[0]))"
    values, met, rounded = found(text, third, base, Fraction(1, 7))
    assert met
    assert rounded == ("Y", "Z")
    assert values["Y"][2] != values["Z"][2]


def test_outputs_too_long_to_be_written_leave_no_assignment():
    huge = fibers.ReLUNetwork([([[10**5000]], [0])])
    text = NETWORKS + "(assert (and (>= X[0] 1.0) (<= X[0] 2.0)))(assert (!= Y[0] Z[0]))"
    assert found(text, huge, ZERO, Fraction(1)) is None


def test_an_input_fixed_to_no_decimal_is_rounded_and_said_to_be():
    """3 x = 1."""
    text = NETWORKS + "(assert (== (* 3.0 X[0]) 1.0))(assert (!= Y[0] Z[0]))"
    values, met, rounded = found(text, IDENTITY, ZERO, Fraction(1, 3))
    assert not met  # no decimal does
    assert rounded == ("X", "Y", "U")
    assert abs(values["X"][2][0] - Fraction(1, 3)) < Fraction(1, 10**100)


def test_points_near_have_all_coordinates_however_narrow_the_box():
    """An interval without a short decimal waits for more digits; the other coordinate is not given alone."""
    box = [Interval(Fraction(1, 7), Fraction(1, 7) + Fraction(1, 10**12)), Interval(Fraction(0), Fraction(1))]
    x = (Fraction(1, 7) + Fraction(1, 2 * 10**12), Fraction(1, 3))
    points = list(_nearby(box, x))
    assert points[-1] == x and len(points) > 1
    assert all(len(point) == 2 and interval.contains(v) for point in points for interval, v in zip(box, point, strict=True))
