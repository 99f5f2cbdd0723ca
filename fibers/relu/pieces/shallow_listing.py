"""The types of a fiber of one hidden layer: counted without making them, and listed one by one (S3).

There are N neurons and K kinks, D = N − K of them to spare.  Let T be the kinks with both signs, τ = |T| ≤ D, and F the *flat* of
T: all kinks whose w_H lies in span {w_H : H in T}.  B̄ does not see the signs of kinks in F.  So the number of types is

    Σ_F Σ_τ  #{T ⊆ F : |T| = τ, T spans F} · 2^{|F| − τ} · Σ_q c_τ(q) · #{S ⊆ kinks outside F : rank B̄_S ≤ q},

where c_τ(q), the number of ways to distribute the neurons with q carriers of both signs, is the coefficient of x^{D−τ} y^q in

    (1 − x)^{−(K + τ)} · (1 − x)^{−2} · Π_{k≥1} (1 − x^k)^{−1} · Π_{k≥2} (1 − y x^k)^{−⌊k/2⌋} :

a kink of one sign takes any number ≥ 1 of neurons, x/(1 − x); one of both signs k ≥ 2 neurons in k − 1 ways, x²/(1 − x)²; then
constant and dead neurons, carriers of k neurons of one sign, and of both signs, (p, q) with p ≥ q ≥ 1, p + q = k.  The T that
span F are those inside F less those that span a smaller flat.  The sums B̄_S are counted by
`fibers.relu.pieces.subsets`; for q = 0, if terms are independent, by solving one linear system, and if they have many digits by
`fibers.relu.pieces.subset_lattices`.

Exact.  Cost: one count of subsets for each flat of rank < n and ≤ D; `TooManyPieces` beyond 1,000 flats, or where counting
subsets gives up.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from fibers.errors import TooManyPieces
from fibers.exact import Matrix, primitive
from fibers.relu.dependence import express, independent_rows
from fibers.relu.pieces.shallow_types import Base, Kind, Signs
from fibers.relu.pieces.subset_lattices import subsets_of_sum_zero
from fibers.relu.pieces.subsets import Sums

__all__ = ["count_kinds", "count_low", "distributions", "kinds", "low_subsets"]

FLATS = 1000
FEW = 16
"""So many relations between terms are tried out one by one."""


def count_kinds(base: Base) -> int:
    """The number of types that are not empty."""
    K = len(base.form.kinks)
    D = base.widths[1] - K
    ways = _ways(K, D)
    total = 0
    flats = _flats(base.slopes, D)
    spanning: list[tuple[int, list[int]]] = []
    for F in flats:
        size = F.bit_count()
        number = [math.comb(size, t) - sum(found[t] for G, found in spanning if G & F == G) for t in range(D + 1)]
        spanning.append((F, number))
        outside = [k for k in range(K) if not F >> k & 1]
        sums = base.sums(outside, base.quotient([k for k in range(K) if F >> k & 1]))
        for q in range(D // 2 + 1):
            weight = sum(number[t] * ways[t][q] << (size - t) for t in range(min(D, size) + 1) if q < len(ways[t]))
            if weight:
                total += weight * count_low(sums, q)
    return total


def _ways(K: int, D: int) -> list[list[int]]:
    """c_τ(q), for τ = 0, ..., D and q = 0, ..., ⌊(D − τ)/2⌋."""
    plain = np.zeros((D + 1, D // 2 + 1), dtype=object)
    plain[0, 0] = 1
    for k in range(1, D + 1):
        plain = _times(plain, [(k * i, 0, 1) for i in range(D // k + 1)])
        if k > 1:
            plain = _times(plain, [(k * i, i, math.comb(i + k // 2 - 1, i)) for i in range(D // k + 1)])
    found = []
    for t in range(D + 1):
        e = D - t
        row = sum((math.comb(K + t + 1 + i, i) * plain[e - i] for i in range(e + 1)), np.zeros(D // 2 + 1, dtype=object))
        found.append([int(x) for x in row[: e // 2 + 1]])
    return found


def _times(series: np.ndarray, terms: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Times Σ c x^a y^b over the terms (a, b, c), cut off."""
    product = np.zeros_like(series)
    rows, columns = series.shape
    for a, b, c in terms:
        if a < rows and b < columns:
            product[a:, b:] += c * series[: rows - a, : columns - b]
    return product


def _flats(rows: Matrix, most: int) -> list[int]:
    """The flats of rank ≤ `most` of the rows, none of them 0, as bit masks; smaller ranks first."""
    full, rank = (1 << rows.rows) - 1, rows.rank()
    level, found = [0], [0]
    for depth in range(min(most, rank)):
        if depth + 1 == rank:
            found.append(full)
            break
        level = sorted({F | more for F in level for more in _classes(rows, F)})
        found += level
        if len(found) > FLATS:
            raise TooManyPieces(f"the slopes of {rows.rows} kinks have more than {FLATS:,} flats; the pieces are not counted")
    return found


def _classes(rows: Matrix, F: int) -> list[int]:
    """The rows outside F by their lines modulo its span, as bit masks."""
    inside = rows.take_rows([k for k in range(rows.rows) if F >> k & 1])
    basis, nullity = inside.integers.nullspace()
    quotient = Matrix(rows.columns, rows.columns, map(int, basis.entries())).take_columns(range(int(nullity)))
    images = rows @ quotient
    classes: dict[tuple[int, ...], int] = {}
    for k in range(rows.rows):
        if not F >> k & 1:
            line, _ = primitive(images.row(k))
            if next(x for x in line if x) < 0:
                line = tuple([-x for x in line])
            classes[line] = classes.get(line, 0) | 1 << k
    return list(classes.values())


def kinds(base: Base, first: Kind | None = None) -> Iterator[Kind]:
    """All types that are not empty, lazily: those with the signs of `first`, then by the numbers of kinks of both signs and of +.

    Raises `TooManyPieces` once it is out of reach to go on.
    """
    K = len(base.form.kinks)
    D = base.widths[1] - K
    given = None
    if first is not None:
        given = [(min(p, 1), min(q, 1)) for p, q in first.kinks]
        r = (base.rest(first) @ base.quotient(first.both)).rank()
        yield from distributions(given, D - len(first.both), r)
    for t in range(min(D, K) + 1):
        for T in itertools.combinations(range(K), t):
            free = [k for k in range(K) if k not in T]
            sums = base.sums(free, base.quotient(T))
            for S in low_subsets(sums, (D - t) // 2):
                positive = {free[k] for k in S}
                r = sums.rank(S)
                sides = [(1, 1) if k in T else (1, 0) if k in positive else (0, 1) for k in range(K)]
                if sides != given:
                    yield from distributions(sides, D - t, r)


def count_low(sums: Sums, k: int) -> int:
    """The number of S with rank R_S ≤ k.  Raises `TooManyPieces` where that is out of reach."""
    found = None if k else _zeros(sums)
    return sums.count(k) if found is None else len(found)


def low_subsets(sums: Sums, k: int) -> Iterable[tuple[int, ...]]:
    """All S with rank R_S ≤ k, by size and then in order; lazily if all do.  Raises `TooManyPieces` as `count_low` does."""
    found = None if k else _zeros(sums)
    if found is None:
        sums.count(k)
        return sums.subsets(k)
    return found


def _zeros(sums: Sums) -> list[tuple[int, ...]] | None:
    """All S with R_S = 0, where it takes no trying out: the terms are independent, or they have many digits; else None."""
    if not min(sums.start.shape) or not sums.terms:
        return None
    R, *listed = sums.integers
    N = len(listed)
    stack = Matrix(N + 1, len(R), itertools.chain(*listed, R))
    nullity = N - len(independent_rows(stack.take_rows(range(N))))
    if nullity == 0:
        X = express(stack, [N], list(range(N)))
        x = X.vector() if X is not None else (None,)
        return [tuple([i for i in range(N) if x[i]])] if all(c in (0, -1) for c in x) else []
    if nullity <= FEW:
        return None
    try:
        return subsets_of_sum_zero(R, listed)
    except TooManyPieces:
        return None


def distributions(sides: Sequence[Signs], extra: int, lifting: int = 0) -> Iterator[Kind]:
    """The types whose kinks have these signs, with `extra` more neurons than that, and `lifting` carriers of both signs or more.

    None is looked at in vain, so that one follows the other in a time that grows as neurons² at most.
    """
    spare = extra - 2 * lifting
    for at_kinks in range(spare, -1, -1):
        for grown in _grown(sides, at_kinks):
            for zeros in range(spare - at_kinks + 1):
                for carriers in _carriers(extra - at_kinks - zeros, lifting):
                    for constant in range(zeros + 1):
                        yield Kind(grown, carriers, constant, zeros - constant)


def _grown(sides: Sequence[Signs], extra: int) -> Iterator[tuple[Signs, ...]]:
    """Signs with `extra` more neurons on kinks, each of a sign that is there already."""
    for chosen in itertools.combinations_with_replacement(range(len(sides)), extra):
        here = Counter(chosen)
        yield from itertools.product(*(_more(signs, here[k]) for k, signs in enumerate(sides)))


def _more(signs: Signs, extra: int) -> list[Signs]:
    """Signs of one kink with `extra` more neurons."""
    p, q = signs
    if p and q:
        return [(p + i, q + extra - i) for i in range(extra + 1)]
    return [(p + extra, 0) if p else (0, q + extra)]


def _carriers(neurons: int, lifting: int) -> Iterator[tuple[Signs, ...]]:
    """Multisets of (p, q), p ≥ q, p ≥ 1, with so many neurons together and q ≥ 1 for `lifting` or more, in descending order."""
    chosen: list[Signs] = []
    # invariant: options[i] gives the pairs that can follow chosen[:i]; each of them has completions
    options = [_next_carriers(neurons, lifting, None)]
    if not neurons and lifting <= 0:
        yield ()
    while options:
        pair = next(options[-1], None)
        if pair is None:
            options.pop()
            if chosen:
                p, q = chosen.pop()
                neurons, lifting = neurons + p + q, lifting + (q > 0)
            continue
        p, q = pair
        chosen.append(pair)
        neurons, lifting = neurons - p - q, lifting - (q > 0)
        if not neurons:
            yield tuple(chosen)
        options.append(_next_carriers(neurons, lifting, pair))


def _next_carriers(neurons: int, lifting: int, largest: Signs | None) -> Iterator[Signs]:
    """The largest pairs that multisets as in `_carriers` can have, none above `largest`, in descending order.

    After (p, q) as many (1, 1) as are missing and then (1, 0) complete it, if neurons are left for them, and (1, 1) ≤ (p, q).
    """
    most = neurons - 2 * max(lifting - 1, 0)  # neurons in one carrier of both signs
    top, side = (neurons, neurons) if largest is None else largest
    for p in range(min(top, neurons), 0, -1):
        yield from ((p, q) for q in range(min(p, most - p, side if p == top else p), 0, -1))
        if lifting <= 0 or 1 < p <= neurons - 2 * lifting:
            yield p, 0
