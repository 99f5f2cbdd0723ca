"""How long the functional dimension takes, beside the Jacobian of torch.func at random points and its singular values.

    python benchmarks/dimension.py [--quick] [--repeat 3]

`fibers` is `functional_dimension(f)`: certified bounds, one number where they meet.  `torch` is what one would run otherwise: the
float64 Jacobian (`vmap`, `jacrev`, `functional_call`) at as many random points as give twice as many rows as there are weights, a
standard normal of scale 3, and the number of its singular values above max(shape) · 2^−52 of the largest.  That is an estimate of
a lower bound: it proves nothing, depends on the points drawn, and says nothing of what no point shows.  Networks have PyTorch's
default initialisation, seed 0.  Both run in this process on one core; imports are not counted; of so many repetitions the least
time is.  `P − hidden` is the bound of F2.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from strata import table
from torch.func import functional_call, jacrev, vmap

Widths = tuple[int, ...]
Row = tuple[str, ...]
HEADERS = ("widths", "weights", "P − hidden", "fibers", "seconds", "torch", "seconds", "ratio")
FULL: tuple[Widths, ...] = (
    (2, 5, 1),
    (1, 20, 20, 20, 1),
    (2, 10, 10, 2),
    (2, 20, 20, 1),
    (2, 30, 30, 2),
    (2, 40, 40, 3),
    (3, 16, 16, 3),
    (4, 10, 10, 10, 1),
    (8, 8, 8, 8, 2),
    (8, 16, 16, 16, 16, 4),
    (10, 30, 30, 10),
    (16, 16, 16, 16, 16, 16, 8),
    (20, 40, 20, 5),
    (20, 40, 20, 12, 5),
    (64, 25, 10),
)
QUICK: tuple[Widths, ...] = ((2, 5, 1), (2, 10, 10, 2), (4, 6, 6, 2))


def module_of(widths: Sequence[int]) -> torch.nn.Sequential:
    """Linear and ReLU layers with PyTorch's default initialisation, in float64."""
    torch.manual_seed(0)
    layers = [layer for a, b in itertools.pairwise(widths) for layer in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    return torch.nn.Sequential(*layers[:-1]).double()


def by_torch(module: torch.nn.Sequential) -> int:
    """The numerical rank of the Jacobian at random points."""
    torch.manual_seed(1)
    parameters = dict(module.named_parameters())
    count = sum(p.numel() for p in parameters.values())
    points = 3 * torch.randn(-(-2 * count // module[-1].out_features), module[0].in_features, dtype=torch.float64)
    blocks = vmap(jacrev(lambda p, x: functional_call(module, p, (x,))), (None, 0))(parameters, points)
    J = torch.cat([block.flatten(2) for block in blocks.values()], 2).flatten(0, 1)
    return int(torch.linalg.matrix_rank(J))


def by_fibers(module: torch.nn.Sequential) -> Any:
    """The bounds, with the reading of the module."""
    from fibers.relu.rank import functional_dimension

    return functional_dimension(module)


def least(repeat: int, run: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """The least time of so many runs, and what the last one gave."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = run(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def rows(chosen: Sequence[Widths], repeat: int) -> list[Row]:
    """One row for each network."""
    for run in (by_fibers, by_torch):
        run(module_of((2, 3, 3, 1)))  # imports what is imported on use
    found = []
    for widths in chosen:
        module = module_of(widths)
        ours, d = least(repeat, by_fibers, module)
        theirs, rank = least(repeat, by_torch, module)
        bounds = str(d.value) if d.exact else f"{d.lower} to {d.upper}"
        hidden = f"{d.parameters - sum(widths[1:-1]):,}"
        found.append(
            (
                "-".join(map(str, widths)),
                f"{d.parameters:,}",
                hidden,
                bounds,
                f"{ours:.2f}",
                str(rank),
                f"{theirs:.2f}",
                f"{theirs / ours:.1f}",
            )
        )
        print("  ".join(found[-1]), file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Functional dimension, beside torch.func and singular values.")
    parser.add_argument("--quick", action="store_true", help="three small networks, one repetition")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, of which the least time counts (default 3)")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(table(HEADERS, rows(QUICK, 1) if chosen.quick else rows(FULL, chosen.repeat)))


if __name__ == "__main__":
    main()
