"""Shorter networks: each hidden layer written anew with fewer neurons, where its normal form shows how (F6).

One hidden layer between its two affine maps is a function of what enters it, on R^n for the first layer and on the orthant for
the others.  Its normal form S1 has K kinks and an affine rest B y + e once each kink is one neuron a_H σ(ℓ_H).  The rest costs

    on R^n        two neurons on H: (a_H + p) σ(ℓ_H) − p σ(−ℓ_H) = a_H σ(ℓ_H) + p ℓ_H, so one neuron more for a kink
                  changes B by any p w_H^T; two neurons σ(±w) change it by any p w^T
    on orthants   σ(w) = w for w ≥ 0: at most rank B + 1 neurons (`NormalForm.to_network`)

Greedy, kinks before pairs: not always the fewest.  `shorter` takes this with `simplify` (E3) wherever it saves neurons.

Exact: everything.
"""

from __future__ import annotations

from fractions import Fraction

import flint

from fibers.exact import Matrix, matrix
from fibers.networks import Affine, ReLUNetwork
from fibers.relu.canonical_blocks import Block, block, stacked
from fibers.relu.dependence import independent_rows, row_basis
from fibers.relu.shallow import Domain, hyperplane, joined
from fibers.relu.simplification import simplify

__all__ = ["shorter", "smallest"]

PRIME = (1 << 61) - 1


def shorter(network: ReLUNetwork) -> ReLUNetwork:
    """The same function after `simplify` and every hidden layer that has fewer neurons as its normal form; `final` stays.

    >>> f = ReLUNetwork([([[1, 0], [-1, 0], [0, 1], [0, -1]], None), ([[3, 2, 1, -1]], [0])])     # 3 σ(x) + 2 σ(−x) + y
    >>> shorter(f).widths                                                            # 5 σ(x) + y − 2 x
    (2, 3, 1)
    >>> g = ReLUNetwork([([[1, 1], [-1, -1], [1, 0], [-1, 0], [0, 1], [0, -1]], None), ([[1, 1, 2, -2, 2, -2]], [0])])
    >>> shorter(g).widths                                                            # |x + y| + 2 x + 2 y
    (2, 2, 1)
    """
    network = simplify(network)
    k = 1
    while k < len(network.maps):
        domain: Domain = "orthant" if k > 1 else "space"
        if _may_shrink(network.maps[k - 1], domain):
            maps = smallest(block(network.maps[k - 1 : k + 1], domain))
            if len(maps) == 1 or maps[0].weights.rows < network.widths[k]:  # fewer neurons each time: it ends
                network = simplify(ReLUNetwork([*network.maps[: k - 1], *maps, *network.maps[k + 1 :]], final=network.final))
                k = 0
        k += 1
    return network


def _may_shrink(inner: Affine, domain: Domain) -> bool:
    """Whether some rows share a hyperplane, or do not meet the domain: without that, each neuron is a kink."""
    rows = joined(inner)
    planes = {hyperplane(rows.row(i), domain)[0] for i in range(rows.rows)} - {None}
    return len(planes) < rows.rows


def smallest(b: Block) -> tuple[Affine, ...]:
    """One or two affine maps, with σ in between, that compute a normal block; few neurons in between."""
    if not b.kinks or b.domain == "orthant":
        return b.form().to_network().maps
    n, doubled = b.inputs, _doubled(b)
    d = len(doubled)
    rows, C = _written(b.forms.take_rows(doubled).take_columns(range(n)), b.affine.take_columns(range(n)))
    zero = Matrix(rows.rows - d, 1, [0] * (rows.rows - d))
    carriers = joined(Affine(rows, stacked(b.forms.take_rows(doubled).take_columns([n]), zero)))  # ℓ = σ(ℓ) − σ(−ℓ)
    outer = b.affine.take_columns([n]) - C @ carriers.take_columns([n])
    pairs = range(d, rows.rows)
    at = Matrix(d, b.kinks, [int(h == i) for h in doubled for i in range(b.kinks)])
    bends = b.bends + C.take_columns(range(d)) @ at
    forms = stacked(b.forms, carriers.take_rows(pairs), -carriers)
    columns = stacked(bends.transpose(), C.take_columns(pairs).transpose(), (-C).transpose())
    used = [i for i in range(forms.rows) if any(columns.row(i))]
    forms = forms.take_rows(used)
    inner = Affine(forms.take_columns(range(n)), forms.take_columns([n]))
    return inner, Affine(columns.take_rows(used).transpose(), outer)


def _doubled(b: Block) -> list[int]:
    """Kinks whose rows w_H are independent combinations of the rows of B; modulo a prime, so that some may not be."""
    n = b.inputs
    weights = flint.nmod_mat(b.forms.take_columns(range(n)).integers, PRIME)
    kernel, nullity = flint.nmod_mat(b.affine.take_columns(range(n)).integers, PRIME).nullspace()
    product = (weights * kernel).entries()
    inside = [h for h in range(b.kinks) if not any(map(int, product[h * n : h * n + nullity]))]
    return [inside[i] for i in independent_rows(b.forms.take_rows(inside).take_columns(range(n)))] if inside else []


def _written(first: Matrix, B: Matrix) -> tuple[Matrix, Matrix]:
    """(rows, C) with B = C · rows, the independent `first` rows on top, then rows of B."""
    together = stacked(first, B)
    basis, others, X = row_basis(together)
    place = {i: t for t, i in enumerate(basis)} | {i: t for t, i in enumerate(others)}
    unit = [[Fraction(int(t == s)) for s in range(len(basis))] for t in range(len(basis))]
    shares = X.fractions()
    C = [unit[place[i]] if i in set(basis) else shares[place[i]] for i in range(first.rows, together.rows)]
    return together.take_rows(basis), matrix(C) if basis else Matrix(B.rows, 0, [])
