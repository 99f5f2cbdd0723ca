"""Tangent and normal bases and their checkers, against L5 and L6 solved as linear systems."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidNetwork, InvalidTolerance, NotExact, UnclearRanks
from fibers.exact import Matrix
from fibers.linear.barcodes import Barcode, bars
from fibers.linear.directions import layers_of
from fibers.linear.exchanges import moves_between
from fibers.linear.flows import flow
from fibers.linear.stratification import Stratum
from fibers.linear.tangent import is_normal, is_tangent, is_tied, normal_basis, tangent_basis
from fibers.networks import LinearNetwork
from proofs.catalogue import linearly
from proofs.strategies.linear import linear_networks, planted_networks

SMALL = st.one_of(linear_networks(3, 3), planted_networks(4, 5).map(lambda planted: planted.network))
CORNERS = [
    LinearNetwork([[[3]], [[-2]], [[5]]]),
    LinearNetwork([[[1]], [[0]], [[0]], [[1]]]),
    LinearNetwork([[[0, 0]], [[0], [0], [0]]]),
    LinearNetwork([[[1, 2], [3, 4]], [[2, 1], [1, 1]]]),
    LinearNetwork([[[1, 2, 3], [2, 4, 6]]]),
    LinearNetwork([[[0, 1], [0, 0]], [[0, 1], [0, 0]]]),
    LinearNetwork([[["1/2", "1/3"], ["1/4", "1/6"]], [["2/3", "-4/3"]], [["1/7"]]]),
]


def corners(test: Any) -> Any:
    for L in CORNERS:
        test = example(L)(test)
    return test


def flat(directions: Any) -> list[list[Fraction]]:
    return [linearly.flat(direction.dense()) for direction in directions]


def normals_by_definition(L: LinearNetwork) -> list[list[Fraction]]:
    """The M-parts of all solutions (M_1, ..., M_L, Y) of L6."""
    unknowns = L.parameters + L.widths[0] * L.widths[-1]
    return [solution[: L.parameters] for solution in linearly.kernel(linearly.normal_rows(L), unknowns)]


def cut(vector: list[Any], L: LinearNetwork) -> list[Matrix]:
    matrices, start = [], 0
    for W in L.matrices:
        size = W.rows * W.columns
        rows = [vector[start + i * W.columns : start + (i + 1) * W.columns] for i in range(W.rows)]
        matrices.append(LinearNetwork([rows]).matrices[0])
        start += size
    return matrices


@given(SMALL)
@corners
def test_the_tangent_basis_spans_the_space_of_l5(L: LinearNetwork) -> None:
    rows, span = flat(tangent_basis(L)), linearly.tangent_span(L)
    assert len(rows) == linearly.rank(rows) == linearly.rank(span) == linearly.rank([*rows, *span])


@given(SMALL)
@corners
def test_the_normal_basis_spans_the_space_of_l6(L: LinearNetwork) -> None:
    rows, span = flat(normal_basis(L)), normals_by_definition(L)
    assert len(rows) == linearly.rank(rows) == linearly.rank(span) == linearly.rank([*rows, *span])


@given(linear_networks(4, 5))
@corners
def test_the_two_are_orthogonal_and_their_dimensions_are_those_of_the_stratum(L: LinearNetwork) -> None:
    tangents, normals = tangent_basis(L), normal_basis(L)
    stratum = Stratum(L.barcode)
    assert (len(tangents), len(normals)) == (stratum.dimension, stratum.codimension)
    assert all(v.dot(n) == 0 for v, n in product(tangents, normals))


@given(SMALL)
@corners
def test_directions_are_what_their_factors_say_and_touch_few_layers(L: LinearNetwork) -> None:
    """Tangent directions touch one layer or two neighbours; normal ones all layers from p to q."""
    for basis in (tangent_basis(L), normal_basis(L)):
        for direction in basis:
            b, c = direction.bars
            span = layers_of(b, c)
            assert set(direction.layers) <= set(span) and len(set(direction.layers)) == len(direction.terms)
            assert len(direction.layers) <= 2 if basis.kind == "tangent" else direction.layers == span
            dense = direction.dense()
            for k, column, row in direction.terms:
                assert dense[k - 1] == Matrix(len(column), 1, column) @ Matrix(1, len(row), row)
            assert all(not any(M.numerators) for k, M in enumerate(dense, start=1) if k not in direction.layers)


@st.composite
def changes(draw: st.DrawFn) -> tuple[LinearNetwork, list[Matrix]]:
    """A network, and a combination of its tangent and its normal directions, or of one kind, or any change."""
    L = draw(SMALL)
    kinds = draw(st.sampled_from([("tangent",), ("normal",), ("tangent", "normal"), ()]))
    number = st.integers(-3, 3)
    if not kinds:
        return L, cut([draw(number) for _ in range(L.parameters)], L)
    spans = {"tangent": linearly.tangent_span, "normal": normals_by_definition}
    total = [Fraction(0)] * L.parameters
    for kind in kinds:
        for vector in spans[kind](L):
            x = draw(number)
            total = [t + x * v for t, v in zip(total, vector, strict=True)]
    return L, cut(total, L)


@given(changes())
def test_the_checkers_tell_the_spaces_of_l5_and_l6(pair: tuple[LinearNetwork, list[Matrix]]) -> None:
    L, change = pair
    vector = linearly.flat(change)
    for check, span in ((is_tangent, linearly.tangent_span(L)), (is_normal, normals_by_definition(L))):
        assert check(L, change) == (linearly.rank([*span, vector]) == linearly.rank(span))


@given(SMALL)
@corners
def test_the_checkers_accept_each_basis_and_refuse_the_other(L: LinearNetwork) -> None:
    for check, own, other in ((is_tangent, tangent_basis(L), normal_basis(L)), (is_normal, normal_basis(L), tangent_basis(L))):
        assert all(check(L, v) and check(L, v.dense()) for v in own)
        assert not any(check(L, v) for v in other)


def test_a_pair_is_tied_iff_its_sum_of_cells_is_no_tangent_direction() -> None:
    """On canonical networks of one bar each, or two, cells are matrix units: the sum is tested against L5."""
    for L in (1, 2, 3):
        for b, c in product(bars(L), repeat=2):
            if not layers_of(b, c):
                continue
            point = Stratum(Barcode([b, c] + [(k, k) for k in range(L + 1)])).canonical()
            found = flow(point)
            first, second = found.bars.index(b), len(found.bars) - 1 - found.bars[::-1].index(c)
            cells: list[Any] = [np.zeros(W.shape, dtype=int) for W in point.matrices]
            for k in layers_of(b, c):
                cells[k - 1] = np.outer(found.columns[first][k], found.rows[second][k - 1])
            assert is_tied(b, c, L) != is_tangent(point, cells), (b, c)
            span = linearly.tangent_span(point)
            inside = linearly.rank([*span, linearly.flat(cut([int(x) for M in cells for x in M.ravel()], point))])
            assert is_tied(b, c, L) == (inside > linearly.rank(span)), (b, c)


def test_ties_are_the_moves_of_l8_those_that_make_long_bars_and_pairs_with_a_long_bar() -> None:
    for L in (1, 2, 3, 4):
        allowed = {(move.lower, move.upper) for move in moves_between(L)}
        for b, c in product(bars(L), repeat=2):
            long_made = (c[0], b[1]) == (0, L) and 0 < b[0] <= c[1] + 1 and c[1] < L
            at_ends = c[0] == 0 and b[1] == L and (0, L) in (b, c)
            assert is_tied(b, c, L) == ((c, b) in allowed or long_made or at_ends)


def test_the_normal_space_of_a_chain_of_two_bars_touches_every_layer() -> None:
    """The example of L6: widths (1, 2, 2, 1), bars [0, 2] and [1, 3]."""
    L = Stratum(Barcode({(0, 2): 1, (1, 3): 1})).canonical()
    (normal,) = normal_basis(L)
    assert normal.layers == (1, 2, 3) and normal.bars == ((1, 3), (0, 2))


def test_a_network_of_one_layer_is_a_point_whose_every_change_is_normal() -> None:
    L = CORNERS[4]
    assert len(tangent_basis(L)) == 0 and len(normal_basis(L)) == 6
    assert is_normal(L, [[[1, 2, 3], [4, 5, 6]]]) and not is_tangent(L, [[[1, 2, 3], [4, 5, 6]]])
    assert is_tangent(L, [[[0] * 3] * 2])


def test_the_flow_serves_in_place_of_the_network() -> None:
    L = CORNERS[5]
    found = flow(L)
    assert flat(tangent_basis(found)) == flat(tangent_basis(L)) and flat(normal_basis(found)) == flat(normal_basis(L))


@pytest.mark.parametrize("basis", [tangent_basis, normal_basis])
def test_a_flow_has_no_tolerance_but_its_own(basis: Any) -> None:
    L = CORNERS[5]
    exact, floats = flow(L), flow(L, 1e-9)
    assert basis(exact, None) == basis(exact) and basis(floats, 1e-9) == basis(floats) == basis(L, 1e-9)
    with pytest.raises(InvalidTolerance, match=r"with an exact flow leave the tolerance out, .*; found 1e-09"):
        basis(exact, 1e-9)
    with pytest.raises(InvalidTolerance, match=r"with a flow of tolerance 1e-09 leave .*; found 0\.001"):
        basis(floats, 1e-3)


@pytest.mark.parametrize("basis", [tangent_basis, normal_basis])
@pytest.mark.parametrize("tolerance", [None, 1e-9])
@pytest.mark.parametrize("value", ["x", None, 3, [[[1]]], CORNERS[0].barcode, Stratum(CORNERS[0].barcode)])
def test_only_networks_and_flows_have_bases(basis: Any, tolerance: float | None, value: Any) -> None:
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed, or its flow; found"):
        basis(value, tolerance)


@pytest.mark.parametrize("basis", [tangent_basis, normal_basis])
@pytest.mark.parametrize("tolerance", ["x", 0, -1, 2.0, float("nan")])
def test_tolerances_of_networks_are_those_of_flows(basis: Any, tolerance: Any) -> None:
    with pytest.raises(InvalidTolerance):
        basis(CORNERS[0], tolerance)


def test_float_bases_are_tangent_and_normal_up_to_rounding() -> None:
    """Against the exact bases of the same network, with integer weights of mixed ranks, where ranks are clear."""
    rng = np.random.default_rng(7)
    L = LinearNetwork(
        [rng.integers(-2, 3, (m, r)) @ rng.integers(-2, 3, (r, n)) for m, r, n in ((5, 3, 4), (4, 2, 5), (6, 4, 4))]
    )
    for basis in (tangent_basis, normal_basis):
        exact, floats = basis(L), basis(L, tolerance=1e-9)
        assert [v.bars for v in floats] == [v.bars for v in exact] and not floats[0].exact
        both = np.vstack([exact.dense().to_numpy(), floats.dense()])
        both /= np.linalg.norm(both, axis=1)[:, None]
        assert np.linalg.matrix_rank(both, tol=1e-8) == len(exact)
    assert max(abs(v.dot(n)) for v in tangent_basis(L, 1e-9) for n in normal_basis(L, 1e-9)) < 1e-10


@given(SMALL)
@corners
def test_with_a_tolerance_the_other_part_may_be_that_long(L: LinearNetwork) -> None:
    """A tangent and a normal direction of length 1, from the exact bases, one of them scaled to half or twice the tolerance."""
    tangents, normals = tangent_basis(L), normal_basis(L)
    try:
        found = flow(L, 1e-7)
    except UnclearRanks:
        return
    if not tangents or not normals or found.barcode != L.barcode:
        return
    unit = [[M.floats / np.sqrt(float(v.dot(v))) for M in v.dense()] for v in (tangents[-1], normals[-1])]
    for check, (own, other) in ((is_tangent, unit), (is_normal, unit[::-1])):
        for size in (1.0, 1e-250):
            near = [size * (M + 5e-8 * N) for M, N in zip(own, other, strict=True)]
            far = [size * (M + 2e-7 * N) for M, N in zip(own, other, strict=True)]
            for at in ((found,), (found, 1e-7)):
                assert check(at[0], near, *at[1:]) and not check(at[0], far, *at[1:])
            assert check(L, near, 1e-7) and not check(L, far, tolerance=1e-7) and not check(L, near)


@given(changes())
def test_an_exact_flow_serves_the_checkers_too(pair: tuple[LinearNetwork, list[Matrix]]) -> None:
    L, change = pair
    found = flow(L)
    assert is_tangent(found, change) == is_tangent(L, change) and is_normal(found, change) == is_normal(L, change)


def test_no_change_is_tangent_and_normal_up_to_any_tolerance() -> None:
    L = CORNERS[0]
    assert all(check(L, [[[0]]] * 3, 1e-9) for check in (is_tangent, is_normal))
    with pytest.raises(InvalidTolerance, match="with a flow of tolerance 1e-09 leave the tolerance out"):
        is_tangent(flow(L, 1e-9), [[[0]]] * 3, 1e-8)


@pytest.mark.parametrize("check", [is_tangent, is_normal])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (None, InvalidNetwork, "sequence of 2 matrices, one a layer; found NoneType"),
        ("ab", InvalidNetwork, "found str"),
        ([[[1]]], InvalidNetwork, "sequence of 2 matrices, one a layer; found 1"),
        ([[[1]], [[1, 2]]], InvalidNetwork, "Δ_2 must be 1×1, as W_2; found 1×2"),
        ([[[1]], [[float("nan")]]], NotExact, r"Δ_2\[0\]\[0\]"),
    ],
)
def test_changes_that_do_not_fit_are_refused_by_name(check: Any, change: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check(LinearNetwork([[[1]], [[1]]]), change)


@pytest.mark.parametrize("check", [is_tangent, is_normal])
def test_only_networks_have_tangent_spaces(check: Any) -> None:
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
        check([[[1]]], [[[1]]])
