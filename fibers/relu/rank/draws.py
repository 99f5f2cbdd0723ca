"""Activation patterns that occur at smooth points of a ReLU network, found by drawing and decided exactly.

Candidates, in floats: points of sizes from 1e-6 to 1e6; points on segments between them where a neuron switches, found by
bisection, and their neighbours on both sides at distances from 2^−30 to 1 of the segment's length.  Floats are dyadic numbers,
so every candidate is an exact point.

What is decided: signs of pre-activations, with the float value t̂ and a bound e of how far it is off, |t̂| > e; in sums of n terms
e = (n + 8) 2^−52 Σ |w y| + |w| e(y), rounded up (`fibers.relu.outward`).  A point at which this leaves a neuron open is evaluated
over Q, up to `MOST_EXACT` of them at a time; the others are let go.

Exact: every pattern that is reported has an open set of points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.outward import UNIT, above
from fibers.relu.points import columns, image, rectified
from fibers.relu.rank.jacobian import kink_at
from fibers.relu.rank.modular import Array
from fibers.relu.sampling import sample_points, to_point

__all__ = ["MOST_EXACT", "draws", "patterns_at"]

MOST_EXACT = 24
STEPS = 28
"""Bisections of a segment."""
LARGEST = 2.0**60
"""Activations beyond this are left to exact arithmetic."""


def draws(f: ReLUNetwork, count: int, rng: np.random.Generator) -> Iterator[list[Array]]:
    """Batches of patterns without end: from points of all sizes, then from beside kinks, by turns; about `count` points each."""
    while True:
        points = sample_points(f.inputs, count, rng)
        yield patterns_at(f, points)
        yield patterns_at(f, beside_kinks(f, points, rng))


def patterns_at(f: ReLUNetwork, points: Array) -> list[Array]:
    """The patterns at the smooth ones of these points, hidden layer by hidden layer, N × n_k; duplicates are kept.

    >>> patterns_at(ReLUNetwork([([[1]], [0]), ([[1]], [0])]), np.array([[2.0], [0.0], [-1.0]]))[0].tolist()
    [[True], [False]]
    """
    signs = _signs(f, points)
    open_ = np.flatnonzero(np.any([(s == 2).any(axis=1) for s in signs], axis=0))
    fine = np.ones(len(points), dtype=bool)
    fine[open_] = False
    for n, row in enumerate(open_):
        if n < MOST_EXACT:
            exact = _exact_signs(f, points[row])
            for layer, values in zip(signs, exact, strict=True):
                layer[row] = values
            fine[row] = kink_at(exact) is None
    return [s[fine] > 0 for s in signs]


def _signs(f: ReLUNetwork, points: Array) -> list[Array]:
    """The signs of the hidden pre-activations, N × n_k, proved; 2 where floats leave them open."""
    y, off = points, np.zeros_like(points)
    found = []
    with np.errstate(all="ignore"):
        for a in f.maps[:-1]:
            W, b = a.weights.floats.T, a.bias.floats[:, 0]
            t = y @ W + b
            sizes = above(above(np.abs(y)) @ above(np.abs(W)) + above(np.abs(b)))
            off = above((W.shape[0] + 8) * UNIT * sizes + above(above(off) @ above(np.abs(W))))
            clear = (np.abs(t) > off) & (sizes < LARGEST)
            found.append(np.where(clear, np.sign(t), 2).astype(np.int8))
            y = np.maximum(t, 0.0)  # σ does not stretch: the bound stays
    return found


def _exact_signs(f: ReLUNetwork, x: Array) -> list[Array]:
    """The signs at one point, over Q."""
    y, found = columns([to_point(x)]), []
    for a in f.maps[:-1]:
        t = image(a, y)
        found.append(np.array([(row[0] > 0) - (row[0] < 0) for row in t.rows], dtype=np.int8))
        y = rectified(t)
    return found


def beside_kinks(f: ReLUNetwork, points: Array, rng: np.random.Generator) -> Array:
    """Points on and beside the kinks that segments between pairs of points cross; as many as there are, at most."""
    ends = points[rng.permutation(len(points))]
    first, values, others = points, _hidden(f, points), _hidden(f, ends)
    crossed = (values > 0) != (others > 0)
    pairs = np.flatnonzero(crossed.any(axis=1))
    if not len(pairs):
        return points[:0]
    weight = crossed[pairs] / np.maximum(crossed.sum(axis=0), 1)  # neurons that seldom switch come first
    neurons = np.argmax(weight * rng.random(weight.shape), axis=1)
    low, high = first[pairs], ends[pairs]
    start = values[pairs, neurons] > 0
    length = high - low
    for _ in range(STEPS):
        middle = (low + high) / 2
        same = (_hidden(f, middle)[np.arange(len(pairs)), neurons] > 0) == start
        low, high = np.where(same[:, None], middle, low), np.where(same[:, None], high, middle)
    step = length * np.ldexp(1.0, -rng.integers(0, 31, len(pairs)))[:, None]
    sideways = np.linalg.norm(step, axis=1, keepdims=True) * rng.standard_normal(step.shape)
    return np.concatenate([low, high, low - step, high + step, low + sideways])


def _hidden(f: ReLUNetwork, points: Array) -> Array:
    """All hidden pre-activations in floats, N × (n_1 + n_2 + ...)."""
    y, found = points, []
    with np.errstate(all="ignore"):
        for a in f.maps[:-1]:
            t = np.nan_to_num(y @ a.weights.floats.T + a.bias.floats[:, 0])
            found.append(t)
            y = np.maximum(t, 0.0)
    return np.concatenate(found, axis=1)


def unique(patterns: Sequence[Array], seen: set[bytes]) -> list[Array]:
    """The patterns that are not in `seen` yet, once each; `seen` gets them."""
    packed = np.packbits(np.concatenate(patterns, axis=1), axis=1)
    fresh = []
    for n, row in enumerate(packed):
        key = row.tobytes()
        if key not in seen:
            seen.add(key)
            fresh.append(n)
    return [layer[fresh] for layer in patterns]
