"""Exact random networks, by construction.

`networks` draws widths and weights freely and then spoils some neurons on purpose: zero, repeated, opposite, dead, constant,
unused.  `bottleneck_networks` has two hidden layers and rank W_1 = n_1 ≤ n_0, with chosen numbers of mixed, active and dead
neurons in the second (B1); `facet_networks` hides one facet (B2, B4); `line_networks` has n_1 = 1 (B3).

Notation: sizes n_0 inputs, n_1, n_2 hidden widths, m outputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from proofs.strategies.numbers import weights

__all__ = ["bottleneck_networks", "deep_networks", "facet_networks", "line_networks", "networks", "shallow_networks"]

Vector = list[Fraction]
Number = st.SearchStrategy[Fraction]
WIDEST = 4
FATES = ["plain"] * 6 + ["zero", "copy", "opposite", "dead", "constant", "unused"]


def networks(widths: Sequence[int] | None = None, *, hidden: tuple[int, int] = (0, 3)) -> st.SearchStrategy[ReLUNetwork]:
    """Any small network: 1 to 3 inputs, hidden widths 1 to 4, 1 or 2 outputs, `hidden` = (least, most) hidden layers.

    `widths` = (n_0, ..., n_L) fixes them instead.
    """
    return _networks(tuple(widths) if widths else None, hidden)


def shallow_networks() -> st.SearchStrategy[ReLUNetwork]:
    """One hidden layer (S1)."""
    return networks(hidden=(1, 1))


def deep_networks() -> st.SearchStrategy[ReLUNetwork]:
    """Three or four hidden layers."""
    return networks(hidden=(3, 4))


@st.composite
def _networks(draw: st.DrawFn, widths: tuple[int, ...] | None, hidden: tuple[int, int]) -> ReLUNetwork:
    number = draw(weights())
    if widths is None:
        inner = draw(st.lists(st.integers(1, WIDEST), min_size=hidden[0], max_size=hidden[1]))
        widths = (draw(st.integers(1, 3)), *inner, draw(st.integers(1, 2)))
    most = max(WIDEST, *widths)
    layers = []
    for before, width in itertools.pairwise(widths):
        # drawn in full and cut to size: what follows stays in place when a width shrinks
        block = [draw(_vectors(number, most + 1)) for _ in range(most)]
        layers.append([row[:before] + row[-1:] for row in block[:width]])
    for k in range(len(layers) - 1):
        _spoil(draw, layers[k], layers[k + 1])
    return _network(layers)


def _spoil(draw: st.DrawFn, rows: list[Vector], after: list[Vector]) -> None:
    """Degenerate neurons, in place: `rows` holds each neuron's weights and bias, `after` what reads them."""
    for i, row in enumerate(rows):
        fate = draw(st.sampled_from(FATES))
        if fate == "zero":
            rows[i] = [Fraction(0)] * len(row)
        elif fate == "constant":
            rows[i] = [Fraction(0)] * (len(row) - 1) + [row[-1]]
        elif fate == "dead":
            rows[i] = [-abs(x) for x in row]
        elif fate in ("copy", "opposite"):
            scale = Fraction(draw(st.sampled_from([1, 2, 3]))) * (1 if fate == "copy" else -1)
            rows[i] = [scale * x for x in rows[draw(st.integers(0, len(rows) - 1))]]
        elif fate == "unused":
            for reader in after:
                reader[i] = Fraction(0)


@st.composite
def bottleneck_networks(
    draw: st.DrawFn, inner: int | None = None, mixed: int | None = None, active: int | None = None, dead: int | None = None
) -> ReLUNetwork:
    """Two hidden layers with rank W_1 = n_1 ≤ n_0 ≤ 3: `inner` = n_1, and so many second-layer neurons of each type (B1).

    A second layer that would be empty gets one dead neuron; with n_1 = 1 a mixed row is a threshold on a ray.
    """
    number = draw(weights())
    n_1 = inner or draw(st.integers(1, 3))
    counts = [draw(st.integers(0, 2)) if c is None else c for c in (mixed, active, dead)]
    first = _independent(draw, number, n_1, draw(st.integers(n_1, 3)) if n_1 < 3 else n_1)
    second = [
        _typed(draw, number, kind, n_1 + 1) for kind, c in zip(("mixed", "active", "dead"), counts, strict=True) for _ in range(c)
    ]
    second = draw(st.permutations(second or [_typed(draw, number, "dead", n_1 + 1)]))
    return _network([first, second, _outputs(draw, number, len(second))])


@st.composite
def facet_networks(draw: st.DrawFn, live: int | None = None) -> ReLUNetwork:
    """A bottleneck with a hidden facet: each of the `live` second-layer rows is > 0 there, ≤ 0 elsewhere, with bias ≤ 0."""
    number = draw(weights())
    n_1 = draw(st.integers(1, 3))
    first = _independent(draw, number, n_1, draw(st.integers(n_1, 3)))
    count = live or draw(st.integers(1, 3))
    second = [hiding(draw(_vectors(number, n_1 + 1)), 0) for _ in range(count)]
    second += [_typed(draw, number, "dead", n_1 + 1) for _ in range(draw(st.integers(0, 1)))]
    order = draw(st.permutations(range(n_1)))
    second = [[row[j] for j in order] + [row[-1]] for row in draw(st.permutations(second))]
    return _network([[first[j] for j in order], second, _outputs(draw, number, len(second))])


def line_networks() -> st.SearchStrategy[ReLUNetwork]:
    """Two hidden layers, n_1 = 1: a piecewise linear function of one affine form, with whatever second layer."""
    return bottleneck_networks(inner=1)


def hiding(form: Sequence[Fraction], j: int) -> Vector:
    """The row and bias `form` with B2's sign pattern: > 0 at j, ≤ 0 elsewhere; the bias is < 0 unless it is 0."""
    row = [-abs(x) for x in form]
    row[j] = abs(form[j]) or Fraction(1)
    return row


def _vectors(number: Number, length: int) -> st.SearchStrategy[Vector]:
    return st.lists(number, min_size=length, max_size=length)


def _independent(draw: st.DrawFn, number: Number, rows: int, columns: int) -> list[Vector]:
    """Rows (with biases) of full rank; a deficient draw gets a triangular part that repairs it."""
    drawn = [draw(_vectors(number, columns + 1)) for _ in range(rows)]
    if matrix([row[:-1] for row in drawn]).rank() < rows:
        for i, row in enumerate(drawn):
            row[: i + 1] = [Fraction(0)] * i + [row[i] or Fraction(1)]
    return drawn


def _typed(draw: st.DrawFn, number: Number, kind: str, length: int) -> Vector:
    """A second-layer row and bias that is mixed, active or dead (B1)."""
    row = [abs(x) for x in draw(_vectors(number, length))]
    if kind == "dead":
        return [-x for x in row]
    i = draw(st.integers(0, length - 1))
    row[i] = row[i] or Fraction(1)
    if kind == "mixed":
        signs = [draw(st.sampled_from([1, -1])) for _ in row]
        j = (i + draw(st.integers(1, length - 1))) % length
        row[j], signs[i], signs[j] = row[j] or Fraction(1), 1, -1
        row = [s * x for s, x in zip(signs, row, strict=True)]
    return row


def _outputs(draw: st.DrawFn, number: Number, width: int) -> list[Vector]:
    return [draw(_vectors(number, width + 1)) for _ in range(draw(st.integers(1, 2)))]


def _network(layers: Sequence[Sequence[Sequence[Fraction]]]) -> ReLUNetwork:
    return ReLUNetwork([([row[:-1] for row in rows], [row[-1] for row in rows]) for rows in layers])
