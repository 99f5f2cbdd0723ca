"""The hierarchy of strata: which stratum lies in the closure of which, and the Hasse diagram of that order.

The fiber of W is the disjoint union of its strata.  A stratum s lies in the closure of a stratum t iff r_{ji}(s) ≤ r_{ji}(t) for
all i, j (L7); so the closure of t is the union of the strata below it.  One stratum is below all others, and the closures of the
maximal ones are the irreducible components of the fiber.

The Hasse diagram has an edge from s up to t iff t *covers* s: s is below t, and no other stratum is between.  The edges at s can
be seen from s alone (L8; `fibers.linear.covers`), so the diagram costs about as much as writing it down.

Exact.  Reference: Shewchuk and Bhattacharya 2026, L7 and L8 of docs/theory.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fibers.errors import InvalidArchitecture, NotComparable, TooManyStrata
from fibers.linear.barcodes import Barcode
from fibers.linear.covering import edges
from fibers.linear.exchanges import Move, barcode_of, covers, upward
from fibers.linear.stratification import Strata, Stratum

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["chain", "climb", "hasse", "is_below"]

LIMIT = 200_000


def hasse(S: Strata, limit: int = LIMIT) -> nx.DiGraph:
    """The Hasse diagram of the strata S of a fiber: nodes are strata with their `dimension`, edges lead up, each with its `move`.

    Nodes, and edges from a node, come in the order of S.  Raises `TooManyStrata` for more than `limit` strata.
    Cost: some microseconds for each node and edge, nearly all of it for making these objects; `fibers.linear.covering.edges`
    gives the edges as arrays.

    >>> from fibers.linear import strata
    >>> S = strata((2, 2, 2), rank=0)
    >>> G = hasse(S)
    >>> sorted(dict(G.nodes(data="dimension")).values()), G.number_of_edges()
    ([0, 3, 3, 4, 4, 5], 6)
    >>> print(*[move for *_, move in G.edges(S[0], data="move")], sep=",  ")
    connect [0,0] + [1,1] → [0,1],  connect [1,1] + [2,2] → [1,2]
    """
    import networkx as nx

    if not isinstance(S, Strata):
        raise InvalidArchitecture(f"Strata are needed, such as fibers.linear.strata((2, 3, 2)); found {type(S).__name__}")
    if S.count > limit:
        raise TooManyStrata(
            f"the Hasse diagram was limited to {limit:,} strata, and there are {S.count:,}; raise limit to build it"
        )
    found = edges(S.table, len(S.widths) - 1)
    nodes = [Stratum(Barcode.from_counts(row, S.widths)) for row in S.table.tolist()]
    G = nx.DiGraph(widths=S.widths, rank=S.rank)
    G.add_nodes_from((s, {"dimension": d}) for s, d in zip(nodes, S.dimensions.tolist(), strict=True))
    G.add_edges_from(
        (nodes[i], nodes[j], {"move": found.moves[k]})
        for i, j, k in zip(found.lower.tolist(), found.upper.tolist(), found.kinds.tolist(), strict=True)
    )
    return G


def is_below(s: Stratum, t: Stratum) -> bool:
    """Whether the stratum s lies in the closure of the stratum t of the same fiber: r_{ji}(s) ≤ r_{ji}(t) for all i, j (L7).

    A stratum is below itself.  Raises `NotComparable` for strata of different widths or ranks.

    >>> apart, joined = (Stratum(Barcode(listed)) for listed in ([(0, 0), (1, 1), (2, 2)], [(0, 1), (2, 2)]))
    >>> is_below(apart, joined), is_below(joined, apart)
    (True, False)
    """
    first, second = barcode_of(s), barcode_of(t)
    if (first.widths, first.rank) != (second.widths, second.rank):
        raise NotComparable(
            f"strata of one fiber have the same widths and rank; found {first.widths}, rank {first.rank},"
            f" and {second.widths}, rank {second.rank}"
        )
    return first.ranks <= second.ranks


def climb(stratum: Stratum) -> Stratum:
    """A maximal stratum above a stratum; itself, if it is maximal.  Moves, as long as there are any, each as often as possible.

    >>> climb(Stratum(Barcode({(0, 0): 2, (1, 1): 3, (2, 2): 2})))
    <Stratum [0,1]×2  [1,2]  [2,2], dimension 8>
    """
    barcode = barcode_of(stratum)
    while move := next(upward(barcode), None):
        barcode = move.up(barcode, min(barcode[move.lower], barcode[move.upper]))
    return Stratum(barcode)


def chain(s: Stratum, t: Stratum) -> list[tuple[Move, Stratum]]:
    """A way up from s to t, cover by cover: moves and the strata they lead to, the last of which is t; empty if s = t.

    Raises `NotComparable` unless s is below t.

    >>> apart, joined = (Stratum(Barcode(listed)) for listed in ([(0, 0), (1, 1), (2, 2)], [(0, 1), (2, 2)]))
    >>> [str(move) for move, _ in chain(apart, joined)]
    ['connect [0,0] + [1,1] → [0,1]']
    """
    if not is_below(s, t):
        raise NotComparable(f"a chain leads up in the order of L7, and {s.barcode} is not below {t.barcode}")
    steps: list[tuple[Move, Stratum]] = []
    while s != t:
        # invariant: s is below t, and is not t; so one of the covers of s is below t, or t itself
        move, s = next((move, above) for move, above in covers(s) if is_below(above, t))
        steps.append((move, s))
    return steps
