"""Boxes, polyhedra and their frames: exact, degenerate cases first, and clear about what is no domain."""

from __future__ import annotations

import pickle
import random
import time
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.optimize import linprog

import fibers
from fibers.domains import Box, Frame, Polyhedron, frame, read_box
from fibers.errors import FiberError, InvalidDomain, UnreadableFile
from fibers.polyhedra import value
from proofs import strategies

NUMBERS = st.integers(-3, 3).map(Fraction) | st.fractions(-2, 2, max_denominator=6)


@st.composite
def boxes(draw):
    """Boxes in R^1 to R^4; half of their coordinates may be fixed."""
    ends = draw(st.lists(st.tuples(NUMBERS, NUMBERS | st.none()), min_size=1, max_size=4))
    pairs = [(a, a) if b is None else (min(a, b), max(a, b)) for a, b in ends]
    return Box([a for a, _ in pairs], [b for _, b in pairs])


@st.composite
def polyhedra(draw):
    """Polyhedra that contain a planted point, with rows that are tight there and rows that come with their negatives."""
    n = draw(st.integers(1, 4))
    x = draw(st.lists(NUMBERS, min_size=n, max_size=n))
    A, b = [], []
    for _ in range(draw(st.integers(0, 6))):
        row = draw(st.lists(st.integers(-2, 2), min_size=n, max_size=n))
        end = sum(v * c for v, c in zip(row, x, strict=True))
        kind = draw(st.sampled_from(["slack", "tight", "equation"]))
        A.append(row)
        b.append(end + (kind == "slack"))
        if kind == "equation":
            A.append([-v for v in row])
            b.append(-end)
    return Polyhedron(A if A else np.zeros((0, n)), b if A else np.zeros(0))


def refused(*arguments, make=Box) -> str:
    """What is said about arguments that make no domain."""
    with pytest.raises(InvalidDomain) as caught:
        make(*arguments)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


# Boxes


def test_a_box_is_exact_frozen_hashable_and_picklable():
    """Whatever the numbers came as."""
    box = Box(np.array([0.1, -1], np.float32), ["1/3", 2])
    assert box.lower == (Fraction(float(np.float32(0.1))), Fraction(-1))
    assert box.upper == (Fraction(1, 3), Fraction(2))
    assert pickle.loads(pickle.dumps(box)) == box
    assert len({box, Box(torch.tensor([0.1, -1]), (Fraction(1, 3), 2)), Box([0, 0], 1)}) == 2
    with pytest.raises(AttributeError):
        box.lo = (Fraction(0),)


def test_two_numbers_make_a_box_of_any_dimension():
    """Coordinates, and so rows, need a dimension."""
    box = Box(0, "1/2")
    assert box.dimension is None
    assert box.on(3) == Box([0, 0, 0], [Fraction(1, 2)] * 3)
    assert box.contains([0, "1/2"]) and not box.contains([1])
    assert box.json() == {"box": {"lo": "0", "hi": "1/2"}}
    for ask in (lambda: box.rows, lambda: box.lower, lambda: frame(box), lambda: box.sample(random.Random(0), 1)):
        assert ".on(n)" in refused(make=ask)


def test_one_number_beside_a_sequence_holds_for_every_coordinate():
    """On either side."""
    assert Box([0, 1], 1) == Box([0, 1], [1, 1])
    assert Box(0, [0, 1]) == Box([0, 0], [0, 1])


def test_the_rows_of_a_box_are_its_ends_in_turn():
    """In integers."""
    assert Box(["-1/2", 3], [1, 3]).rows == ((2, 0, 1), (-1, 0, 1), (0, 1, -3), (0, -1, 3))


@pytest.mark.parametrize(
    ("lo", "hi", "said"),
    [
        ([0, 2], [1, "3/2"], "lo must not exceed hi; found lo = 2 > hi = 3/2 in coordinate 1"),
        (1, 0, "found lo = 1 > hi = 0"),
        ([0, 0], [1], "lo has 2 entries, hi has 1"),
        ([], [], "at least one coordinate"),
        ([0, float("nan")], 1, "lo[1] must be a finite"),
        ([0, float("-inf")], 1, "use Polyhedron for half-infinite ones"),
        (np.array([0, np.inf]), 1, "use Polyhedron for half-infinite ones"),
        (0, float("inf"), "use Polyhedron for half-infinite ones"),
        ([0, "x"], 1, "lo[1] must be a finite rational number"),
        ([[0, 1]], 1, "lo[0] must be"),
        (None, 1, "lo must be a finite rational number"),
        (1j, 1, "lo must be a finite rational number"),
    ],
)
def test_what_is_no_box_is_refused(lo, hi, said):
    assert said in refused(lo, hi)


def test_nan_gets_no_advice_about_half_infinite_boxes():
    """It is no bound at all."""
    assert "half-infinite" not in refused([float("nan")], [1])


@given(boxes(), st.data())
def test_a_box_contains_what_its_rows_say(box, data):
    x = data.draw(st.lists(NUMBERS, min_size=box.dimension, max_size=box.dimension))
    assert box.contains(x) == all(value(row, x) >= 0 for row in box.rows)


@pytest.mark.parametrize("domain", [Box([0, 0], 1), Polyhedron([[1, 0]], [1])])
def test_a_domain_of_another_dimension_is_refused(domain):
    """By `on`, by `contains`, by `restrict`."""
    assert "lies in R^2, but the networks take 3 inputs" in refused(3, make=domain.on)
    assert "x must have 2 coordinates; found 1" in refused([1], make=domain.contains)
    assert "must be a sequence" in refused(1, make=domain.contains)
    assert "takes" not in refused(fibers.ReLUNetwork([([[1, 2, 3]], [0])]), make=frame(domain).restrict)
    assert domain.on(2) == domain


# Polyhedra


def test_a_polyhedron_keeps_its_rows_in_order_and_coprime():
    """Also those of zeros."""
    P = Polyhedron([["1/2", 0], [0, 0], [-4, 6]], [1, "1/3", 0])
    assert P.rows == ((-1, 0, 2), (0, 0, 1), (2, -3, 0))
    assert pickle.loads(pickle.dumps(P)) == P
    assert hash(P) == hash(Polyhedron([["1/2", 0], [0, 0], [-4, 6]], [1, "1/3", 0]))
    assert P.json()["polyhedron"]["A"][0] == ["1/2", "0"]


def test_bounds_of_a_polyhedron_are_those_a_row_states():
    """The sharpest where there are several."""
    P = Polyhedron([[2, 0], [1, 0], [0, -3], [1, 1]], [3, 7, 1, 0])
    assert P.lower == (None, Fraction(-1, 3))
    assert P.upper == (Fraction(3, 2), None)


@pytest.mark.parametrize(
    ("A", "b", "said"),
    [
        ([[1, 2]], [1, 2], "A has 1 rows, b 2 entries"),
        ([[1, 2], [3]], [1, 2], "rows of one length"),
        ([[float("nan")]], [0], "A[0][0] must be a finite"),
        ([[1.0]], [float("inf")], "leave that row out"),
        ([], [], "at least one column"),
        (1, [0], "A must be a sequence of rows"),
    ],
)
def test_what_is_no_polyhedron_is_refused(A, b, said):
    assert said in refused(A, b, make=Polyhedron)


# Frames


def test_nothing_free_leaves_the_one_point():
    """A box with lo = hi, and two lines that cross."""
    for domain in (Box([1, 2], [1, 2]), Polyhedron([[1, 1], [-1, -1], [1, -1], [-1, 1]], [3, -3, -1, 1])):
        hull = frame(domain)
        assert (hull.free, hull.domain, hull.point) == ((), None, (1, 2))
        assert hull.lift([]) == (1, 2)
        assert "single point" in refused(fibers.ReLUNetwork([([[1, 2]], [0])]), make=hull.restrict)
        assert set(domain.sample(random.Random(0), 3)) == {(1, 2)}


@pytest.mark.parametrize("sliver", [Fraction(1, 10**30), 0])
def test_an_empty_polyhedron_is_refused_by_frame_and_a_sliver_is_not(sliver):
    """x ≤ 0 and x ≥ sliver, with a row in between that has nothing to do with it."""
    P = Polyhedron([[1, 0], [0, 1], [-1, 0]], [0, 1, -sliver])
    if sliver:
        assert "the polyhedron is empty: rows 0, 2 of A x ≤ b" in refused(P, make=frame)
    else:
        assert frame(P).free == (1,)


def test_a_row_without_variables_can_make_a_polyhedron_empty():
    """0 ≤ −1."""
    assert "empty: row 0 of A x ≤ b is false" in refused(Polyhedron([[0]], [-1]), make=frame)


@st.composite
def systems(draw):
    """Small systems A x ≤ b with many coincidences, some rows beside their negatives; many are empty."""
    n = draw(st.integers(1, 4))
    rows = draw(st.lists(st.tuples(*[st.integers(-2, 2)] * (n + 1)), min_size=1, max_size=6))
    rows += [tuple(-v for v in row) for row in rows[: draw(st.integers(0, 2))]]
    return Polyhedron([row[:-1] for row in rows], [row[-1] for row in rows])


def feasible(P, strict=()):
    """Whether P has points, and such where the rows in `strict` are > 0, up to scale: by HiGHS, in floats."""
    A = [[-v for v in row] for row in P.rows]  # homogenised: the last coordinate is λ ≥ 1
    b = [-1.0 if i in strict else 0.0 for i in range(len(A))]
    bounds = [(None, None)] * P.dimension + [(1, None)]
    return linprog(np.zeros(P.dimension + 1), A_ub=A, b_ub=b, bounds=bounds).status == 0


@given(systems())
@example(Polyhedron([[0]], [-1]))
@example(Polyhedron([[1], [-1]], [0, 0]))
@example(Polyhedron([[-1, -1], [1, 0], [0, 1]], [-1, 0, 0]))
def test_emptiness_and_equations_are_those_of_linear_programs(P):
    """A row can be positive somewhere, or it is among the equations."""
    if not feasible(P):
        assert "empty" in refused(P, make=frame)
    else:
        equal = {i for i, row in enumerate(P.rows) if any(row) and not feasible(P, {i})}
        assert {i for i, _ in frame(P).equal} == equal


def check_frame(domain, hull: Frame):
    """The definition of a frame."""
    n = domain.dimension
    rows = domain.rows
    assert not any(sum((y * rows[i][k] for i, y in hull.equal), Fraction(0)) for k in range(n + 1))
    assert all(y > 0 for _, y in hull.equal)
    equal = {i for i, _ in hull.equal}
    assert all(value(row, hull.point) > 0 for i, row in enumerate(rows) if i not in equal and any(row))
    assert domain.contains(hull.point)
    assert hull.lift([hull.point[i] for i in hull.free]) == hull.point
    if hull.domain is None:
        assert not hull.free
        return
    assert hull.domain.dimension == len(hull.free)
    solid = frame(hull.domain)
    assert not solid.equal and not solid.bound
    if isinstance(domain, Polyhedron):
        assert len(hull.domain.rows) == len(rows)
        assert all(any(hull.domain.rows[i]) == (any(row) and i not in equal) for i, row in enumerate(rows))


@given(boxes(), st.data())
def test_the_frame_of_a_box_is_its_free_coordinates(box, data):
    hull = frame(box)
    check_frame(box, hull)
    assert hull.bound == tuple(i for i in range(box.dimension) if box.lower[i] == box.upper[i])
    t = data.draw(st.lists(NUMBERS, min_size=len(hull.free), max_size=len(hull.free)))
    x = hull.lift(t)
    assert [x[i] for i in hull.free] == t
    assert box.contains(x) == (hull.domain is None or hull.domain.contains(t))


@given(polyhedra(), st.data())
@example(Polyhedron(np.zeros((0, 2)), np.zeros(0)), None)
def test_the_frame_of_a_polyhedron_is_its_affine_hull(P, data):
    hull = frame(P)
    check_frame(P, hull)
    if data is None:
        return
    t = data.draw(st.lists(NUMBERS, min_size=len(hull.free), max_size=len(hull.free)))
    x = hull.lift(t)
    assert [x[i] for i in hull.free] == t
    for i, row in enumerate(P.rows):
        sign = value(hull.domain.rows[i], t) if hull.domain else Fraction(0)
        assert (value(row, x) > 0, value(row, x) < 0) == (sign > 0, sign < 0) or not hull.domain
        assert value(row, x) == 0 or i not in {k for k, _ in hull.equal}


@given(strategies.networks(), st.data())
def test_restricting_a_network_is_composing_it_with_the_lift(network, data):
    n = network.inputs
    assume(n <= 6)
    fixed = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    ends = [("1/3", "1/3") if fix else (-1, 2) for fix in fixed]
    box = Box([a for a, _ in ends], [b for _, b in ends])
    slanted = Polyhedron([[1] * n, [-1] * n], [2, -2])
    for domain in (box, slanted):
        hull = frame(domain)
        if hull.free:
            small = hull.restrict(network)
            t = data.draw(st.lists(NUMBERS, min_size=len(hull.free), max_size=len(hull.free)))
            assert (small.inputs, small.final) == (len(hull.free), network.final)
            assert small(t) == network(hull.lift(t))
    if not any(fixed):
        assert frame(box).restrict(network) is network


def test_restricting_784_inputs_with_many_fixed_is_quick():
    """Far below what a product with a 784 × 600 matrix would take; a generous bound, as clocks of test machines are."""
    rng = np.random.default_rng(0)
    network = fibers.ReLUNetwork([(rng.standard_normal((256, 784)).astype(np.float32), None), (np.ones((1, 256)), None)])
    lo = np.where(rng.random(784) < 0.3, 0.5, 0.0)
    hull = frame(Box(lo, np.maximum(lo, 0.5)))
    started = time.perf_counter()
    small = hull.restrict(network)
    assert time.perf_counter() - started < 5
    assert small([Fraction(1, 4)] * small.inputs) == network(hull.lift([Fraction(1, 4)] * small.inputs))


# Samples


@given(st.one_of(boxes(), polyhedra()), st.integers(0, 100))
def test_samples_lie_in_the_domain(domain, seed):
    points = domain.sample(random.Random(seed), 5)
    assert len(points) == 5
    assert all(domain.contains(x) for x in points)


def test_samples_spread_over_a_triangle():
    """Each of four equal parts of it is met."""
    P = Polyhedron([[-1, 0], [0, -1], [1, 1]], [0, 0, 2])
    points = P.sample(random.Random(1), 400)
    parts = [sum(x > 1 for x, _ in points), sum(y > 1 for _, y in points), sum(x + y < 1 for x, y in points)]
    assert all(count > 30 for count in parts)
    assert len(set(points)) > 300


def test_samples_of_a_box_reach_its_ends_and_its_middle():
    xs = [x for (x,) in Box([-1], [1]).sample(random.Random(2), 300)]
    assert {-1, 1} <= set(xs)
    assert sum(abs(x) < Fraction(1, 2) for x in xs) > 60


# Files


def test_a_box_is_read_from_npz(tmp_path):
    """Under either pair of names, and single numbers too."""
    np.savez(tmp_path / "a.npz", lo=np.array([0.0, 0.1]), hi=np.array([1, 2]))
    np.savez(tmp_path / "b.npz", lower=np.float32(0), upper=np.float32(1))
    assert read_box(tmp_path / "a.npz") == Box([0, 0.1], [1, 2])
    assert read_box(tmp_path / "b.npz") == Box(0, 1)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"lo": [0.0]}, "a box needs the arrays lo and hi (or lower and upper); found lo"),
        ({"lo": [1.0], "hi": [0.0]}, "lo must not exceed hi"),
        ({"lo": [0.0], "hi": [np.inf]}, "half-infinite"),
        ({"lo": np.zeros((2, 2)), "hi": np.ones((2, 2))}, "one axis"),
        ({"lo": np.array(["a"]), "hi": [1]}, "lo[0] must be a finite"),
    ],
)
def test_arrays_that_are_no_box_are_refused_with_the_name_of_the_file(tmp_path, arrays, said):
    np.savez(tmp_path / "box.npz", **{name: np.asarray(v) for name, v in arrays.items()})
    message = refused(tmp_path / "box.npz", make=read_box)
    assert said in message and str(tmp_path / "box.npz") in message


def test_files_that_are_no_npz_are_unreadable(tmp_path):
    """Missing, damaged, carrying objects, a folder: the message names each."""
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez(tmp_path / "objects.npz", allow_pickle=True, lo=np.array([None]), hi=np.array([None]))
    for name in ("missing.npz", "damaged.npz", "objects.npz", ""):
        with pytest.raises(FiberError) as caught:
            read_box(tmp_path / name)
        assert isinstance(caught.value, UnreadableFile)
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("ends", [{1, 2}, frozenset({1}), {0: 1}])
def test_ends_without_an_order_are_refused(ends):
    with pytest.raises(InvalidDomain, match="has no order"):
        Box(ends, 3)
