"""The tensors of a model, whatever holds it: a module, a state dict, a file; one at a time, in their own order.

A `Checkpoint` lists `Entry`s.  An entry knows its name and shape; its values are read when it is asked for them, so a file larger
than memory can be gone through.  `shared` is the name of an earlier entry with the same values in the same memory (tied weights).
`reason` is empty for what can be measured: floats, and bool, which is a mask.  Otherwise it says why not.

Nothing that is read may run code: safetensors and npy cannot carry any, npz members with Python objects are refused, and of a
`.pt` file the pickle is listed before anything is loaded (`fiberscope.pickles`), then loaded by PyTorch's weights-only unpickler.

Order: of registration for modules, state dicts and `.pt`; of the file for npz; for safetensors see `fractal.weightfiles`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np

from fiberscope.tables import plural
from fractal.arrays import Array, as_array, is_tensor
from fractal.errors import InvalidArray, InvalidOption

if TYPE_CHECKING:
    import torch

__all__ = ["Checkpoint", "Entry", "chosen", "read", "reason_to_skip"]


@dataclass(frozen=True)
class Entry:
    """A tensor by name; `load()` gives its values."""

    name: str
    shape: tuple[int, ...]
    reason: str
    load: Callable[[], Array]
    shared: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of one source, in its order; `source` is what messages and tables call it."""

    source: str
    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


def read(source: Any) -> Checkpoint:
    """The tensors of a module, a mapping from names to arrays, a single array or a file; a `Checkpoint` is returned as it is.

    Files: .safetensors, .pt .pth .bin .ckpt (weights only), .npz, .npy.  Raises `UnreadableFile`, `InvalidArray`.

    >>> [(e.name, e.shape, e.reason) for e in read({"w": np.ones((2, 3)), "steps": np.array(7)})]
    [('w', (2, 3), ''), ('steps', (), 'integers (int64)')]
    """
    if isinstance(source, Checkpoint):
        return source
    if isinstance(source, (str, os.PathLike)):
        from fractal.weightfiles import read_file

        return read_file(os.fspath(source))
    if isinstance(source, Mapping):
        return Checkpoint("a state dict", tuple(_entries(source.items())))
    if is_module(source):
        return Checkpoint(type(source).__name__, tuple(_entries(source.state_dict().items())))
    if is_tensor(source) or isinstance(source, np.ndarray):
        return Checkpoint("an array", tuple(_entries([("array", source)])))
    raise InvalidArray(
        f"source must be a module, a mapping from names to tensors, or a file of weights; found {type(source).__name__}"
    )


def is_module(source: Any) -> bool:
    """Whether it is a `torch.nn.Module`; torch is not imported for the question."""
    return any(c.__module__ == "torch.nn.modules.module" and c.__name__ == "Module" for c in type(source).__mro__)


def chosen(entries: Iterable[Entry], include: Any = None, exclude: Any = None) -> tuple[Entry, ...]:
    """The entries whose name fits a pattern of `include` (all, if None) and none of `exclude`; patterns as in file names.

    Raises `InvalidOption` where a pattern of `include` fits nothing, and where `exclude` leaves nothing.

    >>> state = read({"conv.weight": np.ones(2), "conv.bias": np.ones(2)})
    >>> [entry.name for entry in chosen(state, include="*.weight")]
    ['conv.weight']
    """
    entries, wanted, unwanted = tuple(entries), _patterns(include, "include"), _patterns(exclude, "exclude")
    for pattern in wanted or ():
        if not any(fnmatchcase(entry.name, pattern) for entry in entries):
            names = ", ".join(entry.name for entry in entries[:5]) or "none"
            raise InvalidOption(f"include: no tensor has a name like {pattern!r}; there are {len(entries)}, such as {names}")
    included = [entry for entry in entries if wanted is None or any(fnmatchcase(entry.name, p) for p in wanted)]
    left = tuple(entry for entry in included if not any(fnmatchcase(entry.name, p) for p in unwanted or ()))
    if included and not left:
        names = ", ".join(entry.name for entry in included[:5])
        patterns = ", ".join(map(repr, unwanted or ()))
        raise InvalidOption(f"exclude: {patterns} leaves none of {plural(len(included), 'tensor')}, such as {names}")
    return left


def _patterns(patterns: Any, name: str) -> tuple[str, ...] | None:
    if patterns is None:
        return None
    listed = (patterns,) if isinstance(patterns, str) else tuple(patterns) if isinstance(patterns, Iterable) else (patterns,)
    if not all(isinstance(pattern, str) for pattern in listed):
        raise InvalidOption(f"{name} must be a pattern such as '*.weight', or several; found {patterns!r}")
    return listed


def reason_to_skip(kind: str, shape: tuple[int, ...], dtype: str) -> str:
    """Why an array of this kind ("f", "b", "i", "c" or another) is not measured; empty if it is.

    >>> reason_to_skip("f", (0, 3), "float32"), reason_to_skip("f", (2, 3), "float32")
    ('empty', '')
    """
    if kind == "i":
        return f"integers ({dtype})"
    if kind not in "fb":
        return f"holds {dtype}, no real numbers"
    return "empty" if 0 in shape else "" if shape else "a single number"


def _entries(items: Iterable[tuple[Any, Any]]) -> Iterator[Entry]:
    """Entries of arrays in memory; one that is the same memory in the same layout as an earlier one is told."""
    first: dict[tuple[Any, ...], str] = {}
    keys: dict[str, Any] = {}
    for key, value in items:
        name = str(key)
        if name in keys:
            raise InvalidArray(f"the keys of tensors must differ as text; found {keys[name]!r} and {key!r}: rename one")
        keys[name] = key
        entry = _entry(name, value)
        place = _place(value) if not entry.reason else None
        shared = first.setdefault(place, name) if place is not None else name
        yield entry if shared == name else Entry(name, entry.shape, "", entry.load, shared)


def _entry(name: str, value: Any) -> Entry:
    if is_tensor(value):
        return _tensor_entry(name, value)
    try:
        array = as_array(value, name)
    except InvalidArray:
        dtype = str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__
        return Entry(name, np.shape(value) if isinstance(value, np.ndarray) else (), f"holds {dtype}, no real numbers", _nothing)
    return Entry(name, array.shape, reason_to_skip(_numpy_kind(array.dtype), array.shape, str(array.dtype)), lambda: array)


def _numpy_kind(dtype: np.dtype) -> str:
    return {"u": "i", "O": "f"}.get(dtype.kind, dtype.kind)


def _nothing() -> Array:
    raise InvalidArray("this entry holds no array")


def _tensor_entry(name: str, tensor: torch.Tensor) -> Entry:
    if type(tensor).__name__.startswith("Uninitialized"):
        return Entry(name, (), "not initialised yet", _nothing)
    shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
    if tensor.is_meta:
        return Entry(name, shape, "on the meta device, without values", _nothing)
    if tensor.is_quantized:
        return Entry(name, shape, f"quantised ({dtype})", tensor.detach)
    value = tensor.detach()
    if str(tensor.layout) != "torch.strided":
        return Entry(name, shape, reason_to_skip(_torch_kind(tensor), shape, dtype), value.to_dense)
    return Entry(name, shape, reason_to_skip(_torch_kind(tensor), shape, dtype), lambda: value)


def _torch_kind(tensor: torch.Tensor) -> str:
    if tensor.is_complex():
        return "c"
    return "f" if tensor.is_floating_point() else "b" if str(tensor.dtype) == "torch.bool" else "i"


def _place(value: Any) -> tuple[Any, ...] | None:
    """What two names of the same values in the same memory have in common."""
    if is_tensor(value):
        if str(value.layout) != "torch.strided":
            return None
        return (str(value.device), value.data_ptr(), tuple(value.shape), value.stride(), str(value.dtype))
    if isinstance(value, np.ndarray):
        return ("numpy", value.__array_interface__["data"][0], value.shape, value.strides, str(value.dtype))
    return None
