"""A normal form that is not zero shows it at a point, however thin the place where it does."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.nonzero import _around_a_kink, nonzero_point
from fibers.relu.shallow import NormalForm, normal_form

INTEGERS = st.integers(-5, 5)


def hat(direction, start, width):
    """A function that is not 0 exactly where start < direction · x < start + 2 width."""
    offsets = [-start, -start - width, -start - 2 * width]
    return ReLUNetwork([([direction] * 3, offsets), ([[1, -2, 1]], [0])])


@given(st.lists(INTEGERS, min_size=1, max_size=3).filter(any), st.fractions(-99, 99), st.integers(0, 40))
def test_a_sliver_is_found_in_space(direction, start, digits):
    width = Fraction(1, 10**digits)
    x = nonzero_point(normal_form(hat(direction, start, width)))
    assert start < sum(a * v for a, v in zip(direction, x, strict=True)) < start + 2 * width


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=3), st.integers(1, 5), st.integers(0, 40))
def test_a_sliver_is_found_in_the_orthant(rest, slope, digits):
    width = Fraction(1, 10**digits)
    direction, start = [*rest, slope], Fraction(355, 113)
    x = nonzero_point(normal_form(hat(direction, start, width), "orthant"))
    assert min(x) > 0
    assert start < sum(a * v for a, v in zip(direction, x, strict=True)) < start + 2 * width


def test_a_sliver_beside_the_boundary_of_the_orthant_is_found():
    width = Fraction(1, 10**30)
    x = nonzero_point(normal_form(hat([1, 0], 0, width), "orthant"))
    assert 0 < x[0] < 2 * width
    assert x[1] > 0


def test_a_sliver_outside_the_orthant_does_not_count():
    form = normal_form(hat([1], -5, 1), "orthant")
    assert form.is_zero
    assert nonzero_point(form) is None


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-3, 3)), min_size=1, max_size=12, unique=True),
    st.data(),
)
def test_a_point_is_found_among_many_kinks_through_one_point(rows, data):
    """All hats are 0 at the small integer points, where their hyperplanes cross."""
    domain = data.draw(st.sampled_from(["space", "orthant"]))
    rows = [row for row in rows if row[0] or row[1]] or [(1, 0, 0)]
    tiny = Fraction(1, 10**9)
    weights = [row[:2] for row in rows for _ in range(3)]
    biases = [row[2] - Fraction(1, 7) - k * tiny for row in rows for k in range(3)]
    form = normal_form(ReLUNetwork([(weights, biases), ([[1, -2, 1] * len(rows)], [0])]), domain)
    x = nonzero_point(form)
    if x is None:
        assert form.is_zero
    else:
        assert any(form(x))
        assert domain == "space" or min(x) > 0


@given(
    st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(["space", "orthant"])
)
@example([[1, 0, 0], [0, 1, 0], [1, 1, 0], [1, -1, 0]], "space")  # all of them meet at the origin
@example([[2, 0, -1], [0, 2, -1], [1, 1, -1], [1, -1, 0]], "orthant")
@example([[1, 0, -1], [100, 0, -1]], "orthant")
def test_the_three_points_straddle_one_kink_and_stay_in_the_domain(rows, domain):
    """The proof's own points: only H separates them, and the second difference of the form is a_H |ℓ_H(δ)| there."""
    weights, biases = [row[:2] for row in rows], [row[2] for row in rows]
    form = normal_form(ReLUNetwork([(weights, biases), ([[1] * len(rows)], [0])]), domain)
    if not form.kinks:
        return
    before, x, after = _around_a_kink(form)
    assert domain == "space" or min(*before, *x, *after) > 0
    assert form.at_kinks(x).count(0) == 1
    for low, middle, high in zip(form.at_kinks(before), form.at_kinks(x), form.at_kinks(after), strict=True):
        assert low == -high != 0 if middle == 0 else low * middle > 0 < middle * high
    second = [u + v - 2 * w for u, v, w in zip(form(before), form(after), form(x), strict=True)]
    at = form.at_kinks(x).index(0)
    assert second == [a * abs(form.at_kinks(after)[at]) for a in form.kinks[at][1]]


@pytest.mark.parametrize("domain", ["space", "orthant"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_an_affine_form_is_not_zero_at_a_base_point_or_one_step_off(domain, column):
    row = tuple(Fraction(int(j == column)) for j in range(3))
    constant = -Fraction(domain == "orthant")  # the form vanishes at the base point
    x = nonzero_point(NormalForm(domain, (), (row,), (constant,)))
    assert x[column] != -constant
    assert domain == "space" or min(x) > 0


def test_zero_has_no_point():
    assert nonzero_point(NormalForm("space", (), ((Fraction(0),),), (Fraction(0),))) is None


def test_points_are_short():
    """A difference that shows almost everywhere is seen at the origin, one that shows on a unit interval at an integer."""
    assert nonzero_point(normal_form(ReLUNetwork([([["1/3", "1/7"]], ["2/9"])]))) == (0, 0)
    x = nonzero_point(normal_form(hat(["1/3"], 1000, 1)))
    assert x[0].denominator == 1


def test_the_choice_is_deterministic():
    form = normal_form(hat([3, -7, 2], Fraction(22, 7), Fraction(1, 10**12)))
    assert nonzero_point(form) == nonzero_point(form)
