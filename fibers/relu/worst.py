"""Where on a domain two networks differ most: floats climb, exact evaluation says by how much.

f − g is piecewise affine, so on a box it is largest at corners of the box or of activation regions.  Many points are moved at
once: each picks an output and a sign, and jumps to the corner of the box to which its gradient points, or for some coordinates
only; a jump that makes things worse is taken back.

The difference of two nearly equal floats is noise.  For networks written over common atoms (`fibers.relu.paired_forms`) the
*linearised* difference has none of it: with the signs of f's neurons, δℓ = F δu + D u + d and δu = δℓ where ℓ > 0, else 0.

Exact: what is returned, |f − g| at the point.  Floats: everything else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Protocol

import numpy as np

from fibers.domains import Box, Domain, Point, Polyhedron
from fibers.networks import ReLUNetwork
from fibers.polyhedra import value
from fibers.relu.outward import as_floats, down
from fibers.relu.paired_forms import Step
from fibers.relu.points import gaps
from fibers.walks import hit_and_run

__all__ = ["worst_point"]

Array = np.ndarray
POINTS = 64
ROUNDS = 24
EXACT = 6
"""How many candidates are evaluated exactly."""
WORK = 3_000_000_000
"""Weights times points times rounds."""
STEP_BITS = 30
PARTS = 1024
"""Directions in polyhedra are multiples of 1/PARTS of their largest entry."""


def worst_point(
    f: ReLUNetwork,
    g: ReLUNetwork,
    domain: Domain,
    steps: Sequence[Step] | None = None,
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> tuple[Fraction, Point]:
    """(|f − g| in the max norm, x) for the worst point x of the domain that was found, exactly.

    `steps` are f and g over common atoms, if they were aligned. `check` is called in between.
    """
    best: tuple[Fraction, Point] | None = None
    models: list[_Model] = [_Direct((f, g))]
    if steps is not None:
        models.insert(0, _Linearised(steps))
    for model in models:
        search = _Search(model, np.random.default_rng(seed), f.parameters + g.parameters, check)
        points = search.in_box(domain) if isinstance(domain, Box) else search.in_polyhedron(domain, random.Random(seed))
        check()
        found = max(zip(gaps(f, g, points), points, strict=True), key=lambda pair: pair[0])
        best = found if best is None or found[0] > best[0] else best
        if len(models) > 1 and best[0] and 2 * best[0] >= search.promised:
            break  # floats foretold it: the difference of floats would add nothing
    assert best is not None
    return best


class _Model(Protocol):
    """A piecewise linear map in floats: values, and gradients of chosen outputs."""

    def values(self, x: Array) -> Array:
        """One row a point."""

    def gradients(self, x: Array, directions: Array) -> Array:
        """The gradient of ⟨direction, value⟩ by x, one row a point."""


@dataclass(frozen=True)
class _Direct:
    """f − g, evaluated as it stands."""

    networks: tuple[ReLUNetwork, ReLUNetwork]

    def values(self, x: Array) -> Array:
        f, g = self.networks
        return f(x) - g(x)

    def gradients(self, x: Array, directions: Array) -> Array:
        f, g = self.networks
        return _backward(f, x, directions) - _backward(g, x, directions)


def _backward(f: ReLUNetwork, x: Array, directions: Array) -> Array:
    on, z = [], x
    for a in f.maps[:-1]:
        t = z @ a.weights.floats.T + a.bias.floats[:, 0]
        on.append(t > 0)
        z = np.maximum(t, 0.0)
    p = directions
    for a, mask in zip(f.maps[:0:-1], on[::-1], strict=True):
        p = (p @ a.weights.floats) * mask
    return p @ f.maps[0].weights.floats


@dataclass(frozen=True)
class _Linearised:
    """g − f to first order, from the paired forms."""

    steps: Sequence[Step]

    def values(self, x: Array) -> Array:
        return self._forward(x)[0]

    def _forward(self, x: Array) -> tuple[Array, list[Array]]:
        u, delta, masks = [x], [np.zeros_like(x)], []
        shift = np.zeros((len(x), 1))
        for step in self.steps:
            value, shift = step.bias.floats[:, 0] + np.zeros((len(x), 1)), step.offset.floats[:, 0] + np.zeros((len(x), 1))
            for b, M in step.F.items():
                value, shift = value + u[b] @ M.floats.T, shift + delta[b] @ M.floats.T
            for b, M in step.D.items():
                shift = shift + u[b] @ M.floats.T
            masks.append(value > 0)
            u.append(np.maximum(value, 0.0))
            delta.append(shift * masks[-1])
        return shift, masks

    def gradients(self, x: Array, directions: Array) -> Array:
        masks = self._forward(x)[1]
        by_u = [np.zeros((len(x), 1))] * (len(self.steps) + 1)
        by_delta = list(by_u)
        for k in range(len(self.steps), 0, -1):
            step, last = self.steps[k - 1], k == len(self.steps)
            p = by_u[k] if last else by_u[k] * masks[k - 1]
            q = directions if last else by_delta[k] * masks[k - 1]
            for b, M in step.F.items():
                by_u[b] = by_u[b] + (p @ M.floats if p.shape[1] == len(M.floats) else 0.0)
                by_delta[b] = by_delta[b] + q @ M.floats
            for b, M in step.D.items():
                by_u[b] = by_u[b] + q @ M.floats
        return by_u[0] + np.zeros_like(x)


class _Search:
    """One search with one model; `promised` is the largest |difference| that floats saw."""

    def __init__(self, model: _Model, rng: np.random.Generator, weights: int, check: Callable[[], None]):
        self.model, self.rng, self.check = model, rng, check
        self.count = int(np.clip(WORK // (weights * ROUNDS), 8, POINTS))
        self.promised = 0.0

    def _aims(self, values: Array) -> Array:
        """For each point a signed unit vector: half take their largest difference, the others all outputs in turn."""
        count, outputs = values.shape
        rows = np.arange(count)
        chosen = np.where(rows % 2 == 0, np.abs(values).argmax(axis=1), (rows // 2) % outputs)
        aims = np.zeros((count, outputs))
        aims[rows, chosen] = np.where(values[rows, chosen] >= 0, 1.0, -1.0)
        aims[rows % 4 == 3] *= -1.0
        return aims

    def _best(self, values: Array) -> Array:
        sizes = np.nan_to_num(np.abs(values).max(axis=1), nan=0.0, posinf=0.0)
        self.promised = float(sizes.max(initial=0.0))
        return np.argsort(-sizes, kind="stable")[:EXACT]

    def in_box(self, box: Box) -> list[Point]:
        """The best corners and other points of a box, by floats; always some."""
        low, high = as_floats(box.lower), as_floats(box.upper)
        n = len(low)
        with np.errstate(all="ignore"):
            share = self.rng.integers(0, 2, (self.count, n)).astype(float)
            share[::4] = self.rng.integers(0, 1 << 16, share[::4].shape) / (1 << 16)
            share[:3] = np.array([0.0, 1.0, 0.5])[:, None]
            x = low + share * (high - low)
            values = self.model.values(x)
            aims = self._aims(values)
            for round_ in range(ROUNDS):
                self.check()
                slopes = self.model.gradients(x, aims)
                part = (1.0, 0.5, 0.25, 0.1)[min(round_ // 3, 3)] if round_ % 2 or round_ > 6 else 1.0
                moved = self.rng.random(x.shape) < part
                tried = np.where(moved & (slopes != 0), (slopes > 0).astype(float), share)
                y = low + tried * (high - low)
                after = self.model.values(y)
                better = (after * aims).sum(axis=1) > (values * aims).sum(axis=1)
                share[better], x[better], values[better] = tried[better], y[better], after[better]
        rows = [share[i].tolist() for i in self._best(values)]
        ends = list(zip(box.lower, box.upper, strict=True))
        return [tuple([a + Fraction(s) * (b - a) for s, (a, b) in zip(row, ends, strict=True)]) for row in rows]

    def in_polyhedron(self, domain: Polyhedron, rng: random.Random) -> list[Point]:
        """The best of some points of a polyhedron, moved along their gradients, exactly, until they meet its boundary."""
        points = hit_and_run(domain, rng, self.count, self.check)
        for _ in range(3):
            self.check()
            with np.errstate(all="ignore"):
                x = np.array([as_floats(p) for p in points])
                slopes = np.nan_to_num(self.model.gradients(x, self._aims(self.model.values(x))))
            moved = []
            for p, d in zip(points, slopes, strict=True):
                self.check()
                moved.append(_until_boundary(domain, p, d))
            points = [*points, *moved]
            with np.errstate(all="ignore"):
                values = self.model.values(np.array([as_floats(p) for p in points]))
            order = np.argsort(-np.nan_to_num(np.abs(values).max(axis=1)), kind="stable")[: self.count]
            points = [points[i] for i in order]
            self._best(values)
        return points[:EXACT]


def _until_boundary(domain: Polyhedron, point: Point, slope: Array) -> Point:
    """The point moved along the slope as far as the polyhedron goes, by a step rounded down; itself if that is not at all."""
    largest = float(np.abs(slope).max(initial=0.0))
    if not largest:
        return point
    d = [round(float(v) / largest * PARTS) for v in slope]
    far: Fraction | None = None
    for row in domain.rows:
        rate = Fraction(sum(map(mul, row, d)), PARTS)
        if rate < 0:
            room = value(row, point) / -rate
            far = room if far is None or room < far else far
    if far is None or far <= 0:
        return point
    step = down(far, STEP_BITS)
    return tuple([v + step * Fraction(w, PARTS) for v, w in zip(point, d, strict=True)])
