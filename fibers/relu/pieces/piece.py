"""One piece of a fiber: a semi-algebraic set of weights that all compute one function.

A piece is given by a *chart*: named parameters p, polynomial equations and strict inequalities for them, and the weights θ(p) as
rational expressions in p.  The piece is the set of all θ(p), with the hidden neurons of each layer in any order.  So equal
functions of the whole piece are seen from the expressions, its points are drawn by solving the equations, and whether a network
lies in it is asked by solving θ(p) = θ for p.

Exact: everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

from fibers.errors import InvalidDomain, InvalidNetwork, NotInPiece
from fibers.exact import rational
from fibers.networks import ReLUNetwork
from fibers.relu.questions import network_of, seed_of
from fibers.wording import listing
from fiberscope.tables import plural

if TYPE_CHECKING:
    import sympy

__all__ = ["Chart", "Path", "Piece", "Separation"]

Segment = Callable[[Fraction], ReLUNetwork]
"""A part of a path, as a function of 0 ≤ t ≤ 1."""
SHOWN = 20
"""Notebooks show the formulas of networks with up to so many inputs, neurons and outputs together."""


@dataclass(frozen=True)
class Path:
    """A continuous path in a piece, as a function of the rational 0 ≤ t ≤ 1; true as a bool.

    `segments` are functions on [0, 1] too; each takes an equal share of the time, and begins where the one before ends.
    """

    start: ReLUNetwork
    end: ReLUNetwork
    segments: tuple[Segment, ...]

    def __call__(self, t: Any) -> ReLUNetwork:
        """The network at time t, exact weights; `InvalidDomain` unless 0 ≤ t ≤ 1."""
        s = rational(t, "t") * len(self.segments)
        if not 0 <= s <= len(self.segments):
            raise InvalidDomain(f"a path is a function of 0 ≤ t ≤ 1; found t = {t}")
        part = min(int(s), len(self.segments) - 1)
        return self.segments[part](s - part)

    def __repr__(self) -> str:
        return f"<Path from {self.start!r}, {plural(len(self.segments), 'segment')}>"


@dataclass(frozen=True)
class Separation:
    """Why no path inside the piece joins two of its points, or why none is known; false as a bool.

    `proved` tells which: True where a quantity that is constant along paths differs, False where theory is silent.  `reason`
    says it in words, with the reordering of neurons that would help, if one does.
    """

    reason: str
    proved: bool

    def __bool__(self) -> Literal[False]:
        return False

    def __str__(self) -> str:
        return self.reason


class Chart(Protocol):
    """Coordinates of a piece; see the module docstring.  Sympy is imported where it is used."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the networks in the piece."""

    @property
    def label(self) -> Mapping[str, Any]:
        """What tells this piece from the others of its fiber, as a JSON object: flipped neurons, how many are active, ..."""

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The named parameters p, real symbols."""

    @property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """θ(p): for each layer (W, b), matrices of rational expressions in p; b is a column."""

    @property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """Polynomials in p that vanish on the piece."""

    @property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """Polynomials in p that are > 0 on the piece."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Further open conditions, in words, that are decided when a network is looked at; mostly none."""

    @property
    def dimension(self) -> int:
        """The dimension of the piece, as a semi-algebraic set."""

    @property
    def summary(self) -> str:
        """One sentence in plain words: which neurons flip, which are spare, what varies continuously."""

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """A random network of the piece, exact."""

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """The values of the parameters, by name, at a network of the same widths; None if it is not in the piece."""

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """A path in the piece between two networks of it."""


@dataclass(frozen=True)
class Piece:
    """A piece of the fiber of a network: weights θ(p) with parameters p under equations and strict inequalities.

    `equations` are polynomials that vanish, `inequalities` polynomials that are > 0, `weights` the matrices (W, b) of each layer
    in terms of the `parameters`.  A piece is closed under reordering the neurons of a hidden layer.  It is one of logits:
    `final`, a Softmax that follows, is given to its networks, and left aside in those that are asked about.
    """

    chart: Chart
    final: str | None = None

    @property
    def label(self) -> Mapping[str, Any]:
        """What tells this piece from the others, as a JSON object."""
        return self.chart.label

    @property
    def dimension(self) -> int:
        """The dimension of the piece, that is of its largest parts.

        A piece of B5 can have parts of smaller dimension, where its linear part R has less than the rank of generic weights.
        """
        return self.chart.dimension

    @property
    def summary(self) -> str:
        """The piece in plain words."""
        return self.chart.summary

    @property
    def conditions(self) -> tuple[str, ...]:
        """Open conditions that are stated in words, and decided exactly by `contains`; mostly none."""
        return self.chart.conditions

    @cached_property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The named parameters."""
        return self.chart.parameters

    @cached_property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """(W, b) of each layer, in terms of the parameters."""
        return self.chart.weights

    @cached_property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """Polynomials in the parameters that vanish on the piece."""
        return self.chart.equations

    @cached_property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """Polynomials in the parameters that are > 0 on the piece."""
        return self.chart.inequalities

    def sample(self, rng: random.Random | int | None = None) -> ReLUNetwork:
        """A random network of the piece, with exact weights; `rng` is a `random.Random`, a seed, or None for a fresh one.

        Checked to lie in the piece before it is returned.
        """
        network = self.chart.draw(rng if isinstance(rng, random.Random) else random.Random(None if rng is None else seed_of(rng)))
        assert self.chart.coordinates(network) is not None, "a piece has the networks that are drawn from it"
        return _ending(network, self.final)

    def contains(self, network: Any) -> bool:
        """Whether a network lies in this piece, its hidden neurons in any order.  Exact; other widths are not in it."""
        return self.coordinates(network) is not None

    def coordinates(self, network: Any) -> Mapping[str, Fraction] | None:
        """The values of the parameters at a network, by name; None if it does not lie in the piece."""
        g = network_of(network, "network")
        return self.chart.coordinates(_ending(g, None)) if g.widths == self.chart.widths else None

    def path(self, start: Any, end: Any) -> Path | Separation:
        """A path inside the piece from one of its networks to another; what keeps them apart, or that none is known, if not.

        All of it ends in the final activation of `start`. Raises `NotInPiece` if one of the two is not in the piece.
        """
        ends = [network_of(value, name) for name, value in (("start", start), ("end", end))]
        for name, g in zip(("start", "end"), ends, strict=True):
            if not self.contains(g):
                raise NotInPiece(f"{name} must lie in this piece ({self.summary}); piece.contains({name}) is False")
        found, final = self.chart.join(*(_ending(g, None) for g in ends)), ends[0].final
        if final is None or isinstance(found, Separation):
            return found
        first, last = (_ending(g, final) for g in (found.start, found.end))
        return Path(first, last, tuple(_Ending(segment, final) for segment in found.segments))

    def at(self, values: Mapping[str, Any] | Sequence[Any]) -> ReLUNetwork:
        """The network with these values of the parameters, by name or in order.

        Raises `InvalidNetwork` unless each parameter has one value, and the equations and inequalities hold; `conditions` are
        not looked at.
        """
        exact = {p: _sympy(x) for p, x in zip(self.parameters, self._values(values), strict=True)}
        for zero in self.equations:
            if (found := zero.subs(exact)) != 0:
                raise InvalidNetwork(f"values must solve the piece's equations: {zero} must be 0; found {found}")
        for positive in self.inequalities:
            if (found := positive.subs(exact)) <= 0:
                raise InvalidNetwork(f"values must satisfy the piece's inequalities: {positive} must be > 0; found {found}")
        return ReLUNetwork([(W.subs(exact).tolist(), list(b.subs(exact))) for W, b in self.weights], final=self.final)

    def _values(self, values: Mapping[str, Any] | Sequence[Any]) -> list[Fraction]:
        """One exact value for each parameter, in order."""
        names = [str(p) for p in self.parameters]
        if isinstance(values, Mapping):
            if set(values) != set(names):
                raise InvalidNetwork(f"values must name each parameter once: {listing(names)}; found {listing([*values])}")
            values = [values[name] for name in names]
        if len(values) != len(names):
            raise InvalidNetwork(f"values must be {len(names)} numbers, for {listing(names)}; found {len(values)}")
        return [rational(x, name) for name, x in zip(names, values, strict=True)]

    def to_latex(self) -> str:
        """The piece as a set in LaTeX: its weights, equations and inequalities."""
        from fibers.relu.pieces.rendering import piece_latex

        return piece_latex(self)

    def to_json(self) -> dict[str, Any]:
        """The piece as a JSON object: label, dimension, summary, parameters, weights, equations, inequalities, all as text."""
        from fibers.relu.pieces.rendering import piece_json

        return piece_json(self)

    def __repr__(self) -> str:
        return f"<Piece of dimension {self.dimension}: {self.summary}>"

    def _repr_latex_(self) -> str | None:
        return f"$${self.to_latex()}$$" if sum(self.chart.widths) <= SHOWN else None


def _sympy(x: Fraction) -> Any:
    from sympy import Rational

    return Rational(x.numerator, x.denominator)


@dataclass(frozen=True)
class _Ending:
    """A part of a path whose networks get a final activation."""

    segment: Segment
    final: str | None

    def __call__(self, t: Fraction) -> ReLUNetwork:
        return _ending(self.segment(t), self.final)


def _ending(network: ReLUNetwork, final: str | None) -> ReLUNetwork:
    """The same weights before another final activation."""
    return network if network.final == final else ReLUNetwork(network.maps, final=final)
