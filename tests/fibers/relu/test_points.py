"""Points as integer columns: the values of the network, exactly, and slopes far out along directions."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.networks import ReLUNetwork
from fibers.relu.points import Columns, columns, differing, first_difference, gaps, outputs
from proofs import strategies

NETWORKS = strategies.networks(hidden=(0, 3))


def some_points(n, seed, count=5):
    rng = random.Random(seed)
    return [tuple(Fraction(rng.randint(-99, 99), rng.choice([1, 2, 3, 7, 10**12])) for _ in range(n)) for _ in range(count)]


def values(y):
    return [tuple(Fraction(row[i], y.unit * q) for row in y.rows) for i, q in enumerate(y.scales)]


@given(NETWORKS, st.integers(0, 10**6))
def test_columns_have_the_values_of_the_network(f, seed):
    points = some_points(f.inputs, seed)
    assert values(outputs(f, columns(points))) == [f(x) for x in points]


@given(NETWORKS, st.integers(0, 10**6))
def test_a_direction_gives_the_slope_far_out(f, seed):
    (v,) = some_points(f.inputs, seed, 1)
    q = columns([v]).scales[0]
    far = outputs(f, Columns(columns([v]).rows, [0]))
    slope = [Fraction(row[0], far.unit * q) for row in far.rows]
    s = Fraction(10) ** 40  # beyond every kink of a small network
    ends = [f([s * k * a for a in v]) for k in (1, 2)]
    assert [(b - a) / s for a, b in zip(*ends, strict=True)] == slope


@given(NETWORKS, st.data())
def test_differing_names_the_points_of_difference(f, data):
    g = data.draw(strategies.networks(widths=(f.inputs, 2, f.outputs)))
    points = some_points(f.inputs, data.draw(st.integers(0, 10**6)))
    different = [i for i, x in enumerate(points) if f(x) != g(x)]
    assert differing(f, g, columns(points)) == different
    assert first_difference(f, g, points) == (points[different[0]] if different else None)
    assert gaps(f, g, points) == [max(abs(a - b) for a, b in zip(f(x), g(x), strict=True)) for x in points]


@pytest.mark.parametrize("size", [Fraction(1, 10**40), Fraction(10**40)])
def test_a_difference_beyond_float_precision_is_seen(size):
    f, g = (ReLUNetwork([([[1]], [b]), ([[1]], [0])]) for b in (0, Fraction(1, 10**50)))
    assert first_difference(f, g, [(-size,), (size,)]) == (size,)


def test_no_points_show_no_difference():
    f = ReLUNetwork([([[1]], [0])])
    assert first_difference(f, f, []) is None
