"""Interior points and implicit equalities, against double description and against the simplex method of `tests/tableaux.py`."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tableaux import equalities

from fibers.relu.cones import Cone, Empty
from fibers.relu.interiors import NoPoint, _near, implicit_equalities, interior_point, rounded
from fibers.relu.steering import Hint


@st.composite
def systems(draw):
    """Few coordinates and rows, with small entries so that rows often meet in one point, are parallel, opposite or zero."""
    n = draw(st.integers(1, 4))
    size = draw(st.sampled_from([1, 2, 10**6, 2**200]))
    entry = st.integers(-size, size) if size < 10 else st.builds(lambda a, b: a + b, st.integers(-2, 2), st.integers(-size, size))
    rows = draw(st.lists(st.tuples(*[entry] * n, entry if draw(st.booleans()) else st.just(0)), max_size=8))
    opposite = draw(st.lists(st.sampled_from(rows), max_size=3)) if rows else []
    return n, rows + [tuple(-2 * a for a in row) for row in opposite]


@given(systems())
@example((1, []))
@example((2, [(0, 0, 0)]))
@example((2, [(0, 0, -1)]))
@example((1, [(1, 0), (-1, -1)]))
@example((2, [(1, 0, 0), (-1, 0, 0), (1, -1, 0), (-1, 1, 0), (0, 1, -1), (0, -1, 1)]))
@example((3, [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (-1, -1, -1, 0)]))
def test_implicit_equalities_are_those_of_another_simplex_method(system):
    """The same rows, and the same verdict on emptiness; multipliers are proofs."""
    n, rows = system
    expected = equalities(rows, n)
    if expected.empty:
        with pytest.raises(NoPoint) as caught:
            implicit_equalities(n, rows)
        total = _total(n, rows, caught.value.multipliers)
        assert not any(total[:-1]) and total[-1] < 0 and all(m > 0 for _, m in caught.value.multipliers)
    else:
        found = implicit_equalities(n, rows)
        assert [i for i, _ in found] == [i for i, _ in expected.multipliers]
        assert not any(_total(n, rows, found)) and all(m > 0 for _, m in found)


@given(systems())
@example((2, [(0, 0, -1)]))
@example((1, [(2**300, 1), (-(2**300), 1)]))
def test_interior_points_are_inside_and_found_iff_cones_have_one(system):
    """`Cone.of` and `interior_point` raise `Empty` for the same rows."""
    n, rows = system
    try:
        Cone.of(n, rows)
    except Empty:
        with pytest.raises(Empty):
            interior_point(n, rows)
    else:
        point = interior_point(n, rows)
        assert all(sum(a * x for a, x in zip(row, (*point, 1), strict=True)) > 0 for row in rows if any(row))


def test_a_sliver_has_an_interior_point():
    """Between x ≥ 1/3 and x ≤ 1/3 + 2^-200, y ≥ 0: no float is inside."""
    rows = [(3, 0, -1), (-3 << 200, 0, (1 << 200) + 3), (0, 1, 0), (1, 1, 0)]
    x, y = interior_point(2, rows)
    assert Fraction(1, 3) < x < Fraction(1, 3) + Fraction(1, 2**200) and y > 0


def test_hundreds_of_coordinates_with_equal_ends_are_equalities():
    """A box in R^200, half of it flat, and a row that touches it."""
    n = 200
    rows = []
    for j in range(n):
        unit = [int(i == j) for i in range(n)]
        rows += [(*unit, 0), (*[-u for u in unit], j % 2)]
    flat = [i for i in range(2 * n) if (i // 2) % 2 == 0]
    rows.append((*[-1] * n, 100))  # touches at the corner of ones, which it does not cut off
    assert [i for i, _ in implicit_equalities(n, rows)] == flat
    rows.append((*[1] * n, -100))
    assert len(implicit_equalities(n, rows)) == 302


def test_rounding_keeps_few_digits():
    """The shortest of the trials that is inside."""
    assert rounded([(1, 0), (-1, 1)], [Fraction(1, 3)]) == (Fraction(1, 4),)


def test_points_on_a_wall_are_refused_by_rounding():
    """However near a wall a point may lie, but not on it."""
    rows = [(3, -1), (-3 << 400, (1 << 400) + 3)]
    near = Fraction(1, 3) + Fraction(1, 2**401)
    assert Fraction(1, 3) < rounded(rows, [near])[0] < Fraction(1, 3) + Fraction(1, 2**400)
    with pytest.raises(ValueError, match="not all rows are > 0"):
        rounded(rows, [Fraction(1, 3)])


def test_hints_beyond_floats_are_left_alone():
    """Whatever the floats say, the point is inside."""
    rows = [(3, 2, -1), (-3, -2, 2), (1, 0, 5)]
    for depth in (1e-320, 1.0, math.inf, math.nan):
        for x in (1e308, math.inf, math.nan):
            assert _near(rows, Hint(np.array([x, 0.0, depth]), True, [], {})) is None


def _total(n, rows, terms):
    return [sum((m * rows[i][j] for i, m in terms), Fraction(0)) for j in range(n + 1)]
