"""Every tensor of a model, each beside chance: one row per tensor.

What is measured is where the weights of large size lie, |w| above the quantile 0.9 unless another cut is asked for (T14); this
does not change when a tensor is multiplied by a number.  A tensor of bool is a mask and has no cut.  Tensors that are not
measured keep a row that says why: integers, single numbers, empty ones.  NaN and infinity are a status of their own.  A tensor
that shares the memory of an earlier one (tied weights) is measured once; its row repeats the numbers and `tied` names the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

from fractal.analysis import Analysis
from fractal.arrays import Array, as_base, as_seed, as_yes_no, shown
from fractal.checkpoints import Entry, chosen, read
from fractal.errors import InvalidArray, InvalidOption
from fractal.rows import Row, measured, skipped
from fractal.views import as_view, views

__all__ = ["Analysis", "Options", "analyse", "as_options", "iterate_rows", "measuring", "teller"]

Told = Callable[[int, int, str], Any]
"""Progress: called with the number of finished tensors, of all, and the name of the next one."""


@dataclass(frozen=True)
class Options:
    """How tensors are measured; checked when made."""

    base: int = 2
    view: str = "matrix"
    quantile: float | None = None
    threshold: float | None = None
    deviations: float | None = None
    similarity: bool = True
    seed: int = 0
    cut: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        as_base(self.base)
        as_view(self.view)
        as_yes_no(self.similarity, "similarity")
        as_seed(self.seed)
        cuts = {name: getattr(self, name) for name in ("quantile", "threshold", "deviations")}
        given = {name: _nonnegative(value, name) for name, value in cuts.items() if value is not None}
        if len(given) > 1:
            raise InvalidOption(f"give one of quantile, threshold and deviations; found {' and '.join(given)}")
        if given.get("quantile", 0) >= 1:
            raise InvalidOption(f"quantile must be at least 0 and below 1; found {self.quantile!r}")
        object.__setattr__(self, "cut", given)


def _nonnegative(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise InvalidOption(f"{name} must be a finite number, at least 0; found {shown(value)}")
    return value


def as_options(options: dict[str, Any], name: str) -> Options:
    """The options of `analyse` that say how tensors are measured; raises `InvalidOption` for others, as those of `name`."""
    known = [f.name for f in fields(Options) if f.init]
    if unknown := [option for option in options if option not in known]:
        raise InvalidOption(f"{name} takes {', '.join(known)}, include and exclude; found {', '.join(unknown)}")
    return Options(**options)


def analyse(
    source: Any,
    *,
    base: int = 2,
    view: str = "matrix",
    quantile: float | None = None,
    threshold: float | None = None,
    deviations: float | None = None,
    include: Any = None,
    exclude: Any = None,
    similarity: bool = True,
    seed: int = 0,
    progress: Told | bool | None = None,
) -> Analysis:
    """One row for each tensor of a module, a state dict or a file: its dimension beside that of chance, and more.

    `source`: see `fractal.checkpoints.read`.  `view`: how tensors of more than two axes are laid out, "matrix", "taps" or "full"
    (`fractal.views`).  At most one of `quantile` (default 0.9), `threshold` and `deviations`, as in `fractal.dimension`.
    `include`, `exclude`: patterns of names, such as "layer1.*"; what they leave out has no row.  `similarity=False` leaves
    that column out.  `progress`: a callable (done, total, name), or True for a bar on standard error.

    Interrupted (Ctrl-C), it returns the finished rows, with `complete` False.  Raises `UnreadableFile`, `InvalidArray`,
    `InvalidOption`, `InvalidBase`.  Cost: seconds for 10^7 weights, the memory of a few copies of the largest tensor.

    >>> from math import log
    >>> from fractal.sets import carpet
    >>> row = analyse({"carpet": carpet(5), "steps": 7}, base=3)["carpet"]
    >>> abs(row.D - log(8) / log(3)) < 1e-12
    True
    """
    options = Options(base, view, quantile, threshold, deviations, similarity, seed)
    checkpoint = read(source)
    entries = chosen(checkpoint, include, exclude)
    rows: list[Row] = []
    try:
        with teller(progress) as tell:
            for found in _rows(entries, options, tell):
                rows.append(found)  # noqa: PERF402  what is finished stays, whatever happens next
    except KeyboardInterrupt:
        return Analysis(checkpoint.source, tuple(rows), complete=False)
    return Analysis(checkpoint.source, tuple(rows))


def iterate_rows(source: Any, *, include: Any = None, exclude: Any = None, **options: Any) -> Iterator[Row]:
    """The rows of `analyse`, one by one as they are found; the same options, but for `progress`."""
    checked = as_options(options, "iterate_rows")
    return _rows(chosen(read(source), include, exclude), checked, lambda *_: None)


def _rows(entries: tuple[Entry, ...], options: Options, tell: Told) -> Iterator[Row]:
    measure = measuring(entries, options)
    for done, entry in enumerate(entries):
        tell(done, len(entries), entry.name)
        yield from measure(entry)
    tell(len(entries), len(entries), "")


def measuring(entries: Iterable[Entry], options: Options) -> Callable[[Entry], tuple[Row, ...]]:
    """What gives the rows of each of these entries, in any order; those that share their memory are measured once."""
    named, found = {entry.name: entry for entry in entries}, dict[Entry, tuple[Row, ...]]()

    def measure(entry: Entry) -> tuple[Row, ...]:
        if entry not in found:
            first = named.get(entry.shared)
            found[entry] = (
                tuple(entry_rows(entry, options)) if first is None else tuple(_renamed(row, entry) for row in measure(first))
            )
        return found[entry]

    return measure


def _renamed(row: Row, entry: Entry) -> Row:
    return replace(row, name=entry.name + row.name.removeprefix(entry.shared), tied=entry.shared)


def entry_rows(entry: Entry, options: Options) -> Iterator[Row]:
    """The rows of one tensor: one, or one per tap."""
    base, view = as_base(options.base), options.view
    if entry.reason:
        yield skipped(entry.name, entry.shape, view, base, entry.reason)
        return
    W: Array = entry.load()
    W = W.float() if str(W.dtype).startswith("torch.float8") else W  # which has no arithmetic
    for name, V in views(entry.name, W, view):
        try:
            yield measured(name, entry.shape, view, V, base, options.cut, options.similarity, options.seed)
        except InvalidArray as error:
            yield skipped(name, entry.shape, view, base, str(error))


@contextmanager
def teller(progress: Told | bool | None) -> Iterator[Told]:
    """Progress as a callable; a bar on standard error for True."""
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda *_: None
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading", total=None)
            yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name or "done")
