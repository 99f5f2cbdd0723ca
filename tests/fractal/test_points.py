"""Points count like the mask they make, and wherever they are."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractal.counting import box_count
from fractal.errors import InvalidArray, InvalidOption
from fractal.points import places

integers = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=20)


def test_no_points_are_no_boxes() -> None:
    for points in (np.zeros((0, 2)), np.zeros((0, 3), dtype=int), []):
        counted = box_count(points=points)
        assert (counted.sizes, counted.counts) == ((1,), (0,))


def test_points_without_coordinates_are_one_point() -> None:
    assert box_count(points=np.zeros((5, 0), dtype=int)).counts == (1,)


@pytest.mark.parametrize("far", [10, 2**20, 2**40, 2**61])
def test_points_far_apart_are_told_apart(far: int) -> None:
    points = [[0, -far, 3], [far, 0, 3], [0, -far, 3], [far, 0, 2], [-far, far, 0]]
    counted = box_count(points=points, sizes=(1, far, 2 * far))
    assert counted.counts == tuple(len({tuple(x // r for x in point) for point in points}) for r in counted.sizes)


def test_one_point_is_one_box_also_if_it_is_there_twice() -> None:
    assert box_count(points=[[7, 9]]).counts == (1,) == box_count(points=[[7, 9], [7, 9]]).counts


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 8)), min_size=2, max_size=30), st.integers(2, 4))
def test_points_count_like_their_mask(points: list[tuple[int, int]], base: int) -> None:
    mask = np.zeros((16, 9), dtype=bool)
    mask[tuple(np.array(points).T)] = True
    sizes = (1, base, base**2, base**3)
    for offsets in (None, [(3, 5)]):
        assert (
            box_count(points=points, sizes=sizes, offsets=offsets).counts == box_count(mask, sizes=sizes, offsets=offsets).counts
        )


@given(integers, st.integers(2, 5))
def test_floors_go_down_below_zero(points: list[tuple[int, int]], base: int) -> None:
    counted = box_count(points=points, base=base)
    assert counted.counts == tuple(len({(x // r, y // r) for x, y in points}) for r in counted.sizes)
    last = {(x // counted.sizes[-1], y // counted.sizes[-1]) for x, y in points}
    assert len(last) == 1 or all(z in (-1, 0) for box in last for z in box)


@given(integers)
def test_boxes_of_the_grid_are_those_around_the_points(points: list[tuple[int, int]]) -> None:
    counted = box_count(points=points, sizes=(1, 3))
    for r, cells in zip(counted.sizes, counted.cells, strict=True):
        boxes = np.array(points) // r
        assert cells == math.prod((boxes.max(0) - boxes.min(0) + 1).tolist())


@given(integers, st.sampled_from([0.5, 0.25, 1.0, 3.0]))
def test_floats_in_units_count_like_integers(points: list[tuple[int, int]], unit: float) -> None:
    scaled = (np.array(points) + 0.5) * unit
    assert box_count(points=scaled, unit=unit).counts == box_count(points=points).counts
    assert box_count(points=torch.from_numpy(scaled), unit=unit).counts == box_count(points=points).counts


def test_the_floor_is_that_of_the_exact_quotient() -> None:
    coordinates = [0.3, 0.5, 0.7, 1.0, -0.1, 100.0]
    exactly = sorted(math.floor(Fraction(x) / Fraction(0.1)) for x in coordinates)
    assert places([[x] for x in coordinates], 0.1).ravel().tolist() == exactly
    assert math.floor(1.0 / 0.1) == 10 and exactly[-2] == 9  # ten times the float 0.1 is more than 1


def test_offsets_may_be_larger_than_the_boxes() -> None:
    assert box_count(points=[[0], [3]], sizes=(4,), offsets=[(0,), (1,), (101,)]).by_offset == ((1,), (2,), (2,))


@pytest.mark.parametrize("points", [[1, 2], np.zeros((2, 2, 2)), 5])
def test_points_have_a_row_each(points: Any) -> None:
    with pytest.raises(InvalidArray, match=r"shape \(N, d\)"):
        box_count(points=points)


def test_points_are_finite_and_near_enough_to_tell_apart() -> None:
    with pytest.raises(InvalidArray, match="found 2 that are not"):
        box_count(points=[[math.nan, 1.0], [1.0, math.inf], [0.0, 0.0]])
    with pytest.raises(InvalidOption, match="larger unit"):
        box_count(points=[[1e300], [0.0]])
    with pytest.raises(InvalidArray, match="move them"):
        box_count(points=np.array([[2**64 - 1], [0]], dtype=np.uint64))


@pytest.mark.parametrize("unit", [0, -1.0, math.inf, math.nan, "1", True])
def test_a_unit_is_a_positive_number(unit: Any) -> None:
    with pytest.raises(InvalidOption, match="positive number"):
        box_count(points=[[1.0]], unit=unit)


@pytest.mark.parametrize("unit", [1, 2, 3, 0.5, 0.1, 2.5, 1e-3])
@pytest.mark.parametrize("near", [0, 2**53, -(2**58)])
def test_integer_points_lie_in_the_box_of_the_exact_quotient(unit: float, near: int) -> None:
    if near and unit < 0.01:
        near //= 2**12
    x = [near + i for i in range(-20, 20)]
    expected = {math.floor(Fraction(i) / Fraction(unit)) for i in x}
    assert set(places([[i] for i in x], unit).ravel().tolist()) == expected


def test_boxes_too_far_for_machine_words_are_refused_and_extents_do_not_overflow() -> None:
    with pytest.raises(InvalidArray, match="larger unit"):
        places([[2**60]], 0.1)
    assert box_count(points=[[0, 2**62], [5, -(2**62)]], sizes=(1, 2**62)).shape == (6, 2**63 + 1)


def test_a_unit_too_small_for_floats_is_refused():
    with pytest.raises(InvalidOption, match="unit must be a positive number"):
        box_count(points=[[0.0, 0.0], [1.0, 0.0]], unit=Fraction(1, 10**400))
