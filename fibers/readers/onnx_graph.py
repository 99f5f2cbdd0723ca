"""ONNX files: one pass over the graph, from the input to a network.

Only nodes that the output needs are looked at.  The first axis of the input is the batch if its size is 1 or symbolic; every
other size must be fixed.  Neither torch nor a runtime is imported.

Exact: weights are read as they are stored; see `onnx_operators` for what the operators do.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.errors import FiberError, UnreadableFile, UnsupportedModel
from fibers.networks import ReLUNetwork
from fibers.readers.chains import After, unchanged
from fibers.readers.constants import Constant
from fibers.readers.forms import Form, Tensor
from fibers.readers.onnx_operators import OPERATORS, Inputs, Node
from fibers.readers.onnx_tensors import array

if TYPE_CHECKING:
    import onnx

__all__ = ["network", "output", "read"]

FLOATS = {1, 10, 11, 16}  # element types that an input may have: float32, float16, float64, bfloat16
DOMAINS = ("", "ai.onnx")


def read(path: str | os.PathLike[str], after: After = unchanged) -> Form:
    """The output of the model in an ONNX file; external weights are looked for in its folder, and nowhere else."""
    import onnx
    from google.protobuf.message import DecodeError

    with open(path, "rb") as file:
        data = file.read()
    try:
        model = onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise UnreadableFile(f"{os.fspath(path)} is no complete ONNX file ({len(data):,} bytes): {error}") from None
    return output(model, os.path.dirname(os.path.abspath(path)), after)


def network(model: onnx.ModelProto, folder: str | None = None) -> ReLUNetwork:
    """The network of an ONNX model; `folder` is where its external weights lie, if it has any."""
    return output(model, folder).network()


def output(model: onnx.ModelProto, folder: str | None = None, after: After = unchanged) -> Form:
    """The output of an ONNX model as a symbolic tensor; `after` sees the result of each node (`chains`)."""
    import onnx.inliner

    if model.functions:
        own = [f.name for f in model.functions if f.domain in DOMAINS]
        if own:
            raise UnsupportedModel(
                f"the model redefines operators of the standard domain ({', '.join(own)}), which is not supported"
            )
        model = onnx.inliner.inline_local_functions(model)
    graph = model.graph
    if not graph.node:
        raise UnsupportedModel("the ONNX graph has no nodes")
    if not model.opset_import:
        raise UnreadableFile("the ONNX model names no opset; the file may be truncated")
    if graph.sparse_initializer:
        raise UnsupportedModel(f"sparse weights are not read: {graph.sparse_initializer[0].values.name}")
    opset = max((entry.version for entry in model.opset_import if entry.domain in DOMAINS), default=1)
    stored = {tensor.name: tensor for tensor in graph.initializer}
    source = _only([i for i in graph.input if i.name not in stored], "input")
    shape = _input_shape(source)
    samples = shape[0] if len(shape) > 1 else 1
    values: dict[str, Tensor] = {source.name: Form.variable(shape)}
    target = _only(graph.output, "output").name
    for position, proto in _needed(graph, target):
        for name in proto.input:
            if name in stored and name not in values:
                values[name] = Constant.of(array(stored[name], folder), name)
        values[proto.output[0]] = after(proto.op_type, _name(proto, position), _evaluate(proto, position, opset, values, folder))
        _refuse_batch(proto, position, samples, values)
    if target not in values:
        raise UnsupportedModel(f"no node computes the output {target!r}")
    return _result(values[target], values[source.name])


def _result(y: Tensor, x: Tensor) -> Form:
    if isinstance(y, Constant):  # a constant function is a network too
        return Form((), math.prod(x.shape), np.full(y.shape, -1), shift=y)
    return y


def _evaluate(proto: onnx.NodeProto, position: int, opset: int, values: dict[str, Tensor], folder: str | None) -> Tensor:
    """The first output of a node; errors carry its name."""
    name = _name(proto, position)
    if proto.domain not in DOMAINS or proto.op_type not in OPERATORS:
        operator = f"{proto.domain}.{proto.op_type}" if proto.domain not in DOMAINS else proto.op_type
        raise UnsupportedModel(f"{name}: operator {operator} is not supported; supported are {', '.join(OPERATORS)}")
    missing = [i for i in proto.input if i and i not in values]
    if missing:
        raise UnsupportedModel(f"{name} reads {missing[0]!r}, which nothing before it computes")
    inputs: Inputs = [values[i] if i else None for i in proto.input]
    if proto.op_type not in ("Identity", "Cast") and any(isinstance(x, Form) and x.final for x in inputs):
        raise UnsupportedModel(f"{name} follows a Softmax; Softmax and LogSoftmax are supported as the last operator only")
    try:
        attributes = {a.name: _attribute(a, folder) for a in proto.attribute}
        node = Node(proto.op_type, name, attributes, opset, sum(map(bool, proto.output)))
        return OPERATORS[proto.op_type](node, inputs)
    except FiberError as error:
        raise type(error)(f"{name}: {error}") from None
    except (ValueError, IndexError, TypeError, KeyError, OverflowError) as error:
        raise UnsupportedModel(
            f"{name} does not make sense on shapes {[x.shape for x in inputs if x is not None]}: {error}"
        ) from None


def _refuse_batch(proto: onnx.NodeProto, position: int, samples: int, values: dict[str, Tensor]) -> None:
    """Refuse a fixed batch of several samples where it shows: their rows times weights on the right."""
    x = values[proto.input[0]] if proto.op_type in ("MatMul", "Gemm") else None
    if samples > 1 and isinstance(x, Form) and len(x.shape) == 2 and x.shape[0] == samples and x.shape[1] > 1:
        raise UnsupportedModel(
            f"{_name(proto, position)} works on a batch of {samples} samples; "
            "export the model with batch size 1 or a dynamic batch axis"
        )


def _attribute(attribute: onnx.AttributeProto, folder: str | None) -> Any:
    import onnx

    return (
        array(attribute.t, folder) if attribute.type == onnx.AttributeProto.TENSOR else onnx.helper.get_attribute_value(attribute)
    )


def _needed(graph: onnx.GraphProto, target: str) -> list[tuple[int, onnx.NodeProto]]:
    """The nodes that `target` depends on, with their numbers, in the order of the graph (which is topological)."""
    wanted, kept = {target}, []
    for position, node in reversed(list(enumerate(graph.node))):
        if wanted.intersection(node.output):
            if wanted.intersection(node.output[1:]):
                raise UnsupportedModel(
                    f"{_name(node, position)}: only its first output is supported; {node.output[1]!r} is used too"
                )
            kept.append((position, node))
            wanted.update(filter(None, node.input))
    return kept[::-1]


def _name(node: onnx.NodeProto, position: int) -> str:
    return f"{node.op_type} node {node.name or f'number {position}'}"


def _only(entries: Iterable[Any], what: str) -> Any:
    entries = list(entries)
    if len(entries) != 1:
        names = ", ".join(e.name for e in entries) or "none"
        raise UnsupportedModel(f"the model has {len(entries)} {what}s ({names}); exactly one is supported")
    return entries[0]


def _input_shape(source: onnx.ValueInfoProto) -> tuple[int, ...]:
    kind = source.type.tensor_type
    if not source.type.HasField("tensor_type") or not kind.HasField("shape"):
        raise UnsupportedModel(f"input {source.name} has no shape; export the model with a fixed input size")
    if kind.elem_type not in FLOATS:
        raise UnsupportedModel(f"input {source.name} holds ONNX element type {kind.elem_type}; only float inputs are supported")
    sizes = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
    if len(sizes) > 1 and sizes[0] < 1:
        sizes[0] = 1  # the batch axis
    for axis, size in enumerate(sizes):
        if size < 1:
            shown = kind.shape.dim[axis].dim_param or "unknown"
            raise UnsupportedModel(
                f"axis {axis} of input {source.name} has no fixed size ({shown}); export the model with fixed feature sizes"
            )
    return tuple(sizes)
