"""Linear algebra modulo a prime below 2^30, on numpy arrays of residues.

A product of residues is below 2^60 and fits an int64.  A product of matrices is taken in floats, without rounding: with
A = 2^15 A_1 + A_0 and entries of A_1, A_0 below 2^15, sums of up to 252 products of theirs with residues stay below 2^53 − 2^46.
For such a sum s, |s| ≤ 2^53 − 2^46, the float of s/p is off by less than 1, and s − ⌊s/p⌋ p, without rounding, lies between −p
and 2p.  So A B is ((A_1 B reduced) 2^15 + A_0 B) reduced, for 252 terms at a time.

A matrix over Q whose denominators p does not divide has a rank modulo p, and that is at most its rank.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flint
import numpy as np

from fibers.exact import Matrix
from fibers.networks import ReLUNetwork

__all__ = ["Array", "dot", "kernel", "pivots", "prime_for", "rank", "residues"]

Array = np.ndarray
TOP = 1 << 30
TERMS = 252


def prime_for(network: ReLUNetwork) -> int:
    """The largest prime below 2^30 that divides no denominator of the weights."""
    below = [M.denominator for a in network.maps for M in (a.weights, a.bias)]
    return next(p for p in _primes() if all(q % p for q in below))


def _primes() -> Iterator[int]:
    return (n for n in range(TOP - 1, 1, -2) if flint.fmpz(n).is_prime())


def residues(M: Matrix, p: int) -> Array:
    """M modulo p, which must not divide its denominator, as an int64 array."""
    inverse = pow(M.denominator, -1, p)
    return np.array([x % p * inverse % p for x in M.numerators], dtype=np.int64).reshape(M.shape)


def dot(A: Array, B: Array, p: int) -> Array:
    """A B modulo p, for two-dimensional arrays of residues.

    >>> dot(np.array([[3, 4]]), np.array([[5], [6]]), 7).tolist()
    [[4]]
    """
    total = np.zeros((A.shape[0], B.shape[1]))
    for start in range(0, A.shape[1], TERMS):
        part = slice(start, start + TERMS)
        left, right = A[:, part], B[part].astype(np.float64)
        sums = (left >> 15).astype(np.float64) @ right
        _lessen(sums, p)
        sums *= 1 << 15
        sums += (left & 0x7FFF).astype(np.float64) @ right
        _lessen(sums, p)
        total += sums
    return total.astype(np.int64) % p


def _lessen(sums: Array, p: int) -> None:
    """Take multiples of p off, in place, down to between −p and 2p."""
    quotients = sums * (1 / p)
    np.floor(quotients, out=quotients)
    quotients *= p
    sums -= quotients


def rank(A: Array, p: int) -> int:
    """The rank of a matrix of residues."""
    return int(_flint(A, p).rank()) if A.size else 0


def kernel(A: Array, p: int) -> tuple[int, list[int], Array]:
    """(rank, free columns, K): A K = 0, and K, one column for each free column of A, is the identity on those.

    >>> rank, free, K = kernel(np.array([[1, 2, 0], [0, 0, 1]]), 7)
    >>> rank, free, K.T.tolist()
    (2, [1], [[5, 1, 0]])
    """
    n = A.shape[1]
    echelon, found = _flint(A, p).rref()
    leading = pivots(echelon, found)
    taken = set(leading)
    free = [j for j in range(n) if j not in taken]
    K = np.zeros((n, len(free)), dtype=np.int64)
    for i, row in enumerate(leading):
        K[row] = [-int(echelon[i, j]) % p for j in free]
    K[free, range(len(free))] = 1
    return int(found), free, K


def pivots(echelon: Any, found: int) -> list[int]:
    """The columns of the leading ones of a reduced echelon form."""
    columns, j = [], 0
    for i in range(found):
        while not int(echelon[i, j]):
            j += 1
        columns.append(j)
        j += 1
    return columns


def _flint(A: Array, p: int) -> Any:
    return flint.nmod_mat(A.shape[0], A.shape[1], A.ravel().tolist(), p)
