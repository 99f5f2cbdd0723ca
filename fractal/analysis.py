"""The rows of a checkpoint as one value: by number and by name, as a table, pandas, CSV, JSON, a picture.

JSON has no NaN: what is not defined is null there, and an infinite number too.  CSV leaves the cell empty.  The text that stands
in a terminal shows D beside D for chance, z and the count furthest from chance, never alone.

What is written as JSON has a version: 3 since z is of the counts at all sizes (`fractal.scores`); before it was of a slope.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fiberscope.files import why_not_writable
from fiberscope.messages import plain
from fiberscope.tables import panel_html, plural, table_html, table_text, width, wrapped
from fractal.errors import InvalidOption, UnreadableFile
from fractal.rows import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VERSION", "Analysis", "csv_text", "furthest", "json_text", "listed", "number", "of_name", "shortened", "written"]

Named = TypeVar("Named")

FORMAT = "fractal analysis"
VERSION = 3
"""Of the JSON of analyses, comparisons and histories."""
TONE = "90,110,160"
SHOWN = 60  # rows of a table before its middle is left out

HEADERS = ("tensor", "grid", "D", "interval", "D chance", "z", "furthest", "decades", "status")


@dataclass(frozen=True)
class Analysis:
    """One row per tensor of `source`, in its order; `complete` is False where it was interrupted."""

    source: str
    rows: tuple[Row, ...]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, key: int | str) -> Row:
        """The row by its number or its name."""
        return of_name(self.rows, key)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        rows = [plain_numbers(row.to_dict()) for row in self.rows]
        return {"format": FORMAT, "version": VERSION, "source": self.source, "complete": self.complete, "rows": rows}

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The analysis as JSON, also written to `path` if given; `Analysis.from_json` reads it back."""
        return written(json_text(self.to_dict()), path)

    @staticmethod
    def from_json(source: str | os.PathLike[str]) -> Analysis:
        """What `to_json` gave, from its text or a file; raises `UnreadableFile`, also for what an older version wrote."""
        try:
            text = source if isinstance(source, str) and source.lstrip().startswith("{") else Path(source).read_text("utf-8")
            value = json.loads(text)
            _check_version(value["format"], value["version"])
            return Analysis(str(value["source"]), tuple(map(_row, value["rows"])), bool(value["complete"]))
        except OSError as error:
            raise UnreadableFile(f"{os.fspath(source)} cannot be read: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, UnreadableFile):
                raise
            raise UnreadableFile(f"this is no analysis as to_json writes it: {type(error).__name__}: {error}") from None

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """All columns as CSV, also written to `path` if given; undefined numbers are empty cells."""
        return written(csv_text([field.name for field in fields(Row)], (row.to_dict() for row in self.rows)), path)

    def to_pandas(self) -> pd.DataFrame:
        """A data frame, one column per field."""
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.rows], columns=[field.name for field in fields(Row)])

    def plot(self, axes: Any = None) -> Any:
        """z, the furthest count and D − D_null by depth; see `fractal.plots.depth`."""
        from fractal.plots import depth

        return depth(self, axes)

    def table(self) -> list[tuple[str, ...]]:
        """The cells of the table under `HEADERS`: the rows with a D or a z."""
        return [cells(row) for row in self.rows if _says(row)]

    def remarks(self) -> list[str]:
        """The other rows by status, a line for each."""
        names: dict[str, list[str]] = {}
        for row in self.rows:
            if not _says(row):
                names.setdefault(row.status, []).append(plain(row.name))
        return [f"{status}: {listed(found)}" for status, found in names.items()]

    @property
    def title(self) -> str:
        """What the table is of, in one line."""
        told = f"{self.source}: {plural(len(self.rows), 'row')}"
        return told if self.complete else f"{told}, interrupted"

    def __repr__(self) -> str:
        rows = self.table()
        table = [table_text(shortened(rows), HEADERS, width())] if rows else []
        return "\n".join([plain(self.title), *table, *wrapped(self.remarks(), width())])

    def _repr_html_(self) -> str:
        below = "".join(f"<div>{escape(line)}</div>" for line in self.remarks())
        return panel_html(TONE, self.title, table_html(shortened(self.table()), HEADERS) + below)


def _says(row: Row) -> bool:
    return not (math.isnan(row.D) and math.isnan(row.z))


def cells(row: Row) -> tuple[str, ...]:
    """A row of the table under `HEADERS`."""
    interval = f"{number(row.D_low)}–{number(row.D_high)}" if not math.isnan(row.D_low) else "–"
    status = f"{row.status}; tied to {row.tied}" if row.tied else row.status
    grid = "×".join(map(str, row.grid)) or "()"
    beside = number(row.D_null), number(row.z, 1), furthest(row)
    return plain(row.name), grid, number(row.D), interval, *beside, number(row.decades, 1), status


def _check_version(form: Any, version: Any) -> None:
    if form == FORMAT and version in (1, 2):
        raise UnreadableFile(f"this analysis is of version {version}, whose z was that of a slope: analyse the weights again")
    if form != FORMAT or version != VERSION:
        raise UnreadableFile(f"the JSON text is no analysis of version {VERSION}; found {form!r}, {version!r}")


def _row(value: Mapping[str, Any]) -> Row:
    """A row of JSON: null is NaN, lists are tuples."""
    names = {field.name for field in fields(Row)}
    if unknown := set(value) - names:
        raise ValueError(f"unknown columns {', '.join(sorted(unknown))}")
    known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else math.nan if v is None else v for k, v in value.items()}
    return Row(**known)


# What comparisons and histories print and write alike


def of_name(rows: Sequence[Named], key: int | str) -> Named:
    """The row of this number, or the first of this name; raises `IndexError` or `KeyError`.

    >>> of_name((Row("w", (8,), "matrix", (8,)), Row("v", (8,), "matrix", (8,))), "v").name
    'v'
    """
    if not isinstance(key, str):
        return rows[key]
    for row in rows:
        if getattr(row, "name", None) == key:
            return row
    raise KeyError(key)


def number(x: float, digits: int = 3) -> str:
    """A number for a table; a dash where it is not defined.

    >>> number(1.23456), number(float("nan")), number(-52.96, 1)
    ('1.235', '–', '-53.0')
    """
    return "–" if math.isnan(x) else f"{x:.{digits}f}"


def furthest(row: Row) -> str:
    """The count furthest from chance and its box size.

    >>> furthest(Row("w", (8,), "matrix", (8,), departure=-5.68, departure_size=2)), furthest(Row("w", (), "matrix", ()))
    ('-5.7 at 2', '–')
    """
    return "–" if math.isnan(row.departure) else f"{number(row.departure, 1)} at {row.departure_size:,}"


def listed(names: Sequence[str], shown: int = 5) -> str:
    """The names, or the first of them and how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(names) - shown
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:shown])} and {more:,} more"


def shortened(rows: Sequence[tuple[str, ...]], shown: int = SHOWN) -> list[tuple[str, ...]]:
    """The rows, or the first and the last of them around a row of dots."""
    if len(rows) <= shown:
        return list(rows)
    head = shown * 2 // 3
    return [*rows[:head], (f"… {len(rows) - shown:,} more", *[""] * (len(rows[0]) - 1)), *rows[head - shown :]]


def plain_numbers(value: Any) -> Any:
    """Lists and dictionaries with None for every number that is not finite."""
    if isinstance(value, Mapping):
        return {key: plain_numbers(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_numbers(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_text(value: Any) -> str:
    """JSON of one line, valid for every reader."""
    return json.dumps(plain_numbers(value), allow_nan=False, ensure_ascii=False)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with a header; lists become 1 2 4, what is not defined nothing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return "" if isinstance(value, float) and math.isnan(value) else value


def written(text: str, path: str | os.PathLike[str] | None) -> str:
    """The text; written to `path`, whole or not at all, if there is one.  Raises `InvalidOption` where that cannot be."""
    if path is not None:
        from proofs.certificates import write_whole

        if why := why_not_writable("path", os.fspath(path)):
            raise InvalidOption(why)
        write_whole(path, [text.encode("utf-8")])
    return text
