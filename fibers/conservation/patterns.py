"""Activation patterns that occur near a network: each on a set of inputs with interior, for every θ' near θ.

At a point x where no hidden neuron is 0, all signs stay as they are when x and θ move a little.  So the pattern at such a point
is one of every network nearby.  In few dimensions the points are those inside all regions; otherwise they are drawn at many
scales.  A missing pattern only makes a lower bound of C5 lower.  Held biases: a neuron with b = 0 all of whose inputs are off is
0 for all θ' near θ; it counts as off, and what it would add is 0.

Exact: every pattern given.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from fibers.conservation.fields import Pattern
from fibers.networks import ReLUNetwork
from fibers.relu.activations import regions

__all__ = ["patterns_near", "stable_pattern"]

FEW_INPUTS, FEW_NEURONS = 3, 14
"""Up to so many inputs and hidden neurons all regions are listed."""
DRAWS = 300
SCALES = (-6, 10)
"""Powers of two between which points are drawn."""


def patterns_near(network: ReLUNetwork, biases: bool = True, seed: int = 0) -> Iterator[Pattern]:
    """Patterns of all networks near this one, each once."""
    seen: set[Pattern] = set()
    for x in _points(network, seed):
        pattern = stable_pattern(network, x, biases)
        if pattern is not None and pattern not in seen:
            seen.add(pattern)
            yield pattern


def stable_pattern(network: ReLUNetwork, x: tuple[Fraction, ...], biases: bool = True) -> Pattern | None:
    """The pattern at x, or None if a small change of x or the weights can alter it.

    >>> f = ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    >>> stable_pattern(f, (Fraction(2),)), stable_pattern(f, (Fraction(0),))
    (((True, False),), None)
    """
    pattern = []
    y = x
    for k, (W, b) in enumerate(network.layers[:-1]):
        fed = k == 0 or any(y)  # x = 0 moves, too
        T = [sum((w * v for w, v in zip(row, y, strict=True)), c) for row, c in zip(W, b, strict=True)]
        if any(t == 0 and (fed or biases) for t in T):
            return None
        pattern.append(tuple(t > 0 for t in T))
        y = tuple(max(t, Fraction(0)) for t in T)
    return tuple(pattern)


def _points(network: ReLUNetwork, seed: int) -> Iterator[tuple[Fraction, ...]]:
    n = network.inputs
    if n <= FEW_INPUTS and sum(network.widths[1:-1]) <= FEW_NEURONS:
        yield from (region.point for region in regions(network))
    rng = random.Random(seed)
    for _ in range(DRAWS):
        scale = Fraction(2) ** rng.randint(*SCALES)
        yield tuple(scale * Fraction(rng.randint(-(10**6), 10**6), 10**6) for _ in range(n))
