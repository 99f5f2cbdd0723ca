"""Exact cells agree with Fourier–Motzkin elimination, in general and in special position."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import evaluate, interior

from fibers.relu.cones import Cone, Empty


@st.composite
def arrangements(draw, rows=6, most=3):
    """n, rows that cut a cell, and forms to ask about: small integers, so that many pass through one point or repeat."""
    n = draw(st.integers(1, most))
    entry = st.integers(-1, 1) if draw(st.booleans()) else st.integers(-50, 50)
    row = st.tuples(*[entry] * n, st.just(0) if draw(st.booleans()) else entry)
    return n, draw(st.lists(row, max_size=rows)), draw(st.lists(row, max_size=4))


def feasible(rows, n):
    """A point where the nonzero rows are > 0, or None; by elimination."""
    return interior(sorted({row for row in rows if any(row)}), n)


def cut(cell, rows):
    """Cut by each row on the side where the last cell's point is not, if there is such a side."""
    for row in rows:
        if cell.signs(row) == (True, True):
            cell = cell.child(row, -1 if evaluate(row, cell.point()) > 0 else 1)
    return cell


@settings(max_examples=300)
@given(arrangements())
@example((1, [(1, 0), (-1, 0)], []))
@example((1, [(0, -1)], []))
@example((2, [(0, 0, 1), (0, 0, 0), (1, 0, 0), (2, 0, 0), (1, 0, 1)], [(0, 0, 0), (0, 0, -1)]))
@example((2, [(1, 1, 0), (1, -1, 0), (1, 0, 0)], [(1, 0, 0), (0, 1, 0)]))
def test_a_cell_is_empty_iff_elimination_says_so_and_signs_agree(case):
    n, rows, forms = case
    if feasible(rows, n) is None:
        with pytest.raises(Empty):
            Cone.of(n, rows)
        return
    cell = Cone.of(n, rows)
    assert cell.constraints == tuple(rows)
    for form in [*forms, *rows]:
        opposite = tuple(-w for w in form)
        takes = tuple(any(side) and feasible([*rows, side], n) is not None for side in (form, opposite))
        assert cell.signs(form) == takes


@settings(max_examples=300)
@given(arrangements())
@example((2, [(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, -1, 0)], [(1, 2, 0)]))
def test_children_agree_with_elimination(case):
    n, rows, forms = case
    cell = cut(Cone.of(n), rows)
    for form in forms:
        inside = [any(side) and feasible([*cell.constraints, side], n) is not None for side in (form, tuple(-w for w in form))]
        assert list(cell.signs(form)) == inside
        if all(inside):
            parts = cell.split(form)
            assert [part.constraints for part in parts] == [cell.child(form, sign).constraints for sign in (1, -1)]
            assert [part.constraints[-1] for part in parts] == [form, tuple(-w for w in form)]
        else:
            with pytest.raises(ValueError, match="signs"):
                cell.split(form)


@settings(max_examples=300)
@given(arrangements(rows=14, most=5))
def test_rays_are_extreme_and_satisfy_their_constraints_with_equality_where_the_masks_say(case):
    n, rows, _ = case
    check_rays(cut(Cone.of(n), rows))


def check_rays(cell):
    """The definition of the rays and masks, and that no ray lies on all constraints of another one."""
    for ray, mask in zip(cell.rays, cell.masks, strict=True):
        assert ray[-1] >= 0 and (ray[-1] == 0) == bool(mask & 1)
        for i, row in enumerate(cell.constraints):
            value = sum(w * v for w, v in zip(row, ray, strict=True))
            assert value >= 0
            assert (value == 0) == bool(mask >> (i + 1) & 1)
    for v in cell.lineality:
        assert all(sum(w * x for w, x in zip(row, v, strict=True)) == 0 for row in cell.constraints)
    for a in cell.masks:
        assert sum(a & b == a for b in cell.masks) == 1


@settings(max_examples=300)
@given(arrangements(rows=8))
def test_the_point_is_inside(case):
    n, rows, _ = case
    cell = cut(Cone.of(n), rows)
    x = cell.point()
    assert len(x) == n
    assert all(evaluate(row, x) > 0 for row in cell.constraints if any(row))


@settings(max_examples=300)
@given(arrangements())
@example((1, [], [(0, 3)]))
def test_the_maximum_is_a_supremum(case):
    n, rows, forms = case
    cell = cut(Cone.of(n), rows)
    for form in forms:
        top = cell.maximum(form)
        if top is None:
            assert feasible([*cell.constraints, (*form[:-1], form[-1] - 10**9)], n) is not None
            continue
        p, q = top.numerator, top.denominator
        above = (*(q * w for w in form[:-1]), q * form[-1] - p)
        almost = (*(10**6 * w for w in above[:-1]), 10**6 * above[-1] + 1)
        assert not any(above) or feasible([*cell.constraints, above], n) is None
        assert feasible([*cell.constraints, almost], n) is not None


@settings(max_examples=300)
@given(arrangements(rows=8), st.lists(st.integers(0, 3), min_size=8, max_size=8), st.integers(0, 2))
def test_a_form_that_is_not_negative_is_a_combination_of_the_constraints(case, weights, constant):
    n, rows, forms = case
    cell = cut(Cone.of(n), rows)
    made = [sum(k * row[j] for k, row in zip(weights, cell.constraints, strict=False)) for j in range(n + 1)]
    made[-1] += constant
    for form in [tuple(made), *forms, *cell.constraints]:
        if cell.signs(form)[1]:
            with pytest.raises(ValueError, match="negative"):
                cell.combination(form)
            continue
        found = cell.combination(form)
        assert len(found) <= n + 1
        assert all(m > 0 for _, m in found) and len({i for i, _ in found}) == len(found)
        rest = [form[j] - sum(m * cell.constraints[i][j] for i, m in found) for j in range(n + 1)]
        assert rest[:-1] == [0] * n and rest[-1] >= 0


@settings(max_examples=200)
@given(arrangements())
def test_a_cell_is_bounded_iff_every_coordinate_is(case):
    n, rows, _ = case
    cell = cut(Cone.of(n), rows)
    unit = [tuple(s * (i == j) for j in range(n + 1)) for i in range(n) for s in (1, -1)]
    assert cell.bounded == all(cell.maximum(row) is not None for row in unit)


def count(cell, rows):
    """The number of cells of an arrangement inside the cell."""
    for k, row in enumerate(rows):
        if cell.signs(row) == (True, True):
            return sum(count(part, rows[k + 1 :]) for part in cell.split(row))
    return 1


@pytest.mark.parametrize(("n", "m"), [(1, 7), (2, 1), (2, 9), (3, 7), (4, 7), (5, 7)])
def test_hyperplanes_in_general_position_make_the_known_number_of_cells(n, m):
    """Schläfli 1852: Σ_{i ≤ n} C(m, i); hyperplanes normal to points of the moment curve are in general position."""
    rows = [tuple(s**k for k in range(n + 1)) for s in range(1, m + 1)]
    assert count(Cone.of(n), rows) == sum(comb(m, i) for i in range(n + 1))


@pytest.mark.parametrize(("n", "m"), [(1, 3), (2, 6), (3, 6), (4, 6), (5, 6)])
def test_hyperplanes_through_one_point_make_the_known_number_of_cells(n, m):
    """The same through one point: 2 Σ_{i < n} C(m − 1, i) (Schläfli 1852)."""
    rows = [(*(s**k for k in range(n)), -sum(s**k for k in range(n))) for s in range(1, m + 1)]
    assert count(Cone.of(n), rows) == 2 * sum(comb(m - 1, i) for i in range(n))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_reflections_of_the_cube_make_the_known_number_of_cells(n):
    """The planes x_i = 0, x_i = ±x_j make 2^n n! chambers: type B_n, with many planes through every line."""
    unit = [tuple(int(i == j) for j in range(n + 1)) for i in range(n)]
    pairs = [tuple(a + s * b for a, b in zip(unit[i], unit[j], strict=True)) for i in range(n) for j in range(i) for s in (1, -1)]
    chambers = 1
    for k in range(1, n + 1):
        chambers *= 2 * k
    assert count(Cone.of(n), [*unit, *pairs, *unit]) == chambers


def test_rays_are_extreme_in_a_polytope_with_many_facets_at_a_vertex():
    """A truncated 4-cube and its halves: pairs of vertices on two common facets that do not span an edge."""
    n = 4
    rows = [(*v, -1) for v in product((0, 1, -1), repeat=n) if sum(map(abs, v)) in (1, 2, n)]
    cell = Cone.of(n, [tuple(-w for w in row) for row in rows])
    check_rays(cell)
    for row in product((1, 0), repeat=n):
        for part in cell.split((*row, 0)) if any(row) else ():
            check_rays(part)


def test_rays_are_extreme_where_a_constraint_is_implied_by_two_others():
    """Opposite corners of the square x_1 = x_2 = 0 of the 4-cube lie on three common constraints, of rank 2."""
    unit = [tuple(int(i == j) for j in range(5)) for i in range(4)]
    cell = Cone.of(4, [(1, 1, 0, 0, 0), *unit, *[(*(-w for w in row[:-1]), 1) for row in unit]])
    assert len(cell.rays) == 16
    for part in cell.split((0, 0, 2, 4, -3)):
        check_rays(part)


def test_parallel_and_repeated_hyperplanes_are_counted_once():
    rows = [(1, 2, 0), (2, 4, 0), (-1, -2, 0), (1, 2, 1), (3, 6, -5), (0, 0, 0), (0, 0, 7)]
    assert count(Cone.of(2), rows) == 4


def test_points_are_short():
    cell = Cone.of(2, [(1, 0, 0), (0, 1, 0), (-7, -9, 30)])
    assert all(x.denominator <= 2 for x in cell.point())
    sliver = Cone.of(1, [(10**30, -1), (-(10**30), 2)])
    assert Fraction(1, 10**30) < sliver.point()[0] < Fraction(2, 10**30)


def test_a_ragged_row_is_an_error():
    with pytest.raises(ValueError, match="3 entries"):
        Cone.of(2, [(1, 0)])


def test_a_cell_pickles():
    cell = Cone.of(2, [(1, 0, 0), (0, 1, 0), (-1, -1, 1)])
    again = pickle.loads(pickle.dumps(cell))
    assert again.constraints == cell.constraints and again.maximum((1, 2, 3)) == cell.maximum((1, 2, 3)) == 5
