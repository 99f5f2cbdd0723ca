"""`fibers laws A`: what gradient flow conserves at the weights of a network, by which symmetries, and whether that is all."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from typing import Any

from fibers.commands.chains import Found, found_in
from fibers.commands.console import Clock, Progress
from fibers.commands.messages import plain, say, say_json
from fibers.commands.unread import width
from fibers.conservation.laws import Law, Laws, conservation_laws
from fibers.display import table_text, wrapped
from fibers.wording import exact, number_text, plural, widths_text

LISTED = 20
"""Laws that are printed."""
ENTRIES = 60
"""Characters of an expression that are printed."""


def run(options: Namespace, started: float) -> int:
    """Read, find the laws, print."""
    clock = Clock(started)
    with Progress(options.quiet, started) as progress:
        source = found_in(options.file, progress, options.linear)
        progress("finding conservation laws")
        laws = conservation_laws(source.network, biases=not getattr(options, "no_biases", False))
        size = len(laws)
        progress(f"{plural(size, 'law')}; looking whether that is all")
        laws.completeness  # noqa: B018  (computed here, where progress is shown)
    if options.json:
        say_json(_json(source, laws) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join(_text(source, laws)))
    return 0


def _text(source: Found, laws: Laws) -> Iterator[str]:
    network = laws.network
    kind, noun = ("linear, ", "weight") if source.linear else ("", "parameter")
    head = f"{plain(source.file)}  {kind}{widths_text(network.widths)}, {plural(laws.parameters, noun)} that gradient flow moves"
    yield from wrapped([head], width())
    read_as = [("read as", f"a linear network, {source.reason}")] if source.linear else []
    yield from ["", *table_text([*read_as, *_told(laws)], (), width()).splitlines()]
    if len(laws):
        rows = [
            (law.label, _neurons(law), _short(str(law.expression)), number_text(law.value(network)))
            for law in islice(laws, LISTED)
        ]
        yield from ["", *table_text(rows, ("law", "neurons", "conserved", "value"), width()).splitlines()]
    if len(laws) > LISTED:
        yield f"and {len(laws) - LISTED:,} more (--json lists all)"
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


def _short(text: str) -> str:
    return text if len(text) <= ENTRIES else f"{text[: ENTRIES - 1]}…"


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
