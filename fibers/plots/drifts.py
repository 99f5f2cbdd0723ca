"""`drifts` draws the loss along gradient flow, and beside it how far laws and other quantities moved, on a logarithmic scale.

What a law drifts is rounding and the integrator's local error.  Drawn beside it is its incoming half, [W b][W b]^T alone, which
is no law, and the quantities of broken symmetries (C4 of docs/theory.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.conservation.drifts import Drift, drifts_along
from fibers.conservation.gradient_flows import Trajectory
from fibers.errors import InvalidNetwork
from fibers.plots.legends import ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fibers.conservation.laws import Laws

__all__ = ["drifts"]

FLOOR = 1e-17
"""What a drift of exactly 0 is drawn as."""
MOST = 100
"""Lines drawn of each kind."""
LAW, OTHER, BROKEN = "#0072b2", "#d55e00", "#cc79a7"


def drifts(trajectory: Trajectory, laws: Laws | None = None, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw the loss, and |Q(t) − Q(0)| for laws and for quantities that are none; returns the two axes.

    Parameters
    ----------
    trajectory : Trajectory
        Of `fibers.gradient_flow`.
    laws : Laws, optional
        Those to follow; the conservation laws of the start, unless given.
    axes : two matplotlib axes, optional

    Raises `InvalidNetwork` for anything else. Networks alone have no losses: `laws.check_along` takes those.
    """
    from fibers.conservation.laws import conservation_laws

    _check(trajectory, laws, axes)
    found = conservation_laws(trajectory.start, biases=trajectory.biases) if laws is None else laws
    left, right = _axes() if axes is None else axes
    left.plot(trajectory.times, trajectory.losses, color=ink(), linewidth=1.6)
    left.set(xlabel="time", ylabel="loss", title="gradient flow")
    chosen = found[:MOST]
    halves = [law.half for law in chosen if law.half is not None]
    watched = [b.quantity for b in found.broken[:MOST] if b.quantity is not None]
    groups = (
        (drifts_along(halves, trajectory), OTHER, "no laws: incoming weights alone"),
        (drifts_along(watched, trajectory), BROKEN, "no laws: broken symmetries (C4)"),
        (drifts_along([law.quantity for law in chosen], trajectory), LAW, "conservation laws"),
    )
    for group, colour, label in groups:
        _draw(right, trajectory.times, group, colour, label)
    right.set(xlabel="time", ylabel="|Q(t) − Q(0)|", yscale="log", title="what stays, and what moves")
    right.legend(frameon=False, fontsize=8, labelcolor=ink(), loc="center right")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    return left, right


def _check(trajectory: Any, laws: Any, axes: Any) -> None:
    from fibers.conservation.laws import Laws

    if not isinstance(trajectory, Trajectory):
        found = type(trajectory).__name__
        raise InvalidNetwork(f"trajectory must be a Trajectory, which fibers.gradient_flow returns; found {found}")
    if laws is not None and not isinstance(laws, Laws):
        raise InvalidNetwork(f"laws must be those of fibers.conservation_laws, or None; found {type(laws).__name__}")
    if axes is not None and (not isinstance(axes, (Sequence, np.ndarray)) or len(axes) != 2):
        raise InvalidNetwork(f"axes must be two matplotlib axes, or None; found {type(axes).__name__}")


def _draw(ax: Any, times: np.ndarray, group: Sequence[Drift], colour: str, label: str) -> None:
    """Each drift as a thin line; the one that moved most is named."""
    if not group:
        return
    largest = max(d.largest for d in group)
    for t, d in enumerate(group):
        ax.plot(times[1:], np.maximum(d.values[1:], FLOOR), color=colour, linewidth=0.9, alpha=0.7, zorder=2,
                label=f"{label}, at most {largest:.1g}" if t == 0 else None)  # fmt: skip


def _axes() -> Any:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
    return axes
