"""`fractal compare A B`: two checkpoints tensor by tensor, each D beside that of chance; B may be the random twin of A."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator

from fiberscope.messages import complain, plain, say
from fiberscope.progress import Progress
from fiberscope.tables import plural, width, wrapped
from fractal.analysis import number
from fractal.commands.analyse import settings, telling
from fractal.commands.outputs import check_outputs, save_picture, written
from fractal.commands.wording import CLEAR_WORDS, Z_WORDS, Column, cut_words, fitting_table, meaning
from fractal.comparisons import Comparison, compare
from fractal.verdicts import limit

__all__ = ["run"]

COLUMNS = (
    Column("tensor", lambda row: plain(row.name)),
    Column("D a", lambda row: number(row.D_a), 2),
    Column("chance", lambda row: number(row.D_null_a), 2),
    Column("z a", lambda row: number(row.z_a, 1)),
    Column("furthest", lambda row: number(row.departure_a, 1), 3),
    Column("D b", lambda row: number(row.D_b), 2),
    Column("chance", lambda row: number(row.D_null_b), 2),
    Column("z b", lambda row: number(row.z_b, 1)),
    Column("furthest", lambda row: number(row.departure_b, 1), 3),
    Column("b − a", lambda row: number(row.difference), 4),
    Column("excess", lambda row: number(row.excess)),
    Column("intervals", lambda row: row.status, 1),
)


def run(options: Namespace, started: float) -> int:
    """Read both, analyse both, print, write."""
    check_outputs(options, [path for path in (options.a, options.b) if path != "twin"])
    with Progress(options.quiet, started) as progress:
        progress(f"reading {options.a}")
        found = compare(options.a, options.b, **settings(options), progress=telling(progress))
        if options.csv:
            found.to_csv(options.csv)
        if options.plot:
            progress("drawing")
            _draw(found, options.plot)
    say(found.to_json() if options.json else "\n".join(_text(found, options)))
    if found.complete:
        return 0
    complain(f"interrupted; {plural(len(found), 'tensor')} finished in both, the rest is missing")
    return 130


def _draw(found: Comparison, path: str) -> None:
    from fractal.plots import comparison

    save_picture(lambda: comparison(found), path)


# Text


def _text(found: Comparison, options: Namespace) -> Iterator[str]:
    told = f"{plural(len(found), 'common tensor')}; occupied: {cut_words(options)}"
    yield from wrapped([f"a  {plain(found.a.source)}", f"b  {plain(found.b.source)}", told], width())
    for letter, names in (("a", found.only_a), ("b", found.only_b)):
        if names:
            yield from wrapped([f"only in {letter}: {', '.join(map(plain, names))}"], width())
    if not len(found):
        return
    yield from ["", *fitting_table(found.rows, COLUMNS).splitlines(), ""]
    yield from wrapped(_summary(found), width())
    yield from ["", *meaning(_meaning())]
    if files := written(options):
        yield from ["", *files]


def _summary(found: Comparison) -> Iterator[str]:
    tested = [row for row in found.rows if not (math.isnan(row.p_a) or math.isnan(row.p_b))]
    if not tested:
        yield "no tensor could be compared with chance in both"
        return
    a, b = (sum(p <= limit(len(tested)) for p in ps) for ps in ([row.p_a for row in tested], [row.p_b for row in tested]))
    yield f"clear of chance: {a} in a and {b} in b, of {len(tested)} tested in both"


def _meaning() -> Iterator[tuple[str, str]]:
    yield "D", "box dimension of the occupied places; chance: the same for as many places drawn at random"
    yield "z", Z_WORDS
    yield "furthest", "the count of boxes furthest from chance, in standard deviations of chance"
    yield "clear of chance", CLEAR_WORDS
    yield "excess", "how much further from chance b is: (D b − chance) − (D a − chance); D alone follows shape and density"
    yield "intervals", "of D in a and b: apart, or overlapping"
