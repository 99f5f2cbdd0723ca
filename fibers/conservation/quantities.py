"""Polynomials in the weights of a network: the shape in which conserved quantities, and others, are kept.

    Q(θ) = Σ_t c_t Π_{p in S_t} θ_p,     c_t rational, S_t one or two places (with repetition)

Exact: values and gradients at networks, and the expression.  `along` works in float64, on recorded trajectories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fibers.conservation.places import Places, same_kind
from fibers.errors import InvalidNetwork
from fibers.wording import widths_text

if TYPE_CHECKING:
    import sympy

__all__ = ["Quantity", "Terms", "collected"]

Terms = tuple[tuple[Fraction, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Quantity:
    """A polynomial in the weights of networks of one architecture; `terms` are (coefficient, places).

    >>> Q = Quantity(Places((1, 1, 1), linear=True), ((Fraction(1), (0, 0)), (Fraction(-1), (1, 1))))
    >>> Q.expression
    W1_0_0**2 - W2_0_0**2
    """

    places: Places
    terms: Terms

    def value(self, network: Any) -> Fraction:
        """Q at a network of the same widths, exactly; `InvalidNetwork` for another architecture."""
        if not same_kind(self.places, network):
            kind = "LinearNetwork" if self.places.linear else "ReLUNetwork"
            found = f"{type(network).__name__} {widths_text(getattr(network, 'widths', ()))}".strip()
            raise InvalidNetwork(f"network must be a {kind} of widths {widths_text(self.places.widths)}; found {found}")
        return self.at(self.places.vector(network))

    def at(self, vector: tuple[Fraction, ...]) -> Fraction:
        """Q at an exact vector of weights."""
        total = Fraction(0)
        for c, places in self.terms:
            product = c
            for p in places:
                product *= vector[p]
            total += product
        return total

    def gradient(self, vector: tuple[Fraction, ...]) -> dict[int, Fraction]:
        """∂Q/∂θ_p at an exact vector, by place; zeros are left out."""
        found: dict[int, Fraction] = defaultdict(Fraction)
        for c, places in self.terms:
            for t, p in enumerate(places):
                product = c
                for q in (*places[:t], *places[t + 1 :]):
                    product *= vector[q]
                found[p] += product
        return {p: x for p, x in found.items() if x}

    def along(self, parameters: np.ndarray) -> np.ndarray:
        """Q at each row of an array of weights, in float64."""
        total = np.zeros(len(parameters))
        for c, places in self.terms:
            total += float(c) * np.prod([parameters[:, p] for p in places], axis=0)
        return total

    @cached_property
    def expression(self) -> sympy.Expr:
        """Q in sympy, in the real symbols W1_0_0, ..., b1_0, ... of the weights."""
        import sympy

        s = self.places.symbols
        return sympy.Add(*[sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*[s[p] for p in S]) for c, S in self.terms])

    def __str__(self) -> str:
        return str(self.expression)


def collected(terms: Iterable[tuple[Fraction, tuple[int, ...]]]) -> Terms:
    """Terms with equal monomials added up, and zeros left out."""
    found: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    for c, places in terms:
        found[tuple(sorted(places))] += c
    return tuple((c, places) for places, c in found.items() if c)
