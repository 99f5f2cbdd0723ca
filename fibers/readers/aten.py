"""What each supported ATen operator means, on symbolic tensors: the table `OPERATORS`, for graphs from `torch.export`.

A handler takes the arguments by the names of the operator's schema, tensors and numbers in their place already looked up, and
gives its first output.

Exact: as `operators` and `lowering`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.readers import operators as ops
from fibers.readers.forms import Form, Tensor, form
from fibers.readers.lowering import Axis, average, convolve, mean, same_padding

__all__ = ["IGNORED", "OPERATORS", "window"]

IGNORED = {"_assert_tensor_metadata", "_assert_scalar", "sym_constrain_range_for_size"}  # checks, without a value
FINALS = {"softmax": "softmax", "_softmax": "softmax", "log_softmax": "logsoftmax", "_log_softmax": "logsoftmax"}
PADDING = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}

Arguments = dict[str, Any]


def window(x: Form, kernel: Any, stride: Any, padding: Any, dilation: Any = 1, ceil: bool = False) -> list[Axis]:
    """The windows of a PyTorch convolution or pooling, one per spatial axis of x (1, C, ...)."""
    r = len(x.shape) - 2
    kernel, dilation = _each(kernel, r), _each(dilation, r)
    stride = kernel if stride is None or (isinstance(stride, Sequence) and not stride) else _each(stride, r)
    if padding == "valid":
        padding = 0
    if padding == "same":
        sides = [same_padding(n, k, 1, d, True) for n, k, d in zip(x.shape[2:], kernel, dilation, strict=True)]
    else:
        sides = [(p, p) for p in _each(padding, r)]
    return [Axis(*z[:4], *z[4], ceil) for z in zip(x.shape[2:], kernel, stride, dilation, sides, strict=True)]


def _each(value: Any, r: int) -> list[int]:
    values = [value] if isinstance(value, int) else [int(v) for v in value]
    values = values * r if len(values) == 1 else values
    if len(values) != r:
        raise UnsupportedModel(f"a window with {len(values)} sizes does not fit {r} spatial axes")
    return values


def _linear(a: Arguments) -> Tensor:
    y = ops.matmul(a["input"], ops.weights(a["weight"], "the weight").move(np.transpose))
    return y if a["bias"] is None else ops.add(y, a["bias"])


def _addmm(a: Arguments) -> Tensor:
    product = ops.matmul(a["mat1"], a["mat2"])
    return ops.add(ops.scaled(a["self"], a["beta"]), ops.scaled(product, a["alpha"]))


def _sum(sign: int, swap: bool = False) -> Callable[[Arguments], Tensor]:
    def handler(a: Arguments) -> Tensor:
        one, two = a["self"], ops.scaled(a["other"], a.get("alpha", 1))
        return ops.add(ops.negative(one), two) if swap else ops.add(one, two if sign > 0 else ops.negative(two))

    return handler


def _rsub(a: Arguments) -> Tensor:
    return ops.add(a["other"], ops.negative(ops.scaled(a["self"], a.get("alpha", 1))))


def _divide(a: Arguments) -> Tensor:
    if a.get("rounding_mode") is not None:
        raise UnsupportedModel(f"it divides with rounding_mode {a['rounding_mode']!r}")
    return ops.divide(a["self"], a["other"])


def _view(a: Arguments) -> Tensor:
    return ops.reshape(a["self"], a["size"] if "size" in a else a["shape"])


def _permute(a: Arguments) -> Tensor:
    return ops.move(a["self"], lambda v: np.transpose(v, a["dims"]))


def _transpose(a: Arguments) -> Tensor:
    return ops.move(a["self"], lambda v: np.swapaxes(v, a["dim0"], a["dim1"]) if v.ndim else v)


def _squeeze(a: Arguments) -> Tensor:
    x: Tensor = a["self"]
    axes = a.get("dim")
    axes = range(len(x.shape)) if axes is None else [axes] if isinstance(axes, int) else axes
    ones = tuple(k for k in axes if x.shape[k] == 1)
    return ops.move(x, lambda v: np.squeeze(v, ones))


def _expand(a: Arguments) -> Tensor:
    x, size = a["self"], list(a["size"])
    lead = len(size) - len(x.shape)
    shape = tuple(x.shape[k - lead] if n == -1 else n for k, n in enumerate(size))
    return x.broadcast(shape) if isinstance(x, Form) else x.move(lambda v: np.broadcast_to(v, shape))


def _slice(a: Arguments) -> Tensor:
    cut = [slice(None)] * len(a["self"].shape)
    cut[a["dim"]] = slice(a["start"], a["end"], a["step"])
    return ops.move(a["self"], lambda v: v[tuple(cut)])


def _select(a: Arguments) -> Tensor:
    return ops.move(a["self"], lambda v: np.take(v, a["index"], axis=a["dim"]))


def _narrow(a: Arguments) -> Tensor:
    start = range(a["self"].shape[a["dim"]])[a["start"]]
    return _slice({**a, "start": start, "end": start + a["length"], "step": 1})


def _unflatten(a: Arguments) -> Tensor:
    shape, at = a["self"].shape, a["dim"] % len(a["self"].shape)
    return ops.reshape(a["self"], (*shape[:at], *a["sizes"], *shape[at + 1 :]))


def _clamp(a: Arguments) -> Tensor:
    if a.get("max") is not None or not isinstance(a["min"], (int, float)) or a["min"] != 0:
        raise UnsupportedModel("it clamps; only clamp(min=0), which is ReLU, is supported")
    return ops.relu(a["self"])


def _batch_norm(a: Arguments) -> Tensor:
    if a.get("training") or a["running_mean"] is None or a["running_var"] is None:
        raise UnsupportedModel("it depends on the batch (training mode, or no running statistics)")
    parts = [a["weight"], a["bias"], a["running_mean"], a["running_var"]]
    name = parts[2].name.removesuffix(".running_mean")
    return ops.batch_norm(a["input"], parts, a["eps"], name)


def _dropout(a: Arguments) -> Tensor:
    if a.get("train") and a.get("p", 1) != 0:
        raise UnsupportedModel("it is active in evaluation mode, so the model is random; pass training=self.training to it")
    return a["input"]


def _conv(a: Arguments) -> Tensor:
    kernel = ops.weights(a["weight"], "the kernel")
    if a.get("transposed"):
        raise UnsupportedModel("transposed convolutions are not supported")
    given = form(a["input"], "the input")
    x = ops.with_batch(given, len(kernel.shape))
    bias = None if a["bias"] is None else ops.weights(a["bias"], "the bias")
    y = convolve(x, kernel, bias, window(x, kernel.shape[2:], a["stride"], a["padding"], a["dilation"]), a["groups"])
    return y if x is given else y.move(lambda v: v[0])


def _avg_pool(r: int) -> Callable[[Arguments], Tensor]:
    def handler(a: Arguments) -> Tensor:
        given = form(a["self"], "the input")
        x = ops.with_batch(given, r + 2)
        axes = window(x, a["kernel_size"], a["stride"], a["padding"], 1, a["ceil_mode"])
        y = average(x, axes, a["count_include_pad"], a.get("divisor_override"))
        return y if x is given else y.move(lambda v: v[0])

    return handler


def _adaptive_avg_pool(a: Arguments) -> Tensor:
    x, sizes = form(a["self"], "the input"), a["output_size"]
    sizes = [sizes] if isinstance(sizes, int) else list(sizes)
    spatial = x.shape[len(x.shape) - len(sizes) :]
    if any(n % size for n, size in zip(spatial, sizes, strict=True)):
        raise UnsupportedModel(f"adaptive pooling from {spatial} to {tuple(sizes)} has windows of unequal size")
    kernel = [n // size for n, size in zip(spatial, sizes, strict=True)]
    batched = ops.with_batch(x, len(sizes) + 2)
    y = average(batched, window(batched, kernel, kernel, 0), True)
    return y if batched is x else y.move(lambda v: v[0])


def _pad(a: Arguments) -> Tensor:
    flat, value = a["pad"], a.get("value")
    pairs = [(flat[2 * k], flat[2 * k + 1]) for k in range(len(flat) // 2)][::-1]
    widths = [(0, 0)] * (len(a["self"].shape) - len(pairs)) + pairs
    return ops.pad(a["self"], widths, PADDING[a.get("mode", "constant")], value)


def _cast(a: Arguments) -> Tensor:
    x, dtype = a["self"], a.get("dtype")
    if dtype is None:
        return x
    name = str(dtype).removeprefix("torch.")
    if not dtype.is_floating_point:
        raise UnsupportedModel(f"it casts to {name}; only casts between float types are supported")
    if isinstance(x, Form):
        return x
    if name not in ("float16", "float32", "float64"):
        raise UnsupportedModel(f"it casts the constant {x.name} to {name}")
    return ops.narrow(x, np.dtype(name), "a cast")


def _mean(a: Arguments) -> Tensor:
    axes = a.get("dim") or ()
    return mean(form(a["self"], "the input"), [axes] if isinstance(axes, int) else axes, bool(a.get("keepdim", False)))


def _softmax(final: str) -> Callable[[Arguments], Tensor]:
    return lambda a: ops.softmax(a["self"], final, a["dim"])


def _same(a: Arguments) -> Tensor:
    return a["self"] if "self" in a else a["input"]


def _product(first: str, second: str) -> Callable[[Arguments], Tensor]:
    return lambda a: ops.matmul(a[first], a[second])


OPERATORS: dict[str, Callable[[Arguments], Tensor]] = {
    "_adaptive_avg_pool2d": _adaptive_avg_pool,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "_to_copy": _cast,
    "_unsafe_view": _view,
    "adaptive_avg_pool1d": _adaptive_avg_pool,
    "adaptive_avg_pool2d": _adaptive_avg_pool,
    "adaptive_avg_pool3d": _adaptive_avg_pool,
    "add": _sum(1),
    "addmm": _addmm,
    "alias": _same,
    "alpha_dropout": _dropout,
    "avg_pool1d": _avg_pool(1),
    "avg_pool2d": _avg_pool(2),
    "avg_pool3d": _avg_pool(3),
    "batch_norm": _batch_norm,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "clone": _same,
    "constant_pad_nd": _pad,
    "contiguous": _same,
    "conv1d": _conv,
    "conv2d": _conv,
    "conv3d": _conv,
    "convolution": _conv,
    "detach": _same,
    "div": _divide,
    "dropout": _dropout,
    "expand": _expand,
    "feature_alpha_dropout": _dropout,
    "feature_dropout": _dropout,
    "flip": lambda a: ops.move(a["self"], lambda v: np.flip(v, a["dims"])),
    "flatten": lambda a: ops.flatten(a["self"], a["start_dim"], a["end_dim"]),
    "lift_fresh_copy": _same,
    "linear": _linear,
    "matmul": _product("self", "other"),
    "mean": _mean,
    "mT": lambda a: ops.move(a["self"], lambda v: np.swapaxes(v, -1, -2)),
    "mm": _product("self", "mat2"),
    "mul": lambda a: ops.multiply(a["self"], a["other"]),
    "mv": _product("self", "vec"),
    "narrow": _narrow,
    "neg": lambda a: ops.negative(a["self"]),
    "numpy_T": lambda a: ops.move(a["self"], np.transpose),
    "pad": _pad,
    "permute": _permute,
    "relu": lambda a: ops.relu(a["self"]),
    "reshape": _view,
    "rsub": _rsub,
    "select": _select,
    "slice": _slice,
    "squeeze": _squeeze,
    "sub": _sum(-1),
    "t": lambda a: ops.move(a["self"], np.transpose),
    "to": _cast,
    "transpose": _transpose,
    "unflatten": _unflatten,
    "unsqueeze": lambda a: ops.move(a["self"], lambda v: np.expand_dims(v, a["dim"])),
    "view": _view,
    **{name: _softmax(final) for name, final in FINALS.items()},
}
