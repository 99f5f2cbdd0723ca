"""Tangent and normal spaces of a stratum at a point, with bases of directions that are outer products in one layer or few.

At weights θ = (W_1, ..., W_L) with product W the **tangent space** of the stratum of θ is (L5)

    { (X_k W_k − W_k X_{k−1})_k :  X_k ∈ R^{d_k × d_k},  X_L W = W X_0 },

and the **normal space**, its orthogonal complement, consists of the (M_1, ..., M_L) with (L6)

    M_k W_k^T = W_{k+1}^T M_{k+1}  for 1 ≤ k < L,      M_L W_L^T = Y W^T  and  W_1^T M_1 = W^T Y  for some Y.

Cells u_k(b, c) of bars b = [b_0, b_1] and c = [c_0, c_1] are a basis of weight space, see `fibers.linear.directions`; those of
one pair live in the layers p, ..., q.  Call a bar long if it is [0, L].

**Theorem.** Call the pair (b, c) *tied* if c_0 < b_0 ≤ c_1 + 1 and c_1 < b_1, or if b and c are both long, or c is long and
b_1 = L, or b is long and c_0 = 0.  The tangent space has the basis of all u_k(b, c) − u_{k+1}(b, c), p ≤ k < q, of tied pairs and
all u_k(b, c) of the others; the normal space has the basis of the Σ_{k=p..q} u*_k(b, c), one for each tied pair.

Proof.  Write X_k = Σ x_k(b, c) vec(b, k) dual(c, k) over bars b, c alive at k.  As W_k maps vec(b, k−1) to vec(b, k), or to 0,
x_k(b, c) contributes +x_k(b, c) to u_k(b, c), if c is alive at k−1, and −x_k(b, c) to u_{k+1}(b, c), if b is alive at k+1.  So
pairs do not mix.  For one pair k runs through max(b_0, c_0), ..., min(b_1, c_1).  The first k gives the single cell −u_p iff
b_0 ≤ c_0, the last one the single cell u_q iff b_1 ≤ c_1, and all others give u_k − u_{k+1}.  So without the constraint the span
is everything, unless c_0 < b_0 and c_1 < b_1: then it is the span of the differences; and p ≤ q means b_0 ≤ c_1 + 1.

The constraint compares coefficients of vec(b, L) dual(c, 0).  It says x_L(b, c) = 0 if only c is long, which takes away the
single u_q where b_1 = L (and 0 < b_0, so there is no single u_p); x_0(b, c) = 0 if only b is long, which takes away the single
−u_p where c_0 = 0 (and c_1 < L, so there is no single u_q); and x_L(b, c) = x_0(b, c) if both are long, which leaves of −u_p and
u_q their sum, a combination of differences.  Normal vectors are dual to what is missing.  ∎

The first kind of tie is the condition for the move of L8 with A = c and B = b.  So there is a normal direction for each such pair
of bars, whether its move keeps the product, and leads to a stratum above, or would make a bar [0, L].

Exact; with a tolerance, floats.  Reference: Shewchuk and Bhattacharya 2024, L5 and L6 of docs/theory.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from fibers.errors import InvalidNetwork, InvalidTolerance
from fibers.exact import Matrix, matrix
from fibers.linear.barcodes import Bar, Barcode, check_layers
from fibers.linear.directions import Basis, Direction, Pair, layers_of
from fibers.linear.flows import Flow, Strands, flow
from fibers.networks import LinearNetwork

if TYPE_CHECKING:
    from fibers.linear.numerical_flows import NumericalFlow

__all__ = ["is_normal", "is_tangent", "is_tied", "normal_basis", "tangent_basis"]


def tangent_basis(L: LinearNetwork | Flow | NumericalFlow, tolerance: float | None = None) -> Basis:
    """A basis of the tangent space of the stratum of L at L (L5), as a lazy sequence of outer products in one or two layers.

    Parameters
    ----------
    L : the network; or its flow, where that is at hand, exact or with its own tolerance
    tolerance : None for exact arithmetic; else ranks are numerical ranks, and vectors are float64 arrays

    `len` is the dimension of the stratum.  Raises `InvalidNetwork` for anything but a network or a flow, `InvalidTolerance` for
    a tolerance that is not the one of the flow given, and what `fibers.linear.flow` does.
    Cost: that of the flow and its duals; then O(widths) for each direction asked for.

    >>> L = LinearNetwork([[[1], [0]], [[0, 0], [0, 1]], [[0, 1]]])          # bars [0, 1] and [1, 3], among others
    >>> len(tangent_basis(L)) + len(normal_basis(L)) == L.parameters
    True
    >>> all(v.dot(n) == 0 for v in tangent_basis(L) for n in normal_basis(L))
    True
    """
    found = flow_of(L, tolerance)
    return Basis(found, "tangent", _pairs(found.barcode))


def normal_basis(L: LinearNetwork | Flow | NumericalFlow, tolerance: float | None = None) -> Basis:
    """A basis of the normal space of the stratum of L at L (L6): outer products in each layer of a run of consecutive layers.

    Arguments, errors and cost as for `tangent_basis`; `len` is the codimension of the stratum in weight space.

    >>> L = LinearNetwork([[[1], [0]], [[1, 0], [0, 1]], [[0, 1]]])          # the bars are [0, 2] and [1, 3]
    >>> normal_basis(L)[0].layers
    (1, 2, 3)
    """
    found = flow_of(L, tolerance)
    return Basis(found, "normal", _pairs(found.barcode))


def is_tied(b: Bar, c: Bar, L: int) -> bool:
    """Whether the bars b, c of a network of L layers are tied: the sum of their cells is no tangent direction.

    >>> is_tied((1, 3), (0, 2), 3), is_tied((0, 2), (1, 3), 3)
    (True, False)
    """
    if c[0] < b[0] <= c[1] + 1 and c[1] < b[1]:
        return True
    return (c == (0, L) and b[1] == L) or (b == (0, L) and c[0] == 0)


def is_tangent(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> bool:
    """Whether `change`, one d_k × d_{k−1} matrix a layer or a `Direction`, is tangent to the stratum of L at L.

    With a tolerance τ, or a numerical flow, which has its own: whether its normal part in floats is at most τ times as long as
    it is, in the Frobenius norm over all layers.

    Else exact, and decided by first-order conditions that need no bases: with D_{ji} = Σ_k W_{j~k} Δ_k W_{k−1~i}, the change of
    W_{j~i} to first order, Δ is tangent iff D_{L0} = 0 and each D_{ji} maps ker W_{j~i} into im W_{j~i}, that is, neither the
    product nor any rank changes to first order.  For in cells, the part of D_{ji} from ker W_{j~i} to the cokernel has the
    coefficients Σ_{k=p..q} δ_k(b, c) for c alive at i and ending before j, b alive at j and born after i; and the coefficients
    of D_{L0} are these sums for the pairs b, c with b_1 = L, c_0 = 0.  Such pairs are the tied ones, or have p > q.

    Raises `InvalidNetwork` for a change that does not fit, `NotExact` for entries that are not rational; with a tolerance what
    `project_normal` does.

    >>> is_tangent(LinearNetwork([[[1]], [[0]]]), [[[5]], [[0]]]), is_tangent(LinearNetwork([[[1]], [[0]]]), [[[0]], [[1]]])
    (True, False)
    """
    at = _place(L, tolerance)
    if not isinstance(at, LinearNetwork):
        return _is_mostly(at, change, "tangent")
    W, delta = at.matrices, change_of(at, change)
    layers = len(W)
    for i in range(layers):
        product, first_order = W[i], delta[i]
        for j in range(i + 1, layers + 1):
            if j > i + 1:
                first_order = W[j - 1] @ first_order + delta[j - 1] @ product
                product = W[j - 1] @ product
            if any(first_order.numerators) and ((i, j) == (0, layers) or not _keeps_rank(product, first_order)):
                return False
    return True


def is_normal(L: LinearNetwork | Flow | NumericalFlow, change: Any, tolerance: float | None = None) -> bool:
    """Whether `change`, one d_k × d_{k−1} matrix M_k a layer or a `Direction`, is normal to the stratum of L at L.

    With a tolerance as for `is_tangent`, about the tangent part.

    Else exact, by L6: with P = M_L W_L^T and Q = W_1^T M_1 there is a Y with P = Y W^T and Q = W^T Y iff the rows of P lie in the
    row space of W^T, the columns of Q in the column space of W^T, and W^T P = Q W^T (Mitra 1984).  The last condition follows
    from the relations between layers: moving M_k W_k^T = W_{k+1}^T M_{k+1} along, W_1^T ··· W_L^T M_L W_L^T becomes
    W_1^T M_1 W_1^T ··· W_L^T.

    Raises as `is_tangent`.

    >>> is_normal(LinearNetwork([[[1]], [[0]]]), [[[0]], [[1]]])
    True
    """
    at = _place(L, tolerance)
    if not isinstance(at, LinearNetwork):
        return _is_mostly(at, change, "normal")
    M, W = change_of(at, change), [V.transpose() for V in at.matrices]
    if any(M[k] @ W[k] != W[k + 1] @ M[k + 1] for k in range(len(M) - 1)):
        return False
    product, P, Q = at.product.transpose(), M[-1] @ W[-1], W[0] @ M[0]
    return _spans(product, Q) and _spans(product.transpose(), P.transpose())


def change_of(L: LinearNetwork, change: Any) -> list[Matrix]:
    """A change of weights, one exact matrix a layer; `InvalidNetwork` unless it has the shapes of L."""
    given = change.dense() if isinstance(change, Direction) else change
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != len(L.matrices):
        raise InvalidNetwork(
            f"a change of weights is a sequence of {len(L.matrices)} matrices, one a layer; found {_kind(given)}"
        )
    delta = [matrix(M, f"Δ_{k}") for k, M in enumerate(given, start=1)]
    for k, (M, W) in enumerate(zip(delta, L.matrices, strict=True), start=1):
        if M.shape != W.shape:
            raise InvalidNetwork(f"Δ_{k} must be {W.rows}×{W.columns}, as W_{k}; found {M.rows}×{M.columns}")
    return delta


def flow_of(L: LinearNetwork | Flow | NumericalFlow, tolerance: float | None) -> Flow | NumericalFlow:
    """The flow of a network, or the flow that is given, if it is exact or not as `tolerance` says."""
    if not isinstance(L, Strands):
        if not isinstance(L, LinearNetwork):
            raise InvalidNetwork(f"a LinearNetwork is needed, or its flow; found {type(L).__name__}")
        return flow(L) if tolerance is None else flow(L, tolerance)
    own = None if isinstance(L, Flow) else L.tolerance
    if tolerance is not None and tolerance != own:
        kind = "an exact flow" if own is None else f"a flow of tolerance {own:g}"
        raise InvalidTolerance(f"with {kind} leave the tolerance out, or give the network instead; found {tolerance!r:.60}")
    return L


def _place(L: LinearNetwork | Flow | NumericalFlow, tolerance: float | None) -> LinearNetwork | NumericalFlow:
    """The network, for an exact answer, or the numerical flow."""
    if isinstance(L, LinearNetwork) and tolerance is None:
        check_layers(L)
        return L
    found = flow_of(L, tolerance)
    return found.network if isinstance(found, Flow) else found


def _is_mostly(found: NumericalFlow, change: Any, kind: str) -> bool:
    """Whether the part of a change that is not of the kind is no longer than the tolerance times its length."""
    from fibers.linear.projections import split

    tangent, normal = split(found, change)
    other = normal if kind == "tangent" else tangent
    most = max(float(np.abs(M).max()) for M in (*tangent, *normal)) or 1.0  # lengths in units of it have squares that are floats
    rest, kept = (sum(float(((M / most) ** 2).sum()) for M in part) for part in (other, tangent if other is normal else normal))
    return math.sqrt(rest) <= found.tolerance * math.sqrt(rest + kept)


def _pairs(barcode: Barcode) -> Iterator[Pair]:
    for (b, times_b), (c, times_c) in itertools.product(barcode.items(), repeat=2):
        layers = layers_of(b, c)
        if layers:
            yield Pair(b, c, layers, times_b * times_c, is_tied(b, c, barcode.layers))


def _keeps_rank(product: Matrix, first_order: Matrix) -> bool:
    """Whether `first_order` maps the kernel of `product` into its image."""
    kernel, cokernel = _kernel(product.integers), _kernel(product.integers.transpose())
    return not any(map(int, (cokernel.transpose() * first_order.integers * kernel).entries()))


def _kernel(integers: Any) -> Any:
    """A basis of the kernel of an integer matrix, as columns."""
    basis, nullity = integers.nullspace()
    rows = basis.transpose().tolist()[:nullity]
    return flint.fmpz_mat(nullity, integers.ncols(), [x for row in rows for x in row]).transpose()


def _spans(basis: Matrix, vectors: Matrix) -> bool:
    """Whether the columns of `vectors` lie in the column space of `basis`."""
    cokernel = _kernel(basis.integers.transpose())
    return not any(map(int, (cokernel.transpose() * vectors.integers).entries()))


def _kind(value: Any) -> str:
    return f"{len(value)}" if isinstance(value, Sequence) and not isinstance(value, str) else type(value).__name__
