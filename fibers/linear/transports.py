"""Transports: the linear map of weight space that carries one network to another with the same rank list.

For invertible A_0, ..., A_L the map W_k ↦ A_k W_k A_{k−1}^{-1} of weight space is linear, takes the fiber of W to the fiber of
A_L W A_0^{-1}, and keeps rank lists: every W_j ··· W_{i+1} becomes A_j W_j ··· W_{i+1} A_i^{-1}.  So it takes each stratum onto
the stratum with the same rank list.  Two networks with one rank list have one barcode.  If J_k and J'_k are bases along their
bars, in the same order, then A_k = J'_k J_k^{-1} carries the one to the other, because W_k = J_k E_k J_{k−1}^{-1} and
W'_k = J'_k E_k J'_{k−1}^{-1} with one E_k of zeros and ones.

Exact.  Reference: Shewchuk and Bhattacharya 2024, L11 of docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fibers.errors import NotComparable
from fibers.exact import Matrix
from fibers.linear.barcodes import check_layers
from fibers.linear.flows import flow
from fibers.linear.tangent import change_of
from fibers.networks import LinearNetwork

__all__ = ["Transport", "transport"]


@dataclass(frozen=True, repr=False)
class Transport:
    """The linear map W_k ↦ A_k W_k A_{k−1}^{-1} of weight space: `matrices` are A_0, ..., A_L, `inverses` theirs."""

    matrices: tuple[Matrix, ...]
    inverses: tuple[Matrix, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """(d_0, ..., d_L) of the networks that it carries."""
        return tuple(A.rows for A in self.matrices)

    def __call__(self, L: LinearNetwork) -> LinearNetwork:
        """The network that L is carried to; `NotComparable` if L has other widths."""
        check_layers(L)
        return LinearNetwork(self.push(L, L.matrices))

    def push(self, L: LinearNetwork, change: Any) -> list[Matrix]:
        """What a change of weights of L becomes: tangent directions to the stratum of L become tangent to that of its image.

        Raises `NotComparable` if L has other widths, `InvalidNetwork` for a change that does not fit L.
        """
        check_layers(L)
        if L.widths != self.widths:
            raise NotComparable(f"this transport carries networks of widths {self.widths}; found {L.widths}")
        delta = change_of(L, change)
        return [self.matrices[k] @ D @ self.inverses[k - 1] for k, D in enumerate(delta, start=1)]

    @cached_property
    def inverse(self) -> Transport:
        """The map back."""
        return Transport(self.inverses, self.matrices)

    def __repr__(self) -> str:
        return f"<Transport of linear networks {'-'.join(map(str, self.widths))}>"

    def __matmul__(self, other: Transport) -> Transport:
        """First `other`, then this; `NotComparable` if they carry networks of different widths."""
        if not isinstance(other, Transport):
            return NotImplemented
        if self.widths != other.widths:
            raise NotComparable(f"transports compose if their widths are the same; found {self.widths} and {other.widths}")
        matrices = tuple(A @ B for A, B in zip(self.matrices, other.matrices, strict=True))
        inverses = tuple(B @ A for A, B in zip(self.inverses, other.inverses, strict=True))
        return Transport(matrices, inverses)


def transport(L: LinearNetwork, M: LinearNetwork) -> Transport:
    """The linear map of weight space, W_k ↦ A_k W_k A_{k−1}^{-1}, that carries L to M (L11).

    Raises `NotComparable` unless L and M have one rank list, naming an entry where they differ.
    Cost: the flows of both, and the inverses of their bases.

    >>> L, M = LinearNetwork([[[1, 2]], [[0]]]), LinearNetwork([[[0, 3]], [[0]]])
    >>> carry = transport(L, M)
    >>> carry(L) == M, carry.inverse(M) == L
    (True, True)
    """
    check_layers(L)
    check_layers(M)
    if L.widths != M.widths:
        raise NotComparable(f"transport needs networks of the same widths; found {L.widths} and {M.widths}")
    for (j, i), rank in L.ranks.items():
        if M.ranks[j, i] != rank:
            raise NotComparable(f"transport needs networks of one rank list; r_{{{j},{i}}} is {rank} and {M.ranks[j, i]}")
    here, there = flow(L), flow(M)
    matrices = tuple(J @ D for J, D in zip(there.bases, here.duals, strict=True))
    found = Transport(matrices, tuple(J @ D for J, D in zip(here.bases, there.duals, strict=True)))
    assert found(L) == M
    return found
