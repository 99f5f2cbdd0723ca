"""Activation regions agree with a slow definition, with published counts, and with the network itself."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import comb

import oracles
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fibers import Box, InvalidDomain, InvalidNetwork, Polyhedron, ReLUNetwork
from fibers.relu import regions
from fibers.relu.activations import pattern_at
from fibers.relu.cones import Cone

SMALL = st.integers(-2, 2)


@st.composite
def networks(draw):
    """Small integers: parallel, repeated, dead and constant neurons, and many kinks through one point."""
    widths = [draw(st.integers(1, 3)), *draw(st.lists(st.integers(1, 3), max_size=2)), draw(st.integers(1, 2))]
    rows = [[draw(st.lists(SMALL, min_size=a, max_size=a)) for _ in range(b)] for a, b in pairwise(widths)]
    return ReLUNetwork([(W, draw(st.lists(SMALL, min_size=len(W), max_size=len(W)))) for W in rows])


def generic(n, m, seed=1):
    """m neurons whose hyperplanes, normal to points of the moment curve, are in general position."""
    return ReLUNetwork([([[s**k for k in range(1, n + 1)] for s in range(seed, m + seed)], [1] * m), ([[1] * m], [0])])


def apply(affine, x):
    W, b = affine
    return tuple(sum((w * v for w, v in zip(row, x, strict=True)), c) for row, c in zip(W, b, strict=True))


def value(row, x):
    return sum((w * v for w, v in zip(row, x, strict=False)), Fraction(row[-1]))


@settings(max_examples=150)
@given(networks())
@example(ReLUNetwork([([[1, 0], [-2, 0], [3, 0], [0, 0], [0, 0]], [0, 0, 0, 0, 1]), ([[1, 1, 1, 1, 1]], [0])]))
@example(ReLUNetwork([([[1]], [0]), ([[-1], [1]], [0, 0]), ([[1, 1]], [0])]))
def test_regions_are_the_cells_of_the_slow_definition(f):
    n = f.inputs
    identity = [tuple(Fraction(int(i == j)) for j in range(n + 1)) for i in range(n)]
    slow = Counter(tuple(forms) for _, _, forms in oracles.cells(f.layers, identity, (), (Fraction(0),) * n))
    found = Counter(tuple((*w, c) for w, c in zip(*r.affine, strict=True)) for r in regions(f))
    assert found == slow


@settings(max_examples=150)
@given(networks())
def test_a_region_holds_its_point_where_the_network_is_its_affine_map(f):
    found = regions(f)
    assert len({r.pattern for r in found}) == len(found)
    for i, r in enumerate(found):
        assert r.index == i and found[i] is r and found.locate(r.point) is r
        assert pattern_at(f, r.point) == r.pattern
        assert all(value(row, r.point) > 0 for row in r.constraints)
        assert apply(r.affine, r.point) == f(r.point)


@settings(max_examples=150)
@given(networks(), st.data())
def test_every_point_lies_in_the_region_where_it_is_located(f, data):
    x = data.draw(st.lists(st.integers(-3, 3), min_size=f.inputs, max_size=f.inputs))
    r = regions(f).locate(x)
    assert all(value(row, x) >= 0 for row in r.constraints)
    assert apply(r.affine, list(map(Fraction, x))) == f(x)


@settings(max_examples=150)
@given(networks(), st.data())
def test_regions_on_a_box_are_those_that_meet_its_interior(f, data):
    ends = [sorted(data.draw(st.tuples(st.integers(-3, 3), st.integers(-3, 3)))) for _ in range(f.inputs)]
    box = Box(*zip(*ends, strict=True))
    found = regions(f, box)
    for r in found:
        assert box.contains(r.point) and pattern_at(f, r.point) == r.pattern and r.bounded
        assert all(value(row, r.point) >= 0 for row in r.constraints)
        assert apply(r.affine, r.point) == f(r.point)
    if all(a < b for a, b in ends):
        n = f.inputs
        walls = tuple(oracles.integers(tuple(map(Fraction, row))) for row in box.rows)
        middle = tuple(Fraction(a + b, 2) for a, b in ends)
        identity = [tuple(Fraction(int(i == j)) for j in range(n + 1)) for i in range(n)]
        assert len(found) == sum(1 for _ in oracles.cells(f.layers, identity, walls, middle))
    for x in box.sample(random.Random(0), 3):
        assert apply(found.locate(x).affine, x) == f(x)


@pytest.mark.parametrize(("n", "m", "count"), [(2, 16, 137), (3, 10, 176)])
def test_one_hidden_layer_in_general_position_has_the_published_number_of_regions(n, m, count):
    """Schläfli 1852, for networks Pascanu, Montúfar and Bengio 2014."""
    assert len(regions(generic(n, m))) == count


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 9), (2, 1), (2, 7), (3, 7), (4, 7), (5, 6)])
def test_one_hidden_layer_in_general_position_has_binomially_many_regions(n, m):
    assert len(regions(generic(n, m))) == sum(comb(m, i) for i in range(n + 1))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_affine_network_has_one_region(n):
    f = ReLUNetwork([([[3] * n, [0] * n], [1, 2])])
    (only,) = regions(f)
    assert only.pattern == () and only.constraints == () and not only.bounded
    assert only.affine == f.layers[0]


def test_neurons_that_do_not_bend_make_no_regions():
    f = ReLUNetwork([([[0, 0], [0, 0]], [1, -1]), ([[1, 1], [-1, 0]], [0, 0]), ([[1, 1]], [0])])
    (only,) = regions(f)
    assert only.pattern == ((True, False), (True, False))


def test_a_sawtooth_doubles_its_regions_with_every_layer():
    """t = 2σ(x) − 4σ(x − 1/2) on [0, 1], composed k times (Telgarsky 2015): 2^k pieces there, and one on each side."""
    tooth = ([[2, -4], [2, -4]], [0, Fraction(-1, 2)])
    for k in range(1, 6):
        f = ReLUNetwork([([[1], [1]], [0, Fraction(-1, 2)]), *[tooth] * (k - 1), ([[2, -4]], [0])])
        assert len(regions(f, Box(0, 1))) == 2**k


def test_regions_of_a_segment_in_the_plane_are_counted_along_it():
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    segment = Polyhedron([[1, 1], [-1, -1], [-1, 0], [1, 0]], [0, 0, 2, 3])
    found = regions(f, segment)
    assert {r.pattern for r in found} == {((True, False),), ((False, True),)}
    for r in found:
        assert sum(r.point) == 0 and segment.contains(r.point)
        assert apply(r.affine, r.point) == f(r.point)
        assert all(value(row, r.point) >= 0 for row in r.constraints) and r.bounded
    assert found.graph.number_of_edges() == 1


def test_a_single_point_is_one_region():
    f = ReLUNetwork([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    (only,) = found = regions(f, Box([1, -1], [1, -1]))
    assert only.point == (1, -1) and only.pattern == ((True, False),) and only.bounded
    assert only.affine == (((0, 0),), (1,))
    assert found.locate([1, -1]) is only and found.graph.number_of_nodes() == 1


def test_a_point_outside_the_domain_is_refused():
    found = regions(generic(1, 2), Box(0, 1))
    with pytest.raises(InvalidDomain, match="outside"):
        found.locate([2])
    with pytest.raises(InvalidDomain, match="coordinates"):
        found.locate([0, 0])


def test_what_is_no_domain_or_budget_is_refused():
    with pytest.raises(InvalidDomain, match=r"domain must be a fibers\.Box.*found tuple"):
        regions(generic(1, 2), (0, 1))
    for budget in ("1", 0, float("nan")):
        with pytest.raises(InvalidNetwork, match="budget must be a positive number of seconds"):
            regions(generic(1, 2), budget=budget)


def test_an_empty_domain_and_a_wrong_dimension_are_refused():
    with pytest.raises(InvalidDomain, match="empty"):
        regions(generic(1, 2), Polyhedron([[1], [-1]], [0, -1]))
    with pytest.raises(InvalidDomain, match=r"R\^2"):
        regions(generic(1, 2), Box([0, 0], [1, 1]))
    with pytest.raises(InvalidNetwork, match=r"fibers\.load"):
        regions("a.onnx")


def test_progress_is_told_and_a_budget_is_kept():
    told = []
    assert len(regions(generic(2, 5), progress=told.append)) == 16
    assert told == list(range(1, 17))
    with pytest.raises(TimeoutError, match="ran out after"):
        regions(generic(2, 16), budget=1e-9)


def test_a_budget_is_looked_at_before_every_sign(monkeypatch):
    """A sign takes a tenth of a second where there are hundreds of inputs."""
    asked = []
    original = Cone.signs
    monkeypatch.setattr(Cone, "signs", lambda cell, row: (asked.append(row), original(cell, row))[1])
    with pytest.raises(TimeoutError):
        regions(generic(2, 16), budget=1e-9)
    assert not asked


def test_a_budget_is_kept_within_one_wide_layer():
    """The network has half a million regions, in one layer."""
    with pytest.raises(TimeoutError, match=r"budget of 0\.2 s"):
        regions(generic(4, 60), budget=0.2)


def test_regions_print_pickle_and_slice():
    f = generic(2, 5)
    found = regions(f, Box(-1, 1))
    again = pickle.loads(pickle.dumps(found))
    assert [(r.pattern, r.point, r.affine, r.constraints) for r in again] == [
        (r.pattern, r.point, r.affine, r.constraints) for r in found
    ]
    assert repr(found) == f"<{len(found)} regions of a 2-5-1 network on Box([-1, -1], [1, 1])>"
    assert repr(regions(ReLUNetwork([([[1]], [0])]))) == "<1 region of a 1-1 network on R^1>"
    assert found[:2] == (found[0], found[1])
    assert "12 regions" in found._repr_html_() and "more" not in found._repr_html_()
    assert "and 4 regions more" in regions(f)._repr_html_()
