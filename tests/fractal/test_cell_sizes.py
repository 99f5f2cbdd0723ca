"""Boxes counted by size agree with a list of boxes."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from fractal.cell_sizes import cell_sizes, nested_pairs

shapes = st.lists(st.integers(0, 9), max_size=3).map(tuple)


def boxes(shape: tuple[int, ...], r: int) -> Counter[tuple[int, ...]]:
    """Box -> how many points it has."""
    return Counter(tuple(x // r for x in point) for point in product(*map(range, shape)))


@given(shapes, st.integers(1, 12))
def test_boxes_are_counted_by_how_many_points_they_have(shape: tuple[int, ...], r: int) -> None:
    assert cell_sizes(shape, r) == Counter(boxes(shape, r).values())


@given(shapes, st.integers(1, 4), st.integers(1, 3))
def test_pairs_of_boxes_are_counted_by_their_points(shape: tuple[int, ...], r: int, factor: int) -> None:
    inner, outer = boxes(shape, r), boxes(shape, r * factor)
    pairs = Counter((points, outer[tuple(x // factor for x in box)]) for box, points in inner.items())
    assert nested_pairs(shape, r, r * factor) == pairs


def test_a_point_is_one_box_and_an_empty_grid_has_none() -> None:
    assert cell_sizes((), 4) == {1: 1}
    assert cell_sizes((0, 3), 2) == {}
