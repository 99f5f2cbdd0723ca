"""Exact cells of R^n by linear programs, for more inputs than double description can bear: E2 in docs/theory.md.

A cell {x : row_i(x) ≥ 0} keeps rational points inside it, which its children inherit where they still lie inside.  At a point p a
form f has a sign, and the question is whether it takes the other sign too.  In this order:

    another point inside has it                     evaluation, exact
    f, up to a factor, was settled before           in this cell or above: what holds on a cell holds on its parts
    f is a multiple of a constraint, plus c ≥ 0     look-up
    bounds on single coordinates settle f           exact interval arithmetic
    straight ahead from p it changes sign           a point, rounded and checked exactly
    a linear program from p                         floats (HiGHS): a point on the other side, rounded and checked exactly;
                                                    or multipliers, rounded or solved for exactly, and checked
    exact pivoting from where the floats ended      `fibers.relu.simplex`, which always comes to an end

So floats only steer, and the points on the two sides are those the children start with: a split needs no further program.

Cost of a sign that is not settled by look-up, on one core: 0.4 ms on R^5 in a cell of 15 walls, 0.5 to 2 ms on R^20 (40 walls),
10 ms on R^100 (100 walls), 0.07 s on R^784 in a box with 60 walls and 0.3 s with 120.  Where coordinates are bounded, multipliers
have about 100 binary digits; else those of a vertex, some 10 per input and binary digits of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from fibers.exact import primitive
from fibers.limits import NO_LIMITS, Limits
from fibers.relu.centres import centred
from fibers.relu.cones import Empty
from fibers.relu.farkas import Bounds, by_bounds, surplus, tightest, with_bounds
from fibers.relu.integer_points import IntegerPoint, opposite, value, whole
from fibers.relu.interiors import interior_point, ratio, rounded
from fibers.relu.simplex import Bound, Optimum, Ray, Row, System, Terms, Vertex, maximise
from fibers.relu.steering import Hint, Steering, unit

__all__ = ["Empty", "Program"]

KEPT = 12
"""Points a cell keeps: the oldest and the latest."""
CLOSE = 0.25
"""A new centre is sought when all points are closer to the walls than this share of what was usual."""
ZOOM = 16.0
"""The unit of length for floats, in distances of the centre from the nearest wall."""


class Program:
    """A full-dimensional cell of R^n, exact; what is learnt of it is kept, and its children share it.

    `constraints` are integer rows (w_1, ..., w_n, b), each w·x + b ≥ 0 on the cell: those given, then one for each split.

    >>> cell = Program.of(1, [(1, 0)])                      # x ≥ 0
    >>> left, right = cell.split((-1, 2))                   # x ≤ 2, x ≥ 2
    >>> left.maximum((1, 0)), right.maximum((1, 0)), right.signs((1, 0)), right.combination((1, 0))
    (Fraction(2, 1), None, (True, False), [(1, Fraction(1, 1))])
    """

    def __init__(
        self,
        inputs: int,
        constraints: tuple[Row, ...],
        points: list[IntegerPoint],
        steering: Steering,
        above: Program | None = None,
    ):
        self.inputs, self.constraints = inputs, constraints
        self._points = points  # never empty
        self._above = above
        self._steering = steering
        self._usual: float = above._usual if above else math.inf  # how far from the walls a centre was, here or above
        self._settled: dict[int, tuple[Row, Terms]] = {}  # hash -> a primitive row that is ≥ 0, and why
        self._walls: dict[Row, tuple[Fraction, int]] = dict(above._walls) if above else {}
        for i in range(len(above.constraints) if above else 0, len(constraints)):
            self._add_wall(i)

    @staticmethod
    def of(inputs: int, rows: Iterable[Sequence[int]] = (), limits: Limits = NO_LIMITS) -> Program:
        """The cell of R^inputs where all `rows` are ≥ 0; `Empty` if it has no interior, `OutOfBudget` if `limits` say so."""
        constraints = tuple(map(tuple, rows))
        for row in constraints:
            if len(row) != inputs + 1:
                raise ValueError(f"a form on R^{inputs} has {inputs + 1} entries; found {len(row)}")
        point = interior_point(inputs, constraints, limits)
        return Program(inputs, constraints, [whole(point)], Steering(inputs, limits))

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.inputs, self.constraints, self._points, self._steering.limits)

    def signs(self, row: Row) -> tuple[bool, bool]:
        """Whether the form takes positive, and whether it takes negative values inside the cell; exact."""
        if not any(row[:-1]):
            return row[-1] > 0, row[-1] < 0
        self._steering.limits.check()
        values = [value(row, point) for point in self._points]
        positive, negative = max(values) > 0, min(values) < 0
        if positive and negative:
            return True, True
        if 0 in values:
            self._step_off(row, self._points[values.index(0)])
            return True, True
        return (True, not self._holds(row)) if positive else (not self._holds(opposite(row)), True)

    def combination(self, row: Row) -> Terms:
        """Positive multipliers with  row = Σ multiplier·constraints[index] + c,  c ≥ 0 (Farkas), for a form ≥ 0 on the cell.

        `ValueError` if the form is negative somewhere.
        """
        if self.signs(row)[1]:
            raise ValueError("the form takes negative values on the cell")
        if not any(row[:-1]):
            return []
        key, common = primitive(row)
        known = self._known(key)
        assert known is not None  # by `signs`
        terms = [(i, m * common) for i, m in known]
        surplus(self._system, row, terms)
        return terms

    def split(self, row: Row) -> tuple[Program, Program]:
        """The parts where the form is ≥ 0 and where it is ≤ 0; `ValueError` unless both have an interior."""
        return self.child(row, 1), self.child(row, -1)

    def child(self, row: Row, sign: int) -> Program:
        """The part where the form is ≥ 0 (sign > 0) or where it is ≤ 0; `ValueError` unless both have an interior."""
        if self.signs(row) != (True, True):
            raise ValueError("the form does not take both signs inside the cell")
        side = row if sign > 0 else opposite(row)
        inside = [point for point in self._points if value(side, point) > 0]
        return Program(self.inputs, (*self.constraints, side), inside, self._steering, self)

    def point(self) -> tuple[Fraction, ...]:
        """A rational point inside: all nonzero constraints are > 0 there.  Few binary digits, as many as are needed."""
        x, bottom = min(self._points, key=lambda point: point[1].bit_length() + max(map(int.bit_length, point[0]), default=0))
        return tuple([Fraction(v, bottom) for v in x])

    def maximum(self, row: Row) -> Fraction | None:
        """The supremum of the form on the cell; None for +∞.  Exact: attained, and bounded by the dual; or along an exact ray."""
        if not any(row[:-1]):
            return Fraction(row[-1])
        hint = self._hint(row)
        start = self._start(row, hint)
        found = maximise(self._system, row, start, anchor=self._anchor, limits=self._steering.limits)
        if isinstance(found, Ray):
            assert all(v >= 0 for v in self._system.at(found.direction, 0).values()) and value(row, (found.direction, 0)) > 0
            return None
        assert isinstance(found, Optimum)
        top, bottom = found.value.as_integer_ratio()
        surplus(self._system, (*(-a * bottom for a in row[:-1]), top), [(i, m * bottom) for i, m in found.multipliers])
        return found.value + row[-1]

    # One form

    def _holds(self, row: Row) -> bool:
        """Whether a form that is > 0 at all points kept is ≥ 0 on the cell; if not, a point on the other side is kept."""
        key, _ = primitive(row)
        if self._known(key) is not None:
            return True
        terms = by_bounds(self._system, self._bounds, key) or self._searched(key)
        if terms is None:
            return False
        surplus(self._system, key, terms)
        self._settled[hash(key)] = key, terms
        return True

    def _known(self, key: Row) -> Terms | None:
        """Why a primitive row is ≥ 0, if that was found before or is one constraint."""
        *linear, constant = key
        common = math.gcd(*linear)
        wall = self._walls.get(tuple([a // common for a in linear]))
        if wall is not None and Fraction(constant, common) >= wall[0]:
            i = wall[1]
            return [(i, Fraction(common, math.gcd(*self.constraints[i][:-1])))]
        number = hash(key)  # once, of hundreds of integers
        cell: Program | None = self
        while cell is not None:
            found = cell._settled.get(number)
            if found is not None and found[0] == key:
                return found[1]
            cell = cell._above
        return None

    def _add_wall(self, i: int) -> None:
        *linear, constant = self.constraints[i]
        common = math.gcd(*linear)
        if common:
            key, offset = tuple([a // common for a in linear]), Fraction(constant, common)
            if key not in self._walls or offset < self._walls[key][0]:
                self._walls[key] = offset, i

    def _searched(self, row: Row) -> Terms | None:
        """Why row ≥ 0, by linear programming; or None, and a point where it is < 0 is kept."""
        down = opposite(row)
        before = self._at_anchor(down)
        if before >= 0:  # the centre is new, or no longer among the points
            if before:
                self._keep(self._centre[0])
            else:
                self._step_off(row, self._centre[0])
            return None
        if self._glimpsed(down):
            return None
        hint = self._hint(down)
        if hint is not None and self._crossed(down, hint):
            return None
        if hint is not None and hint.bounded and any(self._bounds):
            terms = with_bounds(self._system, self._bounds, row, self._guess(row, hint))
            if terms is not None:
                return terms
        start, enough = self._start(down, hint), Fraction(-down[-1])
        found = maximise(self._system, down, start, anchor=self._anchor, enough=enough, limits=self._steering.limits)
        if isinstance(found, Bound) and found.value <= enough:
            return found.multipliers
        if isinstance(found, Vertex):
            d: Sequence[Fraction] = [x - p for x, p in zip(found.point, self._anchor, strict=True)]
        else:
            assert isinstance(found, Ray)  # the cell is not empty
            slope = Fraction(value(down, (found.direction, 0)))
            d = [-2 * before * v / slope for v in found.direction]
        after = before + sum((w * v for w, v in zip(down, d, strict=False)), Fraction(0))
        t = (1 + before / (before - after)) / 2  # half way from where the form is 0 to the end
        self._keep(whole(rounded((*self.constraints, down), [p + t * v for p, v in zip(self._anchor, d, strict=True)])))
        return None

    def _step_off(self, row: Row, zero: IntegerPoint) -> None:
        """Keep points on both sides of a form, next to a point inside where it is 0."""
        j = max(range(self.inputs), key=lambda j: abs(row[j]))
        step = Fraction(1)
        for sign in (1, -1):
            while True:
                x = [Fraction(v, zero[1]) + (i == j) * sign * step for i, v in enumerate(zero[0])]
                point = whole(x)
                if self._inside(point):
                    self._keep(point)
                    break
                step /= 4

    def _keep(self, point: IntegerPoint) -> None:
        self._points.append(point)
        if len(self._points) > KEPT:
            del self._points[KEPT // 2]

    # The view of the floats

    @cached_property
    def _system(self) -> System:
        return System(self.inputs, self.constraints)

    @cached_property
    def _bounds(self) -> Bounds:
        return tightest(self._system, self._system.single)

    @cached_property
    def _units(self) -> list[tuple[np.ndarray, float, int]]:
        above = self._above._units if self._above else []
        return above + [unit(row) for row in self.constraints[len(above) :]]

    @cached_property
    def _centre(self) -> tuple[IntegerPoint, dict[int, float]]:
        """Of the points kept the one farthest from the walls, with its distances; if all are close, a new one first."""
        best = self._farthest()
        depth = min(best[1].values(), default=0.0)
        if depth and self._usual == math.inf:
            self._usual = depth
        if 0 < depth < self._usual * CLOSE and self._recentred(*best):
            best = self._farthest()
            self._usual = min(self._usual, *best[1].values())
        return best

    def _farthest(self) -> tuple[IntegerPoint, dict[int, float]]:
        seen = [(point, self._distances(point)) for point in self._points]
        return max(seen, key=lambda pair: min(pair[1].values(), default=1.0))

    @np.errstate(all="ignore")
    def _recentred(self, point: IntegerPoint, distances: dict[int, float]) -> bool:
        """Keep a point closer to the middle of the cell; False if none is found."""
        length = min(distances.values())
        slack, places, slopes, room = self._view(distances, length)
        z = centred(self._matrix, slack, places, slopes, room, reach=min(self._usual / length, 1e12))
        depth = min(np.min(self._matrix @ z + slack, initial=math.inf), np.min(slopes * z[places] + room, initial=math.inf))
        return depth > 2 and self._kept_near([Fraction(v, point[1]) for v in point[0]], length * z, float(depth) * length)

    @np.errstate(all="ignore")
    def _view(self, distances: dict[int, float], length: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Distances in `length`s: of the general rows; coordinates and signs of the single rows, and theirs."""
        slack = np.array([distances[i] for i in self._system.general]) / length
        places = np.array(list(self._system.single.values()), dtype=np.intp)
        slopes = np.array([1.0 if self.constraints[i][j] > 0 else -1.0 for i, j in self._system.single.items()])
        return slack, places, slopes, np.array([distances[i] for i in self._system.single]) / length

    def _distances(self, point: IntegerPoint) -> dict[int, float]:
        values = self._system.at(*point)
        return {i: ratio(v, point[1] << self._units[i][2]) / self._units[i][1] for i, v in values.items()}

    @cached_property
    def _anchor(self) -> list[Fraction]:
        (x, bottom), _ = self._centre
        return [Fraction(v, bottom) for v in x]

    @cached_property
    def _length(self) -> float:
        return ZOOM * min(self._centre[1].values(), default=1.0)

    def _at_anchor(self, row: Row) -> Fraction:
        point = self._centre[0]
        return Fraction(value(row, point), point[1])

    @cached_property
    def _seen(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self._view(self._centre[1], self._length)

    @cached_property
    def _matrix(self) -> np.ndarray:
        return np.array([self._units[i][0] for i in self._system.general]).reshape(-1, self.inputs)

    def _hint(self, row: Row) -> Hint | None:
        """Where the form is largest, seen from the centre in `_length`s."""
        if not self._system.general or not 0 < self._length < math.inf:
            return None  # bounds alone are no program; numbers beyond floats are left to pivoting
        if self._steering.loaded is not self:
            self._steering.load(self._system, self._matrix, {i: d / self._length for i, d in self._centre[1].items()})
            self._steering.loaded = self
            if self._above:  # is seldom asked again, and a line of ancestors would hold a matrix each
                self._above.__dict__.pop("_matrix", None)
                self._above._system.__dict__.pop("_matrix", None)
        return self._steering.maximise(unit(row)[0])

    def _start(self, row: Row, hint: Hint | None) -> list[int]:
        """Rows to begin with when the form is maximised: those of the hint, or else the corner of the bounds."""
        if hint is not None:
            return hint.active
        low, high = self._bounds
        return [bound[j] for j, w in enumerate(row[:-1]) if w and j in (bound := high if w > 0 else low)]

    def _guess(self, row: Row, hint: Hint) -> dict[int, float]:
        """The multipliers of a hint, for the rows as they are."""
        _, norm, shift = unit(row)
        return {i: y * norm / self._units[i][1] * ratio(1 << shift, 1 << self._units[i][2]) for i, y in hint.multipliers.items()}

    def _glimpsed(self, row: Row) -> bool:
        """Whether a form is > 0 straight ahead, before the nearest wall: then such a point is kept, and no program is needed."""
        if not 0 < self._length < math.inf:
            return False
        a = unit(row)[0]
        slack, places, slopes, room = self._seen
        with np.errstate(all="ignore"):
            closing = max(np.max(-self._matrix @ a / slack, initial=0.0), np.max(-slopes * a[places] / room, initial=0.0))
        return bool(closing > 1e-9) and self._crossed(row, Hint(a / closing, True, [], {}))

    @np.errstate(all="ignore")
    def _crossed(self, row: Row, hint: Hint) -> bool:
        """Keep a point between the centre and a hint at which row > 0, rounded and checked exactly; False if none is found."""
        point = self._centre[0]
        a, norm, shift = unit(row)
        before = ratio(value(row, point), point[1] << shift) / norm / self._length
        slope = float(a @ hint.z)
        z = hint.z if hint.bounded else hint.z * (-2 * before / slope) if slope > 0 else hint.z * 0
        after = before + float(a @ z)
        if not after > 0:
            return False
        t = (1 + before / (before - after)) / 2
        slack, places, slopes, room = self._seen
        left = min(
            np.min(t * (self._matrix @ z) + slack, initial=math.inf), np.min(t * slopes * z[places] + room, initial=math.inf)
        )
        left = min(float(left), before + t * (after - before)) * self._length
        return self._kept_near(self._anchor, t * self._length * z, left, row)

    def _kept_near(self, p: Sequence[Fraction], z: np.ndarray, room: float, row: Row | None = None) -> bool:
        """Keep p + z, rounded as its room to the walls allows; False if it is not inside, or not row > 0 there."""
        if not (0 < room < math.inf and np.isfinite(z).all()):
            return False
        least = max(0, math.ceil(math.log2(self.inputs) / 2 - 1 - math.log2(room)))
        for digits in (least, least + 6, least + 40):
            x = tuple([round((a + Fraction(float(v))) * (1 << digits)) for a, v in zip(p, z, strict=True)])
            if (row is None or value(row, (x, 1 << digits)) > 0) and self._inside((x, 1 << digits)):
                self._keep((x, 1 << digits))
                return True
        return False

    def _inside(self, point: IntegerPoint) -> bool:
        """Whether all constraints but those of zeros are > 0; those of constants are, since there is a point inside."""
        return all(v > 0 for v in self._system.at(*point).values())


def _restored(inputs: int, constraints: tuple[Row, ...], points: list[IntegerPoint], limits: Limits) -> Program:
    return Program(inputs, constraints, points, Steering(inputs, limits))
