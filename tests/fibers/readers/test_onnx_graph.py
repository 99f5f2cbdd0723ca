"""ONNX graphs: every operator against onnx's reference evaluator, exactly, and what is refused, by name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import fibers.readers as readers
import fibers.readers.onnx_graph as onnx_graph
from fibers.errors import InvalidNetwork, NotExact, UnreadableFile, UnsupportedModel
from fibers.readers.onnx_operators import OPERATORS

ACASXU = Path(__file__).resolve().parents[4] / "shared" / "data" / "acasxu"
RNG = np.random.default_rng(7)


def weights(*shape):
    return RNG.integers(-16, 17, shape) / 8.0


INT = np.int64
# name: (nodes, weights, input shape), each of which is one affine-or-ReLU network in float64
GRAPHS = {
    "gemm": ([("Gemm", "xWb", "y", {"transB": 1})], {"W": weights(3, 4), "b": weights(3)}, (1, 4)),
    "gemm with factors": ([("Gemm", "xWb", "y", {"alpha": 0.5, "beta": -2.0})], {"W": weights(4, 3), "b": weights(1, 3)}, (1, 4)),
    "gemm without c": ([("Gemm", "xW", "y", {})], {"W": weights(4, 3)}, (1, 4)),
    "gemm with beta 0": ([("Gemm", "xWb", "y", {"beta": 0.0})], {"W": weights(4, 3), "b": weights(3)}, (1, 4)),
    "gemm of a column": ([("Gemm", "xWb", "y", {"transA": 1})], {"W": weights(4, 3), "b": weights(3)}, (4, 1)),
    "gemm with x on the right": ([("Gemm", "Wxb", "y", {})], {"W": weights(3, 4), "b": weights(3, 1)}, (4, 1)),
    "matmul on the right": ([("MatMul", "xW", "y", {})], {"W": weights(4, 3)}, (1, 4)),
    "matmul on the left": ([("MatMul", "Wx", "y", {})], {"W": weights(3, 4)}, (4, 1)),
    "matmul without batch": ([("MatMul", "Wx", "y", {})], {"W": weights(3, 4)}, (4,)),
    "matmul with a vector": ([("MatMul", "xv", "y", {})], {"v": weights(4)}, (1, 4)),
    "matmul row by row": ([("MatMul", "xW", "y", {})], {"W": weights(4, 3)}, (1, 2, 4)),
    "matmul with stacked weights": ([("MatMul", "xW", "y", {})], {"W": weights(2, 4, 3)}, (1, 2, 1, 4)),
    "product of constants": (
        [("MatMul", "UV", "W", {}), ("MatMul", "xW", "y", {})],
        {"U": weights(4, 2), "V": weights(2, 3)},
        (1, 4),
    ),
    "add on both sides": ([("Add", "xb", "z", {}), ("Add", "bz", "y", {})], {"b": weights(4)}, (1, 4)),
    "sub on both sides": ([("Sub", "xb", "z", {}), ("Sub", "bz", "y", {})], {"b": weights(4)}, (1, 4)),
    "mul": ([("Mul", "xb", "z", {}), ("Mul", "cz", "y", {})], {"b": weights(4), "c": weights(1, 1)}, (1, 4)),
    "div by a power of two": ([("Div", "xb", "y", {})], {"b": np.array([2.0, -4.0, 0.5, 8.0])}, (1, 4)),
    "neg": ([("Neg", "x", "y", {})], {}, (1, 4)),
    "broadcast": ([("Add", "xb", "y", {})], {"b": weights(3, 1)}, (1, 4)),
    "relu": ([("Relu", "x", "y", {})], {}, (1, 4)),
    "relu twice": ([("Relu", "x", "z", {}), ("Relu", "z", "y", {})], {}, (1, 4)),
    "input offset and scale": (
        [
            ("Sub", "xm", "a", {}),
            ("Mul", "as", "b", {}),
            ("Flatten", "b", "c", {}),
            ("MatMul", "cW", "d", {}),
            ("Relu", "d", "y", {}),
        ],
        {"m": weights(1, 1, 4), "s": weights(1), "W": weights(4, 3)},
        (1, 1, 4),
    ),
    "affine maps fold": (
        [
            ("MatMul", "xU", "a", {}),
            ("Add", "ab", "c", {}),
            ("MatMul", "cV", "d", {}),
            ("Relu", "d", "e", {}),
            ("Neg", "e", "y", {}),
        ],
        {"U": weights(4, 3), "b": weights(3), "V": weights(3, 2)},
        (1, 4),
    ),
    "flatten": ([("Flatten", "x", "y", {"axis": 2})], {}, (1, 2, 3)),
    "flatten at a negative axis": ([("Flatten", "x", "y", {"axis": -1})], {}, (1, 2, 3)),
    "reshape": ([("Reshape", "xs", "y", {})], {"s": np.array([0, -1], INT)}, (1, 2, 3)),
    "transpose then gemm": (
        [("Transpose", "x", "t", {"perm": [0, 2, 1]}), ("Flatten", "t", "f", {}), ("MatMul", "fW", "y", {})],
        {"W": weights(6, 2)},
        (1, 2, 3),
    ),
    "transpose after gemm": (
        [("MatMul", "xW", "a", {}), ("Transpose", "a", "t", {}), ("Relu", "t", "r", {}), ("MatMul", "Ur", "y", {})],
        {"W": weights(4, 3), "U": weights(2, 3)},
        (1, 4),
    ),
    "transposed weights": ([("Transpose", "W", "T", {}), ("MatMul", "xT", "y", {})], {"W": weights(3, 4)}, (1, 4)),
    "squeeze": ([("Squeeze", "xa", "y", {})], {"a": np.array([1, 3], INT)}, (1, 1, 4, 1)),
    "squeeze all": ([("Squeeze", "x", "y", {})], {}, (1, 1, 4)),
    "unsqueeze": ([("Unsqueeze", "xa", "y", {})], {"a": np.array([0, -1], INT)}, (1, 4)),
    "cast": ([("Cast", "x", "y", {"to": TensorProto.DOUBLE})], {}, (1, 4)),
    "identity": ([("Identity", "x", "y", {})], {}, (1, 4)),
    "dropout": ([("Dropout", "x", "y", {})], {}, (1, 4)),
    "constant": (
        [("Constant", "", "c", {"value": numpy_helper.from_array(weights(4))}), ("Add", "xc", "y", {})],
        {},
        (1, 4),
    ),
    "shape arithmetic": (
        [
            ("Shape", "x", "s", {}),
            ("Gather", "si", "n", {"axis": 0}),
            ("Concat", "nm", "t", {"axis": 0}),
            ("Reshape", "xt", "y", {}),
        ],
        {"i": np.array([0], INT), "m": np.array([-1], INT)},
        (1, 2, 3),
    ),
    "gather": ([("Gather", "xi", "y", {"axis": 1})], {"i": np.array([3, 0, 0], INT)}, (1, 4)),
    "repeated entries add up": (
        [("Gather", "xi", "z", {"axis": 1}), ("MatMul", "zW", "y", {})],
        {"i": np.array([3, 0, 0], INT), "W": weights(3, 2)},
        (1, 4),
    ),
    "slice": ([("Slice", "xsea", "y", {})], {"s": np.array([1], INT), "e": np.array([9], INT), "a": np.array([1], INT)}, (1, 4)),
    "slice backwards": (
        [("Slice", "xseat", "y", {})],
        {"s": np.array([3], INT), "e": np.array([-(2**62)], INT), "a": np.array([1], INT), "t": np.array([-2], INT)},
        (1, 4),
    ),
    "average pool": ([("AveragePool", "x", "y", {"kernel_shape": [2, 2], "strides": [2, 1]})], {}, (1, 2, 4, 3)),
    "average pool without counting pads": (
        [("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [1, 0, 1, 0]})],
        {},
        (1, 1, 4, 3),
    ),
    "average pool counting pads": (
        [("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [1, 0, 1, 0], "count_include_pad": 1})],
        {},
        (1, 1, 4, 3),
    ),
    "global average pool": ([("GlobalAveragePool", "x", "y", {})], {}, (1, 3, 2, 4)),
    "reduce mean": ([("ReduceMean", "xa", "y", {"keepdims": 0})], {"a": np.array([2], INT)}, (1, 3, 4)),
    "pad": ([("Pad", "xpv", "y", {})], {"p": np.array([0, 1, 0, 2], INT), "v": np.array(0.5)}, (1, 4)),
    "pad then gemm": (
        [("Pad", "xp", "z", {}), ("MatMul", "zW", "y", {})],
        {"p": np.array([0, 1, 0, 1], INT), "W": weights(6, 2)},
        (1, 4),
    ),
    "pad after an offset": (
        [("Add", "xb", "z", {}), ("Pad", "zpv", "y", {})],
        {"b": weights(4), "p": np.array([0, 1, 0, 1], INT), "v": np.array(-2.0)},
        (1, 4),
    ),
    "pad by reflection": ([("Pad", "xp", "y", {"mode": "reflect"})], {"p": np.array([0, 2, 0, 1], INT)}, (1, 4)),
    "pad by edges": ([("Pad", "xp", "y", {"mode": "edge"})], {"p": np.array([0, 2, 0, 1], INT)}, (1, 4)),
    "conv": ([("Conv", "xWb", "y", {})], {"W": weights(3, 2, 2, 2), "b": weights(3)}, (1, 2, 4, 3)),
    "conv with everything": (
        [("Conv", "xW", "y", {"group": 2, "strides": [2, 1], "dilations": [1, 2], "pads": [1, 2, 0, 1]})],
        {"W": weights(4, 1, 2, 2)},
        (1, 2, 5, 4),
    ),
    "conv in one dimension": ([("Conv", "xW", "y", {"auto_pad": "VALID"})], {"W": weights(2, 1, 3)}, (1, 1, 6)),
    "conv, relu, pool, gemm": (
        [
            ("Conv", "xWb", "a", {"pads": [1, 1, 1, 1]}),
            ("Relu", "a", "r", {}),
            ("AveragePool", "r", "p", {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("Flatten", "p", "f", {}),
            ("Gemm", "fVc", "y", {}),
        ],
        {"W": weights(2, 1, 3, 3), "b": weights(2), "V": weights(8, 2), "c": weights(2)},
        (1, 1, 4, 4),
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_each_operator_is_what_onnx_says(name, onnx_model, agrees):
    nodes, stored, shape = GRAPHS[name]
    agrees(onnx_model(nodes, stored, shape))


def test_every_operator_is_documented_and_tested():
    text = (Path(__file__).resolve().parents[3] / "docs" / "networks.md").read_text(encoding="utf-8")
    listed = text.partition("## ONNX")[2].partition("\n- ")[0]
    assert set(re.findall(r"[A-Z]\w+", listed)) >= set(OPERATORS)
    apart = {"BatchNormalization", "Softmax", "LogSoftmax", "ConstantOfShape"}  # they have tests of their own
    assert {node[0] for nodes, _, _ in GRAPHS.values() for node in nodes} | apart == set(OPERATORS)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("stride", [1, 2])
def test_automatic_padding_gives_the_ceiling_of_size_over_stride(auto_pad, stride, onnx_model):
    """SAME_UPPER puts the odd pad at the end, SAME_LOWER at the beginning: spelled out, by the specification."""
    x = np.arange(1.0, 6.0)
    total = max(0, (-(-5 // stride) - 1) * stride + 2 - 5)
    before = total // 2 if auto_pad == "SAME_UPPER" else total - total // 2
    padded = np.pad(x, (before, total - before))
    expected = [padded[k] + 10 * padded[k + 1] for k in range(0, len(padded) - 1, stride)]
    W = np.array([[[1.0, 10.0]]])
    f = onnx_graph.network(onnx_model([("Conv", "xW", "y", {"auto_pad": auto_pad, "strides": [stride]})], {"W": W}, (1, 1, 5)))
    assert list(f([int(v) for v in x])) == expected


def test_batch_norm_is_one_rounding_from_the_formula(onnx_model, agrees):
    parts = {"g": weights(3), "b": weights(3), "m": weights(3), "v": np.array([0.5, 1.0, 2.0])}
    model = onnx_model([("BatchNormalization", "xgbmv", "y", {})], parts, (1, 3, 2))
    with pytest.warns(readers.RoundingNotice, match="BatchNormalization node n_y.*float64"):
        f = agrees(model, exact=False)
    factor = Fraction(float(parts["g"][0]) / float(np.sqrt(0.5 + np.float64(np.float32(1e-5)))))
    slope = f.maps[0].weights[0, 0]
    assert abs(slope / factor - 1) < Fraction(1, 2**50)
    assert f.maps[0].bias[0, 0] == Fraction(parts["b"][0]) - Fraction(parts["m"][0]) * slope


def test_batch_norm_with_a_rational_root_is_exact_and_silent(onnx_model, agrees, recwarn):
    parts = {"g": weights(2), "b": weights(2), "m": weights(2), "v": np.array([0.25, 4.0])}
    agrees(onnx_model([("BatchNormalization", "xgbmv", "y", {"epsilon": 0.0})], parts, (1, 2)))
    assert not [w for w in recwarn if issubclass(w.category, readers.RoundingNotice)]


@pytest.mark.parametrize("opset", [7, 9, 13])
def test_batch_norm_that_puts_out_statistics_is_training_before_opset_14(opset, onnx_model):
    model = onnx_model([("BatchNormalization", "xggvv", "y", {})], {"g": weights(3), "v": np.ones(3)}, (1, 3), opset=opset)
    model.graph.node[0].output.extend(["", "", "", ""])
    with pytest.warns(readers.RoundingNotice):
        assert onnx_graph.network(model).widths == (3, 3)
    model.graph.node[0].output[2] = "variance"
    with pytest.raises(UnsupportedModel, match="n_y: it is in training mode"):
        onnx_graph.network(model)


def test_division_by_three_is_exactly_a_third(onnx_model):
    f = onnx_graph.network(onnx_model([("Div", "xc", "y", {})], {"c": np.array([3.0, 7.0])}, (1, 2)))
    assert f([1, 1]) == (Fraction(1, 3), Fraction(1, 7))


INTEGERS = {
    "half of the features": (
        [("Shape", "x", "s", {}), ("Gather", "si", "n", {}), ("Div", "nt", "h", {}), ("Mul", "ht", "c", {})],
        6,
    ),
    "a negative quotient": ([("Neg", "m", "n", {}), ("Div", "nt", "h", {}), ("Neg", "h", "c", {})], 3),
    "a negative divisor": ([("Neg", "t", "n", {}), ("Div", "mn", "h", {}), ("Sub", "ih", "c", {})], 4),
    "sums and rectified differences": ([("Sub", "tm", "d", {}), ("Relu", "d", "r", {}), ("Add", "rt", "c", {})], 2),
}


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("name", INTEGERS)
def test_integers_stay_integers_and_divide_toward_zero(name, kind, onnx_model, agrees):
    """As a shape, and after a cast as weights; Shape, m = 7 and t = 2 are of one type where they meet."""
    nodes, found = INTEGERS[name]
    kind = INT if nodes[0][0] == "Shape" else kind
    stored = {"i": np.array([1], kind), "t": np.array([2], kind), "m": np.array([7], kind), "z": np.array([0], kind)}
    f = agrees(onnx_model([*nodes, ("Slice", "xzci", "y", {})], stored, (1, 7)))
    assert f.widths == (7, found)
    f = agrees(onnx_model([*nodes, ("Cast", "c", "w", {"to": TensorProto.DOUBLE}), ("Mul", "xw", "y", {})], stored, (1, 7)))
    assert f.maps[0].weights[0, 0] == found


BIG = np.array([2**62], INT)
BEYOND = {
    "sum": ([("Add", "ab", "c", {})], {"a": BIG, "b": BIG}, "9223372036854775808 is beyond the range of int64"),
    "product": ([("Mul", "ab", "c", {})], {"a": np.array([2**20], np.int32), "b": np.array([2**11], np.int32)}, "of int32"),
    "difference": ([("Sub", "ab", "c", {})], {"a": np.array([0], np.uint8), "b": np.array([1], np.uint8)}, "-1 is beyond.*uint8"),
    "negative": ([("Neg", "a", "c", {})], {"a": np.array(-(2**31), np.int32)}, "2147483648 is beyond the range of int32"),
    "quotient": ([("Div", "ab", "c", {})], {"a": np.array(-(2**63), INT), "b": np.array(-1, INT)}, "beyond the range of int64"),
    "cast": ([("Cast", "a", "c", {"to": TensorProto.INT32})], {"a": BIG}, "beyond the range of int32"),
    "division by zero": ([("Div", "ab", "c", {})], {"a": BIG, "b": np.array([0], INT)}, "division by zero: b has a zero entry"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_integers_that_would_wrap_around_are_refused(name, onnx_model):
    nodes, stored, message = BEYOND[name]
    with pytest.raises(NotExact, match=message):
        onnx_graph.network(onnx_model([*nodes, ("Reshape", "xc", "y", {})], stored, (1, 4)))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([("Mul", "ii", "c", {}), ("Mul", "xc", "y", {})], "holds int64"),
        ([("Div", "ii", "c", {}), ("MatMul", "xc", "y", {})], "holds int64"),
        ([("Gemm", "xWi", "y", {"beta": 2.0})], "C must hold floats; i holds int64"),
        ([("Mul", "iv", "c", {}), ("Mul", "xc", "y", {})], "mixes floats and integers, i and v"),
        ([("Concat", "iv", "c", {"axis": 0}), ("Mul", "xc", "y", {})], "joins tensors of several types, int64, float64"),
        ([("Mul", "vv", "c", {}), ("Reshape", "xc", "y", {})], "must hold integers"),
        ([("Add", "bb", "c", {}), ("Reshape", "xc", "y", {})], "arithmetic with bool"),
    ],
)
def test_computed_integers_are_no_weights_and_floats_no_shapes(nodes, message, onnx_model):
    stored = {"i": np.array([1, 4], INT), "v": np.array([1.0, 4.0]), "W": weights(2, 2), "b": np.array([True, True])}
    with pytest.raises(UnsupportedModel, match=message):
        onnx_graph.network(onnx_model(nodes, stored, (1, 2)))


def test_constants_fold_without_rounding(onnx_model):
    """0.1f · 0.1f in the graph is the exact product, which no float32 is."""
    tenth = np.array([[0.1]], np.float32)
    model = onnx_model(
        [("Mul", "ab", "W", {}), ("MatMul", "xW", "y", {})], {"a": tenth, "b": tenth}, (1, 1), kind=TensorProto.FLOAT
    )
    assert onnx_graph.network(model)([1]) == (Fraction(float(tenth[0, 0])) ** 2,)


def test_float16_and_bfloat16_weights_are_read_exactly(onnx_model):
    half = np.array([[0.1], [2.0**-24]], np.float16)
    f = onnx_graph.network(onnx_model([("MatMul", "xW", "y", {})], {"W": half}, (1, 2), kind=TensorProto.FLOAT16))
    assert f.maps[0].weights.vector() == (Fraction(float(np.float16(0.1))), Fraction(1, 2**24))
    model = onnx_model([("MatMul", "xW", "y", {})], {}, (1, 2), kind=TensorProto.BFLOAT16)
    brain = TensorProto(
        name="W", data_type=TensorProto.BFLOAT16, dims=[2, 1], raw_data=np.array([0x3DCD, 0xC000], np.uint16).tobytes()
    )
    model.graph.initializer.append(brain)
    assert onnx_graph.network(model).maps[0].weights.vector() == (Fraction(205, 2048), Fraction(-2))


@pytest.mark.parametrize("shape", [("batch", 4), (None, 4), (1, 4), (4,)])
def test_the_batch_axis_may_be_symbolic_one_or_absent(shape, onnx_model):
    f = onnx_graph.network(onnx_model([("MatMul", "xW", "y", {})], {"W": weights(4, 3)}, shape))
    assert f.widths == (4, 3)


def test_weights_listed_among_the_inputs_are_weights(onnx_model):
    model = onnx_model([("MatMul", "xW", "y", {})], {"W": weights(4, 3)}, (1, 4))
    model.graph.input.append(helper.make_tensor_value_info("W", TensorProto.DOUBLE, [4, 3]))
    assert onnx_graph.network(model).widths == (4, 3)


def test_a_dead_branch_does_not_matter(onnx_model):
    nodes = [("Sigmoid", "x", "s", {}), ("MatMul", "xW", "y", {})]
    assert onnx_graph.network(onnx_model(nodes, {"W": weights(4, 3)}, (1, 4))).widths == (4, 3)


def test_rows_that_are_no_samples_may_be_flattened_for_a_gemm(onnx_model, agrees):
    """Exporters write a Linear on the last of three axes as Reshape, Gemm, Reshape."""
    nodes = [("Reshape", "xs", "a", {}), ("Gemm", "aWb", "c", {}), ("Reshape", "ct", "y", {})]
    stored = {"s": np.array([3, 4], INT), "t": np.array([1, 3, 2], INT), "W": weights(4, 2), "b": weights(2)}
    assert agrees(onnx_model(nodes, stored, (1, 3, 4))).widths == (12, 6)


def test_a_constant_function_is_a_network(onnx_model):
    f = onnx_graph.network(onnx_model([("Neg", "b", "y", {})], {"b": np.array([1.0, 2.0])}, (1, 3)))
    assert (f.widths, f([5, 6, 7])) == ((3, 2), (-1, -2))


def test_local_functions_are_inlined(onnx_model):
    model = onnx_model([("MatMul", "xW", "z", {})], {"W": weights(2, 2)}, (1, 2))
    body = [helper.make_node("Neg", ["a"], ["b"]), helper.make_node("Relu", ["b"], ["c"])]
    model.functions.append(helper.make_function("mine", "Flip", ["a"], ["c"], body, [helper.make_opsetid("", 18)]))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    model.graph.node.append(helper.make_node("Flip", ["z"], ["y"], domain="mine"))
    assert onnx_graph.network(model).widths == (2, 2, 2)


@pytest.mark.parametrize(("operator", "final"), [("Softmax", "softmax"), ("LogSoftmax", "logsoftmax")])
@pytest.mark.parametrize("axis", [{}, {"axis": -1}, {"axis": 1}])
def test_a_final_softmax_is_recorded(operator, final, axis, onnx_model):
    nodes = [("MatMul", "xW", "z", {}), (operator, "z", "s", axis), ("Identity", "s", "y", {})]
    f = onnx_graph.network(onnx_model(nodes, {"W": weights(4, 3)}, (1, 4)))
    assert (f.final, f.widths) == (final, (4, 3))


def test_an_old_softmax_normalises_over_all_later_axes(onnx_model):
    nodes = [("Softmax", "x", "y", {})]
    assert onnx_graph.network(onnx_model(nodes, {}, (1, 2, 3), opset=11)).final == "softmax"
    with pytest.raises(UnsupportedModel, match="normalises over axis -1"):
        onnx_graph.network(onnx_model(nodes, {}, (1, 2, 3), opset=13))


REFUSED = {
    "a residual connection": ([("Relu", "x", "r", {}), ("Add", "rx", "y", {})], {}, "Add node n_y.*residual"),
    "a product of two": ([("Mul", "xx", "y", {})], {}, "Mul node n_y.*both depend"),
    "a matrix product of two": ([("MatMul", "xx", "y", {})], {}, "MatMul node n_y.*both depend"),
    "division by the input": ([("Div", "bx", "y", {})], {"b": weights(4)}, "Div node n_y.*divides by"),
    "LeakyRelu": ([("LeakyRelu", "x", "y", {})], {}, "LeakyRelu node n_y.*supported are Add, AveragePool"),
    "Clip": ([("Clip", "x", "y", {})], {}, "operator Clip is not supported"),
    "Sigmoid": ([("Sigmoid", "x", "y", {})], {}, "operator Sigmoid is not supported"),
    "MaxPool": ([("MaxPool", "x", "y", {"kernel_shape": [2]})], {}, "operator MaxPool is not supported"),
    "softmax in the middle": (
        [("Softmax", "x", "s", {}), ("Mul", "sb", "y", {})],
        {"b": weights(4)},
        "Mul node n_y follows a Softmax",
    ),
    "softmax over the batch": ([("Softmax", "x", "y", {"axis": 0})], {}, "over axis 0"),
    "integer weights": ([("MatMul", "xW", "y", {})], {"W": np.ones((4, 2), np.int8)}, "W holds int8"),
    "training batch norm": ([("BatchNormalization", "xbbbb", "y", {"training_mode": 1})], {"b": weights(4)}, "training mode"),
    "batch norm with too few parameters": (
        [("BatchNormalization", "xbbbb", "y", {})],
        {"b": np.ones(1)},
        r"needs parameters of shape \(4,\), one for each channel; found",
    ),
    "batch norm with one short parameter": (
        [("BatchNormalization", "xccbc", "y", {})],
        {"b": np.ones(1), "c": np.ones(4)},
        r"n_y: an input of shape \(1, 4\) needs parameters",
    ),
    "gemm of stacked matrices": (
        [("Gemm", "xW", "y", {})],
        {"W": weights(1, 4, 2)},
        r"two matrices; found shapes \(1, 4\) and \(1, 4, 2\)",
    ),
    "an axis of old": ([("Add", "xb", "y", {"axis": 0, "broadcast": 1})], {"b": weights(1)}, "Add node n_y: broadcasting along"),
    "a cast to integers": ([("Cast", "x", "y", {"to": TensorProto.INT64})], {}, "only casts between float types"),
    "a shape that depends on the input": ([("Reshape", "xx", "y", {})], {}, "its shape must be constant"),
    "a kernel that depends on the input": (
        [("Conv", "bx", "y", {})],
        {"b": weights(1, 1, 4)},
        "must depend on the input; it is the constant b",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_affine_or_relu_is_refused_by_name(name, onnx_model):
    nodes, stored, message = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=message):
        onnx_graph.network(onnx_model(nodes, stored, (1, 4)))


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_automatic_padding_with_ceil_mode_is_refused(auto_pad, onnx_model):
    pool = {"kernel_shape": [2], "strides": [2], "auto_pad": auto_pad}
    assert onnx_graph.network(onnx_model([("AveragePool", "x", "y", pool)], {}, (1, 1, 5))).inputs == 5
    with pytest.raises(UnsupportedModel, match=f"n_y: auto_pad {auto_pad} together with ceil_mode"):
        onnx_graph.network(onnx_model([("AveragePool", "x", "y", {**pool, "ceil_mode": 1})], {}, (1, 1, 5)))


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_functions_that_redefine_an_operator_are_refused(domain, onnx_model):
    model = onnx_model([("Relu", "x", "y", {})], {}, (1, 4))
    body = [helper.make_node("Neg", ["a"], ["b"])]
    model.functions.append(helper.make_function(domain, "Relu", ["a"], ["b"], body, [helper.make_opsetid("", 18)]))
    with pytest.raises(UnsupportedModel, match=r"redefines operators of the standard domain \(Relu\)"):
        onnx_graph.network(model)


def test_other_domains_are_refused_by_name(onnx_model):
    model = onnx_model([("FusedGemm", "xW", "y", {"domain": "com.microsoft"})], {"W": weights(4, 3)}, (1, 4))
    with pytest.raises(UnsupportedModel, match=r"com\.microsoft\.FusedGemm"):
        onnx_graph.network(model)


MALFORMED = {
    "shapes that do not multiply": ([("MatMul", "xW", "y", {})], {"W": weights(5, 2)}, "do not fit"),
    "an impossible reshape": ([("Reshape", "xs", "y", {})], {"s": np.array([3], INT)}, "Reshape node n_y does not make sense"),
    "a missing input": ([("MatMul", "xW", "y", {})], {}, "reads 'W'"),
    "an axis out of range": ([("Gather", "xi", "y", {"axis": 1})], {"i": np.array([9], INT)}, "Gather node n_y"),
    "a sum that cannot be broadcast": ([("Add", "xb", "y", {})], {"b": weights(3)}, "Add node n_y"),
    "too many pads": ([("Pad", "xp", "y", {})], {"p": np.array([1, 1], INT)}, "Pad node n_y: 2 pads do not fit 2 axes"),
    "an output that nobody computes": ([("Neg", "x", "z", {})], {}, "no node computes the output"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_graph_that_makes_no_sense_is_refused_with_the_node(name, onnx_model):
    nodes, stored, message = MALFORMED[name]
    with pytest.raises(UnsupportedModel, match=message):
        onnx_graph.network(onnx_model(nodes, stored, (1, 4)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_no_number_is_named_with_its_place(bad, onnx_model):
    W = weights(4, 3)
    W[2, 1] = bad
    with pytest.raises(NotExact, match=r"W\[2\]\[1\] must be finite"):
        onnx_graph.network(onnx_model([("MatMul", "xW", "y", {})], {"W": W}, (1, 4)))


def test_a_graph_without_nodes_is_refused(onnx_model):
    with pytest.raises(UnsupportedModel, match="no nodes"):
        onnx_graph.network(onnx_model([], {}, (1, 4), output="x"))


def test_a_model_without_an_opset_is_refused(onnx_model):
    model = onnx_model([("Neg", "x", "y", {})], {}, (1, 4))
    del model.opset_import[:]
    with pytest.raises(UnreadableFile, match="opset"):
        onnx_graph.network(model)


def test_several_inputs_or_outputs_are_refused_by_name(onnx_model):
    model = onnx_model([("Neg", "x", "y", {})], {}, (1, 4))
    model.graph.input.append(helper.make_tensor_value_info("x2", TensorProto.DOUBLE, [1, 4]))
    with pytest.raises(UnsupportedModel, match=r"2 inputs \(x, x2\)"):
        onnx_graph.network(model)
    model = onnx_model([("Neg", "x", "y", {})], {}, (1, 4))
    model.graph.output.append(helper.make_tensor_value_info("x", TensorProto.DOUBLE, [1, 4]))
    with pytest.raises(UnsupportedModel, match=r"2 outputs \(y, x\)"):
        onnx_graph.network(model)


@pytest.mark.parametrize("shape", [("batch", "features"), (1, "features"), ("features",), None])
def test_a_feature_size_that_is_not_fixed_is_refused(shape, onnx_model):
    with pytest.raises(UnsupportedModel, match="fixed"):
        onnx_graph.network(onnx_model([("Neg", "x", "y", {})], {}, shape))


def test_an_integer_input_is_refused(onnx_model):
    with pytest.raises(UnsupportedModel, match="only float inputs"):
        onnx_graph.network(onnx_model([("Neg", "x", "y", {})], {}, (1, 4), kind=TensorProto.INT64))


@pytest.mark.parametrize("operator", ["AveragePool", "GlobalAveragePool"])
def test_poolings_of_a_fixed_batch_are_refused(operator, onnx_model):
    attributes = {"kernel_shape": [2]} if operator == "AveragePool" else {}
    with pytest.raises(UnsupportedModel, match="batch of 64 samples"):
        onnx_graph.network(onnx_model([(operator, "x", "y", attributes)], {}, (64, 2, 4)))


@pytest.mark.parametrize(
    ("operator", "stored", "shape"),
    [("MatMul", weights(4, 3), (64, 4)), ("Gemm", weights(4, 3), (64, 4)), ("Conv", weights(1, 1, 2), (64, 1, 4))],
)
def test_a_fixed_batch_of_several_samples_is_refused(operator, stored, shape, onnx_model):
    with pytest.raises(UnsupportedModel, match="batch of 64 samples"):
        onnx_graph.network(onnx_model([(operator, "xW", "y", {})], {"W": stored}, shape))


@pytest.mark.parametrize(
    ("nodes", "stored", "shape"),
    [
        ([("Neg", "x", "y", {})], {}, (1, 10**9)),
        ([("Pad", "xp", "y", {})], {"p": np.array([0, 10**12, 0, 0], INT)}, (1, 4)),
        ([("ConstantOfShape", "s", "c", {}), ("Add", "xc", "y", {})], {"s": np.array([10**6, 10**6], INT)}, (1, 4)),
        ([("Conv", "xW", "y", {"pads": [10**9, 10**9]})], {"W": weights(1, 1, 2)}, (1, 1, 4)),
        ([("Relu", "x", "y", {})], {}, (1, 10**5)),
    ],
)
def test_absurd_sizes_are_refused_before_anything_is_allocated(nodes, stored, shape, onnx_model):
    with pytest.raises(InvalidNetwork, match="at most"):
        onnx_graph.network(onnx_model(nodes, stored, shape))


def test_reading_onnx_does_not_import_torch(onnx_model, tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(onnx_model([("MatMul", "xW", "y", {})], {"W": weights(4, 3)}, (1, 4)).SerializeToString())
    code = "import sys, fibers.readers; fibers.readers.load(sys.argv[1]); print('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(not ACASXU.is_dir(), reason="the ACAS Xu data is not here")
@pytest.mark.parametrize("name", ["1_1", "1_2"])
def test_two_exports_of_an_acas_xu_network_are_equal(name):
    """One subtracts a zero offset and multiplies on the right, the other multiplies on the left."""
    from onnx.reference import ReferenceEvaluator

    a, b = (readers.load(ACASXU / f"acasxu_{name}_{side}.onnx") for side in "ab")
    assert a == b
    assert a.widths == (5, 50, 50, 50, 50, 50, 50, 5)
    x = np.array([0.25, -0.125, 0.5, 0.0, -0.375], np.float32)
    expected = ReferenceEvaluator(str(ACASXU / f"acasxu_{name}_b.onnx")).run(None, {"X": x})[0]
    np.testing.assert_allclose(a(x.astype(np.float64)), expected, rtol=1e-4, atol=1e-6)
