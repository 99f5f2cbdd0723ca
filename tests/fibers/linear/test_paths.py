"""Paths stay in the fiber, from end to end; where there is none, a sign says so, and there are as many signs as components."""

from __future__ import annotations

import itertools
import pickle
import random
from fractions import Fraction

import intervals
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fibers.errors import InvalidDomain, InvalidNetwork, NotComparable, NotExact
from fibers.exact import matrix
from fibers.linear.barcodes import Barcode
from fibers.linear.paths import Path, Separation, Straight, connect, separation
from fibers.linear.points import random_point
from fibers.linear.stratification import Stratum, strata
from fibers.linear.topology import components
from fibers.networks import LinearNetwork

Q = Fraction
times = st.fractions(min_value=0, max_value=1, max_denominator=97)


@st.composite
def pairs(draw):
    """Two networks of one product, each in any stratum of the fiber; the second with a factor moved between its first layers."""
    widths = tuple(draw(st.lists(st.integers(1, 3), min_size=2, max_size=5)))
    S = strata(widths, draw(st.integers(0, min(widths))))
    rng = random.Random(draw(st.integers(0, 10**6)))
    L = random_point(S.sample(rng), seed=rng)
    M = random_point(S.sample(rng), L.product, seed=rng)
    return L, rescaled(M, draw(st.sampled_from([Q(1), Q(1), Q(-1), Q(2, 3), Q(-5)])))


def rescaled(M: LinearNetwork, q: Fraction) -> LinearNetwork:
    """M with its first layer multiplied by q and its second divided by q, if it has two."""
    factors = [q, 1 / q, *[Q(1)] * len(M.matrices)] if len(M.matrices) > 1 else [Q(1)]
    return LinearNetwork([[[f * x for x in row] for row in W.fractions()] for f, W in zip(factors, M.matrices, strict=False)])


def tight(L: LinearNetwork) -> list[int]:
    return [k for k in range(1, len(L.matrices)) if L.widths[k] == L.ranks.rank]


def signs(L: LinearNetwork) -> tuple[bool, ...]:
    """Of det W_{k~0}[:, P] at each tight node, with the first r columns P of W that are independent, by trying all."""
    W, r = L.product, L.ranks.rank
    P = next(P for P in itertools.combinations(range(W.columns), r) if W.take_columns(P).rank() == r)
    return tuple(L.between(k, 0).take_columns(P).integers.det() > 0 for k in tight(L))


def network(*matrices):
    return LinearNetwork(list(matrices))


ONE, HALF_TURN = [[1, 0], [0, 1]], [[-1, 0], [0, -1]]


@given(pairs(), times)
@settings(max_examples=150)
@example((network([[2]]), network([[2]])), Q(1, 3))
@example((network([[0]], [[0]]), network([[0]], [[0]])), Q(1, 3))
@example((network([[1]], [[0]]), network([[0]], [[1]])), Q(1, 3))
@example((network([[2]], [[3]]), network([[1]], [[6]])), Q(2, 5))
@example((network([[Q(1, 2)]], [[4]]), network([[1]], [[2]])), Q(2, 5))
@example((network(ONE, ONE), network(HALF_TURN, HALF_TURN)), Q(1, 2))
@example((network([[1], [0]], [[1, 0]]), network([[-1], [0]], [[-1, 0]])), Q(1, 2))
def test_a_path_leads_from_one_network_to_the_other_inside_the_fiber(pair, t):
    """Half turns, rank 0, L = 1, equal ends among the examples."""
    L, M = pair
    path = connect(L, M)
    assume(path)
    assert path(0) == L and path(1) == M
    assert path(t).widths == L.widths and path(t).product == L.product


@given(pairs())
@settings(max_examples=60)
def test_each_segment_begins_where_the_last_one_ended(pair):
    """So the path is continuous: each segment is, as its entries are quotients of polynomials, the denominators positive."""
    path = connect(*pair)
    assume(path)
    assert path.segments[0](Q(0)) == path.start and path.segments[-1](Q(1)) == path.end
    for before, after in itertools.pairwise(path.segments):
        assert before(Q(1)) == after(Q(0))
    n = len(path.segments)
    for k, segment in enumerate(path.segments):
        assert path(Q(k, n)) == segment(Q(0)) and path(Q(2 * k + 1, 2 * n)) == segment(Q(1, 2))


@given(pairs())
@settings(max_examples=100)
def test_straight_segments_are_in_the_fiber_all_along(pair):
    """Their product is a polynomial in t of degree at most L; it is W at L + 1 points, so everywhere."""
    path = connect(*pair)
    assume(path)
    L = len(path.start.matrices)
    for segment in path.segments:
        if isinstance(segment, Straight):
            assert all(segment(Q(i, L)).product == path.start.product for i in range(L + 1))


@given(pairs())
@settings(max_examples=100)
def test_the_way_down_leaves_the_stratum_at_its_end_only(pair):
    """Until then the first segment keeps the barcode of the start, and the last, seen from its end, that of the end."""
    path = connect(*pair)
    assume(path)
    S = strata(path.start.widths, path.start.ranks.rank)
    down, up = path.segments[0], path.segments[-1]
    if isinstance(down, Straight) and path.start.barcode != S.minimal[0].barcode:
        assert down(Q(9, 10)).barcode == path.start.barcode and down(Q(1)).barcode == S.minimal[0].barcode
    if isinstance(up, Straight) and path.end.barcode != S.minimal[0].barcode:
        assert up(Q(1, 10)).barcode == path.end.barcode and up(Q(0)).barcode == S.minimal[0].barcode


@given(pairs())
@settings(max_examples=150)
@example((network([[1]], [[1]]), network([[-1]], [[-1]])))
@example((network(ONE, ONE), network([[0, 1], [1, 0]], [[0, 1], [1, 0]])))
def test_there_is_a_path_iff_the_signs_agree(pair):
    """The signs by another choice of columns are others, but agree or differ alike."""
    L, M = pair
    answer = connect(L, M)
    assert bool(answer) == (signs(L) == signs(M))
    assert isinstance(answer, Path if answer else Separation)


def test_random_points_fall_into_as_many_components_as_there_are():
    """Three layers of widths 1 and 2, and some of width 3, with r = min d_k: classes of points that `connect` joins."""
    rng = random.Random(9)
    for widths in [*itertools.product((1, 2), repeat=4), (3, 3, 3, 3), (3, 2, 3, 2), (2, 3, 2, 2), (2, 2, 2), (2, 2), (3, 1, 3)]:
        rank = min(widths)
        S = strata(widths, rank)
        points = [random_point(S.minimal[0], seed=rng)]
        points += [random_point(S.sample(rng), points[0].product, seed=rng) for _ in range(24)]
        representatives: list[LinearNetwork] = []
        for point in points:
            joined = [bool(connect(other, point)) for other in representatives]
            assert sum(joined) <= 1
            if not any(joined):
                representatives.append(point)
        assert len(representatives) == components(widths, rank)


def test_fibers_of_less_than_full_rank_are_connected():
    """One point of every stratum of some fibers with r < min d_k: each joined to the first."""
    rng = random.Random(2)
    for widths, rank in [((2, 2, 2), 1), ((3, 2, 3), 1), ((2, 3, 2), 0), ((2, 2, 2, 2), 1), ((3, 3, 3), 2)]:
        strata_of_rank = intervals.by_rank(widths)[rank]
        first = random_point(Stratum(Barcode(strata_of_rank[0])), seed=rng)
        for bars in strata_of_rank:
            point = random_point(Stratum(Barcode(bars)), first.product, seed=rng)
            path = connect(first, point)
            assert isinstance(path, Path) and path(Q(1, 2)).product == first.product


@given(pairs(), times)
@settings(max_examples=60)
def test_a_separating_sign_is_constant_along_paths(pair, t):
    """And it is one of the signs ±1 at any point of the fiber, never 0."""
    L, M = pair
    answer = connect(L, M)
    if answer:
        P = next(
            P for P in itertools.combinations(range(L.widths[0]), L.ranks.rank) if L.product.take_columns(P).rank() == len(P)
        )
        for k in tight(L):
            witness = Separation(k, P, (1, -1))
            assert witness.sign(L) == witness.sign(answer(t)) != 0
    else:
        assert (answer.sign(L), answer.sign(M)) == answer.signs and set(answer.signs) == {1, -1}
        assert L.widths[answer.node] == L.ranks.rank and L.product.take_columns(answer.columns).rank() == L.ranks.rank


def test_a_separation_explains_itself():
    L = network([[0, 1], [0, 2]], [[3, 1], [0, 1], [1, 1]])
    assert separation(L, L) is None
    thin, thick = network([[0, 2]], [[3], [1]]), network([[0, -1]], [[-6], [-2]])
    found = separation(thin, thick)
    assert found == Separation(1, (1,), (1, -1)) == connect(thin, thick)
    assert str(found) == "no path: det W_{1~0}[:, [1]] ≠ 0 throughout the fiber, > 0 at one point and < 0 at the other"


@pytest.mark.parametrize(
    "other",
    [network([[0]], [[3], [1]]), network([[0, 2]]), network(ONE, [[3, 1], [1, 0]]), network([[1, 2]] * 2, [[1, 1]], [[1]])],
)
def test_a_sign_is_of_networks_with_such_a_determinant(other):
    """One input too few, no hidden node, and a hidden node too wide: there is no det W_{1~0}[:, [1]]."""
    found = separation(network([[0, 2]], [[3], [1]]), network([[0, -1]], [[-6], [-2]]))
    with pytest.raises(NotComparable, match=r"columns \[1\] of the first layer, and hidden node 1 of width 1; found widths"):
        found.sign(other)


@pytest.mark.parametrize("other", [None, "x", [[[0, 2]], [[3], [1]]]])
def test_only_networks_have_a_sign(other):
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
        Separation(1, (1,), (1, -1)).sign(other)


def test_paths_compare_and_pickle():
    L, M = network([[1, 0]], [[0], [0]]), network([[0, 0]], [[2], [0]])
    path = connect(L, M)
    assert pickle.loads(pickle.dumps(path)) == path == connect(L, M)
    assert repr(path) == "<Path in the fiber of <LinearNetwork 2-1-2, 4 parameters>, 2 segments>"


@pytest.mark.parametrize("t", [-1, Q(9, 8), 2.0, "1.5"])
def test_a_path_has_no_point_outside_its_interval(t):
    L = network([[1]], [[1]])
    with pytest.raises(InvalidDomain, match="0 ≤ t ≤ 1"):
        connect(L, L)(t)


def test_bad_arguments_are_refused_by_name():
    L = network([[1]], [[1]])
    with pytest.raises(NotExact, match="t must"):
        connect(L, L)(float("nan"))
    with pytest.raises(NotComparable, match=r"\(0, 0\) found 1 and 2"):
        connect(L, network([[1]], [[2]]))
    with pytest.raises(NotComparable, match=r"\(1, 1, 1\) and \(1, 2, 1\)"):
        connect(L, network([[1], [0]], [[1, 0]]))
    with pytest.raises(InvalidNetwork, match="LinearNetwork"):
        connect(L, matrix([[1]]))


def test_wide_networks_are_joined_too():
    """12-10-10-12, rank 6, from one random point to another."""
    S = strata((12, 10, 10, 12), 6)
    rng = random.Random(1)
    L = random_point(S.sample(rng), seed=rng)
    path = connect(L, random_point(S.sample(rng), L.product, seed=rng))
    assert path(Q(1, 2)).product == L.product
