"""Are budgets kept?  `fibers equiv A B --budget 5` on pairs made to be slow: the wall time of the whole process, start to end.

    python benchmarks/budgets.py [SECONDS]

Every line must stay below the budget and one second more, whatever the verdict.  The networks have up to 2 M weights: copies,
copies with a small difference, unrelated ones; wide, deep, and square; floats, and fractions without a common denominator.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from fiberscope.tables import table_text

SHAPES = {
    "784-1024-1024-10": (784, 1024, 1024, 10),
    "100(×200)": (100,) * 200,
    "2-500000-1": (2, 500_000, 1),
    "1000000-2": (1_000_000, 2),
    "20(×2000)": (20,) * 2000,
    "1-1(×3000)-1": (1,) * 3000,
}
FRACTIONS = {
    "100(×5)-10, 1000 digits": ((100, 100, 100, 100, 100, 10), 3300),
    "784-1024-1024-10, 7 digits": (SHAPES["784-1024-1024-10"], 24),
}


def layers(widths, seed):
    draw = np.random.default_rng(seed)
    for m, n in pairwise(widths):
        yield (draw.standard_normal((n, m)) / np.sqrt(m)).astype(np.float32), draw.standard_normal(n).astype(np.float32)


def permuted(chain, seed):
    """The same function, each hidden layer shuffled."""
    draw = np.random.default_rng(seed)
    order = None
    for k, (W, b) in enumerate(chain):
        W = W if order is None else W[:, order]
        order = draw.permutation(len(b)) if k < len(chain) - 1 else np.arange(len(b))
        yield W[order], b[order]


def nudged(chain):
    """Every weight of the first layer off by a ten-thousandth: nothing aligns."""
    (W, b), *rest = chain
    return [(W * np.float32(1.0001), b * np.float32(0.9999)), *rest]


def save(path, chain):
    arrays = {}
    for k, (W, b) in enumerate(chain, start=1):
        arrays |= {f"W{k}": W, f"b{k}": b}
    np.savez(path, **arrays)


def save_fractions(path, widths, bits, seed):
    """Numerators and denominators drawn anew for each weight: their common denominator is absurd."""
    draw = random.Random(seed)
    told = [
        {"weights": [[f"{draw.getrandbits(bits):#x}/{draw.getrandbits(bits) + 1:#x}" for _ in range(m)] for _ in range(n)]}
        for m, n in pairwise(widths)
    ]
    path.write_text(json.dumps({"format": "fiberscope network", "version": 1, "layers": told}))


def pairs(folder):
    """(what it is, file, file)."""
    for name, widths in SHAPES.items():
        chain = list(layers(widths, 0))
        kinds = {"permuted": permuted(chain, 1), "nudged": nudged(chain), "unrelated": layers(widths, 2)}
        save(folder / "f.npz", chain)
        for kind, other in kinds.items():
            save(folder / "g.npz", list(other))
            yield f"{name}, {kind}", folder / "f.npz", folder / "g.npz"
    for name, (widths, bits) in FRACTIONS.items():
        save_fractions(folder / "f.json", widths, bits, 0)
        yield name, folder / "f.json", folder / "f.json"


def timed(f, g, *options):
    command = [sys.executable, "-m", "fibers", "equiv", str(f), str(g), "--quiet", *options]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = time.monotonic() - began
    told = reason(done.stdout).replace(str(f.parent) + "/", "").partition(" while ")[2]
    verdict = {0: "equivalent", 1: "inequivalent", 3: "undecided"}.get(done.returncode, f"exit {done.returncode}")
    return verdict, f"{spent:.2f}", told


def reason(answer):
    """Why a pair is undecided, from text or JSON; nothing for a pair that is decided."""
    if answer.startswith("{"):
        return json.loads(answer).get("reason", "")
    found = re.search(r"reason: (.*(?:\n  .*)*)", answer)
    return re.sub(r"\s+", " ", found[1]) if found else ""


def main(budget="5"):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, f, g in pairs(Path(folder)):
            for options in ((), ("--json",)) if "nudged" in name else ((),):
                verdict, spent, told = timed(f, g, "--budget", budget, *options)
                rows.append((f"{name} {' '.join(options)}".strip(), verdict, spent, told))
                print("·", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(table_text(rows, ("pair", "verdict", "wall s", "ended while")))
    worst = max(float(row[2]) for row in rows)
    print(f"\nthe longest took {worst:.2f} s with a budget of {budget} s")
    return 0 if worst <= float(budget) + 1 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
