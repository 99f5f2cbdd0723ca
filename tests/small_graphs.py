"""Small ONNX files, for tests of what is read of them."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def graph(path, nodes, tensors, **options):
    """Write an ONNX file of these nodes from "x" (two numbers) to "y"."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])
    stored = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in tensors.items()]
    opset = [helper.make_opsetid("", 17)]
    onnx.save(
        helper.make_model(helper.make_graph(nodes, "g", [x], [y], stored), ir_version=8, opset_imports=opset), path, **options
    )
