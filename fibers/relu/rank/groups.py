"""The neurons of a hidden layer by how they bend: with a hyperplane, always on, or never on.

A hidden layer and the map after it make y ↦ Σ_i v_i σ(ℓ_i(y)) + c for the y that reach the layer.  Three kinds of neurons:

    bending      ℓ_i = λ_i ℓ_H for a hyperplane H; those of one H make a *group*, in two *families*, λ_i > 0 and λ_i < 0
    active       ℓ_i ≥ 0 for all y that reach it
    dead         ℓ_i ≤ 0 for all y that reach it

What is known of the y says which kind: all of R^n at the inputs, behind a ReLU the bounds of `fibers.relu.bounds`.  To take a
neuron for bending that is not only loses precision: all identities of a group hold on any domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.networks import ReLUNetwork
from fibers.relu.bounds import Bounds, neuron_bounds
from fibers.relu.shallow import Domain, hyperplane, joined

__all__ = ["Group", "Layer", "Member", "by_bounds", "grouped", "on_domain"]

Vector = tuple[Fraction, ...]
Member = tuple[int, Fraction]  # a neuron, and the |λ| of its row


@dataclass(frozen=True)
class Group:
    """The neurons of one hyperplane H, `form` = (w, b), on its two sides."""

    form: tuple[int, ...]
    positive: tuple[Member, ...]
    negative: tuple[Member, ...]

    @property
    def two_sided(self) -> bool:
        """Whether both families have neurons."""
        return bool(self.positive and self.negative)


@dataclass(frozen=True)
class Layer:
    """Hidden layer `index` (from 1): forms (w_i, b_i), columns v_i, and the kinds of its neurons."""

    index: int
    forms: tuple[Vector, ...]
    columns: tuple[Vector, ...]
    groups: tuple[Group, ...]
    active: tuple[int, ...]
    dead: tuple[int, ...]

    @property
    def inputs(self) -> int:
        """n, the number of coordinates of y."""
        return len(self.forms[0]) - 1

    @property
    def outputs(self) -> int:
        """m, the length of a column."""
        return len(self.columns[0])


def grouped(f: ReLUNetwork, k: int, kinds: Sequence[int | None]) -> Layer:
    """Hidden layer k of f, where `kinds[i]` is 1 for an active neuron, −1 for a dead one, None for one that may bend."""
    rows = joined(f.maps[k - 1])
    members: dict[tuple[int, ...], tuple[list[Member], list[Member]]] = {}
    for i, kind in enumerate(kinds):
        if kind is None:
            H, factor = hyperplane(rows.row(i))
            assert H is not None, "a constant neuron is active or dead"
            families = members.setdefault(H, ([], []))
            families[factor < 0].append((i, Fraction(abs(factor), rows.denominator)))
    groups = tuple([Group(H, tuple(plus), tuple(minus)) for H, (plus, minus) in members.items()])
    active, dead = (tuple([i for i, kind in enumerate(kinds) if kind == sign]) for sign in (1, -1))
    return Layer(k, rows.fractions(), f.maps[k].weights.transpose().fractions(), groups, active, dead)


def by_bounds(f: ReLUNetwork) -> list[list[int | None]]:
    """The kinds of all hidden neurons of f, layer by layer, as intervals tell them.

    >>> f = ReLUNetwork([([[1], [0]], [0, 5]), ([[-1, -2], [1, 0]], [3, 0]), ([[1, 1]], [0])])
    >>> by_bounds(f)
    [[None, 1], [-1, 1]]
    """
    return [[_kind(pair) for pair in layer] for layer in neuron_bounds(f)[:-1]]


def _kind(bounds: Bounds) -> int | None:
    low, high = bounds
    if high is not None and high <= 0:
        return -1
    return 1 if low is not None and low >= 0 else None


def on_domain(f: ReLUNetwork, domain: Domain = "space") -> Layer:
    """The layer of a network with one hidden layer on R^n or on the open orthant, where bending neurons do bend (S1)."""
    rows = joined(f.maps[0])
    kinds: list[int | None] = []
    for i in range(rows.rows):
        H, sign = hyperplane(rows.row(i), domain)
        kinds.append(None if H is not None else 1 if sign > 0 else -1)
    return grouped(f, 1, kinds)
