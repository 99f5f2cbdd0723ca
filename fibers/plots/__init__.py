"""Pictures, with matplotlib, which is imported when something is drawn.

    fibers.plots.cells(f)                  # the activation regions of a ReLU network on a plane

Each function draws into the matplotlib axes it is given, or into new ones, and returns them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fibers.contents import on_first_use

if TYPE_CHECKING:
    from fibers.plots.planes import cells

__all__ = ["cells"]

_TABLE = {
    "fibers.plots.planes": ("cells",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
