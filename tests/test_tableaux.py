"""The slow simplex method that tests compare with: what it concludes, against scipy's linear programs and by hand."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import linprog
from tableaux import equalities

from fibers.polyhedra import value


@st.composite
def systems(draw):
    """Small systems with many coincidences, some rows beside their negatives."""
    n = draw(st.integers(1, 4))
    rows = draw(st.lists(st.tuples(*[st.integers(-2, 2)] * (n + 1)), max_size=6))
    twins = draw(st.integers(0, min(2, len(rows))))
    return n, rows + [tuple(-v for v in row) for row in rows[:twins]]


def feasible(rows, n, strict=()):
    """Whether the rows are ≥ 0 somewhere, and those in `strict` ≥ 1 there after scaling: by HiGHS, in floats."""
    A = [[-v for v in row] for row in rows]  # homogenised: the last coordinate is λ ≥ 1
    b = [-1.0 if i in strict else 0.0 for i in range(len(rows))]
    bounds = [(None, None)] * n + [(1, None)]
    return linprog(np.zeros(n + 1), A_ub=A or None, b_ub=b or None, bounds=bounds).status == 0


@given(systems())
@example((1, []))
@example((2, [(0, 0, 0)]))
@example((1, [(0, -1)]))
@example((1, [(1, 0), (-1, 0)]))
@example((2, [(1, 1, -1), (-1, 0, 0), (0, -1, 0)]))
def test_emptiness_and_equalities_are_those_of_linear_programs(system):
    """A row can be positive somewhere, or it is among the equalities."""
    n, rows = system
    found = equalities(rows, n)
    assert bool(found.empty) == (not feasible(rows, n))
    if not found.empty:
        equal = {i for i, _ in found.multipliers}
        assert equal == {i for i, row in enumerate(rows) if any(row) and not feasible(rows, n, {i})}


@given(systems())
def test_every_conclusion_carries_its_proof(system):
    """Multipliers cancel the rows, and the point makes all other rows positive."""
    n, rows = system
    found = equalities(rows, n)
    y = found.empty or found.multipliers
    total = [sum(m * rows[i][k] for i, m in y) for k in range(n + 1)]
    assert all(m > 0 for _, m in y)
    if found.empty:
        assert not any(total[:-1])
        assert total[-1] < 0
    else:
        assert not any(total)
        signs = [value(row, found.point) for row in rows]
        assert all(s == 0 if i in dict(y) else s > 0 for i, s in enumerate(signs) if any(rows[i]))


@pytest.mark.parametrize("gap", [Fraction(1, 10**40), Fraction(0), Fraction(-1, 10**40)])
def test_a_sliver_beyond_floats_is_told_from_a_point_and_from_nothing(gap):
    """0 ≤ x ≤ gap."""
    found = equalities([(1, 0), (-gap.denominator, gap.numerator)], 1)
    assert bool(found.empty) == (gap < 0)
    assert bool(found.multipliers) == (gap == 0)


def test_cycling_is_impossible_on_a_highly_degenerate_system():
    """Two hundred rows through the origin of R^6, each also scaled."""
    rng = random.Random(5)
    rows = [(*[rng.randint(-1, 1) for _ in range(6)], 0) for _ in range(100)]
    rows += [tuple(2 * v for v in row) for row in rows]
    found = equalities(rows, 6)
    assert not found.empty
    assert {i for i, _ in found.multipliers} == {i for i, row in enumerate(rows) if any(row)}  # only the origin is left
