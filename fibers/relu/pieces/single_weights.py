"""The weights of a point of a piece, and the point of given weights (B7).

With parameters l_k, μ > 0 and for each hidden neuron j its form ℓ_j = (z_j, b_j) and u_j ≠ 0, and t:

    visible k    row ± l_k (w_k, b_k), − if it is flipped;  W_2 entry μ u_k / l_k
    hidden j     row (z_j E, b_j);                          W_2 entry μ u_j
    b_2 = μ t,   V = v/μ,   c,   or c + v (F − t) if P is everything, F the constant term of F_C

Everything is a formula in numbers or in symbols alike, so that one function serves for networks and for sympy.

Exact: everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.single_base import Base
from fibers.relu.pieces.single_systems import Kind, walls_of
from fibers.relu.shallow import hyperplane, joined

__all__ = ["Place", "assembled", "names", "place"]

Vector = tuple[Fraction, ...]


def names(base: Base) -> dict[str, tuple[str, ...]]:
    """The names of the parameters: "positive" scales, and those that are "real"."""
    P = base.support
    real = [name for j in P.hidden for name in (*[f"w_{j}_{i}" for i in range(base.rank)], f"b_{j}", f"u_{j}")]
    return {"positive": (*[f"l_{k}" for k in P.visible], "m"), "real": (*real, "t")}


def assembled(base: Base, kind: Kind, p: Mapping[str, Any], number: Any = lambda x: x) -> list[tuple[list[Any], list[Any]]]:
    """The layers (W, b) at the parameters p; `number` turns a Fraction into what can be multiplied with them."""
    n, P = len(base.forms), base.support
    rows: list[list[Any]] = [[] for _ in range(n)]
    biases: list[Any] = [None] * n
    second: list[Any] = [None] * n
    for k in P.visible:
        *w, b = [number(-x if k in kind.flipped else x) for x in base.lifted(base.forms[k])]
        rows[k], biases[k] = [p[f"l_{k}"] * x for x in w], p[f"l_{k}"] * b
        second[k] = p["m"] * number(base.weights[k]) / p[f"l_{k}"]
    for j in P.hidden:
        z = [p[f"w_{j}_{i}"] for i in range(base.rank)]
        rows[j] = [_combined(z, [number(e) for e in column]) for column in zip(*base.axes, strict=True)]
        biases[j], second[j] = p[f"b_{j}"], p["m"] * p[f"u_{j}"]
    V = [[number(x) / p["m"]] for x in base.column]
    c = [number(x) for x in base.constant]
    if P.everywhere:
        (F,) = base.forms_on(kind.flipped)
        c = [x + number(v) * (number(F[-1]) - p["t"]) for x, v in zip(c, base.column, strict=True)]
    return [(rows, biases), ([second], [p["m"] * p["t"]]), (V, c)]


@dataclass(frozen=True)
class Place:
    """Where a network lies in a piece: its neuron in each place of the chart, and the parameters by name."""

    order: tuple[int, ...]
    values: dict[str, Fraction]


def place(base: Base, kind: Kind, network: ReLUNetwork) -> Place | None:
    """The place of a network of the same widths, as far as P tells; None if there is none.

    What is asked here makes it compute f on P; that g' ≤ 0 elsewhere is for `Base.is_off_elsewhere` to decide.
    """
    (W_2, b_2), (V, c) = network.layers[1], network.layers[2]
    μ = _ratio(base.column, [row[0] for row in V])
    if μ is None:
        return None
    rows = [base.lowered(row) for row in joined(network.maps[0]).fractions()]
    values, order = {"m": μ, "t": b_2[0] / μ}, [-1] * len(rows)
    planes = {_plane(base.forms[k]): k for k in base.support.visible}
    rest = []
    for i, row in enumerate(rows):
        k = planes.get(_plane(row)) if row else None
        if row is None:
            return None
        if k is None:
            rest.append(i)
            continue
        scale = _ratio(row, [-x if k in kind.flipped else x for x in base.forms[k]])
        if order[k] >= 0 or scale is None or W_2[0][i] * scale != μ * base.weights[k]:
            return None
        order[k], values[f"l_{k}"] = i, scale
    if len(rest) != len(base.support.hidden) or not _placed(base, kind, rows, rest, order):
        return None
    for j in base.support.hidden:
        *z, b = rows[order[j]] or ()
        values |= {f"w_{j}_{i}": x for i, x in enumerate(z)} | {f"b_{j}": b, f"u_{j}": W_2[0][order[j]] / μ}
    return Place(tuple(order), values) if _solves(base, kind, values, c) else None


def _placed(base: Base, kind: Kind, rows: Sequence[Vector | None], rest: Sequence[int], order: list[int]) -> bool:
    """Put hidden neurons in places of their patterns, in `order`; whether that can be."""
    walls = dict(zip(base.support.hidden, walls_of(base, kind), strict=True))
    left = list(base.support.hidden)
    for i in rest:
        row = rows[i] or ()
        found = next((j for j in left if all(side * _dot(row, ray) > 0 for ray, side in walls[j])), None)
        if found is None:
            return False
        left.remove(found)
        order[found] = i
    return True


def _solves(base: Base, kind: Kind, p: Mapping[str, Fraction], c: Vector) -> bool:
    """Whether the equations and the other inequalities hold, and the output bias is right."""
    P, forms = base.support, base.forms_on(kind.flipped)
    if any(not p[f"u_{j}"] for j in P.hidden):
        return False
    if P.everywhere:
        assert P.least is not None
        (F,) = forms
        shifted = tuple([x + v * (F[-1] - p["t"]) for x, v in zip(base.constant, base.column, strict=True)])
        return not any(F[:-1]) and p["t"] > F[-1] - P.least and c == shifted
    for C, form in enumerate(forms):
        total = [*[Fraction(0)] * base.rank, p["t"]]
        for j, pattern in zip(P.hidden, kind.patterns, strict=True):
            if pattern[C]:
                share = [p[f"u_{j}"] * x for x in (*[p[f"w_{j}_{i}"] for i in range(base.rank)], p[f"b_{j}"])]
                total = [a + b for a, b in zip(total, share, strict=True)]
        if tuple(total) != form:
            return False
    return c == base.constant


def _ratio(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction | None:
    """The s > 0 with a = s b, if there is one."""
    i = next((i for i, x in enumerate(b) if x), None)
    s = None if i is None else a[i] / b[i]
    return s if s is not None and s > 0 and all(x == s * y for x, y in zip(a, b, strict=True)) else None


def _plane(form: Vector) -> object:
    return hyperplane(matrix([form]).row(0))[0]


def _combined(z: Sequence[Any], column: Sequence[Any]) -> Any:
    return sum(map(mul, z[1:], column[1:]), z[0] * column[0])


def _dot(a: Sequence[Fraction], b: Sequence[Fraction | int]) -> Fraction:
    return sum(map(mul, a, b), Fraction(0))
