"""Files of named arrays: safetensors and npz.  Neither can carry code; what a member declares is checked before it is read."""

from __future__ import annotations

import math
import os
import zipfile
from typing import Any

import numpy as np

from fibers.errors import FiberError, UnreadableFile, UnsupportedModel
from fibers.readers.archives import opened
from fibers.readers.constants import bounded
from fibers.readers.tensors import KINDS, METADATA

__all__ = ["read_npz", "read_safetensors"]

_TYPES = (
    "F16",
    "BF16",
    "F32",
    "F64",
    "I64",
    "I32",
    "I16",
    "I8",
    "U64",
    "U32",
    "U16",
    "U8",
    "BOOL",
)  # short ones are refused later


def read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], str | None]:
    """The arrays by name, and our own metadata entry if there is one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(os.fspath(path), framework="numpy") as file:
            tensors = {}
            for name in file.keys():  # noqa: SIM118 (not a mapping)
                kind = file.get_slice(name).get_dtype()
                if kind not in _TYPES:
                    raise UnsupportedModel(f"tensor {name} holds {kind}; weights must be {KINDS}")
                tensors[name] = _bfloat16(path, name) if kind == "BF16" else file.get_tensor(name)
            return tensors, (file.metadata() or {}).get(METADATA)
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        if isinstance(error, FiberError):
            raise
        raise UnreadableFile(f"{os.fspath(path)} is no complete safetensors file: {error}") from None


def _bfloat16(path: str | os.PathLike[str], name: str) -> np.ndarray:
    """A bfloat16 tensor, by way of torch: numpy has no such type, and not every safetensors release finds a substitute."""
    from safetensors import safe_open

    from fibers.readers.torch_tensors import array_of

    with safe_open(os.fspath(path), framework="pt") as file:
        return array_of(file.get_tensor(name), name)


def read_npz(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], str | None]:
    """The arrays by name, and our own metadata entry if there is one."""
    arrays = {}
    with opened(path, "npz file") as archive:
        for entry in archive.infolist():
            arrays[entry.filename.removesuffix(".npy")] = _member(archive, entry)
    note = arrays.pop(METADATA, None)
    return arrays, None if note is None else str(note)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    name = entry.filename.removesuffix(".npy")
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(file)
    if dtype.hasobject:
        raise UnreadableFile(f"array {name} holds Python objects, which may carry code; refused")
    size = bounded(math.prod(shape), f"array {name} of shape {shape}")
    if entry.file_size < size * dtype.itemsize:
        raise UnreadableFile(
            f"array {name} of shape {shape} needs {size * dtype.itemsize:,} bytes; the file holds {entry.file_size:,}"
        )
    with archive.open(entry) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
