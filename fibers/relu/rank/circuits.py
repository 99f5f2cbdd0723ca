"""Relations among few columns of the Jacobian on all regions: changes of the weights that do nothing, found modulo a prime.

The kernel of the Jacobian modulo a prime p has a basis of *circuits*, one for each column that depends on those before it; most
have few entries, a row of a neuron and what makes up for it.  Those that the known changes do not span are looked at over Q:
let S be the places where one is not 0.  The columns S of the Jacobian, on every region and for every output, are a small exact
matrix; its relations do nothing on any region.  So p only proposes S, and the result holds whatever p was.

Exact: every relation.

Glossary: G_k = ∂f/∂t_k, y_k what enters map k + 1, on a region (see `jacobian`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from fibers.exact import Matrix, primitive
from fibers.networks import ReLUNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.rank.jacobian import factors_on
from fibers.relu.rank.modular import Array, kernel
from fibers.relu.rank.reached import Reached
from fibers.relu.rank.tangents import Tangent, tangent_rows
from fibers.relu.weights import slots

__all__ = ["Columns", "circuits", "supports"]


def circuits(reached: Reached, places: Sequence[Sequence[int]], most: int) -> Iterator[Tangent]:
    """The relations among the columns of each set of places, exactly; ends when `most` entries have been looked at.

    Cost: for each set an exact row basis of a matrix with a row for each place and up to m (n_0 + 1) columns for each region.
    """
    columns = Columns(reached)
    for S in places:
        most -= columns.cost(S)
        if most < 0:
            return
        M = columns.at(S)
        basis, others, X = row_basis(M)
        for other, row in zip(others, X.fractions(), strict=True):
            yield Tangent("circuit", 0, {S[other]: Fraction(1), **{S[b]: -c for b, c in zip(basis, row, strict=True) if c}})


def supports(mixed: Array, found: Sequence[Tangent], p: int) -> list[list[int]]:
    """The places of circuits of a matrix of residues that span its kernel together with `found`; the smallest first."""
    _, free, K = kernel(mixed, p)
    sizes = np.count_nonzero(K, axis=0)
    order = np.argsort(-sizes, kind="stable")  # the known changes take the place of the largest circuits they can
    known = tangent_rows(found, mixed.shape[1], p)[:, [free[c] for c in order]]
    _, rest, _ = kernel(known, p) if len(found) else (0, list(range(len(order))), known)
    return [np.flatnonzero(K[:, order[c]]).tolist() for c in reversed(rest)]


class Columns:
    """The columns of the Jacobian on all smooth regions, exactly, a few at a time."""

    def __init__(self, reached: Reached):
        self.network = reached.network
        self.regions = []
        for pair in zip(reached.patterns, reached.forms, strict=True):
            reached.check()
            self.regions.append(_integers(factors_on(reached.network.maps, *pair)))
        self.names = _names(self.network)

    def cost(self, S: Sequence[int]) -> int:
        """The number of entries to be made."""
        return len(S) * len(self.regions) * self.network.outputs * (self.network.inputs + 1)

    def at(self, S: Sequence[int]) -> Matrix:
        """The columns S as rows; what is 0 or was there before is left out."""
        n, m = self.network.inputs, self.network.outputs
        seen: dict[tuple[int, ...], None] = {}
        names = [self.names[place] for place in S]
        for region in self.regions:
            for o in range(m):
                gradients = [region[k][0][o][i] for k, i, _ in names]
                if any(gradients):
                    for c in range(n + 1):
                        row = [g and g * region[k][1][j][c] for g, (k, _, j) in zip(gradients, names, strict=True)]
                        if any(row):
                            seen[primitive(row)[0]] = None
        return Matrix(len(seen), len(S), [x for row in seen for x in row]).transpose()


Integers = list[tuple[list[tuple[int, ...]], list[tuple[int, ...]]]]


def _integers(pairs: Sequence[tuple[Matrix, Matrix]]) -> Integers:
    """For each map k the rows of G_k and of (y_{k−1}, 1), over one denominator for all products."""
    q = math.lcm(*(G.denominator * y.denominator for G, y in pairs))
    found: Integers = []
    for G, y in pairs:
        factor = q // (G.denominator * y.denominator)
        one = (*[0] * (y.columns - 1), y.denominator)
        gradients = [tuple([factor * g for g in G.row(o)]) for o in range(G.rows)]
        found.append((gradients, [*[y.row(j) for j in range(y.rows)], one]))
    return found


def _names(f: ReLUNetwork) -> list[tuple[int, int, int]]:
    """(k, i, j) for each place: row i of map k, counted from 0, and column j, the last of which is the bias."""
    found = []
    for k, place in enumerate(slots(f.widths)):
        found += [(k, i, j) for i in range(place.rows) for j in range(place.columns)]
        found += [(k, i, place.columns) for i in range(place.rows)]
    return found
