"""Pictures, with matplotlib, which is imported when something is drawn.

    fractal.plots.counts(d)                # box counts of a dimension on log-log axes, over the band of chance
    fractal.plots.slopes(d)                # its local slopes against scale, over the band of chance
    fractal.plots.departures(d)            # its box counts relative to those of chance
    fractal.plots.overview(d)              # the three side by side
    fractal.plots.boxes(W, level=3)        # the boxes of one size that the largest weights of a matrix lie in
    fractal.plots.depth(analysis)          # furthest count and z, and D − chance, of each tensor of a checkpoint, by depth
    fractal.plots.comparison(c)            # furthest count and D − chance for two checkpoints
    fractal.plots.history(h)               # D − chance, z or the furthest count along training

Each function draws into the matplotlib axes it is given, or into new ones, and returns them: `overview` three, `depth` and
`comparison` two, the others one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fractal.plots.box_maps import boxes
    from fractal.plots.depths import comparison, depth
    from fractal.plots.ladders import counts, departures, overview, slopes
    from fractal.plots.timelines import history

__all__ = [
    "boxes",
    "comparison",
    "counts",
    "departures",
    "depth",
    "history",
    "overview",
    "slopes",
]

_TABLE = {
    "fractal.plots.box_maps": ("boxes",),
    "fractal.plots.depths": ("comparison", "depth"),
    "fractal.plots.ladders": ("counts", "departures", "overview", "slopes"),
    "fractal.plots.timelines": ("history",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
