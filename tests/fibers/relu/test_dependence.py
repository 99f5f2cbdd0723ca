"""Row bases are exact: against sympy, and against a matrix made to mislead the first prime."""

from __future__ import annotations

import sympy
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.exact import Matrix, matrix
from fibers.relu.dependence import express, independent_rows, row_basis
from proofs import strategies

PRIME = (1 << 61) - 1
ROWS = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(strategies.rationals(), min_size=n, max_size=n), max_size=5))


def is_row_basis(M, basis, others, X):
    """From the definition; ranks by sympy."""
    rows = sympy.Matrix(M.rows, M.columns, [sympy.Rational(x.numerator, x.denominator) for x in M.vector()])
    return (
        sorted([*basis, *others]) == list(range(M.rows))
        and len(basis) == rows.rank() == rows.extract(basis, list(range(M.columns))).rank()
        and X.shape == (len(others), len(basis))
        and X @ M.take_rows(basis) == M.take_rows(others)
    )


@given(ROWS.map(matrix))
@example(Matrix(0, 3, []))
@example(Matrix(2, 0, []))
@example(matrix([[0, 0], [0, 0]]))
@example(matrix([["1/3", "2/3"], ["1/7", "2/7"], [0, 5]]))
def test_rows_are_combinations_of_the_basis(M):
    assert is_row_basis(M, *row_basis(M))


@given(st.lists(st.lists(st.sampled_from([0, 1, PRIME, 2 * PRIME, PRIME + 1]), min_size=3, max_size=3), max_size=4).map(matrix))
@example(matrix([[PRIME, 0], [0, 1]]))
@example(matrix([[PRIME, 0], [0, PRIME]]))
def test_multiples_of_the_first_prime_do_not_mislead(M):
    assert is_row_basis(M, *row_basis(M))


def test_the_first_prime_alone_would_be_misled():
    M = matrix([[PRIME, 0], [0, 1]])
    assert independent_rows(M) == [1]
    assert express(M, [0], [1]) is None


def test_a_row_outside_the_span_is_not_expressed():
    M = matrix([[1, 0, 0], [0, 1, 0], [1, 1, 1]])
    assert express(M, [2], [0, 1]) is None
    assert express(M, [2], []) is None
    assert express(M, [], [0, 1]).shape == (0, 2)
