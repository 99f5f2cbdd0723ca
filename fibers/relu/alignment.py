"""Alignment: which neurons of two networks are the same function, found by fingerprints in one pass over the weights.

Every pre-activation of both networks is an affine form over one basis: the inputs and the *atoms* σ(ℓ) met so far
(`proofs.checker` states the rules).  Instead of the form we carry its value at a random point of the space of forms, twice:

    fingerprint T ↦ (T(ρ), T(ρ')),    ρ, ρ' random integers for 1, every x_i and every atom.

Proportional forms have proportional fingerprints, so the reduced ratio T(ρ) : T(ρ') names the hyperplane of a neuron, its sign
the side, and the quotient of two fingerprints the scale.  Forms that differ collide with probability about 2⁻⁶⁰ (Schwartz
1980, Zippel 1979).  The fingerprints only steer: the pass writes down, neuron by neuron, the declaration that
`proofs.check` then verifies on the exact forms.

It sees, at any depth and in neighbouring layers alike: permutations, positive scales, parallel and repeated neurons, flips
σ(−ℓ) = σ(ℓ) − ℓ, dead and constant neurons, active neurons however they are refactored, and hidden facets shifted or
flipped.  E3, E4, B3, B4 in docs/theory.md.  What it cannot see are coincidences between different forms.

Cost: linear in the number of weights.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fibers.answers import Alignment, Match
from fibers.networks import Affine, ReLUNetwork
from proofs.certificates import Certificate, integer
from proofs.parsing import Layer
from proofs.rows import NONNEGATIVE, ZERO, Activation, Bounds, Key, Rows, is_nonpositive, negative_part, positive_part

__all__ = ["Pass", "align"]

MOST_NAMES = 8
"""Names a neuron may have besides its own form; more than one or two do not occur outside constructed cases."""


@dataclass(frozen=True)
class Print:
    """The fingerprint (u/q, v/q) of a form."""

    u: int
    v: int
    q: int = 1

    def plus(self, other: Print, p: int = 1, q: int = 1) -> Print:
        """The fingerprint of self + (p/q) · other."""
        common = math.lcm(self.q, q * other.q)
        a, b = common // self.q, p * (common // (q * other.q))
        return Print(a * self.u + b * other.u, a * self.v + b * other.v, common).reduced()

    def times(self, p: int, q: int = 1) -> Print:
        """The fingerprint of (p/q) times the form."""
        return Print(p * self.u, p * self.v, q * self.q).reduced()

    def reduced(self) -> Print:
        """The same values in lowest terms."""
        common = math.gcd(self.u, self.v, self.q)
        return self if common == 1 else Print(self.u // common, self.v // common, self.q // common)

    def ray(self) -> tuple[tuple[int, int], int]:
        """(the ratio u : v up to sign, which sign): proportional forms share the first."""
        common = math.gcd(self.u, self.v)
        sign = 1 if (self.u, self.v) > (0, 0) else -1
        return (sign * self.u // common, sign * self.v // common), sign

    def quotient(self, other: Print) -> Fraction:
        """self / other, for proportional forms."""
        return Fraction(self.u * other.q, other.u * self.q) if other.u else Fraction(self.v * other.q, other.v * self.q)


@dataclass(frozen=True)
class Entry:
    """Fingerprints of a form ℓ and of σ(ℓ), and bounds of σ(ℓ) and σ(−ℓ); mirrors the checker's entries."""

    form: Print
    value: Print
    plus: Bounds
    minus: Bounds

    def side(self, sign: int) -> tuple[Print, Print, Bounds]:
        """(s ℓ, σ(s ℓ), its bounds)."""
        if sign > 0:
            return self.form, self.value, self.plus
        return self.form.times(-1), self.value.plus(self.form, -1), self.minus


@dataclass
class Pass:
    """One pass over both networks: the shared entries, and for each network its declarations and what they express."""

    rng: random.Random
    inputs: list[Print]
    one: Print
    entries: list[Entry] = field(default_factory=list)
    rays: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    same: dict[Key, list[Key]] = field(default_factory=dict)
    root: dict[Key, Key] = field(default_factory=dict)

    @classmethod
    def start(cls, inputs: int, seed: int) -> Pass:
        """An empty pass over networks with `inputs` inputs."""
        rng = random.Random(seed)
        return cls(rng, [_draw(rng) for _ in range(inputs)], _draw(rng))

    def function(self, key: Key) -> tuple[Print, Bounds]:
        """The fingerprint and the bounds of what a key names."""
        if key[0] < 0:
            return self.inputs[-1 - key[0]], (None, None)
        return self.entries[key[0]].side(key[1])[1:]

    def add(self, form: Print, value: Print, plus: Bounds, minus: Bounds) -> Key:
        """A new entry; the first entry of a ray keeps it."""
        n = len(self.entries)
        self.entries.append(Entry(form, value, plus, minus))
        if form.u or form.v:
            ray, sign = form.ray()
            self.rays.setdefault(ray, (n, sign))
        return n, 1

    def find(self, form: Print) -> list[Any] | None:
        """The declaration [n, s, p, q] of a form that is a multiple of an entry."""
        ray, sign = form.ray()
        if ray not in self.rays:
            return None
        n, of_entry = self.rays[ray]
        scale = abs(form.quotient(self.entries[n].form))
        return [n, sign * of_entry, integer(scale.numerator), integer(scale.denominator)] if scale else None

    def value(self, declared: list[Any]) -> tuple[Activation, Print]:
        """What [n, s, p, q] says of σ: its activation and fingerprint."""
        n, s, p, q = declared[0], declared[1], *map(_decoded, declared[2:])
        return Activation((n, s), p, q), self.entries[n].side(s)[1].times(p, q)


@dataclass
class Side:
    """One network in a pass: its declarations layer by layer, and the activations they give."""

    network: ReLUNetwork
    declared: list[list[Any]] = field(default_factory=list)
    activations: list[list[Activation]] = field(default_factory=list)
    outputs: list[Print] = field(default_factory=list)


def align(f: ReLUNetwork, g: ReLUNetwork, *, seed: int = 0, first: int = 0) -> tuple[Alignment, Certificate | None]:
    """Align two networks of equal inputs, outputs and final activation: (alignment, certificate or None).

    The certificate is unchecked; it is None when the outputs' fingerprints differ, which proves nothing.  `first` is the network
    (0 for f, 1 for g) that is read first and whose neurons become the atoms.
    """
    work = Pass.start(f.inputs, seed)
    sides = (Side(f), Side(g))
    for which in (first, 1 - first):
        _read(work, sides[which])
    equal = sides[0].outputs == sides[1].outputs
    alignment = _summary(work, sides, equal)
    if not equal:
        return alignment, None
    steps: list[Any] = []
    for which in (first, 1 - first):
        steps += [{"step": "layer", "network": which, "neurons": neurons} for neurons in sides[which].declared]
    steps.append({"step": "outputs"})
    return alignment, Certificate("equivalent", (f.lines, g.lines), tuple(steps))


def _read(work: Pass, side: Side) -> None:
    below = [Activation((-1 - i, 1), 1, 1) for i in range(side.network.inputs)]
    for a in side.network.maps[:-1]:
        declared, below = _read_layer(work, _Prints(work, a, below))
        side.declared.append(declared)
        side.activations.append(below)
    outputs = _Prints(work, side.network.maps[-1], below)
    values = [outputs.print(i) for i in range(side.network.outputs)]
    last = values[-1] if side.network.final else Print(0, 0)
    side.outputs = [value.plus(last, -1) for value in values]


def _read_layer(work: Pass, rows: _Prints) -> tuple[list[Any], list[Activation]]:
    declared, activations = [], []
    for i in range(len(rows.layer.rows)):
        declaration, activation = _declare(work, rows, i)
        declared.append(declaration)
        activations.append(activation)
    return declared, activations


def _declare(work: Pass, rows: _Prints, i: int) -> tuple[Any, Activation]:
    """The declaration of one neuron: known forms first, then what its row shows, then a new atom."""
    form = rows.print(i)
    constant = rows.constant(form)
    if constant is not None:
        height = max(constant, ZERO)
        return "constant", Activation(None, height.numerator, height.denominator)
    bounds = rows.bounds(i)
    if is_nonpositive(bounds[1]):
        return "off", Activation(None, 0, 1)
    names = list(_names(work, rows, i, form))
    known = work.find(form)
    if known is not None and not any(work.find(name) is None for _, name in names):
        return known, work.value(known)[0]
    if known is None and bounds[0] is not None and bounds[0] >= 0:
        return "on", Activation(work.add(form, form, bounds, (ZERO, ZERO)), 1, 1)
    return _declare_named(work, form, bounds, names)


def _declare_named(work: Pass, form: Print, bounds: Bounds, names: list[tuple[list[int], Print]]) -> tuple[Any, Activation]:
    """A neuron that is a new atom, or known by one of its names; each name becomes an entry."""
    forms = [(1, form), *((name[0], renamed) for name, renamed in names)]
    by, known = next(((k, found) for k, (_, x) in enumerate(forms) if (found := work.find(x)) is not None), (0, None))
    if known is None:
        value = _draw(work.rng)
    else:
        value = work.value(known)[1]
        value = value if forms[by][0] > 0 else value.plus(form)
    plus, minus = positive_part(*bounds), negative_part(*bounds)
    key = work.add(form, value, plus, minus)
    if not names:
        return "atom", Activation(key, 1, 1)
    for sign, renamed in forms[1:]:
        alias = work.add(renamed, value if sign > 0 else value.plus(form, -1), plus if sign > 0 else minus, NONNEGATIVE)
        work.same.setdefault((key[0], sign), []).append(alias)
        work.root[alias] = (key[0], sign)
    return {"as": known or "atom", "by": by, "names": [name for name, _ in names]}, Activation(key, 1, 1)


def _names(work: Pass, rows: _Prints, i: int, form: Print) -> Iterator[tuple[list[int], Print]]:
    """Other forms U' with σ(U') = σ(±T): where ±T = c σ(ℓ) + rest, rest ≤ 0, replace σ(ℓ) by each known ℓ' with σ(ℓ') = σ(ℓ)."""
    count = 0
    for u in (1, -1):
        for key in rows.candidates(i, u):
            if not is_nonpositive(rows.rest(i, key, u)):
                continue
            p, q = u * rows.coefficient(i, key), rows.denominator
            rest = form.times(u).plus(work.function(key)[0], -p, q)
            for m, t in (key, *work.same.get(key, ())):
                renamed = rest.plus(work.entries[m].side(t)[0], p, q)
                if (renamed.u or renamed.v) and count < MOST_NAMES:
                    count += 1
                    yield [u, *key, m, t], renamed


class _Prints(Rows):
    """Rows whose keys have fingerprints."""

    def __init__(self, work: Pass, a: Affine, below: Sequence[Activation]):
        W, b = a.weights, a.bias
        layer = Layer([list(W.row(i)) for i in range(W.rows)], W.denominator, list(b.numerators), b.denominator)
        functions = {x.key: work.function(x.key) for x in below if x.key is not None}
        super().__init__(layer, below, lambda key: functions[key][1], lambda key: key[0])
        self.one = work.one
        self.scale = math.lcm(*{functions[key][0].q for key in self.keys})
        factors = [(functions[key][0], self.scale // functions[key][0].q) for key in self.keys]
        self.u = [print.u * factor for print, factor in factors]
        self.v = [print.v * factor for print, factor in factors]

    def print(self, i: int) -> Print:
        """The fingerprint of row i."""
        coefficients, constant = self.row(i)
        u = sum(map(int.__mul__, coefficients, self.u)) + constant * self.scale * self.one.u
        v = sum(map(int.__mul__, coefficients, self.v)) + constant * self.scale * self.one.v
        return Print(u, v, self.denominator * self.scale).reduced()

    def constant(self, form: Print) -> Fraction | None:
        """The constant that a fingerprint stands for, if any."""
        if form.u * self.one.v != form.v * self.one.u:
            return None
        return Fraction(form.u, form.q * self.one.u)

    def candidates(self, i: int, sign: int) -> list[Key]:
        """The activations that might be the only positive part of sign · row i, unbounded ones first."""
        bounded: list[Key] = []
        unbounded: list[Key] = []
        for key, c, (_, greatest) in zip(self.keys, self.row(i)[0], self.limits, strict=True):
            if sign * c > 0:
                if greatest is None:
                    unbounded.append(key)
                    if len(unbounded) > 1:
                        return []
                else:
                    bounded.append(key)
        candidates = unbounded or bounded
        return [key for key in candidates if key[0] >= 0]


def _draw(rng: random.Random) -> Print:
    return Print(rng.randrange(1, 1 << 61), rng.randrange(1, 1 << 61))


def _decoded(value: int | str) -> int:
    return int(value, 16) if isinstance(value, str) else value


# ---------------------------------------------------------------------------------------------- what was found


def _summary(work: Pass, sides: tuple[Side, Side], complete: bool) -> Alignment:
    """Pair the neurons of f and g that name one entry; those left over on one side pair with one already paired (splits)."""
    places = [_places(work, side) for side in sides]
    matches: list[Match] = []
    for n in places[0].keys() & places[1].keys():
        ours, theirs = places[0][n], places[1][n]
        for k in range(max(len(ours), len(theirs))):
            (at_f, s, one), (at_g, t, two) = ours[min(k, len(ours) - 1)], theirs[min(k, len(theirs) - 1)]
            matches.append(Match(at_f, at_g, two / one, s != t))
    alone = [sorted(at for n in mine.keys() - other.keys() for at, *_ in mine[n]) for mine, other in (places, places[::-1])]
    matches.sort(key=lambda match: (match.of_f, match.of_g))
    stopped = "" if complete else _stopped(sides, alone)
    return Alignment(tuple(matches), tuple(alone[0]), tuple(alone[1]), complete, stopped)


def _places(work: Pass, side: Side) -> dict[int, list[tuple[tuple[int, int], int, Fraction]]]:
    """entry → its neurons ((layer, index), sign, scale), a name standing for the entry it is a name of."""
    places: dict[int, list[tuple[tuple[int, int], int, Fraction]]] = {}
    for k, (declared, layer) in enumerate(zip(side.declared, side.activations, strict=True), start=1):
        for i, (declaration, a) in enumerate(zip(declared, layer, strict=True)):
            if a.key is None:
                continue
            key, scale, turn = a.key, Fraction(a.p, a.q), 1
            if isinstance(declaration, dict) and declaration["as"] != "atom":
                known, _ = work.value(declaration["as"])
                key, scale = known.key or key, Fraction(known.p, known.q)
                turn = declaration["names"][declaration["by"] - 1][0] if declaration["by"] else 1
            n, s = work.root.get(key, key)
            places.setdefault(n, []).append(((k, i), s * turn, scale))
    return places


def _stopped(sides: tuple[Side, Side], alone: list[list[tuple[int, int]]]) -> str:
    if not alone[0] and not alone[1]:
        return "every hidden neuron has a partner, the output layers differ"
    k = min(layer for layer, _ in alone[0] + alone[1])
    counts = [sum(1 for layer, _ in one if layer == k) for one in alone]
    sizes = [len(side.declared[k - 1]) if k <= len(side.declared) else 0 for side in sides]
    return f"hidden layer {k}: {counts[0]} of {sizes[0]} neurons of f and {counts[1]} of {sizes[1]} of g have no partner"
