"""Types of hidden neurons: dead, active, mixed (B1 in docs/theory.md, at any depth).

A neuron is *dead* if its pre-activation is at most 0 everywhere, *active* if it is at least 0 everywhere, *mixed* if bounds show
neither.  Bounds enclose, so a mixed neuron may be dead or active in fact.
"""

from __future__ import annotations

from fibers.networks import ReLUNetwork
from fibers.relu.bounds import Bounds, neuron_bounds

__all__ = ["KINDS", "kinds", "named_kinds"]

KINDS = ("mixed", "active", "dead")
TOLD = {"active": "always active", "dead": "never active"}


def kinds(network: ReLUNetwork) -> list[list[str]]:
    """The type of each hidden neuron, layer by layer."""
    return [[_kind(pair) for pair in layer] for layer in neuron_bounds(network)[:-1]]


def _kind(bounds: Bounds) -> str:
    low, high = bounds
    if high is not None and high <= 0:
        return "dead"
    return "active" if low is not None and low >= 0 else "mixed"


def named_kinds(network: ReLUNetwork) -> dict[tuple[int, int], str]:
    """What can be said of a neuron (layer, index) that is not mixed, in words."""
    layers = enumerate(kinds(network), start=1)
    return {(k, i): TOLD[kind] for k, layer in layers for i, kind in enumerate(layer) if kind in TOLD}
