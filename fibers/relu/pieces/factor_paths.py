"""Paths among positive factorisations: when the active neurons of two networks can be moved into one another (B8).

For R of rank r, m × n, and a ≥ 1 let X = {(V, W) : V W = R, W > 0 in every entry}, V m × a, W a × n.  Let c be the least number
of positive rows whose span contains row R: r if row R contains a positive vector, else r + 1.  X is empty for a < c.

**B8.**  X is path-connected, but for a = c ≥ 2: there it has two components, and exchanging two neurons exchanges them.

Proof.  *The small simplex* (`fibers.relu.pieces.factor_simplices`).  Let W, W' > 0 have k independent rows, and V W = V' W' = R;
then V, V' are determined by W, W'.  Let the linear form φ be > 0 on positive vectors, row W ∩ ker φ = row W' ∩ ker φ =: F.  The
sign of a determinant, of a basis of F in another, tells whether a path of such W leads from one to the other, with the same F.

*a = c.*  If c = r, row W = row R at all points; let φ be the sum of the entries.  If c = r + 1, no vector of row R is positive,
so there is y ≥ 0, y ≠ 0 with R y = 0 (Gordan), and with φ = y it is F = row R.  In both cases F is the same at all points, and
W has independent rows, so the sign of that determinant is constant along paths.  Exchanging two rows changes it.

*a > c.*  Choose independent rows of W that span the others; on a straight line of V, for fixed W, the others' columns go to 0.
Of the k ≥ c rows that remain, E = row W contains a *core*, c positive rows that span row R (and, if c > r, some p > 0), and k − c
rows of W complete it to a basis of E.  The small simplex joins W to these, once two of them have been exchanged if need be; then
V is 0 outside the core.  A neuron with column 0 is *spare*: its row moves freely among positive rows; there is one, as a > c.
To move a neuron of the core into a spare one, copy its row, then pass its column on along a straight line.  So the core can be
put in any places and order.  The cores of two points are equal, or, for c = r + 1, they are simplices 1p + εCB and 1p' + εCB
over one basis B of row R; V is the same for both, and the straight line joins them.  ∎

Exact: at rational t rational weights; W is polynomial in t on each segment, V rational without poles.
Cost: an elimination of size a, and one inverse for each point looked at.

Glossary: R the product, r its rank, c the core, F and E row spaces, φ a form, ε the shrinking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from fibers.errors import NotComparable
from fibers.exact import Matrix, matrix
from fibers.linear.triangular import interpolated
from fibers.relu.cones import Empty
from fibers.relu.dependence import independent_rows, row_basis
from fibers.relu.interiors import implicit_equalities, interior_point
from fibers.relu.pieces.factor_simplices import Rows, simplex, simplex_path, small_size, stacked
from fibers.relu.pieces.piece import Separation

__all__ = ["FactorSegment", "join_factors", "positive_row_vector"]

Pair = tuple[Matrix, Matrix]
FactorSegment = Callable[[Fraction], Pair]
"""A part of a path of factorisations, t ↦ (V, W) for 0 ≤ t ≤ 1."""


def join_factors(V0: Matrix, W0: Matrix, V1: Matrix, W1: Matrix) -> tuple[FactorSegment, ...] | Separation:
    """Segments t ↦ (V, W) of a path from (V0, W0) to (V1, W1), on which V W is constant and W > 0; or why there is none (B8).

    V is m × a, W is a × n, a ≥ 1.  Each segment begins where the one before ends.  A `Separation` is proved; it is undone by
    exchanging any two neurons of one end.  Raises `NotComparable` unless shapes and products agree and W0, W1 > 0.

    >>> V, W, U, Y = matrix([[1, 1]]), matrix([[1, 2], [3, 1]]), matrix([[2, 1]]), matrix([[1, 1], [2, 1]])
    >>> path = join_factors(V, W, U, Y)
    >>> path[0](Fraction(0)) == (V, W), path[-1](Fraction(1)) == (U, Y), {s(Fraction(1, 3))[1].rows for s in path}
    (True, True, {2})
    """
    R = _product(V0, W0, V1, W1)
    start, end = (V0, W0), (V1, W1)
    if W0 == W1 or V0 == V1:
        return (_Line(start, end),)
    for middle in ((V0, W1), (V1, W0)):
        if middle[0] @ middle[1] == R:
            return _Line(start, middle), _Line(middle, end)
    core = _Core.of(R)
    if W0.rows > core.size:
        segments = _through_spares(R, core, start, end)
    elif (across := simplex_path(W0, W1, core.form)) is None:
        return Separation(
            f"the rows of the {W0.rows} active neurons form a basis whose orientation is constant, and differs; "
            "exchange two active neurons of one end",
            proved=True,
        )
    else:
        segments = [_Solved(R, W0, tuple(range(W0.rows)), W) for W in across]
    _check(R, segments, start, end)
    return tuple(segments)


def positive_row_vector(R: Matrix) -> Matrix | None:
    """A combination of the rows of R with all entries > 0, as one row, or None if there is none.  Cost: a linear program.

    >>> positive_row_vector(matrix([[1, 2], [2, 4]])).fractions(), positive_row_vector(matrix([[1, -1]]))
    (((Fraction(1, 1), Fraction(2, 1)),), None)
    """
    B = R.take_rows(row_basis(R)[0])
    if not B.rows or not all(map(any, map(B.column, range(B.columns)))):
        return None
    try:
        y = interior_point(B.rows, [(*B.column(j), 0) for j in range(B.columns)])
    except Empty:
        return None
    found = matrix([y]) @ B
    assert min(found.numerators) > 0
    return found


# The core.


class _Core(NamedTuple):
    """What depends on R alone: a basis of row R, a positive vector in row R or None, and the form φ, as a column."""

    basis: Matrix
    positive: Matrix | None
    form: Matrix

    @property
    def size(self) -> int:
        """c."""
        return self.basis.rows + (self.positive is None)

    @classmethod
    def of(cls, R: Matrix) -> _Core:
        B, p = R.take_rows(row_basis(R)[0]), positive_row_vector(R)
        return cls(B, p, Matrix(R.columns, 1, [1] * R.columns) if p is not None else _annihilator(B))

    def size_at(self, p: Matrix) -> Fraction:
        """An ε for `rows(p)`."""
        return small_size(p, self.basis, Fraction(max(1, self.basis.rows)))

    def rows(self, p: Matrix, size: Fraction) -> Matrix:
        """c positive rows that span row R and p > 0, which is in row R or, if that has no positive vector, any."""
        B = self.basis
        if self.positive is None:
            return simplex(p, B, size)
        kept = [i for i in independent_rows(stacked(p, B)) if i]  # p depends on B: one of its rows is left out
        return stacked(p, simplex(p, B.take_rows([i - 1 for i in kept]), size).take_rows(range(B.rows - 1)))


def _annihilator(B: Matrix) -> Matrix:
    """A column y ≥ 0, y ≠ 0 with B y = 0, for B whose rows span no positive vector."""
    zero = next((j for j in range(B.columns) if not any(B.column(j))), None)
    terms = (
        [(zero, Fraction(1))] if zero is not None else implicit_equalities(B.rows, [(*B.column(j), 0) for j in range(B.columns)])
    )
    weights = dict(terms)
    y = matrix([[weights.get(j, Fraction(0))] for j in range(B.columns)])
    assert any(y.numerators) and not any((B @ y).numerators) and min(y.numerators) >= 0
    return y


# More neurons than the core.


def _through_spares(R: Matrix, core: _Core, start: Pair, end: Pair) -> list[FactorSegment]:
    """A path for a > c: both ends go to their cores, and the core of the start to the places of that of the end."""
    first, last = _Reduced(R, core, start), _Reduced(R, core, end)
    size = min(core.size_at(first.centre), core.size_at(last.centre))
    down, up = first.segments(size), last.segments(size)
    walk = _Walk(down[-1](Fraction(1)), first.places(size))
    target, places = up[-1](Fraction(1)), last.places(size)
    walk.put(walk.places, target[1].take_rows(places))
    walk.permute(places)
    walk.line(target)
    return [*down, *walk.segments, *[_Reversed(segment) for segment in reversed(up)]]


class _Reduced:
    """The way from one end (V, W) to its core: which rows stay, and what they become."""

    def __init__(self, R: Matrix, core: _Core, end: Pair):
        self.R, self.core, self.end = R, core, end
        self.kept, others, X = row_basis(end[1])
        V, a = end[0], end[1].rows
        inside = V.take_columns(self.kept) + V.take_columns(others) @ X
        self.V = _placed(inside, self.kept, a)
        rows = end[1].take_rows(self.kept)
        self.centre = core.positive if core.positive is not None else Matrix(1, rows.rows, [1] * rows.rows, rows.rows) @ rows

    def _target(self, size: Fraction) -> tuple[tuple[Rows, ...], list[int]]:
        """Paths of the rows that stay to a basis with the core in it, and which of them become the core, in its order."""
        W, c = self.end[1].take_rows(self.kept), self.core.size
        pool = stacked(self.core.rows(self.centre, size), W)
        chosen = independent_rows(pool)
        assert chosen[:c] == list(range(c)) and len(chosen) == len(self.kept)
        form = Matrix(W.columns, 1, [1] * W.columns)
        places = list(range(c))
        found = simplex_path(W, pool.take_rows(chosen), form)
        if found is None:  # the other orientation
            chosen[0], chosen[1] = chosen[1], chosen[0]
            places = [{0: 1, 1: 0}.get(q, q) for q in places]
            found = simplex_path(W, pool.take_rows(chosen), form)
            assert found is not None
        return found, places

    def segments(self, size: Fraction) -> list[FactorSegment]:
        """From the end to where all columns but those of the core are 0."""
        lines: list[FactorSegment] = [_Line(self.end, (self.V, self.end[1]))]
        return lines + [_Solved(self.R, self.end[1], tuple(self.kept), rows) for rows in self._target(size)[0]]

    def places(self, size: Fraction) -> list[int]:
        """The neurons that are the core, in its order."""
        return [self.kept[q] for q in self._target(size)[1]]


class _Walk:
    """A path that goes on from (V, W), where the neurons `places` are the core and all others are spare."""

    def __init__(self, point: Pair, places: list[int]):
        self.point, self.places = point, list(places)
        self.segments: list[FactorSegment] = []

    def line(self, target: Pair) -> None:
        """Straight on to a point with the same V or the same W."""
        assert self.point[0] == target[0] or self.point[1] == target[1]
        if self.point != target:
            self.segments.append(_Line(self.point, target))
            self.point = target

    def put(self, places: Sequence[int], rows: Matrix) -> None:
        """Straight on to other rows at these places, V being the same."""
        V, W = self.point
        listed = list(W.fractions())
        for i, row in zip(places, rows.fractions(), strict=True):
            listed[i] = row
        self.line((V, matrix(listed)))

    def permute(self, places: Sequence[int]) -> None:
        """Move the core to these places, one neuron after another, through spare ones."""
        for q, place in enumerate(places):
            if self.places[q] == place:
                continue
            if place in self.places:
                spare = next(i for i in range(self.point[1].rows) if i not in self.places)
                self._move(self.places.index(place), spare)
            self._move(q, place)

    def _move(self, q: int, place: int) -> None:
        """Neuron q of the core to a spare place: copy its row, then pass its column on."""
        old = self.places[q]
        self.put([place], self.point[1].take_rows([old]))
        V, W = self.point
        order = [place if i == old else old if i == place else i for i in range(W.rows)]
        self.line((V.take_columns(order), W))
        self.places[q] = place


# Segments.


@dataclass(frozen=True)
class _Line:
    """The straight line between two points with the same V or the same W."""

    start: Pair
    end: Pair

    def __call__(self, t: Fraction) -> Pair:
        (V, W), (U, Y) = self.start, self.end
        return interpolated(V, U, t), interpolated(W, Y, t)


@dataclass(frozen=True)
class _Reversed:
    """A segment backwards."""

    segment: FactorSegment

    def __call__(self, t: Fraction) -> Pair:
        return self.segment(1 - t)


@dataclass(frozen=True)
class _Solved:
    """Independent rows W(t) at `kept`, the others as in `W`, and the V with V W = R that is 0 elsewhere."""

    R: Matrix
    W: Matrix
    kept: tuple[int, ...]
    rows: Rows

    def __call__(self, t: Fraction) -> Pair:
        rows = self.rows(t)
        columns = independent_rows(rows.transpose())
        V = self.R.take_columns(columns) @ rows.take_columns(columns).inverse()
        found = dict(zip(self.kept, rows.fractions(), strict=True))
        W = matrix([found.get(i, row) for i, row in enumerate(self.W.fractions())])
        return _placed(V, self.kept, self.W.rows), W


# Helpers.


def _product(V0: Matrix, W0: Matrix, V1: Matrix, W1: Matrix) -> Matrix:
    shapes = V0.shape, W0.shape
    if (V1.shape, W1.shape) != shapes or V0.columns != W0.rows or not W0.rows:
        raise NotComparable(
            f"both ends need one V of shape m × a and one W of shape a × n, a ≥ 1; found {shapes} and {(V1.shape, W1.shape)}"
        )
    for name, W in (("W0", W0), ("W1", W1)):
        if min(W.numerators) <= 0:
            raise NotComparable(f"{name} must be > 0 in every entry; found {min(W.vector())}")
    R = V0 @ W0
    if V1 @ W1 != R:
        raise NotComparable("both ends need the same product V W; V0 W0 and V1 W1 differ")
    return R


def _check(R: Matrix, segments: Sequence[FactorSegment], start: Pair, end: Pair) -> None:
    knots = [start, *(segment(Fraction(1)) for segment in segments)]
    assert all(segment(Fraction(0)) == knot for segment, knot in zip(segments, knots, strict=False)) and knots[-1] == end
    assert all(V @ W == R and min(W.numerators) > 0 for V, W in knots)


def _placed(V: Matrix, places: Sequence[int], count: int) -> Matrix:
    """The columns of V at these places among `count`, zeros elsewhere."""
    at = {place: q for q, place in enumerate(places)}
    rows = (V.row(i) for i in range(V.rows))
    return Matrix(V.rows, count, [row[at[j]] if j in at else 0 for row in rows for j in range(count)], V.denominator)
