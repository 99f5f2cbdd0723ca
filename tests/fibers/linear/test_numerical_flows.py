"""The flow in floats: the same bars as the exact one, and layers that are zeros and ones up to rounding."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.errors import InvalidBarcode, InvalidNetwork, InvalidTolerance, UnclearRanks
from fibers.linear.barcodes import Barcode
from fibers.linear.flows import flow
from fibers.linear.numerical_flows import NumericalFlow, numerical_flow
from fibers.linear.stratification import Stratum
from fibers.networks import LinearNetwork
from proofs.strategies.linear import barcodes


def planted(barcode: Barcode, seed: int, noise: float = 0.0) -> LinearNetwork:
    """W_k = J_k E_k J_{k−1}^{-1} for random J_k; plus noise, relative to each layer."""
    rng = np.random.default_rng(seed)
    bases = [np.linalg.qr(rng.standard_normal((d, d)))[0] * rng.uniform(0.3, 3, d) for d in barcode.widths]
    exact = Stratum(barcode).canonical().matrices
    weights = [bases[k] @ E.floats @ np.linalg.inv(bases[k - 1]) for k, E in enumerate(exact, start=1)]
    return LinearNetwork([W + noise * np.linalg.norm(W, 2) * rng.uniform(-1, 1, W.shape) for W in weights])


CORNERS = [
    Barcode({(0, 3): 1}),
    Barcode({(0, 0): 2, (1, 1): 1, (2, 2): 3}),
    Barcode({(0, 2): 3}),
    Barcode({(0, 0): 1, (0, 1): 2, (1, 1): 1}),
]


def error(found: NumericalFlow) -> float:
    """How far any layer is from sending any bar's vector to the next one, or to 0, relative to the vector and the layer."""
    worst = 0.0
    for b, (i, j) in enumerate(found.bars):
        for k in range(i, min(j + 1, len(found.network.matrices))):
            W, vector = found.network.matrices[k].floats, found.columns[b][k]
            expected = found.columns[b][k + 1] if k < j else 0.0
            size = np.linalg.norm(W, 2) * np.linalg.norm(vector)
            worst = max(worst, float(np.linalg.norm(W @ vector - expected) / size) if size else 0.0)
    return worst


@given(barcodes(4, 8), st.integers(0, 1000))
@example(CORNERS[0], 0)
@example(CORNERS[1], 0)
@example(CORNERS[2], 0)
@example(CORNERS[3], 0)
def test_bars_are_the_planted_ones_and_layers_zeros_and_ones_in_their_bases(barcode: Barcode, seed: int) -> None:
    found = numerical_flow(planted(barcode, seed))
    assert found.barcode == barcode and list(found.bars) == barcode.listed()
    assert error(found) < 1e-11 and found.residual < 1e-9
    for k, (J, D) in enumerate(zip(found.bases, found.duals, strict=True)):
        assert J.shape == D.shape == (barcode.widths[k],) * 2 and np.allclose(D @ J, np.eye(len(J)), atol=1e-9)


@given(barcodes(4, 8), st.integers(0, 1000))
def test_vectors_are_orthogonal_where_bars_end_and_dual_vectors_where_they_are_born(barcode: Barcode, seed: int) -> None:
    found = numerical_flow(planted(barcode, seed))
    for k in range(barcode.layers + 1):
        ending = [found.columns[b][k] for b in found.alive(k) if found.bars[b][1] == k]
        for vectors in (ending, [found.rows[b][k] for b in found.unused(k)]):
            unit = np.array([v / np.linalg.norm(v) for v in vectors]).reshape(len(vectors), barcode.widths[k])
            assert np.allclose(unit @ unit.T, np.eye(len(vectors)), atol=1e-8)


@given(barcodes(4, 6), st.integers(0, 1000))
def test_what_is_below_the_tolerance_is_zero(barcode: Barcode, seed: int) -> None:
    found = flow(planted(barcode, seed, noise=1e-12), tolerance=1e-7)
    assert found.barcode == barcode and found.tolerance == 1e-7
    assert error(found) < 1e-7 and found.residual < 1e-6


@given(barcodes(4, 8), st.integers(0, 1000))
def test_rows_and_columns_are_those_of_the_bases(barcode: Barcode, seed: int) -> None:
    found = numerical_flow(planted(barcode, seed))
    for b, (i, j) in enumerate(found.bars):
        assert list(found.columns[b]) == list(found.rows[b]) == list(range(i, j + 1))
        for k in range(i, j + 1):
            products = found.rows[b][k] @ found.bases[k]
            assert products == pytest.approx([float(c == b) for c in found.alive(k)], abs=1e-9)


@given(barcodes(4, 8))
def test_it_says_of_layers_what_the_exact_flow_says(barcode: Barcode) -> None:
    point = Stratum(barcode).canonical()
    exact, floats = flow(point), flow(point, tolerance=1e-9)
    for k in range(1, barcode.layers + 1):
        assert exact.alive(k) == floats.alive(k)
        assert exact.annihilated(k) == floats.annihilated(k)
        assert exact.passed(k) == floats.passed(k) and exact.unused(k) == floats.unused(k)


def test_seven_ill_conditioned_layers_are_still_rebuilt_to_rounding_errors() -> None:
    """Composed, they have a condition of 1e9 or so; sweeping alone lost six digits more."""
    rng = np.random.default_rng(0)
    L = LinearNetwork([rng.standard_normal((40, 36)) @ rng.standard_normal((36, 40)) for _ in range(7)])
    found = numerical_flow(L)
    assert found.residual < 1e-11 and error(found) < 1e-9


def test_a_sweep_that_disagrees_with_the_ranks_is_refused_with_both_barcodes() -> None:
    L = LinearNetwork([[[0.0], [0.788]], [[-0.0285, 0.000143], [0.000233, 0.0]], [[0.2966, 0.0]]])
    message = r"bars along the bases are \[0,3\]  \[1,2\], but those of the ranks are \[0,3\]  \[1,1\]  \[2,2\], with a gap of"
    with pytest.raises(UnclearRanks, match=message):
        numerical_flow(L, 1e-3)


def test_flows_are_equal_if_all_their_numbers_are() -> None:
    L = planted(CORNERS[3], 5)
    found = numerical_flow(L)
    assert found.columns and found.rows
    twin = pickle.loads(pickle.dumps(found))
    assert twin == found == numerical_flow(L) and hash(twin) == hash(found)
    assert [np.array_equal(twin.columns[b][0], found.columns[b][0]) for b in range(3)] == [True] * 3
    nudged = replace(found, bases=(found.bases[0] * (1 + 1e-15), *found.bases[1:]))
    others = [nudged, numerical_flow(L, 1e-8), numerical_flow(planted(CORNERS[3], 6)), flow(L), None]
    assert all(other != found for other in others)


def test_no_number_of_a_flow_can_be_changed() -> None:
    given = np.eye(1)
    found = replace(numerical_flow(LinearNetwork([[[2.0]]])), bases=(given, 2 * given))
    for twin in (found, pickle.loads(pickle.dumps(found))):
        for array in (*twin.bases, *twin.duals, *twin.columns[0].values(), *twin.rows[0].values()):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 7.0
        with pytest.raises(AttributeError):
            twin.columns[0].clear()
    given[...] = 7.0
    assert found.bases[0] == 1.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "matrices",
    [
        [np.diag([1e-200, 1e-200, 0])] * 2,
        [np.diag([1e-200, 1e-200, 1])] * 2,
        [np.diag([1e200, 1e-200])] * 2,
        [1e199 * np.array([[1.0, 2.0], [3.0, 4.0]])] * 3,
        [np.diag([1e200, 0]), np.diag([1e-200, 0]), np.diag([1e200, 1e200])],
        [0.01 * np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 0.5)[0]] * 200,
    ],
)
def test_layers_of_very_small_and_very_large_norms_are_balanced(matrices: list[np.ndarray]) -> None:
    """Each is the sum of its bars, and has those of the layers divided by their norms."""
    found = flow(LinearNetwork(matrices), tolerance=1e-9)
    assert found.barcode == flow(LinearNetwork([W / np.linalg.norm(W, 2) for W in matrices]), tolerance=1e-9).barcode
    assert found.residual < 1e-12
    for k, W in enumerate(matrices, start=1):
        rebuilt = sum((column @ row for _, column, row in found.factors(k)), np.zeros(W.shape))
        assert np.abs(W - rebuilt).max() <= 1e-9 * np.abs(W).max()


@pytest.mark.filterwarnings("error")
def test_bases_beyond_the_precision_of_floats_are_refused() -> None:
    """The product of 200 random layers has singular values from 1 to 1e-100, though each layer is of full rank."""
    rng = np.random.default_rng(0)
    L = LinearNetwork([0.01 * rng.standard_normal((4, 4)) for _ in range(200)])
    with pytest.raises(
        UnclearRanks, match=r"those of \[0,200\]×4, but bases along these bars are too ill-conditioned for floats"
    ):
        flow(L, tolerance=1e-9)


@pytest.mark.filterwarnings("error")
def test_vectors_beyond_the_range_of_floats_are_refused_by_bar() -> None:
    with pytest.raises(InvalidNetwork, match=r"along the bar \[0,8\] differ by factors up to 2\^5\d\d\d, beyond the range"):
        flow(LinearNetwork([np.diag([1e200, 0])] * 8), tolerance=1e-9)


@given(barcodes(4, 6), st.integers(0, 1000))
@example(CORNERS[0], 0)
@example(CORNERS[1], 0)
def test_vectors_factors_and_subspaces_are_what_the_exact_flow_says(barcode: Barcode, seed: int) -> None:
    found = numerical_flow(planted(barcode, seed))
    for b, (i, j) in enumerate(found.bars):
        vectors = found.vectors(b)
        assert list(vectors) == list(range(i, j + 1))
        assert all(np.array_equal(v[:, 0], found.columns[b][k]) for k, v in vectors.items())
    layers = [W.floats for W in found.network.matrices]
    for k, W in enumerate(layers, start=1):
        terms = list(found.factors(k))
        assert tuple(b for b, _, _ in terms) == found.passed(k)
        total = sum((column @ row for _, column, row in terms), np.zeros(W.shape))
        assert np.allclose(total, W, atol=1e-9 * np.linalg.norm(W)) and np.allclose(found.rebuilt(k), total)
    L, widths = len(layers), barcode.widths
    for i, k, j in combinations_with_replacement(range(L + 1), 3):
        basis = found.subspace(k, i, j)
        expected = sum(times for (a, e), times in barcode.items() if a <= i and k <= e <= j)
        assert basis.shape == (widths[k], expected)
        if j < L and expected:
            ahead = np.linalg.multi_dot([np.eye(widths[j + 1]), *reversed(layers[k : j + 1]), basis])
            assert np.abs(ahead).max() < 1e-8 * np.abs(basis).max() * np.prod([np.linalg.norm(W, 2) + 1 for W in layers])


def test_nodes_layers_and_bars_that_it_lacks_are_refused() -> None:
    found = numerical_flow(LinearNetwork([[[1.0]]]))
    for wrong in (lambda: found.vectors(1), lambda: found.vectors(-1)):
        with pytest.raises(InvalidBarcode, match=r"numbered 0, \.\.\., 0"):
            wrong()
    for refused in (lambda: list(found.factors(0)), lambda: found.subspace(0, 1, 1)):
        with pytest.raises(InvalidNetwork):
            refused()


def test_it_shows_its_tolerance_and_the_gap() -> None:
    found = numerical_flow(LinearNetwork([np.diag([1.0, 1e-12])]))
    assert repr(found) == "<NumericalFlow 2-2, 3 bars: [0,0]  [0,1]  [1,1]; tolerance 1e-09, gap 1e+12>"
    assert "flow of 2-2, rank 1; tolerance 1e-09, gap 1e+12" in found._repr_html_()


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidTolerance):
        flow(LinearNetwork([[[1]]]), tolerance=0.0)
    with pytest.raises(InvalidNetwork, match="W_1 has entries beyond the range of floats"):
        flow(LinearNetwork([[[10**400]]]), tolerance=1e-9)
