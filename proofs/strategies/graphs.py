"""The one-hidden-layer form of a network of one variable, by its exact breakpoints.

A piecewise linear function of one variable is a + b x + Σ c_i σ(x − t_i), t_i its breakpoints and c_i how much the slope changes
there.  Breakpoints are found layer by layer, as zeros of maps that are affine between those found so far.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.networks import ReLUNetwork
from proofs.strategies.formulas import network, relu, variables

__all__ = ["graph"]


def graph(f: ReLUNetwork) -> ReLUNetwork:
    """The one-hidden-layer form of a network of one variable: a + b x + Σ c_i σ(x − t_i), t_i its exact breakpoints.

    Points where some neuron switches but f does not bend drop out; x is σ(x) − σ(−x).
    Raises ValueError for a network of several variables. Cost: quadratic in the number of breakpoints.
    """
    if f.inputs != 1:
        raise ValueError(f"f must have one input; found {f.inputs}")
    cuts: list[Fraction] = []
    for k in range(1, len(f.layers)):
        part = ReLUNetwork(f.layers[:k])
        zeros = set(cuts)
        for piece in _pieces(cuts):
            values, slopes = _line(part, piece)
            roots = [piece.start - v / slope for v, slope in zip(values, slopes, strict=True) if slope]
            zeros.update(t for t in roots if t in piece)
        cuts = sorted(zeros)
    lines = [_line(f, piece) for piece in _pieces(cuts)]
    (x,) = variables(1)
    values, before = lines[0]
    outputs = [v + slope * (x - _pieces(cuts)[0].start) for v, slope in zip(values, before, strict=True)]
    for t, (_, slopes) in zip(cuts, lines[1:], strict=True):
        outputs = [e + (q - p) * relu(x - t) for e, p, q in zip(outputs, before, slopes, strict=True)]
        before = slopes
    return network(outputs, 1)


@dataclass(frozen=True)
class _Piece:
    """The open interval from `low` to `high`, either of which may be missing."""

    low: Fraction | None
    high: Fraction | None

    def __contains__(self, t: Fraction) -> bool:
        return (self.low is None or self.low < t) and (self.high is None or t < self.high)

    @property
    def start(self) -> Fraction:
        """A point inside."""
        if self.low is None:
            return Fraction(0) if self.high is None else self.high - 2
        return self.low + self.step

    @property
    def step(self) -> Fraction:
        """start + step is inside, too."""
        return Fraction(1) if self.low is None or self.high is None else (self.high - self.low) / 3


def _pieces(cuts: Sequence[Fraction]) -> list[_Piece]:
    return [_Piece(low, high) for low, high in itertools.pairwise([None, *cuts, None])]


def _line(f: ReLUNetwork, piece: _Piece) -> tuple[list[Fraction], list[Fraction]]:
    """The values of f at `piece.start`, and its slopes on the piece, where it is affine."""
    here, there = f.evaluate([[piece.start], [piece.start + piece.step]])
    return list(here), [(q - p) / piece.step for p, q in zip(here, there, strict=True)]
