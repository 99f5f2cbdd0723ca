"""The fiber of a bottleneck network with two hidden layers: its pieces, [RELU3], B5 and B6 in docs/theory.md.

With the base of f (`bottleneck_base`), a piece is a choice of flips K behind the hidden facet, of flipped kinks S, and of how
many of the other n_2 − m second-layer neurons are active and dead.  Its points, with parameters l_j, m_i > 0, s below the
facet's reach,

    first layer    l_j (w_j, b_j),   for the hidden facet l_j (w_j, b_j − s);   free rows are parameters themselves
    mixed          ± m_i (w_ij / l_j, b_i + w_ij s),   columns V_i / m_i
    active         (w_ij / l_j, b_i) > 0,   columns v_i,   Σ v_i w_i = R_S
    dead           (−q_ij, −p_i) < 0,   columns u_i free
    output bias    e_S − Σ v_i b_i

compute f, by the identities of `bottleneck_base` and σ(l t) = l σ(t).  Active neurons with column 0 are allowed: they are
spare.

*Pieces are disjoint*, also after reordering neurons: rows of the first layer point in directions that tell K, as they are
independent; then the mixed neurons have their kinks' hyperplanes, with orientations that tell S; and rows that are > 0, or <
0, can be counted.

*Dimension.*  The parameters of a point are determined by it (`bottleneck_places`).  So the dimension is the number of
parameters but for active w, v, plus that of {(v, w) : v w = R_S, w > 0} (`positive_factors`).  For generic f with rank R =
min(a, n_1, n_3) =: ρ this is B6: n_1 + m + d (n_1 + 1 + n_3) + a (n_3 + n_1 + 1) − ρ (n_3 + n_1 − ρ), and 1 more for a hidden
facet.  R of lower rank leaves parts, where w has another rank, that can have smaller dimensions.

*The fiber near f* is its piece, by B5, if no hypothesis fails.  If one fails it contains the piece and may be larger: where live
neurons cancel for t_k < 0, say, a hidden facet may turn as well, t_j → t_j + α t_k with w_ik → w_ik − α w_ij.  Still, let r be
the rank of the Jacobian of θ ↦ (f_θ(z))_z at f for a smooth batch z.  Then r of these numbers have independent gradients, so
near f their common level set is a manifold of dimension P − r; the fiber lies in it.  Where f lies in a part of the piece with
its full dimension N, and P − r = N for the lower bound r of `functional_dimension`, the fiber has dimension N near f.

*Paths.*  All but v, w range over a convex set, and B8 joins v, w.

Exact: everything.

Glossary: n_0, ..., n_3 the widths, P the number of weights, m kinks, a active and d dead neurons.  Names use the numbers that
neurons have in f.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fibers.errors import OutsideTheory
from fibers.exact import Matrix, matrix
from fibers.networks import ReLUNetwork
from fibers.relu.moves import neurons
from fibers.relu.pieces import bottleneck_counts, positive_factors
from fibers.relu.pieces.bottleneck_base import Base, base_of, refusal
from fibers.relu.pieces.bottleneck_hypotheses import failures, off_generic
from fibers.relu.pieces.bottleneck_paths import join
from fibers.relu.pieces.bottleneck_places import Place, place
from fibers.relu.pieces.bottleneck_weights import Split, assembled
from fibers.relu.pieces.bottleneck_wording import summary
from fibers.relu.pieces.piece import Path, Separation

if TYPE_CHECKING:
    import sympy

__all__ = ["BottleneckChart", "BottleneckSource"]

MOST_WEIGHTS = 500
"""The Jacobian is asked for the dimension of the fiber where hypotheses fail, of networks with so many weights."""


@dataclass(frozen=True)
class BottleneckChart:
    """One piece: see the module docstring."""

    base: Base
    split: Split

    @property
    def widths(self) -> tuple[int, ...]:
        """(n_0, n_1, n_2, n_3)."""
        return self.base.network.widths

    @property
    def label(self) -> Mapping[str, Any]:
        """First-layer and mixed neurons that are flipped, from f; how many second-layer neurons are active, and how many dead."""
        return {
            "first": list(self.split.first),
            "flipped": [self.base.neurons[i] for i in self.base.from_network(self.split.flipped)],
            "active": len(self.split.active),
            "dead": len(self.split.dead),
        }

    @cached_property
    def linear(self) -> Matrix:
        """R_S, what the active neurons share."""
        return self.base.sums.at(self.split.flipped)

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of the parameters by their part: "positive", "shift", "real"."""
        n_0, n_1, _, n_3 = self.widths
        split, free = self.split, self.base.free
        fixed = [j for j in range(n_1) if j not in free]
        positive = [f"l_{j}" for j in fixed] + [f"m_{i}" for i in self.base.neurons]
        real = [name for j in free for name in (*[f"W1_{j}_{k}" for k in range(n_0)], f"b1_{j}")]
        for i in split.active:
            positive += [*[f"w_{i}_{j}" for j in range(n_1)], f"b_{i}"]
            real += [f"v_{r}_{i}" for r in range(n_3)]
        for i in split.dead:
            positive += [*[f"q_{i}_{j}" for j in range(n_1)], f"p_{i}"]
            real += [f"u_{r}_{i}" for r in range(n_3)]
        shift = () if self.base.facet is None else ("s",)
        return {"positive": tuple(positive), "shift": shift, "real": tuple(real)}

    @cached_property
    def _symbols(self) -> dict[str, Any]:
        import sympy

        return {name: sympy.Symbol(name, real=True) for part in self.names.values() for name in part}

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The named parameters p, real symbols: those that are > 0, then the shift, then those that are free or solved for."""
        return tuple(self._symbols.values())

    @cached_property
    def weights(self) -> tuple[tuple[sympy.Matrix, sympy.Matrix], ...]:
        """θ(p)."""
        import sympy

        return tuple([(sympy.Matrix(rows), sympy.Matrix(bias)) for rows, bias in assembled(self.base, self.split, self._symbols)])

    @cached_property
    def equations(self) -> tuple[sympy.Expr, ...]:
        """Σ v_i w_i = R_S, entry by entry."""
        import sympy

        p, R = self._symbols, self.linear
        if not self.split.active:
            return ()
        found = []
        for r, j in itertools.product(range(R.rows), range(R.columns)):
            total = sum((p[f"v_{r}_{i}"] * p[f"w_{i}_{j}"] for i in self.split.active), sympy.Integer(0))
            found.append(total - sympy.Rational(R[r, j].numerator, R[r, j].denominator))
        return tuple(found)

    @cached_property
    def inequalities(self) -> tuple[sympy.Expr, ...]:
        """Scales, active and (with their signs) dead rows are > 0, and the shift stays below the facet's reach."""
        import sympy

        found = [self._symbols[name] for name in self.names["positive"]]
        for name in self.names["shift"]:
            reach = self.base.reach
            found.append(sympy.Rational(reach.numerator, reach.denominator) - self._symbols[name])
        return tuple(found)

    @property
    def conditions(self) -> tuple[str, ...]:
        """None: the inequalities say it all."""
        return ()

    @cached_property
    def dimension(self) -> int:
        """See the module docstring."""
        n_0, n_1, _, n_3 = self.widths
        a, free = len(self.split.active), len(self.base.free)
        counted = n_1 - free + free * (n_0 + 1) + self.base.mixed + len(self.names["shift"])
        return counted + a + len(self.split.dead) * (n_1 + 1 + n_3) + positive_factors.dimension(self.linear, a)

    def is_full_at(self, network: ReLUNetwork) -> bool:
        """Whether a network of the piece lies in a part of it that has its dimension: by the rank of its active rows."""
        found = self.place(network)
        if found is None:
            return False
        R, a = self.linear, len(found.active)
        rows = [network.layers[1][0][i] for i in found.active]
        return not a or positive_factors.dimension_at(R, a, matrix(rows).rank()) == positive_factors.dimension(R, a)

    @property
    def summary(self) -> str:
        """One sentence in plain words."""
        return summary(self.base, self.split, self.linear.rank())

    def draw(self, rng: random.Random) -> ReLUNetwork:
        """A random network of the piece, with the neurons in the order of `weights`."""
        names = self.names
        values = {name: positive_factors.small_positive(rng) for name in names["positive"]}
        values |= {name: self.base.reach - positive_factors.small_positive(rng) for name in names["shift"]}
        values |= {name: Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for name in names["real"]}
        V, W = positive_factors.random_factors(self.linear, len(self.split.active), rng)
        return self.network(values, V, W)

    def network(self, values: Mapping[str, Fraction], V: Matrix | None = None, W: Matrix | None = None) -> ReLUNetwork:
        """θ(p) at these values, with other active rows and columns if they are given."""
        more = dict(values)
        for t, i in enumerate(self.split.active):
            if W is not None:
                more |= {f"w_{i}_{j}": x for j, x in enumerate(W.take_rows([t]).vector())}
            if V is not None:
                more |= {f"v_{r}_{i}": x for r, x in enumerate(V.take_columns([t]).vector())}
        return ReLUNetwork(assembled(self.base, self.split, more), final=self.base.network.final)

    def place(self, network: ReLUNetwork) -> Place | None:
        """Which neurons play which part."""
        return place(self.base, self.split, network)

    def coordinates(self, network: ReLUNetwork) -> Mapping[str, Fraction] | None:
        """The values of the parameters at a network, in the order of `parameters`; None if it is not in the piece."""
        found = self.place(network)
        return None if found is None else {name: found.values[name] for part in self.names.values() for name in part}

    def join(self, start: ReLUNetwork, end: ReLUNetwork) -> Path | Separation:
        """A path in the piece; a proved separation where neurons play other parts, or active rows have another orientation."""
        return join(self, start, end)


@dataclass(frozen=True)
class BottleneckSource:
    """What B5 knows of the fiber of a network."""

    base: Base

    @staticmethod
    def refusal(f: ReLUNetwork) -> str | None:
        """Which hypothesis fails, in words; None for two hidden layers and rank W_1 = n_1 ≥ 2."""
        return refusal(f)

    @classmethod
    def of(cls, f: ReLUNetwork) -> BottleneckSource:
        """The source of f.  Raises `OutsideTheory` where `refusal` says why.  Cost: O(n_1 n_2 (n_1 + n_3))."""
        refused = refusal(f)
        if refused:
            raise OutsideTheory(refused)
        return cls(base_of(f))

    @property
    def theorem(self) -> str:
        """B5."""
        return "B5"

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """The hypotheses of B5 that fail for the function."""
        return failures(self.base)

    @property
    def complete(self) -> bool:
        """Whether the pieces are the generic part of the fiber: no hypothesis was found to fail."""
        return not self.failures

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is left open, in words."""
        notes = [
            "the pieces are the generic part of the fiber: weights without zeros in live second-layer rows; beyond it there are "
            "copies, cancelling pairs and neurons without output, which may join pieces"
        ]
        notes += [f"{failure}: B5 does not say that the pieces are all of the generic part" for failure in self.failures]
        if self.own is None:
            why = "; ".join(off_generic(self.base.network)) or "parallel, opposite or degenerate rows in layer 2"
            notes.append(f"f lies in no piece, though all compute its function: {why}")
        elif self.dimension is None:
            most = "" if self._most is None else f", of dimension {self._most} at most"
            notes.append(f"the piece of f has dimension {self.own.dimension}; the fiber may be larger near f{most}")
        return tuple(notes)

    @cached_property
    def own(self) -> BottleneckChart | None:
        """The piece of f, if it lies in one."""
        active = sum(p.active for p in neurons(self.base.network, 2)[0])
        if active > self.base.spare:
            return None
        chart = self._chart((), self.base.turned, active)
        return chart if chart.place(self.base.network) else None

    @cached_property
    def dimension(self) -> int | None:
        """The dimension of the piece of f, if that of the fiber is the same by B5 or by the rank of a Jacobian; else None.

        Cost: where hypotheses fail, `functional_dimension` of up to 500 weights.
        """
        own = self.own
        if own is None or not (self.complete or (own.is_full_at(self.base.network) and self._most == own.dimension)):
            return None
        return own.dimension

    @cached_property
    def _most(self) -> int | None:
        """A bound of the dimension of the fiber near f, from a rank of the Jacobian; None for networks that are large for it."""
        f = self.base.network
        if f.parameters > MOST_WEIGHTS:
            return None
        from fibers.relu.rank.dimension import functional_dimension

        return f.parameters - functional_dimension(f).lower

    def count(self) -> int:
        """The number of pieces; `TooManyPieces` where that is out of reach, with a lower bound.  See `bottleneck_counts`."""
        return bottleneck_counts.count(self.base)

    def charts(self) -> Iterator[BottleneckChart]:
        """The pieces that are not empty: that of f first, then by the number of kinks that are flipped."""
        own = self.own
        if own is not None:
            yield own
        flippable = [k for k, _ in self.base.ratios]
        for changed in self.base.sums_from_network.subsets(self.base.spare):
            S = self.base.from_network(changed)
            R = self.base.sums.at(S)
            for a in bottleneck_counts.active_numbers(R, self.base.spare):
                for size in range(len(flippable) + 1):
                    for K in itertools.combinations(flippable, size):
                        chart = self._chart(K, S, a)
                        if own is None or chart.split != own.split:
                            yield chart

    def _chart(self, first: Sequence[int], flipped: Sequence[int], a: int) -> BottleneckChart:
        """The chart with a active neurons, in the places where f has some, as far as they go."""
        active, dead = self._spare_places[:a], self._spare_places[a:]
        return BottleneckChart(self.base, Split(tuple(first), tuple(flipped), tuple(sorted(active)), tuple(sorted(dead))))

    @cached_property
    def _spare_places(self) -> list[int]:
        """Second-layer neurons that are no kink's first, those that are active in f in front."""
        layer, _ = neurons(self.base.network, 2)
        rest = [i for i in range(len(layer)) if i not in set(self.base.neurons)]
        return sorted(rest, key=lambda i: not layer[i].active)
