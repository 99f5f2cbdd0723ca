"""Functional dimension: how many directions of parameter space change the function of a ReLU network, to first order ([FUN]).

functional_dimension(f)                # bounds that meet where they can: .lower, .upper, .exact, .evidence
batch_rank(f, points)                  # the exact rank of the Jacobian at given points (F1)
layer_dimension(g)                     # one hidden layer: a formula (F7)
dimension_map(f, first, second)        # over a plane in parameter space
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers.relu.rank.dimension import FunctionalDimension, batch_rank, functional_dimension
    from fibers.relu.rank.shallow_dimension import layer_dimension
    from fibers.relu.rank.slices import DimensionMap, dimension_map

__all__ = ["DimensionMap", "FunctionalDimension", "batch_rank", "dimension_map", "functional_dimension", "layer_dimension"]

_TABLE = {
    "fibers.relu.rank.dimension": ("FunctionalDimension", "batch_rank", "functional_dimension"),
    "fibers.relu.rank.shallow_dimension": ("layer_dimension",),
    "fibers.relu.rank.slices": ("DimensionMap", "dimension_map"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
