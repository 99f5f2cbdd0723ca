"""The fiber of a network with one second-layer neuron and any first layer, [RELU3], B7 in docs/theory.md.

    f = v σ(g) + c,      g = Σ_j u_j σ(ℓ_j) + β,      P = {g > 0}

A piece is a kind (`single_systems`): which visible neurons are flipped, and where the hidden ones are active.  Parameters, with
the numbers that neurons have in f:

    l_k > 0     the scale of visible neuron k;      m > 0     that of the second-layer neuron
    w_j_i, b_j  hidden neuron j, in the basis E of the row space of W_1 (`single_base`);      u_j ≠ 0     how it is read
    t           the bias b_2, before it is scaled

with the equations Σ_{j active on C} u_j (w_j, b_j) + (0, t) = F_C on each component C of P, and inequalities that keep hidden
neurons off P, one for each ray of its closure.  What remains, g' ≤ 0 off P, is a condition in words, and decided exactly.

*Dimension.*  Let h hidden neurons, k visible ones, r = rank W_1, and M be the 0-1 matrix of components against hidden neurons.
As u_j ≠ 0, the equations have independent differentials in u_j w_j, u_j b_j, t: r rank M + rank [M | 1] of them.  So the piece is
a manifold, near every point that is generic in the sense of `single_supports`, of dimension

    k + 1 + h (r + 2) + 1 − r rank M − rank [M | 1]      (+ 1 if P is everything, when b_2 and c trade and nothing ties t).

If f itself is generic that is its whole fiber near f: a near θ' has its visible neurons on the same hyperplanes, its hidden ones
off P, and c' = c, as f is c on an open set.  With P connected it is the formula of B7.

*Elsewhere* the fiber may hold more; so this source is never `complete`.

Exact: everything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fibers.errors import TooManyPieces
from fibers.exact import matrix
from fibers.networks import ReLUNetwork
from fibers.relu.pieces.piece import Chart, Path, Separation
from fibers.relu.pieces.single_base import Base, base_of, reflected
from fibers.relu.pieces.single_constants import constant_charts, is_constant
from fibers.relu.pieces.single_sampling import draw
from fibers.relu.pieces.single_search import home_kind, kinds, number_of_kinds, witness
from fibers.relu.pieces.single_systems import Kind, walls_of
from fibers.relu.pieces.single_weights import Place, assembled, names, place
from fibers.wording import listing
from fiberscope.tables import plural

if TYPE_CHECKING:
    import sympy

__all__ = ["SingleChart", "SingleSource"]

MOST_KINDS = 512
"""Up to so many kinds are tried when pieces are counted."""
NEAR = "B7 describes the fiber near f, and the pieces that flips of visible neurons lead to; the fiber may hold more elsewhere"
CONSTANT = "f is constant; networks whose second-layer neuron is a constant > 0 with v ≠ 0 are not listed"


@dataclass(frozen=True)
class SingleChart:
    """One piece: see the module docstring."""

    base: Base
    kind: Kind

    @property
    def widths(self) -> tuple[int, ...]:
        """(n_0, n_1, 1, n_3)."""
        return self.base.network.widths

    @property
    def label(self) -> Mapping[str, Any]:
        """First-layer neurons that are flipped, and on which components of P each hidden one is active, as 0s and 1s."""
        told = {"first": list(self.kind.flipped), "patterns": list(map(list, self.kind.patterns))}
        return told | ({"reflected": True} if self.base.reflected else {})

    @cached_property
    def _symbols(self) -> dict[str, Any]:
        import sympy

        return {name: sympy.Symbol(name, real=True) for part in names(self.base).values() for name in part}

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Scales, then hidden neurons, then t."""
        return tuple(self._symbols.values())

    @cached_property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """θ(p)."""
        import sympy

        layers = assembled(self.base, self.kind, self._symbols, _sympy)
        return tuple([(sympy.Matrix(W), sympy.Matrix(b)) for W, b in layers])

    @cached_property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """What the hidden neurons add up to on each component."""
        P, p, found = self.base.support, self._symbols, []
        for C, form in enumerate(self.base.forms_on(self.kind.flipped)):
            on = [j for j, pattern in zip(P.hidden, self.kind.patterns, strict=True) if pattern[C]]
            for i, x in enumerate(form[:-1]):
                found.append(sum((p[f"u_{j}"] * p[f"w_{j}_{i}"] for j in on), -_sympy(x)))
            if not P.everywhere:
                found.append(sum((p[f"u_{j}"] * p[f"b_{j}"] for j in on), p["t"] - _sympy(form[-1])))
        return tuple(dict.fromkeys(e for e in found if e != 0))

    @cached_property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """Positive scales; hidden neurons that are read, and have their sign on the rays of P; g' > 0 if P is everything."""
        P, p = self.base.support, self._symbols
        found = [p[name] for name in names(self.base)["positive"]]
        for j, rays in zip(P.hidden, walls_of(self.base, self.kind), strict=True):
            found.append(p[f"u_{j}"] ** 2)
            form = [*[p[f"w_{j}_{i}"] for i in range(self.base.rank)], p[f"b_{j}"]]
            found += [sum(side * x * y for x, y in zip(form, ray, strict=True)) for ray, side in rays]
        if P.everywhere:
            assert P.least is not None
            (F,) = self.base.forms_on(self.kind.flipped)
            found.append(p["t"] - _sympy(F[-1] - P.least))
        return tuple(found)

    @property
    def conditions(self) -> tuple[str, ...]:
        """g' ≤ 0 off P, unless P is everything."""
        return () if self.base.support.everywhere else ("the second-layer neuron is off wherever that of f is",)

    @cached_property
    def dimension(self) -> int:
        """The dimension of the piece near its generic points."""
        P, r, h = self.base.support, self.base.rank, len(self.kind.patterns)
        M = [[pattern[C] for pattern in self.kind.patterns] for C in range(len(P.components))]
        rank = matrix(M).rank() if h else 0
        return len(P.visible) + 1 + h * (r + 2) + 1 - r * rank - matrix([[*row, 1] for row in M]).rank() + P.everywhere

    @cached_property
    def summary(self) -> str:
        """Which neurons flip, which are hidden, what varies."""
        P = self.base.support
        flips = [f"{_named(self.kind.flipped)} flipped" if self.kind.flipped else "no visible neuron flipped"]
        if self.base.reflected:
            flips.insert(0, "f seen from the other end")
        on = [j for j, p in zip(P.hidden, self.kind.patterns, strict=True) if any(p)]
        off = [j for j in P.hidden if j not in on]
        hidden = [f"{_named(part)} hidden, {how}" for part, how in ((on, "active"), (off, "inactive")) if part]
        scales = f"{plural(len(P.visible) + 1, 'scale')} {'vary' if P.visible else 'varies'}"
        moving = ", and hidden neurons move off the support" if P.hidden else ""
        trade = ", and b_2 and c trade" if P.everywhere else ""
        return "; ".join([*flips, *hidden, f"{scales}{moving}{trade}"])

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """A random network of the piece; see `single_sampling`."""
        return draw(self.base, self.kind, rng)

    def place(self, network: ReLUNetwork) -> Place | None:
        """Where a network lies in the piece, if it does."""
        found = place(self.base, self.kind, network)
        sure = found is not None and (self.base.support.everywhere or self.base.is_off_elsewhere(network))
        return found if sure else None

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """The values of the parameters at a network; None if it is not in the piece."""
        found = self.place(network)
        return {name: found.values[name] for part in names(self.base).values() for name in part} if found else None

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """A path in the piece; see `single_paths`."""
        from fibers.relu.pieces.single_paths import join

        return join(self, start, end)


@dataclass(frozen=True)
class SingleSource:
    """The fiber of a network with two hidden layers, the second of one neuron; see `Source`.  No bases: f is constant."""

    network: ReLUNetwork
    bases: tuple[Base, ...]

    @classmethod
    def of(cls, f: ReLUNetwork) -> SingleSource | str:
        """The source, or why B7 does not describe the fiber of f."""
        if is_constant(f):
            return cls(f, ())
        base = base_of(f)
        if isinstance(base, str):
            return base
        if base.support.failures:
            return f"B7 speaks of generic weights, and here {'; '.join(base.support.failures)}"
        other = reflected(base)
        return cls(f, (base, other) if other else (base,))

    @property
    def theorem(self) -> str:
        """B7."""
        return "B7"

    @property
    def complete(self) -> bool:
        """False: the theorem speaks of the fiber near f."""
        return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not listed."""
        return (NEAR,) if self.bases else (CONSTANT,)

    @cached_property
    def own(self) -> Chart:
        """The piece of f."""
        return next(self.charts())

    @cached_property
    def dimension(self) -> int:
        """The dimension of the fiber near f."""
        return self.own.dimension

    def count(self) -> int:
        """The number of pieces; `TooManyPieces` if they are too many to try, or some stay open."""
        if not self.bases:
            return len(constant_charts(self.network))
        number = sum(map(number_of_kinds, self.bases))
        if number > MOST_KINDS:
            raise TooManyPieces(
                f"{number:,} kinds of pieces would have to be tried, more than {MOST_KINDS}; pieces() lists them lazily"
            )
        tried = [witness(base, kind) for base in self.bases for kind in kinds(base)]
        found, unsettled = len(tried) - sum(isinstance(w, bool) for w in tried) + len(self.bases), sum(w is True for w in tried)
        if unsettled:
            raise TooManyPieces(
                f"{plural(found, 'piece')} found; whether {plural(unsettled, 'more kind')} have any point stays open"
            )
        return found

    def charts(self) -> Iterator[Chart]:
        """The charts of the pieces that are found, that of f first."""
        yield from constant_charts(self.network) if not self.bases else ()
        yield from (SingleChart(base, home_kind(base)) for base in self.bases)
        for base in self.bases:
            yield from (SingleChart(base, kind) for kind in kinds(base) if not isinstance(witness(base, kind), bool))


def _named(neurons: tuple[int, ...] | list[int]) -> str:
    return f"neuron{'s' * (len(neurons) > 1)} {listing(list(neurons))}"


def _sympy(x: Fraction) -> Any:
    from sympy import Rational

    return Rational(x.numerator, x.denominator)
