"""`hasse` draws the hierarchy of strata: which lies in the closure of which, one row for each dimension.

The diagram is exact (`fibers.linear.strata(...).hasse()`, L7 and L8 of docs/theory.md); only the places are chosen
(`fibers.plots.layering`).  A stratum is drawn as a small flow diagram of its bars while there are few strata, and as a dot where
there are many.  The maximal ones, whose closures are the irreducible components of the fiber, stand out.  Each edge is a move, in
the colour of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.errors import InvalidBarcode
from fibers.linear.barcodes import Barcode
from fibers.linear.layouts import COLOURS, MEANINGS, barcode_of, kind
from fibers.plots.layering import Layered, layered, placed
from fibers.plots.legends import ink, put_below
from fibers.plots.miniatures import draw_miniature, size
from fibers.wording import widths_text

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

__all__ = ["hasse"]

Array = np.ndarray
FEW, PAGE = 60, (20.0, 16.0)
"""Up to as many strata are drawn as diagrams, if they fit a page of so many inches."""
ASIDE, ABOVE = 0.3, 0.5
"""Inches between diagrams, for the edges."""
MOVES = {"connect": "#76808d", "swap": "#d1495b"}


def hasse(strata: Any, ax: Axes | None = None, *, labels: bool | Callable[[Any], str] | None = None) -> Axes:
    """Draw the Hasse diagram of the strata of a fiber, by dimension; returns the axes.

    Parameters
    ----------
    strata : `Strata`, or the networkx DiGraph that its `hasse()` gives: nodes have a `dimension`, edges lead up and have a `move`
    ax : matplotlib axes, optional
    labels : True draws every stratum as a small diagram of its bars, False as a dot; a function of a stratum gives the text to
        write at its dot.  Left out: diagrams for up to 60 strata if they fit a page, else dots.

    Raises `TooManyStrata` where `hasse()` does, and `InvalidBarcode` for what is neither strata nor such a graph.
    """
    hierarchy = _hierarchy(strata)
    graph = layered(hierarchy.rows, hierarchy.edges, bends=len(hierarchy.nodes) <= 4 * FEW)
    places = np.stack([placed(graph), graph.rows], axis=1)
    small = labels is True or (labels is None and _is_small(hierarchy, places))
    if not small:
        places[:, 1] = np.interp(graph.rows, range(len(hierarchy.levels)), hierarchy.levels)
    ax = _axes(ax, hierarchy, places, small)
    _draw_edges(ax, graph, places, hierarchy.kinds, small)
    if small:
        _draw_diagrams(ax, hierarchy, places)
    else:
        _draw_dots(ax, hierarchy, places)
    if callable(labels):
        for s, place in zip(hierarchy.nodes, places.tolist(), strict=False):
            ax.annotate(labels(s), place, (0, 6), textcoords="offset points", ha="center", color=ink(), fontsize=8)
    _finish(ax, hierarchy, small)
    return ax


@dataclass(frozen=True)
class Hierarchy:
    """A Hasse diagram as lists: strata, dimensions, barcodes, edges as pairs of numbers, and the kinds of their moves."""

    nodes: list[Any]
    dimensions: list[int]
    barcodes: list[Barcode]
    edges: list[tuple[int, int]]
    kinds: list[str]

    @cached_property
    def levels(self) -> list[int]:
        """The dimensions that occur, ascending."""
        return sorted(set(self.dimensions))

    @cached_property
    def rows(self) -> list[int]:
        """For each stratum, the number of its dimension among those that occur."""
        row = {dimension: n for n, dimension in enumerate(self.levels)}
        return [row[dimension] for dimension in self.dimensions]

    @cached_property
    def maximal(self) -> list[bool]:
        """For each stratum, whether no edge leads up from it."""
        lower = {u for u, _ in self.edges}
        return [n not in lower for n in range(len(self.nodes))]


def _hierarchy(strata: Any) -> Hierarchy:
    G: nx.DiGraph = strata.hasse() if hasattr(strata, "hasse") else strata
    if not (hasattr(G, "edges") and len(G) and all("dimension" in told for _, told in G.nodes(data=True))):
        raise InvalidBarcode(
            f"hasse draws strata(widths, rank), or what its hasse() gives: a graph with dimensions; found {type(strata).__name__}"
        )
    nodes = list(G)
    number = {s: n for n, s in enumerate(nodes)}
    edges, kinds = [], []
    for s, t, move in G.edges(data="move"):
        edges.append((number[s], number[t]))
        kinds.append(str(getattr(move, "kind", "connect")))
    return Hierarchy(nodes, [int(G.nodes[s]["dimension"]) for s in nodes], [barcode_of(s) for s in nodes], edges, kinds)


def _room(hierarchy: Hierarchy) -> tuple[float, float]:
    """Inches across and up for each diagram and the edges around it."""
    sizes = [size(barcode) for barcode in hierarchy.barcodes]
    return max(across for across, _ in sizes) + ASIDE, max(up for _, up in sizes) + ABOVE


def _extent(hierarchy: Hierarchy, places: Array) -> tuple[float, float]:
    """Inches across and up for all diagrams."""
    (across, up), (x, y) = _room(hierarchy), np.ptp(places, axis=0)
    return across * (x + 1), up * (y + 1)


def _is_small(hierarchy: Hierarchy, places: Array) -> bool:
    width, height = _extent(hierarchy, places)
    return len(hierarchy.nodes) <= FEW and width <= PAGE[0] and height <= PAGE[1]


def _axes(ax: Axes | None, hierarchy: Hierarchy, places: Array, small: bool) -> Axes:
    """Axes with limits; new ones are as large as the diagram needs."""
    (left, low), (right, high) = places.min(axis=0), places.max(axis=0)
    if small:
        extent = _extent(hierarchy, places)
        margin = max(0.5, 1.8 / extent[0] * (right - left + 1) - (right - left) / 2), 0.5
    else:
        across = 0.22 if len(hierarchy.nodes) <= 4 * FEW else 0.08
        extent = min(max(across * (right - left), 4.0), 11.0), min(max(0.3 * len(hierarchy.levels), 3.0), 7.5)
        margin = 0.02 * (right - left) + 0.5, 0.03 * (high - low) + 0.3
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(max(4.4, extent[0] + 0.8), extent[1] + 1.0), layout="constrained")
    ax.set(xlim=(left - margin[0], right + margin[0]), ylim=(low - margin[1], high + margin[1]))
    return ax


def _draw_edges(ax: Axes, graph: Layered, places: Array, kinds: Sequence[str], small: bool) -> None:
    """Edges between diagrams lead around others, by way of their bends; those between dots are straight."""
    from matplotlib.collections import LineCollection, PathCollection

    many = len(graph.routes) > 1500
    width, alpha = (1.3, 0.85) if small else (0.35, 0.3) if many else (0.8, 0.6)
    for name, colour in MOVES.items():
        routes = [places[route] for route, found in zip(graph.routes, kinds, strict=True) if found == name]
        drawn: Any
        if small:
            drawn = PathCollection([_upright(route) for route in routes], facecolors="none", edgecolors=colour)
        else:
            drawn = LineCollection([route[[0, -1]] for route in routes], colors=colour)
        drawn.set(linewidths=width, alpha=alpha, zorder=1)
        ax.add_collection(drawn, autolim=False)


def _upright(route: Array) -> Any:
    """A curve through the points of a route, vertical at each of them."""
    from matplotlib.path import Path

    vertices = [route[0]]
    for (x, y), (u, v) in pairwise(route):
        vertices += [(x, (y + v) / 2), (u, (y + v) / 2), (u, v)]
    return Path(vertices, [Path.MOVETO, *[Path.CURVE4] * (len(vertices) - 1)])


def _draw_dots(ax: Axes, hierarchy: Hierarchy, places: Array) -> None:
    chosen = np.array(hierarchy.maximal)
    dots = places[: len(chosen)]
    size = 22.0 if len(dots) <= 300 else 9.0 if len(dots) <= 1500 else 4.0
    ax.scatter(dots[~chosen, 0], dots[~chosen, 1], s=size, color=ink(), linewidths=0, zorder=2)
    ax.scatter(
        dots[chosen, 0], dots[chosen, 1], s=max(4 * size, 36), color=COLOURS["through"], edgecolors=ax.get_facecolor(), zorder=3
    )


def _draw_diagrams(ax: Axes, hierarchy: Hierarchy, places: Array) -> None:
    inch = tuple(1 / length for length in _room(hierarchy))
    for barcode, bold, (x, y) in zip(hierarchy.barcodes, hierarchy.maximal, places.tolist(), strict=False):
        draw_miniature(ax, barcode, (x, y), (inch[0], inch[1]), bold)


def _finish(ax: Axes, hierarchy: Hierarchy, small: bool) -> None:
    """The architecture and the numbers of strata above, dimensions to the left, no frame."""
    first, count = hierarchy.barcodes[0], len(hierarchy.nodes)
    counted = f"{count:,} {'stratum' if count == 1 else 'strata'}, {sum(hierarchy.maximal):,} maximal"
    ax.set_title(f"{widths_text(first.widths)}, rank {first.rank}: {counted}", loc="left", fontsize=11, color=ink())
    ax.set_xticks([])
    if small:
        ax.set_yticks(range(len(hierarchy.levels)), [str(level) for level in hierarchy.levels])
    ax.set_ylabel("dimension", color=ink())
    ax.tick_params(axis="y", labelcolor=ink(), length=0 if small else 3, color=ink(), labelsize=9)
    ax.spines[:].set_visible(False)
    _name_kinds(ax, hierarchy, small)


def _name_kinds(ax: Axes, hierarchy: Hierarchy, small: bool) -> None:
    """What the colours mean, below."""
    from matplotlib.lines import Line2D

    dotted: dict[str, Any] = {"marker": "o", "markersize": 4}
    handles = [Line2D([], [], color=MOVES[name], label=f"{name} move") for name in MOVES if name in hierarchy.kinds]
    if small:
        found = {kind(bar, barcode.layers) for barcode in hierarchy.barcodes for bar in barcode}
        handles += [Line2D([], [], color=COLOURS[name], label=MEANINGS[name], **dotted) for name in MEANINGS if name in found]
    else:
        handles.append(Line2D([], [], color=COLOURS["through"], linestyle="", label="maximal", **dotted))
    put_below(ax, handles, min(3, int(ax.figure.bbox.width / ax.figure.dpi / 2.1)))
