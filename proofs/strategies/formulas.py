"""Networks from formulas: write `y + relu(x − y)`, get a `ReLUNetwork`.

    x, y = variables(2)
    f = network([maximum(x, y)], inputs=2)

A formula is an affine combination of *atoms*: the inputs x_i and relu(e) of other formulas e.  The level of an input is 0, that
of relu(e) is one more than the highest level in e, and that is the layer where its neuron stands.  An atom that is read further
on is carried: relu(e) ≥ 0 by one neuron σ(z) = z, an input by two, x = σ(x) − σ(−x).  Equal atoms share a neuron.
Formulas are not simplified beyond collecting atoms, so that different formulas of one function stay different networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from fibers.networks import ReLUNetwork

__all__ = ["Formula", "absolute", "formulas", "maximum", "minimum", "network", "relu", "variables"]

Number = int | Fraction


@dataclass(frozen=True)
class Atom:
    """The input number `index`, or relu(inner)."""

    index: int = 0
    inner: Formula | None = None

    @cached_property
    def level(self) -> int:
        """The layer that computes it."""
        return 0 if self.inner is None else 1 + self.inner.level

    @cached_property
    def _hash(self) -> int:
        return hash((self.index, self.inner))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Formula:
    """Σ coefficient · atom + constant, atoms in order of appearance."""

    terms: tuple[tuple[Atom, Fraction], ...]
    constant: Fraction = Fraction(0)

    @cached_property
    def level(self) -> int:
        """The last layer that it reads."""
        return max((atom.level for atom, _ in self.terms), default=0)

    def __add__(self, other: Formula | Number) -> Formula:
        other = other if isinstance(other, Formula) else Formula((), Fraction(other))
        total = dict(self.terms)
        for atom, c in other.terms:
            total[atom] = total.get(atom, Fraction(0)) + c
        return Formula(tuple((atom, c) for atom, c in total.items() if c), self.constant + other.constant)

    def __mul__(self, factor: Number) -> Formula:
        return Formula(tuple((atom, c * factor) for atom, c in self.terms if factor), self.constant * factor)

    def __truediv__(self, divisor: Number) -> Formula:
        return self * (1 / Fraction(divisor))

    def __neg__(self) -> Formula:
        return self * -1

    def __sub__(self, other: Formula | Number) -> Formula:
        return self + -other

    def __rsub__(self, other: Number) -> Formula:
        return -self + other

    __radd__, __rmul__ = __add__, __mul__


def variables(n: int) -> tuple[Formula, ...]:
    """The n inputs."""
    return tuple(Formula(((Atom(i), Fraction(1)),)) for i in range(n))


def relu(e: Formula) -> Formula:
    """max(e, 0)."""
    return Formula(((Atom(inner=e), Fraction(1)),))


def maximum(a: Formula, b: Formula) -> Formula:
    """max(a, b) = b + relu(a − b)."""
    return b + relu(a - b)


def minimum(a: Formula, b: Formula) -> Formula:
    """min(a, b) = a − relu(a − b): beside `maximum(a, b)` no further neuron."""
    return a - relu(a - b)


def absolute(e: Formula) -> Formula:
    """|e| = relu(e) + relu(−e)."""
    return relu(e) + relu(-e)


def network(outputs: Sequence[Formula], inputs: int, hidden: int | None = None) -> ReLUNetwork:
    """The network that computes these formulas of `inputs` variables, with so many hidden layers, if not as few as possible.

    Raises ValueError when the formulas need more hidden layers. Cost: linear in the size of the network.

    >>> x, y = variables(2)
    >>> f = network([maximum(x, y)], inputs=2)
    >>> f.widths, f([3, 5]) == f([5, 3]) == (5,)
    ((2, 3, 1), True)
    """
    least = max(e.level for e in outputs)
    hidden = least if hidden is None else hidden
    if hidden < least:
        raise ValueError(f"these formulas need {least} hidden layers; found hidden={hidden}")
    rows, layers = list(outputs), []
    for k in range(hidden, -1, -1):  # rows: the pre-activations of layer k + 1, of atoms of level ≤ k
        places, below = _neurons([atom for row in rows for atom, _ in row.terms], k, inputs)
        layers.append(_affine(rows, places, len(below) if k else inputs))
        rows = below
    return ReLUNetwork(layers[::-1])


def _neurons(atoms: Iterable[Atom], k: int, inputs: int) -> tuple[dict[Atom, list[tuple[int, int]]], list[Formula]]:
    """Where layer k holds each atom, as Σ sign · neuron, and the neurons' rows; one dead neuron where nothing is read."""
    if k == 0:
        return {Atom(i): [(i, 1)] for i in range(inputs)}, []
    places: dict[Atom, list[tuple[int, int]]] = {}
    rows: list[Formula] = []
    for atom in dict.fromkeys(atoms):
        carried = Formula(((atom, Fraction(1)),))
        if atom.inner is None:
            places[atom] = [(len(rows), 1), (len(rows) + 1, -1)]
            rows += [carried, -carried]
        else:
            places[atom] = [(len(rows), 1)]
            rows.append(atom.inner if atom.level == k else carried)
    return places, rows or [Formula(())]


def _affine(rows: Sequence[Formula], places: dict[Atom, list[tuple[int, int]]], width: int) -> tuple[Any, Any]:
    weights = [[Fraction(0)] * width for _ in rows]
    for row, weight in zip(rows, weights, strict=True):
        for atom, c in row.terms:
            for j, sign in places[atom]:
                weight[j] += sign * c
    return weights, [row.constant for row in rows]


def formulas(f: ReLUNetwork, inputs: Sequence[Formula] | None = None) -> list[Formula]:
    """The outputs of f as formulas, of its own variables or of the formulas put in for them."""
    signals = list(variables(f.inputs) if inputs is None else inputs)
    for k, (weights, biases) in enumerate(f.layers):
        if k:
            signals = [relu(e) for e in signals]
        signals = [_combine(row, signals, b) for row, b in zip(weights, biases, strict=True)]
    return signals


def _combine(row: Sequence[Fraction], signals: Sequence[Formula], bias: Fraction) -> Formula:
    total = Formula((), bias)
    for w, e in zip(row, signals, strict=True):
        total = total + e * w
    return total
