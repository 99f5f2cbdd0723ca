"""`.pt` and `.pth` files: state dicts, read with PyTorch's weights-only unpickler.

A pickle can run any code when it is loaded.  So the opcodes are listed first, without running them; a file that wants more than
tensors and plain containers is refused by the names it asks for, and `torch.load(weights_only=True)` guards once more.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from fibers.errors import UnreadableFile, UnsupportedModel
from fibers.readers.archives import opened
from fibers.readers.constants import bounded
from fibers.readers.tensors import METADATA, known_activation, known_final
from fibers.readers.torch_tensors import array_of
from fiberscope.archives import is_archive
from fiberscope.pickles import is_harmless, names_wanted

__all__ = ["read_torch"]

_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net")  # where checkpoints keep the state dict


def _way_out(package: str) -> str:
    return f"save model.state_dict() instead, or load the module yourself and pass it to {package}.from_torch"


def read_torch(path: str | os.PathLike[str], package: str = "fibers") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays by name, in the order of registration, and the activations that our own writer noted, if it did.

    `package` has the `from_torch` that messages name.
    """
    import torch

    shown = os.fspath(path)
    _refuse_code(path, package)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old formats and pickle protocols, which do load
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no common error class: pickle, zip, runtime, key and value errors all occur
        first = (str(error).strip().splitlines() or [""])[0]
        raise UnreadableFile(f"{shown} is no readable file of weights: {type(error).__name__}: {first[:200]}") from error
    state = _state_dict(loaded, shown, package)
    arrays = {str(name): array_of(tensor, str(name)) for name, tensor in state.items()}
    notes = getattr(state, "_metadata", None)
    note = notes.get(METADATA) if isinstance(notes, Mapping) else None
    if not isinstance(note, Mapping):
        return arrays, {}
    told = {"final": known_final(note.get("final"))}
    return arrays, told | {"activation": known_activation(note["activation"])} if "activation" in note else told


def _state_dict(loaded: Any, shown: str, package: str) -> Mapping[str, Any]:
    import torch

    def is_state(value: Any) -> bool:
        return isinstance(value, Mapping) and bool(value) and all(isinstance(v, torch.Tensor) for v in value.values())

    if is_state(loaded):
        return loaded
    if isinstance(loaded, Mapping):
        wrapped = [key for key in _WRAPPERS if is_state(loaded.get(key))]
        if len(wrapped) == 1:
            return loaded[wrapped[0]]
        keys = ", ".join(str(key) for key in list(loaded)[:8])
        raise UnsupportedModel(f"{shown} holds no single state dict: its entries are {keys or 'none'}; {_way_out(package)}")
    raise UnsupportedModel(f"{shown} holds {type(loaded).__name__}, not a state dict; {_way_out(package)}")


def _refuse_code(path: str | os.PathLike[str], package: str) -> None:
    """Refuse archives of programs, and pickles that ask for anything beyond tensors and plain containers."""
    shown = os.fspath(path)
    data = _pickle_of(path, package)
    try:
        wanted = names_wanted(data)
    except ValueError as error:
        raise UnreadableFile(f"{shown} is no readable pickle: {error}") from None
    foreign = [name for name in wanted if not is_harmless(name)]
    if not foreign:
        return
    listed = ", ".join(foreign[:5])
    if any(name.startswith("torch.nn.modules.") for name in wanted):
        raise UnsupportedModel(
            f"{shown} holds a whole module ({listed}), which only running its pickle could load; {_way_out(package)}"
        )
    raise UnreadableFile(
        f"{shown} is a pickle that would run code on loading ({listed}); nothing of it was run; {_way_out(package)}"
    )


def _pickle_of(path: str | os.PathLike[str], package: str) -> bytes:
    shown = os.fspath(path)
    if not is_archive(path):
        with open(path, "rb") as file:
            return file.read()
    with opened(path, "PyTorch file") as archive:
        members = archive.namelist()
        inner = {name.partition("/")[2] for name in members}
        if "constants.pkl" in inner:
            raise UnsupportedModel(f"{shown} is a TorchScript program; {_way_out(package)}")
        if "archive_format" in inner or any(name.startswith("models/") for name in inner):
            raise UnsupportedModel(f"{shown} is a torch.export program; pass torch.export.load(path) to {package}.from_torch")
        pickles = [name for name in members if name.endswith("data.pkl") and name.count("/") <= 1]
        if len(pickles) != 1:
            raise UnreadableFile(f"{shown} is a zip archive but no PyTorch file")
        bounded(archive.getinfo(pickles[0]).file_size, f"the pickle of {shown}")
        return archive.read(pickles[0])
