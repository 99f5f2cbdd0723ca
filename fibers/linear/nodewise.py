"""The tangent space as a sum of simple ones, a space for each hidden node and one for both ends, and floats projected by them.

By L5 the tangent space at weights W_1, ..., W_L with product W is the sum of

    T_k, 0 < k < L:   X W_k in layer k and −W_{k+1} X in layer k+1,    for any X ∈ R^{d_k × d_k},
    T_0:              −W_1 X_0 in layer 1 and X_L W_L in layer L,       for any X_0, X_L with X_L W = W X_0.

**Each has a projection that acts entry by entry.**  Take singular values W_k = U_k S_k V_k^T, and Z = V_{k+1}^T X U_k.  Entry
(i, j) of V_{k+1}^T (X W_k) V_k is Z_{ij} s_j, and that of U_{k+1}^T (W_{k+1} X) U_k is s'_i Z_{ij}, for the singular values s of
W_k and s' of W_{k+1}: so each pair of entries is projected to the line of (s_j, −s'_i).  Only ratios of singular values matter.

For T_0 take the bars of a flow.  The constraint leaves in layer 1 all matrices whose columns are vectors at node 1 of bars [0, j]
with 0 < j < L, in layer L all whose rows are dual vectors at node L−1 of bars [i, L] with 0 < i < L, and for the bars [0, L] the
changes −J_1 A D_0 and J_L A D_{L−1}, with vectors J_k and dual vectors D_k of these bars and any A.  With Q the part of J_1 that
is orthogonal to the first kind, R that of D_{L−1} orthogonal to the second, J_L = U C, D_0 = B V^T for orthonormal U, V, and
A = C^{-1} A' B^{-1}, these are −(Q C^{-1}) A' V^T and U A' (B^{-1} R): again a line for each entry, in the singular vectors of
Q C^{-1} and B^{-1} R.

**All together.**  Let P_0, ..., P_n be the projections to these spaces, and E = (1−P_0) ··· (1−P_n) ··· (1−P_0).  E is symmetric,
0 ≤ E ≤ 1, and E x = x iff every P_k x = 0, that is, iff x is normal.  So conjugate gradients for (1 − E) x = (1 − E) Δ, from 0
on, stay in the tangent space and converge to the tangent part of Δ; how fast depends on the angles between the spaces.

A step costs a few products of the size of a layer.  At widths 100 to 300 it takes 150 steps for 3e-15, where least squares over
a basis of the normal space took 600 to 1500 for 1e-13.  Floats.  Reference: Björck and Elfving 1979, Accelerated projection
methods for computing pseudoinverse solutions of systems of linear equations; L5 of docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["Slow", "tangent_part"]

ACCURACY = 3e-15
NOISE = 1e-12
FLAT = 1e-12
STEPS = 5000

Layers = list[np.ndarray]


class Slow(ArithmeticError):
    """No convergence in so many steps."""


class Space(Protocol):
    """A space T_k."""

    def remove(self, m: Layers) -> None:
        """Take away the part of m in the space: m ← (1 − P_k) m."""


def tangent_part(found: NumericalFlow, delta: Layers) -> Layers:
    """The projection of a change, one float64 array a layer, to the tangent space; `Slow` if the iteration does not converge.

    >>> from fibers.linear import flow
    >>> from fibers.networks import LinearNetwork
    >>> one = np.ones((1, 1))
    >>> [round(float(M[0, 0]), 12) for M in tangent_part(flow(LinearNetwork([one, one]), 1e-9), [one, 0 * one])]
    [0.5, -0.5]
    """
    if len(delta) == 1:
        return [np.zeros_like(delta[0])]
    svds = [_svd(found, k) for k in range(1, len(delta) + 1)]
    spaces: list[Space] = [_node(k, svds[k - 1], svds[k]) for k in range(1, len(delta))]
    spaces.append(_ends(found, svds[0], svds[-1]))
    m = [U.T @ D @ Vt.T for (U, _, Vt), D in zip(svds, delta, strict=True)]
    spaces[0].remove(m)
    part = _solved(lambda x: _swept(spaces, x), m, math.sqrt(_dot(delta, delta)))
    normal = [U @ (M - T) @ Vt for (U, _, Vt), M, T in zip(svds, m, part, strict=True)]
    return [D - N for D, N in zip(delta, normal, strict=True)]


SVD = tuple[np.ndarray, np.ndarray, np.ndarray]


def _svd(found: NumericalFlow, k: int) -> SVD:
    """U, the singular values that count, and V^T of layer k without what the tolerance drops."""
    U, values, Vt = np.linalg.svd(found.rebuilt(k))
    return U, values[: len(found.passed(k))], Vt


def _swept(spaces: list[Space], x: Layers) -> Layers:
    """(1 − E) x for x without a part in the first space."""
    swept = [M.copy() for M in x]
    for space in (*spaces[1:], *spaces[-2::-1]):
        space.remove(swept)
    return [M - S for M, S in zip(x, swept, strict=True)]


def _solved(operator: Callable[[Layers], Layers], m: Layers, scale: float) -> Layers:
    """x in the image of the operator with operator(x) = operator(m), by conjugate gradients; `scale` is the size of 1."""
    x = [np.zeros_like(M) for M in m]
    residual = operator(m)
    direction = [R.copy() for R in residual]
    square = _dot(residual, residual)
    for _ in range(STEPS):
        if math.sqrt(square) <= ACCURACY * scale:
            return x
        image = operator(direction)
        curvature = _dot(direction, image)
        if curvature <= FLAT * _dot(direction, direction):  # a normal direction, of rounding errors if so small
            if math.sqrt(square) <= NOISE * scale:
                return x
            break
        step = square / curvature
        for X, R, D, A in zip(x, residual, direction, image, strict=True):
            X += step * D
            R -= step * A
        before, square = square, _dot(residual, residual)
        direction = [R + (square / before) * D for R, D in zip(residual, direction, strict=True)]
    raise Slow(STEPS)


@dataclass(frozen=True)
class _Node:
    """T_k in singular bases of its two layers, where `turn` is V_{k+1}^T U_k; `lines` are (s_j, s'_i) of length 1."""

    k: int
    turn: np.ndarray
    first: np.ndarray  # (d_k × r_k): the entries s_j of unit vectors, for the columns of layer k that matter
    second: np.ndarray  # (r_{k+1} × d_k): the entries s'_i, for the rows of layer k+1 that matter

    def remove(self, m: Layers) -> None:
        rank, following = self.first.shape[1], len(self.second)
        Z = np.zeros_like(self.turn)
        Z[:, :rank] = self.first * (self.turn @ m[self.k - 1][:, :rank])
        Z[:following] -= self.second * (m[self.k][:following] @ self.turn)
        m[self.k - 1][:, :rank] -= self.turn.T @ (self.first * Z[:, :rank])
        m[self.k][:following] += (self.second * Z[:following]) @ self.turn.T


def _node(k: int, before: SVD, after: SVD) -> _Node:
    U, s, _ = before
    _, following, Vt = after
    first, second = _lines(_padded(following, len(U))[:, None], _padded(s, len(U))[None])
    return _Node(k, Vt @ U, second[:, : len(s)], first[: len(following)])


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([values, np.zeros(size - len(values))])


def _lines(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p, q) / ‖(p, q)‖ entry by entry; 0 where both are."""
    lengths = np.hypot(p, q)
    lengths[lengths == 0] = 1.0
    return p / lengths, q / lengths


@dataclass(frozen=True)
class _Ends:
    """T_0 in singular bases of the first and the last layer."""

    head: np.ndarray  # orthonormal columns that layer 1 may have in any way
    tail: np.ndarray  # orthonormal rows, as columns, that layer L may have in any way
    left: tuple[np.ndarray, np.ndarray]  # for bars [0, L]: columns and rows, as columns, of the changes of layer 1
    right: tuple[np.ndarray, np.ndarray]  # and those of layer L
    first: np.ndarray
    second: np.ndarray

    def remove(self, m: Layers) -> None:
        (F, V), (U, G) = self.left, self.right
        Z = self.second * (U.T @ m[-1] @ G) - self.first * (F.T @ m[0] @ V)
        m[0] += F @ (self.first * Z) @ V.T - self.head @ (self.head.T @ m[0])
        m[-1] -= U @ (self.second * Z) @ G.T + (m[-1] @ self.tail) @ self.tail.T


def _ends(found: NumericalFlow, before: SVD, after: SVD) -> _Ends:
    L = len(found.network.matrices)
    bars, inner = found.bars, (found.alive(1), found.alive(L - 1))
    head = _orthonormal(found.bases[1][:, [p for p, b in enumerate(inner[0]) if bars[b][0] == 0 and bars[b][1] < L]])
    tail = _orthonormal(found.duals[L - 1][[p for p, b in enumerate(inner[1]) if bars[b][0] > 0 and bars[b][1] == L]].T)

    def long(k: int) -> list[int]:
        return [p for p, b in enumerate(found.alive(k)) if bars[b] == (0, L)]

    Q, up = _tamed(found.bases[1][:, long(1)])
    R, down = _tamed(found.duals[L - 1][long(L - 1)].T)
    J, last = _tamed(found.bases[L][:, long(L)])
    D, start = _tamed(found.duals[0][long(0)].T)
    (U, C), (V, B) = np.linalg.qr(J), np.linalg.qr(D)
    F, p, X = _factored(np.linalg.solve(C.T, _outside(head, Q).T).T)
    G, q, Y = _factored(np.linalg.solve(B.T, _outside(tail, R).T).T)
    shift = (up - last) - (down - start)
    p, q = np.ldexp(p, min(shift, 0)), np.ldexp(q, -max(shift, 0))
    first, second = _lines(p[:, None], q[None])
    (U1, _, V1t), (UL, _, VLt) = before, after
    return _Ends(U1.T @ head, VLt @ tail, (U1.T @ F, V1t @ V @ Y), (UL.T @ U @ X, VLt @ G), first, second)


def _orthonormal(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.qr(_tamed(vectors)[0])[0]


def _tamed(vectors: np.ndarray) -> tuple[np.ndarray, int]:
    """Vectors divided by a power of two near their largest entry, and the exponent."""
    exponent = math.frexp(float(np.abs(vectors).max(initial=0.0)))[1]
    return np.ldexp(vectors, -exponent), exponent


def _outside(orthonormal: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The part of vectors that is orthogonal to the given ones."""
    for _ in range(2):
        vectors = vectors - orthonormal @ (orthonormal.T @ vectors)
    return vectors


def _factored(M: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """F, p, X with M = F diag(p) X^T."""
    if not M.shape[1]:
        return M, np.zeros(0), np.zeros((0, 0))
    F, p, Xt = np.linalg.svd(M, full_matrices=False)
    return F, p, Xt.T


def _dot(x: Layers, y: Layers) -> float:
    return sum(float(np.vdot(M, N)) for M, N in zip(x, y, strict=True))
