"""Two networks written over common atoms, layer by layer, and how far apart they can be on a box: the plain recursion of E5.

An *atom* u is a pair of functions (u_f, u_g) that are meant to be equal up to rounding: a coordinate of the input, which both
have in common, or u = σ(ℓ) for a pair of affine forms (ℓ_f, ℓ_g) over earlier atoms.  In vectors, over all earlier layers,

    ℓ_f = F u_f + b,        ℓ_g = (F + D) u_g + b + d,        |ℓ_g − ℓ_f| ≤ |F| e + |D u_g + d| + drift,

where |u_g − u_f| ≤ e, and D u_g + d is bounded by the range of u_g.  As σ does not stretch, e for the new atoms is no more than
that; and it is 0 where both forms are ≤ 0 on the whole box.  *Drift* bounds what the written forms miss, |ℓ − written ℓ|: a
scale may have no short inverse.

Rounded outward: everything.  So the bound holds whatever the pairing is; a bad one makes it large (E5 in docs/theory.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.exact import Matrix
from fibers.relu.outward import ZERO, Vector, down, image, moved, up

__all__ = ["Atoms", "Forms", "Step", "input_atoms", "pair", "ranges"]


@dataclass(frozen=True)
class Forms:
    """Affine forms of one network, one a row: coefficients by layer of atoms (0 is the input), biases, and drifts."""

    blocks: dict[int, Matrix]
    bias: Matrix
    drift: Vector

    @property
    def count(self) -> int:
        """The number of forms."""
        return self.bias.rows


@dataclass(frozen=True)
class Atoms:
    """A layer of atoms: low ≤ u_f ≤ high and |u_g − u_f| ≤ error on the box."""

    low: Vector
    high: Vector
    error: Vector

    def reach(self, side: int) -> tuple[Vector, Vector]:
        """An enclosure of u_f (side 0) or u_g (side 1)."""
        if side == 0:
            return self.low, self.high
        low = [a - e if a < 0 else max(a - e, min(a, ZERO)) for a, e in zip(self.low, self.error, strict=True)]
        return low, [b + e for b, e in zip(self.high, self.error, strict=True)]


@dataclass(frozen=True)
class Step:
    """A layer of paired forms: F, b and D, d as above, ranges [low, high] of ℓ_f, and error ≥ |ℓ_g − ℓ_f|, on the box."""

    F: dict[int, Matrix]
    D: dict[int, Matrix]
    bias: Matrix
    offset: Matrix
    drift: Vector
    low: Vector
    high: Vector
    error: Vector

    @property
    def atoms(self) -> Atoms:
        """The atoms σ(ℓ)."""
        e = [ZERO if b + e <= 0 else e for b, e in zip(self.high, self.error, strict=True)]
        return Atoms([max(a, ZERO) for a in self.low], [max(b, ZERO) for b in self.high], e)


def input_atoms(low: Sequence[Fraction], high: Sequence[Fraction]) -> Atoms:
    """The coordinates of the input, on a box; its ends are rounded outward."""
    return Atoms([down(a) for a in low], [up(b) for b in high], [ZERO] * len(low))


def ranges(forms: Forms, layers: Sequence[Atoms], side: int) -> tuple[Vector, Vector]:
    """Enclosures of the forms' true values on the box."""
    low, high = list(forms.bias.vector()), list(forms.bias.vector())
    for b, M in forms.blocks.items():
        least, most = image(M, *layers[b].reach(side))
        low, high = _plus(low, least), _plus(high, most)
    pairs = zip(low, high, forms.drift, strict=True)
    ends = [(down(a - drift), up(b + drift)) for a, b, drift in pairs]
    return [a for a, _ in ends], [b for _, b in ends]


def pair(f: Forms, g: Forms, layers: Sequence[Atoms], check: Callable[[], None] = lambda: None) -> Step:
    """The step that pairs row i of f with row i of g, with its errors. Cost: a product of each block with a vector or two."""
    D = {b: M for b in sorted({*f.blocks, *g.blocks}) if any((M := _difference(f, g, b)).numerators)}
    offset = g.bias - f.bias
    drift = [up(x + y) for x, y in zip(f.drift, g.drift, strict=True)]
    check()
    low, high = ranges(f, layers, 0)
    check()
    inherited = [ZERO] * f.count
    for b, M in f.blocks.items():
        if any(layers[b].error):
            inherited = _plus(inherited, moved(M, layers[b].error))
    check()
    least, most = ranges(Forms(D, offset, drift), layers, 1)
    error = [up(x + max(-a, b)) for x, a, b in zip(inherited, least, most, strict=True)]
    return Step(dict(f.blocks), D, f.bias, offset, drift, low, high, error)


def _difference(f: Forms, g: Forms, b: int) -> Matrix:
    if b not in f.blocks:
        return g.blocks[b]
    return g.blocks[b] - f.blocks[b] if b in g.blocks else -f.blocks[b]


def _plus(v: Sequence[Fraction], w: Sequence[Fraction]) -> Vector:
    return [x + y for x, y in zip(v, w, strict=True)]
