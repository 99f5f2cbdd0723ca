"""`fibers dimension A`: the functional dimension of a network, exact or between certified bounds, with the evidence."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from fibers.commands.console import CODES, Clock, Progress, Source, read
from fibers.commands.messages import plain, say, say_json
from fibers.commands.unread import width
from fibers.display import network_lines, table_text, wrapped
from fibers.relu.rank.dimension import FunctionalDimension, functional_dimension

LEGEND = (
    "functional dimension: the rank of the derivative of the outputs in the weights, at all inputs together; "
    "so many directions of the weights change the function at first order"
)


def run(options: Namespace, started: float) -> int:
    """Read, bound from both sides, print."""
    clock = Clock(started, options.budget)
    with Progress(options.quiet, started) as progress:
        source = read(options.file, progress)
        progress("looking for the dimension")
        found = functional_dimension(source.network, seed=options.seed, budget=clock.share(), progress=progress)
    if options.json:
        say_json(_json(source, found, options.seed) | {"seconds": round(clock.spent, 3)})
    else:
        say("\n".join(_text(source, found, clock)))
    return CODES["equivalent" if found.exact else "undecided"]


def _text(source: Source, found: FunctionalDimension, clock: Clock) -> Iterator[str]:
    f = source.network
    yield from network_lines([plain(source.file)], [f], ["f"], width())
    told = f"{found.lower:,}" if found.exact else f"between {found.lower:,} and {found.upper:,}"
    free = found.parameters - found.upper
    rows = [
        ("dimension", told),
        ("parameters", f"{found.parameters:,}"),
        ("redundant", f"{free:,} directions{'' if found.exact else ' or more'}, for {sum(f.widths[1:-1]):,} hidden neurons"),
    ]
    yield from ["", *table_text(rows, (), width()).splitlines(), ""]
    yield from wrapped([*found.evidence, "", LEGEND, "", f"{clock.spent:.2f} s"], width())


def _json(source: Source, found: FunctionalDimension, seed: int) -> dict[str, Any]:
    bounds = {"lower": found.lower, "upper": found.upper, "exact": found.exact}
    return {**source.json(), **bounds, "evidence": list(found.evidence), "seed": seed}
