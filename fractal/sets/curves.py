"""The Koch curve, on integers: its vertices are Eisenstein integers.

The curve of level k from 0 to 3^k has 4^k steps of length 1, each in one of the six directions ω^j, ω = e^{iπ/3} = (1 + i√3)/2.
Level k + 1 replaces each step of direction j by four, of directions j, j + 1, j − 1, j.  With z = u + v ω,

    Re z = u + v/2,     Im z = v √3/2,     ⌊Im z / 3^e⌋ = ⌊√⌊3v²/(4·9^e)⌋⌋     (u, v integers),

so the cell of each vertex is found in integers, without rounding.  Vertices of every level lie on the limit curve, which is
self-similar: 4 copies at ratio 1/3, dimension log 4 / log 3 (H. von Koch, Arkiv för Matematik 1, 1904, 681-704; Falconer,
*Fractal Geometry*, Theorem 9.3).  Its boxes are not aligned with the copies, so N_k is 4^{K−k} up to bounded factors only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fractal.arrays import as_integer, shown
from fractal.errors import InvalidOption

__all__ = ["koch", "koch_points"]

_STEPS = np.array([(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)], dtype=np.int32)
"""ω^j in the coordinates (u, v)."""
_TURNS = np.array([0, 1, 5, 0], dtype=np.int8)
_FINER = 2
"""koch(k) looks at the vertices of this many levels more: at no farther than 3^{−2} of a cell from any point of the curve."""


def _vertices(k: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The 4^k + 1 vertices of level k, in the coordinates (u, v)."""
    if as_integer(k, "k") > 12:
        raise InvalidOption(f"k must leave at most 4^12 vertices; found {shown(k)}: take a smaller one")
    directions = np.zeros(1, dtype=np.int8)
    for _ in range(k):
        directions = ((directions[:, None] + _TURNS) % 6).reshape(-1)
    return np.concatenate([np.zeros((1, 2), np.int64), np.cumsum(_STEPS[directions], axis=0, dtype=np.int64)])


def koch_points(k: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The 4^k + 1 vertices (x, y) of the Koch curve of level k, from (0, 0) to (1, 0) in order, rounded to float64 at the end.

    Shape (4^k + 1, 2), 0 ≤ y ≤ √3/6; neighbours are at distance 3^{−k}.  Raises `InvalidOption` beyond k = 12.

    >>> koch_points(1).round(3).tolist()
    [[0.0, 0.0], [0.333, 0.0], [0.5, 0.289], [0.667, 0.0], [1.0, 0.0]]
    """
    u, v = _vertices(k).T
    return np.column_stack([(2 * u + v) / 2, v * (math.sqrt(3) / 2)]) / 3**k


def koch(k: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The Koch curve as a mask of ⌈3^k √3/6⌉ × 3^k cells: those with a vertex of level k + 2 (not the last one, (1, 0)).

    Rows are y, columns x.  The dimension of the curve is log 4 / log 3; the counts N_j are 4^{k−j} up to bounded factors.
    Which cells hold which vertices is exact.  Raises `InvalidOption` beyond k = 10.  Cost: 16 · 4^k vertices, 0.3 · 9^k bytes.

    >>> koch(1).astype(int).tolist(), koch(3).shape
    ([[1, 1, 1]], (8, 27))
    """
    if as_integer(k, "k") > 12 - _FINER:
        raise InvalidOption(f"k must be at most {12 - _FINER}; found {shown(k)}: take a smaller one")
    u, v = _vertices(k + _FINER)[:-1].T
    fine = 3**_FINER
    columns = (2 * u + v) // (2 * fine)
    rows = np.sqrt((3 * v * v // (4 * fine * fine)).astype(np.float64)).astype(np.int64)  # below 2^52: the floor is exact
    height = math.isqrt(9**k // 12) + 1  # ⌈3^k √3/6⌉, which is no integer
    mask = np.zeros((height, 3**k), dtype=bool)
    mask[rows, columns] = True
    return mask
