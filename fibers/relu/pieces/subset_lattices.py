"""All subsets of vectors with a given sum, by lattice reduction: S with R + Σ_{i∈S} T_i = 0, R and T_i integer vectors.

Put z_i = 1 for i in S and −1 elsewhere.  Then Σ_i z_i T_i + t (2R + Σ_i T_i) = 0 with t = 1, so (z, t) is a vector of the lattice
Λ of integer relations between the T_i and 2R + Σ T_i, all of whose entries are ±1; and conversely.  Its squared length is m + 1.
Where the entries have many digits, as those of trained networks have, other vectors of Λ are much longer, and listing all of
length up to √(m + 1) takes no time (Lenstra, Lenstra, Lovász 1982; Fincke and Pohst 1985).  Where they have few, there are many,
and it is given up.

*The basis.*  Reduce the rows (e_i, C T_i), i ≤ m + 1.  If as many of the new rows as Λ has dimensions end in zeros, the others'
ends are independent, so these rows are a basis of Λ.  C is large enough for that, which is checked.

*The search.*  With b_i* the orthogonalised basis, μ_ij its coefficients, |Σ x_i b_i|² = Σ_i (x_i + Σ_{j>i} x_j μ_ji)² |b_i*|².
From the last coordinate on, x_i is near minus that sum, or the part so far exceeds m + 1.  μ and |b_i*|² are found exactly and
rounded to floats; the search keeps what exceeds the bound by less than `SLACK`, far more than roundings make of coordinates below
2^20, so it loses nothing; what it finds is looked at exactly.

Exact.  Cost: a reduction of m + 1 rows, 0.5 s for m = 64 with 15 sums of 100 bits; at most `NODES` steps of the search.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import flint

from fibers.errors import TooManyPieces
from fibers.exact import Matrix
from fibers.relu.dependence import independent_rows

__all__ = ["subsets_of_sum_zero"]

MOST = 200
"""Terms beyond which no lattice is reduced: seconds for so many, and hours for a thousand."""
NODES = 1 << 18
SLACK = 1e-4
LARGE = 1 << 20
HUGE = Fraction(1 << 1000)
"""As large as lengths need to be."""


def subsets_of_sum_zero(R: Sequence[int], terms: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """All S with R + Σ_{i∈S} terms[i] = 0, by size and then in order.  Raises `TooManyPieces` where the search takes too long.

    >>> subsets_of_sum_zero([-3], [[1], [2], [3]])
    [(2,), (0, 1)]
    """
    m = len(terms)
    if m > MOST:
        raise TooManyPieces(f"which of {m:,} terms add up to zero is not asked of a lattice, of more than {MOST}")
    last = [2 * r + sum(T[k] for T in terms) for k, r in enumerate(R)]
    columns = independent_rows(Matrix(m + 1, len(R), itertools.chain(*terms, last)).transpose())  # the others follow, most likely
    found = set()
    for z in _short(_relations([[vector[k] for k in columns] for vector in (*terms, last)]), m + 1):
        if all(abs(x) == 1 for x in z):
            S = tuple([i for i in range(m) if z[i] == z[m]])
            if all(r + sum(terms[i][k] for i in S) == 0 for k, r in enumerate(R)):
                found.add(S)
    return sorted(found, key=lambda S: (len(S), S))


def _relations(vectors: Sequence[Sequence[int]]) -> list[list[int]]:
    """A reduced basis of {z integer : Σ z_i vectors[i] = 0}."""
    N, size = len(vectors), len(vectors[0])
    rank = flint.fmpz_mat(N, size, [x for T in vectors for x in T]).rank() if size else 0
    bits = max((abs(x).bit_length() for T in vectors for x in T), default=0) + N
    while True:
        rows = [[*(int(i == j) for j in range(N)), *(x << bits for x in T)] for i, T in enumerate(vectors)]
        reduced = flint.fmpz_mat(N, N + size, [x for row in rows for x in row]).lll().tolist()
        basis = [[int(x) for x in row[:N]] for row in reduced if not any(row[N:])]
        if len(basis) == N - rank:
            return basis
        bits *= 2


def _short(basis: list[list[int]], bound: int) -> list[list[int]]:
    """At least one of z and −z for all vectors z ≠ 0 of the lattice with |z|² ≤ bound, and perhaps longer ones."""
    k = len(basis)
    if not k:
        return []
    mu, sizes = _orthogonalised(basis)
    found: list[list[int]] = []
    nodes = 0
    # invariant: each entry is (i, x_{i}, ..., x_{k−1}, the part of the length that they make), to be continued with x_{i−1}
    stack: list[tuple[int, tuple[int, ...], float]] = [(k, (), 0.0)]
    while stack:
        i, x, length = stack.pop()
        if i == 0:
            if any(x):
                found.append([sum(c * row[j] for c, row in zip(x, basis, strict=True)) for j in range(len(basis[0]))])
            continue
        i -= 1
        centre = -sum(c * mu[i + 1 + j][i] for j, c in enumerate(x))
        reach = math.sqrt(max((bound + SLACK - length) / sizes[i], 0.0)) + SLACK
        low, high = math.ceil(centre - reach), math.floor(centre + reach)
        low = max(low, 0) if not any(x) else low  # of z and −z the one whose last coordinate is positive
        nodes += high - low + 1
        if nodes > NODES or max(abs(low), abs(high)) > LARGE:
            raise TooManyPieces(f"subsets of {len(basis[0]) - 1} vectors with a given sum: given up after {NODES:,} steps")
        stack += [(i, (c, *x), length + max(abs(c - centre) - SLACK, 0.0) ** 2 * sizes[i]) for c in range(low, high + 1)]
    return found


def _orthogonalised(basis: list[list[int]]) -> tuple[list[list[float]], list[float]]:
    """μ_ij for j < i, and |b_i*|², rounded; found with the integers d_i, λ_ij of Cohen, Algorithm 2.6.7."""
    k = len(basis)
    d = [1] + [0] * k
    scaled = [[0] * k for _ in range(k)]
    for i in range(k):
        for j in range(i + 1):
            u = sum(a * b for a, b in zip(basis[i], basis[j], strict=True))
            for h in range(j):
                u = (d[h + 1] * u - scaled[i][h] * scaled[j][h]) // d[h]
            scaled[i][j] = u
        d[i + 1] = scaled[i][i]
    mu = [[float(Fraction(scaled[i][j], d[j + 1])) for j in range(i)] for i in range(k)]
    return mu, [float(min(Fraction(d[i + 1], d[i]), HUGE)) for i in range(k)]
