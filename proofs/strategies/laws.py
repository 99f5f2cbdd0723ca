"""Identities between formulas of max, min and σ, and random pairs of networks that differ by them.

`LAWS` names each identity with its two sides, functions of two or three formulas.  They are identities of numbers, so they hold
for whatever formulas are put in: `hard_pairs` puts in random affine functions of a random network's activations, adds either
side to the network's outputs, and gets two networks that are one function for no reason a neuron-by-neuron match can see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from proofs.strategies.formulas import Formula, absolute, maximum, minimum, network, relu, variables
from proofs.strategies.numbers import rationals

__all__ = ["LAWS", "Law", "hard_pairs"]

Pair = tuple[ReLUNetwork, ReLUNetwork]


@dataclass(frozen=True)
class Law:
    """left(a, b, ...) = right(a, b, ...) for all numbers; `left.arity` of them."""

    name: str
    arity: int
    left: Callable[..., Formula]
    right: Callable[..., Formula]


def half_maximum(a: Formula, b: Formula) -> Formula:
    """max(a, b) = (a + b + |a − b|)/2."""
    return (a + b + absolute(a - b)) / 2


def late_maximum(a: Formula, b: Formula) -> Formula:
    """max(a, b) = a + relu(b − a)."""
    return a + relu(b - a)


def _cycle(a: Formula, b: Formula, c: Formula) -> Formula:
    return relu(a - b) + relu(b - c) + relu(c - a)


def _median(a: Formula, b: Formula, c: Formula) -> Formula:
    """The middle of three: max(min(a, b), min(max(a, b), c))."""
    return maximum(minimum(a, b), minimum(maximum(a, b), c))


def _least(a: Formula, b: Formula, c: Formula) -> Formula:
    return minimum(minimum(a, b), c)


def _greatest(a: Formula, b: Formula, c: Formula) -> Formula:
    return maximum(maximum(a, b), c)


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law("identity", 1, lambda a: a, lambda a: relu(a) - relu(-a)),
        Law("flip", 1, relu, lambda a: a + relu(-a)),
        Law("shifted twice", 1, relu, lambda a: relu(relu(a + 1) - 1)),
        Law("clipped", 2, lambda a, b: relu(a), lambda a, b: relu(maximum(a, -relu(b)))),
        Law("cut", 2, lambda a, b: relu(a), lambda a, b: minimum(relu(b), relu(a)) + relu(relu(a) - relu(b))),
        Law("halved", 2, maximum, half_maximum),
        Law("commutative", 2, maximum, late_maximum),
        Law("sum", 2, lambda a, b: a + b, lambda a, b: maximum(a, b) + minimum(b, a)),
        Law("sorted", 2, lambda a, b: relu(a) + relu(b), lambda a, b: relu(maximum(a, b)) + relu(minimum(a, b))),
        Law("absorption", 2, lambda a, b: maximum(a, minimum(b, a)), lambda a, b: a),
        Law("sum of sizes", 2, lambda a, b: absolute(a) + absolute(b), lambda a, b: maximum(absolute(a + b), absolute(a - b))),
        Law(
            "greatest size",
            2,
            lambda a, b: maximum(absolute(a), absolute(b)),
            lambda a, b: (absolute(a + b) + absolute(a - b)) / 2,
        ),
        Law("associative", 3, _greatest, lambda a, b, c: maximum(a, maximum(b, c))),
        Law(
            "distributive",
            3,
            lambda a, b, c: maximum(a, minimum(b, c)),
            lambda a, b, c: minimum(maximum(a, b), maximum(a, c)),
        ),
        Law("median", 3, _median, lambda a, b, c: a + b + c - _greatest(a, b, c) - _least(b, c, a)),
        Law("cycle", 3, _cycle, lambda a, b, c: _cycle(c, b, a)),
        Law("span", 3, _cycle, lambda a, b, c: _greatest(a, b, c) - _least(c, b, a)),
    )
}
"""Every law by its name; the two sides have at most three hidden layers."""


@st.composite
def hard_pairs(draw: st.DrawFn, law: str | None = None, inputs: int | None = None, hidden: int = 3, width: int = 3) -> Pair:
    """Two networks that are one function by a law: at most so many hidden layers, the first one of at most `width` neurons.

    With room for it the law is about activations of a first layer, otherwise about affine functions of the inputs. The
    outputs, one or two, are random combinations of the law's side and of the activations; weights are integers from −3 to 3, so
    that parallel, equal and zero forms abound. Raises ValueError for a law that needs more than `hidden` hidden layers.
    """
    chosen = LAWS[law or draw(st.sampled_from([name for name, law in LAWS.items() if depth(law) <= hidden]))]
    if depth(chosen) > hidden:
        raise ValueError(f"the law {chosen.name!r} needs {depth(chosen)} hidden layers; found hidden={hidden}")
    number = rationals("integers")
    n = inputs or draw(st.integers(1, 4))
    signals = list(variables(n))
    for _ in range(draw(st.integers(0, hidden - depth(chosen)))):
        signals = [relu(_form(draw, number, signals)) for _ in range(draw(st.integers(1, width)))]
    forms = [_form(draw, number, signals) for _ in range(chosen.arity)]
    rest = [_form(draw, number, signals) for _ in range(draw(st.integers(1, 2)))]
    scales = [draw(number) for _ in rest[1:]]
    sides = [side(*forms) for side in (chosen.left, chosen.right)]
    f, g = (network([rest[0] + side, *(r + side * c for r, c in zip(rest[1:], scales, strict=True))], n) for side in sides)
    return (f, g) if draw(st.booleans()) else (g, f)


def depth(law: Law) -> int:
    """The number of hidden layers that the deeper side needs."""
    x = variables(law.arity)
    return max(law.left(*x).level, law.right(*x).level)


def _form(draw: st.DrawFn, number: st.SearchStrategy, signals: list[Formula]) -> Formula:
    total = Formula((), draw(number))
    for e in signals:
        total = total + e * draw(number)
    return total
