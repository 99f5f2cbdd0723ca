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
from fibers.networks import ReLUNetwork
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
_MODULES = {"softmax": "Softmax", "logsoftmax": "LogSoftmax"}
_OPERATORS = {"softmax": "Softmax", "logsoftmax": "LogSoftmax"}


def to_torch(network: ReLUNetwork, dtype: torch.dtype | None = None) -> torch.nn.Sequential:
    """An `nn.Sequential` of `Linear` and `ReLU`, and the final Softmax if there is one; each weight is rounded once, to `dtype`.

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
        linear = torch.nn.utils.skip_init(torch.nn.Linear, W.shape[1], W.shape[0], dtype=dtype or torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            linear.bias.copy_(torch.from_numpy(b))
        modules += [linear, torch.nn.ReLU()]
    modules.pop()
    if network.final:
        modules.append(getattr(torch.nn, _MODULES[network.final])(dim=-1))
    return torch.nn.Sequential(*modules)


def to_onnx(network: ReLUNetwork, path: str | os.PathLike[str]) -> None:
    """Write an ONNX file of Gemm and Relu, float32 where that is exact, else float64, each weight rounded once.

    The input is "x" of shape (batch, inputs), the output "y". Raises `NotExact` for a weight beyond float64's range,
    `UnreadableFile` where the path cannot be written.
    """
    _write(path, _onnx_bytes(network))


def save(network: ReLUNetwork, path: str | os.PathLike[str]) -> None:
    """Write the network in the format that the suffix names: .json (exact), .npz, .safetensors, .onnx, .pt or .pth (floats).

    `fibers.load` gives the same network back, if its weights are floats or the format is JSON.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in _FORMATS:
        raise UnreadableFile(
            f"cannot write {os.fspath(path)}: unknown suffix {suffix or '(none)'}; known are {', '.join(sorted(_FORMATS))}"
        )
    _write(path, _FORMATS[suffix](network))


def _arrays(network: ReLUNetwork, dtype: Any, quiet: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pairs (W, b) as arrays of `dtype`, each entry rounded once."""
    pairs, exact = [], True
    for k, a in enumerate(network.maps, start=1):
        W, b = round_matrix(a.weights, dtype, f"layer {k} W"), round_matrix(a.bias, dtype, f"layer {k} b")
        exact = exact and (quiet or (_same(W, a.weights) and _same(b, a.bias)))
        pairs.append((W, b[:, 0].copy()))
    if not exact:
        notice(f"weights of the network are no {np.dtype(dtype)} numbers; each was rounded once (JSON keeps them exactly)")
    return pairs


def _same(array: np.ndarray, exact: Matrix) -> bool:
    return matrix(array) == exact


def _stored(network: ReLUNetwork) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pairs (W, b) in the smaller of float32 and float64 that holds every weight; in float64 if none does."""
    matrices = [m for a in network.maps for m in (a.weights, a.bias)]
    try:
        single = all(_same(round_matrix(m, np.float32), m) for m in matrices)
    except NotExact:  # beyond float32's range
        single = False
    return _arrays(network, np.float32, quiet=True) if single else _arrays(network, np.float64, quiet=False)


def _named(network: ReLUNetwork) -> dict[str, np.ndarray]:
    """The arrays under the names of an `nn.Sequential`: Linear modules at 0, 2, 4, ..."""
    return {
        f"{2 * k}.{name}": value
        for k, pair in enumerate(_stored(network))
        for name, value in zip(("weight", "bias"), pair, strict=True)
    }


def _note(network: ReLUNetwork) -> str:
    return json.dumps({"order": [str(2 * k) for k in range(len(network.maps))], "final": network.final})


def _json_bytes(network: ReLUNetwork) -> bytes:
    from fibers.readers.json_format import dumps

    return dumps(network).encode()


def _npz_bytes(network: ReLUNetwork) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **_named(network), **{METADATA: np.array(_note(network))})
    return buffer.getvalue()


def _safetensors_bytes(network: ReLUNetwork) -> bytes:
    from safetensors.numpy import save as dump

    return dump(_named(network), metadata={METADATA: _note(network)})


def _torch_bytes(network: ReLUNetwork) -> bytes:
    import torch

    state: Any = torch.nn.Module().state_dict()  # an OrderedDict with _metadata, which loading into a module ignores
    state.update({name: torch.from_numpy(array) for name, array in _named(network).items()})
    state._metadata[METADATA] = {"final": network.final}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def _onnx_bytes(network: ReLUNetwork) -> bytes:
    model = _model(network)
    if model.ByteSize() > _ONNX_BYTES:
        raise UnsupportedModel(
            f"the network needs {model.ByteSize():,} bytes, beyond ONNX's 2 GB in one file; save it as .safetensors"
        )
    return model.SerializeToString()


def _model(network: ReLUNetwork) -> onnx.ModelProto:
    from onnx import helper, numpy_helper

    pairs = _stored(network)
    kind = helper.np_dtype_to_tensor_dtype(pairs[0][0].dtype)
    nodes, weights, value = [], [], "x"
    for k, (W, b) in enumerate(pairs):
        weights += [numpy_helper.from_array(W, f"{2 * k}.weight"), numpy_helper.from_array(b, f"{2 * k}.bias")]
        nodes.append(
            helper.make_node(
                "Gemm", [value, f"{2 * k}.weight", f"{2 * k}.bias"], [f"affine{k + 1}"], transB=1, name=f"layer{k + 1}"
            )
        )
        nodes.append(helper.make_node("Relu", [f"affine{k + 1}"], [f"hidden{k + 1}"], name=f"relu{k + 1}"))
        value = f"hidden{k + 1}"
    nodes.pop()
    if network.final:
        nodes.append(helper.make_node(_OPERATORS[network.final], list(nodes[-1].output), ["y"], axis=-1, name="final"))
    nodes[-1].output[0] = "y"
    x = helper.make_tensor_value_info("x", kind, ["batch", network.inputs])
    y = helper.make_tensor_value_info("y", kind, ["batch", network.outputs])
    graph = helper.make_graph(nodes, "network", [x], [y], weights)
    return helper.make_model(
        graph, producer_name="fiberscope", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )


_FORMATS: dict[str, Callable[[ReLUNetwork], bytes]] = {
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
