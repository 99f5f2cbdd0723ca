"""Train a small deep linear network, and keep what it is at the saddles on its way: fibers/demo/linear.

    python examples/train_linear.py                 writes fibers/demo/linear, and prints what was kept
    python examples/train_linear.py --out FOLDER    writes there instead

W_3 W_2 W_1, widths 6-5-5-4, is fitted to a fixed matrix W of rank 3 with singular values 4, 2, 1, by gradient descent on
½ ‖W_3 W_2 W_1 − W‖² from small random weights.  It learns one singular value after the other: the loss stands still near a
saddle, where the product has a lower rank, then drops to the next.  Kept are the points where the gradient is smallest for the
while, `rank1.npz` and `rank2.npz`, and the end, `trained.npz`, in float64.  The same seed gives the same files, up to rounding.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

import fibers

FOLDER = Path(fibers.__file__).parent / "demo" / "linear"
WIDTHS, VALUES = (6, 5, 5, 4), (4.0, 2.0, 1.0)
STEP, SMALL, ENOUGH = 0.02, 0.01, 1e-10
Layers = list[np.ndarray]


def target(rng: np.random.Generator) -> np.ndarray:
    """W: the singular values above, in random directions."""
    left, right = (np.linalg.qr(rng.standard_normal((n, len(VALUES))))[0] for n in (WIDTHS[-1], WIDTHS[0]))
    return left * VALUES @ right.T


def descent(seed: int = 1) -> Iterator[tuple[float, float, Layers]]:
    """Loss, norm of the gradient, and weights, step by step."""
    rng = np.random.default_rng(seed)
    W = target(rng)
    A, B, C = (SMALL * rng.standard_normal((m, n)) for n, m in pairwise(WIDTHS))
    loss = np.inf
    while loss > ENOUGH:
        error = C @ B @ A - W
        loss = 0.5 * float((error**2).sum())
        gradient = (C @ B).T @ error, C.T @ error @ A.T, error @ (B @ A).T
        yield loss, float(np.sqrt(sum((G**2).sum() for G in gradient))), [A, B, C]
        A, B, C = (M - STEP * G for M, G in zip((A, B, C), gradient, strict=True))


def kept() -> dict[str, tuple[int, float, Layers]]:
    """By name, the step, the loss and the weights that are written."""
    path = list(descent())
    slopes = [norm for _, norm, _ in path]
    flat = [k for k in range(1, len(path) - 1) if slopes[k - 1] > slopes[k] <= slopes[k + 1]]
    chosen = dict(zip(("rank1", "rank2", "trained"), [*flat[-2:], len(path) - 1], strict=True))
    return {name: (k, path[k][0], path[k][2]) for name, k in chosen.items()}


def main(argv: Sequence[str] | None = None) -> None:
    """Train, write, and tell what was written."""
    parser = argparse.ArgumentParser(description="Train a linear network 6-5-5-4 and keep it at its saddles.")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=FOLDER, help="where to write (default: fibers/demo/linear)")
    folder = parser.parse_args(argv).out
    folder.mkdir(parents=True, exist_ok=True)
    for name, (step, loss, layers) in kept().items():
        L = fibers.LinearNetwork(layers)
        L.save(folder / f"{name}.npz")
        print(f"{name}.npz  step {step:,}, loss {loss:.3g}, {fibers.linear.numerical_ranks(L, 0.05).ranks.barcode}")


if __name__ == "__main__":
    main()
