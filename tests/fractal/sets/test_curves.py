"""The Koch curve, against the plane geometry of its definition."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from fractal.errors import InvalidOption
from fractal.sets import koch, koch_points


def by_geometry(k):
    """The vertices of level k as complex numbers, each segment replaced by four."""
    points = [0j, 1 + 0j]
    turn = complex(0.5, math.sqrt(3) / 2)
    for _ in range(k):
        finer = [points[0]]
        for p, q in itertools.pairwise(points):
            third = (q - p) / 3
            finer += [p + third, p + third + third * turn, p + 2 * third, q]
        points = finer
    return np.array(points)


@pytest.mark.parametrize("k", range(6))
def test_vertices_are_those_of_the_construction(k):
    x, y = koch_points(k).T
    assert np.abs(x + 1j * y - by_geometry(k)).max() < 1e-12


def test_vertices_are_distinct_and_neighbours_are_one_step_apart():
    points = koch_points(6)
    assert len({tuple(p) for p in points.round(9).tolist()}) == 4**6 + 1
    assert np.abs(np.hypot(*np.diff(points, axis=0).T) * 3**6 - 1).max() < 1e-9


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_mask_holds_the_cells_of_the_vertices_and_no_others(k):
    mask = koch(k)
    scaled = koch_points(k + 2)[:-1] * 3**k
    cells = {(math.floor(float(y) + 1e-9), math.floor(float(x) + 1e-9)) for x, y in scaled}
    assert {(int(i), int(j)) for i, j in zip(*mask.nonzero(), strict=True)} == cells


def test_the_mask_is_as_high_as_the_curve():
    assert koch(0).tolist() == [[True]]
    for k in range(1, 8):
        height, width = koch(k).shape
        assert width == 3**k and height == math.ceil(3**k * math.sqrt(3) / 6) and koch(k)[-1].any() and koch(k).any(axis=0).all()


def test_counts_fall_by_four_per_level_up_to_bounded_factors():
    mask = koch(8)
    for j in range(7):
        r = 3**j
        padded = np.zeros((-(-mask.shape[0] // r) * r, mask.shape[1]), dtype=bool)
        padded[: mask.shape[0]] = mask
        count = int(padded.reshape(padded.shape[0] // r, r, mask.shape[1] // r, r).any(axis=(1, 3)).sum())
        assert Fraction(1, 2) < Fraction(count, 4 ** (8 - j)) < 3


def test_levels_beyond_memory_are_refused():
    with pytest.raises(InvalidOption, match="k must"):
        koch(11)
    with pytest.raises(InvalidOption, match="k must"):
        koch_points(13)
    with pytest.raises(InvalidOption, match="k must"):
        koch_points(-1)
