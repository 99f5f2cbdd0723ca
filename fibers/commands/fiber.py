"""`fibers fiber A`: all weights of the widths of a network that compute its function, piece by piece, and its symmetries."""

from __future__ import annotations

import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from fibers.commands.chains import found_in
from fibers.commands.console import Clock, Source, shown
from fibers.commands.outputs import check_writable
from fibers.errors import FiberError, TooManyPieces, UnsupportedModel
from fibers.networks import LinearNetwork, ReLUNetwork
from fibers.readers import RoundingNotice
from fibers.relu.pieces.descriptions import Fiber, Symmetry, fiber
from fibers.relu.pieces.piece import Piece
from fibers.relu.pieces.rendering import fiber_json
from fibers.wording import approximate, exact, widths_text
from fibers.writers import save
from fiberscope.messages import plain, say, say_json
from fiberscope.progress import Progress
from fiberscope.tables import plural, table_text, width, wrapped

LISTED = 12
"""Symmetries that are printed."""
LONG = 10**15
"""Numbers from here on are printed by their size."""
DIGITS = 4000
"""JSON holds longer integers as text: Python reads and writes no longer ones."""
SUFFIXES = (".json", ".npz", ".safetensors", ".onnx", ".pt", ".pth")
COLUMNS = {"S3": ("constant", "dead"), "B5": ("flips", "active", "dead")}
"""What the table of pieces shows of their labels."""
TOLD = {
    "S3": "S3 (one hidden layer): complete, every point of the fiber but those with a zero neuron",
    "B5": "B5 (two hidden layers, bottleneck): the generic part of the fiber",
    "B7": "B7 (one second-layer neuron): what is known near f",
}


@dataclass(frozen=True)
class Listing:
    """What is shown of a fiber: its first pieces, how many there are, and why they are not counted where they are not."""

    fiber: Fiber
    pieces: tuple[Piece, ...]
    count: int | None
    uncounted: str = ""

    @property
    def more(self) -> bool:
        """Whether there are pieces beyond those shown, as far as is known."""
        return self.count is None or self.count > len(self.pieces)


def run(options: Namespace, started: float) -> int:
    """Read, describe, print; write another network of the fiber if that is asked for."""
    clock = Clock(started)
    rounded = False
    _check(options)
    with shown(options.quiet, started) as progress:
        source = _relu(options.file, progress)
        progress("describing the fiber")
        F = fiber(source.network)
        if (options.latex or options.sample) and F.source is None:
            raise FiberError(f"{plain(options.file)}: no piece is known; {F.outside}")
        if options.json:
            progress("listing pieces and symmetries")
            answer: Any = _json(source, F, options.limit)
        else:
            answer = _told(options, source, _listed(F, options.limit, progress), progress)
        if options.sample:
            progress("drawing another network")
            rounded = _save(F.sample(options.seed), options.sample)
    if options.json:
        written = {"sample": options.sample, "rounded": rounded} if options.sample else {}
        say_json(answer | {"written": written, "seconds": round(clock.spent, 3)})
    else:
        say("\n".join([answer, *(_drawn(options.sample, rounded) if options.sample else [])]))
    return 0


def _save(network: ReLUNetwork, path: str) -> bool:
    """Write a network; whether its weights had to be rounded for that."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        save(network, path)
    return any(issubclass(w.category, RoundingNotice) for w in caught)


def _drawn(path: str, rounded: bool) -> Iterator[str]:
    yield from ["", f"another network of this function{', rounded,' if rounded else ''} written to {plain(path)}"]
    if rounded:
        told = "its weights were rounded to floats: the file holds a function near this one; a .json file keeps them exact"
        yield from wrapped([told], width())


def _check(options: Namespace) -> None:
    """Refuse what cannot be done, before any work."""
    if options.json and options.latex:
        raise FiberError("--json and --latex are two forms of one answer; choose one")
    if options.latex and options.sample:
        raise FiberError("--latex prints formulas alone; ask for --sample in a command of its own")
    if options.sample is not None:
        check_writable("--sample", options.sample, [options.file])
        if not options.sample.lower().endswith(SUFFIXES):
            known = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
            raise FiberError(f"--sample must name a {known} file; found {plain(options.sample)}")


def _relu(path: str, progress: Progress) -> Source:
    """The ReLU network in a file; one that says it is linear is refused, with the commands for it."""
    found = found_in(path, progress)
    f = found.network
    if isinstance(f, LinearNetwork):
        strata = f"fibers strata {','.join(map(str, f.widths))} --rank {f.product.rank()}"
        raise UnsupportedModel(
            f"{plain(path)} is a linear network, without ReLU between its {len(f.matrices)} layers; "
            f"of its fiber tell `{strata}`, and where it lies in that `fibers flow {plain(path)}`"
        )
    return Source(path, f, found.notes)


def _listed(F: Fiber, limit: int, progress: Progress) -> Listing:
    """The first pieces, and their number where it can be had."""
    if F.source is None:
        return Listing(F, (), None, F.outside or "")
    progress("counting pieces")
    count, reason = None, ""
    try:
        count = F.count
    except TooManyPieces as refused:
        reason = str(refused)
    progress("listing pieces")
    found: list[Piece] = []
    with suppress(TooManyPieces):
        found.extend(islice(F.pieces(), limit))
    return Listing(F, tuple(found), count, reason)


# Text


def _told(options: Namespace, source: Source, listing: Listing, progress: Progress) -> str:
    if options.latex:
        progress("writing formulas")
        return "\n".join(piece.to_latex() for piece in listing.pieces)
    progress("looking for symmetries")
    return "\n".join(_text(source, listing))


def _text(source: Source, listing: Listing) -> Iterator[str]:
    f, F = source.network, listing.fiber
    end = f", the fiber of the logits before {f.final}" if f.final else ""
    yield from wrapped([f"{plain(source.file)}  {widths_text(f.widths)}, {plural(f.parameters, 'parameter')}{end}"], width())
    yield from ["", *table_text([*_summary(listing)], (), width()).splitlines()]
    if listing.pieces:
        columns = COLUMNS.get(F.theorem or "", ())
        rows = [(n, *_cells(piece, columns), piece.dimension, piece.summary) for n, piece in enumerate(listing.pieces)]
        yield from ["", *table_text(rows, ("#", *columns, "dim", "piece"), width()).splitlines()]
        if listing.more:
            yield from wrapped([_left_out(listing)], width())
    if F.source is not None and F.notes:
        yield from ["", *wrapped([f"note: {note}" for note in F.notes], width())]
    yield from _symmetries(F.symmetries)


def _summary(listing: Listing) -> Iterator[tuple[str, str]]:
    F = listing.fiber
    if F.source is None:
        yield "fiber", f"not described: {F.outside}"
        yield "", "what follows holds at any depth; fibers equiv decides whether given weights lie in it"
        return
    yield "theorem", TOLD.get(F.source.theorem, F.source.theorem)
    P = F.network.parameters
    if F.piece_dimension is None:
        yield "dimension", "not known at f, which lies in no piece"
    elif F.dimension is None:
        yield "dimension", f"at least {F.piece_dimension:,}, that of the piece of f; the fiber may be larger"
    else:
        yield "dimension", f"{F.dimension:,}: near f, so many of the {P:,} dimensions of weight space keep the function"
    yield "pieces", _number(listing.count) if listing.count is not None else f"not counted: {listing.uncounted}"


def _cells(piece: Piece, columns: Sequence[str]) -> list[str]:
    """What the label of a piece has under these names; flipped neurons as "layer.neuron"."""
    label = piece.label
    flipped = [*(f"1.{i}" for i in label.get("first", ())), *(f"2.{i}" for i in label.get("flipped", ()))]
    cells: dict[str, Any] = {**label, "flips": " ".join(flipped) or "–"}
    return [str(cells.get(name, "–")) for name in columns]


def _left_out(listing: Listing) -> str:
    shown = len(listing.pieces)
    rest = "more" if listing.count is None else f"{_number(listing.count - shown)} more"
    return f"and {rest}: --limit N lists N"


def _symmetries(found: tuple[Symmetry, ...]) -> Iterator[str]:
    """The discrete ones, then the continuous ones, each kind in a table."""
    for kind, size in (("discrete", "order"), ("continuous", "dim")):
        rows = [(s.name, _size(s), s.text) for s in found if s.kind == kind]
        if rows:
            yield from ["", *table_text(rows[:LISTED], (f"{kind} symmetry", size, ""), width()).splitlines()]
        if len(rows) > LISTED:
            yield f"and {len(rows) - LISTED:,} more (--json lists all)"


def _size(symmetry: Symmetry) -> str:
    if symmetry.kind == "continuous":
        return f"{symmetry.dimension:,}"
    return "–" if symmetry.order is None else _number(symmetry.order)


def _number(n: int) -> str:
    return f"{n:,}" if n < LONG else f"≈ {approximate(Fraction(n), 3)}"


# JSON


def _json(source: Source, F: Fiber, limit: int) -> dict[str, Any]:
    """`Fiber.to_json`, with the file, why pieces are not counted, and very long integers as text."""
    told = fiber_json(F, limit)
    reason = None
    if told["count"] is None:
        reason = _listed(F, 0, Progress(True, 0)).uncounted
    symmetries = [s | {"order": _integer(s["order"])} for s in told["symmetries"]]
    more = {"count": _integer(told["count"]), "not_counted": reason, "symmetries": symmetries}
    return {"file": source.file, "described": F.source is not None, **told, **more, "file_notes": list(source.notes)}


def _integer(n: int | None) -> int | str | None:
    return n if n is None or n < 10**DIGITS else exact(Fraction(n))
