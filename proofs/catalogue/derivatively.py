"""Jacobians by their definition: what the checks of claims about functional dimension and conservation laws rest on.

∂f_o/∂θ at a point x where no hidden neuron is exactly 0: the product rule along each path, in `Fraction`s, one weight at a time.
No code is shared with `fibers.relu.rank`; only the rank of a matrix is (`fibers.exact.Matrix.rank`).  `everywhere` draws n_0 + 1
affinely independent points in every activation region, by walking from one point of each towards others while the pattern stays.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from fractions import Fraction

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.activations import regions

__all__ = ["everywhere", "gradients", "rank_at", "rank_everywhere", "smooth_points"]

Vector = tuple[Fraction, ...]


def gradients(f: ReLUNetwork, x: Sequence[Fraction]) -> list[list[Fraction]] | None:
    """One row an output: the derivatives by every weight, in the order of torch; None where f is not smooth in its weights.

    A neuron that is exactly 0 makes a kink, unless a later layer is off as a whole and stays so: then its weights do not matter.
    """
    inputs: list[list[Fraction]] = [list(x)]
    slopes: list[list[bool]] = []
    kink = False
    for W, b in f.layers[:-1]:
        t = [sum((w * y for w, y in zip(row, inputs[-1], strict=True)), c) for row, c in zip(W, b, strict=True)]
        kink = max(t) >= 0 and (kink or not all(t))
        slopes.append([v > 0 for v in t])
        inputs.append([max(v, Fraction(0)) for v in t])
    return None if kink else [_row(f, inputs, slopes, o) for o in range(f.outputs)]


def _row(f: ReLUNetwork, inputs: list[list[Fraction]], slopes: list[list[bool]], o: int) -> list[Fraction]:
    sensitivity = [Fraction(i == o) for i in range(f.outputs)]
    blocks: list[list[Fraction]] = []
    for k in reversed(range(len(f.layers))):
        blocks.append([d * y for d in sensitivity for y in inputs[k]] + sensitivity)
        if k:
            W = f.layers[k][0]
            back = [sum((d * row[j] for d, row in zip(sensitivity, W, strict=True)), Fraction(0)) for j in range(len(W[0]))]
            sensitivity = [v if on else Fraction(0) for v, on in zip(back, slopes[k - 1], strict=True)]
    return list(itertools.chain.from_iterable(reversed(blocks)))


def smooth_points(f: ReLUNetwork, count: int, seed: int = 0) -> list[Vector]:
    """Points at many scales at which f is smooth, fewer than `count` where they are rare."""
    rng = random.Random(seed)
    found: list[Vector] = []
    for i in range(3 * count):
        scale = Fraction(4) ** (i % 7 - 3)
        x = tuple([scale * Fraction(rng.randint(-(10**6), 10**6), 10**5 + 3) for _ in range(f.inputs)])
        if gradients(f, x) is not None:
            found.append(x)
        if len(found) == count:
            break
    return found


def everywhere(f: ReLUNetwork, seed: int = 0) -> list[Vector]:
    """n_0 + 1 affinely independent points of every activation region in which f is smooth."""
    rng = random.Random(seed)
    found: list[Vector] = []
    for region in regions(f):
        centre = region.point
        if gradients(f, centre) is not None:
            found.append(centre)
            found += [_beside(centre, i, region.constraints, rng) for i in range(f.inputs)]
    return found


def _beside(x: Vector, i: int, constraints: Iterable[Sequence[int]], rng: random.Random) -> Vector:
    """A point that differs from x in coordinate i and satisfies the strict inequalities that x satisfies."""
    walls = list(constraints)
    step = Fraction(rng.randint(1, 9))
    while True:
        y = tuple(v + step * (j == i) for j, v in enumerate(x))
        if all(sum((w * v for w, v in zip(row[:-1], y, strict=True)), Fraction(row[-1])) > 0 for row in walls):
            return y
        step /= -2


def rank_at(f: ReLUNetwork, points: Iterable[Sequence[Fraction]]) -> int:
    """The batch functional dimension (F1)."""
    rows = [row for x in points for row in gradients(f, x) or ()]
    return matrix(rows).rank() if rows else 0


def rank_everywhere(f: ReLUNetwork) -> int:
    """dim_fun by its definition (F1, F4): the rank over all activation regions."""
    return rank_at(f, everywhere(f))
