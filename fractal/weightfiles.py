"""Files of weights: safetensors, PyTorch's, npz and npy, read tensor by tensor.

What a file declares is checked before it is read, and nothing in it is run.  A PyTorch checkpoint that keeps its state dict under
one of the usual names ("state_dict", "model", ...) beside other things, perhaps tensors, is read there.

The usual writer of safetensors sorts tensors by type and name, so that layer 10 comes before layer 2 and integers come apart.  A
file sorted in this way is read by name with the numbers in it taken as numbers; any other in its own order.
"""

from __future__ import annotations

import math
import os
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fiberscope.archives import DAMAGE, is_archive
from fiberscope.pickles import is_harmless, names_wanted
from fractal.arrays import Array, is_tensor
from fractal.checkpoints import Checkpoint, Entry, read, reason_to_skip
from fractal.errors import FractalError, UnreadableFile

__all__ = ["read_file"]

_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net")
_KINDS = {"F": "f", "B": "b", "I": "i", "U": "i", "C": "c"}  # by the first letter; BF16 is a float


def read_file(path: str) -> Checkpoint:
    """The tensors of a file, by the ending of its name; raises `UnreadableFile`."""
    endings: dict[str, Callable[[str], Checkpoint]] = {
        ".safetensors": _safetensors,
        ".npz": _npz,
        ".npy": _npy,
        **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), _torch),
    }
    if not path:
        raise UnreadableFile("the path of a file of weights must have a name; found an empty one")
    if os.path.isdir(path):
        raise UnreadableFile(f"{path} is a folder; name the file of weights in it")
    reader = endings.get(Path(path).suffix.lower())
    if reader is None:
        raise UnreadableFile(f"{path}: unknown ending; files of weights end in {', '.join(endings)}")
    if not os.path.isfile(path):
        raise UnreadableFile(f"{path} does not exist")
    try:
        return reader(path)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from None


# safetensors


def _safetensors(path: str) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            names = file.offset_keys() if hasattr(file, "offset_keys") else file.keys()
            parts = {name: file.get_slice(name) for name in names}
            dtypes = {name: part.get_dtype() for name, part in parts.items()}
            shapes = {name: tuple(part.get_shape()) for name, part in parts.items()}
    except (SafetensorError, ValueError, TypeError) as error:
        raise UnreadableFile(f"{path} is no complete safetensors file: {error}") from None
    return Checkpoint(path, tuple(_entry(path, name, shapes[name], dtypes[name]) for name in _ordered(dtypes)))


def _ordered(dtypes: Mapping[str, str]) -> list[str]:
    """The names, as the head of this file says; `dtypes` gives their types in the order of the file.

    >>> _ordered({"l.10": "F32", "l.9": "F32", "l.9.n": "I64"}), _ordered({"b": "F32", "a": "F32"})
    (['l.9', 'l.9.n', 'l.10'], ['b', 'a'])
    """
    names = list(dtypes)
    runs = [list(run) for _, run in groupby(names, key=dtypes.__getitem__)]
    if any(run != sorted(run) for run in runs) or len(runs) > len(set(dtypes.values())):
        return names
    return sorted(names, key=lambda name: [int(part) if i % 2 else part for i, part in enumerate(re.split(r"(\d+)", name))])


def _entry(path: str, name: str, shape: tuple[int, ...], dtype: str) -> Entry:
    kind = "f" if dtype == "BF16" else _KINDS.get(dtype[0], "?")
    return Entry(name, shape, reason_to_skip(kind, shape, dtype), _reader(path, name, dtype))


def _reader(path: str, name: str, dtype: str) -> Callable[[], Array]:
    """Reads one tensor; what numpy has no type for, bfloat16 and float8, by way of torch."""

    def load() -> Array:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt" if dtype == "BF16" or dtype.startswith("F8") else "numpy") as file:
                return file.get_tensor(name)
        except (SafetensorError, OSError, ValueError, TypeError) as error:
            raise UnreadableFile(f"{path}: tensor {name} cannot be read: {error}") from None

    return load


# npz and npy: numpy's own format


def _npz(path: str) -> Checkpoint:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = tuple(_member(path, archive, info) for info in archive.infolist())
    except FractalError:
        raise
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is no complete npz file: {error}") from None
    for entry, again in pairwise(sorted(entry.name for entry in entries)):
        if entry == again:
            raise UnreadableFile(f"{path} has two arrays of the name {entry}; numpy.savez writes each name once")
    return Checkpoint(path, entries)


def _member(path: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as file:
        shape, dtype = _header(file)
    if dtype.hasobject:
        raise UnreadableFile(f"{path}: array {name} holds Python objects, which may carry code; refused: save plain numbers")
    if info.file_size < math.prod(shape) * dtype.itemsize:
        raise UnreadableFile(f"{path}: array {name} of shape {shape} needs more than the {info.file_size:,} bytes it has")

    def load() -> Array:
        try:
            with np.load(path, allow_pickle=False) as file:
                return file[name]
        except (*DAMAGE, KeyError) as error:
            raise UnreadableFile(f"{path}: array {name} cannot be read: {error}") from None

    return Entry(name, shape, reason_to_skip(_kind(dtype), shape, str(dtype)), load)


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(file)
    return tuple(shape), dtype


def _kind(dtype: np.dtype) -> str:
    return "i" if dtype.kind == "u" else dtype.kind


def _npy(path: str) -> Checkpoint:
    try:
        with open(path, "rb") as file:
            _, dtype = _header(file)
    except (ValueError, EOFError):
        raise UnreadableFile(f"{path} does not begin as an npy file does; numpy.save writes them") from None
    if dtype.hasobject:
        raise UnreadableFile(f"{path} holds Python objects, which may carry code; refused: save plain numbers")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        raise UnreadableFile(f"{path} is no complete npy file: it has fewer bytes than its shape takes") from None
    entry = Entry(Path(path).stem, array.shape, reason_to_skip(_kind(dtype), array.shape, str(dtype)), lambda: array)
    return Checkpoint(path, (entry,))


# PyTorch's files


def _torch(path: str) -> Checkpoint:
    """The pickle is listed before PyTorch sees the file."""
    _refuse_code(path)
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old formats and pickle protocols, which do load
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive(path))
    except Exception as error:  # torch.load has no common error class: pickle, zip, runtime, key and value errors all occur
        kind = type(error).__name__
        raise UnreadableFile(f"{path} is no file of weights that PyTorch's safe loader reads ({kind}); {_WAY_OUT}") from error
    state = {Path(path).stem: loaded} if is_tensor(loaded) else _state_dict(loaded, path)
    return Checkpoint(path, tuple(read(state)))


_WAY_OUT = "save model.state_dict(), with torch.save or as .safetensors, or load the module yourself and pass it"


def _refuse_code(path: str) -> None:
    """Refuse programs, and pickles that ask for anything beyond tensors and plain containers."""
    try:
        foreign = [name for name in names_wanted(_pickle(path)) if not is_harmless(name)]
    except ValueError as error:
        if isinstance(error, FractalError):
            raise
        raise UnreadableFile(f"{path} is no file of weights as torch.save writes them, or its end is missing") from None
    if any(name.startswith("torch.nn.modules.") for name in foreign):
        raise UnreadableFile(f"{path} holds a whole module, which only running its pickle could load; {_WAY_OUT}")
    if foreign:
        raise UnreadableFile(f"{path} would run code on loading ({', '.join(foreign[:5])}); nothing of it was run; {_WAY_OUT}")


def _pickle(path: str) -> bytes:
    if not is_archive(path):
        return Path(path).read_bytes()
    try:
        with zipfile.ZipFile(path) as archive:
            inner = [name.partition("/")[2] for name in archive.namelist()]
            if "constants.pkl" in inner or "archive_format" in inner or any(name.startswith("models/") for name in inner):
                raise UnreadableFile(f"{path} is a program, not a file of weights; {_WAY_OUT}")
            pickles = [name for name in archive.namelist() if name.endswith("data.pkl") and name.count("/") <= 1]
            if len(pickles) != 1:
                raise UnreadableFile(f"{path} is a zip archive but no PyTorch file")
            return archive.read(pickles[0])
    except FractalError:
        raise
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is no complete PyTorch file: {error}") from None


def _state_dict(loaded: Any, path: str) -> Mapping[str, Any]:
    """The state dict under a usual name, or else the mapping itself."""
    found = loaded if isinstance(loaded, Mapping) else {}
    wrapped = [key for key in _WRAPPERS if _is_state(found.get(key))]
    if len(wrapped) == 1:
        return found[wrapped[0]]
    if not wrapped and (_is_state(loaded) or loaded == {}):
        return loaded
    what = f"a mapping of {', '.join(map(str, list(found)[:8]))}" if found else type(loaded).__name__
    raise UnreadableFile(f"{path} holds {what}, no single state dict; load it with torch.load and pass the part you mean")


def _is_state(value: Any) -> bool:
    """Tensors by name, and few other values: one, or a tenth; no mappings, as optimizers have them, but modules' extra state."""
    if not isinstance(value, Mapping):
        return False
    others = [part for key, part in value.items() if not (is_tensor(part) or str(key).endswith("_extra_state"))]
    few = len(others) <= max(1, len(value) // 10) and len(others) < len(value)
    return few and not any(isinstance(part, Mapping) and part for part in others)
