"""Networks to PyTorch, ONNX and files.

JSON is exact.  The other formats hold floats: float32 if every weight is one, else float64, each weight rounded once, with a
`RoundingNotice` if that changes anything.  A file appears whole or not at all: it is written under another name in the same
folder and then put in place.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.errors import NotExact, UnreadableFile, UnsupportedModel
from fibers.exact import Matrix, matrix
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.readers.rounding import notice, round_matrix
from fibers.readers.tensors import METADATA
from proofs.certificates import write_whole

if TYPE_CHECKING:
    import onnx
    import torch

__all__ = ["save", "to_onnx", "to_torch"]

OPSET = 17
IR_VERSION = 8
_ONNX_BYTES = 2**31 - 1  # protobuf's limit for one message
_MODULES: dict[str | None, str] = {"softmax": "Softmax", "logsoftmax": "LogSoftmax"}
_OPERATORS: dict[str | None, str] = {"softmax": "Softmax", "logsoftmax": "LogSoftmax"}

Network = ReLUNetwork | LinearNetwork
Arrays = tuple[np.ndarray, np.ndarray | None]


def to_torch(network: Network, dtype: torch.dtype | None = None) -> torch.nn.Sequential:
    """An `nn.Sequential` of `Linear` and `ReLU`, and the final Softmax if there is one; each weight is rounded once, to `dtype`.

    Of a linear network, of `Linear` without bias alone.

    `dtype` is torch.float64 (the default, with a `RoundingNotice` if it rounds), float32 or float16.
    Raises `NotExact` for a weight beyond the range of `dtype`.
    """
    import torch

    kinds = {torch.float64: np.float64, torch.float32: np.float32, torch.float16: np.float16}
    if dtype is not None and dtype not in kinds:
        raise UnsupportedModel(f"dtype must be torch.float64, float32 or float16; found {dtype}")
    arrays = _arrays(network, np.float64, quiet=False) if dtype is None else _arrays(network, kinds[dtype], quiet=True)
    modules: list[torch.nn.Module] = []
    for W, b in arrays:
        shape = {"in_features": W.shape[1], "out_features": W.shape[0], "bias": b is not None}
        linear = torch.nn.utils.skip_init(torch.nn.Linear, **shape, dtype=dtype or torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            if b is not None:
                linear.bias.copy_(torch.from_numpy(b))
        modules += [linear] if isinstance(network, LinearNetwork) else [linear, torch.nn.ReLU()]
    if isinstance(network, ReLUNetwork):
        modules.pop()
    if _final(network):
        modules.append(getattr(torch.nn, _MODULES[_final(network)])(dim=-1))
    return torch.nn.Sequential(*modules)


def to_onnx(network: Network, path: str | os.PathLike[str]) -> None:
    """Write an ONNX file of Gemm and Relu, float32 where that is exact, else float64, each weight rounded once.

    The input is "x" of shape (batch, inputs), the output "y". Raises `NotExact` for a weight beyond float64's range,
    `UnreadableFile` where the path cannot be written.
    """
    _write(path, _onnx_bytes(network))


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the network in the format that the suffix names: .json (exact), .npz, .safetensors, .onnx, .pt or .pth (floats).

    `fibers.load` gives the same ReLU network back, and `fibers.linear.load` the same linear one, if its weights are floats or the
    format is JSON.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in _FORMATS:
        raise UnreadableFile(
            f"cannot write {os.fspath(path)}: unknown suffix {suffix or '(none)'}; known are {', '.join(sorted(_FORMATS))}"
        )
    _write(path, _FORMATS[suffix](network))


def _maps(network: Network) -> list[tuple[Matrix, Matrix | None]]:
    """The pairs (W, b); b is None where there is none."""
    if isinstance(network, LinearNetwork):
        return [(W, None) for W in network.matrices]
    return [(a.weights, a.bias) for a in network.maps]


def _final(network: Network) -> str | None:
    return network.final if isinstance(network, ReLUNetwork) else None


def _arrays(network: Network, dtype: Any, quiet: bool) -> list[Arrays]:
    """The pairs (W, b) as arrays of `dtype`, each entry rounded once."""
    pairs: list[Arrays] = []
    exact = True
    for k, (W, b) in enumerate(_maps(network), start=1):
        rounded = round_matrix(W, dtype, f"layer {k} W")
        bias = None if b is None else round_matrix(b, dtype, f"layer {k} b")
        exact = exact and (quiet or (_same(rounded, W) and (b is None or bias is None or _same(bias, b))))
        pairs.append((rounded, None if bias is None else bias[:, 0].copy()))
    if not exact:
        notice(f"weights of the network are no {np.dtype(dtype)} numbers; each was rounded once (JSON keeps them exactly)")
    return pairs


def _same(array: np.ndarray, exact: Matrix) -> bool:
    return matrix(array) == exact


def _stored(network: Network) -> list[Arrays]:
    """The pairs (W, b) in the smaller of float32 and float64 that holds every weight; in float64 if none does."""
    matrices = [m for pair in _maps(network) for m in pair if m is not None]
    try:
        single = all(_same(round_matrix(m, np.float32), m) for m in matrices)
    except NotExact:  # beyond float32's range
        single = False
    return _arrays(network, np.float32, quiet=True) if single else _arrays(network, np.float64, quiet=False)


def _names(network: Network) -> list[str]:
    """The names of the layers in an `nn.Sequential`: Linear modules at 0, 2, 4, ... with ReLU between, else at 0, 1, 2, ..."""
    step = 1 if isinstance(network, LinearNetwork) else 2
    return [str(step * k) for k in range(len(_maps(network)))]


def _named(network: Network) -> dict[str, np.ndarray]:
    """The arrays under those names."""
    return {
        f"{name}.{part}": value
        for name, pair in zip(_names(network), _stored(network), strict=True)
        for part, value in zip(("weight", "bias"), pair, strict=True)
        if value is not None
    }


def _activations(network: Network) -> dict[str, str | None]:
    return {"final": None, "activation": "linear"} if isinstance(network, LinearNetwork) else {"final": network.final}


def _note(network: Network) -> str:
    return json.dumps({"order": _names(network), **_activations(network)})


def _json_bytes(network: Network) -> bytes:
    from fibers.readers.json_format import dumps

    return dumps(network).encode()


def _npz_bytes(network: Network) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **_named(network), **{METADATA: np.array(_note(network))})
    return buffer.getvalue()


def _safetensors_bytes(network: Network) -> bytes:
    from safetensors.numpy import save as dump

    return dump(_named(network), metadata={METADATA: _note(network)})


def _torch_bytes(network: Network) -> bytes:
    import torch

    state: Any = torch.nn.Module().state_dict()  # an OrderedDict with _metadata, which loading into a module ignores
    state.update({name: torch.from_numpy(array) for name, array in _named(network).items()})
    state._metadata[METADATA] = _activations(network)
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def _onnx_bytes(network: Network) -> bytes:
    model = _model(network)
    if model.ByteSize() > _ONNX_BYTES:
        raise UnsupportedModel(
            f"the network needs {model.ByteSize():,} bytes, beyond ONNX's 2 GB in one file; save it as .safetensors"
        )
    return model.SerializeToString()


def _model(network: Network) -> onnx.ModelProto:
    from onnx import helper, numpy_helper

    stored = _stored(network)
    kind = helper.np_dtype_to_tensor_dtype(stored[0][0].dtype)
    nodes, weights, value = [], [], "x"
    for k, (name, pair) in enumerate(zip(_names(network), stored, strict=True), start=1):
        named = {f"{name}.{part}": array for part, array in zip(("weight", "bias"), pair, strict=True) if array is not None}
        weights += [numpy_helper.from_array(array, tensor) for tensor, array in named.items()]
        nodes.append(helper.make_node("Gemm", [value, *named], [f"affine{k}"], transB=1, name=f"layer{k}"))
        value = f"affine{k}"
        if isinstance(network, ReLUNetwork) and k < len(stored):
            nodes.append(helper.make_node("Relu", [value], [f"hidden{k}"], name=f"relu{k}"))
            value = f"hidden{k}"
    if _final(network):
        nodes.append(helper.make_node(_OPERATORS[_final(network)], [value], ["y"], axis=-1, name="final"))
    nodes[-1].output[0] = "y"
    x = helper.make_tensor_value_info("x", kind, ["batch", network.widths[0]])
    y = helper.make_tensor_value_info("y", kind, ["batch", network.widths[-1]])
    graph = helper.make_graph(nodes, "network", [x], [y], weights)
    return helper.make_model(
        graph, producer_name="fiberscope", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )


_FORMATS: dict[str, Callable[[Network], bytes]] = {
    ".json": _json_bytes,
    ".npz": _npz_bytes,
    ".onnx": _onnx_bytes,
    ".pt": _torch_bytes,
    ".pth": _torch_bytes,
    ".safetensors": _safetensors_bytes,
}


def _write(path: str | os.PathLike[str], data: bytes) -> None:
    """The file whole or not at all."""
    try:
        write_whole(path, [data])
    except OSError as error:
        raise UnreadableFile(f"cannot write {os.fspath(path)}: {error.strerror or error}") from None
