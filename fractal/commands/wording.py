"""What the tables of commands share: columns that give way on narrow terminals, and what the columns mean, in words.

D and its chance are of the sizes of the fit, z is of the counts at all sizes (`fractal.scores`): every legend says so.  What is
clear of chance is told by one rule, that of `fractal.verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fiberscope.tables import table_text, width
from fractal.verdicts import LEVEL

__all__ = [
    "CHANCE_WORDS",
    "CLEAR_WORDS",
    "FURTHEST_WORDS",
    "Z_WORDS",
    "Column",
    "cut_words",
    "fitting_table",
    "interval",
    "meaning",
]

CHANCE_WORDS = "the same, over the same sizes, for as many places drawn at random on the same grid"
Z_WORDS = (
    "occupied boxes over all sizes less those of chance, in standard deviations of chance; below 0 the points crowd; not of D"
)
FURTHEST_WORDS = "the count of boxes furthest from chance, in standard deviations of chance"
CLEAR_WORDS = f"by any count; of as many tensors of noise, one or more would be with a probability of {LEVEL:.0%} at most"


@dataclass(frozen=True)
class Column:
    """A header, what stands under it for each row, and how soon it may go: 0 stays, all of the largest go first, together."""

    header: str
    cell: Callable[[Any], str]
    dispensable: int = 0


def fitting_table(rows: Sequence[Any], columns: Sequence[Column], room: int | None = None) -> tuple[str, frozenset[str]]:
    """The table of the columns that fit into the width of the terminal, or into `room`, and the headers of those that do not.

    Columns that must stay are wrapped.

    >>> names = Column("name", str), Column("length", lambda row: str(len(row)), 1)
    >>> table, gone = fitting_table(["one", "three"], names, room=10)
    >>> gone == {"length"}
    True
    >>> print(table)
    name
    ─────
    one
    three
    """
    room, kept = width() if room is None else room, list(columns)
    while True:
        cells, headers = [[column.cell(row) for column in kept] for row in rows], [column.header for column in kept]
        last = max(column.dispensable for column in kept)
        if not last or max(map(len, table_text(cells, headers).splitlines())) <= room:
            return table_text(cells, headers, room), frozenset(column.header for column in columns) - set(headers)
        kept = [column for column in kept if column.dispensable < last]


def interval(low: float, high: float) -> str:
    """ "1.58–1.63", or a dash."""
    return "–" if low != low else f"{low:.3f}–{high:.3f}"


def cut_words(options: Any) -> str:
    """Which weights count as occupied, as the options say."""
    if options.threshold is not None:
        return f"|w| > {options.threshold:g}"
    if options.deviations is not None:
        return f"|w| > {options.deviations:g} standard deviations"
    share = 0.9 if options.quantile is None else options.quantile
    return f"|w| above its {share:g} quantile"


def meaning(lines: Iterable[tuple[str, str]], gone: Container[str] = ()) -> list[str]:
    """Words and what they mean, within the width of the terminal, but for the columns that are `gone`."""
    return table_text([line for line in lines if line[0] not in gone], (), width()).splitlines()
