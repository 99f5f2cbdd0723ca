"""S_k is a linear bijection onto the families of cells."""

from __future__ import annotations

import numpy as np
import pytest
import slow_grids as slow
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fractal.errors import InvalidArray, InvalidLevel, InvalidOption
from fractal.segments import join, segment

ARRAYS = hnp.arrays(np.int64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6))


@given(ARRAYS, st.integers(2, 4), st.integers(0, 3))
@example(np.zeros((0, 3), np.int64), 2, 1)
@example(np.array(5), 2, 1)
def test_cells_are_disjoint_cover_the_array_and_join_to_it(W: np.ndarray, b: int, k: int) -> None:
    cells, expected = segment(W, k, b), slow.members(W.shape, b**k)
    assert len(cells) == len(expected) == len(list(cells))
    for q, cell in expected.items():
        assert cells[q].ravel().tolist() == [W[x] for x in cell]
    assert cells.join().shape == W.shape and cells.join().tolist() == W.tolist()


@given(ARRAYS, st.integers(0, 2))
def test_cells_come_in_the_order_of_their_indices(W: np.ndarray, k: int) -> None:
    cells = segment(W, k)
    assert all(np.array_equal(cell, cells[q]) for q, cell in zip(np.ndindex(cells.shape), cells, strict=True))


def test_segments_of_a_combination_are_combinations_of_segments() -> None:
    V, W = np.arange(15).reshape(3, 5), np.arange(15).reshape(3, 5) ** 2
    for both, v, w in zip(segment(2 * V - 3 * W, 1), segment(V, 1), segment(W, 1), strict=True):
        assert np.array_equal(both, 2 * v - 3 * w)


@pytest.mark.parametrize("W", [np.arange(6).reshape(2, 3), torch.arange(6).reshape(2, 3)])
def test_a_cell_is_a_view_and_a_join_is_a_copy(W: torch.Tensor) -> None:
    cells = segment(W, 1)
    cells.join()[...] = 7
    assert W[0, 2] == 2
    cells[0, 1][...] = 9
    assert W[:, 2].tolist() == [9, 9]


@pytest.mark.parametrize("W", [torch.zeros(0, 3), np.zeros((0, 3)), torch.tensor(2.0), np.array(2.0)])
def test_the_join_of_what_has_no_axes_or_no_entries_is_a_copy_of_its_kind(W: torch.Tensor) -> None:
    again = segment(W, 1).join()
    assert again.shape == W.shape and type(again) is type(W) and again is not W and again.tolist() == W.tolist()


def test_levels_beyond_the_array_leave_one_cell() -> None:
    assert segment([1, 2, 3], 10**6).shape == (1,) and segment([1, 2, 3], 10**6)[-1].tolist() == [1, 2, 3]
    assert segment([1, 2, 3], 1, 10**9).shape == (1,)


def test_segments_show_their_grid() -> None:
    assert repr(segment(np.ones((5, 3)), 1)) == "Segments(cells=(3, 2), size=2, of=(5, 3))"


def test_cells_that_do_not_exist_are_refused() -> None:
    cells = segment(np.ones((4, 4)), 1)
    with pytest.raises(IndexError, match=r"grid of cells is \(2, 2\); found \(2, 0\)"):
        cells[2, 0]
    with pytest.raises(InvalidOption, match="has 2 indices"):
        cells[0]
    with pytest.raises(InvalidLevel, match="join"):
        segment([1], -1)


@pytest.mark.parametrize(
    ("cells", "shape"), [([], (0,)), ([[1]], (2,)), ([[[1, 2]], [[1]], [[1]], [[1]]], (2, 2)), ([[1], [[2]]], (2,))]
)
def test_cells_that_do_not_fit_are_refused(cells: list, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidArray, match="cells must"):
        join([np.array(cell) for cell in cells], shape)
