"""`dimensions` draws the functional dimension over a plane in parameter space, one cell for each network on the grid.

The bounds are exact (`fibers.relu.rank.dimension_map`); only the drawing is in floats.  Each value has one colour, darker for
fewer directions that show; cells whose bounds do not meet are coloured by their lower bound and hatched.  matplotlib is imported
when something is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fibers.errors import InvalidNetwork
from fibers.relu.rank.slices import DimensionMap
from fibers.wording import widths_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dimensions"]

INK = "#1b2433"
MOST_TICKS = 12
"""Values that the colour bar names, at most."""


def dimensions(found: DimensionMap, ax: Axes | None = None) -> Axes:
    """Draw a `DimensionMap` as coloured cells around its grid points, s to the right and t upwards; returns the axes.

    A wall that grid points lie on is as wide as a grid step here, and one between them does not show.
    Raises `InvalidNetwork` for anything but a map.
    """
    from matplotlib.colors import BoundaryNorm

    if not isinstance(found, DimensionMap):
        raise InvalidNetwork(f"found must be a DimensionMap, which dimension_map returns; found {type(found).__name__}")
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(6.6, 5.4), layout="constrained")
    low, high = int(found.lower.min()), int(found.lower.max())
    norm = BoundaryNorm(np.arange(low, high + 2) - 0.5, 256)
    x, y = _edges(found.s), _edges(found.t)
    mesh = ax.pcolormesh(x, y, found.lower.T, cmap="cividis", norm=norm)
    step = -(-(high - low + 1) // MOST_TICKS)
    bar = ax.figure.colorbar(mesh, ax=ax, ticks=range(low, high + 1, step))
    bar.set_label(f"functional dimension, of {found.network.parameters} parameters", color=INK)
    bar.ax.tick_params(labelcolor=INK, labelsize=9, which="both", length=0)
    if not found.exact:
        still = np.ma.masked_equal((found.lower != found.upper).T, False)
        ax.pcolor(x, y, still, hatch="////", alpha=0.0)
    ax.set_title(
        f"{widths_text(found.network.widths)}{'' if found.exact else ', lower bounds'}", loc="left", fontsize=11, color=INK
    )
    ax.set_xlabel("$s$", color=INK)
    ax.set_ylabel("$t$", color=INK, rotation=0, labelpad=10)
    ax.tick_params(color=INK, labelcolor=INK, labelsize=9, length=3)
    return ax


def _edges(values: Sequence[Fraction]) -> np.ndarray:
    """The borders of cells around grid values: half way between them, and as far outside."""
    v = np.array([float(x) for x in values])
    if len(v) == 1:
        return np.array([v[0] - 0.5, v[0] + 0.5])
    middle = (v[1:] + v[:-1]) / 2
    return np.concatenate([[2 * v[0] - middle[0]], middle, [2 * v[-1] - middle[-1]]])
