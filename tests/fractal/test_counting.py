"""Box counts equal the definition, cell by cell, whatever holds the mask; what has no boxes to count says so."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fractal.counting import BoxCounts, box_count, cells_of, device_counts, ladder, spread
from fractal.errors import InvalidArray, InvalidBase, InvalidOption
from fractal.packed import chain_counts

DEVICES = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]
shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=9)
masks = arrays.arrays(bool, shapes)


def by_definition(mask: Any, size: int, offset: tuple[int, ...] | None = None) -> int:
    """The number of different ⌊(x + o) / r⌋ over the occupied points x."""
    A = np.asarray(mask)
    o = offset or (0,) * A.ndim
    return len({tuple((int(x) + s) // size for x, s in zip(point, o, strict=True)) for point in np.argwhere(A)})


# What there is least of


@pytest.mark.parametrize("shape", [(0,), (0, 5), (3, 0, 2)])
def test_a_mask_without_entries_has_no_boxes(shape: tuple[int, ...]) -> None:
    counted = box_count(np.zeros(shape, dtype=bool), offsets=2)
    assert (counted.sizes, counted.counts, counted.cells, counted.shape) == ((1,), (0,), (0,), shape)
    assert counted.slopes == ()


@pytest.mark.parametrize(("point", "count"), [(True, 1), (False, 0)])
def test_an_array_without_axes_is_one_box(point: bool, count: int) -> None:
    for mask in (np.array(point), torch.tensor(point)):
        counted = box_count(mask)
        assert (counted.sizes, counted.counts, counted.cells, counted.shape) == ((1,), (count,), (1,), ())


def test_a_mask_without_points_has_no_slopes() -> None:
    counted = box_count(np.zeros((4, 4), dtype=bool))
    assert counted.counts == (0, 0, 0)
    assert len(counted.slopes) == 2 and all(map(math.isnan, counted.slopes))


def test_a_full_mask_occupies_every_box() -> None:
    counted = box_count(np.ones((10, 7, 1), dtype=bool), 3)
    assert counted.sizes == (1, 3, 9, 27)
    assert counted.counts == counted.cells == (70, 12, 2, 1)


@pytest.mark.parametrize("shape", [(1,), (1, 1), (1, 6), (6, 1), (1, 6, 1)])
def test_axes_of_length_one_change_nothing(shape: tuple[int, ...]) -> None:
    side = max(shape)
    flat = np.arange(side) % 4 == 0
    assert box_count(flat.reshape(shape)).counts == box_count(flat).counts


# Ladders


@given(masks, st.integers(2, 11))
def test_a_ladder_counts_as_the_definition_does(mask: np.ndarray, base: int) -> None:
    counted = box_count(mask, base)
    assert counted.sizes[-1] >= max(mask.shape) and counted.base == base
    assert counted.counts == tuple(by_definition(mask, r) for r in counted.sizes)
    assert counted.cells == tuple(by_definition(np.ones_like(mask), r) for r in counted.sizes)


@given(masks, st.integers(2, 4))
def test_a_box_has_between_one_and_all_of_its_parts(mask: np.ndarray, base: int) -> None:
    counts = box_count(mask, base).counts
    assert all(M <= N <= base**mask.ndim * M for N, M in pairwise(counts))


def test_a_ladder_ends_with_the_first_size_that_holds_every_side() -> None:
    assert ladder((8, 3), 2) == (1, 2, 4, 8) and ladder((9, 3), 2) == (1, 2, 4, 8, 16)
    assert ladder((1, 1), 2) == (1,)
    assert cells_of((9, 3), 4) == 3


def test_slopes_of_a_plane_a_line_and_a_point() -> None:
    assert box_count(np.ones((8, 8), dtype=bool)).slopes == (2.0, 2.0, 2.0)
    assert box_count(np.eye(9, dtype=bool), 3).slopes == (1.0, 1.0)
    assert box_count(np.arange(16) == 5).slopes == (0.0,) * 4


# Any sizes, any offsets


@given(masks, st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True).map(sorted))
def test_sizes_need_not_divide_one_another(mask: np.ndarray, sizes: list[int]) -> None:
    counted = box_count(mask, sizes=sizes)
    assert counted.sizes == tuple(sizes) and counted.base is None
    assert counted.counts == tuple(by_definition(mask, r) for r in sizes)


@given(masks, st.integers(2, 5), st.data())
def test_an_offset_begins_the_grid_before_the_array(mask: np.ndarray, base: int, data: st.DataObject) -> None:
    offset = data.draw(st.tuples(*[st.integers(0, 40)] * mask.ndim))
    counted = box_count(mask, base, offsets=[offset])
    assert counted.by_offset == (counted.counts,)
    assert counted.counts == tuple(by_definition(mask, r, offset) for r in counted.sizes)


def test_the_count_is_the_least_over_the_offsets() -> None:
    two = np.array([0, 1, 1, 0], dtype=bool)
    counted = box_count(two, offsets=[(0,), (1,)])
    assert counted.by_offset == ((2, 2, 1), (2, 1, 1))
    assert counted.counts == (2, 1, 1)


@pytest.mark.parametrize(("number", "base", "top"), [(4, 2, 12), (3, 3, 7), (5, 10, 4), (8, 2, 10)])
def test_offsets_are_spread_over_every_size_that_is_large_enough(number: int, base: int, top: int) -> None:
    sizes = tuple(base**k for k in range(top))
    offsets = [o for (o,) in spread(number, sizes, 1)]
    assert offsets[0] == 0 and len(offsets) == number
    for r in sizes:
        if r > 40:  # no two closer than half an even share, around the box
            rests = sorted(o % r for o in offsets)
            gaps = [b - a for a, b in zip(rests, [*rests[1:], rests[0] + r], strict=True)]
            assert min(gaps) >= r / (2 * number)


def test_a_number_of_offsets_is_that_many_along_the_diagonal() -> None:
    counted = box_count(np.ones((64, 5), dtype=bool), offsets=3)
    assert counted.offsets == ((0, 0), (21, 21), (42, 42))


# Whatever holds the mask


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int64, np.uint64])
def test_integers_other_than_zero_are_occupied(kind: type) -> None:
    mask = np.arange(100).reshape(10, 10) % 3 == 0
    integers = (mask * 200).astype(kind)
    assert box_count(integers).counts == box_count(mask).counts == box_count(integers.tolist()).counts


def test_a_low_byte_of_zeros_does_not_empty_an_entry() -> None:
    assert box_count(np.array([256, 0, 1 << 40])).counts == (2, 2, 1)


@pytest.mark.parametrize("device", DEVICES, ids=str)
@given(mask=masks, base=st.integers(2, 5), data=st.data())
def test_torch_counts_what_the_bits_count(device: torch.device, mask: np.ndarray, base: int, data: st.DataObject) -> None:
    offset = data.draw(st.tuples(*[st.integers(0, 20)] * mask.ndim))
    sizes = ladder(mask.shape, base)
    assert device_counts(torch.from_numpy(mask).to(device), sizes, offset) == chain_counts(mask, sizes, offset)


@pytest.mark.parametrize("device", DEVICES, ids=str)
@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64])
def test_a_tensor_counts_where_it_is(device: torch.device, kind: torch.dtype) -> None:
    mask = torch.arange(3 * 70 * 65).reshape(3, 70, 65) % 11 == 0
    counted = box_count(mask.to(device, kind), 3, offsets=2)
    assert counted == box_count(mask.numpy(), 3, offsets=2)


def test_the_order_in_memory_does_not_matter() -> None:
    mask = np.random.default_rng(0).random((90, 33, 5)) < 0.1
    counts = box_count(mask).counts
    for view in (mask.transpose(2, 0, 1), np.asfortranarray(mask), torch.from_numpy(mask).permute(1, 2, 0)):
        assert box_count(view).counts == counts
    flipped = np.zeros((96, 40), dtype=bool)[::-2, ::-1]
    flipped[3, 4] = True
    assert box_count(flipped).counts == (1,) * 7


def test_a_memory_map_counts_like_an_array(tmp_path: Any) -> None:
    mask = np.random.default_rng(1).random((130, 70)) < 0.05
    np.save(tmp_path / "mask.npy", mask)
    assert box_count(np.load(tmp_path / "mask.npy", mmap_mode="r")) == box_count(mask)


# What is refused


@pytest.mark.parametrize("mask", [np.ones(3), torch.ones(3), [0.5], [Fraction(1, 2)]])
def test_values_need_a_threshold_first(mask: Any) -> None:
    with pytest.raises(InvalidArray, match=r"compare it, as in abs\(W\) > t"):
        box_count(mask)


@pytest.mark.parametrize("base", [1, 0, -2, 2.0, True, "2"])
def test_a_base_is_an_integer_from_two_on(base: Any) -> None:
    with pytest.raises(InvalidBase, match="at least 2"):
        box_count([True], base)


@pytest.mark.parametrize("sizes", [(), (2, 1), (1, 1), (0, 1), (1.5,)])
def test_sizes_increase(sizes: Any) -> None:
    with pytest.raises(InvalidOption, match="size"):
        box_count([True], sizes=sizes)


@pytest.mark.parametrize("offsets", [0, -1, [], [(0,)], [(0, -1)], [0], 1.5])
def test_offsets_are_a_number_of_them_or_places(offsets: Any) -> None:
    with pytest.raises(InvalidOption, match="offset"):
        box_count([[True, False]], offsets=offsets)


def test_a_mask_or_points_not_both_nor_neither() -> None:
    with pytest.raises(InvalidOption, match="one of the two"):
        box_count()
    with pytest.raises(InvalidOption, match="one of the two"):
        box_count([True], points=[[1]])
    with pytest.raises(InvalidOption, match="unit is for points"):
        box_count([True], unit=2.0)


# What is shown


def test_counts_are_shown_short_and_in_full() -> None:
    counted = box_count([[True, False], [False, True]], offsets=2)
    assert repr(counted) == "BoxCounts(2 × 2, least of 2 offsets; 1: 2, 2: 1)"
    assert "<table" in counted._repr_html_() and "1.000" in counted._repr_html_()
    told = json.loads(json.dumps(counted.to_dict()))
    assert told["counts"] == [2, 1] and told["offsets"] == [[0, 0], [0, 0]]
    assert BoxCounts(**{k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}).counts == counted.counts
