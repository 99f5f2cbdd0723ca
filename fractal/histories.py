"""A model along its training: the rows of its checkpoints, step by step."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from fiberscope.messages import plain
from fiberscope.tables import panel_html, plural, table_html, table_text, width
from fractal import analysis as _analysis
from fractal.analysis import TONE, VERSION, Analysis, csv_text, json_text, shortened, written
from fractal.errors import InvalidOption
from fractal.layers import Told, analyse, as_options, teller
from fractal.rows import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "history"]

HEADERS = ("tensor", "step", *_analysis.HEADERS[1:])


@dataclass(frozen=True)
class History:
    """The analyses of several checkpoints; `steps` says when each was kept."""

    steps: tuple[Any, ...]
    analyses: tuple[Analysis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all rows, in the order in which they first occur."""
        return tuple(dict.fromkeys(row.name for analysis in self.analyses for row in analysis))

    @property
    def complete(self) -> bool:
        """Whether no analysis was interrupted; those after an interruption are not here."""
        return all(analysis.complete for analysis in self.analyses)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[tuple[Any, Analysis]]:
        return zip(self.steps, self.analyses, strict=True)

    def series(self, name: str) -> tuple[tuple[Any, Row], ...]:
        """The step and the row of each checkpoint that has a tensor of this name; raises `KeyError` if none has."""
        found = tuple((step, row) for step, analysis in self for row in analysis if row.name == name)
        if not found:
            raise KeyError(name)
        return found

    def records(self) -> Iterator[dict[str, Any]]:
        """One dictionary per step and tensor: the columns of the long table."""
        return ({"step": step, **row.to_dict()} for step, analysis in self for row in analysis)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them, but for NaN."""
        return {"format": "fractal history", "version": VERSION, "complete": self.complete, "rows": list(self.records())}

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The long table as JSON, also written to `path` if given; undefined numbers are null."""
        return written(json_text(self.to_dict()), path)

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """The long table as CSV, also written to `path` if given; undefined numbers are empty cells."""
        return written(csv_text(_columns(), self.records()), path)

    def to_pandas(self) -> pd.DataFrame:
        """The long table: one row per step and tensor."""
        import pandas as pd

        return pd.DataFrame([{"step": step, **vars(row)} for step, a in self for row in a], columns=_columns())

    def plot(self, ax: Any = None) -> Any:
        """D − D_null along the steps; see `fractal.plots.history`."""
        from fractal.plots import history

        return history(self, ax=ax)

    def table(self) -> list[tuple[str, ...]]:
        """The cells of the table under `HEADERS`, tensor by tensor."""
        place = {name: i for i, name in enumerate(self.names)}
        rows = sorted(((step, row) for step, analysis in self for row in analysis), key=lambda pair: place[pair[1].name])
        return [(name, plain(str(step)), *rest) for step, row in rows for name, *rest in [_analysis.cells(row)]]

    @property
    def title(self) -> str:
        """What the table is of, in one line."""
        told = f"{plural(len(self.steps), 'checkpoint')}, {plural(len(self.names), 'tensor')}"
        return told if self.complete else f"{told}, interrupted"

    def __repr__(self) -> str:
        return f"{self.title}\n{table_text(shortened(self.table()), HEADERS, width())}" if self.names else self.title

    def _repr_html_(self) -> str:
        return panel_html(TONE, self.title, table_html(shortened(self.table()), HEADERS))


def _columns() -> list[str]:
    return ["step", *(field.name for field in fields(Row))]


def history(sources: Mapping[Any, Any] | Iterable[Any], *, progress: Told | bool | None = None, **options: Any) -> History:
    """The analyses of several checkpoints of one model: {step: source}, or sources in their order, as steps 0, 1, 2, ...

    Sources and options are those of `fractal.analyse`; an `Analysis` is taken as it is.  Interrupted, it returns what is
    finished, with `complete` False.  Raises what `analyse` raises.
    """
    as_options({name: value for name, value in options.items() if name not in ("include", "exclude")}, "history")
    steps: list[Any] = []
    found: list[Analysis] = []
    with teller(progress) as tell:
        for step, source in _numbered(sources):
            steps.append(step)
            found.append(source if isinstance(source, Analysis) else analyse(source, progress=_prefixed(tell, step), **options))
            if not isinstance(source, Analysis) and not found[-1].complete:
                break
    return History(tuple(steps), tuple(found))


def _numbered(sources: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(sources, Mapping):
        return sources.items()
    if isinstance(sources, (str, os.PathLike)) or not isinstance(sources, Iterable):
        raise InvalidOption(f"sources must be {{step: source}} or a list of checkpoints; found {type(sources).__name__}")
    return enumerate(sources)


def _prefixed(tell: Told, step: Any) -> Told:
    return lambda done, total, name: tell(done, total, f"step {step}: {name}" if name else "")
