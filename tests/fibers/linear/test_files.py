"""Linear networks in files and modules: the matrices come back one by one, and whatever is not linear is refused by name."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import re
from fractions import Fraction

import numpy as np
import onnx
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import fibers
from fibers.errors import FiberError, InvalidNetwork, NotExact, UnreadableFile, UnsupportedModel
from fibers.linear import from_torch, load
from fibers.networks import LinearNetwork
from fibers.readers import RoundingNotice

FLOATS = [".npz", ".safetensors", ".onnx", ".pt", ".pth"]
ONE = LinearNetwork([[[2]]])
CHAIN = LinearNetwork([[[1, 2, 3], [0, 0.5, -1]], [[1, 1], [2, -0.25], [0, 0], [1, 0]], [[1, 0, -1, 3]]])


@st.composite
def linear_networks(draw, entries):
    """Linear networks with entries from `entries`, of up to four layers, width 1 and zero matrices among them."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5))
    matrices = []
    for n, m in itertools.pairwise(widths):
        matrices.append(draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m)))
    return LinearNetwork(matrices)


@settings(max_examples=30)
@given(linear_networks(st.floats(width=32, allow_nan=False, allow_infinity=False) | st.floats(-10, 10)))
@example(ONE)
@example(CHAIN)
@pytest.mark.parametrize("suffix", [".json", *FLOATS])
def test_a_linear_network_of_floats_survives_every_format(suffix, tmp_path_factory, L):
    """Matrix by matrix, although the product is all that it computes."""
    path = tmp_path_factory.mktemp("save") / f"a{suffix}"
    L.save(path)
    assert load(path) == L
    assert os.listdir(path.parent) == [path.name]


@settings(max_examples=30)
@given(linear_networks(st.fractions()))
def test_json_holds_every_linear_network(tmp_path_factory, L):
    """Fractions too."""
    path = tmp_path_factory.mktemp("save") / "a.json"
    L.save(path)
    assert load(path) == L


@pytest.mark.parametrize("suffix", [".json", *FLOATS])
def test_loaded_as_a_function_a_linear_network_is_its_product(suffix, tmp_path):
    """`fibers.load` must not see ReLU where the file says that there is none."""
    CHAIN.save(tmp_path / f"a{suffix}")
    f = fibers.load(tmp_path / f"a{suffix}")
    assert LinearNetwork.from_network(f).product == CHAIN.product
    assert f([1, -2, "1/3"]) == CHAIN([1, -2, "1/3"])


def test_a_third_is_rounded_once_and_said_but_not_in_json(tmp_path, recwarn):
    """Floats hold no third."""
    third = LinearNetwork([[[Fraction(1, 3)]]])
    third.save(tmp_path / "a.json")
    assert not recwarn.list
    with pytest.warns(RoundingNotice, match="JSON keeps them exactly"):
        third.save(tmp_path / "a.npz")
    assert load(tmp_path / "a.npz").matrices[0][0, 0] == Fraction(1 / 3)
    with pytest.raises(NotExact, match="too large"):
        LinearNetwork([[[10**400]]]).save(tmp_path / "b.npz")
    assert sorted(os.listdir(tmp_path)) == ["a.json", "a.npz"]


def test_the_module_and_the_onnx_file_compute_the_product(tmp_path):
    """In PyTorch and in onnx's own evaluator; a saved state dict fits the module."""
    x = np.array([[1.0, -2.0, 0.5], [4.0, 0.25, -1.0]])
    expected = x @ CHAIN.product.to_numpy().T
    module = CHAIN.to_torch()
    np.testing.assert_array_equal(module(torch.from_numpy(x)).detach(), expected)
    assert from_torch(module) == CHAIN
    CHAIN.save(tmp_path / "a.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "a.onnx"), full_check=True)
    found = ReferenceEvaluator(str(tmp_path / "a.onnx")).run(None, {"x": x.astype(np.float32)})[0]
    np.testing.assert_allclose(found, expected)
    CHAIN.save(tmp_path / "a.pt")
    module.load_state_dict(torch.load(tmp_path / "a.pt", weights_only=True))
    assert from_torch(module) == CHAIN


# Files of bare tensors


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [rng.integers(-9, 9, shape).astype(np.float32) for shape in shapes]


def test_matrices_without_names_come_in_the_order_given_to_savez(tmp_path):
    """arr_0, arr_1, ..."""
    A, B = arrays((3, 2), (4, 3))
    np.savez(tmp_path / "a.npz", A, B)
    assert load(tmp_path / "a.npz") == LinearNetwork([A, B])


def test_a_plain_state_dict_needs_no_note_and_zero_biases_do_no_harm(tmp_path):
    """No ReLU is assumed between the layers."""
    A, B = arrays((3, 2), (4, 3))
    state = {"fc1.weight": A, "fc1.bias": np.zeros(3, np.float32), "fc2.weight": B}
    torch.save({name: torch.from_numpy(array) for name, array in state.items()}, tmp_path / "a.pt")
    assert load(tmp_path / "a.pt") == LinearNetwork([A, B])
    assert fibers.load(tmp_path / "a.pt").hidden == 1


def test_order_picks_a_chain_and_leaves_the_rest_alone(tmp_path):
    """Also what belongs to no layer at all; by the name of the layer or of the tensor; a matrix may come twice."""
    V, U, q = arrays((2, 4), (4, 2), (3, 3))
    np.savez(tmp_path / "a.npz", **{"v.weight": V, "o.weight": U, "norm.gamma": np.ones(3), "q": q})
    with pytest.raises(UnsupportedModel, match="neither a weight nor a bias"):
        load(tmp_path / "a.npz")
    assert load(tmp_path / "a.npz", order=["v", "o.weight"]) == LinearNetwork([V, U])
    assert load(tmp_path / "a.npz", order=["q", "q"]) == LinearNetwork([q, q])


@pytest.mark.parametrize("names", [("W1", "b1"), ("weight_1", "bias_1"), ("x.weight", "x.bias"), ("x.W", "x.b")])
def test_the_bias_of_a_picked_matrix_must_be_zero(tmp_path, names):
    """Leaving it out in silence would change what the layers compute."""
    W, b = names
    (A,) = arrays((2, 2))
    for bias in (np.zeros(2), np.ones(2)):
        np.savez(tmp_path / "a.npz", **{W: A, b: bias, "other.thing": np.ones(1)})
        if bias.any():
            with pytest.raises(UnsupportedModel, match=f"{W} has a nonzero bias; a linear network has none"):
                load(tmp_path / "a.npz", order=[W])
        else:
            assert load(tmp_path / "a.npz", order=[W]) == LinearNetwork([A])


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (["v", "x"], r"order names 'x', but the file has no such matrix; it has v.weight 2×4, o.weight 4×2"),
        ("v", "order must be a list of names"),
        ([], "order must be a list of names"),
        (["v", "v"], "layer 2 takes 4 inputs, but layer 1 gives 2"),
        (["ints"], "holds int8"),
        (["row"], "must be a matrix"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(tmp_path, order, told):
    V, U = arrays((2, 4), (4, 2))
    extra = {"ints": np.ones((2, 2), np.int8), "row": np.ones(3)}
    np.savez(tmp_path / "a.npz", **{"v.weight": V, "o.weight": U}, **(extra if order in (["ints"], ["row"]) else {}))
    with pytest.raises(FiberError, match=told):
        load(tmp_path / "a.npz", order=order)


@pytest.mark.parametrize(
    "ends", [("lora_A.weight", "lora_B.weight"), ("lora_A", "lora_B"), ("lora_down.weight", "lora_up.weight")]
)
def test_a_lora_pair_is_a_linear_network_of_two_layers(tmp_path, ends):
    """A first, even where the shapes, all square here, do not tell; of several pairs one has to be named."""
    A, B, C, D = arrays((3, 3), (3, 3), (2, 3), (3, 2))
    np.savez(tmp_path / "one.npz", **{f"q.{ends[1]}": B, f"q.{ends[0]}": A})
    assert load(tmp_path / "one.npz") == LinearNetwork([A, B])
    np.savez(tmp_path / "two.npz", **{f"q.{ends[1]}": B, f"q.{ends[0]}": A, f"v.{ends[0]}": C, f"v.{ends[1]}": D})
    with pytest.raises(
        UnsupportedModel, match=r"2 LoRA pairs in 4 tensors; pass the matrices of one, such as order=\['q.*--order q\."
    ):
        load(tmp_path / "two.npz")
    assert load(tmp_path / "two.npz", order=[f"v.{ends[0]}", f"v.{ends[1]}"]) == LinearNetwork([C, D])
    np.savez(tmp_path / "odd.npz", **{f"q.{ends[1]}": B, f"q.{ends[0]}": A, f"v.{ends[0]}": C})
    with pytest.raises(UnsupportedModel, match="1 LoRA pair in 3 tensors"):
        load(tmp_path / "odd.npz")


def test_matrices_of_whole_numbers_are_read_exactly(tmp_path):
    """numpy makes int64 of lists of integers, and 2^53 + 1 is no float."""
    np.savez(tmp_path / "a.npz", W1=[[2**53 + 1, 0], [1, 0], [0, 0]], W2=[[1, 0, 0], [0, 0, 0]])
    L = load(tmp_path / "a.npz")
    assert (
        LinearNetwork([[[2**53 + 1, 0], [1, 0], [0, 0]], [[1, 0, 0], [0, 0, 0]]])
        == L
        == load(tmp_path / "a.npz", order=["W1", "W2"])
    )
    assert fibers.load(tmp_path / "a.npz")([1, 0]) == (2**53 + 1, 0)


# What is not linear


@pytest.mark.parametrize(
    "stored",
    {
        "no order": {"W1": np.ones((3, 2)), "W2": np.ones((2, 4))},
        "a tensor of three axes": {"W1": np.ones((2, 2, 2))},
        "two styles": {"a.weight": np.ones((2, 2)), "b_weight": np.ones((2, 2))},
        "a batch norm": {"a.weight": np.ones((2, 2)), "n.running_mean": np.ones(2)},
        "a whole module": torch.nn.Linear(2, 2),
    }.values(),
    ids=lambda stored: type(stored).__name__ if isinstance(stored, torch.nn.Module) else ",".join(stored),
)
def test_advice_names_the_functions_for_linear_networks(tmp_path, stored):
    """`fibers.load` and `fibers.from_torch` would put ReLU between the layers; their own messages name them."""
    path = tmp_path / "a.pt"
    torch.save({n: torch.from_numpy(a) for n, a in stored.items()} if isinstance(stored, dict) else stored, path)
    for package, read in (("fibers.linear", load), ("fibers", fibers.load)):
        with pytest.raises(UnsupportedModel) as caught:
            read(path)
        named = re.findall(r"\b([\w.]+)\.(?:load|from_torch)\b", str(caught.value))
        assert set(named) == {package}


def test_advice_on_the_order_is_for_the_command_too(tmp_path):
    """`fibers flow` takes the names with --order."""
    A, B = arrays((3, 2), (2, 4))
    np.savez(tmp_path / "a.npz", W1=A, W2=B)
    with pytest.raises(UnsupportedModel, match=r"pass order=\[...\] to fibers.linear.load, or --order NAMES to fibers flow"):
        load(tmp_path / "a.npz")
    assert load(tmp_path / "a.npz", order=["W2", "W1"]) == LinearNetwork([B, A])


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors", ".pt"])
def test_a_relu_network_is_refused_but_a_single_layer_is_linear(suffix, tmp_path):
    """Our own files of ReLU networks say what they are."""
    path = tmp_path / f"a{suffix}"
    fibers.ReLUNetwork([([[1], [2]], None), ([[1, 1]], None)]).save(path)
    with pytest.raises(UnsupportedModel, match=r"is a ReLU network, with ReLU between its \d layers"):
        load(path)
    fibers.ReLUNetwork([([[1], [2]], None)]).save(path)
    assert load(path) == LinearNetwork([[[1], [2]]])
    fibers.ReLUNetwork([([[1], [2]], None)], final="softmax").save(path)
    with pytest.raises(UnsupportedModel, match="ends in softmax"):
        load(path)


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors", ".pt"])
def test_a_nonzero_bias_is_refused_by_name(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    fibers.ReLUNetwork([([[1], [2]], [0, 1])]).save(path)
    with pytest.raises(UnsupportedModel, match=r"(layer 1|0\.weight) has a nonzero bias; a linear network has none"):
        load(path)


def test_bad_files_get_the_errors_of_every_reader(tmp_path):
    """Missing, of an unknown format, carrying code, not finite."""
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "a.pt").write_bytes(pickle.dumps(os.system))
    np.savez(tmp_path / "nan.npz", np.array([[1.0, np.nan]]))
    (tmp_path / "a.json").write_text('{"format": "fiberscope network", "version": 1, "activation": "tanh", "layers": []}')
    (tmp_path / "none.json").write_text('{"format": "fiberscope network", "version": 1, "activation": "linear", "layers": []}')
    for name, error in (
        ("missing.npz", UnreadableFile),
        ("a.txt", UnreadableFile),
        ("a.pt", UnreadableFile),
        ("nan.npz", NotExact),
        ("a.json", UnsupportedModel),
        ("none.json", InvalidNetwork),
    ):
        with pytest.raises(error):
            load(tmp_path / name)
    with pytest.raises(UnsupportedModel, match="order is for files of bare tensors"):
        load(tmp_path / "none.json", order=["a"])


@pytest.mark.parametrize("activation", ["tanh", None, 3])
def test_a_note_with_an_unknown_activation_is_refused(tmp_path, activation):
    (A,) = arrays((2, 2))
    note = json.dumps({"order": ["0"], "final": None, "activation": activation})
    np.savez(tmp_path / "a.npz", **{"0.weight": A, "fiberscope": np.array(note)})
    for read in (load, fibers.load):
        with pytest.raises(UnsupportedModel, match='activation must be "relu" or "linear"'):
            read(tmp_path / "a.npz")


# Graphs


def onnx_file(path, nodes, weights, inputs):
    protos = [helper.make_node(op, list(ins), [out], name=f"n_{out}", **more) for op, ins, out, more in nodes]
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    x, y = (
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
    )
    model = helper.make_model(
        helper.make_graph(protos, "g", [x], [y], stored), opset_imports=[helper.make_opsetid("", 18)], ir_version=8
    )
    onnx.save(model, path)


def test_a_graph_gives_one_matrix_for_each_product(tmp_path):
    """On either side; a scale joins the product after it, and the last one the product before; products of constants are one."""
    A, B, C, D = arrays((2, 3), (4, 3), (4, 4), (4, 4))
    half, three = np.array(0.5, np.float32), np.array(3.0, np.float32)
    nodes = [
        ("MatMul", ["x", "A"], "a", {}),
        ("Mul", ["a", "half"], "b", {}),
        ("Gemm", ["b", "B"], "c", {"transB": 1}),
        ("MatMul", ["C", "D"], "CD", {}),
        ("Transpose", ["c"], "t", {"perm": [1, 0]}),
        ("MatMul", ["CD", "t"], "d", {}),
        ("Flatten", ["d"], "e", {}),
        ("Mul", ["e", "three"], "y", {}),
    ]
    onnx_file(tmp_path / "a.onnx", nodes, {"A": A, "B": B, "C": C, "D": D, "half": half, "three": three}, 2)
    L = load(tmp_path / "a.onnx")
    exact = [A.T, B / 2, 3 * C @ D]
    assert LinearNetwork([matrix.astype(float) for matrix in exact]) == L
    assert LinearNetwork.from_network(fibers.load(tmp_path / "a.onnx")).product == L.product


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (("Relu", ["a"], "y", {}), "Relu node n_y: a linear network has no ReLU"),
        (("Softmax", ["a"], "y", {}), "Softmax node n_y: a linear network does not end in softmax"),
        (("Add", ["a", "one"], "y", {}), "Add node n_y adds a nonzero bias"),
        (("Gemm", ["a", "B", "one"], "y", {}), "Gemm node n_y adds a nonzero bias"),
        (("Sigmoid", ["a"], "y", {}), "Sigmoid is not supported"),
    ],
)
def test_what_is_not_linear_in_a_graph_is_refused_by_name(tmp_path, node, told):
    A, B = arrays((2, 3), (3, 3))
    onnx_file(tmp_path / "a.onnx", [("MatMul", ["x", "A"], "a", {}), node], {"A": A, "B": B, "one": np.ones(3, np.float32)}, 2)
    with pytest.raises(UnsupportedModel, match=told):
        load(tmp_path / "a.onnx")


# Modules

LINEAR = torch.nn.Linear


class Own(torch.nn.Module):
    """A module with a forward of its own, and factors for one of its layers."""

    def __init__(self, rectified=False):
        super().__init__()
        self.first, self.rectified = LINEAR(3, 2, bias=False), rectified
        self.up, self.down = (torch.nn.Parameter(torch.randn(n, m)) for n, m in ((4, 2), (2, 2)))

    def forward(self, x):
        x = self.first(x)
        return (torch.relu(x) if self.rectified else x) @ self.down.T @ self.up.T


def matrices_of(*parameters):
    return LinearNetwork([p.detach().numpy() for p in parameters])


def test_sequences_lists_and_traced_modules_give_their_matrices():
    """Layers that only rearrange, and dropout, count for nothing."""
    a, b, own = LINEAR(3, 2, bias=False), LINEAR(2, 2, bias=False), Own()
    expected = matrices_of(a.weight, b.weight)
    nested = torch.nn.Sequential(torch.nn.Sequential(a, torch.nn.Dropout()), torch.nn.Identity(), torch.nn.Flatten(), b)
    assert from_torch(nested) == from_torch(torch.nn.ModuleList([a, b])) == expected
    assert from_torch(a) == matrices_of(a.weight)
    assert from_torch(own, torch.zeros(1, 3)) == matrices_of(own.first.weight, own.down, own.up)
    assert nested.training


def test_a_module_without_products_is_the_identity():
    assert from_torch(torch.nn.Identity(), torch.zeros(1, 2)) == LinearNetwork([[[1, 0], [0, 1]]])


def test_what_is_not_linear_in_a_module_is_refused_by_name():
    zero = LINEAR(2, 2)
    with torch.no_grad():
        zero.bias.zero_()
    assert from_torch(torch.nn.Sequential(zero)) == matrices_of(zero.weight)
    for module, told in (
        (torch.nn.Sequential(LINEAR(2, 2, bias=False), torch.nn.ReLU()), "ReLU 1: a linear network has no ReLU"),
        (torch.nn.Sequential(LINEAR(2, 2, bias=False), LINEAR(2, 2)), "Linear 1 adds a nonzero bias"),
        (torch.export.export(Own(rectified=True), (torch.zeros(1, 3),)), r"operator aten\.relu.*: a linear network has no ReLU"),
        (torch.nn.Sequential(LINEAR(2, 2, bias=False), torch.nn.Softmax(-1)), "Softmax 1: .* softmax"),
        (torch.nn.Tanh(), "Tanh|example_input"),
        ([LINEAR(2, 2)], r"needs a torch.nn.Module; found list \(fibers.linear.load reads saved state dicts\)"),
    ):
        with pytest.raises(FiberError, match=told):
            from_torch(module)
