"""`fractal compare A B`: two checkpoints tensor by tensor, each D beside that of chance; B may be the random twin of A."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator

from fiberscope.messages import plain
from fiberscope.tables import plural, width, wrapped
from fractal.analysis import number
from fractal.commands.outputs import answer, settings, written
from fractal.commands.wording import (
    CHANCE_WORDS,
    CLEAR_WORDS,
    FURTHEST_WORDS,
    Z_WORDS,
    Column,
    cut_words,
    fitting_table,
    meaning,
)
from fractal.comparisons import Comparison, compare
from fractal.verdicts import limit

__all__ = ["run"]

COLUMNS = (
    Column("tensor", lambda row: plain(row.name)),
    Column("D a", lambda row: number(row.D_a), 2),
    Column("chance", lambda row: number(row.D_null_a), 2),
    Column("z a", lambda row: number(row.z_a, 1)),
    Column("furthest", lambda row: number(row.departure_a, 1), 1),
    Column("D b", lambda row: number(row.D_b), 2),
    Column("chance", lambda row: number(row.D_null_b), 2),
    Column("z b", lambda row: number(row.z_b, 1)),
    Column("furthest", lambda row: number(row.departure_b, 1), 1),
    Column("b − a", lambda row: number(row.difference), 4),
    Column("excess", lambda row: number(row.excess)),
    Column("intervals", lambda row: row.status, 3),
)


def run(options: Namespace, started: float) -> int:
    """Read both, analyse both, print, write."""
    a, b = options.a, options.b
    inputs = [a] if b == "twin" else [a, b]
    return answer(options, started, inputs, lambda told: compare(a, b, **settings(options), progress=told), _text)


# Text


def _text(found: Comparison, options: Namespace) -> Iterator[str]:
    told = f"{plural(len(found), 'common tensor')}; occupied: {cut_words(options)}"
    yield from wrapped([f"a  {plain(found.a.source)}", f"b  {plain(found.b.source)}", told], width())
    for letter, names in (("a", found.only_a), ("b", found.only_b)):
        if names:
            yield from wrapped([f"only in {letter}: {', '.join(map(plain, names))}"], width())
    if not len(found):
        return
    table, gone = fitting_table(found.rows, COLUMNS)
    yield from ["", *table.splitlines(), ""]
    yield from wrapped(_summary(found), width())
    yield from ["", *meaning(_meaning("chance" not in gone), gone)]
    if files := written(options):
        yield from ["", *files]


def _summary(found: Comparison) -> Iterator[str]:
    tested = [row for row in found.rows if not (math.isnan(row.p_a) or math.isnan(row.p_b))]
    if not tested:
        yield "no tensor could be compared with chance in both"
        return
    a, b = (sum(p <= limit(len(tested)) for p in ps) for ps in ([row.p_a for row in tested], [row.p_b for row in tested]))
    yield f"clear of chance: {a} in a and {b} in b, of {len(tested)} tested in both"


def _meaning(dimensions: bool) -> Iterator[tuple[str, str]]:
    if dimensions:
        yield "D", "box dimension of the occupied places of a and of b"
    yield "chance", CHANCE_WORDS
    yield "z", Z_WORDS
    yield "furthest", FURTHEST_WORDS
    yield "clear of chance", CLEAR_WORDS
    yield "b − a", "D b − D a, which mostly follows shape and density"
    yield "excess", "how much further from chance D of b is: (D b − its chance) − (D a − its chance)"
    yield "intervals", "of D in a and b: apart, or overlapping"
