"""Where the nodes of a layered graph go: rows are given, edges lead up from row to row, few of them cross and most are steep.

The steps are those of Sugiyama, Tagawa and Toda (1981).  An edge that passes rows on its way gets a *bend* in each of them, so
all edges lead to the next row.  Sweeping up and down, each row is sorted by the mean place of its neighbours in the row before
(barycentre); the order with the fewest crossings wins.  Then nodes are drawn towards the mean of all their neighbours, as near
as order and gaps allow: least squares under x_{i+1} − x_i ≥ gap, solved exactly by pooling adjacent violators.

A heuristic: crossings are few, not fewest.  The same graph always gets the same places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["Layered", "crossings", "layered", "placed"]

Array = np.ndarray
SWEEPS = 24
BEND = 0.35
"""The gap that bends need, nodes having 1."""


@dataclass(frozen=True)
class Layered:
    """A layered graph: nodes 0, ..., n−1, then bends; `rows[v]` is the row of v; all edges lead from a row to the next.

    `routes` has, for each edge of the graph it was made from, the nodes it passes: lower end, bends, upper end.
    """

    nodes: int
    rows: Array
    edges: Array
    routes: list[list[int]]


def layered(rows: Sequence[int], edges: Sequence[tuple[int, int]], bends: bool = True) -> Layered:
    """A graph with bends in the rows that its edges pass; without them if not `bends`: then edges may lead further.

    >>> layered([0, 1, 2], [(0, 1), (1, 2), (0, 2)]).routes
    [[0, 1], [1, 2], [0, 3, 2]]
    """
    placed_in = list(rows)
    routes = []
    for u, v in edges:
        passed = range(rows[u] + 1, rows[v]) if bends else ()
        routes.append([u, *range(len(placed_in), len(placed_in) + len(passed)), v])
        placed_in += passed
    short = [pair for route in routes for pair in pairwise(route)]
    return Layered(len(rows), np.array(placed_in, dtype=int), np.array(short, dtype=int).reshape(-1, 2), routes)


def placed(graph: Layered) -> Array:
    """x for each node and bend, 0 in the middle: nodes of one row at least 1 apart."""
    order = _ordered(graph)
    x = np.zeros(len(graph.rows))
    for row in order:
        room = np.cumsum(_gaps(graph, row))
        x[row] = room - room.mean()
    both = np.concatenate([graph.edges, graph.edges[:, ::-1]])
    for _ in range(SWEEPS):
        wanted = _means(x, both)
        for row in order:
            room = np.cumsum(_gaps(graph, row))
            x[row] = _isotonic(wanted[row] - room) + room
    return x - (x.min() + x.max()) / 2


def crossings(graph: Layered, order: Sequence[Array]) -> int:
    """How many pairs of edges cross that lead from one row to the next, nodes standing in this order."""
    place = _places(graph, order)
    total = 0
    for row in range(len(order) - 1):
        tails, heads = place[graph.edges[graph.rows[graph.edges[:, 0]] == row]].T
        total += _inversions(heads[np.lexsort((heads, tails))])
    return total


def _ordered(graph: Layered) -> list[Array]:
    """The rows, each from left to right: of all orders met with the fewest crossings, the one with the shortest edges."""
    order = [np.flatnonzero(graph.rows == row) for row in range(int(graph.rows.max()) + 1)]
    into = [graph.edges[graph.rows[graph.edges[:, 1]] == row] for row in range(len(order))]
    out = [graph.edges[graph.rows[graph.edges[:, 0]] == row, ::-1] for row in range(len(order))]
    best, least = order, _cost(graph, order)
    for sweep in range(SWEEPS):
        order, place = list(order), _places(graph, order)
        ways = (into, out)[sweep % 2]
        for row in (range(len(order)), range(len(order) - 1, -1, -1))[sweep % 2]:
            # equal means: in the order they have, and the other way round in every other pair of sweeps
            turned = order[row][:: -1 if sweep % 4 > 1 else 1]
            order[row] = turned[np.argsort(_means(place, ways[row])[turned], kind="stable")]
            place[order[row]] = _spread(len(turned))
        if (cost := _cost(graph, order)) < least:
            best, least = order, cost
    return best


def _cost(graph: Layered, order: Sequence[Array]) -> tuple[int, float]:
    place = _places(graph, order)
    return crossings(graph, order), float(((place[graph.edges[:, 0]] - place[graph.edges[:, 1]]) ** 2).sum())


def _places(graph: Layered, order: Sequence[Array]) -> Array:
    place = np.zeros(len(graph.rows))
    for row in order:
        place[row] = _spread(len(row))
    return place


def _spread(n: int) -> Array:
    return np.arange(n) - (n - 1) / 2


def _means(x: Array, edges: Array) -> Array:
    """The mean of x over the tails of the edges into each node; x itself where there are none."""
    degree = np.bincount(edges[:, 1], minlength=len(x))
    total = np.bincount(edges[:, 1], weights=x[edges[:, 0]], minlength=len(x))
    return np.where(degree > 0, total / np.maximum(degree, 1), x)


def _gaps(graph: Layered, row: Array) -> Array:
    """Between each node of a row and the one before; 0 for the first."""
    half = np.where(row < graph.nodes, 0.5, BEND / 2)
    return np.concatenate([[0.0], half[1:] + half[:-1]])


def _isotonic(values: Array) -> Array:
    """The nondecreasing sequence nearest to `values` in least squares."""
    # blocks: (sum, length) of runs that are level; their means strictly increase
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        total, length = value, 1
        while blocks and blocks[-1][0] * length >= total * blocks[-1][1]:
            before = blocks.pop()
            total, length = total + before[0], length + before[1]
        blocks.append((total, length))
    return np.repeat([total / length for total, length in blocks], [length for _, length in blocks])


def _inversions(values: Array) -> int:
    """How many pairs are out of order: within each half, and between them."""
    if len(values) < 2:
        return 0
    middle = len(values) // 2
    left, right = values[:middle], values[middle:]
    between = len(right) * middle - int(np.searchsorted(np.sort(left), right, side="right").sum())
    return _inversions(left) + _inversions(right) + between
