"""Exact pivoting ends, and each end comes with its proof."""

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.limits import Limits, OutOfBudget
from fibers.relu import simplex
from fibers.relu.cones import Cone, Empty
from fibers.relu.simplex import Bound, Infeasible, Optimum, Ray, System, Vertex, maximise


@st.composite
def programs(draw):
    """A few rows and an objective in few coordinates, degenerate more often than not, and any start."""
    n = draw(st.integers(1, 4))
    entry = st.integers(*draw(st.sampled_from([(-1, 1), (-2, 2), (-(10**12), 10**12), (-(2**200), 2**200)])))
    rows = draw(st.lists(st.tuples(*[entry] * n, draw(st.sampled_from([entry, st.just(0), st.integers(0, 5)]))), max_size=9))
    start = draw(st.lists(st.integers(-n, len(rows) - 1), max_size=n + 1))
    return n, rows, draw(st.tuples(*[entry] * n)), start


def at(row, x):
    return sum((a * v for a, v in zip(row, (*x, 1), strict=True)), Fraction(0))


def total(n, rows, terms):
    assert all(m > 0 for _, m in terms)
    return [sum((m * rows[i][j] for i, m in terms), Fraction(0)) for j in range(n + 1)]


@pytest.mark.parametrize("greedy", [0, 2, 1000])
@settings(max_examples=60)
@given(program=programs(), enough=st.none() | st.integers(-3, 3))
@example((1, [], (0,), []), None)
@example((1, [], (1,), []), None)
@example((1, [(0, -1)], (1,), [0]), None)
@example((2, [(1, 0, 0), (-1, 0, 0), (0, 1, 0)], (1, -1), [0, 1]), None)
@example((2, [(1, 1, 0), (-1, -1, -1)], (0, 1), []), 0)
def test_each_outcome_is_proved(greedy, program, enough):
    """Points satisfy the rows, bounds are identities, rays recede, infeasible rows have a sum < 0; by Bland's rule too."""
    n, rows, w, start = program
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simplex, "GREEDY", greedy)
        found = maximise(System(n, rows), w, start, enough=None if enough is None else Fraction(enough))
    if enough is None:
        assert isinstance(found, Optimum | Ray | Infeasible)
    if isinstance(found, Vertex):
        assert all(at(row, found.point) >= 0 for row in rows) and at((*w, 0), found.point) == found.value
    if isinstance(found, Bound):
        *left, constant = total(n, rows, found.multipliers)
        assert all(a + b == 0 for a, b in zip(left, w, strict=True)) and constant == found.value
    if isinstance(found, Vertex | Bound) and not isinstance(found, Optimum):
        assert (found.value > enough) == isinstance(found, Vertex)
    if isinstance(found, Ray):
        assert at((*w, 0), found.direction) > 0 and all(at((*row[:-1], 0), found.direction) >= 0 for row in rows)
    if isinstance(found, Infeasible):
        *left, constant = total(n, rows, found.multipliers)
        assert not any(left) and constant < 0


@given(programs())
def test_the_maximum_is_that_of_the_vertices(program):
    """Against the extreme rays of double description."""
    n, rows, w, start = program
    try:
        cone = Cone.of(n, rows)
    except Empty:
        return
    found = maximise(System(n, rows), w, start)
    assert (found.value if isinstance(found, Optimum) else None) == cone.maximum((*w, 0))


def test_cycling_is_impossible():
    """Beale's example (1955), on which the largest coefficient rule cycles: maximum 1/20, here times 100."""
    signs = [tuple([int(i == j) for j in range(5)]) for i in range(4)]
    rows = [(-25, 6000, 4, -900, 0), (-50, 9000, 2, -300, 0), (0, 0, -1, 0, 1), *signs]
    found = maximise(System(4, rows), (75, -15000, 2, -600), [3, 4, 5, 6])
    assert isinstance(found, Optimum) and found.value == 5


def test_coordinates_that_no_row_mentions_stay_at_the_anchor():
    """Or grow without end, if the objective mentions them."""
    system = System(3, [(1, 0, 0, 0), (-1, 0, 0, 1)])
    anchor = (Fraction(1, 2), Fraction(7), Fraction(8))
    found = maximise(system, (1, 0, 0), anchor=anchor)
    assert isinstance(found, Optimum) and found.point == (1, 7, 8)
    found = maximise(system, (1, 0, -1), anchor=anchor)
    assert isinstance(found, Ray) and found.direction[2] < 0


def test_pivoting_keeps_a_deadline():
    """It asks before each pivot."""
    with pytest.raises(OutOfBudget):
        maximise(System(1, [(1, 0)]), (-1,), limits=Limits(0.0))
