"""How long the strata of linear networks take: the Hasse diagram, beside its definition and as it grows; counts; tangent spaces.

    hasse      all strata and the Hasse diagram, `strata(widths, rank).hasse()`, beside the definition: any two strata are
               compared by all their ranks (L7), in numpy, and networkx takes the transitive reduction; are the edges the same,
               and the ratio of times
    growth     larger and larger diagrams: microseconds for each node and edge
    counts     `count_strata`, without enumeration
    bases      the flow and the tangent and normal bases of integer networks of such ranks: every direction, factored
    floats     the flow of float networks of such widths, with a tolerance, and the tangent and normal part of a random change

    python benchmarks/strata.py [--quick] [--repeat 3] [--parts hasse,growth,counts,bases,floats]

Imports are not counted, and of so many repetitions the least time is.  The definition runs once, and is given the ranks.
All runs in one process, on one core, and takes a gigabyte of memory, most of it the definition's.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np

Fiber = tuple[tuple[int, ...], int]
Row = tuple[str, ...]

BESIDE: tuple[Fiber, ...] = (((3, 3, 3, 3, 3), 0), ((4, 4, 4, 4, 4), 0), ((6, 5, 4, 4, 5, 7), 1))
GROWTH: tuple[Fiber, ...] = tuple(((n,) * 5, 0) for n in range(3, 9))
COUNTS: tuple[Fiber, ...] = (
    ((100,) * 4, 0),
    ((60, 80, 100, 70), 10),
    ((784, 512, 512, 10), 0),
    ((512, 500, 490, 480), 0),
    ((10_000,) * 4, 0),
    ((100,) * 8, 0),
)
RANKS = ((100, 100, 100), (70, 50, 80), (30, 60, 20))
WIDTHS = (100, 200, 300)
QUICK: dict[str, Any] = {
    "hasse": BESIDE[:2],
    "growth": GROWTH[:3],
    "counts": COUNTS[:1],
    "bases": RANKS[1:2],
    "floats": WIDTHS[:1],
}
FULL: dict[str, Any] = {"hasse": BESIDE, "growth": GROWTH, "counts": COUNTS, "bases": RANKS, "floats": WIDTHS}


def least(repeat: int, run: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """The least time of so many runs, and what the last one gave."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = run(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def definition(ranks: np.ndarray) -> nx.DiGraph:
    """The transitive reduction of s < t iff row s is at most row t everywhere, on the numbers of rows."""
    order = nx.DiGraph()
    order.add_nodes_from(range(len(ranks)))
    for s, row in enumerate(ranks):
        above = np.flatnonzero(np.all(row <= ranks, axis=1)).tolist()
        order.add_edges_from((s, t) for t in above if t != s)
    return nx.transitive_reduction(order)


def diagram(fiber: Fiber) -> Any:
    """All strata, their dimensions and covers, from nothing but the widths and the rank."""
    from fibers.linear import strata

    return strata(*fiber).hasse()


def hasse(fibers: Sequence[Fiber], repeat: int) -> tuple[Row, list[Row]]:
    """Beside the definition: one row for each fiber."""
    headers = ("widths", "rank", "strata", "edges", "fibers", "definition", "edges", "ratio")
    diagram(((2, 2, 2), 0))  # imports what is imported on use
    rows = []
    for widths, rank in fibers:
        seconds, G = least(repeat, diagram, (widths, rank))
        place = {s: n for n, s in enumerate(G)}
        ranks = np.array([list(s.ranks.values()) for s in G])
        slow, reduced = least(1, definition, ranks)
        agree = "equal" if {(place[s], place[t]) for s, t in G.edges} == set(reduced.edges) else "DIFFERENT"
        counts = f"{len(G):,}", f"{G.number_of_edges():,}"
        rows.append(
            (name_of(widths), str(rank), *counts, f"{1000 * seconds:.0f} ms", f"{slow:.2f} s", agree, f"{slow / seconds:,.0f}")
        )
        print("  ".join(rows[-1]), file=sys.stderr)
    return headers, rows


def growth(fibers: Sequence[Fiber], repeat: int) -> tuple[Row, list[Row]]:
    """Larger and larger diagrams: one row for each."""
    headers = ("widths", "rank", "strata", "edges", "seconds", "µs each")
    diagram(((2, 2, 2), 0))
    rows = []
    for widths, rank in fibers:
        seconds, G = least(repeat, diagram, (widths, rank))
        size = len(G) + G.number_of_edges()
        rows.append(
            (
                name_of(widths),
                str(rank),
                f"{len(G):,}",
                f"{G.number_of_edges():,}",
                f"{seconds:.3f}",
                f"{1e6 * seconds / size:.1f}",
            )
        )
        print("  ".join(rows[-1]), file=sys.stderr)
    return headers, rows


def counts(fibers: Sequence[Fiber], repeat: int) -> tuple[Row, list[Row]]:
    """The number of strata: one row for each fiber, timed once, as what was counted before is remembered."""
    from fibers.linear import count_strata

    headers = ("widths", "rank", "strata", "seconds")
    rows = []
    for widths, rank in fibers:
        seconds, count = least(1, count_strata, widths, rank)
        rows.append((name_of(widths), str(rank), f"{count:,}", f"{seconds:.3f}"))
        print("  ".join(rows[-1]), file=sys.stderr)
    return headers, rows


def mixed(ranks: Sequence[int], width: int = 100, seed: int = 0) -> list[list[list[int]]]:
    """Square matrices of entries −1, 0, 1, or where the rank is less than the width a product of two such."""
    rng = np.random.default_rng(seed)

    def drawn(m: int, n: int) -> Any:
        return rng.integers(-1, 2, (m, n))

    return [(drawn(width, width) if r == width else drawn(width, r) @ drawn(r, width)).tolist() for r in ranks]


def bases(chosen: Sequence[Sequence[int]], repeat: int) -> tuple[Row, list[Row]]:
    """Exact tangent and normal bases of networks 100-100-100-100: every direction as outer products, none densified."""
    from fibers import LinearNetwork
    from fibers.linear import flow, normal_basis, tangent_basis

    def alone(matrices: Any) -> Any:
        return flow(LinearNetwork(matrices))

    def both(matrices: Any) -> tuple[int, int]:
        found = alone(matrices)
        return sum(1 for _ in tangent_basis(found)), sum(1 for _ in normal_basis(found))

    headers = ("ranks", "tangent", "normal", "flow", "flow and bases")
    both(mixed((1, 2), 3))
    rows = []
    for ranks in chosen:
        matrices = mixed(ranks)
        first, _ = least(repeat, alone, matrices)
        seconds, (tangent, normal) = least(repeat, both, matrices)
        sizes = f"{tangent:,}", f"{normal:,}"
        rows.append((name_of(ranks), *sizes, f"{first:.2f} s", f"{seconds:.2f} s"))
        print("  ".join(rows[-1]), file=sys.stderr)
    return headers, rows


def floats(widths: Sequence[int], repeat: int) -> tuple[Row, list[Row]]:
    """Three square layers of ranks n/2, 2n/3, n/2: numerical flow, split, and the share of the normal part that is tangent."""
    from fibers import LinearNetwork
    from fibers.linear import flow, project_tangent, split

    headers = ("widths", "ranks", "weights", "flow", "split", "left")
    rows = []
    for n in widths:
        rng = np.random.default_rng(0)
        ranks = n // 2, 2 * n // 3, n // 2
        L = LinearNetwork([rng.standard_normal((n, r)) @ rng.standard_normal((r, n)) for r in ranks])
        change = [rng.standard_normal((n, n)) for _ in ranks]
        first, found = least(repeat, flow, L, 1e-9)
        seconds, (_, normal) = least(repeat, split, found, change)
        left = sum(float((T**2).sum()) for T in project_tangent(found, normal)) / sum(float((N**2).sum()) for N in normal)
        rows.append(
            (name_of((n,) * 4), name_of(ranks), f"{3 * n * n:,}", f"{first:.2f} s", f"{seconds:.2f} s", f"{left**0.5:.0e}")
        )
        print("  ".join(rows[-1]), file=sys.stderr)
    return headers, rows


def name_of(numbers: Sequence[int]) -> str:
    return "-".join(map(str, numbers))


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the right, but the first."""
    every = [list(headers), *map(list, rows)]
    spans = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join([row[0].ljust(spans[0]), *map(str.rjust, row[1:], spans[1:])]).rstrip() for row in every)


PARTS = {"hasse": hasse, "growth": growth, "counts": counts, "bases": bases, "floats": floats}


def main() -> None:
    parser = argparse.ArgumentParser(description="Strata of linear networks: Hasse diagrams, numbers, tangents.")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repetition")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, of which the least time counts (default 3)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"which of {', '.join(PARTS)} (default all)")
    chosen = parser.parse_args()
    parts = chosen.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts takes {', '.join(PARTS)}; found {unknown[0]!r}")
    sizes, repeat = (QUICK, 1) if chosen.quick else (FULL, chosen.repeat)
    print(*[f"{part}\n\n{table(*PARTS[part](sizes[part], repeat))}" for part in parts], sep="\n\n")


if __name__ == "__main__":
    main()
