"""Products, ranks and kernels modulo a prime agree with integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fibers import ReLUNetwork
from fibers.exact import matrix
from fibers.relu.rank.modular import dot, kernel, prime_for, rank, residues

P = 1073741789


@pytest.mark.parametrize("n", [1, 255, 256, 257, 700])
def test_products_are_exact_for_the_largest_residues(n: int) -> None:
    A, B = np.full((2, n), P - 1), np.full((n, 3), P - 1)
    B[0, 1] = 5
    expected = [[sum(int(a) * int(b) for a, b in zip(row, column, strict=True)) % P for column in B.T] for row in A]
    assert dot(A, B, P).tolist() == expected


def test_kernels_are_annihilated_and_have_the_rest_of_the_dimension() -> None:
    rng = np.random.default_rng(0)
    A = dot(rng.integers(0, P, (6, 3)), rng.integers(0, P, (3, 8)), P)
    found, free, K = kernel(A, P)
    assert (found, rank(A, P), K.shape) == (3, 3, (8, 5)) and not dot(A, K, P).any()
    assert K[free].tolist() == np.eye(5, dtype=int).tolist()


def test_residues_of_fractions_are_quotients() -> None:
    M = matrix([[Fraction(1, 3), -2]])
    assert (residues(M, 7) * 3 % 7).tolist() == [[1, 1]]


def test_the_prime_divides_no_denominator() -> None:
    f = ReLUNetwork([([[Fraction(1, P)]], [0]), ([[1]], [0])])
    assert prime_for(ReLUNetwork([([[1]], [0])])) == P and prime_for(f) < P
