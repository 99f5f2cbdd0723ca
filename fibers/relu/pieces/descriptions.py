"""The fiber of a network within its architecture: all weights of the same shapes that compute the same function.

Which theorem describes it depends on the architecture (docs/theory.md):

    one hidden layer                                         S3    every point of the fiber, with no genericity
    two hidden layers, rank W_1 = n_1 ≥ 2 (a bottleneck)     B5    its generic part
    one second-layer neuron, any first layer                 B7    the part near f, and flips that are found

A *fiber source* gives the charts of its pieces lazily; counting and dimensions do not go through them.  Where no theorem speaks
(`outside` says why) `contains` still decides, since it asks `fibers.equivalent`.

Exact: everything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from fibers.errors import InvalidNetwork, OutsideTheory
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.relu.pieces.piece import Chart, Piece
from fibers.relu.questions import network_of
from fibers.wording import widths_text
from fiberscope.tables import plural

__all__ = ["Fiber", "Source", "Symmetry", "fiber"]


@dataclass(frozen=True)
class Symmetry:
    """A way to change weights that leaves the function alone, at f.

    `kind` is "discrete" or "continuous"; `name` is "scaling", "permutation", "flip", "facet shift", "facet flip", "refactoring",
    "dead neuron", ...; `layers` are the hidden layers whose weights or neurons it moves, from 1; `neurons` those concerned, as
    (layer, index); `dimension` counts its directions (0 for a discrete one) and `order` the elements of a finite one, else None;
    `text` says what happens, and which layer hides or preserves what.
    """

    kind: Literal["discrete", "continuous"]
    name: str
    layers: tuple[int, ...]
    neurons: tuple[tuple[int, int], ...]
    text: str
    dimension: int = 0
    order: int | None = None


class Source(Protocol):
    """What a theorem knows of one fiber."""

    @property
    def theorem(self) -> str:
        """The label: S3, B5 or B7."""

    @property
    def complete(self) -> bool:
        """Whether the pieces are all of the fiber (S3), or all of its generic part under hypotheses that were checked (B5)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the theorem leaves open here, in words: hypotheses that fail, parts that are not listed."""

    @property
    def own(self) -> Chart | None:
        """The chart of the piece of f, none of the others being made for it; None if f lies in no piece."""

    @property
    def dimension(self) -> int | None:
        """The dimension of the fiber near a generic point of the piece of f; None if f lies in none, or if it is not proved."""

    def count(self) -> int:
        """The number of pieces, without making them; raises `TooManyPieces` where that is out of reach."""

    def charts(self) -> Iterator[Chart]:
        """The charts of the pieces, lazily, that of f first if f lies in one; those that are empty are left out."""


@dataclass(frozen=True)
class Fiber:
    """All networks of the widths of `network` that compute its function; see `fiber`."""

    network: ReLUNetwork
    source: Source | None
    outside: str | None = None

    @property
    def theorem(self) -> str | None:
        """The theorem that describes the fiber, S3, B5 or B7 of docs/theory.md; None where there is none (see `outside`)."""
        return self.source.theorem if self.source else None

    @property
    def complete(self) -> bool:
        """Whether the pieces are all that the theorem speaks of: the fiber but for zero neurons (S3), its generic part (B5)."""
        return bool(self.source and self.source.complete)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left open, in words."""
        return self.source.notes if self.source else (self.outside or "",)

    @cached_property
    def dimension(self) -> int | None:
        """The dimension of the fiber near a generic point of the piece of f (B6); None where no theorem tells.

        That is so outside theory, if f lies in no piece, and if hypotheses of B5 fail for f, unless the rank of a Jacobian shows
        that the fiber is no larger than the piece near f. Then `piece_dimension` is a lower bound.
        """
        return self.source.dimension if self.source else None

    @cached_property
    def piece_dimension(self) -> int | None:
        """The dimension of the piece of f; None if f lies in no piece, or there are none."""
        return self.source.own.dimension if self.source and self.source.own else None

    @cached_property
    def count(self) -> int:
        """The number of pieces; none of them is made for it. Raises `OutsideTheory`, or `TooManyPieces` where it is too hard."""
        return self._described.count()

    def pieces(self) -> Iterator[Piece]:
        """The pieces, lazily: the one of f first, if it lies in one. Raises `OutsideTheory` where no theorem describes them."""
        return (Piece(chart, self.network.final) for chart in self._described.charts())

    def piece(self, network: Any = None) -> Piece | None:
        """The first piece that contains a network, f itself unless one is given; None if none does.

        Cost: for another network than f it may look at every piece.
        """
        if network is None:
            own = self._described.own
            return Piece(own, self.network.final) if own else None
        g = network_of(network, "network")
        return next((piece for piece in self.pieces() if piece.contains(g)), None)

    def contains(self, network: Any, **options: Any) -> bool:
        """Whether a network of the same widths computes the same function: the decision of `fibers.equivalent`.

        `options` are those of `fibers.equivalent`. Raises `UndecidedError` where it stays undecided, which takes a budget.
        """
        from fibers.relu.equivalence import equivalent

        f, g = self.network, network_of(network, "network")
        return g.widths == f.widths and bool(equivalent(ReLUNetwork(f.maps), ReLUNetwork(g.maps), **options))

    def sample(self, rng: random.Random | int | None = None) -> ReLUNetwork:
        """A random network of the piece of f, or of the first piece; raises `OutsideTheory` if no piece is known."""
        first = next(self.pieces(), None)
        if first is None:
            raise OutsideTheory(f"no piece to draw from: {' '.join(self.notes)}")
        return first.sample(rng)

    @cached_property
    def symmetries(self) -> tuple[Symmetry, ...]:
        """The discrete, then the continuous symmetries of f that keep its function, with the layers concerned."""
        from fibers.relu.pieces.symmetries import symmetries

        return symmetries(self.network)

    def to_sympy(self) -> list[dict[str, Any]]:
        """Each piece as a dict of sympy objects: "parameters", "weights", "equations", "inequalities"; makes all of them."""
        from fibers.relu.pieces.rendering import piece_sympy

        return [piece_sympy(piece) for piece in self.pieces()]

    def to_latex(self) -> str:
        """The fiber in LaTeX: a union of its pieces; makes all of them."""
        from fibers.relu.pieces.rendering import fiber_latex

        return fiber_latex(self)

    def to_json(self, limit: int | None = None) -> dict[str, Any]:
        """The fiber as a JSON object, with at most `limit` of its pieces."""
        from fibers.relu.pieces.rendering import fiber_json

        return fiber_json(self, limit)

    @property
    def _described(self) -> Source:
        if self.source is None:
            raise OutsideTheory(f"{self.outside}; contains(network) still decides")
        return self.source

    def __repr__(self) -> str:
        return f"<Fiber in {widths_text(self.network.widths)}, {plural(self.network.parameters, 'parameter')}: {self._told}>"

    @property
    def _told(self) -> str:
        if self.source is None:
            return "not described by a theorem"
        if self.dimension is not None:
            return f"dimension {self.dimension}, by {self.theorem}"
        if self.piece_dimension is None:
            return f"f in no piece, by {self.theorem}"
        return f"f in a piece of dimension {self.piece_dimension}, by {self.theorem}; the fiber may be larger"

    def _repr_html_(self) -> str:
        from fibers.relu.pieces.rendering import fiber_html

        return fiber_html(self)


def fiber(network: Any) -> Fiber:
    """The fiber of a ReLU network within its own widths: every choice of weights that computes the same function on R^n.

    `network` is a network, a torch module or a path; a final softmax is left aside, the fiber is that of the logits.  One hidden
    layer is described completely (S3), bottleneck networks on their generic part (B5), one second-layer neuron near f (B7); for
    others `outside` says why there is no description.  Nothing is enumerated before `pieces()` is asked.

    >>> F = fiber(ReLUNetwork([([[1], [-1]], [0, 0]), ([[1, 1]], [0])]))      # |x|
    >>> F.dimension, F.count, F.contains(ReLUNetwork([([[-2], [3]], [0, 0]), ([["1/2", "1/3"]], [0])]))
    (2, 1, True)
    """
    if isinstance(network, LinearNetwork):
        raise InvalidNetwork("network is linear, not ReLU; its fiber is told by fibers.linear.strata and fibers.linear.flow")
    f = network_of(network, "network")
    found = _source(ReLUNetwork(f.maps) if f.final else f)
    return Fiber(f, None, found) if isinstance(found, str) else Fiber(f, found)


def _source(f: ReLUNetwork) -> Source | str:
    """The theorem that describes the fiber of f, or why there is none."""
    if f.hidden <= 1:
        from fibers.relu.pieces.shallow_charts import ShallowSource

        return ShallowSource.of(f)
    if f.hidden > 2:
        return f"no theorem describes the fiber of a network with {f.hidden} hidden layers"
    from fibers.relu.pieces.bottleneck_charts import BottleneckSource

    refused = BottleneckSource.refusal(f)
    if not refused:
        return BottleneckSource.of(f)
    if f.widths[2] != 1:
        return refused
    from fibers.relu.pieces.single_charts import SingleSource

    return SingleSource.of(f)
