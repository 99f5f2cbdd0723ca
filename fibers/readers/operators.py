"""The operators that ONNX and PyTorch share, on symbolic tensors: arithmetic, products, batch norm, softmax.

Each takes tensors (`Form` or `Constant`) and gives one; what leaves the affine maps is refused with a reason, to which the caller
adds the name of the node.

Exact: everything but batch norm's factors, rounded once with a `RoundingNotice`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.readers.constants import Constant, bounded
from fibers.readers.forms import Form, Tensor, combine, form
from fibers.readers.rounding import inverse_deviations, notice, round_matrix

__all__ = [
    "add",
    "batch_norm",
    "constant",
    "divide",
    "matmul",
    "multiply",
    "narrow",
    "negative",
    "one_sample",
    "pad",
    "relu",
    "reshape",
    "scaled",
    "softmax",
    "weights",
]


def constant(x: Tensor | None, role: str) -> Constant:
    """`x` as a constant; a tensor that depends on the input is refused in that place."""
    if not isinstance(x, Constant):
        raise UnsupportedModel(f"{role} must be constant; here it {'is missing' if x is None else 'depends on the input'}")
    return x


def weights(x: Tensor | None, role: str) -> Constant:
    """`x` as a constant of floats; integer (quantised) tensors are refused by name."""
    found = constant(x, role)
    if not found.is_float:
        raise UnsupportedModel(
            f"{role} must hold floats; {found.name} holds {found.array.dtype} (integer and quantised weights are not read)"
        )
    return found


def add(a: Tensor, b: Tensor) -> Tensor:
    """a + b, at most one of them depending on the input."""
    if isinstance(a, Constant):
        return a + b if isinstance(b, Constant) else b.plus(_fit(a))
    if isinstance(b, Form):
        raise UnsupportedModel("it adds two tensors that both depend on the input (a residual connection)")
    return a.plus(_fit(b))


def negative(x: Tensor) -> Tensor:
    """−x."""
    return -x if isinstance(x, Constant) else x.times(Constant.of(-1.0))


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """a · b entry by entry, at most one of them depending on the input."""
    if isinstance(a, Constant):
        return a * b if isinstance(b, Constant) else b.times(_fit(a))
    if isinstance(b, Form):
        raise UnsupportedModel("it multiplies two tensors that both depend on the input")
    return a.times(_fit(b))


def divide(a: Tensor, b: Tensor) -> Tensor:
    """a / b entry by entry, b constant; x / 3 is exactly one third of x."""
    if not isinstance(b, Constant):
        raise UnsupportedModel("it divides by a tensor that depends on the input")
    return multiply(a, (b if isinstance(a, Constant) else _fit(b)).reciprocal())


def _fit(c: Constant) -> Constant:
    return weights(c, "an operand")


def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    if isinstance(x, Form):
        return x.relu()
    if not x.is_float:
        return Constant.fitted(np.maximum(x.array, 0), x.array.dtype, x.name)
    exact = x.exact()
    return Constant(np.maximum(exact.array, 0), exact.denominator, x.name)


def reshape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """The entries in row-major order in another shape; one −1 is inferred."""
    return x.move(lambda a: a.reshape(tuple(shape)))


def move(x: Tensor, rearrange: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """The tensor with its entries rearranged by a function of arrays."""
    return x.move(rearrange)


def flatten(x: Tensor, start: int, end: int) -> Tensor:
    """The axes `start` to `end`, inclusive, as one (PyTorch's rule)."""
    r = len(x.shape)
    if not r:
        return reshape(x, (1,))
    if not (-r <= start < r and -r <= end < r):
        raise UnsupportedModel(f"it flattens axes {start} to {end} of shape {x.shape}")
    start, end = start % r, end % r
    return reshape(x, (*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))


def with_batch(x: Form, rank: int) -> Form:
    """`x` with a batch axis in front if it lacks one axis to `rank`."""
    if len(x.shape) == rank - 1:
        x = x.move(lambda a: a[None])
    if len(x.shape) != rank:
        raise UnsupportedModel(f"it needs an input of {rank} axes (batch, channels, ...); found shape {x.shape}")
    return x


def one_sample(x: Form, what: str) -> None:
    """Refuse a fixed batch of several samples, for operators whose first axis is the batch."""
    if x.shape[0] != 1:
        raise UnsupportedModel(
            f"{what} works on a batch of {x.shape[0]} samples (shape {x.shape}); "
            "export the model with batch size 1 or a dynamic batch axis"
        )


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product by numpy's rules, one factor constant."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        return _product(weights(a, "a factor").exact(), weights(b, "a factor").exact())
    if isinstance(a, Form) and isinstance(b, Form):
        raise UnsupportedModel("it multiplies two tensors that both depend on the input")
    weights(a if isinstance(a, Constant) else b, "a factor")
    left, right = _matrices(_positions(a), _positions(b))
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    m, k, n = left.shape[-2], left.shape[-1], right.shape[-1]
    if right.shape[-2] != k:
        raise UnsupportedModel(f"it multiplies shapes {a.shape} and {b.shape}, which do not fit")
    full = (*batch, m, n, k)
    bounded(math.prod(full), "a matrix product")
    i = np.broadcast_to(left[..., :, None, :], full).ravel()
    j = np.broadcast_to(np.swapaxes(right, -1, -2)[..., None, :, :], full).ravel()
    targets = np.repeat(np.arange(math.prod(full[:-1])), k)
    shape = (*batch, *((m,) if len(a.shape) > 1 else ()), *((n,) if len(b.shape) > 1 else ()))
    if isinstance(b, Constant):
        return combine(form(a, "a factor"), targets, i, b.move(lambda v: v.ravel()[j]), shape)
    return combine(b, targets, j, constant(a, "a factor").move(lambda v: v.ravel()[i]), shape)


def _positions(x: Tensor) -> np.ndarray:
    return np.arange(math.prod(x.shape)).reshape(x.shape)


def _matrices(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if 0 in (left.ndim, right.ndim):
        raise UnsupportedModel("it multiplies a scalar as a matrix")
    return left[None, :] if left.ndim == 1 else left, right[:, None] if right.ndim == 1 else right


def _product(a: Constant, b: Constant) -> Constant:
    if len(a.shape) == len(b.shape) == 2 and a.shape[1] == b.shape[0]:
        product = a.matrix(*a.shape) @ b.matrix(*b.shape)
        integers = np.empty(len(product.numerators), dtype=object)
        integers[:] = product.numerators
        return Constant(integers.reshape(product.shape), product.denominator, a.name)
    return Constant(np.asarray(np.matmul(a.array, b.array), dtype=object), a.denominator * b.denominator, a.name)


def pad(x: Tensor, widths: Sequence[tuple[int, int]], mode: str = "constant", value: Constant | None = None) -> Tensor:
    """`x` with each axis extended by (before, after), cropped where negative; numpy's modes constant, reflect, edge and wrap."""
    if len(widths) != len(x.shape):
        raise UnsupportedModel(f"it pads {len(widths)} axes of a tensor with {len(x.shape)}")
    bounded(math.prod(n + max(a, 0) + max(b, 0) for n, (a, b) in zip(x.shape, widths, strict=True)), "a padded tensor")
    crop = tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(x.shape, widths, strict=True))
    grow = [(max(0, a), max(0, b)) for a, b in widths]
    x = x.move(lambda v: v[crop])
    if not any(map(any, grow)):
        return x
    if mode != "constant":
        return x.move(lambda v: np.pad(v, grow, mode=mode))  # type: ignore[call-overload]
    fill = Constant.of(0.0) if value is None else weights(value, "the padding value").move(lambda v: v.reshape(()))
    return form(x, "the padded tensor").pad(grow, fill)


def batch_norm(x: Tensor, parts: Sequence[Tensor | None], epsilon: float, where: str) -> Tensor:
    """(x − μ)·γ/√(v + ε) + β along axis 1, with parts = (γ, β, μ, v), γ and β None for 1 and 0.

    The factors are rounded once, to float64 if a part is float64 and to float32 otherwise (ε, too, is taken in that type, as both
    PyTorch and ONNX take it); everything after that is exact.
    """
    mean, variance = weights(parts[2], "the running mean"), weights(parts[3], "the running variance")
    n = x.shape[1] if len(x.shape) > 1 else 0
    sizes = [p.shape for p in parts if p is not None]
    if any(size != (n,) for size in sizes):
        raise UnsupportedModel(
            f"an input of shape {x.shape} needs parameters of shape ({n},), one for each channel; found {sizes}"
        )
    given = [weights(p, "a parameter") for p in parts if p is not None]
    dtype = np.float64 if any(c.array.dtype == np.float64 for c in given) else np.float32
    gamma = Constant.of(np.ones(n)) if parts[0] is None else weights(parts[0], "the scale")
    small = Fraction(float(dtype(epsilon)))
    factors, rounded = inverse_deviations(gamma.matrix(n, 1), variance.matrix(n, 1), small, dtype, where)
    if rounded:
        factor = f"gamma / sqrt(variance + {epsilon:g})"
        notice(f"{where}: batch norm's factors {factor} were rounded once, to {np.dtype(dtype)}; the rest is exact")
    axes = (1, n, *[1] * (len(x.shape) - 2))
    scale = Constant(factors, 1, gamma.name)
    shift = -(mean.move(np.ravel) * scale)
    if parts[1] is not None:
        shift = shift + weights(parts[1], "the offset").move(np.ravel)
    return add(multiply(x, reshape(scale, axes)), reshape(shift, axes))


def softmax(x: Tensor, final: str, axis: int, joint: bool = False) -> Form:
    """The final Softmax or LogSoftmax; all numbers must lie along `axis` (`joint`: along `axis` and those after it)."""
    logits = form(x, "the argument")
    if logits.shape:
        along = math.prod(logits.shape[axis:]) if joint else logits.shape[axis]
        if along != logits.size:
            raise UnsupportedModel(
                f"it normalises over axis {axis} of shape {logits.shape}; only a {final} over all outputs is supported"
            )
    return replace(logits, final=final)


def narrow(x: Constant, dtype: Any, where: str) -> Constant:
    """A cast that the model makes of its own constant: each entry rounded once, with a `RoundingNotice` if that changes it."""
    if x.stored:
        with np.errstate(over="ignore"):
            cast = Constant.of(x.array.astype(dtype), x.name)
    else:
        cast = Constant.of(round_matrix(x.matrix(1, math.prod(x.shape)), dtype, x.name).reshape(x.shape), x.name)
    if (x - cast).array.any():
        notice(f"{where}: the model casts {x.name} to {np.dtype(dtype)}, which rounds it, once")
    return cast


def scaled(x: Tensor, factor: Any) -> Tensor:
    """factor · x for a number or a constant; 1 leaves the stored floats alone."""
    if not isinstance(factor, Constant):
        factor = Constant.of(np.float64(factor), "a factor")
    one = factor.stored and not factor.shape and factor.array == 1
    return x if one else multiply(x, factor)
