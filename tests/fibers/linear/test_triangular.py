"""Matrices of positive determinant are products of at most four triangular ones, and are reached through invertible ones."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import flint
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fibers.exact import Matrix, matrix
from fibers.linear.triangular import interpolated, is_triangular_product, triangular_factors
from fibers.networks import identity

Q = Fraction
entries = st.one_of(st.integers(-2, 2), st.fractions(min_value=-3, max_value=3, max_denominator=4))
squares = st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n))


def determinant(M: Matrix):
    return M.integers.det()


def diagonal(*values) -> list[list[int]]:
    return [[value if i == j else 0 for j in range(len(values))] for i, value in enumerate(values)]


@given(squares)
@settings(max_examples=60)
@example([[3]])
@example([[Q(1, 2)]])
@example(diagonal(-1, -1))
@example(diagonal(-1, 1, -1))
@example(diagonal(1, -1, -1, -2, -1))
@example([[0, -1], [1, 0]])
@example([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
@example([[-1, 5, 7], [0, -1, 3], [0, 0, 1]])
@example([[0, 1, 2, -2], [-1, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1]])
def test_every_matrix_of_positive_determinant_is_a_product_of_four(rows):
    """Rotations by half a turn and permutations among them; the product and the triangles are looked at entry by entry."""
    G = matrix(rows)
    assume(determinant(G) > 0)
    factors = triangular_factors(G)
    product = flint.fmpq_mat(identity(G.rows).integers)
    for T in factors:
        n = T.rows
        assert all(T[i, i] > 0 for i in range(n))
        pairs = list(itertools.combinations(range(n), 2))
        assert all(T[i, j] == 0 for i, j in pairs) or all(T[j, i] == 0 for i, j in pairs)
        product = product * flint.fmpq_mat(T.integers) / T.denominator
    assert product * G.denominator == flint.fmpq_mat(G.integers)
    assert len(factors) <= 4


def test_every_small_sign_matrix_of_positive_determinant_is_such_a_product():
    """3 × 3 matrices of −1, 0, 1 whose determinant is positive: one in seven of them."""
    for numbers in itertools.islice(itertools.product((-1, 0, 1), repeat=9), 0, None, 7):
        G = Matrix(3, 3, numbers)
        if determinant(G) > 0:
            assert is_triangular_product(triangular_factors(G), G)


def test_the_identity_has_no_factors():
    assert triangular_factors(identity(3)) == ()


@given(squares, st.fractions(min_value=0, max_value=1, max_denominator=50))
@settings(max_examples=30)
def test_the_path_through_the_factors_stays_invertible(rows, t):
    """Its determinant is positive all the way, and it ends in the matrix."""
    G = matrix(rows)
    assume(determinant(G) > 0)
    one = identity(G.rows)

    def at(s):
        point = one
        for T in triangular_factors(G):
            point = point @ interpolated(one, T, s)
        return point

    assert at(Q(0)) == one and at(Q(1)) == G and determinant(at(t)) > 0


def test_a_product_is_none_if_a_diagonal_a_triangle_or_the_product_is_wrong():
    G = matrix([[2, 0], [1, 1]])
    assert is_triangular_product((G,), G)
    assert not is_triangular_product((matrix([[-1, 0], [0, -1]]),), matrix([[-1, 0], [0, -1]]))
    assert not is_triangular_product((matrix([[2, 1], [1, 1]]),), matrix([[2, 1], [1, 1]]))
    assert not is_triangular_product((G, G), G)


@given(st.fractions(max_denominator=9))
def test_interpolation_is_affine(t):
    A, B = matrix([[1, Q(1, 2)]]), matrix([[Q(1, 3), 4]])
    found = interpolated(A, B, t).vector()
    assert found == (1 - t + t * Q(1, 3), (1 - t) * Q(1, 2) + 4 * t) and math.prod(interpolated(A, B, t).shape) == 2
