"""Paths in a fiber: from any weights to any others with the same product, or the sign that keeps them apart.

Let θ have the product W of rank r.  In bases J_k along its bars (L1) let B_k be the columns of J_k, and D_k the rows of
J_k^{-1}, that belong to the r bars [0, L].  So D_k B_k = I_r, and W = B_L D_0.  A path from θ to θ' has three parts.

 1. *Down*, straight: multiply every bar other than [0, L] by 1 − t.  At the end W_k = B_k D_{k−1}, a point of the minimal
    stratum, and as only bars [0, L] reach from input to output, the product is W for all t.
 2. *Across*: θ' has gone down to W'_k = B'_k D'_{k−1}, with B'_L D'_0 = W.  Then h = D'_L B_L is invertible, B'_L h = B_L and
    h^{-1} D'_0 = D_0.  Let G_k, 0 < k < L, carry the basis B_k and the other columns of J_k to B'_k h and the other columns of
    J'_k.  If all det G_k > 0, there are paths G_k(t) of invertible matrices from I to G_k (`fibers.linear.triangular`), and with
    G_0 = G_L = I the path G_k(t) B_k D_{k−1} G_{k−1}(t)^{-1} leads to B'_k D'_{k−1}.  Its product is W, telescoping.
 3. *Up*, the first part of θ' backwards.

**L9.**  This works if r < min d_k: then J'_k has columns that do not belong to bars [0, L], and changing the sign of one changes
that of det G_k.  If r = min d_k, it can fail only at *tight* nodes, 0 < k < L with d_k = r.  Take r independent columns
P of W.  As W[:, P] = W_{L~k} W_{k~0}[:, P] has rank r, det W_{k~0}[:, P] is nowhere 0 in the fiber: its sign is constant on path
components.  At θ' and at θ these determinants have the ratio det G_k, as W_{k~0} = B_k D_0 where d_k = r.  So either there is a
path, or a sign says why not.  Multiplying W_k by an invertible matrix, and W_{k+1} by its inverse, changes each sign
alone: with b tight nodes there are 2^b path components.  ∎

Exact: at rational t, rational weights, on a path whose entries are polynomials in t but for the denominators det G_k(t) > 0.

Reference: Trager, Kohn and Bruna 2020, L9 of docs/theory.md; the proof here is another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from fibers.errors import InvalidDomain, NotComparable
from fibers.exact import Matrix, rational
from fibers.linear.barcodes import check_layers
from fibers.linear.flows import flow
from fibers.linear.triangular import interpolated, triangular_factors
from fibers.networks import LinearNetwork, identity
from fiberscope.tables import plural

__all__ = ["Path", "Separation", "connect", "separation"]

Segment = Callable[[Fraction], LinearNetwork]
"""A part of a path, as a function of 0 ≤ t ≤ 1."""


@dataclass(frozen=True)
class Path:
    """A continuous path in a fiber, as a function of the rational 0 ≤ t ≤ 1; true as a bool.

    `segments` are functions on [0, 1] too; each takes an equal share of the time, and begins where the one before ends.
    """

    start: LinearNetwork
    end: LinearNetwork
    segments: tuple[Segment, ...]

    def __call__(self, t: Any) -> LinearNetwork:
        """The point at time t, exact weights; `InvalidDomain` unless 0 ≤ t ≤ 1."""
        s = rational(t, "t") * len(self.segments)
        if not 0 <= s <= len(self.segments):
            raise InvalidDomain(f"a path is a function of 0 ≤ t ≤ 1; found t = {t}")
        part = min(int(s), len(self.segments) - 1)
        return self.segments[part](s - part)

    def __repr__(self) -> str:
        return f"<Path in the fiber of {self.start!r}, {plural(len(self.segments), 'segment')}>"


@dataclass(frozen=True)
class Separation:
    """Why no path joins two points of a fiber: a sign that is constant along paths, and differs; false as a bool.

    At the hidden node k = `node`, as wide as the rank of the product, det W_{k~0}[:, `columns`] is nowhere 0 in the fiber;
    `signs` are its signs at the two points.
    """

    node: int
    columns: tuple[int, ...]
    signs: tuple[int, int]

    def __bool__(self) -> Literal[False]:
        return False

    def sign(self, network: LinearNetwork) -> int:
        """The sign of det W_{k~0}[:, columns] at a network; `NotComparable` if its widths have no such determinant."""
        check_layers(network)
        d, r = network.widths, len(self.columns)
        if not (self.node < len(d) - 1 and d[self.node] == r and max(self.columns, default=-1) < d[0]):
            inputs = f"with columns {list(self.columns)} of the first layer"
            raise NotComparable(f"the sign needs a network {inputs}, and hidden node {self.node} of width {r}; found widths {d}")
        return _sign(network, self.node, self.columns)

    def __str__(self) -> str:
        first, second = ("> 0" if sign > 0 else "< 0" for sign in self.signs)
        minor = f"det W_{{{self.node}~0}}[:, {list(self.columns)}]"
        return f"no path: {minor} ≠ 0 throughout the fiber, {first} at one point and {second} at the other"


@dataclass(frozen=True)
class Straight:
    """The line (1 − t) start + t end of weights."""

    start: LinearNetwork
    end: LinearNetwork

    def __call__(self, t: Fraction) -> LinearNetwork:
        ends = zip(self.start.matrices, self.end.matrices, strict=True)
        return LinearNetwork([interpolated(A, B, t) for A, B in ends])


@dataclass(frozen=True)
class Carried:
    """The weights G_k(t) W_k G_{k−1}(t)^{-1}, where G_k(t) = Π ((1 − t) I + t T) over the triangular `factors[k]`."""

    start: LinearNetwork
    factors: tuple[tuple[Matrix, ...], ...]

    def __call__(self, t: Fraction) -> LinearNetwork:
        bases = [_carrier(d, factors, t) for d, factors in zip(self.start.widths, self.factors, strict=True)]
        layers = zip(pairwise(bases), self.start.matrices, strict=True)
        return LinearNetwork([G @ W @ F.inverse() for (F, G), W in layers])


def connect(L: LinearNetwork, M: LinearNetwork) -> Path | Separation:
    """A path in the fiber from L to M, or the sign that shows there is none (L9).

    Raises `NotComparable` unless L and M have the same widths and the same product.  Cost: two `flow`s and, for each hidden
    node, an elimination; then a few products for each point of the path.

    >>> L, M = LinearNetwork([[[1], [2]], [[3, 0]]]), LinearNetwork([[[0], [-1]], [[5, -3]]])
    >>> path = connect(L, M)
    >>> path(0) == L, path("1/3").product == L.product, path(1) == M
    (True, True, True)
    >>> print(connect(LinearNetwork([[[2]], [[3]]]), LinearNetwork([[[-1]], [[-6]]])))
    no path: det W_{1~0}[:, [0]] ≠ 0 throughout the fiber, > 0 at one point and < 0 at the other
    """
    apart = separation(L, M)
    if apart is not None:
        return apart
    first, second = _Frames.of(L), _Frames.of(M)
    low, high = first.lowest(), second.lowest()
    segments: list[Segment] = [Straight(L, low)] if low != L else []
    if low != high:
        segments.append(Carried(low, tuple(map(triangular_factors, _carriers(first, second)))))
    if high != M or not segments:
        segments.append(Straight(high, M))
    path = Path(L, M, tuple(segments))
    knots = [L, *(segment(Fraction(1)) for segment in segments)]
    assert all(segment(Fraction(0)) == knot for segment, knot in zip(segments, knots, strict=False)) and knots[-1] == M
    assert all(knot.product == L.product for knot in knots)
    return path


def separation(L: LinearNetwork, M: LinearNetwork) -> Separation | None:
    """The first hidden node where a sign keeps two networks of one product apart, or None if no sign does.

    Raises as `connect`.
    """
    check_layers(L)
    check_layers(M)
    if L.widths != M.widths:
        raise NotComparable(f"a path needs two networks of the same widths; found {L.widths} and {M.widths}")
    W = L.product
    if M.product != W:
        i, j = next((i, j) for i in range(W.rows) for j in range(W.columns) if W[i, j] != M.product[i, j])
        raise NotComparable(f"a path needs two networks of the same product; at {(i, j)} found {W[i, j]} and {M.product[i, j]}")
    columns = _independent_columns(W)
    for k, d in enumerate(L.widths[1:-1], start=1):
        if d == len(columns):
            signs = _sign(L, k, columns), _sign(M, k, columns)
            if signs[0] != signs[1]:
                return Separation(k, columns, signs)
    return None


@dataclass(frozen=True)
class _Frames:
    """J_k, with the columns of the r bars [0, L] first, and J_k^{-1}."""

    bases: tuple[Matrix, ...]
    inverses: tuple[Matrix, ...]
    rank: int

    @classmethod
    def of(cls, L: LinearNetwork) -> _Frames:
        found = flow(L)
        long = {b for b, bar in enumerate(found.bars) if bar == (0, len(L.matrices))}
        bases, inverses = [], []
        for k, (J, dual) in enumerate(zip(found.bases, found.duals, strict=True)):
            alive = found.alive(k)
            order = sorted(range(len(alive)), key=lambda p: alive[p] not in long)
            bases.append(J.take_columns(order))
            inverses.append(dual.take_rows(order))
        return cls(tuple(bases), tuple(inverses), len(long))

    def columns(self, k: int) -> Matrix:
        """B_k."""
        return self.bases[k].take_columns(range(self.rank))

    def rows(self, k: int) -> Matrix:
        """D_k."""
        return self.inverses[k].take_rows(range(self.rank))

    def lowest(self) -> LinearNetwork:
        """The network with the bars [0, L] alone: the matrices B_k D_{k−1}."""
        return LinearNetwork([self.columns(k) @ self.rows(k - 1) for k in range(1, len(self.bases))])


def _carriers(first: _Frames, second: _Frames) -> Iterator[Matrix]:
    """G_0 = I, G_1, ..., G_{L−1}, G_L = I, all of positive determinant, for two networks that no sign keeps apart."""
    last = len(first.bases) - 1
    h = second.rows(last) @ first.columns(last)
    for k, (inverse_J, target) in enumerate(zip(first.inverses, second.bases, strict=True)):
        if k in (0, last):
            yield identity(target.rows)
            continue
        G = target @ _corner(h, target.rows, 1) @ inverse_J
        # without a column that is free to change its sign, d_k = r, and det G has the ratio of two equal signs
        yield G if G.integers.det() > 0 else target @ _corner(h, target.rows, -1) @ inverse_J


def _corner(h: Matrix, n: int, sign: int) -> Matrix:
    """The n × n matrix diag(h, 1, ..., 1, sign); h itself if it is n × n."""
    r, q = h.rows, h.denominator
    diagonal = [q] * (n - 1) + [q * sign]
    rows = ([*h.row(i), *[0] * (n - r)] if i < r else [diagonal[i] * (i == j) for j in range(n)] for i in range(n))
    return Matrix(n, n, [x for row in rows for x in row], q)


def _carrier(d: int, factors: Sequence[Matrix], t: Fraction) -> Matrix:
    one = identity(d)
    G = one
    for T in factors:
        G = G @ interpolated(one, T, t)
    return G


def _independent_columns(W: Matrix) -> tuple[int, ...]:
    """The columns of W that do not depend on those to their left."""
    reduced, _, rank = W.integers.rref()
    return tuple(next(j for j in range(W.columns) if reduced[i, j] != 0) for i in range(rank))


def _sign(network: LinearNetwork, k: int, columns: Sequence[int]) -> int:
    determinant = network.between(k, 0).take_columns(columns).integers.det()
    return (determinant > 0) - (determinant < 0)
