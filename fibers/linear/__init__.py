"""Linear networks: W_L ··· W_1 and all the other weights with the same product.

L = fibers.LinearNetwork([W_1, ..., W_L])       # L.product, L.ranks, L.barcode
L = fibers.linear.load("model.npz")             # the matrices in a file; fibers.linear.from_torch for modules
fibers.linear.flow(L)                           # bases of all nodes in which every layer is zeros and ones (L1, L2)
fibers.linear.tangent_basis(L)                  # the stratum of L at L, as sparse outer products; normal_basis too (L5, L6)
fibers.linear.transport(L, M)                   # the linear map of weight space that carries L to M (L11)
fibers.linear.connect(L, M)                     # a path in the fiber from L to M, or why there is none (L9)
fibers.linear.is_smooth(L)                      # whether the fiber is a manifold near L (L13)

S = fibers.linear.strata((2, 3, 2), rank=1)     # the pieces of a fiber, as a lazy sequence (L3)
fibers.linear.count_strata((2, 3, 2), rank=1)   # how many there are (L4)
S.hasse()                                       # which is in the closure of which, by which move of bars (L7, L8)
fibers.linear.raised(L, move)                   # a move carried out on the weights, in the fiber (L12)
fibers.linear.components((2, 3, 2), rank=2)     # path components (L9); codimension and top_components (L14)
fibers.linear.learning_coefficient((2, 3, 2))   # how singular the loss is (L10)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers.linear.ascents import Ascent, ascent, nearby, raised
    from fibers.linear.barcodes import Barcode, RankList
    from fibers.linear.counting import count_strata
    from fibers.linear.directions import Basis, Direction
    from fibers.linear.exchanges import Move, covered, covers, moves
    from fibers.linear.files import from_torch, load
    from fibers.linear.flows import Flow, flow
    from fibers.linear.hierarchy import chain, climb, hasse, is_below
    from fibers.linear.learning import LearningCoefficient, codimension, learning_coefficient, top_components, top_strata
    from fibers.linear.maxima import count_maximal
    from fibers.linear.numerical import NumericalRanks, numerical_ranks
    from fibers.linear.numerical_flows import NumericalFlow
    from fibers.linear.paths import Path, Separation, connect, separation
    from fibers.linear.points import random_point
    from fibers.linear.projections import project_normal, project_tangent, split
    from fibers.linear.stratification import Strata, Stratum, strata, stratum
    from fibers.linear.tangent import is_normal, is_tangent, normal_basis, tangent_basis
    from fibers.linear.topology import components, differential_rank, is_smooth, local_dimension
    from fibers.linear.transports import Transport, transport

__all__ = [
    "Ascent",
    "Barcode",
    "Basis",
    "Direction",
    "Flow",
    "LearningCoefficient",
    "Move",
    "NumericalFlow",
    "NumericalRanks",
    "Path",
    "RankList",
    "Separation",
    "Strata",
    "Stratum",
    "Transport",
    "ascent",
    "chain",
    "climb",
    "codimension",
    "components",
    "connect",
    "count_maximal",
    "count_strata",
    "covered",
    "covers",
    "differential_rank",
    "flow",
    "from_torch",
    "hasse",
    "is_below",
    "is_normal",
    "is_smooth",
    "is_tangent",
    "learning_coefficient",
    "load",
    "local_dimension",
    "moves",
    "nearby",
    "normal_basis",
    "numerical_ranks",
    "project_normal",
    "project_tangent",
    "raised",
    "random_point",
    "separation",
    "split",
    "strata",
    "stratum",
    "tangent_basis",
    "top_components",
    "top_strata",
    "transport",
]

_TABLE = {
    "fibers.linear.ascents": ("Ascent", "ascent", "nearby", "raised"),
    "fibers.linear.barcodes": ("Barcode", "RankList"),
    "fibers.linear.counting": ("count_strata",),
    "fibers.linear.directions": ("Basis", "Direction"),
    "fibers.linear.exchanges": ("Move", "covered", "covers", "moves"),
    "fibers.linear.files": ("from_torch", "load"),
    "fibers.linear.flows": ("Flow", "flow"),
    "fibers.linear.hierarchy": ("chain", "climb", "hasse", "is_below"),
    "fibers.linear.learning": ("LearningCoefficient", "codimension", "learning_coefficient", "top_components", "top_strata"),
    "fibers.linear.maxima": ("count_maximal",),
    "fibers.linear.numerical": ("NumericalRanks", "numerical_ranks"),
    "fibers.linear.numerical_flows": ("NumericalFlow",),
    "fibers.linear.paths": ("Path", "Separation", "connect", "separation"),
    "fibers.linear.points": ("random_point",),
    "fibers.linear.projections": ("project_normal", "project_tangent", "split"),
    "fibers.linear.stratification": ("Strata", "Stratum", "strata", "stratum"),
    "fibers.linear.tangent": ("is_normal", "is_tangent", "normal_basis", "tangent_basis"),
    "fibers.linear.topology": ("components", "differential_rank", "is_smooth", "local_dimension"),
    "fibers.linear.transports": ("Transport", "transport"),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
