"""Exact random linear networks with a planted barcode, and pairs of them with one product.

A network is planted as W_k = J_k E_k J_{k−1}^{-1}: E_k has a one for each bar that passes layer k, and the J_k are invertible,
each a permutation of a lower times an upper unitriangular matrix.  Its rank list is that of the barcode, by construction and
whatever the J_k are; long bars [0, L] come first in J_0 and J_L, so two networks that share these two have one product.

Notation: widths d_0, ..., d_L; bars [i, j]; r the number of bars [0, L].
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from fibers.exact import Matrix, matrix
from fibers.linear import Barcode
from fibers.networks import LinearNetwork, identity
from proofs.strategies.numbers import rationals

__all__ = ["Planted", "barcodes", "linear_architectures", "linear_networks", "one_barcode", "one_product", "planted_networks"]

Bar = tuple[int, int]
Invertible = tuple[Matrix, Matrix]  # J, J^{-1}


@dataclass(frozen=True)
class Planted:
    """A network and the barcode it was built from."""

    network: LinearNetwork
    barcode: Barcode


@st.composite
def linear_architectures(draw: st.DrawFn, layers: int = 4, width: int = 3) -> tuple[tuple[int, ...], int]:
    """Widths (d_0, ..., d_L) with 1 ≤ L ≤ `layers`, 1 ≤ d_k ≤ `width`, and a rank from 0 to the least width."""
    widths = tuple(draw(st.lists(st.integers(1, width), min_size=2, max_size=layers + 1)))
    return widths, draw(st.integers(0, min(widths)))


@st.composite
def barcodes(draw: st.DrawFn, layers: int = 4, most: int = 6) -> Barcode:
    """Up to `most` bars on 1 to `layers` layers, drawn freely; a node that none of them covers gets one of its own."""
    L = draw(st.integers(1, layers))
    drawn = draw(st.lists(st.tuples(st.integers(0, L), st.integers(0, L)), max_size=most))
    bars = [(min(ends), max(ends)) for ends in drawn]
    alone = [(k, k) for k in range(L + 1) if not any(i <= k <= j for i, j in bars)]
    return Barcode(Counter(bars + alone))


def planted_networks(layers: int = 4, most: int = 6) -> st.SearchStrategy[Planted]:
    """A network with the barcode that it was built from."""
    return barcodes(layers, most).flatmap(_planted)


def linear_networks(layers: int = 3, width: int = 4) -> st.SearchStrategy[LinearNetwork]:
    """Planted networks, and matrices drawn entry by entry, whose rank lists are whatever they come to be."""
    return st.one_of(planted_networks(layers, width + 1).map(lambda planted: planted.network), _drawn_networks(layers, width))


def one_barcode(layers: int = 4, most: int = 6) -> st.SearchStrategy[tuple[Planted, Planted]]:
    """Two networks with one barcode; their products differ, as a rule."""
    return barcodes(layers, most).flatmap(lambda barcode: st.tuples(_planted(barcode), _planted(barcode)))


@st.composite
def one_product(draw: st.DrawFn, layers: int = 4) -> tuple[Planted, Planted]:
    """Two networks of the same widths and the same product; their barcodes may differ, and so may the side of a determinant."""
    s = draw(barcodes(layers, 5))
    widths, L = s.widths, s.layers
    t = _shuffled(draw, s) if draw(st.booleans()) else s
    first, last = _invertible(draw, widths[0]), _invertible(draw, widths[L])
    networks = []
    for barcode in (s, t):
        inner = [_invertible(draw, d) for d in widths[1:-1]]
        networks.append(Planted(_network(barcode, [first, *inner, last]), barcode))
    return networks[0], networks[1]


def _shuffled(draw: st.DrawFn, s: Barcode) -> Barcode:
    """A barcode of the same widths and rank: bars cut into pieces, and some pieces joined again without making a long one."""
    L = s.layers
    pieces: list[Bar] = [bar for bar in s.listed() if bar != (0, L)]
    for node in range(1, L + 1):
        cut, join = draw(st.booleans()), draw(st.booleans())
        if cut:
            pieces = [part for i, j in pieces for part in ([(i, node - 1), (node, j)] if i < node <= j else [(i, j)])]
        ends, starts = [bar for bar in pieces if bar[1] == node - 1], [bar for bar in pieces if bar[0] == node]
        if join and ends and starts and (ends[0][0], starts[0][1]) != (0, L):
            pieces.remove(ends[0])
            pieces.remove(starts[0])
            pieces.append((ends[0][0], starts[0][1]))
    return Barcode(Counter([(0, L)] * s.rank + pieces))


@st.composite
def _planted(draw: st.DrawFn, barcode: Barcode) -> Planted:
    return Planted(_network(barcode, [_invertible(draw, d) for d in barcode.widths]), barcode)


@st.composite
def _drawn_networks(draw: st.DrawFn, layers: int, width: int) -> LinearNetwork:
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=layers + 1))
    number = draw(st.sampled_from([rationals("integers"), rationals("dyadics"), st.sampled_from([Fraction(0), Fraction(1)])]))
    return LinearNetwork([[[draw(number) for _ in range(n)] for _ in range(m)] for n, m in itertools.pairwise(widths)])


def _network(barcode: Barcode, bases: Sequence[Invertible]) -> LinearNetwork:
    """W_k = J_k E_k J_{k−1}^{-1}; at each node the bars come long ones first, then in their order."""
    long = (0, barcode.layers)
    bars = sorted(barcode.listed(), key=lambda bar: bar != long)
    layers = []
    for k in range(1, barcode.layers + 1):
        before = [b for b, (i, j) in enumerate(bars) if i <= k - 1 <= j]
        here = [b for b, (i, j) in enumerate(bars) if i <= k <= j]
        passes = matrix([[int(b == c) for c in before] for b in here])
        layers.append(bases[k][0] @ passes @ bases[k - 1][1])
    return LinearNetwork(layers)


def _invertible(draw: st.DrawFn, d: int) -> Invertible:
    """A permutation of a lower times an upper unitriangular matrix, and its inverse."""
    order = draw(st.permutations(range(d)))
    lower, lower_inverse = _unitriangular(draw, d)
    upper, upper_inverse = _unitriangular(draw, d)
    shuffled = identity(d).take_rows(order)
    return (
        shuffled @ lower @ upper.transpose(),
        upper_inverse.transpose() @ lower_inverse @ shuffled.transpose(),
    )


def _unitriangular(draw: st.DrawFn, d: int) -> Invertible:
    """A lower unitriangular matrix as a product of I + c_j e_{j}^T, column by column, and its inverse."""
    number = draw(st.sampled_from([rationals("integers"), rationals("dyadics")]))
    J = inverse = identity(d)
    for j in range(d - 1):
        entries = {i: draw(number) for i in range(j + 1, d)}
        step, back = (
            matrix([[s * entries[i] if c == j and i > j else int(i == c) for c in range(d)] for i in range(d)]) for s in (1, -1)
        )
        J, inverse = J @ step, back @ inverse
    return J, inverse
