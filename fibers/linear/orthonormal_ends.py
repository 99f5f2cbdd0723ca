"""Well-conditioned bases along the bars: dual vectors orthogonal where bars are born, vectors orthogonal where they end.

At node β the dual vectors of the bars born there span the left kernel of W_β; at node γ the vectors of the bars that end there
span the kernel of W_{γ+1}.  Bases along the bars may be changed without losing the barcode by

    birth   c ← c + x·b,  dual(b) ← dual(b) − x·dual(c)     at all nodes of b,  if b and c are born together and b ends first,
    end     c ← c + x·b,  dual(b) ← dual(b) − x·dual(c)     at all nodes of c,  if b and c end together and b is born first,

and freely among equal bars.  So one QR factorisation for each node makes one family or the other orthonormal.  The first kind of
change leaves the second family alone, for b is gone where c ends, and the second kind the first, for c is not there yet where b
is born.  Equal bars are in both: a singular value decomposition makes both orthogonal, and the norms are what is left.

Why: the normal direction Σ_k dual(b, k)^T vec(c, k−1)^T of a tied pair of bars that are not long begins in the layer where b is
born and stops in the layer where c ends.  At both ends these directions are now nearly orthogonal, and least squares over them
(`fibers.linear.normalwise`), which took 3000 steps and more at width 30, takes 250.

Floats.  L1, L6 of docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fibers.linear.barcodes import Bar

__all__ = ["orthonormal_ends"]

Arrays = list[np.ndarray]


def orthonormal_ends(bars: Sequence[Bar], bases: Sequence[np.ndarray], duals: Sequence[np.ndarray]) -> tuple[Arrays, Arrays]:
    """Bases J_k and duals J_k^{-1} along the same bars, conditioned as above; J_k has a column for each bar alive, in order.

    >>> J, D = orthonormal_ends([(0, 0), (0, 1)], [np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(1)], [np.eye(2), np.eye(1)])
    >>> bool(np.allclose(abs(J[0][:, 0]), [1, 0]))
    True
    """
    frames = _Frames(bars, list(bases), list(duals))
    for node in range(len(bases)):
        ending = sorted((b for b in range(len(bars)) if bars[b][1] == node), key=lambda b: bars[b][0])
        if ending:
            R = _triangle(frames.columns(ending, node))
            frames.change(ending, np.linalg.inv(R), R)
    for node in range(len(bases)):
        born = sorted((b for b in range(len(bars)) if bars[b][0] == node), key=lambda b: -bars[b][1])
        if born:
            R = _triangle(frames.rows(born, node).T)
            frames.change(born, R.T, np.linalg.inv(R).T)
    for bar in set(bars):
        equal = [b for b in range(len(bars)) if bars[b] == bar]
        R = _triangle(frames.columns(equal, bar[1]))
        V = np.linalg.svd(R @ frames.rows(equal, bar[0]))[0]
        frames.change(equal, np.linalg.inv(R) @ V, V.T @ R)
        scale = frames.mean_norms(equal)
        frames.change(equal, np.diag(1 / scale), np.diag(scale))
    return frames.bases, frames.duals


def _triangle(vectors: np.ndarray) -> np.ndarray:
    """R of vectors = Q R."""
    return np.linalg.qr(vectors)[1]


class _Frames:
    """Bases and duals under change, and where in them the bars are."""

    def __init__(self, bars: Sequence[Bar], bases: Arrays, duals: Arrays):
        self.bases = bases
        self.duals = duals
        self.places: list[dict[int, int]] = []
        for k in range(len(bases)):
            alive = [b for b, (i, j) in enumerate(bars) if i <= k <= j]
            self.places.append({b: place for place, b in enumerate(alive)})

    def columns(self, chosen: Sequence[int], k: int) -> np.ndarray:
        """The vectors of the bars at node k."""
        return self.bases[k][:, [self.places[k][b] for b in chosen]]

    def rows(self, chosen: Sequence[int], k: int) -> np.ndarray:
        """The dual vectors of the bars at node k."""
        return self.duals[k][[self.places[k][b] for b in chosen]]

    def change(self, chosen: Sequence[int], T: np.ndarray, inverse: np.ndarray) -> None:
        """Vectors times T, and dual vectors times its inverse; a node has the corner of T for the bars alive there, a prefix."""
        for k, places in enumerate(self.places):
            here = [places[b] for b in chosen if b in places]
            n = len(here)
            self.bases[k][:, here] = self.bases[k][:, here] @ T[:n, :n]
            self.duals[k][here] = inverse[:n, :n] @ self.duals[k][here]

    def mean_norms(self, chosen: Sequence[int]) -> np.ndarray:
        """The geometric means of the norms of the vectors of equal bars."""
        norms = [np.linalg.norm(self.columns(chosen, k), axis=0) for k, places in enumerate(self.places) if chosen[0] in places]
        return np.exp(np.mean(np.log(norms), axis=0))
