"""Paths inside a piece of a bottleneck's fiber (B5, B8 in docs/theory.md).

All parameters but the active rows and columns range over a convex set: scales, biases and dead rows > 0, the shift below a
number, the rest free.  They go along straight lines, while B8 leads the active rows and columns from one end to the other.

Which neuron plays which part is constant along a path in the piece (`bottleneck_places`); so ends whose neurons are listed in
different orders are not joined.  Active neurons, and dead ones, may be exchanged among themselves, if B8 does.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.moves import permute
from fibers.relu.pieces.bottleneck_places import Place
from fibers.relu.pieces.factor_paths import FactorSegment, join_factors
from fibers.relu.pieces.piece import Path, Separation

if TYPE_CHECKING:
    from fibers.relu.pieces.bottleneck_charts import BottleneckChart

__all__ = ["join"]


def join(chart: BottleneckChart, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
    """A path between two networks of the piece, or why there is none (proved)."""
    ends = chart.place(start), chart.place(end)
    assert ends[0] and ends[1], "both lie in the piece"
    apart = _reordering(chart, ends[0], ends[1])
    if apart:
        return Separation(apart, proved=True)
    segments: Sequence[FactorSegment | None] = [None]
    if chart.split.active:
        found = join_factors(*_factors(chart, ends[0]), *_factors(chart, ends[1]))
        if isinstance(found, Separation):
            return found
        segments = found
    first, second = _orders(chart, ends[0])
    parts = [_Part(chart, first, second, ends[0].values, ends[1].values, k, len(segments), s) for k, s in enumerate(segments)]
    assert parts[0](Fraction(0)) == start and parts[-1](Fraction(1)) == end
    return Path(start, end, tuple(parts))


@dataclass(frozen=True)
class _Part:
    """Number `index` of `count` segments, as a function of time."""

    chart: BottleneckChart
    first: tuple[int, ...]
    second: tuple[int, ...]
    start: dict[str, Fraction]
    end: dict[str, Fraction]
    index: int
    count: int
    factors: FactorSegment | None

    def __call__(self, t: Fraction) -> ReLUNetwork:
        """The network at time t of this segment: straight in all but the active rows and columns."""
        u = (self.index + t) / self.count
        values = {name: x + u * (self.end[name] - x) for name, x in self.start.items()}
        V, W = self.factors(t) if self.factors else (None, None)
        return permute(permute(self.chart.network(values, V, W), 1, self.first), 2, self.second)


def _reordering(chart: BottleneckChart, start: Place, end: Place) -> str | None:
    """Which order of `end` puts its neurons where those of `start` with the same parts are; None if they are there."""
    hints = []
    if start.first != end.first:
        hints.append((1, _order(start.first, end.first)))
    parts = [(*p.mixed, *p.active, *p.dead) for p in (start, end)]
    if start.mixed != end.mixed or start.dead != end.dead:
        hints.append((2, _order(*parts)))
    if not hints:
        return None
    moves = " and ".join(f"the neurons {order} of hidden layer {k}" for k, order in hints)
    return (
        f"corresponding neurons are not in the same places, and that is constant along paths; list {moves} of end in this order"
    )


def _order(start: Sequence[int], end: Sequence[int]) -> list[int]:
    """The order in which `permute` brings neuron end[t] to place start[t]."""
    return [i for _, i in sorted(zip(start, end, strict=True))]


def _orders(chart: BottleneckChart, place: Place) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The orders in which `permute` takes the neurons of θ(p) to their places in a network."""
    split = chart.split
    listed = (*chart.base.neurons, *split.active, *split.dead)
    second = _order((*place.mixed, *place.active, *place.dead), listed)
    return tuple(_order(place.first, range(len(place.first)))), tuple(second)


def _factors(chart: BottleneckChart, place: Place) -> tuple[Matrix, Matrix]:
    """(V, W) of the active neurons."""
    n_1, n_3 = chart.widths[1], chart.widths[3]
    V = [[place.values[f"v_{r}_{i}"] for i in chart.split.active] for r in range(n_3)]
    W = [[place.values[f"w_{i}_{j}"] for j in range(n_1)] for i in chart.split.active]
    return matrix(V), matrix(W)
