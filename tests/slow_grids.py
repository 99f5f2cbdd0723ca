"""Coarse-graining by its definition, one cell and one entry at a time: what fractal/grids.py and its laws are held to."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

REDUCE: dict[str, Callable[[list[Any]], Any]] = {
    "mean": lambda cell: sum(cell) / Fraction(len(cell)),
    "sum": sum,
    "max": max,
    "min": min,
    "any": lambda cell: any(x != 0 for x in cell),
}


def points(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(product(*map(range, shape)))


def members(shape: tuple[int, ...], r: int) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """The points of every cell of side r."""
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for x in points(shape):
        found.setdefault(tuple(i // r for i in x), []).append(x)
    return found


def coarse(W: np.ndarray, r: int, reduce: str) -> np.ndarray:
    """T W over cells of side r."""
    grid = tuple(-(-n // r) for n in W.shape)
    V = np.empty(grid, dtype=bool if reduce == "any" else object)
    for q, cell in members(W.shape, r).items():
        V[q] = REDUCE[reduce]([W[x] for x in cell])
    return V


def repeated(V: np.ndarray, r: int, shape: tuple[int, ...]) -> np.ndarray:
    """W(x) = V(x // r)."""
    W = np.empty(shape, dtype=V.dtype)
    for x in points(shape):
        W[x] = V[tuple(i // r for i in x)]
    return W


def modulus(W: np.ndarray, t: int) -> Any:
    """max |W(x) − W(y)| over pairs at sup-distance at most t."""
    pairs = product(points(W.shape), repeat=2)
    return max((abs(W[x] - W[y]) for x, y in pairs if all(abs(i - j) <= t for i, j in zip(x, y, strict=True))), default=0)


def exact(values: Any) -> np.ndarray:
    """An array of `Fraction`s."""
    source = np.asarray(values, dtype=object)
    array = np.empty(source.shape, dtype=object)
    for x in points(source.shape):
        array[x] = Fraction(source[x])
    return array
