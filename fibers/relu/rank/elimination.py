"""Elimination modulo a prime, panel by panel of rows, that can be stopped at any time.

A panel is reduced by those before it, one after the other, then by itself: with halves A and B of its rows,

    R = rref(A),   S = rref(B − B[:, pivots of R] R),   rref = (R − R[:, pivots of S] S, S),

so that nearly all work is in products of matrices.  Where rows are much longer than many, this is done on some of their columns
with the identity beside them, T; then T times the panel is reduced but for the rows that are 0 on those columns.

What is kept of panel j are its pivots p_j, the columns c_j that were no pivots of panels up to j, and R_j on c_j; on p_j it is
the identity, and 0 on earlier pivots.  The number of pivots is the rank so far.  For the kernel, from the last panel to the first
K[p_j] = −R_j K[c_j], and K is the identity on the columns left at the end.

Exact, modulo the prime.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fibers.relu.rank.modular import Array, dot

__all__ = ["Check", "Echelon", "no_check"]

Check = Callable[[], object]
LONG = 6
"""From so many columns for each row on, some columns are looked at first."""


def no_check() -> None:
    """No limits."""


class Echelon:
    """The span of rows of residues modulo p, n columns; `check` is called now and then, and may raise to stop.

    >>> echelon = Echelon(3, 7)
    >>> echelon.add(np.array([[1, 2, 0], [2, 4, 0]])), echelon.add(np.array([[0, 0, 3]])), echelon.rank
    (1, 1, 2)
    >>> free, K = echelon.kernel()
    >>> free.tolist(), K.T.tolist()
    ([1], [[5, 1, 0]])
    """

    def __init__(self, columns: int, p: int, check: Check = no_check):
        self.prime, self.check = p, check
        self.rank = 0
        self.free: Array = np.arange(columns)
        self.columns = columns
        self._panels: list[tuple[Array, Array, Array]] = []

    def add(self, rows: Array) -> int:
        """How much these rows add to the rank. Cost: about rows × rank × columns; memory 4 bytes × rank × columns in all."""
        p, panel = self.prime, rows % self.prime
        for pivots, columns, R in self._panels:
            self.check()
            panel[:, columns] = (panel[:, columns] - dot(panel[:, pivots], R, p)) % p  # pivots are 0 from here on, and not read
        rest = panel[:, self.free]
        reduced, places = (
            _reduced_long(rest, p, self.check) if rest.shape[1] > LONG * len(rest) else _reduced(rest, p, self.check)
        )
        if places:
            keep = np.ones(len(self.free), dtype=bool)
            keep[places] = False
            self._panels.append((self.free[places], self.free[keep], reduced[:, keep].astype(np.int32)))
            self.free = self.free[keep]
            self.rank += len(places)
        return len(places)

    def kernel(self) -> tuple[Array, Array]:
        """(free columns, K): all rows are 0 on K, one column for each free column, which is the identity on those."""
        K = np.zeros((self.columns, len(self.free)), dtype=np.int64)
        K[self.free, np.arange(len(self.free))] = 1
        for pivots, columns, R in reversed(self._panels):
            self.check()
            K[pivots] = -dot(R, K[columns], self.prime) % self.prime
        return self.free, K


def _reduced(A: Array, p: int, check: Check) -> tuple[Array, list[int]]:
    """(R, pivots): the span of the rows of A, with the identity at the pivots."""
    if len(A) <= 1:
        places = np.flatnonzero(A[0])[:1].tolist() if len(A) else []
        return A[: len(places)] * (pow(int(A[0, places[0]]), -1, p) if places else 1) % p, places
    check()
    half = len(A) // 2
    R, first = _reduced(A[:half], p, check)
    S, second = _reduced(_less(A[half:], first, R, p), p, check)
    return np.concatenate([_less(R, second, S, p), S]), [*first, *second]


def _reduced_long(A: Array, p: int, check: Check) -> tuple[Array, list[int]]:
    """The same, by way of some columns, twice as many as there are rows."""
    some = np.random.default_rng(len(A)).choice(A.shape[1], 2 * len(A), replace=False)
    E, places = _reduced(np.concatenate([A[:, some], np.eye(len(A), dtype=np.int64)], axis=1), p, check)
    check()
    among = np.array(places) < len(some)
    first = [int(some[c]) for c in places if c < len(some)]
    R, (S, second) = dot(E[among, len(some) :], A, p), _reduced(dot(E[~among, len(some) :], A, p), p, check)
    return np.concatenate([_less(R, second, S, p), S]), [*first, *second]


def _less(A: Array, pivots: list[int], R: Array, p: int) -> Array:
    """A without what R, which is the identity at the pivots, can take away."""
    return (A - dot(A[:, pivots], R, p)) % p if pivots and len(A) else A
