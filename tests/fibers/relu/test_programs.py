"""Cells by linear programs say what cells by double description say, whatever the floats do."""

import pickle
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers.limits import Limits, OutOfBudget
from fibers.relu.cones import Cone, Empty
from fibers.relu.programs import KEPT, Program
from fibers.relu.steering import Hint, Steering


@st.composite
def walks(draw):
    """Rows to begin with, and forms to ask for: through one point, parallel, repeated, of any size; with the side to go to."""
    n = draw(st.integers(1, 4))
    size = draw(st.sampled_from([1, 2, 10**6, 2**300]))
    near = st.builds(lambda a, b: a * size + b, st.integers(-2, 2), st.integers(-3, 3))
    entry = st.integers(-size, size) if size < 2**100 else near
    uneven = st.builds(lambda a, e: a * 10**e, st.integers(-9, 9), st.integers(0, 12))  # 10⁻⁶ to 10⁶, times 10⁶
    forms = st.tuples(*[draw(st.sampled_from([entry, entry, uneven]))] * n, draw(st.sampled_from([entry, st.just(0)])))
    rows = draw(st.lists(forms, max_size=4))
    if draw(st.booleans()):
        for j in range(n):
            unit = [int(i == j) for i in range(n)]
            rows += [(*unit, size), (*[-u for u in unit], size)]
    pool = draw(st.lists(forms, min_size=1, max_size=5)) + rows
    change = st.tuples(
        st.sampled_from(pool), st.sampled_from([1, 1, 2, -3]), st.sampled_from([0, 0, 1, -1]), st.sampled_from([1, -1])
    )
    return n, rows, draw(st.lists(change, max_size=10))


def agree(n, rows, changes):
    """Every answer of `Program` along a walk, against `Cone` and the definition."""
    try:
        cone = Cone.of(n, rows)
    except Empty:
        with pytest.raises(Empty):
            Program.of(n, rows)
        return
    cell = Program.of(n, rows)
    for row, factor, shift, side in changes:
        form = (*(factor * a for a in row[:-1]), factor * row[-1] + shift)
        assert cell.signs(form) == cone.signs(form)
        assert cell.maximum(form) == cone.maximum(form)
        positive, negative = cone.signs(form)
        if negative:
            with pytest.raises(ValueError, match="negative"):
                cell.combination(form)
        else:
            assert proves(cell, form)
        if positive and negative:
            cone, above_and_below = cone.child(form, side), cell.split(form)
            cell = above_and_below[side < 0]
            assert cell.constraints == cone.constraints
        else:
            with pytest.raises(ValueError, match="both signs"):
                cell.child(form, side)
        assert all(value(row, cell.point()) > 0 for row in cell.constraints if any(row))


def value(row, x):
    return sum((a * v for a, v in zip(row, (*x, 1), strict=True)), Fraction(0))


def proves(cell, form):
    """row = Σ multiplier·constraint + c with multipliers > 0 and c ≥ 0."""
    rest = [Fraction(a) for a in form]
    for i, m in cell.combination(form):
        assert m > 0
        rest = [r - m * a for r, a in zip(rest, cell.constraints[i], strict=True)]
    return not any(rest[:-1]) and rest[-1] >= 0


@given(walks())
@example((1, [], [((1, 0), 1, 0, 1), ((1, 0), 1, 1, 1), ((1, 0), -3, 1, 1)]))
@example((2, [(0, 0, 0)], [((1, 1, 0), 1, 0, 1), ((0, 0, 0), 1, 0, 1), ((0, 0, 0), 1, -1, 1), ((1, 1, 1), 1, 0, 1)]))
@example((2, [(1, 0, 0), (0, 1, 0)], [((1, 1, 0), 1, 0, 1), ((1, -1, 0), 1, 0, -1), ((2, -1, 0), 1, 0, 1)]))
def test_programs_agree_with_cones(walk):
    """Signs, suprema, proofs and parts."""
    agree(*walk)


@pytest.mark.parametrize("failing", ["silent", "wrong", "infinite"])
@settings(max_examples=60)
@given(walk=walks())
def test_programs_agree_with_cones_when_floats_fail(failing, walk):
    """No hint at all, or hints that are nonsense: pivoting alone decides, and decides the same."""
    original = Steering.maximise

    def maximise(self, w):
        if failing == "silent":
            return None
        if failing == "infinite":
            ends = np.resize([np.inf, 1.0, -np.inf, np.nan, 1e308, 1e-320], self.inputs + self.inputs % 5)[: self.inputs]
            return Hint(ends[::-1], bool(w[0] > 0), [*self.system.single], dict.fromkeys(self.system.general, np.nan))
        hint = original(self, w)
        return Hint(w[::-1] * 1e3, True, self.system.general[::2], dict.fromkeys(self.system.general, 0.7)) if hint else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Steering, "maximise", maximise)
        agree(*walk)


def test_many_hyperplanes_through_one_point_and_next_to_it():
    """x = (1/3, ..., 1/3) is a vertex of many facets of R^5; forms that miss it by 2^-200 are told from forms that touch it."""
    n = 5
    through = [[3 * ((i * j * j + i + j) % 7 - 3) for j in range(1, n + 1)] for i in range(1, 31)]
    above = [
        (*(a if sum(row) > 0 else -a for a in row), -abs(sum(row)) // 3) for row in through if sum(row)
    ]  # > 0 at 1, 0 at 1/3
    cell = Program.of(n, above)
    total = tuple(map(sum, zip(*above, strict=True)))
    assert cell.signs(total) == (True, False) and proves(cell, total)
    tiny = (*(a << 200 for a in total[:-1]), (total[-1] << 200) - 1)
    assert cell.signs(tiny) == (True, True)
    small = cell.child(tiny, -1)
    assert small.maximum(total) == Fraction(1, 2**200)
    assert all(value(row, small.point()) > 0 for row in small.constraints)


def test_cells_between_parallel_walls_become_thin_and_stay_exact():
    """Halving a slab of R^6 two hundred times."""
    cell = Program.of(6, [(1, 1, 1, 1, 1, 1, 0), (-1, -1, -1, -1, -1, -1, 1)])
    for k in range(1, 201):
        form = (*[2**k] * 6, -1)
        assert cell.signs(form) == (True, True)
        cell = cell.child(form, -1)
    assert cell.maximum((1, 1, 1, 1, 1, 1, 0)) == Fraction(1, 2**200)
    assert cell.maximum((1, 0, 0, 0, 0, 0, 0)) is None
    assert cell.signs((1, 2, 1, 1, 1, 1, 0)) == (True, True)


def test_slabs_thinner_than_floats_and_coefficients_beyond_them():
    """Slabs of width 10⁻³⁰⁵ to 10⁻³³⁰, aslant and along an axis."""
    for power in (305, 308, 311, 314, 320, 324, 330):
        thin = 10**power
        aslant = [(thin, thin, 0), (-thin, -thin, 1), (1, 0, 0), (-1, 0, 1)]
        straight = [(0, thin, 0), (0, -thin, 1), (1, 0, 0), (-1, 0, 1)]
        for rows in (aslant, straight):
            cut = (*(2 * a for a in rows[0][:-1]), -1)
            agree(
                2,
                rows,
                [(cut, 1, 0, 1), ((1, 1, 0), 1, 0, 1), ((thin, 1, -1), 1, 0, -1), (cut, 2, -1, 1), ((1, 0, -thin), 1, 0, 1)],
            )


def test_a_centre_that_is_no_longer_among_the_points_is_taken_back():
    """All points kept have x > 1/4, and the centre was dropped: the part where x ≤ 1/4 has a point all the same."""
    box = ((1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1))
    points = [((k, 0), 16) for k in range(9, 15)] + [((0, 0), 1)]
    cell = Program(2, box, points, Steering(2))
    for k in range(4, 4 + KEPT):
        assert cell.signs((1 << k, 0, 1 - (1 << k))) == (True, True)
    assert all(4 * x > bottom for (x, _), bottom in cell._points)
    x, _ = cell.child((4, 0, -1), -1).point()
    assert -1 < x < Fraction(1, 4)


def test_parents_stay_usable_and_cells_pickle():
    """Asking a parent after its children changes nothing; a copy answers the same."""
    cell = Program.of(6, [tuple(int(i == j) for j in range(7)) for i in range(6)])
    left, right = cell.split((1, -1, 0, 0, 0, 0, 0))
    assert (left.signs((1, -1, 0, 0, 0, 0, 0)), right.signs((1, -1, 0, 0, 0, 0, 0))) == ((True, False), (False, True))
    assert cell.signs((1, -1, 0, 0, 0, 0, 0)) == (True, True)
    copy = pickle.loads(pickle.dumps(left))
    assert copy.constraints == left.constraints and copy.signs((2, -1, 0, 0, 0, 0, 1)) == (True, False)


def test_limits_end_a_program():
    """The deadline is kept between and inside linear programs."""
    n = 60
    rows = [tuple([(7 * i * j * j + i * i + 3 * j) % 101 - 50 for j in range(n)] + [1000]) for i in range(1, 200)]
    cell = Program.of(n, rows, Limits(time.monotonic() + 0.01))
    forms = [tuple([(5 * i * j + j * j) % 103 - 51 for j in range(n)] + [-1000]) for i in range(1000)]
    with pytest.raises(OutOfBudget):
        list(map(cell.signs, forms))


def test_forms_of_the_wrong_length_are_refused():
    """n + 1 entries."""
    with pytest.raises(ValueError, match="R\\^2 has 3 entries; found 2"):
        Program.of(2, [(1, 2)])
