"""What each supported ONNX operator means, on symbolic tensors: the table `OPERATORS`.

A handler takes the node and its inputs (None where an optional one is left out) and gives its first output.  The
semantics are those of the ONNX operator specification, with the changes between opset versions that matter here.

Exact: as `operators` and `lowering`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.readers import operators as ops
from fibers.readers.constants import Constant, bounded
from fibers.readers.forms import Form, Tensor, form
from fibers.readers.lowering import Axis, average, convolve, mean, same_padding

__all__ = ["OPERATORS", "Node"]

Inputs = Sequence[Tensor | None]
FLOATS: dict[int, Any] = {1: np.float32, 10: np.float16, 11: np.float64}  # by ONNX element type
INTEGERS: dict[int, Any] = {6: np.int32, 7: np.int64}
BFLOAT16 = 16


@dataclass(frozen=True)
class Node:
    """An ONNX node: its operator, a name for messages, its attributes as Python values, the opset of its domain, and the number
    of outputs that it names."""

    operator: str
    name: str
    attributes: dict[str, Any]
    opset: int
    outputs: int = 1

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(key, default)

    def option(self, key: str, inputs: Inputs, place: int) -> tuple[int, ...] | None:
        """Integers that older opsets have as an attribute and newer ones as an input."""
        if key in self.attributes:
            value = self.attributes[key]
            return tuple(value) if isinstance(value, (list, tuple)) else (int(value),)
        given = inputs[place] if place < len(inputs) else None
        return None if given is None else ops.constant(given, f"its {key}").integers()


def _some(x: Tensor | None) -> Tensor:
    if x is None:
        raise UnsupportedModel("a required input is missing")
    return x


def _input(inputs: Inputs, place: int) -> Tensor | None:
    return inputs[place] if place < len(inputs) else None


def _gemm(node: Node, inputs: Inputs) -> Tensor:
    a, b = _some(inputs[0]), _some(inputs[1])
    if (len(a.shape), len(b.shape)) != (2, 2):
        raise UnsupportedModel(f"it needs two matrices; found shapes {a.shape} and {b.shape}")
    a = a.move(np.transpose) if node.get("transA", 0) else a
    b = b.move(np.transpose) if node.get("transB", 0) else b
    y = ops.scaled(ops.matmul(a, b), node.get("alpha", 1.0))
    c = _input(inputs, 2)
    beta = node.get("beta", 1.0)
    if c is None or beta == 0:
        return y
    return ops.add(y, ops.scaled(ops.weights(c, "C") if isinstance(c, Constant) else c, beta))


def _flatten(node: Node, inputs: Inputs) -> Tensor:
    x = _some(inputs[0])
    axis = node.get("axis", 1)
    axis = axis + len(x.shape) if axis < 0 else axis
    return ops.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


def _reshape(node: Node, inputs: Inputs) -> Tensor:
    x = _some(inputs[0])
    shape = node.option("shape", inputs, 1) or ()
    if not node.get("allowzero", 0):
        shape = tuple(x.shape[k] if n == 0 else n for k, n in enumerate(shape))
    return ops.reshape(x, shape)


def _transpose(node: Node, inputs: Inputs) -> Tensor:
    return _some(inputs[0]).move(lambda a: np.transpose(a, node.get("perm")))


def _squeeze(node: Node, inputs: Inputs) -> Tensor:
    axes = node.option("axes", inputs, 1)
    return _some(inputs[0]).move(lambda a: np.squeeze(a, axes))


def _unsqueeze(node: Node, inputs: Inputs) -> Tensor:
    axes = node.option("axes", inputs, 1) or ()
    return _some(inputs[0]).move(lambda a: np.expand_dims(a, axes))


def _cast(node: Node, inputs: Inputs) -> Tensor:
    x, to = _some(inputs[0]), node.get("to")
    if isinstance(x, Constant):
        if not x.is_float and to in INTEGERS:
            return Constant.fitted(x.array.astype(object), INTEGERS[to], x.name)
        if to in FLOATS:
            return ops.narrow(x, FLOATS[to], node.name)
    elif to in FLOATS or to == BFLOAT16:
        return x
    raise UnsupportedModel(f"it casts to ONNX type {to}; only casts between float types are supported")


def _identity(node: Node, inputs: Inputs) -> Tensor:
    return _some(inputs[0])


def _dropout(node: Node, inputs: Inputs) -> Tensor:
    training = _input(inputs, 2)
    old = node.opset < 7 and not node.get("is_test", 0)
    if old or (training is not None and any(ops.constant(training, "training_mode").integers())):
        raise UnsupportedModel("it is in training mode, which is random; export the model in evaluation mode")
    return _some(inputs[0])


def _constant(node: Node, inputs: Inputs) -> Tensor:
    for key in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        if key in node.attributes:
            return Constant.of(_array(node.attributes[key]), node.name)
    raise UnsupportedModel(f"its value is of kind {', '.join(node.attributes) or 'none'}; only numbers are supported")


def _constant_of_shape(node: Node, inputs: Inputs) -> Tensor:
    shape = ops.constant(_some(inputs[0]), "the shape").integers()
    bounded(math.prod(shape), f"{node.name}")
    return Constant.of(np.full(shape, np.ravel(node.get("value", np.zeros(1, np.float32)))[0]), node.name)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    whole = isinstance(value, int) or (isinstance(value, (list, tuple)) and all(isinstance(v, int) for v in value))
    return np.array(value, dtype=np.int64 if whole else np.float32)


def _shape(node: Node, inputs: Inputs) -> Tensor:
    return Constant(np.array(_some(inputs[0]).shape, dtype=np.int64)[slice(node.get("start", 0), node.get("end"))], 1, node.name)


def _gather(node: Node, inputs: Inputs) -> Tensor:
    places = ops.constant(inputs[1], "the indices")
    chosen = np.array(places.integers(), dtype=np.int64).reshape(places.shape)
    bounded(math.prod(_some(inputs[0]).shape) * max(chosen.size, 1), "a gather")
    return _some(inputs[0]).move(lambda a: np.take(a, chosen, axis=node.get("axis", 0)))


def _concat(node: Node, inputs: Inputs) -> Tensor:
    parts = [ops.constant(x, "each part") for x in inputs]
    if any(not p.stored for p in parts):
        raise UnsupportedModel("it joins computed constants")
    if len({p.array.dtype for p in parts}) > 1:
        raise UnsupportedModel(f"it joins tensors of several types, {', '.join(str(p.array.dtype) for p in parts)}")
    return Constant(np.concatenate([p.array for p in parts], axis=node.get("axis", 0)), 1, node.name)


def _slice(node: Node, inputs: Inputs) -> Tensor:
    x = _some(inputs[0])
    starts, ends = node.option("starts", inputs, 1) or (), node.option("ends", inputs, 2) or ()
    axes = node.option("axes", inputs, 3) or tuple(range(len(starts)))
    steps = node.option("steps", inputs, 4) or (1,) * len(starts)
    cut = [slice(None)] * len(x.shape)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, None if step < 0 and end < -x.shape[axis] else end, step)
    return x.move(lambda a: a[tuple(cut)])


def _batch_norm(node: Node, inputs: Inputs) -> Tensor:
    statistics = node.opset < 14 and node.outputs > 1  # until opset 13 these outputs are what asks for training mode
    if node.get("training_mode", 0) or statistics or (node.opset < 7 and not node.get("is_test", 0)):
        raise UnsupportedModel("it is in training mode, which depends on the batch; export the model in evaluation mode")
    if not node.get("spatial", 1):
        raise UnsupportedModel("spatial = 0 is not supported")
    return ops.batch_norm(_some(inputs[0]), inputs[1:5], node.get("epsilon", float(np.float32(1e-5))), node.name)


def _pad(node: Node, inputs: Inputs) -> Tensor:
    x = _some(inputs[0])
    pads = node.option("pads", inputs, 1) or ()
    axes = node.option("axes", inputs, 3)
    axes = tuple(range(len(x.shape))) if axes is None else axes
    if len(pads) != 2 * len(axes):
        raise UnsupportedModel(f"{len(pads)} pads do not fit {len(axes)} axes")
    widths = [(0, 0)] * len(x.shape)
    for k, axis in enumerate(axes):
        widths[axis] = (pads[k], pads[k + len(axes)])
    mode = node.get("mode", b"constant").decode()
    if mode not in ("constant", "reflect", "edge", "wrap"):
        raise UnsupportedModel(f"mode {mode!r} is unknown")
    value = Constant.of(np.float32(node.get("value"))) if "value" in node.attributes else _input(inputs, 2)
    return ops.pad(x, widths, mode, None if value is None else ops.constant(value, "the padding value"))


def _axes(node: Node, x: Form, kernel: Sequence[int]) -> list[Axis]:
    """The windows of a Conv or pooling node, one per spatial axis."""
    r = len(kernel)
    if len(x.shape) != r + 2:
        raise UnsupportedModel(f"a window of {r} axes needs an input of shape (1, channels, ...); found {x.shape}")
    strides, dilations = node.get("strides", [1] * r), node.get("dilations", [1] * r)
    pads, auto = node.get("pads", [0] * (2 * r)), node.get("auto_pad", b"NOTSET").decode()
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        sides = [same_padding(*z, auto == "SAME_UPPER") for z in zip(x.shape[2:], kernel, strides, dilations, strict=True)]
    else:
        sides = [(0, 0)] * r if auto == "VALID" else list(zip(pads[:r], pads[r:], strict=True))
    if node.get("ceil_mode", 0) and auto != "NOTSET":
        raise UnsupportedModel(f"auto_pad {auto} together with ceil_mode is not supported, as runtimes differ; give pads instead")
    ceil = bool(node.get("ceil_mode", 0))
    return [Axis(*z[:4], *z[4], ceil) for z in zip(x.shape[2:], kernel, strides, dilations, sides, strict=True)]


def _conv(node: Node, inputs: Inputs) -> Tensor:
    x, kernel = form(_some(inputs[0]), "the input"), ops.weights(inputs[1], "the kernel")
    bias = _input(inputs, 2)
    axes = _axes(node, x, kernel.shape[2:])
    return convolve(x, kernel, None if bias is None else ops.weights(bias, "the bias"), axes, node.get("group", 1))


def _average_pool(node: Node, inputs: Inputs) -> Tensor:
    x = form(_some(inputs[0]), "the input")
    return average(x, _axes(node, x, node.get("kernel_shape", [])), bool(node.get("count_include_pad", 0)))


def _global_average_pool(node: Node, inputs: Inputs) -> Tensor:
    x = form(_some(inputs[0]), "the input")
    ops.one_sample(x, "a pooling")
    return mean(x, range(2, len(x.shape)), keep=True)


def _reduce_mean(node: Node, inputs: Inputs) -> Tensor:
    axes = node.option("axes", inputs, 1) or ()
    if not axes and node.get("noop_with_empty_axes", 0):
        return _some(inputs[0])
    return mean(form(_some(inputs[0]), "the input"), axes, bool(node.get("keepdims", 1)))


def _softmax(node: Node, inputs: Inputs) -> Tensor:
    old = node.opset < 13  # then all axes from `axis` on are normalised together
    final = "softmax" if node.operator == "Softmax" else "logsoftmax"
    return ops.softmax(_some(inputs[0]), final, node.get("axis", 1 if old else -1), joint=old)


def _divide(a: Tensor, b: Tensor) -> Tensor:
    whole = [isinstance(x, Constant) and not x.is_float for x in (a, b)]
    return ops.constant(a, "a").quotient(ops.constant(b, "b")) if all(whole) else ops.divide(a, b)


def _binary(operation: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Node, Inputs], Tensor]:
    def handler(node: Node, inputs: Inputs) -> Tensor:
        if "axis" in node.attributes:  # opset below 7
            raise UnsupportedModel("broadcasting along a given axis is not supported; convert the model to opset 7 or newer")
        a, b = _some(inputs[0]), _some(inputs[1])
        if isinstance(a, Constant) and isinstance(b, Constant) and a.is_float != b.is_float:
            raise UnsupportedModel(f"it mixes floats and integers, {a.name} and {b.name}, which ONNX has no rule for")
        return operation(a, b)

    return handler


OPERATORS: dict[str, Callable[[Node, Inputs], Tensor]] = {
    "Add": _binary(ops.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Conv": _conv,
    "Div": _binary(_divide),
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average_pool,
    "Identity": _identity,
    "LogSoftmax": _softmax,
    "MatMul": _binary(ops.matmul),
    "Mul": _binary(ops.multiply),
    "Neg": lambda node, inputs: ops.negative(_some(inputs[0])),
    "Pad": _pad,
    "ReduceMean": _reduce_mean,
    "Relu": lambda node, inputs: ops.relu(_some(inputs[0])),
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Softmax": _softmax,
    "Squeeze": _squeeze,
    "Sub": _binary(lambda a, b: ops.add(a, ops.negative(b))),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
