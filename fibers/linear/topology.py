"""The shape of a fiber: its path components, where it is a manifold, and its dimension near a point.

**Components** (L9).  Let m = min d_k.  If r < m, the fiber is path-connected; if r = m, it has 2^b path components, b the number
of hidden nodes with d_k = m, told apart by b signs.  `fibers.linear.connect` makes the paths and computes the signs.

**Smoothness** (L13).  μ(W_1, ..., W_L) = W_L ··· W_1, and dμ(Δ) = Σ_k W_{L~k} Δ_k W_{k−1~0}.  In bases J_k along the bars (L1),
weight space has the basis u_k(b, c), where layer k sends the vector of a bar c at node k − 1 to that of b at k, the rest to 0.
dμ sends u_k(b, c) to the map E(b, c) from input to output if b = [β, L] and c = [0, γ], else to 0.  Such a pair has a layer k iff
β ≤ γ + 1, so

    rank dμ = Σ ω_{0γ} ω_{βL}   over β ≤ γ + 1.

**Theorem.**  For weights θ in the fiber F of W these are equivalent.
 1. Near θ, F is a C¹ submanifold of weight space.
 2. Near θ, F is an analytic submanifold of codimension rank dμ(θ).
 3. Every stratum that has θ in its closure, and no other stratum above it, has codimension rank dμ(θ).  (One such will do.)
 4. There are no two bars [0, γ] and [β, L], γ + 1 < β, with all the nodes γ + 1, ..., β − 1 covered by *inner* bars,
    bars [a, x] with 0 < a and x < L.

Proof.  Let N ⊇ F be the zeros, near θ, of as many entries of μ − W as have independent differentials: an analytic manifold
with tangent space ker dμ at θ.  That space is spanned by velocities of curves in F: if dμ sends u_k(b, c) to 0, then
θ + t u_k(b, c) has the product W for all t, as μ is linear in each matrix; and u_k(b, c) − u_{k+1}(b, c) is what moving the
basis of node k does.  So if F is a manifold, its dimension is at least that of N; and being in N, it is open in N: 1 ⇒ 2.
A stratum with none above is open in F: 2 ⇒ 3.  If one such has the dimension of N, it is open in N; the other entries of μ − W
are analytic and vanish on an open set, so on all of N, which may be taken to be a ball: 3 ⇒ 1.
   By L3 the codimension of a stratum is rank dμ plus the number of pairs of bars with a move (L8); with none above it,
just rank dμ.  So 3 says that no climb, move by move, changes rank dμ.  A move of A = [a, x] and B = [c, y] changes it only by
lengthening an input bar [0, x] to [0, y] past some β > x + 1, or an output bar likewise; then [0, γ], [β, L] and one inner
bar are as in 4.  Conversely, given 4, moves join inner bars to one that covers these nodes, and the next move changes rank dμ.
And a move that does not change rank dμ brings about no 4: the union of the inner bars stays as it is, or loses nodes to a
bar which was as in 4 already, before it was lengthened.  3 ⇔ 4.  ∎

So at singular points rank dμ is less than the codimension of F, and whatever is above a smooth stratum is smooth.

Exact integers.  References: Trager, Kohn and Bruna 2020; L9 and L13 of docs/theory.md.  Condition 4 is stated and proved here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fibers.errors import TooManyStrata
from fibers.linear.architectures import architecture
from fibers.linear.barcodes import Barcode
from fibers.linear.exchanges import upward
from fibers.linear.learning import codimension
from fibers.linear.stratification import Stratum, stratum
from fibers.networks import LinearNetwork

__all__ = ["components", "differential_rank", "is_smooth", "local_dimension"]


def components(widths: Sequence[int], rank: int = 0) -> int:
    """The number of path components of the fiber of a matrix of rank `rank` (L9).

    Raises `InvalidArchitecture`.

    >>> components((2, 2, 2), rank=1), components((2, 2, 2), rank=2), components((3, 2, 4, 2, 2), rank=2)
    (1, 2, 4)
    """
    d, r = architecture(widths, rank)
    return 2 ** d[1:-1].count(r)  # r ≤ min d_k, so this is 1 unless they are equal


def differential_rank(point: LinearNetwork | Stratum | Barcode) -> int:
    """The rank of the differential of (W_1, ..., W_L) ↦ W_L ··· W_1 at a network, the same all over its stratum.

    >>> differential_rank(LinearNetwork([[[1]], [[0]]])), differential_rank(LinearNetwork([[[0]], [[0]]]))
    (1, 0)
    """
    barcode = _barcode(point)
    L = barcode.layers
    inputs = [(γ, count) for (a, γ), count in barcode.items() if a == 0]
    outputs = [(β, count) for (β, x), count in barcode.items() if x == L]
    return sum(m * n for γ, m in inputs for β, n in outputs if β <= γ + 1)


def is_smooth(point: LinearNetwork | Stratum | Barcode) -> bool:
    """Whether the fiber of a network's product is a manifold near that network: C¹, or equivalently analytic.

    A question about bars alone, by 4 of the theorem, so one answer for a whole stratum.

    >>> is_smooth(LinearNetwork([[[1]], [[0]]])), is_smooth(LinearNetwork([[[0]], [[0]]]))  # xy = 0: two lines that cross
    (True, False)
    """
    barcode = _barcode(point)
    L = barcode.layers
    covered = {k for a, x in barcode if a > 0 and x < L for k in range(a, x + 1)}
    return not any(γ + 1 < β and covered.issuperset(range(γ + 1, β)) for a, γ in barcode if a == 0 for β, x in barcode if x == L)


def local_dimension(point: LinearNetwork | Stratum | Barcode, limit: int = 200_000) -> int:
    """The dimension of the fiber near a network: the largest dimension of a stratum with the network in its closure.

    At a smooth point that is read off the bars.  From a singular one the search climbs until it meets smooth strata, and
    leaves out what has too large a rank of dμ, or is no better than all of the fiber.  Raises `TooManyStrata` when it would
    look at more than `limit`.

    >>> local_dimension(LinearNetwork([[[0]], [[0]]])), local_dimension(Barcode({(0, 0): 3, (1, 1): 1, (2, 2): 1}))
    (1, 3)
    """
    start = _barcode(point)
    weights = sum(m * n for m, n in pairwise(start.widths))
    least = codimension(start.widths, start.rank)
    best, stack, seen = weights, [start], {start}
    # invariant: the codimension near `point` is `best`, or the least near those on the stack if that is less; rank dμ never falls
    while stack and best > least:
        barcode = stack.pop()
        rank = differential_rank(barcode)
        if rank >= best:
            continue
        if is_smooth(barcode):
            best = rank
            continue
        above = {move.up(barcode) for move in upward(barcode)} - seen
        stack += sorted(above, key=differential_rank, reverse=True)
        seen |= above
        if len(seen) > limit:
            raise TooManyStrata(f"the dimension near this point was sought among {limit:,} strata above it; raise limit to go on")
    return weights - best


def _barcode(point: Any) -> Barcode:
    if isinstance(point, Barcode):
        return Stratum(point).barcode
    return point.barcode if isinstance(point, Stratum) else stratum(point).barcode
