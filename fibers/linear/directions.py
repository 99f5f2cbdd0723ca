"""Directions in weight space as sums of outer products, one for each layer they touch, and lazy bases of such directions.

Let vec(b, k) be the vector of bar b at node k, a column of J_k, and dual(c, k) the dual vector of bar c, a row of J_k^{-1}.  The
**cell** of bars b, c at layer k is the rank-one change of that layer alone

    u_k(b, c) = vec(b, k) · dual(c, k−1),        b alive at node k, c alive at node k−1:

what W_k does to bar c, it now also does towards bar b.  All cells together are a basis of weight space, since the matrix of
u_k(b, c) in the bases J_{k−1}, J_k is a matrix unit.  The **dual cell** u*_k(b, c) = dual(b, k)^T · vec(c, k−1)^T has Frobenius
product 1 with u_k(b, c) and 0 with all other cells.

Cells of b and c exist in the layers p, ..., q with p = max(b_0, c_0+1), q = min(b_1, c_1+1), for b = [b_0, b_1], c = [c_0, c_1].
Pairs of bars with the same two intervals behave alike: a basis is a table of pairs of intervals, and a direction is made when it
is asked for.

Exact directions are integer vectors; those of a numerical flow are numpy arrays.  Reference: L5, L6 of docs/theory.md.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import flint
import numpy as np

from fibers.exact import Matrix
from fibers.linear.barcodes import Bar
from fibers.linear.flows import Flow
from fiberscope.tables import plural

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["Basis", "Direction", "Pair", "layers_of"]

Vector = Any  # a tuple of integers, or a float64 array of one axis
Term = tuple[int, Vector, Vector]


@dataclass(frozen=True, eq=False)
class Direction:
    """A change of weights: Σ column · row, one such term (layer, column, row) for each layer that it touches.

    `bars` are the two bars b, c of its cells, and `widths` those of the network.  Two are equal if these and all vectors
    are, exact to exact and floats to floats.

    >>> step = Direction(((0, 1), (0, 0)), (1, 2), ((1, (1, 0), (3,)),))
    >>> [M.fractions() for M in step.dense()] == [((3,), (0,))], step.layers
    (True, (1,))
    """

    bars: tuple[Bar, Bar]
    widths: tuple[int, ...]
    terms: tuple[Term, ...]

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that it touches, ascending."""
        return tuple([k for k, _, _ in self.terms])

    @property
    def exact(self) -> bool:
        """Whether the vectors are integers, and not floats."""
        return all(isinstance(column, tuple) for _, column, _ in self.terms)

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.bars, self.widths, self.exact, tuple([(k, _listed(column), _listed(row)) for k, column, row in self.terms])

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Direction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def dense(self) -> list[Any]:
        """One matrix for each layer: of type `Matrix` if exact, else a float64 array."""
        touched = {k: (column, row) for k, column, row in self.terms}
        return [self._matrix(k, *touched.get(k, (None, None))) for k in range(1, len(self.widths))]

    def _matrix(self, k: int, column: Vector, row: Vector) -> Any:
        shape = self.widths[k], self.widths[k - 1]
        if not self.exact:
            return np.zeros(shape) if column is None else np.outer(column, row)
        return Matrix(*shape, [0] * (shape[0] * shape[1]) if column is None else [x * y for x in column for y in row])

    def dot(self, other: Direction) -> Any:
        """The Frobenius product Σ_k ⟨M_k, N_k⟩ with another direction, from the factors: an int if both are exact."""
        theirs = {k: (column, row) for k, column, row in other.terms}
        return sum(_dot(column, theirs[k][0]) * _dot(row, theirs[k][1]) for k, column, row in self.terms if k in theirs)

    def __repr__(self) -> str:
        (b, c), layers = self.bars, ", ".join(map(str, self.layers))
        return f"<Direction from [{c[0]},{c[1]}] to [{b[0]},{b[1]}], layer{'s' * (len(self.layers) > 1)} {layers}>"

    def _repr_latex_(self) -> str:
        def vector(entries: Vector) -> str:
            return (
                r"\begin{pmatrix}" + r"\\".join(f"{x:g}" if isinstance(x, float) else str(x) for x in entries) + r"\end{pmatrix}"
            )

        if max(self.widths) > 12:
            return ""
        changes = (rf"\Delta W_{{{k}}} = {vector(column)} {vector(row)}^\top" for k, column, row in self.terms)
        return "$" + r",\quad ".join(changes) + "$"


@dataclass(frozen=True)
class Pair:
    """All pairs of a bar [b_0, b_1] and a bar [c_0, c_1]: `layers` p, ..., q of their cells, `number` of such pairs.

    `tied`: the sum of a pair's cells over all layers is normal, and no single cell is tangent.  See `fibers.linear.tangent`.
    """

    b: Bar
    c: Bar
    layers: tuple[int, ...]
    number: int
    tied: bool


class Basis(Sequence[Direction]):
    """A basis of a tangent or normal space as a lazy sequence of directions; `kind` is "tangent" or "normal".

    `len` needs no vectors, and `basis[i]` makes one direction.  `pairs` says how many of them come from which bars.  Two are
    equal if these, their kinds and their flows are.
    """

    def __init__(self, flow: Flow | NumericalFlow, kind: str, pairs: Iterable[Pair]):
        self.flow = flow
        self.kind = kind
        self.pairs = tuple([pair for pair in pairs if self.each(pair)])
        counts = [pair.number * self.each(pair) for pair in self.pairs]
        self._starts = list(itertools.accumulate(counts, initial=0))

    def each(self, pair: Pair) -> int:
        """How many directions one pair of bars gives."""
        if self.kind == "normal":
            return int(pair.tied)
        return len(pair.layers) - pair.tied

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Basis):
            return NotImplemented
        return (self.kind, self.pairs, self.flow) == (other.kind, other.pairs, other.flow)

    def __hash__(self) -> int:
        return hash((self.kind, self.flow))

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> Direction: ...

    @overload
    def __getitem__(self, index: slice) -> list[Direction]: ...

    def __getitem__(self, index: int | slice) -> Direction | list[Direction]:
        if isinstance(index, slice):
            return [self._direction(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"direction {index} of {len(self)}")
        return self._direction(index % len(self))

    def _direction(self, index: int) -> Direction:
        at = bisect.bisect_right(self._starts, index) - 1
        pair = self.pairs[at]
        number, step = divmod(index - self._starts[at], self.each(pair))
        first, second = divmod(number, self._multiplicity[pair.c])
        b, c = self._first[pair.b] + first, self._first[pair.c] + second
        return Direction((pair.b, pair.c), self.flow.network.widths, self._terms(pair, b, c, step))

    def _terms(self, pair: Pair, b: int, c: int, step: int) -> tuple[Term, ...]:
        columns, rows = self.flow.columns, self.flow.rows
        if self.kind == "normal":
            return tuple([(k, rows[b][k], columns[c][k - 1]) for k in pair.layers])
        k = pair.layers[step]
        here = k, columns[b][k], rows[c][k - 1]
        return (here, (k + 1, _negative(columns[b][k + 1]), rows[c][k])) if pair.tied else (here,)

    @cached_property
    def _first(self) -> dict[Bar, int]:
        """The number of the first bar of each interval: equal bars follow one another."""
        return {bar: b for b, bar in reversed(list(enumerate(self.flow.bars)))}

    @cached_property
    def _multiplicity(self) -> dict[Bar, int]:
        return dict(self.flow.barcode)

    def dense(self) -> Any:
        """All directions, densified: row i is direction i, its matrices layer by layer and row by row.

        A `Matrix` of len × #weights if exact, else a float64 array; meant for small networks.
        """
        rows = [direction.dense() for direction in self]
        weights = self.flow.network.parameters
        if isinstance(self.flow, Flow):
            return Matrix(len(rows), weights, [x for row in rows for M in row for x in M.numerators])
        return np.array([np.concatenate([M.ravel() for M in row]) for row in rows]).reshape(len(rows), weights)

    def __repr__(self) -> str:
        return f"<{self.title}>"

    @property
    def title(self) -> str:
        """What it is a basis of, and its size."""
        weights = plural(self.flow.network.parameters, "weight")
        return f"{self.kind} basis: {plural(len(self), 'direction')} in {weights}"

    def _repr_html_(self) -> str:
        from fibers.linear.displays import basis_html

        return basis_html(self)


def layers_of(b: Bar, c: Bar) -> tuple[int, ...]:
    """The layers p, ..., q in which bars b and c have cells: b is alive after the layer, and c before it."""
    return tuple(range(max(b[0], c[0] + 1), min(b[1], c[1] + 1) + 1))


def _dot(x: Vector, y: Vector) -> Any:
    if isinstance(x, tuple) and isinstance(y, tuple):
        return int((flint.fmpz_mat(1, len(x), x) * flint.fmpz_mat(len(y), 1, y))[0, 0])
    return np.asarray(x, dtype=float) @ np.asarray(y, dtype=float)


def _listed(x: Vector) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else tuple(np.asarray(x, dtype=float).tolist())


def _negative(x: Vector) -> Vector:
    if isinstance(x, tuple):
        return tuple([-v for v in x])
    opposite = -x
    opposite.flags.writeable = False  # as those of the flow
    return opposite
