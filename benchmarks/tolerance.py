"""How close the proven bound of `tolerance=` comes to the largest difference seen, for copies that rounding has moved.

    exact       f in float64 with short weights (12 bits), the copy permuted and rescaled by arbitrary floats in float64
    float32     f in float64, the copy rounded to float32 as it stands
    rescaled    permuted, rescaled by arbitrary floats, then rounded to float32
    norm        batch norm after every hidden layer, kept exactly in f, folded into the weights and rounded to float32 in the copy
    half        permuted, rescaled, rounded to float16 (weights keep 11 bits)
    split       a tenth of each hidden layer split in two with arbitrary shares, permuted, rescaled, rounded to float32
    flipped     a tenth of the second hidden layer flipped, its linear part carried by active neurons, rounded to float32

    python benchmarks/tolerance.py [--quick] [--sizes 784-512-256-10,...] [--copies rescaled,norm] [--json FILE]

Weights are random as PyTorch draws them, uniform in ±1/√(inputs); the box is [0, 1]^n; one core.  `ratio` is bound / seen, and
`plain` the same for the recursion |W| e + |δW| (y + e) + |δb| alone; `seconds` are those of the whole question, wall time, and
`cpu` is its processor time.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy

import argparse
import json
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Layers = list[tuple[Any, Any]]
Copy = Callable[[Layers, np.random.Generator], tuple[Layers, Layers]]

SIZES = ("5-50-50-50-50-50-50-5", "64-32-16-10", "784-128-64-10", "784-256-128-10", "784-512-256-10")
QUICK = ("5-10-10-2", "64-32-16-10")


def random_network(widths: Sequence[int], rng: np.random.Generator) -> Layers:
    """Float64 weights and biases, uniform in ±1/√(inputs)."""
    return [(rng.uniform(-1, 1, (m, n)) / np.sqrt(n), rng.uniform(-1, 1, m) / np.sqrt(n)) for n, m in pairwise(widths)]


def rounded(f: Layers, dtype: type = np.float32) -> Layers:
    """Every weight rounded once."""
    return [(W.astype(dtype).astype(float), b.astype(dtype).astype(float)) for W, b in f]


def scrambled(f: Layers, rng: np.random.Generator) -> Layers:
    """Hidden neurons permuted, and rescaled by arbitrary floats, in float64."""
    g = list(f)
    for k in range(len(f) - 1):
        (W, b), (V, c) = g[k], g[k + 1]
        order, scales = rng.permutation(len(b)), np.exp(rng.standard_normal(len(b)))
        g[k], g[k + 1] = (W[order] * scales[:, None], b[order] * scales), (V[:, order] / scales, c)
    return g


def exact(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """Rounding of float64 only."""
    short = [(np.rint(W * 4096) / 4096, np.rint(b * 4096) / 4096) for W, b in f]
    return short, scrambled(short, rng)


def float32(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """Converted, neurons in place."""
    return f, rounded(f)


def rescaled(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """Permuted, rescaled, converted."""
    return f, rounded(scrambled(f, rng))


def half(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """The same in float16."""
    return f, rounded(scrambled(f, rng), np.float16)


def norm(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """(t − mean) gain / deviation + shift after W x + b: exactly, and folded in float64, then converted."""
    kept, folded = [], []
    for W, b in f[:-1]:
        mean, deviation, gain, shift = (rng.uniform(*ends, len(b)) for ends in ((-0.2, 0.2), (0.5, 2), (0.5, 2), (-0.2, 0.2)))
        folded.append((W * (gain / deviation)[:, None], (b - mean) * gain / deviation + shift))
        factors = [Fraction(p / q) for p, q in zip(gain.tolist(), deviation.tolist(), strict=True)]
        rows = [[Fraction(w) * s for w in row] for row, s in zip(W.tolist(), factors, strict=True)]
        parts = zip(b.tolist(), mean.tolist(), factors, shift.tolist(), strict=True)
        kept.append((rows, [(Fraction(u) - Fraction(m)) * s + Fraction(t) for u, m, s, t in parts]))
    return [*kept, f[-1]], rounded([*folded, f[-1]])


def split(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """σ(t) = p σ(s t) + (1 − p s)/r σ(r t) for a tenth of the neurons."""
    g = list(f)
    for k in range(len(f) - 1):
        (W, b), (V, c) = g[k], g[k + 1]
        chosen = rng.permutation(len(b))[: max(1, len(b) // 10)]
        s, r, p = (rng.uniform(0.5, 2, len(chosen)) for _ in range(3))
        V = V.copy()
        last = V[:, chosen] * (1 - p * s) / r
        V[:, chosen] *= p
        first, scales = W.copy(), b.copy()
        first[chosen] *= s[:, None]
        scales[chosen] *= s
        g[k] = (np.vstack([first, W[chosen] * r[:, None]]), np.concatenate([scales, b[chosen] * r]))
        g[k + 1] = (np.hstack([V, last]), c)
    return f, rounded(scrambled(g, rng))


def flipped(f: Layers, rng: np.random.Generator) -> tuple[Layers, Layers]:
    """σ(ℓ) = σ(−ℓ) + ℓ⁺ − ℓ⁻ in the second layer, entry by entry, carried by neurons that always fire."""
    (W, b), (V, c) = f[1], f[2]
    chosen = rng.permutation(len(b))[: max(1, len(b) // 10)]
    w, u, v = W[chosen], b[chosen], V[:, chosen]
    signs = np.ones(len(b))
    signs[chosen] = -1
    rows = np.vstack([W * signs[:, None], np.maximum(w, 0), np.maximum(-w, 0)])
    biases = np.concatenate([b * signs, np.maximum(u, 0), np.maximum(-u, 0)])
    return f, rounded(scrambled([f[0], (rows, biases), (np.hstack([V, v, -v]), c), *f[3:]], rng))


COPIES: dict[str, Copy] = {c.__name__: c for c in (exact, float32, rescaled, norm, half, split, flipped)}


def measure(f: Layers, g: Layers) -> dict[str, Any]:
    """Bound, seen, ratios and seconds for one pair on the unit box."""
    from fibers.domains import Box
    from fibers.networks import ReLUNetwork
    from fibers.relu.rounding_alignment import align
    from fibers.relu.tolerance import within

    a, b = ReLUNetwork(f), ReLUNetwork(g)
    start, before = time.perf_counter(), time.process_time()
    found = within(a, b, Box(0, 1), 10**6)
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    plain = max(align(a, b, [Fraction(0)] * a.inputs, [Fraction(1)] * a.inputs)[-1].error)
    ratios = {"ratio": float(found.bound / found.seen), "plain": float(plain / found.seen)} if found.seen else {}
    return {"bound": float(found.bound), "seen": float(found.seen), **ratios, "seconds": seconds, "cpu": cpu}


def table(sizes: Sequence[str], copies: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """One row for each size and copy, printed as it comes."""
    print(f"{'widths':24}{'copy':10}{'bound':>10}{'seen':>10}{'ratio':>9}{'plain':>9}{'seconds':>9}{'cpu':>7}")
    rows = []
    for widths in sizes:
        for copy in copies:
            rng = np.random.default_rng(seed)
            row = {"widths": widths, "copy": copy, **measure(*COPIES[copy](random_network(sizes_of(widths), rng), rng))}
            rows.append(row)
            ratios = "".join(f"{row[key]:9,.1f}" if key in row else f"{'':9}" for key in ("ratio", "plain"))
            times = f"{row['seconds']:9.2f}{row['cpu']:7.2f}"
            print(f"{widths:24}{copy:10}{row['bound']:10.2e}{row['seen']:10.2e}{ratios}{times}", flush=True)
    return rows


def sizes_of(widths: str) -> tuple[int, ...]:
    """64-32-16-10 as a tuple."""
    return tuple(int(n) for n in widths.split("-"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two small sizes")
    parser.add_argument("--sizes", help="comma-separated, such as 784-512-256-10")
    parser.add_argument("--copies", help=f"comma-separated, of {', '.join(COPIES)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    given = parser.parse_args(arguments)
    sizes = given.sizes.split(",") if given.sizes else QUICK if given.quick else SIZES
    rows = table(sizes, given.copies.split(",") if given.copies else list(COPIES), given.seed)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
