"""Linear chains: products close layers, everything else joins one, and what is not linear is refused where it stands."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fibers.errors import UnsupportedModel
from fibers.exact import matrix
from fibers.readers import onnx_graph, torch_module
from fibers.readers.chains import closed, linear_network, unchanged
from fibers.readers.constants import Constant
from fibers.readers.forms import Form
from fibers.readers.operators import matmul, move, scaled

STEPS = {"product": "MatMul", "scale": "Mul", "reverse": "Slice"}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=6), st.integers(1, 3))
def test_a_chain_has_one_matrix_for_each_product_and_their_product_is_the_function(steps, n):
    """But for a chain without any, which is one matrix all the same."""
    rng = np.random.default_rng(len(steps))
    x, whole = Form.variable((1, n)), Form.variable((1, n))
    for step in steps:
        W = Constant.of(rng.integers(-3, 4, (n, n)) / 2)
        act = {
            "product": lambda y, W=W: matmul(y, W),
            "scale": lambda y: scaled(y, 3.0),
            "reverse": lambda y: move(y, lambda a: a[:, ::-1]),
        }[step]
        x, whole = closed(STEPS[step], step, act(x)), unchanged(STEPS[step], step, act(whole))
    L = linear_network(x)
    assert len(L.matrices) == max(steps.count("product"), 1)
    assert L.product == whole.affine().weights


def test_a_convolution_is_a_product(onnx_model):
    """Read from a module and from a graph alike."""
    module = nn.Sequential(nn.Conv1d(1, 2, 2, bias=False), nn.Flatten(), nn.Linear(4, 1, bias=False)).double()
    L = linear_network(torch_module.traced(module, torch.zeros(1, 1, 3), after=closed))
    assert L.widths == (3, 4, 1)
    kernel, last = (part.weight.detach().numpy() for part in (module[0], module[2]))
    model = onnx_model(
        [("Conv", "xK", "c", {}), ("Flatten", "c", "f", {}), ("Gemm", "fL", "y", {"transB": 1})],
        {"K": kernel, "L": last},
        (1, 1, 3),
    )
    assert linear_network(onnx_graph.output(model, after=closed)) == L
    assert L.product == onnx_graph.network(model).maps[0].weights


def test_a_zero_bias_is_none_and_a_constant_in_the_graph_is_left_alone():
    x = Form.variable((1, 2))
    assert closed("Add", "there", x.plus(Constant.of(np.zeros(2)))).layers == ()
    assert closed("Relu", "there", Constant.of(1.0)).array == 1
    assert linear_network(closed("MatMul", "there", x)).matrices == (matrix([[1, 0], [0, 1]]),)


@pytest.mark.parametrize("operator", ["Relu", "ReLU", "relu", "relu_", "clamp", "clamp_min"])
def test_a_rectifier_is_refused_where_it_stands(operator):
    with pytest.raises(UnsupportedModel, match="there: a linear network has no ReLU"):
        closed(operator, "there", Form.variable((1, 2)).relu())


def test_a_bias_is_refused_where_it_is_added():
    with pytest.raises(UnsupportedModel, match="there adds a nonzero bias"):
        closed("Add", "there", Form.variable((1, 2)).plus(Constant.of(np.array([0.0, 1.0]))))
