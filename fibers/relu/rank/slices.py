"""The functional dimension over a plane in parameter space.

At the grid points θ + s·first + t·second, where first and second are directions in the space of weights, each network gets its
bounds.  The points where the dimension is below its generic value are those where more changes of the weights do nothing: on the
walls between them first-order information about the weights is lost ([FUN], F5).

Exact: the weights at the grid points (θ, the directions, s and t are rational) and both bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.errors import InvalidDomain, InvalidNetwork
from fibers.exact import rational
from fibers.networks import ReLUNetwork
from fibers.relu.questions import network_of
from fibers.relu.rank.dimension import functional_dimension
from fibers.relu.weights import from_vector, vector
from fiberscope.tables import plural

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
    f: Any,
    first: Any,
    second: Any,
    s: Sequence[Any] | None = None,
    t: Sequence[Any] | None = None,
    *,
    seed: int = 0,
    progress: Callable[[str], object] | None = None,
) -> DimensionMap:
    """The functional dimension of the networks θ + s·first + t·second, θ the weights of f, at the points of a grid.

    Parameters
    ----------
    f : ReLUNetwork, torch module or path
    first, second : directions: networks of the same widths, or P numbers each, in the order of `fibers.relu.weights.vector`
    s, t : rational numbers, at least one each; −1, −7/8, ..., 1 unless given
    seed : of `functional_dimension`
    progress : called with a line of text after each point

    Nothing is said between grid points. Where the dimension drops on a set of measure zero, a curve or a point of the plane, that
    shows only where grid points lie on it, and a picture draws it as wide as a grid step.
    Raises `InvalidNetwork` for directions of another length, `InvalidDomain` for s or t that are no list of numbers, `NotExact`
    for entries that are no rationals. Cost: that of `functional_dimension` at each point.

    >>> f = ReLUNetwork([([[1]], [0]), ([[0]], [0])])
    >>> dimension_map(f, [0, 0, 1, 0], [0, 0, 0, 1], [0, 1], [0]).lower.tolist()      # v = 0: the row does not show
    [[2], [3]]
    """
    network = network_of(f, "f")
    base, along, across = vector(network), _direction(first, network, "first"), _direction(second, network, "second")
    s_values, t_values = _ticks(s, "s"), _ticks(t, "t")
    if progress is not None and not callable(progress):
        raise InvalidNetwork(f"progress must be a function of a text, or None; found {type(progress).__name__}")
    bounds = np.zeros((2, len(s_values), len(t_values)), dtype=np.int64)
    for done, (a, b) in enumerate(np.ndindex(bounds.shape[1:]), start=1):
        weights = [w + s_values[a] * u + t_values[b] * v for w, u, v in zip(base, along, across, strict=True)]
        found = functional_dimension(from_vector(network.widths, weights), seed=seed)
        bounds[:, a, b] = found.lower, found.upper
        if progress is not None:
            progress(f"{done:,} of {plural(bounds[0].size, 'point')}")
    bounds.flags.writeable = False
    return DimensionMap(network, s_values, t_values, bounds[0], bounds[1])


def _ticks(values: Any, name: str) -> tuple[Fraction, ...]:
    if values is None:
        return tuple([Fraction(i, 8) for i in range(-8, 9)])
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidDomain(f"{name} must be a list of rational numbers, or None; found {values!r:.60}")
    found = tuple([rational(x, name) for x in values])
    if not found:
        raise InvalidDomain(f"{name} must hold at least one number; found none")
    return found


def _direction(value: Any, network: ReLUNetwork, name: str) -> tuple[Fraction, ...]:
    if isinstance(value, ReLUNetwork):
        if value.widths != network.widths:
            raise InvalidNetwork(f"{name} must have the widths of f, {network.widths}; found {value.widths}")
        return vector(value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        rule = f"{name} must be a network of the widths of f, or {network.parameters} numbers"
        raise InvalidNetwork(f"{rule}; found {type(value).__name__}")
    entries = tuple([rational(x, name) for x in value])
    if len(entries) != network.parameters:
        raise InvalidNetwork(f"{name} must have one number for each of the {network.parameters} weights; found {len(entries)}")
    return entries
