"""When the normal form of a bottleneck network is complete for generic weights: the hypotheses of B3 and B4, read off the head.

The head of a bottleneck network in canonical form is the function h on the orthant y ≥ 0, n_1 ≥ 2,

    h(y) = Σ_H a_H σ(ℓ_H(y)) + B y + e.

B3: no entry of an ℓ_H is 0 and every facet is visible: ∂h/∂y_j at y_j = 0, the step function B_j + Σ_H a_H w_Hj 1[ℓ_H > 0] of the
others, is not 0 on the open facet.  (Where no bias is 0, lower faces show nothing that the open facet does not.)
B4: for one j every ℓ_H, oriented so, is > 0 at j, < 0 at the other inputs and ≤ 0 at the bias, and then B = 0; the bias of one,
and no other, is 0, as the facet is at its limit.  (With two, as in 2σ(y_1 − y_2) − 2σ(2y_1 − y_2), there are equal functions
with other values.)

Exact: everything.  Off these hypotheses equal functions may have unlike first layers (B3 in docs/theory.md has examples).
"""

from __future__ import annotations

import random
from fractions import Fraction

from fibers.relu.shallow import NormalForm, is_zero_step

__all__ = ["bottleneck_case"]

Vector = tuple[Fraction, ...]


def bottleneck_case(head: NormalForm) -> str | None:
    """ "B3", "B4" or None for the head of a bottleneck network, a normal form on the orthant with n_1 ≥ 2 inputs.

    >>> one = Fraction(1)
    >>> bottleneck_case(NormalForm("orthant", (((1, -1, 0), (one,)),), ((one / 2, -one / 2),), (0 * one,)))  # σ(y_1 − y_2)
    'B4'
    >>> bottleneck_case(NormalForm("orthant", (((1, -1, 1), (one,)),), ((one / 2, one),), (one / 2,)))
    'B3'
    """
    if not head.kinks:
        return None
    forms = [H for H, _ in head.kinks]
    probe = _probe(head)
    if all(map(all, forms)) and all(_shows(head, probe, j) or _is_visible(head, j) for j in range(head.inputs)):
        return "B3"
    return "B4" if any(_hides(head, j) for j in range(head.inputs)) else None


def _shows(head: NormalForm, probe: tuple[list[int], list[int]], j: int) -> bool:
    """Whether the step function of facet j is not 0 around the probe's projection to it; most facets are settled so."""
    y, values = probe
    constant = [row[j] for row in head.linear]  # B_j + Σ a_H w_Hj 1[ℓ_H > 0] = A_j ± Σ a_H w_Hj / 2
    for (H, a), value in zip(head.kinks, values, strict=True):
        there = value - H[j] * y[j]
        if there == 0:
            return False  # on a kink
        half = Fraction(H[j] if there > 0 else -H[j], 2)
        constant = [c + x * half for c, x in zip(constant, a, strict=True)]
    return any(constant)


def _probe(head: NormalForm) -> tuple[list[int], list[int]]:
    """Some y > 0, and the values ℓ_H(y)."""
    rng = random.Random(0)
    y = [rng.randint(1, 1 << 16) for _ in range(head.inputs)]
    return y, [sum(w * v for w, v in zip(H, [*y, 1], strict=True)) for H, _ in head.kinks]


def _is_visible(head: NormalForm, j: int) -> bool:
    terms: list[tuple[Vector, tuple[int, ...]]] = []
    constant = [row[j] for row in head.linear]  # B_j = A_j − Σ a_H w_Hj / 2
    for H, a in head.kinks:
        terms.append((tuple([x * H[j] for x in a]), H[:j] + H[j + 1 :]))
        constant = [c - x * H[j] / 2 for c, x in zip(constant, a, strict=True)]
    terms.append((tuple(constant), (0,) * (head.inputs - 1) + (1,)))
    return not is_zero_step(terms, "orthant")


def _hides(head: NormalForm, j: int) -> bool:
    """Whether all kinks have B4's signs at j, and no affine part remains."""
    if sum(not H[-1] for H, _ in head.kinks) != 1:
        return False
    rest = [list(row) for row in head.linear]
    for H, a in head.kinks:
        sign = 1 if H[j] > 0 else -1
        turned = [sign * x for x in H]
        below = all(x < 0 for k, x in enumerate(turned[:-1]) if k != j) and turned[-1] <= 0
        if not (turned[j] > 0 and below):
            return False
        for row, x in zip(rest, a, strict=True):
            for k, w in enumerate(turned[:-1]):
                row[k] -= x * w / 2  # a |ℓ| / 2 = a σ(ℓ) − a ℓ / 2
    return not any(map(any, rest))
