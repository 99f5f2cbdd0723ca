"""PyTorch tensors as constants; what holds no floats is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fibers.errors import UnsupportedModel
from fibers.readers.constants import Constant

if TYPE_CHECKING:
    import torch

__all__ = ["array_of", "constant_of"]


def array_of(tensor: torch.Tensor, name: str) -> np.ndarray:
    """The numbers of a tensor as numpy floats or integers, unrounded."""
    import torch

    if tensor.is_quantized or tensor.is_complex() or tensor.layout is not torch.strided:
        raise UnsupportedModel(f"tensor {name} is {tensor.dtype} ({tensor.layout}); weights must be dense floats")
    if torch.nn.parameter.is_lazy(tensor) or tensor.device.type == "meta":
        raise UnsupportedModel(f"tensor {name} has no data yet; initialise the module first")
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()  # numpy has no bfloat16; widening is exact
    return tensor.numpy()


def constant_of(tensor: torch.Tensor, name: str) -> Constant:
    """A tensor as a constant; `NotExact` for NaN and infinities."""
    return Constant.of(array_of(tensor, name), name)
