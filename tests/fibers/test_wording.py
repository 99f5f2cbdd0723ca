"""What numbers, points and alignments are called; expected texts are written out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.answers import Alignment, Equivalent, Inequivalent, Match, Undecided
from fibers.domains import Box, Polyhedron
from fibers.wording import (
    approximate,
    at_most,
    domain_text,
    exact,
    listing,
    point_text,
    space_line,
    summary,
    value_texts,
    verdict_line,
)
from proofs.certificates import Certificate

HALF = Fraction(1, 2)
PROOF = Certificate("equivalent", ((), ()), ())


def aligned(*matches: Match, f: tuple = (), g: tuple = (), complete: bool = True, stopped: str = "") -> Alignment:
    return Alignment(matches, f, g, complete, stopped)


@given(st.fractions())
def test_exact_text_reads_back_as_the_same_number(x):
    """The text of a rational is the rational."""
    assert Fraction(exact(x)) == x


def test_exact_text_has_no_limit_of_length():
    """Python refuses to write integers of more than 4300 digits; a gap may be one."""
    assert exact(Fraction(10**6000 + 1, 7)) == "1" + "0" * 5999 + "1/7"


@given(st.floats(allow_nan=False, allow_infinity=False).map(Fraction))
def test_approximate_text_is_within_its_digits(x):
    """Six digits: a relative error of at most 5 in the seventh."""
    assert abs(Fraction(approximate(x)) - x) * 2 * 10**5 <= abs(x)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(-123456), "-123456"),
        (Fraction(1234567), "1.23457e6"),
        (Fraction(10) ** 400, "1e400"),
        (-(Fraction(10) ** -400), "-1e-400"),
        (0.25, "0.25"),
    ],
)
def test_approximate_text_holds_at_any_magnitude(value, text):
    """Also where floats overflow to infinity or vanish to 0."""
    assert approximate(value) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((HALF, Fraction(-3)), "= (1/2, -3)"),
        ((Fraction(1, 3**60),) * 2, "≈ (2.35898e-29, 2.35898e-29)"),
        ((Fraction(0),) * 784, "= 0, all 784 coordinates"),
        ((Fraction(0),) * 12 + (HALF,), "= 0 but for [12] = 1/2, of 13 coordinates"),
        (
            (Fraction(0),) * 50 + (HALF,) * 12,
            f"= 0 but for {', '.join(f'[{i}] = 1/2' for i in range(50, 60))} and 2 more, of 62 coordinates",
        ),
        ((Fraction(0),) * 12 + (Fraction(1, 3**60),), "= 0 but for [12] ≈ 2.35898e-29, of 13 coordinates"),
        (tuple(map(Fraction, range(12))), "= (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 12 coordinates)"),
    ],
)
def test_a_point_is_told_exactly_if_short_and_in_part_if_long(values, text):
    """Equality signs are kept for what is exact."""
    assert point_text(values) == text


def test_values_are_told_with_digits_that_tell_them_apart():
    """Two values that differ in the twelfth digit do not print alike."""
    a, b = Fraction(1, 3**60), Fraction(1, 3**60) * (1 + Fraction(1, 10**12))
    texts = value_texts((a,), (b,))
    assert texts[0] != texts[1]
    assert texts[0].startswith("≈ (2.35898")


def test_a_long_list_says_how_much_it_leaves_out():
    """No number is dropped silently."""
    assert listing(range(1003)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 993 more"
    assert listing([3]) == "3"


def test_summaries_for_tables_are_brief():
    """One neuron of f in two of g, one flipped, one of g alone; a difference; a reason."""
    matches = (Match((1, 0), (1, 1), Fraction(2)), Match((1, 0), (1, 2), Fraction(1)), Match((1, 1), (1, 0), Fraction(1), True))
    assert summary(Equivalent(PROOF, aligned(*matches, g=((1, 3),)))) == (
        "2 neurons matched, permuted, rescaled, split or merged, 1 flipped, 1 of g unmatched"
    )
    alone = Equivalent(PROOF, aligned(Match((1, 0), (1, 0), Fraction(1)), f=((1, 1),)))
    assert summary(alone) == "1 neuron matched, 1 of f unmatched"
    assert summary(difference(0.25)) == "difference 25% of the outputs"
    assert summary(difference(3.1e-8)) == "difference 3.1e-08 of the outputs: rounding level"
    assert summary(Undecided("why", 1.0, aligned())) == "why"


def difference(relative: float) -> Inequivalent:
    return Inequivalent((HALF,), (HALF,), PROOF, aligned(), relative, (0.5,))


@given(st.fractions(min_value=0))
def test_a_bound_is_rounded_up(x):
    """What is shown is a bound too, and close: three digits."""
    shown = Fraction(at_most(x))
    assert x <= shown <= x * Fraction(101, 100)


@pytest.mark.parametrize(
    ("domain", "inputs", "told"),
    [
        (None, 5, "all of R^5"),
        (Box(-1, 1).on(5), 5, "the box [-1, 1]^5"),
        (Box(0, 1).on(1), 1, "the box [0, 1]"),
        (Box([0, 0, "1/3"], [1, 1, "1/3"]), 3, "the box [0, 1]^2 × {1/3}"),
        (Box(list(range(40)), 40), 40, "a box in R^40"),
        (Polyhedron([[1, 1]], [1]), 2, "a polyhedron in R^2 (1 inequality)"),
        (Polyhedron([[1, 1], [0, 1]], [1, 2]), 2, "a polyhedron in R^2 (2 inequalities)"),
    ],
)
def test_every_domain_has_a_name(domain, inputs, told):
    """Boxes are written out while they are short."""
    assert domain_text(domain, inputs) == told


def test_every_verdict_says_on_which_domain():
    """Where nothing is said, it is all of R^n."""
    box = Box(0, 1).on(2)
    equal = Equivalent(PROOF, aligned(), box)
    assert verdict_line(equal, 2) == "equivalent: the same function on the box [0, 1]^2, proved (certificate checked)"
    undecided = Undecided("why", 1.0, aligned(), box)
    assert verdict_line(undecided, 2) == "undecided: neither proved equal nor found to differ on the box [0, 1]^2"


def test_an_unfinished_walk_tells_its_share_once():
    """Rounded down: what is not finished is never called 100%."""
    one = Undecided("the checker ran out of memory", 1.0, aligned(), None, 0.99999, 1234)
    assert space_line(one) == "finished: 99.9% of the space, 1,234 parts of it looked at"
    assert space_line(Undecided("stopped, 5% of the space finished", 1.0, aligned(), None, 0.05, 3)) == ""
    assert space_line(Undecided("why", 1.0, aligned())) == ""


def test_a_proof_by_cases_is_called_so():
    """In a table, too."""
    by_cases = Equivalent(PROOF, aligned(complete=False, stopped="here"), None, 7)
    assert summary(by_cases) == "by cases: the outputs agree on each of 7 parts"
