"""A path from the identity to any matrix of positive determinant: interpolate triangular factors with positive diagonals.

Triangular matrices with positive diagonals form a convex set that has the identity and invertible matrices only.  So if
G = T_1 ··· T_n with such factors, then t ↦ Π_i ((1 − t) I + t T_i) is a path of invertible matrices from I to G.

**Every G of positive determinant is a product of at most four such factors.**  Eliminate without exchanging rows, column by
column; at column j the rows above are done, and their pivots are positive.  If the pivot of row j is not, add to row j a multiple
of a lower row that makes it so.  If all lower rows are zero there, first add row j, whose pivot is negative then, to the
next.  The last pivot is positive as det G is.  With the additions to upper rows carried past those to lower ones, V K G = N R,
where V, R are upper and K, N lower triangular; all but R have ones on the diagonal, and R has the pivots.  So G is the
product of K^{-1}, V^{-1}, N and R.

Exact.  Cost: an elimination over the rationals.
"""

from __future__ import annotations

from typing import Any

import flint

from fibers.exact import Matrix
from fibers.networks import identity

__all__ = ["interpolated", "is_triangular_product", "triangular_factors"]


def triangular_factors(G: Matrix) -> tuple[Matrix, ...]:
    """Triangular matrices with positive diagonals and the product G, none of them the identity; det G > 0.

    >>> factors = triangular_factors(Matrix(2, 2, [-1, 0, 0, -1]))
    >>> len(factors), is_triangular_product(factors, Matrix(2, 2, [-1, 0, 0, -1]))
    (4, True)
    """
    n = G.rows
    upper, lower, reduced = _eliminated(G)
    V, K, R = (flint.fmpq_mat(n, n, [x for row in rows for x in row]) for rows in (upper, lower, reduced))
    N = V * K * flint.fmpq_mat(G.integers) / G.denominator * R.inv()
    factors = tuple(T for T in map(_matrix, (K.inv(), V.inv(), N, R)) if identity(n) != T)
    assert is_triangular_product(factors, G)
    return factors


def is_triangular_product(factors: tuple[Matrix, ...], G: Matrix) -> bool:
    """Whether these are triangular, with positive diagonals, and G is their product."""
    product = identity(G.rows)
    for T in factors:
        below = any(T[i, j] for i in range(T.rows) for j in range(i))
        above = any(T[i, j] for i in range(T.rows) for j in range(i + 1, T.rows))
        if (below and above) or any(T[i, i] <= 0 for i in range(T.rows)):
            return False
        product = product @ T
    return product == G


def interpolated(A: Matrix, B: Matrix, t: Any) -> Matrix:
    """(1 − t) A + t B for a rational t."""
    p, q = t.numerator, t.denominator
    scaled = [Matrix(*M.shape, [c * x for x in M.numerators], q * M.denominator) for c, M in ((q - p, A), (p, B))]
    return scaled[0] + scaled[1]


def _eliminated(G: Matrix) -> tuple[list[list[Any]], list[list[Any]], list[list[Any]]]:
    """V, K and R of the module docstring, as rows."""
    n = G.rows
    V, K = ([[flint.fmpq(int(i == j)) for j in range(n)] for i in range(n)] for _ in range(2))
    R = [[flint.fmpq(x, G.denominator) for x in G.row(i)] for i in range(n)]
    for j in range(n):
        # invariant: V K G is the product of a lower triangular matrix, with ones on the diagonal, and R; R has positive pivots so
        # far, and zeros below them; from row j on V is the identity
        if R[j][j] <= 0:
            i = next((i for i in range(j + 1, n) if R[i][j] != 0), None)
            if i is None:
                i = j + 1
                assert i < n, "det G > 0"
                _add(R, i, j, 1)
                _add(K, i, j, 1)
                for row in V[:j]:  # V becomes L V L^{-1}, where L adds row j to the next
                    row[j] -= row[i]
            c = (-R[j][j] / abs(R[i][j])).floor() + 1
            c = c if R[i][j] > 0 else -c
            _add(R, j, i, c)
            _add(V, j, i, c)
        for i in range(j + 1, n):
            _add(R, i, j, -R[i][j] / R[j][j])
    return V, K, R


def _add(rows: list[list[Any]], target: int, source: int, times: Any) -> None:
    if times != 0:
        rows[target] = [x + times * y if y != 0 else x for x, y in zip(rows[target], rows[source], strict=True)]


def _matrix(M: Any) -> Matrix:
    numerators, denominator = M.numer_denom()
    return Matrix(M.nrows(), M.ncols(), map(int, numerators.entries()), int(denominator))
