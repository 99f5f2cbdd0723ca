"""Train the network of `fractal/demo` and keep its weights on the way: a classifier 64-96-64-10 of scikit-learn's digits.

The data are 1797 images of 8×8 pixels.  Adam with decoupled weight decay (Loshchilov and Hutter 2019): inputs that are always 0,
as pixels near the border are, get no gradient, so their weights shrink, and the large ones gather in the other columns.

    python examples/train_scales.py [--out FOLDER]        seconds on a CPU; FOLDER is fractal/demo by default

It writes initial.safetensors, epoch10.safetensors and trained.safetensors (60 epochs).  Another machine may round otherwise and
train other weights; those in `fractal/demo` are the copies that count.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn

FOLDER = Path(__file__).resolve().parent.parent / "fractal" / "demo"
KEPT = {0: "initial", 10: "epoch10", 60: "trained"}
HELD_OUT = 450


def train(folder: Path, seed: int = 0) -> None:
    torch.manual_seed(seed)
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(images))
    x, y = torch.tensor(images / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 10))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1.0)
    for epoch in range(max(KEPT) + 1):
        if epoch in KEPT:
            right = (model(x[:HELD_OUT]).argmax(1) == y[:HELD_OUT]).float().mean()
            print(f"epoch {epoch:2}: {right:.1%} of {HELD_OUT} images held out are told right")
            save_file(dict(model.state_dict()), folder / f"{KEPT[epoch]}.safetensors")
        for batch in (torch.randperm(len(x) - HELD_OUT) + HELD_OUT).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimiser.step()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network of fractal/demo.")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder to write to")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    train(folder)


if __name__ == "__main__":
    main()
