"""Fixtures of the readers' tests: small ONNX models, and the comparison with onnx's own reference evaluator."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import fibers.readers.onnx_graph as onnx_graph


def _dyadics(rng, shape):
    """Small multiples of 1/8: float64 computes with them exactly."""
    return rng.integers(-16, 17, shape) / 8.0


@pytest.fixture
def dyadics():
    return _dyadics


@pytest.fixture
def onnx_model():
    """build(nodes, weights, shape): a model from "x" of `shape` to "y"; nodes are (operator, inputs, output, attributes)."""
    from onnx import TensorProto, helper, numpy_helper

    def build(nodes, weights, shape, *, opset=18, kind=TensorProto.DOUBLE, output="y"):
        protos = [helper.make_node(op, list(ins), [out], name=f"n_{out}", **attributes) for op, ins, out, attributes in nodes]
        stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()]
        x, y = helper.make_tensor_value_info("x", kind, shape), helper.make_tensor_value_info(output, kind, None)
        graph = helper.make_graph(protos, "g", [x], [y], stored)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)

    return build


@pytest.fixture
def agrees():
    """agrees(model): the network equals onnx's own reference evaluator in float64 at dyadic points; returns the network."""
    from onnx.reference import ReferenceEvaluator

    def check(model, *, exact=True, samples=3, seed=0):
        network = onnx_graph.network(model)
        shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
        reference = ReferenceEvaluator(model)
        rng = np.random.default_rng(seed)
        for _ in range(samples):
            x = _dyadics(rng, shape)
            expected = np.ravel(reference.run(None, {"x": x})[0])
            found = network([Fraction(v) for v in x.ravel().tolist()])
            if exact:
                assert found == tuple(Fraction(v) for v in expected.tolist())
            else:
                np.testing.assert_allclose([float(v) for v in found], expected, rtol=1e-6, atol=1e-6)
        return network

    return check
