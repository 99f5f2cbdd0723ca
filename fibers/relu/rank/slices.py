"""The functional dimension over a plane in parameter space.

At the grid points θ + s·first + t·second, where first and second are directions in the space of weights, each network gets its
bounds.  The points where the dimension is below its generic value are those where more changes of the weights do nothing: on the
walls between them first-order information about the weights is lost ([FUN], F5).

Exact: the weights at the grid points (θ, the directions, s and t are rational) and both bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork
from fibers.exact import rational
from fibers.networks import ReLUNetwork
from fibers.relu.questions import network_of
from fibers.relu.rank.dimension import functional_dimension
from fibers.relu.weights import from_vector, vector

__all__ = ["DimensionMap", "dimension_map"]


@dataclass(frozen=True)
class DimensionMap:
    """Bounds over a grid: `lower[a, b]`, `upper[a, b]` at s = s[a], t = t[b]; read-only integer arrays."""

    network: ReLUNetwork
    s: tuple[Fraction, ...]
    t: tuple[Fraction, ...]
    lower: np.ndarray
    upper: np.ndarray

    @property
    def exact(self) -> bool:
        """Whether all bounds meet."""
        return bool((self.lower == self.upper).all())

    def __repr__(self) -> str:
        found = "all exact" if self.exact else f"{int((self.lower != self.upper).sum())} open"
        return f"<DimensionMap {len(self.s)} × {len(self.t)}, {self.lower.min()} to {self.upper.max()}, {found}>"


def dimension_map(
    f: Any, first: Any, second: Any, s: Sequence[Any] | None = None, t: Sequence[Any] | None = None, *, seed: int = 0
) -> DimensionMap:
    """The functional dimension of the networks θ + s·first + t·second, θ the weights of f.

    `first` and `second` are directions: networks of the same widths, or sequences of P numbers in the order of
    `fibers.relu.weights.vector`. `s` and `t` are rational numbers, −1, −7/8, ..., 1 unless given. Raises `InvalidNetwork` for
    directions of another length. Cost: that of `functional_dimension` at each point of the grid.

    >>> f = ReLUNetwork([([[1]], [0]), ([[0]], [0])])
    >>> dimension_map(f, [0, 0, 1, 0], [0, 0, 0, 1], [0, 1], [0]).lower.tolist()      # v = 0: the row does not show
    [[2], [3]]
    """
    network = network_of(f, "f")
    base, along, across = vector(network), _direction(first, network, "first"), _direction(second, network, "second")
    ticks = [Fraction(i, 8) for i in range(-8, 9)]
    s_values, t_values = (tuple([rational(x, name) for x in (v if v is not None else ticks)]) for v, name in ((s, "s"), (t, "t")))
    bounds = np.zeros((2, len(s_values), len(t_values)), dtype=np.int64)
    for a, x in enumerate(s_values):
        for b, y in enumerate(t_values):
            weights = [w + x * u + y * v for w, u, v in zip(base, along, across, strict=True)]
            found = functional_dimension(from_vector(network.widths, weights), seed=seed)
            bounds[:, a, b] = found.lower, found.upper
    bounds.flags.writeable = False
    return DimensionMap(network, s_values, t_values, bounds[0], bounds[1])


def _direction(value: Any, network: ReLUNetwork, name: str) -> tuple[Fraction, ...]:
    if isinstance(value, ReLUNetwork):
        if value.widths != network.widths:
            raise InvalidNetwork(f"{name} must have the widths of f, {network.widths}; found {value.widths}")
        return vector(value)
    entries = tuple([rational(x, name) for x in value])
    if len(entries) != network.parameters:
        raise InvalidNetwork(f"{name} must have one number for each of the {network.parameters} weights; found {len(entries)}")
    return entries
