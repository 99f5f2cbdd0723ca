"""Two models, tensor by tensor: trained and initial, pruned and dense, a model and its random twin.

Rows are matched by name.  D mostly follows shape and density (T13), so beside the difference of the D's stands `excess`, the
difference of D − D_null: how much further from chance one is than the other; for a dense and a pruned tensor only this means
something.  Whether the two intervals meet is told as well; they say how much D depends on alignment, scales and place.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fiberscope.messages import plain
from fiberscope.tables import panel_html, plural, table_html, table_text, width
from fractal.analysis import TONE, VERSION, Analysis, csv_text, json_text, listed, number, of_name, shortened, written
from fractal.checkpoints import Checkpoint, Entry, chosen, read
from fractal.errors import InvalidOption
from fractal.layers import Options, Told, as_options, measuring, teller
from fractal.rows import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Compared", "Comparison", "compare"]

SIDE = ("D", "chance", "z", "furthest")
HEADERS = ("tensor", *(f"{name} a" for name in SIDE), *(f"{name} b" for name in SIDE), "b − a", "excess", "intervals")


@dataclass(frozen=True)
class Compared:
    """One tensor in both: a's numbers, b's, and how they differ; b − a throughout."""

    name: str
    D_a: float
    D_b: float
    difference: float  # D_b − D_a
    D_null_a: float
    D_null_b: float
    excess: float  # (D_b − D_null_b) − (D_a − D_null_a)
    z_a: float
    z_b: float
    departure_a: float  # of the count furthest from chance, in standard deviations of chance
    departure_b: float
    departure_size_a: int
    departure_size_b: int
    p_a: float
    p_b: float
    overlap: bool | None  # whether the intervals meet; None without two intervals
    status: str

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Comparison:
    """Two analyses and their rows matched by name; `only_a` and `only_b` are the names that have no match."""

    a: Analysis
    b: Analysis

    @cached_property
    def pairs(self) -> tuple[tuple[Row, Row], ...]:
        """The rows of both for each common name, in the order of a."""
        others = {row.name: row for row in self.b}
        return tuple((row, others[row.name]) for row in self.a if row.name in others)

    @cached_property
    def rows(self) -> tuple[Compared, ...]:
        """What is said of each pair."""
        return tuple(compared(a, b) for a, b in self.pairs)

    @property
    def only_a(self) -> tuple[str, ...]:
        """Names in a alone; none are told while b is not complete."""
        return _missing(self.a, self.b)

    @property
    def only_b(self) -> tuple[str, ...]:
        """Names in b alone; none are told while a is not complete."""
        return _missing(self.b, self.a)

    @property
    def complete(self) -> bool:
        """Whether both analyses are."""
        return self.a.complete and self.b.complete

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Compared]:
        return iter(self.rows)

    def __getitem__(self, key: int | str) -> Compared:
        """The row by its number or its name."""
        return of_name(self.rows, key)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them, but for NaN."""
        return {
            "format": "fractal comparison",
            "version": VERSION,
            "a": self.a.source,
            "b": self.b.source,
            "complete": self.complete,
            "only_a": list(self.only_a),
            "only_b": list(self.only_b),
            "rows": [row.to_dict() for row in self.rows],
        }

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The comparison as JSON, also written to `path` if given; undefined numbers are null."""
        return written(json_text(self.to_dict()), path)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """All columns as CSV, also written to `path` if given; undefined numbers are empty cells."""
        return written(csv_text([field.name for field in fields(Compared)], map(Compared.to_dict, self.rows)), path)

    def to_pandas(self) -> pd.DataFrame:
        """A data frame, one column per field."""
        import pandas as pd

        return pd.DataFrame([row.to_dict() for row in self.rows], columns=[field.name for field in fields(Compared)])

    def plot(self, axes: Any = None) -> Any:
        """The furthest counts and D − D_null of both by depth; see `fractal.plots.comparison`."""
        from fractal.plots import comparison

        return comparison(self, axes)

    def table(self) -> list[tuple[str, ...]]:
        """The cells of the table under `HEADERS`."""
        return [cells(row) for row in self.rows]

    @property
    def title(self) -> str:
        """What is compared, in one line."""
        told = f"a: {self.a.source}; b: {self.b.source}; {plural(len(self.rows), 'common tensor')}"
        for which, names in (("a", self.only_a), ("b", self.only_b)):
            if names:
                told += f"; only in {which}: {listed(names)}"
        return told if self.complete else f"{told}; interrupted"

    def __repr__(self) -> str:
        title = plain(self.title)
        return f"{title}\n{table_text(shortened(self.table()), HEADERS, width())}" if self.rows else title

    def _repr_html_(self) -> str:
        return panel_html(TONE, self.title, table_html(shortened(self.table()), HEADERS))


def _missing(one: Analysis, other: Analysis) -> tuple[str, ...]:
    names = {row.name for row in other}
    return tuple(row.name for row in one if row.name not in names) if other.complete else ()


def compared(a: Row, b: Row) -> Compared:
    """What is said of two rows of one name."""
    overlap = a.D_low <= b.D_high and b.D_low <= a.D_high
    bounds = (a.D_low, a.D_high, b.D_low, b.D_high)
    known = not any(map(math.isnan, bounds))
    return Compared(
        a.name,
        a.D,
        b.D,
        b.D - a.D,
        a.D_null,
        b.D_null,
        b.difference - a.difference,
        a.z,
        b.z,
        a.departure,
        b.departure,
        a.departure_size,
        b.departure_size,
        a.p,
        b.p,
        overlap if known else None,
        _status(a, b, overlap if known else None),
    )


def _status(a: Row, b: Row, overlap: bool | None) -> str:
    """How far the two can be compared, and what comes out."""
    if a.base != b.base:
        return f"bases {a.base} and {b.base}"
    if a.view != b.view:
        return f"views {a.view} and {b.view}"
    if overlap is None:
        return a.status if a.status == b.status else f"{a.status} / {b.status}"
    told = "overlap" if overlap else "apart"
    return told if a.grid == b.grid else f"{told}; grids differ"


def cells(row: Compared) -> tuple[str, ...]:
    """A row of the table under `HEADERS`."""
    a = number(row.D_a), number(row.D_null_a), number(row.z_a, 1), number(row.departure_a, 1)
    b = number(row.D_b), number(row.D_null_b), number(row.z_b, 1), number(row.departure_b, 1)
    return plain(row.name), *a, *b, number(row.difference), number(row.excess), row.status


def compare(
    a: Any,
    b: Any,
    *,
    include: Any = None,
    exclude: Any = None,
    progress: Told | bool | None = None,
    **options: Any,
) -> Comparison:
    """Two models tensor by tensor, matched by name; each a source as for `fractal.analyse`, or an `Analysis`.

    b may be the word "twin": the random twin of a (`fractal.random_twin` with `seed`).  To see which weights a pruned
    model has kept, `compare(dense, pruned, threshold=0)` takes every weight that is not 0 as occupied.  Options are those of
    `analyse`; they do not change what is an `Analysis` already.

    Interrupted, it returns the finished tensors, those in both pair by pair, with `complete` False.  Raises what `analyse`
    raises, and `InvalidOption` where no name is common to both.

    >>> from fractal.sets import carpet
    >>> state = {"carpet": carpet(4)}
    >>> compare(state, state, base=3)["carpet"].excess
    0.0
    """
    checked = as_options(options, "compare")
    a = a if isinstance(a, Analysis) else read(a)
    b = _twin(a, checked.seed) if _is_twin(b) else b if isinstance(b, Analysis) else read(b)
    one, other = (_Side(x, () if isinstance(x, Analysis) else chosen(x, include, exclude), checked) for x in (a, b))
    if not (isinstance(a, Analysis) or isinstance(b, Analysis)):
        _check_common([entry.name for entry in one.entries], [entry.name for entry in other.entries])
    turns = list(_turns(one, other))
    try:
        with teller(progress) as tell:
            for done, (letter, side, entry) in enumerate(turns):
                tell(done, len(turns), f"{letter}: {entry.name}")
                side.add(entry)
            tell(len(turns), len(turns), "")
    except KeyboardInterrupt:
        return Comparison(one.analysis, other.analysis)
    found = Comparison(one.analysis, other.analysis)
    if found.complete:  # an Analysis has rows, perhaps of taps, whose names are not those of tensors
        _check_common([row.name for row in found.a], [row.name for row in found.b])
    return found


def _is_twin(b: Any) -> bool:
    return isinstance(b, str) and b == "twin"


def _twin(a: Any, seed: int) -> Checkpoint:
    if isinstance(a, Analysis):
        raise InvalidOption("the twin of a is made from its weights; found an Analysis: pass the model or its file as a")
    from fractal.twins import twin_checkpoint

    return twin_checkpoint(a, seed)


class _Side:
    """One of the two sources, as far as it has been measured."""

    def __init__(self, source: Analysis | Checkpoint, entries: Sequence[Entry], options: Options) -> None:
        self.source, self.entries = source, entries
        self._measure, self._found = measuring(entries, options), dict[Entry, tuple[Row, ...]]()

    def add(self, entry: Entry) -> None:
        """Measure an entry."""
        self._found[entry] = self._measure(entry)

    @property
    def analysis(self) -> Analysis:
        """What is finished, in the order of the source."""
        if isinstance(self.source, Analysis):
            return self.source
        rows = (row for entry in self.entries for row in self._found.get(entry, ()))
        return Analysis(self.source.source, tuple(rows), all(entry in self._found for entry in self.entries))


def _turns(a: _Side, b: _Side) -> Iterator[tuple[str, _Side, Entry]]:
    """Each tensor of a and the one of this name in b, then the others of b: so an interruption leaves pairs."""
    others: dict[str, list[Entry]] = {}
    for entry in b.entries:
        others.setdefault(entry.name, []).append(entry)
    for entry in a.entries:
        yield "a", a, entry
        yield from (("b", b, other) for other in others.pop(entry.name, ()))
    yield from (("b", b, entry) for entries in others.values() for entry in entries)


def _check_common(a: Sequence[str], b: Sequence[str]) -> None:
    if not set(a) & set(b):
        told = "; ".join(f"{letter} has {listed(names, 3) or 'none'}" for letter, names in (("a", a), ("b", b)))
        raise InvalidOption(f"a and b have no tensor of a common name: {told}; rename the keys of one of them")
