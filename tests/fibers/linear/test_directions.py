"""A basis is a lazy sequence: what is asked for is what iterating over all pairs of bars gives."""

from __future__ import annotations

import copy
import pickle
import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.linear.directions import Direction, layers_of
from fibers.linear.flows import flow
from fibers.linear.stratification import Stratum
from fibers.linear.tangent import is_tied, normal_basis, tangent_basis
from fibers.networks import LinearNetwork
from proofs.strategies.linear import linear_networks

POINT = LinearNetwork([[[1, 2]]])
NETWORKS = linear_networks(4, 4)


def by_hand(L: LinearNetwork, kind: str) -> list[tuple[Any, ...]]:
    """All directions, pair of bars by pair of bars, as the theorem in `fibers.linear.tangent` lists them."""
    found = flow(L)
    directions: list[tuple[Any, ...]] = []
    for b, c in product(range(len(found.bars)), repeat=2):
        span = layers_of(found.bars[b], found.bars[c])
        tied = is_tied(found.bars[b], found.bars[c], len(L.matrices))
        cells = {k: (found.columns[b][k], found.rows[c][k - 1]) for k in span}
        if kind == "normal":
            if tied and span:
                directions.append(tuple((k, found.rows[b][k], found.columns[c][k - 1]) for k in span))
        elif tied:
            for k in span[:-1]:
                column, row = cells[k + 1]
                directions.append(((k, *cells[k]), (k + 1, tuple(-x for x in column), row)))
        else:
            directions += [((k, *cells[k]),) for k in span]
    return directions


@given(NETWORKS)
@example(POINT)
@example(LinearNetwork([[[0]], [[0]], [[0]]]))
def test_the_sequence_is_that_of_all_pairs_of_bars(L: LinearNetwork) -> None:
    for kind, basis in (("tangent", tangent_basis(L)), ("normal", normal_basis(L))):
        assert sorted(v.terms for v in basis) == sorted(by_hand(L, kind))
        assert len(basis) == len(by_hand(L, kind)) == sum(pair.number * basis.each(pair) for pair in basis.pairs)


@given(NETWORKS, st.data())
def test_indices_and_slices_are_those_of_the_list(L: LinearNetwork, data: st.DataObject) -> None:
    basis = data.draw(st.sampled_from([tangent_basis(L), normal_basis(L)]))
    listed = [v.terms for v in basis]
    if listed:
        i = data.draw(st.integers(-len(listed), len(listed) - 1))
        assert basis[i].terms == listed[i]
    part = data.draw(st.slices(len(listed)))
    assert [v.terms for v in basis[part]] == listed[part]
    for beyond in (len(listed), -len(listed) - 1):
        with pytest.raises(IndexError):
            basis[beyond]


@given(NETWORKS)
@example(POINT)
def test_dense_rows_are_the_directions_and_products_those_of_dense_matrices(L: LinearNetwork) -> None:
    for basis in (tangent_basis(L), normal_basis(L)):
        dense = basis.dense()
        assert dense.shape == (len(basis), L.parameters)
        for i, v in enumerate(basis):
            assert dense.row(i) == tuple(x for M in v.dense() for x in M.numerators)
        for v, w in zip(basis, reversed(basis), strict=True):
            expected = sum(
                x * y for M, N in zip(v.dense(), w.dense(), strict=True) for x, y in zip(M.vector(), N.vector(), strict=True)
            )
            assert v.dot(w) == expected


def test_float_directions_densify_to_arrays() -> None:
    L = LinearNetwork([[[1, 0], [1, 0]], [[1, -1]]])
    exact, floats = normal_basis(L), normal_basis(L, tolerance=1e-9)
    dense = floats.dense()
    assert dense.dtype == np.float64 and dense.shape == (len(exact), L.parameters)
    for i, v in enumerate(floats):
        assert np.array_equal(dense[i], np.concatenate([M.ravel() for M in v.dense()])) and v.dot(v) == pytest.approx(
            dense[i] @ dense[i]
        )
    empty = tangent_basis(POINT, tolerance=1e-9)
    assert empty.dense().shape == (0, 2)


@given(NETWORKS, st.sampled_from([None, 1e-9]))
@example(POINT, None)
@example(POINT, 1e-9)
def test_directions_are_in_their_basis_each_at_its_place(L: LinearNetwork, tolerance: float | None) -> None:
    """The laws of a sequence: `in`, `index` and `count` agree with the indices."""
    if tolerance and flow(L, tolerance).barcode != L.barcode:
        return
    for basis in (tangent_basis(L, tolerance), normal_basis(L, tolerance)):
        assert [basis.index(v) for v in basis] == list(range(len(basis)))
        assert all(v in basis and basis.count(v) == 1 for v in basis)
        assert len(set(basis)) == len(basis)
        assert list(basis) == list(basis) == basis[:]


@pytest.mark.parametrize("tolerance", [None, 1e-9])
def test_what_comes_back_from_a_pickle_is_equal(tolerance: float | None) -> None:
    L = LinearNetwork([[[1, 0], [1, 0]], [[1, -1]]])
    tangents, normals = tangent_basis(L, tolerance), normal_basis(L, tolerance)
    for value in (tangents, normals, tangents[0], normals[0]):
        for twin in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert twin == value and hash(twin) == hash(value)
    assert tangents == tangent_basis(flow(L, tolerance)) and tangents != normals and tangents != list(tangents)
    assert tangents != tangent_basis(LinearNetwork([[[2, 0], [2, 0]], [[1, -1]]]), tolerance)


def test_float_directions_are_as_frozen_as_exact_ones() -> None:
    L = LinearNetwork([[[1, 0], [1, 0]], [[1, -1]]])
    vectors = [x for basis in (tangent_basis, normal_basis) for v in basis(L, 1e-9) for _, *pair in v.terms for x in pair]
    for x in vectors:
        with pytest.raises(ValueError, match="read-only"):
            x[0] = 7.0


def test_directions_differ_by_bars_widths_or_any_number() -> None:
    one = Direction(((0, 1), (0, 0)), (1, 2), ((1, (1, 0), (3,)),))
    others = [
        Direction(((0, 1), (0, 1)), (1, 2), one.terms),
        Direction(one.bars, (1, 2, 1), one.terms),
        Direction(one.bars, one.widths, ((1, (1, 0), (4,)),)),
        Direction(one.bars, one.widths, ((1, (1, 1), (3,)),)),
        Direction(one.bars, one.widths, ((2, (1, 0), (3,)),)),
        Direction(one.bars, one.widths, ()),
        Direction(one.bars, one.widths, ((1, np.array([1.0, 0.0]), np.array([3.0])),)),
        one.terms,
    ]
    assert all(one != other for other in others) and len({one, *others}) == len(others) + 1
    zeros = [Direction(one.bars, one.widths, ((1, np.array([1.0, zero]), np.array([3.0])),)) for zero in (0.0, -0.0)]
    assert zeros[0] == zeros[1] == others[-2] and len(set(zeros)) == 1


def test_no_vector_is_made_before_it_is_asked_for() -> None:
    """The length needs neither vectors nor duals."""
    L = LinearNetwork([[[1, 2], [3, 4]], [[1, 1], [1, 1]]])
    basis = tangent_basis(L)
    assert len(basis) == Stratum(L.barcode).dimension == 4 and "duals" not in vars(basis.flow)
    _ = basis[0]
    assert "duals" in vars(basis.flow)


def test_bases_and_directions_say_what_they_are() -> None:
    L = LinearNetwork([[[1], [0]], [[1, 0], [0, 1]], [[0, 1]]])
    normals, tangents = normal_basis(L), tangent_basis(L)
    assert repr(normals) == "<normal basis: 1 direction in 8 weights>"
    assert repr(normals[0]) == "<Direction from [0,2] to [1,3], layers 1, 2, 3>"
    assert all(repr(v).startswith("<Direction from [") for v in tangents)
    assert re.search(r">\[0,2\]</td><td [^>]*>\[1,3\]</td><td [^>]*>1, 2, 3</td><td [^>]*>1</td>", normals._repr_html_())
    assert tangents._repr_html_().count("<tr>") == len(tangents.pairs) + 1


def test_latex_is_written_for_small_directions_only() -> None:
    small = Direction(((0, 1), (0, 0)), (1, 2), ((1, (1, 0), (3,)),))
    assert small._repr_latex_() == r"$\Delta W_{1} = \begin{pmatrix}1\\0\end{pmatrix} \begin{pmatrix}3\end{pmatrix}^\top$"
    assert r"0.5\\-2" in Direction(((0, 1), (0, 0)), (1, 2), ((1, np.array([0.5, -2.0]), np.array([1.0])),))._repr_latex_()
    assert Direction(((0, 1), (0, 0)), (1, 20), ((1, (1,) * 20, (3,)),))._repr_latex_() == ""
