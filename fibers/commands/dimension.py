"""`fibers dimension A`: the functional dimension of a network, exact or between certified bounds, with the evidence."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fibers.commands.chains import Found, found_in
from fibers.commands.console import CODES, Clock, shown
from fibers.relu.rank.dimension import FunctionalDimension, functional_dimension
from fiberscope.messages import plain, say, say_json
from fiberscope.tables import plural, table_text, width, wrapped

LEGEND = (
    "functional dimension: the rank of the derivative of the outputs in the weights, at all inputs together; "
    "so many directions of the weights change the function at first order"
)


def run(options: Namespace, started: float) -> int:
    """Read, bound from both sides, print."""
    clock = Clock(started, options.budget)
    with shown(options.quiet, started) as progress:
        source = found_in(options.file, progress, options.linear)
        progress("looking for the dimension")
        share = clock.share()
        found = functional_dimension(source.network, seed=options.seed, budget=share, progress=progress)
        found = replace(found, evidence=tuple(clock.told(line, share) for line in found.evidence))
    if options.json:
        say_json(_json(source, found, options.seed) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join(_text(source, found, clock)))
    return CODES["equivalent" if found.exact else "undecided"]


def _text(source: Found, found: FunctionalDimension, clock: Clock) -> Iterator[str]:
    yield from wrapped([f"{plain(source.file)}  {source.size}"], width())
    told = f"{found.lower:,}" if found.exact else f"between {found.lower:,} and {found.upper:,}"
    free = found.parameters - found.upper
    rows = [
        *([("read as", f"a linear network, {source.reason}")] if source.linear else []),
        ("dimension", told),
        ("parameters", f"{found.parameters:,}"),
        ("redundant", f"{plural(free, 'direction')}{'' if found.exact else ' or more'}{_beside(source)}"),
    ]
    yield from ["", *table_text(rows, (), width()).splitlines(), ""]
    yield from wrapped([*found.evidence, "", LEGEND, "", f"{clock.spent:.2f} s"], width())


def _beside(source: Found) -> str:
    """How many hidden neurons there are, to compare with: each has a scaling."""
    hidden = 0 if source.linear else sum(source.network.widths[1:-1])
    return f", for {plural(hidden, 'hidden neuron')}" if hidden else ""


def _json(source: Found, found: FunctionalDimension, seed: int) -> dict[str, Any]:
    bounds = {"lower": found.lower, "upper": found.upper, "exact": found.exact}
    return {**source.json(), **bounds, "evidence": list(found.evidence), "seed": seed}
