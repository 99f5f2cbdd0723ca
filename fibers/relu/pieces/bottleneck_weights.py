"""The weights θ(p) of a piece of a bottleneck's fiber, in terms of its parameters (B5 in docs/theory.md).

    first layer    l_j (w_j, b_j),   for the hidden facet l_j (w_j, b_j − s);   free rows (W1_j, b1_j)
    mixed          ± m_i (w_ij / l_j, b_i + w_if s),   columns V_i / m_i
    active         (w_ij / l_j, b_i),   columns v_i
    dead           (−q_ij, −p_i),   columns u_i
    output bias    e_S(s) − Σ v_i b_i

Neurons stand in the order of f, where each kink takes the place of the first neuron on it, and carry the numbers of that
order.  Values may be numbers or symbols: only + − * / are used.

Glossary: l, m positive scales, s the shift of the hidden facet f, S the flipped kinks; see `bottleneck_base`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fibers.relu.pieces.bottleneck_base import Base, Vector

__all__ = ["Split", "assembled", "signed_forms"]

Layer = tuple[list[list[Any]], list[Any]]


@dataclass(frozen=True)
class Split:
    """What tells one piece of a fiber from another.

    `first` are the first-layer neurons flipped behind the hidden facet, `flipped` the numbers of the flipped kinks, `active` and
    `dead` the places of such second-layer neurons.
    """

    first: tuple[int, ...]
    flipped: tuple[int, ...]
    active: tuple[int, ...]
    dead: tuple[int, ...]


def assembled(base: Base, split: Split, p: Mapping[str, Any]) -> list[Layer]:
    """θ(p): the pairs (W, b), layer by layer, for parameters given by name."""
    n_1, n_2, n_3 = base.network.widths[1:]
    s = p.get("s", Fraction(0))
    second: list[list[Any]] = [[] for _ in range(n_2)]  # rows with biases
    columns: list[list[Any]] = [[] for _ in range(n_2)]
    for t, (i, form) in enumerate(zip(base.neurons, signed_forms(base, split.flipped, s), strict=True)):
        second[i] = [p[f"m_{i}"] * x / p.get(f"l_{j}", 1) for j, x in enumerate(form[:-1])] + [p[f"m_{i}"] * form[-1]]
        columns[i] = [x / p[f"m_{i}"] for x in base.columns[t]]
    for i in split.active:
        second[i] = [p[f"w_{i}_{j}"] / p.get(f"l_{j}", 1) for j in range(n_1)] + [p[f"b_{i}"]]
        columns[i] = [p[f"v_{r}_{i}"] for r in range(n_3)]
    for i in split.dead:
        second[i] = [-p[f"q_{i}_{j}"] for j in range(n_1)] + [-p[f"p_{i}"]]
        columns[i] = [p[f"u_{r}_{i}"] for r in range(n_3)]
    output = [row[-1] for row in base.affine_at(split.flipped, s)]
    for i in split.active:
        output = [x - p[f"v_{r}_{i}"] * p[f"b_{i}"] for r, x in enumerate(output)]
    rows = [_first_row(base, j, row, p, s) for j, row in enumerate(base.first_at(split.first))]
    return [_layer(rows), _layer(second), ([list(row) for row in zip(*columns, strict=True)], output)]


def signed_forms(base: Base, flipped: Sequence[int], shift: Any) -> list[tuple[Any, ...]]:
    """The forms of the kinks after a shift of the hidden facet, −ℓ_i for those that are flipped."""
    chosen, forms = set(flipped), []
    for i, form in enumerate(base.forms):
        moved = form[-1] if base.facet is None else form[-1] + shift * form[base.facet]
        forms.append(tuple([-x if i in chosen else x for x in (*form[:-1], moved)]))
    return forms


def _first_row(base: Base, j: int, row: Vector, p: Mapping[str, Any], s: Any) -> list[Any]:
    """The row and bias of first-layer neuron j."""
    if j in base.free:
        return [*[p[f"W1_{j}_{k}"] for k in range(len(row) - 1)], p[f"b1_{j}"]]
    moved = row[-1] - s if j == base.facet else row[-1]
    return [p[f"l_{j}"] * x for x in (*row[:-1], moved)]


def _layer(rows: Sequence[Sequence[Any]]) -> Layer:
    return [list(row[:-1]) for row in rows], [row[-1] for row in rows]
