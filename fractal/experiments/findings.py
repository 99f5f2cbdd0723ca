"""What a run shows, in words and tables that claim no more than it does.

Matrices and kernels are tested together, by the rule of `fractal.verdicts`: those are clear of chance of whose box counts one
is so improbable for as many places drawn at random on the same grid that among as many tensors of noise any is so with a
probability of 1 % at most; z adds the counts up, and says on which side of chance they are and how far.  That says that
large weights are not strewn independently; it does not say that they are a fractal, for which slopes would have to agree over
many scales.  Vectors are a family of their own: most are too short for a dimension, and those of normalisation are constant
before training.

Three states of one network stand side by side: at initialisation, trained, trained and shuffled (its random twin); and the
trained matrices and kernels with rows and columns in other orders (`fractal.experiments.controls`).  Chance should show in the
first and the third; what other orders still show has nothing to do with where neurons lie.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fiberscope.tables import plural
from fractal.analysis import Analysis, furthest, number
from fractal.rows import Row
from fractal.verdicts import clear_of_chance

if TYPE_CHECKING:
    from fractal.experiments.controls import OrderTest
    from fractal.experiments.runs import Run

__all__ = ["Tally", "findings", "least_likely", "markdown", "matrices", "tally", "tensors_table"]

RARE = 0.05
WIDE = 1.5  # decades from which on we would begin to speak of a range of scales
CAUTION = """\
- The dimension of a weight tensor means nothing alone: noise has one too, straight on a log-log plot, and it follows shape and
  density (T13). Read D − chance, z and the counts.
- Clear of chance are weights that are not strewn independently over the grid. Heavy rows, heavy columns and low rank all do that.
  Whether scales have anything to do with it is another question; over so few decades it cannot be answered by box counts.
- The order of hidden neurons is arbitrary, so box counts are one draw from those of all orders. Where p is not small, the order
  carries nothing that they see, and they tell of no geometry of the grid, fractal or other.
- This is one run from one seed: no spread between runs is known."""


@dataclass(frozen=True)
class Tally:
    """How many tensors were tested, how many are clear of chance with fewer or more boxes, and the one furthest from it."""

    tested: int
    fewer: int
    more: int
    furthest: Row | None

    @property
    def clear(self) -> int:
        """Those clear of chance, on either side."""
        return self.fewer + self.more


def tally(rows: Iterable[Row]) -> Tally:
    """Judge them together; fewer or more says the count furthest from chance.

    >>> tally(())
    Tally(tested=0, fewer=0, more=0, furthest=None)
    """
    tested = [row for row in rows if not math.isnan(row.p)]
    clear = clear_of_chance(tested)
    more = sum(row.name in clear and row.departure > 0 for row in tested)
    return Tally(len(tested), len(clear) - more, more, least_likely(tested))


def least_likely(rows: Iterable[Row]) -> Row | None:
    """The row with the least p, of several that with the furthest count; None if none was tested."""
    tested = [row for row in rows if not math.isnan(row.p)]
    return min(tested, key=lambda row: (row.p, 0.0 if math.isnan(row.departure) else -abs(row.departure)), default=None)


def matrices(analysis: Analysis) -> Analysis:
    """Its matrices and kernels, without the vectors."""
    return replace(analysis, rows=tuple(row for row in analysis if len(row.shape) > 1))


def findings(run: Run) -> Iterator[str]:
    """One sentence after the other."""
    learnt = run.epochs[-1] if run.epochs else None
    if learnt is not None:
        yield (
            f"Training: {plural(learnt.epoch, 'epoch')}, mean loss of the last {number(learnt.loss)}, "
            f"{_percent(learnt.test_accuracy)} of the test images named rightly."
        )
    yield f"At initialisation {_told(tally(matrices(run.initial)))}."
    yield f"After training {_told(tally(matrices(run.trained)))}."
    vectors = tally(row for row in run.trained if len(row.shape) < 2)
    if vectors.tested:
        yield f"Vectors after training, by themselves: {vectors.clear or 'none'} of {vectors.tested} tested clear of chance."
    yield f"The random twin of the trained network: {_told(tally(matrices(run.twin)))}."
    yield from _order(run)
    yield from _moved(run)
    yield from _scales(run.trained)


def _told(found: Tally) -> str:
    if found.furthest is None:
        return "no matrix or kernel could be tested"
    told = f"{found.clear or 'none'} of {found.tested} tested matrices and kernels clear of chance"
    sides = f", {found.fewer} with fewer boxes and {found.more} with more" if found.clear else ""
    row = found.furthest
    return f"{told}{sides}; furthest is {row.name}: z = {number(row.z, 1)}, furthest count {furthest(row)}, p ≤ {_p(row.p)}"


def _p(p: float) -> str:
    return "–" if math.isnan(p) else f"{p:.1g}"


def _order(run: Run) -> Iterator[str]:
    tests = {name: test for name, test in run.orders.items() if not math.isnan(test.p)}
    if not tests:
        return
    shuffles = next(iter(tests.values())).shuffles
    rare = [name for name, test in tests.items() if test.p <= RARE]
    told = f": {', '.join(rare[:4])}{', …' if len(rare) > 4 else ''}" if rare else ""
    by_chance = f"{RARE * len(tests):.1f} expected if order carries nothing"
    yield (
        f"Rows and columns in {shuffles} other orders: z is among the farthest twentieth (p ≤ {RARE}) for "
        f"{len(rare) or 'none'} of {len(tests)} matrices and kernels ({by_chance}){told}."
    )
    if clear := clear_of_chance(matrices(run.trained)) & tests.keys():
        own, other = ([value(tests[name]) for name in clear] for value in (lambda t: t.z, lambda t: t.mean))
        yield f"z of the {len(clear)} clear of chance is {_range(own)}; in the mean of other orders it is {_range(other)}."


def _range(values: Sequence[float]) -> str:
    low, high = number(min(values), 1), number(max(values), 1)
    return low if low == high else f"{low} to {high}"


def _moved(run: Run) -> Iterator[str]:
    pairs = [(a, b) for a, b in run.comparison.pairs if math.isfinite(a.difference) and math.isfinite(b.difference)]
    if not pairs:
        return
    excess = [b.difference - a.difference for a, b in pairs]
    apart = sum(row.overlap is False for row in run.comparison.rows)
    yield (
        f"Training moved D − chance by {number(min(excess), 4)} to {number(max(excess), 4)} in the {len(pairs)} tensors "
        f"with a dimension before and after; in {apart or 'none'} of them the two intervals of D are apart."
    )


def _scales(analysis: Analysis) -> Iterator[str]:
    rows = [row for row in analysis if math.isfinite(row.D)]
    if rows:
        widest = max(row.decades for row in rows)
        yield (
            f"No dimension rests on more than {number(widest, 1)} decades of box sizes; "
            f"{sum(row.decades >= WIDE for row in rows)} of {len(rows)} have {WIDE} or more."
        )
    statuses = Counter(row.status.partition(":")[0] for row in analysis)
    yield "All rows after training: " + ", ".join(f"{count} {status}" for status, count in statuses.most_common()) + "."


# Tables


def tensors_table(run: Run) -> tuple[Sequence[str], list[list[str]]]:
    """Headers and rows: each matrix and kernel that could be tested at any time, in all states; z is bold if clear of chance."""
    initial, trained = ("D initial", "chance", "z"), ("D trained", "interval", "chance", "z", "furthest", "p ≤")
    headers = ("tensor", "grid", *initial, *trained, "z twin", "z reordered", "p order", "decades", "status")
    found = [matrices(analysis) for analysis in (run.initial, run.trained, run.twin)]
    before, now, shuffled = (clear_of_chance(analysis) for analysis in found)
    firsts, twins = ({row.name: row for row in analysis} for analysis in (found[0], found[2]))
    rows = []
    for row in found[1]:
        first, twin = firsts.get(row.name, row), twins.get(row.name, row)
        if math.isnan(row.p) and math.isnan(first.p):
            continue
        interval = "–" if math.isnan(row.D_low) else f"{number(row.D_low)}–{number(row.D_high)}"
        test = run.orders.get(row.name)
        rows.append([
            row.name, " × ".join(map(str, row.grid)), number(first.D), number(first.D_null), _z(first, before),
            number(row.D), interval, number(row.D_null), _z(row, now), furthest(row), _p(row.p), _z(twin, shuffled),
            *(("–",) * 2 if test is None else _cells(test)), number(row.decades, 1), row.status,
        ])  # fmt: skip
    return headers, rows


def _z(row: Row, clear: frozenset[str]) -> str:
    return f"**{number(row.z, 1)}**" if row.name in clear else number(row.z, 1)


def _cells(test: OrderTest) -> tuple[str, ...]:
    return f"{number(test.mean, 1)} ± {number(test.sd, 1)}", number(test.p, 3)


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown writes it.

    >>> print(markdown(("a", "b"), [("1", "|")]))
    | a | b |
    | --- | --- |
    | 1 | \\| |
    """
    lines = [headers, ["---"] * len(headers), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(x: float) -> str:
    return "–" if math.isnan(x) else f"{x:.1%}"
