"""What the tables of commands share: columns that give way on narrow terminals, and what the columns mean, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fiberscope.tables import table_text, width
from fractal.verdicts import LEVEL

__all__ = ["CLEAR", "CLEAR_WORDS", "Z_WORDS", "Column", "cut_words", "fitting_table", "interval", "meaning"]

CLEAR = 3
"""From this |z| on a difference is not taken for chance."""
Z_WORDS = f"the slope over all sizes less that of chance, in standard deviations of chance; within ±{CLEAR} it may be chance"
CLEAR_WORDS = f"by z or any count; of as many tensors of noise, one or more would be with a probability of {LEVEL:.0%} at most"


@dataclass(frozen=True)
class Column:
    """A header, what stands under it for each row, and how soon it may go: 0 stays, all of the largest go first, together."""

    header: str
    cell: Callable[[Any], str]
    dispensable: int = 0


def fitting_table(rows: Sequence[Any], columns: Sequence[Column], room: int | None = None) -> str:
    """The table of the columns that fit into the width of the terminal, or into `room`; those that must stay are wrapped.

    >>> names = Column("name", str), Column("length", lambda row: str(len(row)), 1)
    >>> print(fitting_table(["one", "three"], names, room=10))
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
            return table_text(cells, headers, room)
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


def meaning(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Words and what they mean, within the width of the terminal."""
    return table_text([*lines], (), width()).splitlines()
