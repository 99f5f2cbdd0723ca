"""Orthogonal projections onto the tangent and the normal space of a stratum, in the Frobenius product Σ_k ⟨M_k, N_k⟩.

Weight space is the orthogonal sum of the two (L5, L6), so one projection gives the other.

Exact: with the smaller of the two bases as rows of A, the projection of Δ is A^T y with the Gram system (A A^T) y = A Δ.  That is
for some hundred dimensions.

With a tolerance, floats: conjugate gradients over simple projections, see `fibers.linear.nodewise`; the normal part is checked
against all tangent directions, and where digits are lost, or for want of convergence, least squares over the normal basis
decide, see `fibers.linear.normalwise`.  No dense matrix on weight space is ever formed.  Reference: L5, L6 of docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from fibers.errors import InvalidNetwork, UnclearRanks
from fibers.exact import Matrix
from fibers.linear.directions import Basis
from fibers.linear.flows import Flow
from fibers.linear.nodewise import Slow, tangent_part
from fibers.linear.normalwise import normal_part, tangent_share
from fibers.linear.tangent import change_of, flow_of, is_normal, is_tangent, normal_basis, tangent_basis
from fibers.networks import LinearNetwork

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["project_normal", "project_tangent", "split"]

GOOD = 1e-11
"""A normal part whose cosines with tangent directions are this small is kept."""


def project_tangent(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> list[Any]:
    """The tangent direction nearest to `change`, one matrix a layer: exact `Matrix`, or float64 arrays with a tolerance.

    Parameters
    ----------
    L : the network; or its flow, where that is at hand, exact or with its own tolerance
    change : one d_k × d_{k−1} matrix a layer, or a `Direction`
    tolerance : None for exact arithmetic; else ranks are numerical ranks

    `split` gives the tangent and the normal part for the price of one.

    Raises as `tangent_basis` and `is_tangent`, and `UnclearRanks` if the iteration in floats does not converge.

    >>> L = LinearNetwork([[[1]], [[1]]])                   # the product stays 1 along (1, −1)
    >>> [M.vector() for M in project_tangent(L, [[[1]], [[0]]])]
    [(Fraction(1, 2),), (Fraction(-1, 2),)]
    """
    return split(L, change, tolerance)[0]


def project_normal(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> list[Any]:
    """The normal direction nearest to `change`: arguments and result as for `project_tangent`, whose complement it is.

    >>> [M.vector() for M in project_normal(LinearNetwork([[[1]], [[1]]]), [[[1]], [[0]]])]
    [(Fraction(1, 2),), (Fraction(1, 2),)]
    """
    return split(L, change, tolerance)[1]


def split(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> tuple[list[Any], list[Any]]:
    """The tangent and the normal part of `change`, whose sum it is: arguments and results as for `project_tangent`.

    In floats the normal part has cosines of less than 1e-11 with tangent directions, unless the bases are too ill-conditioned.

    >>> tangent, normal = split(LinearNetwork([[[1]], [[1]]]), [[[1]], [[0]]])
    >>> [(T + N).vector() for T, N in zip(tangent, normal)]
    [(Fraction(1, 1),), (Fraction(0, 1),)]
    """
    found = flow_of(L, tolerance)
    delta = change_of(found.network, change)
    if isinstance(found, Flow):
        return _split_exactly(found, delta)
    return _split_numerically(found, [M.floats for M in delta])


def _split_numerically(found: NumericalFlow, delta: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    most = max(float(np.abs(D).max()) for D in delta)
    if not np.isfinite(most):
        raise InvalidNetwork("a change of weights has entries beyond the range of floats; only exact arithmetic will do for it")
    exponent = math.frexp(most)[1]  # of entries near 1 no square is 0 or infinite
    tangent, normal = _parts(found, [np.ldexp(D, -exponent) for D in delta])
    return [np.ldexp(T, exponent) for T in tangent], [np.ldexp(N, exponent) for N in normal]


def _parts(found: NumericalFlow, delta: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The fast way if its result passes the check, else the slow one."""
    size = math.sqrt(sum(float(np.vdot(D, D)) for D in delta))
    try:
        tangent = tangent_part(found, delta)
        normal = [D - T for D, T in zip(delta, tangent, strict=True)]
        if tangent_share(found, normal) <= GOOD * size:
            return tangent, normal
    except Slow:
        pass
    try:
        normal = normal_part(found, delta)
    except Slow as slow:
        raise UnclearRanks(
            f"the projection has not converged in {slow} steps: singular values as small as {found.evidence.kept:.1e} count as"
            f" nonzero up to tolerance {found.tolerance:g}; a larger one may be meant"
        ) from None
    return [D - N for D, N in zip(delta, normal, strict=True)], normal


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
