"""Changes of the weights that leave the function alone to first order, written down one by one (upper bounds of F3).

For a hidden layer and the map after it, g(y) = Σ_i v_i σ(ℓ_i(y)) + c, the changes δℓ_i ∈ Aff, δv_i, δc ∈ R^m that do nothing
at any y of the domain where no ℓ_i is 0 are spanned by

    dead neuron        δℓ_i and δv_i arbitrary
    family             neurons ℓ_i = λ_i ℓ, λ_i > 0, on one side of one hyperplane:
        transfer           δv_i = λ_j e,  δv_j = −λ_i e
        tilt               Σ c_i v_i = 0:   δℓ_i = c_i η, η ∈ Aff       (v_i = 0: any change of the row)
        scaling            δℓ_i = ℓ_i,  δv_i = −v_i
    affine part        what is affine on the whole domain can be carried by several: *directions* u ∈ R^m that carry u ⊗ η for
                       every η ∈ Aff, and *forms* ℓ that carry δ ⊗ ℓ for every δ ∈ R^m,
                           active neuron      u = v_i (by δℓ_i = η),   ℓ = ℓ_i (by δv_i = δ)
                           two-sided group    u = Σ_+ α_i v_i = Σ_- β_i v_i (by δℓ_i = α_i η, β_i η),  ℓ = ℓ_H (by δv)
                           bias               ℓ = 1 (by δc = δ)
        trade              δ ⊗ ℓ from u:  η = ℓ, δ = −u for each direction and form;  relations Σ c u = 0, Σ c ℓ = 0

(each is a line of arithmetic; that nothing else is needed where bending neurons bend is F7, whose dimension these vectors
complement).  At two layers in a row there is one more, the shift of a hidden facet (B4, E3): if every live row i of the next
layer that reads neuron j has W_ij > 0 and is ≤ 0 without it, then δb_j = −1, δb_i = W_ij.

At a point where the network is smooth, each of these changes the function by 0 to first order; where a layer further on is off
as a whole, everything before it does.  So the rank of such vectors is taken off the number of parameters for an upper bound.
The rank is computed modulo a prime, which can only be too small: the bound holds.

Exact: the vectors are rational; `changes` evaluates what one does at a point, from the definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fibers.exact import Matrix, matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.bounds import activation_bounds, neuron_bounds, row_bounds
from fibers.relu.dependence import row_basis
from fibers.relu.rank.elimination import Check, Echelon, no_check
from fibers.relu.rank.groups import Layer, Member, by_bounds, grouped
from fibers.relu.rank.modular import Array, dot
from fibers.relu.rank.shallow_dimension import common_directions
from fibers.relu.weights import Slots, slots

__all__ = ["Tangent", "facet_shifts", "layer_tangents", "summary", "tangent_rank", "tangents"]

Vector = tuple[Fraction, ...]
ONE = Fraction(1)
LONG = 2_000_000
"""Entries of vectors from which they are mapped to fewer dimensions before their rank is taken."""
PANEL = 256
"""Vectors that are ranked at a time, at most."""


@dataclass(frozen=True)
class Tangent:
    """A change of the weights: `entries` maps places in the weight vector to numbers; `kind` and hidden `layer` name it."""

    kind: str
    layer: int
    entries: Mapping[int, Fraction]


def tangents(f: ReLUNetwork, kinds: Sequence[Sequence[int | None]] | None = None) -> Iterator[Tangent]:
    """Changes that leave f alone to first order at every smooth point, layer by layer; they may be dependent.

    `kinds` tells which neurons are active (1) or dead (−1) at all smooth points; as `by_bounds` sees it, unless given.
    Cost: linear in what is listed, and exact row bases of the columns of families and of active blocks.

    >>> f = ReLUNetwork([([[1], [2]], [0, 1]), ([[1, 1]], [0])])
    >>> [(t.kind, dict(t.entries)) for t in tangents(f)][0]
    ('scaling', {0: Fraction(1, 1), 4: Fraction(-1, 1)})
    """
    places = slots(f.widths)
    for k, row in enumerate(by_bounds(f) if kinds is None else kinds, start=1):
        yield from layer_tangents(grouped(f, k, row), places[k - 1], places[k])
    yield from facet_shifts(f)


def layer_tangents(layer: Layer, inner: Slots, outer: Slots) -> Iterator[Tangent]:
    """Those of one hidden layer and the map after it, whose weights lie at `inner` and `outer`."""
    at = _Places(layer, inner, outer)
    for i in layer.dead:
        yield from (at.tangent("dead", at.row(i, unit)) for unit in at.units_in)
        yield from (at.tangent("dead", at.column(i, unit)) for unit in at.units_out)
    for group in layer.groups:
        for family in (group.positive, group.negative):
            yield from _family(at, family)
    yield from _trades(at)


class _Places:
    """Where δℓ_i, δv_i and δc lie in the weight vector."""

    def __init__(self, layer: Layer, inner: Slots, outer: Slots):
        self.layer, self.inner, self.outer = layer, inner, outer
        self.units_in, self.units_out = _units(layer.inputs + 1), _units(layer.outputs)

    def row(self, i: int, form: Sequence[Fraction], factor: Fraction = ONE) -> dict[int, Fraction]:
        """δℓ_i = factor · form."""
        places = [*(self.inner.weight(i, j) for j in range(self.layer.inputs)), self.inner.bias(i)]
        return {place: factor * x for place, x in zip(places, form, strict=True) if x and factor}

    def column(self, i: int | None, column: Sequence[Fraction], factor: Fraction = ONE) -> dict[int, Fraction]:
        """δv_i = factor · column; δc for i = None."""
        places = [self.outer.bias(o) if i is None else self.outer.weight(o, i) for o in range(self.layer.outputs)]
        return {place: factor * x for place, x in zip(places, column, strict=True) if x and factor}

    def tangent(self, kind: str, *parts: Mapping[int, Fraction]) -> Tangent:
        """The sum of parts."""
        sums: dict[int, Fraction] = {}
        for part in parts:
            for place, x in part.items():
                sums[place] = sums.get(place, Fraction(0)) + x
        return Tangent(kind, self.layer.index, sums)


def _family(at: _Places, family: Sequence[Member]) -> Iterator[Tangent]:
    """Transfers, tilts and scalings."""
    if not family:
        return
    columns = at.layer.columns
    first, most = family[0]
    for i, size in family[1:]:
        for unit in at.units_out:
            yield at.tangent("transfer", at.column(i, unit, most), at.column(first, unit, -size))
    basis, relations = _relations([columns[i] for i, _ in family])
    for relation in relations:
        kind = "unused" if len(relation) == 1 else "tilt"
        for unit in at.units_in:
            yield at.tangent(kind, *[at.row(family[place][0], unit, c) for place, c in relation.items()])
    for place in basis:
        i = family[place][0]
        yield at.tangent("scaling", at.row(i, at.layer.forms[i]), at.column(i, columns[i], -ONE))


Shares = tuple[tuple[int | None, Fraction], ...]


def _trades(at: _Places) -> Iterator[Tangent]:
    """The affine part: relations among directions, among forms, and a trade for each of the one with each of the other."""
    directions, forms = _carriers(at.layer)
    used, relations = _relations([u for u, _ in directions])
    for relation in relations:
        for unit in at.units_in:
            yield at.tangent("trade", *[_push(at, directions[p][1], unit, c) for p, c in relation.items()])
    kept, relations = _relations([form for form, _ in forms])
    for relation in relations:
        for unit in at.units_out:
            yield at.tangent("trade", *[_pull(at, forms[q][1], unit, c) for q, c in relation.items()])
    for p in used:
        for q in kept:
            (u, by_rows), (form, by_columns) = directions[p], forms[q]
            kind = "scaling" if by_rows == by_columns else "trade"
            yield at.tangent(kind, _push(at, by_rows, form, ONE), _pull(at, by_columns, u, -ONE))


def _carriers(layer: Layer) -> tuple[list[tuple[Vector, Shares]], list[tuple[Vector, Shares]]]:
    """The directions u, with (i, α): δℓ_i = α η carries u ⊗ η; and the forms ℓ, with (i, α): δv_i = α δ carries δ ⊗ ℓ."""
    directions: list[tuple[Vector, Shares]] = [(layer.columns[i], ((i, ONE),)) for i in layer.active]
    forms: list[tuple[Vector, Shares]] = [((*(Fraction(0),) * layer.inputs, ONE), ((None, ONE),))]
    forms += [(layer.forms[i], ((i, ONE),)) for i in layer.active]
    for group in layer.groups:
        if group.two_sided:
            neurons = [i for i, _ in (*group.positive, *group.negative)]
            for u, alpha, beta in common_directions(layer, group):
                directions.append((u, tuple(zip(neurons, (*alpha, *beta), strict=True))))
            (i, size), (j, other) = group.positive[0], group.negative[0]
            forms.append((tuple(map(Fraction, group.form)), ((i, 1 / size), (j, -1 / other))))
    return directions, forms


def _push(at: _Places, shares: Shares, form: Sequence[Fraction], factor: Fraction) -> dict[int, Fraction]:
    parts = [at.row(i, form, factor * a) for i, a in shares if i is not None]
    return {place: x for part in parts for place, x in part.items()}


def _pull(at: _Places, shares: Shares, column: Sequence[Fraction], factor: Fraction) -> dict[int, Fraction]:
    parts = [at.column(i, column, factor * a) for i, a in shares]
    return {place: x for part in parts for place, x in part.items()}


def _relations(vectors: Sequence[Vector]) -> tuple[list[int], list[dict[int, Fraction]]]:
    """(basis, relations): a maximal independent set, and a relation Σ c_i vector_i = 0 for each other, where its c is 1."""
    if not vectors:
        return [], []
    basis, others, X = row_basis(matrix(vectors))
    rows = X.fractions()
    return basis, [
        {other: ONE, **{b: -c for b, c in zip(basis, row, strict=True) if c}} for other, row in zip(others, rows, strict=True)
    ]


def _units(n: int) -> list[Vector]:
    return [tuple([Fraction(int(i == j)) for j in range(n)]) for i in range(n)]


def facet_shifts(f: ReLUNetwork) -> Iterator[Tangent]:
    """The shifts of hidden facets: one for each neuron j whose every live reader i has W_ij > 0 and the rest of its row ≤ 0."""
    places, bounds = slots(f.widths), neuron_bounds(f)
    for k in range(1, f.hidden):
        a, used = f.maps[k], np.any(f.maps[k + 1].weights.signs, axis=0).tolist()
        live = [i for i, (_, high) in enumerate(bounds[k]) if used[i] and (high is None or high > 0)]
        signs = a.weights.signs
        inputs = [activation_bounds(pair) for pair in bounds[k - 1]]
        for j in range(a.weights.columns):
            readers = [i for i in live if signs[i, j]]
            if not readers or any(signs[i, j] < 0 for i in readers):
                continue
            rest = row_bounds(_without(a, j), inputs)
            if all(_at_most_zero(rest[i][1]) for i in readers):
                entries = {places[k].bias(i): a.weights[i, j] for i in readers}
                yield Tangent("facet shift", k, {places[k - 1].bias(j): -ONE, **entries})


def _at_most_zero(high: Fraction | None) -> bool:
    return high is not None and high <= 0


def _without(a: Affine, j: int) -> Affine:
    W = a.weights
    entries = [0 if place % W.columns == j else x for place, x in enumerate(W.numerators)]
    return Affine(Matrix(W.rows, W.columns, entries, W.denominator), a.bias)


def tangent_rows(found: Sequence[Tangent], parameters: int, p: int, places: Sequence[int] | None = None) -> Array:
    """One row for each, as residues: multiples of the vectors that have no denominators, modulo p; at all places, or at these."""
    at = {place: c for c, place in enumerate(range(parameters) if places is None else places)}
    rows = np.zeros((len(found), len(at)), dtype=np.int64)
    for row, tangent in zip(rows, found, strict=True):
        if tangent.entries:
            scaled = matrix([list(tangent.entries.values())]).numerators
            for place, x in zip(tangent.entries, scaled, strict=True):
                if place in at:
                    row[at[place]] = x % p
    return rows


def tangent_rank(found: Sequence[Tangent], parameters: int, p: int, check: Check = no_check) -> int:
    """A lower bound of the rank of the vectors over Q, nearly always the rank: that modulo p.

    Vectors with one entry take a coordinate each; the others are ranked without those, and where they are long, by their images
    in a space of a few more dimensions than there are vectors: a linear map does not raise a rank.  `check` may raise.
    """
    alone = {place for t in found if len(t.entries) == 1 for place in t.entries}
    rest = [t for t in found if len(t.entries) > 1]
    places = sorted({place for t in rest for place in t.entries} - alone)
    width = min(len(places), len(rest) + 8)
    image = None
    if len(places) * len(rest) > LONG and width < len(places):
        image = np.random.default_rng(0).integers(0, p, (len(places), width))
    echelon = Echelon(width if image is not None else len(places), p, check)
    step = max(1, min(PANEL, LONG // max(1, len(places))))
    for start in range(0, len(rest), step):
        check()
        rows = tangent_rows(rest[start : start + step], parameters, p, places)
        echelon.add(rows if image is None else dot(rows, image, p))
    return len(alone) + echelon.rank


def summary(found: Iterable[Tangent]) -> str:
    """How many of which kind: "5 scaling, 2 transfer"."""
    return ", ".join(f"{count} {kind}" for kind, count in Counter(t.kind for t in found).items()) or "none"
