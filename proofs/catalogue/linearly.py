"""What the checks of linear claims rest on: definitions, spelled out, sharing no code with `fibers.linear`.

Ranks and kernels are python-flint's over the rationals.  Barcodes are enumerated by trying all multiplicities; the order, its
covers and the tangent space are written as they are defined.  All of it is slow, and meant for small networks.

Notation: W_1, ..., W_L weights, W_{j~i} = W_j ··· W_{i+1}; a barcode as a dict {(i, j): multiplicity > 0}; Δ or M: one matrix a
layer.  A vector of weight space is its entries, layer by layer and row by row.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce

import flint

from fibers.exact import Matrix
from fibers.networks import LinearNetwork

__all__ = [
    "all_barcodes",
    "below",
    "columns",
    "covers",
    "differential",
    "flat",
    "inverse",
    "kernel",
    "normal_rows",
    "rank",
    "ranks_of_barcode",
    "ranks_of_network",
    "tangent_span",
    "times",
]

Counts = dict[tuple[int, int], int]
Vector = list[Fraction]
Layers = Sequence[Matrix]


def rank(rows: Sequence[Sequence[Fraction]]) -> int:
    """The rank of a matrix, given by rows."""
    return int(_flint(rows).rank()) if rows and len(rows[0]) else 0


def kernel(rows: Sequence[Sequence[Fraction]], n: int) -> list[Vector]:
    """A basis of the vectors that every row sends to 0."""
    reduced, found = (_flint(rows).rref()) if rows else (None, 0)
    table = [[_fraction(reduced[i, j]) for j in range(n)] for i in range(found)] if reduced is not None else []
    pivots = [next(j for j in range(n) if row[j]) for row in table]
    basis = []
    for free in sorted(set(range(n)) - set(pivots)):
        vector = [Fraction(int(j == free)) for j in range(n)]
        for row, pivot in zip(table, pivots, strict=True):
            vector[pivot] = -row[free]
        basis.append(vector)
    return basis


def inverse(J: Matrix) -> Matrix:
    """J^{-1}."""
    numerators, denominator = _flint(J.fractions()).inv().numer_denom()
    return Matrix(J.rows, J.rows, map(int, numerators.entries()), int(denominator))


def columns(M: Matrix) -> list[Sequence[Fraction]]:
    """The columns of M, as vectors."""
    return list(M.transpose().fractions())


def times(t: Fraction, M: Matrix) -> Matrix:
    """t M."""
    return Matrix(M.rows, M.columns, [t.numerator * x for x in M.numerators], t.denominator * M.denominator)


def flat(layers: Layers) -> Vector:
    """One matrix a layer, as a vector of weight space."""
    return [x for M in layers for x in M.vector()]


# Barcodes


def all_barcodes(widths: Sequence[int], r: int) -> list[Counts]:
    """Every multiset of intervals with Σ_{i ≤ k ≤ j} ω_ij = d_k and ω_{0L} = r."""
    L = len(widths) - 1
    intervals = [(i, j) for i in range(L + 1) for j in range(i, L + 1)]
    return [counts for counts in _fillings(intervals, list(widths)) if counts.get((0, L), 0) == r]


def _fillings(intervals: list[tuple[int, int]], room: list[int]) -> Iterator[Counts]:
    if not intervals:
        if not any(room):
            yield {}
        return
    (i, j), rest = intervals[0], intervals[1:]
    if any(room[k] for k in range(i)):  # intervals come by first node: no later one reaches node k < i
        return
    for count in range(min(room[i : j + 1]) + 1):
        less = [d - count * (i <= k <= j) for k, d in enumerate(room)]
        for counts in _fillings(rest, less):
            yield {(i, j): count} | counts if count else counts


def ranks_of_barcode(counts: Counts, L: int) -> dict[tuple[int, int], int]:
    """r_{ji}: the number of bars that are alive from node i to node j."""
    return {
        (j, i): sum(count for (a, b), count in counts.items() if a <= i and j <= b) for i in range(L + 1) for j in range(i, L + 1)
    }


def below(s: Counts, t: Counts, L: int) -> bool:
    """L7: no rank of s exceeds that of t."""
    of_s, of_t = ranks_of_barcode(s, L), ranks_of_barcode(t, L)
    return all(of_s[index] <= of_t[index] for index in of_s)


def covers(barcodes: Sequence[Counts], L: int) -> set[tuple[int, int]]:
    """The pairs (s, t) of indices with s < t in the order L7 and nothing between: its transitive reduction."""
    ranks = [list(ranks_of_barcode(counts, L).values()) for counts in barcodes]
    places = range(len(barcodes))
    above = [{t for t in places if t != s and all(map(operator.le, ranks[s], ranks[t]))} for s in places]
    return {(s, t) for s in places for t in above[s].difference(*(above[u] for u in above[s]))}


# Networks


def ranks_of_network(layers: Layers) -> dict[tuple[int, int], int]:
    """r_{ji} = rank W_j ··· W_{i+1}, each product multiplied out."""
    L = len(layers)
    found = {}
    for i in range(L + 1):
        found[i, i] = layers[i].columns if i < L else layers[-1].rows
        for j in range(i + 1, L + 1):
            found[j, i] = rank(reduce(lambda product, W: W @ product, layers[i:j]).fractions())
    return found


def tangent_span(network: LinearNetwork) -> list[Vector]:
    """L5: vectors that span { (X_k W_k − W_k X_{k−1})_k : X_L W = W X_0 }."""
    widths, layers = network.widths, network.matrices
    units = [(k, i, j) for k, d in enumerate(widths) for i in range(d) for j in range(d)]  # X_k = the matrix unit e_ij
    W = network.product
    images, constraints = [], []
    for k, i, j in units:
        e = Matrix(widths[k], widths[k], [int((a, b) == (i, j)) for a in range(widths[k]) for b in range(widths[k])])
        change = [Matrix(V.rows, V.columns, [0] * (V.rows * V.columns)) for V in layers]
        if k > 0:
            change[k - 1] = e @ layers[k - 1]
        if k < len(layers):
            change[k] = change[k] - layers[k] @ e
        images.append(flat(change))
        end = W - W  # X_L W − W X_0
        if k == len(layers):
            end = end + e @ W
        if k == 0:
            end = end - W @ e
        constraints.append(list(end.vector()))
    allowed = kernel(list(zip(*constraints, strict=True)), len(units))
    return [
        [sum((x * v for x, v in zip(X, column, strict=True) if x), Fraction(0)) for column in zip(*images, strict=True)]
        for X in allowed
    ]


def normal_rows(network: LinearNetwork) -> list[Vector]:
    """L6 as linear equations: the rows that (M_1, ..., M_L, Y), flattened, must be orthogonal to."""
    layers, W = network.matrices, network.product
    shapes = [V.shape for V in layers] + [W.shape]
    rows: list[Vector] = []
    for k in range(1, len(layers)):
        rows += _equations(shapes, (k - 1, None, layers[k - 1].transpose(), 1), (k, layers[k].transpose(), None, -1))
    last = len(layers)
    rows += _equations(shapes, (last - 1, None, layers[-1].transpose(), 1), (last, None, W.transpose(), -1))
    rows += _equations(shapes, (0, layers[0].transpose(), None, 1), (last, W.transpose(), None, -1))
    return rows


Term = tuple[int, Matrix | None, Matrix | None, int]  # ± A · unknown · B


def _equations(shapes: Sequence[tuple[int, int]], *terms: Term) -> list[Vector]:
    """Σ ± A · unknown · B = 0, entry by entry, as rows over all unknowns."""
    found = []
    for index, (m, n) in enumerate(shapes):
        for unit in itertools.product(range(m), range(n)):
            values = [_term(m, n, unit, A, B, sign) for at, A, B, sign in terms if at == index]
            found.append(reduce(Matrix.__add__, values).vector() if values else None)
    size = next(len(column) for column in found if column is not None)
    zero = (Fraction(0),) * size
    return [list(row) for row in zip(*(column or zero for column in found), strict=True)]


def _term(m: int, n: int, unit: tuple[int, int], A: Matrix | None, B: Matrix | None, sign: int) -> Matrix:
    value = Matrix(m, n, [sign * int((a, b) == unit) for a in range(m) for b in range(n)])
    value = value if A is None else A @ value
    return value if B is None else value @ B


def differential(network: LinearNetwork, change: Layers) -> Matrix:
    """dμ(Δ) = Σ_k W_{L~k} Δ_k W_{k−1~0}: the product to first order."""
    L = len(network.matrices)
    parts = [network.between(L, k) @ change[k - 1] @ network.between(k - 1, 0) for k in range(1, L + 1)]
    return reduce(Matrix.__add__, parts)


def _flint(rows: Sequence[Sequence[Fraction]]) -> flint.fmpq_mat:
    return flint.fmpq_mat(len(rows), len(rows[0]), [flint.fmpq(x.numerator, x.denominator) for row in rows for x in row])


def _fraction(x: flint.fmpq) -> Fraction:
    return Fraction(int(x.p), int(x.q))
