"""Make the copies of `fibers demo` from fibers/demo/digits.onnx: some the same function, some not, and floats cannot tell which.

    python examples/make_copies.py             writes fibers/demo, and prints how each copy does on the digits data

f(x) = V σ(W_2 σ(W_1 x + b_1) + b_2) + c, σ = ReLU.  The equal copies are made by exact moves (`fibers.relu.moves`), labels as in
docs/theory.md:

    permute, rescale    a hidden neuron anywhere in its layer, at any scale s > 0: σ(s t) = s σ(t)
    split, add_dead     one neuron as several parallel ones; neurons that never fire (E3)
    flip                second-layer neurons: σ(ℓ) = σ(−ℓ) + ℓ, the linear part ℓ carried by neurons that always fire (B5)
    refactor            those that always fire, as others with the same sum (B5)

The others change the function: by less than floats show, only where no image is, or by rounding alone.  Every file holds
exactly what was made, which is checked by reading it back.  The same digits.onnx gives the same files each time.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from train_digits import PIXEL, REFERENCE, accuracy, export

import fibers
from fibers.relu import moves

FOLDER = REFERENCE.parent
Network = fibers.ReLUNetwork


@dataclass(frozen=True)
class Copy:
    """A file of the demo, how it was made, and whether it is the same function as the reference."""

    file: str
    title: str
    expected: str
    make: Callable[[Network], Network]


def scrambled(f: Network) -> Network:
    """Both hidden layers permuted, neurons scaled by powers of two from 1/8 to 8: exact in float32."""
    return moves.scramble(f, random.Random(1))


def widened(f: Network) -> Network:
    """Ten neurons split in two (by halves, as 2v − v, at scales 2 and 1/2), six dead ones added; permuted: 64-40-24-10."""
    rng = random.Random(2)
    for k, width in ((1, 32), (2, 16)):
        for i in rng.sample(range(width), 5):
            column = moves.neurons(f, k)[0][i].column
            share, scales = rng.choice([(Fraction(1, 2), (1, 1)), (2, (1, 1)), (Fraction(1, 4), (2, Fraction(1, 2)))])
            f = moves.split(f, k, i, scales, [[share * v for v in column]])
        for _ in range(3):
            row = [-Fraction(rng.randrange(64), 256) * (k > 1) for _ in range(f.widths[k - 1])]
            f = moves.add_dead(f, k, row, -1, [Fraction(rng.randrange(-64, 64), 64) for _ in range(f.widths[k + 1])])
    return moves.scramble(f, rng, powers=0)


def flipped(f: Network) -> Network:
    """Five second-layer neurons flipped: ℓ = ℓ⁺ − ℓ⁻ is carried by two neurons that always fire; then permuted: 64-32-26-10."""
    for i in (1, 4, 7, 8, 12):
        f = moves.flip(f, 2, i)
    return moves.scramble(f, random.Random(3))


def refactored(f: Network) -> Network:
    """Three flips, and the six carriers replaced by seven with other rows: sums of neighbours, and the sum of all."""
    for i in (3, 5, 10):
        f = moves.flip(f, 2, i)
    width = f.widths[2]
    carriers = [p.row for p in moves.neurons(f, 2)[0][width - 6 :]]
    rows = [carriers[0], *([a + b for a, b in zip(p, q, strict=True)] for p, q in pairwise(carriers))]
    rows.append([sum(column) for column in zip(*carriers, strict=True)])
    return moves.refactor(f, 2, range(width - 6, width), rows)


def rational(f: Network) -> Network:
    """Permuted, neurons scaled by fractions such as 3/7: no floats any more; JSON keeps them as integers over one denominator."""
    rng = random.Random(4)
    for k in (1, 2):
        width = f.widths[k]
        f = moves.permute(f, k, rng.sample(range(width), width))
        f = moves.rescale(f, k, [Fraction(rng.randint(1, 9), rng.choice((3, 5, 7))) for _ in range(width)])
    return f


def nudged(f: Network) -> Network:
    """Permuted and rescaled in float64, then one second-layer weight moved by 1e-9."""
    layers = floats(scrambled(f))
    layers[1][0][0, 0] += 1e-9
    return Network(layers)


def rounded(f: Network) -> Network:
    """First-layer neurons scaled by random floats, which on paper changes nothing, each result rounded to float32."""
    layers = floats(f)
    scales = np.random.default_rng(5).uniform(0.1, 10, f.widths[1])
    (W, b), (V, c) = layers[:2]
    layers[:2] = [(W * scales[:, None], b * scales), (V / scales, c)]
    return Network([(W.astype(np.float32), b.astype(np.float32)) for W, b in layers])


def rewired(f: Network) -> Network:
    """A first-layer neuron that none of the 1797 images wakes gets other output weights; then permuted and rescaled."""
    first = Network(f.maps[:1])(load_digits().data)
    asleep = np.flatnonzero((first < 0).all(axis=0))[0]
    layers = floats(f)
    layers[1][0][:, asleep] = np.flip(layers[1][0][:, asleep])
    return moves.scramble(Network(layers), random.Random(6))


COPIES = (
    Copy("scrambled.safetensors", "neurons permuted and rescaled by powers of two", "equivalent", scrambled),
    Copy("widened.npz", "neurons split, duplicated, dead ones added", "equivalent", widened),
    Copy("flipped.pt", "second-layer neurons flipped, their linear parts moved", "equivalent", flipped),
    Copy("refactored.npz", "flipped, and what always fires refactored", "equivalent", refactored),
    Copy("rational.json", "rescaled by fractions such as 3/7", "equivalent", rational),
    Copy("double.onnx", "exported by PyTorch in float64, dividing pixels by 16", "equivalent", lambda f: f),
    Copy("nudged.npz", "one weight nudged by 1e-9", "inequivalent", nudged),
    Copy("rounded.safetensors", "rescaled by any floats, rounded to float32", "inequivalent", rounded),
    Copy("rewired.safetensors", "a neuron that no image wakes rewired", "inequivalent", rewired),
)


class PixelsFirst(nn.Module):
    """The network on x/16: the division in front of it, the first weights 16 times larger."""

    def __init__(self, network: nn.Sequential):
        super().__init__()
        self.network = network
        with torch.no_grad():
            self.network[0].weight *= PIXEL

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """The scores of a batch of images."""
        return self.network(pixels / PIXEL)


def floats(f: Network) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pairs (W, b) in float64, fresh."""
    return [(a.weights.to_numpy(), a.bias.to_numpy()[:, 0]) for a in f.maps]


def write(network: Network, path: Path) -> None:
    """Write the file and make sure that it holds this very network."""
    if path.name == "double.onnx":
        export(PixelsFirst(network.to_torch()).eval(), path, dtype=torch.float64)
    else:
        network.save(path)
    if fibers.load(path) != network:
        raise ArithmeticError(f"{path.name} does not hold the network that was made: some weight was rounded")


def largest(network: Network) -> int:
    """The most bits that an integer of this network's exact weights has."""
    return max(x.bit_length() for a in network.maps for m in (a.weights, a.bias) for x in m.numerators)


HEAD = (
    f"{'file':24}{'widths':>14}{'bytes':>9}{'bits':>6}{'accuracy':>10}{'same labels':>13}{'max |f − g|':>13}   verdict to expect"
)


def line(path: Path, g: Network, scores: np.ndarray, reference: np.ndarray, labels: np.ndarray, expected: str) -> str:
    """How a copy does on the digits data, in floats."""
    same, gap = accuracy(scores, reference.argmax(axis=1)), np.abs(scores - reference).max()
    shape = f"{path.name:24}{'-'.join(map(str, g.widths)):>14}{path.stat().st_size:9,}{largest(g):6}"
    return f"{shape}{accuracy(scores, labels):10.2%}{same:13.1%}{gap:13.1e}   {expected}"


def main() -> None:
    f = fibers.load(REFERENCE)
    x, labels = load_digits(return_X_y=True)
    print(HEAD, line(REFERENCE, f, f(x), f(x), labels, "the reference"), sep="\n")
    for copy in COPIES:
        g, path = copy.make(f), FOLDER / copy.file
        write(g, path)
        print(line(path, g, g(x), f(x), labels, copy.expected))
    listed = [{"file": copy.file, "title": copy.title, "expected": copy.expected} for copy in COPIES]
    manifest = {"reference": REFERENCE.name, "copies": listed}
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
