"""Linear networks from files and modules: W_1, ..., W_L as they are stored, none multiplied with another.

    load(path)              the matrices in a file, from the input on
    read(path)              the same, and whether the file leaves open what is between them
    from_torch(module)      the matrices of a module, one for each product

The formats and the order of layers are those of `fibers.load` (docs/networks.md), but no ReLU is assumed between the layers.  A
file that says it has one is refused, and so is a nonzero bias, each by name.  Of a file of bare tensors `order` picks any chain
of matrices, and leaves the others alone: one pair of a LoRA adapter, the value and output projections of an attention.

Exact: everything; see `fibers.readers.chains` for what makes a matrix in a graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fibers.errors import InvalidNetwork, UnsupportedModel
from fibers.exact import Matrix
from fibers.networks import LinearNetwork
from fibers.readers import named_arrays, reading
from fibers.readers.chains import closed, linear_network
from fibers.readers.constants import Constant
from fibers.readers.tensors import chain, checked
from fibers.wording import listing
from fiberscope.tables import plural

if TYPE_CHECKING:
    import torch

__all__ = ["from_torch", "load", "read"]

_LORA = re.compile(r"(?P<stem>.*?)\.?lora_(?P<side>A|B|down|up)\b.*")
_FIRST = ("A", "down")
_HERE = "fibers.linear"
"""The package whose functions messages name."""


def load(path: str | os.PathLike[str], *, order: Sequence[str] | None = None) -> LinearNetwork:
    """The linear network in a file: .json (exact), .npz, .safetensors, .pt or .pth of matrices, or .onnx; told by its contents.

    `order` names matrices of a file of bare tensors from the input on, by NAME or NAME.weight; what it does not name is not
    looked at.  Without it the rule in docs/networks.md applies; lora_A comes before lora_B.  A graph (.onnx) gives one matrix for
    each product.

    Raises `UnsupportedModel` for a ReLU, a nonzero bias or a final Softmax, naming it, and what `fibers.load` raises.
    """
    return read(path, order=order)[0]


def read(path: str | os.PathLike[str], *, order: Sequence[str] | None = None) -> tuple[LinearNetwork, bool]:
    """As `load`; and whether that there is no ReLU is an assumption: several layers of a file of bare tensors without a note."""
    return reading(path, order, _read)


def from_torch(module: torch.nn.Module, example_input: Any = None) -> LinearNetwork:
    """The matrices of a PyTorch module without ReLU and bias, one for each product; the module is not changed.

    `module` is an `nn.Sequential` or `nn.ModuleList` of `nn.Linear`, or anything that `torch.export` can trace into products with
    constants; `example_input` as for `fibers.from_torch`.  Raises `UnsupportedModel` for a ReLU or a nonzero bias, naming it.

    >>> import torch
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False), torch.nn.Linear(2, 4, bias=False))).widths
    (3, 2, 4)
    """
    import torch

    from fibers.readers import torch_module

    if type(module) is torch.nn.ModuleList:
        module = torch.nn.Sequential(*module)
    return linear_network(torch_module.traced(module, example_input, after=closed, package=_HERE))


def _read(path: str | os.PathLike[str], kind: str, order: Sequence[str] | None) -> tuple[LinearNetwork, bool]:
    if kind == "onnx":
        from fibers.readers import onnx_graph

        return linear_network(onnx_graph.read(path, after=closed)), False
    if kind == "json":
        from fibers.readers import json_format

        pairs, final, activation = json_format.read_layers(path)
        _refuse_activations(path, len(pairs), final, activation)
        return _network([(W, b, f"layer {k}") for k, (W, b) in enumerate(pairs, start=1)]), False
    arrays, known = named_arrays(path, kind, _HERE)
    if order is not None:
        return _network(_picked(arrays, order)), False
    adapter = "order" not in known and bool(arrays) and all(map(_LORA.fullmatch, arrays))
    entries = _picked(arrays, _pair(list(arrays))) if adapter else _chain(arrays, known)
    if "final" in known:  # one of our own files, or one with such a note
        _refuse_activations(path, len(entries), known["final"], known.get("activation", "relu"))
    return _network(entries), not adapter and "final" not in known and len(entries) > 1


def _refuse_activations(path: str | os.PathLike[str], layers: int, final: str | None, activation: str) -> None:
    if activation == "relu" and layers > 1:
        raise UnsupportedModel(
            f"{os.fspath(path)} is a ReLU network, with ReLU between its {layers} layers; a linear network has none, "
            'and its file says "activation": "linear" (docs/networks.md)'
        )
    if final:
        raise UnsupportedModel(f"{os.fspath(path)} ends in {final}; a linear network does not")


Entry = tuple[Any, Any, str]
"""W, b or None, and what messages call the layer."""


def _network(layers: Sequence[Entry]) -> LinearNetwork:
    """The network of these layers; a nonzero bias is refused by name."""
    for _, bias, name in layers:
        if bias is not None and any(bias):
            raise UnsupportedModel(f"{name} has a nonzero bias; a linear network has none")
    return LinearNetwork([W for W, _, _ in layers])


def _chain(arrays: Mapping[str, Any], known: Mapping[str, Any]) -> list[Entry]:
    """All layers of a file, in the order that the file or the rule gives."""
    found = chain(arrays, order=known.get("order"), registered=known.get("registered", False), package=_HERE)
    return [
        (layer.matrix, None if layer.bias is None else layer.bias.array, layer.weight.name if layer.weight else "")
        for layer in found
    ]


def _pair(names: Sequence[str]) -> list[str]:
    """The two matrices of the one LoRA pair, the one that reads the input first."""
    sides: dict[str, dict[bool, str]] = {}
    for name in names:
        match = _LORA.fullmatch(name)
        assert match
        sides.setdefault(match["stem"], {})[match["side"] in _FIRST] = name
    pairs = [[pair[True], pair[False]] for pair in sides.values() if len(pair) == 2]
    if len(pairs) == 1 and len(names) == 2:
        return pairs[0]
    example = f", such as order={pairs[0]} (to fibers flow: --order {','.join(pairs[0])})" if pairs else ""
    raise UnsupportedModel(
        f"the file holds {plural(len(pairs), 'LoRA pair')} in {plural(len(names), 'tensor')}; pass the matrices of one{example}"
    )


def _picked(arrays: Mapping[str, Any], order: Sequence[str]) -> list[Entry]:
    """The matrices that `order` names, by their own names or by those of their layers, each with its bias."""
    if isinstance(order, str) or not order:
        raise InvalidNetwork(f"order must be a list of names of matrices; found {order!r}")
    return [_named(arrays, name) for name in order]


def _named(arrays: Mapping[str, Any], given: str) -> Entry:
    candidates = [given, *(f"{given}{joint}{role}" for role in ("weight", "weights", "W", "w") for joint in "._/")]
    name = next((candidate for candidate in candidates if candidate in arrays), None)
    if name is None:
        shapes = [f"{n} {'×'.join(map(str, a.shape))}" for n, a in arrays.items() if a.ndim == 2]
        raise InvalidNetwork(f"order names {given!r}, but the file has no such matrix; it has {listing(shapes) or 'none'}")
    bias = re.sub(r"(weights?|[wW])([._]?\d*)$", lambda m: {"W": "b", "w": "b"}.get(m[1], "bias") + m[2], name)
    return _exact(arrays, name), arrays[bias].ravel() if bias != name and bias in arrays else None, name


def _exact(arrays: Mapping[str, Any], name: str) -> Matrix:
    return checked(Constant.of(arrays[name], name), "weight", _HERE).matrix(*arrays[name].shape)
