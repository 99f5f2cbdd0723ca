"""What one would run without fiberscope: search a box for an input at which two networks differ by more than ε.

Both solvers get the same queries, for each output j and each sign s:  is there x in [−1, 1]^n with s·(f_j(x) − g_j(x)) ≥ ε ?
No for all of them means: equal up to ε, on the box, up to the solver's own rounding.  (Asking for the maximum of |f − g|
instead is harder.)

    milp       scipy's HiGHS; a ReLU y = σ(t) with lo < 0 < hi is  y ≥ 0, y ≥ t, y ≤ t − lo(1 − z), y ≤ hi·z, z in {0, 1}
               (big-M with bounds by interval arithmetic)
    marabou    Marabou through `maraboupy`, where it is installed (pip install maraboupy: wheels for CPython 3.8 to 3.11)
    samples    torch.allclose on random points: no query, no proof

Each returns an `Outcome`; none raises when its time is up.

Marabou runs in a process of its own, which is killed when its time is up, with the options that did best of those we tried:
`--prove-unsat --branch relu-violation`.  With its default search (DeepSoI, version 2.0.0) it ended on no equal pair that we
tried, down to 2-3-2, and did not heed its own time limit.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Outcome:
    """What a solver said ("equal up to ε", "different", "time out", ...), and in how many seconds."""

    verdict: str
    seconds: float


def bounds(layers: Layers) -> list[tuple[np.ndarray, np.ndarray]]:
    """Lower and upper bounds of every pre-activation on [−1, 1]^n, layer by layer, by interval arithmetic."""
    lo, hi = -np.ones(layers[0][0].shape[1]), np.ones(layers[0][0].shape[1])
    found = []
    for W, b in layers:
        up, down = np.maximum(W, 0), np.minimum(W, 0)
        lo, hi = up @ lo + down @ hi + b, up @ hi + down @ lo + b
        found.append((lo, hi))
        lo, hi = np.maximum(lo, 0), np.maximum(hi, 0)
    return found


def queries(outputs: int) -> Iterator[tuple[int, int]]:
    """(j, s): output j, sign s of the difference."""
    return ((j, s) for j in range(outputs) for s in (1, -1))


class _Program:
    """A mixed-integer program under construction: columns with bounds, rows lo ≤ a·x ≤ hi."""

    def __init__(self) -> None:
        self.lo: list[float] = []
        self.hi: list[float] = []
        self.integral: list[int] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def columns(self, lo: np.ndarray, hi: np.ndarray, integral: bool = False) -> list[int]:
        start = len(self.lo)
        self.lo += lo.tolist()
        self.hi += hi.tolist()
        self.integral += [int(integral)] * len(lo)
        return list(range(start, len(self.lo)))

    def network(self, layers: Layers, x: list[int]) -> list[tuple[dict[int, float], float]]:
        """Add the network on columns x; each output as (coefficients, constant)."""
        y = x
        for (W, b), (lo, hi) in zip(layers[:-1], bounds(layers), strict=False):
            z = self.columns(np.zeros(len(b)), np.ones(len(b)), integral=True)
            out = self.columns(np.zeros(len(b)), np.maximum(hi, 0))
            for i in range(len(b)):
                self._relu(dict(zip(y, W[i], strict=True)), b[i], out[i], z[i], lo[i], hi[i])
            y = out
        W, b = layers[-1]
        return [(dict(zip(y, W[j], strict=True)), float(b[j])) for j in range(len(b))]

    def _relu(self, t: dict[int, float], b: float, y: int, z: int, lo: float, hi: float) -> None:
        minus = {k: -v for k, v in t.items()}
        if lo >= 0:
            self.rows.append(({**minus, y: 1.0}, b, b))
        elif hi > 0:
            self.rows.append(({**minus, y: 1.0}, b, np.inf))
            self.rows.append(({**minus, y: 1.0, z: -lo}, -np.inf, b - lo))
            self.rows.append(({y: 1.0, z: -hi}, -np.inf, 0.0))

    def feasible(self, extra: tuple[dict[int, float], float, float], seconds: float) -> str:
        """Solve with one more row: "yes", "no", "time out" or "failed"."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        rows = [*self.rows, extra]
        entries = [(i, k, v) for i, (a, _, _) in enumerate(rows) for k, v in a.items()]
        i, k, v = (np.array(c) for c in zip(*entries, strict=True))
        matrix = coo_array((v, (i, k)), shape=(len(rows), len(self.lo))).tocsr()
        constraint = LinearConstraint(matrix, np.array([r[1] for r in rows]), np.array([r[2] for r in rows]))
        columns = Bounds(np.array(self.lo), np.array(self.hi))
        options = {"time_limit": max(seconds, 0.01)}
        result = milp(
            np.zeros(len(self.lo)), integrality=np.array(self.integral), bounds=columns, constraints=constraint, options=options
        )
        return {0: "yes", 1: "time out", 2: "no"}.get(result.status, "failed")


def milp(f: Layers, g: Layers, epsilon: float, limit: float) -> Outcome:
    """Big-M mixed-integer programs in HiGHS."""
    start = time.perf_counter()
    program = _Program()
    x = program.columns(-np.ones(f[0][0].shape[1]), np.ones(f[0][0].shape[1]))
    of_f, of_g = program.network(f, x), program.network(g, x)
    for j, s in queries(len(of_f)):
        (a, p), (b, q) = of_f[j], of_g[j]
        gap = {**{k: s * v for k, v in a.items()}, **{k: -s * v for k, v in b.items()}}
        answer = program.feasible((gap, epsilon - s * (p - q), np.inf), limit - (time.perf_counter() - start))
        if answer != "no":
            return Outcome("different" if answer == "yes" else answer, time.perf_counter() - start)
    return Outcome("equal up to ε", time.perf_counter() - start)


def marabou(f: Layers, g: Layers, epsilon: float, limit: float) -> Outcome:
    """Marabou's own search, one query after another, in a process of its own."""
    if importlib.util.find_spec("maraboupy") is None:
        return Outcome("not installed", 0.0)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:  # Marabou leaves files in the current folder
        with open(os.path.join(folder, "pair.pickle"), "wb") as file:
            pickle.dump((f, g, epsilon), file)
        try:
            run = subprocess.run([sys.executable, __file__], cwd=folder, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired:
            return Outcome("time out", time.perf_counter() - start)
    seconds = time.perf_counter() - start
    said = [word for word in run.stdout.split() if word in ("sat", "unsat")]
    if "sat" in said:
        return Outcome("different", seconds)
    complete = len(said) == 2 * len(f[-1][1])
    return Outcome("equal up to ε" if complete else "failed", seconds)


def _run_marabou() -> None:
    """In the process for Marabou: all queries about pair.pickle, in the current folder; it prints "sat" or "unsat" for each."""
    from maraboupy import MarabouCore as core

    with open("pair.pickle", "rb") as file:
        f, g, epsilon = pickle.load(file)  # noqa: S301 - written by `marabou` a moment ago
    for j, s in queries(len(f[-1][1])):
        core.saveQuery(_query(core, f, g, j, s, epsilon), "query")
        core.maraboupyMain(
            ["marabou", "--input-query", "query", "--verbosity", "0", "--prove-unsat", "--branch", "relu-violation"]
        )


def _query(core: Any, f: Layers, g: Layers, j: int, s: int, epsilon: float) -> Any:
    """Input query: variables x, then per network and layer the pre-activations t and, below the output, y = σ(t)."""
    n = f[0][0].shape[1]
    query = core.InputQuery()
    query.setNumberOfVariables(n + sum(2 * len(b) for layers in (f, g) for _, b in layers) - 2 * len(f[-1][1]) + 1)
    for k in range(n):
        query.markInputVariable(k, k)
        query.setLowerBound(k, -1.0)
        query.setUpperBound(k, 1.0)
    top, outputs, gap = n, [], query.getNumberOfVariables() - 1
    for layers in (f, g):
        y = list(range(n))
        for W, b in layers:
            t = list(range(top, top + len(b)))
            top += len(b)
            for i, row in enumerate(W):
                _equation(core, query, [(t[i], -1.0), *zip(y, row.tolist(), strict=True)], -float(b[i]))
            if W is not layers[-1][0]:
                y = list(range(top, top + len(b)))
                top += len(b)
                for before, after in zip(t, y, strict=True):
                    core.addReluConstraint(query, before, after)
        outputs.append(t)
    _equation(core, query, [(gap, -1.0), (outputs[0][j], float(s)), (outputs[1][j], -float(s))], 0.0)
    query.markOutputVariable(gap, 0)
    query.setLowerBound(gap, epsilon)
    return query


def _equation(core: Any, query: Any, terms: list[tuple[int, float]], right: float) -> None:
    equation = core.Equation()
    for variable, coefficient in terms:
        equation.addAddend(coefficient, variable)
    equation.setScalar(right)
    query.addEquation(equation)


def samples(f: Layers, g: Layers, count: int = 10_000, seed: int = 0) -> Outcome:
    """`torch.allclose` of both networks on points of the box: what people do, and no proof."""
    import torch

    x = torch.rand(count, f[0][0].shape[1], generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1

    def value(layers: Layers) -> torch.Tensor:
        y = x
        for k, (W, b) in enumerate(layers):
            y = torch.addmm(torch.from_numpy(b), y if k == 0 else y.relu(), torch.from_numpy(W).T)
        return y

    start = time.perf_counter()
    close = torch.allclose(value(f), value(g))
    return Outcome("no difference seen" if close else "different", time.perf_counter() - start)


if __name__ == "__main__":
    _run_marabou()
