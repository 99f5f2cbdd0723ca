"""Along its bars every layer is zeros and ones: the bases of a flow, held against the definitions."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given

from fibers.errors import InvalidBarcode, InvalidNetwork
from fibers.exact import Matrix
from fibers.linear.flows import Flow, flow, is_flow
from fibers.networks import LinearNetwork, identity
from proofs.catalogue import linearly
from proofs.strategies.linear import Planted, linear_networks, planted_networks

DEGENERATE = {
    "width 1": LinearNetwork([[[3]], [[-2]], [[5]]]),
    "rank 0": LinearNetwork([[[0, 0]], [[0], [0], [0]]]),
    "full rank": LinearNetwork([[[1, 2], [3, 4]], [[2, 1], [1, 1]]]),
    "one layer": LinearNetwork([[[1, 2, 3], [2, 4, 6]]]),
    "nilpotent": LinearNetwork([[[0, 1], [0, 0]], [[0, 1], [0, 0]]]),
    "rational": LinearNetwork([[["1/2", "1/3"], ["1/4", "1/6"]], [["2/3", "-4/3"]], [["1/7"]]]),
}


def degenerate(test: Any) -> Any:
    for L in DEGENERATE.values():
        test = example(L)(test)
    return test


@given(planted_networks())
def test_the_bars_are_those_that_were_planted(planted: Planted) -> None:
    found = flow(planted.network)
    assert found.barcode == planted.barcode and list(found.bars) == planted.barcode.listed()


@given(linear_networks())
@degenerate
def test_each_layer_is_the_sum_of_its_factors(L: LinearNetwork) -> None:
    """W_k = Σ J_k[:, b] J_{k−1}^{-1}[b, :] over the bars that it passes on; and the duals are inverse to the bases."""
    found = flow(L)
    for k, W in enumerate(L.matrices, start=1):
        total = W - W
        for b, column, row in found.factors(k):
            assert found.bars[b][0] < k <= found.bars[b][1]
            total = total + column @ row
        assert total == W
    assert all(J @ D == D @ J == identity(J.rows) for J, D in zip(found.bases, found.duals, strict=True))


@given(linear_networks())
@degenerate
def test_a_layer_sends_each_vector_to_the_next_of_its_bar_or_to_zero(L: LinearNetwork) -> None:
    found = flow(L)
    for b, (i, j) in enumerate(found.bars):
        vectors = found.vectors(b)
        assert list(vectors) == list(range(i, j + 1))
        for k in range(i, min(j + 1, len(L.matrices))):
            image = L.matrices[k] @ vectors[k]
            assert image == vectors[k + 1] if k < j else not any(image.numerators)


@given(linear_networks())
@degenerate
def test_a_layer_annihilates_its_kernel_passes_on_its_image_and_leaves_a_complement_unused(L: LinearNetwork) -> None:
    found = flow(L)
    for k, W in enumerate(L.matrices, start=1):
        ended, passed, unused = found.annihilated(k), found.passed(k), found.unused(k)
        assert sorted(ended + passed) == list(found.alive(k - 1)) and sorted(passed + unused) == list(found.alive(k))
        kernel = [found.vectors(b)[k - 1] for b in ended]
        assert all(not any((W @ v).numerators) for v in kernel) and len(ended) == W.columns - W.rank()
        image = [list(found.vectors(b)[k].vector()) for b in passed]
        both = [*image, *map(list, W.transpose().fractions())]
        assert len(passed) == W.rank() == linearly.rank(both)
        assert linearly.rank([*image, *(list(found.vectors(b)[k].vector()) for b in unused)]) == W.rows


@given(linear_networks(3, 3))
@degenerate
def test_flow_subspaces_are_images_met_with_kernels(L: LinearNetwork) -> None:
    """The columns of `subspace(k, i, j)` lie in A_{k,i} and B_{k,j+1}, and are as many as dim A + dim B − dim(A + B)."""
    found = flow(L)
    layers = len(L.matrices)
    for i, k, j in combinations_with_replacement(range(layers + 1), 3):
        basis = found.subspace(k, i, j)
        columns = [list(row) for row in basis.transpose().fractions()]
        image = [list(row) for row in L.between(k, i).transpose().fractions()]
        after = L.between(j + 1, k) if j < layers else Matrix(1, L.widths[k], [0] * L.widths[k])
        kernel = linearly.kernel(after.fractions(), L.widths[k])
        meet = linearly.rank(image) + len(kernel) - linearly.rank([*image, *kernel])
        assert basis.columns == linearly.rank(columns) == meet
        assert linearly.rank([*image, *columns]) == linearly.rank(image)
        assert not any((after @ basis).numerators)


@given(linear_networks())
@degenerate
def test_columns_and_rows_are_coprime_integers_and_dual_up_to_one_factor_a_bar(L: LinearNetwork) -> None:
    found = flow(L)
    for b, (i, j) in enumerate(found.bars):
        for table in (found.columns[b], found.rows[b]):
            assert list(table) == list(range(i, j + 1)) and math.gcd(*(x for vector in table.values() for x in vector)) == 1
        factors = {sum(x * y for x, y in zip(found.rows[b][k], found.columns[b][k], strict=True)) for k in range(i, j + 1)}
        assert len(factors) == 1 and min(factors) > 0
        for k in range(i, j + 1):
            assert found.columns[b][k] == found.vectors(b)[k].vector()
            others = [c for c in found.alive(k) if c != b]
            assert not any(sum(x * y for x, y in zip(found.rows[b][k], found.columns[c][k], strict=True)) for c in others)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_bases_that_are_singular_exchanged_or_out_of_scale_are_no_flow(k: int) -> None:
    found = flow(DEGENERATE["nilpotent"])
    assert is_flow(found)
    J = found.bases[k]
    passed = next(p for p, b in enumerate(found.alive(k)) if found.bars[b][0] < found.bars[b][1])
    longer = Matrix(2, 2, [x * (1 + (p % 2 == passed)) for p, x in enumerate(J.numerators)])
    for tampered in (J.take_columns([0, 0]), J.take_columns([1, 0]), longer):
        assert not is_flow(replace(found, bases=(*found.bases[:k], tampered, *found.bases[k + 1 :])))
    assert not is_flow(replace(found, bars=found.bars[1:]))


def test_vectors_at_ends_must_be_annihilated() -> None:
    """To the vector of [0, 0] that of [0, 1] is added: still a basis, and right but for its image."""
    found = flow(DEGENERATE["nilpotent"])
    assert found.bars[:2] == ((0, 0), (0, 1))
    J = found.bases[0] @ Matrix(2, 2, [1, 0, 1, 1])
    assert not is_flow(replace(found, bases=(J, *found.bases[1:])))


def test_all_bars_of_an_invertible_network_are_long_and_its_bases_are_carried_by_the_layers() -> None:
    found = flow(DEGENERATE["full rank"])
    assert found.bars == ((0, 2), (0, 2))
    assert found.bases[2] == DEGENERATE["full rank"].product @ found.bases[0]


def test_numbers_stay_small_where_the_layers_are_zeros_and_ones() -> None:
    zero_one = LinearNetwork([[[1, 0, 0], [0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0], [0, 0, 1]]])
    found = flow(zero_one)
    assert {x for J in found.bases for x in J.numerators} == {0, 1} and isinstance(found, Flow)


@pytest.mark.parametrize("value", [None, [[1]], [[[1]]], DEGENERATE["rank 0"].matrices])
def test_only_linear_networks_have_a_flow(value: Any) -> None:
    with pytest.raises(InvalidNetwork, match="a LinearNetwork is needed"):
        flow(value)


def test_no_table_of_a_flow_can_be_changed() -> None:
    found = flow(DEGENERATE["nilpotent"])
    for table in (*found.columns, *found.rows):
        with pytest.raises(TypeError):
            table[0] = (5, 5)
        with pytest.raises(AttributeError):
            table.clear()
    assert found.columns == flow(DEGENERATE["nilpotent"]).columns


@given(linear_networks(3, 3))
@degenerate
def test_a_flow_comes_back_from_pickles_and_copies_whether_used_or_not(L: LinearNetwork) -> None:
    found = flow(L)
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
        assert twin == found and hash(twin) == hash(found)
    assert found.columns and found.rows
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
        assert twin == found and twin.columns == found.columns and twin.rows == found.rows


@pytest.mark.parametrize("tolerance", [None, 1e-9])
def test_nodes_and_layers_that_a_network_lacks_are_refused(tolerance: float | None) -> None:
    """Two layers: nodes 0, 1, 2, and layers 1, 2."""
    found = flow(DEGENERATE["nilpotent"], tolerance)
    for node in (-1, 3, 0.5, "0", None):
        with pytest.raises(InvalidNetwork, match=r"the nodes of this network are 0, \.\.\., 2; found"):
            found.alive(node)
        with pytest.raises(InvalidNetwork, match="the nodes of this network are"):
            found.unused(node)
    assert found.unused(0) == found.alive(0)
    for layer in (-1, 0, 3, 1.0, None):
        for ask in (found.annihilated, found.passed):
            with pytest.raises(InvalidNetwork, match=r"the layers of this network are 1, \.\.\., 2; found"):
                ask(layer)
    assert found.alive(np.int64(1)) == found.alive(1) and found.passed(np.int64(2)) == found.passed(2)


def test_flow_subspaces_out_of_order_or_range_are_refused() -> None:
    found = flow(DEGENERATE["nilpotent"])
    for k, i, j in product(range(-1, 4), repeat=3):
        if not 0 <= i <= k <= j <= 2:
            with pytest.raises(InvalidNetwork, match=r"needs i ≤ k ≤ j; found|the nodes of this network are 0, \.\.\., 2; found"):
                found.subspace(k, i, j)


@pytest.mark.parametrize("b", [-1, 4, 99, 0.5, None, (0, 1)])
def test_bars_are_asked_for_by_a_number_that_occurs(b: Any) -> None:
    found = flow(DEGENERATE["nilpotent"])
    assert len(found.bars) == 4
    with pytest.raises(InvalidBarcode, match=r"numbered 0, \.\.\., 3; found"):
        found.vectors(b)


@pytest.mark.parametrize("k", [-1, 0, 3, None])
def test_only_layers_are_sums_of_factors(k: Any) -> None:
    with pytest.raises(InvalidNetwork, match="the layers of this network are"):
        list(flow(DEGENERATE["nilpotent"]).factors(k))


def test_a_flow_shows_its_bars_and_not_its_bases():
    assert repr(flow(LinearNetwork([[[1, 0], [0, 0]]]))) == "<Flow 2-2, 3 bars: [0,0]  [0,1]  [1,1]>"
