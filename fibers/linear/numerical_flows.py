"""The flow of a float network: bases along the bars, by orthogonal transformations, up to a tolerance.

As the exact sweep of `fibers.linear.flows`, in blocks.  Before layer k the bars alive, grouped by birth and oldest first, have an
orthonormal basis Q of R^{d_{k−1}} as their vectors.  With K an orthonormal basis of the images of older groups,

    (I − K K^T) W_k Q_g = U S V^T,

the columns of Q_g V with a singular value above τ‖W_k‖ live on and the others end.  From all of them a combination of older
lasting bars is subtracted, at every node since their birth, that takes away the part of their image in the span of K; what
lasts is divided by S.  So the images U of the group that lasts continue K to a larger orthonormal basis, and a basis of the
orthogonal complement of all images is newborn: the vectors at node k are orthonormal again.

At last the freedom that is left in the bases makes them well-conditioned (`fibers.linear.orthonormal_ends`; duals are carried
along for that), and the vectors of each bar are computed again from its first one, W_k times the last.  Then
W_k = Σ J_k[:, b] J_{k−1}^{-1}[b, :] up to what is dropped, and to rounding errors times the condition of J_{k−1} with columns of
length 1; without this step one part in 1000 was lost in a network of seven layers of rank 90.

Floats: what a bar's last vector is mapped to is not 0 but within about τ‖W_k‖ of it.  Reference: L1, L2 of docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fibers.errors import UnclearRanks
from fibers.linear.barcodes import Bar
from fibers.linear.flows import Strands
from fibers.linear.numerical import NumericalRanks, float_matrices, numerical_ranks
from fibers.linear.orthonormal_ends import orthonormal_ends
from fibers.networks import LinearNetwork

__all__ = ["NumericalFlow", "numerical_flow"]


@dataclass
class Group:
    """Bars of one birth: their vectors, as columns, and their dual vectors, as rows, at each node from birth on."""

    birth: int
    columns: list[np.ndarray]
    rows: list[np.ndarray]

    def __len__(self) -> int:
        return int(self.columns[0].shape[1])

    def part(self, chosen: slice, factors: np.ndarray) -> Group:
        """Some of the bars, each scaled by its factor."""
        columns = [J[:, chosen] * factors for J in self.columns]
        return Group(self.birth, columns, [D[chosen] / factors[:, None] for D in self.rows])


@dataclass(frozen=True, eq=False)
class NumericalFlow(Strands):
    """Bases of all nodes along which a float network is its barcode, up to the tolerance of `evidence`.

    As `fibers.linear.Flow`, with float64 arrays for the bases J_k and their inverses, the duals.
    """

    bases: tuple[np.ndarray, ...]
    duals: tuple[np.ndarray, ...]
    evidence: NumericalRanks

    def _repr_html_(self) -> str:
        from fibers.linear.displays import flow_html

        return flow_html(self)

    @property
    def tolerance(self) -> float:
        """τ: singular values up to τ‖W_k‖ count as 0."""
        return self.evidence.tolerance

    @cached_property
    def columns(self) -> tuple[dict[int, np.ndarray], ...]:
        """For each bar its vectors, {node: column of J_k}."""
        return tuple({k: self.bases[k][:, self.alive(k).index(b)] for k in range(i, j + 1)} for b, (i, j) in enumerate(self.bars))

    @cached_property
    def rows(self) -> tuple[dict[int, np.ndarray], ...]:
        """For each bar its dual vectors, {node: row of J_k^{-1}}."""
        return tuple({k: self.duals[k][self.alive(k).index(b)] for k in range(i, j + 1)} for b, (i, j) in enumerate(self.bars))

    @property
    def residual(self) -> float:
        """How far the layers are from the barcode in these bases: max ‖W_k − Σ_b J_k[:, b] J_{k−1}^{-1}[b, :]‖ / ‖W_k‖."""
        worst = 0.0
        for k, W in enumerate(self.network.matrices, start=1):
            here, before = self.alive(k), self.alive(k - 1)
            passed = self.passed(k)
            rebuilt = self.bases[k][:, [here.index(b) for b in passed]] @ self.duals[k - 1][[before.index(b) for b in passed]]
            norm = float(np.linalg.norm(W.floats, 2))
            worst = max(worst, float(np.linalg.norm(W.floats - rebuilt, 2)) / norm if norm else 0.0)
        return worst


def numerical_flow(L: LinearNetwork, tolerance: float = 1e-9) -> NumericalFlow:
    """Float bases of all nodes in which a linear network is its barcode, up to a tolerance relative to the norm of each layer.

    Raises `InvalidTolerance`, and `UnclearRanks` if the bars are not those of `numerical_ranks(L, tolerance)`.
    Cost: for each layer singular value decompositions and products of its size.

    >>> found = numerical_flow(LinearNetwork([[[1.0, 0.0], [0.0, 1e-12]], [[1.0, 1.0]]]))
    >>> found.bars, found.residual < 1e-9
    (((0, 0), (0, 2), (1, 1)), True)
    """
    evidence = numerical_ranks(L, tolerance)
    groups = sorted(_groups(float_matrices(L), tolerance), key=lambda item: item[0])
    bars = tuple([bar for bar, group in groups for _ in range(len(group))])
    nodes = range(len(L.matrices) + 1)
    bases = [np.hstack([group.columns[k - i] for (i, j), group in groups if i <= k <= j]) for k in nodes]
    duals = [np.vstack([group.rows[k - i] for (i, j), group in groups if i <= k <= j]) for k in nodes]
    bases = _refined(float_matrices(L), bars, orthonormal_ends(bars, bases, duals)[0])
    found = NumericalFlow(L, bars, tuple(bases), tuple(_inverse(J) for J in bases), evidence)
    if found.barcode != evidence.ranks.barcode:
        raise UnclearRanks(
            f"up to tolerance {tolerance:g} the bars along the bases are {found.barcode}, but those of the ranks are"
            f" {evidence.ranks.barcode}, with a gap of {evidence.gap:.3g}; try another tolerance"
        )
    return found


def _groups(matrices: list[np.ndarray], tolerance: float) -> list[tuple[Bar, Group]]:
    """The bars, those of one birth and end together, with their vectors and dual vectors."""
    alive = [Group(0, [np.eye(matrices[0].shape[1])], [np.eye(matrices[0].shape[1])])]
    ended: list[tuple[Bar, Group]] = []
    for k, W in enumerate(matrices, start=1):
        threshold = tolerance * float(np.linalg.norm(W, 2))
        lasting: list[Group] = []
        K = np.zeros((W.shape[0], 0))
        # Invariant: W maps the last vectors of all of `lasting` to the columns of K, which are orthonormal.
        for group in alive:
            image = W @ group.columns[-1]
            inside = K.T @ image
            correction = K.T @ (image - K @ inside)
            inside += correction
            U, values, Vt = np.linalg.svd(image - K @ inside, full_matrices=True)
            rank = int((values > threshold).sum())
            _rotate(group, Vt.T)
            _clear(group, lasting, inside @ Vt.T)
            if rank < len(group):
                ended.append(((group.birth, k - 1), group.part(slice(rank, None), np.ones(len(group) - rank))))
            if rank:
                lasting.append(group.part(slice(rank), 1 / values[:rank]))
                K = np.hstack([K, U[:, :rank]])
        alive = _arrived(lasting, K, k)
    return ended + [((group.birth, len(matrices)), group) for group in alive]


def _rotate(group: Group, V: np.ndarray) -> None:
    group.columns = [J @ V for J in group.columns]
    group.rows = [V.T @ D for D in group.rows]


def _clear(group: Group, lasting: list[Group], inside: np.ndarray) -> None:
    """Subtract from the group that combination of older bars; the dual vectors of those change."""
    start = 0
    for older in lasting:
        coefficients = inside[start : start + len(older)]
        start += len(older)
        for t in range(len(group.columns)):
            s = t + group.birth - older.birth
            group.columns[t] = group.columns[t] - older.columns[s] @ coefficients
            older.rows[s] = older.rows[s] + coefficients @ group.rows[t]


def _arrived(lasting: list[Group], K: np.ndarray, k: int) -> list[Group]:
    """The bars alive at node k: those that last, whose vectors there are K, and the newborn."""
    start = 0
    for group in lasting:
        here = K[:, start : start + len(group)]
        start += len(group)
        group.columns.append(here)
        group.rows.append(here.T)
    newborn = np.linalg.qr(K, mode="complete")[0][:, start:]
    return [*lasting, Group(k, [newborn], [newborn.T])] if newborn.shape[1] else lasting


def _refined(matrices: list[np.ndarray], bars: tuple[Bar, ...], bases: list[np.ndarray]) -> list[np.ndarray]:
    """The bars' vectors, each W_k times the one before; what the last one still maps to is cleared with lasting bars."""
    alive = [[b for b, (i, j) in enumerate(bars) if i <= k <= j] for k in range(len(bases))]
    place = [{b: p for p, b in enumerate(here)} for here in alive]
    for k, W in enumerate(matrices, start=1):
        images = W @ bases[k - 1]
        lasting = [b for b in alive[k - 1] if bars[b][1] >= k]
        bases[k][:, [place[k][b] for b in lasting]] = images[:, [place[k - 1][b] for b in lasting]]
        for birth in range(k):
            ending = [b for b in alive[k - 1] if bars[b] == (birth, k - 1)]
            older = [b for b in lasting if bars[b][0] <= birth]
            if ending and older:
                columns = bases[k][:, [place[k][b] for b in older]]
                norms = np.linalg.norm(columns, axis=0)
                leftover = images[:, [place[k - 1][b] for b in ending]]
                coefficients = np.linalg.lstsq(columns / norms, leftover, rcond=None)[0] / norms[:, None]
                for t in range(birth, k):
                    vectors = bases[t][:, [place[t][b] for b in older]]
                    bases[t][:, [place[t][b] for b in ending]] -= vectors @ coefficients
    return bases


def _inverse(J: np.ndarray) -> np.ndarray:
    """The inverse, with columns scaled to length 1 on the way."""
    norms = np.linalg.norm(J, axis=0)
    return np.linalg.inv(J / norms) / norms[:, None]
