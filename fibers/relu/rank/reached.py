"""What a complete list of activation regions tells about the functional dimension (F4).

The closures of the full-dimensional regions cover R^n, and smooth points form an open set, so that those in the regions are dense
among them; on each region where the network is smooth the rows of the Jacobian are affine in x.  The list gives

- the row space: the forms of all rows on all regions, as many as m (n + 1) for each;
- more changes that do nothing (see `tangents`): a neuron that is on nowhere is dead, one that is on everywhere active; and a row
  of neuron i in layer k may change by η if η·(y_{k−1}, 1) = 0 on all regions where i is on and no later layer is off as a whole.
  These η are the relations among n_{k−1} + 1 functions, given by their forms on each region;
- for small networks the rank of everything, over Q.

Exact: everything; a prime only tells which neurons are worth a look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from fibers.exact import Matrix
from fibers.networks import ReLUNetwork
from fibers.relu.activations import Pattern, regions
from fibers.relu.dependence import row_basis
from fibers.relu.rank.elimination import Check, no_check
from fibers.relu.rank.jacobian import forms_on, kink_at, rows_on
from fibers.relu.rank.modular import Array
from fibers.relu.rank.tangents import Tangent
from fibers.relu.weights import slots

__all__ = ["Reached", "exact_rank", "reached_patterns"]


class _Enough(Exception):
    """The number of regions has passed the cap."""


def reached_patterns(f: ReLUNetwork, most: int, budget: float | None = None) -> list[Pattern] | None:
    """The patterns of all regions; None if there are more than `most` or the budget, in seconds, runs out."""

    def count(found: int) -> None:
        if found > most:
            raise _Enough

    try:
        return [region.pattern for region in regions(f, budget=budget, progress=count)]
    except (_Enough, TimeoutError):
        return None


class Reached:
    """The regions where a network is smooth, with the forms of its pre-activations; `check` is called now and then."""

    def __init__(self, f: ReLUNetwork, patterns: Sequence[Pattern], check: Check = no_check):
        self.network, self.check = f, check
        self.patterns: list[Pattern] = []
        self.forms: list[list[Matrix]] = []
        for pattern in patterns:
            check()
            forms = forms_on(f.maps, pattern)
            if kink_at([_signs(M, on) for M, on in zip(forms, pattern, strict=False)]) is None:
                self.patterns.append(pattern)
                self.forms.append(forms)

    @property
    def arrays(self) -> list[Array]:
        """The patterns as N × n_k arrays, layer by layer."""
        return [np.array([p[k] for p in self.patterns], dtype=bool).reshape(len(self.patterns), n) for k, n in self._hidden()]

    def _hidden(self) -> list[tuple[int, int]]:
        return list(enumerate(self.network.widths[1:-1]))

    def kinds(self) -> list[list[int | None]]:
        """1 for neurons that are on in all these regions, −1 for those on in none, None for the others."""
        return [[1 if column.all() else None if column.any() else -1 for column in on.T] for on in self.arrays]

    def tangents(self) -> Iterator[Tangent]:
        """The changes η of single rows, from layer 2 on."""
        arrays, places = self.arrays, slots(self.network.widths)
        matters = [~np.any([~a.any(axis=1) for a in arrays[k:]], axis=0) for k in range(len(arrays))]
        for k in range(1, len(arrays)):
            n = self.network.widths[k]
            spans = [self._span(r, k) for r in range(len(self.patterns))]
            for i in range(self.network.widths[k + 1]):
                self.check()
                chosen = np.flatnonzero(arrays[k][:, i] & matters[k])
                columns = list(dict.fromkeys(column for r in chosen for column in spans[r]))
                if not columns:
                    continue
                functions = Matrix(len(columns), n + 1, [x for column in columns for x in column]).transpose()
                basis, others, X = row_basis(functions)
                at = [*(places[k].weight(i, j) for j in range(n)), places[k].bias(i)]
                for other, row in zip(others, X.fractions(), strict=True):
                    entries = {at[b]: -c for b, c in zip(basis, row, strict=True) if c}
                    yield Tangent("unseen input", k + 1, {at[other]: Fraction(1), **entries})

    def _span(self, r: int, k: int) -> list[tuple[int, ...]]:
        """The columns of the forms of (y_k, 1) on region r, in integers: n_0 + 1 vectors of length n_k + 1."""
        M, on = self.forms[r][k - 1], self.patterns[r][k - 1]
        n = M.columns - 1
        return [
            (*[x if o else 0 for x, o in zip(M.column(j), on, strict=True)], M.denominator * int(j == n)) for j in range(n + 1)
        ]


def _signs(M: Matrix, on: Sequence[bool]) -> Array:
    """1, −1, or 0 for a form that is 0 on the whole region."""
    return np.array([1 if o else -int(any(M.row(i))) for i, o in enumerate(on)], dtype=np.int8)


def exact_rank(reached: Reached) -> int:
    """The rank over Q of the rows of the Jacobian on all regions: the functional dimension (F4)."""
    every = (tuple(row) for pattern in reached.patterns for row in rows_on(reached.network.maps, pattern))
    rows = list(dict.fromkeys(row for row in every if any(row)))
    M = Matrix(len(rows), reached.network.parameters, [x for row in rows for x in row])
    return len(row_basis(M if M.rows <= M.columns else M.transpose())[0])
