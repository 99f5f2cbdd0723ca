"""PyTorch modules: an `nn.Sequential` of known modules directly, anything else through `torch.export`.

Modules are read as they behave in evaluation mode, and are left as they were found: the training flags are put back after
tracing.  Numbers in the code, such as the 0.1 of `0.1 * x`, are taken in the type that PyTorch computes in.

Exact: as `operators`; batch norm's factors are rounded once.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fibers.errors import FiberError, InvalidNetwork, UnsupportedModel
from fibers.networks import ReLUNetwork
from fibers.readers import operators as ops
from fibers.readers.aten import window
from fibers.readers.chains import After, unchanged
from fibers.readers.constants import Constant
from fibers.readers.forms import Form, Tensor, form
from fibers.readers.lowering import average, convolve
from fibers.readers.torch_graph import exported
from fibers.readers.torch_tensors import constant_of

if TYPE_CHECKING:
    import torch

__all__ = ["from_torch", "traced"]

PADDING = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def from_torch(module: torch.nn.Module, example_input: Any = None) -> ReLUNetwork:
    """The network that a PyTorch module computes in evaluation mode.

    `example_input` is a tensor (or array) of one input with its batch axis; of a larger batch the first sample is taken. It can
    be left out if the first layer with weights is a `Linear` or a `BatchNorm1d`. The module is not changed.

    Raises `UnsupportedModel`, naming the layer or operator, for anything that is not affine maps and ReLU, `NotExact` for NaN or
    infinite weights; warns with `RoundingNotice` where batch norm's factors are rounded.
    """
    return traced(module, example_input).network()


def traced(module: torch.nn.Module, example_input: Any = None, after: After = unchanged, package: str = "fibers") -> Form:
    """The output of a module as a symbolic tensor; `after` sees the result of each layer or operator (`chains`).

    `package` has the `load` that messages name.
    """
    import torch

    if isinstance(module, torch.export.ExportedProgram):
        return exported(module, after)
    if not isinstance(module, torch.nn.Module):
        raise UnsupportedModel(
            f"from_torch needs a torch.nn.Module; found {type(module).__name__} ({package}.load reads saved state dicts)"
        )
    module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
    _refuse_foreign(module)
    steps = _steps(module, "")
    shape = _shape(module, example_input)
    if steps is not None:
        x: Tensor = Form.variable(shape)
        for name, part in steps:
            x = after(type(part).__name__, _where(name, part), _apply(name, part, x))
        return form(x, "the output")
    return exported(_export(module, _example(module, example_input, shape)), after)


def _refuse_foreign(module: torch.nn.Module) -> None:
    """Refuse what neither reading nor tracing sees rightly."""
    import torch

    if any(isinstance(part, torch.jit.ScriptModule) for part in module.modules()):
        raise UnsupportedModel("TorchScript modules cannot be read; pass the module from which it was scripted or traced")
    known = torch.nn.modules.module
    if known._global_forward_hooks or known._global_forward_pre_hooks:  # tracing would apply them to its own wrapper too
        raise UnsupportedModel(
            "a global forward hook is registered (register_module_forward_hook or register_module_forward_pre_hook), which may "
            "change what every module computes; remove it first, or register it on the modules that it is for"
        )


def _shape(module: torch.nn.Module, example: Any) -> tuple[int, ...]:
    """The shape of one input, with its batch axis."""
    if example is not None:
        shape = tuple(int(n) for n in _tensor(example).shape)
        return (1, *shape[1:]) if len(shape) > 1 else shape
    for part in module.modules():
        kind = type(part).__name__
        if any(True for _ in part.parameters(recurse=False)) or kind == "BatchNorm1d":
            if kind in ("Linear", "BatchNorm1d"):
                return (1, int(part.in_features if kind == "Linear" else part.num_features))  # type: ignore[arg-type]
            break
    raise InvalidNetwork("the input size cannot be told from the module; pass example_input, a tensor of shape (1, ...)")


def _tensor(example: Any) -> torch.Tensor:
    import torch

    if isinstance(example, (tuple, list)) and len(example) == 1 and hasattr(example[0], "shape"):
        example = example[0]
    try:
        return torch.as_tensor(example)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidNetwork(f"example_input must be one tensor; found {type(example).__name__} ({error})") from None


def _example(module: torch.nn.Module, example: Any, shape: tuple[int, ...]) -> torch.Tensor:
    import torch

    weight = next((p for p in module.parameters() if p.is_floating_point()), torch.zeros(()))
    if example is None:
        return torch.zeros(shape, dtype=weight.dtype, device=weight.device)
    tensor = _tensor(example).detach().to(weight.device)
    if not tensor.is_floating_point():
        tensor = tensor.to(weight.dtype)
    return tensor[:1] if tensor.ndim > 1 else tensor


@contextmanager
def _evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode for the while; the flags of all submodules are put back."""
    flags = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in flags:
            part.training = False
        yield
    finally:
        for part, training in flags:
            part.training = training


@contextmanager
def _quiet() -> Iterator[None]:
    """No tracebacks logged by PyTorch for the while; our own error says what failed."""
    logger = logging.getLogger("torch._subclasses.fake_tensor")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _export(module: torch.nn.Module, example: torch.Tensor) -> Any:
    import torch

    with _evaluating(module), torch.no_grad(), _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside torch.export, not the user's
        try:
            return torch.export.export(module, (example,))
        except Exception as error:  # the user's forward may raise anything, and torch.export has no common error class
            first = str(error).strip().splitlines()[0:1] or [""]
            what = f"{type(module).__name__} on an input of shape {tuple(example.shape)}"
            raise UnsupportedModel(f"torch.export cannot trace {what}: {type(error).__name__}: {first[0]}") from error


def _steps(module: torch.nn.Module, name: str) -> list[tuple[str, torch.nn.Module]] | None:
    """The known modules in order, if `module` is one or a plain nest of `Sequential`; None if it must be traced.

    Only exact classes without hooks count: a subclass may compute something else, and a hook does.
    """
    import torch

    if module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module):
        return None
    if type(module) is torch.nn.Sequential:
        parts = [_steps(part, f"{name}.{key}" if name else key) for key, part in module._modules.items() if part is not None]
        return None if any(p is None for p in parts) else [step for p in parts if p is not None for step in p]
    known = type(module).__module__.startswith("torch.nn.modules.") and type(module).__name__ in MODULES
    return [(name or type(module).__name__, module)] if known else None


def _where(name: str, part: Any) -> str:
    """A module's place in words: "Linear 0.2"."""
    kind = type(part).__name__
    return f"{kind} {name}" if name != kind else name


def _apply(name: str, part: Any, x: Tensor) -> Tensor:
    kind, where = type(part).__name__, _where(name, part)
    if isinstance(x, Form) and x.final and MODULES[kind] is not _same:
        raise UnsupportedModel(f"{where} follows a Softmax; Softmax and LogSoftmax are supported as the last layer only")
    try:
        return MODULES[kind](part, x, name)
    except FiberError as error:
        raise type(error)(f"{where}: {error}") from None
    except (ValueError, IndexError) as error:
        raise InvalidNetwork(f"{where} does not fit an input of shape {x.shape}: {error}") from None


def _weight(part: Any, key: str, name: str) -> Constant | None:
    tensor = getattr(part, key)
    return None if tensor is None else constant_of(tensor, f"{name}.{key}")


def _linear(part: Any, x: Tensor, name: str) -> Tensor:
    W, b = ops.weights(_weight(part, "weight", name), "the weight"), _weight(part, "bias", name)
    if x.shape[-1] != W.shape[1]:
        raise InvalidNetwork(f"it takes {W.shape[1]} inputs; found a tensor of shape {x.shape}")
    y = ops.matmul(x, W.move(lambda a: a.T))
    return y if b is None else ops.add(y, b)


def _flatten(part: Any, x: Tensor, name: str) -> Tensor:
    return ops.flatten(x, part.start_dim, part.end_dim)


def _batch_norm(part: Any, x: Tensor, name: str) -> Tensor:
    if part.running_mean is None or part.running_var is None:
        raise UnsupportedModel("it keeps no running statistics, so it depends on the batch")
    parts = [_weight(part, key, name) for key in ("weight", "bias", "running_mean", "running_var")]
    return ops.batch_norm(x, parts, part.eps, name)


def _conv(part: Any, x: Tensor, name: str) -> Tensor:
    kernel, bias = ops.weights(_weight(part, "weight", name), "the kernel"), _weight(part, "bias", name)
    r, given = len(part.kernel_size), form(x, "the input")
    batched = ops.with_batch(given, r + 2)
    padding = part.padding
    if part.padding_mode != "zeros":
        flat = part._reversed_padding_repeated_twice
        widths = [(0, 0), (0, 0), *[(flat[2 * k], flat[2 * k + 1]) for k in range(r)][::-1]]
        batched, padding = form(ops.pad(batched, widths, PADDING[part.padding_mode]), "the input"), [0] * r
    axes = window(batched, kernel.shape[2:], part.stride, padding, part.dilation)
    y = convolve(batched, kernel, bias, axes, part.groups)
    return y if len(given.shape) == r + 2 else y.move(lambda a: a[0])


def _avg_pool(part: Any, x: Tensor, name: str) -> Tensor:
    r = int(type(part).__name__[-2])
    given = form(x, "the input")
    batched = ops.with_batch(given, r + 2)
    axes = window(batched, part.kernel_size, part.stride, part.padding, 1, part.ceil_mode)
    y = average(batched, axes, part.count_include_pad, getattr(part, "divisor_override", None))
    return y if batched is given else y.move(lambda a: a[0])


def _pad(part: Any, x: Tensor, name: str) -> Tensor:
    flat = part.padding
    widths = [(0, 0)] * (len(x.shape) - len(flat) // 2) + [(flat[2 * k], flat[2 * k + 1]) for k in range(len(flat) // 2)][::-1]
    return ops.pad(x, widths)


def _softmax(part: Any, x: Tensor, name: str) -> Tensor:
    axis = part.dim
    if axis is None:  # the rule PyTorch keeps for old code
        axis = 0 if len(x.shape) in (0, 1, 3) else 1
    return ops.softmax(x, "softmax" if type(part).__name__ == "Softmax" else "logsoftmax", axis)


def _same(part: Any, x: Tensor, name: str) -> Tensor:
    return x


def _each(
    stem: str, axes: Sequence[int], read: Callable[[Any, Tensor, str], Tensor]
) -> dict[str, Callable[[Any, Tensor, str], Tensor]]:
    return {f"{stem}{r}d": read for r in axes}


MODULES: dict[str, Callable[[Any, Tensor, str], Tensor]] = {
    "Linear": _linear,
    "ReLU": lambda part, x, name: ops.relu(x),
    "Flatten": _flatten,
    "Identity": _same,
    "Dropout": _same,
    "AlphaDropout": _same,
    "FeatureAlphaDropout": _same,
    **_each("Dropout", (1, 2, 3), _same),
    **_each("BatchNorm", (1, 2, 3), _batch_norm),
    **_each("Conv", (1, 2, 3), _conv),
    **_each("AvgPool", (1, 2, 3), _avg_pool),
    **_each("ZeroPad", (1, 2, 3), _pad),
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
}
