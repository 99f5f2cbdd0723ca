"""Linear chains: a graph of products read matrix by matrix, W_1, ..., W_L, where a ReLU network would fold them into one.

A reader looks at the operators of a graph in order and hands each result to a function `after(operator, place, result)`.  For
a ReLU network that is `unchanged`.  For a linear network it is `closed`: a product with constant weights (MatMul, Gemm, Linear,
a convolution) closes a layer, as ReLU does elsewhere.  So each product gives one matrix; what rearranges or scales the data
between two products belongs to the later one, and what follows the last product belongs to that.

Refused, with the place named: ReLU, a final Softmax, and whatever adds a nonzero constant.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fibers.errors import UnsupportedModel
from fibers.networks import LinearNetwork
from fibers.readers.forms import Form

__all__ = ["After", "closed", "linear_network", "unchanged"]

After = Callable[[str, str, Any], Any]

PRODUCTS = {
    *("Conv", "Gemm", "MatMul"),  # ONNX
    *("Conv1d", "Conv2d", "Conv3d", "Linear"),  # modules
    *("addmm", "bmm", "conv1d", "conv2d", "conv3d", "convolution", "linear", "matmul", "mm", "mv"),  # aten
}
RECTIFIERS = {"ReLU", "Relu", "clamp", "clamp_min", "relu"}


def unchanged(operator: str, place: str, result: Any) -> Any:
    """The result as it is."""
    return result


def closed(operator: str, place: str, result: Any) -> Any:
    """The result of an operator in a linear chain: after a product, a new variable over the layers so far."""
    if not isinstance(result, Form):
        return result
    if operator.rstrip("_") in RECTIFIERS:
        raise UnsupportedModel(f"{place}: a linear network has no ReLU (fibers.load reads ReLU networks)")
    if result.final:
        raise UnsupportedModel(f"{place}: a linear network does not end in {result.final}; leave it out")
    if result.shift is not None and not result.shift.is_zero():
        raise UnsupportedModel(f"{place} adds a nonzero bias; a linear network has none")
    if operator not in PRODUCTS:
        return result
    return Form.variable(result.shape, (*result.layers, result.affine()))


def linear_network(y: Form) -> LinearNetwork:
    """The network of a tensor whose products were closed."""
    maps = list(y.layers)
    rest = y.affine() if y.rows is not None or y.scale is not None or not y.is_in_order() else None
    if rest is not None or not maps:
        last = rest or y.affine()
        maps.append(last.compose(maps.pop()) if maps else last)
    return LinearNetwork([a.weights for a in maps])
