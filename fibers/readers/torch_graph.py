"""A graph from `torch.export`, in one pass from the input to a network.

Arguments are matched to the operator's schema by name, so that defaults and keywords come out alike; an operator outside
`aten.OPERATORS` is refused by name.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from fibers.errors import FiberError, UnsupportedModel
from fibers.readers.aten import IGNORED, OPERATORS
from fibers.readers.chains import After, unchanged
from fibers.readers.constants import Constant, bounded
from fibers.readers.forms import Form, Tensor
from fibers.readers.torch_tensors import constant_of

__all__ = ["exported"]

NUMBERS = {"alpha", "beta", "other", "value"}  # arguments that are numbers, or may be tensors instead
CREATED = {"arange", "full", "ones", "zeros"}  # constants that the code makes
UNCHANGED = {"to", "_to_copy", "clone", "detach", "contiguous", "alias", "dropout"}  # may follow a Softmax


def exported(program: Any, after: After = unchanged) -> Form:
    """The output of a `torch.export.ExportedProgram` with one tensor in and one out; `after` sees each result (`chains`)."""
    program = _functional(program)
    values, width = _inputs(program)
    for node in program.graph_module.graph.nodes:
        if node.op == "call_function":
            values[node.name] = after(*_called(node), _evaluate(node, values))
        elif node.op == "get_attr":
            raise UnsupportedModel(f"the model holds a subgraph, {node.target}; only straight-line code is supported")
    result = values[_output(program)]
    if isinstance(result, Constant):  # a constant function is a network too
        return Form((), width, np.full(result.shape, -1), shift=result)
    return result


def _functional(program: Any) -> Any:
    """The program without operators that write into a tensor: what sees the change through a view would be missed."""
    if any(getattr(getattr(node.target, "_schema", None), "is_mutable", False) for node in program.graph_module.graph.nodes):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside PyTorch, not the user's
            return program.run_decompositions({})
    return program


def _inputs(program: Any) -> tuple[dict[str, Any], int]:
    """The constants and the one input, by the names of their placeholders, and the size of the input."""
    shapes = {node.name: node.meta["val"] for node in program.graph_module.graph.nodes if node.op == "placeholder"}
    values: dict[str, Any] = {}
    users = []
    for entry in program.graph_signature.input_specs:
        name = getattr(entry.arg, "name", str(entry.arg))
        if entry.kind.name == "USER_INPUT":
            users.append(name)
            continue
        tensor = program.state_dict.get(entry.target)
        tensor = program.constants.get(entry.target) if tensor is None else tensor
        if hasattr(tensor, "dtype"):
            values[name] = _Lazy(tensor, entry.target)
    if len(users) != 1 or not hasattr(shapes.get(users[0]), "shape"):
        raise UnsupportedModel(f"the model has {len(users)} inputs ({', '.join(users)}); exactly one tensor is supported")
    source = shapes[users[0]]
    if not source.dtype.is_floating_point:
        raise UnsupportedModel(f"the input holds {source.dtype}; only float inputs are supported")
    shape = tuple(n if isinstance(n, int) else (1 if axis == 0 else 0) for axis, n in enumerate(source.shape))
    if 0 in shape:
        raise UnsupportedModel(f"the input has shape {tuple(source.shape)}; only the first axis, the batch, may be dynamic")
    values[users[0]] = Form.variable(shape)
    return values, math.prod(shape)


class _Lazy:
    """A stored tensor that becomes a constant, and is checked, when an operator uses it (counters and masks may never be)."""

    def __init__(self, tensor: Any, name: str):
        self.tensor, self.name = tensor, name


def _evaluate(node: Any, values: dict[str, Any]) -> Any:
    if getattr(node.target, "__name__", "") == "getitem":
        source, place = node.args
        if place != 0:
            raise UnsupportedModel(f"{source.name}: only its first output is supported")
        return values[source.name]
    name, where = _called(node)
    if name in IGNORED:
        return None
    own = str(node.target).startswith("aten.")
    if own and name in CREATED:
        return _created(node)
    if not own or name not in OPERATORS:
        listed = ", ".join(n for n in sorted({*OPERATORS, *CREATED}) if "_" not in (n[0], n[-1]))
        raise UnsupportedModel(f"{where} is not supported; supported are {listed}")
    arguments = _arguments(node, values)
    tensors = [v for v in arguments.values() if isinstance(v, (Form, Constant))]
    if name not in UNCHANGED and any(isinstance(v, Form) and v.final for v in tensors):
        raise UnsupportedModel(f"{where} follows a Softmax; Softmax and LogSoftmax are supported as the last operator only")
    try:
        return OPERATORS[name](arguments)
    except FiberError as error:
        raise type(error)(f"{where}: {error}") from None
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise UnsupportedModel(f"{where} does not make sense on shapes {[v.shape for v in tensors]}: {error}") from None


def _called(node: Any) -> tuple[str, str]:
    """The name of an operator, and its place in words."""
    namespace, _, operator = str(node.target).partition(".")
    return operator.partition(".")[0], f"operator {namespace}.{operator}{_place(node)}"


def _created(node: Any) -> Constant:
    """A constant that the code makes, with the numbers that PyTorch stores in it."""
    shape = tuple(node.meta["val"].shape)
    if not all(isinstance(n, int) for n in shape):
        raise UnsupportedModel(f"{node.name} is a constant whose shape {shape} is not fixed")
    bounded(math.prod(shape), f"the constant {node.name}")
    return constant_of(node.target(*node.args, **{**node.kwargs, "device": "cpu"}), node.name)


def _place(node: Any) -> str:
    """Which submodule of the user's an operator comes from, in words."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "")
    kind = kind if isinstance(kind, str) else getattr(kind, "__name__", "")
    return f" in {path} ({kind.rpartition('.')[2]})" if path else ""


def _arguments(node: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, tensors looked up, numbers in place of tensors as constants of the type that is computed in."""
    schema = node.target._schema.arguments
    given = {**{spec.name: value for spec, value in zip(schema, node.args, strict=False)}, **node.kwargs}
    found: dict[str, Any] = {}
    for spec in schema:
        value: Any = given.get(spec.name, spec.default_value if spec.has_default_value() else None)
        if hasattr(value, "op") and hasattr(value, "meta"):
            value = _tensor(values[value.name], values, value.name)
        elif spec.name in NUMBERS and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = _number(value, node)
        found[spec.name] = value
    return found


def _tensor(value: Any, values: dict[str, Any], name: str) -> Tensor:
    if isinstance(value, _Lazy):
        values[name] = value = constant_of(value.tensor, value.name)
    return value


def _number(value: float, node: Any) -> Constant:
    """A number in the code, in the type of the result: an integer type, float64, or else float32, as PyTorch takes it."""
    kind, name = str(getattr(node.meta.get("val"), "dtype", "")).removeprefix("torch."), f"the number {value}"
    if isinstance(value, int) and "int" in kind:
        return Constant.fitted(value, kind, name)
    return Constant.of(np.float64(value) if kind == "float64" else np.float32(value), name)


def _output(program: Any) -> str:
    outputs = program.graph_signature.output_specs
    names = [getattr(o.arg, "name", str(o.arg)) for o in outputs]
    if len(outputs) != 1 or outputs[0].kind.name != "USER_OUTPUT":
        raise UnsupportedModel(f"the model has {len(outputs)} outputs ({', '.join(names)}); exactly one tensor is supported")
    return names[0]
