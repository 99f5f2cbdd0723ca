"""Points as decimals: an assignment that satisfies the query as it is printed.

The standard prints numbers as decimals, and 1/3 is none.  Queries about outputs that differ are satisfied all around a point
where they are satisfied strictly, so a decimal nearby will do: coordinates are rounded to more and more digits, and moved off
ends that the query excludes, until every assertion holds exactly.  Outputs are then the networks' exact values, which are
decimals where the weights are floats; where they are none, or too long, they are rounded as far as the assertions still hold.

Exact: every assignment has been read back from its text, and satisfies the query, unless the query fixes an input to a number
that is no decimal.
Reference: the VNN-LIB standard, version 2.0, section "Command-line assignment format".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fibers.networks import ReLUNetwork
from fibers.queries.problems import Interval, Problem
from fibers.queries.syntax import Tensor

__all__ = ["Assignment", "assignment", "decimal"]

Point = tuple[Fraction, ...]
DIGITS = (1, 2, 3, 4, 6, 9, 12, 16, 24, 40, 80, 160, 320)
SHARPER = (20, 40, 80, 160, 320, 640)
LONGEST = 3000
"""Digits after the point at most; Python reads and writes integers of 4300 digits."""
LARGEST = 10**1000


@dataclass(frozen=True)
class Assignment:
    """The values of all tensors, in order of declaration, as texts; `rounded` names tensors with values that are not exact."""

    tensors: tuple[tuple[Tensor, tuple[str, ...]], ...]
    rounded: tuple[str, ...]

    def read(self, problem: Problem) -> tuple[Point, Point, Point]:
        """The common input and both outputs, read back from the texts."""
        texts = dict(self.tensors)
        f, g = problem.f, problem.g
        assert texts[f.inputs[0]] == texts[g.inputs[0]]
        x, y, z = (tuple([Fraction(t) for t in texts[tensor]]) for tensor in (f.inputs[0], f.outputs[0], g.outputs[0]))
        return x, y, z

    def lines(self) -> list[str]:
        """As the standard prints it: name, type and shape, then one value a line."""
        return [line for tensor, texts in self.tensors for line in (str(tensor), *texts)]


def assignment(problem: Problem, f: ReLUNetwork, g: ReLUNetwork, x: Sequence[Fraction]) -> Assignment | None:
    """An assignment near x that satisfies the query, or None if none was found; f and g are the whole networks.

    Where x itself satisfies the query, but an input is fixed to a number that is no decimal, all values are rounded.
    """
    values: _Values | None = None
    for point in _nearby(problem.box, tuple(x)):
        values = _Values(problem, point, f(point), g(point))
        if values.meet(values.exact()):
            found = values.printed()
            if found is not None:
                return found
    # the last point was x itself
    return values.rounded(DIGITS[-1]) if values is not None and values.meet(values.exact()) else None


def decimal(x: Fraction, digits: int | None = None) -> str | None:
    """x as a decimal, exact, or rounded to `digits` after the point; None if it is none, or too long to be read again.

    >>> decimal(Fraction(-1, 8)), decimal(Fraction(3)), decimal(Fraction(1, 3)), decimal(Fraction(2, 3), 4)
    ('-0.125', '3.0', None, '0.6667')
    """
    if abs(x) >= LARGEST:
        return None
    if digits is None:
        digits = _length(x.denominator)
        if digits is None:
            return None
    scaled = str(abs(round(x * 10**digits))).rjust(digits + 1, "0")
    whole, fraction = (scaled[:-digits], scaled[-digits:].rstrip("0")) if digits else (scaled, "")
    return f"{'-' if x < 0 and scaled.strip('0') else ''}{whole}.{fraction or '0'}"


def _length(q: int) -> int | None:
    """The digits after the point of p/q in lowest terms, if they end."""
    twos = (q & -q).bit_length() - 1
    rest, fives = q >> twos, 0
    while rest % 5 == 0 and fives <= LONGEST:
        rest, fives = rest // 5, fives + 1
    digits = max(twos, fives)
    return digits if rest == 1 and digits <= LONGEST else None


def _nearby(box: Sequence[Interval], x: Point) -> Iterator[Point]:
    """Points closer and closer to x, with more and more digits; at last x itself."""
    previous: Point | None = None
    for digits in DIGITS:
        rounded = [_rounded(interval, v, digits) for interval, v in zip(box, x, strict=True)]
        point = tuple([v for v in rounded if v is not None])
        if len(point) == len(x) and point != previous:
            previous = point
            yield point
    if x != previous:
        yield x


def _rounded(interval: Interval, v: Fraction, digits: int) -> Fraction | None:
    """A decimal of so many digits in the interval near v, the nearest first; or its only value."""
    if interval.fixed:
        return interval.low
    unit = Fraction(1, 10**digits)
    near = round(v / unit) * unit
    return next((w for w in (near, near + unit, near - unit) if interval.contains(w)), None)


@dataclass(frozen=True)
class _Values:
    """The common input x and the outputs y, z."""

    problem: Problem
    x: Point
    y: Point
    z: Point

    def exact(self) -> tuple[Point, Point, Point]:
        """The values."""
        return self.x, self.y, self.z

    def meet(self, values: tuple[Point, Point, Point]) -> bool:
        """Whether such values satisfy the query."""
        return self.problem.is_met(self.problem.values(*values))

    def printed(self) -> Assignment | None:
        """The texts of all values, those that are no decimals rounded as little as it takes to satisfy the query."""
        for digits in SHARPER:
            found = self.rounded(digits)
            if found is not None and self.meet(found.read(self.problem)):
                return found
        return None

    def rounded(self, digits: int) -> Assignment | None:
        """The texts of all values, those that are no decimals rounded to so many digits after the point; None if too long."""
        if any(abs(v) >= LARGEST for values in self.exact() for v in values):
            return None
        f, g = self.problem.f, self.problem.g
        values = {f.inputs[0]: self.x, g.inputs[0]: self.x, f.outputs[0]: self.y, g.outputs[0]: self.z}
        exact = {tensor: [decimal(v) for v in known] for tensor, known in values.items()}
        texts = {
            tensor: tuple(t or decimal(v, digits) or "" for t, v in zip(exact[tensor], known, strict=True))
            for tensor, known in values.items()
        }
        order = self.problem.query.tensors
        return Assignment(tuple((t, texts[t]) for t in order), tuple(t.name for t in order if None in exact[t]))
