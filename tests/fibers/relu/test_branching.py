"""Branch and bound gives the exact largest difference when it is let, and a bound at any time."""

from __future__ import annotations

import itertools
import random
import time
from fractions import Fraction

import oracles
import pytest

from fibers.domains import Box, Polyhedron
from fibers.limits import NO_LIMITS, Limits
from fibers.networks import ReLUNetwork
from fibers.relu.branching import Branching, _rectified, _Value, branch_and_bound
from fibers.relu.cells import cell
from fibers.relu.points import gaps

Q = Fraction


def random_network(widths: tuple[int, ...], rng: random.Random) -> ReLUNetwork:
    pairs = itertools.pairwise(widths)
    return ReLUNetwork(
        [
            ([[Q(rng.randint(-4, 4), 2) for _ in range(n)] for _ in range(m)], [Q(rng.randint(-4, 4), 3) for _ in range(m)])
            for n, m in pairs
        ]
    )


def largest_on_the_line(f: ReLUNetwork, g: ReLUNetwork, low: Fraction, high: Fraction) -> Fraction:
    """The difference is affine between breakpoints, so its size is largest at one of them, or at an end."""
    inside = [x for x in {*oracles.breakpoints(f), *oracles.breakpoints(g)} if low < x < high]
    return max(gaps(f, g, [(x,) for x in [low, high, *inside]]))


def search(
    f: ReLUNetwork, g: ReLUNetwork, domain: Box | Polyhedron, tolerance: Fraction, limits: Limits = NO_LIMITS
) -> Branching:
    point = domain.sample(random.Random(0), 1)[0]
    return branch_and_bound(f, g, domain, tolerance, gaps(f, g, [point])[0], point, limits=limits)


@pytest.mark.parametrize("seed", range(30))
def test_on_a_segment_the_bound_agrees_with_breakpoints(seed: int) -> None:
    rng = random.Random(seed)
    f, g = random_network((1, 3, 2, 1), rng), random_network((1, 2, 3, 2, 1), rng)
    true = largest_on_the_line(f, g, Q(-3), Q(2))
    box = Box([-3], [2])
    low = search(f, g, box, true / 1000 or Q(1))
    assert low.finished and low.seen <= true <= low.bound
    assert low.seen > true / 1000 or not true
    for tolerance in (true * Q(99, 100), true * Q(101, 100)):
        if true:
            found = search(f, g, box, tolerance)
            assert found.finished and found.seen <= true <= found.bound
            assert (found.seen > tolerance) != (found.bound <= tolerance)
            assert gaps(f, g, [found.point])[0] == found.seen and box.contains(found.point)


@pytest.mark.parametrize("domain", [Box([-1, -1], [1, 2]), Polyhedron([[1, 1], [-1, 0], [0, -1]], [2, 1, 1])])
@pytest.mark.parametrize("seed", range(4))
def test_in_the_plane_it_decides_any_tolerance(seed: int, domain: Box | Polyhedron) -> None:
    rng = random.Random(seed)
    f, g = random_network((2, 3, 2, 2), rng), random_network((2, 4, 2), rng)
    points = domain.sample(rng, 50)
    for tolerance in (Q(1, 10), Q(1), Q(5)):
        found = search(f, g, domain, tolerance)
        assert (found.seen > tolerance) != (found.bound <= tolerance)
        assert max(gaps(f, g, points)) <= found.bound
        assert domain.contains(found.point) and gaps(f, g, [found.point]) == [found.seen]


def test_one_function_by_two_formulas_is_within_any_tolerance() -> None:
    f = ReLUNetwork([([[1, -1], [0, 1], [0, -1]], [0, 0, 0]), ([[1, 1, -1]], [0])])  # max(x, y) = σ(x − y) + y
    g = ReLUNetwork([([[-1, 1], [1, 0], [-1, 0]], [0, 0, 0]), ([[1, 1, -1]], [0])])  # σ(y − x) + x
    found = search(f, g, Box([-1, -1], [1, 1]), Q(1, 10**9))
    assert found.finished and found.bound == 0 == found.seen


def test_affine_networks_need_no_cut() -> None:
    f, g = ReLUNetwork([([[1, 0]], [0])]), ReLUNetwork([([[0, 1]], [0])])
    found = search(f, g, Box([0, 0], [1, 3]), Q(5, 2))
    assert found.finished and found.bound == 3 and Q(5, 2) < found.seen <= 3


def test_when_the_time_is_up_the_best_bound_so_far_is_told() -> None:
    rng = random.Random(5)
    f, g = random_network((3, 6, 6, 1), rng), random_network((3, 6, 6, 1), rng)
    assert search(f, g, Box([-9] * 3, [9] * 3), Q(1), Limits(deadline=time.monotonic() - 1)) is None
    points = Box([-9] * 3, [9] * 3).sample(rng, 100)
    low = max(gaps(f, g, points))
    found = search(f, g, Box([-9] * 3, [9] * 3), 4 * low, Limits(deadline=time.monotonic() + 0.3))
    assert found is None or found.seen <= low <= found.bound or found.seen > low


@pytest.mark.parametrize("high", [Q(1, 100), Q(1, 3), Q(9, 10), Q(1), Q(5), Q(1000)])
def test_the_line_and_interval_of_an_open_neuron_enclose_it(high: Fraction) -> None:
    part = cell(1, Box([-1], [high]))
    opened: list[tuple[Fraction, tuple[Fraction, ...]]] = []
    value = _rectified(_Value((Q(1), Q(0))), part, opened)
    assert [form for _, form in opened] == [(1, 0)]
    for t in (Q(-1), Q(0), high):
        line = value.form[0] * t + value.form[1]
        assert line + value.low <= max(t, Q(0)) <= line + value.high
