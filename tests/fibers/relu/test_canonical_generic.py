"""The hypotheses of B3 and B4, read off the head of a bottleneck network."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from fibers.networks import ReLUNetwork
from fibers.relu.bottleneck import case
from fibers.relu.canonical_generic import bottleneck_case
from fibers.relu.shallow import normal_form

PLANE = ([[1, 0], [0, 1]], [0, 0])


def told(rows, biases, columns):
    return bottleneck_case(normal_form(ReLUNetwork([(rows, biases), (columns, [0])]), "orthant"))


@pytest.mark.parametrize(
    ("rows", "biases", "columns", "expected"),
    [
        ([[1, -1]], [1], [[1]], "B3"),
        ([[1, -1]], [-1], [[1]], None),  # the facet of y_1 is hidden, and not at its limit
        ([[1, -1]], [0], [[1]], "B4"),  # at its limit
        ([[1, -1], [1, -2]], [0, -1], [[1, 3]], "B4"),
        ([[1, -1], [1, -2]], [0, 0], [[1, 3]], None),  # two at once
        ([[1, -1], [0, 1]], [0, 0], [[1, 1]], None),  # an affine part remains
        ([[1, 0]], [-1], [[1]], None),  # a zero weight
        ([[1, 1]], [0], [[1]], None),  # affine
        ([[1, -1], [-1, 1], [1, 1]], [-1, 1, 0], [[1, -2, 1]], "B3"),
    ],
)
def test_cases(rows, biases, columns, expected):
    assert told(rows, biases, columns) == expected


def test_a_facet_that_cancellation_hides_is_not_visible():
    """Slopes +1 and −1 at y_1 = 0, wherever both are on, which is everywhere on the facet: σ(y_1 − y_2 + …) would show."""
    assert told([[-1, 1], [1, 1]], [1, 1], [[1, 1]]) is None


@pytest.mark.parametrize("seed", range(20))
def test_weights_that_pass_for_generic_pass_here(seed):
    """`bottleneck.case` of a network and itself: B3 there is B3 here, unless the affine part makes up for a facet."""
    rng = random.Random(seed)

    def number():
        return Fraction(rng.choice((-1, 1)) * rng.randint(1, 50), rng.randint(1, 5))

    f = ReLUNetwork([PLANE, ([[number(), number()] for _ in range(3)], [number() for _ in range(3)]), ([[number()] * 3], [0])])
    if case(f, f) == "B3":
        assert bottleneck_case(normal_form(ReLUNetwork(f.maps[1:]), "orthant")) == "B3"
