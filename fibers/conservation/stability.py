"""Which hidden neurons keep their kind when the weights move a little: dead ones, and those that are on together.

A conservation law is a statement about an open set of weights.  So a neuron counts as *dead* here only if it is off at every
input for all θ' near θ, and as *active* if it is on at every input for all of them.  Bounds decide, layer by layer: an input x
takes every real value, so no first-layer neuron is either; an activation lies in [l, h], h = ∞ unless shown otherwise, and

    T = b + Σ w_j y_j  is bounded below near θ   iff w_j > 0 for every j with h_j = ∞ ;   then T ≥ b + Σ_{h_j = ∞} w_j l_j + ...

with a bound that is continuous in θ.  Bound > 0 makes the neuron active; the same from above makes it dead.  Weights that read a
dead neuron do not matter: it stays 0.  This is the strict form of the types of B1 in docs/theory.md, at any depth.

A bound that is 0 shows nothing, for it moves with the weights.  But while biases are held, T = b + Σ w_j y_j, with y_j ≥ 0, stays
≥ 0 if b ≥ 0 and w_j > 0 for every input j that is not dead; and ≤ 0 if b ≤ 0 and all these w_j < 0.  This is as good: σ(T) = T
or σ(T) = 0 at every input.

On one input without biases (all held at 0) there is more: f is linear on x > 0 and on x < 0, and its two activation patterns do
not change near θ if no neuron is exactly 0 at x = ±1.  Then neurons of one layer that are on at the same sides are *on together*,
just as the active ones are in general.

Exact.  The test is sufficient: a neuron may be dead for a reason that bounds do not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fibers.networks import Affine, ReLUNetwork

__all__ = ["LayerKinds", "layer_kinds"]

Interval = tuple[Fraction, Fraction | None]
Bounds = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True)
class LayerKinds:
    """The neurons of one hidden layer: the dead, groups that are on together for one reason, and all others."""

    dead: tuple[int, ...]
    together: tuple[tuple[int, ...], ...]
    others: tuple[int, ...]


def layer_kinds(network: ReLUNetwork, biases: bool = True) -> tuple[LayerKinds, ...]:
    """The kinds of the neurons of each hidden layer that no small change of the weights alters.

    >>> f = ReLUNetwork([([[1], [-1]], None), ([[1, 2], [3, 1], [-1, -1], [1, -1]], [1, 1, -1, 0]), ([[1, 1, 1, 1]], None)])
    >>> layer_kinds(f)[1]
    LayerKinds(dead=(2,), together=((0, 1),), others=(3,))
    """
    if network.inputs == 1 and not biases and not any(any(a.bias.numerators) for a in network.maps[:-1]):
        found = _two_sided(network)
        if found is not None:
            return found
    return _by_bounds(network, biases)


def _by_bounds(network: ReLUNetwork, biases: bool) -> tuple[LayerKinds, ...]:
    kinds: list[LayerKinds] = []
    inputs: list[Interval] | None = None
    for a in network.maps[:-1]:
        n = a.weights.rows
        bounds: list[Bounds] = [(None, None)] * n
        held = [0] * n
        if inputs is not None:
            bounds = _bounds(a.weights.fractions(), a.weights.signs, a.bias.vector(), inputs)
            held = held if biases else _held_sides(a, [j for j in range(len(inputs)) if j not in kinds[-1].dead])
        dead = tuple(i for i, (_, high) in enumerate(bounds) if held[i] < 0 or (high is not None and high < 0))
        active = tuple(i for i, (low, _) in enumerate(bounds) if held[i] > 0 or (low is not None and low > 0))
        others = tuple(i for i in range(n) if i not in active and i not in dead)
        kinds.append(LayerKinds(dead, (active,) if active else (), others))
        inputs = [_activation(pair, i in dead) for i, pair in enumerate(bounds)]
    return tuple(kinds)


def _held_sides(a: Affine, live: Sequence[int]) -> list[int]:
    """1 for a row that stays ≥ 0 and −1 for one that stays ≤ 0 while its bias is held, 0 for the others.

    `live` are the inputs that do not stay 0: they are ≥ 0, and their weights must have one strict sign, that of the bias if it
    has one.  A row that reads no live input and has bias 0 stays 0, which counts as −1: the neuron is dead.
    """
    signs = a.weights.signs[:, live]
    return [
        -1 if b <= 0 and (row < 0).all() else 1 if b >= 0 and (row > 0).all() else 0
        for row, b in zip(signs, a.bias.numerators, strict=True)
    ]


def _activation(bounds: Bounds, dead: bool) -> Interval:
    zero = Fraction(0)
    low, high = bounds
    return (zero, zero) if dead else (max(low or zero, zero), None if high is None else max(high, zero))


def _bounds(
    W: tuple[tuple[Fraction, ...], ...], signs: np.ndarray, b: tuple[Fraction, ...], inputs: list[Interval]
) -> list[Bounds]:
    """Bounds of each row over the inputs that hold near θ too; None where there is none."""
    free = np.array([high is None for _, high in inputs], dtype=bool)
    below, above = (np.all(part, axis=1) for part in (signs[:, free] > 0, signs[:, free] < 0))
    return [
        (_end(W[i], b[i], inputs, 0) if below[i] else None, _end(W[i], b[i], inputs, 1) if above[i] else None)
        for i in range(len(W))
    ]


def _end(row: tuple[Fraction, ...], bias: Fraction, inputs: list[Interval], end: int) -> Fraction:
    """The least (end 0) or largest (end 1) value of a row; an input without upper bound counts with its lower one."""
    total = bias
    for w, (low, high) in zip(row, inputs, strict=True):
        ends = (low, low if high is None else high)
        total += w * (ends[end] if w > 0 else ends[1 - end])
    return total


def _two_sided(network: ReLUNetwork) -> tuple[LayerKinds, ...] | None:
    """The kinds on one input without biases, or None if a neuron that is fed is exactly 0 on a side."""
    sides = []
    for x in (1, -1):
        y: tuple[Fraction, ...] = (Fraction(x),)
        pattern = []
        for W, _ in network.layers[:-1]:
            T = [sum((w * v for w, v in zip(row, y, strict=True)), Fraction(0)) for row in W]
            if any(y) and not all(T):
                return None
            y = tuple(max(t, Fraction(0)) for t in T)
            pattern.append([t > 0 for t in T])
        sides.append(pattern)
    kinds = []
    for right, left in zip(*sides, strict=True):
        groups: dict[tuple[bool, bool], list[int]] = {}
        for i, key in enumerate(zip(right, left, strict=True)):
            groups.setdefault(key, []).append(i)
        dead = tuple(groups.pop((False, False), []))
        kinds.append(LayerKinds(dead, tuple(map(tuple, groups.values())), ()))
    return tuple(kinds)
