"""Claims about the weights of linear networks: L1, L2, L5, L6, L11 and L12 of `docs/theory.md`, and [LIN].

Each check compares what `fibers.linear` computes with the definition, spelled out in `linearly` without its code, on exact
networks whose barcodes were planted.  Curves are followed at several rational times.

Glossary: W_k a weight matrix, d_k × d_{k−1}; [i, j] a bar; W_{j~i} = W_j ··· W_{i+1}; Δ, M one matrix a layer; t a time.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from hypothesis import strategies as st

from fibers import linear
from fibers.exact import Matrix, matrix
from fibers.linear import Barcode
from fibers.networks import LinearNetwork, identity
from proofs import strategies
from proofs.catalogue import linearly
from proofs.ledger import Claim
from proofs.strategies.linear import Planted

__all__ = ["CLAIMS", "HERE", "LIN"]

HERE = "docs/theory.md"
LIN = "Shewchuk, Bhattacharya, The Geometry of the Set of Equivalent Linear Neural Networks, arXiv 2404.14855"
TIMES = (Fraction(1), Fraction(-2, 3), Fraction(1, 1000))
Moving = tuple[Planted, list[Matrix]]

# L1, L2: barcodes and flow subspaces.


def _decomposes(planted: Planted) -> None:
    L = planted.network
    ranks = linearly.ranks_of_network(L.matrices)
    assert L.ranks == ranks, f"the rank list is {ranks}, not {L.ranks}"
    assert L.barcode == planted.barcode == L.ranks.barcode, f"the barcode is {planted.barcode}, not {L.barcode}"
    assert planted.barcode.ranks == ranks, "the barcode does not give the rank list back"
    found = linear.flow(L)
    assert Barcode(found.bars) == planted.barcode, "the bases have other bars"
    for J in found.bases:
        assert linearly.rank(J.fractions()) == J.rows == J.columns, "a basis is none"
    for k, W in enumerate(L.matrices, start=1):
        before, here = found.alive(k - 1), found.alive(k)
        passes = Matrix(len(here), len(before), [int(b == c) for b in here for c in before])
        assert W @ found.bases[k - 1] == found.bases[k] @ passes, f"W_{k} does not send each bar's vector to the next"


def _flow_subspaces(planted: Planted) -> None:
    L = planted.network
    found, n = linear.flow(L), len(L.matrices)
    for k, i, j in itertools.product(range(n + 1), repeat=3):
        if not i <= k <= j:
            continue
        basis = found.subspace(k, i, j)
        image = linearly.columns(L.between(k, i))
        kernel = (
            linearly.kernel(L.between(j + 1, k).fractions(), L.widths[k]) if j < n else linearly.columns(identity(L.widths[k]))
        )
        both = linearly.rank(image) + linearly.rank(kernel) - linearly.rank([*image, *kernel])
        assert basis.columns == linearly.rank(linearly.columns(basis)) == both, f"dim A_{k},{i} ∩ B_{k},{j + 1} is {both}"
        assert linearly.rank([*image, *linearly.columns(basis)]) == linearly.rank(image), "not in the image"
        assert linearly.rank([*kernel, *linearly.columns(basis)]) == linearly.rank(kernel), "not in the kernel"


# L5, L6: tangent and normal spaces.


@st.composite
def _moving(draw: st.DrawFn) -> Moving:
    """A network, and X_0, ..., X_L with X_L W = W X_0, integers but at the ends."""
    planted = draw(strategies.planted_networks(3, 5))
    d, W, number = planted.barcode.widths, planted.network.product, strategies.rationals("integers")
    inner = [Matrix(n, n, [int(draw(number)) for _ in range(n * n)]) for n in d[1:-1]]
    ends = [Fraction(0)] * (d[0] ** 2 + d[-1] ** 2)
    for allowed in linearly.kernel(_end_conditions(W), len(ends)):
        t = draw(number)
        ends = [x + t * y for x, y in zip(ends, allowed, strict=True)]
    first, last = (matrix(_square(part)) for part in (ends[: d[0] ** 2], ends[d[0] ** 2 :]))
    return planted, [first, *inner, last]


def _end_conditions(W: Matrix) -> list[list[Fraction]]:
    """X_L W − W X_0 = 0, entry by entry, as rows over the entries of X_0 and X_L."""
    m, n = W.shape
    return [
        [-W[a, i] * (j == b) for i in range(n) for j in range(n)] + [W[j, b] * (i == a) for i in range(m) for j in range(m)]
        for a in range(m)
        for b in range(n)
    ]


def _square(entries: list[Fraction]) -> list[list[Fraction]]:
    n = math.isqrt(len(entries))
    return [entries[i * n : (i + 1) * n] for i in range(n)]


def _tangent(instance: Moving) -> None:
    planted, X = instance
    L = planted.network
    moves = linear.tangent_basis(L)
    rows = [linearly.flat(move.dense()) for move in moves]
    span = linearly.tangent_span(L)
    assert len(rows) == linearly.rank(rows) == linearly.rank(span) == linearly.rank([*span, *rows]), "another space"
    for move in moves:
        assert linear.is_tangent(L, move.dense()), "is_tangent denies it"
        assert not any(linearly.differential(L, move.dense()).numerators), "the product changes to first order"
        assert len({layer for layer, _, _ in move.terms}) == len(move.terms) <= 2, "more than two layers are touched"
    assert not any(linear.is_tangent(L, move.dense()) for move in linear.normal_basis(L)), "is_tangent admits a normal vector"
    _follow(L, X)


def _follow(L: LinearNetwork, X: list[Matrix]) -> None:
    """((I + tX_k) W_k (I + tX_{k−1})^{-1})_k stays in the stratum, with velocity Δ_k = X_k W_k − W_k X_{k−1} at t = 0."""
    velocity = [X[k] @ W - W @ X[k - 1] for k, W in enumerate(L.matrices, start=1)]
    assert X[-1] @ L.product == L.product @ X[0], "X_L W = W X_0 does not hold"
    assert linear.is_tangent(L, velocity), "the velocity is not tangent"
    for t in (Fraction(1, 97), Fraction(-1, 1009)):
        J = [identity(M.rows) + linearly.times(t, M) for M in X]
        if any(linearly.rank(M.fractions()) < M.rows for M in J):
            continue
        moved = LinearNetwork([J[k] @ W @ linearly.inverse(J[k - 1]) for k, W in enumerate(L.matrices, start=1)])
        assert moved.product == L.product, "the curve leaves the fiber"
        assert moved.barcode == L.barcode, "the curve leaves the stratum"
        for k, (V, W, change) in enumerate(zip(moved.matrices, L.matrices, velocity, strict=True), start=1):
            rest = V - W - linearly.times(t, change)  # −t² Δ_k X_{k−1} (I + tX_{k−1})^{-1}: of second order
            assert rest @ J[k - 1] == linearly.times(-t * t, change @ X[k - 1]), "the velocity is another"


def _normal(planted: Planted) -> None:
    L = planted.network
    tangent = [linearly.flat(move.dense()) for move in linear.tangent_basis(L)]
    normal = [linearly.flat(move.dense()) for move in linear.normal_basis(L)]
    assert len(tangent) + len(normal) == L.parameters, "the dimensions do not add up"
    assert linearly.rank([*tangent, *normal]) == L.parameters, "the spaces are not complementary"
    for v, w in itertools.product(tangent, normal):
        assert sum(x * y for x, y in zip(v, w, strict=True) if x) == 0, "the spaces are not orthogonal"
    unknowns = L.parameters + L.product.rows * L.product.columns
    solutions = [v[: L.parameters] for v in linearly.kernel(linearly.normal_rows(L), unknowns)]
    assert linearly.rank(normal) == linearly.rank(solutions) == linearly.rank([*solutions, *normal]), "not the space of L6"
    assert not any(linear.is_normal(L, move.dense()) for move in linear.tangent_basis(L)), "is_normal admits a tangent vector"
    for move in linear.normal_basis(L):
        change = move.dense()
        touched = [layer for layer, _, _ in move.terms]
        assert linear.is_normal(L, change), "is_normal denies it"
        assert touched == list(range(touched[0], touched[-1] + 1)), "the layers touched are no run"


# L11, L12: maps of weight space, and segments in it.


def _carried(pair: tuple[Planted, Planted]) -> None:
    L, M = pair[0].network, pair[1].network
    carry = linear.transport(L, M)
    assert carry(L) == M, "the map takes the first point elsewhere"
    J = carry.matrices
    assert all(G.rank() == G.rows for G in J), "the map is not invertible"
    assert all(V @ J[k - 1] == J[k] @ W for k, (V, W) in enumerate(zip(M.matrices, L.matrices, strict=True), start=1))
    for _, above in itertools.islice(linear.covers(linear.stratum(L)), 2):
        point = above.random_point(W=L.product, seed=1)
        image = carry(point)
        assert image.product == M.product, "a point of the fiber is taken out of the other fiber"
        assert image.barcode == point.barcode, "a point is taken to another stratum"


def _segments(planted: Planted) -> None:
    """Every move is a straight segment in the fiber, in the upper stratum but for its start."""
    L = planted.network
    for move, above in linear.moves(linear.stratum(L)):
        for t in TIMES:
            raised = linear.raised(L, move, t)
            changed = [V - W for V, W in zip(raised.matrices, L.matrices, strict=True) if V != W]
            assert len(changed) == 1 and changed[0].rank() == 1, "more than one matrix changes, or by more than rank one"
            assert raised.product == L.product, f"{move} leaves the fiber"
            assert raised.barcode == above.barcode, f"{move} leads to {raised.barcode}"
        assert linear.raised(L, move, 0) == L, f"{move} does not start at the point"


CLAIMS = (
    Claim(
        "L1",
        "Rank list and barcode determine each other, and there are bases in which every layer is its bars.",
        LIN,
        strategies.planted_networks(),
        _decomposes,
        "published",
    ),
    Claim(
        "L2",
        "The vectors of the bars [a, b] with a ≤ i and b ≤ j at node k are a basis of im W_{k~i} ∩ ker W_{j+1~k}.",
        LIN,
        strategies.planted_networks(),
        _flow_subspaces,
        "published",
    ),
    Claim(
        "L5",
        "The tangent space is that of the curves along X_k with X_L W = W X_0; moves of one or two rank-one changes span it.",
        LIN,
        _moving(),
        _tangent,
        "published",
    ),
    Claim(
        "L6",
        "The normal space is the orthogonal complement of the tangent space; moves along runs of layers span it.",
        LIN,
        strategies.planted_networks(3, 5),
        _normal,
        "published",
    ),
    Claim(
        "L11",
        "Two points of one rank list are joined by a linear map of weight space that takes fiber to fiber, stratum to stratum.",
        LIN,
        strategies.one_barcode(),
        _carried,
        "published",
    ),
    Claim(
        "L12",
        "Each move of L8 is a straight segment in the fiber, of one matrix by rank one, in the upper stratum but for its start.",
        HERE,
        strategies.planted_networks(),
        _segments,
        "proved",
    ),
)
"""The claims, in the order of docs/theory.md."""
