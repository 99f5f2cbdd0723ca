"""The vector fields that gradient flow is made of, as polynomials in the weights (C5 of docs/theory.md).

While the hidden neurons that are on make up the pattern A, each output of a network is affine in x,

    f_c(x) = Σ_j F_{A,c,j}(θ) x_j,    x_0, ..., x_{n−1} the inputs and x_n = 1,

with F a polynomial in θ.  On a region with interior the gradients of f_c span the same as the fields ∇F_{A,c,j}, j = 0..n.  With
D_k = diag(A_k), H_0 = 1 (and the constant), H_k = D_k (W_k H_{k−1} + b_k e_n^T) and B_L = 1, B_k = B_{k+1} W_{k+1} D_k:

    ∂F_{c,j}/∂W_k[q, r] = B_k[c, q] H_{k−1}[r, j],        ∂F_{c,j}/∂b_k[q] = B_k[c, q] [j = n].

`Jet` forms these in any ring: residues modulo a prime at a point, polynomials modulo the prime for brackets.  Exact in the ring.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fibers.conservation.places import Places

__all__ = ["Pattern", "gradients"]

Pattern = tuple[tuple[bool, ...], ...]
Rows = list[list[Any]]


def gradients(places: Places, theta: Sequence[Any], pattern: Pattern) -> Iterator[tuple[tuple[int, int], dict[int, Any]]]:
    """((c, j), {place: ∂F_{c,j}/∂θ_place}) for all c and j, over the ring that the entries of `theta` are from.

    `theta` lists every place; for a linear network the pattern is ignored.  Places of held biases are left out.
    """
    net = _Net(places, list(theta), pattern)
    moving = set(places.moving)
    columns = places.widths[0] + (0 if places.linear else 1)
    for c in range(places.widths[-1]):
        for j in range(columns):
            yield (c, j), {p: x for p, x in net.gradient(c, j) if p in moving}


@dataclass
class _Net:
    """The forward and backward maps of one pattern."""

    places: Places
    theta: list[Any]
    pattern: Pattern

    def __post_init__(self) -> None:
        at, widths = self.places, self.places.widths
        zero = self.theta[0] - self.theta[0]
        one = zero + 1
        last = len(widths) - 1
        columns = widths[0] + (0 if at.linear else 1)
        self.forward: list[Rows] = [[[one if r == j else zero for j in range(columns)] for r in range(widths[0])]]
        for k in range(1, last):
            H = self.forward[-1]
            rows = [[_dot((self._w(k, q, r) for r in range(widths[k - 1])), (h[j] for h in H), zero) for j in range(columns)]
                    for q in range(widths[k])]  # fmt: skip
            for q, row in enumerate(rows):
                if not at.linear:
                    row[-1] = row[-1] + self.theta[at.bias(k, q)]
            self.forward.append([row if self._on(k, q) else [zero] * columns for q, row in enumerate(rows)])
        back: Rows = [[one if c == q else zero for q in range(widths[-1])] for c in range(widths[-1])]
        self.backward = [back]
        for k in range(last - 1, 0, -1):
            B = self.backward[0]
            self.backward.insert(0, [
                [_dot(row, (self._w(k + 1, s, q) for s in range(widths[k + 1])), zero) if self._on(k, q) else zero
                 for q in range(widths[k])] for row in B
            ])  # fmt: skip

    def _w(self, k: int, q: int, r: int) -> Any:
        return self.theta[self.places.weight(k, q, r)]

    def _on(self, k: int, q: int) -> bool:
        return self.places.linear or self.pattern[k - 1][q]

    def gradient(self, c: int, j: int) -> Iterator[tuple[int, Any]]:
        """(place, ∂F_{c,j}/∂θ_place), zeros left out."""
        at, widths = self.places, self.places.widths
        for k in range(1, len(widths)):
            B, H = self.backward[k - 1][c], self.forward[k - 1]
            for q in range(widths[k]):
                if not B[q]:
                    continue
                for r in range(widths[k - 1]):
                    if H[r][j]:
                        yield at.weight(k, q, r), B[q] * H[r][j]
                if not at.linear and j == widths[0]:
                    yield at.bias(k, q), B[q]


def _dot(x: Any, y: Any, zero: Any) -> Any:
    total = zero
    for a, b in zip(x, y, strict=True):
        if a and b:
            total = total + a * b
    return total
