"""What a run shows, in words and tables that claim no more than it does.

A tensor is tested if it has a z: how many standard deviations its slope of box counts is from that of as many places drawn at
random on the same grid.  It is clear of chance at |z| ≥ 3, which chance alone passes once in 370 tensors.  That says its large
weights are not strewn independently; it does not say that they are a fractal, for which slopes would have to agree over many
scales.

Three states of one network stand side by side: at initialisation, trained, trained and shuffled (its random twin); and the
trained matrices and kernels with rows and columns in other orders (`fractal.experiments.controls`).  Chance should show in the
first and the third; what other orders still show has nothing to do with where neurons lie.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fiberscope.tables import plural
from fractal.analysis import Analysis, number
from fractal.rows import Row

if TYPE_CHECKING:
    from fractal.experiments.controls import OrderTest
    from fractal.experiments.runs import Run

__all__ = ["CLEAR", "Tally", "findings", "markdown", "tally", "tensors_table"]

CLEAR = 3
RARE = 0.05
BEYOND = 0.0026998  # the share of a standard normal beyond ± 3
WIDE = 1.5  # decades from which on we would begin to speak of a range of scales
CAUTION = """\
- The dimension of a weight tensor means nothing alone: noise has one too, straight on a log-log plot, and it follows shape and
  density (T13). Read D − chance and z.
- z tells that large weights are not strewn independently over the grid. Heavy rows, heavy columns and low rank all do that.
  Whether scales have anything to do with it is another question; over so few decades it cannot be answered by box counts.
- The order of hidden neurons is arbitrary, so box counts are one draw from those of all orders. Where p is not small, the order
  carries nothing that they see, and they tell of no geometry of the grid, fractal or other.
- This is one run from one seed: no spread between runs is known."""


@dataclass(frozen=True)
class Tally:
    """How many tensors could be tested, how many have a D clearly below or above chance, and the one farthest."""

    tested: int
    below: int
    above: int
    farthest: Row | None

    @property
    def clear(self) -> int:
        """Those clear of chance, on either side."""
        return self.below + self.above

    @property
    def by_chance(self) -> float:
        """How many would be clear if all were chance."""
        return BEYOND * self.tested


def tally(analysis: Analysis) -> Tally:
    """Count them.

    >>> tally(Analysis("nothing", ()))
    Tally(tested=0, below=0, above=0, farthest=None)
    """
    tested = [row for row in analysis if not math.isnan(row.z)]
    below, above = (sum(sign * row.z >= CLEAR for row in tested) for sign in (-1, 1))
    return Tally(len(tested), below, above, max(tested, key=lambda row: abs(row.z), default=None))


def findings(run: Run) -> Iterator[str]:
    """One sentence after the other."""
    learnt = run.epochs[-1] if run.epochs else None
    if learnt is not None:
        yield (
            f"Training: {plural(learnt.epoch, 'epoch')}, mean loss of the last {number(learnt.loss)}, "
            f"{_percent(learnt.test_accuracy)} of the test images named rightly."
        )
    yield f"At initialisation {_told(tally(run.initial))}."
    yield f"After training {_told(tally(run.trained))}."
    yield f"The random twin of the trained network: {_told(tally(run.twin))}."
    yield from _order(run)
    yield from _moved(run)
    yield from _scales(run.trained)


def _told(found: Tally) -> str:
    if not found.tested:
        return "no tensor could be tested"
    expected = f"|z| ≥ {CLEAR}; {found.by_chance:.1f} expected by chance"
    told = f"{found.clear} of {plural(found.tested, 'tested tensor')} clear of chance ({expected})"
    sides = f", {found.below} with D below chance and {found.above} above" if found.clear else ""
    farthest = f"; farthest is {found.farthest.name} with z = {number(found.farthest.z, 1)}" if found.farthest else ""
    return f"{told}{sides}{farthest}"


def _order(run: Run) -> Iterator[str]:
    tests = {name: test for name, test in run.orders.items() if not math.isnan(test.p)}
    if not tests:
        return
    shuffles = next(iter(tests.values())).shuffles
    rare = [name for name, test in tests.items() if test.p <= RARE]
    told = f": {', '.join(rare[:4])}{', …' if len(rare) > 4 else ''}" if rare else ""
    by_chance = f"{RARE * len(tests):.1f} expected if order carries nothing"
    yield (
        f"Rows and columns in {shuffles} other orders: the excess of boxes is among the farthest twentieth (p ≤ {RARE}) for "
        f"{len(rare) or 'none'} of {len(tests)} matrices and kernels ({by_chance}){told}."
    )
    clear = [test for test in tests.values() if abs(test.excess) >= CLEAR]
    if clear:
        still = sum(abs(test.mean) >= CLEAR for test in clear)
        told = f"The excess of {len(clear)} is clear of chance (beyond ± {CLEAR})"
        yield f"{told}, of {still} of these in the mean of other orders too."


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
    """Headers and rows: each matrix and kernel that could be tested at any time, in all states."""
    initial, trained = ("D initial", "chance", "z"), ("D trained", "95 %", "chance", "z")
    headers = ("tensor", "grid", *initial, *trained, "z twin", "boxes", "reordered", "p", "decades", "status")
    states = [{row.name: row for row in analysis} for analysis in (run.initial, run.twin)]
    rows = []
    for row in run.trained:
        first, twin = (state.get(row.name, row) for state in states)
        if len(row.shape) < 2 or all(math.isnan(x) for x in (row.z, first.z)):
            continue
        interval = "–" if math.isnan(row.D_low) else f"{number(row.D_low)}–{number(row.D_high)}"
        numbers = [number(first.D), number(first.D_null), number(first.z, 1), number(row.D), interval, number(row.D_null)]
        test = run.orders.get(row.name)
        order = ("–",) * 3 if test is None else _cells(test)
        zs = [number(row.z, 1), number(twin.z, 1), *order]
        rows.append([row.name, " × ".join(map(str, row.grid)), *numbers, *zs, number(row.decades, 1), row.status])
    return headers, rows


def _cells(test: OrderTest) -> tuple[str, ...]:
    return number(test.excess, 1), f"{number(test.mean, 1)} ± {number(test.sd, 1)}", number(test.p, 3)


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
