"""Floats projected over a basis of the normal space, and the check whether a change is normal, pair by pair of bars.

The pairs (b, c) of bars have cells u_k(b, c) and dual cells u*_k(b, c) in layers p, ..., q (`fibers.linear.directions`).  By the
theorem of `fibers.linear.tangent` a change N is normal iff

    ⟨N, u_k(b, c)⟩ = 0 for pairs that are not tied,      ⟨N, u_k(b, c) − u_{k+1}(b, c)⟩ = 0, p ≤ k < q, for those that are,

and the projection to the normal space is the least-squares fit by the Σ_k u*_k(b, c) of tied pairs, for which LSQR takes a few
products of the size of a layer in each step.  Slower than `fibers.linear.nodewise`, but it has digits left where norms of layers
are very different.

Vectors have length 1 here, and lengths are kept as logarithms: they may be beyond the range of floats.  Floats.  Reference: Paige
and Saunders 1982, LSQR; L5, L6 of docs/theory.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fibers.linear.nodewise import Layers, Slow
from fibers.linear.tangent import is_tied

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["normal_part", "tangent_share"]

ACCURACY = 1e-13
STEPS = 20_000


def tangent_share(found: NumericalFlow, change: Layers) -> float:
    """The largest entry of the products of a change with cells of length 1, less what a normal change has: 0 iff it is normal.

    >>> from fibers.linear import flow
    >>> from fibers.networks import LinearNetwork
    >>> one = np.ones((1, 1))
    >>> tangent_share(flow(LinearNetwork([one, one]), 1e-9), [one, one]) < 1e-15
    True
    """
    tied, size = _tied(found), len(found.bars)
    layers = range(1, len(found.bases))
    places = [np.ix_(found.alive(k), found.alive(k - 1)) for k in layers]
    columns = [_units(found.bases[k].T) for k in layers]
    rows = [_units(found.duals[k - 1]) for k in layers]
    products = [c[0] @ M @ r[0].T for c, M, r in zip(columns, change, rows, strict=True)]
    # Over the layers the products of a normal change with cells of length 1 are as 1 / the lengths of cells.
    normal = _shares([-np.add.outer(c[1], r[1]) for c, r in zip(columns, rows, strict=True)], places, size)
    along = np.zeros((size, size))
    for product, share, place in zip(products, normal, places, strict=True):
        along[place] += share * product
    along[~tied] = 0.0
    rests = (product - share * along[place] for product, share, place in zip(products, normal, places, strict=True))
    return max(float(np.abs(rest).max()) for rest in rests)


def normal_part(found: NumericalFlow, delta: Layers) -> Layers:
    """The projection of a change to the normal space, by LSQR; `Slow` after so many steps."""
    from scipy.sparse.linalg import LinearOperator, lsqr

    tied, size = np.nonzero(_tied(found)), len(found.bars)
    layers = range(1, len(found.bases))
    places = [np.ix_(found.alive(k), found.alive(k - 1)) for k in layers]
    rows = [_units(found.duals[k]) for k in layers]
    columns = [_units(found.bases[k - 1].T) for k in layers]
    shares = _shares([np.add.outer(row[1], column[1]) for row, column in zip(rows, columns, strict=True)], places, size)
    ends = np.cumsum([D.size for D in delta])[:-1]

    def combined(y: np.ndarray) -> Layers:
        Y = np.zeros((size, size))
        Y[tied] = y.ravel()
        parts = zip(rows, columns, shares, places, strict=True)
        return [row[0].T @ (share * Y[place]) @ column[0] for row, column, share, place in parts]

    def collected(x: np.ndarray) -> np.ndarray:
        total = np.zeros((size, size))
        for M, D, row, column, share, place in zip(np.split(x.ravel(), ends), delta, rows, columns, shares, places, strict=True):
            total[place] += share * (row[0] @ M.reshape(D.shape) @ column[0].T)
        return total[tied]

    target = np.concatenate([D.ravel() for D in delta])
    A = LinearOperator(
        (target.size, len(tied[0])),
        matvec=lambda y: np.concatenate([M.ravel() for M in combined(y)]),
        rmatvec=collected,
        dtype=np.float64,
    )
    solution, why, steps, *_ = lsqr(A, target, atol=ACCURACY, btol=ACCURACY, conlim=0, iter_lim=STEPS)
    if why == 7:  # the limit on steps
        raise Slow(steps)
    return combined(solution)


def _shares(lengths: Layers, places: list[tuple[np.ndarray, ...]], size: int) -> Layers:
    """exp(lengths), pair by pair of bars divided by the root of the sum of squares over all layers."""
    most = np.full((size, size), -np.inf)
    for length, place in zip(lengths, places, strict=True):
        most[place] = np.maximum(most[place], length)
    parts = [np.exp(length - most[place]) for length, place in zip(lengths, places, strict=True)]
    squares = np.zeros((size, size))
    for part, place in zip(parts, places, strict=True):
        squares[place] += part**2
    return [part / np.sqrt(squares[place]) for part, place in zip(parts, places, strict=True)]


def _tied(found: NumericalFlow) -> np.ndarray:
    """The tied pairs, as a mask over bars × bars."""
    kinds = sorted(set(found.bars))
    L = len(found.network.matrices)
    table = np.array([[is_tied(b, c, L) for c in kinds] for b in kinds])
    which = [kinds.index(bar) for bar in found.bars]
    return table[np.ix_(which, which)]


def _units(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows divided by their lengths, and the logarithms of these."""
    most = np.abs(vectors).max(axis=1)
    scaled = vectors / most[:, None]
    lengths = np.linalg.norm(scaled, axis=1)
    return scaled / lengths[:, None], np.log(lengths) + np.log(most)
