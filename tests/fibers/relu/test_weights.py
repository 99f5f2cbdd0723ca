"""The weights of a network as a vector: in torch's order, and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from fibers.errors import InvalidNetwork
from fibers.networks import ReLUNetwork
from fibers.relu.weights import from_vector, names, slots, symbols, vector
from proofs import strategies


@given(strategies.networks())
def test_the_vector_gives_the_network_back(f):
    assert from_vector(f.widths, vector(f), final=f.final) == f


@given(strategies.networks())
def test_names_say_which_weight_stands_where(f):
    values = dict(zip(names(f.widths), vector(f), strict=True))
    for k, (W, b) in enumerate(f.layers, start=1):
        assert all(values[f"W{k}_{i}_{j}"] == x for i, row in enumerate(W) for j, x in enumerate(row))
        assert all(values[f"b{k}_{i}"] == x for i, x in enumerate(b))
    assert len(values) == f.parameters


@given(strategies.networks())
def test_slots_say_which_place_a_weight_has(f):
    values = vector(f)
    for place, (W, b) in zip(slots(f.widths), f.layers, strict=True):
        assert all(values[place.weight(i, j)] == x for i, row in enumerate(W) for j, x in enumerate(row))
        assert all(values[place.bias(i)] == x for i, x in enumerate(b))


def test_the_order_is_that_of_torch_parameters():
    f = ReLUNetwork([([[1, 2], [3, 4], [5, 6]], [7, 8, 9]), ([[10, 11, 12]], [13])])
    listed = [x for parameter in f.to_torch().parameters() for x in parameter.flatten().tolist()]
    assert list(vector(f)) == listed


def test_symbols_carry_the_names_and_are_real():
    found = symbols((2, 1, 1))
    assert [str(s) for s in found] == ["W1_0_0", "W1_0_1", "b1_0", "W2_0_0", "b2_0"]
    assert all(s.is_real for s in found)


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(InvalidNetwork, match="has 4 weights; found 3"):
        from_vector((1, 1, 1), [Fraction(1)] * 3)
