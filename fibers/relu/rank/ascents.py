"""Points where neurons are on or off together that no point so far has shown so, by climbing.

A *goal* is a neuron that has been seen on one side only, or two neurons of neighbouring layers whose signs have not been seen
together, the later one on.  Walkers make random steps of many lengths and keep those that raise the least of the signed
pre-activations, relative to the size of the point.  Where it is positive, the goal is reached.

Floats: everything.  The points are proposals; what holds there is decided by `fibers.relu.rank.draws`.

Glossary: (k, i, s) neuron i of hidden layer k, both from 0, with sign s = ±1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.rank.modular import Array
from fibers.relu.sampling import sample_points

__all__ = ["Goal", "climb", "unseen"]

Goal = tuple[tuple[int, int, int], ...]
WALKERS, STEPS = 96, 60


def unseen(patterns: Sequence[Array]) -> Iterator[Goal]:
    """The goals that no pattern meets; pairs only of signs that have been seen one by one.

    >>> on = [np.array([[True], [False]]), np.array([[True], [False]])]      # two neurons, on together or off together
    >>> list(unseen(on))
    [((0, 0, -1), (1, 0, 1))]
    """
    sides = [{1: np.array(on.any(axis=0)), -1: np.array(~on.all(axis=0))} for on in patterns]
    for k, seen in enumerate(sides):
        for s in (1, -1):
            yield from (((k, int(i), s),) for i in np.flatnonzero(~seen[s]))
    for k, (before, after) in enumerate(itertools.pairwise(patterns)):
        later = after.astype(np.float64)
        for s in (1, -1):
            earlier = (before if s > 0 else ~before).astype(np.float64)
            apart = (earlier.T @ later == 0) & sides[k][s][:, None] & sides[k + 1][1]
            yield from (((k, int(j), s), (k + 1, int(i), 1)) for j, i in np.argwhere(apart))


def climb(f: ReLUNetwork, goal: Goal, rng: np.random.Generator) -> Array:
    """Where the walkers end that reach the goal in floats, and points beside them; perhaps none. Cost: 6,000 evaluations."""
    x = sample_points(f.inputs, WALKERS, rng)
    height = _height(f, goal, x)
    for _ in range(STEPS):
        size = (1 + np.linalg.norm(x, axis=1, keepdims=True)) * 10.0 ** rng.uniform(-2.5, 0.5, (WALKERS, 1))
        step = x + size * rng.standard_normal(x.shape) / np.sqrt(f.inputs)
        there = _height(f, goal, step)
        better = there > height
        x[better], height[better] = step[better], there[better]
    x = x[height > 0]
    beside = x + 1e-3 * (1 + np.linalg.norm(x, axis=1, keepdims=True)) * rng.standard_normal(x.shape)
    return np.concatenate([x, beside])


def _height(f: ReLUNetwork, goal: Goal, x: Array) -> Array:
    """The least of s · t over the goal, relative to the size of the point."""
    wanted = {k: [(i, s) for at, i, s in goal if at == k] for k, _, _ in goal}
    y, least = x, np.full(len(x), np.inf)
    with np.errstate(all="ignore"):
        for k, a in enumerate(f.maps[: max(wanted) + 1]):
            t = np.nan_to_num(y @ a.weights.floats.T + a.bias.floats[:, 0])
            for i, s in wanted.get(k, ()):
                least = np.minimum(least, s * t[:, i])
            y = np.maximum(t, 0.0)
        return least / (1 + np.linalg.norm(x, axis=1))
