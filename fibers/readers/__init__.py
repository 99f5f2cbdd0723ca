"""Networks from outside: PyTorch modules, ONNX, safetensors, npz, state dicts, and an exact JSON format.

    load(path)              a file, by what is in it
    from_torch(module)      a module, or a torch.export program

Nothing is rounded on the way in, but for batch norm's factors and casts of constants; those say so with a `RoundingNotice`.
The formats, and the rule for the order of layers in files of bare tensors, are described in docs/networks.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from fibers.errors import UnreadableFile, UnsupportedModel
from fibers.readers.archives import opened
from fibers.readers.rounding import RoundingNotice

if TYPE_CHECKING:
    import torch

    from fibers.networks import ReLUNetwork

__all__ = ["SUFFIXES", "RoundingNotice", "from_torch", "load", "named_arrays", "reading"]

Found = TypeVar("Found")
Order = Sequence[str] | None

SUFFIXES = {".onnx": "onnx", ".pt": "torch", ".pth": "torch", ".safetensors": "safetensors", ".npz": "npz", ".json": "json"}

_KNOWN = "known are ONNX (.onnx), PyTorch state dicts (.pt, .pth), .safetensors, .npz and .json"


def from_torch(module: torch.nn.Module, example_input: Any = None) -> ReLUNetwork:
    """The network that a PyTorch module computes in evaluation mode; the module is not changed.

    `module` is an `nn.Sequential` of known layers, or anything that `torch.export` can trace into affine maps and ReLU.
    `example_input` is a tensor of one input with its batch axis; it may be left out if the first layer with weights is `Linear`.

    Raises `UnsupportedModel`, naming the layer or operator, for anything else, `NotExact` for NaN or infinite weights; warns with
    `RoundingNotice` where batch norm's factors are rounded.
    """
    from fibers.readers import torch_module

    return torch_module.from_torch(module, example_input)


def load(path: str | os.PathLike[str], *, order: Sequence[str] | None = None) -> ReLUNetwork:
    """The network in a file: ONNX, a PyTorch state dict, safetensors, npz or JSON, told by its contents and then its suffix.

    `order` lists the layers of a file of bare tensors from the input, where the rule in docs/networks.md finds none. No file can
    run code; external ONNX weights are read from the folder of the model only.

    Raises `UnreadableFile` for a file that is missing, truncated, of an unknown format or unsafe, `UnsupportedModel` for a model
    with anything but affine maps and ReLU, `NotExact` for NaN or infinite weights, `InvalidNetwork` for shapes that do not fit.

    Of a linear network this gives the affine map that it computes; `fibers.linear.load` gives its matrices one by one.
    """
    return reading(path, order, _read)


def reading(path: str | os.PathLike[str], order: Order, read: Callable[[str | os.PathLike[str], str, Order], Found]) -> Found:
    """What `read(path, kind, order)` finds in a file of a known kind: "onnx", "torch", "safetensors", "npz" or "json"."""
    kind = _kind(path)
    if order is not None and kind in ("onnx", "json"):
        raise UnsupportedModel(f"order is for files of bare tensors; {os.fspath(path)} is {kind} and has its own order")
    try:
        return read(path, kind, order)
    except OSError as error:
        raise UnreadableFile(f"{os.fspath(path)} cannot be read: {error.strerror or error}") from None
    except MemoryError:
        raise UnreadableFile(f"{os.fspath(path)} declares more data than fits into memory") from None


def _read(path: str | os.PathLike[str], kind: str, order: Order) -> ReLUNetwork:
    if kind == "onnx":
        from fibers.readers import onnx_graph

        return onnx_graph.read(path).network()
    if kind == "json":
        from fibers.readers import json_format

        return json_format.read_json(path)
    from fibers.readers import tensors

    arrays, known = named_arrays(path, kind)
    return tensors.network(arrays, **(known if order is None else {**known, "order": order}))


def named_arrays(path: str | os.PathLike[str], kind: str, package: str = "fibers") -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays in a file of bare tensors, and what it says of them: keyword arguments of `tensors.network`.

    `package` has the functions that messages name.
    """
    from fibers.readers import tensor_files, tensors

    if kind == "torch":
        from fibers.readers import torch_files

        arrays, known = torch_files.read_torch(path, package)
        return arrays, {**known, "registered": True}
    arrays, note = (tensor_files.read_npz if kind == "npz" else tensor_files.read_safetensors)(path)
    return arrays, tensors.metadata(note)


def _kind(path: str | os.PathLike[str]) -> str:
    """The format of a file, by its first bytes where they tell, else by its suffix."""
    try:
        shown = os.fspath(path)
    except TypeError:
        raise UnreadableFile(f"path must be a string or a path; found {type(path).__name__}") from None
    if os.path.isdir(path):
        raise UnreadableFile(f"{shown!s} is a directory; give a file")
    if os.path.exists(path) and not os.path.isfile(path):
        raise UnreadableFile(f"{shown!s} is no regular file; save the model to one first")
    try:
        with open(path, "rb") as file:
            head = file.read(1024)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise UnreadableFile(f"{shown!s} does not exist") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{shown!s} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not head:
        raise UnreadableFile(f"{shown!s} is empty")
    return _sniff(path, head, size) or _by_suffix(str(shown))


def _sniff(path: str | os.PathLike[str], head: bytes, size: int) -> str | None:
    if head.startswith(b"version https://git-lfs"):
        raise UnreadableFile(f"{os.fspath(path)} is a Git LFS pointer, not the file itself; fetch it with git lfs pull")
    if head.startswith(b"\x93NUMPY"):
        raise UnreadableFile(
            f"{os.fspath(path)} is a single numpy array; save the weights and biases of all layers with numpy.savez"
        )
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(path)
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size:
        return "safetensors"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return "json"
    if head[:1] == b"\x80":
        return "torch"
    return "onnx" if head[:1] == b"\x08" else None


def _sniff_zip(path: str | os.PathLike[str]) -> str | None:
    with opened(path, "zip archive") as archive:
        members = archive.namelist()
    if members and all(name.endswith(".npy") for name in members):
        return "npz"
    if any(name.endswith(".pkl") or "/archive_format" in name for name in members):
        return "torch"
    raise UnreadableFile(f"{os.fspath(path)} is a zip archive, but neither .npz nor a PyTorch file; {_KNOWN}")


def _by_suffix(shown: str) -> str:
    suffix = os.path.splitext(shown)[1].lower()
    if suffix not in SUFFIXES:
        raise UnreadableFile(
            f"{shown} has an unknown format (suffix {suffix or 'none'}, and its first bytes do not tell); {_KNOWN}"
        )
    return SUFFIXES[suffix]
