"""Bare tensors, as state dicts hold them, to a network: which tensors make a layer, and in which order the layers come.

A layer is a weight matrix (out × in) with its bias, told by their names: NAME.weight and NAME.bias, W1 and b1, weight_0 and
bias_0, or arr_0, arr_1, ... in turn.  Such a file does not say in which order a model uses them.  The rule, first that applies:

0.  the order given by the caller, or in the file's own metadata;
1.  names that differ in one number (net.0, net.2 or fc1, fc2) come in the order of that number;
2.  a PyTorch file keeps the order in which the layers were registered, and has no other;
3.  in other files, the order in which the shapes chain, if there is exactly one.

Otherwise the file is refused.  In every case the shapes must chain; ReLU is assumed between the layers, and nowhere else, unless
the metadata says "activation": "linear": then the layers are one affine map.  Names of several styles in one file are refused: an
attention has in_proj_weight beside out_proj.weight, a chain of layers has not.

Exact: weights are read as they are stored, whole numbers too: numpy and torch make int64 of them.  Integers of 8 and 16 bits are
what quantised models hold, without their scale, and are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from fibers.errors import InvalidNetwork, UnreadableFile, UnsupportedModel
from fibers.exact import Matrix
from fibers.networks import FINALS, ReLUNetwork
from fibers.readers.constants import Constant

__all__ = [
    "KINDS",
    "METADATA",
    "Layer",
    "assembled",
    "chain",
    "checked",
    "distinct",
    "known_activation",
    "known_final",
    "metadata",
    "network",
]

METADATA = "fiberscope"  # the metadata entry of our own files: {"order": [...], "final": ..., "activation": ...} as JSON
ACTIVATIONS = ("relu", "linear")
KINDS = "float16, bfloat16, float32 or float64, or integers of 32 or 64 bits"

_ROLE = r"(?P<role>weights?|W|w|bias(?:es)?|b)"
_NAMES = (re.compile(rf"(?:(?P<stem>.+)(?P<style>[._/]))?{_ROLE}"), re.compile(rf"{_ROLE}(?P<style>[._]?)(?P<stem>\d+)"))
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
_EFFORT = 100_000  # steps of the search for a chain of shapes
_WAYS_OUT = {
    "fibers": "pass order=[...] to fibers.load",
    "fibers.linear": "pass order=[...] to fibers.linear.load, or --order NAMES to fibers flow",
}


@dataclass
class Layer:
    """The tensors of one layer."""

    weight: Constant | None = None
    bias: Constant | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(out, in)."""
        assert self.weight is not None
        return self.weight.shape[0], self.weight.shape[1]

    @property
    def matrix(self) -> Matrix:
        """W, exactly."""
        assert self.weight is not None
        return self.weight.matrix(*self.shape)


def network(
    tensors: Mapping[str, Any],
    *,
    order: Sequence[str] | None = None,
    registered: bool = False,
    final: str | None = None,
    activation: str = "relu",
) -> ReLUNetwork:
    """The network of named arrays, under the rule above; `registered` says that their order is that of a PyTorch state dict.

    `order` lists the layers from the input, by NAME or NAME.weight.  Raises `UnsupportedModel` where no order is recoverable or
    a tensor belongs to no fully connected layer, `NotExact` for NaN and infinite weights.
    """
    layers = chain(tensors, order=order, registered=registered)
    return assembled([(layer.matrix, None if layer.bias is None else layer.bias.array) for layer in layers], final, activation)


def chain(
    tensors: Mapping[str, Any], *, order: Sequence[str] | None = None, registered: bool = False, package: str = "fibers"
) -> list[Layer]:
    """The layers of named arrays, from the input, under the rule above; `package` has the functions that messages name."""
    layers = _layers(tensors, package)
    return [layers[name] for name in (_order(layers, registered, package) if order is None else _given(layers, order))]


def assembled(pairs: Sequence[Any], final: str | None = None, activation: str = "relu") -> ReLUNetwork:
    """The network of pairs (W, b), with ReLU between them; "linear" layers have none there and are composed, exactly."""
    found = ReLUNetwork(pairs, final=final)
    if activation == "linear":
        return ReLUNetwork([reduce(lambda inner, outer: outer.compose(inner), found.maps)], final=final)
    return found


def metadata(text: str | None) -> dict[str, Any]:
    """The order and activations that our own writers put into a file's metadata, as keyword arguments of `network`."""
    if text is None:
        return {}
    try:
        found = json.loads(text, object_pairs_hook=distinct)
        order, final = found["order"], found["final"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UnreadableFile(
            f'the metadata entry "{METADATA}" must be JSON {{"order": [...], "final": null}}; found {text[:80]!r}'
        ) from None
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
        raise UnreadableFile(f'the metadata entry "{METADATA}" has an order that is no list of names: {str(order)[:80]}')
    told = {"order": order, "final": known_final(final)}
    return told | {"activation": known_activation(found["activation"])} if "activation" in found else told


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict; an entry that occurs twice is refused, for readers differ in which one counts."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableFile(f"the entry {key[:80]!r} occurs twice in one object")
        found[key] = value
    return found


def known_final(final: Any) -> str | None:
    """`final`, if it is one of the known final activations."""
    if final not in FINALS:
        raise UnsupportedModel(f'final must be null, "softmax" or "logsoftmax"; found {str(final)[:80]!r}')
    return final


def known_activation(activation: Any) -> str:
    """What stands between the layers, "relu" or "linear" (nothing)."""
    if activation not in ACTIVATIONS:
        raise UnsupportedModel(f'activation must be "relu" or "linear"; found {str(activation)[:80]!r}')
    return str(activation)


def _layers(tensors: Mapping[str, Any], package: str) -> dict[str, Layer]:
    if not tensors:
        raise UnsupportedModel("the file holds no tensors")
    for name in tensors:
        if name.rpartition(".")[2] in _STATISTICS:
            raise UnsupportedModel(
                f"tensor {name} belongs to a batch norm, whose epsilon and place a state dict does not tell; "
                f"pass the module to {package}.from_torch, or export it to ONNX"
            )
    numbered = all(re.fullmatch(r"arr_\d+", name) for name in tensors)
    parts = _by_turns(tensors) if numbered else _by_names(tensors, package)
    layers: dict[str, Layer] = {}
    for name, stem, role in parts:
        value = Constant.of(tensors[name], name)
        layer = layers.setdefault(stem, Layer())
        if getattr(layer, role) is not None:
            raise UnsupportedModel(
                f"two tensors are the {role} of layer {stem or '(unnamed)'}: {getattr(layer, role).name} and {name}"
            )
        setattr(layer, role, checked(value, role, package))
    for stem, layer in layers.items():
        if layer.weight is None:
            raise UnsupportedModel(f"tensor {layer.bias.name if layer.bias else stem} is a bias without a weight")
        if layer.bias is not None and layer.bias.shape[0] != layer.shape[0]:
            raise InvalidNetwork(
                f"{layer.weight.name} has shape {layer.shape} (out × in) and needs {layer.shape[0]} biases; "
                f"{layer.bias.name} has {layer.bias.shape[0]}"
            )
    return layers


def _by_names(tensors: Mapping[str, Any], package: str) -> list[tuple[str, str, str]]:
    """(tensor, layer, "weight" or "bias") of each tensor; all names must be of one style."""
    parts: list[tuple[str, str, str]] = []
    styles: dict[tuple[int, str | None], str] = {}
    for name in tensors:
        pattern, match = _match(name, tensors)
        styles.setdefault((pattern, match["style"]), name)
        parts.append((name, match["stem"] or "", "weight" if match["role"][0] in "wW" else "bias"))
    if len(styles) > 1:
        one, two = list(styles.values())[:2]
        raise UnsupportedModel(
            f"the names {one} and {two} are of different styles, so these are no layers that follow one another (an attention "
            f"has such names); pass the module to {package}.from_torch, or rename the tensors to NAME.weight and NAME.bias"
        )
    return parts


def _match(name: str, tensors: Mapping[str, Any]) -> tuple[int, re.Match[str]]:
    for k, pattern in enumerate(_NAMES):
        match = pattern.fullmatch(name)
        if match:
            return k, match
    raise UnsupportedModel(
        f"tensor {name} of shape {np.shape(tensors[name])} is neither a weight nor a bias by its name; "
        "known are NAME.weight and NAME.bias, W1 and b1, weight_0 and bias_0, or arr_0, arr_1, ..."
    )


def _by_turns(tensors: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """arr_0, arr_1, ...: each matrix starts a layer, a vector after it is its bias."""
    parts: list[tuple[str, str, str]] = []
    stem = ""
    for name in sorted(tensors, key=lambda n: int(n[4:])):
        if np.ndim(tensors[name]) == 2:
            stem = name[4:]
        parts.append((name, stem, "weight" if np.ndim(tensors[name]) == 2 else "bias"))
    return parts


def checked(value: Constant, role: str, package: str = "fibers") -> Constant:
    """A tensor of weights that is a matrix, or as a "bias" a vector."""
    if not (value.is_float or (value.array.dtype.kind in "iu" and value.array.dtype.itemsize >= 4)):
        told = " (quantised weights have their scale elsewhere)" if value.array.dtype.kind in "iu" else ""
        raise UnsupportedModel(f"tensor {value.name} holds {value.array.dtype}{told}; weights must be {KINDS}")
    if len(value.shape) != (2 if role == "weight" else 1):
        hint = (
            f" (a convolution needs its input size: use {package}.from_torch or ONNX)"
            if role == "weight" and len(value.shape) > 2
            else ""
        )
        what = "a matrix (out × in)" if role == "weight" else "a vector"
        raise UnsupportedModel(f"tensor {value.name} must be {what} of a fully connected layer; found shape {value.shape}{hint}")
    return value


def _given(layers: Mapping[str, Layer], order: Sequence[str]) -> list[str]:
    if isinstance(order, str):
        raise InvalidNetwork(f"order must be a list of layer names; found the text {order!r}")
    names = {layer.weight.name: stem for stem, layer in layers.items() if layer.weight is not None}
    chosen = [names.get(name, name) for name in order]
    if sorted(chosen) != sorted(layers):
        raise InvalidNetwork(f"order must name each layer once; the layers are {sorted(layers)}, order has {list(order)}")
    return chosen


def _order(layers: Mapping[str, Layer], registered: bool, package: str) -> list[str]:
    names = list(layers)
    numbered = _by_number(names)
    if numbered is not None:
        if _chains(layers, numbered):
            return numbered
        raise _refusal(layers, package, f"in the order of their numbers the shapes of {', '.join(numbered)} do not chain")
    if registered:
        if _chains(layers, names):
            return names
        raise _refusal(layers, package, "in the order in which they were registered their shapes do not chain")
    chains = _chainings(layers)
    if len(chains) == 1:
        return chains[0]
    told = "their shapes chain in more than one order" if chains else "their shapes chain in no order"
    raise _refusal(layers, package, told)


def _refusal(layers: Mapping[str, Layer], package: str, reason: str) -> UnsupportedModel:
    listing = ", ".join(f"{name or '(unnamed)'} {layer.shape[0]}×{layer.shape[1]}" for name, layer in layers.items())
    way_out = f"{_WAYS_OUT[package]}, or load a file that has the graph (ONNX) or the module ({package}.from_torch)"
    return UnsupportedModel(f"the layers have no recoverable order: {reason} ({listing}; out × in); {way_out}")


def _by_number(names: Sequence[str]) -> list[str] | None:
    """The names sorted by the one number in which they differ; None if they do not differ in exactly one."""
    split = [re.split(r"(\d+)", name) for name in names]
    if len({tuple(s[0::2]) for s in split}) > 1:
        return None
    columns = list(zip(*[map(int, s[1::2]) for s in split], strict=True))
    varying = [column for column in columns if len(set(column)) > 1]
    if len(names) == 1:
        return list(names)
    if len(varying) != 1 or len(set(varying[0])) < len(names):
        return None
    return [name for _, name in sorted(zip(varying[0], names, strict=True))]


def _chains(layers: Mapping[str, Layer], names: Sequence[str]) -> bool:
    return all(layers[a].shape[0] == layers[b].shape[1] for a, b in pairwise(names))


def _chainings(layers: Mapping[str, Layer]) -> list[list[str]]:
    """Up to two orders in which the shapes chain; two also if the search was given up."""
    found: list[list[str]] = []
    stack: list[list[str]] = [[name] for name in layers]
    for _ in range(_EFFORT):
        if not stack or len(found) == 2:
            return found
        path = stack.pop()
        if len(path) == len(layers):
            found.append(path)
        else:
            used = set(path)
            stack += [[*path, n] for n in layers if n not in used and layers[n].shape[1] == layers[path[-1]].shape[0]]
    return [list(layers)] * 2
