"""Changing the bases keeps the bars, and makes dual vectors orthogonal at births and vectors orthogonal at ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.linear.barcodes import Bar, Barcode
from fibers.linear.orthonormal_ends import orthonormal_ends
from fibers.linear.stratification import Stratum
from proofs.strategies.linear import barcodes

Arrays = list[np.ndarray]


def bases_of(barcode: Barcode, seed: int) -> tuple[list[Bar], Arrays, Arrays]:
    """Random bases J_k, and their inverses; every J_k E_k J_{k−1}^{-1} makes them bases along the bars."""
    rng = np.random.default_rng(seed)
    bases = [
        np.linalg.qr(rng.standard_normal((d, d)))[0] @ (np.eye(d) + 0.2 * rng.uniform(-1, 1, (d, d))) for d in barcode.widths
    ]
    return barcode.listed(), bases, [np.linalg.inv(J) for J in bases]


def layers(barcode: Barcode, bases: Sequence[np.ndarray], duals: Sequence[np.ndarray]) -> Arrays:
    passing = Stratum(barcode).canonical().matrices
    return [bases[k] @ E.floats @ duals[k - 1] for k, E in enumerate(passing, start=1)]


@given(barcodes(4, 8), st.integers(0, 1000))
@example(Barcode({(0, 2): 3}), 0)
@example(Barcode({(0, 0): 1, (1, 1): 1}), 0)
@example(Barcode({(0, 0): 1, (0, 1): 1, (0, 2): 1, (1, 2): 1, (2, 2): 1, (1, 1): 2}), 0)
def test_the_layers_keep_their_bars(barcode: Barcode, seed: int) -> None:
    bars, bases, duals = bases_of(barcode, seed)
    before = layers(barcode, bases, duals)
    J, D = orthonormal_ends(bars, bases, duals)
    for old, new in zip(before, layers(barcode, J, D), strict=True):
        assert np.allclose(old, new, atol=1e-9)
    assert all(np.allclose(A @ B, np.eye(len(A)), atol=1e-9) for A, B in zip(J, D, strict=True))


@given(barcodes(4, 8), st.integers(0, 1000))
@example(Barcode({(0, 2): 3}), 0)
@example(Barcode({(0, 0): 1, (0, 1): 1, (0, 2): 1, (1, 2): 1, (2, 2): 1, (1, 1): 2}), 0)
def test_vectors_are_orthogonal_where_bars_end_and_dual_vectors_where_they_are_born(barcode: Barcode, seed: int) -> None:
    bars, bases, duals = bases_of(barcode, seed)
    J, D = orthonormal_ends(bars, bases, duals)
    for k in range(barcode.layers + 1):
        alive = [bar for bar in bars if bar[0] <= k <= bar[1]]
        ending = J[k][:, [p for p, bar in enumerate(alive) if bar[1] == k]]
        born = D[k][[p for p, bar in enumerate(alive) if bar[0] == k]].T
        for vectors in (ending, born):
            unit = vectors / np.linalg.norm(vectors, axis=0)
            assert np.allclose(unit.T @ unit, np.eye(unit.shape[1]), atol=1e-9)


@given(barcodes(3, 8), st.integers(0, 1000))
def test_the_vectors_of_a_bar_have_norm_one_on_average(barcode: Barcode, seed: int) -> None:
    """The geometric mean over the nodes of its life."""
    bars, bases, duals = bases_of(barcode, seed)
    J, _ = orthonormal_ends(bars, bases, duals)
    for b, (i, j) in enumerate(bars):
        places = {k: sum(first <= k <= last for first, last in bars[:b]) for k in range(i, j + 1)}
        norms = [float(np.linalg.norm(J[k][:, place])) for k, place in places.items()]
        assert np.prod(norms) == pytest.approx(1)
