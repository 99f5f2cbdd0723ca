"""Moves: exact changes of a network's weights that leave its function alone.

A hidden layer k = 1, 2, ... of f is a list of neurons (row, bias, column), and what follows it receives

    z = Σ_i column_i σ(row_i · y + bias_i) + outer,        y = the inputs if k = 1, else σ(...) ≥ 0.

Every move replaces the neurons and `outer`, both of them, so that z stays the same function of y, or, for the moves of a
hidden facet and a reflection, so that σ(z) does.  Each docstring states its identity, with t, ℓ affine, σ(t) = max(t, 0):

    σ(s t) = s σ(t), s > 0        σ(t) = t + σ(−t)        σ(t) = t if t ≥ 0        σ(t) = 0 if t ≤ 0
    σ(w σ(t) + r) = σ(w t + r) if w > 0 ≥ r                σ(a − b σ(t)) = b y − b σ(y − a/b), y = σ(a/b − t), a, b > 0

Exact throughout.  A move that the network does not allow raises `NotApplicable`.  The labels S1, B4, B5, E3 are those of
`docs/theory.md`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from fibers.errors import FiberError
from fibers.exact import rational
from fibers.networks import Affine, ReLUNetwork

__all__ = [
    "Neuron",
    "NotApplicable",
    "add_constant",
    "add_dead",
    "add_unused",
    "flip",
    "flip_facet",
    "hides",
    "neurons",
    "permute",
    "ramp_end",
    "refactor",
    "reflect",
    "rescale",
    "rewrite",
    "scramble",
    "shift_facet",
    "split",
    "with_neurons",
]

Vector = tuple[Fraction, ...]


class NotApplicable(FiberError, ValueError):
    """A move whose identity does not hold at that place of the network."""


class Neuron(NamedTuple):
    """A hidden neuron: the incoming row and bias, the outgoing column."""

    row: Vector
    bias: Fraction
    column: Vector

    @property
    def dead(self) -> bool:
        """Whether the row and the bias are ≤ 0: the neuron is 0 whenever what enters it is ≥ 0."""
        return self.bias <= 0 and all(w <= 0 for w in self.row)

    @property
    def active(self) -> bool:
        """Whether the row and the bias are ≥ 0: the neuron is affine whenever what enters it is ≥ 0."""
        return self.bias >= 0 and all(w >= 0 for w in self.row)


def neurons(f: ReLUNetwork, k: int) -> tuple[list[Neuron], Vector]:
    """The neurons of hidden layer `k`, counted from 1, and the bias `outer` of the map that follows."""
    _in_layer(f, k)
    (rows, biases), (after, outer) = f.layers[k - 1], f.layers[k]
    return [Neuron(*parts) for parts in zip(rows, biases, zip(*after, strict=True), strict=True)], outer


def with_neurons(f: ReLUNetwork, k: int, layer: Sequence[Neuron], outer: Sequence[Fraction]) -> ReLUNetwork:
    """f with the neurons of hidden layer `k` and the bias that follows replaced; the inverse of `neurons`."""
    inner = ([p.row for p in layer], [p.bias for p in layer])
    after = ([list(row) for row in zip(*(p.column for p in layer), strict=True)], list(outer))
    return ReLUNetwork([*f.maps[: k - 1], inner, after, *f.maps[k + 1 :]], final=f.final)


# Moves of single neurons: permutation, scaling, copies, and neurons that do nothing.


def permute(f: ReLUNetwork, k: int, order: Sequence[int]) -> ReLUNetwork:
    """Hidden layer `k` in another order: the neuron `order[i]` comes to place i.

    >>> f = ReLUNetwork([([[1], [2]], [0, 1]), ([[5, 7]], [0])])
    >>> permute(f, 1, [1, 0]).layers[1][0] == ((7, 5),)
    True
    """
    _in_layer(f, k)
    width = f.widths[k]
    _require(sorted(order) == list(range(width)), f"order must be a permutation of 0..{width - 1}; found {list(order)}")
    inner, after = f.maps[k - 1], f.maps[k]
    moved = Affine(inner.weights.take_rows(order), inner.bias.take_rows(order))
    return ReLUNetwork(
        [*f.maps[: k - 1], moved, Affine(after.weights.take_columns(order), after.bias), *f.maps[k + 1 :]], final=f.final
    )


def rescale(f: ReLUNetwork, k: int, scales: Sequence[Any]) -> ReLUNetwork:
    """Neuron i of hidden layer `k` times `scales[i]` > 0, its column divided by it: σ(s t) = s σ(t)."""
    layer, outer = neurons(f, k)
    factors = [rational(s, "scales") for s in scales]
    _require(len(factors) == len(layer) and min(factors) > 0, f"scales must be {len(layer)} positive numbers; found {scales}")
    return with_neurons(f, k, [_scaled(p, s) for p, s in zip(layer, factors, strict=True)], outer)


def scramble(f: ReLUNetwork, rng: random.Random, powers: int = 3) -> ReLUNetwork:
    """f with every hidden layer permuted at random and rescaled by powers of two, 2^−powers to 2^powers."""
    for k in range(1, f.hidden + 1):
        width = f.widths[k]
        f = permute(f, k, rng.sample(range(width), width))
        f = rescale(f, k, [Fraction(2) ** rng.randint(-powers, powers) for _ in range(width)])
    return f


def split(f: ReLUNetwork, k: int, i: int, scales: Sequence[Any], columns: Iterable[Sequence[Any]]) -> ReLUNetwork:
    """Neuron i of hidden layer `k` as len(scales) parallel ones: column σ(t) = Σ_j column_j σ(s_j t), Σ_j s_j column_j = column.

    `columns` are those of all copies but the last, arbitrary, signs included; the last one is what remains. The first copy
    stays in place i, the others come last.
    """
    _in_layer(f, k, i)
    layer, outer = neurons(f, k)
    factors, chosen = [rational(s, "scales") for s in scales], [_vector(c, "columns") for c in columns]
    _require(
        len(factors) == len(chosen) + 1 and min(factors) > 0, f"scales must be {len(chosen) + 1} numbers > 0; found {scales}"
    )
    rest = layer[i].column
    for s, column in zip(factors, chosen, strict=False):
        rest = _plus(rest, column, -s)
    copies = [
        Neuron(_times(s, layer[i].row), s * layer[i].bias, column)
        for s, column in zip(factors, [*chosen, _times(1 / factors[-1], rest)], strict=True)
    ]
    return with_neurons(f, k, [*layer[:i], copies[0], *layer[i + 1 :], *copies[1:]], outer)


def add_unused(f: ReLUNetwork, k: int, row: Sequence[Any], bias: Any) -> ReLUNetwork:
    """One more neuron in hidden layer `k` with output weights 0."""
    layer, outer = neurons(f, k)
    spare = Neuron(_vector(row, "row"), rational(bias, "bias"), (Fraction(0),) * len(outer))
    return with_neurons(f, k, [*layer, spare], outer)


def add_dead(f: ReLUNetwork, k: int, row: Sequence[Any], bias: Any, column: Sequence[Any]) -> ReLUNetwork:
    """One more neuron that is 0 always: row, bias ≤ 0 in a layer k ≥ 2; row = 0, bias ≤ 0 in the first."""
    layer, outer = neurons(f, k)
    spare = Neuron(_vector(row, "row"), rational(bias, "bias"), _vector(column, "column"))
    _require(spare.dead and (k > 1 or not any(spare.row)), f"row, bias must be ≤ 0, and row 0 in layer 1; found {spare}")
    return with_neurons(f, k, [*layer, spare], outer)


def add_constant(f: ReLUNetwork, k: int, bias: Any, column: Sequence[Any]) -> ReLUNetwork:
    """One more neuron of row 0 and any bias b; column σ(b) is taken off the next bias."""
    layer, outer = neurons(f, k)
    spare = Neuron((Fraction(0),) * f.widths[k - 1], rational(bias, "bias"), _vector(column, "column"))
    return with_neurons(f, k, [*layer, spare], _plus(outer, spare.column, -max(spare.bias, Fraction(0))))


# Moves of affine parts.


def flip(f: ReLUNetwork, k: int, i: int, by: Sequence[Any] | None = None) -> ReLUNetwork:
    """Neuron i of hidden layer k ≥ 2 flipped: σ(ℓ) = σ(−ℓ) + ℓ, with ℓ = (ℓ + p) − p carried by two more, active neurons.

    `by` = p, as row and bias together: p ≥ 0 and ℓ + p ≥ 0 entry by entry; the smallest such p unless given. An active
    neuron whose p or ℓ + p is 0 is left out. See B5 and `refactor`, which brings the active neurons into another shape.
    """
    _require(k >= 2, f"k must be at least 2, where activations are ≥ 0 (in the first layer: `rewrite`); found {k}")
    _in_layer(f, k, i)
    layer, outer = neurons(f, k)
    form, column = (*layer[i].row, layer[i].bias), layer[i].column
    p = tuple(max(-x, Fraction(0)) for x in form) if by is None else _vector(by, "by")
    _require(
        len(p) == len(form) and all(x >= 0 and x + y >= 0 for x, y in zip(p, form, strict=True)),
        f"by must be ≥ 0, and ≥ 0 with the neuron's row and bias added, {len(form)} entries; found {list(p)}",
    )
    carriers = [_neuron(_plus(form, p), column), _neuron(p, _times(-1, column))]
    spare = [q for q in carriers if any(q.row) or q.bias]
    return with_neurons(f, k, [*layer[:i], _neuron(_times(-1, form), column), *layer[i + 1 :], *spare], outer)


def rewrite(f: ReLUNetwork, k: int, i: int, parts: Iterable[Sequence[Any]]) -> ReLUNetwork:
    """Neuron i flipped in any layer: σ(ℓ) = σ(−ℓ) + Σ_j (σ(m_j) − σ(−m_j)) for affine m_j of sum ℓ (S1).

    `parts` are the m_j but the last, row and bias together; the last is what remains of ℓ, and is left out when it is 0.
    """
    _in_layer(f, k, i)
    layer, outer = neurons(f, k)
    form, column = (*layer[i].row, layer[i].bias), layer[i].column
    pairs, rest = [], form
    for part in parts:
        m = _vector(part, "parts")
        pairs.append(m)
        rest = _plus(rest, m, -1)
    pairs += [rest] if any(rest) else []
    more = [q for m in pairs for q in (_neuron(m, column), _neuron(_times(-1, m), _times(-1, column)))]
    return with_neurons(f, k, [*layer[:i], _neuron(_times(-1, form), column), *layer[i + 1 :], *more], outer)


def refactor(
    f: ReLUNetwork, k: int, block: Sequence[int], rows: Sequence[Sequence[Any]], biases: Sequence[Any] | None = None
) -> ReLUNetwork:
    """The active neurons `block` of hidden layer k ≥ 2 replaced by others with these rows ≥ 0 and biases ≥ 0 (0 unless given).

    V W = V' W' and V b + outer = V' b' + outer' for the columns V' that solve the first (B5); `NotApplicable` when none do.
    """
    _require(k >= 2, f"k must be at least 2, where activations are ≥ 0; found {k}")
    _in_layer(f, k, *block)
    layer, outer = neurons(f, k)
    old = [layer[i] for i in block]
    chosen = [_vector(row, "rows") for row in rows]
    heights = _vector([0] * len(chosen) if biases is None else biases, "biases")
    distinct = len(set(block)) == len(block)
    _require(distinct and all(p.active for p in old), f"block must name active neurons, each once; found {list(block)}")
    _require(min((x for row in [*chosen, heights] for x in row), default=Fraction(0)) >= 0, "rows and biases must be ≥ 0")
    target = [_combination([p.row for p in old], [p.column[v] for p in old], f.widths[k - 1]) for v in range(len(outer))]
    columns = _coefficients(chosen, target)
    for p in old:
        outer = _plus(outer, p.column, p.bias)
    new = [Neuron(row, bias, column) for row, bias, column in zip(chosen, heights, zip(*columns, strict=True), strict=True)]
    for p in new:
        outer = _plus(outer, p.column, -p.bias)
    kept = [p for i, p in enumerate(layer) if i not in set(block)]
    _require(bool(kept or new), f"hidden layer {k} would be empty; give at least one row")
    return with_neurons(f, k, [*kept, *new], outer)


# Moves across two layers.


def hides(f: ReLUNetwork, k: int, j: int) -> list[int]:
    """The neurons of hidden layer k + 1 that use neuron j of layer `k` and hide its kink; `NotApplicable` if one shows it.

    Neuron i hides it when its row is > 0 at j and ≤ 0 elsewhere and its bias is ≤ 0: then σ(w σ(t) + r) = σ(w t + r). Dead and
    unused neurons do not count.
    """
    _before_hidden(f, k, j)
    following, _ = neurons(f, k + 1)
    users = [i for i, p in enumerate(following) if p.row[j] and any(p.column) and not p.dead]
    for i in users:
        p = following[i]
        hidden = p.row[j] > 0 and p.bias <= 0 and all(w <= 0 for u, w in enumerate(p.row) if u != j)
        _require(hidden, f"neuron {i} of hidden layer {k + 1} shows the kink of neuron {j} of layer {k}")
    return users


def shift_facet(f: ReLUNetwork, k: int, j: int, s: Any) -> ReLUNetwork:
    """The hidden facet of neuron j in layer `k` moved by s: bias_j −= s, and bias_i += w_ij s in the next layer (B4).

    For every i that uses j, σ(w σ(t) + r) = σ(w t + r) = σ(w σ(t − s) + (r + w s)) while r + w s ≤ 0; any s < 0 will do.
    """
    users, amount = hides(f, k, j), rational(s, "s")
    layer, outer = neurons(f, k)
    shifted = list(outer)
    for i in users:
        shifted[i] += layer[j].column[i] * amount
        _require(shifted[i] <= 0, f"s must be at most {-outer[i] / layer[j].column[i]}; found {amount}")
    layer[j] = layer[j]._replace(bias=layer[j].bias - amount)
    return with_neurons(f, k, layer, shifted)


def flip_facet(f: ReLUNetwork, k: int, j: int, i: int) -> ReLUNetwork:
    """Neuron i of layer `k` flipped behind the hidden facet of neuron j (B4), which absorbs its linear part:

        σ(w σ(t) − u σ(s) + b) = σ(w σ(t − (u/w) s) − u σ(−s) + b),        w > 0, u ≥ 0, b ≤ 0,

    where one ratio u/w must serve every neuron of the next layer that uses i or j; with a single live one it does.
    """
    users = hides(f, k, j)
    _in_layer(f, k, i)
    _require(i != j, "i must be another neuron than j")
    following, _ = neurons(f, k + 1)
    layer, outer = neurons(f, k)
    ratios = {p.row[i] / p.row[j] for p in (following[u] for u in users)}
    others = [u for u, p in enumerate(following) if p.row[i] and any(p.column) and not p.dead and u not in users]
    _require(len(ratios) == 1 and not others, f"neurons {i}, {j} of layer {k} must stand in one ratio in whatever uses them")
    ratio = ratios.pop()
    p, q = layer[i], layer[j]
    layer[j] = q._replace(row=_plus(q.row, p.row, ratio), bias=q.bias + ratio * p.bias)
    layer[i] = p._replace(row=_times(-1, p.row), bias=-p.bias)
    return with_neurons(f, k, layer, outer)


def ramp_end(f: ReLUNetwork, k: int, j: int) -> Fraction:
    """Where the ramps end that use neuron j of layer `k`: the largest a/b; `NotApplicable` if anything else uses it.

    A ramp is a neuron σ(a − b σ(t)) of the next layer, a, b > 0, that reads nothing else: a for t ≤ 0, and 0 for t ≥ a/b.
    """
    _before_hidden(f, k, j)
    users = [p for p in neurons(f, k + 1)[0] if p.row[j]]
    alone = all(p.row[j] < 0 < p.bias and not any(w for u, w in enumerate(p.row) if u != j) for p in users)
    _require(bool(users) and alone, f"neuron {j} of layer {k} must be used, and only as σ(a − b σ(t)) with a, b > 0")
    return max(-p.bias / p.row[j] for p in users)


def reflect(f: ReLUNetwork, k: int, j: int, end: Any = None) -> ReLUNetwork:
    """Neuron j of layer `k`, which only ramps use, seen from the other end M of the ramps, or from any larger `end` = M:

        σ(a − b σ(t)) = σ(b y + a − b M) − b σ(y − M),        y = σ(M − t), a, b > 0, M ≥ a/b.

    (t ≤ 0: y ≥ M, and b y + a − b M − b y + b M = a. 0 ≤ t ≤ M: y = M − t. t ≥ M: y = 0.) The layer after gets one neuron more,
    σ(y − M) for all ramps. For n_1 = 1 this reflects the first layer (B3).
    """
    least = ramp_end(f, k, j)
    most = least if end is None else rational(end, "end")
    _require(most >= least, f"end must be at least {least}; found {most}")
    following, after = neurons(f, k + 1)
    total = [Fraction(0)] * len(after)
    for i, p in enumerate(following):
        if p.row[j]:
            following[i] = p._replace(row=_times(-1, p.row), bias=p.bias + p.row[j] * most)
            total = list(_plus(total, p.column, p.row[j]))
    unit = tuple(Fraction(int(u == j)) for u in range(f.widths[k]))
    g = with_neurons(f, k + 1, [*following, Neuron(unit, -most, tuple(total))], after)
    layer, outer = neurons(g, k)
    layer[j] = layer[j]._replace(row=_times(-1, layer[j].row), bias=most - layer[j].bias)
    return with_neurons(g, k, layer, outer)


# Vectors of Fractions.


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise NotApplicable(message)


def _in_layer(f: ReLUNetwork, k: int, *places: int) -> None:
    """Refuse a k that is no hidden layer, and places that are none of its neurons."""
    _require(1 <= k <= f.hidden, f"k must be a hidden layer, 1 to {f.hidden}; found {k}")
    for i in places:
        _require(0 <= i < f.widths[k], f"a neuron of hidden layer {k} must be one of 0 to {f.widths[k] - 1}; found {i}")


def _before_hidden(f: ReLUNetwork, k: int, *places: int) -> None:
    """The same, and refuse the last hidden layer."""
    _require(1 <= k < f.hidden, f"k must be a hidden layer with a hidden layer after it, 1 to {f.hidden - 1}; found {k}")
    _in_layer(f, k, *places)


def _vector(values: Sequence[Any], name: str) -> Vector:
    return tuple([rational(x, name) for x in values])


def _plus(x: Sequence[Fraction], y: Sequence[Fraction], factor: Any = 1) -> Vector:
    return tuple([a + factor * b for a, b in zip(x, y, strict=True)])


def _times(factor: Any, x: Sequence[Fraction]) -> Vector:
    return tuple([factor * a for a in x])


def _scaled(p: Neuron, s: Fraction) -> Neuron:
    return Neuron(_times(s, p.row), s * p.bias, _times(1 / s, p.column))


def _neuron(form: Sequence[Fraction], column: Sequence[Fraction]) -> Neuron:
    return Neuron(tuple(form[:-1]), form[-1], tuple(column))


def _combination(rows: Sequence[Vector], factors: Sequence[Fraction], length: int) -> Vector:
    total: Vector = (Fraction(0),) * length
    for row, factor in zip(rows, factors, strict=True):
        total = _plus(total, row, factor)
    return total


def _coefficients(rows: Sequence[Vector], targets: Sequence[Vector]) -> list[Vector]:
    """For each target the coefficients of one combination of `rows` that is equal to it."""
    count = len(rows)
    columns = [flint.fmpq(x.numerator, x.denominator) for parts in zip(*rows, *targets, strict=True) for x in parts]
    reduced, rank = flint.fmpq_mat(len(targets[0]), count + len(targets), columns).rref()
    solution = [[Fraction(0)] * count for _ in targets]
    for r in range(rank):
        pivot = next(c for c in range(count + len(targets)) if reduced[r, c] != 0)
        _require(pivot < count, "rows must span the rows of V W, the linear part that the block contributes")
        for v, coefficients in enumerate(solution):
            coefficients[pivot] = rational(reduced[r, count + v])
    return [tuple(c) for c in solution]
