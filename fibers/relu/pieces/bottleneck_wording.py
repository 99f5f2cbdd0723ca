"""A piece of a bottleneck's fiber in one sentence."""

from __future__ import annotations

from fibers.relu.pieces.bottleneck_base import Base
from fibers.relu.pieces.bottleneck_weights import Split
from fibers.wording import listing
from fiberscope.tables import plural

__all__ = ["summary"]


def summary(base: Base, split: Split, rank: int) -> str:
    """What flips, what the active neurons share, what is spare, and what varies; `rank` is that of R_S."""
    return "; ".join([*_first(base, split), *_mixed(base, split), *_others(base, split, rank), "positive scales vary"])


def _first(base: Base, split: Split) -> list[str]:
    parts = []
    if split.first:
        parts.append(f"first-layer {_neurons(split.first)} flipped behind the hidden facet of neuron {base.facet}")
    if base.facet is not None:
        parts.append(f"the hidden facet of first-layer neuron {base.facet} shifts")
    if base.free:
        parts.append(f"first-layer {_neurons(base.free)} without effect, free")
    return parts


def _mixed(base: Base, split: Split) -> list[str]:
    changed = base.from_network(split.flipped)
    if not base.mixed:
        return ["no mixed neuron"]
    if not changed:
        return [f"{plural(base.mixed, 'mixed neuron')} with the signs of f"]
    return [f"mixed {_neurons([base.neurons[i] for i in changed])} of {base.mixed} flipped"]


def _others(base: Base, split: Split, rank: int) -> list[str]:
    parts = []
    if split.active:
        spare = len(split.active) - rank
        more = f", {plural(spare, 'neuron')} more than the rank" if spare else ""
        verb = "carries" if len(split.active) == 1 else "share"
        parts.append(f"{plural(len(split.active), 'active neuron')} {verb} a linear part of rank {rank}{more}")
    if split.dead:
        parts.append(f"{plural(len(split.dead), 'dead neuron')} with free weights")
    return parts


def _neurons(numbers: list[int] | tuple[int, ...]) -> str:
    return f"neuron{'' if len(numbers) == 1 else 's'} {listing(numbers)}"
