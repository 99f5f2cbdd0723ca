"""Box counts of pure chance in closed form: means and covariances for a uniformly random set of m points of the grid (T13).

That is what a shuffle of a mask gives, and independent noise too once its number of points is known.  n points in the grid, a
box of s of them is missed with probability

    P(s) = C(n − s, m) / C(n, m) = Π_{i < min(s, m)} (1 − max(s, m) / (n − i)),

the product being symmetric in s and m.  Disjoint boxes of s and t points are both missed with P(s + t), and without cancellation

    log P(s + t) − log P(s) − log P(t) = Σ_{i < s} log1p(−t m / ((a − t)(a − m)))
                                       = Σ_{i < m} log1p(−s t / ((a − s)(a − t))),        a = n − i;

the shorter sum is taken.  N(r) is the number of boxes less those missed, so

    E N(r) = Σ_boxes (1 − P(s)),        Cov(N(r), N(R)) = Σ_pairs [P(both missed) − P(s) P(t)],

where both are missed when the outer one is, if one is inside the other.  Boxes are counted by size, so no list of them is made.

Exact formulas in floating point.  Sums of more than 512 terms are integrals, by the midpoint rule, with Gauss's nodes;
probabilities below e^−300 are 0.  Up to n = 10^8 at least, variances keep 8 digits where boxes are missed with probabilities
well above e^−300; next to that, where counts hardly ever vary, they are 0 too soon.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fractal.arrays import as_base, as_integer, as_mask, as_real, as_seed, as_shape, shown, to_numpy
from fractal.cell_sizes import cell_sizes, nested_pairs
from fractal.counting import box_count, ladder
from fractal.errors import InvalidOption

__all__ = ["ChanceCounts", "as_shuffles", "bernoulli_counts", "chance_counts", "shuffled_counts"]

_NEGLIGIBLE = 300.0
_TERMS = 512
_LARGEST = 10**30
_Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ChanceCounts:
    """Means and covariances of the box counts of random masks; `shuffles` is 0 where they are in closed form."""

    sizes: tuple[int, ...]
    expected: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    cells: tuple[int, ...]
    shuffles: int = 0

    @property
    def sd(self) -> tuple[float, ...]:
        """The standard deviation of each count."""
        return tuple(math.sqrt(max(row[k], 0.0)) for k, row in enumerate(self.covariance))

    def __repr__(self) -> str:
        means = ", ".join(f"{r}: {e:.6g} ± {sd:.2g}" for r, e, sd in zip(self.sizes, self.expected, self.sd, strict=True))
        return f"ChanceCounts({means})"

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for JSON."""
        return {
            "sizes": list(self.sizes),
            "expected": list(self.expected),
            "covariance": [list(row) for row in self.covariance],
            "cells": list(self.cells),
            "shuffles": self.shuffles,
        }


def chance_counts(shape: Sequence[int], points: int, base: int = 2) -> ChanceCounts:
    """E N(r) and Cov(N(r), N(R)) for `points` points drawn without replacement from the grid, all draws equally likely (T13).

    Sizes r = 1, b, b², ... up to a single box; ragged edges included.  At r = 1 the count is `points`, without variance.  The
    order of the axes does not matter, not even for rounding.  Raises `InvalidOption` where there are not so many points.
    Under 10 ms for sides that are powers of 2, under 0.2 s for any; remembered.

    >>> chance = chance_counts((2, 2), 2)
    >>> chance.expected == (2.0, 1.0), chance_counts((4,), 2).expected
    (True, (2.0, 1.6666666666666667, 1.0))
    """
    sides = _as_grid(shape)
    m = as_integer(points, "points")
    if m > math.prod(sides):
        raise InvalidOption(f"points must be at most {math.prod(sides)}, the points of a grid of shape {sides}; found {m}")
    return _chance(tuple(sorted(n for n in sides if n != 1)), m, as_base(base))


def _as_grid(shape: Sequence[int]) -> tuple[int, ...]:
    sides = as_shape(shape)
    if math.prod(sides) > _LARGEST:
        raise InvalidOption(f"shape must have at most 10^30 points; found {shown(sides)}")
    return sides


@lru_cache(maxsize=1024)
def _chance(shape: tuple[int, ...], m: int, base: int) -> ChanceCounts:
    n, sizes = math.prod(shape), ladder(shape, base)
    boxes = [cell_sizes(shape, r) for r in sizes]
    kinds = sorted(set().union(*boxes))
    log_empty = np.array([_log_empty(n, m, s) for s in kinds])
    C = np.array([[float(level.get(s, 0)) for s in kinds] for level in boxes])
    expected = C @ -np.expm1(log_empty)
    G = _disjoint(n, m, kinds, log_empty)
    V = C @ G @ C.T
    place = {s: j for j, s in enumerate(kinds)}
    for j, k, s, t, pairs in _nested(shape, sizes):
        S, T = place[s], place[t]
        V[j, k] += pairs * (-math.exp(log_empty[T]) * math.expm1(log_empty[S]) - G[S, T])
    V = np.triu(V) + np.triu(V, 1).T
    if n:
        expected[0], V[0], V[:, 0] = m, 0.0, 0.0
    return _chance_of(sizes, expected, V, boxes)


def _chance_of(sizes: Sequence[int], expected: np.ndarray, V: np.ndarray, boxes: Sequence[dict[int, int]]) -> ChanceCounts:
    V[np.diag_indices_from(V)] = np.maximum(V.diagonal(), 0.0)
    covariance: _Matrix = tuple(tuple(row) for row in V.tolist())
    return ChanceCounts(tuple(sizes), tuple(expected.tolist()), covariance, tuple(sum(level.values()) for level in boxes))


def _nested(shape: Sequence[int], sizes: Sequence[int]) -> list[tuple[int, int, int, int, int]]:
    """(j, k, s, t, how many): boxes of size index j and s points inside boxes of size index k >= j and t points."""
    return [
        (j, k, s, t, pairs)
        for k, R in enumerate(sizes)
        for j, r in enumerate(sizes[: k + 1])
        for (s, t), pairs in nested_pairs(shape, r, R).items()
    ]


def _log_empty(n: int, m: int, s: int) -> float:
    """log P(s); −∞ below e^−300, which is recognised by log P(s) <= −s m / n."""
    if s > n - m or s * m > _NEGLIGIBLE * n:
        return -math.inf
    large = max(s, m)
    return float(_sum(lambda a: np.log1p(-large / a), n, min(s, m))[0])


def _disjoint(n: int, m: int, kinds: Sequence[int], log_empty: np.ndarray) -> np.ndarray:
    """P(s + t) − P(s) P(t) for all pairs of box sizes."""
    G = np.zeros((len(kinds), len(kinds)))
    for j, s in enumerate(kinds):
        last = int(np.searchsorted(-log_empty, _NEGLIGIBLE - max(-log_empty[j], 0.0)))
        ts = np.array(kinds[j:last], dtype=float)
        if not len(ts) or m == 0:
            continue
        G[j, j:last] = np.exp(log_empty[j] + log_empty[j:last]) * np.expm1(_interaction(n, m, s, ts))
        G[j:last, j] = G[j, j:last]
    return G


def _interaction(n: int, m: int, s: int, ts: np.ndarray) -> np.ndarray:
    """log P(s + t) − log P(s) − log P(t) for t >= s, −∞ where s + t points cannot all be missed."""
    possible = s + ts <= n - m
    t = ts[possible]
    found = np.full(len(ts), -math.inf)
    if s <= m:
        found[possible] = _sum(lambda a: np.log1p(-t * m / ((a - t) * (a - m))), n, s)
    else:
        found[possible] = _sum(lambda a: np.log1p(-s * t / ((a - s) * (a - t))), n, m)
    return found


@lru_cache(maxsize=1)
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(32)


def _sum(f: Callable[[np.ndarray], np.ndarray], n: int, terms: int) -> np.ndarray:
    """Σ_{i < terms} f(n − i), of smooth f: directly, or by the midpoint rule as ∫ over [−1/2, terms − 1/2]."""
    if terms <= _TERMS:
        return f(n - np.arange(terms, dtype=float)[:, None]).sum(axis=0)
    x, w = _nodes()
    return (w[:, None] * f(n + 0.5 - (x[:, None] + 1) * terms / 2)).sum(axis=0) * terms / 2


def bernoulli_counts(shape: Sequence[int], p: float, base: int = 2) -> ChanceCounts:
    """E N(r) = Σ_boxes (1 − (1 − p)^s), and covariances, for points kept independently with probability p (T13).

    Here disjoint boxes are independent, so only nested pairs have a covariance, P(outer missed) (1 − P(inner missed)).

    >>> bernoulli_counts((4, 4), 0.5).expected
    (8.0, 3.75, 0.9999847412109375)
    """
    sides, b = _as_grid(shape), as_base(base)
    if not 0 <= as_real(p, "p", "a probability, from 0 to 1") <= 1:
        raise InvalidOption(f"p must be a probability, from 0 to 1; found {p!r}")
    kept = tuple(sorted(n for n in sides if n != 1))
    sizes = ladder(kept, b)
    boxes = [cell_sizes(kept, r) for r in sizes]

    def missed(s: int) -> float:
        return s * math.log1p(-p) if p < 1 else -math.inf

    expected = np.array([math.fsum(-c * math.expm1(missed(s)) for s, c in level.items()) for level in boxes])
    V = np.zeros((len(sizes), len(sizes)))
    for j, k, s, t, pairs in _nested(kept, sizes):
        V[j, k] -= pairs * math.exp(missed(t)) * math.expm1(missed(s))
    return _chance_of(sizes, expected, np.triu(V) + np.triu(V, 1).T, boxes)


def as_shuffles(shuffles: Any, least: int = 2) -> int:
    """A number of shuffles: from 2, where they have a variance, to a million; raises `InvalidOption`."""
    return as_integer(shuffles, "shuffles", least, 10**6)


def shuffled_counts(mask: Any, shuffles: int = 100, seed: int = 0, base: int = 2) -> ChanceCounts:
    """The same means and covariances, estimated from shuffles of a mask: the sample mean and sample covariance of their counts.

    For a comparison with the closed form.  Seeded; `shuffles` from 2 to a million.  Cost: as many permutations and box counts.
    """
    occupied = np.ascontiguousarray(to_numpy(as_mask(mask)))
    times, b = as_shuffles(shuffles), as_base(base)
    rng = np.random.default_rng(as_seed(seed))
    flat = occupied.reshape(-1)
    first = box_count(occupied, b)
    counts = np.array([box_count(rng.permutation(flat).reshape(occupied.shape), b).counts for _ in range(times)], dtype=float)
    V = np.atleast_2d(np.cov(counts, rowvar=False))
    return ChanceCounts(
        first.sizes, tuple(counts.mean(axis=0).tolist()), tuple(tuple(row) for row in V.tolist()), first.cells, times
    )
