"""Canonical values: one value for one function, where theory has a complete normal form (F6 in docs/theory.md).

`canonical(f)` writes f as a chain of normal forms with σ in between,

    f = N_r ∘ σ ∘ ··· ∘ σ ∘ N_1,      N_1 on R^n, the others on orthants,

each of them an affine map or one hidden layer in its normal form S1, and the neurons in between without order, scale, copies or
hidden facets that could move (`canonical_steps`).  Equal values are one function, always: the value *is* a recipe for it.  The
converse, equal functions have equal values, is

    r = 1     a theorem with no genericity (S1): affine maps, one hidden layer, and any depth where f depends on one affine form
    bottleneck networks (r = 2, N_1 affine of rank n_1 ≥ 2)     a theorem for generic weights ([RELU3]; B3, B4), see `complete`
    elsewhere    not so: flips and refactorings in neighbouring hidden layers, for one, give other values

The chain is found by simplification (E3) and shorter layers (`canonical_networks`), then blocks from the last layer back, then
the steps between them, again and again while anything changes and nothing grows.  A final Softmax sees logits up to a common
shift, so the last logit is subtracted first.

Exact: everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from fibers.exact import Matrix, column, matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.canonical_blocks import Block, block, chain, network_of
from fibers.relu.canonical_generic import bottleneck_case
from fibers.relu.canonical_lines import direction, line_network
from fibers.relu.canonical_networks import shorter
from fibers.relu.canonical_steps import settled, tidy
from fibers.relu.differences import logits
from fibers.relu.questions import network_of as asked
from fibers.relu.shallow import NormalForm

__all__ = ["Canonical", "canonical"]

ROUNDS = 20
"""How often a network is looked at anew, at most; the second round mostly finds nothing to do."""

NOTES = {
    "affine": "complete: equal for equal functions (S1)",
    "one variable": "complete: equal for equal functions (S1)",
    "one hidden layer": "complete: equal for equal functions (S1)",
    "B3": "complete for generic weights (all facets visible, B3): off a null set of weights, equal for equal functions",
    "B4": "complete for generic weights (a hidden facet, at its limit, B4): off a null set of weights, equal for equal functions",
    "bottleneck": "not complete: the weights are off the generic part (B3, B4); equal functions may get different values",
    "weights": "not complete: equal functions may get different values",
}


@dataclass(frozen=True)
class Canonical:
    """A value for the function of a network: equal values are equal functions; the converse where it is `complete`.

    `forms` are the normal forms N_1, ..., N_r of the chain, `final` is "softmax", "logsoftmax" or None; `known`, a
    network that it came from, does not count. Compares and hashes.
    """

    forms: tuple[NormalForm, ...]
    final: str | None = None
    known: ReLUNetwork | None = field(default=None, compare=False, repr=False)

    @property
    def value(self) -> tuple[Any, ...]:
        """What is compared: (final, N_1, ..., N_r)."""
        return (self.final, *self.forms)

    @property
    def inputs(self) -> int:
        """The input dimension."""
        return self.forms[0].inputs

    @property
    def outputs(self) -> int:
        """The output dimension."""
        return self.forms[-1].outputs

    @cached_property
    def kind(self) -> str:
        """ "affine", "one variable", "one hidden layer", "bottleneck" or "weights": which normal form this is."""
        first = self.forms[0]
        if len(self.forms) == 1:
            if not first.kinks:
                return "affine"
            return "one variable" if direction(_linear_parts(first)) else "one hidden layer"
        rows = matrix(first.linear)
        is_bottleneck = len(self.forms) == 2 and not first.kinks and rows.rank() == rows.rows
        return "bottleneck" if is_bottleneck else "weights"

    @cached_property
    def _case(self) -> str:
        """The key of the note that holds."""
        return self.kind if self.kind != "bottleneck" else bottleneck_case(self.forms[1]) or "bottleneck"

    @property
    def proved(self) -> bool:
        """Whether two values for which this holds are equal iff the functions are, with no genericity (S1)."""
        return len(self.forms) == 1

    @property
    def complete(self) -> bool:
        """Whether two values for which this holds are equal iff the functions are; for bottlenecks, of generic weights."""
        return self._case not in ("bottleneck", "weights")

    @property
    def note(self) -> str:
        """How far equal functions have equal values, in words."""
        return NOTES[self._case]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 name of the value."""
        told = [self.final, [[f.domain, f.kinks, f.linear, f.constant] for f in self.forms]]
        return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()

    def to_network(self) -> ReLUNetwork:
        """A network of this function: of that which the chain gives and the one it came from, simplified, the smaller one.

        Logits before a Softmax are relative to the last one.
        """
        own = shorter(network_of(self.forms))
        best = own if self.known is None or own.parameters <= self.known.parameters else self.known
        return ReLUNetwork(best.maps, final=self.final)

    def __call__(self, x: Sequence[Any]) -> tuple[Fraction, ...]:
        """The exact value at a point, as the network's; of logits relative to the last one before a Softmax."""
        y = self.forms[0](x)
        for form in self.forms[1:]:
            y = form([max(t, Fraction(0)) for t in y])
        return y

    def __repr__(self) -> str:
        end = f", final={self.final!r}" if self.final else ""
        kinks = "-".join(str(len(form.kinks)) for form in self.forms)
        told = f"{self.kind}, R^{self.inputs} → R^{self.outputs}, kinks {kinks}"
        return f"<Canonical {self.digest[:12]}, {told}{end}{'' if self.complete else ', not complete'}>"

    def _repr_html_(self) -> str:
        from fiberscope.tables import panel_html, table_html

        rows = [
            (k, f"{form.inputs} → {form.outputs}", len(form.kinks), "R^n" if form.domain == "space" else "orthant")
            for k, form in enumerate(self.forms, start=1)
        ]
        title = f"Canonical value {self.digest[:12]}: {self.kind}"
        return panel_html("127,127,127", title, table_html(rows, ("block", "map", "kinks", "on")) + f"<div>{self.note}</div>")


def canonical(f: Any) -> Canonical:
    """The canonical value of a network: equal values are equal functions, and conversely where theory knows how (F6).

    `f` is a ReLUNetwork, a LinearNetwork (its product counts, an affine map), a torch module or a path.

    For f with at most one hidden layer after simplification, or of one variable, the value depends on the function alone. For
    bottleneck networks it does for generic weights ([RELU3]); `complete` and `note` say what holds. Elsewhere it does not change
    under permutations and positive scalings of any hidden layer, nor under flips in every other layer from the last one on.

    Raises `InvalidNetwork` for anything else, and what `fibers.load` raises. Cost: a few simplifications, and integer matrix
    products for each pair of layers; the number of breakpoints for functions of one variable.

    >>> hat = ReLUNetwork([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    >>> flipped = ReLUNetwork([([[-1], [-2], [-1]], [0, 2, 2]), ([[1, -1, 1]], [0])])
    >>> canonical(hat) == canonical(flipped), canonical(hat).kind
    (True, 'one variable')
    """
    network = asked(f, "f")
    known = logits(network)
    for _ in range(ROUNDS):
        known, before = shorter(_sorted(known)), known
        if known == before:
            break
    blocks = _reduced(known)
    for _ in range(ROUNDS):
        again = _reduced(shorter(network_of([b.form() for b in blocks])))
        if again == blocks or _size(again) > _size(blocks):
            break
        blocks = again
    return Canonical(tuple(b.form() for b in blocks), network.final, known)


def _size(blocks: Sequence[Block]) -> tuple[int, int, int]:
    """What goes down as long as a chain is reduced: hidden layers, neurons between blocks, kinks."""
    layers = len(blocks) - 1 + sum(b.kinks > 0 for b in blocks)
    return layers, sum(b.outputs for b in blocks), sum(b.kinks for b in blocks)


def _reduced(network: ReLUNetwork) -> list[Block]:
    """The chain of a simplified network, with the steps between blocks made until none changes anything."""
    while True:
        blocks = _settled_chain(network)
        w = direction(_linear_parts(blocks[0].form())) if len(blocks) > 1 else None
        if w is not None:
            return chain(line_network(network, w))
        if all(b.kinks for b in blocks[1:]):
            return blocks
        network = shorter(network_of([b.form() for b in blocks]))  # two affine maps in a row: a layer less


def _settled_chain(network: ReLUNetwork) -> list[Block]:
    blocks = chain(network)
    while True:
        before = list(blocks)
        for k in range(len(blocks) - 1):
            pair = settled(blocks[k], blocks[k + 1])
            if pair is None:  # what follows is constant
                y = blocks[k + 1].form()([max(t, Fraction(0)) for t in blocks[k].form()([0] * blocks[k].inputs)])
                flat = Affine(matrix([[0] * blocks[0].inputs] * len(y)), column(y))
                return [block([flat], "space"), *blocks[k + 2 :]]
            blocks[k : k + 2] = pair
        if blocks == before:
            return blocks


def _sorted(network: ReLUNetwork) -> ReLUNetwork:
    """The network with each hidden layer in canonical order and scale, copies merged, so that nothing later depends on them."""
    blocks = [block([a], "orthant" if k else "space") for k, a in enumerate(network.maps)]
    for k in range(len(blocks) - 1):
        pair = tidy(blocks[k], blocks[k + 1])
        if pair is None:
            return network
        blocks[k : k + 2] = pair
    maps = [Affine(b.affine.take_columns(range(b.inputs)), b.affine.take_columns([b.inputs])) for b in blocks]
    return ReLUNetwork(maps, final=network.final)


def _linear_parts(form: NormalForm) -> Matrix:
    """The rows w of the kinks and of A."""
    return matrix([*(H[:-1] for H, _ in form.kinks), *form.linear])
