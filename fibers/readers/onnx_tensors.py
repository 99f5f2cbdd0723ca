"""Tensors stored in an ONNX file or in the data files beside it.

A tensor's bytes are checked against its declared shape before anything is allocated.  An external location must be a
relative path that stays, links resolved, inside the folder of the model.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import numpy as np

from fibers.errors import InvalidNetwork, UnreadableFile, UnsupportedModel
from fibers.readers.constants import bounded

if TYPE_CHECKING:
    import onnx

__all__ = ["array"]

# ONNX element type -> (bytes each, the typed field that may hold the numbers)
KINDS = {
    1: (4, "float_data"),
    2: (1, "int32_data"),
    3: (1, "int32_data"),
    6: (4, "int32_data"),
    7: (8, "int64_data"),
    9: (1, "int32_data"),
    10: (2, "int32_data"),
    11: (8, "double_data"),
    16: (2, "int32_data"),
}


def array(tensor: onnx.TensorProto, folder: str | None) -> np.ndarray:
    """The numbers of a tensor as they are stored.

    Raises `UnsupportedModel` for other than plain float and integer types, `UnreadableFile` where bytes are missing.
    """
    import onnx

    name = tensor.name or "a constant"
    if tensor.data_type not in KINDS:
        known = (
            onnx.TensorProto.DataType.Name(tensor.data_type)
            if tensor.data_type in onnx.TensorProto.DataType.values()
            else "unknown"
        )
        raise UnsupportedModel(f"tensor {name} has element type {known}; weights must be float16, bfloat16, float32 or float64")
    if any(d < 0 for d in tensor.dims):
        raise InvalidNetwork(f"tensor {name} has a negative size: {tuple(tensor.dims)}")
    size = bounded(math.prod(tensor.dims), f"tensor {name} of shape {tuple(tensor.dims)}")
    width, field = KINDS[tensor.data_type]
    external = tensor.data_location == onnx.TensorProto.EXTERNAL
    raw = _external(tensor, name, folder, size * width) if external else tensor.raw_data
    held = len(raw) // width if external or tensor.HasField("raw_data") else len(getattr(tensor, field))
    if held != size or len(raw) % width:
        raise UnreadableFile(f"tensor {name} of shape {tuple(tensor.dims)} needs {size:,} numbers; the file holds {held:,}")
    if external:
        inline = onnx.TensorProto(data_type=tensor.data_type, dims=tensor.dims, raw_data=raw)
        return onnx.numpy_helper.to_array(inline)
    return onnx.numpy_helper.to_array(tensor)


def _external(tensor: onnx.TensorProto, name: str, folder: str | None, needed: int) -> bytes:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if folder is None or not location:
        raise UnreadableFile(
            f"tensor {name} is stored outside the model, at {location or 'no named place'}; load the model from its file"
        )
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, location))
    if os.path.isabs(location) or os.path.commonpath([root, path]) != root:
        raise UnreadableFile(f"tensor {name} is stored at {location!r}, outside the folder of the model; refused")
    if not os.path.isfile(path):
        raise UnreadableFile(f"tensor {name} is stored in {location!r}, which is missing from the folder of the model")
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", needed))
    except ValueError:
        raise UnreadableFile(f"tensor {name}: offset and length of its external data must be integers; found {entries}") from None
    if length != needed or offset < 0 or os.path.getsize(path) < offset + needed:
        raise UnreadableFile(
            f"tensor {name} needs {needed:,} bytes at offset {offset:,} of {location!r}; "
            f"declared are {length:,}, and the file has {os.path.getsize(path):,}"
        )
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(needed)
