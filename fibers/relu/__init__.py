"""ReLU networks: normal forms, simplification, and the decision whether two are the same function.

    fibers.relu.normal_form(f)             # one hidden layer: complete, equal iff the functions are (S1)
    fibers.relu.neuron_types(f)            # two hidden layers: dead, active or mixed neurons of the second (B1)
    fibers.relu.hidden_facets(f)           # bottleneck networks: which first-layer neurons f never bends along (B2)
    fibers.relu.fiber(f)                   # all weights of one function: pieces, samples, paths, symmetries (S3, B5, B7)
    fibers.relu.batch_rank(f, points)      # the rank of the Jacobian at given points (F1); fibers.functional_dimension
    fibers.relu.dimension_map(f, d, e)     # functional dimension over a plane in the space of weights
    fibers.relu.regions(f, domain=None)    # full-dimensional activation regions: patterns, affine maps, points, adjacency (E2)
    fibers.relu.simplify_report(f)         # what `fibers.simplify` does, neuron by neuron (E3)

How `fibers.equivalent` decides is told in `fibers.relu.equivalence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers.relu.activations import Region, Regions, regions
    from fibers.relu.bottleneck import is_bottleneck
    from fibers.relu.facets import hidden_facets, neuron_types
    from fibers.relu.normal_forms import Canonical
    from fibers.relu.pieces.descriptions import Fiber, Symmetry, fiber
    from fibers.relu.pieces.piece import Piece
    from fibers.relu.rank.dimension import FunctionalDimension, batch_rank
    from fibers.relu.rank.slices import DimensionMap, dimension_map
    from fibers.relu.shallow import NormalForm, normal_form
    from fibers.relu.simplification import Simplification, simplify_report

__all__ = [
    "Canonical",
    "DimensionMap",
    "Fiber",
    "FunctionalDimension",
    "NormalForm",
    "Piece",
    "Region",
    "Regions",
    "Simplification",
    "Symmetry",
    "batch_rank",
    "dimension_map",
    "fiber",
    "hidden_facets",
    "is_bottleneck",
    "neuron_types",
    "normal_form",
    "regions",
    "simplify_report",
]

_TABLE = {
    "fibers.relu.activations": ("Region", "Regions", "regions"),
    "fibers.relu.bottleneck": ("is_bottleneck",),
    "fibers.relu.facets": ("hidden_facets", "neuron_types"),
    "fibers.relu.normal_forms": ("Canonical",),
    "fibers.relu.pieces.descriptions": ("Fiber", "Symmetry", "fiber"),
    "fibers.relu.pieces.piece": ("Piece",),
    "fibers.relu.rank.dimension": ("FunctionalDimension", "batch_rank"),
    "fibers.relu.rank.slices": ("DimensionMap", "dimension_map"),
    "fibers.relu.shallow": ("NormalForm", "normal_form"),
    "fibers.relu.simplification": ("Simplification", "simplify_report"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
