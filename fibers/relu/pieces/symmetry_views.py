"""A hidden layer as its symmetries see it: which neurons bend, which are on or off at every input, which weights may move.

What enters layer k is all of R^n for k = 1, and within the bounds of `fibers.relu.bounds` behind a ReLU.  A neuron is *off*
(dead) if its bounds are ≤ 0, *on* (active) if they are ≥ 0, and else it counts as bending; the kinds are right, and only which
neurons bend may be overstated.

*Room.*  Let t = b + Σ w_j y_j, with y_j from lo_j to hi_j, be off with supremum s ≤ 0.  Small changes of an entry, both ways,
keep it off in these cases:

    s < 0:  b;  w_j if hi_j and lo_j are finite, or w_j pulls away from where y_j is unbounded
    s = 0:  w_j if the y_j that attains the supremum is 0, as w_j ≠ 0 then has no part in it; and if y_j is 0 always

The same holds for a neuron that is on, with signs reversed.

Exact: everything.

Glossary: ℓ_i = (w_i, b_i) the row of neuron i, v_i its column, λ_i the factor in ℓ_i = λ_i ℓ_H for the neurons of a hyperplane H.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.bounds import Bounds, activation_bounds, neuron_bounds
from fibers.relu.rank.groups import Group, Layer, Member, by_bounds, grouped
from fibers.wording import listing

__all__ = ["View", "neurons_text", "total", "views"]

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class View:
    """Hidden layer `layer.index` of f; `inputs` bounds what enters, `bounds` the neurons before σ."""

    network: ReLUNetwork
    layer: Layer
    inputs: tuple[Bounds, ...]
    bounds: tuple[Bounds, ...]

    @property
    def k(self) -> int:
        """The layer, from 1."""
        return self.layer.index

    @property
    def size(self) -> int:
        """n_k."""
        return len(self.layer.forms)

    @cached_property
    def constant(self) -> tuple[int, ...]:
        """Neurons with w = 0 and b > 0."""
        return tuple([i for i in self.layer.active if not any(self.layer.forms[i][:-1])])

    @cached_property
    def active(self) -> tuple[int, ...]:
        """Neurons that are on and not constant."""
        return tuple([i for i in self.layer.active if i not in self.constant])

    @cached_property
    def unused(self) -> tuple[int, ...]:
        """Neurons with output weights 0."""
        return tuple([i for i, column in enumerate(self.layer.columns) if not any(column)])

    @cached_property
    def spare(self) -> tuple[int, ...]:
        """Neurons that do nothing, or only add a constant: off, constant, or unused."""
        return tuple(sorted({*self.layer.dead, *self.constant, *self.unused}))

    @cached_property
    def readers(self) -> tuple[tuple[int, ...] | None, ...]:
        """For each neuron the neurons of the next layer that read it and hide its kink (B4); None if one shows it.

        A reader hides it when its row is > 0 there and ≤ 0 elsewhere, bias included.  Dead and unused readers do not count.
        For layers with a hidden layer after them.
        """
        after = self.network.maps[self.k]
        signs = np.hstack([after.weights.signs, after.bias.signs])
        used = np.any(self.network.maps[self.k + 1].weights.signs, axis=0)
        positive = (signs > 0).sum(axis=1)
        live = used & (positive > 0)
        hiding = live & (positive == 1) & (signs[:, -1] <= 0)
        read = signs[:, :-1] != 0
        shown = (read & (live & ~hiding)[:, None]).any(axis=0) | ((signs[:, :-1] < 0) & hiding[:, None]).any(axis=0)
        found = [np.flatnonzero(read[:, j] & hiding) for j in range(self.size)]
        return tuple([None if shown[j] else tuple(map(int, found[j])) for j in range(self.size)])

    @cached_property
    def opposite(self) -> tuple[Group, ...]:
        """The hyperplanes with neurons of both orientations."""
        return tuple([group for group in self.layer.groups if group.two_sided])

    def room(self, i: int) -> tuple[tuple[bool, ...], bool]:
        """Which entries of w_i, and whether b_i, may move both ways while neuron i stays on, or off, at every input."""
        on = i in self.layer.active
        end = self.bounds[i][0 if on else 1]
        assert end is not None, "a neuron that is on or off is bounded"
        moving = []
        for w, (low, high) in zip(self.layer.forms[i][:-1], self.inputs, strict=True):
            inward = w if on else -w  # > 0: the end is attained where y is least
            if end:
                moving.append((low is not None or inward < 0) and (high is not None or inward > 0))
            else:
                moving.append(low == high == 0 or (inward != 0 and (low if inward > 0 else high) == 0))
        return tuple(moving), bool(end)


def views(f: ReLUNetwork) -> tuple[View, ...]:
    """All hidden layers.  Cost: that of `neuron_bounds`, and a pass over the weights.

    >>> first, second = views(ReLUNetwork([([[1], [0]], [0, 5]), ([[-1, -2], [1, 0]], [3, 0]), ([[1, 0]], [0])]))
    >>> first.constant, second.layer.dead, second.active, second.unused
    ((1,), (0,), (1,), (1,))
    """
    every: Bounds = (None, None)
    inputs: tuple[Bounds, ...] = (every,) * f.inputs
    found = []
    for k, (bounds, kinds) in enumerate(zip(neuron_bounds(f), by_bounds(f), strict=False), start=1):
        found.append(View(f, grouped(f, k, kinds), inputs, tuple(bounds)))
        inputs = tuple([activation_bounds(pair) for pair in bounds])
    return tuple(found)


def total(view: View, members: Sequence[Member]) -> Vector:
    """Σ λ_i v_i over some neurons of one hyperplane."""
    columns = view.layer.columns
    return tuple([sum((size * columns[i][o] for i, size in members), Fraction(0)) for o in range(view.layer.outputs)])


def neurons_text(neurons: Sequence[int]) -> str:
    """ "neuron 3", "neurons 0, 2"; long lists in part."""
    return f"neuron{'' if len(neurons) == 1 else 's'} {listing(neurons)}"
