"""Hypothesis strategies: exact random networks, and pairs of networks that are one function.

    from proofs import strategies
    from hypothesis import given

    @given(strategies.equal_pairs("flips"))
    def test_flips_are_seen(pair): ...

Values are built, never filtered: a bottleneck has full row rank by construction, a hidden facet has its sign pattern.
The degenerate ones stay in: zero rows and weights, repeated, opposite, dead and constant neurons, width 1, one input.
`hard_pairs`, and the explicit table `HARD`, are one function for reasons that no alignment of neurons sees; `tampered` makes
networks differ in a region that no sampling sees.  Linear networks have planted barcodes (`planted_networks`), and come in pairs
with one product (`one_product`).  Exact arrays on small grids, and self-similar sets, serve the claims about scales (`grids`,
`masks`, `digit_sets`).
"""

from proofs.strategies.architectures import (
    bottleneck_networks,
    deep_networks,
    facet_networks,
    line_networks,
    networks,
    shallow_networks,
)
from proofs.strategies.generic import generic_bottlenecks, generic_networks, one_neuron_networks
from proofs.strategies.graphs import graph
from proofs.strategies.grids import DigitSet, Grid, digit_sets, grids, masks, random_trees, shapes
from proofs.strategies.hard import HARD, tampered_pair
from proofs.strategies.kinds import KINDS, Kind
from proofs.strategies.laws import LAWS, hard_pairs
from proofs.strategies.linear import barcodes, linear_architectures, linear_networks, one_barcode, one_product, planted_networks
from proofs.strategies.numbers import positive_rationals, powers_of_two, rationals
from proofs.strategies.pairs import FAMILIES, equal_pairs, near_duplicates, nudged, rounded
from proofs.strategies.tampering import tampered

__all__ = [
    "FAMILIES",
    "HARD",
    "KINDS",
    "LAWS",
    "DigitSet",
    "Grid",
    "Kind",
    "barcodes",
    "bottleneck_networks",
    "deep_networks",
    "digit_sets",
    "equal_pairs",
    "facet_networks",
    "generic_bottlenecks",
    "generic_networks",
    "graph",
    "grids",
    "hard_pairs",
    "line_networks",
    "linear_architectures",
    "linear_networks",
    "masks",
    "near_duplicates",
    "networks",
    "nudged",
    "one_barcode",
    "one_neuron_networks",
    "one_product",
    "planted_networks",
    "positive_rationals",
    "powers_of_two",
    "random_trees",
    "rationals",
    "rounded",
    "shallow_networks",
    "shapes",
    "tampered",
    "tampered_pair",
]
