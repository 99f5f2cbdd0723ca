"""Which activation regions share a facet, and which neurons switch there.

Regions meet facet to facet: a neuron that cut one side of a facet but not the other would change sign along the facet, by
continuity, and so on both sides.  So a facet has one region on each side, or the domain's boundary on one.

    by rays     two facets are the same polyhedron iff they have the same extreme rays modulo the lineality
    by steps    from a point in a facet's interior, one infinitesimal step across, and the pattern there names the region

The first is for cells that know their rays, the second for all others.  Exact on both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from fibers.relu.cells import Empty, root
from fibers.relu.cones import Cone

if TYPE_CHECKING:
    import networkx as nx

    from fibers.relu.activations import Region, Regions

__all__ = ["edges_by_rays", "edges_by_steps", "graph", "walls"]

Edges = Iterator[tuple[int, int]]


def graph(regions: Regions) -> nx.Graph:
    """The adjacency graph of regions, see `Regions.graph`; cost: about that of the regions by rays, far more by steps."""
    import networkx as nx

    made = nx.Graph()
    made.add_nodes_from((region.index, {"region": region}) for region in regions)
    by_rays = all(isinstance(region.cell, Cone) for region in regions)
    for a, b in edges_by_rays(regions) if by_rays else edges_by_steps(regions):
        made.add_edge(a, b, neurons=_switching(regions[a], regions[b]))
    return made


def _switching(a: Region, b: Region) -> tuple[tuple[int, int], ...]:
    return tuple(
        (k, i)
        for k, (p, q) in enumerate(zip(a.pattern, b.pattern, strict=True), start=1)
        for i, (u, v) in enumerate(zip(p, q, strict=True))
        if u != v
    )


def walls(cell: Cone) -> list[int]:
    """The indices of the constraints that make facets of the cell: no other constraint vanishes on more of it."""
    faces = {}
    for i in range(cell.cuts.bit_length()):
        rays = sum(1 << k for k, mask in enumerate(cell.masks) if mask >> i & 1)
        if rays and cell.cuts >> i & 1:
            faces[i] = rays
    largest = [i for i, a in faces.items() if not any(a & b == a and a != b for b in faces.values())]
    return [i - 1 for i in largest if i]


def edges_by_rays(regions: Regions) -> Edges:
    """The pairs of regions that share a facet, once each; their cells are cones."""
    open_facets: dict[frozenset[tuple[int | Fraction, ...]], int] = {}
    for region in regions:
        cell = region.cell
        assert isinstance(cell, Cone)
        rays = _reduced(cell)
        for i in walls(cell):
            facet = frozenset([ray for ray, mask in zip(rays, cell.masks, strict=True) if mask >> (i + 1) & 1])
            other = open_facets.pop(facet, None)
            if other is None:
                open_facets[facet] = region.index
            else:
                yield other, region.index


def _reduced(cell: Cone) -> Sequence[tuple[int | Fraction, ...]]:
    """The rays, chosen among those that differ by the lineality so that equal classes are equal rows.

    Regions that share a facet have one lineality space, but maybe not one basis: pivots are those of its echelon form.
    """
    if not cell.lineality:
        return cell.rays
    basis: list[tuple[int, list[Fraction]]] = []
    for v in cell.lineality:
        row = _minus(list(map(Fraction, v)), basis)
        pivot = next(j for j, x in enumerate(row) if x)
        row = [x / row[pivot] for x in row]
        basis = [(p, _minus(u, [(pivot, row)])) for p, u in basis] + [(pivot, row)]
    made = []
    for ray in cell.rays:
        row = _minus(list(map(Fraction, ray)), basis)
        size = sum(map(abs, row))
        made.append(tuple([x / size for x in row]))
    return made


def _minus(row: list[Fraction], basis: list[tuple[int, list[Fraction]]]) -> list[Fraction]:
    for pivot, u in basis:
        factor = row[pivot]
        if factor:
            row = [x - factor * y for x, y in zip(row, u, strict=True)]
    return row


def edges_by_steps(regions: Regions) -> Edges:
    """The pairs of regions that share a facet, once each; for any cells, by one program for each constraint."""
    from fibers.relu.activations import pattern_at

    place = {region.pattern: region.index for region in regions}
    for region in regions:
        space = region._space
        for x, direction in _crossings(region):
            near = space.lift(x)
            ahead = space.lift(tuple([a + d for a, d in zip(x, direction, strict=True)]))
            pattern = pattern_at(regions.network, near, [b - a for a, b in zip(near, ahead, strict=True)])
            other = place[pattern]
            if region.index < other:
                yield region.index, other


def _crossings(region: Region) -> Iterator[tuple[tuple[Fraction, ...], list[Fraction]]]:
    """A point inside each facet that a cut makes, and a direction that leaves the region there; in the cell's coordinates."""
    cell, space = region.cell, region._space
    inside = cell.point()
    rows = [row for row in dict.fromkeys(cell.constraints) if any(row)]
    bounds = set(space.walls)
    for row in rows:
        if row in bounds:
            continue
        try:
            beyond = root(space.inputs, [*[r for r in rows if r != row], tuple([-w for w in row])]).point()
        except Empty:
            continue  # the constraint is implied by the others
        direction = [b - a for a, b in zip(inside, beyond, strict=True)]
        start, end = (sum((w * v for w, v in zip(row, p, strict=False)), Fraction(row[-1])) for p in (inside, beyond))
        share = start / (start - end)
        yield tuple([a + share * d for a, d in zip(inside, direction, strict=True)]), direction
