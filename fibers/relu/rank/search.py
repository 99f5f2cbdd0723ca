"""Lower bounds of the functional dimension: ranks of Jacobian rows modulo a prime (F3).

First, rows at many patterns are mixed: each of R rows is a random combination of several.  They nearly always span the whole
row space when R exceeds its dimension by a little.  They are eliminated panel by panel, until a panel adds nothing.  If their
rank r stays below the upper bound, their kernel is split into the changes that are known to do nothing and a complement K; a
further row g of the Jacobian adds to the rank as soon as g K ≠ 0, which costs a product for each column of K.  What g K = 0
leaves of K goes on.  Where memory allows fewer rows than that, rows at single patterns do, and their rank is all there is.

Every rank found is a rank modulo p of rows with a certified pattern, so a lower bound whatever was drawn, and whenever it ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.rank.elimination import Check, Echelon, no_check
from fibers.relu.rank.jacobian import Residues
from fibers.relu.rank.modular import Array, dot, kernel
from fibers.relu.rank.tangents import Tangent, tangent_rows

__all__ = ["SPARE", "Search"]

SPARE = 24
"""Rows beyond the upper bound."""
ENTRIES, ENTRIES_LEFT = 200_000_000, 50_000_000
"""Entries of the matrices that are kept, at most: 4 bytes each in the elimination, 8 in its kernel."""
WORK = 250_000_000_000
"""The square of the number of rows times their length, at most, where no budget is stated: about a minute."""
CHUNK = 4_000_000
"""Entries that are worked on at a time."""
PANEL = 256
"""Rows that are eliminated at a time, at most."""


class Search:
    """The rank found so far, `lower`, of the rows at patterns of f, with upper bound P minus the rank of `found`.

    `check` is called now and then and may raise; `lower` is right at any time. `tell` is called when it may have grown.
    `work` limits the rows by the square of their number times their length.
    """

    def __init__(
        self,
        f: ReLUNetwork,
        found: Sequence[Tangent],
        upper: int,
        rng: np.random.Generator,
        check: Check = no_check,
        work: int | None = WORK,
        tell: Callable[[], object] = no_check,
    ):
        self.residues, self.rng, self.check, self.tell = Residues(f), rng, check, tell
        self.work = work
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
        rows = min(wanted, max(1, ENTRIES // P), wanted if self.work is None else max(1, math.isqrt(self.work // P)))
        self.left, self.cut_short = np.zeros((P, 0), dtype=np.int64), rows < wanted
        orders = self._orders(len(patterns[0]), rows)
        echelon, step = Echelon(P, self.prime, self.check), max(1, min(PANEL, CHUNK // P))
        for start in range(0, rows, step):
            panel = [order[start : start + step] for order in orders]
            mixed = self._mixed(patterns, panel, P)
            gained = echelon.add(mixed)
            self.lower = echelon.rank
            assert self.lower <= self.upper, "the changes listed do nothing"
            self.tell()
            if self.lower == self.upper:
                return
            if not gained and len(panel[0]) >= SPARE:
                self.cut_short = False
                break
        self.cut_short = self.cut_short or (P - self.lower) * P > ENTRIES_LEFT
        if not self.cut_short:
            self._compare(mixed[:64])
            self.left = self._unknown(*echelon.kernel())

    def _compare(self, rows: Array) -> None:
        """These rows are 0 on the changes listed."""
        step = max(1, CHUNK // rows.shape[1])
        for start in range(0, len(self.found), step):
            self.check()
            known = tangent_rows(self.found[start : start + step], rows.shape[1], self.prime)
            assert not dot(rows, known.T, self.prime).any(), "the changes listed do nothing"

    def _unknown(self, free: Array, K: Array) -> Array:
        """Columns of K that span it together with the known changes, as few as will do."""
        known = tangent_rows(self.found, K.shape[0], self.prime, free.tolist())
        taken = set(_pivots(known, self.prime))
        return K[:, [c for c in range(len(free)) if c not in taken]]

    def mixed(self, patterns: Sequence[Array], rows: int, P: int) -> Array:
        """Random combinations of rows at these patterns: `rows` × P residues."""
        orders, step = self._orders(len(patterns[0]), rows), max(1, CHUNK // P)
        parts = [self._mixed(patterns, [order[start : start + step] for order in orders], P) for start in range(0, rows, step)]
        return np.concatenate(parts)

    def _orders(self, count: int, rows: int) -> list[Array]:
        """For each turn, the pattern that goes into each row; one turn where rows are few."""
        turns = 1 if self.cut_short else min(32, max(4, -(-2 * count // rows)))
        return [np.resize(self.rng.permutation(count), rows) for _ in range(turns)]

    def _mixed(self, patterns: Sequence[Array], turns: Sequence[Array], P: int) -> Array:
        """The sums, over the turns, of rows at the patterns they name."""
        total = np.zeros((len(turns[0]), P), dtype=np.int64)
        for order in turns:
            self.check()
            total += self.residues.rows([layer[order] for layer in patterns], self.rng)
        return total % self.prime

    def add(self, patterns: Sequence[Array]) -> int:
        """How much the rows at these patterns add to the rank."""
        gained, step = 0, max(1, CHUNK // self.residues.network.parameters)
        for start in range(0, len(patterns[0]), step):
            part = [layer[start : start + step] for layer in patterns]
            self.check()
            more = 1
            while more and self.lower < self.upper:
                more = self._add(part)
                gained += more
        return gained

    def _add(self, patterns: Sequence[Array]) -> int:
        assert self.left is not None
        if not self.left.shape[1] or not len(patterns[0]):
            return 0
        rows, free = self.residues.rows(patterns, self.rng), self.left.shape[1]
        probe = dot(self.left, self.rng.integers(0, self.prime, (free, 2)), self.prime)  # g K = 0 nearly always iff g K r = 0
        rows = rows[dot(rows, probe, self.prime).any(axis=1)][: free + SPARE]
        if not len(rows):
            return 0
        more, _, rest = kernel(dot(rows, self.left, self.prime), self.prime)
        self.left = dot(self.left, rest, self.prime)
        self.lower += more
        return more


def _pivots(A: Array, p: int) -> list[int]:
    """Columns of a matrix of residues that carry its rank."""
    _, free, _ = kernel(A, p)
    dropped = set(free)
    return [j for j in range(A.shape[1]) if j not in dropped]
