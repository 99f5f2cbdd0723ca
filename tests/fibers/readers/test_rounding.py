"""Rounding, once and to nearest, against numpy's own casts and against exact comparisons."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.errors import NotExact
from fibers.exact import column, matrix
from fibers.readers.rounding import inverse_deviations, nearest, round_matrix

HALFWAY = Fraction(1) + Fraction(1, 2**24)  # between 1 and the next float32
KINDS = [np.float16, np.float32, np.float64]


@settings(max_examples=200)
@given(st.fractions(), st.integers(-160, 160), st.sampled_from(KINDS))
@example(HALFWAY, 0, np.float32)
@example(HALFWAY + Fraction(1, 2**80), 0, np.float32)
@example(-HALFWAY - Fraction(1, 2**80), 0, np.float32)
@example(Fraction(3, 2), -149, np.float32)
@example(Fraction(1, 2), -149, np.float32)
@example(Fraction(1, 3), -1073, np.float64)
def test_no_float_is_nearer_than_the_nearest(value, exponent, kind):
    value *= Fraction(2) ** exponent
    found = nearest(value, kind)
    assert found.dtype == kind
    if np.isinf(found):
        assert abs(value) > float(np.finfo(kind).max)
        return
    error = abs(Fraction(float(found)) - value)
    with np.errstate(over="ignore"):
        neighbours = [np.nextafter(found, kind(side)) for side in (-np.inf, np.inf)]
    assert all(np.isinf(n) or error <= abs(Fraction(float(n)) - value) for n in neighbours)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(KINDS))
def test_rounding_a_float_is_numpys_cast(value, kind):
    with np.errstate(over="ignore"):
        assert nearest(Fraction(value), kind) == kind(value)


@settings(max_examples=100)
@given(st.lists(st.fractions(max_denominator=2**30), min_size=1, max_size=5), st.sampled_from([np.float32, np.float64]))
@example([HALFWAY, HALFWAY + Fraction(1, 2**80), HALFWAY - Fraction(1, 2**80), -HALFWAY - Fraction(1, 2**90)], np.float32)
@example([Fraction(2) ** 128 - Fraction(2) ** 103 - Fraction(1, 2**9)], np.float32)
def test_a_matrix_is_rounded_entry_by_entry_without_double_rounding(values, kind):
    found = round_matrix(column(values), kind)
    assert found.dtype == kind
    assert found[:, 0].tolist() == [float(nearest(v, kind)) for v in values]


def test_a_weight_beyond_the_range_is_named():
    with pytest.raises(NotExact, match=r"W\[0\]\[1\] is too large for float32"):
        round_matrix(matrix([[1, 2**128]]), np.float32, "W")
    with pytest.raises(NotExact, match="too large for float64"):
        round_matrix(matrix([[10**400]]), np.float64)


@settings(max_examples=100)
@given(st.floats(-10, 10), st.floats(0, 10), st.floats(1e-6, 1e-1), st.sampled_from([np.float32, np.float64]))
@example(1.0, 0.0, 0.25, np.float64)
@example(0.0, 1.0, 1e-5, np.float32)
@example(-3.0, 8.75, 0.25, np.float32)
def test_a_factor_of_batch_norm_is_the_nearest_float_to_the_irrational_number(gamma, variance, epsilon, kind):
    """f is nearest iff γ²/(v + ε) lies between the squares of the midpoints around |f|."""
    factors, rounded = inverse_deviations(column([gamma]), column([variance]), Fraction(epsilon), kind, "bn")
    square = Fraction(gamma) ** 2 / (Fraction(variance) + Fraction(epsilon))
    f = abs(float(factors[0]))
    exact = Fraction(f)
    below, above = (Fraction(float(np.nextafter(kind(f), kind(side)))) for side in (0, np.inf))
    assert ((below + exact) / 2) ** 2 <= square <= ((above + exact) / 2) ** 2
    assert factors[0] == 0 or math.copysign(1, factors[0]) == math.copysign(1, gamma)
    assert rounded == (exact**2 != square)


def test_a_factor_just_below_a_midpoint_is_not_rounded_twice():
    """(1 + 3·2^−24) / √(1 + 2^−80) lies below the midpoint that float64 would put it on, and that ties upwards."""
    factors, _ = inverse_deviations(column([1 + 3 * 2.0**-24]), column([1]), Fraction(1, 2**80), np.float32, "bn")
    assert factors[0] == 1 + 2.0**-23


def test_a_variance_that_is_not_positive_is_refused():
    with pytest.raises(NotExact, match=r"bn: variance \+ epsilon must be positive; channel 1 has -1"):
        inverse_deviations(column([1, 1]), column([1, -1]), Fraction(0), np.float32, "bn")
