"""Pictures, with matplotlib, which is imported when something is drawn.

    fibers.plots.barcode(L)                # the bars of a linear network, a stratum or a rank list
    fibers.plots.flow(L)                   # how its layers carry, annihilate and leave unused the vectors of adapted bases
    fibers.plots.hasse(S)                  # the hierarchy of the strata S of a fiber, by dimension
    fibers.plots.cells(f)                  # the activation regions of a ReLU network on a plane
    fibers.plots.dimensions(map)           # functional dimension over a plane in the space of weights
    fibers.plots.drifts(trajectory)        # conserved quantities, and others, along training

Each function draws into the matplotlib axes it is given, or into new ones, and returns them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers.plots.diagrams import barcode, flow
    from fibers.plots.dimension_maps import dimensions
    from fibers.plots.drifts import drifts
    from fibers.plots.hierarchies import hasse
    from fibers.plots.planes import cells

__all__ = [
    "barcode",
    "cells",
    "dimensions",
    "drifts",
    "flow",
    "hasse",
]

_TABLE = {
    "fibers.plots.diagrams": ("barcode", "flow"),
    "fibers.plots.dimension_maps": ("dimensions",),
    "fibers.plots.drifts": ("drifts",),
    "fibers.plots.hierarchies": ("hasse",),
    "fibers.plots.planes": ("cells",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
