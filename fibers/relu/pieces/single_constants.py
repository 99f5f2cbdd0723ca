"""The fiber of a constant function in networks with one second-layer neuron: f = v σ(g) + c, two pieces (B7).

    off      g' ≤ 0 everywhere,   c' = the constant,   v' and all else free: P parameters but n_3 of them
    unread   v' = 0,   g' > 0 somewhere,   c' = the constant, all else free: n_3 fewer still

Both are connected.  off: for fixed W_1, b_1 the (W_2, b_2) with g' ≤ 0 make a convex set that contains (−1, ..., −1); there
W_1, b_1 move freely, and then (W_2, b_2) goes to where it should, v' along with it.  unread: b_2 may grow without leaving the
piece, and where it exceeds n_1 max |W_2| max |b_1|, so that g'(0) > 0, all else moves freely.

The dimension of off is as said at every point: it has interior points (W_2, b_2 < 0) in the subspace, and near each of its
points: W_2, b_2 lowered by ε > 0 give −ε (1 + Σ σ(ℓ_j)) more room.

Exact: everything.  Whether g' ≤ 0 everywhere is decided by `fibers.equivalent`.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.piece import Path, Separation
from fibers.relu.weights import from_vector, slots, symbols, vector

if TYPE_CHECKING:
    import sympy

__all__ = ["ConstantChart", "constant_charts", "is_constant", "is_quiet"]

Vector = tuple[Fraction, ...]


def is_quiet(f: ReLUNetwork) -> bool:
    """Whether the second-layer neuron is 0 everywhere, g ≤ 0.  Cost: that of `fibers.equivalent`."""
    from fibers.relu.equivalence import equivalent

    zero = ReLUNetwork([([[0] * f.inputs], [0])])
    return bool(equivalent(ReLUNetwork([*f.maps[:2], ([[1]], [0])]), zero))


def is_constant(f: ReLUNetwork) -> bool:
    """Whether f is in one of the two pieces: v = 0, or g ≤ 0 everywhere."""
    return not any(f.maps[2].weights.numerators) or is_quiet(f)


def constant_charts(f: ReLUNetwork) -> tuple[ConstantChart, ...]:
    """The two pieces, that of f first."""
    off, unread = [ConstantChart(f.widths, f.maps[2].bias.vector(), is_off, f.final) for is_off in (True, False)]
    return (off, unread) if is_quiet(f) else (unread, off)


@dataclass(frozen=True)
class ConstantChart:
    """One of the two pieces: see the module docstring."""

    widths: tuple[int, ...]
    constant: Vector
    off: bool
    final: str | None = None

    @property
    def label(self) -> Mapping[str, Any]:
        """Which of the two."""
        return {"constant": "off" if self.off else "unread"}

    @cached_property
    def _every(self) -> tuple[sympy.Symbol, ...]:
        return symbols(self.widths)

    @cached_property
    def _fixed(self) -> dict[int, Fraction]:
        """The weights that do not vary, by their place in the vector."""
        last = slots(self.widths)[2]
        fixed = {last.bias(i): c for i, c in enumerate(self.constant)}
        return fixed if self.off else fixed | {last.weight(i, 0): Fraction(0) for i in range(self.widths[3])}

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The weights themselves."""
        return tuple([p for i, p in enumerate(self._every) if i not in self._fixed])

    @cached_property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """θ(p)."""
        import sympy

        values = [_sympy(self._fixed[i]) if i in self._fixed else p for i, p in enumerate(self._every)]
        made = []
        for place in slots(self.widths):
            W = [[values[place.weight(i, j)] for j in range(place.columns)] for i in range(place.rows)]
            made.append((sympy.Matrix(W), sympy.Matrix([values[place.bias(i)] for i in range(place.rows)])))
        return tuple(made)

    @property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """None."""
        return ()

    @property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """None but the condition in words."""
        return ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the second-layer neuron does."""
        return (f"before its ReLU the second-layer neuron is {'≤ 0 everywhere' if self.off else '> 0 somewhere'}",)

    @property
    def dimension(self) -> int:
        """The number of weights that vary."""
        return slots(self.widths)[-1].stop - len(self._fixed)

    @property
    def summary(self) -> str:
        """Which of the two."""
        if self.off:
            return "the second-layer neuron is off everywhere; all weights vary but the output bias"
        return "the second-layer neuron is not read by the outputs; all other weights vary but the output bias"

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """A random network of the piece: with W_2, b_2 < 0 if it is off everywhere, else with b_2 > 0 or W_2 > 0 somewhere."""
        second = slots(self.widths)[1]
        values = [Fraction(rng.randint(-24, 24), rng.choice((1, 2, 3, 4, 8))) for _ in range(slots(self.widths)[-1].stop)]
        for i in range(second.start, second.stop):
            values[i] = -abs(values[i]) - Fraction(1, 8) if self.off else values[i]
        if not self.off:
            values[second.bias(0)] = self._bound(tuple(values))
        for i, x in self._fixed.items():
            values[i] = x
        return from_vector(self.widths, values, final=self.final)

    def _bound(self, values: Vector) -> Fraction:
        """A bias that keeps g(0) > 0."""
        first, second = slots(self.widths)[:2]
        heights = [max(values[first.bias(j)], Fraction(0)) for j in range(first.rows)]
        return 1 + sum((abs(values[second.weight(0, j)]) * h for j, h in enumerate(heights)), Fraction(0))

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """The weights that vary, if the network lies in the piece."""
        values = vector(network)
        if any(values[i] != x for i, x in self._fixed.items()) or is_quiet(network) != self.off:
            return None
        return {str(p): x for i, (p, x) in enumerate(zip(self._every, values, strict=True)) if i not in self._fixed}

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """The path of the module docstring, three straight segments."""
        a, b = vector(start), vector(end)
        second = slots(self.widths)[1]
        if self.off:
            here, there = [list(x) for x in (a, b)]
            for i in range(second.start, second.stop):
                here[i] = there[i] = Fraction(-1)
        else:
            first, n_1 = slots(self.widths)[0], self.widths[1]
            largest = max(abs(x[second.weight(0, j)]) for x in (a, b) for j in range(n_1))
            height = max(abs(x[first.bias(j)]) for x in (a, b) for j in range(n_1))
            top = max(1 + n_1 * largest * height, a[second.bias(0)], b[second.bias(0)])
            here, there = list(a), list(b)
            here[second.bias(0)] = there[second.bias(0)] = top
        stops = [a, tuple(here), tuple(there), b]
        return Path(start, end, tuple([_line(start, p, q) for p, q in itertools.pairwise(stops)]))


def _line(start: ReLUNetwork, a: Vector, b: Vector) -> Callable[[Fraction], ReLUNetwork]:
    return lambda t: from_vector(start.widths, [x + t * (y - x) for x, y in zip(a, b, strict=True)], final=start.final)


def _sympy(x: Fraction) -> Any:
    from sympy import Rational

    return Rational(x.numerator, x.denominator)
