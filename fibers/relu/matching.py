"""Which rows of one matrix are nearly proportional to which rows of another, in floats: a proposal, never a proof.

Rows are compared by the cosine of their angle, of either sign.  `partners` gives a one-to-one assignment that makes the sum of
−log(1 − |cosine|) large, so that a single clear partner outweighs any number of vague ones; of two equally clear partners a
parallel one is preferred to an opposite one.  What remains is attached to its `nearest` row if that is very close.

Floats: everything.  Whoever uses the result proves his own bounds, so a wrong match costs quality and nothing else.
"""

from __future__ import annotations

import numpy as np

__all__ = ["CLEAR", "cosines", "nearest", "partners", "ratio", "unit_rows"]

Array = np.ndarray
LOOSE = 0.8
"""Least cosine of partners: a pairing with an error of more than some 0.6 of the row is worth nothing."""
CLOSE = 0.9999
"""Least cosine of copies of one neuron."""
CLEAR = 0.99
"""Least cosine of partners that are clearly meant for each other."""
RESOLUTION = 1e-15
OPPOSITE = 0.5
"""What an opposite partner counts less than a parallel one."""


def unit_rows(A: Array) -> Array:
    """The rows divided by their length; rows that are zero or not finite become 0."""
    with np.errstate(all="ignore"):
        largest = np.abs(A).max(axis=1, initial=0.0)
        fine = np.isfinite(largest) & (largest > 0)
        U = np.where(fine[:, None], A / np.where(fine, largest, 1.0)[:, None], 0.0)
        lengths = np.sqrt((U * U).sum(axis=1))
    return U / np.where(fine, lengths, 1.0)[:, None]


def cosines(A: Array, B: Array) -> Array:
    """cos of the angle between row i of A and row j of B, both of unit rows."""
    return A @ B.T


def partners(C: Array) -> list[tuple[int, int, int]]:
    """(i, j, sign) with each i and each j at most once, by cosines C.

    Cost: linear assignment, which is quick where most rows have one clear partner.

    >>> partners(np.array([[0.1, -1.0], [0.9, 0.2]]))
    [(0, 1, -1), (1, 0, 1)]
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(_weights(C), maximize=True)
    chosen = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if abs(C[i, j]) >= LOOSE]
    return [(i, j, 1 if C[i, j] > 0 else -1) for i, j in chosen]


def nearest(c: Array) -> tuple[int, int] | None:
    """(index, sign) of the largest |c| if that is `CLOSE`, positive ones first; else None."""
    if not c.size:
        return None
    j = int(np.argmax(_weights(c)))
    return (j, 1 if c[j] > 0 else -1) if abs(c[j]) >= CLOSE else None


def _weights(C: Array) -> Array:
    return -np.log(np.maximum(1 - np.abs(C), RESOLUTION)) - OPPOSITE * (C < 0)


def ratio(a: Array, b: Array) -> tuple[float, float]:
    """(t, δ): the t > 0 that makes |a − t b| least, or t = 1 where floats give none, and δ = |a − t b| / |a|."""
    with np.errstate(all="ignore"):
        x, y = np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)
        u, v = a / x, b / y
        s = (u @ v) / (v @ v)
        t, distance = float(s * (x / y)), float(np.sqrt(((u - s * v) ** 2).sum() / (u @ u)))
    fine = np.isfinite(t) and t > 0 and np.isfinite(distance)
    return (t, distance) if fine else (1.0, 1.0)
