"""The spaces of single nodes: each lies in the tangent space of L5, together they span it, and few steps add them up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fibers.linear import nodewise
from fibers.linear.barcodes import Barcode
from fibers.linear.flows import flow
from fibers.linear.projections import split
from fibers.linear.stratification import Stratum
from fibers.networks import LinearNetwork
from proofs.catalogue import linearly
from proofs.strategies.linear import barcodes


def matrices_of(spaces: list[Any], svds: list[Any]) -> list[np.ndarray]:
    """The projection to each space as a matrix on weight space."""
    shapes = [(len(U), len(Vt)) for U, _, Vt in svds]
    ends = np.cumsum([m * n for m, n in shapes])
    found = []
    for space in spaces:
        images = []
        for unit in np.eye(ends[-1]):
            parts = [part.reshape(shape) for part, shape in zip(np.split(unit, ends[:-1]), shapes, strict=True)]
            m = [U.T @ M @ Vt.T for (U, _, Vt), M in zip(svds, parts, strict=True)]
            space.remove(m)
            images.append(unit - np.concatenate([(U @ M @ Vt).ravel() for (U, _, Vt), M in zip(svds, m, strict=True)]))
        found.append(np.array(images).T)
    return found


@given(barcodes(3, 4).filter(lambda barcode: barcode.layers > 1), st.integers(0, 100))
@example(Barcode({(0, 0): 1, (1, 1): 1, (2, 2): 1}), 0)
@example(Barcode({(0, 2): 1}), 0)
@example(Barcode({(0, 3): 2}), 0)
@example(Barcode({(0, 2): 1, (1, 3): 1}), 0)
def test_each_space_is_projected_to_and_together_they_span_the_tangent_space(barcode: Barcode, seed: int) -> None:
    L = Stratum(barcode).random_point(seed=seed)
    found = flow(L, 1e-9)
    svds = [nodewise._svd(found, k) for k in range(1, barcode.layers + 1)]
    spaces = [nodewise._node(k, svds[k - 1], svds[k]) for k in range(1, barcode.layers)]
    projections = matrices_of([*spaces, nodewise._ends(found, svds[0], svds[-1])], svds)
    assert all(np.allclose(P, P.T, atol=1e-9) and np.allclose(P @ P, P, atol=1e-9) for P in projections)
    span = np.array([[float(x) for x in row] for row in linearly.tangent_span(L)]).reshape(-1, L.parameters)
    U, values, _ = np.linalg.svd(span.T)
    basis = U[:, : Stratum(barcode).dimension]
    tangent = basis @ basis.T
    assert len(values) >= basis.shape[1]
    assert all(np.allclose(tangent @ P, P, atol=1e-7) for P in projections)
    dimension = Stratum(barcode).dimension
    assert dimension == 0 or np.linalg.svd(np.hstack(projections), compute_uv=False)[dimension - 1] > 1e-9


def test_a_few_hundred_sweeps_do_where_a_basis_took_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    L = LinearNetwork([rng.standard_normal((60, r)) @ rng.standard_normal((r, 60)) for r in (30, 40, 30)])
    monkeypatch.setattr(nodewise, "STEPS", 220)  # 150 or so are needed; LSQR took 500 at this width
    found = flow(L, 1e-9)
    nodewise.tangent_part(found, [rng.standard_normal((60, 60)) for _ in range(3)])
    monkeypatch.setattr(nodewise, "STEPS", 10)
    with pytest.raises(nodewise.Slow):
        nodewise.tangent_part(found, [rng.standard_normal((60, 60)) for _ in range(3)])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("norms", [(1.0, 1.0, 1.0), (1e-120, 1.0, 1e100), (3.0, 1e90, 2.0), (1e-200, 1e-200, 1e-200)])
def test_long_bars_keep_their_proportions_in_the_first_and_the_last_layer(norms: tuple[float, ...]) -> None:
    """Bars [0, 3] alone: against exact arithmetic."""
    base = [np.array(W) for W in ([[1.0, 2.0], [0.0, 1.0]], [[1.0, 0.0], [3.0, 1.0]], [[1.0, 1.0], [0.0, 1.0]])]
    L = LinearNetwork([norm * W for norm, W in zip(norms, base, strict=True)])
    change = [np.array([[1.0, -2.0], [3.0, k]]) for k in range(3)]
    tangent, _ = split(L, change, 1e-9)
    exact, _ = split(L, change)
    assert max(np.abs(T - E.floats).max() for T, E in zip(tangent, exact, strict=True)) < 1e-9


def test_what_the_tolerance_drops_of_products_plays_no_part() -> None:
    """W_2 W_1 is small, not 0, and each layer of full rank: the tangent space is that of the network where it is 0."""
    small, none = (LinearNetwork([[[1.0], [x]], [[0.0, 1.0]]]) for x in (1e-4, 0.0))
    change = [np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]])]
    exact, _ = split(none, change)
    found = nodewise.tangent_part(flow(small, 1e-2), change)
    assert max(np.abs(T - E.floats).max() for T, E in zip(found, exact, strict=True)) < 1e-3
