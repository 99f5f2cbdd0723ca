"""Points of difference: inside the domain, as short as time allows, and the same for the same seed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fibers import Box, Polyhedron, ReLUNetwork
from fibers.answers import Alignment
from fibers.limits import NO_LIMITS, Limits
from fibers.relu import differences
from fibers.relu.differences import aimed_point, quick_point, shortened
from fibers.relu.problems import Problem

LONG = Fraction(314159265358979, 10**14)
ALONE = Alignment((), (), (), complete=False)


def ramps(ends):
    """x ↦ σ(x − end), for each end."""
    return [ReLUNetwork([([[1]], [-end]), ([[1]], [0])]) for end in ends]


def say(text):
    """Nothing."""


def test_a_point_gets_few_digits_when_there_is_time():
    problem = Problem(*ramps((2, 3)))
    assert shortened((LONG,), problem, NO_LIMITS) == shortened((LONG,), problem, Limits.of(budget=1000)) == (3,)


def test_a_point_stays_as_it_is_when_its_evaluation_is_long_for_the_time_that_is_left(monkeypatch):
    monkeypatch.setattr(differences, "EVALUATIONS", 10**12)
    problem = Problem(*ramps((2, 3)))
    assert shortened((LONG,), problem, Limits.of(budget=1000)) == (LONG,)
    assert shortened((LONG,), problem, NO_LIMITS) == (3,)


def test_a_short_point_lies_in_the_domain():
    problem = Problem(*ramps((2, 3)), Box([3], [Fraction(7, 2)]))
    (x,) = shortened((LONG,), problem, NO_LIMITS)
    assert 3 <= x <= Fraction(7, 2) and x.denominator < 10


@pytest.mark.parametrize("domain", [Box([-1], [5]), Polyhedron([[1], [-1]], [5, 1]), Box([4], [4])])
def test_quick_points_of_a_domain_lie_in_it_and_differ(domain):
    f, g = ramps((2, 3))
    point = quick_point(Problem(f, g, domain), 0, NO_LIMITS, say)
    assert point == quick_point(Problem(f, g, domain), 0, NO_LIMITS, say)
    assert point is not None and domain.contains(point) and f(point) != g(point)


def test_segments_meet_what_no_sampled_point_does():
    """A bump of width 10^-6 about 1/7: each segment across it is compared exactly."""
    w = Fraction(1, 10**6)
    bump = ReLUNetwork([([[1], [1], [1]], [w - Fraction(1, 7), -Fraction(1, 7), -w - Fraction(1, 7)]), ([[1, -2, 1]], [0])])
    zero = ReLUNetwork([([[0]], [0])])
    point = quick_point(Problem(bump, zero, Box([0], [1])), 0, NO_LIMITS, say)
    assert point is not None and bump(point) != (0,)


def test_nothing_is_found_where_networks_agree():
    f, g = ramps((2, 3))
    problem = Problem(f, g, Box([-5], [2]))
    assert quick_point(problem, 0, NO_LIMITS, say) is None
    assert aimed_point(problem, ALONE, 0, NO_LIMITS, say) is None


def test_aiming_climbs_to_a_corner_of_a_box():
    """σ(x_1 + ... + x_30 − 29) on [0, 1]^30: a random point has next to no chance."""
    f = ReLUNetwork([([[1] * 30], [-29]), ([[1]], [0])])
    g = ReLUNetwork([([[0] * 30], [0])])
    point = aimed_point(Problem(f, g, Box(0, 1).on(30)), ALONE, 0, NO_LIMITS, say)
    assert point is not None and f(point) != g(point)
