"""Pairs of equal networks that take as many cases as one likes: the largest of three outputs, found by two trees."""

from __future__ import annotations

import random
from collections.abc import Sequence

from fibers.networks import ReLUNetwork

MAX_THREE = [
    ([[1, -1, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], None),
    ([[1, 1, -1, -1, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], None),
    ([[1, 1, -1]], None),
]


def two_trees(widths: Sequence[int], seed: int, nudge: object = 0) -> tuple[ReLUNetwork, ReLUNetwork]:
    """max(max(y_0, y_1), y_2) and max(y_0, max(y_1, y_2)) of a random network y with three outputs; `nudge` is added to one."""
    rng = random.Random(seed)
    layers = [
        ([[rng.randint(-9, 9) for _ in range(a)] for _ in range(b)], [rng.randint(-9, 9) for _ in range(b)])
        for a, b in zip(widths, [*widths[1:], 3], strict=True)
    ]
    return _largest(layers, (0, 1, 2), 0), _largest(layers, (1, 2, 0), nudge)


def _largest(layers: list, order: tuple[int, ...], nudge: object) -> ReLUNetwork:
    *hidden, (V, c) = layers
    first = MAX_THREE[0][0]
    W = [[sum(a * V[order[k]][j] for k, a in enumerate(row)) for j in range(len(V[0]))] for row in first]
    b = [sum(a * c[order[k]] for k, a in enumerate(row)) for row in first]
    return ReLUNetwork([*hidden, (W, b), MAX_THREE[1], (MAX_THREE[2][0], [nudge])])
