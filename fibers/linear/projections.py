"""Orthogonal projections onto the tangent and the normal space of a stratum, in the Frobenius product Σ_k ⟨M_k, N_k⟩.

Weight space is the orthogonal sum of the two (L5, L6), so one projection gives the other.

Exact: with the smaller of the two bases as rows of A, the projection of Δ is A^T y with the Gram system (A A^T) y = A Δ.  That is
for some hundred dimensions.

With a tolerance, floats: least squares min ‖A^T y − Δ‖ over the normal directions Σ_k u*_k(b, c) of tied pairs, by LSQR.  With
the coefficients y as a matrix over bars × bars, its part Y_k over (alive at k) × (alive at k−1) gives the layers of A^T y,

    M_k = (J_k^{-1})^T Y_k J_{k−1}^T,        and A Δ is the sum of the J_k^{-1} Δ_k J_{k−1} over all layers,

so a step costs a few products of the size of a layer, and no dense matrix on weight space is ever formed.  Columns are scaled to
length 1, and the bases are those of `fibers.linear.orthonormal_ends`.  Reference: Paige and Saunders 1982, LSQR; L5, L6 of
docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from fibers.errors import UnclearRanks
from fibers.exact import Matrix
from fibers.linear.directions import Basis
from fibers.linear.flows import Flow
from fibers.linear.tangent import change_of, flow_of, is_normal, is_tangent, is_tied, normal_basis, tangent_basis
from fibers.networks import LinearNetwork

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["project_normal", "project_tangent"]

ACCURACY = 1e-13
STEPS = 20_000


def project_tangent(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> list[Any]:
    """The tangent direction nearest to `change`, one matrix a layer: exact `Matrix`, or float64 arrays with a tolerance.

    Parameters
    ----------
    L : the network; or its flow, where that is at hand, exact or with its own tolerance
    change : one d_k × d_{k−1} matrix a layer, or a `Direction`
    tolerance : None for exact arithmetic; else ranks are numerical ranks, and the relative error is about 1e-13 times the
        condition of the normal basis

    Raises as `tangent_basis` and `is_tangent`, and `UnclearRanks` if the iteration in floats does not converge.

    >>> L = LinearNetwork([[[1]], [[1]]])                   # the product stays 1 along (1, −1)
    >>> [M.vector() for M in project_tangent(L, [[[1]], [[0]]])]
    [(Fraction(1, 2),), (Fraction(-1, 2),)]
    """
    return _split(L, change, tolerance)[0]


def project_normal(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> list[Any]:
    """The normal direction nearest to `change`: arguments and result as for `project_tangent`, whose complement it is.

    >>> [M.vector() for M in project_normal(LinearNetwork([[[1]], [[1]]]), [[[1]], [[0]]])]
    [(Fraction(1, 2),), (Fraction(1, 2),)]
    """
    return _split(L, change, tolerance)[1]


def _split(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None) -> tuple[list[Any], list[Any]]:
    """The tangent and the normal part."""
    found = flow_of(L, tolerance)
    delta = change_of(found.network, change)
    if isinstance(found, Flow):
        return _split_exactly(found, delta)
    floats = [M.floats for M in delta]
    normal = _normal_part(found, floats)
    return [D - N for D, N in zip(floats, normal, strict=True)], normal


def _split_exactly(found: Flow, delta: list[Matrix]) -> tuple[list[Matrix], list[Matrix]]:
    tangents, normals = tangent_basis(found), normal_basis(found)
    if len(tangents) < len(normals):
        tangent = _projected(tangents, delta)
        normal = [D - T for D, T in zip(delta, tangent, strict=True)]
    else:
        normal = _projected(normals, delta)
        tangent = [D - N for D, N in zip(delta, normal, strict=True)]
    assert is_tangent(found.network, tangent) and is_normal(found.network, normal)
    return tangent, normal


def _projected(basis: Basis, delta: list[Matrix]) -> list[Matrix]:
    """The projection of `delta` to the span of an exact basis, by its Gram system."""
    if not len(basis):
        return [Matrix(*D.shape, [0] * len(D.numerators)) for D in delta]
    A = basis.dense().integers
    vector = flint.fmpq_mat(A.ncols(), 1, [flint.fmpq(x, D.denominator) for D in delta for x in D.numerators])
    coefficients = flint.fmpq_mat(A * A.transpose()).solve(flint.fmpq_mat(A) * vector)
    numerators, denominator = (flint.fmpq_mat(A.transpose()) * coefficients).numer_denom()
    entries = list(map(int, numerators.entries()))
    return [Matrix(*D.shape, part, int(denominator)) for D, part in zip(delta, _cut(entries, delta), strict=True)]


def _cut(entries: Any, delta: Sequence[Any]) -> list[Any]:
    """A vector of weight space, cut into its layers."""
    parts, start = [], 0
    for D in delta:
        size = D.shape[0] * D.shape[1]
        parts.append(entries[start : start + size])
        start += size
    return parts


def _normal_part(found: NumericalFlow, delta: list[np.ndarray]) -> list[np.ndarray]:
    """The projection to the normal space, by LSQR on the coefficients of tied pairs."""
    from scipy.sparse.linalg import LinearOperator, lsqr

    tied = np.nonzero(_tied(found))
    lengths = np.sqrt(_squares(found)[tied])

    def layers(y: np.ndarray) -> list[np.ndarray]:
        Y = np.zeros((len(found.bars), len(found.bars)))
        Y[tied] = y / lengths
        return _combined(found, Y)

    def coefficients(x: np.ndarray) -> np.ndarray:
        changes = [part.reshape(D.shape) for part, D in zip(_cut(x, delta), delta, strict=True)]
        return _collected(found, changes)[tied] / lengths

    target = np.concatenate([D.ravel() for D in delta])
    A = LinearOperator(
        (target.size, len(tied[0])),
        matvec=lambda y: np.concatenate([M.ravel() for M in layers(y.ravel())]),
        rmatvec=lambda x: coefficients(x.ravel()),
        dtype=np.float64,
    )
    solution, why, steps, *_ = lsqr(A, target, atol=ACCURACY, btol=ACCURACY, conlim=0, iter_lim=STEPS)
    if why == 7:  # the limit on steps
        raise UnclearRanks(
            f"the projection has not converged in {steps} steps: singular values as small as {found.evidence.kept:.1e} count as"
            f" nonzero up to tolerance {found.tolerance:g}; a larger one may be meant"
        )
    return layers(solution)


def _tied(found: NumericalFlow) -> np.ndarray:
    """The tied pairs, as a mask over bars × bars."""
    kinds = sorted(set(found.bars))
    L = len(found.network.matrices)
    table = np.array([[is_tied(b, c, L) for c in kinds] for b in kinds])
    which = [kinds.index(bar) for bar in found.bars]
    return table[np.ix_(which, which)]


def _squares(found: NumericalFlow) -> np.ndarray:
    """The squared lengths of the Σ_k u*_k(b, c), over bars × bars."""
    total = np.zeros((len(found.bars), len(found.bars)))
    for k in range(1, len(found.bases)):
        rows, columns = (found.duals[k] ** 2).sum(axis=1), (found.bases[k - 1] ** 2).sum(axis=0)
        total[np.ix_(found.alive(k), found.alive(k - 1))] += np.outer(rows, columns)
    return total


def _combined(found: NumericalFlow, Y: np.ndarray) -> list[np.ndarray]:
    """Σ y(b, c) Σ_k u*_k(b, c), layer by layer."""
    return [
        found.duals[k].T @ Y[np.ix_(found.alive(k), found.alive(k - 1))] @ found.bases[k - 1].T
        for k in range(1, len(found.bases))
    ]


def _collected(found: NumericalFlow, changes: list[np.ndarray]) -> np.ndarray:
    """The Frobenius products of a change with all Σ_k u*_k(b, c)."""
    total = np.zeros((len(found.bars), len(found.bars)))
    for k, M in enumerate(changes, start=1):
        total[np.ix_(found.alive(k), found.alive(k - 1))] += found.duals[k] @ M @ found.bases[k - 1]
    return total
