"""Declarations against networks: which file is which network, and whether it is as the query declares it.

Each network that is not `equal-to` another one needs a file, and no other may have one.  The shapes declared must be those that
the ONNX file states, a symbolic size fitting any; of a network of another format only the number of inputs and outputs is known.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fibers.errors import UnsupportedQuery
from fibers.networks import ReLUNetwork
from fibers.queries.syntax import Declared, Tensor

__all__ = ["check_network", "check_pair", "matched"]


@dataclass(frozen=True)
class Node:
    """An input or output of an ONNX graph; sizes are numbers, or None where they are symbolic."""

    name: str
    shape: tuple[int | None, ...] | None

    def fits(self, tensor: Tensor) -> bool:
        """Whether a declared tensor can be this node's."""
        if self.shape is None:
            return True
        return len(self.shape) == len(tensor.shape) and all(a in (None, b) for a, b in zip(self.shape, tensor.shape, strict=True))

    def __str__(self) -> str:
        shape = "of no stated shape" if self.shape is None else f"[{','.join('?' if a is None else str(a) for a in self.shape)}]"
        return f"{self.name} {shape}"


def matched(networks: Sequence[Declared], files: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The file of each declared network, given (name, file) as on the command line.

    Raises `UnsupportedQuery` for a name that is missing, unknown, given twice, or of a network that is equal to another one, and
    for one file under two names.
    """
    declared = {n.name: n for n in networks}
    found: dict[str, str] = {}
    for name, file in files:
        if name not in declared:
            raise UnsupportedQuery(f"the query declares no network {name!r}; it declares {', '.join(declared)}")
        if name in found:
            raise UnsupportedQuery(f"--network {name} is given twice: {found[name]} and {file}")
        if declared[name].equal_to:
            told = declared[name].equal_to
            raise UnsupportedQuery(f"network {name} is declared equal-to {told}, and takes no file of its own; found {file}")
        found[name] = file
    for n in networks:
        if n.equal_to:
            continue
        if n.name not in found:
            raise UnsupportedQuery(f"network {n.name} has no file; give it with --network {n.name}=FILE")
    _check_distinct(found)
    return {n.name: found[n.equal_to or n.name] for n in networks}


def _check_distinct(found: dict[str, str]) -> None:
    (first, file), *others = found.items()
    for name, other in others:
        if os.path.exists(file) and os.path.exists(other) and os.path.samefile(file, other):
            raise UnsupportedQuery(
                f"networks {first} and {name} are given the same file, {file}; "
                f"if that is meant, declare {name} with (equal-to {first}) and leave its file out"
            )


def check_network(declared: Declared, file: str, network: ReLUNetwork) -> None:
    """Raise `UnsupportedQuery` unless the network in `file` can be the one declared."""
    inputs, outputs = _nodes(file) if file.lower().endswith(".onnx") else ([], [])
    for tensor, nodes, size in (
        (declared.inputs[0], inputs, network.inputs),
        (declared.outputs[0], outputs, network.outputs),
    ):
        node = nodes[0] if nodes else None
        if node and not node.fits(tensor):
            raise UnsupportedQuery(f"{file}: the query declares {tensor}, but the file has {node}")
        if tensor.size != size:
            raise UnsupportedQuery(f"{file}: the query declares {tensor}, of {tensor.size} elements, but the network has {size}")
    if network.final:
        raise UnsupportedQuery(
            f"{file}: the network ends in a {network.final}, whose values are no rational numbers; "
            "supported are networks that end in their logits"
        )


def check_pair(f: Declared, g: Declared, first: ReLUNetwork, second: ReLUNetwork) -> None:
    """Raise `UnsupportedQuery` if networks declared isomorphic have other layers."""
    if g.isomorphic_to == f.name and first.widths != second.widths:
        raise UnsupportedQuery(
            f"network {g.name} is declared isomorphic-to {f.name}, but the widths are {_widths(second)} and {_widths(first)}; "
            "leave that out of the query if it is not meant"
        )


def _widths(network: ReLUNetwork) -> str:
    return "-".join(map(str, network.widths))


def _nodes(file: str) -> tuple[list[Node], list[Node]]:
    """The inputs and outputs of an ONNX graph that could be read before."""
    import onnx

    graph = onnx.load_model(file, load_external_data=False).graph
    stored = {tensor.name for tensor in graph.initializer}
    return [_node(v) for v in graph.input if v.name not in stored], [_node(v) for v in graph.output]


def _node(value: Any) -> Node:
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return Node(value.name, None)
    return Node(value.name, tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim))
