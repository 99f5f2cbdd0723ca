"""What the fiber of a network with one second-layer neuron is made of (B7 in docs/theory.md).

    f = v σ(g) + c,      g = Σ_j u_j σ(ℓ_j) + β,      P = {g > 0},      v ≠ 0

Let E be the reduced echelon basis of the row space of W_1, r its rank, w_j = z_j E.  P is a union of translates of ker W_1.  So
is what avoids P: a neuron whose hyperplane does not meet P has w = z E too.  Hence all of this happens in R^r.

f' = f for f' = v' σ(g') + c' as soon as v' = v/μ, c' = c and

    g' = μ g on P,      g' ≤ 0 off P.

If visible neurons stay on their hyperplanes, with kinks multiplied by μ, and hidden ones go on avoiding P, the first means: on
each component C of P

    Σ_{j active on C} u'_j ℓ'_j + β' = μ F_C,      F_C = Σ_{j active on C} u_j ℓ_j + β + Σ_{k ∈ S} u_k ℓ_k

where S are the visible neurons whose orientation is not that in f: u σ(ℓ) = u ℓ + u σ(−ℓ).  Which hidden neurons are active on
which components may change too.  If P is everything, c' = c + v(β − β'/μ) and nothing ties β'.

*One variable.*  If n_1 = 1, f can be seen from the other end, where u < 0 < β:

    σ(β − a σ(t)) = β − σ(β − a σ(β/a − t)),      a = −u,      so  f = −v σ(β − a σ(β/a − ℓ)) + c + v β.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from operator import mul

import flint

from fibers.exact import Matrix, rational
from fibers.networks import ReLUNetwork
from fibers.relu.activations import regions
from fibers.relu.cells import MOST_BY_RAYS
from fibers.relu.pieces.single_supports import Support, support
from fibers.relu.shallow import joined

__all__ = ["Base", "base_of", "reflected"]

Vector = tuple[Fraction, ...]
MOST_REGIONS = 20_000
"""As many regions of the first layer are looked at; n hyperplanes in R^r make Σ_{i ≤ r} C(n, i) at most."""


@dataclass(frozen=True)
class Base:
    """f in the coordinates of the row space of W_1; see the module docstring.

    `axes` are the rows of E, `pivots` the columns in which they make an identity; `forms` the (z_j, b_j), `weights` the u_j.
    `reflected` tells whether this is f seen from the other end.
    """

    network: ReLUNetwork
    axes: tuple[Vector, ...]
    pivots: tuple[int, ...]
    forms: tuple[Vector, ...]
    weights: Vector
    bias: Fraction
    column: Vector
    constant: Vector
    reflected: bool = False

    @property
    def rank(self) -> int:
        """r."""
        return len(self.axes)

    @cached_property
    def support(self) -> Support:
        """P."""
        return support(self.forms, self.weights, self.bias)

    def forms_on(self, flipped: Iterable[int]) -> tuple[Vector, ...]:
        """F_C for each component C of P."""
        S, found = frozenset(flipped), []
        for active in self.support.active:
            total = [*[Fraction(0)] * self.rank, self.bias]
            for j in active | S:
                total = [t + self.weights[j] * x for t, x in zip(total, self.forms[j], strict=True)]
            found.append(tuple(total))
        return tuple(found)

    def value(self, x: Sequence[Fraction]) -> Fraction:
        """g at a point of R^r."""
        heights = [max(sum(map(mul, form, (*x, Fraction(1))), Fraction(0)), Fraction(0)) for form in self.forms]
        return sum(map(mul, self.weights, heights), self.bias)

    def is_off_elsewhere(self, network: ReLUNetwork) -> bool:
        """Whether g' ≤ 0 off P, for a network with g' = μ g on P and rows in the row space.

        On the boundary of P g' = μ g = 0, by continuity, so each region where g' > 0 lies in P or outside: one point of it tells.
        Cost: the activation regions of g'.
        """
        rows = [self.lowered(row) or () for row in joined(network.maps[0]).fractions()]
        first = [row[:-1] for row in rows], [row[-1] for row in rows]
        cells = regions(ReLUNetwork([first, network.maps[1], ([[1]], [0])]))
        return all(self.value(cell.point) > 0 for cell in cells if cell.pattern[1][0])

    def lifted(self, form: Sequence[Fraction]) -> Vector:
        """(z, b) as a row (w, b) on R^{n_0}."""
        *z, b = form
        columns = zip(*self.axes, strict=True)
        return (*[sum((x * e for x, e in zip(z, column, strict=True)), Fraction(0)) for column in columns], b)

    def lowered(self, row: Sequence[Fraction]) -> Vector | None:
        """The (z, b) of a row (w, b), or None if w is not in the row space."""
        form = (*[row[p] for p in self.pivots], row[-1])
        return form if self.lifted(form) == tuple(row) else None


def base_of(f: ReLUNetwork) -> Base | str:
    """The base of a network with two hidden layers, the second of one neuron, or why there is none.

    Raises nothing; what is degenerate in P is told by `support.failures`.
    """
    rank = f.maps[0].weights.rank()
    if rank == 0:
        return "W_1 = 0: f depends on no input"
    if rank > MOST_BY_RAYS:
        return f"B7 is worked out by the vertices of cells, for rank W_1 up to {MOST_BY_RAYS}; here it is {rank}"
    most = sum(comb(f.widths[1], i) for i in range(rank + 1))
    if most > MOST_REGIONS:
        return (
            f"B7 is worked out cell by cell, and the first layer may have {most:,} cells; {MOST_REGIONS:,} are the most looked at"
        )
    axes, pivots = _echelon(f.maps[0].weights)
    rows = joined(f.maps[0]).fractions()
    forms = tuple([(*[row[p] for p in pivots], row[-1]) for row in rows])
    (W_2, b_2), (V, c) = f.layers[1], f.layers[2]
    return Base(f, axes, pivots, forms, W_2[0], b_2[0], tuple([row[0] for row in V]), c)


def reflected(base: Base) -> Base | None:
    """f seen from the other end, if n_1 = 1 and u < 0 < β."""
    if len(base.forms) != 1 or base.weights[0] >= 0 or base.bias <= 0:
        return None
    a, β, (*z, b) = -base.weights[0], base.bias, *base.forms
    form = (*[-x for x in z], β / a - b)
    column = tuple([-x for x in base.column])
    constant = tuple([c + x * β for c, x in zip(base.constant, base.column, strict=True)])
    return Base(base.network, base.axes, base.pivots, (form,), base.weights, β, column, constant, True)


def _echelon(M: Matrix) -> tuple[tuple[Vector, ...], tuple[int, ...]]:
    """The reduced echelon basis of the row space, and its pivot columns."""
    reduced, rank = flint.fmpq_mat(M.integers).rref()
    rows = [tuple([rational(reduced[i, j]) for j in range(M.columns)]) for i in range(rank)]
    return tuple(rows), tuple([next(j for j, x in enumerate(row) if x) for row in rows])
