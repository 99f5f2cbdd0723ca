"""The fiber of a network with one hidden layer, piece by piece, completely (S3).

A piece is a type (`fibers.relu.pieces.shallow_types`) with all its strict inequalities.  Its parameters, for neuron i, output j:

    l_i > 0      the scale λ_i of a neuron on a kink or carrier; that of the first neuron of a carrier is 1
    u_i_j        its share of the bend, λ_i v_i; the last neuron of each sign on a hyperplane takes what is left of
    p_k_j        P_H of kink k, if it has neurons of both signs (else the neurons that are there share a_H)
    q_g_j        P_g of carrier g, if it has neurons of both signs (else they share 0)
    w_g_j, t_g   the hyperplane w_g·x + t_g = 0 of carrier g, + being the side of its first neuron
    b_i, d_i > 0 the bias of a constant neuron, and minus that of a dead one;  v_i_j their output columns

The equations are Σ p_k w_k^T + Σ q_g w_g^T = B − Σ_{all +} a_H w_H^T.  Hyperplanes are kept apart by |w_g|² > 0 and, for any two,
|g|² |h|² − (g·h)² > 0, which says that the forms g, h are not proportional (Lagrange's identity).

The pieces partition the fiber, but for networks in which a neuron has zero weights and zero bias.  An affine network is alone
in its fiber.

Exact.  Cost: a chart costs nothing before it is looked at.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from fibers.networks import ReLUNetwork
from fibers.relu.pieces.piece import Chart, Path, Separation
from fibers.relu.pieces.shallow_listing import count_kinds, kinds
from fibers.relu.pieces.shallow_sampling import Content, draw
from fibers.relu.pieces.shallow_types import Base, Kind, placement
from fibers.relu.shallow import joined, normal_form
from fibers.wording import listing
from fiberscope.tables import plural

if TYPE_CHECKING:
    import sympy

    from fibers.relu.pieces.shallow_formulas import Formulas

__all__ = ["AffineChart", "ShallowChart", "ShallowSource"]

CLOSURES = "networks of the fiber in which a neuron has zero weights and zero bias lie in no piece, only in closures of pieces"
ZERO_ROW = "f itself is one of these"


@dataclass(frozen=True)
class ShallowSource:
    """The fiber of a network with at most one hidden layer, by S3; see `Source`."""

    network: ReLUNetwork

    @classmethod
    def of(cls, f: ReLUNetwork) -> ShallowSource:
        """The source of a network with at most one hidden layer; its final activation is left aside."""
        return cls(f)

    @property
    def theorem(self) -> str:
        """S3."""
        return "S3"

    @property
    def complete(self) -> bool:
        """True: the pieces are all of the fiber but a boundary, which `notes` names."""
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not in a piece."""
        if not self.network.hidden:
            return ("an affine network is the only one of its widths that computes its function",)
        return (CLOSURES,) if self._home else (CLOSURES, ZERO_ROW)

    @cached_property
    def base(self) -> Base:
        """What the fiber depends on."""
        return Base.of(self.network)

    @cached_property
    def _home(self) -> tuple[Kind, tuple[int, ...]] | None:
        found = placement(self.base.form, self.network)
        return (found.kind, found.order) if found else None

    @property
    def own(self) -> Chart | None:
        """The piece of f, if it lies in one."""
        return next(self.charts()) if not self.network.hidden or self._home else None

    @cached_property
    def dimension(self) -> int | None:
        """The largest dimension of the fiber near points of the piece of f in general position; None if f is in no piece."""
        if not self.network.hidden:
            return 0
        return max(map(self.base.dimension, self.base.opened(self._home[0]))) if self._home else None

    def count(self) -> int:
        """The number of pieces."""
        return count_kinds(self.base) if self.network.hidden else 1

    def charts(self) -> Iterator[Chart]:
        """The charts, lazily, that of f first."""
        if not self.network.hidden:
            yield AffineChart(self.network)
            return
        home = self._home[0] if self._home else None
        if self._home:
            yield ShallowChart(self.base, *self._home, home)
        places = tuple(range(self.base.widths[1]))
        yield from (ShallowChart(self.base, kind, places, home) for kind in kinds(self.base, home) if kind != home)


class Group(NamedTuple):
    """The neurons on one hyperplane: kink or carrier `number`, those that face + and those that face −."""

    is_kink: bool
    number: int
    plus: tuple[int, ...]
    minus: tuple[int, ...]


@dataclass(frozen=True)
class ShallowChart:
    """The chart of one type; neuron t of the type is number places[t].  See `Chart`."""

    base: Base
    kind: Kind
    places: tuple[int, ...]
    home: Kind | None = None

    @property
    def widths(self) -> tuple[int, ...]:
        """(n, N, m)."""
        return self.base.widths

    @property
    def label(self) -> Mapping[str, Any]:
        """The type: [+, −] neurons of each kink and carrier, and the numbers of constant and dead neurons."""
        kind = self.kind
        groups = {"kinks": list(map(list, kind.kinks)), "carriers": list(map(list, kind.carriers))}
        return groups | {"constant": kind.constant, "dead": kind.dead}

    @property
    def conditions(self) -> tuple[str, ...]:
        """None are left to words."""
        return ()

    @cached_property
    def dimension(self) -> int:
        """The dimension of the type."""
        return self.base.dimension(self.kind)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The neurons by hyperplanes: kinks, then carriers."""
        found, at = [], 0
        for t, (p, q) in enumerate((*self.kind.kinks, *self.kind.carriers)):
            is_kink = t < len(self.kind.kinks)
            number = t if is_kink else t - len(self.kind.kinks)
            found.append(Group(is_kink, number, self.places[at : at + p], self.places[at + p : at + p + q]))
            at += p + q
        return tuple(found)

    @property
    def zero_rows(self) -> tuple[int, ...]:
        """The neurons with w = 0, constant ones first."""
        return self.places[len(self.places) - self.kind.constant - self.kind.dead :]

    # In words.

    @cached_property
    def summary(self) -> str:
        """The type in plain words."""
        kind = self.kind
        parts = [self._flips()]
        for (p, q), name in ((signs, f"kink {k}") for k, signs in enumerate(kind.kinks)):
            if p + q > 1:
                parts.append(f"{name} is split among {p + q} neurons" + (f", {p} facing + and {q} facing −" if p and q else ""))
        spare = sum(signs == (1, 0) for signs in kind.carriers)
        if spare:
            parts.append(f"{plural(spare, 'neuron')} {'is' if spare == 1 else 'are'} spare, with output 0")
        for p, q in kind.carriers:
            if p + q > 1:
                cancelled = f", {p} against {q}, up to an affine map" if q else ""
                parts.append(f"{p + q} neurons cancel on a hyperplane of their own{cancelled}")
        parts += [
            f"{plural(count, 'neuron')} {name}" for count, name in ((kind.constant, "constant"), (kind.dead, "dead")) if count
        ]
        return "; ".join([*parts, "scales vary" if kind.kinks else "weights vary"])

    def _flips(self) -> str:
        if not self.kind.kinks:
            return "no kinks"
        if self.home is None:
            facing = [k for k, (p, _) in enumerate(self.kind.kinks) if p]
            return f"{plural(len(self.kind.kinks), 'kink')}, {f'facing + at {listing(facing)}' if facing else 'all facing −'}"
        sides = [[(p > 0, q > 0) for p, q in kind.kinks] for kind in (self.kind, self.home)]
        turned = [k for k, (here, there) in enumerate(zip(*sides, strict=True)) if here != there]
        return f"kinks that face another way than in f: {listing(turned)}" if turned else "all kinks face as in f"

    # As formulas.

    @cached_property
    def _formulas(self) -> Formulas:
        from fibers.relu.pieces.shallow_formulas import formulas

        return formulas(self)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """See the module docstring."""
        return self._formulas.parameters

    @property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """((W_1, b_1), (W_2, b_2))."""
        return self._formulas.weights

    @property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """The m × n equations for P, as far as they say something."""
        return self._formulas.equations

    @property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """Positive scales and biases, hyperplanes that are some and are not the same."""
        return self._formulas.inequalities

    # As networks.

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """A random network of the type, its neurons in the order of the chart."""
        return draw(self.base, self.kind, rng).network(self.base, self.kind, self.places)

    def content(self, network: ReLUNetwork) -> Content | None:
        """What a network is made of, if it is of this type and has this function."""
        found = placement(self.base.form, network) if normal_form(network) == self.base.form else None
        return content_of(self.base, network, found.kind, found.order) if found and found.kind == self.kind else None

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """The values of the parameters at a network; None if it is not in the piece."""
        found = self.content(network)
        if found is None:
            return None
        values: dict[str, Fraction] = {}
        at = 0
        for group in self.groups:
            neurons = (*group.plus, *group.minus)
            values |= {f"l_{i}": found.scales[at + t] for t, i in enumerate(neurons) if group.is_kink or t}
            for part, start in ((group.plus, at), (group.minus, at + len(group.plus))):
                for t, i in enumerate(part[:-1]):
                    values |= _indexed(f"u_{i}", found.shares[start + t])
            at += len(neurons)
        for k, P in zip(self.kind.both, found.positive, strict=True):
            values |= _indexed(f"p_{k}", P)
        for g, (*w, offset) in enumerate(found.forms):
            values |= _indexed(f"w_{g}", w) | {f"t_{g}": offset}
        for g in self.kind.lifting:
            values |= _indexed(f"q_{g}", found.lifts[g])
        for i, b, v in zip(self.zero_rows, found.biases, found.columns, strict=True):
            values |= {f"b_{i}" if b > 0 else f"d_{i}": abs(b)} | _indexed(f"v_{i}", v)
        return values

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """A path in the piece; see `fibers.relu.pieces.shallow_paths`."""
        from fibers.relu.pieces.shallow_paths import join

        return join(self.base, self.kind, start, end)


def content_of(base: Base, network: ReLUNetwork, kind: Kind, order: Sequence[int]) -> Content:
    """The content of a network of this kind whose neurons, in the order of the kind, are `order`."""
    rows = joined(network.maps[0]).fractions()
    columns = network.maps[1].weights.transpose().fractions()
    scales: list[Fraction] = []
    forms: list[tuple[Fraction, ...]] = []
    positive: list[tuple[Fraction, ...]] = []
    lifts: list[tuple[Fraction, ...]] = []
    shares: list[tuple[Fraction, ...]] = []
    m, hyperplanes = base.widths[2], [tuple(map(Fraction, H)) for H, _ in base.form.kinks]
    for t, (p, q) in enumerate((*kind.kinks, *kind.carriers)):
        neurons = order[len(scales) : len(scales) + p + q]
        form = hyperplanes[t] if t < len(hyperplanes) else rows[neurons[0]]
        at = next(j for j, x in enumerate(form) if x)
        here = [abs(rows[i][at] / form[at]) for i in neurons]
        own = [tuple([scale * x for x in columns[i]]) for scale, i in zip(here, neurons, strict=True)]
        total = tuple([sum((u[j] for u in own[:p]), Fraction(0)) for j in range(m)])
        if t >= len(hyperplanes):
            forms.append(form)
            lifts.append(total if q else (Fraction(0),) * m)
        elif p and q:
            positive.append(total)
        scales += here
        shares += own
    rest = order[len(scales) :]
    biases, others = tuple([rows[i][-1] for i in rest]), tuple([columns[i] for i in rest])
    return Content(tuple(scales), tuple(shares), tuple(positive), tuple(forms), tuple(lifts), biases, others)


def _indexed(name: str, values: Sequence[Fraction]) -> dict[str, Fraction]:
    return {f"{name}_{j}": x for j, x in enumerate(values)}


@dataclass(frozen=True)
class AffineChart:
    """The one point of the fiber of an affine network.  See `Chart`."""

    network: ReLUNetwork

    @property
    def widths(self) -> tuple[int, ...]:
        """(n, m)."""
        return self.network.widths

    @property
    def label(self) -> Mapping[str, Any]:
        """Nothing tells one piece from none."""
        return {}

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """None."""
        return ()

    @property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """The weights of the network."""
        import sympy

        W, b = self.network.layers[0]
        rows = [[sympy.Rational(x.numerator, x.denominator) for x in row] for row in W]
        return ((sympy.Matrix(rows), sympy.Matrix([[sympy.Rational(x.numerator, x.denominator)] for x in b])),)

    @property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """None."""
        return ()

    @property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """None."""
        return ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def dimension(self) -> int:
        """0."""
        return 0

    @property
    def summary(self) -> str:
        """That there is one point."""
        return "an affine map has one choice of weights"

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """The network."""
        return ReLUNetwork(self.network.layers)

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """No values at the network, None at any other."""
        return {} if network.maps == self.network.maps else None

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """The path that stays."""
        return Path(start, end, (lambda t: start,))
