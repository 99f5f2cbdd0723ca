"""The partition function of intervals, from any point of the sweep on, is what going through all choices gives."""

from __future__ import annotations

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from fibers.linear.sweeping import Sweep


def slow(widths, k, decided, pending):
    """Every layer chooses, for each group, how many it keeps; those born fill it up."""
    if min((*decided, *pending), default=0) < 0:
        return 0
    total = 0
    for kept in product(*(range(g + 1) for g in pending)):
        born = widths[k] - sum(decided) - sum(kept)
        if born >= 0:
            total += slow(widths, k + 1, (), (*decided, *kept, born)) if k + 1 < len(widths) else 1
    return total


points = st.lists(st.integers(0, 4), min_size=2, max_size=4).flatmap(
    lambda widths: st.tuples(
        st.just(tuple(widths)),
        st.integers(1, len(widths) - 1),
        st.lists(st.integers(0, 3), max_size=2),
        st.lists(st.integers(0, 3), max_size=3),
    )
)


@given(points)
@example(((1, 1), 1, [], [1]))
@example(((0, 0), 1, [], [0]))
@example(((3, 2, 4), 1, [], [3]))
@example(((3, 2, 4), 1, [1], []))
@example(((3, 2, 4), 1, [2], [2]))
@example(((2, 3, 3, 2), 2, [1], [2]))
@example(((2, 3, 3, 2), 3, [1, 1], [0, 2, 2]))
@example(((2, 3, 3, 2), 2, [2, 2], [1]))
@example(((2, 3), 1, [-1], [1]))
@example(((2, 3), 1, [], [-1, 2]))
def test_the_ways_to_go_on_are_all_choices_of_all_layers(point):
    widths, k, decided, pending = point
    assert Sweep(widths).ways(k, decided, pending) == slow(widths, k, decided, pending)


def test_a_sweep_that_takes_too_long_forgets_what_it_found():
    sweep = Sweep((50, 51, 52, 53))
    assert sweep.ways(1, (), (50,), steps=100) is None and not sweep.known
    assert sweep.ways(1, (), (50,)) == Sweep((50, 51, 52, 53)).ways(1, (), (50,))


def test_what_earlier_questions_left_makes_room_for_the_next():
    """The limit is for one question, not for all of them."""
    sweep, alone = Sweep((19,) * 4), Sweep((19,) * 4)
    found = [sweep.ways(2, (), (a, b), steps=50) for a in range(20) for b in range(20 - a)]
    assert found == [alone.ways(2, (), (a, b)) for a in range(20) for b in range(20 - a)] and len(sweep.known) <= 50
