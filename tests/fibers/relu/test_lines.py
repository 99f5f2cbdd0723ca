"""Lines: every kink is listed, and a line without a point of difference has none."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import oracles
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.lines import breakpoints, difference_on_line, line_work, restricted
from proofs import strategies

NETWORKS = strategies.networks(hidden=(0, 3))
ONE_INPUT = st.lists(st.integers(1, 4), max_size=3).flatmap(lambda inner: strategies.networks(widths=[1, *inner, 1]))


def a_line(n, seed):
    rng = random.Random(seed)
    x = tuple(Fraction(rng.randint(-9, 9), rng.randint(1, 5)) for _ in range(n))
    return x, tuple(Fraction(rng.choice([-3, -1, 1, 2]), rng.randint(1, 3)) for _ in range(n))


def hat(at, width):
    """A network of two hidden layers that is σ(width − |x − at|): 0 but for an interval."""
    return ReLUNetwork([([[1], [-1]], [-at, at]), ([[-1, -1]], [width]), ([[1]], [0])])


ZERO = ReLUNetwork([([[0]], [0])])


@given(NETWORKS, st.integers(0, 10**6))
def test_the_restriction_is_the_network_on_the_line(f, seed):
    x, v = a_line(f.inputs, seed)
    on_line = restricted(f, x, v)
    for s in (Fraction(0), Fraction(-7, 3), Fraction(10**9)):
        assert on_line([s]) == f([a + s * b for a, b in zip(x, v, strict=True)])


@given(ONE_INPUT)
def test_the_network_is_affine_between_breakpoints(f):
    kinks = breakpoints(f)
    assert kinks == sorted(set(kinks))
    ends = [kinks[0] - 10**6, *kinks, kinks[-1] + 10**6]
    for a, b in itertools.pairwise(ends):
        (left,), (inner,), (right,) = f([a]), f([(3 * a + b) / 4]), f([b])
        assert 4 * inner == 3 * left + right


@given(ONE_INPUT)
def test_breakpoints_are_where_pre_activations_change_sign(f):
    for s in set(breakpoints(f)) - {0}:
        before, after = (patterns(f, s + step) for step in (-Fraction(1, 10**30), Fraction(1, 10**30)))
        assert before != after


def patterns(f, s):
    """The signs of all hidden pre-activations at s."""
    z, signs = (s,), []
    for rows, biases in f.layers[:-1]:
        t = [sum(w * v for w, v in zip(row, z, strict=True)) + b for row, b in zip(rows, biases, strict=True)]
        signs += [(v > 0) - (v < 0) for v in t]
        z = tuple(max(v, Fraction(0)) for v in t)
    return signs


@given(strategies.nudged(strategies.equal_pairs()), st.integers(0, 10**6))
@example((hat(Fraction(1, 3), Fraction(1, 10**30)), ZERO), 0)
@example((hat(10**30, 1), ZERO), 1)
def test_a_line_is_decided(pair, seed):
    f, g = pair
    x, v = a_line(f.inputs, seed)
    found = difference_on_line(f, g, x, v)
    if found is None:
        assert oracles.same_function(restricted(f, x, v), restricted(g, x, v))
    else:
        assert f(found) != g(found)
        s = (found[0] - x[0]) / v[0]
        assert found == tuple(a + s * b for a, b in zip(x, v, strict=True))


@pytest.mark.parametrize("width", [Fraction(1, 10**100), Fraction(1, 7), Fraction(10**100)])
def test_a_hat_of_any_width_is_found_anywhere(width):
    for at in (Fraction(0), Fraction(10**60), Fraction(-1, 3)):
        (found,) = difference_on_line(hat(at, width), ZERO, [Fraction(0)], [Fraction(1)])
        assert abs(found - at) < width


def test_the_cost_of_a_line_grows_with_both_networks():
    small, large = hat(0, 1), ReLUNetwork([([[1]] * 40, [0] * 40), ([[1] * 40], [0])])
    assert line_work(small, small) < line_work(small, large) < line_work(large, large)
