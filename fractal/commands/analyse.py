"""`fractal analyse CKPT`: a row for each tensor, D beside chance, z and the furthest count; Ctrl-C prints what is finished."""

from __future__ import annotations

import math
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence

from fiberscope.messages import plain
from fiberscope.tables import plural, width, wrapped
from fractal.analysis import Analysis, furthest, number
from fractal.commands.outputs import answer, settings, written
from fractal.commands.wording import (
    CHANCE_WORDS,
    CLEAR_WORDS,
    FURTHEST_WORDS,
    Z_WORDS,
    Column,
    cut_words,
    fitting_table,
    interval,
    meaning,
)
from fractal.layers import analyse
from fractal.rows import Row
from fractal.verdicts import clear_of_chance

__all__ = ["COLUMNS", "run"]

NAMED = 6
"""Tensors named in the line of what is clear of chance."""
COLUMNS = (
    Column("tensor", lambda row: plain(row.name)),
    Column("grid", lambda row: "×".join(map(str, row.grid)) or "()"),
    Column("D", lambda row: number(row.D)),
    Column("interval", lambda row: interval(row.D_low, row.D_high), 2),
    Column("chance", lambda row: number(row.D_null)),
    Column("z", lambda row: number(row.z, 1)),
    Column("furthest", furthest, 1),
    Column("decades", lambda row: number(row.decades, 1), 3),
    Column("lacunarity", lambda row: number(row.lacunarity, 2), 4),
    Column("by chance", lambda row: number(row.lacunarity_null, 2), 4),
    Column("alike z", lambda row: number(row.self_similarity_z, 1), 5),
    Column("status", lambda row: f"{row.status}; tied to {row.tied}" if row.tied else row.status),
)


def run(options: Namespace, started: float) -> int:
    """Read, analyse, print, write."""
    return answer(options, started, [options.file], lambda told: analyse(options.file, **settings(options), progress=told), _text)


# Text


def _text(found: Analysis, options: Namespace) -> Iterator[str]:
    base = "" if options.base == 2 else f", base {options.base}"
    view = "" if options.view == "matrix" else f", view {options.view}"
    told = f"{plain(found.source)}  {plural(len(found), 'row')}; occupied: {cut_words(options)}{base}{view}"
    yield from wrapped([told], width())
    if not len(found):
        return
    table, gone = fitting_table(found.rows, COLUMNS)
    yield from ["", *table.splitlines(), ""]
    yield from wrapped(_summary(found.rows), width())
    yield from ["", *meaning(_meaning(found.rows), gone)]
    if files := written(options):
        yield from ["", *files]


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    tested, clear = sum(not math.isnan(row.p) for row in rows), clear_of_chance(rows)
    for told, more in (("fewer", False), ("more", True)):
        if chosen := [row for row in rows if row.name in clear and (row.departure > 0) is more]:
            names = ", ".join(plain(row.name) for row in chosen[:NAMED]) + (", …" if len(chosen) > NAMED else "")
            yield f"clear of chance, with {told} boxes: {len(chosen)} of {tested} tested: {names}"
    if tested and not clear:
        yield f"no tensor is clear of chance, of {tested} tested"
    counted = Counter(row.status.partition(":")[0] for row in rows if math.isnan(row.D))
    if counted:
        yield "no D: " + ", ".join(f"{n} {status}" for status, n in counted.most_common())


def _meaning(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    yield "D", "box dimension of the occupied places, over the sizes where it is straightest"
    yield "interval", "that of D: by where boxes begin, which sizes are fitted, which part is looked at; no confidence interval"
    yield "chance", CHANCE_WORDS
    yield "z", Z_WORDS
    yield "furthest", f"{FURTHEST_WORDS}, and their size"
    yield "decades", "log10 of the largest size of the fit to the smallest"
    yield "lacunarity", "how unevenly boxes of a middle size are filled; by chance: the same for places drawn at random"
    yield "alike z", "how alike the parts of the tensor are to the whole, in standard deviations of shuffles"
    yield "clear of chance", CLEAR_WORDS
    statuses = {row.status for row in rows}
    if "curved" in statuses:
        yield "curved", "no straight range: D is the mean slope over all sizes that tell anything"
    if "too few scales" in statuses:
        yield "too few scales", "less than a factor 8 between the sizes that tell anything: no D; counts are tested all the same"
