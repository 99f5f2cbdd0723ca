"""How far quantities move along a trajectory.

Along recorded floats the values of Q are computed in float64; along networks they are exact, and only differences are rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fibers.conservation.gradient_flows import Trajectory
from fibers.conservation.places import Places
from fibers.conservation.quantities import Quantity
from fibers.errors import InvalidNetwork
from fibers.networks import LinearNetwork
from fibers.relu.questions import network_of

__all__ = ["Drift", "drifts_along"]


@dataclass(frozen=True, eq=False)
class Drift:
    """|Q(t) − Q(0)| of a quantity at each recorded time: `values`; `largest` of them, and `start` = Q(0)."""

    quantity: Quantity = field(repr=False)
    start: float
    values: np.ndarray = field(repr=False)

    @property
    def largest(self) -> float:
        """The largest drift."""
        return float(self.values.max())


def drifts_along(quantities: Sequence[Quantity], trajectory: Any) -> tuple[Drift, ...]:
    """The drift of each quantity along a `Trajectory` or a sequence of networks; `InvalidNetwork` for anything else."""
    if isinstance(trajectory, Trajectory):
        places = Places.of(trajectory.start)
        for quantity in quantities:
            _check(quantity, places)
        return tuple(_drift(quantity, quantity.along(trajectory.parameters)) for quantity in quantities)
    if isinstance(trajectory, str) or not isinstance(trajectory, Iterable):
        rule = "trajectory must be a Trajectory, or a sequence of networks"
        raise InvalidNetwork(f"{rule}; found {type(trajectory).__name__}")
    networks = [g if isinstance(g, LinearNetwork) else network_of(g, "trajectory") for g in trajectory]
    if not networks:
        raise InvalidNetwork("trajectory must be a Trajectory, or hold at least one network; found none")
    found = []
    for quantity in quantities:
        values = [quantity.value(g) for g in networks]
        moved = np.array([abs(float(x - values[0])) for x in values])
        found.append(Drift(quantity, float(values[0]), moved))
    return tuple(found)


def _drift(quantity: Quantity, values: np.ndarray) -> Drift:
    moved = np.abs(values - values[0])
    moved.flags.writeable = False
    return Drift(quantity, float(values[0]), moved)


def _check(quantity: Quantity, places: Places) -> None:
    if (quantity.places.widths, quantity.places.linear) != (places.widths, places.linear):
        raise InvalidNetwork(f"trajectory must have networks of widths {quantity.places.widths}; found {places.widths}")
