"""Are two ReLU networks the same function?  Decided exactly, on all of R^n.

    f = fibers.load("a.onnx")              # .onnx .pt .safetensors .npz .json; fibers.from_torch for modules
    g = fibers.load("b.onnx")
    fibers.equivalent(f, g)                # Equivalent | Inequivalent | Undecided
    fibers.simplify(f)                     # the same function with fewer neurons

Weights are exact: a finite float is a rational number, and nothing is rounded on the way in.  An `Equivalent` carries a
certificate that `proofs.check` accepted, an `Inequivalent` a rational point at which the networks provably differ.

This module is a table of contents.  Nothing in it is imported before it is used, so `import fibers` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fibers import relu, testing
    from fibers.answers import Equivalent, Inequivalent, Undecided
    from fibers.errors import (
        FiberError,
        InvalidNetwork,
        NotComparable,
        NotExact,
        UndecidedError,
        UnreadableFile,
        UnsupportedModel,
    )
    from fibers.networks import LinearNetwork, ReLUNetwork
    from fibers.readers import from_torch, load
    from fibers.relu.equivalence import equivalent
    from fibers.relu.simplification import simplify

__version__ = "0.1.0"
__all__ = [
    "Equivalent",
    "FiberError",
    "Inequivalent",
    "InvalidNetwork",
    "LinearNetwork",
    "NotComparable",
    "NotExact",
    "ReLUNetwork",
    "Undecided",
    "UndecidedError",
    "UnreadableFile",
    "UnsupportedModel",
    "equivalent",
    "from_torch",
    "load",
    "relu",
    "simplify",
    "testing",
]

_HOMES = {
    "fibers": ("relu", "testing"),
    "fibers.answers": ("Equivalent", "Inequivalent", "Undecided"),
    "fibers.errors": (
        "FiberError",
        "InvalidNetwork",
        "NotComparable",
        "NotExact",
        "UndecidedError",
        "UnreadableFile",
        "UnsupportedModel",
    ),
    "fibers.networks": ("LinearNetwork", "ReLUNetwork"),
    "fibers.readers": ("from_torch", "load"),
    "fibers.relu.equivalence": ("equivalent",),
    "fibers.relu.simplification": ("simplify",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _HOME[name] == __name__:
        return import_module(f"{__name__}.{name}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # the next access does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
