"""Images to learn from: 3 × 32 × 32 bytes and a class from 0 to 9.

    cifar10    torchvision's CIFAR-10, 50,000 images to learn and 10,000 to test; 170 MB, downloaded once (Krizhevsky 2009)
    digits     scikit-learn's 1,797 handwritten digits of 8 × 8 pixels, enlarged and grey in all three channels; a quarter to test
    fake       torchvision's FakeData, noise with random labels, 512 and 128 images: there is nothing to learn but by heart

Downloads go to the folder that the environment variable FRACTAL_DATA names, or else ~/.cache/fractal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fractal.arrays import as_integer
from fractal.errors import InvalidOption, MissingExtra
from fractal.experiments.vision import torchvision

if TYPE_CHECKING:
    import torch

__all__ = ["DATASETS", "Images", "load_images"]

SIDE = 32


@dataclass(frozen=True, eq=False)
class Images:
    """Images (N, 3, 32, 32) of bytes and labels (N,) of int64, to learn from and to test with."""

    name: str
    images: torch.Tensor
    labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor

    def __repr__(self) -> str:
        return f"Images({self.name}: {len(self.images):,} to learn, {len(self.test_images):,} to test)"

    def first(self, learn: int, test: int) -> Images:
        """The first images of each part only."""
        return replace(
            self,
            images=self.images[:learn],
            labels=self.labels[:learn],
            test_images=self.test_images[:test],
            test_labels=self.test_labels[:test],
        )

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Bytes as the floats a network takes: from −1 to 1."""
        return images.float() / 127.5 - 1


def load_images(data: str, seed: int = 0) -> Images:
    """The data set of this name; `seed` decides which digits are for testing, and what fake images show.

    Raises `InvalidOption` for another name, `MissingExtra` where a library or the download is missing.
    """
    if data not in DATASETS:
        raise InvalidOption(f"data must be one of {', '.join(DATASETS)}; found {data!r}")
    return DATASETS[data](as_integer(seed, "seed"))


def _digits(seed: int) -> Images:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingExtra(
            "data 'digits' comes with scikit-learn, which is not installed: pip install scikit-learn; or take 'fake'"
        ) from None
    import torch
    from torch.nn.functional import interpolate

    found = load_digits()
    grey = torch.from_numpy(found.images).float()[:, None] * (255 / 16)
    large = interpolate(grey, size=(SIDE, SIDE), mode="bilinear").round().to(torch.uint8).expand(-1, 3, -1, -1).contiguous()
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(large)))
    large, labels = large[order], torch.from_numpy(found.target).long()[order]
    cut = 3 * len(large) // 4
    return Images("digits", large[:cut], labels[:cut], large[cut:], labels[cut:])


def _cifar10(seed: int) -> Images:
    datasets = _datasets()
    folder = Path(os.environ.get("FRACTAL_DATA") or Path.home() / ".cache" / "fractal")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(sys.stderr):  # torchvision tells of its downloads there
            parts = [datasets.CIFAR10(str(folder), train=train, download=True) for train in (True, False)]
    except (OSError, RuntimeError) as error:  # no network; a download that breaks off or is not what it should be
        raise MissingExtra(
            f"CIFAR-10 is not in {folder} and cannot be downloaded ({type(error).__name__}: {_short(error)}); "
            "try again with a network, put cifar-10-batches-py there, or take --data digits"
        ) from None
    (learn, labels), (test, test_labels) = ((_bytes(np.asarray(p.data)), _labels(p.targets)) for p in parts)
    return Images("cifar10", learn, labels, test, test_labels)


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0][:120]


def _fake(seed: int) -> Images:
    datasets = _datasets()
    parts = []
    for count, offset in ((512, 2 * seed), (128, 2 * seed + 1)):
        drawn = datasets.FakeData(count, (3, SIDE, SIDE), CLASSES, random_offset=1000 * offset)
        pairs = [drawn[i] for i in range(count)]
        parts.append((_bytes(np.stack([np.asarray(image) for image, _ in pairs])), _labels([int(label) for _, label in pairs])))
    (learn, labels), (test, test_labels) = parts
    return Images("fake", learn, labels, test, test_labels)


def _datasets() -> Any:
    torchvision()
    from importlib import import_module

    return import_module("torchvision.datasets")


def _bytes(images: np.ndarray) -> torch.Tensor:
    """(N, 32, 32, 3) to (N, 3, 32, 32)."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def _labels(labels: list[int]) -> torch.Tensor:
    import torch

    return torch.tensor(labels, dtype=torch.int64)


CLASSES = 10
DATASETS: dict[str, Callable[[int], Images]] = {"digits": _digits, "cifar10": _cifar10, "fake": _fake}
