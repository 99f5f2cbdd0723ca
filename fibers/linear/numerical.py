"""Numerical ranks: what the rank list of float weights is meant to be, up to a stated tolerance.

Weights that were trained or measured in floats have full ranks exactly.  Their numerical ranks are found twice, by sweeps that
keep orthonormal bases, so that small numbers do not pile up over the layers:

    forward    r_{ji} = number of singular values > τ ‖W_j‖ of W_j Q,      Q an orthonormal basis of im W_{j−1~i},
    backward   r_{ji} = number of singular values > τ ‖W_{i+1}‖ of P W_{i+1},   P one of the row space of W_{j~i+1},

each basis from the singular vectors kept before.  Every decision is about one matrix, relative to its norm ‖·‖ = σ_1; for one
layer it is the usual σ/σ_1 > τ.  Where the two sweeps disagree, or their table breaks a law of L1, no rank list is clear.

Floats: ranks are those of weights within about τ‖W_k‖ of the given ones; the gap between the smallest singular value that was
kept and the largest one that was dropped says how clearly.  Reference: Golub and Van Loan, Matrix Computations, 5.4; L1 of
docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fibers.errors import InvalidBarcode, InvalidNetwork, InvalidTolerance, UnclearRanks
from fibers.linear.barcodes import RankList, bars
from fibers.networks import LinearNetwork

__all__ = ["Decision", "NumericalRanks", "float_matrices", "numerical_ranks"]


@dataclass(frozen=True)
class Decision:
    """A numerical rank: `kept`, the smallest relative singular value counted, and `dropped`, the largest one not counted.

    If none was counted `kept` is infinite; if all were `dropped` is 0.
    """

    rank: int
    kept: float
    dropped: float

    @property
    def gap(self) -> float:
        """kept / dropped: how many times larger the one is than the other."""
        return self.kept / self.dropped if self.dropped else math.inf


@dataclass(frozen=True)
class NumericalRanks:
    """A rank list up to a tolerance; `decisions[j, i]` is about r_{ji}, for 0 ≤ i < j ≤ L."""

    ranks: RankList
    tolerance: float
    decisions: Mapping[tuple[int, int], Decision] = field(hash=False)

    @property
    def kept(self) -> float:
        """The smallest relative singular value that was counted, of all entries."""
        return min(decision.kept for decision in self.decisions.values())

    @property
    def dropped(self) -> float:
        """The largest relative singular value that was not counted, of all entries."""
        return max(decision.dropped for decision in self.decisions.values())

    @property
    def gap(self) -> float:
        """kept / dropped over all entries: tolerances between the two give the same ranks."""
        return self.kept / self.dropped if self.dropped else math.inf

    def __str__(self) -> str:
        lines = [f"tolerance {self.tolerance:g}, gap {self.gap:.3g}", "  j  i  rank      kept   dropped       gap"]
        for (j, i), decision in self.decisions.items():
            numbers = f"{decision.kept:9.2e} {decision.dropped:9.2e} {decision.gap:9.2e}"
            lines.append(f"{j:3} {i:2} {decision.rank:5} {numbers}")
        return "\n".join(lines)


def numerical_ranks(weights: LinearNetwork | Sequence[Any], tolerance: float = 1e-9) -> NumericalRanks:
    """The rank list of float weights W_1, ..., W_L up to a tolerance τ, 0 < τ < 1, relative to the norm of each layer.

    `weights`: a linear network, or its matrices listed from the input.  Raises `InvalidTolerance`, `InvalidNetwork`, and
    `UnclearRanks`, naming the entry, if the two sweeps above disagree or the ranks break a law of L1.
    Cost: O(L²) singular value decompositions of the size of a layer.

    >>> found = numerical_ranks([[[1, 0], [0, 1e-12]], [[1, 1]]], tolerance=1e-9)
    >>> found.ranks[1, 0], found.ranks[2, 0], found.dropped
    (1, 1, 1e-12)
    """
    check_tolerance(tolerance)
    matrices = float_matrices(weights)
    forward = _sweep(matrices, tolerance)
    mirrored = _sweep([W.T for W in reversed(matrices)], tolerance)
    L = len(matrices)
    decisions = {}
    for i, j in bars(L):
        if i < j:
            decisions[j, i] = _settled(j, i, forward[j, i], mirrored[L - i, L - j], tolerance)
    widths = [matrices[0].shape[1], *(W.shape[0] for W in matrices)]
    table = {(j, i): decisions[j, i].rank if i < j else widths[i] for i, j in bars(L)}
    try:
        return NumericalRanks(RankList(table), tolerance, decisions)
    except InvalidBarcode as broken:
        raise UnclearRanks(f"the ranks up to tolerance {tolerance:g} break a law: {broken}; try another tolerance") from None


def check_tolerance(tolerance: Any) -> None:
    """Raise `InvalidTolerance` unless 0 < tolerance < 1."""
    if isinstance(tolerance, (str, bytes, complex)) or not 0 < tolerance < 1:
        raise InvalidTolerance(f"tolerance must be a number between 0 and 1, such as 1e-9; found {tolerance!r}")


def float_matrices(weights: LinearNetwork | Sequence[Any]) -> list[np.ndarray]:
    """W_1, ..., W_L as finite float64 arrays."""
    L = weights if isinstance(weights, LinearNetwork) else LinearNetwork(weights)
    for k, W in enumerate(L.matrices, start=1):
        if not np.isfinite(W.floats).all():
            raise InvalidNetwork(f"W_{k} has entries beyond the range of floats; only exact arithmetic will do for it")
    return [W.floats for W in L.matrices]


def _sweep(matrices: Sequence[np.ndarray], tolerance: float) -> dict[tuple[int, int], Decision]:
    """The forward sweep: a decision for each 0 ≤ i < j ≤ L."""
    found = {}
    norms = [float(np.linalg.norm(W, 2)) for W in matrices]
    for i in range(len(matrices)):
        image = np.eye(matrices[i].shape[1])
        for j, W in enumerate(matrices[i:], start=i + 1):
            U, values, _ = np.linalg.svd(W @ image, full_matrices=False)
            found[j, i] = _decide(values, norms[j - 1], tolerance)
            image = U[:, : found[j, i].rank]
    return found


def _decide(values: np.ndarray, norm: float, tolerance: float) -> Decision:
    """How many of the singular values exceed tolerance · norm, and how clearly."""
    relative = [float(x) / norm if norm else 0.0 for x in values]
    kept = [x for x in relative if x > tolerance]
    return Decision(len(kept), min(kept, default=math.inf), max((x for x in relative if x <= tolerance), default=0.0))


def _settled(j: int, i: int, forward: Decision, backward: Decision, tolerance: float) -> Decision:
    if forward.rank != backward.rank:
        raise UnclearRanks(
            f"r_{{{j},{i}}} up to tolerance {tolerance:g} is {forward.rank} from the input on (smallest singular value kept"
            f" {forward.kept:.2e}) but {backward.rank} from the output back (smallest kept {backward.kept:.2e});"
            " try another tolerance"
        )
    return Decision(forward.rank, min(forward.kept, backward.kept), max(forward.dropped, backward.dropped))
