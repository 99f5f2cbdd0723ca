"""`fibers laws A`: what gradient flow conserves at the weights of a network, by which symmetries, and whether that is all."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

from fibers.commands.chains import Found, found_in
from fibers.commands.console import Clock, shown
from fibers.conservation.laws import Law, Laws, conservation_laws
from fibers.conservation.quantities import Quantity
from fibers.wording import approximate, exact, number_text, widths_text
from fiberscope.messages import plain, say, say_json
from fiberscope.tables import plural, table_text, width, wrapped

ENTRIES = 60
"""Characters of an expression that are printed."""
FEW = 5
"""Terms of a polynomial that may fit into them: a square is no shorter than W1_0_0**2."""


def run(options: Namespace, started: float) -> int:
    """Read, find the laws, print."""
    clock = Clock(started)
    with shown(options.quiet, started) as progress:
        source = found_in(options.file, progress, options.linear)
        progress("finding conservation laws")
        laws = conservation_laws(source.network, biases=not getattr(options, "no_biases", False))
        size = len(laws)
        progress(f"{plural(size, 'law')}; looking whether that is all")
        laws.completeness  # noqa: B018  (computed here, where progress is shown)
    if options.json:
        say_json(_json(source, laws) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join(_text(source, laws, options.limit)))
    return 0


def _text(source: Found, laws: Laws, limit: int) -> Iterator[str]:
    network = laws.network
    kind, noun = ("linear, ", "weight") if source.linear else ("", "parameter")
    head = f"{plain(source.file)}  {kind}{widths_text(network.widths)}, {plural(laws.parameters, noun)} that gradient flow moves"
    yield from wrapped([head], width())
    read_as = [("read as", f"a linear network, {source.reason}")] if source.linear else []
    yield from ["", *table_text([*read_as, *_told(laws)], (), width()).splitlines()]
    shown = laws[:limit]
    if len(shown):
        head, values = _values([law.value(network) for law in shown])
        rows = [(law.label, _neurons(law), _conserved(law), value) for law, value in zip(shown, values, strict=True)]
        yield from ["", *table_text(rows, ("law", "neurons", "conserved", head), width()).splitlines()]
    if len(laws) > len(shown):
        yield f"and {len(laws) - len(shown):,} more: --limit N lists N"
    for broken in islice(laws.broken, 3):
        yield from ["", *wrapped([f"no law from: {broken.symmetry}"], width())]


ANSWERS = {True: "yes, proved", False: "no", None: "not settled"}


def _told(laws: Laws) -> Iterator[tuple[str, str]]:
    kinds = ", ".join(f"{count:,} {label}" for label, count in laws.counts.items())
    rest = len(laws.dependent)
    yield "laws", f"{len(laws):,} independent{f': {kinds}' if kinds else ''}{f'; {rest:,} more depend on them' if rest else ''}"
    if laws.condition:
        yield "valid", laws.condition
    found = laws.completeness
    yield "complete", f"{ANSWERS[found.complete]}: {found.reason}"
    if laws.broken:
        number = len(laws.broken)
        yield "broken", f"{number:,} continuous {'symmetry carries' if number == 1 else 'symmetries carry'} no law (C4)"


def _neurons(law: Law) -> str:
    return " ".join(f"{k}.{i}" for k, i in law.neurons)


def _values(values: Sequence[Fraction]) -> tuple[str, list[str]]:
    """A column of numbers in one form, and its header: exact if all of them are short, else rounded."""
    texts = [number_text(x) for x in values]
    if not any(text.startswith("≈") for text in texts):
        return "value", texts
    return "value ≈", [approximate(x) for x in values]


def _conserved(law: Law) -> str:
    """The polynomial if it is short, else in rows W1[0,:] and columns W2[:,0] of the weights."""
    quantity = law.quantity
    if len(quantity.terms) <= FEW:
        text = str(law.expression)
        if len(text) <= ENTRIES:
            return text
    places, layers = quantity.places, {k for k, _ in law.neurons}
    for k in layers if len(layers) == 1 and len(law.neurons) <= 2 else ():
        if len(quantity.terms) == places.widths[k - 1] + places.biases + places.widths[k + 1]:
            return _in_rows(k, law.neurons[0][1], law.neurons[-1][1], places.biases)
    return _cut(quantity)


def _in_rows(k: int, i: int, j: int, biases: bool) -> str:
    """Entry (i, j) of [W b][W b]^T − V^T V, W and b of hidden layer k, V the weights after it."""
    if i == j:
        return f"|W{k}[{i},:]|²{f' + b{k}[{i}]²' if biases else ''} − |W{k + 1}[:,{i}]|²"
    bias = f" + b{k}[{i}] b{k}[{j}]" if biases else ""
    return f"W{k}[{i},:]·W{k}[{j},:]{bias} − W{k + 1}[:,{i}]·W{k + 1}[:,{j}]"


def _cut(quantity: Quantity) -> str:
    """The first terms of a polynomial, as many as fit; none is looked at that is not printed."""
    text = ""
    for c, places in quantity.terms:
        factors = "*".join(f"{quantity.places.names[p]}" for p in places)
        size = "" if abs(c) == 1 else f"{number_text(abs(c))}*"
        sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
        text += f"{sign}{size}{factors}"
        if len(text) > ENTRIES:
            return f"{text[: ENTRIES - 1]}…"
    return text


def _json(source: Found, laws: Laws) -> dict[str, Any]:
    found = laws.completeness
    return {
        "file": source.file,
        "widths": list(laws.network.widths),
        "linear": source.linear,
        "biases": laws.places.biases,
        "parameters": laws.parameters,
        "notes": list(source.notes),
        "count": len(laws),
        "counts": laws.counts,
        "laws": [_law_json(law, laws) for law in laws],
        "dependent": len(laws.dependent),
        "condition": laws.condition,
        "complete": found.complete,
        "lie_dimension": [found.low, found.high],
        "rank": found.rank,
        "reason": found.reason,
        "broken": [
            {
                "kind": broken.kind,
                "neurons": [list(n) for n in broken.neurons],
                "symmetry": broken.symmetry,
                "field": {str(s): str(e) for s, e in broken.field.items()},
                "defect": exact(broken.defect),
                "quantity": None if broken.quantity is None else str(broken.quantity),
            }
            for broken in laws.broken
        ],
    }


def _law_json(law: Law, laws: Laws) -> dict[str, Any]:
    return {
        "label": law.label,
        "kind": law.kind,
        "neurons": [list(n) for n in law.neurons],
        "expression": str(law.expression),
        "symmetry": law.symmetry,
        "value": exact(law.value(laws.network)),
    }
