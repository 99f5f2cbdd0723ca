"""Points at which chosen neurons are on, by linear programming.

To make t_k[i](x) large where x ↦ t_k[i](x) is neither convex nor concave, bound it from below by a concave function that can
be maximised.  Choose s ∈ {0, 1} for every neuron below and carry two bounds through the layers, L ≤ σ(t) ≤ U:

    low = Σ_{w>0} w L + Σ_{w<0} w U + b ≤ t ≤ high = Σ_{w>0} w U + Σ_{w<0} w L + b,
    L ≤ low if s = 1 (σ(t) ≥ t),   L = 0 if s = 0 (σ(t) ≥ 0),        U ≥ high,   U ≥ 0,

with L, U variables of one linear program.  Every s gives a valid bound, low is concave in x, and with s the activation pattern of
x it is exact at x.  So maximise low, take the pattern found, and repeat: t never decreases, and a step is not confined to
an activation region and its neighbours, as a gradient's is.  For several neurons at once maximise the smallest.

Floats: everything, within the tolerances of the solver.  They propose points; whoever uses them decides exactly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.sampling import Array, Sample

__all__ = ["Target", "climb", "program_work", "smallest"]

Target = tuple[int, int]
"""A hidden neuron: (layer from 1, index from 0)."""
STEPS = 6
PROGRAM_START = 20_000
ENOUGH = 1.0
"""A margin at which climbing stops: the neuron's kink is this far away, in the activations that it reads."""


def smallest(sample: Sample, targets: Sequence[Target]) -> Array:
    """min over the targets of t / |(w, b)| at each sampled point, in floats: > 0 where all of them are on."""
    with np.errstate(all="ignore"):
        return np.min([sample.layers[k - 1][:, i] / _size(sample.network, k, i) for k, i in targets], axis=0)


def program_work(network: ReLUNetwork, layer: int) -> int:
    """About what a linear program for a neuron of hidden layer `layer` costs; the entries of its matrix, size, cost size^1.5."""
    below = 2 * sum(network.widths[1:layer]) + 1
    size = below * (network.inputs + below)
    return PROGRAM_START + size * math.isqrt(size) // 40


def climb(
    network: ReLUNetwork,
    targets: Sequence[Target],
    x: Array,
    rng: np.random.Generator,
    *,
    radius: float = 1e3,
    hopeful: bool = False,
    deadline: float | None = None,
) -> tuple[Array | None, int]:
    """A point within `radius` in every coordinate where all `targets` are on, in floats, or None; and the programs solved.

    The search starts at x. Where a pre-activation on the way is about 0, its s is drawn at random. Targets have s = 1 throughout;
    `hopeful` starts with s = 1 for whatever they read with a positive weight, too, or else nothing may push those on.
    """
    program = _Program(network, tuple(targets), radius)
    best, height, solved = x, -np.inf, 0
    while solved < STEPS:
        solved += 1
        pattern = _pattern(network, best, rng)
        for k, i in targets:
            pattern[k - 1][i] = True
            if hopeful and solved == 1 and k > 1:
                pattern[k - 2][network.maps[k - 1].weights.signs[i] > 0] = True
        found = program.solve(pattern, deadline)
        value = -np.inf if found is None else float(smallest(Sample(network, found[None, :]), targets)[0])
        if found is None or value <= height:
            break
        best, height = found, value
    return (best if height > 0 else None), solved


@dataclass(frozen=True)
class _Program:
    """max m, m ≤ low(t) / |(w, b)| for all targets; the variables are x, then L and U layer by layer, then m."""

    network: ReLUNetwork
    targets: tuple[Target, ...]
    radius: float

    @cached_property
    def top(self) -> int:
        """The highest layer with a target; those below it have variables."""
        return max(k for k, _ in self.targets)

    @cached_property
    def starts(self) -> list[int]:
        """Where the variables of each layer start: x, (L, U) of layer 1, ..., m."""
        sizes = [self.network.inputs, *(2 * w for w in self.network.widths[1 : self.top]), 1]
        return np.concatenate([[0], np.cumsum(sizes)]).tolist()

    def _low(self, k: int, sign: int) -> Array:
        """Coefficients of low (sign 1) or high (−1) of every neuron of layer k in all variables; the bias is extra."""
        W = self.network.maps[k - 1].weights.floats
        rows = np.zeros((len(W), self.starts[-1]))
        at, n = self.starts[k - 1], W.shape[1]
        if k == 1:
            rows[:, at : at + n] = W
            return rows
        first, second = (np.maximum(W, 0), np.minimum(W, 0)) if sign > 0 else (np.minimum(W, 0), np.maximum(W, 0))
        rows[:, at : at + n], rows[:, at + n : at + 2 * n] = first, second
        return rows

    @cached_property
    def rows(self) -> tuple[Array, Array]:
        """All inequalities A z ≤ b: L ≤ low, U ≥ high for each layer, then m ≤ low for the targets."""
        A, b = [], []
        for k in range(1, self.top):
            n, at, bias = self.network.widths[k], self.starts[k], self.network.maps[k - 1].bias.floats[:, 0]
            lower, upper = -self._low(k, 1), self._low(k, -1)
            lower[:, at : at + n] += np.eye(n)
            upper[:, at + n : at + 2 * n] -= np.eye(n)
            A += [lower, upper]
            b += [bias, -bias]
        for k, i in self.targets:
            size = _size(self.network, k, i)
            row = -self._low(k, 1)[i : i + 1] / size
            row[:, -1] = 1
            A.append(row)
            b.append(self.network.maps[k - 1].bias.floats[i] / size)
        return np.vstack(A), np.concatenate(b)

    def solve(self, pattern: Sequence[Array], deadline: float | None) -> Array | None:
        """The best x for a choice of s, one array a hidden layer; None if the solver fails or time is up."""
        from scipy.optimize import linprog

        with np.errstate(all="ignore"):
            A, b = self.rows
        if not (np.isfinite(A).all() and np.isfinite(b).all()):
            return None
        bounds: list[tuple[float | None, float | None]] = [(-self.radius, self.radius)] * self.network.inputs
        keep, at = np.ones(len(A), bool), 0
        for k in range(1, self.top):
            n, s = self.network.widths[k], pattern[k - 1]
            bounds += [(None, None) if on else (0.0, 0.0) for on in s] + [(0.0, None)] * n
            keep[2 * at : 2 * at + n] = s
            at += n
        options: dict[str, Any] = {}
        if deadline is not None:
            options["time_limit"] = max(deadline - time.monotonic(), 0.01)
        objective = np.zeros(A.shape[1])
        objective[-1] = -1
        result = linprog(objective, A[keep], b[keep], bounds=[*bounds, (None, ENOUGH)], method="highs", options=options)
        return result.x[: self.network.inputs] if result.status == 0 else None


def _pattern(network: ReLUNetwork, x: Array, rng: np.random.Generator) -> list[Array]:
    """Which hidden neurons are on at x, layer by layer; at random where that is too close to call."""
    close = 1e-9 * max(1.0, float(np.abs(x).max()))
    layers = [values[0] for values in Sample(network, x[None, :]).layers[:-1]]
    return [np.where(np.abs(t) <= close, rng.random(len(t)) < 0.5, t > 0) for t in layers]


def _size(network: ReLUNetwork, k: int, i: int) -> float:
    a = network.maps[k - 1]
    return float(np.linalg.norm(a.weights.floats[i])) + abs(float(a.bias.floats[i, 0])) or 1.0
