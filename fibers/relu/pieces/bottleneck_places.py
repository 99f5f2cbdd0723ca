"""Where a network lies in a piece of a bottleneck's fiber: which neuron plays which part, and the values of the parameters.

A piece is given by flips K behind the hidden facet, flipped kinks S, and the second-layer neurons that are active and dead.
In a network of the piece

- a first-layer neuron that has an effect is a positive multiple l_j of its row, and the rows of f are independent, so that
  its direction tells which it is.  (Only free neurons may point the same way; all choices are tried then.)  Its bias tells
  the shift;
- a second-layer neuron whose row and bias are > 0 is active, one where they are < 0 is dead, and any other is a positive
  multiple m_i of ℓ_i, or of −ℓ_i for i ∈ S, in the coordinates y_j = σ(t_j) of f: kinks are distinct, which tells which it
  is.

The equations V W = R_S and that for the last bias then decide.  Parts do not change along a path in the piece: directions of
rows, hyperplanes and strict signs cannot jump.

Exact: everything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from fibers.exact import primitive
from fibers.networks import ReLUNetwork
from fibers.relu.moves import Neuron, neurons
from fibers.relu.pieces.bottleneck_base import Base, Vector
from fibers.relu.pieces.bottleneck_weights import Split, signed_forms

__all__ = ["Place", "place"]


class Place(NamedTuple):
    """The neurons of a network that play the parts of the first layer, and of the mixed, active and dead neurons; and values."""

    first: tuple[int, ...]
    mixed: tuple[int, ...]
    active: tuple[int, ...]
    dead: tuple[int, ...]
    values: dict[str, Fraction]


def place(base: Base, split: Split, network: ReLUNetwork) -> Place | None:
    """Where a network of the same widths lies in the piece, or None.  Cost: one pass over its weights."""
    layer, outer = neurons(network, 2)
    for order, values in _first_layers(base, split, network):
        forms = [(*[p.row[i] * values.get(f"l_{j}", 1) for j, i in enumerate(order)], p.bias) for p in layer]
        found = _second_layer(base, split, forms, layer, values, outer)
        if found is not None:
            return Place(order, *found, values)
    return None


def _first_layers(base: Base, split: Split, network: ReLUNetwork) -> Iterator[tuple[tuple[int, ...], dict[str, Fraction]]]:
    """(order, values): neuron order[j] of the network plays the part of first-layer neuron j."""
    rows, biases = network.layers[0]
    directions: dict[tuple[int, ...], list[int]] = {}
    for i, row in enumerate(rows):
        directions.setdefault(_direction(row), []).append(i)
    wanted = base.first_at(split.first)
    fixed = [j for j in range(len(wanted)) if j not in base.free]
    choices = []
    for j in fixed:
        alike = directions.get(_direction(wanted[j][:-1]), ())
        choices.append([found for i in alike if (found := _matched(base, j, wanted[j], rows[i], biases[i], i))])
    for chosen in itertools.product(*choices):
        places = dict(zip(fixed, (i for i, _ in chosen), strict=True))
        rest = [i for i in range(len(rows)) if i not in set(places.values())]
        places |= dict(zip(base.free, rest, strict=True))
        values = {name: x for _, more in chosen for name, x in more.items()}
        for j in base.free:
            values |= {f"W1_{j}_{k}": x for k, x in enumerate(rows[places[j]])} | {f"b1_{j}": biases[places[j]]}
        yield tuple([places[j] for j in range(len(rows))]), values


def _matched(base: Base, j: int, form: Vector, row: Vector, bias: Fraction, i: int) -> tuple[int, dict[str, Fraction]] | None:
    """(i, values) if neuron i, whose row has the direction of first-layer neuron j, plays its part."""
    k = next(k for k, x in enumerate(row) if x)
    scale = row[k] / form[k]
    shift = form[-1] - bias / scale
    if j == base.facet:
        return (i, {f"l_{j}": scale, "s": shift}) if shift < base.reach else None
    return None if shift else (i, {f"l_{j}": scale})


def _second_layer(
    base: Base, split: Split, forms: Sequence[Vector], layer: Sequence[Neuron], values: dict[str, Fraction], outer: Vector
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None:
    """Who is mixed, active and dead when the rows, in the coordinates of f, are `forms`; adds to `values`. None if it fails."""
    kinds: dict[str, list[int]] = {"mixed": [], "active": [], "dead": []}
    for i, form in enumerate(forms):
        kinds["active" if min(form) > 0 else "dead" if max(form) < 0 else "mixed"].append(i)
    if [len(kinds[kind]) for kind in kinds] != [base.mixed, len(split.active), len(split.dead)]:
        return None
    mixed = _mixed(base, split, {i: forms[i] for i in kinds["mixed"]}, layer, values)
    if mixed is None:
        return None
    V, W = [layer[i].column for i in kinds["active"]], [forms[i] for i in kinds["active"]]
    for name, column, form in zip(split.active, V, W, strict=True):
        values |= {f"w_{name}_{j}": x for j, x in enumerate(form[:-1])} | {f"b_{name}": form[-1]}
        values |= {f"v_{r}_{name}": x for r, x in enumerate(column)}
    for name, i in zip(split.dead, kinds["dead"], strict=True):
        values |= {f"q_{name}_{j}": -x for j, x in enumerate(layer[i].row)} | {f"p_{name}": -layer[i].bias}
        values |= {f"u_{r}_{name}": x for r, x in enumerate(layer[i].column)}
    if not _is_affine_part(base, split, V, W, values.get("s", Fraction(0)), outer):
        return None
    return mixed, tuple(kinds["active"]), tuple(kinds["dead"])


def _mixed(
    base: Base, split: Split, forms: dict[int, Vector], layer: Sequence[Neuron], values: dict[str, Fraction]
) -> tuple[int, ...] | None:
    """The neurons that play the parts of the kinks, flipped as S says, with their columns."""
    classes = {_direction(form): i for i, form in forms.items()}
    order = []
    for t, form in enumerate(signed_forms(base, split.flipped, values.get("s", Fraction(0)))):
        i = classes.get(_direction(form))
        if i is None:
            return None
        k = next(k for k, x in enumerate(form) if x)
        scale = forms[i][k] / form[k]
        if any(x * scale != y for x, y in zip(layer[i].column, base.columns[t], strict=True)):
            return None
        values[f"m_{base.neurons[t]}"] = scale
        order.append(i)
    return tuple(order)


def _is_affine_part(base: Base, split: Split, V: Sequence[Vector], W: Sequence[Vector], shift: Fraction, outer: Vector) -> bool:
    """Whether Σ v w = R_S and c' = e_S − Σ v b."""
    for r, (row, c) in enumerate(zip(base.affine_at(split.flipped, shift), outer, strict=True)):
        total = [Fraction(0)] * (len(row) - 1) + [c]
        for v, w in zip(V, W, strict=True):
            total = [x + v[r] * y for x, y in zip(total, w, strict=True)]
        if total != list(row):
            return False
    return True


def _direction(row: Sequence[Fraction]) -> tuple[int, ...]:
    """The row up to a positive factor."""
    q = math.lcm(*(x.denominator for x in row))
    return primitive([x.numerator * (q // x.denominator) for x in row])[0]
