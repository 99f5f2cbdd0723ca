"""Claims about the strata of a fiber: L3, L4, L7 to L10, L13 and L14 of `docs/theory.md`, and [LIN], [TKB], [AOY].

As in `linear`, what is computed is compared with definitions that `linearly` spells out.  Convergent sequences are explicit,
exact points at two distances; paths are followed at rational times in each segment.

Glossary: s, t strata; d_k widths; r the rank of the product, m the least width; μ(θ) the product.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from hypothesis import strategies as st

from fibers import linear
from fibers.exact import Matrix
from fibers.linear import Barcode, Stratum
from fibers.networks import LinearNetwork
from proofs import strategies
from proofs.catalogue import linearly
from proofs.catalogue.linear import HERE, LIN
from proofs.catalogue.linearly import Counts, all_barcodes
from proofs.ledger import Claim
from proofs.strategies.linear import Planted

__all__ = ["CLAIMS"]

HIERARCHY = (
    "Shewchuk, Bhattacharya, The Hierarchy of Manifolds in a Stratification of the Set of Equivalent Linear Neural Networks,"
    " SoCG 2026"
)
TKB = "Trager, Kohn, Bruna, Pure and spurious critical points, ICLR 2020"
AOY = (
    "Aoyagi, Consideration on the learning efficiency of multiple-layered neural networks with linear units, Neural Networks 172,"
    " 2024"
)
Architecture = tuple[tuple[int, ...], int]

# L3, L4: dimensions and numbers of strata.


def _dimensions(planted: Planted) -> None:
    L, s = planted.network, linear.stratum(planted.network)
    d, r, n, ω = s.widths, s.rank, s.barcode.layers, planted.barcode
    hom = sum(ω[a, b] * ω[c, e] for a, b in ω for c, e in ω if c <= a <= e <= b)
    by_bars = sum(x * x for x in d) - hom - r * (d[0] + d[-1] - r)
    rank = s.ranks
    drops = sum((rank[j - 1, i] - rank[j, i]) * (rank[j, i + 1] - rank[j, i]) for i in range(n + 1) for j in range(i + 1, n + 1))
    by_ranks = L.parameters - r * (d[0] + d[-1] - r) - drops
    tangent = linearly.rank(linearly.tangent_span(L))
    assert s.dimension == by_bars == by_ranks == tangent, f"{s.dimension}, {by_bars}, {by_ranks}; the tangent space has {tangent}"
    assert s.codimension == L.parameters - s.dimension


def _counted(architecture: Architecture) -> None:
    widths, r = architecture
    expected = all_barcodes(widths, r)
    count = linear.count_strata(widths, r)
    assert count == len(expected), f"there are {len(expected)}, not {count}"
    S = linear.strata(widths, r)
    listed = [dict(s.barcode) for s in S]
    assert len(S) == len(listed) == count and all(counts in listed for counts in expected), "the list is another"
    assert [S[i] for i in range(count)] == list(S), "an index gives another stratum than its place in the list"


# L7, L8: the hierarchy.


@st.composite
def _comparable(draw: st.DrawFn) -> tuple[Planted, Barcode]:
    """A network, and the barcode of any stratum of the same widths and rank."""
    planted = draw(strategies.planted_networks(3, 5))
    choices = all_barcodes(planted.barcode.widths, planted.barcode.rank)
    return planted, Barcode(draw(st.sampled_from(choices)))


def _closure(instance: tuple[Planted, Barcode]) -> None:
    """Where t is above s, points of t come as close to the point of s as one likes."""
    planted, target = instance
    L, s, t = planted.network, linear.stratum(planted.network), Stratum(target)
    above = linearly.below(dict(s.barcode), dict(target), target.layers)
    assert linear.is_below(s, t) == above, f"s is {'' if above else 'not '}below t"
    _least_and_greatest(t.widths, t.rank)
    if not above:
        return
    for ε in (Fraction(1, 10), Fraction(1, 10**6)):
        point, here, steps = L, s, 0
        while here != t:  # up by a cover that is still below t; each step changes one matrix, by less than ε
            move, here = next((m, u) for m, u in linear.covers(here) if linear.is_below(u, t))
            by = ε / (1 + _distance(linear.raised(point, move, 1), point))
            point, steps = linear.raised(point, move, by), steps + 1
        assert point.product == L.product, "the sequence leaves the fiber"
        assert point.barcode == target, "the sequence is not in the upper stratum"
        assert _distance(point, L) <= steps * ε, "the sequence does not converge"


def _distance(L: LinearNetwork, M: LinearNetwork) -> Fraction:
    """The largest difference of two weights."""
    return max(abs(x - y) for x, y in zip(linearly.flat(L.matrices), linearly.flat(M.matrices), strict=True))


def _hasse(architecture: Architecture) -> None:
    widths, r = architecture
    every = all_barcodes(widths, r)
    expected = {(Barcode(every[s]), Barcode(every[t])) for s, t in linearly.covers(every, len(widths) - 1)}
    diagram = linear.strata(widths, r).hasse()
    assert {node.barcode for node in diagram} == set(map(Barcode, every)), "the nodes are not the strata"
    assert {(s.barcode, t.barcode) for s, t in diagram.edges} == expected, "the edges are not the covers"
    for s in diagram:
        assert {t for _, t in linear.covers(s)} == set(diagram.successors(s)), f"the covers of {s} are others"


def _least_and_greatest(widths: tuple[int, ...], r: int) -> None:
    L, every = len(widths) - 1, all_barcodes(widths, r)
    S = linear.strata(widths, r)
    least = [s for s in every if all(linearly.below(s, t, L) for t in every)]
    greatest = [s for s in every if not any(s != t and linearly.below(s, t, L) for t in every)]
    assert [dict(s.barcode) for s in S.minimal] == least and len(least) == 1, "the minimal strata are others"
    assert _same([dict(s.barcode) for s in S.maximal], greatest), "the maximal strata are others"


def _same(found: list[Counts], expected: list[Counts]) -> bool:
    return len(found) == len(expected) and all(counts in expected for counts in found)


# L9: components.


def _components(pair: tuple[Planted, Planted]) -> None:
    """Two points of a fiber are joined by an exact path, or a sign that no path can change tells them apart."""
    L, M = pair[0].network, pair[1].network
    tight = [k for k in range(1, len(L.matrices)) if L.widths[k] == min(L.widths) == L.barcode.rank]
    assert linear.components(L.widths, L.barcode.rank) == 2 ** len(tight)
    _every_component(L.widths)
    joined = linear.connect(L, M)
    columns = _pivots(L.product)
    signs = [tuple(_sign(N.between(k, 0).take_columns(columns)) for k in tight) for N in (L, M)]
    assert bool(joined) == (signs[0] == signs[1]), f"the signs are {signs}"
    if not joined:
        return
    assert joined(0) == L and joined(1) == M, "the path has other ends"
    for before, after in itertools.pairwise(joined.segments):
        assert before(Fraction(1)) == after(Fraction(0)), "the path jumps between two segments"
    δ = Fraction(1, 10**30)
    times = [(Fraction(step, 9), Fraction(step, 9) + δ) for step in range(9)] + [(1 - δ, Fraction(1))]
    for segment, (s, t) in itertools.product(joined.segments, times):
        here, there = segment(s), segment(t)
        assert here.product == there.product == L.product, "the path leaves the fiber"
        assert _distance(here, there) < Fraction(1, 10**9), "the path jumps"


def _every_component(widths: tuple[int, ...]) -> None:
    """With r = m there is a point for every pattern of signs, so the count is attained."""
    L, tight = _minimal(widths), [k for k in range(1, len(widths) - 1) if widths[k] == min(widths)]
    columns, seen = _pivots(L.product), set()
    for signs in itertools.product((1, -1), repeat=len(tight)):
        layers = list(L.matrices)
        for k, sign in zip(tight, signs, strict=True):
            flip = Matrix(
                widths[k], widths[k], [(sign if i == 0 else 1) * (i == j) for i in range(widths[k]) for j in range(widths[k])]
            )
            layers[k - 1], layers[k] = flip @ layers[k - 1], layers[k] @ flip
        point = LinearNetwork(layers)
        assert point.product == L.product
        seen.add(tuple(_sign(point.between(k, 0).take_columns(columns)) for k in tight))
    count = linear.components(widths, min(widths))
    assert len(seen) == count, f"{len(seen)} patterns of signs, {count} components"


def _minimal(widths: tuple[int, ...]) -> LinearNetwork:
    """Full rank m: ones on the diagonals."""
    return LinearNetwork(
        [[[int(i == j < min(widths)) for j in range(n)] for i in range(m)] for n, m in itertools.pairwise(widths)]
    )


def _pivots(W: Matrix) -> list[int]:
    """The columns of W that are independent of those before them."""
    columns = linearly.columns(W)
    return [j for j in range(W.columns) if linearly.rank(columns[: j + 1]) > linearly.rank(columns[:j])]


def _sign(M: Matrix) -> int:
    """The sign of a determinant, by permutations."""
    n = M.rows
    total = Fraction(0)
    for order in itertools.permutations(range(n)):
        inversions = sum(a > b for a, b in itertools.combinations(order, 2))
        total += (-1) ** inversions * math.prod((M[i, j] for i, j in enumerate(order)), start=Fraction(1))
    return (total > 0) - (total < 0)


# L10, L13, L14: learning coefficient, smooth points, components of top dimension.


def _learning(architecture: Architecture) -> None:
    widths, r = architecture
    dimensions = [Stratum(Barcode(counts)).dimension for counts in all_barcodes(widths, r)]
    codimension = sum(m * n for m, n in itertools.pairwise(widths)) - max(dimensions)
    found = linear.learning_coefficient(widths, r)
    assert (found.value, found.multiplicity) == _aoyagi(widths, r), "Aoyagi's formula gives another value or multiplicity"
    assert found.value == Fraction(codimension, 2), f"λ = {found.value}, and the codimension is {codimension}"
    assert linear.codimension(widths, r) == codimension


def _aoyagi(widths: tuple[int, ...], r: int) -> tuple[Fraction, int]:
    """λ and its multiplicity as L10 has them, word for word."""
    sub, ell, a = _prefix(widths, r)
    pairs = sum(x * y for x, y in itertools.combinations(sub, 2))
    value = Fraction(-r * r + r * (widths[0] + widths[-1]), 2) + Fraction(a * (ell - a), 4 * ell)
    value += Fraction(pairs, 2) - Fraction(ell * (ell - 1), 4) * Fraction(sum(sub), ell) ** 2
    return value, a * (ell - a) + 1


def _prefix(widths: tuple[int, ...], r: int) -> tuple[list[int], int, int]:
    """The shortest prefix of the sorted M_k = d_k − r that L10 asks for, of ℓ + 1 elements, ℓ, and a = S − (⌈S/ℓ⌉ − 1) ℓ."""
    M = sorted(d - r for d in widths)
    for ell in range(1, len(M)):
        sub, rest = M[: ell + 1], M[ell + 1 :]
        if sum(sub) >= ell * max(sub) and (not rest or (max(sub) < min(rest) and sum(sub) < ell * min(rest))):
            return sub, ell, sum(sub) - (-(-sum(sub) // ell) - 1) * ell
    raise AssertionError("no prefix is as L10 asks")


def _top(architecture: Architecture) -> None:
    widths, r = architecture
    every = [Stratum(Barcode(counts)) for counts in all_barcodes(widths, r)]
    dimension = max(s.dimension for s in every)
    expected = {s for s in every if s.dimension == dimension}
    _, ell, a = _prefix(widths, r)
    assert len(expected) == math.comb(ell, a), "there are not C(ℓ, a)"
    assert linear.top_components(widths, r) == len(expected), f"there are {len(expected)} strata of top dimension"
    assert set(linear.top_strata(widths, r)) == expected, "the strata of top dimension are others"


def _smooth(planted: Planted) -> None:
    """Local codimension by definition: the least one of the strata above."""
    L, s = planted.network, dict(planted.barcode)
    n = planted.barcode.layers
    above = [t for t in all_barcodes(planted.barcode.widths, planted.barcode.rank) if linearly.below(s, t, n)]
    codimension = min(Stratum(Barcode(t)).codimension for t in above)
    rank = linearly.rank([linearly.differential(L, change).vector() for change in _units(L)])
    assert linear.is_smooth(L) == (rank == codimension), f"rank dμ = {rank}, and the local codimension is {codimension}"
    greatest = [t for t in above if not any(t != u and linearly.below(t, u, n) for u in above)]
    assert rank < codimension or len(greatest) == 1, "a manifold, and two maximal strata above"


def _units(L: LinearNetwork) -> list[list[Matrix]]:
    """The unit vectors of weight space."""
    zeros = [Matrix(W.rows, W.columns, [0] * len(W.numerators)) for W in L.matrices]
    found = []
    for k, W in enumerate(L.matrices):
        for place in range(len(W.numerators)):
            change = list(zeros)
            change[k] = Matrix(W.rows, W.columns, [int(place == other) for other in range(len(W.numerators))])
            found.append(change)
    return found


SMALL = strategies.linear_architectures()
CLAIMS = (
    Claim(
        "L3",
        "A stratum has the dimension that its bars, or its ranks, give: that of its tangent space.",
        LIN,
        strategies.planted_networks(3, 5),
        _dimensions,
        "published",
    ),
    Claim(
        "L4",
        "The number of strata is a difference of two values of Kostant's partition function.",
        LIN,
        SMALL,
        _counted,
        "published",
    ),
    Claim(
        "L7",
        "A stratum is in the closure of another iff no rank exceeds the other's; one stratum is minimal.",
        HIERARCHY,
        _comparable(),
        _closure,
        "published",
    ),
    Claim(
        "L8",
        "The covers are the moves of two bars with no bar between them: the transitive reduction of the closure order.",
        HERE,
        SMALL,
        _hasse,
        "proved",
    ),
    Claim(
        "L9",
        "A fiber with r < m is connected; with r = m it has 2^b components, b the number of hidden nodes of width m.",
        TKB,
        strategies.one_product(),
        _components,
        "published",
    ),
    Claim(
        "L10",
        "Aoyagi's learning coefficient is half the codimension of the fiber; its multiplicity is a(ℓ − a) + 1.",
        AOY,
        SMALL,
        _learning,
        "published",
    ),
    Claim(
        "L13",
        "A fiber is a manifold near a point iff the rank of dμ there is the codimension of a maximal stratum above.",
        HERE,
        strategies.planted_networks(3, 5),
        _smooth,
        "proved",
    ),
    Claim(
        "L14",
        "A fiber has C(ℓ, a) strata of the top dimension, with ℓ and a of L10.",
        HERE,
        SMALL,
        _top,
        "proved",
        "The proof is in fibers.linear.learning; Pepin Lehalleur and Rimányi, arXiv 2411.19920, have another.",
    ),
)
"""The claims, in the order of docs/theory.md."""
