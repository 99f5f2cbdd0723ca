"""The kinds of change that leave a function alone, as hypothesis draws of the moves in `fibers.relu.moves`.

A `Kind` knows how to `prepare` a network so that it has a place for the move, which `places` there are, and how to draw and
make the `move` at one of them.  A place is (layer, neuron, ...), layers from 1, neurons from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from proofs.strategies.architectures import hiding
from proofs.strategies.numbers import positive_rationals, powers_of_two, rationals

__all__ = ["KINDS", "Kind"]

Place = tuple[int, ...]
Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of move: `hidden` is the least number of hidden layers it needs."""

    name: str
    identity: str
    hidden: int
    prepare: Callable[[st.DrawFn, ReLUNetwork], ReLUNetwork]
    places: Callable[[ReLUNetwork], list[Place]]
    move: Callable[[st.DrawFn, ReLUNetwork, Place], ReLUNetwork]


def _as_is(draw: st.DrawFn, f: ReLUNetwork) -> ReLUNetwork:
    return f


def _layers(first: int = 1) -> Callable[[ReLUNetwork], list[Place]]:
    return lambda f: [(k,) for k in range(first, f.hidden + 1)]


def _each(first: int = 1) -> Callable[[ReLUNetwork], list[Place]]:
    return lambda f: [(k, i) for k in range(first, f.hidden + 1) for i in range(f.widths[k])]


def _vector(draw: st.DrawFn, length: int, pool: str = "rationals") -> Vector:
    return tuple(draw(st.lists(rationals(pool), min_size=length, max_size=length)))


def _nonnegative(draw: st.DrawFn, length: int) -> Vector:
    return tuple(abs(x) for x in _vector(draw, length))


# Whole layers.


def _permute(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    for k in range(1, f.hidden + 1):
        f = moves.permute(f, k, draw(st.permutations(range(f.widths[k]))))
    return f


def _rescale(scales: st.SearchStrategy[Fraction]) -> Callable[[st.DrawFn, ReLUNetwork, Place], ReLUNetwork]:
    def move(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
        for k in range(1, f.hidden + 1):
            f = moves.rescale(f, k, [draw(scales) for _ in range(f.widths[k])])
        return f

    return move


# Single neurons.


def _split(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, i = place
    scales = [draw(positive_rationals()) for _ in range(draw(st.integers(2, 3)))]
    return moves.split(f, k, i, scales, [_vector(draw, f.widths[k + 1]) for _ in scales[1:]])


def _duplicate(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, i = place
    copies = draw(st.integers(2, 3))
    share = [x / copies for x in moves.neurons(f, k)[0][i].column]
    return moves.split(f, k, i, [1] * copies, [share] * (copies - 1))


def _zero(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    return moves.add_constant(f, place[0], 0, _vector(draw, f.widths[place[0] + 1]))


def _constant(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    return moves.add_constant(f, place[0], draw(rationals()), _vector(draw, f.widths[place[0] + 1]))


def _dead(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    (k,) = place
    form = [-x for x in _nonnegative(draw, f.widths[k - 1] + 1)]
    row = form[:-1] if k > 1 else [0] * f.inputs
    return moves.add_dead(f, k, row, form[-1], _vector(draw, f.widths[k + 1]))


def _unused(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    return moves.add_unused(f, place[0], _vector(draw, f.widths[place[0] - 1]), draw(rationals()))


def _cancel(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    (k,) = place
    g = _unused(draw, f, place)
    scales = [draw(positive_rationals()) for _ in range(2)]
    return moves.split(g, k, g.widths[k] - 1, scales, [_vector(draw, f.widths[k + 1])])


# Affine parts.


def _flip(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, i = place
    neuron = moves.neurons(f, k)[0][i]
    least = [max(-x, Fraction(0)) for x in (*neuron.row, neuron.bias)]
    slack = _nonnegative(draw, len(least)) if draw(st.booleans()) else [Fraction(0)] * len(least)
    return moves.flip(f, k, i, [x + y for x, y in zip(least, slack, strict=True)])


def _rewrite(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, i = place
    return moves.rewrite(f, k, i, [_vector(draw, f.widths[k - 1] + 1) for _ in range(draw(st.integers(0, 2)))])


def _with_active(draw: st.DrawFn, f: ReLUNetwork) -> ReLUNetwork:
    """f and one or two more active neurons in some layer k ≥ 2."""
    k = draw(st.integers(2, f.hidden))
    layer, outer = moves.neurons(f, k)
    for _ in range(draw(st.integers(1, 2))):
        row = _nonnegative(draw, f.widths[k - 1])
        layer.append(moves.Neuron(row, abs(draw(rationals())), _vector(draw, len(outer))))
    return moves.with_neurons(f, k, layer, outer)


def _active(f: ReLUNetwork, k: int) -> list[int]:
    return [i for i, p in enumerate(moves.neurons(f, k)[0]) if p.active]


def _refactor(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    """New rows from the old ones by elementary steps that keep them ≥ 0, some up to the boundary, and perhaps one row more."""
    (k,) = place
    block = _active(f, k)
    layer, _ = moves.neurons(f, k)
    rows = [layer[i].row for i in block]
    if draw(st.booleans()):
        rows.append(_nonnegative(draw, f.widths[k - 1]))
    for _ in range(draw(st.integers(1, 4))):
        i, j = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
        if i != j:
            most = min((x / y for x, y in zip(rows[i], rows[j], strict=True) if y), default=Fraction(0))
            t = draw(st.sampled_from([Fraction(1), Fraction(2, 3), -most, -most / 2]))
            rows[i] = tuple(x + t * y for x, y in zip(rows[i], rows[j], strict=True))
    return moves.refactor(f, k, block, draw(st.permutations(rows)), _nonnegative(draw, len(rows)))


# Two layers.


def _with_facet(draw: st.DrawFn, f: ReLUNetwork) -> ReLUNetwork:
    """f with a facet of some layer k hidden by every neuron of layer k + 1 that is not dead; biases may be 0."""
    return _hide(draw, f, parallel=False)


def _with_lone_facet(draw: st.DrawFn, f: ReLUNetwork) -> ReLUNetwork:
    """The same with all live rows along one, so that one ratio serves them all; whole copies of it, or other biases."""
    return _hide(draw, f, parallel=True)


def _hide(draw: st.DrawFn, f: ReLUNetwork, parallel: bool) -> ReLUNetwork:
    wide = [k for k in range(1, f.hidden) if f.widths[k] > 1 and parallel]
    k = draw(st.sampled_from(wide or range(1, f.hidden)))
    j = draw(st.integers(0, f.widths[k] - 1))
    layer, outer = moves.neurons(f, k + 1)
    chosen = hiding((*layer[0].row, layer[0].bias), j)
    for i, p in enumerate(layer):
        form = hiding((*p.row, p.bias), j)
        if i and draw(st.sampled_from(["live", "live", "dead"])) == "dead":
            form = [-abs(x) for x in form]
        elif parallel:
            scale, alike = draw(positive_rationals()), draw(st.booleans())
            form = [*(scale * x for x in chosen[:-1]), scale * chosen[-1] if alike else form[-1]]
        column = p.column if i or any(p.column) else (Fraction(1),) * len(outer)
        layer[i] = moves.Neuron(tuple(form[:-1]), form[-1], column)
    return moves.with_neurons(f, k + 1, layer, outer)


def _facets(f: ReLUNetwork) -> list[Place]:
    """The (k, j) whose facet some neuron uses and every user hides."""
    return [(k, j) for k in range(1, f.hidden) for j in range(f.widths[k]) if _users(f, k, j)]


def _users(f: ReLUNetwork, k: int, j: int) -> list[int]:
    try:
        return moves.hides(f, k, j)
    except moves.NotApplicable:
        return []


def _shift_facet(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, j = place
    following, _ = moves.neurons(f, k + 1)
    most = min(-following[i].bias / following[i].row[j] for i in moves.hides(f, k, j))
    share = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(2, 3), Fraction(-1)]))
    return moves.shift_facet(f, k, j, share * most if share * most > 0 else -draw(positive_rationals()))


def _facet_flips(f: ReLUNetwork) -> list[Place]:
    return [(k, j, i) for k, j in _facets(f) for i in range(f.widths[k]) if i != j and _flippable(f, k, j, i)]


def _flippable(f: ReLUNetwork, k: int, j: int, i: int) -> bool:
    try:
        moves.flip_facet(f, k, j, i)
    except moves.NotApplicable:
        return False
    return True


def _flip_facet(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    return moves.flip_facet(f, *place)


def _with_ramp(draw: st.DrawFn, f: ReLUNetwork) -> ReLUNetwork:
    """f with a neuron j that some neurons of the next layer use alone, as σ(a − b σ(t)), and no other one uses."""
    k = draw(st.integers(1, f.hidden - 1))
    j = draw(st.integers(0, f.widths[k] - 1))
    layer, outer = moves.neurons(f, k + 1)
    for i, p in enumerate(layer):
        if i == 0 or f.widths[k] == 1 or draw(st.booleans()):
            row = tuple(-(abs(w) or Fraction(1)) if u == j else Fraction(0) for u, w in enumerate(p.row))
            layer[i] = p._replace(row=row, bias=abs(p.bias) or Fraction(1))
        else:
            layer[i] = p._replace(row=tuple(Fraction(0) if u == j else w for u, w in enumerate(p.row)))
    return moves.with_neurons(f, k + 1, layer, outer)


def _ramps(f: ReLUNetwork) -> list[Place]:
    return [(k, j) for k in range(1, f.hidden) for j in range(f.widths[k]) if _end(f, k, j) is not None]


def _end(f: ReLUNetwork, k: int, j: int) -> Fraction | None:
    try:
        return moves.ramp_end(f, k, j)
    except moves.NotApplicable:
        return None


def _reflect(draw: st.DrawFn, f: ReLUNetwork, place: Place) -> ReLUNetwork:
    k, j = place
    end = moves.ramp_end(f, k, j)
    return moves.reflect(f, k, j, end + draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(1, 3)])))


def _kind(name: str, identity: str, hidden: int, places: Any, move: Any, prepare: Any = _as_is) -> Kind:
    return Kind(name, identity, hidden, prepare, places, move)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("permutations", "neurons in another order", 1, _layers(), _permute),
        _kind("dyadic scales", "σ(s t) = s σ(t), s a power of two", 1, _layers(), _rescale(powers_of_two())),
        _kind("rational scales", "σ(s t) = s σ(t), s > 0", 1, _layers(), _rescale(positive_rationals())),
        _kind("splits", "v σ(t) = Σ v_j σ(s_j t), Σ s_j v_j = v", 1, _each(), _split),
        _kind("duplicates", "v σ(t) = v/2 σ(t) + v/2 σ(t)", 1, _each(), _duplicate),
        _kind("zero neurons", "σ(0) = 0", 1, _layers(), _zero),
        _kind("constant neurons", "v σ(b) = constant", 1, _layers(), _constant),
        _kind("dead neurons", "σ(t) = 0, t ≤ 0", 1, _layers(), _dead),
        _kind("unused neurons", "0 σ(t) = 0", 1, _layers(), _unused),
        _kind("cancelling neurons", "v σ(s t) − s v σ(t) = 0", 1, _layers(), _cancel),
        _kind("rewrites", "σ(ℓ) = σ(−ℓ) + Σ (σ(m_j) − σ(−m_j)), Σ m_j = ℓ", 1, _each(), _rewrite),
        _kind("flips", "σ(ℓ) = σ(−ℓ) + (ℓ + p) − p, active", 2, _each(2), _flip),
        _kind(
            "refactored blocks",
            "V W = V' W', rows ≥ 0",
            2,
            lambda f: [(k,) for (k,) in _layers(2)(f) if _active(f, k)],
            _refactor,
            _with_active,
        ),
        _kind("facet shifts", "σ(w σ(t) + r) = σ(w σ(t − s) + r + w s)", 2, _facets, _shift_facet, _with_facet),
        _kind(
            "facet flips",
            "σ(w σ(t) − u σ(s) + b) = σ(w σ(t − (u/w) s) − u σ(−s) + b)",
            2,
            _facet_flips,
            _flip_facet,
            _with_lone_facet,
        ),
        _kind("reflections", "σ(a − b σ(t)) = b σ(M − t) ..., a ramp seen from its other end", 2, _ramps, _reflect, _with_ramp),
    )
}
"""Every kind by its name."""
