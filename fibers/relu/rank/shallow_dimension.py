"""The functional dimension of one hidden layer, by a formula, for all weights (F7 in docs/theory.md).

    f(y) = Σ_i v_i σ(ℓ_i(y)) + c,   v_i, c ∈ R^m,   on U = R^n or U = the open orthant.

Let Aff be the affine functions on R^n, of dimension n + 1.  For a hyperplane H that meets U let U_H^+, U_H^- be the spans of the
v_i of its neurons with λ_i > 0, < 0, and d_H = dim(U_H^+ + U_H^-).  Let

    V = Σ_H (U_H^+ ∩ U_H^-) + span{v_i : i active},      t = dim V,
    E = span{1, ℓ_i : i active, ℓ_H : H has neurons of both signs},      e = dim E.

Then the functional dimension is  Σ_H (m + d_H n) + t (n + 1) + m e − t e.

Proof.  The derivatives of f by its parameters, as functions of y, are e_o 1[ℓ_i > 0] ℓ_i, v_i 1[ℓ_i > 0] η (η ∈ Aff a
coordinate or 1) and e_o.  A function Σ_H 1[ℓ_H > 0] A_H + A with affine A_H, A determines all A_H (near a point of H off the
others, A_H is the difference of two affine functions) and A.  For neurons of H with λ > 0, A_H ranges over U_H^+ ⊗ Aff + R^m ⊗
ℓ_H; for the others 1[−ℓ_H > 0] = 1 − 1[ℓ_H > 0] turns B ∈ U_H^- ⊗ Aff + R^m ⊗ ℓ_H into A_H = −B and a share B of A.  So the A_H
fill (U_H^+ + U_H^-) ⊗ Aff + R^m ⊗ ℓ_H, of dimension m + d_H n; and the elements with all A_H = 0 are the A in V ⊗ Aff + R^m ⊗ E,
as the two spaces of H meet in (U_H^+ ∩ U_H^-) ⊗ Aff + R^m ⊗ ℓ_H (modulo ℓ_H, tensor products with one space meet factorwise).
On R^n active neurons are constants, E is spanned by 1 and the ℓ_H, and with s = e − 1 the last three terms are
m + m s + t (n − s).

A neuron with ℓ_i = 0 identically has no smooth point; the dimension of the empty batch is 0.  (Such a neuron is 0 at all x,
and f is not smooth in its weights there, even with v_i = 0: v σ(ℓ) has a kink in ℓ for v ≠ 0 near by.)

Exact: everything.

Glossary: n inputs, m outputs, H a hyperplane, d_H, t, e dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fibers.errors import InvalidNetwork
from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.rank.groups import Group, Layer, on_domain
from fibers.relu.shallow import Domain

__all__ = ["common_directions", "dimension_of", "layer_dimension", "span_rank"]

Vector = tuple[Fraction, ...]


def layer_dimension(f: ReLUNetwork, domain: Domain = "space") -> int:
    """The functional dimension of a network with at most one hidden layer on R^n or on the open orthant (F7).

    Exact, for all weights. Raises `InvalidNetwork` for more hidden layers. Cost: ranks of matrices no larger than the weights.

    >>> layer_dimension(ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])]))                  # |x|: 7 parameters
    4
    """
    if f.hidden > 1:
        raise InvalidNetwork(f"layer_dimension needs a network with at most one hidden layer; this one has {f.hidden}")
    if f.hidden == 0:
        return f.parameters
    return dimension_of(on_domain(f, domain))


def dimension_of(layer: Layer) -> int:
    """The formula for a layer whose bending neurons bend; 0 if a neuron is 0 identically."""
    if not all(map(any, layer.forms)):
        return 0
    n, m = layer.inputs, layer.outputs
    total = 0
    for group in layer.groups:
        total += m + n * span_rank([layer.columns[i] for i, _ in (*group.positive, *group.negative)])
    directions = [layer.columns[i] for i in layer.active]
    forms: list[Sequence[Fraction | int]] = [(*(0,) * n, 1), *[layer.forms[i] for i in layer.active]]
    for group in layer.groups:
        if group.two_sided:
            directions += [u for u, _, _ in common_directions(layer, group)]
            forms.append(group.form)
    t, e = span_rank(directions), span_rank(forms)
    return total + t * (n + 1) + m * e - t * e


def common_directions(layer: Layer, group: Group) -> list[tuple[Vector, Vector, Vector]]:
    """A basis of U_H^+ ∩ U_H^-, each u with α, β: u = Σ α_i v_i over the positive family = Σ β_i v_i over the negative one."""
    sides = [[layer.columns[i] for i, _ in family] for family in (group.positive, group.negative)]
    bases = [row_basis(matrix(side))[0] for side in sides]
    chosen = [[side[i] for i in basis] for side, basis in zip(sides, bases, strict=True)]
    if not all(chosen):
        return []
    # x·P − z·Q = 0 with independent rows in P and in Q: the relations among the rows of both, one for each dependent row of Q
    both = matrix([*chosen[0], *chosen[1]])
    basis, others, X = row_basis(both)
    p = len(chosen[0])
    found = []
    for row, other in enumerate(others):
        shares = dict(zip(basis, X.fractions()[row], strict=True))
        alpha = _spread(len(sides[0]), bases[0], [shares.get(j, Fraction(0)) for j in range(p)])
        beta_basis = [Fraction(int(p + j == other)) - shares.get(p + j, Fraction(0)) for j in range(len(chosen[1]))]
        beta = _spread(len(sides[1]), bases[1], beta_basis)
        u = tuple([sum((a * x for a, x in zip(alpha, xs, strict=True)), Fraction(0)) for xs in zip(*sides[0], strict=True)])
        found.append((u, alpha, beta))
    return found


def _spread(length: int, places: Sequence[int], values: Sequence[Fraction]) -> Vector:
    spread = [Fraction(0)] * length
    for place, value in zip(places, values, strict=True):
        spread[place] = value
    return tuple(spread)


def span_rank(vectors: Sequence[Sequence[Fraction | int]]) -> int:
    """The dimension of a span; 0 for no vectors."""
    return matrix(vectors).rank() if vectors else 0
