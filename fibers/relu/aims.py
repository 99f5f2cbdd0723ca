"""Points that exercise what no sampled point does: neurons that were never live, weights that were never exercised.

An aim is a short list of neurons to have on at once: the neuron, the one below whose weight is meant, and a random chain of
neurons above, up to the last hidden layer, each reading the one before with a weight that is not 0, so that the outputs can
depend on it.  Linear programs climb there (`reach`), from sampled points where the aims are nearest to being on, and from random
ones.  A climb can fail although the neuron is reachable, so what was not reached is tried again until the budget is spent;
neurons that are dead by their bounds are not tried.

Floats: everything.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from fibers.relu.bounds import neuron_bounds
from fibers.relu.coverage import Coverage
from fibers.relu.reach import Target, climb, program_work, smallest
from fibers.relu.sampling import Array, Sample

__all__ = ["Suspect", "reached"]

Suspect = tuple[int, int, int]
"""(side, layer, index): a hidden neuron of f (side 0) or g (side 1); layers count from 1, indices from 0."""

BUDGET = 20_000_000
"""The sum of `program_work` over all linear programs, at most."""
TURNS = 32
CLIMBS = ((1e3, False), (1e3, True), (1e9, False))
"""Every climb to an aim: how far away it may go, and whether it starts hopeful."""
NEAREST = (1, 64, 1 << 30)
"""A climb starts at one of so many sampled points, those where its aim is nearest to being on."""
AROUND = 3


def reached(
    samples: tuple[Sample, Sample],
    suspects: Sequence[Suspect],
    rows: Sequence[int],
    rng: np.random.Generator,
    deadline: float | None,
) -> Iterator[Array]:
    """Batches of points, one a row, each exercising something in f or g that no earlier one did, nor the sampled `rows`.

    samples: f and g at the same points. Suspects come first, then the last hidden layer, then those before. No point comes of
    networks so large that one program is beyond the budget.
    """
    if max(program_work(sample.network, sample.network.hidden) for sample in samples) > BUDGET:
        return
    coverage = []
    for sample in samples:
        cover = Coverage(sample.network)
        cover.add(Sample(sample.network, sample.points[list(rows)]))
        coverage.append(cover)
    climbs = [_Climbs(sample, rng, deadline) for sample in samples]
    for side, targets in _aims(suspects, coverage):
        if sum(c.spent for c in climbs) > BUDGET or (deadline is not None and time.monotonic() >= deadline):
            return
        points = climbs[side].points(targets)
        if len(points):
            coverage[side].add(Sample(samples[side].network, points))
            yield points


def _aims(suspects: Sequence[Suspect], coverage: Sequence[Coverage]) -> Iterator[tuple[int, tuple[Target, ...]]]:
    """(side, neurons to have on): neurons that were never live, then the missing weights of those that were, again and again."""
    bounds = [neuron_bounds(cover.network)[:-1] for cover in coverage]
    everything = [(side, k, i) for side, n in enumerate(bounds) for k in range(1, len(n) + 1) for i in range(len(n[k - 1]))]
    everything.sort(key=lambda neuron: -neuron[1])
    for neurons in (suspects, everything) * TURNS:
        for side, k, i in neurons:
            most = bounds[side][k - 1][i][1]
            if (most is None or most > 0) and not coverage[side].is_live(k, i):
                yield side, ((k, i),)
        for side, k, i in neurons:
            if coverage[side].is_live(k, i):
                yield from ((side, ((k - 1, j), (k, i))) for j in coverage[side].missing(k, i))


class _Climbs:
    """Climbs to the neurons of one network; `spent` is their work so far."""

    def __init__(self, sample: Sample, rng: np.random.Generator, deadline: float | None):
        self.sample, self.network, self.rng, self.deadline, self.spent = sample, sample.network, rng, deadline, 0

    def points(self, targets: tuple[Target, ...]) -> Array:
        """A few points where all targets are on, one a row; none if no climb gets there."""
        for radius, hopeful in CLIMBS:
            aim = (*targets, *self.chain(*targets[-1]))
            x, programs = climb(
                self.network, aim, self.start(aim), self.rng, radius=radius, hopeful=hopeful, deadline=self.deadline
            )
            self.spent += programs * program_work(self.network, aim[-1][0])
            if x is not None:
                return self.around(aim, x)
        return self.sample.points[:0]

    def chain(self, k: int, i: int) -> list[Target]:
        """Neurons of the layers after k, each reading the one before with a weight that is not 0; random."""
        chain: list[Target] = []
        for layer in range(k + 1, self.network.hidden + 1):
            readers = np.flatnonzero(self.network.maps[layer - 1].weights.signs[:, i])
            if not len(readers):
                break
            i = int(self.rng.choice(readers))
            chain.append((layer, i))
        return chain

    def start(self, aim: Sequence[Target]) -> Array:
        """A sampled point: one of those where the aim is nearest to being on, or any."""
        order = np.argsort(-np.nan_to_num(smallest(self.sample, aim), nan=-np.inf))
        return self.sample.points[int(self.rng.choice(order[: int(self.rng.choice(NEAREST))]))]

    def around(self, aim: Sequence[Target], x: Array) -> Array:
        """x moved off the kinks it lies on as a vertex of a linear program, as far as the aim stays on; then x itself."""
        sizes = np.ldexp(max(1.0, float(np.abs(x).max())), -np.arange(2, 50, 2))
        moved = x + sizes[:, None] * self.rng.standard_normal((len(sizes), len(x)))
        good = moved[smallest(Sample(self.network, moved), aim) > 0]
        return np.vstack([good[:AROUND], x])
