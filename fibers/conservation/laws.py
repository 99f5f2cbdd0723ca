"""Conservation laws of gradient flow, for every loss and every data set (C1, C2, C3, C5 of docs/theory.md).

θ' = −∇ Σ loss(f_θ(x), y) moves θ inside the span of the gradients of f's outputs.  Q is conserved for every loss and data iff ∇Q
annihilates them all, near θ.  The laws that symmetries give:

    C1  a hidden neuron                     |w_in|² + b² − |v_out|²                       rescaling
    C2  neurons that are on together        every entry of [W b][W b]^T − V^T V           mixing by exp(tS), S symmetric
    C3  a dead neuron                       each of its weights, and its bias             f does not depend on them
    L   a hidden node of a linear network   every entry of W_k W_k^T − W_{k+1}^T W_{k+1}  mixing, as C2

C2 and C3 hold while those neurons stay as they are: they are taken from weights that keep their kind under every small change
(`fibers.conservation.stability`), so that all laws are laws of an open set around f.  Proofs, and which entries depend on
others, are in `fibers.conservation.blocks`.

Exact: laws, values, gradients, their independence, and `complete`.  `check_along` measures in floats.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from fibers.conservation.blocks import Block, Structure
from fibers.conservation.places import Network, Places, same_kind
from fibers.conservation.quantities import Quantity, collected
from fibers.errors import InvalidNetwork
from fibers.exact import matrix
from fibers.networks import LinearNetwork
from fibers.relu.dependence import row_basis
from fibers.relu.questions import flag_of, network_of, seed_of
from fibers.wording import listing, widths_text
from fiberscope.tables import plural

if TYPE_CHECKING:
    import sympy

    from fibers.conservation.broken import BrokenSymmetry
    from fibers.conservation.completeness import Completeness
    from fibers.conservation.drifts import Drift

__all__ = ["Law", "Laws", "conservation_laws"]

Neurons = tuple[tuple[int, int], ...]
Combination = tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True)
class Law:
    """A conserved quantity and the symmetry it belongs to.

    `label` is that of docs/theory.md, C1, C2 or C3, or "linear"; `kind` says it in words; `neurons` are those concerned, as
    (hidden layer from 1, index from 0); `symmetry` is the change of weights that leaves f alone; `quantity` the polynomial.
    """

    label: str
    kind: str
    neurons: Neurons
    symmetry: str
    quantity: Quantity
    half: Quantity | None = None
    """The part of the quantity that comes from incoming weights: no law, to compare with; None for a dead neuron's."""

    @property
    def expression(self) -> sympy.Expr:
        """The conserved quantity, in sympy, in real symbols W1_0_0, ..., b1_0, ... (`fibers.relu.weights.symbols`)."""
        return self.quantity.expression

    def value(self, network: Any) -> Fraction:
        """Its exact value at a network of the same widths."""
        return self.quantity.value(network)

    def __repr__(self) -> str:
        return f"<Law {self.label}, {self.kind} {_named(self.neurons)}>"

    def _repr_latex_(self) -> str:
        import sympy

        return f"${sympy.latex(self.expression)}$"


@dataclass(frozen=True)
class _Entry:
    """Where a law comes from: entry (i, j) of a block, or the place of a dead neuron's weight."""

    block: Block | None
    i: int
    j: int
    neurons: Neurons = ()


class Laws(Sequence[Law]):
    """Functionally independent conservation laws near a network; see `conservation_laws`.

    A sequence of `Law`.  What the same symmetries give besides, and what depends on these, is in `dependent`.
    """

    def __init__(self, network: Network, biases: bool, seed: int):
        self.network, self.biases, self.seed = network, biases, seed
        self.places = Places.of(network, biases)
        self.structure = Structure(network, biases)

    @property
    def parameters(self) -> int:
        """The number of weights that move."""
        return len(self.places.moving)

    @cached_property
    def _dead(self) -> tuple[_Entry, ...]:
        """A law for each weight into, bias of, and weight out of a dead neuron."""
        seen: dict[int, list[tuple[int, int]]] = {}
        at, widths = self.places, self.network.widths
        for k, kinds in enumerate(self.structure.kinds, start=1):
            for i in kinds.dead:
                own = [at.weight(k, i, j) for j in range(widths[k - 1])] + ([at.bias(k, i)] if at.biases else [])
                for p in (*own, *(at.weight(k + 1, c, i) for c in range(widths[k + 1]))):
                    seen.setdefault(p, []).append((k, i))
        return tuple(_Entry(None, p, p, tuple(neurons)) for p, neurons in sorted(seen.items()))

    @cached_property
    def _entries(self) -> tuple[list[_Entry], list[_Entry]]:
        """The independent entries, and those that depend on them."""
        blocks, J = self.structure.blocks, self.structure.dependent_rows
        if J is not None:
            kept: list[_Entry] = []
            rest: list[_Entry] = []
            for block, rows in zip(blocks, J, strict=True):
                for i, j in itertools.combinations_with_replacement(range(len(block.combinations)), 2):
                    (rest if i in rows and j in rows else kept).append(_Entry(block, i, j))
            return [*kept, *self._dead], rest
        every = [
            *self._dead,
            *(
                _Entry(block, i, j)
                for block in blocks
                for i, j in itertools.combinations_with_replacement(range(len(block.combinations)), 2)
            ),
        ]
        basis, others, _ = row_basis(self._gradients(every))
        first = len(self._dead)
        return [*(every[t] for t in basis if t >= first), *self._dead], [every[t] for t in others]

    def _gradients(self, entries: Sequence[_Entry]) -> Any:
        vector, column = self.places.vector(self.network), {p: t for t, p in enumerate(self.places.moving)}
        rows = []
        for entry in entries:
            row = [Fraction(0)] * len(column)
            for p, x in self._law(entry).quantity.gradient(vector).items():
                row[column[p]] = x
            rows.append(row)
        return matrix(rows)

    def _law(self, entry: _Entry) -> Law:
        if entry.block is None:
            quantity = Quantity(self.places, ((Fraction(1), (entry.i,)),))
            name = self.places.names[entry.i]
            text = f"{_named(entry.neurons)} is dead: f does not depend on {name}"
            return Law("C3", "dead neuron", entry.neurons, text, quantity)
        u, v = entry.block.combinations[entry.i], entry.block.combinations[entry.j]
        incoming = collected(_incoming(self.places, entry.block.layer, u, v))
        outgoing = collected(_outgoing(self.places, entry.block.layer, u, v))
        whole = Quantity(self.places, (*incoming, *((-c, S) for c, S in outgoing)))
        concerned = sorted({i for i, _ in (*u, *v)})
        neurons = tuple((entry.block.layer, i) for i in concerned)
        label, kind = self._kind(entry.block)
        return Law(label, kind, neurons, _symmetry(entry.block, neurons, self.places), whole, Quantity(self.places, incoming))

    def _kind(self, block: Block) -> tuple[str, str]:
        if self.places.linear:
            return "linear", "linear node"
        return ("C1", "scaling") if len(block.neurons) == 1 else ("C2", "active block")

    @cached_property
    def dependent(self) -> Sequence[Law]:
        """Laws of the same symmetries whose gradients at the network are combinations of those listed."""
        return _Lazy(self._entries[1], self._law)

    @overload
    def __getitem__(self, index: int) -> Law: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Law]: ...
    def __getitem__(self, index: int | slice) -> Law | Sequence[Law]:
        return _Lazy(self._entries[0], self._law)[index]

    def __len__(self) -> int:
        return len(self._entries[0])

    @property
    def counts(self) -> dict[str, int]:
        """How many laws have which label."""
        found: dict[str, int] = {}
        for entry in self._entries[0]:
            label = "C3" if entry.block is None else self._kind(entry.block)[0]
            found[label] = found.get(label, 0) + 1
        return found

    @cached_property
    def completeness(self) -> Completeness:
        """What is known of further laws (C5): bounds of the Lie dimension, and in words why; computed when first asked."""
        from fibers.conservation.completeness import completeness

        return completeness(self)

    @property
    def complete(self) -> bool | None:
        """True if it is proved that every law near the network is a function of these; None if that is not settled.

        It is not settled for networks that are too large for the Lie closure, and where the closure found falls short: a law may
        be missing, or an activation pattern, a bracket.  See `completeness.reason`.
        """
        return self.completeness.complete

    @property
    def lie_dimension(self) -> tuple[int, int]:
        """Bounds of the dimension of the Lie algebra of C5 at generic weights; both proved."""
        return self.completeness.low, self.completeness.high

    @cached_property
    def broken(self) -> tuple[BrokenSymmetry, ...]:
        """One-parameter symmetries of f that carry no law (C4)."""
        from fibers.conservation.broken import broken_symmetries

        return broken_symmetries(self.structure, self.places)

    @property
    def condition(self) -> str | None:
        """While what the laws hold, in words; None if for all weights."""
        dead, together = [], []
        for k, kinds in enumerate(self.structure.kinds, start=1):
            dead += [(k, i) for i in kinds.dead]
            together += [(k, i) for group in kinds.together if len(group) > 1 for i in group]
        if self.places.linear or not (dead or together):
            return None
        parts = [f"{_named(dead)} stay{'s' if len(dead) == 1 else ''} dead"] if dead else []
        parts += [f"{_named(together)} stay on together"] if together else []
        return f"while {' and '.join(parts)}"

    def holds_at(self, network: Any) -> bool:
        """Whether these are laws near another network too: the same neurons are dead, and the same ones on together.

        Raises `InvalidNetwork` unless it is a network of the same widths, linear if this one is.
        """
        f = network if isinstance(network, LinearNetwork) else network_of(network, "network")
        if not same_kind(self.places, f):
            kind, widths = type(self.network).__name__, widths_text(self.network.widths)
            raise InvalidNetwork(f"network must be a {kind} of widths {widths}; found {type(f).__name__} {widths_text(f.widths)}")
        return Structure(f, self.biases).kinds == self.structure.kinds

    def check_along(self, trajectory: Any) -> tuple[Drift, ...]:
        """How far each law drifts along a trajectory: one `Drift` for each law, in order.

        `trajectory` is a `Trajectory`, or a sequence of networks of the same widths, such as the checkpoints of a training run;
        values at networks are exact before they are rounded to floats.
        """
        from fibers.conservation.drifts import drifts_along

        return drifts_along([law.quantity for law in self], trajectory)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{count:,} {label}" for label, count in self.counts.items())
        return (
            f"<{plural(len(self), 'conservation law')} of {plural(self.parameters, 'parameter')}{f': {kinds}' if kinds else ''}>"
        )

    def _repr_html_(self) -> str:
        from fiberscope.tables import table_html

        rows = [(law.label, _named(law.neurons), str(law.expression)) for law in itertools.islice(self, 50)]
        return table_html(rows, ("law", "neurons", "conserved"))


class _Lazy(Sequence[Law]):
    """Laws that are made when they are looked at."""

    def __init__(self, entries: Sequence[_Entry], make: Callable[[_Entry], Law]):
        self._entries, self._make = entries, make

    @overload
    def __getitem__(self, index: int) -> Law: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Law]: ...
    def __getitem__(self, index: int | slice) -> Law | Sequence[Law]:
        if isinstance(index, slice):
            return _Lazy(self._entries[index], self._make)
        return self._make(self._entries[index])

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'law')}>"


def conservation_laws(network: Any, *, biases: bool = True, seed: int = 0) -> Laws:
    """The conservation laws of gradient flow near a network: polynomials in its weights that no training changes.

    Parameters
    ----------
    network : ReLUNetwork, LinearNetwork, torch module or path
    biases : True if the biases are trained; False holds them at their values
    seed : of the random points at which `complete` looks for Lie brackets

    Returns a sequence of `Law` whose gradients at the network are independent, a maximal set of those that scaling (C1), neurons
    that are on together (C2) and dead neurons (C3) give.  Nothing but their number is computed before it is asked for.

    >>> from fibers.networks import ReLUNetwork
    >>> f = ReLUNetwork([([[1, 2], [3, -1]], [0, 1]), ([[2, 1]], [0])])
    >>> laws = conservation_laws(f)
    >>> len(laws), laws.complete, laws[0].value(f)
    (2, True, Fraction(1, 1))
    >>> laws[0].expression
    W1_0_0**2 + W1_0_1**2 - W2_0_0**2 + b1_0**2
    """
    f = network if isinstance(network, LinearNetwork) else network_of(network, "network")
    return Laws(f, flag_of(biases, "biases"), seed_of(seed))


def _incoming(at: Places, k: int, u: Combination, v: Combination) -> Iterator[tuple[Fraction, tuple[int, ...]]]:
    """u [W b] [W b]^T v^T of hidden layer k."""
    for (i, c), (j, d) in itertools.product(u, v):
        yield from ((c * d, (at.weight(k, i, r), at.weight(k, j, r))) for r in range(at.widths[k - 1]))
        if at.biases:
            yield c * d, (at.bias(k, i), at.bias(k, j))


def _outgoing(at: Places, k: int, u: Combination, v: Combination) -> Iterator[tuple[Fraction, tuple[int, ...]]]:
    """u V^T V v^T."""
    for (i, c), (j, d) in itertools.product(u, v):
        yield from ((c * d, (at.weight(k + 1, r, i), at.weight(k + 1, r, j))) for r in range(at.widths[k + 1]))


def _symmetry(block: Block, neurons: Neurons, places: Places) -> str:
    """The change of weights behind the entry of a block."""
    k, bias = block.layer, f", b{block.layer}" if places.biases else ""
    if len(neurons) == 1:
        why = "" if len(block.neurons) == 1 or places.linear else ", one of an active block"
        i = neurons[0][1]
        return f"{_named(neurons)}{why}: row {i} of W{k}{bias} times s, column {i} of W{k + 1} divided by s"
    where = f"node {k}" if places.linear else f"{_named(neurons)}, on together"
    on = listing([i for _, i in neurons])
    return f"{where}: W{k}{bias} → exp(tS) W{k}{bias} and W{k + 1} → W{k + 1} exp(−tS), S symmetric on {on}"


def _named(neurons: Sequence[tuple[int, int]]) -> str:
    """ "neuron 3 of hidden layer 1"."""
    parts = []
    for k, group in itertools.groupby(sorted(neurons), key=lambda n: n[0]):
        indices = [i for _, i in group]
        parts.append(f"neuron{'s' if len(indices) > 1 else ''} {listing(indices)} of hidden layer {k}")
    return " and ".join(parts)
