"""How long `fibers.relu.regions` takes, beside the public package `relucent` in the same run, and on arrangements of known size.

    relucent   networks with PyTorch's default initialisation, all activation regions: both counts, seconds, and their ratio
    known      one hidden layer of m neurons in general position on R^n: Σ_{i ≤ n} C(m, i) regions

    python benchmarks/regions.py [--relucent PYTHON] [--quick] [--repeat 3]

`relucent` (1.0.0; AGPL; it brings Gurobi, whose licence for small programs comes with the package, and plotly) is best installed
apart, from its wheel or the package index, and is found through the interpreter that has it:

    python -m venv /tmp/relucent && /tmp/relucent/bin/pip install relucent
    python benchmarks/regions.py --relucent /tmp/relucent/bin/python

Without --relucent the interpreter that runs this is asked; where relucent is missing, its columns say so.

What is timed, in one process each, start-up and imports not counted, the least of so many repetitions:
    fibers     all regions, exactly, and of each a rational interior point and the affine map in rationals; one core
    relucent   `Complex(network).bfs()` as it comes (floats with error bounds, verify=True), without interior points and maps that
               were not needed on the way; with one worker process and with one for each core, and the ratio is to the faster one
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb
from typing import Any

Layers = list[tuple[list[list[float]], list[float]]]

WIDTHS = ("2-8-8-1", "2-16-16-1", "3-8-8-1")
KNOWN = ((1, 64), (2, 16), (2, 40), (3, 10), (3, 16), (4, 12), (5, 10))
SMALLEST: Layers = [([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5]), ([[1.0, 1.0]], [0.0])]
QUIET = {"count": None, "seconds": {}, "said": "not installed"}


def default_network(widths: Sequence[int], seed: int) -> Layers:
    """The float32 weights that `torch.nn.Linear` begins with."""
    import torch

    torch.manual_seed(seed)
    maps = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    return [(m.weight.tolist(), m.bias.tolist()) for m in maps]


def least(repeat: int, run: Callable[[], Any]) -> tuple[float, Any]:
    """The least time of so many runs, and what the last one gave."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def ours(layers: Any, repeat: int) -> tuple[float, int]:
    """Seconds for all regions, interior points and affine maps, and how many regions."""
    from fibers import ReLUNetwork
    from fibers.relu import regions

    f = ReLUNetwork(layers)

    def run() -> int:
        found = regions(f)
        for region in found:
            _ = region.point, region.affine
        return len(found)

    _ = [(region.point, region.affine) for region in regions(ReLUNetwork(SMALLEST))]  # imports what is imported on use
    return least(repeat, run)


def theirs(python: str, layers: Layers, repeat: int) -> dict[str, Any]:
    """What relucent counts, and its seconds by number of workers; asked in a process of the interpreter that has it."""
    run = subprocess.run(
        [python, __file__, "--worker"], input=json.dumps([layers, repeat]), capture_output=True, text=True, check=False
    )
    if run.returncode:
        return {**QUIET, "said": "failed"}
    return dict(json.loads(run.stdout.splitlines()[-1]))


def worker() -> None:
    """In the process for relucent: a network on standard input, and a line of JSON on standard output."""
    if importlib.util.find_spec("relucent") is None:
        print(json.dumps(QUIET))
        return
    import numpy as np
    import relucent
    from relucent.model.model import LinearLayer, ReLULayer, ReLUNetwork

    relucent.config.VERBOSE = 0
    layers, repeat = json.load(sys.stdin)

    def explore(layers: Layers, workers: int) -> Any:
        maps = [LinearLayer(np.array(W), np.array(b)) for W, b in layers]
        network = ReLUNetwork([part for m in maps[:-1] for part in (m, ReLULayer())] + maps[-1:])
        found = relucent.Complex(network)
        result = found.bfs(nworkers=workers)
        return len(found), result.complete

    explore(SMALLEST, 1)  # starts the solver
    seconds, counts = {}, set()
    for workers in sorted({1, os.cpu_count() or 1}):
        seconds[workers], (count, complete) = least(repeat, lambda w=workers: explore(layers, w))
        counts.add(count if complete else None)
    print(json.dumps({"count": counts.pop() if len(counts) == 1 else None, "seconds": seconds, "said": "incomplete"}))


def beside(names: Sequence[str], seeds: Sequence[int], python: str, repeat: int) -> list[tuple[str, ...]]:
    """One row per network."""
    rows = []
    for name in names:
        for seed in seeds:
            layers = default_network([int(n) for n in name.split("-")], seed)
            time_ours, count = ours(layers, repeat)
            other = theirs(python, layers, repeat)
            rows.append((name, str(seed), f"{count:,}", f"{1000 * time_ours:.1f} ms", *columns(count, time_ours, other)))
            print("  ".join(rows[-1]), file=sys.stderr)
    return rows


def columns(count: int, time_ours: float, other: dict[str, Any]) -> tuple[str, ...]:
    """What the table says of relucent: regions, whether they are as many, seconds with one worker and with all, and the ratio."""
    seconds = list(other["seconds"].values())
    if not seconds or other["count"] is None:
        return other["said"], "", "", "", ""
    agree = "equal" if other["count"] == count else "DIFFERENT"
    return f"{other['count']:,}", agree, f"{seconds[0]:.2f} s", f"{seconds[-1]:.2f} s", f"{min(seconds) / time_ours:,.0f}"


def known(repeat: int) -> list[tuple[str, ...]]:
    """Arrangements in general position: hyperplanes normal to points of the moment curve."""
    rows = []
    for n, m in KNOWN:
        layers = [([[s**k for k in range(1, n + 1)] for s in range(1, m + 1)], [1] * m), ([[1] * m], [0])]
        seconds, count = ours(layers, repeat)
        formula = sum(comb(m, i) for i in range(n + 1))
        rows.append((str(n), str(m), f"{formula:,}", f"{count:,}", f"{1000 * seconds:.1f} ms", f"{1e6 * seconds / count:.0f} µs"))
    return rows


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the right, but the first."""
    every = [list(headers), *map(list, rows)]
    spans = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join([row[0].ljust(spans[0]), *map(str.rjust, row[1:], spans[1:])]).rstrip() for row in every)


def main() -> None:
    parser = argparse.ArgumentParser(description="Activation regions: how many, and how long it takes.")
    parser.add_argument("--relucent", metavar="PYTHON", default=sys.executable, help="an interpreter that has relucent")
    parser.add_argument("--quick", action="store_true", help="one seed, one repetition")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, of which the least time counts (default 3)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        worker()
        return
    repeat = 1 if chosen.quick else chosen.repeat
    rows = beside(WIDTHS, (0,) if chosen.quick else (0, 1, 2), chosen.relucent, repeat)
    headers = ("widths", "seed", "regions", "fibers", "relucent", "counts", "1 worker", f"{os.cpu_count()} workers", "ratio")
    print(table(headers, rows), end="\n\n")
    print(table(("n", "m", "Σ C(m, i)", "regions", "fibers", "a region"), known(repeat)))


if __name__ == "__main__":
    main()
