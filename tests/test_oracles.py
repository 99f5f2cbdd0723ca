"""The oracle itself, on cases whose answers are known by hand."""

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def net(*layers):
    """A network as the oracle sees it: pairs (W, b) of Fractions."""
    return SimpleNamespace(
        layers=tuple((tuple(tuple(map(Fraction, row)) for row in W), tuple(map(Fraction, b))) for W, b in layers)
    )


ABSOLUTE = net(([[1], [-1]], [0, 0]), ([[1, 1]], [0]))
MAXIMUM = net(([[1, -1], [0, 1], [0, -1]], [0, 0, 0]), ([[1, 1, -1]], [0]))  # max(x, y) = σ(x − y) + y
SWAPPED = net(([[-1, 1], [1, 0], [-1, 0]], [0, 0, 0]), ([[1, 1, -1]], [0]))  # σ(y − x) + x
RAMP = net(([[1]], [0]), ([[-1]], [1]), ([[1]], [0]))  # σ(1 − σ(x))
MIRRORED = net(([[-1]], [1]), ([[-1]], [1]), ([[-1]], [1]))  # 1 − σ(1 − σ(1 − x))


def maximum_of_three(i, j, k):
    """max(max(x_i, x_j), x_k), with x_j = σ(x_j) − σ(−x_j) in both layers."""
    e = [[int(u == v) for v in range(3)] for u in range(3)]
    difference = [a - b for a, b in zip(e[i], e[j], strict=True)]
    first = [difference, e[j], [-a for a in e[j]], e[k], [-a for a in e[k]]]
    return net((first, [0] * 5), ([[1, 1, -1, -1, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], [0] * 3), ([[1, 1, -1]], [0]))


EQUAL = {
    "|x| as a flip": (ABSOLUTE, net(([[-2], [2]], [0, 0]), ([["1/2", "1/2"]], [0]))),
    "max(x, y) both ways": (MAXIMUM, SWAPPED),
    "a reflected ramp": (RAMP, MIRRORED),
    "a neuron dead by its inputs": (net(([[1, 0]], [0]), ([[-1]], [-1]), ([[5]], [2])), net(([[0, 0]], [2]))),
    "x = σ(x) − σ(−x)": (net(([[1]], [0])), net(([[1], [-1]], [0, 0]), ([[1, -1]], [0]))),
    "max of three, associated both ways": (maximum_of_three(0, 1, 2), maximum_of_three(1, 2, 0)),
}
DIFFERENT = {
    "a sliver": (net(([[1], [-1]], [-1, "1000001/1000000"]), ([[-1, -1]], ["3/2000000"]), ([[1]], [0])), net(([[0]], [0]))),
    "a bias": (ABSOLUTE, net(([[1], [-1]], [0, 0]), ([[1, 1]], ["1/1000000000"]))),
    "max and min": (MAXIMUM, net(([[1, -1], [0, 1], [0, -1]], [0, 0, 0]), ([[-1, 1, -1]], [0]))),
    "one output of two": (net(([[1], [0]], [0, 0])), net(([[1], ["1/7"]], [0, 0]))),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_functions_have_no_difference(name):
    assert oracles.difference(*EQUAL[name]) is None


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_functions_differ_at_the_point_given(name):
    f, g = DIFFERENT[name]
    point = oracles.difference(f, g)
    assert by_hand(f, point) != by_hand(g, point)


def by_hand(f, x):
    for k, (rows, biases) in enumerate(f.layers):
        x = x if k == 0 else [max(v, 0) for v in x]
        x = [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(rows, biases, strict=True)]
    return x


@pytest.mark.parametrize("find", [oracles.inside, oracles.interior])
def test_the_square_has_interior_and_the_empty_strip_has_none(find):
    square = [(1, 0, 0), (-1, 0, 1), (0, 1, 0), (0, -1, 1)]
    x, y = find(square, 2)
    assert 0 < x < 1
    assert 0 < y < 1
    assert find([(1, 1, 0), (-1, -1, 0)], 2) is None  # 0 < x + y < 0
    assert find([(1, 0, -1), (-1, 1, 0), (0, -1, 1)], 2) is None  # 1 < x < y < 1
    assert find([(0, 0, 0)], 2) is None
    assert find([(0, 0, -1), (1, 0, 0)], 2) is None
    assert find([], 3) == (0, 0, 0)


def test_what_is_tiny_or_far_away_is_found():
    """A triangle of side 10^−20, and a wedge that opens at 10^20."""
    tiny = Fraction(1, 10**20)
    triangle = [(1, 0, 0), (0, 1, 0), (-(10**20), -(10**20), 1)]
    assert all(0 < v < tiny for v in oracles.inside(triangle, 2))
    assert oracles.inside([(1, 0, -(10**20)), (0, 1, 0), (1, -1, 0)], 2)[0] > 10**20
    assert oracles.inside([*triangle, (1, 1, -1)], 2) is None


def systems(n, entries):
    return st.lists(st.tuples(*[st.integers(-entries, entries)] * (n + 1)), max_size=9)


@pytest.mark.parametrize(("n", "entries"), [(1, 2), (2, 2), (3, 1), (3, 3), (4, 1)])
def test_the_nearest_point_and_elimination_agree_about_cells(n, entries):
    @given(systems(n, entries))
    @settings(max_examples=120)
    def check(system):
        points = [find(system, n) for find in (oracles.inside, oracles.interior)]
        assert (points[0] is None) == (points[1] is None)
        for point in points:
            assert point is None or all(oracles.evaluate(row, point) > 0 for row in system)

    check()


@given(systems(2, 2))
@settings(max_examples=100)
def test_elimination_agrees_with_vertices(system):
    """An open polygon is empty iff no midpoint of a fine enough grid lies in it; here all vertices are multiples of 1/60."""
    if oracles.interior(system, 2) is None:
        grid = [Fraction(i, 5) + Fraction(1, 61) for i in range(-25, 26)]
        assert not any(all(oracles.evaluate(row, (x, y)) > 0 for row in system) for x in grid for y in grid)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_generic_hyperplanes_cut_space_into_as_many_cells_as_they_should(n):
    """Points (1, t, ..., t^n) on the moment curve are in general position: Σ_{i ≤ n} C(m, i) cells."""
    m = 7
    f = net(([[t**i for i in range(1, n + 1)] for t in range(1, m + 1)], [1] * m), ([[1] * m], [0]))
    identity = [tuple(Fraction(int(i == j)) for j in range(n + 1)) for i in range(n)]
    count = sum(1 for _ in oracles.cells(f.layers, identity, (), (Fraction(0),) * n))
    assert count == sum(math.comb(m, i) for i in range(n + 1))


@st.composite
def on_the_line(draw):
    entry = st.integers(-2, 2)
    widths = [1, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)), 1]

    def matrix(n, m):
        return [[draw(entry) for _ in range(m)] for _ in range(n)]

    return net(*((matrix(n, m), matrix(1, n)[0]) for m, n in itertools.pairwise(widths)))


@given(on_the_line(), on_the_line())
@settings(max_examples=100, deadline=None)
def test_cells_and_breakpoints_agree_on_the_line(f, g):
    assert oracles.same_function(f, g) == oracles.same_on_the_line(f, g)
    assert oracles.same_on_the_line(f, f)
