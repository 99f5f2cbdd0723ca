"""`fibers strata 2,3,2 --rank 1`: the strata of a fiber of linear networks, by dimension, and what the fiber is as a whole."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from typing import Any

import numpy as np

from fibers.commands.console import Clock, shown
from fibers.commands.pictures import check_picture, save_picture
from fibers.errors import FiberError, TooManyStrata
from fibers.linear.barcodes import Bar, Barcode, RankList, bars
from fibers.linear.covering import edges
from fibers.linear.exchanges import Move, covered, covers
from fibers.linear.learning import codimension, learning_coefficient, top_components, top_strata
from fibers.linear.maxima import count_maximal
from fibers.linear.stratification import Strata, Stratum, strata
from fibers.linear.topology import components
from fibers.wording import exact, listing, widths_text
from fiberscope.messages import say, say_json
from fiberscope.tables import plural, table_text, width, wrapped

SORTED = 20_000
"""Up to so many strata are all compared with one another, and drawn."""
TABLED = 1 << 25
"""Entries of the largest table that is made to sort strata by dimension; of more, only those of the largest are listed."""
ROWS = 100
"""Rows of the table, unless --limit says otherwise."""
FEW = 6
"""Numbers in a cell."""
SHALLOW = 4
"""Up to so many layers the ranks of all products are shown, of more those of the layers alone."""

Number = int | None


@dataclass(frozen=True)
class Row:
    """A stratum, its number in the sequence of all, the strata that it covers, and whether none covers it.

    A number is None where those before are too many to count.
    """

    number: Number
    stratum: Stratum
    below: tuple[tuple[Number, Move], ...]
    maximal: bool


def run(options: Namespace, started: float) -> int:
    """Enumerate as far as is asked for, print, draw."""
    clock, S = Clock(started), strata(options.widths, options.rank)
    check_picture(options.plot)
    if options.dot and options.json:
        raise FiberError("--dot and --json are two forms of one answer; choose one")
    with shown(options.quiet, started) as progress:
        progress("counting strata")
        _check_size(options, S)
        progress("listing strata")
        rows = list(rows_of(S, options.limit))
        if options.plot:
            progress("drawing")
            _draw(S, options.plot)
    if options.dot:
        say(_dot(S, rows))
    elif options.json:
        say_json(
            _json(S, rows[: options.limit])
            | {"written": {"plot": options.plot} if options.plot else {}, "seconds": round(clock.spent, 3)}
        )
    else:
        say("\n".join([*_text(S, rows, options.limit), *(["", f"picture written to {options.plot}"] if options.plot else [])]))
    return 0


def _check_size(options: Namespace, S: Strata) -> None:
    """Refuse a diagram of more strata than can be sorted."""
    count = _count(S)
    if (options.dot or options.plot) and (count is None or count > SORTED):
        name = "--dot" if options.dot else "--plot"
        found = "too many to count" if count is None else f"{count:,}"
        raise TooManyStrata(f"{name} shows all strata, at most {SORTED:,}, and there are {found}; try smaller widths")


def _draw(S: Strata, path: str) -> None:
    from fibers.plots import hasse

    save_picture(lambda: hasse(S), path)


def rows_of(S: Strata, limit: int | None = None) -> Iterator[Row]:
    """The strata by dimension, the largest first: all of them, or of many the first `limit`, as far as they can be sorted."""
    count = _count(S)
    if count is None or count > SORTED:
        place = _places(S)
        for s in islice(_by_dimension(S), ROWS if limit is None else limit):
            under = sorted(((place(below), move) for move, below in covered(s)), key=lambda p: -1 if p[0] is None else p[0])
            yield Row(place(s), s, tuple(under), not covers(s))
        return
    found = edges(S.table, len(S.widths) - 1)
    pairs = sorted(zip(found.upper.tolist(), found.lower.tolist(), found.kinds.tolist(), strict=True))
    below = {upper: tuple((s, found.moves[k]) for _, s, k in group) for upper, group in groupby(pairs, key=lambda p: p[0])}
    lower = set(found.lower.tolist())
    every = sorted(enumerate(S), key=lambda entry: (-entry[1].dimension, entry[0]))
    yield from (Row(n, s, below.get(n, ()), n not in lower) for n, s in every)


def _by_dimension(S: Strata) -> Iterator[Stratum]:
    """The strata, the largest dimension first; without a table that dimension alone."""
    if not _is_tabled(S):
        return top_strata(S.widths, S.rank)
    return (S[n] for n in np.argsort(-S.dimensions, kind="stable").tolist())


def _is_tabled(S: Strata) -> bool:
    count = _count(S)
    return count is not None and count * len(bars(len(S.widths) - 1)) <= TABLED


def _count(S: Strata) -> int | None:
    return _unless_too_many(lambda: S.count)


def _components(S: Strata) -> int | None:
    return _unless_too_many(lambda: count_maximal(S.widths, S.rank))


def _places(S: Strata) -> Callable[[Stratum], Number]:
    """The number of a stratum; once one is not found, as those before it are too many, no other is looked for."""
    able = _count(S) is not None

    def place(s: Stratum) -> Number:
        nonlocal able
        found = _unless_too_many(lambda: S.index(s)) if able else None
        able = found is not None
        return found

    return place


def _unless_too_many(question: Callable[[], int]) -> int | None:
    try:
        return question()
    except TooManyStrata:
        return None


# Text

HEADERS = ("#", "", "bars", "ranks", "dim", "codim", "covers")


def _text(S: Strata, rows: Sequence[Row], limit: int | None) -> Iterator[str]:
    shown = rows[: ROWS if limit is None else limit]
    weights = plural(_weights(S.widths), "weight")
    title = f"the fiber of a matrix of rank {S.rank} in linear networks {widths_text(S.widths)}, {weights}"
    yield from [*wrapped([title], width()), "", *table_text(list(_summary(S))).splitlines()]
    if shown:
        yield from ["", *table_text([_cells(row) for row in shown], HEADERS, width()).splitlines()]
    numbered = all(row.number is not None for row in shown)
    notes = [*([_left_out(S, len(shown))] if len(shown) != _count(S) else []), *(_legend(S, numbered) if shown else [])]
    yield from ["", *wrapped(notes, width())]


def _summary(S: Strata) -> Iterator[tuple[str, str]]:
    whole, top, every = codimension(S.widths, S.rank), top_components(S.widths, S.rank), _components(S)
    paths, λ = components(S.widths, S.rank), learning_coefficient(S.widths, S.rank)
    yield "strata", _number(_count(S))
    yield "dimension", f"{_weights(S.widths) - whole:,}, codimension {whole:,}"
    of_this = "" if every == 1 else f", {top:,} of this dimension"
    connected = "path-connected" if paths == 1 else f"{paths:,} path components"
    yield "components", f"{_number(every)}{' irreducible' if every else ''}{of_this}; {connected}"
    yield "learning", f"coefficient {exact(λ.value)}, multiplicity {λ.multiplicity:,}"


def _number(count: int | None) -> str:
    return "too many to count" if count is None else f"{count:,}"


def _cells(row: Row) -> tuple[Any, ...]:
    s, below = row.stratum, [n for n, _ in row.below]
    numbers = f"{len(below)} of them" if None in below else listing(below, FEW) or "–"
    place, mark = "?" if row.number is None else row.number, "*" if row.maximal else ""
    return place, mark, bars_text(s.barcode), ranks_text(s.ranks), s.dimension, s.codimension, numbers


def bars_text(barcode: Barcode) -> str:
    """The bars of a barcode in one line, "[0,0]×2 [0,1]"."""
    return " ".join(str(barcode).split())


def ranks_text(ranks: RankList) -> str:
    """The ranks of the layers, of products of two neighbours, of three, ..., "2,1 · 1"; of many layers those of each alone."""
    L = ranks.layers
    return " · ".join(",".join(str(ranks[i + n, i]) for i in range(L + 1 - n)) for n in range(1, L + 1 if L <= SHALLOW else 2))


def _left_out(S: Strata, shown: int) -> str:
    count = _count(S)
    if count is not None and (count <= SORTED or _is_tabled(S)):
        told = "1 stratum is" if count - shown == 1 else f"{count - shown:,} strata are"
        return f"{told} not shown: --limit N lists N, the largest dimensions first"
    top = top_components(S.widths, S.rank)
    rest = f", {shown:,} of {top:,}" if shown < top else ""
    return f"only strata of the largest dimension are listed{rest}, as there are too many to sort"


def _legend(S: Strata, numbered: bool) -> Iterator[str]:
    products = ["the layers", "of products of two neighbours", "of three", "of four"][: len(S.widths) - 1]
    products = products[:1] if len(S.widths) - 1 > SHALLOW else products
    unknown = "" if numbered else ", not known (?) where those before it are too many to count"
    yield f"# is the place in fibers.linear.strata({S.widths}, rank={S.rank}){unknown}"
    yield "* is an irreducible component: no other stratum has it in its closure"
    yield "[i,j]×n are n bars from node i to node j: n directions that layers i+1, …, j carry"
    yield f"ranks are those of {' · '.join(products)}"
    yield "covers: the strata right below, in its closure with none between"


# JSON and DOT


def _json(S: Strata, rows: Sequence[Row]) -> dict[str, Any]:
    whole, λ = codimension(S.widths, S.rank), learning_coefficient(S.widths, S.rank)
    return {
        "widths": list(S.widths),
        "rank": S.rank,
        "weights": _weights(S.widths),
        "count": _count(S),
        "dimension": _weights(S.widths) - whole,
        "codimension": whole,
        "irreducible_components": _components(S),
        "top_components": top_components(S.widths, S.rank),
        "path_components": components(S.widths, S.rank),
        "learning_coefficient": exact(λ.value),
        "multiplicity": λ.multiplicity,
        "listed": len(rows),
        "note": _left_out(S, len(rows)) if len(rows) != _count(S) else None,
        "strata": [_row_json(row) for row in rows],
    }


def _row_json(row: Row) -> dict[str, Any]:
    s = row.stratum
    return {
        "number": row.number,
        "bars": bars_json(s.barcode),
        "ranks": ranks_json(s.ranks),
        "dimension": s.dimension,
        "codimension": s.codimension,
        "maximal": row.maximal,
        "covers": [
            {"number": n, "move": move.kind, "from": _listed(move.lower, move.upper), "to": _listed(*move.result)}
            for n, move in row.below
        ],
    }


def bars_json(barcode: Barcode) -> list[list[int]]:
    """The bars as [first node, last node, multiplicity]."""
    return [[i, j, count] for (i, j), count in barcode.items()]


def ranks_json(ranks: RankList) -> list[list[int]]:
    """Row j holds r_{j0}, ..., r_{jj}."""
    return [[ranks[j, i] for i in range(j + 1)] for j in range(ranks.layers + 1)]


def _listed(*found: Bar) -> list[list[int]]:
    return [list(bar) for bar in found]


def _dot(S: Strata, rows: Sequence[Row]) -> str:
    """The Hasse diagram for Graphviz: strata of one dimension on one level, the higher ones above; swaps are dashed."""
    lines = [f'digraph "strata {widths_text(S.widths)}, rank {S.rank}" {{', "  rankdir=BT;", "  node [shape=box];"]
    for dimension, group in groupby(rows, key=lambda row: row.stratum.dimension):
        level = [f'    {row.number} [label="{bars_text(row.stratum.barcode)}\\ndimension {dimension}"];' for row in group]
        lines += ["  { rank=same;", *level, "  }"]
    for row in rows:
        for n, move in row.below:
            style = ", style=dashed" if move.kind == "swap" else ""
            lines.append(f'  {n} -> {row.number} [tooltip="{move}"{style}];')
    return "\n".join([*lines, "}"])


def _weights(widths: Sequence[int]) -> int:
    return sum(m * n for m, n in pairwise(widths))
