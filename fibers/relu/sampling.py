"""Points at many scales, and what a network's neurons do there, in floats.

The points are short dyadic numbers, so that they are exact as they stand: integers of size about 2^6 times a power of two, from
2^−26 to 2^14, some with few nonzero coordinates.  A neuron is *live* at x when it is on and the output depends on it there: the
derivative of a random combination of the outputs by its activation is not 0.

Floats: everything.  They only propose points; whoever uses them decides exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.networks import ReLUNetwork

__all__ = ["Sample", "sample_points", "sample_size", "to_point"]

Array = np.ndarray
POOL = 2048
POOL_WEIGHTS = 400_000_000


def sample_size(*networks: ReLUNetwork) -> int:
    """How many points are evaluated in floats: `POOL`, fewer for networks of over a hundred thousand weights."""
    return int(np.clip(POOL_WEIGHTS // sum(n.parameters for n in networks), 64, POOL))


def sample_points(n: int, count: int, rng: np.random.Generator) -> Array:
    """`count` points of R^n, one a row: half of them of ordinary size, half of any; a quarter sparse."""
    x = np.rint(64 * rng.standard_normal((count, n)))
    exponents = np.where(rng.random(count) < 0.5, rng.integers(-7, 0, count), rng.integers(-26, 15, count))
    keep = np.where(rng.random(count) < 0.25, rng.random(count) ** 2, 1.0)
    x *= rng.random((count, n)) < keep[:, None]
    return np.ldexp(x, exponents[:, None])


def to_point(x: Array) -> tuple[Fraction, ...]:
    """A row of finite floats as an exact point."""
    return tuple([Fraction(v) for v in x.tolist()])


@dataclass(frozen=True)
class Sample:
    """A network's pre-activations at the rows of `points`."""

    network: ReLUNetwork
    points: Array

    @cached_property
    def layers(self) -> list[Array]:
        """For every layer the values W z + b, one row a point; the last are the outputs."""
        values, z = [], self.points
        with np.errstate(all="ignore"):
            for a in self.network.maps:
                t = z @ a.weights.floats.T + a.bias.floats[:, 0]
                values.append(t)
                z = np.maximum(t, 0.0)
        return values

    @cached_property
    def live(self) -> list[Array]:
        """For every hidden layer whether each neuron is on and the outputs depend on it, one row a point."""
        masks: list[Array] = []
        with np.errstate(all="ignore"):
            u = np.random.default_rng(0).uniform(0.5, 1.5, self.network.outputs) * np.ones((len(self.points), 1))
            for a, t in zip(self.network.maps[:0:-1], self.layers[-2::-1], strict=True):
                u = (u @ a.weights.floats) * (t > 0)
                masks.append(u != 0)
        return masks[::-1]
