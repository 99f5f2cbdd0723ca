"""Outward rounding goes outward, and not far; products with matrices are exact."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.exact import matrix
from fibers.relu import outward
from fibers.relu.outward import absolute, as_floats, down, image, moved, product, scaled_columns, scaled_rows, up

FRACTIONS = st.fractions(max_denominator=10**6)


@example(Fraction(0), 5)
@example(Fraction(1, 3), 1)
@example(Fraction(10**40), 3)
@example(Fraction(-1, 10**40), 3)
@given(FRACTIONS, st.integers(1, 80))
def test_rounding_goes_outward_by_less_than_two_units_in_the_last_place(x: Fraction, bits: int) -> None:
    slack = abs(x) * Fraction(2) ** (1 - bits)
    assert x <= up(x, bits) <= x + slack
    assert x - slack <= down(x, bits) <= x


@given(FRACTIONS, st.integers(1, 80))
def test_rounded_numbers_are_short_and_dyadic(x: Fraction, bits: int) -> None:
    y = up(x, bits)
    assert y.denominator & (y.denominator - 1) == 0
    odd = abs(y.numerator) // (y.numerator & -y.numerator) if y else 0
    assert odd.bit_length() <= bits + 1


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS), min_size=1, max_size=5))
def test_images_are_the_exact_ranges_over_a_box(entries: list[tuple[Fraction, Fraction, Fraction]]) -> None:
    row, low, high = zip(*[(w, min(a, b), max(a, b)) for w, a, b in entries], strict=True)
    M = matrix([row])
    least, most = image(M, low, high)
    assert least == [sum(min(w * a, w * b) for w, a, b in zip(row, low, high, strict=True))]
    assert most == [sum(max(w * a, w * b) for w, a, b in zip(row, low, high, strict=True))]
    assert product(absolute(M), [Fraction(1)] * len(row)) == [sum(map(abs, row))]


def test_scaling_takes_and_scales_rows_and_columns_and_makes_columns_of_zeros() -> None:
    M = matrix([[1, 2], ["1/3", 4]])
    third, two = Fraction(1, 3), Fraction(2)
    assert scaled_rows(M, [1, 0, 1], [third, two, Fraction(1)]) == matrix([["1/9", "4/3"], [2, 4], ["1/3", 4]])
    assert scaled_columns(M, [1, None, 0], [third, two, -two]) == matrix([["2/3", 0, -2], ["4/3", 0, "-2/3"]])
    assert scaled_columns(M, [0, 1], [Fraction(1)] * 2) is M
    assert scaled_rows(M, [0, 1], [Fraction(1)] * 2) is M
    assert scaled_columns(M, [None, 0], [Fraction(1)] * 2) == matrix([[0, 1], [0, "1/3"]])


@pytest.mark.parametrize(
    "values", [[], [0], [1, Fraction(1, 3)], [Fraction(10) ** 400, -(Fraction(10) ** 400), Fraction(1, 10**400)]]
)
def test_floats_are_rounded_to_nearest_or_infinite(values: list[Fraction]) -> None:
    floats = as_floats([Fraction(v) for v in values])
    expected = [(math.inf if v > 0 else -math.inf) if abs(v) > 2**1024 else float(v) for v in values]
    assert np.array_equal(floats, expected)


@example([(Fraction(10) ** 400, Fraction(-1), Fraction(1))])
@example([(Fraction(1, 10**320), Fraction(1, 10**320), Fraction(1, 10**320))])
@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS), min_size=1, max_size=5))
def test_images_in_floats_enclose_the_exact_ranges_closely(entries: list[tuple[Fraction, Fraction, Fraction]]) -> None:
    row, low, high = zip(*[(w, min(a, b), max(a, b)) for w, a, b in entries], strict=True)
    M, exact = matrix([row]), image(matrix([row]), low, high)
    sizes = [abs(x) for x in low]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outward, "LARGE", 0)
        found, reach = image(M, low, high), moved(M, sizes)
    size = sum(abs(w) * max(abs(a), abs(b)) for w, a, b in zip(row, low, high, strict=True))
    slack = size / 10**8 + Fraction(1, 10**300)
    assert exact[0][0] - slack <= found[0][0] <= exact[0][0] and exact[1][0] <= found[1][0] <= exact[1][0] + slack
    assert 0 <= reach[0] - product(absolute(M), sizes)[0] <= slack
