"""Bounds enclose every value, are reached by independent inputs, and give the types of B1."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import given, settings

from fibers.networks import ReLUNetwork
from fibers.relu.bounds import layer_bounds, neuron_bounds
from proofs import strategies


def pre_activations(f, x):
    """Plain Fractions, layer by layer, outputs last."""
    layers, y = [], [Fraction(v) for v in x]
    for rows, biases in f.layers:
        layers.append([sum((w * v for w, v in zip(row, y, strict=True)), b) for row, b in zip(rows, biases, strict=True)])
        y = [max(t, Fraction(0)) for t in layers[-1]]
    return layers


def between(lo, t, hi):
    return (lo is None or lo <= t) and (hi is None or t <= hi)


@settings(max_examples=60)
@given(strategies.networks(hidden=(0, 3)))
def test_every_value_lies_within_its_bounds(f):
    bounds, rng = neuron_bounds(f), random.Random(0)
    for scale in (0, 1, 3, 100, 10**6):
        x = [rng.randint(-9, 9) * scale for _ in range(f.inputs)]
        for layer, values in zip(bounds, pre_activations(f, x), strict=True):
            assert all(between(lo, t, hi) for (lo, hi), t in zip(layer, values, strict=True))


@given(strategies.networks(hidden=(1, 3)))
def test_first_layer_bounds_are_infinite_unless_the_row_is_zero(f):
    for row, b, bounds in zip(*f.layers[0], neuron_bounds(f)[0], strict=True):
        assert bounds == ((None, None) if any(row) else (b, b))


@given(strategies.bottleneck_networks())
def test_on_unbounded_activations_the_signs_are_those_of_the_row(f):
    """B1: dead is all ≤ 0, active all ≥ 0."""
    for row, b, (lo, hi) in zip(*f.layers[1], neuron_bounds(f)[1], strict=True):
        assert (hi is not None and hi <= 0) == (max(*row, b) <= 0)
        assert (lo is not None and lo >= 0) == (min(*row, b) >= 0)


def test_bounds_are_reached_where_the_inputs_are_independent():
    f = ReLUNetwork(
        [
            ([[1, 0], [0, 1]], [0, 0]),
            ([[-2, 0], [0, -3]], ["1/3", "1/7"]),  # activations in [0, 1/3] and [0, 1/7]
            ([["5/2", -1], [1, 1], [0, 0]], [0, 1, -4]),
            ([[1, 1, 1]], [0]),
        ]
    )
    zero = Fraction(0)
    assert neuron_bounds(f)[1] == [(None, Fraction(1, 3)), (None, Fraction(1, 7))]
    assert neuron_bounds(f)[2] == [
        (Fraction(-1, 7), Fraction(5, 6)),
        (Fraction(1), Fraction(31, 21)),
        (Fraction(-4), Fraction(-4)),
    ]
    assert neuron_bounds(f)[3] == [(Fraction(1), Fraction(5, 6) + Fraction(31, 21) + zero)]


def test_bounds_of_maps_are_those_of_the_network():
    f = ReLUNetwork([([[1]], [0]), ([[-1]], [3]), ([[2]], [0])])
    assert layer_bounds(f.maps) == neuron_bounds(f) == [[(None, None)], [(None, Fraction(3))], [(Fraction(0), Fraction(6))]]
