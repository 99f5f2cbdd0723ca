"""Discrete symmetries at f: orders of neurons, flips, reflections; each can be carried out within the widths of f.

    permutation   the neurons of a layer in any order
    sign flip     σ(ℓ) = ℓ + σ(−ℓ): the neurons i ∈ S are turned, and their affine part Σ_S V_i ℓ_i goes elsewhere in the layer:
                  k ≥ 2   to its D neurons that are on, off or unused, whose total is R: their rows > 0 carry R + Σ_S V_i w_i iff
                          there is such a factorisation (B5; `positive_factors`)
                  k = 1   to pairs σ(ℓ_H), σ(−ℓ_H), which carry P w_H for any P, as u_+ += P, u_- −= P: those that f has, with H
                          as it is, and ⌊D/2⌋ pairs with free H from its D spare neurons: this works iff
                          rank(Σ_S V_i w_i modulo the span of the w_H) ≤ ⌊D/2⌋ (S3)
    facet flip    neuron i turned behind the hidden facet of j, which absorbs its linear part (B4; `fibers.relu.moves.flip_facet`)
    reflection    n_1 = 1: what follows y = σ(t) is constant from y = M on, so it is also a function of σ(M − t) (B3)

*The reflection keeps widths.*  Let h(y) = Σ_i v_i σ(w_i y + b_i) + c, y ≥ 0, be constant from its last kink M on, which is iff
Σ_{w_i>0} v_i w_i = 0.  Then h'(y) = h(M − y) for y ≤ M, and h(0) beyond, has a kink at M − M_i for each kink M_i < M of h, and at
most one more, at M.  As h' is constant from there on, neurons σ(M_i' − y) make it, one for each kink: no more than h has.

Exact: everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import factorial, prod

import numpy as np

from fibers.errors import TooManyPieces
from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.descriptions import Symmetry
from fibers.relu.pieces.positive_factors import has_factors
from fibers.relu.pieces.subsets import Sums
from fibers.relu.pieces.symmetry_views import View, neurons_text
from fibers.relu.shallow import normal_form
from fibers.wording import listing

__all__ = ["Flips", "discrete", "flips"]

JOINT = 10
"""Up to so many neurons are asked which of them flip together."""


def discrete(found: Sequence[View]) -> Iterator[Symmetry]:
    """The discrete symmetries, kind by kind; see the module docstring."""
    yield from (_permutation(view) for view in found if view.size > 1)
    for view in found:
        yield from _sign_flips(view)
    for view in found[:-1]:
        yield from _facet_flips(view)
    if len(found) > 1 and found[0].size == 1:
        yield from _reflection(found[0])


def _permutation(view: View) -> Symmetry:
    k, n = view.k, view.size
    text = (
        f"the {n} neurons of hidden layer {k} in any order: rows of W{k} and b{k}, columns of W{k + 1}; layer {k + 1} sums them"
    )
    same: dict[object, list[int]] = {}
    for i, neuron in enumerate(zip(view.layer.forms, view.layer.columns, strict=True)):
        same.setdefault(neuron, []).append(i)
    copies = [group for group in same.values() if len(group) > 1]
    if copies:
        repeated = prod(factorial(count) ** times for count, times in Counter(map(len, copies)).items())
        told = "; ".join(f"{listing(group)}" for group in copies[:3]) + (" and more" if len(copies) > 3 else "")
        more = f"{repeated:,} at a time" if repeated < 10**9 else "very many at a time"
        text += f"; neurons {told} are the same, so orders coincide, {more}"
    return Symmetry("discrete", "permutation", (k,), _places(k, range(n)), text, order=factorial(n))


# Sign flips


@dataclass(frozen=True)
class Flips:
    """Which of the `neurons` of a layer can be turned.

    `sums` has their linear parts on top of what is carried already; `room` is D, and what carries is `positive`, for k ≥ 2; it
    is ⌊D/2⌋ for k = 1.
    """

    neurons: tuple[int, ...]
    sums: Sums
    room: int
    positive: bool

    def works(self, S: Sequence[int]) -> bool:
        """Whether the neurons at the places S of `neurons` can be turned together."""
        R = self.sums.at(S)
        return R.rank() < self.room or (has_factors(R, self.room) if self.positive else R.rank() <= self.room)

    @cached_property
    def every(self) -> bool:
        """Whether all sets can be turned, whatever their linear parts are."""
        rows, columns = self.sums.start.shape
        return self.room >= min(rows + self.positive, columns)

    @cached_property
    def alone(self) -> tuple[int, ...]:
        """The neurons that can be turned alone."""
        return self.neurons if self.every else tuple([i for s, i in enumerate(self.neurons) if self.works((s,))])

    @cached_property
    def joint(self) -> list[tuple[int, ...]] | None:
        """All sets that can be turned, as neurons, without the empty one; None where there are many neurons."""
        if len(self.neurons) > JOINT:
            return None
        try:
            found = [S for S in self.sums.subsets(self.room) if S and self.works(S)]
        except TooManyPieces:
            return None
        return [tuple([self.neurons[s] for s in S]) for S in found]


def flips(view: View) -> Flips:
    """The sign flips of a layer.  See the module docstring."""
    return _first_flips(view) if view.k == 1 else _later_flips(view)


def _later_flips(view: View) -> Flips:
    """Layers k ≥ 2: active neurons carry the linear parts."""
    room = {*view.active, *view.spare}
    turned = tuple([i for i in range(view.size) if i not in room])
    forms, columns = view.layer.forms, view.layer.columns
    held = [i for i in view.active if any(columns[i])]
    rows = tuple([forms[i][:-1] for i in range(view.size)])
    zero = Matrix(view.layer.outputs, view.layer.inputs, [0] * (view.layer.outputs * view.layer.inputs))
    R = Sums(zero, tuple([columns[i] for i in held]), tuple([rows[i] for i in held])).at(range(len(held)))
    return Flips(turned, Sums(R, tuple([columns[i] for i in turned]), tuple([rows[i] for i in turned])), len(room), True)


def _first_flips(view: View) -> Flips:
    """The first layer: pairs of opposite neurons carry the linear parts."""
    anchors = {i for group in view.opposite for i in (group.positive[0][0], group.negative[0][0])}
    spare = [i for i in view.spare if i not in anchors]
    turned = tuple([i for i in range(view.size) if i not in anchors and i not in spare])
    annihilator = _annihilator([group.form[:-1] for group in view.opposite], view.layer.inputs)
    rows = (matrix([view.layer.forms[i][:-1] for i in turned]) @ annihilator).fractions() if turned else ()
    m, c = view.layer.outputs, annihilator.columns
    columns = tuple([view.layer.columns[i] for i in turned])
    return Flips(turned, Sums(Matrix(m, c, [0] * (m * c)), columns, rows), len(spare) // 2, False)


def _annihilator(rows: Sequence[Sequence[int]], n: int) -> Matrix:
    """n × c, its columns a basis of the vectors that are orthogonal to all of these rows."""
    if not rows:
        return Matrix(n, n, [int(i == j) for i in range(n) for j in range(n)])
    basis, nullity = matrix(rows).integers.nullspace()
    return Matrix(n, int(nullity), [int(basis[i, j]) for i in range(n) for j in range(int(nullity))])


def _sign_flips(view: View) -> Iterator[Symmetry]:
    found, k = flips(view), view.k
    alone = found.alone
    joint = None if found.every else found.joint
    moved = tuple(sorted({*alone, *(i for S in joint or () for i in S)}))
    if not moved:
        return
    turned = f"{neurons_text(moved)} of hidden layer {k} turned: σ(ℓ) = ℓ + σ(−ℓ)"
    text = f"{turned}; {_carried(view, found)}, b{k + 1} the constant; {_which(found, joint)}"
    yield Symmetry("discrete", "sign flip", (k,), _places(k, moved), text, order=_flip_order(found, joint))


def _flip_order(found: Flips, joint: list[tuple[int, ...]] | None) -> int | None:
    """The number of sets that can be turned, if turning one after another never leads out of them; else None."""
    if found.every:
        return 1 << len(found.neurons)
    masks = {0, *(sum(1 << i for i in S) for S in joint or ())}
    return len(masks) if joint is not None and all(a ^ b in masks for a in masks for b in masks) else None


def _carried(view: View, found: Flips) -> str:
    """What becomes of ℓ."""
    if view.k > 1:
        return f"the neurons of layer {view.k} that are on, off or unused carry the linear part (B5)"
    if view.opposite or found.room:
        return "pairs of opposite neurons of layer 1 carry the linear part (S3)"
    return "the linear parts cancel (S3)"


def _which(found: Flips, joint: list[tuple[int, ...]] | None) -> str:
    """Which sets of neurons."""
    alone, number = found.alone, len(found.neurons)
    if found.every or (joint is not None and len(joint) == 2**number - 1):
        return "in any choice of them" if number > 1 else "alone"
    if joint is None:
        return "each of them alone; which of them together was not looked at"
    if all(len(S) == 1 for S in joint):
        return "one at a time" if len(alone) > 1 else "alone"
    if len(joint) == 1:
        return "only together"
    return f"in {len(joint):,} of the {2**number - 1:,} choices of {neurons_text(found.neurons)}, {len(alone)} of them single"


# Facets


def _facet_flips(view: View) -> Iterator[Symmetry]:
    """The flips behind each hidden facet: all live neurons that read i or j have them in one ratio, which is not 0."""
    k, after = view.k, view.network.layers[view.k][0]
    for j, users in enumerate(view.readers):
        if not users:
            continue
        for i in range(view.size):
            ratios = {after[u][i] / after[u][j] for u in users}
            if i != j and len(ratios) == 1 and any(ratios) and _read_by(view, i) <= set(users):
                text = (
                    f"neuron {i} of hidden layer {k} turned, row and bias times −1, behind the hidden facet of neuron {j}, whose "
                    f"row and bias absorb it; layer {k + 1} stays, as it hides the kink of neuron {j} (B4)"
                )
                yield Symmetry("discrete", "facet flip", (k,), ((k, i), (k, j)), text, order=2)


def _read_by(view: View, i: int) -> set[int]:
    """The neurons of the next layer that read neuron i and are neither dead nor unused."""
    rows, biases = view.network.layers[view.k]
    used = np.any(view.network.maps[view.k + 1].weights.signs, axis=0).tolist()
    return {u for u, row in enumerate(rows) if row[i] and used[u] and max(*row, biases[u]) > 0}


# Reflection


def _reflection(view: View) -> Iterator[Symmetry]:
    """n_1 = 1 and a function h of y ≥ 0 that is constant in the end, but not constant."""
    f = view.network
    if not any(view.layer.forms[0][:-1]):
        return
    rows, _ = f.layers[1]
    at_infinity = [sum((v * row[0] for v, row in zip(V, rows, strict=True) if row[0] > 0), Fraction(0)) for V in f.layers[2][0]]
    h = normal_form(ReLUNetwork(f.maps[1:3]), "orthant")
    if any(at_infinity) or not h.kinks:
        return
    text = (
        "hidden layer 1 has one neuron, y = σ(t), and what follows is constant for large y: seen from the other end, "
        "y = σ(M − t), with new thresholds in W2, b2 (B3)"
    )
    yield Symmetry("discrete", "reflection", (1, 2), ((1, 0),), text)


def _places(k: int, neurons: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple([(k, i) for i in neurons])
