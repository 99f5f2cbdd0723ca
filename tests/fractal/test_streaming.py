"""A mask that comes in slabs has the counts of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.counting import box_count
from fractal.errors import InvalidArray, InvalidOption
from fractal.streaming import stream_box_count


@given(st.integers(0, 10**6), st.lists(st.integers(0, 70), min_size=1, max_size=6), st.sampled_from([2, 3, 5, 100]))
def test_slabs_of_any_heights_make_up_the_whole(seed: int, heights: list[int], base: int) -> None:
    cuts = np.cumsum(heights)
    rng = np.random.default_rng(seed)
    for shape in ((int(cuts[-1]), 30), (int(cuts[-1]),), (int(cuts[-1]), 3, 9)):
        mask = rng.random(shape) < 0.05
        assert stream_box_count(np.split(mask, cuts[:-1]), shape, base) == box_count(mask, base)


def test_a_slab_may_use_the_memory_of_the_last_one() -> None:
    mask = np.random.default_rng(0).random((50, 20)) < 0.1
    room = np.empty((5, 20), dtype=bool)

    def slabs() -> Any:
        for i in range(0, 50, 5):
            room[:] = mask[i : i + 5]
            yield room

    assert stream_box_count(slabs(), (50, 20)) == box_count(mask)


def test_slabs_are_tensors_or_integers_or_lists() -> None:
    slabs = [torch.tensor([[True, False]]), np.array([[0, 7]]), [[0, 0]]]
    assert stream_box_count(slabs, (3, 2)).counts == (2, 1, 1)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_nothing_has_no_boxes(shape: tuple[int, int]) -> None:
    mask = np.zeros(shape, dtype=bool)
    assert stream_box_count([mask], shape) == box_count(mask)
    assert stream_box_count([], (0, 3)) == box_count(np.zeros((0, 3), dtype=bool))


@pytest.mark.parametrize(
    ("slabs", "found"),
    [([np.ones((2, 3), bool)], "found 2"), ([np.ones((2, 3), bool)] * 3, "found 6 after slab 2"), ([], "found 0")],
)
def test_slabs_that_do_not_add_up_are_refused(slabs: Any, found: str) -> None:
    with pytest.raises(InvalidArray, match=found):
        stream_box_count(slabs, (5, 3))


def test_slabs_of_another_width_are_refused() -> None:
    with pytest.raises(InvalidArray, match=r"slab 0 must have shape \(height, 3\); found \(5, 4\)"):
        stream_box_count([np.ones((5, 4), bool)], (5, 3))
    with pytest.raises(InvalidOption, match="axis"):
        stream_box_count([], ())
