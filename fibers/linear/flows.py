"""The flow of information through a linear network: one basis at each node, in which every layer is a matrix of zeros and ones.

The Fundamental Theorem of Linear Neural Networks: for weights W_1, ..., W_L of widths d_0, ..., d_L there are bases J_0, ..., J_L
of R^{d_0}, ..., R^{d_L}, the columns of J_k labelled by the bars alive at node k, such that W_k sends the vector of a bar at node
k−1 to the vector of the same bar at node k, or to 0 where the bar ends:

    W_k = Σ_b  J_k[:, b] · J_{k−1}^{-1}[b, :]        over the bars b alive at both k−1 and k.

The bars are those of the barcode.  These bases are adapted to the flow subspaces A_{k,i} ∩ B_{k,j+1}: the part of node k that
comes from node i, and that layer j+1 annihilates at the latest, is spanned by the bars [a, b] with a ≤ i and b ≤ j.

How: from the input on, keep the bars alive, oldest first.  Of their images under W_k the leftmost independent ones live on; a
bar whose image depends on those of older bars has that combination of them subtracted, at every node since its birth, and ends.
Unit vectors complete the images to a basis: the newborn.  An older bar lives wherever a younger one does, so subtracting is
always possible.

Exact, and each bar is scaled so that all its vectors together are coprime integers; with a tolerance, floats: see
`fibers.linear.numerical_flows`.  Reference: Shewchuk and Bhattacharya 2024, L1 and L2 of docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

import flint
import numpy as np

from fibers.errors import InvalidBarcode, InvalidNetwork
from fibers.exact import Matrix
from fibers.linear.barcodes import Bar, Barcode, check_layers
from fibers.networks import LinearNetwork
from fiberscope.tables import plural

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["Flow", "flow", "is_flow"]

Vector = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Strands:
    """What the layers do to the bars of a flow, exact or not; `bars` lists each as often as it occurs, in order."""

    network: LinearNetwork
    bars: tuple[Bar, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # what is derived is derived again

    @property
    def barcode(self) -> Barcode:
        """The bars, with multiplicities."""
        return Barcode(self.bars)

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.network.widths))
        return f"<{type(self).__name__} {widths}, {plural(len(self.bars), 'bar')}: {self.barcode}>"

    def _repr_svg_(self) -> str:
        from fibers.linear.drawings import flow_svg

        return flow_svg(self.barcode)

    def alive(self, k: int) -> tuple[int, ...]:
        """The indices in `bars` of the bars alive at node k: the labels of the columns of J_k."""
        self._check("node", k, 0)
        return tuple([b for b, (i, j) in enumerate(self.bars) if i <= k <= j])

    def annihilated(self, k: int) -> tuple[int, ...]:
        """The bars that layer k sends to 0: their vectors at node k−1 are a basis of ker W_k."""
        self._check("layer", k, 1)
        return tuple([b for b in self.alive(k - 1) if self.bars[b][1] == k - 1])

    def passed(self, k: int) -> tuple[int, ...]:
        """The bars that layer k passes on: their vectors at node k are a basis of im W_k."""
        self._check("layer", k, 1)
        return tuple([b for b in self.alive(k) if self.bars[b][0] < k])

    def unused(self, k: int) -> tuple[int, ...]:
        """The bars born at node k, which layer k leaves unused: their vectors there complete im W_k to a basis of R^{d_k}.

        At node 0 these are all.
        """
        return tuple([b for b in self.alive(k) if self.bars[b][0] == k])

    def _life(self, b: int) -> range:
        """The nodes at which bar number `b` is alive."""
        if not (isinstance(b, (int, np.integer)) and 0 <= b < len(self.bars)):
            raise InvalidBarcode(f"the bars of this flow are numbered 0, ..., {len(self.bars) - 1}; found {b!r:.60}")
        i, j = self.bars[b]
        return range(i, j + 1)

    def _within(self, k: int, i: int, j: int) -> list[int]:
        """The columns of J_k of the bars that are born at i or before, and end at j or before."""
        for node in (k, i, j):
            self._check("node", node, 0)
        if not i <= k <= j:
            raise InvalidNetwork(f"a flow subspace needs i ≤ k ≤ j; found k = {k}, i = {i}, j = {j}")
        return [p for p, b in enumerate(self.alive(k)) if self.bars[b][0] <= i and self.bars[b][1] <= j]

    def _check(self, kind: str, k: int, first: int) -> None:
        last = len(self.network.matrices)
        if not (isinstance(k, (int, np.integer)) and first <= k <= last):
            raise InvalidNetwork(f"the {kind}s of this network are {first}, ..., {last}; found {k!r:.60}")


@dataclass(frozen=True, repr=False)
class Flow(Strands):
    """Bases of all nodes along which a linear network is its barcode.

    `bars` lists every bar [i, j] as often as it occurs, by first node and then last.  `bases[k]` is J_k, d_k × d_k, with one
    column for each of `alive(k)`, in that order.
    """

    bases: tuple[Matrix, ...]

    def _repr_html_(self) -> str:
        from fibers.linear.displays import flow_html

        return flow_html(self)

    @cached_property
    def duals(self) -> tuple[Matrix, ...]:
        """J_0^{-1}, ..., J_L^{-1}, exactly: row by row the dual bases, labelled as the columns of J_k."""
        return tuple(J.inverse() for J in self.bases)

    @cached_property
    def columns(self) -> tuple[Mapping[int, Vector], ...]:
        """For each bar its vectors, {node: column of J_k}: all of them together are coprime integers."""
        return _by_bar(self, [(J.integers.transpose().tolist(), J.denominator) for J in self.bases])

    @cached_property
    def rows(self) -> tuple[Mapping[int, Vector], ...]:
        """For each bar its dual vectors, {node: row of J_k^{-1}}, times one positive number that makes them coprime integers."""
        return _by_bar(self, [(D.integers.tolist(), D.denominator) for D in self.duals])

    def vectors(self, b: int) -> dict[int, Matrix]:
        """The vector of bar number `b` at each node of its life, as a column."""
        return {k: self.bases[k].take_columns([self.alive(k).index(b)]) for k in self._life(b)}

    def factors(self, k: int) -> Iterator[tuple[int, Matrix, Matrix]]:
        """W_k, 1 ≤ k ≤ L, as a sum of column @ row: (bar, column, row) for each bar that layer k passes on."""
        self._check("layer", k, 1)
        here, before = self.alive(k), self.alive(k - 1)
        for b in self.passed(k):
            yield b, self.bases[k].take_columns([here.index(b)]), self.duals[k - 1].take_rows([before.index(b)])

    def subspace(self, k: int, i: int, j: int) -> Matrix:
        """A basis, as columns, of the flow subspace A_{k,i} ∩ B_{k,j+1} = im W_{k~i} ∩ ker W_{j+1~k}, for i ≤ k ≤ j (L2).

        With j = L the kernel is all of R^{d_k}.  Raises `InvalidNetwork` unless 0 ≤ i ≤ k ≤ j ≤ L.
        """
        places = self._within(k, i, j)
        return self.bases[k].take_columns(places)


@overload
def flow(L: LinearNetwork, tolerance: None = None) -> Flow: ...


@overload
def flow(L: LinearNetwork, tolerance: float) -> NumericalFlow: ...


def flow(L: LinearNetwork, tolerance: float | None = None) -> Flow | NumericalFlow:
    """Bases of all nodes in which a linear network is its barcode (L1, L2 of docs/theory.md).

    Exact without a tolerance.  With one, in floats, and what `numerical_ranks(L, tolerance)` counts as zero is zero: weights
    trained or measured in floats have full ranks exactly, and the ranks that are meant only up to a tolerance.

    Raises `InvalidNetwork` for anything but a `LinearNetwork`, `UnclearRanks` where the tolerance settles no rank list.
    Cost: for each layer one exact elimination of a matrix of its size, and products back to the input; numbers grow with
    widths, to some hundred bits at width 100, and the duals' to some thousand.

    >>> L = LinearNetwork([[[1, 0], [1, 0]], [[1, -1]]])
    >>> found = flow(L)
    >>> found.bars, found.barcode == L.barcode, is_flow(found)
    (((0, 0), (0, 1), (1, 2)), True, True)
    """
    check_layers(L)
    if tolerance is not None:
        from fibers.linear.numerical_flows import numerical_flow

        return numerical_flow(L, tolerance)
    chains = sorted(_chains(L), key=lambda chain: chain[0])
    bars = tuple(bar for bar, _ in chains)
    bases = []
    for k, d in enumerate(L.widths):
        columns = [vectors[k - i] for (i, j), vectors in chains if i <= k <= j]
        bases.append(Matrix(d, d, [x for row in zip(*columns, strict=True) for x in row]))
    found = Flow(L, bars, tuple(bases))
    assert is_flow(found)
    return found


def is_flow(found: Flow) -> bool:
    """Whether the bases are bases and each layer sends each bar's vector to its next one, or to 0 at its end: the definition."""
    for k, J in enumerate(found.bases):
        if J.rank() < J.rows or len(found.alive(k)) != J.columns:
            return False
    for k, W in enumerate(found.network.matrices, start=1):
        here = {b: p for p, b in enumerate(found.alive(k))}
        images = W @ found.bases[k - 1]
        for p, b in enumerate(found.alive(k - 1)):
            image = images.take_columns([p])
            if image != found.bases[k].take_columns([here[b]]) if b in here else any(image.numerators):
                return False
    return True


def _chains(L: LinearNetwork) -> list[tuple[Bar, list[Vector]]]:
    """Each bar with its vectors, from birth to end."""
    # alive[t]: the vectors at node t of the bars that are alive now and were born at t or before, as integer columns.
    # births: of the bars alive now, ascending; so alive[t] has the first of them.  All in terms of the integer matrices q_k W_k.
    births = [0] * L.widths[0]
    alive = [_unit_columns(L.widths[0], range(L.widths[0]))]
    ended: list[tuple[Bar, list[Vector]]] = []
    for k, W in enumerate(L.matrices, start=1):
        images = W.integers * alive[-1]
        pivots, elimination = _dependences(images)
        ending = [c for c in range(len(births)) if c not in set(pivots)]
        changed = [_columns(J * _corner(elimination, J.ncols())) for J in alive] if ending else []
        ended += [((births[c], k - 1), [columns[c] for columns in changed[births[c] :]]) for c in ending]
        alive = [_take(J, [c for c in pivots if c < J.ncols()]) for J in alive]
        lasting = _take(images, pivots)
        rows, _ = _dependences(lasting.transpose())
        newborn = [i for i in range(W.rows) if i not in set(rows)]
        alive.append(_beside(lasting, _unit_columns(W.rows, newborn)))
        births = [births[c] for c in pivots] + [k] * len(newborn)
    final = [_columns(J) for J in alive]
    ended += [((birth, len(L.matrices)), [columns[c] for columns in final[birth:]]) for c, birth in enumerate(births)]
    return [(bar, _scaled(vectors, L.matrices[bar[0] : bar[1]])) for bar, vectors in ended]


def _dependences(images: Any) -> tuple[list[int], Any]:
    """The leftmost independent columns, and an upper triangular integer matrix whose other columns combine columns to 0."""
    reduced, denominator, rank = images.rref()
    n = images.ncols()
    rows = reduced.tolist()
    pivots = [next(c for c in range(n) if rows[i][c]) for i in range(rank)]
    table = [[0] * n for _ in range(n)]
    for c in set(range(n)) - set(pivots):
        combination = {p: -int(rows[i][c]) for i, p in enumerate(pivots)} | {c: int(denominator)}
        common = math.gcd(*combination.values())
        for p, x in combination.items():
            table[p][c] = x // common
    for p in pivots:
        table[p][p] = 1
    return pivots, flint.fmpz_mat(n, n, [x for row in table for x in row])


def _scaled(vectors: Sequence[Vector], layers: Sequence[Matrix]) -> list[Vector]:
    """The vectors of a bar of the integer matrices q_k W_k as a bar of the W_k, in coprime integers."""
    scale, scaled = 1, [vectors[-1]]
    for W, vector in zip(reversed(layers), reversed(vectors[:-1]), strict=True):
        scale *= W.denominator
        scaled.append(tuple([scale * x for x in vector]))
    common = math.gcd(*(math.gcd(*vector) for vector in scaled))
    return [tuple([x // common for x in vector]) for vector in reversed(scaled)]


def _by_bar(found: Strands, nodes: Sequence[tuple[list[list[Any]], int]]) -> tuple[Mapping[int, Vector], ...]:
    """The rows of each node, (integers, denominator), sorted by bar; each bar is made coprime integers."""
    tables: list[dict[int, tuple[list[int], int]]] = [{} for _ in found.bars]
    for k, (rows, denominator) in enumerate(nodes):
        for b, row in zip(found.alive(k), rows, strict=True):
            tables[b][k] = list(map(int, row)), denominator
    return tuple(MappingProxyType(_coprime(table)) for table in tables)


def _coprime(table: dict[int, tuple[list[int], int]]) -> dict[int, Vector]:
    q = math.lcm(*(denominator for _, denominator in table.values()))
    scaled = {k: [x * (q // denominator) for x in row] for k, (row, denominator) in table.items()}
    common = math.gcd(*(math.gcd(*row) for row in scaled.values()))
    return {k: tuple([x // common for x in row]) for k, row in scaled.items()}


def _unit_columns(n: int, indices: Sequence[int]) -> Any:
    return flint.fmpz_mat(n, len(indices), [int(i == j) for i in range(n) for j in indices])


def _columns(M: Any) -> list[Vector]:
    return [tuple(map(int, row)) for row in M.transpose().tolist()]


def _take(M: Any, indices: Sequence[int]) -> Any:
    rows = M.tolist()
    return flint.fmpz_mat(M.nrows(), len(indices), [row[c] for row in rows for c in indices])


def _beside(M: Any, N: Any) -> Any:
    rows = [[*a, *b] for a, b in zip(M.tolist(), N.tolist(), strict=True)]
    return flint.fmpz_mat(M.nrows(), M.ncols() + N.ncols(), [x for row in rows for x in row])


def _corner(M: Any, n: int) -> Any:
    rows = M.tolist()
    return flint.fmpz_mat(n, n, [x for row in rows[:n] for x in row[:n]])
