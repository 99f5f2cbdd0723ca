"""The trusted checker: does a certificate prove what it says?

**Inequivalent** is proved by a point of the domain: both networks are evaluated there in integers, and the values differ by the
stated gap.

**Equivalent** is proved by value numbering (`proofs.declarations`): every pre-activation of both networks becomes an affine form
over basis functions shared by both, and if at the end the output forms agree, the networks are one function.  Where that takes
cases, the evidence splits the space by affine forms ℓ of the inputs, and proves each half.  It is a sequence of steps:

    {"step": "split", "form": [w_1, ..., w_d, b]}      then the proof where w·t + b ≥ 0, then the proof where it is ≤ 0
    {"step": "layer", "network": 0 or 1, "neurons": [declaration, ...]}      the next hidden layer of that network
    {"step": "outputs"}                                the output forms agree: the proof of this part ends

A part is closed, and the two sides of a split cover it, so nothing has to be said of interiors.  Assumption i of a part is row
i of the domain's polyhedron, if it has one, and after these the splits made so far, ℓ or −ℓ as the side is.  What was declared
before a split holds on both sides.  The tree is read once, in preorder, and only the way down to the present part is kept.  On a
domain, t are its free coordinates (`proofs.domains`); on R^n they are the inputs.  Networks that end in the same Softmax or
LogSoftmax are compared by their logits minus the last logit.  Labels E6 and E2 in docs/theory.md.

Cost: linear in the weights, for each part, plus one product by each layer that reads flipped or active neurons, whose forms reach
back to the inputs; sizes are limited, so that no file takes more than some gigabytes.  Standard library only: this file and what
it imports is all that a reader has to trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from proofs.certificates import FORMAT, VERSION
from proofs.declarations import Verifier
from proofs.domains import Domain, read_domain
from proofs.errors import Malformed, Refuted
from proofs.forms import Form
from proofs.numbering import FormRows
from proofs.parsing import Network, integer, integers, read_network, short, values
from proofs.rows import Activation

__all__ = ["Statement", "check"]


@dataclass(frozen=True)
class Statement:
    """What a certificate proves: `kind` "equivalent" or "inequivalent", in words, of the networks with these digests.

    `domain` is the domain as the certificate has it, None for all of R^n; `text` names it.
    """

    kind: str
    text: str
    digests: tuple[str, str]
    domain: Any = field(default=None, hash=False)


def check(certificate: Any, f: Any = None, g: Any = None, *, pulse: Callable[[], object] = bool) -> Statement:
    """The statement that `certificate` proves.

    `certificate` is a path, an open file, a `Certificate`, its lines, or their parsed values.  With `f` and `g`, networks or
    digests, it must speak of these two.  `pulse` is called again and again, and may raise to stop.  Raises `Malformed` or
    `Refuted`, and `OSError` for a file that cannot be read.
    """
    try:
        return _check(values(certificate), f, g, pulse)
    except MemoryError:
        raise Malformed("the certificate takes more memory than there is") from None


def _check(steps: Iterator[tuple[Any, bytes]], f: Any, g: Any, pulse: Callable[[], object]) -> Statement:
    header = next(steps, (None, b""))[0]
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Malformed(f"line 1: not a {FORMAT} (a header with that format was expected)")
    if integer(header.get("version"), "line 1: version") != VERSION:
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
            raise Refuted(f"this certificate is of another pair: {name} has digest {found}, it says {short(expected)}")
    one, two = networks
    if (one.inputs, one.outputs, one.final) != (two.inputs, two.outputs, two.final):
        raise Refuted("the networks differ in inputs, outputs or final activation")
    proof = {"equivalent": _check_equal, "inequivalent": _check_different}.get(str(header.get("claim")))
    if proof is None:
        raise Malformed(f"line 1: claim must be 'equivalent' or 'inequivalent'; found {short(header.get('claim'))}")
    evidence: Iterator[Any] = (value for value, _ in steps)
    first = next(evidence, None)
    stated = first.get("domain") if isinstance(first, dict) else None
    domain = None if stated is None else read_domain(stated, one.inputs)
    if domain is None:
        evidence = chain([first], evidence)
    text = proof(one, two, domain, evidence, pulse)
    if next(evidence, steps) is not steps:
        raise Malformed("there are lines after the last step")
    return Statement(str(header["claim"]), text, (claimed[0], claimed[1]), stated)


# ---------------------------------------------------------------------------------------------- inequivalent


def _check_different(f: Network, g: Network, domain: Domain | None, steps: Iterator[Any], pulse: Callable[[], object]) -> str:
    step = next(steps, None)
    if not isinstance(step, dict) or step.get("step") != "point":
        raise Malformed("the evidence must be a point")
    x = integers(step.get("point"), f.inputs, "point")
    q = integer(step.get("denominator"), "denominator of the point", 1)
    gap = integers(step.get("gap"), f.outputs, "gap")
    gap_q = integer(step.get("gap_denominator"), "gap_denominator", 1)
    if domain is not None and not domain.contains(x, q):
        raise Refuted("the point lies outside the domain")
    (u, p), (v, r) = _evaluate(f, x, q, pulse), _evaluate(g, x, q, pulse)
    if [(a * r - b * p) * gap_q for a, b in zip(u, v, strict=True)] != [d * p * r for d in gap]:
        raise Refuted("f − g at the point is not the stated gap")
    if not any(gap):
        raise Refuted("the gap is zero: the networks agree at the point")
    return f"the networks differ at a point of {domain or f'R^{f.inputs}'}"


def _evaluate(network: Network, x: list[int], q: int, pulse: Callable[[], object]) -> tuple[list[int], int]:
    for k, layer in enumerate(network.layers):
        pulse()
        x, q = layer.image(x if k == 0 else [max(v, 0) for v in x], q)
    return ([v - x[-1] for v in x] if network.final else x), q


# ---------------------------------------------------------------------------------------------- equivalent


def _check_equal(f: Network, g: Network, domain: Domain | None, steps: Iterator[Any], pulse: Callable[[], object]) -> str:
    if domain is None:
        proof = _Proof(f, g, Verifier(f.inputs, [], [], pulse))
    else:
        frame = domain.frame(pulse)
        work = Verifier(len(frame.free), domain.limits(frame), domain.assumptions(frame), pulse)
        proof = _Proof(frame.restrict(f), frame.restrict(g), work)
    while not proof.done:
        proof.step(next(steps, None))
    return f"the networks are the same function on {domain or f'all of R^{f.inputs}'}" + (
        " after their final activation" if f.final else ""
    )


@dataclass(frozen=True)
class _Branch:
    """Where the other side of a split goes on: what was known there, and the form that is assumed to be ≥ 0."""

    mark: tuple[int, int, int, int]
    layers: list[int]
    activations: list[list[Activation]]
    form: Form


class _Proof:
    """The proof so far: what is known of the present part, and the splits whose other side is still to come."""

    def __init__(self, f: Network, g: Network, work: Verifier):
        self.networks, self.work = (f, g), work
        self.layers = [0, 0]  # how many hidden layers of each network are declared
        self.activations = [work.inputs, work.inputs]
        self.branches: list[_Branch] = []
        self.done = False

    def step(self, step: Any) -> None:
        """Verify one step of the evidence."""
        kind = step.get("step") if isinstance(step, dict) else None
        if kind == "layer":
            self.layer(step)
        elif kind == "split":
            self.split(step)
        elif kind == "outputs":
            self.outputs()
        elif step is None:
            raise Malformed("the evidence ends before the outputs")
        else:
            raise Malformed(f"a step must be a layer, a split or the outputs; found {short(step)}")

    def layer(self, step: dict[str, Any]) -> None:
        """The next hidden layer of a network."""
        side = step.get("network")
        if type(side) is not int or side not in (0, 1) or self.layers[side] >= len(self.networks[side].layers) - 1:
            raise Malformed(f"a layer must be a further hidden layer of network 0 or 1; found network {short(side)}")
        layer = self.networks[side].layers[self.layers[side]]
        self.layers[side] += 1
        what = f"network {'fg'[side]}, layer {self.layers[side]}"
        self.activations[side] = self.work.layer(layer, self.activations[side], step.get("neurons"), what)

    def split(self, step: dict[str, Any]) -> None:
        """Go on where a form is ≥ 0, and later where it is ≤ 0."""
        *row, constant = integers(step.get("form"), self.networks[0].inputs + 1, "the form of a split")
        form = Form(constant, 0, row, 1)
        self.branches.append(_Branch(self.work.mark(), [*self.layers], [*self.activations], form.times(-1)))
        self.work.assumptions.append(form)

    def outputs(self) -> None:
        """The outputs of both networks agree: go on with the other side of the last split."""
        if self.layers != [len(network.layers) - 1 for network in self.networks]:
            raise Malformed("the outputs come before the last hidden layer")
        pairs = zip(self.networks, self.activations, strict=True)
        outputs = [FormRows(self.work, network.layers[-1], below) for network, below in pairs]
        final = self.networks[0].final
        for i, (one, two) in enumerate(zip(*(_outputs(rows, final) for rows in outputs), strict=True)):
            self.work.pulse()
            if not one.is_multiple(two):
                raise Refuted(f"output {i}: the forms of the two networks differ")
        self.done = not self.branches
        if self.branches:
            branch = self.branches.pop()
            self.work.back(branch.mark)
            self.work.assumptions.append(branch.form)
            self.layers, self.activations = branch.layers, branch.activations


def _outputs(rows: FormRows, final: str | None) -> Iterator[Form]:
    last = len(rows.layer.rows) - 1
    shift = rows.form(last) if final else Form(0, 0, [], 1)
    for i in range(last + 1):
        yield rows.form(i).plus(shift, -1)
