"""The check of normal changes agrees with L6, and LSQR with exact projections."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibers.linear import normalwise
from fibers.linear.barcodes import Barcode
from fibers.linear.flows import flow
from fibers.linear.projections import project_normal
from fibers.linear.stratification import Stratum
from fibers.linear.tangent import normal_basis, tangent_basis
from fibers.networks import LinearNetwork
from proofs.strategies.linear import barcodes


@given(barcodes(3, 4), st.integers(0, 100))
def test_normal_directions_have_no_tangent_share_and_tangent_ones_do(barcode: Barcode, seed: int) -> None:
    """Directions from the exact bases."""
    L = Stratum(barcode).random_point(seed=seed)
    found = flow(L, 1e-9)
    for basis, normal in ((normal_basis(L), True), (tangent_basis(L), False)):
        for v in basis:
            change = [M.floats / np.sqrt(float(v.dot(v))) for M in v.dense()]
            share = normalwise.tangent_share(found, change)
            assert share < 1e-9 if normal else share > 1e-9


@given(barcodes(3, 4), st.integers(0, 100))
def test_least_squares_give_the_exact_normal_part(barcode: Barcode, seed: int) -> None:
    L = Stratum(barcode).random_point(seed=seed)
    rng = np.random.default_rng(seed)
    change = [rng.integers(-3, 4, W.shape).astype(float) for W in L.matrices]
    found = normalwise.normal_part(flow(L, 1e-9), change)
    assert max(np.abs(N - E.floats).max() for N, E in zip(found, project_normal(L, change), strict=True)) < 1e-7


@pytest.mark.filterwarnings("error")
def test_lengths_beyond_the_range_of_floats_are_no_matter() -> None:
    L = LinearNetwork([[[1e-200]], [[1e200]], [[1e-200]], [[1e200]]])
    change = [np.array([[float(k)]]) for k in range(4)]
    found = normalwise.normal_part(flow(L, 1e-9), change)
    expected = [N.floats for N in project_normal(L, change)]
    assert max(np.abs(N - E).max() for N, E in zip(found, expected, strict=True)) < 1e-12
    assert normalwise.tangent_share(flow(L, 1e-9), expected) < 1e-12
