"""ReLU networks: normal forms, simplification, and the decision whether two are the same function.

    fibers.relu.normal_form(f)             # one hidden layer: complete, equal iff the functions are (S1)
    fibers.relu.neuron_types(f)            # two hidden layers: dead, active or mixed neurons of the second (B1)
    fibers.relu.hidden_facets(f)           # bottleneck networks: which first-layer neurons f never bends along (B2)
    fibers.relu.regions(f, domain=None)    # full-dimensional activation regions: patterns, affine maps, points, adjacency (E2)
    fibers.relu.simplify_report(f)         # what `fibers.simplify` does, neuron by neuron (E3)

How `fibers.equivalent` decides is told in `fibers.relu.equivalence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fibers.contents import on_first_use

if TYPE_CHECKING:
    from fibers.relu.activations import Region, Regions, regions
    from fibers.relu.bottleneck import is_bottleneck
    from fibers.relu.facets import hidden_facets, neuron_types
    from fibers.relu.shallow import NormalForm, normal_form
    from fibers.relu.simplification import Simplification, simplify_report

__all__ = [
    "NormalForm",
    "Region",
    "Regions",
    "Simplification",
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
    "fibers.relu.shallow": ("NormalForm", "normal_form"),
    "fibers.relu.simplification": ("Simplification", "simplify_report"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
