"""Exact bounds of every neuron's pre-activation over all of R^n, by interval arithmetic.

The inputs range over (−∞, ∞), an activation σ(t) with t in [lo, hi] over [max(lo, 0), max(hi, 0)], and a row (w, b) over

    lo = b + Σ_{w_l > 0} w_l lo_l + Σ_{w_l < 0} w_l hi_l,        hi = b + Σ_{w_l > 0} w_l hi_l + Σ_{w_l < 0} w_l lo_l.

With activations in [0, ∞) these are the signs of B1 in docs/theory.md: hi ≤ 0 for dead rows, lo ≥ 0 for active ones, and neither
for mixed ones.  Bounds are enclosures, not ranges: they do not see that two neurons depend on the same inputs.

Exact; which bounds are infinite is read off the signs alone, so only the finite ones cost arithmetic.  None is ∞, at either end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fibers.networks import Affine, ReLUNetwork

__all__ = ["Bounds", "activation_bounds", "layer_bounds", "neuron_bounds", "row_bounds"]

Bounds = tuple[Fraction | None, Fraction | None]


def neuron_bounds(network: ReLUNetwork) -> list[list[Bounds]]:
    """(lo, hi) of each pre-activation, layer by layer, over all inputs; the last list bounds the outputs.

    None is −∞ as lo and ∞ as hi. Cost: the signs of the weights, and one product per finite bound.

    >>> f = ReLUNetwork([([[1], [0]], [0, 5]), ([[-1, -2]], [3]), ([[1]], [0])])
    >>> [[tuple(map(str, pair)) for pair in layer] for layer in neuron_bounds(f)]
    [[('None', 'None'), ('5', '5')], [('None', '-7')], [('0', '0')]]
    """
    return layer_bounds(network.maps)


def layer_bounds(maps: Sequence[Affine]) -> list[list[Bounds]]:
    """`neuron_bounds` for maps with a ReLU between any two."""
    layers: list[list[Bounds]] = []
    inputs: list[Bounds] = [(None, None)] * maps[0].weights.columns
    for a in maps:
        layers.append(row_bounds(a, inputs))
        inputs = [activation_bounds(pair) for pair in layers[-1]]
    return layers


def activation_bounds(bounds: Bounds) -> Bounds:
    """Bounds of σ(t) from those of t."""
    zero = Fraction(0)
    lo, hi = bounds
    return zero if lo is None else max(lo, zero), None if hi is None else max(hi, zero)


def row_bounds(a: Affine, inputs: Sequence[Bounds]) -> list[Bounds]:
    """Bounds of each row of an affine map, from bounds of what enters it."""
    signs = a.weights.signs
    no_low, no_high = (np.array([pair[end] is None for pair in inputs], dtype=bool) for end in (0, 1))
    no_lo = np.logical_or((signs[:, no_low] > 0).any(axis=1), (signs[:, no_high] < 0).any(axis=1))
    no_hi = np.logical_or((signs[:, no_high] > 0).any(axis=1), (signs[:, no_low] < 0).any(axis=1))
    ends = [pair[end] or Fraction(0) for end in (0, 1) for pair in inputs]  # an infinite one is never used
    q = math.lcm(*(x.denominator for x in ends))
    integers = [x.numerator * (q // x.denominator) for x in ends]
    low, high = integers[: len(inputs)], integers[len(inputs) :]
    return [
        (None if no_lo[i] else _extreme(a, i, low, high, q), None if no_hi[i] else _extreme(a, i, high, low, q))
        for i in range(a.weights.rows)
    ]


def _extreme(a: Affine, i: int, at_positive: list[int], at_negative: list[int], q: int) -> Fraction:
    """b + Σ w u/q over w > 0 + Σ w v/q over w < 0, for row i of `a` and the integers u, v."""
    total = 0
    for w, u, v in zip(a.weights.row(i), at_positive, at_negative, strict=True):
        if w:
            total += w * (u if w > 0 else v)
    return a.bias[i, 0] + Fraction(total, q * a.weights.denominator)
