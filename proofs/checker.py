"""The trusted checker: does a certificate prove what it says?

**Inequivalent** is proved by a point: both networks are evaluated there in integers, and the values differ by the stated gap.

**Equivalent** is proved by value numbering.  Every pre-activation of both networks is written as an affine form
over basis functions shared by both: the inputs x and *atoms* z = σ(ℓ), one for each neuron that is told apart.  The evidence
declares, neuron by neuron, how its activation σ(T) is expressed, and each declaration is an identity of functions on R^n:

    "off"           T ≤ 0 everywhere, so σ(T) = 0
    "on"            T ≥ 0 everywhere, so σ(T) = T
    "constant"      T is the constant form c, so σ(T) = max(c, 0)
    "atom"          σ(T) =: z, a new basis function
    [n, s, p, q]    T = s (p/q) ℓ_n for entry n, s = ±1, p/q > 0, so σ(T) = (p/q) σ(s ℓ_n)

"Everywhere" is read off a row: activations are nonnegative, and bounded where theirs were.  Each declaration that says
something new makes an *entry* n = (ℓ_n, E_n), a form and the expression of σ(ℓ_n); then σ(−ℓ_n) = E_n − ℓ_n.  A neuron may also
have other names.  If U = T or U = −T reads U = c σ(ℓ) + rest with c > 0 and rest ≤ 0 everywhere, then

    σ(c σ(ℓ) + rest) = σ(c ℓ' + rest)    for every form ℓ' with σ(ℓ') = σ(ℓ)

(where ℓ' > 0 both arguments agree; elsewhere both are ≤ 0).  This is the hidden facet of [RELU3], and the names make entries too:

    {"as": declaration, "by": k, "names": [[u, n, s, m, t], ...]}

with U = uT, ℓ = s ℓ_n the activation that is replaced, ℓ' = t ℓ_m what replaces it, and "by" telling which form the
declaration matches: 0 for T, k for the k-th name.  If at the end the two output forms agree, the networks are one function.
Nothing is assumed about the basis functions, so no declaration can make unequal functions look equal.

A step of the evidence is {"step": "layer", "network": 0 or 1, "neurons": [declaration, ...]}, for the hidden layers of each
network in order; the last step is {"step": "outputs"}.  Networks that end in the same Softmax or LogSoftmax are compared by
their logits minus the last logit.  Labels E3, E4, B2 to B4 in docs/theory.md; statement S1 is not needed.

Cost: linear in the weights, in memory too, plus one product by each layer that reads flipped or active neurons.
Standard library only: with `proofs.forms`, `proofs.certificates` and `proofs.errors` this is all a reader has to trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proofs.certificates import FORMAT, VERSION
from proofs.errors import Malformed, Refuted
from proofs.forms import Form, Packed
from proofs.parsing import Layer, Network, integer, integers, read_network, short, values
from proofs.rows import NONNEGATIVE, ZERO, Activation, Bounds, Key, Rows, is_nonpositive, negative_part, positive_part

__all__ = ["Statement", "check"]

@dataclass(frozen=True)
class Statement:
    """What a certificate proves: `kind` "equivalent" or "inequivalent", in words, of the networks with these digests."""

    kind: str
    text: str
    digests: tuple[str, str]


def check(certificate: Any, f: Any = None, g: Any = None) -> Statement:
    """The statement that `certificate` proves.

    `certificate` is a path, an open file, a `Certificate`, its lines, or their parsed values.  With `f` and `g`, networks or
    digests, it must speak of these two.  Raises `Malformed` or `Refuted`.
    """
    steps = values(certificate)
    header = next(steps, (None, b""))[0]
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Malformed(f"line 1: not a {FORMAT} (a header with that format was expected)")
    if header.get("version") != VERSION:
        raise Malformed(f"line 1: version {VERSION} is understood; found {short(header.get('version'))}")
    claimed = header.get("digests")
    if not isinstance(claimed, list) or len(claimed) != 2 or not all(isinstance(d, str) for d in claimed):
        raise Malformed("line 1: digests must be two texts")
    networks = [read_network(steps, name) for name in "fg"]
    for name, network, expected in zip("fg", networks, claimed, strict=True):
        if network.digest != expected:
            raise Refuted(f"network {name} has digest {network.digest}, but the header says {expected:.80}")
    for name, given, expected in zip("fg", (f, g), claimed, strict=True):
        if given is not None and getattr(given, "digest", given) != expected:
            found = short(getattr(given, "digest", given))
            raise Refuted(f"this certificate is of another pair: {name} has digest {found}, it says {expected:.80}")
    one, two = networks
    if (one.inputs, one.outputs, one.final) != (two.inputs, two.outputs, two.final):
        raise Refuted("the networks differ in inputs, outputs or final activation")
    proof = {"equivalent": _check_equal, "inequivalent": _check_different}.get(str(header.get("claim")))
    if proof is None:
        raise Malformed(f"line 1: claim must be 'equivalent' or 'inequivalent'; found {short(header.get('claim'))}")
    text = proof(one, two, (value for value, _ in steps))
    if next(steps, None) is not None:
        raise Malformed("there are lines after the last step")
    return Statement(str(header["claim"]), text, (claimed[0], claimed[1]))


# ---------------------------------------------------------------------------------------------- inequivalent


def _check_different(f: Network, g: Network, steps: Iterator[Any]) -> str:
    step = next(steps, None)
    if not isinstance(step, dict) or step.get("step") != "point":
        raise Malformed("the evidence must be a point")
    x = integers(step.get("point"), f.inputs, "point")
    q = integer(step.get("denominator"), "denominator of the point", 1)
    gap = integers(step.get("gap"), f.outputs, "gap")
    gap_q = integer(step.get("gap_denominator"), "gap_denominator", 1)
    (u, p), (v, r) = _evaluate(f, x, q), _evaluate(g, x, q)
    if [(a * r - b * p) * gap_q for a, b in zip(u, v, strict=True)] != [d * p * r for d in gap]:
        raise Refuted("f − g at the point is not the stated gap")
    if not any(gap):
        raise Refuted("the gap is zero: the networks agree at the point")
    return f"the networks differ at a point of R^{f.inputs}"


def _evaluate(network: Network, x: list[int], q: int) -> tuple[list[int], int]:
    for k, layer in enumerate(network.layers):
        x, q = layer.image(x if k == 0 else [max(v, 0) for v in x], q)
    return ([v - x[-1] for v in x] if network.final else x), q


# ---------------------------------------------------------------------------------------------- equivalent


@dataclass(frozen=True)
class _Entry:
    """A form ℓ, the expression of σ(ℓ), and bounds of σ(ℓ) and σ(−ℓ)."""

    form: Form
    value: Form
    plus: Bounds
    minus: Bounds

    def side(self, sign: int) -> tuple[Form, Form, Bounds]:
        """(s ℓ, σ(s ℓ), its bounds) for s = ±1."""
        if sign > 0:
            return self.form, self.value, self.plus
        return self.form.times(-1), self.value.plus(self.form, -1), self.minus


class _Numbering:
    """The forms of both networks over one basis, built layer by layer."""

    def __init__(self, inputs: int):
        self.inputs = inputs
        self.basis = inputs
        self.entries: list[_Entry] = []

    def inputs_of(self) -> list[Activation]:
        return [Activation((-1 - i, 1), 1, 1) for i in range(self.inputs)]

    def function(self, key: Key) -> tuple[Form, Bounds]:
        """What a key names: its expression over the basis, and its bounds."""
        n, sign = key
        if n < 0:
            return Form.unit(-1 - n), (None, None)
        return self.entries[n].side(sign)[1:]

    def add(self, form: Form, value: Form, plus: Bounds, minus: Bounds) -> Key:
        self.entries.append(_Entry(form, value, plus, minus))
        return len(self.entries) - 1, 1

    def entry(self, n: Any, sign: Any, what: str) -> tuple[Form, Form, Bounds]:
        n = integer(n, f"{what}: entry", 0)
        if n >= len(self.entries) or type(sign) is not int or sign not in (1, -1):
            raise Malformed(f"{what}: no entry {n} with sign {short(sign)}; there are {len(self.entries)} so far")
        return self.entries[n].side(sign)

    def layer(self, layer: Layer, below: list[Activation], declared: Any, what: str) -> list[Activation]:
        """The activations of a hidden layer, each as its declaration says."""
        rows = _Forms(self, layer, below)
        if not isinstance(declared, list) or len(declared) != len(layer.rows):
            raise Malformed(f"{what}: {len(layer.rows)} declarations were expected")
        return [self.neuron(rows, i, value, f"{what}, neuron {i}") for i, value in enumerate(declared)]

    def neuron(self, rows: _Forms, i: int, declared: Any, what: str) -> Activation:
        if isinstance(declared, dict):
            return self.named(rows, i, declared, what)
        if declared == "off":
            if not is_nonpositive(rows.bounds(i)[1]):
                raise Refuted(f"{what}: declared off, but its row does not bound it by 0 from above")
            return Activation(None, 0, 1)
        form = rows.form(i)
        if declared == "constant":
            if not form.is_constant():
                raise Refuted(f"{what}: declared constant, but it depends on the input")
            return Activation(None, max(form.constant, 0), form.denominator)
        if isinstance(declared, list):
            (key, p, q), _ = self.multiple(form, declared, what)
            return Activation(key, p, q)
        low, high = bounds = rows.bounds(i)
        if declared == "on":
            if low is None or low < 0:
                raise Refuted(f"{what}: declared on, but its row does not bound it by 0 from below")
            return Activation(self.add(form, form, bounds, (ZERO, ZERO)), 1, 1)
        if declared == "atom":
            return Activation(self.add(form, self.atom(), positive_part(low, high), negative_part(low, high)), 1, 1)
        raise Malformed(f"{what}: unknown declaration {short(declared)}")

    def atom(self) -> Form:
        self.basis += 1
        return Form.unit(self.basis - 1)

    def multiple(self, form: Form, declared: Any, what: str) -> tuple[tuple[Key, int, int], Form]:
        """Check form = s (p/q) ℓ_n for the declaration [n, s, p, q]: ((n, s), p, q) and the expression of σ(form)."""
        if not isinstance(declared, list) or len(declared) != 4:
            raise Malformed(f"{what}: [entry, sign, p, q] was expected; found {short(declared)}")
        n, sign = declared[0], declared[1]
        p, q = (integer(v, f"{what}: scale", 1) for v in declared[2:])
        side, value, _ = self.entry(n, sign, what)
        if not form.is_multiple(side, p, q):
            raise Refuted(f"{what}: its form is not {sign * p}/{q} times that of entry {n}")
        return ((n, sign), p, q), value.times(p, q)

    def named(self, rows: _Forms, i: int, declared: dict[str, Any], what: str) -> Activation:
        """A neuron with other names: all of them become entries of the same function."""
        names, by = declared.get("names"), integer(declared.get("by"), f"{what}: by", 0)
        if not isinstance(names, list) or not names or by > len(names):
            raise Malformed(f"{what}: names must be a list, and by one of them")
        form, bounds = rows.form(i), rows.bounds(i)
        forms = [(1, form), *(self.renamed(rows, i, name, what) for name in names)]
        if declared.get("as") == "atom":
            value = self.atom()
        else:
            sign, matched = forms[by]
            value = self.multiple(matched, declared.get("as"), what)[1]
            value = value if sign > 0 else value.plus(form)  # σ(T) = T + σ(−T)
        plus, minus = positive_part(*bounds), negative_part(*bounds)
        key = self.add(form, value, plus, minus)
        for sign, other in forms[1:]:
            if sign > 0:
                self.add(other, value, plus, NONNEGATIVE)
            else:
                self.add(other, value.plus(form, -1), minus, NONNEGATIVE)
        return Activation(key, 1, 1)

    def renamed(self, rows: _Forms, i: int, name: Any, what: str) -> tuple[int, Form]:
        """(u, U') for a name [u, n, s, m, t]: U = uT = c σ(s ℓ_n) + rest, rest ≤ 0, and U' = c t ℓ_m + rest."""
        if not isinstance(name, list) or len(name) != 5 or type(name[0]) is not int or name[0] not in (1, -1):
            raise Malformed(f"{what}: a name is [±1, entry, sign, entry, sign]; found {short(name)}")
        u, n, s, m, t = name
        _, value, _ = self.entry(n, s, what)
        side, same, _ = self.entry(m, t, what)
        if not same.is_multiple(value):
            raise Refuted(f"{what}: entries {n} and {m} are not the same activation")
        p, q = rows.coefficient(i, (n, s)), rows.denominator
        if u * p <= 0 or not is_nonpositive(rows.rest(i, (n, s), u)):
            raise Refuted(f"{what}: it is not a positive multiple of entry {n} and a rest that is never positive")
        return u, rows.form(i).times(u).plus(value, -u * p, q).plus(side, u * p, q)


class _Forms(Rows):
    """Rows whose keys have forms over the basis: those that are a bare basis function are placed, the others summed."""

    def __init__(self, numbering: _Numbering, layer: Layer, below: list[Activation]):
        values = {a.key: numbering.function(a.key) for a in below if a.key is not None}
        super().__init__(layer, below, lambda key: values[key][1], lambda key: values[key][0].start)
        functions = [values[key][0] for key in self.keys]
        self.units = [k for k, e in enumerate(functions) if e.is_unit()]
        self.dense = [k for k, e in enumerate(functions) if not e.is_unit()]
        self.places = [functions[k].start for k in self.units]
        self.first = self.places[0] if self.places else 0
        self.span = self.places[-1] - self.first + 1 if self.places else 0
        self.straight = not self.dense and self.places == list(range(self.first, self.first + self.span))
        self.packed = self._pack([functions[k] for k in self.dense]) if self.dense else None

    def _pack(self, forms: list[Form]) -> Packed:
        sizes = [abs(self.row(i)[0][k]) for i in range(len(self.layer.rows)) for k in self.dense]
        return Packed(forms, max(sizes))

    def form(self, i: int) -> Form:
        """Row i over the basis."""
        coefficients, constant = self.row(i)
        if self.straight:
            return Form(constant, self.first, coefficients, self.denominator)
        row = [0] * self.span
        for k, place in zip(self.units, self.places, strict=True):
            row[place - self.first] += coefficients[k]
        form = Form(constant, self.first, row, self.denominator)
        if self.packed is None:
            return form
        constant, row = self.packed.sum([coefficients[k] for k in self.dense])
        return form.plus(Form(constant, self.packed.start, row, self.denominator * self.packed.denominator))


def _check_equal(f: Network, g: Network, steps: Iterator[Any]) -> str:
    numbering = _Numbering(f.inputs)
    networks, done = (f, g), [0, 0]
    activations = [numbering.inputs_of(), numbering.inputs_of()]
    for step in steps:
        kind = step.get("step") if isinstance(step, dict) else None
        if kind == "outputs":
            break
        side = step.get("network") if kind == "layer" else None
        if type(side) is not int or side not in (0, 1) or done[side] >= len(networks[side].layers) - 1:
            raise Malformed(f"a step must be a further hidden layer of network 0 or 1, or the outputs; found {short(step)}")
        layer = networks[side].layers[done[side]]
        done[side] += 1
        what = f"network {'fg'[side]}, layer {done[side]}"
        activations[side] = numbering.layer(layer, activations[side], step.get("neurons"), what)
    else:
        raise Malformed("the evidence ends before the outputs")
    if done != [len(n.layers) - 1 for n in networks]:
        raise Malformed("the outputs come before the last hidden layer")
    outputs = [_Forms(numbering, n.layers[-1], y) for n, y in zip(networks, activations, strict=True)]
    for i, (one, two) in enumerate(zip(*(_outputs(rows, f.final) for rows in outputs), strict=True)):
        if not one.is_multiple(two):
            raise Refuted(f"output {i}: the forms of the two networks differ")
    return f"the networks are the same function on all of R^{f.inputs}" + (" after their final activation" if f.final else "")


def _outputs(rows: _Forms, final: str | None) -> Iterator[Form]:
    last = len(rows.layer.rows) - 1
    shift = rows.form(last) if final else Form(0, 0, [], 1)
    for i in range(last + 1):
        yield rows.form(i).plus(shift, -1)
