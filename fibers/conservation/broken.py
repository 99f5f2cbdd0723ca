"""One-parameter symmetries that carry no conservation law (C4 of docs/theory.md).

A vector field X that leaves f alone has X·∇loss = 0 along gradient flow, X·θ' = 0.  That is a law, Q' = 0, if ω = Σ X_p dθ_p is
dQ up to a factor that is nowhere 0; by Frobenius it is not if ω ∧ dω ≠ 0.  Three families fail everywhere:

    shift      neuron i is always on:  b_i → b_i + δ, and β_c → β_c − u_c δ for all c that read it with weight u_c
    facet      neuron i's kink is hidden by each c that reads it (B4):  the same
    rotation   neurons i, l are on together: (row_i, row_l) and (column_i, column_l) turned by an angle

For the first two ω = db − Σ u_c dβ_c and dω = −Σ du_c ∧ dβ_c, so that ω ∧ dω has coefficient −1 at db ∧ du_c ∧ dβ_c.  For the
rotation ω = Σ_r (x_r dy_r − y_r dx_r) over the entries r of the two rows, biases and columns, dω = 2 Σ_r dx_r ∧ dy_r, and
ω ∧ dω has coefficient ±2 x_s at dx_r ∧ dy_r ∧ dy_s, s ≠ r.  If u did not move, b − Σ u_c β_c would be conserved: it is the
quantity to watch drift.

Exact: everything.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from fibers.conservation.blocks import Structure
from fibers.conservation.places import Places
from fibers.conservation.quantities import Quantity
from fibers.networks import ReLUNetwork
from fibers.relu.moves import NotApplicable, hides

if TYPE_CHECKING:
    import sympy

__all__ = ["BrokenSymmetry", "broken_symmetries", "frobenius"]

Field = tuple[tuple[int, int, int | None], ...]
"""(place, sign, place of the weight that it is times, None for 1): the components of a vector field."""


@dataclass(frozen=True)
class BrokenSymmetry:
    """A continuous symmetry of a network that gradient flow turns into no conserved quantity.

    `neurons` are those concerned, as (hidden layer, index); `field` its vector field; `defect` a coefficient of ω ∧ dω that is
    not 0 at the network; `quantity` would be conserved if outgoing weights stood still, and drifts (None for a rotation).
    """

    kind: Literal["shift", "facet", "rotation"]
    neurons: tuple[tuple[int, int], ...]
    symmetry: str
    places: Places
    components: Field
    defect: Fraction
    quantity: Quantity | None

    @cached_property
    def field(self) -> dict[sympy.Symbol, sympy.Expr]:
        """The vector field: {weight: its rate of change}, in sympy; other weights do not move."""
        import sympy

        s = self.places.symbols
        found: dict[sympy.Symbol, sympy.Expr] = {}
        for p, sign, q in self.components:
            found[s[p]] = found.get(s[p], sympy.Integer(0)) + sign * (1 if q is None else s[q])
        return found

    def __repr__(self) -> str:
        return f"<BrokenSymmetry {self.kind}: {self.symmetry}>"


def broken_symmetries(structure: Structure, places: Places) -> tuple[BrokenSymmetry, ...]:
    """The shifts, facets and rotations of a network, layer by layer."""
    f = structure.network
    vector = places.vector(f)
    found: list[BrokenSymmetry] = []
    for k, kinds in enumerate(structure.kinds, start=1):
        if isinstance(f, ReLUNetwork) and places.biases:
            always = [i for group in kinds.together for i in group]
            found += [_shift("shift", places, k, i, list(range(f.widths[k + 1]))) for i in always]
            found += [_shift("facet", places, k, i, readers) for i in kinds.others if (readers := _readers(structure, k, i))]
        for group in kinds.together:
            turned = [i for i in group if places.linear or places.biases or not vector[places.bias(k, i)]]  # b ≠ 0 that is held
            for i, j in itertools.combinations(turned, 2):
                found += _rotation(places, vector, k, i, j)
    return tuple(found)


def _shift(kind: Literal["shift", "facet"], at: Places, k: int, i: int, readers: list[int]) -> BrokenSymmetry:
    pairs = [(at.bias(k + 1, c), at.weight(k + 1, c, i)) for c in readers]
    components = ((at.bias(k, i), 1, None), *((beta, -1, u) for beta, u in pairs))
    terms = ((Fraction(1), (at.bias(k, i),)), *((Fraction(-1), tuple(sorted(pair))) for pair in pairs))
    why = "is on everywhere" if kind == "shift" else "has its kink hidden by the neurons that read it"
    rows = "" if kind == "shift" else f" on the rows {', '.join(map(str, readers))} that read it"
    text = f"neuron {i} of hidden layer {k} {why}: b{k}_{i} + δ, and b{k + 1} − δ·(column {i} of W{k + 1}){rows}"
    return BrokenSymmetry(kind, ((k, i),), text, at, components, Fraction(-1), Quantity(at, terms))


def _readers(structure: Structure, k: int, i: int) -> list[int]:
    """The neurons that hide the kink of neuron i of layer k, for all weights near these; none if one does not."""
    f = structure.network
    if not isinstance(f, ReLUNetwork) or k >= f.hidden:
        return []
    try:
        hides(f, k, i)
    except NotApplicable:
        return []
    W, b = f.layers[k]
    dead, fed = structure.kinds[k].dead, structure.live(k)
    readers = [c for c in range(f.widths[k + 1]) if c not in dead]
    strict = all(W[c][i] > 0 > b[c] and all(W[c][j] < 0 for j in fed if j != i) for c in readers)
    return readers if strict else []


def _rotation(at: Places, vector: tuple[Fraction, ...], k: int, i: int, j: int) -> Iterator[BrokenSymmetry]:
    """The turn of two neurons that are on together, if ω ∧ dω ≠ 0 is seen at these weights."""
    incoming = [(at.weight(k, i, r), at.weight(k, j, r)) for r in range(at.widths[k - 1])]
    incoming += [(at.bias(k, i), at.bias(k, j))] if at.biases else []
    outgoing = [(at.weight(k + 1, r, i), at.weight(k + 1, r, j)) for r in range(at.widths[k + 1])]
    components = tuple((p, sign, q) for x, y in (*incoming, *outgoing) for p, sign, q in ((y, 1, x), (x, -1, y)))
    pairs = [*incoming, *outgoing]
    defect = next((2 * vector[p] for pair in pairs for p in pair if vector[p]), Fraction(0))
    if defect and len(pairs) > 1:
        where = f"rows {i}, {j} of W{k}{f', b{k}' if at.biases else ''} and columns {i}, {j} of W{k + 1}"
        yield BrokenSymmetry("rotation", ((k, i), (k, j)), f"{where} turned by an angle", at, components, defect, None)


def frobenius(components: Field, vector: tuple[Fraction, ...]) -> dict[tuple[int, int, int], Fraction]:
    """The coefficients of ω ∧ dω at a point, ω = Σ X_p dθ_p, by ascending triples of places; those that are 0 are left out.

    With components X_p = ± θ_q or ± 1: dω = Σ ± dθ_q ∧ dθ_p.  Cost: the square of the number of components.
    """
    found: dict[tuple[int, int, int], Fraction] = {}
    for (p, s, q), (r, t, u) in itertools.product(components, components):
        if u is None or p in (u, r) or u == r:
            continue
        value = Fraction(s * t) * (1 if q is None else vector[q])
        ordered = tuple(sorted((p, u, r)))
        key = (ordered[0], ordered[1], ordered[2])
        found[key] = found.get(key, Fraction(0)) + _sign((p, u, r)) * value
    return {key: x for key, x in found.items() if x}


def _sign(triple: tuple[int, int, int]) -> int:
    a, b, c = triple
    return 1 if (a < b) ^ (b < c) ^ (a < c) else -1
