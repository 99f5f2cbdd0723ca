"""The same function with fewer neurons: exact simplifications that need no search (E3 in docs/theory.md).

In a hidden layer with pre-activations t = W z + b and activations y = σ(t), every rule but the last is an identity
y_i = Σ_j c_j y_j + d between a neuron that goes and neurons that stay, substituted into the next affine map:

    dead               t_i ≤ 0                                         y_i = 0
    constant           row i of W is 0                                 y_i = σ(b_i)
    unused             column i of the next map is 0                   y_i does not matter
    parallel           (W_i, b_i) = λ (W_j, b_j), λ > 0                y_i = λ y_j
    active             t_i ≥ 0, W_i = Σ c_j W_j over t_j ≥ 0           y_i = Σ c_j y_j + b_i − Σ c_j b_j
    layer is affine    all t_i ≥ 0                                     y = t: two maps become one

The signs come from exact bounds (`fibers.relu.bounds`).  Each of these rules lowers the number of neurons; the last one keeps
it.  It is the limit shift of a hidden facet (B4).  Let W', b' be the next map, with a ReLU after it, and let every row i of W'
that reads neuron j, W'_ij ≠ 0, have

    W'_ij > 0   and   u_i ≤ 0, the upper bound of b'_i + Σ_{l≠j} W'_il y_l;          s = min_i −u_i / W'_ij ≥ 0.

Then b_j → b_j − s together with b'_i → b'_i + W'_ij s changes no activation of the next layer: where t_j ≥ s, each row i is what
it was, as σ(t_j − s) + s = t_j; where t_j < s, it is at most W'_ij s + u_i ≤ 0 before and after, and its activation 0.  Rows
that do not read j see nothing.  Afterwards s = 0: bottleneck networks that differ by such a shift come out equal.  An active
neuron is shifted only as far as it stays active.

The rules are applied until none applies: simplifying twice changes nothing.  Exact; numpy only looks at signs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fibers.errors import InvalidNetwork
from fibers.exact import Matrix, primitive
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.bounds import Bounds, activation_bounds, layer_bounds, row_bounds
from fibers.relu.dependence import independent_rows, row_basis
from fibers.relu.shallow import joined

__all__ = ["Simplification", "simplify", "simplify_report"]

MOST_BITS = 1 << 28
"""Active neurons stay when writing them as combinations would make weights of more bits than this, altogether."""

Neuron = tuple[int, int]  # (layer, index) in the network given: layers from 1, indices from 0


@dataclass(frozen=True)
class Simplification:
    """What `simplify` did; neurons are named (layer, index) as in the network given, layers from 1, indices from 0.

    `removed`: (layer, index, reason), sorted. `kept`: the neurons that remain, hidden layer by hidden layer of `network`.
    `shifted`: (layer, index, s) for hidden facets moved to their limit, b_j → b_j − s.
    """

    network: ReLUNetwork
    removed: tuple[tuple[int, int, str], ...]
    kept: tuple[tuple[Neuron, ...], ...]
    shifted: tuple[tuple[int, int, Fraction], ...]

    def __repr__(self) -> str:
        return f"<Simplification to {'-'.join(map(str, self.network.widths))}, {len(self.removed)} neurons removed>"


def simplify(network: ReLUNetwork) -> ReLUNetwork:
    """The same function on all of R^n with fewer neurons; idempotent; `final` stays (E3).

    Removes dead, constant, unused, parallel and dependent active neurons and affine layers, and moves hidden facets to their
    limit. A network that turns out affine has no hidden layer left. Cost: about linear in the weights for each round, and few
    rounds; exact elimination only among active neurons.

    >>> f = ReLUNetwork([([[1], [2], [0]], [0, 0, 1]), ([[1, 1, 1]], [0])])     # σ(x) + σ(2x) + σ(1)
    >>> simplify(f) == ReLUNetwork([([[1]], [0]), ([[3]], [1])])
    True
    """
    return simplify_report(network).network


def simplify_report(network: ReLUNetwork) -> Simplification:
    """`simplify`, with what it removed and why."""
    if not isinstance(network, ReLUNetwork):
        raise InvalidNetwork(f"simplify needs a ReLUNetwork (fibers.load reads one from a file); found {type(network).__name__}")
    work = _Work(list(network.maps), [[(k, i) for i in range(n)] for k, n in enumerate(network.widths[1:-1], 1)], {}, {})
    # Each round lowers the number of neurons, or moves facets after which only a removal lets another move: it ends.
    while work.reduce() or work.shift():
        pass
    changed = bool(work.removed or work.shifted)
    return Simplification(
        ReLUNetwork(work.maps, final=network.final) if changed else network,
        tuple(sorted((*neuron, reason) for neuron, reason in work.removed.items())),
        tuple(tuple(layer) for layer in work.names),
        tuple(sorted((*neuron, s) for neuron, s in work.shifted.items())),
    )


@dataclass(frozen=True)
class _Rule:
    """y_i = Σ c_j y_j + constant: why neuron i goes and what replaces it; `combination` lists the (j, c_j)."""

    reason: str
    combination: Sequence[tuple[int, Fraction]] = ()
    constant: Fraction = Fraction(0)


@dataclass
class _Work:
    """A network under simplification: its maps, which may have width 0 for a while, and the names of its hidden neurons."""

    maps: list[Affine]
    names: list[list[Neuron]]
    removed: dict[Neuron, str]
    shifted: dict[Neuron, Fraction]

    def reduce(self) -> bool:
        """One sweep of the removing rules, backwards for unused neurons, then forwards; whether anything went."""
        before = len(self.names), len(self.removed)
        for k in reversed(range(len(self.names))):
            used = self.maps[k + 1].weights.signs.any(axis=0)
            self.substitute(k, {int(i): _Rule("unused") for i in np.flatnonzero(~used)})
        inputs: list[Bounds] = [(None, None)] * self.maps[0].weights.columns
        k = 0
        while k < len(self.names):
            bounds = row_bounds(self.maps[k], inputs)
            for rules in (self.plain_rules, self.active_rules):
                kept = self.substitute(k, rules(k, bounds))
                bounds = [bounds[i] for i in kept]
            if all(_is_active(pair) for pair in bounds):
                self.collapse(k)
            else:
                inputs = [activation_bounds(pair) for pair in bounds]
                k += 1
        return before != (len(self.names), len(self.removed))

    def substitute(self, k: int, rules: dict[int, _Rule]) -> list[int]:
        """Hidden layer k (from 0) without the neurons i in `rules`, the next map with y_i replaced; the indices that stay."""
        inner, outer = self.maps[k], self.maps[k + 1]
        kept = [i for i in range(inner.weights.rows) if i not in rules]
        if not rules:
            return kept
        gone = sorted(rules)
        lost = outer.weights.take_columns(gone)
        weights, bias = outer.weights.take_columns(kept), outer.bias
        if any(rules[i].combination for i in gone):
            weights = weights + lost @ _coefficients([rules[i].combination for i in gone], kept)
        if any(rules[i].constant for i in gone):
            bias = bias + lost @ _coefficients([[(0, rules[i].constant)] for i in gone], [0])
        self.maps[k : k + 2] = [Affine(inner.weights.take_rows(kept), inner.bias.take_rows(kept)), Affine(weights, bias)]
        self.removed |= {self.names[k][i]: rules[i].reason for i in gone}
        self.names[k] = [self.names[k][i] for i in kept]
        return kept

    def collapse(self, k: int) -> None:
        """Hidden layer k, all of it active, composed with the next map."""
        self.removed |= dict.fromkeys(self.names.pop(k), "layer is affine")
        self.maps[k : k + 2] = [self.maps[k + 1].compose(self.maps[k])]

    def plain_rules(self, k: int, bounds: Sequence[Bounds]) -> dict[int, _Rule]:
        """Dead, constant and parallel neurons of hidden layer k."""
        a = self.maps[k]
        varies = np.any(a.weights.signs, axis=1).tolist()
        rules = {}
        for i, (_, hi) in enumerate(bounds):
            if hi is not None and hi <= 0:
                rules[i] = _Rule("dead")
            elif not varies[i]:
                rules[i] = _Rule("constant", constant=a.bias[i, 0])
        for i, j, scale in _parallel(a, [i for i in range(len(bounds)) if i not in rules]):
            rules[i] = _Rule(f"parallel to neuron {self.names[k][j][1]}", [(j, scale)])
        return rules

    def active_rules(self, k: int, bounds: Sequence[Bounds]) -> dict[int, _Rule]:
        """The active neurons of hidden layer k whose rows are combinations of the rows of other active ones."""
        a, after = self.maps[k], self.maps[k + 1].weights
        active = [i for i, pair in enumerate(bounds) if _is_active(pair)]
        if len(active) in (0, len(bounds)):  # all active: the layer goes, whatever its rank
            return {}
        rows = a.weights.take_rows(active)
        rank = len(independent_rows(rows))
        if (len(active) - rank) * rank**2 * _bits(rows) > MOST_BITS:
            return {}
        basis, others, X = row_basis(rows)
        if after.rows * after.columns * (_bits(X) + _bits(after)) > MOST_BITS:
            return {}
        moved = a.bias.take_rows([active[i] for i in others]) - X @ a.bias.take_rows([active[i] for i in basis])
        return {
            active[i]: _Rule("active, a combination of others", [(active[j], X[s, t]) for t, j in enumerate(basis)], moved[s, 0])
            for s, i in enumerate(others)
        }

    def shift(self) -> bool:
        """Hidden facets to their limit, from the last layer to the first; whether any moved.

        A shift leaves the activations of the next layer alone and with them their bounds, so one sweep is enough.
        """
        moved = False
        bounds = layer_bounds(self.maps[:-1]) if self.names else []
        for k in reversed(range(len(self.names) - 1)):
            inputs = [activation_bounds(pair) for pair in bounds[k]]
            for j in _hidden_candidates(self.maps[k + 1].weights.signs, inputs):
                s = _room(self.maps[k + 1], j, inputs)
                lo, hi = bounds[k][j]
                if lo is not None and lo >= 0:
                    s = min(s, lo)
                if s > 0:
                    self.shift_facet(k, j, s)
                    inputs[j] = activation_bounds((None if lo is None else lo - s, None if hi is None else hi - s))
                    moved = True
        return moved

    def shift_facet(self, k: int, j: int, s: Fraction) -> None:
        """b_j −= s in hidden layer k, b_i += W_ij s in the next map."""
        inner, outer = self.maps[k], self.maps[k + 1]
        W, n = outer.weights, inner.bias.rows
        down = Matrix(n, 1, [s.numerator * (i == j) for i in range(n)], s.denominator)
        up = Matrix(W.rows, 1, [s.numerator * x for x in W.column(j)], s.denominator * W.denominator)
        self.maps[k : k + 2] = [Affine(inner.weights, inner.bias - down), Affine(W, outer.bias + up)]
        self.shifted[self.names[k][j]] = self.shifted.get(self.names[k][j], Fraction(0)) + s


def _is_active(bounds: Bounds) -> bool:
    return bounds[0] is not None and bounds[0] >= 0


def _parallel(a: Affine, candidates: Sequence[int]) -> Iterable[tuple[int, int, Fraction]]:
    """(i, j, λ) for rows (W_i, b_i) = λ (W_j, b_j), λ > 0, j < i: j the first of its class.

    Parallel rows have equal signs, so only rows that share them are brought to lowest terms.
    """
    signs = np.hstack([a.weights.signs, a.bias.signs])
    alike: dict[bytes, list[int]] = {}
    for i in candidates:
        alike.setdefault(signs[i].tobytes(), []).append(i)
    for group in alike.values():
        if len(group) > 1:
            rows = joined(Affine(a.weights.take_rows(group), a.bias.take_rows(group)))
            first: dict[tuple[int, ...], tuple[int, int]] = {}
            for s, i in enumerate(group):
                row, factor = primitive(rows.row(s))
                j, of_first = first.setdefault(row, (i, factor))
                if j != i:
                    yield i, j, Fraction(factor, of_first)


def _coefficients(combinations: Sequence[Sequence[tuple[int, Fraction]]], kept: Sequence[int]) -> Matrix:
    """One row per combination, one column per index in `kept`."""
    place = {j: t for t, j in enumerate(kept)}
    q = math.lcm(*(c.denominator for row in combinations for _, c in row))
    entries = [0] * (len(combinations) * len(kept))
    for s, row in enumerate(combinations):
        for j, c in row:
            entries[s * len(kept) + place[j]] = c.numerator * (q // c.denominator)
    return Matrix(len(combinations), len(kept), entries, q)


def _bits(M: Matrix) -> int:
    """The most bits an entry takes."""
    return max((abs(x).bit_length() for x in M.numerators), default=0) + M.denominator.bit_length()


def _hidden_candidates(signs: np.ndarray, inputs: Sequence[Bounds]) -> list[int]:
    """The columns j that some row reads, all of them positively and with no other positive weight on an unbounded input."""
    positive = signs > 0
    endless = np.array([hi is None for _, hi in inputs])
    count = positive[:, endless].sum(axis=1)
    shown = np.where(endless, (positive & (count[:, None] > 1)).any(axis=0), (positive & (count[:, None] > 0)).any(axis=0))
    return np.flatnonzero(positive.any(axis=0) & ~(signs < 0).any(axis=0) & ~shown).tolist()


def _room(a: Affine, j: int, inputs: Sequence[Bounds]) -> Fraction:
    """s = min_i −u_i / W_ij over the rows i that read j: negative if one of them shows its kink."""
    return min(-_rest(a, i, j, inputs) / a.weights[i, j] for i in range(a.weights.rows) if a.weights[i, j])


def _rest(a: Affine, i: int, j: int, inputs: Sequence[Bounds]) -> Fraction:
    """u_i: the upper bound of b_i + Σ_{l≠j} W_il y_l."""
    total = a.bias[i, 0]
    for k, (w, (lo, hi)) in enumerate(zip(a.weights.row(i), inputs, strict=True)):
        end = hi if w > 0 else lo
        if w and end and k != j:
            total += Fraction(w, a.weights.denominator) * end
    return total
