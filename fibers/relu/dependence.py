"""Which rows of a rational matrix are combinations of the others, exactly.

For M of rank r, choose r independent rows, the basis, and write the others as M[others] = X · M[basis].  Elimination modulo a
61-bit prime p proposes: rows that are independent modulo p are independent over Q.  That they span, X settles: it is solved
for over Q on r columns and the identity is then checked on all of them.  When it fails, p divides a minor that matters, which
finitely many primes do, and the next prime is tried.  So the answer is exact and the primes only save time: elimination over
Q, with its growing entries, is never run.

Glossary: M a matrix, r its rank, X the coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flint

from fibers.exact import Matrix

__all__ = ["express", "independent_rows", "row_basis"]


def row_basis(M: Matrix) -> tuple[list[int], list[int], Matrix]:
    """(basis, others, X): the rows `basis` of M are independent and M[others] = X · M[basis], exactly.

    Both lists ascend; X has shape len(others) × len(basis). Cost: one elimination modulo a prime, O(rows · columns · r), and
    one rational r × r solution by p-adic lifting for the others, none if the rows are independent.

    >>> from fibers.exact import matrix
    >>> basis, others, X = row_basis(matrix([[1, 2], [2, 4], [0, 1]]))
    >>> basis, others, X.fractions()
    ([0, 2], [1], ((Fraction(2, 1), Fraction(0, 1)),))
    """
    for p in _primes():
        basis = independent_rows(M, p)
        others = sorted(set(range(M.rows)) - set(basis))
        X = express(M, others, basis, p)
        if X is not None:
            return basis, others, X
    raise AssertionError("there are infinitely many primes")


def independent_rows(M: Matrix, p: int = (1 << 61) - 1) -> list[int]:
    """Indices, ascending, of rows of M that are independent: a maximal set modulo the prime `p`, and most likely over Q.

    Independence is exact, a nonzero minor modulo p is one over Q; maximality is what `express` confirms.
    """
    return _pivots(flint.nmod_mat(M.integers.transpose(), p))


def express(M: Matrix, others: list[int], basis: list[int], p: int = (1 << 61) - 1) -> Matrix | None:
    """The X with M[others] = X · M[basis], or None if a row of `others` is not in the span; `basis` is independent modulo p."""
    B, D = M.take_rows(basis), M.take_rows(others)
    if not others or not basis:
        return None if any(D.numerators) else Matrix(len(others), len(basis), [0] * (len(others) * len(basis)))
    columns = _pivots(flint.nmod_mat(B.integers, p))  # r columns on which B is invertible modulo p, so over Q
    square, right = B.take_columns(columns), D.take_columns(columns)
    solution, q = square.integers.transpose().solve(right.integers.transpose()).numer_denom()
    # right/d = X · square/b, with b, d the denominators of B, D: X = b/d times the solution in integers
    entries = [square.denominator * int(x) for x in solution.transpose().entries()]
    X = Matrix(len(others), len(basis), entries, int(q) * right.denominator)
    return X if X @ B == D else None


def _pivots(N: Any) -> list[int]:
    """The pivot columns of a matrix modulo a prime."""
    echelon, rank = N.rref()
    columns, j = [], 0
    for i in range(rank):
        while not int(echelon[i, j]):
            j += 1
        columns.append(j)
    return columns


def _primes() -> Iterator[int]:
    """The primes below 2^61, from the largest on."""
    for n in range((1 << 61) - 1, 1, -2):
        if flint.fmpz(n).is_prime():
            yield n
