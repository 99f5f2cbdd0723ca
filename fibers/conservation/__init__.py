"""Conservation laws of gradient flow: which functions of the weights training never changes (C1 to C5 of docs/theory.md).

    fibers.conservation_laws(f)            # the laws that f's symmetries give, exact, and whether they are all
    fibers.gradient_flow(f, X, Y)          # train by gradient flow, to high order: the trajectory along which laws stand
    laws.check_along(trajectory)           # how far each law drifts
    laws.broken                            # continuous symmetries that carry no law (C4)

Laws are exact statements and rational values; trajectories are floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers.conservation.broken import BrokenSymmetry
    from fibers.conservation.drifts import Drift
    from fibers.conservation.gradient_flows import Trajectory, gradient_flow
    from fibers.conservation.laws import Law, Laws, conservation_laws
    from fibers.conservation.quantities import Quantity

__all__ = ["BrokenSymmetry", "Drift", "Law", "Laws", "Quantity", "Trajectory", "conservation_laws", "gradient_flow"]

_TABLE = {
    "fibers.conservation.broken": ("BrokenSymmetry",),
    "fibers.conservation.drifts": ("Drift",),
    "fibers.conservation.gradient_flows": ("Trajectory", "gradient_flow"),
    "fibers.conservation.laws": ("Law", "Laws", "conservation_laws"),
    "fibers.conservation.quantities": ("Quantity",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
