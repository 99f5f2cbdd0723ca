"""How long `fibers.equivalent` takes, as networks grow, and beside what one would run without it.

    growth     copies permuted and rescaled by powers of two: they align by rows; time against number of weights, to 2 M
    flips      the same, and a quarter of the second layer flipped: σ(ℓ) = σ(−ℓ) + ℓ, with ℓ = |ℓ| − 2ℓ⁻, entry by entry, carried
               by neurons that always fire; normal-form steps, products of matrices
    rivals     small pairs, beside a mixed-integer program in HiGHS, Marabou, and samples (see rivals.py)
    acasxu     pairs of a folder of ONNX files: the whole command `fibers equiv A B`, start-up included

    python benchmarks/equivalence.py [--quick] [--parts growth,rivals] [--limit SECONDS] [--acasxu FOLDER] [--json FILE]

Weights are random float32 (He's initialisation, biases 0.1), one core.  Each row of the first two tables is measured in a fresh
process, from two .safetensors files: load both, decide (with the check of the certificate that every answer includes), save the
certificate, and, as a recipient would, check that file.  These are wall seconds, and so is their sum `total`; `cpu` is the
processor time of all four, which other work on the machine hardly changes, and `s per M` is cpu per million weights.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch; scipy's HiGHS and Marabou use one thread anyhow

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import rivals
from rivals import Layers

SIZES = ("64-32-16-10", "784-128-64-10", "784-256-128-10", "784-512-256-10", "784-1024-512-10", "784-1024-1024-10")
PAIRS = ("4-6-6-2", "6-10-10-2", "10-16-16-3")
EPSILON = 1e-3


def random_network(widths: Sequence[int], rng: np.random.Generator) -> Layers:
    """Float32 weights, kept in float64 arrays."""
    pairs = [(rng.standard_normal((m, n)) * np.sqrt(2 / n), rng.standard_normal(m) / 10) for n, m in pairwise(widths)]
    return [(W.astype(np.float32).astype(float), b.astype(np.float32).astype(float)) for W, b in pairs]


def scrambled(f: Layers, rng: np.random.Generator) -> Layers:
    """Hidden neurons permuted and scaled by 2^−3 to 2^3: exact in float32."""
    g = list(f)
    for k in range(len(f) - 1):
        order, scales = rng.permutation(len(g[k][1])), 2.0 ** rng.integers(-3, 4, len(g[k][1]))
        (W, b), (V, c) = g[k], g[k + 1]
        g[k], g[k + 1] = (W[order] * scales[:, None], b[order] * scales), (V[:, order] / scales, c)
    return g


def flipped(f: Layers, rng: np.random.Generator) -> Layers:
    """A quarter of the second layer flipped, its linear parts carried by rows |w| and max(−w, 0); then scrambled. Exact too."""
    (W, b), (V, c) = f[1], f[2]
    chosen = rng.permutation(len(b))[: max(1, len(b) // 4)]
    w, u, v = W[chosen], b[chosen], V[:, chosen]
    signs = np.ones(len(b))
    signs[chosen] = -1
    rows = np.vstack([W * signs[:, None], np.abs(w), np.maximum(-w, 0)])
    biases = np.concatenate([b * signs, np.abs(u), np.maximum(-u, 0)])
    return scrambled([f[0], (rows, biases), (np.hstack([V, v, -2 * v]), c), *f[3:]], rng)


def measure(folder: str) -> dict[str, Any]:
    """Load, decide, save and check f and g of a folder; run in a fresh process."""
    import fibers
    import proofs

    before = time.process_time()
    f, loading = timed(lambda: [fibers.load(Path(folder, name)) for name in ("f.safetensors", "g.safetensors")])
    answer, deciding = timed(lambda: fibers.equivalent(*f))
    certificate = Path(folder, "certificate.jsonl")
    _, saving = timed(lambda: answer.certificate.save(certificate))
    _, checking = timed(lambda: proofs.check(certificate, *f))
    return {
        "weights": f[0].parameters,
        "verdict": type(answer).__name__.lower(),
        "load": loading,
        "decide": deciding,
        "save": saving,
        "check": checking,
        "cpu": time.process_time() - before,
        "memory": peak_memory(),
        "certificate": certificate.stat().st_size,
    }


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What `act` returns, and in how many seconds."""
    start = time.perf_counter()
    value = act()
    return value, time.perf_counter() - start


def median(act: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    """What `act` returns, and the median of its seconds."""
    runs = [timed(act) for _ in range(repeats)]
    return runs[0][0], sorted(seconds for _, seconds in runs)[repeats // 2]


def peak_memory() -> int:
    """The most bytes this process has held: VmHWM, since getrusage also counts what the parent held before exec."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def in_fresh_process(f: Layers, g: Layers) -> dict[str, Any]:
    """`measure` the pair in a process of its own."""
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as folder:
        for name, layers in (("f", f), ("g", g)):
            arrays = {
                f"{2 * k}.{part}": a for k, pair in enumerate(layers) for part, a in zip(("weight", "bias"), pair, strict=True)
            }
            stored = {key: np.ascontiguousarray(a, np.float32) for key, a in arrays.items()}
            save_file(stored, Path(folder, f"{name}.safetensors"))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(measure, (folder,))


def scaling(sizes: Sequence[str], copy: Callable[[Layers, np.random.Generator], Layers], seed: int) -> list[dict[str, Any]]:
    """One row for each size, printed as it comes."""
    parts = ("load", "decide", "save", "check", "total", "cpu")
    columns = "".join(f"{part:>8}" for part in parts)
    print(f"{'widths':18}{'weights':>10}{columns}{'s per M':>9}{'memory':>9}{'certificate':>13}   verdict")
    rows = []
    for widths in sizes:
        rng = np.random.default_rng(seed)
        f = random_network(sizes_of(widths), rng)
        row = {"widths": widths, **in_fresh_process(f, copy(f, rng))}
        row["total"] = sum(row[part] for part in parts[:4])
        rows.append(row)
        times = "".join(f"{row[part]:8.2f}" for part in parts)
        per_million = row["cpu"] / row["weights"] * 1e6
        sizes_text = f"{row['memory'] / 2**20:6.0f} MB{row['certificate'] / 2**20:10.1f} MB"
        print(f"{widths:18}{row['weights']:10,}{times}{per_million:9.1f}{sizes_text}   {row['verdict']}", flush=True)
    return rows


def sizes_of(widths: str) -> tuple[int, ...]:
    """64-32-16-10 as a tuple."""
    return tuple(int(n) for n in widths.split("-"))


def beside_rivals(pairs: Sequence[str], limit: float, seed: int) -> list[dict[str, Any]]:
    """fibers (the median of five) and its rivals on equal pairs, and on the first with one weight moved by 2^−30, far below ε."""
    import fibers

    print(f"{'widths':12}{'copy':10}{'tool':26}{'says':22}{'seconds':>9}{'ratio':>11}")
    rows: list[dict[str, Any]] = []
    for widths, nudge in [*((widths, 0.0) for widths in pairs), *((widths, 2.0**-30) for widths in pairs[:1])]:
        rng = np.random.default_rng(seed)
        f = random_network(sizes_of(widths), rng)
        g = scrambled(f, rng)
        g[1][0][0, 0] += nudge
        exact = [fibers.ReLUNetwork(layers) for layers in (f, g)]
        answer, seconds = median(lambda pair=exact: fibers.equivalent(*pair), 5)
        outcomes = {
            "fibers, on all of R^n": rivals.Outcome(type(answer).__name__.lower(), seconds),
            f"HiGHS, box, ε = {EPSILON:g}": rivals.milp(f, g, EPSILON, limit),
            f"Marabou, box, ε = {EPSILON:g}": rivals.marabou(f, g, EPSILON, limit),
            "allclose, 10,000 samples": rivals.samples(f, g),
        }
        for tool, outcome in outcomes.items():
            row = {"widths": widths, "nudge": nudge, "tool": tool, "verdict": outcome.verdict, "seconds": outcome.seconds}
            rows.append(row | {"ratio": outcome.seconds / seconds})
            times = "" if outcome.verdict == "not installed" else f"{outcome.seconds:9.3f}{ratio(outcome, seconds):>11}"
            print(f"{widths:12}{'nudged' if nudge else 'equal':10}{tool:26}{outcome.verdict:22}{times}", flush=True)
    return rows


def ratio(outcome: rivals.Outcome, seconds: float) -> str:
    """How many times `seconds` the outcome took, or more, if its time was up."""
    times = outcome.seconds / seconds
    return f"{'>' if outcome.verdict == 'time out' else ''}{times:,.{1 if times < 10 else 0}f}"


def acasxu(folder: Path, repeats: int = 3) -> list[dict[str, Any]]:
    """The command `fibers equiv A B` on all pairs of ONNX files: the median wall time, start-up and reading included."""
    print(f"{'A':24}{'B':24}{'exit code':>10}{'seconds':>9}")
    rows = []
    for a, b in combinations(sorted(folder.glob("*.onnx")), 2):
        command = [sys.executable, "-m", "fibers", "equiv", "--quiet", str(a), str(b)]
        code, seconds = median(lambda words=command: subprocess.run(words, capture_output=True).returncode, repeats)
        rows.append({"a": a.name, "b": b.name, "code": code, "seconds": seconds})
        print(f"{a.name:24}{b.name:24}{code:10}{seconds:9.2f}", flush=True)
    return rows


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--parts", default="growth,flips,rivals,acasxu", help="tables to print, by name, separated by commas")
    option("--quick", action="store_true", help="two sizes, one pair, 10 seconds for each rival")
    option("--sizes", default=",".join(SIZES), help="widths for growth and flips, separated by commas")
    option("--pairs", default=",".join(PAIRS), help="widths for rivals, separated by commas")
    option("--limit", type=float, default=60, help="seconds for each rival and pair (default 60)")
    option("--seed", type=int, default=0)
    option("--acasxu", type=Path, metavar="FOLDER", help="a folder of ONNX files with equal inputs and outputs")
    option("--json", type=Path, metavar="FILE", help="write all rows here")
    options = parser.parse_args(arguments)
    options.sizes, options.pairs, options.parts = options.sizes.split(","), options.pairs.split(","), options.parts.split(",")
    if options.quick:
        options.sizes, options.pairs, options.limit = options.sizes[:2], options.pairs[:1], min(options.limit, 10)
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    tables: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "growth": lambda: scaling(options.sizes, scrambled, options.seed),
        "flips": lambda: scaling(options.sizes, flipped, options.seed),
        "rivals": lambda: beside_rivals(options.pairs, options.limit, options.seed),
    }
    if options.acasxu:
        tables["acasxu"] = lambda: acasxu(options.acasxu)
    found = {}
    for name in options.parts:
        if name in tables:
            print(f"\n{name}")
            found[name] = tables[name]()
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
