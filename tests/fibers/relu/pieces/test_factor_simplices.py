"""Bases of positive rows are joined through small simplices, or have two orientations."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from fibers.exact import Matrix, matrix
from fibers.relu.pieces.factor_simplices import simplex, simplex_path, small_size, stacked

ROWS = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(st.integers(1, 6), min_size=n, max_size=n), min_size=n, max_size=n).map(matrix)
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_determinant_decides(W, rng):
    """Square W of full rank: the path exists iff both determinants have one sign, and no determinant on it is 0."""
    Y = matrix([[rng.randint(1, 6) for _ in range(W.rows)] for _ in range(W.rows)])
    assume(W.rank() == Y.rank() == W.rows)
    ones = Matrix(W.rows, 1, [1] * W.rows)
    sign = W.integers.det() > 0
    path = simplex_path(W, Y, ones)
    assert (path is not None) == (sign == (Y.integers.det() > 0))
    at = W
    for segment in path or ():
        assert segment(Fraction(0)) == at
        for k in range(13):
            at = segment(Fraction(k, 12))
            assert min(at.numerators) > 0
            assert (at.integers.det() > 0) == sign
    assert at == (Y if path else W)


@given(ROWS)
def test_a_simplex_has_its_point_in_the_middle_and_is_positive(W):
    p, B = W.take_rows([0]), W.take_rows(range(1, W.rows))
    size = small_size(p, B, Fraction(max(1, B.rows)))
    corners = simplex(p, B, size)
    assert min(corners.numerators) > 0
    assert Matrix(1, corners.rows, [1] * corners.rows, corners.rows) @ corners == p
    assert corners.rank() == W.rank() or W.rank() < W.rows


def test_stacked_keeps_the_order_and_empty_parts():
    assert stacked(matrix([[1, 2]]), Matrix(0, 2, []), matrix([[3, 4]])) == matrix([[1, 2], [3, 4]])
    assert stacked(Matrix(0, 3, [])).shape == (0, 3)
