"""The rule for the order of layers in bare tensors, and what belongs to no fully connected layer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, NotExact, UnreadableFile, UnsupportedModel
from fibers.readers.tensors import metadata, network

RNG = np.random.default_rng(3)
WIDTHS = (2, 4, 3, 5)


def tensors(names, widths=WIDTHS, style=("{}.weight", "{}.bias")):
    """Layers in the order of `names`, each with random weights."""
    found = {}
    for name, (n, m) in zip(names, itertools.pairwise(widths), strict=True):
        found[style[0].format(name)] = RNG.standard_normal((m, n))
        found[style[1].format(name)] = RNG.standard_normal(m)
    return found


def is_order(f, arrays, names, style="{}.weight"):
    return [a.weights.to_numpy().tolist() for a in f.maps] == [arrays[style.format(name)].tolist() for name in names]


NUMBERED = [
    (("net.0", "net.2", "net.10"), ("{}.weight", "{}.bias")),
    (("fc1", "fc2", "fc3"), ("{}.weight", "{}.bias")),
    (("layers.1.linear", "layers.3.linear", "layers.20.linear"), ("{}.weight", "{}.bias")),
    (("1", "2", "10"), ("W{}", "b{}")),
    (("0", "1", "2"), ("weight_{}", "bias_{}")),
    (("0", "1", "2"), ("weights.{}", "biases.{}")),
    (("fc1", "fc2", "fc3"), ("{}/w", "{}/b")),
    (("fc1", "fc2", "fc3"), ("{}_W", "{}_b")),
]


@pytest.mark.parametrize(("names", "style"), NUMBERED)
@pytest.mark.parametrize("registered", [True, False])
def test_names_that_differ_in_one_number_come_in_its_order(names, style, registered):
    arrays = tensors(names, (3, 3, 3, 3), style)
    shuffled = dict(sorted(arrays.items(), key=lambda item: item[0][::-1], reverse=True))
    assert is_order(network(shuffled, registered=registered), arrays, names, style[0])


def test_matrices_without_names_come_in_turn():
    W, b, V = RNG.standard_normal((4, 2)), RNG.standard_normal(4), RNG.standard_normal((3, 4))
    f = network({"arr_2": V, "arr_0": W, "arr_1": b})
    assert f.widths == (2, 4, 3)
    assert not any(f.maps[1].bias.numerators)


def test_a_single_layer_needs_no_order():
    assert network({"weight": np.ones((3, 2)), "bias": np.ones(3)}).widths == (2, 3)
    assert network({"W": np.ones((3, 2))}).widths == (2, 3)


def test_a_state_dict_keeps_the_order_of_registration():
    arrays = tensors(("first", "second", "last"), (3, 3, 3, 3))
    assert is_order(network(arrays, registered=True), arrays, ("first", "second", "last"))
    with pytest.raises(UnsupportedModel, match="more than one order"):
        network(arrays, registered=False)


def test_shapes_that_chain_in_one_order_tell_it():
    names = ("encoder", "middle", "head")
    arrays = tensors(names)
    for order in itertools.permutations(names):
        given_as = {k: arrays[k] for name in order for k in (f"{name}.weight", f"{name}.bias")}
        assert is_order(network(given_as), arrays, names)


def test_a_registration_order_that_does_not_chain_is_refused_with_the_way_out():
    arrays = tensors(("a", "b", "c"))
    backwards = dict(reversed(arrays.items()))
    with pytest.raises(UnsupportedModel, match=r"registered their shapes do not chain .*pass order=\[\.\.\.\]"):
        network(backwards, registered=True)
    assert is_order(network(backwards, registered=True, order=["a", "b", "c"]), arrays, ("a", "b", "c"))


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize(
    "names", [("in_proj_weight", "out_proj.weight"), ("W1", "W_2"), ("a/w", "b.w"), ("W", "head.W"), ("W1", "fc.W")]
)
def test_names_of_several_styles_are_refused(names, registered):
    arrays = dict(zip(names, (np.ones((3, 3)), np.ones((3, 3))), strict=True))
    with pytest.raises(UnsupportedModel, match=f"{names[0]} and {names[1]} are of different styles"):
        network(arrays, registered=registered)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (tensors(("a", "b"), (3, 3, 3)), "more than one order"),
        (tensors(("a", "b", "c"), (2, 3, 2, 3)), "more than one order"),
        ({"a.weight": np.ones((2, 3)), "b.weight": np.ones((4, 5))}, "chain in no order"),
        (
            {"fc1.weight": np.ones((2, 3)), "fc2.weight": np.ones((4, 5))},
            "in the order of their numbers the shapes of fc1, fc2 do not",
        ),
        ({f"x{'ab'[k % 2]}{k}.weight": np.ones((3, 3)) for k in range(12)}, "more than one order"),
    ],
)
def test_an_order_that_cannot_be_recovered_is_refused_with_the_layers(arrays, message):
    with pytest.raises(UnsupportedModel, match=f"no recoverable order: .*{message}.*order=") as caught:
        network(arrays)
    first = next(iter(arrays)).removesuffix(".weight")
    assert f"{first} {arrays[first + '.weight'].shape[0]}×" in str(caught.value)


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_callers_order_rules(order):
    arrays = tensors(("a", "b", "c", "d"), (3, 3, 3, 3, 3))
    assert is_order(network(arrays, order=order), arrays, order)
    assert is_order(network(arrays, order=[f"{name}.weight" for name in order]), arrays, order)


@pytest.mark.parametrize("order", [["a"], ["a", "a"], ["a", "b", "c"], ["a", "x"], "ab"])
def test_an_order_must_name_each_layer_once(order):
    with pytest.raises(InvalidNetwork, match="order must"):
        network(tensors(("a", "b"), (3, 3, 3)), order=order)


def test_an_order_that_does_not_chain_is_refused():
    with pytest.raises(InvalidNetwork, match="layer 2 takes"):
        network(tensors(("a", "b"), (2, 4, 3)), order=["b", "a"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "holds no tensors"),
        ({"0.weight": np.ones((2, 2)), "1.running_mean": np.ones(2)}, "1.running_mean belongs to a batch norm.*from_torch"),
        ({"0.weight": np.ones((2, 2)), "1.num_batches_tracked": np.array(3)}, "num_batches_tracked belongs to a batch norm"),
        ({"0.weight": np.ones((2, 2, 3, 3))}, r"0.weight must be a matrix .*found shape \(2, 2, 3, 3\) \(a convolution"),
        ({"0.weight": np.ones(2)}, r"0.weight must be a matrix .*found shape \(2,\)$"),
        ({"0.weight": np.ones((2, 2)), "0.bias": np.ones((2, 1))}, "0.bias must be a vector"),
        ({"0.bias": np.ones(2)}, "0.bias is a bias without a weight"),
        ({"arr_0": np.ones(2), "arr_1": np.ones((2, 2))}, "arr_0 is a bias without a weight"),
        (
            {"arr_0": np.ones((2, 2)), "arr_1": np.ones(2), "arr_2": np.ones(2)},
            "two tensors are the bias of layer 0: arr_1 and arr_2",
        ),
        ({"0.weight": np.ones((2, 2)), "0.w": np.ones((2, 2))}, "two tensors are the weight"),
        ({"0.weight": np.ones((2, 2)), "0.gamma": np.ones(2)}, r"tensor 0.gamma of shape \(2,\) is neither"),
        ({"dense/kernel": np.ones((2, 2))}, "dense/kernel of shape .* is neither"),
        (
            {"0.weight": np.ones((2, 2), np.int8)},
            r"0.weight holds int8 \(quantised weights have their scale elsewhere\); weights must be",
        ),
        ({"0.weight": np.ones((2, 2)), "0.bias": np.ones(2, np.uint16)}, r"0.bias holds uint16 \(quantised"),
        ({"0.weight": np.ones((2, 2), complex)}, "0.weight holds complex128"),
        ({"0.weight": np.ones((2, 2), bool)}, "0.weight holds bool"),
    ],
)
def test_tensors_that_make_no_layer_are_refused_by_name(arrays, message):
    with pytest.raises(UnsupportedModel, match=message):
        network(arrays)


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64, np.uint64])
def test_whole_numbers_are_weights_and_biases(kind):
    """Exactly, also where no float holds them."""
    greatest = np.iinfo(kind).max
    f = network({"0.weight": np.array([[greatest, 1]], kind), "0.bias": np.array([greatest - 1], kind)})
    assert f([1, 0]) == (2 * int(greatest) - 1,)


def test_a_bias_of_another_length_is_refused():
    with pytest.raises(InvalidNetwork, match=r"0.weight has shape \(3, 2\) .* needs 3 biases; 0.bias has 2"):
        network({"0.weight": np.ones((3, 2)), "0.bias": np.ones(2)})


def test_a_weight_that_is_no_number_is_named_with_its_place():
    W = np.ones((3, 2))
    W[2, 1] = np.nan
    with pytest.raises(NotExact, match=r"0\.weight\[2\]\[1\] must be finite; found nan"):
        network({"0.weight": W})


@pytest.mark.parametrize(
    "text",
    [
        '{"order": ["a"], "final": null, "order": ["b"]}',
        "",
        "{",
        "[]",
        "{}",
        "3",
        '{"order": "ab", "final": null}',
        '{"order": [1], "final": null}',
    ],
)
def test_our_own_metadata_must_have_its_form(text):
    with pytest.raises(UnreadableFile, match="metadata entry"):
        metadata(text)


def test_our_own_metadata_may_be_absent_or_name_a_final_activation():
    assert metadata(None) == {}
    assert metadata('{"order": ["a"], "final": "softmax"}') == {"order": ["a"], "final": "softmax"}
    with pytest.raises(UnsupportedModel, match="final must be"):
        metadata('{"order": ["a"], "final": "tanh"}')
