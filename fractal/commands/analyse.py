"""`fractal analyse CKPT`: a row for each tensor, D beside chance, z and the furthest count; Ctrl-C prints what is finished."""

from __future__ import annotations

import math
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fiberscope.messages import complain, plain, say
from fiberscope.progress import Progress
from fiberscope.tables import plural, width, wrapped
from fractal.analysis import Analysis, furthest, number
from fractal.commands.outputs import check_outputs, save_picture, written
from fractal.commands.wording import CLEAR_WORDS, Z_WORDS, Column, cut_words, fitting_table, interval, meaning
from fractal.layers import analyse
from fractal.rows import Row
from fractal.verdicts import clear_of_chance

__all__ = ["COLUMNS", "run", "settings", "telling"]

NAMED = 6
"""Tensors named in the line of what is clear of chance."""
COLUMNS = (
    Column("tensor", lambda row: plain(row.name)),
    Column("grid", lambda row: "×".join(map(str, row.grid)) or "()"),
    Column("D", lambda row: number(row.D)),
    Column("95 %", lambda row: interval(row.D_low, row.D_high), 2),
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
    check_outputs(options, [options.file])
    with Progress(options.quiet, started) as progress:
        progress(f"reading {options.file}")
        found = analyse(options.file, **settings(options), progress=telling(progress))
        if options.csv:
            found.to_csv(options.csv)
        if options.plot:
            progress("drawing")
            _draw(found, options.plot)
    say(found.to_json() if options.json else "\n".join(_text(found, options)))
    if found.complete:
        return 0
    complain(f"interrupted; {plural(len(found), 'row')} finished, the rest is missing")
    return 130


def settings(options: Namespace) -> dict[str, Any]:
    """What `fractal.analyse` and `fractal.compare` take from the command line."""
    names = ("base", "view", "quantile", "threshold", "deviations", "include", "exclude", "seed")
    return {name: getattr(options, name) for name in names}


def telling(progress: Progress) -> Callable[[int, int, str], None]:
    """What tells progress how many tensors are finished."""
    return lambda done, total, name: progress(f"{100 * done // max(total, 1)}% of the {plural(total, 'tensor')}: {name}")


def _draw(found: Analysis, path: str) -> None:
    from fractal.plots import depth

    save_picture(lambda: depth(found), path)


# Text


def _text(found: Analysis, options: Namespace) -> Iterator[str]:
    base = "" if options.base == 2 else f", base {options.base}"
    view = "" if options.view == "matrix" else f", view {options.view}"
    told = f"{plain(found.source)}  {plural(len(found), 'row')}; occupied: {cut_words(options)}{base}{view}"
    yield from wrapped([told], width())
    if not len(found):
        return
    yield from ["", *fitting_table(found.rows, COLUMNS).splitlines(), ""]
    yield from wrapped(_summary(found.rows), width())
    yield from ["", *meaning(_meaning(found.rows))]
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
    yield "D", "box dimension of the occupied places, on the sizes where it is straightest; 95 %: its interval"
    yield "chance", "the same for as many places drawn at random on the same grid"
    yield "z", Z_WORDS
    yield "furthest", "the count of boxes furthest from chance, in standard deviations of chance, and their size"
    yield "clear of chance", CLEAR_WORDS
    statuses = {row.status for row in rows}
    if "curved" in statuses:
        yield "curved", "no straight range: D is the mean slope over all sizes that tell anything"
    if "too few scales" in statuses:
        yield "too few scales", "less than a factor 8 between the sizes that tell anything: no D; z is of a slope all the same"
