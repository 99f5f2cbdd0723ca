"""Lower bounds of the functional dimension: ranks of Jacobian rows modulo a prime (F3).

First, rows at many patterns are mixed: each of R rows is a random combination of several.  They nearly always span the whole
row space when R exceeds its dimension by a little.  If their rank r stays below the upper bound, their kernel is split into the
changes that are known to do nothing and a complement K; a further row g of the Jacobian adds to the rank as soon as g K ≠ 0,
which costs a product for each column of K.  What g K = 0 leaves of K goes on.

Every rank found is a rank modulo p of rows with a certified pattern, so a lower bound whatever was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.rank.jacobian import Residues
from fibers.relu.rank.modular import Array, dot, kernel, rank
from fibers.relu.rank.tangents import Tangent, tangent_rows

__all__ = ["SPARE", "Search"]

SPARE = 24
"""Rows beyond the upper bound."""
ENTRIES = 32_000_000
"""Entries of the matrix that is eliminated, at most."""
CHUNK = 4_000_000
"""Entries that are worked on at a time."""


class Search:
    """The rank found so far, `lower`, of the rows at patterns of f, with upper bound P minus the rank of `found`."""

    def __init__(self, f: ReLUNetwork, found: Sequence[Tangent], upper: int, rng: np.random.Generator):
        self.residues, self.rng = Residues(f), rng
        self.found, self.upper, self.lower = found, upper, 0
        self.left: Array | None = None
        self.cut_short = False

    @property
    def prime(self) -> int:
        """The prime."""
        return self.residues.prime

    def begin(self, patterns: Sequence[Array]) -> None:
        """The rank of mixed rows at these patterns, and the complement of the known changes in their kernel."""
        P = self.residues.network.parameters
        wanted = self.upper + SPARE
        rows = min(wanted, max(1, ENTRIES // P))
        self.cut_short = rows < wanted
        mixed = self.mixed(patterns, rows, P)
        if self.cut_short:
            self.lower, self.left = rank(mixed, self.prime), np.zeros((P, 0), dtype=np.int64)
            return
        self.lower, free, K = kernel(mixed, self.prime)
        assert self.lower <= self.upper, "the changes listed do nothing"
        if self.lower == self.upper:
            self.left = K[:, :0]
            return
        known = tangent_rows(self.found, P, self.prime)
        assert not dot(mixed[:64], known.T, self.prime).any(), "the changes listed do nothing"
        taken = set(_pivots(known[:, free], self.prime))
        self.left = K[:, [c for c in range(len(free)) if c not in taken]]

    def mixed(self, patterns: Sequence[Array], rows: int, P: int) -> Array:
        """Random combinations of rows at these patterns: `rows` × P residues."""
        count, p = len(patterns[0]), self.prime
        turns = min(32, max(4, -(-2 * count // rows)))
        mixed = np.zeros((rows, P), dtype=np.int64)
        step = max(1, CHUNK // P)
        for _ in range(turns):
            order = np.resize(self.rng.permutation(count), rows)
            for start in range(0, rows, step):
                part = slice(start, start + step)
                mixed[part] += self.residues.rows([layer[order[part]] for layer in patterns], self.rng)
        return mixed % p

    def add(self, patterns: Sequence[Array]) -> int:
        """How much the rows at these patterns add to the rank."""
        gained, step = 0, max(1, CHUNK // self.residues.network.parameters)
        for start in range(0, len(patterns[0]), step):
            part = [layer[start : start + step] for layer in patterns]
            more = 1
            while more and self.lower < self.upper:
                more = self._add(part)
                gained += more
        return gained

    def _add(self, patterns: Sequence[Array]) -> int:
        assert self.left is not None
        if not self.left.shape[1] or not len(patterns[0]):
            return 0
        seen = dot(self.residues.rows(patterns, self.rng), self.left, self.prime)
        if not seen.any():
            return 0
        more, _, rest = kernel(seen, self.prime)
        self.left = dot(self.left, rest, self.prime)
        self.lower += more
        return more


def _pivots(A: Array, p: int) -> list[int]:
    """Columns of a matrix of residues that carry its rank."""
    _, free, _ = kernel(A, p)
    dropped = set(free)
    return [j for j in range(A.shape[1]) if j not in dropped]
