"""Boxes and polyhedra: frozen values that compare, hash and pickle.

Both are given by *rows*: the integer row (w_1, …, w_n, b) is the affine form w·x + b, and the set is where all its rows are ≥ 0.

Exact: everything; numbers enter through `fibers.exact`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING, Any

from fibers.errors import FiberError, InvalidDomain
from fibers.exact import Matrix, column, matrix, primitive, rational

if TYPE_CHECKING:
    import random

__all__ = ["Box", "Point", "Polyhedron", "Row", "check_dimension", "point_of", "value"]

Point = tuple[Fraction, ...]
Row = tuple[int, ...]


@dataclass(frozen=True, init=False, repr=False)
class Box:
    """The box lo ≤ x ≤ hi in R^n, both ends included; equal ends fix a coordinate.

    `lo` and `hi` are sequences of n finite numbers, taken exactly, or single numbers, which hold for every coordinate; two single
    numbers make a box of any dimension.  Raises `InvalidDomain` where lo > hi, for lengths that differ, NaN and infinite ends.

    >>> Box([0, 0], 1).contains(["1/2", 1]), Box(0, 1).dimension, Box(0, 1).on(2) == Box([0, 0], [1, 1])
    (True, None, True)
    """

    lo: Fraction | Point
    hi: Fraction | Point

    def __init__(self, lo: Any, hi: Any):
        low, high = _end(lo, "lo"), _end(hi, "hi")
        if isinstance(low, tuple) and not isinstance(high, tuple):
            high = (high,) * len(low)
        elif isinstance(high, tuple) and not isinstance(low, tuple):
            low = (low,) * len(high)
        object.__setattr__(self, "lo", low)
        object.__setattr__(self, "hi", high)
        _check_ends(low, high)

    @property
    def dimension(self) -> int | None:
        """n, or None for a box of any dimension."""
        return len(self.lo) if isinstance(self.lo, tuple) else None

    def on(self, n: int) -> Box:
        """This box in R^n."""
        if self.dimension is None:
            return Box((self.lo,) * n, (self.hi,) * n)
        check_dimension(self.dimension, n, "the box")
        return self

    @property
    def lower(self) -> Point:
        """The least value of each coordinate."""
        return _tuple(self.lo)

    @property
    def upper(self) -> Point:
        """The greatest value of each coordinate."""
        return _tuple(self.hi)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """x_i − lo_i ≥ 0, then hi_i − x_i ≥ 0, for each coordinate i in turn."""
        n = len(self.lower)
        ends = zip(self.lower, self.upper, strict=True)
        return tuple(row for i, (a, b) in enumerate(ends) for row in (_bound(n, i, 1, -a), _bound(n, i, -1, b)))

    def contains(self, x: Sequence[Any]) -> bool:
        """Whether x lies in the box, exactly."""
        point = point_of(x, self.dimension)
        here = self.on(len(point))
        return all(a <= v <= b for a, v, b in zip(here.lower, point, here.upper, strict=True))

    def sample(self, rng: random.Random, count: int) -> list[Point]:
        """`count` points of the box: each coordinate at a fraction k/2^16 of the way from lo to hi, now and then at an end."""
        ends = list(zip(self.lower, self.upper, strict=True))
        return [tuple([a + (b - a) * _share(rng) if a < b else a for a, b in ends]) for _ in range(count)]

    def json(self) -> dict[str, Any]:
        """{"box": {"lo": texts, "hi": texts}}; single texts for a box of any dimension."""
        return {"box": {"lo": _texts(self.lo), "hi": _texts(self.hi)}}

    def __repr__(self) -> str:
        return f"Box({_shown(self.lo)}, {_shown(self.hi)})"


@dataclass(frozen=True, init=False, repr=False)
class Polyhedron:
    """The polyhedron A x ≤ b in R^n: A of shape m × n and b of length m, finite and taken exactly; it may be unbounded.

    Emptiness is noticed by `frame`, not here.  Raises `InvalidDomain` for shapes that do not fit, NaN and infinite entries.

    >>> halfplane = Polyhedron([[1, 1]], [1])
    >>> halfplane.contains([0, 1]), halfplane.contains([1, 1]), halfplane.rows
    (True, False, ((-1, -1, 1),))
    """

    A: Matrix
    b: Matrix

    def __init__(self, A: Any, b: Any):
        try:
            left, right = matrix(A, "A"), column(b, "b")
        except FiberError as error:
            raise InvalidDomain(f"{error}{_way_out(str(error), 'leave that row out')}") from None
        if left.rows != right.rows:
            raise InvalidDomain(f"A x ≤ b needs an entry of b for each row of A; A has {left.rows} rows, b {right.rows} entries")
        if not left.columns:
            raise InvalidDomain("A must have at least one column; for all of R^n pass domain=None")
        object.__setattr__(self, "A", left)
        object.__setattr__(self, "b", right)

    @property
    def dimension(self) -> int:
        """n."""
        return self.A.columns

    def on(self, n: int) -> Polyhedron:
        """This polyhedron, if it lies in R^n."""
        check_dimension(self.dimension, n, "the polyhedron")
        return self

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """b_i − A_i x ≥ 0 in coprime integers, one for each row of A, in order."""
        p, q = self.A.denominator, self.b.denominator
        lines = ((*[-q * v for v in self.A.row(i)], p * self.b.numerators[i]) for i in range(self.A.rows))
        return tuple(primitive(line)[0] for line in lines)

    @cached_property
    def lower(self) -> tuple[Fraction | None, ...]:
        """The greatest lower bound of each coordinate that a row alone states; None where no row does."""
        return tuple(max(ends) if ends else None for ends in self._ends(1))

    @cached_property
    def upper(self) -> tuple[Fraction | None, ...]:
        """The least upper bound of each coordinate that a row alone states; None where no row does."""
        return tuple(min(ends) if ends else None for ends in self._ends(-1))

    def _ends(self, sign: int) -> list[list[Fraction]]:
        ends: list[list[Fraction]] = [[] for _ in range(self.dimension)]
        for *w, b in self.rows:
            named = [i for i, v in enumerate(w) if v]
            if len(named) == 1 and w[named[0]] * sign > 0:
                ends[named[0]].append(Fraction(-b, w[named[0]]))
        return ends

    def contains(self, x: Sequence[Any]) -> bool:
        """Whether x lies in the polyhedron, exactly."""
        point = point_of(x, self.dimension)
        return all(value(row, point) >= 0 for row in self.rows)

    def sample(self, rng: random.Random, count: int) -> list[Point]:
        """`count` points of the polyhedron, by hit-and-run; far ones are rare where it is unbounded."""
        from fibers.walks import hit_and_run

        return hit_and_run(self, rng, count)

    def json(self) -> dict[str, Any]:
        """{"polyhedron": {"A": rows of texts, "b": texts}}."""
        return {"polyhedron": {"A": [_texts(row) for row in self.A.fractions()], "b": _texts(self.b.vector())}}

    def __repr__(self) -> str:
        return f"<Polyhedron in R^{self.dimension}, {self.A.rows} inequalities>"


# Rows, points and words


def value(row: Sequence[int], x: Sequence[Fraction]) -> Fraction:
    """w·x + b for the row (w, b)."""
    bottom = math.lcm(*[v.denominator for v in x])
    whole = [v.numerator * (bottom // v.denominator) for v in x]
    return Fraction(sum(map(mul, row, whole)) + row[-1] * bottom, bottom)


def _end(data: Any, name: str) -> Fraction | Point:
    """One number, or a tuple of them."""
    if isinstance(data, (set, frozenset, dict)):
        raise InvalidDomain(f"{name} must be a number or a sequence of numbers; a {type(data).__name__} has no order")
    try:
        if getattr(data, "ndim", None) == 0 or isinstance(data, str) or not hasattr(data, "__len__"):
            return rational(data, name)
        return column(data, name).vector()
    except FiberError as error:
        raise InvalidDomain(f"{error}{_way_out(str(error), 'a box is bounded: use Polyhedron for half-infinite ones')}") from None


def _way_out(message: str, advice: str) -> str:
    """What to do about an infinite number, if that is what the message complains of."""
    return f"; {advice}" if "found inf" in message or "found -inf" in message else ""


def _check_ends(low: Fraction | Point, high: Fraction | Point) -> None:
    lows, highs = (end if isinstance(end, tuple) else (end,) for end in (low, high))
    if len(lows) != len(highs):
        raise InvalidDomain(f"lo and hi must have one length; lo has {len(lows)} entries, hi has {len(highs)}")
    if not lows:
        raise InvalidDomain("a box needs at least one coordinate; lo and hi have none")
    for i, (a, b) in enumerate(zip(lows, highs, strict=True)):
        if a > b:
            where = f" in coordinate {i} (counted from 0)" if isinstance(low, tuple) else ""
            raise InvalidDomain(f"lo must not exceed hi; found lo = {_text(a)} > hi = {_text(b)}{where}")


def check_dimension(found: int, n: int, what: str) -> None:
    """Raise `InvalidDomain` unless a domain in R^found suits networks of n inputs."""
    if found != n:
        raise InvalidDomain(f"{what} lies in R^{found}, but the networks take {n} inputs; give one bound for each input")


def _tuple(end: Fraction | Point) -> Point:
    if not isinstance(end, tuple):
        raise InvalidDomain("a box given by two numbers has no coordinates until its dimension is known; use .on(n) first")
    return end


def point_of(x: Sequence[Any], n: int | None) -> Point:
    """An exact point, of n coordinates unless n is None."""
    try:
        point = tuple([v if isinstance(v, Fraction) else rational(v, f"x[{i}]") for i, v in enumerate(x)])
    except TypeError:
        raise InvalidDomain(f"x must be a sequence of numbers; found {type(x).__name__}") from None
    if n is not None and len(point) != n:
        raise InvalidDomain(f"x must have {n} coordinates; found {len(point)}")
    return point


def _bound(n: int, i: int, sign: int, b: Fraction) -> Row:
    """sign · x_i + b in coprime integers."""
    row = [0] * (n + 1)
    row[i], row[n] = sign * b.denominator, b.numerator
    return tuple(row)


def _share(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(0, 1)) if rng.random() < 1 / 16 else Fraction(rng.getrandbits(16), 1 << 16)


def _text(x: Fraction) -> str:
    """A number for a message: exact if short, else rounded."""
    return str(x) if len(str(x)) <= 24 else f"{float(x):.17g}"


def _texts(end: Fraction | Point) -> Any:
    return [str(x) for x in end] if isinstance(end, tuple) else str(end)


def _shown(end: Fraction | Point) -> str:
    if not isinstance(end, tuple):
        return _text(end)
    many = len(end) > 6
    return f"[{', '.join(_text(x) for x in end[: 4 if many else 6])}{f', … {len(end)} entries' if many else ''}]"
