"""Train the reference network of `fibers demo`: digits, 64-32-16-10, ReLU, exported by PyTorch to ONNX.

The data are the 1797 images of 8×8 pixels, 0 to 16, that come with scikit-learn.  The network is trained on x/16, and
the division is then folded into the first layer: 16 is a power of two, so no weight is rounded.  The file is what
`torch.onnx.export` writes, less the notes it keeps about the machine it ran on.

    python examples/train_digits.py [FILE]        seconds on a CPU; FILE is fibers/demo/digits.onnx by default

Another machine may round otherwise and train other weights; `fibers/demo/digits.onnx` is the copy that counts, and
`make_copies.py` starts from it.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

REFERENCE = Path(__file__).resolve().parent.parent / "fibers" / "demo" / "digits.onnx"
WIDTHS = (64, 32, 16, 10)
PIXEL = 16


def split(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels to train on, images and labels held out (a quarter); images as float32 rows of 64 pixels."""
    images, labels = load_digits(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(images, labels, test_size=0.25, random_state=seed, stratify=labels)
    return train.astype(np.float32), train_labels, test.astype(np.float32), test_labels


def train(images: np.ndarray, labels: np.ndarray, epochs: int = 100, seed: int = 0) -> nn.Sequential:
    """A 64-32-16-10 classifier of raw pixels, trained by Adam on cross-entropy."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(WIDTHS):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    x, y = torch.from_numpy(images) / PIXEL, torch.from_numpy(labels)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimiser.step()
    with torch.no_grad():
        first = model[0]
        assert isinstance(first, nn.Linear)
        first.weight /= PIXEL
    return model.eval()


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """The share of rows of `scores` whose largest entry is at the label."""
    return float((scores.argmax(axis=1) == labels).mean())


def export(model: nn.Module, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """What `torch.onnx.export` writes for batches of images, weights inside the file; its notes on source lines are dropped."""
    example = torch.zeros(2, WIDTHS[0], dtype=dtype)
    batches = ({0: torch.export.Dim("batch")},)
    program = torch.onnx.export(model.to(dtype), (example,), dynamo=True, verbose=False, dynamic_shapes=batches)
    assert program is not None
    proto = program.model_proto
    graph = proto.graph
    for item in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        del item.metadata_props[:]
    onnx.checker.check_model(proto)
    onnx.save(proto, str(path))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else REFERENCE
    images, labels, held_out, held_out_labels = split()
    model = train(images, labels)
    with torch.no_grad():
        scores = model(torch.from_numpy(held_out)).numpy()
    print(f"accuracy on {len(held_out)} held-out images: {accuracy(scores, held_out_labels):.1%}")
    export(model, path)
    print(f"wrote {path.name}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
