"""Positive factorisations: active neurons that share a linear part, X = {(V, W) : V W = R, W > 0 in every entry} (B5).

R is m × n of rank r, V m × a, W a × n.  Let c be the least number of positive rows whose span contains row R: c = r if row R
contains a positive vector and r ≥ 1, else c = r + 1.

**Non-empty.**  For a ≥ 1, X is non-empty iff a ≥ c.  Row W contains row R, so a ≥ rank W ≥ r; and if rank W = r they are
equal, and row R contains the rows of W, which are positive.  Conversely let p > 0, in row R if c = r, and let b_2, ..., b_c
complete p to a basis of a space that contains row R: then p, p + ε b_2, ..., p + ε b_c are positive for small ε, and span it.
For a = 0, X is one point if R = 0, and empty otherwise.

**Dimension.**  Let k = rank W.  Row W ⊇ row R is a point of a Grassmannian, of dimension (k − r)(n − k); given that, W is any
a × k matrix in a basis of it, but for an open condition, and V any point of an affine space of dimension m (a − k):

    dim {(V, W) ∈ X : rank W = k} = (k − r)(n − k) + a k + m (a − k),         c ≤ k ≤ min(a, n).

The dimension of X is the largest of these.  (The strata of the linear fiber of R, L3, refine this by rank V: W > 0 is an open
condition, and rank V is what it likes.)

Exact: everything.

Glossary: R the product, r its rank, a the number of neurons, k = rank W, c as above, p a positive vector.
"""

from __future__ import annotations

import random
from fractions import Fraction

from fibers.errors import InvalidNetwork
from fibers.exact import Matrix, matrix
from fibers.relu.dependence import express, row_basis
from fibers.relu.pieces.factor_paths import positive_row_vector

__all__ = ["dimension", "dimension_at", "has_factors", "least_rows", "random_factors", "ranks", "small_positive"]


def least_rows(R: Matrix) -> int:
    """c, the least a ≥ 1 for which there are (V, W).  Cost: a rank and a linear program.

    >>> least_rows(matrix([[1, 2]])), least_rows(matrix([[1, -1]])), least_rows(matrix([[0, 0]]))
    (1, 2, 1)
    """
    r = R.rank()
    return r if r == R.columns or (r and positive_row_vector(R) is not None) else r + 1


def has_factors(R: Matrix, a: int) -> bool:
    """Whether X is non-empty for a neurons."""
    return a >= least_rows(R) if a else not any(R.numerators)


def ranks(R: Matrix, a: int) -> range:
    """The ranks k that W takes on X; empty iff X is, or a = 0."""
    return range(least_rows(R), min(a, R.columns) + 1)


def dimension(R: Matrix, a: int) -> int:
    """The dimension of X, which must not be empty; `InvalidNetwork` if it is.

    >>> dimension(matrix([[1, 2]]), 1), dimension(matrix([[1, -1]]), 2), dimension(matrix([[0, 0]]), 0)
    (1, 4, 0)
    """
    _require(R, a)
    return max((dimension_at(R, a, k) for k in ranks(R, a)), default=0)


def dimension_at(R: Matrix, a: int, k: int) -> int:
    """The dimension of the part of X where W has rank k, one of `ranks`.

    >>> R = matrix([[0, 0], [0, 0]])  # V = 0, or rows of W on one line and V with one kernel
    >>> dimension_at(R, 2, 2), dimension_at(R, 2, 1)
    (4, 5)
    """
    (m, n), r = R.shape, R.rank()
    return (k - r) * (n - k) + a * k + m * (a - k)


def random_factors(R: Matrix, a: int, rng: random.Random) -> tuple[Matrix, Matrix]:
    """Random (V, W) in X, where X has its largest dimension in three draws of four; `InvalidNetwork` if it is empty.

    >>> V, W = random_factors(matrix([[1, -1]]), 3, random.Random(0))
    >>> (V @ W).fractions() == ((1, -1),), min(W.numerators) > 0
    (True, True)
    """
    _require(R, a)
    if not a:
        return Matrix(R.rows, 0, []), Matrix(0, R.columns, [])
    possible = ranks(R, a)
    best = max(possible, key=lambda k: dimension_at(R, a, k))
    W = _random_rows(R, a, best if rng.randrange(4) else rng.choice(possible), rng)
    V = _random_columns(R, W, rng)
    assert V @ W == R and min(W.numerators) > 0
    return V, W


def small_positive(rng: random.Random) -> Fraction:
    """A positive number of few digits."""
    return Fraction(rng.randint(1, 12), rng.randint(1, 6))


def _require(R: Matrix, a: int) -> None:
    if not has_factors(R, a):
        raise InvalidNetwork(f"{a} positive rows must span the rows of R, which takes {least_rows(R)}; choose a larger a")


def _random_rows(R: Matrix, a: int, k: int, rng: random.Random) -> Matrix:
    """W > 0 of rank k whose rows span those of R: combinations of a basis of a space that contains them and a positive p."""
    basis = R.take_rows(row_basis(R)[0])
    while True:
        p = _random_positive(R, k, rng)
        more = [p, *([Fraction(rng.randint(-9, 9)) for _ in range(R.columns)] for _ in range(k - basis.rows - 1))]
        E = matrix([*basis.fractions(), *(more if k > basis.rows else [])])
        W = matrix([_near(p, E, rng) for _ in range(a)])
        if W.rank() == k and matrix([*W.fractions(), *basis.fractions()]).rank() == k:
            return W


def _random_positive(R: Matrix, k: int, rng: random.Random) -> tuple[Fraction, ...]:
    """A positive vector, in row R if k = rank R."""
    if k > R.rank():
        return tuple([small_positive(rng) for _ in range(R.columns)])
    found = positive_row_vector(R)
    assert found is not None or k == R.columns
    return found.fractions()[0] if found else (Fraction(1),) * R.columns


def _near(p: tuple[Fraction, ...], E: Matrix, rng: random.Random) -> list[Fraction]:
    """A positive combination: p plus rows of E, as far as it stays positive, and any length."""
    x = (matrix([[rng.randint(-9, 9) for _ in range(E.rows)]]) @ E).fractions()[0]
    most = min((u / -v for u, v in zip(p, x, strict=True) if v < 0), default=Fraction(1))
    step, length = most * Fraction(rng.randint(1, 15), 16), small_positive(rng)
    return [length * (u + step * v) for u, v in zip(p, x, strict=True)]


def _random_columns(R: Matrix, W: Matrix, rng: random.Random) -> Matrix:
    """V with V W = R: one solution on independent rows of W, and random multiples of what annihilates W."""
    chosen, others, X = row_basis(W)
    both = matrix([*W.fractions(), *R.fractions()])
    solution = express(both, list(range(W.rows, both.rows)), chosen)
    assert solution is not None, "row W contains row R"
    V = [[Fraction(0)] * W.rows for _ in range(R.rows)]
    for v, row in zip(V, solution.fractions(), strict=True):
        for i, x in zip(chosen, row, strict=True):
            v[i] = x
        for t, i in enumerate(others):  # W[i] = X[t] W[chosen]
            v[i] = Fraction(rng.randint(-9, 9), rng.randint(1, 4))
            for s, j in enumerate(chosen):
                v[j] -= v[i] * X[t, s]
    return matrix(V)
