"""Which weights of a network some tested points exercise.

A weight from neuron j to neuron i of the next layer shows at x when j is on, i is on, and the outputs depend on i there: i is
*live*.  If two networks differ in that weight alone, they differ at every such x but for a set without interior.  So points that
exercise every weight find every nudge; a weight that no point exercises is where to aim next.  In the first layer the inputs
count as on, and an output weight is exercised with its neuron.

Floats: the patterns. They only decide what is worth an exact test.
"""

from __future__ import annotations

import itertools
from functools import cached_property

import numpy as np

from fibers.networks import ReLUNetwork
from fibers.relu.sampling import Array, Sample

__all__ = ["Coverage"]


class Coverage:
    """The pairs (j, i), j on and i live, that points given to `add` have exercised."""

    def __init__(self, network: ReLUNetwork):
        self.network = network

    @cached_property
    def pairs(self) -> list[Array]:
        """For each hidden layer k, [j, i]: j of layer k − 1 on and i of layer k live; a single j in the first layer."""
        widths = [1, *self.network.widths[1:-1]]
        return [np.zeros(shape, bool) for shape in itertools.pairwise(widths)]

    def add(self, sample: Sample) -> list[int]:
        """The indices of the points, in order, that exercise something new; they are counted from now on."""
        on = [np.ones((len(sample.points), 1), bool), *(t > 0 for t in sample.layers[:-1])]
        return [p for p in range(len(sample.points)) if self._exercise([t[p] for t in on], [t[p] for t in sample.live])]

    def _exercise(self, on: list[Array], live: list[Array]) -> bool:
        new = False
        for pairs, j, i in zip(self.pairs, on, live, strict=False):
            seen = pairs[np.ix_(j, i)]
            if not seen.all():
                pairs[np.ix_(j, i)] = new = True
        return new

    def is_live(self, layer: int, i: int) -> bool:
        """Whether neuron i of a layer has been live."""
        return bool(self.pairs[layer - 1][:, i].any())

    def missing(self, layer: int, i: int) -> list[int]:
        """The neurons j of the layer before whose weight to i is not 0 and has not been exercised."""
        if layer == 1:
            return []
        weights = self.network.maps[layer - 1].weights.signs[i]
        return np.flatnonzero((weights != 0) & ~self.pairs[layer - 1][:, i]).tolist()
