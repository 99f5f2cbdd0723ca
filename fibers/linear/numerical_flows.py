"""The flow of a float network: bases along the bars, by orthogonal transformations, up to a tolerance.

As the exact sweep of `fibers.linear.flows`, in blocks.  Before layer k the bars alive, grouped by birth and oldest first, have an
orthonormal basis Q of R^{d_{k−1}} as their vectors.  With K an orthonormal basis of the images of older groups,

    (I − K K^T) W_k Q_g = U S V^T,

the columns of Q_g V with a singular value above τ‖W_k‖ live on and the others end.  From all of them a combination of older
lasting bars is subtracted, at every node since their birth, that takes away the part of their image in the span of K; what
lasts is divided by S.  So the images U of the group that lasts continue K to a larger orthonormal basis, and a basis of the
orthogonal complement of all images is newborn: the vectors at node k are orthonormal again.

At last the freedom that is left in the bases makes them well-conditioned (`fibers.linear.orthonormal_ends`), and the vectors of
each bar are computed again from its first one, W_k times the last.  So W_k = Σ J_k[:, b] J_{k−1}^{-1}[b, :] up to what is dropped
and to rounding errors times the condition of J_{k−1}, columns scaled to length 1.  Without this step one part in 1000 was lost in
a network of seven layers of rank 90.

Layers are divided by powers of two on entry, for vectors grow and shrink as products of layers do; the powers are put back into
the vectors at last, balanced over the life of each bar.

Floats: what a bar's last vector is mapped to is not 0 but within about τ‖W_k‖ of it.  Reference: L1, L2 of docs/theory.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from fibers.errors import InvalidNetwork, UnclearRanks
from fibers.linear.barcodes import Bar
from fibers.linear.flows import Strands
from fibers.linear.numerical import NumericalRanks, float_matrices, numerical_ranks
from fibers.linear.orthonormal_ends import orthonormal_ends
from fibers.networks import LinearNetwork

__all__ = ["NumericalFlow", "numerical_flow"]

LOST = 1e-6
"""A flow that rebuilds a layer with a larger relative error than this, and than 1000 times the tolerance, is none."""

RANGE = 1000
"""Vectors along a bar may be as small and as large as 2 to this power, up or down."""

Chain = list[np.ndarray]
"""The vectors of some bars of one birth, as columns, at each node from birth on."""


@dataclass(frozen=True, eq=False, repr=False)
class NumericalFlow(Strands):
    """Bases of all nodes along which a float network is its barcode, up to the tolerance of `evidence`.

    As `fibers.linear.Flow`, with float64 arrays for the bases J_k, read-only.  Equal if it is of the same network with the same
    tolerance, and has the same numbers.
    """

    bases: tuple[np.ndarray, ...]
    evidence: NumericalRanks

    def __post_init__(self) -> None:
        object.__setattr__(self, "bases", tuple(_frozen(J) for J in self.bases))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumericalFlow):
            return NotImplemented
        same = (self.network, self.bars, self.tolerance) == (other.network, other.bars, other.tolerance)
        return same and all(map(np.array_equal, self.bases, other.bases))

    def __hash__(self) -> int:
        return hash((self.network, self.bars, self.tolerance))

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}; {self._clarity}>"

    def _repr_html_(self) -> str:
        from fibers.linear.displays import flow_html

        return flow_html(self, self._clarity)

    @property
    def _clarity(self) -> str:
        return f"tolerance {self.tolerance:g}, gap {self.evidence.gap:.3g}"

    @property
    def tolerance(self) -> float:
        """τ: singular values up to τ‖W_k‖ count as 0."""
        return self.evidence.tolerance

    @cached_property
    def duals(self) -> tuple[np.ndarray, ...]:
        """J_0^{-1}, ..., J_L^{-1}: row by row the dual bases, labelled as the columns of J_k."""
        return tuple(_frozen(_inverse(J)) for J in self.bases)

    @cached_property
    def columns(self) -> tuple[Mapping[int, np.ndarray], ...]:
        """For each bar its vectors, {node: column of J_k}."""
        return self._by_bar([J.T for J in self.bases])

    @cached_property
    def rows(self) -> tuple[Mapping[int, np.ndarray], ...]:
        """For each bar its dual vectors, {node: row of J_k^{-1}}."""
        return self._by_bar(self.duals)

    def _by_bar(self, nodes: Sequence[np.ndarray]) -> tuple[Mapping[int, np.ndarray], ...]:
        """The rows of each node, sorted by bar."""
        return tuple(
            MappingProxyType({k: nodes[k][self.alive(k).index(b)] for k in range(i, j + 1)}) for b, (i, j) in enumerate(self.bars)
        )

    def vectors(self, b: int) -> dict[int, np.ndarray]:
        """The vector of bar number `b` at each node of its life, as a column."""
        return {k: self.columns[b][k][:, None] for k in self._life(b)}

    def factors(self, k: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """W_k, up to `residual`, as a sum of column @ row: (bar, column, row) for each bar that layer k passes on."""
        for b in self.passed(k):
            yield b, self.columns[b][k][:, None], self.rows[b][k - 1][None]

    def subspace(self, k: int, i: int, j: int) -> np.ndarray:
        """A basis, as columns, of the flow subspace im W_{k~i} ∩ ker W_{j+1~k}, for i ≤ k ≤ j, as `Flow.subspace`."""
        places = self._within(k, i, j)
        return self.bases[k][:, places]

    def rebuilt(self, k: int) -> np.ndarray:
        """The sum of the factors of layer k: W_k, less what the tolerance drops."""
        here, before, passed = self.alive(k), self.alive(k - 1), self.passed(k)
        return self.bases[k][:, [here.index(b) for b in passed]] @ self.duals[k - 1][[before.index(b) for b in passed]]

    @property
    def residual(self) -> float:
        """How far the layers are from the barcode in these bases: max ‖W_k − Σ_b J_k[:, b] J_{k−1}^{-1}[b, :]‖ / ‖W_k‖."""
        worst = 0.0
        for k, W in enumerate(self.network.matrices, start=1):
            norm = float(np.linalg.norm(W.floats, 2))
            worst = max(worst, float(np.linalg.norm(W.floats - self.rebuilt(k), 2)) / norm if norm else 0.0)
        return worst


def numerical_flow(L: LinearNetwork, tolerance: float = 1e-9) -> NumericalFlow:
    """Float bases of all nodes in which a linear network is its barcode, up to a tolerance relative to the norm of each layer.

    Raises `InvalidTolerance`; `UnclearRanks` if the bars are not those of `numerical_ranks(L, tolerance)`, or the bases are
    beyond the precision of floats; `InvalidNetwork` if along a bar numbers would leave their range.
    Cost: for each layer singular value decompositions and products of its size.

    >>> found = numerical_flow(LinearNetwork([[[1.0, 0.0], [0.0, 1e-12]], [[1.0, 1.0]]]))
    >>> found.bars, found.residual < 1e-9
    (((0, 0), (0, 2), (1, 1)), True)
    """
    evidence = numerical_ranks(L, tolerance)
    matrices, exponents = _balanced(float_matrices(L))
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused below
            bars, bases = _along_bars(matrices, tolerance)
            found = NumericalFlow(L, bars, _rescaled(bars, bases, exponents), evidence)
            residual = found.residual
    except np.linalg.LinAlgError:
        residual = math.inf
    if not residual <= max(LOST, 1000 * tolerance):
        raise UnclearRanks(
            f"up to tolerance {tolerance:g} the ranks are those of {evidence.ranks.barcode}, but bases along these bars are too"
            " ill-conditioned for floats; a larger tolerance or fewer layers may do"
        )
    if found.barcode != evidence.ranks.barcode:
        raise UnclearRanks(
            f"up to tolerance {tolerance:g} the bars along the bases are {found.barcode}, but those of the ranks are"
            f" {evidence.ranks.barcode}, with a gap of {evidence.gap:.3g}; try another tolerance"
        )
    return found


def _balanced(matrices: list[np.ndarray]) -> tuple[list[np.ndarray], list[int]]:
    """The layers divided by powers of two, so that norms are from 1/2 to 1; and the exponents."""
    exponents = [math.frexp(float(np.linalg.norm(W, 2)))[1] for W in matrices]
    return [np.ldexp(W, -e) for W, e in zip(matrices, exponents, strict=True)], exponents


def _rescaled(bars: tuple[Bar, ...], bases: list[np.ndarray], exponents: list[int]) -> tuple[np.ndarray, ...]:
    """The vectors along bars of the balanced layers as those of the layers, powers of two up and down over its life."""
    totals = list(itertools.accumulate(exponents, initial=0))
    shifts = {(i, j): (min(totals[i : j + 1]) + max(totals[i : j + 1])) // 2 for i, j in set(bars)}
    for (i, j), shift in shifts.items():
        most = max(abs(total - shift) for total in totals[i : j + 1])
        if most > RANGE:
            raise InvalidNetwork(
                f"the vectors along the bar [{i},{j}] differ by factors up to 2^{2 * most}, beyond the range of floats; divide"
                " the layers by their norms: that changes no bar"
            )
    scaled = []
    for k, J in enumerate(bases):
        alive = [bar for bar in bars if bar[0] <= k <= bar[1]]
        scaled.append(np.ldexp(J, [totals[k] - shifts[bar] for bar in alive]))
    return tuple(scaled)


def _along_bars(matrices: list[np.ndarray], tolerance: float) -> tuple[tuple[Bar, ...], list[np.ndarray]]:
    """The bars, each as often as it occurs, and the bases."""
    chains = sorted(_chains(matrices, tolerance), key=lambda item: item[0])
    bars = tuple([bar for bar, chain in chains for _ in range(chain[0].shape[1])])
    bases = [np.hstack([chain[k - i] for (i, j), chain in chains if i <= k <= j]) for k in range(len(matrices) + 1)]
    bases, _ = orthonormal_ends(bars, bases, [_inverse(J) for J in bases])
    return bars, _refined(matrices, bars, bases)


def _chains(matrices: list[np.ndarray], tolerance: float) -> list[tuple[Bar, Chain]]:
    """The bars, those of one birth and end together, with their vectors."""
    alive: list[tuple[int, Chain]] = [(0, [np.eye(matrices[0].shape[1])])]
    ended: list[tuple[Bar, Chain]] = []
    for k, W in enumerate(matrices, start=1):
        threshold = tolerance * float(np.linalg.norm(W, 2))
        lasting: list[tuple[int, Chain]] = []
        K = np.zeros((W.shape[0], 0))
        # Invariant: the last vectors of all lasting chains, side by side, are K, whose columns are orthonormal.
        for birth, chain in alive:
            image = W @ chain[-1]
            inside = K.T @ image
            inside += K.T @ (image - K @ inside)
            U, values, Vt = np.linalg.svd(image - K @ inside, full_matrices=True)
            rank = int((values > threshold).sum())
            cleared = [J @ Vt.T for J in _cleared(chain, birth, lasting, inside)]
            if rank < len(Vt):
                ended.append(((birth, k - 1), [J[:, rank:] for J in cleared]))
            if rank:
                lasting.append((birth, [*(J[:, :rank] / values[:rank] for J in cleared), U[:, :rank]]))
                K = np.hstack([K, U[:, :rank]])
        newborn = np.linalg.qr(K, mode="complete")[0][:, K.shape[1] :]
        alive = [*lasting, (k, [newborn])] if newborn.shape[1] else lasting
    return ended + [((birth, len(matrices)), chain) for birth, chain in alive]


def _cleared(chain: Chain, birth: int, lasting: list[tuple[int, Chain]], inside: np.ndarray) -> Chain:
    """The chain less the combination of older lasting chains whose image is K · inside."""
    cleared, start = list(chain), 0
    for born, older in lasting:
        coefficients = inside[start : start + older[-1].shape[1]]
        start += older[-1].shape[1]
        cleared = [J - M @ coefficients for J, M in zip(cleared, older[birth - born : -1], strict=True)]
    return cleared


def _refined(matrices: list[np.ndarray], bars: tuple[Bar, ...], bases: list[np.ndarray]) -> list[np.ndarray]:
    """The vectors of bars after their first node, computed again: each W_k times the one before."""
    for k, W in enumerate(matrices, start=1):
        before = [p for p, (_, j) in enumerate(bar for bar in bars if bar[0] < k <= bar[1] + 1) if j >= k]
        here = [p for p, (i, _) in enumerate(bar for bar in bars if bar[0] <= k <= bar[1]) if i < k]
        bases[k][:, here] = W @ bases[k - 1][:, before]
    return bases


def _frozen(array: np.ndarray) -> np.ndarray:
    """A copy that cannot be written to."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def _inverse(J: np.ndarray) -> np.ndarray:
    """The inverse, with columns scaled on the way so that the largest entry is 1: a length might be none that is a float."""
    most = np.abs(J).max(axis=0)
    return np.linalg.inv(J / most) / most[:, None]
