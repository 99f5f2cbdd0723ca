"""Shorter networks compute the same function, and known redundancies go."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu import moves
from fibers.relu.canonical_blocks import block
from fibers.relu.canonical_networks import shorter, smallest
from fibers.relu.simplification import simplify
from proofs import strategies


@given(st.one_of(strategies.networks(hidden=(0, 3)), strategies.shallow_networks()))
@settings(max_examples=60)
def test_shorter_networks_compute_the_same(f):
    g = shorter(f)
    at = [[Fraction((5 * i - 3 * j) % 11 - 5, 2) for j in range(f.inputs)] for i in range(8)]
    assert g.evaluate(at) == f.evaluate(at)
    assert sum(g.widths[1:-1]) <= sum(simplify(f).widths[1:-1])


@given(strategies.shallow_networks(), st.sampled_from(["space", "orthant"]))
@settings(max_examples=60)
def test_a_block_comes_back_from_its_smallest_maps(f, domain):
    b = block(f.maps, domain)
    assert block(smallest(b), domain) == b


@pytest.mark.parametrize("seed", range(8))
def test_rewritten_neurons_are_put_back(seed):
    """σ(ℓ) = σ(−ℓ) + Σ (σ(m) − σ(−m)) in the first layer adds neurons; a hidden layer of four is found again."""
    rng = random.Random(seed)

    def number():
        return Fraction(rng.choice((-1, 1)) * rng.randint(1, 9), rng.randint(1, 4))

    f = ReLUNetwork([([[number() for _ in range(2)] for _ in range(4)], [number() for _ in range(4)]), ([[number()] * 4], [0])])
    g = moves.rewrite(f, 1, rng.randrange(4), [[number(), number(), number()]])
    assert g.widths == (2, 8, 1)
    assert shorter(g).widths[1] <= 6


@pytest.mark.parametrize(
    ("neurons", "width"),
    [
        ([(1, 0, 1), (-1, 0, 1)], 2),  # |x|
        ([(1, 0, 2), (-1, 0, 1), (2, 0, 5), (-3, 0, -4)], 2),  # one kink, two slopes
        ([(1, 0, 1), (-1, 0, -1)], 0),  # x
        ([(-1, 0, 1)], 1),
        ([(1, 0, 1), (1, -1, 1), (-1, 0, 3), (-1, 1, 2)], 3),  # two kinks and a slope
    ],
)
def test_on_a_line_the_number_of_neurons_is_the_least(neurons, width):
    """As many as kinks, and one more where no choice of signs gives the slope."""
    w, b, v = zip(*neurons, strict=True)
    assert sum(shorter(ReLUNetwork([([[x] for x in w], list(b)), ([list(v)], [0])])).widths[1:-1]) == width
