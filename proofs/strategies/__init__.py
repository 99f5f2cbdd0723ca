"""Hypothesis strategies: exact random networks, and pairs of networks that are one function.

    from proofs import strategies
    from hypothesis import given

    @given(strategies.equal_pairs("flips"))
    def test_flips_are_seen(pair): ...

Values are built, never filtered: a bottleneck has full row rank by construction, a hidden facet has its sign pattern.
The degenerate ones stay in: zero rows and weights, repeated, opposite, dead and constant neurons, width 1, one input.
"""

from proofs.strategies.architectures import (
    bottleneck_networks,
    deep_networks,
    facet_networks,
    line_networks,
    networks,
    shallow_networks,
)
from proofs.strategies.kinds import KINDS, Kind
from proofs.strategies.numbers import positive_rationals, powers_of_two, rationals
from proofs.strategies.pairs import FAMILIES, equal_pairs, nudged

__all__ = [
    "FAMILIES",
    "KINDS",
    "Kind",
    "bottleneck_networks",
    "deep_networks",
    "equal_pairs",
    "facet_networks",
    "line_networks",
    "networks",
    "nudged",
    "positive_rationals",
    "powers_of_two",
    "rationals",
    "shallow_networks",
]
