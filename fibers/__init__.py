"""Fibers of neural networks, exactly: the weights that compute one function.

Are two ReLU networks the same function?  Decided on all of R^n.

    f = fibers.load("a.onnx")              # .onnx .pt .safetensors .npz .json; fibers.from_torch for modules
    g = fibers.load("b.onnx")
    fibers.equivalent(f, g)                # Equivalent | Inequivalent | WithinTolerance | Undecided
    fibers.simplify(f)                     # the same function with fewer neurons

Which weights give one function?  The fiber of a network, its dimension, what training conserves.

    fibers.relu.fiber(f)                   # pieces with parameters, equations and inequalities; samples, paths
    fibers.functional_dimension(f)         # how many directions change the function
    fibers.conservation_laws(f)            # what gradient flow never changes
    fibers.canonical(f)                    # one value for each function, where theory has one

Which linear networks have one product?  Their strata, and the bases in which information flows.

    L = fibers.LinearNetwork([W_1, ..., W_L])           # L.ranks, L.barcode
    fibers.linear.flow(L);  fibers.linear.strata((2, 3, 2), rank=1)

Weights are exact: a finite float is a rational number, and nothing is rounded on the way in.  An `Equivalent` carries a
certificate that `proofs.check` accepted, an `Inequivalent` a rational point at which the networks provably differ.

This module is a table of contents.  Nothing in it is imported before it is used, so `import fibers` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fiberscope.contents import on_first_use

if TYPE_CHECKING:
    from fibers import conservation, linear, plots, relu, testing
    from fibers.answers import Equivalent, Inequivalent, Undecided, WithinTolerance
    from fibers.conservation.gradient_flows import gradient_flow
    from fibers.conservation.laws import conservation_laws
    from fibers.domains import Box, Polyhedron
    from fibers.errors import (
        FiberError,
        InvalidArchitecture,
        InvalidBarcode,
        InvalidCheckpoint,
        InvalidDomain,
        InvalidNetwork,
        InvalidTolerance,
        NotComparable,
        NotExact,
        NotInPiece,
        NotSmooth,
        OutsideTheory,
        TooManyPieces,
        TooManyStrata,
        UnclearRanks,
        UndecidedError,
        UnreadableFile,
        UnsupportedModel,
        UnsupportedQuery,
    )
    from fibers.networks import LinearNetwork, ReLUNetwork
    from fibers.readers import from_torch, load
    from fibers.relu.equivalence import equivalent
    from fibers.relu.normal_forms import canonical
    from fibers.relu.rank.dimension import functional_dimension
    from fibers.relu.simplification import simplify

__version__ = "0.1.0"
__all__ = [
    "Box",
    "Equivalent",
    "FiberError",
    "Inequivalent",
    "InvalidArchitecture",
    "InvalidBarcode",
    "InvalidCheckpoint",
    "InvalidDomain",
    "InvalidNetwork",
    "InvalidTolerance",
    "LinearNetwork",
    "NotComparable",
    "NotExact",
    "NotInPiece",
    "NotSmooth",
    "OutsideTheory",
    "Polyhedron",
    "ReLUNetwork",
    "TooManyPieces",
    "TooManyStrata",
    "UnclearRanks",
    "Undecided",
    "UndecidedError",
    "UnreadableFile",
    "UnsupportedModel",
    "UnsupportedQuery",
    "WithinTolerance",
    "canonical",
    "conservation",
    "conservation_laws",
    "equivalent",
    "from_torch",
    "functional_dimension",
    "gradient_flow",
    "linear",
    "load",
    "plots",
    "relu",
    "simplify",
    "testing",
]

_TABLE = {
    "fibers": ("conservation", "linear", "plots", "relu", "testing"),
    "fibers.answers": ("Equivalent", "Inequivalent", "Undecided", "WithinTolerance"),
    "fibers.conservation.gradient_flows": ("gradient_flow",),
    "fibers.conservation.laws": ("conservation_laws",),
    "fibers.domains": ("Box", "Polyhedron"),
    "fibers.errors": (
        "FiberError",
        "InvalidArchitecture",
        "InvalidBarcode",
        "InvalidCheckpoint",
        "InvalidDomain",
        "InvalidNetwork",
        "InvalidTolerance",
        "NotComparable",
        "NotExact",
        "NotInPiece",
        "NotSmooth",
        "OutsideTheory",
        "TooManyPieces",
        "TooManyStrata",
        "UnclearRanks",
        "UndecidedError",
        "UnreadableFile",
        "UnsupportedModel",
        "UnsupportedQuery",
    ),
    "fibers.networks": ("LinearNetwork", "ReLUNetwork"),
    "fibers.readers": ("from_torch", "load"),
    "fibers.relu.equivalence": ("equivalent",),
    "fibers.relu.normal_forms": ("canonical",),
    "fibers.relu.rank.dimension": ("functional_dimension",),
    "fibers.relu.simplification": ("simplify",),
}
__getattr__, __dir__ = on_first_use(__name__, _TABLE)
