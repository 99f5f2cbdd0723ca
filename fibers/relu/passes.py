"""Passes: both networks read over one basis, each neuron expressed by the first rule of `proofs.declarations` that fits.

Every pre-activation is an affine form over the inputs and the *atoms* σ(ℓ) met so far.  This file chooses which rule to apply
where, and writes the choice down as evidence.  Forms are looked up by their rays, coprime integers up to sign: neurons on one
hyperplane meet in a dictionary, whose keys Python hashes modulo the prime 2^61 − 1.  In order:

    constant, then known form, then off or on by its bounds or by what is assumed, then known by another name, then a new atom.

E6 in docs/theory.md.  Cost: linear in the number of weights, plus one product by each layer that reads flipped or active neurons.
The search for names and signs beyond what rows show has a limited effort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

from fibers.networks import Affine, ReLUNetwork
from proofs.certificates import integer
from proofs.forms import Form
from proofs.numbering import FormRows, Numbering
from proofs.parsing import Layer
from proofs.rows import Activation, Bounds, Key, is_nonnegative, is_nonpositive, positive_part

__all__ = ["Neuron", "Pass", "Side", "evidence", "layers_of", "read"]

MOST_NAMES = 8
"""Names a neuron may have besides its own form; more than one or two do not occur outside constructed cases."""

MOST_STEPS = 6
"""Terms that are added to a form to bound it."""
MOST_TRIES = 32
"""Atoms of one form whose kinks are examined on both sides."""

Hidden = tuple[Key, Fraction, Fraction, Form, list[list[Any]]]
Name = tuple[list[Any], int, Form]  # the declaration, u = ±1, and U with σ(U) = σ(u T)


class Pass(Numbering):
    """A numbering that finds its entries again: by the ray of a form, and by the function they stand for.

    `effort` is how many coefficients may still be added up in the search for names and signs beyond what rows show; `pulse` is
    called for each neuron, and may raise to stop.
    """

    def __init__(
        self,
        inputs: int,
        effort: int,
        limits: Sequence[Bounds] = (),
        assumptions: Sequence[Form] = (),
        pulse: Callable[[], object] = bool,
    ):
        super().__init__(inputs, limits, assumptions)
        self.effort, self.pulse = effort, pulse
        self.rays: dict[tuple[int, ...], tuple[int, int]] = {}
        self.atoms: dict[int, Key] = {}
        self.names: dict[Key, list[Key]] = {}
        self.root: dict[Key, Key] = {}

    def add(self, form: Form, value: Form, plus: Bounds, minus: Bounds) -> Key:
        """A further entry; the first one on a ray keeps it."""
        key = super().add(form, value, plus, minus)
        if not form.is_constant():
            ray, sign = form.ray()
            self.rays.setdefault(ray, (key[0], sign))
        if value.is_unit():
            self.atoms.setdefault(value.start, key)
        return key

    def settled(self, form: Form) -> tuple[str, list[list[Any]]] | None:
        """Whether the assumptions make a form "on" or "off", and the terms `plus` that show it; here they do not."""
        return None

    def spend(self, form: Form, sums: int) -> None:
        """Take the cost of some sums of forms of that length off the effort that is left."""
        self.effort = max(0, self.effort - sums * (len(form.coefficients) + 1))

    def find(self, form: Form) -> list[Any] | None:
        """The declaration [n, s, p, q] of a form that is a multiple of an entry's."""
        ray, sign = form.ray()
        if ray not in self.rays:
            return None
        n, other = self.rays[ray]
        p, q = form.quotient(self.entries[n].form)
        return [n, sign * other, integer(p), integer(q)]

    def value(self, declared: list[Any]) -> tuple[Activation, Form]:
        """What [n, s, p, q] says: the activation, and its expression."""
        n, s, p, q = declared[0], declared[1], *map(_decoded, declared[2:])
        value = self.entries[n].side(s)[1].times(p, q)
        return (Activation(None, 0, 1) if value.is_zero() else Activation((n, s), p, q)), value

    def place(self, declared: list[Any], sign: int = 1) -> tuple[int, int, Fraction]:
        """(n, s, scale) of a neuron whose form of that sign is declared, a name standing for the entry it is a name of."""
        n, s = self.root.get((declared[0], 1), (declared[0], 1))
        return n, sign * s * declared[1], Fraction(*map(_decoded, declared[2:]))

    def add_roots(self, n: int, signs: list[int]) -> None:
        """Remember that the entries after `n` are names of it, σ(U) = σ(u ℓ_n) for these u."""
        for k, u in enumerate(signs, start=1):
            self.names.setdefault((n, u), []).append((n + k, 1))
            self.root[n + k, 1] = (n, u)


@dataclass(frozen=True)
class Neuron:
    """A neuron that was read: its declaration, its activation, and its place (n, s, scale): T = s · scale · ℓ_n."""

    declared: Any
    activation: Activation
    place: tuple[int, int, Fraction] | None


@dataclass
class Side:
    """One network in a pass: its neurons layer by layer, and its outputs."""

    layers: list[list[Neuron]] = field(default_factory=list)
    outputs: list[Form] = field(default_factory=list)


def layers_of(network: ReLUNetwork) -> list[Layer]:
    """The layers as the checker has them."""
    return [_layer(a) for a in network.maps]


def read(work: Pass, layers: Sequence[Layer], final: str | None) -> Side:
    """Read one network: its hidden layers, declared one by one, and its last."""
    side, below = Side(), work.inputs
    for layer in layers[:-1]:
        rows = FormRows(work, layer, below)
        side.layers.append([_declare(work, rows, i) for i in range(len(layer.rows))])
        below = [neuron.activation for neuron in side.layers[-1]]
    outputs = FormRows(work, layers[-1], below)
    side.outputs = [outputs.form(i) for i in range(len(layers[-1].rows))]
    if final:
        side.outputs = [form.plus(side.outputs[-1], -1) for form in side.outputs]
    return side


def evidence(sides: tuple[Side, Side], first: int) -> list[dict[str, Any]]:
    """The steps that declare both networks, `first` first, and their outputs equal."""
    steps: list[dict[str, Any]] = []
    for which in (first, 1 - first):
        layers = ([neuron.declared for neuron in layer] for layer in sides[which].layers)
        steps += [{"step": "layer", "network": which, "neurons": neurons} for neurons in layers]
    return [*steps, {"step": "outputs"}]


def _layer(a: Affine) -> Layer:
    W, b = a.weights, a.bias
    return Layer([list(W.row(i)) for i in range(W.rows)], W.denominator, list(b.numerators), b.denominator)


def _declare(work: Pass, rows: FormRows, i: int) -> Neuron:
    """Read one neuron."""
    work.pulse()
    form = rows.form(i)
    if form.is_constant():
        return Neuron("constant", Activation(None, max(form.constant, 0), form.denominator), None)
    known = work.find(form)
    names = list(_names(work, rows, i, form)) if known is None or work.effort else []
    if known is not None and all(work.find(name) for _, _, name in names):
        return Neuron(known, work.value(known)[0], work.place(known))
    bounds = rows.bounds_of(i, form)
    here = (len(work.entries), 1, Fraction(1))
    if known is None and is_nonpositive(bounds[1]):
        return Neuron("off", work.add_off(form, bounds), here)
    if known is None and is_nonnegative(bounds[0]):
        return Neuron("on", work.add_on(form, bounds), here)
    settled = work.settled(form) if known is None else None
    if settled is not None:
        kind, plus = settled
        activation = work.add_names([(1, form)], form if kind == "on" else Form.zero(), bounds)
        return Neuron({"as": kind, "by": 0, "names": [], "plus": plus}, activation, here)
    forms = [(1, form), *((u, name) for _, u, name in names)]
    found = _first_known(work, forms, deep=rows.packed is not None)
    if found is None and not names:
        return Neuron("atom", work.add_names(forms, work.atom(positive_part(*bounds)), bounds), here)
    declared, value = found or ({"as": "atom", "by": 0}, work.atom(positive_part(*bounds)))
    sign = forms[declared["by"]][0]
    activation = work.add_names(forms, value if sign > 0 else value.plus(form), bounds)
    work.add_roots(here[0], [u for u, _ in forms[1:]])
    place = work.place(declared["as"], sign) if isinstance(declared["as"], list) else here
    return Neuron({**declared, "names": [name for name, _, _ in names]}, activation, place)


def _first_known(work: Pass, forms: list[tuple[int, Form]], deep: bool) -> tuple[dict[str, Any], Form] | None:
    """The first form that is known or settled by bounds: the declaration without its names, and the expression of its σ."""
    for k, (_, form) in enumerate(forms):
        known = work.find(form)
        if known is not None:
            return {"as": known, "by": k}, work.value(known)[1]
        if k or deep:
            for kind, signed, value in (("off", form, Form.zero()), ("on", form.times(-1), form)):
                plus = _cover(work, signed)
                if plus is not None:
                    return {"as": kind, "by": k, "plus": plus}, value
    return None


def _cover(work: Pass, form: Form, depth: int = MOST_STEPS) -> list[list[Any]] | None:
    """Terms (p/q) σ(s ℓ_n) whose sum with the form has an upper bound of 0; None if none are found.

    Each term takes away what the form starts with: α ℓ + c σ(ℓ) with α > 0 ≥ α + c is (α + c) σ(ℓ) − α σ(−ℓ). Of several atoms
    that would do, the two are tried after which the fewest terms lack an upper bound.
    """
    if is_nonpositive(work.bounds(form)[1]):
        return []
    if not work.effort or not depth:
        return None
    found = [(key[0], alpha) for key, c, alpha in _beside(work, form) if alpha > 0 >= alpha + c]
    work.spend(form, len(found))
    sums = [form.plus(work.entries[n].side(-1)[1], *alpha.as_integer_ratio()) for n, alpha in found]
    best = sorted(zip(sums, found, strict=True), key=lambda pair: _obstacles(work, pair[0]))[:2]
    for total, (n, alpha) in best:
        more = _cover(work, total, depth - 1)
        if more is not None:
            return [[n, -1, *map(integer, alpha.as_integer_ratio())], *more]
    return None


def _obstacles(work: Pass, form: Form) -> tuple[int, int]:
    """How many terms of a form have no upper bound, and how many terms it has."""
    limits = work.limits[form.start : form.start + len(form.coefficients)]
    terms = [(c, bounds) for c, bounds in zip(form.coefficients, limits, strict=True) if c]
    return sum(bounds[c > 0] is None for c, bounds in terms), len(terms)


def _names(work: Pass, rows: FormRows, i: int, form: Form) -> Iterator[Name]:
    """Other forms U' with σ(U') = σ(±T): a kink of U that σ(U) hides is taken away, in each way the entries know.

    U is T, −T, and then every name found, breadth first; each ray once.
    """
    deep = rows.packed is not None and work.effort
    todo = [(0, u, u, form if u > 0 else form.times(-1)) for u in (1, -1) if deep or _lone(rows, i, u)]
    seen = {form.ray()[0]} if todo else set()
    count = 0
    while todo and count < MOST_NAMES:
        k, u, sign, U = todo.pop(0)
        for (n, s), c, a, rest, plus in _hidden(work, rows, i, k, u, U):
            total = c + a
            for m, t in ((n, s), *work.names.get((n, s), ())):
                name = rest.plus(work.entries[m].side(t)[0], total.numerator, total.denominator)
                ray = name.ray()[0]
                if ray in seen or count == MOST_NAMES:
                    continue
                seen.add(ray)
                count += 1
                todo.append((count, 1, sign, name))
                yield [k, u, n, s, m, t, *map(integer, (*c.as_integer_ratio(), *a.as_integer_ratio())), plus], sign, name


def _hidden(work: Pass, rows: FormRows, i: int, k: int, u: int, U: Form) -> Iterator[Hidden]:
    """The kinks that σ(U) hides: ((n, s), c, a, rest, plus) with U = c σ(ℓ) + a ℓ + rest, ℓ = s ℓ_n, as the checker has it.

    U = c z + α ℓ + rest for an atom z = σ(ℓ): on the side ℓ > 0 take a = α; c σ(ℓ) + α ℓ = c σ(−ℓ) + (−α − c)(−ℓ) on the other.
    """
    if k == 0:
        for at in _lone(rows, i, u):
            key = rows.keys[at]
            if key[0] >= 0:
                c = Fraction(u * rows.row(i)[0][at], rows.denominator)
                yield key, c, Fraction(0), U.plus(work.function(key)[0], -c.numerator, c.denominator), []
        if rows.packed is None:
            return  # the form says nothing that the row does not
    if not work.effort:
        return
    positive = (at for at, c in enumerate(U.coefficients, U.start) if c > 0 and at in work.atoms)
    for at in islice(positive, MOST_TRIES):
        yield from _without(work, U, work.atoms[at], Fraction(U.coefficient(at), U.denominator), Fraction(0))
    for key, c, alpha in _beside(work, U):
        if alpha > 0 and alpha + c >= 0:
            yield from _without(work, U, key, c, alpha)
        elif alpha < 0 and alpha + c <= 0:
            yield from _without(work, U, (key[0], -1), c, -alpha - c)


def _beside(work: Pass, U: Form) -> Iterator[tuple[Key, Fraction, Fraction]]:
    """The atoms z = σ(ℓ) in U whose ℓ starts where U does: (their key, c, α) with U = c z + α ℓ + ..., α as U's start has it."""
    tries = 0
    for at, c in enumerate(U.coefficients):
        key = work.atoms.get(U.start + at) if c else None
        if key is None or tries == MOST_TRIES:
            continue
        form = work.entries[key[0]].form
        if form.start != U.start or form.is_constant():
            continue
        tries += 1
        alpha = Fraction(U.coefficients[0] * form.denominator, form.coefficients[0] * U.denominator)
        yield key, Fraction(c, U.denominator), alpha


def _without(work: Pass, U: Form, key: Key, c: Fraction, a: Fraction) -> Iterator[Hidden]:
    """((n, s), c, a, rest, plus) if the rest is never positive."""
    if not work.effort:
        return
    work.spend(U, 2)
    form, value, _ = work.entries[key[0]].side(key[1])
    rest = U.plus(value, -c.numerator, c.denominator).plus(form, -a.numerator, a.denominator)
    plus = _cover(work, rest)
    if plus is not None:
        yield key, c, a, rest, plus


def _lone(rows: FormRows, i: int, u: int) -> list[int]:
    """The positive terms of u · row i whose removal leaves a sum that is never positive, by bounds."""
    bounded: list[tuple[int, int]] = []
    unbounded: list[int] = []
    coefficients, constant = rows.row(i)
    total = u * constant * rows.scaled.denominator
    for k, (c, least, greatest) in enumerate(zip(coefficients, rows.scaled.least, rows.scaled.greatest, strict=True)):
        c *= u
        most = greatest if c > 0 else least
        if c and most is None:
            unbounded.append(k)
            if len(unbounded) > 1:
                return []
        elif c and most is not None:
            total += c * most
            bounded.append((k, c * most))
    if unbounded:
        return [k for k in unbounded if u * coefficients[k] > 0 and total <= 0]
    return [k for k, most in bounded if u * coefficients[k] > 0 and total <= most]


def _decoded(value: int | str) -> int:
    return int(value, 16) if isinstance(value, str) else value
