"""Paths inside a piece of B7.

Along a path in the piece a neuron stays visible on its hyperplane, or hidden with its pattern, and u_j ≠ 0 keeps its sign.  So
ends whose neurons are listed in different orders, or whose u_j differ in sign, are apart (proved).

Otherwise scales go along straight lines, and so do y_j = u_j ℓ_j and t: they satisfy linear equations and inequalities.  What
is left is g' ≤ 0 off P.  There, at each point, σ_j |u_j| σ(ℓ_j) = σ_j σ(σ_j y_j), which is convex in y_j for σ_j = +.  So if
all y_j with u_j < 0 are the same at both ends, g' is convex along the path, and stays ≤ 0 as at the ends.  In the other cases
no path is known here.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from fibers.networks import ReLUNetwork
from fibers.relu.moves import permute
from fibers.relu.pieces.piece import Path, Separation
from fibers.relu.pieces.single_weights import Place, assembled

if TYPE_CHECKING:
    from fibers.relu.pieces.single_charts import SingleChart

__all__ = ["join"]

Values = Mapping[str, Fraction]


def join(chart: SingleChart, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
    """A path between two networks of the piece, or why there is none, or why none is known."""
    here, there = chart.place(start), chart.place(end)
    assert here and there, "both lie in the piece"
    hidden, p, q = chart.base.support.hidden, here.values, there.values
    apart = _reordering(here, there) or _signs(here, there, hidden)
    if apart:
        return Separation(apart, proved=True)
    moving = [j for j in hidden if p[f"u_{j}"] < 0 and _share(chart, p, j) != _share(chart, q, j)]
    if moving:
        text = f"hidden neurons {moving} move and are read with a negative sign; no path is known here, and none is excluded"
        return Separation(text, proved=False)
    segment = _segment(chart, here, q, start.final)
    assert segment(Fraction(0)) == start, "a path begins where it should"
    assert segment(Fraction(1)).maps == end.maps, "and ends there"
    return Path(start, end, (segment,))


def _reordering(a: Place, b: Place) -> str | None:
    if a.order == b.order:
        return None
    order = [b.order[a.order.index(i)] for i in range(len(a.order))]
    return (
        "first-layer neurons keep their hyperplanes, or where they are active, along a path; "
        f"fibers.relu.moves.permute(end, 1, {order}) has them in the order of start"
    )


def _signs(a: Place, b: Place, hidden: tuple[int, ...]) -> str | None:
    turned = [a.order[j] for j in hidden if a.values[f"u_{j}"] * b.values[f"u_{j}"] < 0]
    return f"W_2 differs in sign at first-layer neurons {turned}, and is nowhere 0 there in the piece" if turned else None


def _share(chart: SingleChart, p: Values, j: int) -> tuple[Fraction, ...]:
    """y_j."""
    return tuple([p[f"u_{j}"] * x for x in (*[p[f"w_{j}_{i}"] for i in range(chart.base.rank)], p[f"b_{j}"])])


def _segment(chart: SingleChart, place: Place, q: Values, final: str | None) -> Callable[[Fraction], ReLUNetwork]:
    """Scales, u_j, y_j and t along straight lines."""
    p, hidden = place.values, chart.base.support.hidden
    back = [place.order.index(i) for i in range(len(place.order))]
    shares = {j: (_share(chart, p, j), _share(chart, q, j)) for j in hidden}

    def at(t: Fraction) -> ReLUNetwork:
        values = {name: x + t * (q[name] - x) for name, x in p.items()}
        for j, (a, b) in shares.items():
            *z, bias = [(x + t * (y - x)) / values[f"u_{j}"] for x, y in zip(a, b, strict=True)]
            values |= {f"w_{j}_{i}": x for i, x in enumerate(z)} | {f"b_{j}": bias}
        return permute(ReLUNetwork(assembled(chart.base, chart.kind, values), final=final), 1, back)

    return at
