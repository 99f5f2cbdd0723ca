"""A slow, plainly right decision: do two small ReLU networks compute the same function on all of R^n?

A network is affine on each cell of constant activation pattern, and the full-dimensional cells are dense.  So cut R^n by
both networks' neurons, layer by layer, neuron by neuron, into open cells; on each cell compare the two affine maps.

A cell is a list of strict inequalities a·x + b > 0 with coprime integer (a, b).  Whether it has a point is Gordan's
alternative for the rows r = (a, b) and (0, 1): either z·r > 0 for some z and all r, and then x = (z_1, ..., z_n)/z_{n+1} is one,
or Σ λ_r r = 0 for some λ ≥ 0, λ ≠ 0.  Wolfe's algorithm for the point of least norm of the convex hull of the rows finds the
one or the other in exact arithmetic, and both are verified on the spot.  Nothing is rounded, no linear program is solved, no
vertex or ray is kept, and no code is shared with `fibers`; a network is anything whose `layers` are pairs (W, b) of Fractions.

Cost: about a millisecond for each cell and each neuron that does not bend in it.  Meant for at most 4 inputs and 30 neurons.
Two other routes, for the tests to compare: `interior` decides about one cell by Fourier–Motzkin elimination; `breakpoints`
decides in one variable, composing piecewise linear functions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

Form = tuple[Fraction, ...]  # a_1, ..., a_n, b: the affine function a·x + b
Cell = tuple[tuple[int, ...], ...]  # strict inequalities, as integer forms
Point = tuple[Fraction, ...]


def same_function(f: Any, g: Any) -> bool:
    """Whether f(x) = g(x) for every x in R^n."""
    return difference(f, g) is None


def difference(f: Any, g: Any) -> Point | None:
    """A point where f and g differ, or None when they are one function."""
    n = len(f.layers[0][0][0])
    identity = [tuple(Fraction(int(i == j)) for j in range(n + 1)) for i in range(n)]
    for cell, point, at_f in cells(f.layers, identity, (), (Fraction(0),) * n):
        for inner, at, at_g in cells(g.layers, identity, cell, point):
            for p, q in zip(at_f, at_g, strict=True):
                if p != q:
                    return _nonzero(tuple(a - b for a, b in zip(p, q, strict=True)), inner, at)
    return None


def cells(layers: Any, forms: Sequence[Form], cell: Cell, point: Point) -> Iterator[tuple[Cell, Point, list[Form]]]:
    """The open cells on which the network is affine, inside `cell`: inequalities, a point inside, and the output forms."""
    (rows, biases), *rest = layers
    values = [_combine(row, forms, bias) for row, bias in zip(rows, biases, strict=True)]
    if not rest:
        yield cell, point, values
        return
    for inner, at, on in _patterns(values, cell, point):
        zero = (Fraction(0),) * len(values[0])
        yield from cells(rest, [v if positive else zero for v, positive in zip(values, on, strict=True)], inner, at)


def _patterns(values: Sequence[Form], cell: Cell, point: Point) -> Iterator[tuple[Cell, Point, list[bool]]]:
    """The sign patterns that `values` take on open parts of `cell`."""
    if not values:
        yield cell, point, []
        return
    form = integers(values[0])
    if not any(form[:-1]):
        for inner, at, on in _patterns(values[1:], cell, point):
            yield inner, at, [form[-1] > 0, *on]
        return
    for side, positive in ((form, True), (tuple(-a for a in form), False)):
        smaller = cell if side in cell else (*cell, side)
        at = point if evaluate(side, point) > 0 else inside(smaller, len(point))
        if at is not None:
            for inner, where, on in _patterns(values[1:], smaller, at):
                yield inner, where, [positive, *on]


def inside(cell: Sequence[tuple[int, ...]], n: int) -> Point | None:
    """A rational point of R^n with a·x + b > 0 for every row (a, b) of `cell`, or None."""
    rows = [*cell, (0,) * n + (1,)]
    z, weights = _separate(rows)
    if z is None:
        assert min(weights.values()) > 0
        assert all(sum(w * rows[i][k] for i, w in weights.items()) == 0 for k in range(n + 1))
        return None
    point = tuple(Fraction(v, z[n]) for v in z[:n])
    assert all(evaluate(row, point) > 0 for row in cell)
    return point


def _separate(rows: Sequence[tuple[int, ...]]) -> tuple[list[int] | None, dict[int, Fraction]]:
    """z with z·r > 0 for all rows; or None and weights > 0 of some rows whose sum is 0 (Wolfe 1976, Finding the nearest point).

    z runs through the points of least norm of simplices spanned by rows, the norm falling: finitely many.
    """
    weights = {0: Fraction(1)}
    while True:  # z, the convex combination by `weights` up to scale, is nearest to 0 in the plane through its rows
        z = _primitive([sum(w * rows[i][k] for i, w in weights.items()) for k in range(len(rows[0]))])
        if not any(z):
            return None, weights
        worst, i = min((sum(a * b for a, b in zip(z, row, strict=True)), i) for i, row in enumerate(rows))
        if worst > 0:
            return z, weights
        weights[i] = Fraction(0)
        while True:  # weights ≥ 0 of affinely independent rows
            nearest = dict(zip(weights, _nearest([rows[i] for i in weights]), strict=True))
            if min(nearest.values()) > 0:
                weights = nearest
                break
            share = min(w / (w - nearest[i]) for i, w in weights.items() if nearest[i] <= 0)
            moved = {i: w + share * (nearest[i] - w) for i, w in weights.items()}
            weights = {i: w for i, w in moved.items() if w}


def _nearest(rows: Sequence[tuple[int, ...]]) -> list[Fraction]:
    """The weights, of sum 1, of the point nearest to 0 in the plane through affinely independent rows.

    Its products with the rows are all equal: solve G w = μ 1, Σ w = 1, G the matrix of products, by elimination.
    """
    m = len(rows)
    system = [[Fraction(sum(a * b for a, b in zip(p, q, strict=True))) for q in rows] + [Fraction(-1), Fraction(0)] for p in rows]
    system.append([Fraction(1)] * m + [Fraction(0), Fraction(1)])
    for k in range(m + 1):
        pivot = next(i for i in range(k, m + 1) if system[i][k])
        system[k], system[pivot] = system[pivot], system[k]
        top = system[k]
        for i in range(m + 1):
            if i != k and system[i][k]:
                factor = system[i][k] / top[k]
                system[i] = [a - factor * b for a, b in zip(system[i], top, strict=True)]
    return [system[i][-1] / system[i][i] for i in range(m)]


def _primitive(row: Sequence[Fraction]) -> list[int]:
    scale = math.lcm(*(a.denominator for a in row))
    return list(_coprime([a.numerator * (scale // a.denominator) for a in row]))


def interior(cell: Sequence[tuple[int, ...]], n: int) -> Point | None:
    """A rational point with a·x + b > 0 for every row (a, b) of `cell`, or None; Fourier–Motzkin on x_n, then x_{n−1}, ..."""
    if n == 0:
        return () if all(row[-1] > 0 for row in cell) else None
    k = n - 1
    lower = [row for row in cell if row[k] > 0]
    upper = [row for row in cell if row[k] < 0]
    free = {row[:k] + row[k + 1 :] for row in cell if row[k] == 0}
    for p in lower:
        for q in upper:
            both = [p[i] * -q[k] + q[i] * p[k] for i in range(len(p)) if i != k]
            free.add(_coprime(both))
    below = interior(sorted(free), k)
    if below is None:
        return None
    least = max((Fraction(-evaluate(row[:k] + row[k + 1 :], below)) / row[k] for row in lower), default=None)
    most = min((Fraction(-evaluate(row[:k] + row[k + 1 :], below)) / row[k] for row in upper), default=None)
    return (*below, _between(least, most))


def evaluate(form: Sequence[Any], x: Point) -> Fraction:
    """a·x + b."""
    return sum((a * v for a, v in zip(form, x, strict=False)), Fraction(form[-1]))


def integers(form: Form) -> tuple[int, ...]:
    """The coprime integer form that is a positive multiple of `form`."""
    scale = math.lcm(*(a.denominator for a in form))
    return _coprime([a.numerator * (scale // a.denominator) for a in form])


def _coprime(row: Sequence[int]) -> tuple[int, ...]:
    common = math.gcd(*row) or 1
    return tuple(a // common for a in row)


def _between(least: Fraction | None, most: Fraction | None) -> Fraction:
    if least is None and most is None:
        return Fraction(0)
    if most is None:
        return Fraction(math.floor(least) + 1)
    if least is None:
        return Fraction(math.ceil(most) - 1)
    return (least + most) / 2


def _combine(row: Sequence[Fraction], forms: Sequence[Form], bias: Fraction) -> Form:
    total = [Fraction(0)] * len(forms[0])
    for w, form in zip(row, forms, strict=True):
        if w:
            total = [t + w * a for t, a in zip(total, form, strict=True)]
    total[-1] += bias
    return tuple(total)


def _nonzero(form: Form, cell: Cell, point: Point) -> Point:
    """A point of `cell` near `point` where the nonzero `form` is not zero."""
    if evaluate(form, point):
        return point
    direction = form[:-1]
    step = Fraction(1)
    while True:
        moved = tuple(x + step * d for x, d in zip(point, direction, strict=True))
        if all(evaluate(row, moved) > 0 for row in cell):
            return moved
        step /= 2


# One variable, by another route: the breakpoints of a composition of piecewise linear functions.


def breakpoints(f: Any) -> list[Fraction]:
    """A sorted list of points between which f, of one variable, is affine."""
    points: list[Fraction] = []
    for k in range(1, len(f.layers)):
        added = set(points)
        for a, b in _intervals(points):
            for i in range(len(f.layers[k - 1][1])):
                at_a, at_b = (_inner(f.layers, k, x)[i] for x in (a, b))
                if at_a != at_b:
                    added.add(a - at_a * (b - a) / (at_b - at_a))  # the zero of the line through both values
        points = sorted(added)
    return points


def same_on_the_line(f: Any, g: Any) -> bool:
    """Whether f = g, both of one variable: compare them at two points of each piece that is affine for both."""
    points = sorted({*breakpoints(f), *breakpoints(g)})
    samples = [x for pair in _intervals(points) for x in pair]
    return all(_inner(f.layers, len(f.layers), x) == _inner(g.layers, len(g.layers), x) for x in samples)


def _intervals(points: Sequence[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Two points inside each interval that `points` cut the line into."""
    if not points:
        return [(Fraction(0), Fraction(1))]
    inside = [(p + (q - p) / 3, p + 2 * (q - p) / 3) for p, q in itertools.pairwise(points)]
    return [(points[0] - 2, points[0] - 1), *inside, (points[-1] + 1, points[-1] + 2)]


def _inner(layers: Any, k: int, x: Fraction) -> list[Fraction]:
    """What the k-th map of the network gives at x, before its ReLU."""
    y = [x]
    for index, (rows, biases) in enumerate(layers[:k]):
        z = y if index == 0 else [max(v, Fraction(0)) for v in y]
        y = [sum((w * v for w, v in zip(row, z, strict=True)), b) for row, b in zip(rows, biases, strict=True)]
    return y
