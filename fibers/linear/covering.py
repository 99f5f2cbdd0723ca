"""The edges of the Hasse diagram of all strata of a fiber, found in arrays.

By L8 the strata that cover a stratum can be seen from its barcode alone; nobody has to compare strata with one another.  Here
this is done move by move, for all rows ω of the table of multiplicities at once.

- Which bars occur in a row are the bits of a word.  The edges of a move begin at the rows that have A and B and none of the
  move's obstacles: one comparison.
- Where they end is looked up by the key Σ_b ω_b z_b modulo 2^64, with random z_b, to which a move adds a constant.

The keys of all rows are compared, and drawn again should two be equal, so nothing is left to chance: the row that a move leads
to is one of the table, and the only one with its key.

Exact.  Cost: one sort of the rows, one comparison for each row and each move whose A it has, one search for each edge.
Reference: Shewchuk and Bhattacharya 2026, L8 of docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from fibers.linear.barcodes import Bar, bars
from fibers.linear.exchanges import Move, moves_between

__all__ = ["Edges", "edges"]


@dataclass(frozen=True, eq=False)
class Edges:
    """The covering relation of the rows of a table: edge e leads from row `lower[e]` up to row `upper[e]` by `moves[kinds[e]]`.

    Sorted by `lower`, then by move.
    """

    lower: np.ndarray
    upper: np.ndarray
    kinds: np.ndarray
    moves: tuple[Move, ...]

    def __len__(self) -> int:
        return len(self.lower)


def edges(table: np.ndarray, L: int) -> Edges:
    """The covering relation of all strata of a fiber: one row of `table` for each, one column for each of `bars(L)`.

    >>> found = edges(np.array([[1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0]]), 2)
    >>> [(int(s), int(t), str(found.moves[k])) for s, t, k in zip(found.lower, found.upper, found.kinds)]
    [(0, 1, 'connect [0,0] + [1,1] → [0,1]'), (0, 2, 'connect [1,1] + [2,2] → [1,2]')]
    """
    every = moves_between(L)
    rows, places = _Rows(table), {bar: p for p, bar in enumerate(bars(L))}
    needed = _words(_marked([(m.lower, m.upper) for m in every], places))
    watched = _words(_marked([(m.lower, m.upper, *m.obstacles) for m in every], places))
    shifts = rows.keys_of(_marked([m.result for m in every], places) - _marked([(m.lower, m.upper) for m in every], places))
    occurs = _words(table)
    found = [(np.empty(0, np.intp),) * 3]
    for A, group in groupby(range(len(every)), key=lambda k: every[k].lower):
        having = np.flatnonzero(table[:, places[A]])
        words = occurs[having]
        for k in group:
            lower = having[np.all(words & watched[k] == needed[k], axis=1)]
            found.append((lower, rows.at(rows.keys[lower] + shifts[k]), np.full(len(lower), k)))
    lower, upper, kinds = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(lower, kind="stable")
    return Edges(lower[order], upper[order], kinds[order], every)


class _Rows:
    """A table's rows, to be found by their keys."""

    def __init__(self, table: np.ndarray):
        for seed in range(100):  # once is enough, unless 2^64 keys collide
            self.factors = np.random.default_rng(seed).integers(0, 1 << 64, table.shape[1], np.uint64)
            self.keys = self.keys_of(table)
            self.order = np.argsort(self.keys)
            self.sorted = self.keys[self.order]
            if np.all(self.sorted[1:] != self.sorted[:-1]):
                return
        raise AssertionError("two rows of the table are equal")

    def keys_of(self, table: np.ndarray) -> np.ndarray:
        """Σ_b ω_b z_b modulo 2^64 for each row ω: linear."""
        residues = table if table.dtype.kind == "i" else table % (1 << 64)
        return residues.astype(np.uint64) @ self.factors

    def at(self, keys: np.ndarray) -> np.ndarray:
        """The places of the rows with these keys."""
        found = self.order[np.searchsorted(self.sorted, keys)]
        assert np.array_equal(self.keys[found], keys)
        return found


def _marked(sets: Sequence[Iterable[Bar]], places: dict[Bar, int]) -> np.ndarray:
    """One row a set of bars, with a 1 for each bar in it."""
    table = np.zeros((len(sets), len(places)), np.int64)
    for row, chosen in zip(table, sets, strict=True):
        row[[places[bar] for bar in chosen]] = 1
    return table


def _words(table: np.ndarray) -> np.ndarray:
    """Which entries of each row are not zero, as the bits of as many 64-bit words as it takes."""
    packed = np.packbits(table != 0, axis=1)
    padded = np.zeros((len(table), -(-packed.shape[1] // 8) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)
