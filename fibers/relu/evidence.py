"""A point where two networks differ: floats search, exact evaluation decides.

f − g is piecewise linear.  If it is not 0 everywhere, it is not 0 on an open set, at every point of an activation region but a
few.  So activation regions are searched, cheap before thorough:

1. short points at many scales; the largest |f − g| in floats come first, then some at which floats see nothing, as a nudge in
   the twentieth digit is invisible to them;
2. whole lines, exactly (`lines`): every region that a line meets counts, at any distance and however thin;
3. points that together exercise every weight (`coverage`), and lines through the kinks of suspects. What no sampled point
   exercises is reached by linear programming (`aims`), suspects first;
4. for bottleneck networks, lines through the places where they bend, constructed exactly (`bottleneck`).

Everything returned has f ≠ g in exact arithmetic.  None proves nothing: a difference may hide in a region that was not met.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.errors import NotComparable
from fibers.networks import ReLUNetwork
from fibers.relu import bottleneck
from fibers.relu.aims import Suspect, reached
from fibers.relu.coverage import Coverage
from fibers.relu.lines import difference_on_line, line_work
from fibers.relu.points import Point, first_difference
from fibers.relu.sampling import Array, Sample, sample_points, sample_size, to_point
from fibers.relu.shortening import shorten

__all__ = ["find_difference", "random_difference", "shorten"]

POINT_WORK = 20_000_000
LINE_WORK = 20_000_000
"""The effort when there is no deadline: weights times points, and `line_work` of all lines; see also `aims`."""
LINES = 48
ORDINARY = 16.0


def random_difference(f: ReLUNetwork, g: ReLUNetwork, *, seed: int = 0, deadline: float | None = None) -> Point | None:
    """A short point where f and g differ, exactly, from seeded points at many scales; or None, which proves nothing.

    `deadline` is a value of `time.monotonic()`. Cost: one batch in floats, and a few exact evaluations.

    >>> f = ReLUNetwork([([[1]], [0]), ([[1]], [0])])
    >>> g = ReLUNetwork([([[1]], [Fraction(1, 10**30)]), ([[1]], [0])])
    >>> random_difference(f, g), random_difference(f, f)
    ((Fraction(0, 1),), None)
    """
    return _Search(f, g, seed, deadline).among_points()


def find_difference(
    f: ReLUNetwork,
    g: ReLUNetwork,
    *,
    seed: int = 0,
    deadline: float | None = None,
    suspects: Iterable[Suspect] = (),
    progress: Callable[[str], None] | None = None,
) -> Point | None:
    """A rational point where two networks differ, exactly, or None, which proves nothing.

    Parameters
    ----------
    f, g : ReLUNetwork
        With the same inputs and outputs, of any depth; `final` is not looked at: logits are compared.
    seed : int
        Of every random choice: equal seeds give equal points, unless the deadline cuts in.
    deadline : float or None
        A value of `time.monotonic()` at which the search ends; None bounds it by work: seconds for small networks.
    suspects : (side, layer, index) triples
        Hidden neurons to look at first, side 0 for f and 1 for g, layers counted from 1.
    progress : callable or None
        Called with a short text now and then.

    Raises `NotComparable` for other inputs or outputs.
    """
    say = progress or (lambda text: None)
    search = _Search(f, g, seed, deadline)
    stages: list[tuple[str, Callable[[], Point | None]]] = [
        ("points at many scales", search.among_points),
        ("lines", search.on_random_lines),
        ("points that exercise every weight", lambda: search.at_neurons(list(suspects))),
        ("kinks of bottlenecks", search.on_bottleneck_lines),
    ]
    for name, stage in stages:
        say(f"trying {name}")
        found = stage()
        if found is not None or search.is_over():
            break
    assert found is None or f.evaluate([found]) != g.evaluate([found]), "points are tested exactly before they are returned"
    return found


@dataclass(frozen=True)
class _Search:
    """One search; every method gives a point where f and g differ, or None."""

    f: ReLUNetwork
    g: ReLUNetwork
    seed: int
    deadline: float | None

    def __post_init__(self) -> None:
        f, g = self.f, self.g
        if (f.inputs, f.outputs) != (g.inputs, g.outputs):
            raise NotComparable(
                f"both need the same inputs and outputs; found {f.inputs} → {f.outputs} and {g.inputs} → {g.outputs}"
            )

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def some_points(self, least: int, most: int) -> int:
        """How many points to evaluate exactly."""
        return max(least, min(most, POINT_WORK // (self.f.parameters + self.g.parameters)))

    @cached_property
    def some_lines(self) -> int:
        """How many lines to compare."""
        return min(LINES, LINE_WORK // line_work(self.f, self.g))

    @cached_property
    def pool(self) -> Array:
        """The sampled points, one a row."""
        return sample_points(self.f.inputs, sample_size(self.f, self.g), np.random.default_rng(self.seed))

    @cached_property
    def samples(self) -> tuple[Sample, Sample]:
        """f and g at the pool."""
        return Sample(self.f, self.pool), Sample(self.g, self.pool)

    def among(self, points: Sequence[Point], size: int = 16) -> Point | None:
        """The first of the points where f and g differ."""
        for start in range(0, len(points), size):
            if self.is_over():
                return None
            found = first_difference(self.f, self.g, points[start : start + size])
            if found is not None:
                return found
        return None

    def on_lines(self, lines: Iterable[tuple[Point, Point]]) -> Point | None:
        """A point of one of the lines (x, v) where f and g differ."""
        for x, v in lines:
            found = None if self.is_over() else difference_on_line(self.f, self.g, x, v)
            if found is not None or self.is_over():
                return found
        return None

    # 1. Points.

    def among_points(self) -> Point | None:
        """Simple points, the float suspects of the pool, and a few more of it."""
        found = self.among(_simple_points(self.f.inputs)[: self.some_points(3, 40)], size=3)
        if found is not None:
            return found
        order = self._by_difference()
        rest = self.some_points(8, 128)
        return self.among([to_point(x) for x in self.pool[order[: 8 + rest]]], size=4)

    def _by_difference(self) -> Array:
        """The pool's rows: the largest |f − g| / (|f| + |g|) at points of ordinary size, then anywhere; then as they come."""
        y, z = (sample.layers[-1] for sample in self.samples)
        with np.errstate(all="ignore"):
            shares = np.nan_to_num((np.abs(y - z) / (np.abs(y) + np.abs(z))).max(axis=1), nan=0.0, posinf=0.0)
        ordinary = np.abs(self.pool).max(axis=1) <= ORDINARY
        order = np.concatenate([np.argsort(-shares * ordinary)[:4], np.argsort(-shares)[:4], np.arange(len(self.pool))])
        return order[np.sort(np.unique(order, return_index=True)[1])]

    # 2. Lines.

    def on_random_lines(self) -> Point | None:
        """Lines through points of the pool."""
        rng = random.Random(self.seed)
        chosen = self.pool[: self.some_lines]
        return self.on_lines((to_point(x), _direction(self.f.inputs, rng)) for x in chosen)

    def on_bottleneck_lines(self) -> Point | None:
        """Lines through the places where a bottleneck network bends."""
        lines = bottleneck.kink_lines(self.f, self.g, random.Random(self.seed))
        return self.on_lines(lines) if self.some_lines else None

    # 3. Neurons.

    def at_neurons(self, suspects: Sequence[Suspect]) -> Point | None:
        """Points that exercise every weight, as far as they are sampled or can be reached; lines through the suspects' kinks."""
        rows = self._exercising(suspects)
        found = self.among([to_point(self.pool[row]) for row in rows])
        if found is None and suspects:
            found = self.on_lines(self._lines_at(suspects))
        return found if found is not None else self._reach_all(suspects, rows)

    def _live_rows(self, suspect: Suspect) -> list[int]:
        """Two rows of the pool where a suspect is live, if there are any."""
        side, k, i = suspect
        return np.flatnonzero(self.samples[side].live[k - 1][:, i])[:2].tolist()

    def _exercising(self, suspects: Sequence[Suspect]) -> list[int]:
        """Rows of the pool that exercise suspects, then whatever the pool exercises."""
        chosen = [row for suspect in suspects for row in self._live_rows(suspect)]
        chosen += [row for sample in self.samples for row in Coverage(sample.network).add(sample)]
        return list(dict.fromkeys(chosen))[: self.some_points(8, len(self.pool))]

    def _lines_at(self, suspects: Sequence[Suspect]) -> Iterator[tuple[Point, Point]]:
        """Lines through sampled points where a suspect is live; random ones cross its kink."""
        rng = random.Random(self.seed)
        for suspect in suspects[: self.some_lines]:
            for row in self._live_rows(suspect):
                yield to_point(self.pool[row]), _direction(self.f.inputs, rng)

    def _reach_all(self, suspects: Sequence[Suspect], rows: Sequence[int]) -> Point | None:
        """Climb to what the tested rows of the pool do not exercise, while the budget lasts."""
        rng = random.Random(self.seed)
        for points in reached(self.samples, suspects, rows, np.random.default_rng(self.seed), self.deadline):
            exact = [to_point(x) for x in points]
            found = self.among(exact)
            found = found if found is not None else self.on_lines([(exact[0], _direction(self.f.inputs, rng))])
            if found is not None or self.is_over():
                return found
        return None


def _simple_points(n: int) -> list[Point]:
    """0, (1, ..., 1), (−1, ..., −1), and ± the first unit vectors."""
    constant = [tuple([Fraction(v)] * n) for v in (0, 1, -1)]
    return constant + [tuple([Fraction(s * (i == j)) for i in range(n)]) for j in range(min(n, 32)) for s in (1, -1)]


def _direction(n: int, rng: random.Random) -> Point:
    """Small integers, none of them 0."""
    return tuple([Fraction(rng.choice((-1, 1)) * rng.randint(1, 9)) for _ in range(n)])
