"""`fibers show A`: a network's layers, the types of its neurons, and what exact simplification removes and why."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

from fibers.commands.console import Clock, Source, read, shown
from fibers.commands.kinds import KINDS, kinds
from fibers.display import network_lines
from fibers.networks import ReLUNetwork
from fibers.relu.simplification import Simplification, simplify_report
from fibers.reports import network_json
from fibers.wording import exact, listing
from fiberscope.messages import plain, say, say_json
from fiberscope.tables import plural, table_text, width, wrapped

LEGEND = "active: never below 0, so affine; dead: never above 0; mixed: bounds show neither, so it may bend the function"


def run(options: Namespace, started: float) -> int:
    """Read, simplify, print."""
    clock = Clock(started)
    with shown(options.quiet, started) as progress:
        source = read(options.file, progress)
        f = source.network
        progress("bounding neurons")
        types = kinds(f)
        progress("simplifying")
        simpler = simplify_report(f)
    if options.json:
        say_json(_json(source, types, simpler) | {"seconds": round(clock.spent, 3)})
    else:
        say(_text(options.file, f, types, simpler))
    return 0


def _text(file: str, f: ReLUNetwork, types: list[list[str]], simpler: Simplification) -> str:
    lines = [*network_lines([plain(file)], [f], ["f"], width()), f.digest, "", table_text(list(_rows(f, types)), HEADERS)]
    if f.hidden:
        lines += ["", *wrapped([LEGEND], width())]
    return "\n".join([*lines, "", *wrapped(_simplified(f, simpler), width())])


HEADERS = ("layer", "inputs", "neurons", *KINDS, "weights", "zeros")


def _rows(f: ReLUNetwork, types: list[list[str]]) -> Iterator[tuple[Any, ...]]:
    for k, a in enumerate(f.maps, start=1):
        name = f"hidden {k}" if k <= f.hidden else "output"
        counts = [str(types[k - 1].count(kind)) for kind in KINDS] if k <= f.hidden else ["–"] * len(KINDS)
        W = a.weights
        yield name, W.columns, W.rows, *counts, f"{W.rows * W.columns:,}", f"{W.numerators.count(0):,}"


def _simplified(f: ReLUNetwork, simpler: Simplification) -> Iterator[str]:
    """What went and why, in sentences."""
    if simpler.removed:
        hidden = sum(f.widths[1:-1])
        yield f"simplification removes {len(simpler.removed):,} of {plural(hidden, 'hidden neuron')}, exactly:"
        yield from _removed(simpler)
        (line,) = network_lines(["simplified"], [simpler.network], ["→"], width())
        yield line
    for layer, index, by in simpler.shifted:
        yield f"simplification moves the hidden facet of neuron {index} of hidden layer {layer} by {exact(by)}"
    if not simpler.removed and not simpler.shifted:
        yield "simplification finds nothing to remove"


def _removed(simpler: Simplification) -> Iterator[str]:
    for layer, group in groupby(simpler.removed, key=lambda entry: entry[0]):
        reasons: dict[str, list[int]] = {}
        for _, index, reason in group:
            reasons.setdefault(reason, []).append(index)
        for reason, indices in reasons.items():
            yield f"  hidden layer {layer}, {'neuron' if len(indices) == 1 else 'neurons'} {listing(indices)}: {reason}"


def _json(source: Source, types: list[list[str]], simpler: Simplification) -> dict[str, Any]:
    layers: list[dict[str, Any]] = [{"neurons": n, "inputs": m} for m, n in pairwise(source.network.widths)]
    for layer, kinds_there in zip(layers, types, strict=False):
        layer["types"] = kinds_there
    return {
        **source.json(),
        "layers": layers,
        "simplified": {
            **network_json(simpler.network),
            "removed": [list(entry) for entry in simpler.removed],
            "shifted": [[layer, index, exact(by)] for layer, index, by in simpler.shifted],
        },
    }
