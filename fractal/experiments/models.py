"""The networks of the experiments: ResNet-18 and VGG-16 as torchvision has them, and a small convolutional one.

All take images of three channels, of any size from 32 × 32 on, and give one number for each of ten classes; their weights are
those of initialisation, a function of the seed alone.  `rate` is a learning rate at which plain SGD with momentum trains them.

    resnet18    11.2 million parameters, batch normalisation, residual sums
    vgg16       134 million, 103 million of them in the first matrix behind the convolutions; no normalisation, no sums
    cnn         0.2 million: three times convolution, normalisation, ReLU and pooling, then two matrices
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fractal.errors import InvalidOption
from fractal.experiments.vision import torchvision

if TYPE_CHECKING:
    from torch import nn

__all__ = ["CLASSES", "MODELS", "Model", "build", "custom_cnn"]

CLASSES = 10


@dataclass(frozen=True)
class Model:
    """A kind of network: how it is made, at which rate it learns, and what it is called."""

    title: str
    make: Callable[[], nn.Module]
    rate: float


def custom_cnn(widths: tuple[int, ...] = (32, 64, 128), hidden: int = 256, classes: int = CLASSES) -> nn.Module:
    """Convolutions 3 × 3 of these widths, each with normalisation, ReLU and halving; then two matrices on 2 × 2 means.

    >>> sum(p.numel() for p in custom_cnn().parameters())
    227370
    """
    from torch import nn

    layers: list[nn.Module] = []
    channels = 3
    for width in widths:
        convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(4 * channels, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def _from_torchvision(name: str) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        networks: Any = torchvision().models
        network: nn.Module = getattr(networks, name)(weights=None, num_classes=CLASSES)
        return network

    return make


MODELS = {
    "resnet18": Model("ResNet-18", _from_torchvision("resnet18"), 0.05),
    "vgg16": Model("VGG-16", _from_torchvision("vgg16"), 0.01),
    "cnn": Model("Small CNN", custom_cnn, 0.05),
}


def build(model: str, seed: int = 0) -> nn.Module:
    """A network of `MODELS` at initialisation; PyTorch's own random numbers are left where they were.

    Raises `InvalidOption`, and `MissingExtra` where torchvision is needed and not there.

    >>> import torch
    >>> a, b = (build("cnn", seed=3).state_dict() for _ in range(2))
    >>> all(torch.equal(a[name], b[name]) for name in a)
    True
    """
    if model not in MODELS:
        raise InvalidOption(f"model must be one of {', '.join(MODELS)}; found {model!r}")
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[model].make()
