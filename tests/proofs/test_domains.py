"""Equations of a domain solved by the checker: what every library that solves them finds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sympy import Matrix

from proofs.domains import read_domain
from proofs.errors import Refuted

INPUTS = 3
entries = st.one_of(st.integers(-3, 3), st.integers(-(2**80), 2**80))
equations = st.lists(st.lists(entries, min_size=INPUTS + 1, max_size=INPUTS + 1), max_size=4)


def polyhedron(rows):
    """Where all rows vanish."""
    both = [*rows, *([-v for v in row] for row in rows)]
    return read_domain({"rows": both, "equal": [[i, 1, 1] for i in range(len(both))]}, INPUTS)


@given(equations)
@example([])
@example([[0, 0, 0, 0], [0, 2, 4, 6], [0, 1, 2, 3]])
@example([[0, 0, 0, 5]])
@example([[1, 1, 0, 0], [1, 1, 0, 1]])
@example([[2, 0, 0, 1], [0, 3, 0, 1], [0, 0, 5, 1]])
def test_equations_are_solved_as_row_reduction_does(rows):
    """Every bound coordinate is the reduced row of its pivot; a pivot in the last column is a contradiction."""
    echelon, pivots = Matrix(len(rows), INPUTS + 1, [v for row in rows for v in row]).rref()
    if INPUTS in pivots:
        with pytest.raises(Refuted, match="contradict"):
            polyhedron(rows).frame()
        return
    frame = polyhedron(rows).frame()
    assert frame.free == [j for j in range(INPUTS) if j not in pivots]
    for line, j in enumerate(pivots):
        reduced = [Fraction(int(v.p), int(v.q)) for v in echelon.row(line)]
        shares = {frame.free[k]: Fraction(share, frame.q) for k, share in frame.shares[j].items()}
        assert shares == {k: -v for k, v in enumerate(reduced[:-1]) if v and k != j}
        assert Fraction(frame.constants[j], frame.p) == -reduced[-1]


@given(equations, st.lists(st.integers(-5, 5), min_size=INPUTS + 1, max_size=INPUTS + 1))
def test_forms_of_rows_have_the_values_of_the_rows(rows, row):
    """At any point of the frame."""
    try:
        frame = polyhedron(rows).frame()
    except Refuted:
        return
    t = [Fraction(k + 2, 3) for k in range(len(frame.free))]
    x = [
        sum((Fraction(s, frame.q) * t[k] for k, s in shares.items()), Fraction(c, frame.p))
        for shares, c in zip(frame.shares, frame.constants, strict=True)
    ]
    form = frame.form(row)
    value = sum((form.coefficient(k) * v for k, v in enumerate(t)), Fraction(form.constant)) / form.denominator
    assert value == sum((w * v for w, v in zip(row, x, strict=False)), Fraction(row[-1]))
    assert all(sum((w * v for w, v in zip(r, x, strict=False)), Fraction(r[-1])) == 0 for r in rows)
